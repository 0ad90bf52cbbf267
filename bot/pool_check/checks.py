"""A check of a whole pool as its row: who asked for it, how it stands, and how it ends.

The row is the truth: whoever wins a change of its state acts, and its message is drawn from it.

It is long because every way in which the row changes stands here.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.answer import Refused
from bot.pool_check import parts
from bot.pool_check.parts import Progress
from bot.ticket import Event
from bot.tickets import audit, tables
from bot.tickets.files import Files
from bot.tickets.message import Message, MessageKind
from bot.tickets.outbox import Outbox
from bot.tickets.store import moment, taken
from bot.words import Link, Moment, Person, Words, from_json, say, to_json

_PAGE = 60
"""Users that a request gives at most."""

_row = tables.pool_check.c

LIST, PICTURE = "pool-check-csv", "pool-check-picture"
"""The kinds of files that a check ends with; each is made of its number."""


class CheckState(StrEnum):
    """How far a check is."""

    READING = "reading"
    JUDGING = "judging"
    """Everybody has been read; what is found is being counted."""
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self not in (CheckState.READING, CheckState.JUDGING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a pool is read."""

    estimate: int
    """Users, by AWS's estimate."""
    per_second: float
    """Pages a second at most."""

    @property
    def seconds(self) -> float:
        """How long it takes, about, where AWS lets all of it through."""
        return self.estimate / _PAGE / self.per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCheck:
    """A check as the database holds it."""

    id: int
    pool: str
    state: CheckState
    person: str
    """Slack id of who asked for it; empty for the schedule."""
    conversation: int
    asked_at: float
    ended_at: float | None
    plan: Plan
    found: Mapping[str, Any]
    """What was found, as counts; empty until it is done."""
    words: Words | None
    """Why it ended otherwise."""
    progress: Progress
    now: float
    """When this was read, by the database's clock, in seconds since 1970."""


class Drawn(Protocol):
    """What makes messages of a check."""

    def message(self, check: PoolCheck) -> Message:
        """Return a check's message as it stands."""

    def thread(self, check: PoolCheck) -> Sequence[Message]:
        """Return what is posted beneath it once it is done."""


class PoolChecks:
    """Begins checks, and changes how they stand. Safe to share between threads."""

    def __init__(self, outbox: Outbox, drawn: Drawn, files: Files | None = None) -> None:
        """``files``: where its list and its picture are posted; None for nowhere."""
        self._outbox = outbox
        self._drawn = drawn
        self._files = files
        self.store = outbox.store
        self.news = threading.Event()
        """Set when this process has begun a check, or has read one: there is something to work on."""

    def refuse_second(self, pool: str) -> None:
        """Return if no check of the pool is under way. Raises `Refused`, with where that one is."""
        with self.store.reading() as connection:
            found = connection.execute(select(_row.id).where(_row.busy == pool)).first()
        if found is not None:
            raise self._already(pool)

    def has_begun(self, pool: str, due: float) -> bool:
        """Whether the check of one of a pool's scheduled times has begun, however it stands."""
        with self.store.reading() as connection:
            found = connection.execute(select(_row.id).where(_row.pool == pool, _row.due == due)).first()
        return found is not None

    def begin(self, pool: str, channel: str, person: str, plan: Plan, *, due: float | None = None) -> int:
        """Begin a check and return its number. Raises `Refused` while another one of the pool isn't over.

        ``person`` is empty for the schedule, ``due`` is its time then: once that has one, it gets no other.
        """
        try:
            with self.store.transaction() as connection:
                conversation = self._outbox.converse(connection, channel)
                shown = {"estimate": plan.estimate, "per_second": plan.per_second}
                values = {
                    "pool": pool,
                    "state": CheckState.READING,
                    "busy": pool,
                    "person": person,
                    "conversation": conversation,
                    "asked_at": self.store.now(connection),
                    "due": due,
                    "plan": shown,
                    "found": {},
                }
                beginning = insert(tables.pool_check).values(values).returning(_row.id)
                check = int(connection.execute(beginning).scalar_one())
                parts.begin(connection, check)
                begun = self.get(connection, _row.id == check)
                assert begun is not None
                self._outbox.enqueue(connection, conversation, self._drawn.message(begun))
                self._record(connection, Event.POOL_CHECK, check, pool, person, CheckState.READING)
        except IntegrityError as error:
            if not taken(error):
                raise
            raise self._already(pool) from None
        self._outbox.wake()
        self.news.set()
        return check

    def under_way(self) -> tuple[PoolCheck, ...]:
        """Return the checks that aren't over."""
        with self.store.reading() as connection:
            rows = connection.execute(select(tables.pool_check).where(_row.busy.is_not(None)).order_by(_row.id)).all()
            return tuple(self._check(connection, row) for row in rows)

    def get(self, connection: Connection, which: ColumnElement[bool]) -> PoolCheck | None:
        """Return the check of which this is true, or None."""
        row = connection.execute(select(tables.pool_check).where(which)).first()
        return self._check(connection, row) if row is not None else None

    def numbered(self, check: int) -> PoolCheck | None:
        """Return the check of this number, or None."""
        with self.store.reading() as connection:
            return self.get(connection, _row.id == check)

    def of_conversation(self, conversation: int) -> PoolCheck | None:
        """Return the check whose message is the root of a conversation, or None."""
        with self.store.reading() as connection:
            return self.get(connection, _row.conversation == conversation)

    def is_reading(self, check: int) -> bool:
        """Whether a check is still to be read."""
        with self.store.reading() as connection:
            state = connection.execute(select(_row.state).where(_row.id == check)).scalar()
        return state == CheckState.READING

    def has_been_read(self, check: int) -> None:
        """Let what was found be counted, if no part is left."""
        part = tables.pool_part.c
        left = exists().where(part.pool_check == check, part.state.in_(parts.OPEN))
        now_judging = update(tables.pool_check).where(_row.id == check, _row.state == CheckState.READING, ~left)
        with self.store.transaction() as connection:
            if connection.execute(now_judging.values(state=CheckState.JUDGING)).rowcount == 1:
                self.redraw(connection, check)
        self.wake()
        self.news.set()

    def take_judging(self, check: int, owner: str, *, lease: float) -> bool:
        """Take what is left to do of a check that has been read. Return whether this process has it now."""
        with self.store.transaction() as connection:
            now = self.store.now(connection)
            # Nobody can have taken a longer lease by the clock as it is now: it was set back.
            impossible = and_(_row.id == check, _row.state == CheckState.JUDGING, _row.lease_until > now + lease)
            connection.execute(update(tables.pool_check).where(impossible).values(lease_until=now + lease))
            free = or_(_row.owner.is_(None), _row.lease_until < now, _row.owner == owner)
            mine = and_(_row.id == check, _row.state == CheckState.JUDGING, free)
            taken_over = update(tables.pool_check).where(mine).values(owner=owner, lease_until=now + lease)
            return connection.execute(taken_over).rowcount == 1

    def done(self, check: int, owner: str, found: Mapping[str, Any]) -> bool:
        """End a check with what was found. Return whether it was this process's."""
        mine = and_(_row.id == check, _row.state == CheckState.JUDGING, _row.owner == owner)
        return self._end(mine, check, CheckState.DONE, found=dict(found))

    def failed(self, check: int, words: Words) -> bool:
        """End a check that can't go on. Return whether it wasn't over before."""
        return self._end(_row.id == check, check, CheckState.FAILED, words=words)

    def stop(self, check: int, person: str) -> bool:
        """End a check because somebody wants that. Return whether it wasn't over before."""
        words = say("{who} stopped it. Nothing of it is kept.", who=Person(person))
        return self._end(_row.id == check, check, CheckState.STOPPED, person=person, words=words)

    def stands_at(self, check: int, channel: str, ts: str) -> bool:
        """Whether a message is a check's own. One that was posted a moment ago may not be written down yet."""
        place = tables.conversation.c
        is_it = place.ts.in_((ts, ""))
        query = select(_row.id).join(tables.conversation, place.id == _row.conversation)
        with self.store.reading() as connection:
            found = connection.execute(query.where(_row.id == check, place.channel == channel, is_it)).first()
        return found is not None

    def message(self, conversation: int) -> Message | None:
        """Draw the message of the check that is the root of a conversation; None where there is none."""
        check = self.of_conversation(conversation)
        return self._drawn.message(check) if check is not None else None

    def redraw(self, connection: Connection, check: int) -> None:
        """Have a check's message drawn as it is when it leaves."""
        self._outbox.enqueue_cases(connection, select(_row.conversation).where(_row.id == check))

    def keep_drawing(self, connection: Connection, check: int) -> None:
        """Have a check's message drawn, unless that waits already."""
        row = tables.outbox.c
        place = select(_row.conversation).where(_row.id == check).scalar_subquery()
        waits = select(row.id).where(row.kind == MessageKind.CASE, row.conversation == place, row.owner.is_(None))
        if connection.execute(waits.limit(1)).first() is None:
            self.redraw(connection, check)

    def wake(self) -> None:
        """Tell the writer that there is something to draw."""
        self._outbox.wake(looks=False)

    def _end(
        self,
        which: ColumnElement[bool],
        check: int,
        state: CheckState,
        *,
        person: str = "",
        words: Words | None = None,
        found: Mapping[str, Any] | None = None,
    ) -> bool:
        with self.store.transaction() as connection:
            values: dict[str, Any] = {"state": state, "busy": None, "owner": None, "lease_until": None}
            values |= {"ended_at": self.store.now(connection)}
            values |= {"words": to_json(words)} if words is not None else {}
            values |= {"found": found} if found is not None else {}
            ending = update(tables.pool_check).where(which, _row.busy.is_not(None)).values(values)
            ended = connection.execute(ending.returning(_row.pool, _row.conversation)).first()
            if ended is None:
                return False
            self._record(connection, Event.POOL_CHECK, check, ended.pool, person, state)
            now = self.get(connection, _row.id == check) if state is CheckState.DONE else None
            if now is not None and (beneath := self._drawn.thread(now)):
                self._outbox.enqueue(connection, ended.conversation, *beneath)
            if now is not None and self._files is not None:
                for kind in (PICTURE, LIST):
                    self._files.post(connection, ended.conversation, kind, check)
            self.redraw(connection, check)
        self._outbox.wake()
        return True

    def _record(
        self, connection: Connection, event: Event, check: int, pool: str, person: str, state: CheckState
    ) -> None:
        detail = {"check": check, "pool": pool, "state": state.value}
        audit.record(connection, self.store, event, ticket=None, person=person, detail=detail)

    def _already(self, pool: str) -> Refused:
        with self.store.reading() as connection:
            row, place = tables.pool_check.c, tables.conversation.c
            query = select(row.person, row.asked_at, place.permalink).join(tables.conversation)
            found = connection.execute(query.where(row.busy == pool)).first()
        if found is None:
            return Refused(say("Another check of {pool} has ended in this moment. Please try again.", pool=pool))
        who = Person(found.person) if found.person else "the schedule"
        link = Link(found.permalink, "Look at it ↗") if found.permalink else "Look for its message in the channel."
        words = "The pool {pool} is being checked already: asked by {who}, {at}. {link}"
        return Refused(say(words, pool=pool, who=who, at=Moment(moment(found.asked_at)), link=link))

    def _check(self, connection: Connection, row: Row[Any]) -> PoolCheck:
        return PoolCheck(
            id=row.id,
            pool=row.pool,
            state=CheckState(row.state),
            person=row.person,
            conversation=row.conversation,
            asked_at=row.asked_at,
            ended_at=row.ended_at,
            plan=Plan(**row.plan),
            found=row.found,
            words=from_json(row.words) if row.words else None,
            progress=parts.progress(connection, row.id),
            now=self.store.now(connection),
        )
