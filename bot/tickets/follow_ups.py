"""What may be asked in answer to a ticket that is over, and what was: the same once more, or its undo.

An undo is a new plan, for approval like any other, from what a carried-out request recorded as before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, select

from bot.answer import Refused, refused
from bot.cognito import Directory, User
from bot.plan import LOSES_IT, Call, Change, Everyone, Plan, Risk, SubjectKind, loss
from bot.scenario import AdminForm, Reason, Scenario, scenario
from bot.ticket import MAY_HAVE_CHANGED, State, Ticket
from bot.tickets import bulk_undo, tables, verification
from bot.words import Words, listed, say

UNDO = "undo"
"""The scenario's name."""


class Undo(AdminForm):
    """Which request is meant is known from where the button was pressed."""

    reason: Annotated[
        Reason,
        Field(description="Why it has to be taken back. The leads see this, and it is kept in the audit log."),
    ]


def undo_offered(ticket: Ticket) -> bool:
    """Whether there may be something to take back, and a way to do it."""
    return ticket.state in MAY_HAVE_CHANGED and ticket.outcome.sent_at is not None and bool(ticket.plan.undo)


def least_risk(ticket: Ticket) -> Risk:
    """Return the risk that undoing a ticket has at least; how the accounts are by then may make it higher."""
    if ticket.plan.many is not None:
        return Risk.HIGH
    takes_back = any(change.loses and change.readable for change in ticket.plan.changes)
    is_wide = any(change.subject.kind is not SubjectKind.USER for change in ticket.plan.changes)
    return Risk.HIGH if takes_back or is_wide else Risk.NORMAL


@scenario(UNDO, title="Undo", sends=("AdminUpdateUserAttributes", "UpdateIdentityProvider", "UpdateUserPool"))
def undo(form: Undo, directory: Directory, original: Ticket, everyone: Everyone) -> Plan:
    """Put back what a request changed."""
    plan = original.plan
    if not undo_offered(original):
        raise Refused(plan.undo_limits or say("There is nothing to undo."))
    if plan.many is not None:
        return bulk_undo.plan(original, everyone)
    _refuse_others(directory, plan)
    back = tuple(_back(directory, original))
    customers = tuple(_customers(directory, plan.undo))
    changes = (
        *(_felt(directory, change) for change in (*back, *_unverified(customers))),
        *_losers(directory, customers),
    )
    why_high = tuple(_why_high(changes))
    return Plan(
        summary=_summary(plan, customers, changes),
        done=_done(plan, customers, changes),
        risk=Risk.HIGH if why_high or any(change.loses for change in changes) else Risk.NORMAL,
        why_high=why_high,
        calls=plan.undo,
        changes=changes,
        notes=(plan.undo_limits,) if plan.undo_limits else (),
        undo_limits=say("An undo has no undo of its own; ask for the change again instead."),
        address=next((each.address for each in sorted(customers, key=lambda each: not each.gains)), ""),
        authors=original.authors,
    )


def undo_after(scenarios: Iterable[Scenario[Any]]) -> Scenario[Any]:
    """Return the undo of what these scenarios may plan: it may send whatever one of them has declared.

    The calls themselves were judged with the plan that they undo.
    """
    return replace(undo, sends=undo.sends.union(*(each.sends for each in scenarios)))


_UNDOING = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.DONE})
"""The states of an undo that leave no room for another."""

_WORTH_ASKING_AGAIN = frozenset({State.EXPIRED, State.STALE, State.FAILED})
"""Where nobody decided against it and asking once more may come to another end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One ticket that was asked in answer to another."""

    ticket: int
    scenario: str
    state: State
    requester: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedTickets:
    """What a ticket's card says of the tickets before and after it."""

    after: tuple[FollowUp, ...] = ()
    """Those that answer it, oldest first."""
    links: Mapping[int, str] = field(default_factory=dict)
    """The addresses of cards, by ticket, as far as they are known."""

    @property
    def undoing(self) -> FollowUp | None:
        """The undo that was asked for, or has been carried out."""
        return _undoing(self.after)

    @property
    def again(self) -> FollowUp | None:
        """The ticket by which the same was asked once more."""
        return next((each for each in reversed(self.after) if each.scenario != UNDO), None)

    def may_be_undone(self, ticket: Ticket) -> bool:
        """Whether the ticket's card offers Undo."""
        return undo_offered(ticket) and self.undoing is None

    def may_be_asked_again(self, ticket: Ticket) -> bool:
        """Whether the ticket's card offers Ask again. An undo is asked for again where it was asked for first."""
        return ticket.state in _WORTH_ASKING_AGAIN and ticket.scenario != UNDO and self.again is None


ALONE = RelatedTickets()
"""A ticket that answers none, and that none answers."""


def of(connection: Connection, ticket: int) -> tuple[FollowUp, ...]:
    """Return the tickets that answer one, oldest first."""
    row = tables.ticket.c
    found = connection.execute(
        select(row.id, row.scenario, row.state, row.requester).where(row.parent == ticket).order_by(row.id)
    )
    return tuple(
        FollowUp(ticket=each.id, scenario=each.scenario, state=State(each.state), requester=each.requester)
        for each in found
    )


def undoing(connection: Connection, ticket: int) -> FollowUp | None:
    """Return the undo of a ticket that leaves no room for another, if there is one."""
    return _undoing(of(connection, ticket))


def _undoing(after: tuple[FollowUp, ...]) -> FollowUp | None:
    return next((each for each in after if each.scenario == UNDO and each.state in _UNDOING), None)


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
                template = "{name} is another account now: it was deleted and made again."
                raise refused(template, name=change.subject.name)


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
            raise refused(
                "{what} of {name} has changed since then: it is {found} now, and putting the old value back would "
                "overwrite that.",
                what=change.what,
                name=change.subject.name,
                found=reading.found or "empty",
            )
        moved = True
        yield Change(subject=change.subject, what=change.what, before=reading.found, after=target)
    if not moved:
        raise refused("Everything is as it was before already.")


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
    return replace(change, loses=True, note=LOSES_IT) if loses and directory.pool.email_is_alias else change


def _losers(directory: Directory, customers: tuple[_Customer, ...]) -> Iterator[Change]:
    """Yield everybody who loses an address to somebody who gets it back, and gets none back themselves."""
    told = {customer.user.username for customer in customers}
    for customer in customers:
        for loser in directory.losers(customer.address, to=customer.user) if customer.gains else ():
            if loser.username not in told:
                told.add(loser.username)
                yield loss(loser)


def _summary(plan: Plan, customers: tuple[_Customer, ...], changes: tuple[Change, ...]) -> Words:
    """Say what is undone, or who loses an address by it, and who has it then."""
    losers = {change.subject.name for change in changes if change.loses}
    if not losers:
        return say("undo: {summary}", summary=plan.summary.plain())
    names = listed(sorted(losers), most=3)
    gaining = {
        each.address: each.user.username for each in customers if each.gains and each.user.username not in losers
    }
    moved = next((each.address for each in customers if each.moves and each.user.username in losers), "")
    if not gaining and moved:
        return say("undo: change the e-mail of {losers} to {address}, not verified", losers=names, address=moved)
    if not gaining:
        owned = {each.user.email for each in customers if each.user.username in losers}
        template = "undo: take {address} from {losers}, as not verified any more"
        return say(template, address=listed(sorted(owned), most=3), losers=names)
    if len(gaining) == 1:
        [(address, name)] = gaining.items()
        return say("undo: take {address} from {losers}, give it to {name}", address=address, losers=names, name=name)
    return say("undo, by which {losers} lose an address: {summary}", losers=names, summary=plan.summary.plain())


def _done(plan: Plan, customers: tuple[_Customer, ...], changes: tuple[Change, ...]) -> Words:
    """Say what a re-read shows once it is undone."""
    losers = {change.subject.name for change in changes if change.loses}
    gaining = _gaining(customers, losers)
    if losers and len(gaining) == 1:
        [(address, name)] = gaining.items()
        return say("{name} has {address}, verified", name=name, address=address)
    return say("it is as it was before: {summary}", summary=plan.summary.plain())


def _gaining(customers: tuple[_Customer, ...], losers: set[str]) -> dict[str, str]:
    """Return who gets an address that they didn't have, by the address."""
    return {each.address: each.user.username for each in customers if each.gains and each.user.username not in losers}


def _why_high(changes: tuple[Change, ...]) -> Iterator[Words]:
    if any(change.subject.kind is not SubjectKind.USER for change in changes):
        yield say("It concerns everyone in the pool.")
