"""What the desk says at its start, and the doctor, of something that answers in Slack's place."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.operator.doctor_slack import examine
from bot.operator.finding import Verdict
from bot.settings import SettingsError
from bot.slack.app import identity
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
        identity(WebClient("xoxb-1", base_url=someone(answer), retry_handlers=[]))


@pytest.mark.parametrize("answer", [WELCOME, BROKEN, b"", CUT_OFF])
def test_the_doctor_blames_the_way_to_slack_then(someone: Callable[[bytes], str], answer: bytes) -> None:
    bot, app, _ = examine(replace(settings(), slack_api_url=someone(answer)))

    for found in (bot, app):
        assert found.verdict is Verdict.PROBLEM
        assert "can't be tried: no answer" in found.says
        assert "Check that this machine reaches" in found.mend
