"""What the desk says at its start, and the doctor, of something that answers in Slack's place."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.operator.doctor_result import DoctorStatus
from bot.operator.doctor_slack import examine
from bot.settings import SettingsError
from bot.slack.app import identity
from bot.slack.web_api import WarmClient, clients
from tests.bot.office import settings

HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
WELCOME = HEAD % (b"200 OK", b"text/html", 6, b"<html>")
BROKEN = HEAD % (b"502 Bad Gateway", b"text/html", 6, b"<html>")
CUT_OFF = HEAD % (b"200 OK", b"application/json", 50, b"{}")


@pytest.fixture
def someone() -> Iterator[Callable[[bytes], str]]:
    """Opens a server that gives everybody the same answer and hangs up; returns its address."""
    listening: list[socket.socket] = []

    def start(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/api/"

    yield start
    for server in listening:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (WELCOME, "is not Slack. Perhaps a proxy"),
        (BROKEN, "is not Slack. Perhaps a proxy"),
        (b"", "can't be reached (RemoteDisconnected)"),
        (CUT_OFF, "can't be reached (IncompleteRead)"),
    ],
)
def test_whatever_answers_in_slacks_place_no_token_is_blamed(
    someone: Callable[[bytes], str], answer: bytes, said: str
) -> None:
    with pytest.raises(SettingsError, match=f"^SLACK_API_URL: .*{re.escape(said)}"):
        identity(WarmClient("xoxb-1", base_url=someone(answer), retry_handlers=[]))


@pytest.mark.parametrize("answer", [WELCOME, BROKEN, b"", CUT_OFF])
def test_the_doctor_blames_the_way_to_slack_then(someone: Callable[[bytes], str], answer: bytes) -> None:
    bot, app, _ = examine(replace(settings(), slack_api_url=someone(answer)))

    for found in (bot, app):
        assert found.verdict is DoctorStatus.PROBLEM
        assert "can't be tried: no answer" in found.says
        assert "Check that this machine reaches" in found.fix


@pytest.mark.parametrize(
    "about",
    [
        {"team_id": "T0HOME", "is_enterprise_install": True},
        {"team_id": "E0ORG", "enterprise_id": "E0ORG"},
        {"team_id": None, "enterprise_id": "E0ORG"},
        {"enterprise_id": "E0ORG"},
    ],
)
def test_a_token_of_a_whole_organisation_stops_the_start(
    someone: Callable[[bytes], str], about: dict[str, object]
) -> None:
    said = json.dumps({"ok": True, "user": "desk", "user_id": "U0DESK", "bot_id": "B0DESK", **about}).encode()
    address = someone(HEAD % (b"200 OK", b"application/json", len(said), said))

    with pytest.raises(SettingsError) as refused:
        identity(WarmClient("xoxb-1", base_url=address, retry_handlers=[]))
    assert str(refused.value) == (
        "SLACK_BOT_TOKEN: it is for a whole organisation (Enterprise Grid), and the desk is made for one workspace: "
        "that isn't supported. Install the app in the one workspace whose people are to use it. Put its token into "
        ".env, for example: SLACK_BOT_TOKEN=xoxb-…"
    )
    bot, *_ = examine(replace(settings(), slack_api_url=address))
    assert bot.verdict is DoctorStatus.PROBLEM
    assert "for a whole organisation (Enterprise Grid)" in bot.says


def test_a_workspace_of_an_organisation_is_as_good_as_any(someone: Callable[[bytes], str]) -> None:
    said = json.dumps({"ok": True, "team_id": "T0HOME", "enterprise_id": "E0ORG", "is_enterprise_install": False})
    address = someone(HEAD % (b"200 OK", b"application/json", len(said), said.encode()))

    us = identity(WarmClient("xoxb-1", base_url=address, retry_handlers=[]))
    assert (us.team_id, us.enterprise_id) == ("T0HOME", "E0ORG")


def test_whom_to_trust_is_read_once_for_all_calls() -> None:
    once, again = clients(replace(settings(), slack_api_url="https://slack.com/api/"))
    assert once.ssl is again.ssl
    assert once.ssl is not None
    assert (once.ssl.verify_mode, once.ssl.check_hostname) == (ssl.CERT_REQUIRED, True)

    assert [each.ssl for each in clients(replace(settings(), slack_api_url="http://127.0.0.1:9/api/"))] == [None, None]
