"""Undo: a new plan, for approval like any other, from what a carried-out request recorded as before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot import reread
from bot.cognito import Directory, User
from bot.ledger import Ledger
from bot.plan import Change, Kind, Plan, Refused, Risk, Subject
from bot.scenario import AdminForm, scenario
from bot.ticket import State, Ticket
from bot.words import Words, say

NAME = "undo"

_MAY_HAVE_CHANGED = frozenset({State.DONE, State.FAILED, State.IN_DOUBT})
_LOSES = "LOSES the address: can no longer sign in or reset with it"


class Undo(AdminForm):
    """Which request is meant is known from where the button was pressed."""


def offered(ticket: Ticket) -> bool:
    """Whether there may be something to take back, and a way to do it."""
    return ticket.state in _MAY_HAVE_CHANGED and ticket.outcome.sent_at is not None and bool(ticket.plan.undo)


@scenario(NAME, title="Undo", sends=("AdminUpdateUserAttributes", "UpdateIdentityProvider", "UpdateUserPool"))
def undo(form: Undo, directory: Directory, ledger: Ledger, original: Ticket) -> Plan:
    """Put back what a request changed."""
    plan = original.plan
    if not offered(original):
        raise Refused(plan.undo_limits or say("There is nothing to undo."))
    changes = tuple(_back(directory, original))
    customer = _customer(directory, changes)
    if customer is not None:
        changes = (*(_felt(directory, change) for change in changes), *_losers(directory, customer))
    why_high = tuple(_why_high(ledger, changes, customer))
    return Plan(
        summary=say("Undo request {id}: {summary}", id=original.id, summary=plan.summary.plain()),
        risk=Risk.HIGH if why_high else Risk.NORMAL,
        why_high=why_high,
        calls=plan.undo,
        changes=changes,
        notes=(plan.undo_limits,) if plan.undo_limits else (),
        undo_limits=say("An undo has no undo of its own; ask for the change again instead."),
        address=customer.address if customer else "",
        authors=original.authors,
    )


@dataclass(frozen=True, slots=True)
class _Customer:
    """The user whose values are put back, and the address as it will be for them."""

    user: User
    address: str
    verified: bool


def _back(directory: Directory, original: Ticket) -> Iterator[Change]:
    """Yield what the undo's calls set, from what is there now to what was there before."""
    wanted = tuple(change for change in original.plan.changes if change.readable)
    restored = [(change, _restored(original.plan, change)) for change in wanted]
    moved = False
    for (change, target), reading in zip(restored, reread.read(directory, wanted), strict=True):
        if target is None:
            continue
        if reading.found not in (change.before, change.after, target):
            raise Refused(
                say(
                    "{what} of {name} has changed since then: it is {found} now, and putting the old value back "
                    "would overwrite that.",
                    what=change.what,
                    name=change.subject.name,
                    found=reading.found or "empty",
                )
            )
        if reading.found != target:
            moved = True
            yield Change(subject=change.subject, what=change.what, before=reading.found, after=target)
    if not moved:
        raise Refused(say("Everything is as it was before already."))


def _restored(plan: Plan, change: Change) -> str | None:
    """Return the value that the undo's calls give back, None where they don't touch it.

    A flag that was missing comes back as false: Cognito deletes no flag.
    """
    for call in plan.undo:
        if reread.sets(call, change):
            given = {each["Name"]: str(each["Value"]) for each in call.parameters.get("UserAttributes", ())}
            return given.get(change.what, change.before)
    return None


def _customer(directory: Directory, changes: tuple[Change, ...]) -> _Customer | None:
    name = next((change.subject.name for change in changes if change.subject.kind is Kind.USER), None)
    user = directory.read(name) if name is not None else None
    if user is None:
        return None
    given = {change.what: change.after for change in changes if change.subject.name == name}
    verified = given.get("email_verified", user.attributes.get("email_verified", ""))
    return _Customer(user, given.get("email", user.email), verified == "true")


def _felt(directory: Directory, change: Change) -> Change:
    """Say loudly when the user loses what they could sign in with."""
    loses = change.what == "email_verified" and change.before == "true" and change.after != "true"
    return replace(change, loses=True, note=_LOSES) if loses and directory.pool.email_is_alias else change


def _losers(directory: Directory, customer: _Customer) -> tuple[Change, ...]:
    """Return whoever loses the address to the user who gets it back."""
    if not customer.verified:
        return ()
    return tuple(
        Change(subject=Subject.of(loser), what="email_verified", before="true", after="false", note=_LOSES, loses=True)
        for loser in directory.losers(customer.address, to=customer.user)
    )


def _why_high(ledger: Ledger, changes: tuple[Change, ...], customer: _Customer | None) -> Iterator[Words]:
    if any(change.loses for change in changes):
        yield say("Somebody loses the address.")
    if any(change.subject.kind is not Kind.USER for change in changes):
        yield say("It concerns everyone in the pool.")
    if customer is not None and customer.verified:
        if any(change.what == "email" for change in changes):
            yield say("The address is changed and verified in one go.")
        elif ledger.changed_email(customer.user, within_hours=24):
            yield say("The address was changed by the desk within the last day.")
