"""What became of what people asked for, counted from Cognito's own log, the pool, the audit, the rows and Slack."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.plan import Effect
from bot.slack import cards
from bot.ticket import Event, State, Ticket
from sandbox.testing import MASK, Message
from tests.crash.deeds import Deed, Party
from tests.crash.place import Place

_SAID: Mapping[Event, str] = {
    Event.REQUESTED: "asked for this",
    Event.APPROVED: "approved this",
    Event.DENIED: "denied this",
    Event.WITHDRAWN: "withdrew this",
    Event.EXPIRED: "has expired",
    Event.REMINDED: "still waits for a decision",
    Event.ESCALATED: "nobody has decided this since",
    Event.STALE: "nothing was sent",
    Event.FAILED: "Failed at call",
    Event.IN_DOUBT: "it isn't known whether this happened",
}
"""Words of the notice that each event leaves in the thread."""

_DONE = (": done: ", "Cognito accepted the change")
_BECAME: Mapping[Event, State] = {
    Event.REQUESTED: State.PENDING,
    Event.APPROVED: State.APPROVED,
    Event.REOPENED: State.PENDING,
    Event.WAITING: State.APPROVED,
    Event.STARTED: State.RUNNING,
    Event.DENIED: State.DENIED,
    Event.WITHDRAWN: State.WITHDRAWN,
    Event.EXPIRED: State.EXPIRED,
    Event.STALE: State.STALE,
    Event.DONE: State.DONE,
    Event.FAILED: State.FAILED,
    Event.IN_DOUBT: State.IN_DOUBT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Every fault that was found, in words, and what else is worth counting."""

    tickets: int = 0
    sent: int = 0
    """Calls that could change something and reached Cognito."""
    repeated: int = 0
    """… of these, second sends of a call that only sets a value, which is harmless."""
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    lies: tuple[str, ...] = ()
    in_doubt: int = 0

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that must not be."""
        return (*self.lost, *self.doubled, *self.lies)

    def also(self, *, lies: Iterable[str]) -> "Verdict":
        """Return the verdict with further lies."""
        return replace(self, lies=(*self.lies, *lies))


def judge(here: Place, deeds: Sequence[Deed], parties: Sequence[Party]) -> Verdict:
    """Judge a place where everything rests and the desk has ended."""
    tickets = here.all_tickets()
    calls = here.pool.calls[here.calls_before :]
    sent = [call for call in calls if not call.operation.startswith(("AdminGet", "List", "Describe"))]
    of_plans = Counter(_key(call.operation, call.parameters) for call in sent)
    planned = {_key(call.operation, call.parameters) for ticket in tickets for call in ticket.plan.calls}
    faults = _Faults()
    for key in of_plans.keys() - planned:
        faults.doubled.append(f"nobody asked for {key}")
    for ticket in tickets:
        _judge_calls(here, ticket, of_plans, faults)
        _judge_card(here, ticket, faults)
        _judge_thread(here, ticket, faults)
        _judge_effect(here, ticket, faults)
    for deed, party in zip(deeds, parties, strict=True):
        _judge_deed(here, deed, party, tickets, faults)
    for case in (each for each in here.slack.messages("#support") if _is_case(each)):
        _judge_case(here, case, tickets, faults)
    for mark, times in Counter(_marks(here)).items():
        if times > 1:
            faults.doubled.append(f"{times} messages {mark}")
    return Verdict(
        tickets=len(tickets),
        sent=len(sent),
        repeated=faults.repeated,
        lost=tuple(faults.lost),
        doubled=tuple(faults.doubled),
        lies=tuple(faults.lies),
        in_doubt=sum(ticket.state is State.IN_DOUBT for ticket in tickets),
    )


def ahead_of_the_fact(here: Place) -> list[str]:
    """Return every card that shows, at this moment, a state that its ticket has never had."""
    had = {
        ticket.id: {State.PENDING, *(_BECAME[event] for event in here.events(ticket.id) if event in _BECAME)}
        for ticket in here.all_tickets()
    }
    return [
        f"the card of {payload['ticket']} said {payload['state']} too early"
        for payload in (_payload(message) for message in here.slack.messages("#support"))
        if payload and State(payload["state"]) not in had.get(payload["ticket"], set())
    ]


class _Faults:
    def __init__(self) -> None:
        self.lost: list[str] = []
        self.doubled: list[str] = []
        self.lies: list[str] = []
        self.repeated = 0


def _judge_calls(here: Place, ticket: Ticket, sent: Mapping[str, int], faults: _Faults) -> None:
    for call in ticket.plan.calls:
        times = sent.get(_key(call.operation, call.parameters), 0)
        if times and len(ticket.votes) < ticket.needed:
            faults.doubled.append(f"ticket {ticket.id}: {call.shown} was sent without approval")
        if times > 1 and call.effect is Effect.SETTABLE:
            faults.repeated += times - 1
        elif times > 1:
            faults.doubled.append(f"ticket {ticket.id}: {call.shown} was sent {times} times")
        if ticket.state is State.DONE and not times:
            faults.lies.append(f"ticket {ticket.id} is done, but {call.shown} never arrived")


def _judge_card(here: Place, ticket: Ticket, faults: _Faults) -> None:
    if not ticket.state.is_final:
        faults.lost.append(f"ticket {ticket.id} ended nowhere: it is {ticket.state}")
    if ticket.state is State.IN_DOUBT and all(call.effect is not Effect.NEITHER for call in ticket.plan.calls):
        faults.lies.append(f"ticket {ticket.id} is in doubt, though reading could have settled it")
    shown = [message for message in here.slack.messages("#support") if _payload(message).get("ticket") == ticket.id]
    if not shown:
        faults.lost.append(f"ticket {ticket.id} has no card")
        return
    if len(shown) > 1:
        faults.doubled.append(f"ticket {ticket.id} has {len(shown)} cards")
    drawn = cards.card(ticket, leads=here.settings.people_of(ticket.pool).leads)
    if _comparable(shown[0].text, shown[0].blocks) != _comparable(drawn.text, drawn.blocks):
        faults.lies.append(f"the card of ticket {ticket.id}, which is {ticket.state}, says: {shown[0].text}")


def _judge_thread(here: Place, ticket: Ticket, faults: _Faults) -> None:
    events = Counter(here.events(ticket.id))
    if sum(events[event] for event, state in _BECAME.items() if state.is_final) != 1:
        faults.doubled.append(f"ticket {ticket.id} ended {events} times")
    for event in (Event.REMINDED, Event.ESCALATED):
        if events[event] > 1:
            faults.doubled.append(f"ticket {ticket.id}: {event} {events[event]} times")
    root = here.slack.conversations.known(ticket.channel, ticket.ts)
    replies = [reply.text for reply in here.slack.replies(root)]
    expected: dict[tuple[str, ...], int] = {(words,): events[event] for event, words in _SAID.items()}
    expected[_DONE] = events[Event.DONE]
    for words, times in expected.items():
        said = sum(any(each in reply for each in words) for reply in replies)
        if said < times:
            faults.lost.append(f"ticket {ticket.id}: nobody was told “{words[0]}”")
        if said > times:
            faults.doubled.append(f"ticket {ticket.id}: “{words[0]}” was said {said} times, and is true {times} times")


def _judge_effect(here: Place, ticket: Ticket, faults: _Faults) -> None:
    """What the pool shows is what the ticket's end claims."""
    if ticket.state is State.IN_DOUBT:
        return
    for change in ticket.plan.changes:
        if change.readable:
            user = here.pool.user(change.subject.id)
            found = user.status if change.what == "UserStatus" else user.attributes.get(change.what, "")
            claimed = change.after if ticket.state is State.DONE else change.before
            if found != claimed:
                faults.lies.append(
                    f"ticket {ticket.id} is {ticket.state}, but {change.what} of {change.subject.name} is {found}"
                )


def _judge_deed(here: Place, deed: Deed, party: Party, tickets: Sequence[Ticket], faults: _Faults) -> None:
    mine = [ticket for ticket in tickets if ticket.form.get("user") == party.user]
    if len(mine) != bool(deed.ends):
        faults.doubled.append(f"{deed.name} led to {len(mine)} tickets")
    for ticket in mine:
        if ticket.state.is_final and ticket.state not in deed.ends:
            faults.lost.append(f"{deed.name} ended {ticket.state}: {ticket.outcome.words}")
    mails = [mail for mail in here.pool.mail[here.mails_before :] if party.user in mail.to]
    wanted = {deed.mails} if State.DONE in {ticket.state for ticket in mine} else {0, deed.mails}
    if len(mails) not in wanted:
        faults.doubled.append(f"{deed.name} sent {len(mails)} mails")
    if not deed.ends:
        _judge_answer(here, party, faults)


def _judge_case(here: Place, case: Message, tickets: Sequence[Ticket], faults: _Faults) -> None:
    """What the root of a check says is what its customer's tickets came to, and how the customer stands now."""
    told = [ticket for ticket in tickets if str(ticket.form.get("user", "")) in case.text]
    for ticket in told:
        if ticket.state is State.DONE and "approved by" not in case.text:
            faults.lost.append(f"ticket {ticket.id} is done, and its case doesn't say so: {case.text}")
    cause = (case.metadata or {})["event_payload"]["cause"]
    shown = [user for user in here.pool.users if user.email and user.email in case.text]
    if (cause == "VERIFIED") != all(user.email_verified for user in shown):
        faults.lies.append(f"a case says {cause}: {case.text}")


def _is_case(message: Message) -> bool:
    return (message.metadata or {}).get("event_type") == "desk_check"


def _judge_answer(here: Place, party: Party, faults: _Faults) -> None:
    roots = [each for each in here.slack.messages("#support") if each.from_app and party.address in each.text]
    if len(roots) > 1:
        faults.doubled.append(f"{len(roots)} answers")
    for root in roots:
        thread = [reply.text for reply in here.slack.replies(root)]
        if not thread or "Tell the customer" not in "".join(thread):
            faults.lost.append(f"an answer without its reasons: {thread}")


def _marks(here: Place) -> Iterator[str]:
    for root in here.slack.messages("#support"):
        for message in here.slack.thread(root):
            yield f"{message.blocks[0]['block_id']}: {message.text}"


def _payload(message: Message) -> Mapping[str, Any]:
    metadata = message.metadata or {}
    return metadata.get("event_payload", {}) if metadata.get("event_type") == "desk_ticket" else {}


def _key(operation: str, parameters: Mapping[str, Any]) -> str:
    """A call by what the plan says of it, without the code that is asked for last."""
    told = {name: value for name, value in parameters.items() if value != MASK}
    return f"{operation} {json.dumps(told, sort_keys=True)}"


def _comparable(text: str, blocks: Sequence[Mapping[str, Any]]) -> tuple[str, list[Mapping[str, Any]]]:
    """A message without the ids that Slack or the writer gave its blocks."""
    return text, [{name: value for name, value in block.items() if name != "block_id"} for block in blocks]
