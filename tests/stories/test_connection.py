"""The connection to Slack: when it stands, how it is replaced unnoticed, and what is said when there can be none."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.app import build
from bot.settings import SettingsError
from bot.slack.client import Client
from bot.slack.troubles import Backoff
from bot.timings import SocketTimings, Timings
from sandbox.testing import CognitoServer, Gate, LivePool
from tests.crash.deeds import Party
from tests.crash.place import Place, place
from tests.crash.program import Child, Order
from tests.stories.floor import Floor, settings_for, workspace

GAVE_UP = 3
OURS = ("sweeper", "leases", "connections", "slack-writer")


@pytest.fixture
def closed(pool: LivePool, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Floor]:
    """A floor whose desk is still closed, and notices dead connections soon."""
    caplog.set_level(logging.INFO)
    with workspace(ping_seconds=0.2) as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        yield floor
        floor.closes()


@pytest.fixture
def here(cognito: CognitoServer, pool: LivePool, tmp_path: Path) -> Iterator[Place]:
    """A place where a desk runs as a process of its own."""
    with place(cognito, pool, tmp_path, f"sqlite:///{tmp_path}/desk.db", people=1) as here:
        pool.add("user0", email="user0@example.com", email_verified=False)
        yield here


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[int]]:
    """The levels at which something stands in the log."""
    return lambda words: [each.levelno for each in caplog.records if words in each.getMessage()]


def answers(floor: Floor, address: str = "nobody@example.com") -> None:
    floor.types("agent", f"/cognito-check {address}")
    floor.told("agent", address)


# Ready.


def test_it_is_ready_once_slack_has_said_hello_and_not_before(
    closed: Floor, logged: Callable[[str], list[int]]
) -> None:
    closed.server.sockets.hello = Gate()
    opening = threading.Thread(target=closed.opens)
    opening.start()
    closed.slack.wait_for(lambda: closed.server.sockets.hello.has_somebody)
    # Long enough for it to be said too early.
    opening.join(0.5)
    assert opening.is_alive()
    assert logged("ready: connected to Slack") == []

    closed.server.sockets.hello.open()
    opening.join()
    assert logged("ready: connected to Slack") == [logging.INFO]
    assert logged("num_connections=1, approximate_connection_time=18060") == [logging.INFO]
    answers(closed)


def test_a_connection_over_which_slack_says_no_hello_is_given_up_and_another_one_opened(
    closed: Floor, logged: Callable[[str], list[int]]
) -> None:
    closed.timings = Timings(socket=SocketTimings(hello=0.2))
    closed.server.sockets.hello = Gate()
    opening = threading.Thread(target=closed.opens)
    opening.start()
    closed.slack.wait_for(lambda: closed.server.sockets.hello.arrived > 2)
    closed.server.sockets.hello.open()
    opening.join()

    answers(closed)
    assert logged("no connection to Slack (TimeoutError)") == [logging.WARNING]


def test_a_start_to_which_slack_never_says_hello_ends_in_words(closed: Floor) -> None:
    closed.timings = Timings(socket=SocketTimings(start=0.5))
    closed.server.sockets.hello = Gate()

    with pytest.raises(SettingsError, match=r"^SLACK_API_URL: no connection to Slack within .* lets no WebSockets"):
        closed.opens()
    assert [each.name for each in threading.enumerate() if each.name in OURS or each.name.startswith("socket-")] == []
    closed.program = None


def test_a_desk_that_waits_for_slack_ends_when_it_is_asked_to(here: Place) -> None:
    here.server.sockets.hello = Gate()
    order = Order(settings=here.settings, environ=here.cognito.environment, folder=here.folder)
    here.child = Child(order)
    here.until(lambda: here.server.sockets.hello.has_somebody, "the desk to wait for the hello")

    assert here.child.end() == 0, here.child.log
    assert "stopped" in here.child.log
    assert "ready" not in here.child.log


# Replaced.


def test_commands_are_acknowledged_while_another_connection_is_still_being_asked_for(closed: Floor) -> None:
    closed.opens()
    gate = closed.slack.faults.hold("apps.connections.open")
    closed.server.sockets.disconnect("refresh_requested", 3600)
    closed.slack.wait_for(lambda: gate.has_somebody)

    answers(closed)
    gate.open()
    closed.slack.wait_for(lambda: len(closed.server.sockets.connections) == 2)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_while_both_are_open_both_are_read_and_each_takes_the_acknowledgements_of_its_own(
    closed: Floor, logged: Callable[[str], list[int]], reason: str
) -> None:
    closed.opens()
    sockets = closed.server.sockets
    sockets.disconnect(reason, 3600)  # type: ignore[arg-type] # one of Slack's reasons
    closed.slack.wait_for(lambda: len(sockets.connections) == 2)
    old, new = sockets.connections
    for over, number in (("oldest", old), ("newest", new), ("oldest", old)):
        sockets.over = over  # type: ignore[assignment] # as above
        sent = closed.types("agent", "/cognito-check nobody@example.com")
        assert (sent.connections, sent.acks) == ([number], [number])

    assert logged(f"disconnect from Slack on connection 1: {reason}") == [logging.INFO]
    assert logged("num_connections=2") == [logging.INFO]
    assert logged(f"event=reconnected reason={reason} connection=2 duration=0.0") == [logging.INFO]
    closed.closes()
    assert [each.name for each in threading.enumerate() if each.name.startswith("socket-")] == []


@pytest.mark.usefixtures("cognito")  # which sees to it that no proxy stands in between
def test_an_acknowledgement_whose_connection_has_ended_leaves_over_the_next_one() -> None:
    with workspace(acks_anywhere=True) as (slack, server):
        client = Client(slack.app_token, web_client=WebClient(slack.bot_token, base_url=server.api_url))

        def late(_: object, request: SocketModeRequest) -> None:
            server.sockets.cut()
            slack.wait_for(lambda: server.sockets.connections == (2,))
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

        client.socket_mode_request_listeners.append(late)
        client.open()
        sent = slack.types("agent", "/cognito-check nobody")
        assert sent
        assert sent.wait().acks == [2]
        client.close()


@pytest.mark.usefixtures("cognito")
def test_a_trouble_is_told_once_and_so_is_its_end(
    logged: Callable[[str], list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with workspace() as (slack, server):
        slack.faults.refuse("apps.connections.open", "internal_error", times=5)
        web = WebClient(slack.bot_token, base_url=server.api_url)
        timings = SocketTimings(ping=0.02, lasting=0.1)
        client = Client(slack.app_token, web, timings=timings, backoff=Backoff(lambda _: 0.0))
        client.open()
        slack.wait_for(lambda: logged("the connection to Slack is well again"))
        before = server.sockets.connections
        server.sockets.disconnect("refresh_requested", 0)
        slack.wait_for(lambda: server.sockets.connections not in ((), before))
        slack.wait_for(lambda: logged("event=reconnected reason=refresh_requested connection="))
        client.close()

    assert logged("no connection to Slack (internal_error)") == [logging.WARNING]
    assert logged("the connection to Slack is well again") == [logging.INFO]
    assert logged("event=reconnected reason=refresh_requested connection=") == [logging.INFO]


@pytest.mark.usefixtures("cognito")  # which sees to it that no proxy stands in between
def test_where_ten_are_open_already_it_is_said_once_with_the_cure_and_tried_less_and_less_often(
    logged: Callable[[str], list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pauses: list[float] = []

    def hurried(seconds: float) -> float:
        pauses.append(seconds)
        return seconds / 1000

    with workspace() as (slack, server):
        server.sockets.foreign = 10
        web = WebClient(slack.bot_token, base_url=server.api_url)
        client = Client(slack.app_token, web_client=web, backoff=Backoff(hurried))
        opening = threading.Thread(target=client.open)
        opening.start()
        slack.wait_for(lambda: server.sockets.opened >= 6)
        server.sockets.foreign = 0
        opening.join()
        assert client.is_connected()
        client.close()

    assert pauses[:5] == [5.0, 10.0, 20.0, 40.0, 60.0]
    assert logged("End what else runs with this SLACK_APP_TOKEN") == [logging.ERROR]
    assert logged("disconnect from Slack on connection 5: too_many_websockets") == [logging.WARNING]


# None at all.


def test_with_socket_mode_off_it_does_not_start(closed: Floor) -> None:
    closed.server.sockets.switch(on=False)
    with pytest.raises(SettingsError, match=r"^SLACK_APP_TOKEN: Socket Mode is switched off .* Switch Socket Mode on"):
        closed.opens()
    closed.program = None


def test_a_refusal_while_it_runs_is_told_once_to_whoever_can_end_the_program(closed: Floor) -> None:
    ends: list[str] = []
    closed.program = build(closed.settings, scenarios=closed.scenarios, timings=closed.timings, end=ends.append)
    closed.program.start()
    closed.slack.faults.refuse("apps.connections.open", "token_revoked", times=1000)
    closed.server.sockets.disconnect("refresh_requested", 3600)
    closed.slack.wait_for(lambda: ends)

    # What the old connection still brings is served.
    answers(closed)
    (reason,) = ends
    assert reason.startswith("SLACK_APP_TOKEN: Slack refuses it (token_revoked). It was revoked")
    assert len(closed.slack.calls.of("apps.connections.open")) == 2


def test_when_socket_mode_is_switched_off_it_finishes_says_why_and_ends_with_an_error(
    here: Place, cognito: CognitoServer
) -> None:
    here.start()
    assert here.child
    party = Party(here, 0)
    party.asks("/cognito-verify-email")
    gate = cognito.faults.hold("AdminUpdateUserAttributes", times=1)
    party.approve()
    here.until(lambda: gate.has_somebody, "the ticket to run")
    here.server.sockets.switch(on=False)
    child = here.child
    here.until(lambda: "stopping: finishing what is under way" in child.log, "the desk to begin its end")
    gate.open()
    here.slack.wait_for(lambda: not child.is_alive)

    assert child.exit_code == GAVE_UP, child.log
    said = [line for line in child.log.splitlines() if "Socket Mode is switched off in this token's app" in line]
    assert len(said) == 1
    assert " CRITICAL " in said[0]
    assert "Switch Socket Mode on" in said[0]
    assert "stopped" in child.log
    here.slack.wait_for(lambda: not here.server.sockets.connections)
    ticket = party.ticket
    assert ticket
    assert ticket.state.value == "done"


# Another program.


def test_another_program_with_the_same_token_is_noticed(closed: Floor, logged: Callable[[str], list[int]]) -> None:
    closed.timings = Timings(settling=0.0)
    closed.server.sockets.foreign = 3
    closed.opens()
    closed.slack.wait_for(
        lambda: logged("Slack counts 4 connections of this app, but the desks on this database had 1")
    )
    closed.server.sockets.disconnect("refresh_requested", 0, once_replaced=True)
    closed.slack.wait_for(lambda: logged("num_connections=5"))

    answers(closed)
    assert logged("Slack counts") == [logging.ERROR]
