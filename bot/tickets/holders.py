"""Who carries an address before and after a write, so that a loss that nobody named doesn't pass in silence."""

from collections.abc import Mapping
from typing import Any

from bot.cognito import Directory, Pool, User
from bot.plan import Plan
from bot.references import same_address


def unnamed_losers(directory: Directory, plan: Plan, observed: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the user names of those who may have lost the plan's address though the plan doesn't name them.

    Either they held it verified before and don't now, or nobody saw them before and they are left unverified:
    ListUsers can be late in showing an account, and late in showing its flag, so that each is read by itself.
    """
    if not plan.address:
        return ()
    before = _seen(observed, plan.address)
    verified = {sub: values.get("email_verified", "").lower() == "true" for sub, values in before.items()}
    names = {sub: str(values["username"]) for sub, values in before.items()}
    names |= {user.sub: user.username for user in directory.holders(plan.address)}
    named = {change.subject.id for change in plan.changes}
    # An account that the plan makes has no sub in it yet.
    made = {change.subject.name for change in plan.changes if not change.subject.id}
    lost = []
    for sub, name in names.items():
        if sub in named or name in made:
            continue
        if verified.get(sub, True) and not _holds(directory.read(name), sub, plan.address, directory.pool):
            lost.append(name)
    return tuple(sorted(lost))


def _holds(user: User | None, sub: str, address: str, pool: Pool) -> bool:
    return user is not None and user.sub == sub and user.email_verified and pool.same_address(user.email, address)


def _seen(observed: Mapping[str, Any], address: str) -> dict[str, Mapping[str, Any]]:
    """Return what a view observed of those who had an address, by sub."""
    return {
        subject.removeprefix("user:"): values
        for subject, values in observed.items()
        if subject.startswith("user:") and same_address(values.get("email", ""), address)
    }
