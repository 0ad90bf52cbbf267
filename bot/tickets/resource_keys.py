"""The keys under which the desk remembers whom and what a plan concerns."""

from sqlalchemy import ColumnElement, or_

from bot.addresses import caseless
from bot.plan import Change, Plan, SubjectKind


def user(pool: str, sub: str) -> str:
    """Return the key of an account."""
    return f"{pool}:user:{sub}"


def name(pool: str, username: str) -> str:
    """Return the key of a user name."""
    return f"{pool}:name:{username}"


def is_account(key: str) -> bool:
    """Whether a key is that of an account, by its sub or its name."""
    return key.split(":", 2)[1] in ("user", "name")


def is_sub(pool: str, key: str) -> bool:
    """Whether a key is that of an account in this pool, by its sub."""
    return key.startswith(user(pool, ""))


def sub(pool: str, key: str) -> str:
    """Return the sub that a key holds; empty for the key of anything else."""
    return key.removeprefix(user(pool, "")) if is_sub(pool, key) else ""


def address(pool: str, value: str) -> str:
    """Return the key of an address, whatever its letter case."""
    return f"{pool}:address:{caseless(value)}"


def keys(pool: str, plan: Plan) -> tuple[str, ...]:
    """Return every key of a plan, sorted, so that two tickets that take them at once can't block each other."""
    found = {key for change in plan.changes for key in _of(pool, change)}
    if plan.address:
        found.add(address(pool, plan.address))
    return tuple(sorted(found))


def of_accounts(pool: str, plan: Plan) -> tuple[str, ...]:
    """Return the keys of those whom a plan concerns as they are now, and of its address.

    Somebody who is there goes by the sub alone: another account may have had the same name before.
    """
    named = {
        name(pool, each.subject.name)
        for each in plan.changes
        if each.subject.kind is SubjectKind.USER and each.subject.id
    }
    return tuple(key for key in keys(pool, plan) if key not in named)


def of_person(pool: str, *, reference: str, sub: str = "") -> tuple[str, ...]:
    """Return the keys of somebody who was named outside a plan: as they were called, and by the sub if it is known."""
    found = {name(pool, reference), name(pool, caseless(reference)), address(pool, reference)} if reference else set()
    return tuple(sorted(found | ({user(pool, sub)} if sub else set())))


def means(key: ColumnElement[str], reference: str) -> ColumnElement[bool]:
    """Whether a column's key is that of somebody of this name, sub or address in any pool. Reads the whole column."""
    ends = (
        user("", reference),
        name("", reference),
        name("", caseless(reference)),
        address("", reference),
    )
    return or_(*(key.endswith(end, autoescape=True) for end in ends))


def _of(pool: str, change: Change) -> list[str]:
    subject = change.subject
    match subject.kind:
        case SubjectKind.USER:
            found = [name(pool, subject.name)]
            if subject.id:
                found.append(user(pool, subject.id))
            if change.what == "email":
                found += [address(pool, value) for value in (change.before, change.after) if value]
            return found
        case SubjectKind.MAIL:
            return [address(pool, subject.name)]
        case SubjectKind.POOL | SubjectKind.PROVIDER:
            return [f"{pool}:{subject.kind}:{subject.name}"]
