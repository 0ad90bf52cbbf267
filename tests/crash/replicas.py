"""Desks that work side by side on one database and a crowd: killed one lives again, and frozen one goes on."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

import commands
from bot.operator.manifest import manifest
from bot.scenario import load
from bot.settings import PoolSettings, SlackApp
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store
from sandbox.testing import GROUPS, CognitoServer, Rates, Rules, SlackFile, SlackServer, Workspace
from tests.bench import crowd
from tests.bench.pool import counts, serving
from tests.crash.place import PATIENCE, Stuck
from tests.crash.points import Point
from tests.crash.program import SOON, Child, Order
from tests.stories.floor import UNHURRIED, settings_for

_MOST = 6
"""Lives of each replica at most; the last one is killed by nobody."""

_LOOK = 0.05


@dataclass(slots=True)
class Replicas:
    """The desks on one database; whichever of them is killed lives again."""

    slack: Workspace
    server: SlackServer
    order: Order
    number: int
    children: list[Child] = field(default_factory=list)
    deaths: list[Point] = field(default_factory=list)
    """When the next lives end."""
    kills: int = 0
    lives: int = 0

    def start(self, first: Point | float | None = None) -> None:
        """Let each begin, and wait until it is connected. ``first``: where it ends each one's first life."""
        self.children = [self._live(first if isinstance(first, Point) else None) for _ in range(self.number)]

    def _live(self, kill_at: Point | None) -> Child:
        before = set(self.server.sockets.connections)
        child = Child(replace(self.order, kill_at=kill_at))
        self.lives += 1
        end = time.monotonic() + PATIENCE
        while child.is_alive and not set(self.server.sockets.connections) - before:
            if time.monotonic() > end:
                raise Stuck(f"a desk doesn't connect:\n{child.log[-4000:]}")
            time.sleep(_LOOK)
        return child

    def until(self, wanted: Callable[[], bool], what: str) -> None:
        """Wait for something, and give a new life to each that was killed. Raises `Stuck`."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            self.revive()
            if time.monotonic() > end:
                log = self.children[0].log[-4000:]
                raise Stuck(f"waited in vain for {what}\n{self.slack.seen()[-2000:]}\n{log}")
            time.sleep(_LOOK)

    def revive(self) -> None:
        """Give a new life to each that was killed."""
        for n, child in enumerate(self.children):
            if child.is_alive:
                continue
            if not child.was_killed:
                raise Stuck(f"a desk ended by itself ({child.exit_code}):\n{child.log[-4000:]}")
            self.kills += 1
            more = self.deaths.pop() if self.deaths and self.lives < _MOST * self.number else None
            self.children[n] = self._live(more)

    def kill_after(self, seconds: float) -> None:
        """Kill one of them in a while, wherever it is then, and give it a new life."""
        time.sleep(seconds)
        self.children[0].kill()
        self.revive()

    def freeze(self) -> None:
        """Freeze one of them for longer than what it has taken stays its own."""
        with self.children[0].frozen():
            time.sleep(SOON.lease * 1.5)

    def end(self) -> None:
        """Let none live on."""
        for child in self.children:
            child.kill()


@dataclass(frozen=True, slots=True)
class Scene:
    """What may be looked at from outside while the desks work."""

    desks: Replicas
    database: Store
    address: str
    """Of the crowd."""

    @property
    def shown(self) -> str:
        """What stands in the channel."""
        return " ".join(each.text for each in self.desks.slack.messages("#support"))

    @property
    def files(self) -> list[SlackFile]:
        """What was posted there."""
        return [each for each in self.desks.slack.files.all() if each.channel]

    def answered(self, category: str) -> int:
        """Return how many requests of a category the crowd has answered."""
        return int(counts(self.address)["rates"][category]["answered"])

    def has_told(self) -> bool:
        """Whether Slack has been told everything."""
        return Outbox(self.database).is_empty()


@contextmanager
def scene(
    fresh: Callable[[Path], str],
    *,
    users: int,
    replicas: int,
    options: Sequence[str] = (),
    latency: float = 0.0,
    files: bool = False,
) -> Iterator[Scene]:
    """Set up a workspace, a crowd with `tests.bench.crowd`'s ``options``, and a database; the desks don't live yet.

    ``latency``: seconds that the crowd takes for an answer. ``files``: whether the desks may post any.
    """
    leads = [
        replace(group, members=(*group.members, "U0AGENT")) if group.handle == "leads" else group for group in GROUPS
    ]
    rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
    app = SlackApp(files=files)
    with (
        tempfile.TemporaryDirectory(prefix="desk-crash-", ignore_cleanup_errors=True) as name,
        CognitoServer() as cognito,
        SlackServer(Workspace(manifest(load(commands).values(), app), rules=rules, groups=leads)) as server,
        serving(users, latency, *options) as address,
    ):
        folder = Path(name)
        url = fresh(folder)
        pool = PoolSettings(id=crowd.POOL, region="us-east-1", client_id=crowd.CLIENT, scan_share=1.0)
        given = settings_for(server.workspace, server, {}, folder, database_url=SecretStr(url))
        settings = replace(given, pools={"prod": pool}, slack=app)
        environ = {**cognito.environment, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": address}
        desks = Replicas(
            server.workspace, server, Order(settings=settings, environ=environ, folder=folder), number=replicas
        )
        database = Store(url)
        try:
            yield Scene(desks, database, address)
        finally:
            desks.end()
            database.close()
