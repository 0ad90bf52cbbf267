"""The Socket Mode client waits for Slack within bounds, whatever Slack says and whatever the clock does."""

import logging
import time
from collections.abc import Callable, Iterator
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientNotConnectedError
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.settings import SettingsError
from bot.slack import troubles
from bot.slack.client import Client
from bot.slack.troubles import Backoff, Cause
from bot.slack.web_socket import WebSocket
from bot.timings import SocketTimings


class Web(WebClient):
    """A Slack that says these, one after the other, and after the last one where to connect to: nobody is there."""

    def __init__(self, *says: Exception) -> None:
        super().__init__("xoxb-1")
        self.says = list(says)
        self.asked = 0

    def apps_connections_open(self, **_: Any) -> Any:
        self.asked += 1
        if self.says:
            raise self.says.pop(0)
        return {"url": "ws://127.0.0.1:9/"}


class _Answer(dict[str, Any]):
    """What the SDK gives of a refusal."""

    def __init__(self, error: str, status: int, headers: dict[str, str]) -> None:
        super().__init__(ok=False, error=error)
        self.status_code = status
        self.headers = headers


def refusal(error: str, status: int = 200, **headers: str) -> SlackApiError:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return SlackApiError(error, _Answer(error, status, given))  # type: ignore[no-untyped-call] # the SDK's


class Pauses(Backoff):
    """Notes how long to wait, and waits for nothing."""

    def __init__(self) -> None:
        super().__init__(lambda seconds: seconds)
        self.noted: list[float] = []

    @property
    def seconds(self) -> float:
        self.noted.append(super().seconds)
        return 0.0


Connects = Callable[..., Client]


@pytest.fixture
def connects() -> Iterator[Connects]:
    """Makes clients, and ends their threads."""
    made: list[Client] = []

    def make(web: Web, **more: Any) -> Client:
        made.append(Client("xapp-1", web, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({"Retry_After": "2"}, 2.0),
        ({}, 1.0),
        ({"Retry_After": "Thu, 26 Nov 2026 12:00:20 GMT", "Date": "Thu, 26 Nov 2026 12:00:00 GMT"}, 20.0),
        ({"Retry_After": "1000000000"}, 300.0),
        ({"Retry_After": "-1"}, 1.0),
    ],
)
def test_however_slack_asks_to_wait_the_desk_waits_within_bounds_and_says_so_once(
    connects: Connects, caplog: pytest.LogCaptureFixture, said: dict[str, str], wait: float
) -> None:
    web, pauses = Web(*(refusal("ratelimited", 429, **said) for _ in range(2))), Pauses()

    assert connects(web, backoff=pauses).open(gives_up=lambda: len(pauses.noted) > 3) is False
    # Then it was told where to connect to, and nobody was there: the first failure that counts as one.
    assert pauses.noted[:4] == [0.0, wait, wait, 0.5]
    assert caplog.text.count("Slack asks to wait before connecting") == 1


def test_who_is_closed_waits_no_longer() -> None:
    web = Web(*[refusal("ratelimited", 429, Retry_After="300")] * 10)
    made = Client("xapp-1", web)
    assert made.open(gives_up=lambda: web.asked == 1) is False
    begun = time.monotonic()
    made.close()

    assert time.monotonic() - begun < 20, "it would wait for five minutes"
    assert web.asked == 1


REFUSALS = {
    "invalid_auth": "Copy the app-level token again",
    "not_authed": "Copy the app-level token again",
    "account_inactive": "Generate a new app-level token",
    "token_revoked": "Generate a new app-level token",
    "token_expired": "Generate a new app-level token",
    "not_allowed_token_type": "begins with xapp-",
    "missing_scope": "It lacks the scope connections:write",
    "no_permission": "It lacks the scope connections:write",
    "not_enabled": "Switch Socket Mode on",
    "accesslimited": "allow this machine's address",
    "something_nobody_has_heard_of": "Look at the app's page",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_that_no_waiting_changes_ends_the_attempts_and_names_its_cure(connects: Connects, name: str) -> None:
    web, ends = Web(refusal(name)), list[str]()

    with pytest.raises(SettingsError, match=rf"^SLACK_APP_TOKEN: Slack refuses it \({name}\)") as told:
        connects(web, end=ends.append).open()
    assert REFUSALS[name] in str(told.value)
    assert web.asked == 1
    assert ends == [], "whoever waits for the start is told, and nobody else"


@pytest.mark.parametrize(
    "error",
    [
        refusal("internal_error"),
        refusal("fatal_error"),
        refusal("service_unavailable"),
        refusal("request_timeout"),
        refusal("team_added_to_org"),
        refusal("org_login_required"),
        refusal("invalid_auth", 503),
        refusal("Received a response in a non-JSON format: <html>", 200),
        URLError(OSError("no route to host")),
        RemoteDisconnected("Slack is restarting"),
        TimeoutError(),
        ValueError("whatever it is"),
    ],
    ids=lambda error: troubles.named(error),
)
def test_what_may_pass_is_tried_again_and_said_once(
    connects: Connects, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    web = Web(*[error] * 4)
    caplog.set_level(logging.INFO)

    assert connects(web, backoff=Backoff(lambda _: 0.0)).open(gives_up=lambda: web.asked > 4) is False
    said = f"no connection to Slack ({troubles.named(error)}); trying until there is one"
    assert [each.getMessage() for each in caplog.records].count(said) == 1


def test_a_start_that_nobody_waits_for_any_more_ends_at_once(connects: Connects) -> None:
    assert connects(Web(), end=print).open(gives_up=lambda: True) is False


def _pauses(cause: Cause, times: int) -> list[float]:
    backoff, pauses = Backoff(lambda seconds: seconds), []
    for _ in range(times):
        backoff.count(cause)
        pauses.append(backoff.seconds)
    return pauses


def test_a_refresh_waits_for_nothing_unless_slack_refreshes_without_end() -> None:
    pauses = _pauses(Cause.REFRESHED, 30)

    assert pauses[:20] == [0.0] * 20
    assert pauses[-1] == 15.0


def test_where_slack_has_sent_us_away_it_is_asked_less_and_less_often() -> None:
    assert _pauses(Cause.TOO_MANY, 7) == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]


@pytest.mark.parametrize("cause", [Cause.CUT, Cause.FAILED])
def test_other_troubles_are_tried_again_soon_and_then_every_quarter_of_a_minute(cause: Cause) -> None:
    pauses = _pauses(cause, 20)

    assert pauses[0] <= 0.5
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15.0


def test_replicas_do_not_come_at_the_same_moment_and_a_connection_that_lasts_is_a_new_beginning() -> None:
    backoff = Backoff()
    for _ in range(9):
        backoff.count(Cause.TOO_MANY)

    assert len({backoff.seconds for _ in range(5)}) > 1
    assert all(45 <= backoff.seconds <= 75 for _ in range(100))
    backoff.forget()
    assert backoff.seconds == 0.0


def test_a_start_that_never_reaches_slack_says_so(connects: Connects) -> None:
    with pytest.raises(SettingsError, match="no connection to Slack within 0 seconds; the log says why"):
        connects(Web(), timings=SocketTimings(start=0)).open()


def test_without_any_connection_an_acknowledgement_is_an_error(connects: Connects) -> None:
    with pytest.raises(SlackClientNotConnectedError):
        connects(Web(), timings=SocketTimings(ack=0.0)).send_socket_mode_response(SocketModeResponse("envelope"))


def test_a_message_that_is_none_is_told_to_the_log_and_nothing_more(
    connects: Connects, caplog: pytest.LogCaptureFixture
) -> None:
    made = connects(web := Web())
    socket = WebSocket("ws://127.0.0.1:9/", web, number=1, hears=made._hears, ended=print)
    for message in ("", "UNAUTHENTICATED: cache_error", "[]", '{"type": "hello"', "{}"):
        made._hears(socket, message)

    assert caplog.text.count("Failed to process a message from Slack") == 4
