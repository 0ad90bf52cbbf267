"""Draws a ticket as its card, in every state, and as the view that a vote on a high risk needs.

What a card says is also what its thread says; `bot.slack.notices` takes from here what both have in common.

It is long because a card has many parts, and every state shows others of them.
"""

from collections.abc import Iterator, Sequence

from bot.plan import Change, Plan, Risk, cognito_name, danger, lost_by, plain_name, shown
from bot.slack import blocks, bulk_cards
from bot.slack.blocks import Block, Line
from bot.ticket import Outcome, Reading, State, Ticket
from bot.tickets.bulk_items import Progress, RunState
from bot.tickets.follow_ups import ALONE, RelatedTickets
from bot.tickets.message import Message
from bot.words import Link, Moment, Person, Words, joined, listed, mentioning, mentioning_leads, say

APPROVE, DENY, WITHDRAW = "approve", "deny", "withdraw"
ENTER = "enter"
UNDO, AGAIN = "undo", "again"
PAUSE, RESUME, STOP = "pause", "resume", "stop"
TELL = "tell"
"""The ``action_id`` of each button."""

TOLD = "told"
"""What the ``action_id`` of a button begins with that says that one of those who lost something was told."""

_LABELS = {
    APPROVE: "Approve",
    DENY: "Deny",
    WITHDRAW: "Withdraw",
    ENTER: "Enter the code",
    UNDO: "Undo",
    AGAIN: "Ask again",
    TELL: "What to say",
    PAUSE: "Pause",
    RESUME: "Resume",
    STOP: "Stop",
}
_STYLES = {APPROVE: "primary", ENTER: "primary", RESUME: "primary", STOP: "danger"}
_IS_AHEAD = frozenset({State.PENDING, State.APPROVED, State.RUNNING})
"""The states in which what was asked may still happen."""

_SENT = {
    State.PENDING: "Will be sent: `{call}`",
    State.APPROVED: "Will be sent: `{call}`",
    State.RUNNING: "Is being sent: `{call}`",
    State.DONE: "Sent: `{call}`",
}
_ASKED_FOR = "Asked for: `{call}`"
_MOST_LOSERS = 10
"""Those who lost something and have a line of their own."""

_CLOCK = "{time_secs}"
_MOST_NUMBERS = 5
"""Accounts whose numbers are told."""

_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


def card(
    ticket: Ticket,
    *,
    leads: tuple[str, ...],
    related: RelatedTickets = ALONE,
    stuck: Words | None = None,
    progress: Progress | None = None,
    files: bool = True,
) -> Message:
    """Draw the card from the ticket as it is now. ``leads`` are the settings' ids to mention while it needs them.

    ``stuck``: why not enough leads could agree to it, and the cure; None where enough could. ``progress``: how far a
    request over many people is; None for any other. ``files``: whether the desk posts the list of such a one.
    """
    headline, beside = _headline(ticket, progress), _beside(ticket)
    came, losses = list(_came_of_it(ticket, progress)), list(_losses(ticket))
    top = [*_danger(ticket), _asked(ticket, related), *_asked_since(related)]
    if ticket.state is State.IN_DOUBT:
        came.append((mentioning_leads("%s, please look at it in Cognito before anyone asks for it again.", leads),))
    changes = list(change_lines(ticket.plan))
    calls = [(say("⚠️ "), stuck)] if stuck is not None else [_call_for_leads(ticket, leads)]
    bottom = [*_plan_lines(ticket, progress, files=files), *(calls if ticket.state is State.PENDING else [])]
    lines = [(*headline, *beside), *came, *(line for line, _ in losses), *top, *changes, *bottom]
    actions = [_button(ticket, each) for each in _actions(ticket, related, progress)]
    drawn = [
        _first(headline, beside),
        *(blocks.line(*line) for line in came),
        *(block for _, block in losses),
        *(blocks.line(*line) for line in top),
        *([_table(ticket)] if changes else []),
        *(blocks.line(*line) for line in bottom),
        *([{"type": "actions", "elements": actions}] if actions else []),
    ]
    return Message(
        text=blocks.clipped("\n".join(map(blocks.text, lines))),
        blocks=tuple(drawn),
        metadata={"event_type": "desk_ticket", "event_payload": {"ticket": ticket.id, "state": ticket.state.value}},
    )


def created_from(ticket: Ticket, permalink: str) -> Message:
    """Draw the reply in the thread of a check, or of an earlier request, that links to the ticket it led to."""
    asked, to_card = say("{who} asked: ", who=Person(ticket.requester)), _to_card(" · ", permalink)
    return blocks.lines((asked, ticket.plan.summary, *to_card))


def confirmation(ticket: Ticket, progress: Progress | None = None) -> list[Block]:
    """Draw what a high-risk vote is about, from the database alone, for a modal (which can't hold a table)."""
    changes = [blocks.section(*line) for line in change_lines(ticket.plan)]
    return [
        blocks.line(*_headline(ticket), bold=True),
        *(blocks.line(*line) for line in _danger(ticket)),
        blocks.line(*_asked(ticket)),
        *([blocks.rich({"type": "rich_text_list", "style": "bullet", "elements": changes})] if changes else []),
        *(blocks.line(*line) for line in _plan_lines(ticket, progress, files=None)),
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


def expired(ticket: Ticket) -> Words:
    """Return what a ticket lacked when its time was over."""
    missing = "Approved, but not sent by {until}"
    if left_to_agree(ticket) > 0:
        missing = "No decision by {until}"
    elif ticket.plan.secrets:
        missing = "No code was entered by {until}"
    return say(f"⌛ {missing}", until=Moment(ticket.expires_at, "{time}"))


def reread(readings: Sequence[Reading]) -> Words:
    """Return what a re-read showed: ``ben.old, verified: yes · …``, with what was planned where it differs."""
    parts: list[str] = []
    values: list[tuple[str, str]] = []
    for n, reading in enumerate(readings):
        planned = "" if reading.as_planned else f" (planned: {{planned{n}}})"
        parts.append(f"{{subject{n}}}, {{what{n}}}: {{found{n}}}{planned}")
        values += [
            (f"subject{n}", reading.subject),
            (f"what{n}", plain_name(reading.what)),
            (f"found{n}", shown(reading.what, reading.found)),
            (f"planned{n}", shown(reading.what, reading.planned)),
        ]
    return Words(" · ".join(parts), tuple(values))


def failure(ticket: Ticket, *, mark: str = "") -> Iterator[Line]:
    """Yield at which call a ticket failed, why, and what had been done before. ``mark``: what it begins with."""
    outcome = ticket.outcome
    words = outcome.words or say("Cognito gave no reason.")
    if ticket.plan.many is not None:
        yield (Words(f"{mark}Failed: "), words)
        return
    if not outcome.failed_call:
        yield (Words(f"{mark}Failed before anything was sent: "), words)
        return
    # A request that an older desk wrote down may say it twice; better than not at all.
    nothing = not outcome.done_before and not outcome.says_unchanged
    yield (
        say(f"{mark}Failed at call {{n}} of {{all}}: ", n=outcome.failed_call, all=len(ticket.plan.calls)),
        words,
        *([say(" Nothing was changed.")] if nothing else []),
    )
    for call in outcome.done_before:
        yield (say("Done before that: `{call}`", call=call),)


def _first(headline: Line, beside: Line) -> Block:
    """Return a card's first line, of which all is bold but what stands beside it."""
    loud, plain = blocks.section(*headline, bold=True), blocks.section(*beside)
    return blocks.rich({**loud, "elements": [*loud["elements"], *plain["elements"]]})


def _headline(ticket: Ticket, progress: Progress | None = None) -> Line:
    """Return the card's first line: its state, and what is asked or what came of it."""
    plan, outcome = ticket.plan, ticket.outcome
    match ticket.state:
        case State.PENDING:
            return (_needs(ticket), plan.summary)
        case State.APPROVED:
            return (say("🟢 Approved: "), plan.summary)
        case State.RUNNING if plan.many is not None:
            return (bulk_cards.headline(progress), plan.summary)
        case State.RUNNING:
            return (say("⏳ Being sent: "), plan.summary)
        case State.DONE if is_certain(ticket):
            return (say("✅ Done: "), plan.done or plan.summary)
        case State.DONE if plan.many is not None:
            mark = "✅" if outcome.accepted == plan.many.people else "⚠️"
            return (say(f"{mark} "), bulk_cards.ended(plan.many, outcome.accepted))
        case State.DONE:
            # Only a re-read may call it done: an accepted call proves nothing about what is there now.
            return (Words(f"{'⚠️' if _differs(outcome) else '✅'} Cognito accepted the change: "), plan.summary)
        case State.FAILED:
            return next(failure(ticket, mark="❌ "))
        case State.IN_DOUBT:
            return (say("❓ In doubt: "), outcome.words or say("The answer was lost."))
        case _:
            return _not_sent(ticket)


def _not_sent(ticket: Ticket) -> Line:
    """Return the first line of a card whose ticket is over without anything having been sent."""
    outcome, by = ticket.outcome, Person(ticket.outcome.by)
    match ticket.state:
        case State.STALE:
            return (say("↻ Not sent, something has changed: "), outcome.words or say("the account."))
        case State.DENIED:
            return (say("⛔ Denied by {who}: “{why}”", who=by, why=outcome.reason),)
        case State.WITHDRAWN:
            return (say("↩ Withdrawn by {who}", who=by),)
    return (expired(ticket),)


def _needs(ticket: Ticket) -> Words:
    """Return how much risk there is, and how many leads it waits for."""
    left = left_to_agree(ticket)
    more = " more" if ticket.votes else ""
    leads = f"{left}{more} leads" if left != 1 else "1 more lead" if more else "a lead"
    return Words(f"🔴 High risk · needs {leads}: " if ticket.plan.risk is Risk.HIGH else f"🟡 Needs {leads}: ")


def _beside(ticket: Ticket) -> Line:
    """Return what stands beside a headline that says that something was done: by whom it was approved, and when."""
    outcome = ticket.outcome
    if ticket.state is not State.DONE:
        return ()
    sent = (say(" · sent {at}", at=Moment(outcome.sent_at, _CLOCK)),) if outcome.sent_at else ()
    was_seen = bool(outcome.readings and outcome.reread_at and not _differs(outcome))
    seen = (say(", seen {at}", at=Moment(outcome.reread_at, _CLOCK)),) if was_seen and outcome.reread_at else ()
    return (say(" · "), _approved_by(ticket), *sent, *seen)


def _danger(ticket: Ticket) -> Iterator[Line]:
    """Yield who loses what, and why else the risk is high, for as long as that may still happen."""
    if ticket.state in _IS_AHEAD:
        yield from ((words,) for words in danger(ticket.plan, at=ticket.created_at))


def _asked(ticket: Ticket, related: RelatedTickets = ALONE) -> Line:
    """Return the line that says who asked and why, what for if nothing above says it, and until when or by whom."""
    summary = "" if ticket.state in _IS_AHEAD else ": {summary}"
    why = " · “{why}”" if ticket.reason else ""
    earlier = related.links.get(ticket.parent) if ticket.parent is not None else None
    return (
        say(
            f"asked by {{who}}{summary}{why}",
            who=Person(ticket.requester),
            summary=ticket.plan.summary.plain(),
            why=ticket.reason,
        ),
        *([say(" · proof: {proof}", proof=ticket.proof)] if ticket.proof else []),
        *_decided(ticket),
        *([say(" · {link}", link=Link(ticket.origin, "from the case ↗"))] if ticket.origin else []),
        *([say(" · {card}", card=Link(earlier, "the earlier request ↗"))] if earlier else []),
    )


def _decided(ticket: Ticket) -> Line:
    """Return who has approved, where the headline doesn't say it, and until when it can be decided."""
    approved = (say(" · "), _approved_by(ticket)) if ticket.votes else ()
    match ticket.state:
        case State.PENDING:
            return (*approved, say(" · {until}", until=Moment(ticket.expires_at, before="until ")))
        case State.DONE:
            return ()
        case _:
            at = ticket.outcome.sent_at
            return (*approved, *((say(" · sent {at}", at=Moment(at, _CLOCK)),) if at else ()))


def _approved_by(ticket: Ticket) -> Words:
    return mentioning("approved by %s", [vote.person for vote in ticket.votes], last=" and ")


def _came_of_it(ticket: Ticket, progress: Progress | None) -> Iterator[Line]:
    """Yield what became of a ticket, or what keeps it."""
    outcome = ticket.outcome
    match ticket.state:
        case State.APPROVED:
            if outcome.words is not None:
                yield (say("⚠️ "), outcome.words)
            if waits_for_code(ticket):
                who, until = Person(ticket.requester), Moment(ticket.expires_at)
                yield (say("Waits for {who} to enter the customer's code, until {until}.", who=who, until=until),)
        case State.RUNNING if progress is not None:
            yield from bulk_cards.how_far(progress)
        case State.DONE:
            yield from ((words,) for words in (ticket.plan.accepted, outcome.words) if words is not None)
            if _differs(outcome) and outcome.reread_at:
                yield (say("Seen {at}: ", at=Moment(outcome.reread_at, _CLOCK)), reread(outcome.readings))
        case State.FAILED:
            _, *before = failure(ticket)
            yield from before
        case _:
            pass


def _losses(ticket: Ticket) -> Iterator[tuple[Line, Block]]:
    """Yield who lost something, and whether anybody has told them; as a line, and as drawn."""
    told = {each.name: each for each in ticket.outcome.told}
    lost = "may have lost it" if ticket.state is State.IN_DOUBT else "lost it"
    for n, name in enumerate(ticket.losers[:_MOST_LOSERS]):
        if known := told.get(name):
            at = Moment(known.at, "{time}")
            words = say(f"{{name}} {lost} · was told by {{who}}, {{at}}", name=name, who=Person(known.by), at=at)
            yield (words,), blocks.line(words)
        else:
            words = say(f"{{name}} {lost} · not told yet", name=name)
            yield (words,), blocks.beside(words, _button_for(ticket, f"{TOLD}:{n}", "Told", part=n))
    if (left := len(ticket.losers) - _MOST_LOSERS) > 0:
        words = say("… and {left} more, whom the thread names", left=left)
        yield (words,), blocks.line(words)


def to_say(ticket: Ticket) -> Iterator[tuple[Words, Words]]:
    """Yield what people have to say to whom: a heading, and the text to copy."""
    if ticket.plan.tell_customer is not None and ticket.state is State.DONE:
        yield say("Tell the customer"), ticket.plan.tell_customer
    for name in ticket.losers:
        yield (
            say("Tell {name}", name=name),
            say(
                "You can't use the e-mail address {address} with your account {name} any more, neither to sign in nor "
                "for “forgot password”. Please sign in with the user name {name}. If this is a surprise, tell us.",
                address=ticket.plan.address,
                name=name,
            ),
        )


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


def _plan_lines(ticket: Ticket, progress: Progress | None, *, files: bool | None) -> Iterator[Line]:
    """Yield what a lead has to know besides, and the calls; after the end, what there is to check.

    ``files``: whether the desk posts the list of many people in the thread; None where there is no thread.
    """
    plan = ticket.plan
    if plan.many is not None:
        yield from bulk_cards.about(plan.many, progress.sample if progress is not None else ())
        if files is not None:
            yield from bulk_cards.where_listed(files=files, ahead=ticket.state in _IS_AHEAD)
    if ticket.state in _IS_AHEAD:
        yield from ((note,) for note in plan.notes)
    if plan.undo_limits and (ticket.state in _IS_AHEAD or ticket.outcome.sent_at):
        yield (plan.undo_limits,)
    where = say(" · pool {pool}", pool=_where(ticket))
    for n, call in enumerate(plan.calls, 1):
        sent = say(_SENT.get(ticket.state, _ASKED_FOR), call=call.shown)
        yield (sent, *([where] if n == len(plan.calls) else []))
    if any(change.loses for change in plan.changes):
        # Who they are, whatever they are called by the time somebody looks.
        ids = {change.subject.name: change.subject.id for change in plan.changes if change.subject.id}
        told = listed((f"{name} {number}" for name, number in ids.items()), most=_MOST_NUMBERS)
        yield (say("Account numbers (`sub`): {told}", told=told),)


def _where(ticket: Ticket) -> str:
    # A pool's id begins with its region.
    pool_id = next(
        (str(call.parameters["UserPoolId"]) for call in ticket.plan.calls if "UserPoolId" in call.parameters), ""
    )
    region = pool_id.partition("_")[0]
    return f"{ticket.pool} · {region}" if region else ticket.pool


def _call_for_leads(ticket: Ticket, leads: Sequence[str]) -> Line:
    more = " more" if ticket.votes else ""
    return (mentioning_leads(f"%s, {number(left_to_agree(ticket))}{more} of you please.", leads),)


def _table(ticket: Ticket) -> Block:
    """Return what changes in two columns, so that nothing stands where a telephone shows nothing."""
    told: set[str] = set()
    rows = []
    for change in ticket.plan.changes:
        # Cognito's own term once, for those who look it up.
        term = "" if change.what in told else cognito_name(change.what)
        told.add(change.what)
        what = "*{name} · {what}*" if change.loses else "{name} · {what}"
        rows.append(
            (
                say(
                    f"{what}\n`{{term}}`" if term else what,
                    name=change.subject.name,
                    what=plain_name(change.what),
                    term=term,
                ),
                joined(_values_and_note(change), "\n"),
            )
        )
    holds = ticket.state in _IS_AHEAD or (ticket.state is State.DONE and is_certain(ticket))
    return blocks.table(("What", "Before → after" if holds else "Planned"), rows)


def change_lines(plan: Plan) -> Iterator[Line]:
    """Yield what a plan changes, a line each, for places that have no tables."""
    for change in plan.changes:
        named = say("{name} · {what}: ", name=change.subject.name, what=plain_name(change.what))
        yield (named, joined(_values_and_note(change), " · "))


def _values_and_note(change: Change) -> Iterator[Words]:
    """Yield a value before and after, and what that means; a loss is loud."""
    before, after = (shown(change.what, value) for value in (change.before, change.after))
    if not change.readable and not change.before:
        yield say("{after}", after=after)
    elif before != after or not change.loses:
        yield say("*{before} → {after}*" if change.loses else "{before} → {after}", before=before, after=after)
    if change.loses:
        yield say("*LOSES {lost}*", lost=lost_by(change))
    elif change.note:
        yield say("{note}", note=change.note)


def _differs(outcome: Outcome) -> bool:
    return any(not reading.as_planned for reading in outcome.readings)


def _actions(ticket: Ticket, related: RelatedTickets, progress: Progress | None) -> tuple[str, ...]:
    if ticket.state is State.PENDING:
        return (APPROVE, DENY, WITHDRAW)
    if ticket.state is State.APPROVED and progress is not None:
        return (DENY, WITHDRAW)
    if ticket.state is State.RUNNING and progress is not None:
        return _STEERING.get(progress.run, ())
    if waits_for_code(ticket):
        return (ENTER, DENY, WITHDRAW)
    return (
        *((TELL,) if ticket.losers else ()),
        *((AGAIN,) if related.may_be_asked_again(ticket) else ()),
        *((UNDO,) if related.may_be_undone(ticket) else ()),
    )


_STEERING = {RunState.RUNNING: (PAUSE, STOP), RunState.PAUSED: (RESUME, STOP)}
"""What leads can press while a request over many people runs, by where the run is."""


def _button(ticket: Ticket, action: str) -> Block:
    label, style = _LABELS[action], _STYLES.get(action, "")
    if action == APPROVE and ticket.plan.risk is Risk.HIGH:
        # It opens what has to be confirmed, and is not the button to press in passing.
        label, style = f"{label}…", "danger"
    drawn = _button_for(ticket, action, label)
    return {**drawn, "style": style} if style else drawn


def _button_for(ticket: Ticket, action: str, label: str, *, part: int | None = None) -> Block:
    """Return a button about a ticket, or about a part of it. It holds nothing but numbers."""
    held = str(ticket.id) if part is None else f"{ticket.id}:{part}"
    return {"type": "button", "action_id": action, "text": blocks.label(label), "value": held}
