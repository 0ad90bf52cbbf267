"""Runs what was approved for many people: every replica takes some of them, plans each again, and sends their call.

No process owns such a ticket. Each looks every second for runs; of one that runs it works on a few batches at once, so
that no answer is waited for before the next call leaves, and AWS's rate alone decides how fast it goes.

It is long because all that a run may come to is decided here: begun, paused by the desk, half done, over.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Refused, Unread
from bot.plan import Act
from bot.repeated import Repeated
from bot.ticket import Event, Outcome, State, Ticket, Unjudged, may_not_ask
from bot.tickets import audit, bulk_files, bulk_items, bulk_people, tables
from bot.tickets.bulk_calls import Calls, Door, Looked, Trouble
from bot.tickets.bulk_items import UNDER_WAY, End, Item, Items, ItemState, Progress, RunState
from bot.tickets.bulk_known import LONGEST_BATCH, NO_MAILS, KnownRun, Pacers, groundless
from bot.tickets.execution import Judge
from bot.tickets.store import moment
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED, Timings
from bot.words import Words, say

_log = logging.getLogger(__name__)

LANES = 4
"""Batches of one run that are under way at once in one process."""

READS, CALLS = 32, 48
"""Reads at once, and calls, of all runs of one process: calls that wait for their turn keep no reads waiting."""

RUNS = 4
"""Runs that one process works on at once; the others wait for a free thread."""

_TRY_AGAIN = 10.0
_DAY = 86_400.0

_WAITS_FOR_SLACK = say("Slack doesn't say right now who is a lead, so the desk waits before it sends anything.")
_STOPPED = say("it was stopped before their turn")
_item, _run, _ticket = tables.bulk_item.c, tables.bulk_run.c, tables.ticket.c


@dataclass(frozen=True, slots=True)
class _Found:
    """A run that something may be done for."""

    ticket: int
    run: RunState
    state: State


class BulkRuns:
    """The threads that work on runs. `start` it once; `stop` it once."""

    def __init__(
        self,
        tickets: Tickets,
        door: Door,
        *,
        judge: Judge,
        pacers: Pacers,
        threads: Callable[[int, str], Executor],
        timings: Timings = UNHURRIED,
    ) -> None:
        self._tickets = tickets
        self._store = tickets.store
        self._door = door
        self._judge = judge
        self._pacers = pacers
        self._timings = timings
        self.items = Items(self._store, lease=timings.lease)
        self._lanes = threads(LANES * RUNS, "bulk")
        self._reading = threads(READS, "bulk-read")
        self._calling = threads(CALLS, "bulk-call")
        self._busy: dict[tuple[int, str], Future[None]] = {}
        self._known: dict[int, KnownRun] = {}
        self._not_before: dict[int, float] = {}
        """When a run is tried again that couldn't begin, by the monotonic clock."""
        self._kept: dict[int, float] = {}
        self.stopping = threading.Event()
        self._wake = threading.Event()
        self._repeated = Repeated(self.look, name="bulk runs", every=timings.bulk, broken=_failed, wake=self._wake)

    @property
    def executors(self) -> tuple[Executor, ...]:
        """Its threads."""
        return self._lanes, self._reading, self._calling

    def start(self) -> None:
        """Begin to look."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Begin no batch any more, and finish those under way."""
        until = time.monotonic() + seconds
        self.stopping.set()
        self._repeated.stop(seconds)
        wait([*self._busy.values()], timeout=max(0.0, until - time.monotonic()))
        for each in self._known.values():
            each.close()

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait until nothing is under way here. Return whether that came in time."""
        return not wait([*self._busy.values()], timeout=seconds).not_done

    def forget(self) -> None:
        """Know nothing any more of the runs that were worked on, as after a start."""
        for each in self._known.values():
            each.close()
        self._known.clear()
        self._kept.clear()
        self._not_before.clear()

    def look(self) -> None:
        """Take up what is due."""
        for each in self._found():
            if each.state is State.APPROVED:
                if self._not_before.get(each.ticket, 0.0) <= time.monotonic():
                    self._submit(each.ticket, "begin", self._begin)
                continue
            self._keep(each.ticket)
            self._tell(each.ticket)
            self._submit(each.ticket, "settle", self._settle)
            if each.run is RunState.RUNNING:
                for lane in range(LANES):
                    self._submit(each.ticket, str(lane), self._work)
        for key in [key for key, future in self._busy.items() if future.done()]:
            del self._busy[key]

    def _found(self) -> list[_Found]:
        live = [each.value for each in RunState if each is not RunState.OVER]
        query = (
            select(_run.ticket, _run.state, _ticket.state.label("of"))
            .join(tables.ticket, _ticket.id == _run.ticket)
            .where(_run.state.in_(live), _ticket.state.in_((State.APPROVED.value, State.RUNNING.value)))
        )
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(_run.ticket)).all()
        return [_Found(row.ticket, RunState(row.state), State(row.of)) for row in rows]

    def _submit(self, ticket: int, slot: str, work: Callable[[int], None]) -> None:
        future = self._busy.get((ticket, slot))
        if self.stopping.is_set() or (future is not None and not future.done()):
            return
        self._busy[ticket, slot] = self._lanes.submit(self._guarded, ticket, work)

    def _guarded(self, ticket: int, work: Callable[[int], None]) -> None:
        try:
            work(ticket)
        except SQLAlchemyError:  # what could not be written is settled after the lease
            _log.exception("the run of ticket %d is left as it is", ticket)
        except Exception:  # nobody waits for this thread, and it would break again and again
            reference = uuid.uuid4().hex[:8]
            _log.exception("the run of ticket %d broke (ref %s)", ticket, reference)
            self.pause(ticket, say("Something broke on the desk's side (ref {reference}).", reference=reference))

    def _keep(self, ticket: int) -> None:
        if time.monotonic() >= self._kept.get(ticket, 0.0):
            self.items.keep(ticket)
            self._kept[ticket] = time.monotonic() + self._timings.sweep

    # --- From approved to running ---

    def _begin(self, number: int) -> None:
        """Judge the people behind it and its ground once more, and let it run."""
        with self._store.reading() as connection:
            ticket = self._tickets.get(connection, number)
        if ticket is None or ticket.state is not State.APPROVED:
            return
        try:
            standing = self._judge(ticket)
            words = self._groundless(ticket)
        except Unjudged:
            self._wait(ticket, _WAITS_FOR_SLACK)
            return
        except Unread as unread:
            self._wait(ticket, unread.words)
            return
        with self._tickets.transaction() as connection:
            locked = self._tickets.lock(connection, number)
            if locked is None or locked.state is not State.APPROVED or not standing.covers(locked):
                return
            ticket, now = locked, self._store.now(connection)
            if ticket.expires_at <= moment(now):
                self._tickets.transition(connection, ticket, State.EXPIRED, Event.EXPIRED)
            elif not standing.may_ask or words is not None:
                words = may_not_ask(ticket.requester) if not standing.may_ask else words
                assert words is not None
                self._stale(connection, ticket, words)
            elif not standing.suffices(ticket):
                lost, repeated = standing.lost_votes(ticket), standing.repeated_votes(ticket)
                ticket = self._tickets.discount(connection, ticket, lost, repeated=repeated, needed=standing.needed)
                detail = {"votes": len(ticket.votes), "needed": ticket.needed}
                outcome, undecided = replace(ticket.outcome, words=None), {"decided_at": None}
                self._tickets.transition(
                    connection, ticket, State.PENDING, Event.REOPENED, outcome=outcome, detail=detail, values=undecided
                )
            else:
                bulk_items.set_run(connection, number, RunState.RUNNING, of=[RunState.WAITING], begun_at=now)
                begun = replace(ticket.outcome, words=None)
                self._tickets.transition(connection, ticket, State.RUNNING, Event.STARTED, outcome=begun)
        self._wake.set()

    def _stale(self, connection: Connection, ticket: Ticket, words: Words) -> None:
        outcome = Outcome(words=words)
        detail = audit.told(words)
        self._tickets.transition(connection, ticket, State.STALE, Event.STALE, outcome=outcome, detail=detail)

    def _groundless(self, ticket: Ticket) -> Words | None:
        """Return why a run isn't right any more. Raises `Unread`."""
        try:
            return groundless(self._of(ticket).ground())
        except Unread:
            raise
        except Refused as refused:
            return refused.words

    def _wait(self, ticket: Ticket, words: Words) -> None:
        """Try again in a while, and say why once."""
        self._not_before[ticket.id] = time.monotonic() + _TRY_AGAIN
        if ticket.outcome.words == words:
            return
        with self._tickets.transaction() as connection:
            locked = self._tickets.lock(connection, ticket.id)
            if locked is not None and locked.state is State.APPROVED:
                locked = self._tickets.note(connection, locked, replace(locked.outcome, words=words))
                self._tickets.record(connection, Event.WAITING, locked, detail=audit.told(words))
                self._tickets.outbox.enqueue_card(connection, ticket.id)

    # --- Running ---

    def _of(self, ticket: Ticket) -> KnownRun:
        if ticket.id not in self._known:
            self._known[ticket.id] = KnownRun(ticket, self._door, self._pacers, lanes=LANES)
        return self._known[ticket.id]

    def _started(self, number: int) -> KnownRun | None:
        if number not in self._known:
            with self._store.reading() as connection:
                ticket = self._tickets.get(connection, number)
            if ticket is None:
                return None
            self._of(ticket)
        return self._known[number]

    def _calls(self, run: KnownRun) -> Calls:
        return Calls(
            run.ground(),
            sender=run.sender(),
            reader=self._door.reader(run.ticket.pool),
            paces=(run.reads, run.writes),
            stopped=self.stopping,
            pauses=self._timings.pauses,
        )

    def _work(self, number: int) -> None:
        """Work on one batch after another until none is left, or the run doesn't run any more."""
        run = self._started(number)
        while run is not None and not self.stopping.is_set():
            most = run.batch
            items = self.items.claim(number, most)
            if not items:
                break
            try:
                calls = self._calls(run)
                words = groundless(calls.ground) or self._mails_used_up(run)
            except Refused as refused:
                # Unread, mostly: what it needs to know of the pool can't be read now.
                words = refused.words
            if words is not None:
                self.items.give_back(number, run.ticket.pool, items)
                self.pause(number, words)
                break
            self._batch(run, calls, items)
        self._finish(number)

    def _batch(self, run: KnownRun, calls: Calls, items: Sequence[Item]) -> None:
        number, pool = run.ticket.id, run.ticket.pool
        looked = list(self._reading.map(calls.look, items))
        with self._store.reading() as connection:
            at = moment(self._store.now(connection))
            named = [bulk_people.Named(sub=each.sub, name=each.name, address=each.address) for each in items]
            known = bulk_people.on_record(connection, pool, named, run.act)
        weighed = [calls.weigh(each, known.get(each.item.sub), at) for each in looked if isinstance(each, Looked)]
        over = [each for each in weighed if isinstance(each, End)]
        ready = [each for each in weighed if isinstance(each, Item)]
        self._write(run, [each for each in looked if isinstance(each, Trouble)])
        # What is mailed is called one by one: who is being called when a process dies is in doubt.
        batches = [[each] for each in ready] if run.act is Act.INVITE else [ready]
        for some in batches or [[]]:
            begun = self.items.begin(number, pool, some, over)
            over = []
            self._send(run, calls, begun)

    def _send(self, run: KnownRun, calls: Calls, begun: Sequence[Item]) -> None:
        answers = list(self._calling.map(calls.send, begun))
        self._write(run, answers)

    def _settle(self, number: int) -> None:
        """Find out what became of calls whose process has gone silent, or whose answer couldn't be settled at once."""
        run = self._started(number)
        while run is not None and self._has_lapsed(number):
            items = self.items.take_over(number, LONGEST_BATCH)
            if not items:
                break
            try:
                calls = self._calls(run)
            except Refused:
                self.items.later(number, items, _TRY_AGAIN)
                return
            with self._store.reading() as connection:
                now = self._store.now(connection)
            self._write(run, list(self._calling.map(partial(calls.settle, now=now), items)))
        # Also of a run that was stopped while nothing was under way.
        self._finish(number)

    def _has_lapsed(self, number: int) -> bool:
        with self._store.reading() as connection:
            now = self._store.now(connection)
            lapsed = or_(_item.lease_until.is_(None), _item.lease_until < now)
            query = select(_item.n).where(_item.ticket == number, _item.state == ItemState.CALLING.value, lapsed)
            return connection.execute(query.limit(1)).first() is not None

    def _write(self, run: KnownRun, answers: Sequence[End | Trouble]) -> None:
        number, pool = run.ticket.id, run.ticket.pool
        ends = [each for each in answers if isinstance(each, End)]
        if ends:
            self.items.end(number, pool, ends)
        troubles = [each for each in answers if isinstance(each, Trouble)]
        if unsent := [each.item for each in troubles if not each.lost]:
            self.items.give_back(number, pool, unsent, after=_TRY_AGAIN / 2)
        if lost := [each.item for each in troubles if each.lost]:
            self.items.later(number, lost, _TRY_AGAIN)
        if words := run.note(answers):
            # Something is wrong that isn't one person's.
            self.pause(number, words)

    def _mails_used_up(self, run: KnownRun) -> Words | None:
        most = run.many.mails_a_day
        if not most:
            return None
        with self._store.reading() as connection:
            since = self._store.now(connection) - _DAY
            return NO_MAILS if bulk_items.mails_since(connection, run.ticket.pool, since) >= most else None

    def pause(self, number: int, words: Words) -> None:
        """Let a run send nothing more until a lead says so, because something is wrong."""
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number)
            if ticket is None or ticket.state is not State.RUNNING:
                return
            values = {"person": "", "words": bulk_items.stored(words)}
            if bulk_items.set_run(connection, number, RunState.PAUSED, of=[RunState.RUNNING], **values):
                ticket = self._tickets.note(connection, ticket, replace(ticket.outcome, words=words))
                self._tickets.record(connection, Event.PAUSED, ticket, detail=audit.told(words))
                self._tickets.outbox.enqueue_card(connection, number)

    # --- What is told, and the end ---

    def _tell(self, number: int) -> None:
        """Draw the card again every few seconds while something moves, by one replica; and say so at half."""
        with self._store.reading() as connection:
            now = self._store.now(connection)
            drawn = select(_run.drawn_at, _run.half_told).where(_run.ticket == number)
            row = connection.execute(drawn).one()
            if row.drawn_at is not None and now - self._timings.progress < row.drawn_at <= now:
                return
            progress = bulk_items.progress(connection, number)
        assert progress is not None
        run = self._started(number)
        if run is None or run.told == progress:
            return
        with self._tickets.transaction() as connection:
            # In this order everywhere: the ticket first, then its run.
            if self._tickets.lock(connection, number, waits=False) is None:
                return
            mine = update(tables.bulk_run).where(
                _run.ticket == number, _run.drawn_at.is_not_distinct_from(row.drawn_at)
            )
            if connection.execute(mine.values(drawn_at=self._store.now(connection))).rowcount != 1:
                return
            self._tickets.outbox.enqueue_card(connection, number)
            self._half(connection, number, progress, told=row.half_told)
        run.told = progress

    def _half(self, connection: Connection, number: int, progress: Progress, *, told: bool) -> None:
        if told or not progress.left or progress.over < progress.left:
            return
        half = update(tables.bulk_run).where(_run.ticket == number, ~_run.half_told).values(half_told=True)
        if connection.execute(half).rowcount == 1:
            ticket = self._tickets.reload(connection, number)
            self._tickets.record(connection, Event.HALF_DONE, ticket, detail=_counts(progress))

    def _finish(self, number: int) -> None:
        """End a ticket of which nothing is left to do, or that was stopped and of which nothing is under way."""
        with self._store.reading() as connection:
            if not self._is_over(connection, number):
                return
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number)
            if ticket is None or ticket.state is not State.RUNNING or not self._is_over(connection, number):
                return
            now = self._store.now(connection)
            left = update(tables.bulk_item).where(_item.ticket == number, _item.state == ItemState.TODO.value)
            connection.execute(left.values(state=ItemState.LEFT_OUT.value, words=bulk_items.stored(_STOPPED), at=now))
            ended = bulk_items.set_run(
                connection,
                number,
                RunState.OVER,
                of=[each for each in RunState if each is not RunState.OVER],
                ended_at=now,
            )
            assert ended
            progress = bulk_items.progress(connection, number)
            assert progress is not None
            state, event = _ended(progress)
            sent_at = moment(now) if progress.count(ItemState.DONE, ItemState.IN_DOUBT) else None
            accepted = progress.count(ItemState.DONE)
            outcome = replace(ticket.outcome, sent_at=sent_at, words=_told(progress), accepted=accepted)
            self._tickets.transition(connection, ticket, state, event, outcome=outcome, detail=_counts(progress))
            if self._tickets.files is not None:
                self._tickets.files.post(connection, ticket.conversation, bulk_files.RESULT, number)
        if known := self._known.pop(number, None):
            known.close()

    def _is_over(self, connection: Connection, number: int) -> bool:
        run = connection.execute(select(_run.state).where(_run.ticket == number)).scalar()
        if run in (RunState.WAITING.value, RunState.OVER.value, None):
            return False
        waits = [each.value for each in UNDER_WAY] + ([] if run == RunState.STOPPED.value else [ItemState.TODO.value])
        left = select(_item.n).where(_item.ticket == number, _item.state.in_(waits)).limit(1)
        return connection.execute(left).first() is None


def _ended(progress: Progress) -> tuple[State, Event]:
    if progress.count(ItemState.IN_DOUBT):
        return State.IN_DOUBT, Event.IN_DOUBT
    if progress.count(ItemState.FAILED) and not progress.count(ItemState.DONE):
        return State.FAILED, Event.FAILED
    if not progress.over:
        return State.STALE, Event.STALE
    return State.DONE, Event.DONE


def _told(progress: Progress) -> Words:
    """Return what became of all of them."""
    if not progress.over:
        return say("there is nobody left for whom it could be sent.")
    found = {each.value.replace(" ", "_"): f"{progress.count(each):,}" for each in ItemState}
    doubt = ", {in_doubt} in doubt" if progress.count(ItemState.IN_DOUBT) else ""
    return say(f"{{done}} done, {{failed}} failed{doubt}, {{left_out}} left out.", **found)


def _counts(progress: Progress) -> dict[str, int]:
    return {state.value: n for state, n in progress.states.items()}


def _failed(error: Exception) -> None:
    # Mostly the database is away.
    _log.error("could not look after the runs; trying again", exc_info=error)
