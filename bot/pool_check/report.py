"""What a check of a whole pool has found, in words."""

from bot.pool_check.checks import PoolCheck
from bot.words import Words, say


def headline(check: PoolCheck) -> Words:
    """Say in one sentence what was found."""
    return say(
        "📊 {pool}: {unverified} of {users} have an address that isn't verified",
        pool=check.pool,
        unverified=f"{check.found.get('unverified', 0):,}",
        users=f"{check.found.get('users', 0):,}",
    )
