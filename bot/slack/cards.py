"""Draws a ticket as its card, in every state, and as the view that a vote on a high risk needs.

What a card says is also what its thread says; `bot.slack.notices` takes from here what both have in common.

It is long because a card has many parts, and every state shows others of them.
"""

from collections.abc import Iterator, Sequence

from bot.plan import Change, Risk
from bot.slack import blocks
from bot.slack.blocks import Block, Line
from bot.ticket import Outcome, Reading, State, Ticket
from bot.tickets.follow_ups import ALONE, RelatedTickets
from bot.tickets.message import Message
from bot.words import Link, Moment, Person, Words, mentioning, mentioning_leads, say

APPROVE, DENY, WITHDRAW = "approve", "deny", "withdraw"
ENTER = "enter"
UNDO, AGAIN = "undo", "again"
"""The ``action_id`` of each button."""

_LABELS = {
    APPROVE: "Approve",
    DENY: "Deny",
    WITHDRAW: "Withdraw",
    ENTER: "Enter code",
    UNDO: "Undo",
    AGAIN: "Ask again",
}
_STYLES = {APPROVE: "primary", ENTER: "primary", DENY: "danger"}
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
_KEEPS_TABLE = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.IN_DOUBT})
_CLOCK = "{time_secs}"
_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
_FLAGS = frozenset({"Enabled", "email_verified", "phone_number_verified"})


def card(ticket: Ticket, *, leads: tuple[str, ...], related: RelatedTickets = ALONE) -> Message:
    """Draw the card from the ticket as it is now. ``leads`` are the settings' ids to mention while it needs them."""
    waits = ticket.state is State.PENDING
    top = [_headline(ticket), _asked(ticket, related), *_came_of_it(ticket), *_asked_since(related)]
    if ticket.state is State.IN_DOUBT:
        top.append((mentioning_leads("%s, please look at it in Cognito before anyone asks for it again.", leads),))
    # A failure that changed nothing has nothing to compare with.
    keeps = ticket.state in _KEEPS_TABLE or bool(ticket.outcome.done_before)
    changes = list(_change_lines(ticket)) if keeps else []
    bottom = [*_plan_lines(ticket), _call_for_leads(ticket, leads)] if waits else []
    actions = [_button(ticket, each) for each in _actions(ticket, related)]
    drawn = [
        *(blocks.line(*line, bold=n == 0) for n, line in enumerate(top)),
        *([_table(ticket)] if changes else []),
        *(blocks.line(*line) for line in bottom),
        *([{"type": "actions", "elements": actions}] if actions else []),
    ]
    return Message(
        text=blocks.clipped("\n".join(map(blocks.text, (*top, *changes, *bottom)))),
        blocks=tuple(drawn),
        metadata={"event_type": "desk_ticket", "event_payload": {"ticket": ticket.id, "state": ticket.state.value}},
    )


def created_from(ticket: Ticket, permalink: str) -> Message:
    """Draw the reply in the thread of a check, or of an earlier request, that links to the ticket it led to."""
    asked, to_card = say("{who} asked: ", who=Person(ticket.requester)), _to_card(" · ", permalink)
    return blocks.lines((asked, ticket.plan.summary, *to_card))


def confirmation(ticket: Ticket) -> list[Block]:
    """Draw what a high-risk vote is about, from the row alone, for a modal (which can't hold a table)."""
    changes = [blocks.section(*line) for line in _change_lines(ticket)]
    return [
        blocks.line(ticket.plan.summary, bold=True),
        blocks.line(*_asked(ticket)),
        *([blocks.rich({"type": "rich_text_list", "style": "bullet", "elements": changes})] if changes else []),
        *(blocks.line(*line) for line in _plan_lines(ticket)),
    ]


def left_to_agree(ticket: Ticket) -> int:
    """Return how many more leads have to agree."""
    return ticket.needed - len(ticket.votes)


def waits_for_code(ticket: Ticket) -> bool:
    """Whether everyone agrees, and only the code is missing that is asked for last."""
    return ticket.state is State.APPROVED and bool(ticket.plan.secrets)


def is_certain(ticket: Ticket) -> bool:
    """Whether a re-read showed everything as planned; without a re-read nobody knows."""
    return bool(ticket.outcome.readings) and not _differs(ticket.outcome)


def number(n: int) -> str:
    """Return a small number as a word."""
    return _NUMBERS.get(n, str(n))


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
            (f"found{n}", _shown(reading.what, reading.found)),
            (f"planned{n}", _shown(reading.what, reading.planned)),
        ]
    return Words(" · ".join(parts), tuple(values))


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


def _headline(ticket: Ticket) -> Line:
    """Return the card's first line: its state, and what was asked."""
    mark, plan = _MARKS[ticket.state], ticket.plan
    if ticket.state is State.PENDING:
        return (Words(mark), plan.summary, say(" · "), _waits(ticket))
    if ticket.state is not State.DONE:
        return (Words(mark), plan.summary)
    if is_certain(ticket):
        return (Words(mark), plan.done or plan.summary)
    # Only a re-read may call it done: an accepted call proves nothing about what is there now.
    mark = "⚠️" if _differs(ticket.outcome) else "✅"
    return (Words(f"{mark} Cognito accepted the change: "), plan.summary)


def _waits(ticket: Ticket) -> Words:
    """Return how many leads a ticket waits for."""
    left = left_to_agree(ticket)
    if ticket.votes:
        approved = _approved_by(ticket)
        more = "one more lead" if left == 1 else f"{number(left)} more leads"
        return Words(f"{approved.template} · {more} needed", approved.values)
    return say("waits for a lead") if left == 1 else say("waits for {n} leads", n=left)


def _asked(ticket: Ticket, related: RelatedTickets = ALONE) -> Line:
    """Return the line that says who asked and why, and who has decided by now or can until when."""
    why = ": “{why}”" if ticket.reason else ""
    earlier = related.links.get(ticket.parent) if ticket.parent is not None else None
    return (
        say(f"asked by {{who}}{why}", who=Person(ticket.requester), why=ticket.reason),
        *_decided(ticket),
        *([say(" · {card}", card=Link(earlier, "the earlier request ↗"))] if earlier else []),
    )


def _decided(ticket: Ticket) -> Line:
    match ticket.state:
        case State.PENDING:
            return (say(" · until {until}", until=Moment(ticket.expires_at)),)
        case State.DENIED:
            return ()
        case State.WITHDRAWN:
            return (say(" · withdrawn by {who}", who=Person(ticket.outcome.by)),)
        case State.EXPIRED if left_to_agree(ticket) > 0:
            missing = "no decision"
        case State.EXPIRED:
            missing = "no code was entered" if ticket.plan.secrets else "approved, but not sent"
        case _:
            at = ticket.outcome.sent_at
            sent = (say(" · sent {at}", at=Moment(at, _CLOCK)),) if at else ()
            return (say(" · "), _approved_by(ticket), *sent)
    return (say(f" · {missing} by {{until}}", until=Moment(ticket.expires_at)),)


def _approved_by(ticket: Ticket) -> Words:
    return mentioning("approved by %s", [vote.person for vote in ticket.votes], last=" and ")


def _came_of_it(ticket: Ticket) -> Iterator[Line]:
    """Yield what became of a ticket, or what keeps it."""
    outcome = ticket.outcome
    match ticket.state:
        case State.APPROVED:
            if outcome.words is not None:
                yield (say("⚠️ "), outcome.words)
            if waits_for_code(ticket):
                who, until = Person(ticket.requester), Moment(ticket.expires_at)
                yield (say("Waits for {who} to enter the customer's code, until {until}.", who=who, until=until),)
        case State.DONE:
            yield from ((words,) for words in (ticket.plan.accepted, outcome.words) if words is not None)
            if outcome.readings and outcome.reread_at:
                yield (say("re-read {at}: ", at=Moment(outcome.reread_at, _CLOCK)), reread(outcome.readings))
        case State.FAILED:
            yield from failure(ticket)
        case State.IN_DOUBT:
            yield (outcome.words or say("The answer was lost."),)
        case State.STALE:
            yield (say("This has changed since it was asked: "), outcome.words or say("the account."))
        case State.DENIED:
            yield (say("Denied by {who}: “{why}”", who=Person(outcome.by), why=outcome.reason),)
        case _:
            pass


def _asked_since(related: RelatedTickets) -> Iterator[Line]:
    """Yield what was asked in answer to a ticket."""
    if again := related.again:
        asked = say("Asked again by {who}", who=Person(again.requester))
        yield (asked, *_to_card(": ", related.links.get(again.ticket)))
    if undoing := related.undoing:
        told = "Undone, asked by {who}" if undoing.state is State.DONE else "Undo asked by {who}"
        yield (say(told, who=Person(undoing.requester)), *_to_card(": ", related.links.get(undoing.ticket)))


def _to_card(before: str, url: str | None) -> Line:
    return (say(f"{before}{{card}}", card=Link(url, "to the card ↗")),) if url else ()


def _plan_lines(ticket: Ticket) -> Iterator[Line]:
    plan = ticket.plan
    if plan.risk is Risk.HIGH:
        for why in plan.why_high:
            yield (say("⚠️ High risk: "), why)
    for note in plan.notes:
        yield (note,)
    if plan.undo_limits:
        yield (plan.undo_limits,)
    where = say(" · pool {pool}", pool=_where(ticket))
    for n, call in enumerate(plan.calls, 1):
        yield (say("Will be sent: `{call}`", call=call.shown), *([where] if n == len(plan.calls) else []))


def _where(ticket: Ticket) -> str:
    # A pool's id begins with its region.
    pool_id = next(
        (str(call.parameters["UserPoolId"]) for call in ticket.plan.calls if "UserPoolId" in call.parameters), ""
    )
    region = pool_id.partition("_")[0]
    return f"{ticket.pool} · {region}" if region else ticket.pool


def _call_for_leads(ticket: Ticket, leads: Sequence[str]) -> Line:
    more = " more" if ticket.votes else ""
    call = mentioning_leads(f"%s, {number(left_to_agree(ticket))}{more} of you please.", leads)
    return (call, say("   {link}", link=Link(ticket.origin, "from the check ↗"))) if ticket.origin else (call,)


def _table(ticket: Ticket) -> Block:
    rows = [
        (
            say("*{name}*" if change.loses else "{name}", name=change.subject.name),
            say("{what}", what=change.what),
            _values(change),
            _note(change),
        )
        for change in ticket.plan.changes
    ]
    noted = any(change.note or change.loses for change in ticket.plan.changes)
    heading = ("Account", "What", "Planned" if ticket.state.is_final else "Change", *(("",) if noted else ()))
    return blocks.table(heading, [row[: len(heading)] for row in rows])


def _change_lines(ticket: Ticket) -> Iterator[Line]:
    for change in ticket.plan.changes:
        line = (say("{name} · {what}: ", name=change.subject.name, what=change.what), _values(change))
        yield (*line, say(" · "), _note(change)) if change.note or change.loses else line


def _values(change: Change) -> Words:
    before, after = (_shown(change.what, value) for value in (change.before, change.after))
    return say("{before} → {after}", before=before, after=after)


def _shown(what: str, value: str) -> str:
    """Return a value as people read it: yes and no for flags, a word for nothing."""
    if what in _FLAGS:
        return "yes" if value.lower() == "true" else "no"
    return value or "(none)"


def _note(change: Change) -> Words:
    if not change.loses:
        return say("{note}", note=change.note)
    loud = change.note if change.note.startswith("LOSES") else f"LOSES: {change.note or 'this'}"
    return say("*{note}*", note=loud)


def _differs(outcome: Outcome) -> bool:
    return any(not reading.as_planned for reading in outcome.readings)


def _actions(ticket: Ticket, related: RelatedTickets) -> tuple[str, ...]:
    if ticket.state is State.PENDING:
        return (APPROVE, DENY, WITHDRAW)
    if waits_for_code(ticket):
        return (ENTER, DENY, WITHDRAW)
    return (
        *((AGAIN,) if related.may_be_asked_again(ticket) else ()),
        *((UNDO,) if related.may_be_undone(ticket) else ()),
    )


def _button(ticket: Ticket, action: str) -> Block:
    style = {"style": _STYLES[action]} if action in _STYLES else {}
    return {
        "type": "button",
        "action_id": action,
        "text": blocks.label(_LABELS[action]),
        "value": str(ticket.id),
        **style,
    }
