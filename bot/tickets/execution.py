"""One run of one claimed ticket: plan again, send each call once, read what came of it.

A run that takes over from a process that died goes the same way, from the first call that isn't settled yet.

It is long because every place where a process can die has its own way on, and they are read as one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from bot.answer import Refused, Unread
from bot.aws.failure import CallFailed, Fate
from bot.plan import NONE, Call, Effect, Secrets, SubjectKind
from bot.ticket import Event, Outcome, Reading, Standing, State, Ticket, Unjudged, may_not_ask
from bot.tickets import planner, verification
from bot.tickets.leases import CallState, Claim, Leases
from bot.tickets.planner import Planner, Snapshot, SnapshotSource
from bot.tickets.verification import VerificationResult
from bot.timings import UNHURRIED
from bot.words import Words, say

_UNREADABLE_FOR = 600.0
"""Seconds for which a lost answer waits for Cognito to be readable again, before people are asked to look."""
_TRY_AGAIN_IN = 10.0

_WAITS_FOR_SLACK = say(
    "Slack doesn't say right now who is a lead, so the desk waits before it sends anything. It tries again by itself."
)
_CODE_UNUSED = say(
    "Slack doesn't say right now who is a lead, so the code was not used. Please enter it once more in a while."
)

_WRONG_SECRET = frozenset({"CodeMismatchException", "ExpiredCodeException"})


Judge = Callable[[Ticket], Standing]
"""Judges everyone who voted, asking Slack anew; may wait for Slack's rates. Raises `Unjudged`."""


class Cognito(SnapshotSource, Protocol):
    """The door to AWS: fresh views, and what sends a ticket's calls."""

    def sender(self, pool: str, number: int) -> "Sender":
        """Return at once what sends the calls of the ticket of this number; it gets ready meanwhile."""


class Sender(AbstractContextManager["Sender"], Protocol):
    """Sends the calls of one ticket. A context manager."""

    def ready(self) -> None:
        """Wait until calls can be sent. Raises `Unread` when they can't; none has been sent then."""

    def send(self, call: Call, *, secrets: Secrets = NONE) -> str:
        """Send one call, exactly once, and return AWS's request id. Raises `CallFailed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What every run of a process works with."""

    leases: Leases
    planner: Planner
    cognito: Cognito
    judge: Judge
    pauses: Sequence[float] = UNHURRIED.pauses
    """As `Timings.pauses`."""


class Execution:
    """A ticket on its way from claimed to its end."""

    def __init__(self, claim: Claim, context: RunContext, secrets: Secrets = NONE) -> None:
        """``secrets``: what the ticket waited for, if it needs any; kept for as long as this runs."""
        self.ticket = claim.ticket
        self._begun = claim.begun
        self._original = claim.original
        self._context = context
        self._leases = context.leases
        self._cognito = context.cognito
        self._secrets = secrets
        # It gets ready while the ticket is planned again, so that nobody waits for both.
        self._sender = context.cognito.sender(self.ticket.pool, self.ticket.id)
        self._sent = bool(claim.begun)
        """Whether a call of this ticket may have left."""

    def carry_out(self) -> None:
        """Run the ticket to its end. Raises `LostLease` when it has become someone else's."""
        with self._sender:
            if not self._begun and not (self._still_fits() and self._can_send() and self._still_approved()):
                return
            try:
                for n, call in enumerate(self.ticket.plan.calls, 1):
                    if not self._see_through(n, call):
                        return
                self._conclude()
            except Refused as refused:
                self._read_later(refused)

    def fail(self, words: Words) -> None:
        """End the ticket because the desk itself broke."""
        state, event = (State.IN_DOUBT, Event.IN_DOUBT) if self._sent else (State.FAILED, Event.FAILED)
        self._leases.finish(self.ticket, state, event, replace(self.ticket.outcome, words=words))

    def _see_through(self, n: int, call: Call) -> bool:
        """See one call through. Return whether the ticket goes on."""
        if n not in self._begun:
            return (not self._begun or self._unchanged(n, call)) and self._send(n, call)
        return self._begun[n].state is not CallState.CALLING or self._settle(n, call)

    def _still_fits(self) -> bool:
        """Plan again: what was approved is sent only to what it was approved for."""
        ticket = self.ticket
        try:
            now = self._context.planner.plan(
                ticket.scenario, ticket.pool, ticket.form, original=self._original, address=ticket.plan.address
            )
            words = planner.changed(ticket.plan, ticket.observed, now)
        except Unread as unread:
            self._give_back(unread.words)
            return False
        except Refused as refused:
            words = refused.words
        if words is not None:
            self._leases.finish(ticket, State.STALE, Event.STALE, Outcome(words=words))
        return words is None

    def _can_send(self) -> bool:
        """Make sure that calls can leave, before anything says that one is about to."""
        try:
            self._sender.ready()
        except Unread as unread:
            self._give_back(unread.words)
            return False
        return True

    def _still_approved(self) -> bool:
        """Judge the people behind it once more, afresh and last of all: what follows is sent in their name.

        A ticket of which something has left was judged before that, and goes on: half of what was approved is what
        nobody approved.
        """
        ticket = self.ticket
        try:
            standing = self._context.judge(ticket)
        except Unjudged:
            if ticket.plan.secrets:
                # It can't wait as the ticket does.
                self._leases.ask_secret_again(ticket, 1, _CODE_UNUSED, None)
            else:
                self._leases.wait(ticket, _WAITS_FOR_SLACK)
            return False
        if not standing.may_ask:
            words = may_not_ask(ticket.requester)
            self._leases.finish(ticket, State.STALE, Event.STALE, Outcome(words=words))
            return False
        if not standing.suffices(ticket):
            self._leases.reopen(ticket, standing)
            return False
        return True

    def _give_back(self, words: Words) -> None:
        """End a ticket of which nothing was sent, but let one that has a code ask for it again: nothing has changed."""
        if self.ticket.plan.secrets:
            self._leases.ask_secret_again(self.ticket, 1, words, None)
        else:
            self._leases.finish(self.ticket, State.FAILED, Event.FAILED, Outcome(words=words))

    def _unchanged(self, n: int, call: Call) -> bool:
        """Look whether a call that was never begun before a crash still finds what it was approved for."""
        found = self._find(call)
        if found in (VerificationResult.INTACT, VerificationResult.NOTHING) or (
            call.effect is Effect.SETTABLE and found is VerificationResult.REACHED
        ):
            return True
        words = say("What it would change looks {found} since the calls before it; it was not sent.", found=found.value)
        self._leases.finish(self.ticket, State.FAILED, Event.FAILED, self._failed(n, words))
        return False

    def _send(self, n: int, call: Call, *, again: bool = False) -> bool:
        """Send a call that has surely not happened. Return whether the ticket goes on."""
        if call.secrets and not self._secrets:
            # They died with the process that had them.
            words = say("The desk was restarted before the code was used. Please enter it once more.")
            self._leases.ask_secret_again(self.ticket, n, words, None)
            return False
        # Of a ticket that takes over it isn't known yet; it waits as for a Cognito that can't be read.
        self._sender.ready()
        if not self._leases.sending(self.ticket, n):
            return False
        self._sent = True
        try:
            request_id = self._sender.send(call, secrets=self._secrets)
        except CallFailed as error:
            return self._answered_no(n, call, error, again=again)
        self.ticket = self._leases.sent(self.ticket, n, request_id)
        return True

    def _answered_no(self, n: int, call: Call, error: CallFailed, *, again: bool) -> bool:
        if error.fate is Fate.UNKNOWN:
            self._leases.unanswered(self.ticket, n, error)
            return self._settle(n, call, error, again=again)
        if again and self._settled_find(call) is VerificationResult.REACHED:
            # The first send arrived after all, and that is why the second was refused.
            self.ticket = self._leases.sent(self.ticket, n, "", seen_only=True)
            return True
        if call.secrets and error.code in _WRONG_SECRET:
            self._leases.ask_secret_again(self.ticket, n, error.words, error)
            return False
        self._leases.refused(self.ticket, n, error, self._refused(n, error))
        return False

    def _settle(self, n: int, call: Call, error: CallFailed | None = None, *, again: bool = False) -> bool:
        """Find out by reading what became of a call without an answer, and send it once more only if it is safe."""
        found = self._settled_find(call)
        if found is VerificationResult.REACHED:
            self.ticket = self._leases.sent(self.ticket, n, error.request_id if error else "", seen_only=True)
            return True
        if error is not None and error.request_id and again and found is VerificationResult.INTACT:
            # Cognito did answer, twice with a fault of its own, and shows that nothing came of it.
            self._leases.refused(self.ticket, n, error, self._refused(n, error))
            return False
        if again or not _may_repeat(call, found):
            return self._doubt(n, found, error)
        return self._send(n, call, again=error is not None)

    def _read_later(self, refused: Refused) -> None:
        """Wait until Cognito can be read again; in the end ask people to look."""
        silent = max(self._leases.age(begun) for begun in self._leases.begun(self.ticket).values())
        if silent < _UNREADABLE_FOR:
            self._leases.later(self.ticket, _TRY_AGAIN_IN)
            return
        words = say("Whether it happened can't be settled, because Cognito can't be read. {why}", why=str(refused))
        outcome = replace(self.ticket.outcome, words=words)
        self._leases.finish(self.ticket, State.IN_DOUBT, Event.IN_DOUBT, outcome)

    def _doubt(self, n: int, found: VerificationResult, error: CallFailed | None) -> bool:
        if found is VerificationResult.OTHER:
            words = say("The answer to call {n} was lost, and what it changes looks {found}.", n=n, found=found.value)
        elif error is not None and error.request_id:
            words = error.words
        else:
            words = say(
                "The answer to call {n} was lost, and reading Cognito can't settle whether it happened. "
                "It isn't sent again, because that might mail the customer twice.",
                n=n,
            )
        outcome = replace(self.ticket.outcome, words=words, failed_call=n, done_before=self._done_before(n))
        self._leases.finish(self.ticket, State.IN_DOUBT, Event.IN_DOUBT, self._with_losses(outcome))
        return False

    def _conclude(self) -> None:
        """Read everything again and write how it ended."""
        plan = self.ticket.plan
        readings: tuple[Reading, ...] = ()
        besides: tuple[str, ...] = ()
        unread: Refused | None = None
        for snapshot in self._snapshots():
            try:
                readings, besides = (
                    verification.read(snapshot, verification.readable(plan)),
                    verification.moved_besides(snapshot, plan),
                )
            except Refused as refused:
                unread = refused
                continue
            unread = None
            if all(reading.as_planned for reading in readings) and not besides:
                break
        state, words = self._judged(readings, besides, unread)
        outcome = self._with_losses(replace(self.ticket.outcome, readings=readings, words=words))
        event = Event.DONE if state is State.DONE else Event.IN_DOUBT
        self._leases.finish(self.ticket, state, event, outcome, made=self._made())

    def _made(self) -> dict[str, str]:
        """Return the subs of the accounts that this ticket made, by name, as far as Cognito shows them by now."""
        names = {each.subject.name for each in self.ticket.plan.changes if each.subject.kind is SubjectKind.USER} - {
            each.subject.name for each in self.ticket.plan.changes if each.subject.id
        }
        snapshot = self._cognito.directory(self.ticket.pool)
        try:
            found = {name: snapshot.read(name) for name in sorted(names)}
        except Refused:
            return {}
        return {name: user.sub for name, user in found.items() if user is not None}

    def _judged(
        self, readings: tuple[Reading, ...], besides: tuple[str, ...], unread: Refused | None
    ) -> tuple[State, Words | None]:
        """Return how a ticket ended whose calls were all accepted, from what a second look shows."""
        if unread is not None:
            return State.DONE, say("Cognito accepted the change; it could not be read again. {why}", why=str(unread))
        late = tuple(reading for reading in readings if not reading.as_planned)
        if late and not self._as_before(late):
            return State.IN_DOUBT, say(
                "Cognito accepted the change, but what it changed looks neither as before nor as planned."
            )
        moved = tuple(path for path in besides if path not in {reading.what for reading in late})
        if moved:
            return State.IN_DOUBT, say(
                "Cognito accepted the change, but other settings are not as they were sent: {paths}.",
                paths=", ".join(moved),
            )
        if late:
            return State.DONE, say("Cognito accepted the change; a second look doesn't show it yet.")
        return State.DONE, None

    def _as_before(self, late: tuple[Reading, ...]) -> bool:
        before = {(change.subject.name, change.what): change.before for change in self.ticket.plan.changes}
        return all(before[reading.subject, reading.what] == reading.found for reading in late)

    def _refused(self, n: int, error: CallFailed) -> Outcome:
        return replace(self._failed(n, error.words), says_unchanged=error.says_unchanged)

    def _failed(self, n: int, words: Words) -> Outcome:
        outcome = replace(self.ticket.outcome, failed_call=n, words=words, done_before=self._done_before(n))
        return self._with_losses(outcome) if n > 1 else outcome

    def _done_before(self, n: int) -> tuple[str, ...]:
        return tuple(call.shown for call in self.ticket.plan.calls[: n - 1])

    def _with_losses(self, outcome: Outcome) -> Outcome:
        snapshot = self._cognito.directory(self.ticket.pool)
        try:
            return replace(
                outcome, unnamed=verification.unnamed_losers(snapshot, self.ticket.plan, self.ticket.observed)
            )
        except Refused as refused:
            if outcome.words is not None:
                return outcome
            words = say("Whether anyone else lost the address could not be read. {why}", why=str(refused))
            return replace(outcome, words=words)

    def _settled_find(self, call: Call) -> VerificationResult:
        """Look until the call shows, or long enough to believe that it doesn't."""
        found = VerificationResult.NOTHING
        for snapshot in self._snapshots():
            found = verification.find(snapshot, self.ticket.plan, call)
            if found in (VerificationResult.REACHED, VerificationResult.NOTHING):
                break
        return found

    def _find(self, call: Call) -> VerificationResult:
        return verification.find(self._cognito.directory(self.ticket.pool), self.ticket.plan, call)

    def _snapshots(self) -> Iterator[Snapshot]:
        for pause in self._context.pauses:
            time.sleep(pause)
            yield self._cognito.directory(self.ticket.pool)


def _may_repeat(call: Call, found: VerificationResult) -> bool:
    """Whether sending a call a second time can do no harm, given what reading showed."""
    if found is VerificationResult.INTACT:
        return call.effect is not Effect.NEITHER
    return found is VerificationResult.NOTHING and call.effect is Effect.SETTABLE
