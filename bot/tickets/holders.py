"""Who carries an address before and after a write, so that a loss that nobody named doesn't pass in silence."""

from collections.abc import Mapping
from typing import Any

from bot.cognito import Directory
from bot.plan import Plan
from bot.references import same_address


def verified_in(observed: Mapping[str, Any], address: str) -> dict[str, bool]:
    """Return whether each of an address's holders had it verified, by user name, from what a view observed."""
    return {
        values["username"]: values.get("email_verified", "").lower() == "true"
        for subject, values in observed.items()
        if subject.startswith("user:") and same_address(values.get("email", ""), address)
    }


def unnamed_losers(directory: Directory, plan: Plan, observed: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the user names of those who may have lost the plan's address though the plan doesn't name them.

    Either they held it verified before and don't now, or nobody saw them before and they are left unverified:
    ListUsers can be late in showing an account, and late in showing its flag, so that each is read by itself.
    """
    if not plan.address:
        return ()
    before = verified_in(observed, plan.address)
    named = {change.subject.name for change in plan.changes}
    carry = {user.username for user in directory.holders(plan.address)}
    lost = []
    for name in sorted((carry | before.keys()) - named):
        user = directory.read(name)
        holds = user is not None and user.email_verified and directory.pool.same_address(user.email, plan.address)
        if before.get(name, True) and not holds:
            lost.append(name)
    return tuple(lost)
