"""Exclusive aliases: one verified holder for one address, and what it costs the one before."""

from datetime import datetime
from typing import Literal

from sandbox.cognito.errors import alias_exists, given_address_exists
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.user import SandboxUser
from sandbox.cognito.world import World

ConflictCode = Literal["AliasExistsException", "UsernameExistsException"]


def refuse_if_held(pool: SandboxPool, attribute: str, value: str, user: SandboxUser | None) -> None:
    """Raise AliasExists when someone else holds this value as an alias."""
    if pool.holders(attribute, value, other_than=user):
        raise alias_exists(attribute)


def refuse_if_carried(
    pool: SandboxPool,
    attribute: str,
    value: str,
    user: SandboxUser | None,
    code: ConflictCode = "AliasExistsException",
) -> None:
    """Raise when the value is another user's name in a pool where it is the user name, verified or not."""
    if value and pool.carries_elsewhere(attribute, value, user):
        raise given_address_exists(code, attribute)


def verify(world: World, pool: SandboxPool, user: SandboxUser, attribute: str, value: str) -> list[SandboxUser]:
    """Store a verified value; an account that held it as an alias becomes unverified. Return those who lost it."""
    now = world.now()
    if value != user.get(attribute):
        user.book.forget(attribute)
        user.pending.pop(attribute, None)
        world.changed(user)
    user.write({attribute: value, f"{attribute}_verified": "true"}, now=now)
    return evict(world, pool, user, attribute)


def evict(
    world: World, pool: SandboxPool, user: SandboxUser, attribute: str, *, at: datetime | None = None
) -> list[SandboxUser]:
    """Take the alias that ``user`` now holds away from everyone else, and return those who lost it."""
    if not any(holder is user for holder in pool.holders(attribute, user.get(attribute))):
        return []
    losers = pool.holders(attribute, user.get(attribute), other_than=user)
    noted = (at or world.now()) if world.contested.loser_modified_date else None
    for loser in losers:
        loser.write({f"{attribute}_verified": "false"}, now=noted)
    return losers
