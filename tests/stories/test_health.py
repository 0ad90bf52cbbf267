"""Whether the desk is alive and ready, and its metrics: asked over its port, while something of it fails."""

import http.client
import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from bot.settings import HealthSettings, Listen, SettingsError
from bot.timings import HealthTimings, SocketTimings
from sandbox.testing import CognitoServer, Gate, LivePool
from tests.crash.place import place
from tests.crash.program import Child, Order
from tests.databases import Postgres
from tests.stories.floor import Floor, settings_for, workspace

ANY = Listen("127.0.0.1", 0)
HURRIED = HealthTimings(probe=0.02, database=0.7, slack=0.7, sweeper=0.7, figures=0.05)
ADDRESS = "ana@example.com"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def opened(pool: LivePool, tmp_path: Path) -> Iterator[Callable[[str], Floor]]:
    """Make a floor over a database, whose desk is closed, and says how it is once it opens."""
    pool.add("ana", email=ADDRESS, email_verified=False)
    with workspace(ping_seconds=0.05) as (slack, server):
        made: list[Floor] = []

        def make(url: str) -> Floor:
            settings = settings_for(
                slack,
                server,
                {"prod": pool},
                tmp_path / "desk.db",
                database_url=SecretStr(url),
                health=HealthSettings(listen=ANY),
            )
            floor = Floor(slack, server, settings)
            made.append(floor)
            return floor

        yield make
        for floor in made:
            floor.closes()


@pytest.fixture
def closed(opened: Callable[[str], Floor], tmp_path: Path) -> Floor:
    floor = opened(f"sqlite:///{tmp_path / 'desk.db'}")
    hurry(floor)
    return floor


def hurry(floor: Floor, **changed: float) -> None:
    floor.timings = replace(
        floor.timings, sweep=0.05, lock=0.2, socket=SocketTimings(ping=0.1), health=replace(HURRIED, **changed)
    )


def asks(floor: Floor, path: str, **headers: str) -> tuple[int, str]:
    """Return what the desk answers."""
    assert floor.program is not None
    assert floor.program.health is not None
    with closing(http.client.HTTPConnection("127.0.0.1", floor.program.health.port, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def is_ready(floor: Floor) -> None:
    """Wait until the desk says that it is ready."""
    floor.slack.wait_for(lambda: asks(floor, "/readyz") == (200, "ready\n"))


def is_not_ready(floor: Floor, *parts: str) -> None:
    """Wait until the desk says that it isn't, because of these parts."""

    def says() -> bool:
        status, said = asks(floor, "/readyz")
        return status == 503 and [line.partition(":")[0] for line in said.splitlines()] == list(parts)

    floor.slack.wait_for(says)


def shown(floor: Floor) -> dict[tuple[str, ...], float]:
    """Return the metrics by name and the values of their labels."""
    status, page = asks(floor, "/metrics")
    assert status == 200
    return {
        (each.name, *each.labels.values()): each.value
        for family in text_string_to_metric_families(page)
        for each in family.samples
    }


# Ready.


def test_it_is_ready_once_slack_has_said_hello_and_alive_before(closed: Floor) -> None:
    closed.server.sockets.hello = Gate()
    opening = threading.Thread(target=closed.opens)
    opening.start()
    closed.slack.wait_for(lambda: closed.server.sockets.hello.has_somebody)
    closed.slack.wait_for(lambda: "database" not in asks(closed, "/readyz")[1])
    status, said = asks(closed, "/readyz")
    assert (status, "slack: Slack has not said hello yet" in said) == (503, True)
    assert asks(closed, "/livez") == (200, "alive\n")

    closed.server.sockets.hello.open()
    opening.join()
    is_ready(closed)


def test_it_is_not_ready_while_there_is_no_connection_to_slack(closed: Floor) -> None:
    closed.opens()
    is_ready(closed)
    gate = closed.slack.faults.hold("apps.connections.open")
    closed.server.sockets.cut()
    is_not_ready(closed, "slack")
    assert asks(closed, "/livez") == (200, "alive\n")

    gate.open()
    is_ready(closed)
    assert shown(closed)["desk_slack_reconnects_total", "cut"] >= 1
    assert shown(closed)["desk_slack_away_seconds_total",] > 0


def test_it_is_not_ready_while_slack_says_nothing_over_a_connection_that_stands(closed: Floor) -> None:
    hurry(closed, slack=0.3)
    closed.opens()
    is_ready(closed)
    closed.slack.faults.silence(3600)
    is_not_ready(closed, "slack")

    closed.slack.faults.clear()
    is_ready(closed)


def test_it_stays_ready_while_slack_takes_a_connection_back_and_another_is_asked_for(closed: Floor) -> None:
    hurry(closed, slack=60, sweeper=60, database=60)
    closed.opens()
    is_ready(closed)
    gate = closed.slack.faults.hold("apps.connections.open")
    closed.server.sockets.disconnect("refresh_requested", 3600)
    closed.slack.wait_for(lambda: gate.has_somebody)

    assert asks(closed, "/readyz") == (200, "ready\n")
    gate.open()
    closed.slack.wait_for(lambda: len(closed.server.sockets.connections) == 2)
    assert asks(closed, "/readyz") == (200, "ready\n")
    closed.slack.wait_for(lambda: shown(closed).get(("desk_slack_reconnects_total", "refresh_requested")) == 1)


def test_it_is_not_ready_while_a_database_hangs(opened: Callable[[str], Floor], postgres: Postgres) -> None:
    url = postgres.fresh()
    floor = opened(url)
    hurry(floor)
    floor.opens()
    is_ready(floor)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE schema IN ACCESS EXCLUSIVE MODE"))
        is_not_ready(floor, "database")
        assert asks(floor, "/livez") == (200, "alive\n")
    engine.dispose()
    is_ready(floor)


def test_it_is_not_ready_while_a_database_or_the_sweeper_fails(closed: Floor, tmp_path: Path) -> None:
    closed.opens()
    is_ready(closed)
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None, timeout=60)) as other:
        for table, part in (("schema", "database"), ("ticket", "sweeper")):
            other.execute(f"ALTER TABLE {table} RENAME TO gone")
            is_not_ready(closed, part)
            assert shown(closed)["desk_part_ready", part] == 0
            other.execute(f"ALTER TABLE gone RENAME TO {table}")
            is_ready(closed)
            assert shown(closed)["desk_part_ready", "slack"] == 1


def test_it_is_not_ready_any_more_when_it_stops_and_then_answers_nothing(closed: Floor) -> None:
    closed.opens()
    is_ready(closed)
    assert closed.program is not None
    health = closed.program.health
    assert health is not None
    health.stopping()
    assert asks(closed, "/readyz") == (503, "stopping\n")
    assert asks(closed, "/livez") == (200, "alive\n")
    closed.closes()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", health.port)):
        pass
    assert [each.name for each in threading.enumerate() if each.name in ("health", "database-probe", "figures")] == []


def test_without_a_setting_nothing_listens(floor: Floor) -> None:
    assert floor.program is not None
    assert floor.program.health is None
    assert "health" not in [each.name for each in threading.enumerate()]


def test_a_port_that_is_taken_stops_the_start(closed: Floor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = Listen("127.0.0.1", taken.getsockname()[1])
        closed.settings = replace(closed.settings, health=HealthSettings(listen=listen))
        with pytest.raises(SettingsError, match=rf"^health.listen: {listen} can't be had \(Address already in use\)\."):
            closed.opens()
    assert "slack-writer" not in [each.name for each in threading.enumerate()]
    closed.program = None


# Metrics.


def test_metrics_say_what_was_done_and_what_waits_and_of_whom_nothing(closed: Floor) -> None:
    closed.opens()
    closed.types("agent", f"/cognito-check {ADDRESS}")
    closed.slack.wait_for(lambda: closed.roots)
    closed.asks(f"/cognito-verify-email {ADDRESS}")

    closed.slack.wait_for(lambda: shown(closed).get(("desk_tickets", "verify-email", "pending")) == 1)
    closed.slack.wait_for(lambda: shown(closed).get(("desk_outbox_messages",)) == 0)
    closed.slack.wait_for(lambda: shown(closed).get(("desk_slack_connections",)) == 1)
    found = shown(closed)
    assert found["desk_oldest_waiting_seconds",] > 0
    assert found["desk_tickets_in_doubt",] == 0
    assert found["desk_ack_seconds_count",] >= 3
    assert found["desk_first_reply_seconds_count",] == 1
    assert found["desk_aws_requests_total", "ListUsers", "ok"] >= 1
    assert found["desk_aws_requests_total", "DescribeUserPool", "ok"] >= 1
    page = asks(closed, "/metrics")[1]
    assert not [each for each in ("ana", "example.com", "U0", "C0SUPPORT") if each in page]


def test_metrics_come_in_the_newer_format_to_who_accepts_it(closed: Floor) -> None:
    closed.opens()
    assert asks(closed, "/metrics", Accept="application/openmetrics-text; version=1.0.0")[1].endswith("# EOF\n")
    assert asks(closed, "/other") == (404, "there are /livez, /readyz and /metrics\n")


# The log.


def test_every_line_of_a_process_that_logs_json_is_an_object_and_tells_what_was_done(
    cognito: CognitoServer, pool: LivePool, tmp_path: Path
) -> None:
    with place(cognito, pool, tmp_path, f"sqlite:///{tmp_path}/desk.db", people=1) as here:
        pool.add("ana", email=ADDRESS, email_verified=False)
        settings = replace(here.settings, json_log=True)
        child = here.child = Child(Order(settings=settings, environ=cognito.environment, folder=here.folder))
        here.until(lambda: here.server.sockets.connections, "the desk to be connected")
        here.slack.types("agent", "/cognito-check ana", channel="#random")
        here.until(lambda: '"event": "refused"' in child.log, "the refusal to be logged")
        here.server.sockets.cut()
        here.until(lambda: '"event": "reconnected"' in child.log, "another connection")
        assert child.end() == 0

        said = [json.loads(line) for line in child.log.splitlines()]
        assert all(each.keys() >= {"time", "level", "logger", "reference", "message"} for each in said)
        [refused] = [each for each in said if each.get("event") == "refused"]
        assert refused["person"].startswith("U0AGENT")
        assert next(each["reason"] for each in said if each.get("event") == "reconnected") == "cut"
        assert here.settings.bot_token.get_secret_value() not in child.log
        assert ADDRESS not in child.log
