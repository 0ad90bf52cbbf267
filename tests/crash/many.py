"""A check of a whole pool and a run over many people, killed anywhere: what the crowd was asked for tells what came."""

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select

from bot.settings import PoolSettings
from bot.tickets import tables
from bot.tickets.store import Store
from sandbox.testing import GROUPS, CognitoServer, Rates, Rules, SlackServer, Workspace
from tests.bench import crowd, runs
from tests.bench.pool import counts, serving
from tests.crash.place import PATIENCE, Stuck
from tests.crash.points import Point
from tests.crash.program import Child, Order
from tests.stories.floor import MANIFEST, UNHURRIED, settings_for

_PART = 10
"""One in so many of the crowd signs in through Google."""

_MOST = 6
"""Lives of each replica at most; the last one is killed by nobody."""

_LOOK = 0.05


@dataclass(slots=True)
class Outcome:
    """What came of one round."""

    kills: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Replicas:
    """The desks on one database; whoever of them is killed lives again."""

    slack: Workspace
    server: SlackServer
    order: Order
    number: int
    children: list[Child] = field(default_factory=list)
    deaths: list[Point] = field(default_factory=list)
    """When the next lives end."""
    kills: int = 0
    lives: int = 0

    def start(self, first: Sequence[Point | None]) -> None:
        """Let each begin, and wait until it is connected."""
        self.children = [self._live(first[n] if n < len(first) else None) for n in range(self.number)]

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
        """Wait for something, and let live again who was killed. Raises `Stuck`."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            for n, child in enumerate(self.children):
                if child.is_alive:
                    continue
                if not child.was_killed:
                    raise Stuck(f"a desk ended by itself ({child.exit_code}):\n{child.log[-4000:]}")
                self.kills += 1
                more = self.deaths.pop() if self.deaths and self.lives < _MOST * self.number else None
                self.children[n] = self._live(more)
            if time.monotonic() > end:
                log = self.children[0].log[-4000:]
                raise Stuck(f"waited in vain for {what}\n{self.slack.seen()[-2000:]}\n{log}")
            time.sleep(_LOOK)

    def kill(self, n: int) -> None:
        """Kill one of them, wherever it is."""
        self.children[n % self.number].kill()

    def end(self) -> None:
        """Let none live on."""
        for child in self.children:
            child.kill()


class Many:
    """Plays rounds on databases that nobody used before."""

    def __init__(self, fresh: Callable[[Path], str], *, users: int, replicas: int) -> None:
        self._fresh = fresh
        self._users = users
        self._replicas = replicas

    def check(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have a pool checked; the desk dies at a point or after seconds, and its next lives at others."""
        outcome = Outcome()
        with self._scene() as (desks, database, address):
            try:
                desks.deaths = list(deaths)
                desks.start([first] * self._replicas if isinstance(first, Point) else [])
                self._checks(desks, first)
                outcome.faults += self._wrong_check(database, desks, counts(address)["rates"]["UserList"]["answered"])
            except Stuck as stuck:
                outcome.faults.append(str(stuck))
            outcome.kills = desks.kills
        return outcome

    def run(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have a run over many people approved; the desk dies within it."""
        outcome = Outcome()
        with self._scene("--mapped") as (desks, database, address):
            try:
                people = self._users // _PART
                desks.start([first] * self._replicas if isinstance(first, Point) else [])
                self._checks(desks)
                desks.deaths = list(deaths)
                card = runs.asked(desks.slack, people)
                for lead in ("lead1", "lead2"):
                    runs.approves(desks.slack, lead, card)
                if isinstance(first, float):
                    desks.until(lambda: counts(address)["rates"]["UserUpdate"]["answered"] > 0, "the first call")
                    time.sleep(first)
                    desks.kill(0)
                desks.until(lambda: "Cognito accepted " in runs.card_of(desks.slack).text, "the run's end")
                outcome.faults += self._wrong_run(database, counts(address)["written"], people)
            except Stuck as stuck:
                outcome.faults.append(str(stuck))
            outcome.kills = desks.kills
        return outcome

    def _checks(self, desks: _Replicas, first: Point | float | None = None) -> None:
        desks.slack.types("lead1", "/cognito-pool-check")
        if isinstance(first, float):
            desks.until(lambda: "/cognito-pool-check" in desks.slack.seen() or bool(_shown(desks)), "the command")
            time.sleep(first)
            desks.kill(0)
        desks.until(lambda: "📊" in _shown(desks), "the report")

    def _wrong_check(self, database: Store, desks: _Replicas, pages: int) -> Iterator[str]:
        with database.reading() as connection:
            users = connection.execute(select(func.count()).select_from(tables.pool_user)).scalar_one()
            checks = connection.execute(select(tables.pool_check.c.state, tables.pool_check.c.found)).all()
        if users != self._users:
            yield f"{users} of {self._users} users were counted, by {pages} pages"
        if [state for state, _ in checks] != ["done"]:
            yield f"the checks are {checks}"
            return
        found, truth = checks[0].found, crowd.truth(self._users)
        if {name: found[name] for name in truth} != truth:
            yield f"found {json.dumps(found)}, and there is {json.dumps(truth)}"
        if (times := _shown(desks).count("📊")) != 1:
            yield f"{times} reports stand in the channel"

    @staticmethod
    def _wrong_run(database: Store, written: dict[str, int], people: int) -> Iterator[str]:
        if written != {"1": people}:
            yield f"calls by how often they came to one person: {written}"
        state = tables.bulk_item.c.state
        with database.reading() as connection:
            counted = connection.execute(select(state, func.count()).group_by(state))
            found = {str(name): int(times) for name, times in counted}
        if found != {"done": people}:
            yield f"the rows are {found}"

    @contextmanager
    def _scene(self, *options: str) -> Iterator[tuple[_Replicas, Store, str]]:
        leads = [
            replace(group, members=(*group.members, "U0AGENT")) if group.handle == "leads" else group
            for group in GROUPS
        ]
        rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
        with (
            tempfile.TemporaryDirectory(prefix="desk-crash-", ignore_cleanup_errors=True) as name,
            CognitoServer() as cognito,
            SlackServer(Workspace(MANIFEST, rules=rules, groups=leads)) as server,
            serving(self._users, 0.0, *options) as address,
        ):
            folder = Path(name)
            url = self._fresh(folder)
            pool = PoolSettings(id=crowd.POOL, region="us-east-1", client_id=crowd.CLIENT, scan_share=1.0)
            given = settings_for(server.workspace, server, {}, folder, database_url=SecretStr(url))
            settings = replace(given, pools={"prod": pool})
            environ = {**cognito.environment, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": address}
            order = Order(settings=settings, environ=environ, folder=folder)
            desks = _Replicas(server.workspace, server, order, self._replicas)
            database = Store(url)
            try:
                yield desks, database, address
            finally:
                desks.end()
                database.close()


def _shown(desks: _Replicas) -> str:
    return " ".join(each.text for each in desks.slack.messages("#support"))


def play(fresh: Callable[[Path], str], *, rounds: int, users: int, replicas: int, seed: int = 0) -> Outcome:
    """Kill desks in so many checks and so many runs, and return what came of all."""
    chance = random.Random(seed)  # noqa: S311 - it chooses moments, and keeps nothing secret
    many, all_of_them = Many(fresh, users=users, replicas=replicas), Outcome()
    for n in range(rounds):
        for deed, what, most in (
            (many.check, "cognito ListUsers", max(1, users // 60)),
            (many.run, "cognito AdminUpdateUserAttributes", max(1, users // _PART // replicas // 2)),
        ):
            first, again = some_deaths(chance, what, most)
            outcome = deed(first, again)
            all_of_them.kills += outcome.kills
            died = f"{deed.__name__} no. {n}, killed at {first}, {', '.join(map(str, again))}"
            all_of_them.faults += [f"{died}: {fault}" for fault in outcome.faults]
    return all_of_them


def some_deaths(chance: random.Random, what: str, most: int) -> tuple[Point | float, list[Point]]:
    """Return when a desk dies first, by a request of a kind or after a moment, and when its next lives end."""
    at = Point(what, chance.choice(("before", "after")), chance.randint(1, most))
    first = at if chance.random() < 0.6 else chance.uniform(0.0, 1.5)
    again = [Point("commit", chance.choice(("before", "after")), chance.randint(1, 60)) for _ in range(2)]
    return first, again
