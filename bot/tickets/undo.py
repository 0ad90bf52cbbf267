"""Undo: a new plan, for approval like any other, from what a carried-out request recorded as before."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from bot.cognito import Directory, User
from bot.plan import Call, Change, Plan, Refused, Risk, SubjectKind
from bot.safeguards import loss
from bot.scenario import AdminForm, Scenario, scenario
from bot.ticket import State, Ticket
from bot.tickets import verification
from bot.words import Words, say

NAME = "undo"

_MAY_HAVE_CHANGED = frozenset({State.DONE, State.FAILED, State.IN_DOUBT})
_UNVERIFIES = "LOSES the address: can no longer sign in or reset with it"


class Undo(AdminForm):
    """Which request is meant is known from where the button was pressed."""

    reason: Annotated[
        str,
        Field(
            title="Reason",
            description="Why it has to be taken back. The leads see this, and it is kept in the audit log.",
            min_length=3,
            max_length=500,
            json_schema_extra={"input": "multiline"},
        ),
    ]


def offered(ticket: Ticket) -> bool:
    """Whether there may be something to take back, and a way to do it."""
    return ticket.state in _MAY_HAVE_CHANGED and ticket.outcome.sent_at is not None and bool(ticket.plan.undo)


@scenario(NAME, title="Undo", sends=("AdminUpdateUserAttributes", "UpdateIdentityProvider", "UpdateUserPool"))
def undo(form: Undo, directory: Directory, original: Ticket) -> Plan:
    """Put back what a request changed."""
    plan = original.plan
    if not offered(original):
        raise Refused(plan.undo_limits or say("There is nothing to undo."))
    _refuse_others(directory, plan)
    back = tuple(_back(directory, original))
    customers = tuple(_customers(directory, plan.undo))
    changes = (
        *(_felt(directory, change) for change in (*back, *_unverified(customers))),
        *_losers(directory, customers),
    )
    why_high = tuple(_why_high(changes))
    return Plan(
        summary=say("Undo: {summary}", summary=plan.summary.plain()),
        done=say("It is as it was before: {summary}", summary=plan.summary.plain()),
        risk=Risk.HIGH if why_high else Risk.NORMAL,
        why_high=why_high,
        calls=plan.undo,
        changes=changes,
        notes=(plan.undo_limits,) if plan.undo_limits else (),
        undo_limits=say("An undo has no undo of its own; ask for the change again instead."),
        address=next((each.address for each in sorted(customers, key=lambda each: not each.gains)), ""),
        authors=original.authors,
    )


def after(scenarios: Iterable[Scenario[Any]]) -> Scenario[Any]:
    """Return the undo of what these scenarios may plan: it may send whatever one of them has declared.

    The calls themselves were judged with the plan that they undo.
    """
    return replace(undo, sends=undo.sends.union(*(each.sends for each in scenarios)))


@dataclass(frozen=True, slots=True)
class _Customer:
    """A user as they are, and what the undo's call sets for them."""

    user: User
    given: Mapping[str, str]

    @property
    def address(self) -> str:
        """The address as it will be."""
        return self.given.get("email", self.user.email)

    @property
    def moves(self) -> bool:
        """Whether the address will be another one."""
        return self.address != self.user.email

    @property
    def verified(self) -> bool:
        """Whether the address will be verified: a changed one isn't, unless the flag is set with it."""
        return self.given.get("email_verified", str(self.user.email_verified and not self.moves)).lower() == "true"

    @property
    def gains(self) -> bool:
        """Whether they get an address that they didn't hold."""
        return self.verified and (self.moves or not self.user.email_verified)


def _refuse_others(directory: Directory, plan: Plan) -> None:
    """Refuse where a name belongs to another account by now: nothing of that one was changed."""
    for change in plan.changes:
        if change.subject.kind is SubjectKind.USER and change.subject.id:
            user = directory.read(change.subject.name)
            if user is not None and user.sub != change.subject.id:
                raise Refused(
                    say("{name} is another account now: it was deleted and made again.", name=change.subject.name)
                )


def _customers(directory: Directory, calls: tuple[Call, ...]) -> Iterator[_Customer]:
    for call in calls:
        given = call.attributes
        user = directory.read(call.parameters["Username"]) if given else None
        if user is not None:
            yield _Customer(user, given)


def _back(directory: Directory, original: Ticket) -> Iterator[Change]:
    """Yield what the undo's calls set, from what is there now to what was there before."""
    wanted = tuple(change for change in original.plan.changes if change.readable)
    moved = False
    for change, reading in zip(wanted, verification.read(directory, wanted), strict=True):
        target = _restored(original.plan.undo, change)
        if target is None or reading.found == target:
            continue
        if reading.found not in (change.before, change.after):
            raise Refused(
                say(
                    "{what} of {name} has changed since then: it is {found} now, and putting the old value back "
                    "would overwrite that.",
                    what=change.what,
                    name=change.subject.name,
                    found=reading.found or "empty",
                )
            )
        moved = True
        yield Change(subject=change.subject, what=change.what, before=reading.found, after=target)
    if not moved:
        raise Refused(say("Everything is as it was before already."))


def _restored(calls: tuple[Call, ...], change: Change) -> str | None:
    """Return the value that the undo's calls give back, None where they don't touch it.

    A flag that was missing comes back as false: Cognito deletes no flag.
    """
    for call in calls:
        if verification.sets(call, change):
            return call.attributes.get(change.what, change.before)
    return None


def _unverified(customers: tuple[_Customer, ...]) -> Iterator[Change]:
    """Yield the flags that Cognito clears by itself because an address changes."""
    for customer in customers:
        if customer.user.email_verified and not customer.verified and "email_verified" not in customer.given:
            yield replace(loss(customer.user), note="", loses=False)


def _felt(directory: Directory, change: Change) -> Change:
    """Say loudly when a user loses what they could sign in with."""
    loses = change.what == "email_verified" and change.before == "true" and change.after != "true"
    return replace(change, loses=True, note=_UNVERIFIES) if loses and directory.pool.email_is_alias else change


def _losers(directory: Directory, customers: tuple[_Customer, ...]) -> Iterator[Change]:
    """Yield whoever loses an address to somebody who gets it back, and gets none back themselves."""
    told = {customer.user.username for customer in customers}
    for customer in customers:
        for loser in directory.losers(customer.address, to=customer.user) if customer.gains else ():
            if loser.username not in told:
                told.add(loser.username)
                yield loss(loser)


def _why_high(changes: tuple[Change, ...]) -> Iterator[Words]:
    for change in changes:
        if change.loses:
            yield say("{name} ({sub}) loses the address.", name=change.subject.name, sub=change.subject.id)
    if any(change.subject.kind is not SubjectKind.USER for change in changes):
        yield say("It concerns everyone in the pool.")
