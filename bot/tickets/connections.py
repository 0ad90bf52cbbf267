"""Which connections to Slack the desks on this database have, so that they notice a program that is none of them.

Slack delivers each command to one of the app's connections, no matter which program has opened it, and says at each
hello how many there are. A program that runs with the same app token elsewhere gets a share of everything, and nobody
is told. So each desk writes down its own connections, and holds Slack's number against what all desks together had at
that moment.

It is judged only after a while, when every desk has had time to write, and in doubt nobody is suspected: a connection
counts for as long as Slack may still count it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot.repeated import Repeated
from bot.tickets import tables
from bot.tickets.store import Store
from bot.timings import UNHURRIED

log = logging.getLogger(__name__)
_socket = tables.socket.c

EVERY = 3.0
"""Seconds between two looks at one's own connections."""

_RENEWING = 30.0
"""Seconds after which a desk says again that its connections are there."""

FRESH = 3 * _RENEWING
"""Seconds after which a desk that hasn't counts as gone."""

_LENIENCY = 15.0
"""Seconds for which a connection counts before it was opened, and after it was closed: as at each refresh."""

_GHOST = 600.0
"""Seconds for which Slack may go on counting a connection of which nobody has told it that it is over."""

_KEPT = 86400.0
"""Seconds after which what is over is forgotten."""

CURE = (
    "Another program runs with the same SLACK_APP_TOKEN, and gets a share of every command, click and form, customers' "
    "passwords among them. End it: a desk with another database, or somebody's laptop. If nobody knows of it, generate "
    "a new app-level token (https://api.slack.com/apps > Basic Information > App-Level Tokens), put it into .env, "
    "revoke the old one, and start the desks again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A connection of this program's over which Slack has said hello."""

    id: str
    seconds: float = 0.0
    """How long ago that was."""
    told: int | None = None
    """How many there were then, this one included, by Slack's count; None if it didn't say."""
    is_over: bool = False
    """Whether it has ended in a way that Slack knows of."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What Slack said at a hello, beside what the desks had."""

    at: float
    """When, in the database's seconds."""
    told: int
    ours: int

    @property
    def strangers(self) -> int:
        """How many connections are of no desk on this database."""
        return max(0, self.told - self.ours)


class Connections:
    """One desk's connections, as ``opened`` says; a thread of its own keeps their rows."""

    def __init__(
        self,
        database: Store,
        opened: Callable[[], Sequence[Opened]],
        *,
        owner: str,
        every: float = EVERY,
        settling: float = UNHURRIED.settling,
    ) -> None:
        self._store = database
        self._opened = opened
        self._owner = owner
        self._settling = settling
        self._written: frozenset[str] = frozenset()
        """Those whose rows say that they are open."""
        self._renew_at = 0.0
        self._to_judge = False
        self._strangers = 0
        self._repeated = Repeated(self.look, name="connections", every=every, broken=_unwritten)

    def start(self) -> None:
        """Begin to look, at once and then every few seconds."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more, and write down that nothing of this desk's is open any more."""
        self._repeated.stop(seconds)
        try:
            with self._store.transaction() as connection:
                self._close(connection, self._store.now(connection), _socket.owner == self._owner)
        except Exception:  # nobody waits for this: what isn't renewed is forgotten
            log.warning("the end of the connections to Slack could not be written down")

    def look(self) -> None:
        """Write down what has changed, and judge what Slack said once that can be judged."""
        opened = self._opened()
        there = frozenset(each.id for each in opened if not each.is_over)
        if there != self._written or time.monotonic() >= self._renew_at:
            with self._store.transaction() as connection:
                self._write(connection, opened)
            self._to_judge = self._to_judge or bool(there - self._written)
            self._written = there
            self._renew_at = time.monotonic() + _RENEWING
        if self._to_judge:
            with self._store.reading() as connection:
                counted = newest(connection, now := self._store.now(connection), owner=self._owner)
            if counted is None:
                self._to_judge = False
            elif now - counted.at >= self._settling:
                self._to_judge = False
                self._judge(counted)

    def _write(self, connection: Connection, opened: Sequence[Opened]) -> None:
        now = self._store.now(connection)
        connection.execute(delete(tables.socket).where(_socket.seen_at < now - _KEPT))
        mine = _socket.owner == self._owner
        known = set(connection.execute(select(_socket.id).where(mine)).scalars())
        there = [each for each in opened if not each.is_over]
        for each in there:
            if each.id not in known:
                row = {"id": each.id, "owner": self._owner, "opened_at": now - each.seconds, "told": each.told}
                connection.execute(insert(tables.socket).values(**row, seen_at=now))
        renewed = update(tables.socket).where(mine, _socket.id.in_([each.id for each in there]))
        connection.execute(renewed.values(seen_at=now))
        over = [each.id for each in opened if each.is_over]
        self._close(connection, now, and_(mine, _socket.id.in_(over)))

    def _close(self, connection: Connection, now: float, which: ColumnElement[bool]) -> None:
        closed = update(tables.socket).where(which, _socket.closed_at.is_(None))
        connection.execute(closed.values(seen_at=now, closed_at=now))

    def _judge(self, counted: Counted) -> None:
        before, self._strangers = self._strangers, counted.strangers
        if counted.strangers and not before:
            said = "Slack counts %d connections of this app, but the desks on this database had %d. %s"
            log.error(said, counted.told, counted.ours, CURE)
        elif before and not counted.strangers:
            log.info("no other program is connected with this app token any more")


def _unwritten(error: Exception) -> None:
    # The database is away; what isn't written now is written later.
    log.warning("the connections to Slack could not be written down (%s)", type(error).__name__)


def are_open(now: float) -> ColumnElement[bool]:
    """Choose the connections of desks that run."""
    return and_(_socket.closed_at.is_(None), _socket.seen_at >= now - FRESH)


def newest(connection: Connection, now: float, *, owner: str = "") -> Counted | None:
    """Return what Slack last said to this desk, or to any; None if no desk runs, or Slack didn't say."""
    running = are_open(now)
    if owner:
        running = and_(running, _socket.owner == owner)
    if not connection.execute(select(func.count()).where(running)).scalar():
        return None
    said = select(_socket.opened_at, _socket.told).where(_socket.told.is_not(None))
    if owner:
        said = said.where(_socket.owner == owner)
    last = connection.execute(said.order_by(_socket.opened_at.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    at, told = last
    counts = or_(and_(_socket.closed_at.is_(None), _socket.seen_at >= at - _GHOST), _socket.closed_at >= at - _LENIENCY)
    ours = select(func.count()).where(_socket.opened_at <= at + _LENIENCY, counts)
    return Counted(at=at, told=told, ours=connection.execute(ours).scalar_one())
