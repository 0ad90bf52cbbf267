"""The sandbox as people start it: a process that prints its addresses, works, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sandbox.cognito.seed import PROD, seed
from sandbox.cognito.server import CognitoServer
from sandbox.demo import actions, welcome
from sandbox.desk import ROOT
from sandbox.run import main
from sandbox.slack.workspace import Workspace

READY = "The desk is ready."


class Running:
    """A started ``desk sandbox`` and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[str]", said: Path) -> None:
        self.process = process
        self._said = said

    def said(self, words: str, *, times: int = 1, seconds: float = 120) -> str:
        """Wait until it has said these words so often, and return everything it said."""
        until = time.monotonic() + seconds
        while (text := self._said.read_text("utf-8")).count(words) < times:
            assert self.process.poll() is None, text
            assert time.monotonic() < until, text
            time.sleep(0.05)
        return text

    @property
    def text(self) -> str:
        return self._said.read_text("utf-8")

    @property
    def page(self) -> str:
        found = re.search(r"^Slack\s+(http://127\.0\.0\.1:\d+)/", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    def read(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.page}{path}", timeout=120) as answer:
            return str(answer.read().decode())

    def types(self, text: str, person: str = "agent") -> None:
        fields = urllib.parse.urlencode({"channel": "C0SUPPORT", "text": text}).encode()
        request = urllib.request.Request(f"{self.page}/page/send?as={person}", fields, {"Origin": self.page})
        urllib.request.urlopen(request, timeout=120).close()

    def shows(self, words: str, person: str = "agent", seconds: float = 120) -> str:
        until = time.monotonic() + seconds
        while words not in (page := self.read(f"/channels/C0SUPPORT?as={person}")):
            assert time.monotonic() < until, page
            time.sleep(0.1)
        return page

    def end(self, ending: signal.Signals) -> None:
        """Ask for the end: what comes of the terminal, Ctrl-C or its closing, reaches the desk at the same time."""
        if ending is signal.SIGTERM:
            self.process.send_signal(ending)
        else:
            os.killpg(self.process.pid, ending)

    def children(self) -> list[int]:
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [line.split() for line in listed.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self.process.pid]


@contextmanager
def started(folder: Path, **environ: str) -> Iterator[Running]:
    said = folder / "said"
    temporary = folder / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-m", "bot.cli", "sandbox", "--port", "0", "--cognito-port", "0"]
    # What is tried here is the sandbox, however slow the machine may be.
    command += ["--slack-waits", "60"]
    with said.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        yield Running(process, said)
    finally:
        with suppress(ProcessLookupError):
            # Its desk too: nobody else would end it now.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_works_and_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    # What belongs to the person who tries it must neither help nor harm.
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-mine\nDESK_DATABASE_URL=sqlite:///mine.db\n")
    mine = {"AWS_PROFILE": "mine", "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    with started(tmp_path, **mine) as sandbox:
        sandbox.said(READY)
        assert "ana@example.com" in sandbox.read("/")
        assert isinstance(json.loads(sandbox.read("/mailbox.json")), list)

        sandbox.types("/cognito-check ana@example.com")
        sandbox.shows("the address is not verified")

        [folder] = (tmp_path / "tmp").glob("desk-sandbox-*")
        exposed = [path.name for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
        assert exposed == ["desk.toml"]

        [desk] = sandbox.children()
        sandbox.end(ending)
        assert sandbox.process.wait(40) == 0, sandbox.text
        assert "Starting it again" not in sandbox.text
        # A desk that has heard nothing is killed in the end, and says nothing. It knows no closed terminals.
        assert ("bot.run: stopped" in sandbox.text) == (ending is not signal.SIGHUP)
        assert "Traceback" not in sandbox.text
        with pytest.raises(ProcessLookupError):
            os.kill(desk, 0)
        assert sorted(path.name for path in tmp_path.rglob("*")) == [".env", "said", "tmp"]


@pytest.mark.slow
def test_a_desk_that_dies_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    with started(tmp_path) as sandbox:
        sandbox.said(READY)
        [desk] = sandbox.children()
        os.kill(desk, signal.SIGKILL)

        text = sandbox.said(READY, times=2)

        assert "The desk ended, with exit code -9. Starting it again" in text
        sandbox.types("/cognito-check vera@example.com")
        sandbox.shows("vera@example.com")
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.process.wait(40) == 0


@pytest.mark.parametrize("option", ["--port", "--cognito-port"])
def test_a_port_in_use_is_told_with_the_way_out(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = {"port": 0, "cognito_port": 0, option.removeprefix("--").replace("-", "_"): port}

        assert main({}, **ports) == 1

    said = capsys.readouterr().err
    assert f"Port {port} is in use" in said
    assert f"desk sandbox {option} {port + 10}" in said


def test_the_welcome_names_every_sample_and_who_one_is() -> None:
    workspace = Workspace(ROOT / "manifest.yml")
    with CognitoServer() as cognito:
        samples = seed(cognito)
        welcome(workspace, samples)

    said = workspace.messages("#support")
    text = "\n".join(message.text for message in said)
    for sample in samples:
        assert f"`{sample.address}`  {sample.say}" in text
    assert "You are <@U0AGENT>" in said[-1].text, "the newest message is where people begin to read"
    for message in said:
        assert len(message.blocks) <= 50
        assert all(len(block["text"]["text"]) <= 3000 for block in message.blocks)


def test_the_sandboxs_own_buttons_let_customers_sign_in_and_time_pass() -> None:
    with CognitoServer() as cognito:
        seed(cognito)
        pool = cognito.pools[PROD]
        before = len(pool.users)
        buttons = dict(actions(cognito))

        assert buttons["Gil signs in with Google"]() == "gil@example.com signed in. email_verified is false now."
        assert buttons["Fay signs in with Facebook"]() == "fay@example.com signed in. email_verified is false now."
        assert "Cognito did not: attributes required" in (buttons["Rena signs in with Google"]() or "")
        assert len(pool.users) == before, "they are people who were there already"

        assert buttons["Mo forgets the password"]() == "Mo is shown that a code went to m***@e***. Nothing arrives."
        buttons["Amazon SES sends to Mo again"]()
        assert buttons["Mo forgets the password"]() == "Mo is shown that a code went to m***@e***. It has arrived."
        buttons["A mail to Mo comes back"]()
        assert (buttons["Mo forgets the password"]() or "").endswith("Nothing arrives.")

        noon = cognito.clock.now()
        buttons["24 hours pass in Cognito"]()
        assert (cognito.clock.now() - noon).total_seconds() >= 86_400
