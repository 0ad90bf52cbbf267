"""The lines of a card: what a ticket waits for, or what became of it, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.ticket import Outcome, Reading, State, Ticket
from bot.tickets.follow_ups import ALONE, RelatedTickets
from bot.words import Link, Moment, Person, Words, mentioning, say

Line = tuple[Words, ...]
"""What stands on one line, piece by piece."""

_CLOCK = "{time_secs}"
_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
_FLAGS = frozenset({"Enabled", "email_verified", "phone_number_verified"})
_MARKS = {
    State.PENDING: "🟡 ",
    State.APPROVED: "🟢 Approved: ",
    State.RUNNING: "⏳ Being sent: ",
    State.DONE: "✅ Done: ",
    State.FAILED: "❌ Failed: ",
    State.IN_DOUBT: "❓ In doubt: ",
    State.STALE: "↻ Not sent: ",
    State.DENIED: "⛔ Denied: ",
    State.WITHDRAWN: "↩ Withdrawn: ",
    State.EXPIRED: "⌛ Expired: ",
}


def text(line: Line) -> str:
    """Return a line for a message's ``text``."""
    return "".join(words.text() for words in line)


def headline(ticket: Ticket) -> Line:
    """Return the card's first line: its state, and what was asked."""
    mark = _MARKS[ticket.state]
    if ticket.state is State.DONE and not is_certain(ticket):
        # Only a re-read may call it done: an accepted call proves nothing about what is there now.
        mark = "⚠️ Cognito accepted the change: " if _differs(ticket.outcome) else "✅ Cognito accepted the change: "
    if ticket.state is State.PENDING:
        return (Words(mark), ticket.plan.summary, say(" · "), waits(ticket))
    if ticket.state is State.DONE and is_certain(ticket):
        return (Words(mark), ticket.plan.done or ticket.plan.summary)
    return (Words(mark), ticket.plan.summary)


def below(ticket: Ticket, related: RelatedTickets = ALONE) -> Iterator[Line]:
    """Yield the lines under it: who asked and why, what became of it, and what was asked in answer to it."""
    why = ": “{why}”" if ticket.reason else ""
    yield (
        say(f"asked by {{who}}{why}", who=Person(ticket.requester), why=ticket.reason),
        *_BESIDE.get(ticket.state, _nothing)(ticket),
        *_link(" · {card}", "the earlier request ↗", ticket.parent, related),
    )
    if tail := _OUTCOMES.get(ticket.state):
        yield from tail(ticket)
    if again := related.again:
        yield (say("Asked again by {who}", who=Person(again.requester)), *_to_card(again.ticket, related))
    if undoing := related.undoing:
        told = "Undone, asked by {who}" if undoing.state is State.DONE else "Undo asked by {who}"
        yield (say(told, who=Person(undoing.requester)), *_to_card(undoing.ticket, related))


def waits_for_code(ticket: Ticket) -> bool:
    """Whether everyone agrees, and only the code is missing that is asked for last."""
    return ticket.state is State.APPROVED and bool(ticket.plan.secrets)


def flag(what: str, value: str) -> str:
    """Return a value as the card shows it: yes and no for flags, a word for nothing."""
    if what in _FLAGS:
        return "yes" if value.lower() == "true" else "no"
    return value or "(none)"


def reread(readings: Sequence[Reading]) -> Words:
    """Return what a re-read showed: ``ben.old email_verified: yes · …``, with what was planned where it differs."""
    parts: list[str] = []
    values: list[tuple[str, str]] = []
    for n, reading in enumerate(readings):
        planned = "" if reading.as_planned else f" (planned: {{planned{n}}})"
        parts.append(f"{{subject{n}}} {{what{n}}}: {{found{n}}}{planned}")
        values += [
            (f"subject{n}", reading.subject),
            (f"what{n}", reading.what),
            (f"found{n}", flag(reading.what, reading.found)),
            (f"planned{n}", flag(reading.what, reading.planned)),
        ]
    return Words(" · ".join(parts), tuple(values))


def is_certain(ticket: Ticket) -> bool:
    """Whether a re-read showed everything as planned; without a re-read nobody knows."""
    return bool(ticket.outcome.readings) and not _differs(ticket.outcome)


def waits(ticket: Ticket) -> Words:
    """Return how many leads a ticket waits for."""
    left = left_to_agree(ticket)
    if ticket.votes:
        approved = _approved_by(ticket)
        more = "one more lead" if left == 1 else f"{number(left)} more leads"
        return Words(f"{approved.template} · {more} needed", approved.values)
    return say("waits for a lead") if left == 1 else say("waits for {n} leads", n=left)


def left_to_agree(ticket: Ticket) -> int:
    """Return how many more leads have to agree."""
    return ticket.needed - len(ticket.votes)


def number(n: int) -> str:
    """Return a small number as a word."""
    return _NUMBERS.get(n, str(n))


def failure(ticket: Ticket) -> Iterator[Line]:
    """Yield at which call a ticket failed, why, and what had been done before."""
    outcome = ticket.outcome
    words = outcome.words or say("Cognito gave no reason.")
    if not outcome.failed_call:
        yield (say("Failed before anything was sent: "), words)
        return
    # A request that an older desk wrote down may say it twice; better than not at all.
    nothing = not outcome.done_before and not outcome.says_unchanged
    yield (
        say("Failed at call {n} of {all}: ", n=outcome.failed_call, all=len(ticket.plan.calls)),
        words,
        *([say(" Nothing was changed.")] if nothing else []),
    )
    for call in outcome.done_before:
        yield (say("Done before that: `{call}`", call=call),)


def _to_card(ticket: int, related: RelatedTickets) -> Line:
    return _link(": {card}", "to the card ↗", ticket, related)


def _link(template: str, label: str, ticket: int | None, related: RelatedTickets) -> Line:
    url = related.links.get(ticket) if ticket is not None else None
    return (say(template, card=Link(url, label)),) if url else ()


def _differs(outcome: Outcome) -> bool:
    return any(not reading.as_planned for reading in outcome.readings)


def _approved_by(ticket: Ticket) -> Words:
    return mentioning("approved by %s", [vote.person for vote in ticket.votes], last=" and ")


def _nothing(_: Ticket) -> Line:
    return ()


def _with_voters(ticket: Ticket) -> Line:
    at = ticket.outcome.sent_at
    sent = (say(" · sent {at}", at=Moment(at, _CLOCK)),) if at else ()
    return (say(" · "), _approved_by(ticket), *sent)


def _too_late(ticket: Ticket) -> Line:
    if left_to_agree(ticket) > 0:
        missing = "no decision"
    else:
        missing = "no code was entered" if ticket.plan.secrets else "approved, but not sent"
    return (say(f" · {missing} by {{until}}", until=Moment(ticket.expires_at)),)


def _approved(ticket: Ticket) -> Iterator[Line]:
    if ticket.outcome.words is not None:
        yield (say("⚠️ "), ticket.outcome.words)
    if not waits_for_code(ticket):
        return
    who, until = Person(ticket.requester), Moment(ticket.expires_at)
    yield (say("Waits for {who} to enter the customer's code, until {until}.", who=who, until=until),)


def _done(ticket: Ticket) -> Iterator[Line]:
    outcome = ticket.outcome
    for words in (ticket.plan.accepted, outcome.words):
        if words is not None:
            yield (words,)
    if outcome.readings and outcome.reread_at:
        yield (say("re-read {at}: ", at=Moment(outcome.reread_at, _CLOCK)), reread(outcome.readings))


def _in_doubt(ticket: Ticket) -> Iterator[Line]:
    yield (ticket.outcome.words or say("The answer was lost."),)


def _stale(ticket: Ticket) -> Iterator[Line]:
    yield (say("This has changed since it was asked: "), ticket.outcome.words or say("the account."))


def _denied(ticket: Ticket) -> Iterator[Line]:
    yield (say("Denied by {who}: “{why}”", who=Person(ticket.outcome.by), why=ticket.outcome.reason),)


_BESIDE: Mapping[State, Callable[[Ticket], Line]] = {
    State.PENDING: lambda ticket: (say(" · until {until}", until=Moment(ticket.expires_at)),),
    State.APPROVED: _with_voters,
    State.RUNNING: _with_voters,
    State.DONE: _with_voters,
    State.FAILED: _with_voters,
    State.IN_DOUBT: _with_voters,
    State.STALE: _with_voters,
    State.WITHDRAWN: lambda ticket: (say(" · withdrawn by {who}", who=Person(ticket.outcome.by)),),
    State.EXPIRED: _too_late,
}
_OUTCOMES: Mapping[State, Callable[[Ticket], Iterator[Line]]] = {
    State.APPROVED: _approved,
    State.DONE: _done,
    State.FAILED: failure,
    State.IN_DOUBT: _in_doubt,
    State.STALE: _stale,
    State.DENIED: _denied,
}
