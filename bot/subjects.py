"""The keys under which the desk remembers whom and what a plan concerns."""

from bot.plan import Change, Kind, Plan


def user(pool: str, sub: str) -> str:
    """Return the key of an account."""
    return f"{pool}:user:{sub}"


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
            found = [f"{pool}:name:{subject.name}"]
            if subject.id:
                found.append(user(pool, subject.id))
            if change.what == "email":
                found += [address(pool, value) for value in (change.before, change.after) if value]
            return found
        case Kind.POOL | Kind.PROVIDER:
            return [f"{pool}:{subject.kind}:{subject.name}"]
