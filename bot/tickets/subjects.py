"""The keys under which the desk remembers whom and what a plan concerns."""

from bot.plan import Change, Kind, Plan


def user(pool: str, sub: str) -> str:
    """Return the key of an account."""
    return f"{pool}:user:{sub}"


def name(pool: str, username: str) -> str:
    """Return the key of a user name."""
    return f"{pool}:name:{username}"


def is_account(key: str) -> bool:
    """Whether a key is that of an account, by its sub or its name."""
    return key.split(":", 2)[1] in ("user", "name")


def account(pool: str, key: str) -> str:
    """Return the sub or the user name that an account's key in this pool holds; empty for any other key."""
    kinds = (f"{pool}:user:", f"{pool}:name:")
    return next((key.removeprefix(kind) for kind in kinds if key.startswith(kind)), "")


def address(pool: str, value: str) -> str:
    """Return the key of an address, whatever its letter case."""
    return f"{pool}:address:{value.lower()}"


def keys(pool: str, plan: Plan) -> tuple[str, ...]:
    """Return every key of a plan, sorted, so that two tickets that take them at once can't block each other."""
    found = {key for change in plan.changes for key in _of(pool, change)}
    if plan.address:
        found.add(address(pool, plan.address))
    return tuple(sorted(found))


def _of(pool: str, change: Change) -> list[str]:
    subject = change.subject
    match subject.kind:
        case Kind.USER:
            found = [name(pool, subject.name)]
            if subject.id:
                found.append(user(pool, subject.id))
            if change.what == "email":
                found += [address(pool, value) for value in (change.before, change.after) if value]
            return found
        case Kind.POOL | Kind.PROVIDER:
            return [f"{pool}:{subject.kind}:{subject.name}"]
