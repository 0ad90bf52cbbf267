"""A workspace and a pool in which each bot answers, and a watch that stops when its first words stand there."""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.testing import (
    AGENT,
    CHANNELS,
    GROUPS,
    PEOPLE,
    Change,
    CognitoServer,
    Envelope,
    LivePool,
    Rates,
    Rules,
    SlackServer,
    Workspace,
)
from tests.bench.plain import ANSWER
from tests.desk_toml import desk_toml
from tests.stories.floor import MANIFEST

ROOT = Path(__file__).parent.parent.parent
CUSTOMERS = 50
AGENTS = tuple(replace(AGENT, id=f"U0AGENT{n}", name=f"agent{n}", display_name=f"agent{n}") for n in range(CUSTOMERS))
_ADDRESS = re.compile(r"user\d+@example\.com")
_WAIT = 60.0

DESK = ("-m", "bot.cli", "run")
DESK_WITHOUT_RATES = ("-m", "tests.bench.desk")
PLAIN = ("-m", "tests.bench.plain")
ECHO = ("-m", "tests.bench.echo")


@dataclass(frozen=True, slots=True)
class Times:
    """What many people waited, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Sum up."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        return cls(p50=1000 * cuts[49], p99=1000 * cuts[98])

    def __str__(self) -> str:
        return f"{self.p50:.0f} / {self.p99:.0f} ms"

    def over(self, other: "Times") -> str:
        """Say how many times as long as others these waited."""
        return f"{self.p50 / other.p50:.1f} / {self.p99 / other.p99:.1f}"


class Bot:
    """One of the programs, as a process."""

    def __init__(self, floor: "Floor", module: tuple[str, ...]) -> None:
        self._floor = floor
        began = time.monotonic()
        before = set(floor.server.sockets.connections)
        with (floor.folder / "log").open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, *module],
                cwd=floor.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(floor.folder), "PYTHONPATH": str(ROOT), **floor.environ},
                stderr=log,
            )
        floor.slack.wait_for(lambda: set(floor.server.sockets.connections) - before, _WAIT)
        self.seconds_to_connect = time.monotonic() - began

    @property
    def megabytes(self) -> float:
        """What of it is in memory."""
        pages = Path(f"/proc/{self._process.pid}/statm")
        if pages.exists():
            return int(pages.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2
        # macOS has no such files, a small Debian no ps.
        asked = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) / 1024

    @property
    def cpu_seconds(self) -> float:
        """What processors have worked for it since its start, for the program and the kernel together."""
        times = Path(f"/proc/{self._process.pid}/stat")
        if times.exists():
            # What stands before the last bracket is the program's name, which may hold blanks.
            fields = times.read_text(encoding="ascii").rpartition(")")[2].split()
            return float((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
        asked = ["ps", "-o", "time=", "-p", str(self._process.pid)]
        *rest, seconds = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split(":")
        return float(seconds) + sum(60.0 ** (n + 1) * int(each) for n, each in enumerate(reversed(rest)))

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self._process.terminate()
        self._process.wait(_WAIT)
        self._floor.slack.wait_for(lambda: not self._floor.server.sockets.connections, _WAIT)


class Floor:
    """Where commands are typed, and where the time of each first reply is taken."""

    def __init__(
        self, slack: Workspace, server: SlackServer, cognito: CognitoServer, pool: LivePool, folder: Path
    ) -> None:
        self.slack = slack
        self.server = server
        self.cognito = cognito
        self.pool = pool
        self.folder = folder
        self._customers = range(0)
        self._replied: dict[str, float] = {}
        self._seen: set[str] = set()
        self._new = threading.Condition()
        slack.subscribe(self._watch)

    @property
    def environ(self) -> Mapping[str, str]:
        """What each bot finds in its environment."""
        return {
            "BENCH_POOL": self.pool.id,
            "BENCH_CLIENT": self.pool.client_id,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.server.api_url,
            **self.cognito.environment,
        }

    @property
    def log(self) -> str:
        """What the last bot has written to its log."""
        return (self.folder / "log").read_text(encoding="utf-8")

    @contextmanager
    def bot(self, module: tuple[str, ...]) -> Iterator[Bot]:
        """Let a bot answer."""
        bot = Bot(self, module)
        try:
            yield bot
        finally:
            bot.stop()

    def newcomers(self, number: int) -> range:
        """Let so many customers whom nobody has checked come in the place of those before; return who they are."""
        for n in self._customers:
            self.pool.delete(f"user{n}")
        self._customers = range(self._customers.stop, self._customers.stop + number)
        for n in self._customers:
            self.pool.add(f"user{n}", email=f"user{n}@example.com", email_verified=False)
        return self._customers

    def asks(self, customers: range) -> list[tuple[float, float]]:
        """Let an agent ask about each of these at once; return the seconds to each acknowledgement and first reply."""
        addresses = [f"user{n}@example.com" for n in customers]
        with self._new:
            self._replied.clear()
        sent = [self.types(n, f"/cognito-check user{n}@example.com") for n in customers]
        with self._new:
            assert self._new.wait_for(lambda: self._replied.keys() >= set(addresses), _WAIT), self.slack.seen()[-2000:]
            replied = [self._replied[address] for address in addresses]
        return [
            (envelope.wait().seconds or _WAIT, at - envelope.sent_at)
            for envelope, at in zip(sent, replied, strict=True)
        ]

    def record_answer(self) -> None:
        """Let the desk answer once, and write its messages down for the plain bot, which posts the same."""
        with self.bot(DESK):
            (customer,) = self.newcomers(1)
            self.asks(range(customer, customer + 1))
            root = self.slack.messages("#support")[-1]
            self.slack.wait_for(lambda: len(self.slack.thread(root)) > 1, _WAIT)
            said = [{"text": each.text, "blocks": list(each.blocks)} for each in self.slack.thread(root)]
        recorded = {"name": f"user{customer}", "messages": said}
        (self.folder / ANSWER).write_text(json.dumps(recorded), encoding="utf-8")

    def types(self, n: int, text: str) -> Envelope:
        """Let one of the agents type something."""
        envelope = self.slack.types(AGENTS[n % CUSTOMERS].name, text)
        assert envelope is not None
        return envelope

    def _watch(self, change: Change) -> None:
        # Threads are filled afterwards, perhaps while the next command is under way.
        if change.kind != "message" or change.channel is None or change.ts is None or change.thread_ts is not None:
            return
        at = time.monotonic()
        found = _ADDRESS.search(self.slack.conversations.known(change.channel, change.ts).text)
        if found:
            with self._new:
                # What is edited is no reply.
                if change.ts not in self._seen:
                    self._seen.add(change.ts)
                    self._replied[found[0]] = at
                    self._new.notify_all()


@contextmanager
def floor(kind: "type[Floor] | None" = None) -> Iterator[Floor]:
    """Open a floor, to which customers are yet to come."""
    with (
        tempfile.TemporaryDirectory(prefix="desk-bench-") as folder,
        CognitoServer() as cognito,
        SlackServer(_crowded()) as server,
    ):
        pool = cognito.pools.create("prod")
        # As an operator would have it: with metrics.
        settings = f'{desk_toml(pool=pool.id, client=pool.client_id)}[health]\nlisten = "127.0.0.1:{_free_port()}"\n'
        (Path(folder) / "desk.toml").write_text(settings, encoding="utf-8")
        yield (kind or Floor)(server.workspace, server, cognito, pool, Path(folder))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _crowded() -> Workspace:
    """Return a workspace with an agent for each customer."""
    everyone = frozenset(one.id for one in AGENTS)
    return Workspace(
        MANIFEST,
        rules=Rules(rates=Rates.generous()),
        people=(*PEOPLE, *AGENTS),
        groups=[replace(group, members=(*group.members, *everyone)) for group in GROUPS if group.id == "S0SUPPORT"]
        + [group for group in GROUPS if group.id != "S0SUPPORT"],
        channels=[replace(channel, members=channel.members | everyone) for channel in CHANNELS],
    )
