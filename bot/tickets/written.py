"""Which addresses the desk wrote to which accounts: from the moment a call may have left until they are confirmed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from bot.addresses import caseless
from bot.cognito import User
from bot.plan import Call, MovedOff, Plan, Written
from bot.ticket import Ticket
from bot.tickets import resource_keys, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One address on its way to one account."""

    account: str
    """The account's key (`bot.tickets.resource_keys`)."""
    name: str
    """The user name."""
    address: str
    replaced: str = ""
    """The key of the address that the account has until then; empty for none, and where its own user changes it."""
    signed_up: bool = False
    """Whether the account is signed up with it."""


def by_call(pool: str, plan: Plan, call: Call) -> Write | None:
    """Return what a call of a plan writes; None where it writes no address."""
    address = call.attributes.get("email", "")
    if not address:
        return None
    name = str(call.parameters["Username"])
    mine = [change for change in plan.changes if name in (change.subject.name, change.subject.id)]
    sub = next((change.subject.id for change in mine), "")
    before = next((change.before for change in mine if change.what == "email"), "")
    return Write(
        account=resource_keys.user(pool, sub) if sub else resource_keys.name(pool, name),
        name=name,
        address=address,
        replaced=resource_keys.address(pool, before) if before else "",
    )


def begin(
    connection: Connection, write: Write, *, at: float, person: str = "", ticket: int | None = None, call: int = 0
) -> int:
    """Note that an address may be written from now on, and return the row. ``person``: who asked, without a ticket."""
    row = insert(tables.written).values(**asdict(write), person=person, ticket=ticket, call=call or None, at=at)
    return int(connection.execute(row.returning(tables.written.c.id)).scalar_one())


def begin_call(connection: Connection, ticket: Ticket, n: int, *, at: float) -> None:
    """Note what a ticket's call is about to write, once, however often it is begun."""
    write = by_call(ticket.pool, ticket.plan, ticket.plan.calls[n - 1])
    if write is not None:
        forget_call(connection, ticket.id, n)
        begin(connection, write, at=at, ticket=ticket.id, call=n)


def forget_call(connection: Connection, ticket: int, n: int) -> None:
    """Take back what a ticket's call was about to write: it certainly wrote nothing."""
    connection.execute(delete(tables.written).where(tables.written.c.ticket == ticket, tables.written.c.call == n))


def forget(connection: Connection, row: int) -> None:
    """Take back one row: nothing was written."""
    connection.execute(delete(tables.written).where(tables.written.c.id == row))


def identify(connection: Connection, pool: str, name: str, sub: str) -> None:
    """Call an account that has just been made by its sub from now on."""
    found = update(tables.written).where(tables.written.c.account == resource_keys.name(pool, name))
    connection.execute(found.values(account=resource_keys.user(pool, sub)))


def confirm(connection: Connection, pool: str, sub: str, address: str, *, at: float) -> None:
    """Note that the account's own user, signed in, has entered the code for an address."""
    rows = connection.execute(_open(resource_keys.user(pool, sub))).all()
    confirmed = [row.id for row in rows if caseless(row.address) in ("", caseless(address))]
    connection.execute(update(tables.written).where(tables.written.c.id.in_(confirmed)).values(confirmed_at=at))


def of(connection: Connection, pool: str, user: User) -> tuple[Written, ...]:
    """Return what the desk wrote to an account and its user has not confirmed since, oldest first."""
    rows = connection.execute(_open(resource_keys.user(pool, user.sub), resource_keys.name(pool, user.username))).all()
    authors = _authors(connection, {row.ticket for row in rows if row.ticket is not None})
    return tuple(
        Written(
            address=row.address,
            authors=authors.get(row.ticket, frozenset()) | ({row.person} if row.person else set()),
            signed_up=row.signed_up,
        )
        for row in rows
    )


def moved_off(connection: Connection, pool: str, address: str, *, other_than: User | None) -> tuple[MovedOff, ...]:
    """Return the accounts that the desk took an address off and whose users have not confirmed the new one since."""
    row = tables.written.c
    query = select(tables.written).where(
        row.replaced == resource_keys.address(pool, address), row.confirmed_at.is_(None)
    )
    if other_than is not None:
        query = query.where(row.account != resource_keys.user(pool, other_than.sub))
    rows = connection.execute(query.order_by(row.id)).all()
    authors = _authors(connection, {each.ticket for each in rows if each.ticket is not None})
    return tuple(
        MovedOff(
            name=each.name, sub=resource_keys.sub(pool, each.account), authors=authors.get(each.ticket, frozenset())
        )
        for each in rows
    )


def _open(*accounts: str) -> Select[Any]:
    row = tables.written.c
    return select(tables.written).where(row.account.in_(accounts), row.confirmed_at.is_(None)).order_by(row.id)


def _authors(connection: Connection, tickets: Iterable[int]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for row in connection.execute(select(tables.author).where(tables.author.c.ticket.in_(list(tickets)))):
        found[row.ticket] = found.get(row.ticket, frozenset()) | {row.person}
    return found
