"""/cognito-history: everything that the desk has on record of a customer, or of an address, in one timeline."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from bot.scenario import (
    Answer,
    Bullets,
    Directory,
    Filed,
    Form,
    Group,
    History,
    Ledger,
    Link,
    MenuLine,
    Moment,
    Paragraph,
    Person,
    Step,
    User,
    UserRef,
    Value,
    Way,
    Words,
    meanings,
    paragraph,
    plain_name,
    readings,
    say,
    scenario,
    shown,
    within,
)

_MOST = 60
"""Steps that are told; the operator has a command for all of them."""

_AT_ONCE = 10
"""Steps in one list, so that a long timeline can be split between messages."""

REQUEST = {
    "requested": "{who} asked: {summary}. “{why}”{proof} {card}",
    "refused": "{who} could not {tried}: {words}",
    "approved": "{who} approved ({vote} of {needed})",
    "discounted": "the approval of {who} doesn't count any more ({votes} of {needed} are left)",
    "same person": "{who} is somebody who asked or has approved already, so that approval doesn't count ({votes} of "
    "{needed} are left)",
    "reopened": "approved, but not by enough leads any more: it waits again",
    "waiting": "approved, but not sent yet: {words}",
    "denied": "{who} denied it: “{reason}”",
    "withdrawn": "{who} withdrew it",
    "expired": "expired; nothing was sent",
    "reminded": "the desk reminded the leads",
    "nudged": "{who} reminded the leads",
    "escalated": "nobody had decided, so others were asked to find a lead",
    "pool check": "",
    "started": "",
    "sending": "sent to Cognito: `{call}`",
    "sent": "Cognito accepted it{request}",
    "call failed": "not done: {words}{request}",
    "re-read": "re-read: {readings}",
    "stale": "not sent, because something had changed: {words}",
    "done": "done",
    "failed": "failed: {words}",
    "in doubt": "in doubt: {words}",
    "unnamed loss": "lost the address without having been named: {users}",
    "told": "{who} told {name} of the loss",
    "paused": "{who} paused it",
    "resumed": "{who} let it go on",
    "stopped": "{who} stopped it",
    "half done": "",
    "done for one": "one of many in “{summary}”: done{request} {card}",
    "failed for one": "one of many in “{summary}”: failed: {words} {card}",
    "in doubt for one": "one of many in “{summary}”: in doubt: {words} {card}",
    "left out": "one of many in “{summary}”: left out: {words} {card}",
    "confirmed": "",
    "handed over": "",
    "forgotten": "",
    "challenged": "Cognito asked for one more thing at the customer's sign-in ({challenge})",
}
"""What a step of a request reads like, by the audit's word; an empty one is for machines only."""

CUSTOMER_ACTION = {
    "refused": "{who} was refused for `{user}`: {words}",
    "sending": "",
    "sent": "{who} sent {call} for `{user}`, as the customer{request}",
    "call failed": "Cognito answered {call} for `{user}` with {code}{request}",
    "re-read": "the account `{user}` is there all the same ({status})",
    "done": "{who}: {words}",
    "confirmed": "`{user}`, signed in, has confirmed {address} by a code",
    "handed over": "{who} handed this over to the {team} team",
    "challenged": "Cognito asked for one more thing at the sign-in of `{user}` ({challenge})",
}
"""The same for what has no request: what was done with the customer's own credential, or handed over."""


_TRIED = {
    "approve": "approve",
    "ask": "ask",
    "deny": "deny",
    "enter code": "enter the code",
    "nudge": "remind the leads",
    "undo": "undo this",
    "withdraw": "withdraw",
}
"""What somebody tried in vain, by the audit's word; anything else is the name of a scenario, which was asked again."""


class HistoryOf(Form):
    """Whose history."""

    user: Annotated[UserRef, Field(description="User name, e-mail address or sub; also of an account that is gone.")]


@scenario("history", title="History", usage="[user]", menu=(MenuLine(70, "What happened to someone"),))
def history(form: HistoryOf, directory: Directory, ledger: Ledger) -> Answer:
    """Show what was asked, decided and done for a customer."""
    users = directory.find(form.user)
    found = _found(form.user, users, directory, ledger)
    if not users and not found.steps:
        # There is nobody to tell of; this says who comes close.
        users = (directory.one(form.user),)
    told = [words for step in found.steps if (words := _told(step, found.tickets))]
    return Answer(
        emoji="🕘",
        headline=_headline(form.user, users, found),
        thread=(
            *_earlier(form.user, found),
            *(Bullets(tuple(told[n : n + _AT_ONCE])) for n in range(0, len(told), _AT_ONCE)),
            *_gone(form.user, users),
        ),
        best=Way.CHECK.offer(form.user) if users else None,
    )


def _found(typed: str, users: tuple[User, ...], directory: Directory, ledger: Ledger) -> History:
    """Return what is on record of what the text means; of its readings, the first one of which anything is.

    Where somebody is there, only a reading that means them counts: another one may be another customer's name.
    """
    possible = readings(typed)
    theirs = [each for each in possible if any(meanings(user, each, directory.pool) for user in users)]
    asked = theirs or possible
    found = (ledger.history(reading, users, most=_MOST) for reading in asked)
    return next((each for each in found if each.steps), None) or ledger.history(asked[-1], users, most=_MOST)


def _headline(reference: str, users: tuple[User, ...], found: History) -> Words:
    names = ", ".join(user.username for user in users if user.username != reference)
    about = f"{reference} ({names})" if names else reference
    if not found.steps:
        return say("{about}: nobody has asked the desk for anything yet", about=about)
    n = len(found.tickets)
    requests = "one request" if n == 1 else f"{n or 'no'} requests"
    return say("{about}: {requests}, latest step {at}", about=about, requests=requests, at=Moment(found.steps[-1].at))


def _earlier(reference: str, found: History) -> tuple[Paragraph, ...]:
    if not found.earlier:
        return ()
    words = say(
        "{n} earlier steps are not shown. The operator gets all of them with `desk audit --user {user}`.",
        n=found.earlier,
        user=reference,
    )
    return (Paragraph(words),)


def _gone(reference: str, users: tuple[User, ...]) -> tuple[Paragraph, ...]:
    if users:
        return ()
    return (paragraph("Cognito knows no {user} any more; this is what the desk remembers.", user=reference),)


def _told(step: Step, tickets: Mapping[int, Filed]) -> Words | None:
    """Return one line of the timeline; None for what is for machines only."""
    filed = tickets.get(step.ticket) if step.ticket is not None else None
    template = (REQUEST if filed else CUSTOMER_ACTION).get(step.event, step.event)
    if not template:
        return None
    values: dict[str, Value | Words] = {
        name: str(value) for name, value in step.detail.items() if isinstance(value, str | int)
    }
    values |= _named(step.detail)
    if step.words.template:
        values["words"] = _unmentioned(step.words)
    if "tried" in step.detail:
        values["tried"] = _TRIED.get(str(step.detail["tried"]), "ask for this again")
    values |= {"at": Moment(step.at), "who": Person(step.person) if step.person else "the desk"}
    if filed:
        template = f"*#{{number}}* {template}"
        card = Link(filed.card, "to the card ↗") if filed.card else ""
        values |= {"number": step.ticket or 0, "summary": filed.summary.plain(), "why": filed.reason, "card": card}
        values |= {"proof": f" · proof: {filed.proof}" if filed.proof else ""}
    return within(f"{{at}} · {template}", **_all(template, values))


def _unmentioned(words: Words) -> Words:
    """Return what somebody was told, with leads instead of their group: to read of it later calls nobody."""
    values = []
    for name, value in words.values:
        before = words.template.partition(f"{{{name}}}")[0].rstrip()
        leads = "The leads" if not before or before.endswith(".") else "the leads"
        values.append((name, leads if isinstance(value, Group) else value))
    return replace(words, values=tuple(values))


def _named(detail: Mapping[str, Any]) -> dict[str, Value | Words]:
    """Return what the audit holds in other shapes than a line needs."""
    readings = detail.get("readings", ())
    request = detail.get("request_id", "")
    return {
        "call": str(detail.get("shown") or detail.get("operation") or ""),
        "readings": " · ".join(
            f"{each['subject']}, {plain_name(each['what'])}: {shown(each['what'], each['found'])}" for each in readings
        ),
        "request": f" · AWS request id {request}" if request else "",
        "users": ", ".join(detail.get("users", ())),
    }


def _all(template: str, values: dict[str, Value | Words]) -> dict[str, Value | Words]:
    """Return a value for every gap of a template: an older desk may have written less into its audit."""
    gaps = {name.partition("}")[0] for name in template.split("{")[1:]}
    return {**dict.fromkeys(gaps, "–"), **values}
