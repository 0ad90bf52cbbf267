"""`desk run` as a process: it starts, says that it is ready, ends when asked to, and its log keeps secrets."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.tickets.store import Store
from sandbox.testing import CognitoServer, LivePool, SlackServer, Workspace
from tests.desk_toml import desk_toml
from tests.stories.floor import workspace

ROOT = Path(__file__).parent.parent.parent


class Run:
    """One `desk run`, or another command, in a folder of its own."""

    def __init__(self, folder: Path, environ: dict[str, str], command: str = "run") -> None:
        self.log = folder / f"{command}.txt"
        self._out = self.log.open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", command],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environ},
            stdout=self._out,
            stderr=self._out,
        )

    def ends(self) -> int:
        code = self.process.wait(30)
        self._out.close()
        return code


@pytest.fixture
def slack() -> Iterator[tuple[Workspace, SlackServer]]:
    with workspace() as running:
        yield running


@pytest.fixture
def environ(
    slack: tuple[Workspace, SlackServer], pool: LivePool, tmp_path: Path, cognito: CognitoServer
) -> dict[str, str]:
    here, server = slack
    (tmp_path / "desk.toml").write_text(desk_toml(pool=pool.id, client=pool.client_id))
    return {
        "SLACK_BOT_TOKEN": here.bot_token,
        "SLACK_APP_TOKEN": here.app_token,
        "SLACK_API_URL": server.api_url,
        # Bolt would turn to OAuth by itself on finding these.
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "3",
        **cognito.environment,
    }


def test_it_answers_until_it_is_asked_to_end_and_tells_no_secrets(
    slack: tuple[Workspace, SlackServer], environ: dict[str, str], pool: LivePool, tmp_path: Path
) -> None:
    here, server = slack
    pool.add("ada", email="ada@example.com", email_verified=False)
    desk = Run(tmp_path, environ)
    here.wait_for(lambda: server.sockets.connections)
    here.types("agent", "/cognito-check ada@example.com")
    here.wait_for_message("ada@example.com")

    desk.process.send_signal(signal.SIGTERM)
    assert desk.ends() == 0
    here.wait_for(lambda: not server.sockets.connections)
    log = desk.log.read_text()
    assert "ready: connected to Slack" in log
    assert "stopped" in log
    assert "ada@example.com" not in log
    for secret in (here.bot_token, here.app_token, "/hooks/", "ws://", "trigger"):
        assert secret not in log


def test_a_clean_life_leaves_no_warning(
    slack: tuple[Workspace, SlackServer], environ: dict[str, str], tmp_path: Path
) -> None:
    here, server = slack
    desk = Run(tmp_path, environ)
    here.wait_for(lambda: server.sockets.connections)
    here.types("agent", "/cognito-check nobody@example.com")
    here.wait_for_ephemeral("agent", "nobody@example.com")
    desk.process.send_signal(signal.SIGTERM)

    assert desk.ends() == 0
    lines = desk.log.read_text().splitlines()
    assert [line for line in lines if " INFO " not in line] == []
    assert any("ready: connected to Slack" in line for line in lines)


def test_a_second_one_on_the_same_file_is_refused_and_others_work_beside_the_first(
    slack: tuple[Workspace, SlackServer], environ: dict[str, str], tmp_path: Path
) -> None:
    here, server = slack
    first = Run(tmp_path, environ)
    here.wait_for(lambda: server.sockets.connections)
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    with database.transaction() as connection:
        # As if the second were a newer program: what is missing is made when a desk starts.
        connection.execute(text("DROP TABLE delivery"))
    second = Run(tmp_path, environ)

    assert second.ends() == 2
    assert "Another desk is running" in second.log.read_text()
    with database.reading() as connection:
        assert not inspect(connection).has_table("delivery")
    database.close()
    audit, doctor = (Run(tmp_path, environ, command) for command in ("audit", "doctor"))
    assert audit.ends() == 0
    doctor.ends()
    assert "schema version" in doctor.log.read_text()
    assert len(server.sockets.connections) == 1
    first.process.send_signal(signal.SIGINT)
    assert first.ends() == 0


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_token_that_slack_refuses_stops_the_start_in_words(
    slack: tuple[Workspace, SlackServer], environ: dict[str, str], tmp_path: Path, name: str
) -> None:
    desk = Run(tmp_path, {**environ, name: f"{environ[name]}-of-another-app"})

    assert desk.ends() == 2
    log = desk.log.read_text()
    assert f"{name}: Slack refuses it" in log
    assert "of-another-app" not in log
    assert "Traceback" not in log
