"""The Socket Mode client waits for Slack within bounds, whatever Slack says and whatever the clock does."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import client as slack_client
from bot.slack.client import Client


class Web(WebClient):
    """A Slack that first says to wait, as it is told, and then where to connect to."""

    def __init__(self, *says: dict[str, str]) -> None:
        super().__init__("xoxb-1")
        self.says = list(says)
        self.asked = 0

    def apps_connections_open(self, **_: Any) -> Any:
        self.asked += 1
        if self.says:
            headers = self.says.pop(0)
            raise SlackApiError("ratelimited", _Answer(headers))  # type: ignore[no-untyped-call] # the SDK's
        return {"url": "wss://127.0.0.1/"}


class _Answer(dict[str, Any]):
    """What the SDK gives of a refusal."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(ok=False, error="ratelimited")
        self.status_code = 429
        self.headers = headers


class Clock:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(slack_client, "time", made)
    return made


Connects = Callable[[Web], Client]


@pytest.fixture
def connects() -> Iterator[Connects]:
    """Makes clients, and ends their threads."""
    made: list[Client] = []

    def make(web: Web) -> Client:
        made.append(Client("xapp-1", web_client=web))
        return made[-1]

    yield make
    for each in made:
        each.current_session = None
        each.close()


@pytest.mark.parametrize(
    ("said", "at_most"),
    [
        ({"Retry-After": "2"}, 3),
        ({}, 2),
        ({"Retry-After": "Thu, 26 Nov 2026 12:00:20 GMT", "Date": "Thu, 26 Nov 2026 12:00:00 GMT"}, 21),
        ({"Retry-After": "1000000000"}, 301),
        ({"Retry-After": "-1"}, 2),
    ],
)
def test_however_slack_asks_to_wait_the_desk_connects_within_bounds(
    connects: Connects, clock: Clock, said: dict[str, str], at_most: float
) -> None:
    web = Web(said, said)

    assert connects(web).issue_new_wss_url() == "wss://127.0.0.1/"
    assert web.asked == 3
    assert clock.now <= 2 * at_most


def test_who_is_closed_waits_no_longer(connects: Connects, clock: Clock) -> None:
    web = Web(*[{"Retry-After": "60"}] * 10)
    made = connects(web)
    made.closed = True

    with pytest.raises(SlackApiError):
        made.issue_new_wss_url()
    assert clock.now == 0.0


def test_a_connection_that_dies_while_the_clock_is_set_back_is_noticed_as_soon_as_otherwise(
    connects: Connects,
) -> None:
    made = connects(Web())
    session = SimpleNamespace(last_ping_pong_time=time.time() + 3600, check_state=lambda: None, is_active=lambda: True)
    made.current_session = session  # type: ignore[assignment] # as much of one as is looked at
    made._monitor_current_session()

    assert session.last_ping_pong_time <= time.time()
