"""What a typed reference can mean in a pool. This is the one place that decides it; no other compares names.

Somebody may give an account a user name, a preferred user name or a telephone number that is another customer's
address. So only what the pool really signs in with counts as a name, and whenever more than one account could be
meant, people choose: nothing here prefers one. What a text may stand for besides itself is in `bot.wrappings`.
"""

from collections.abc import Iterable
from enum import StrEnum

from bot.addresses import caseless
from bot.cognito import Pool, User
from bot.wrappings import readings


class Meaning(StrEnum):
    """As what a reference fits an account."""

    USER_NAME = "user name"
    SUB = "sub"
    ADDRESS = "address"
    """They have the address, whether or not anybody signs in with it."""
    PHONE = "phone number"
    PREFERRED_USER_NAME = "preferred user name"


def meanings(user: User, reference: str, pool: Pool) -> frozenset[Meaning]:
    """Return as what one reading fits an account in this pool; nothing when it doesn't."""
    fits = {
        Meaning.USER_NAME: pool.same(user.username, reference),
        Meaning.SUB: user.sub == reference.lower(),
        Meaning.ADDRESS: pool.same(user.email, reference),
        Meaning.PHONE: _signs_in_with_phone(user, pool) and user.attributes.get("phone_number") == reference,
        Meaning.PREFERRED_USER_NAME: "preferred_username" in pool.aliases
        and pool.same(user.attributes.get("preferred_username", ""), reference),
    }
    return frozenset(meaning for meaning, fitting in fits.items() if fitting and reference)


def is_name(user: User, reference: str, pool: Pool) -> bool:
    """Whether Cognito's admin calls find this account by the reference because of what the account is called.

    An address is that only where it is the user name; as an alias it may belong to somebody else tomorrow.
    """
    found = meanings(user, reference, pool)
    return bool(found - {Meaning.ADDRESS}) or (Meaning.ADDRESS in found and pool.email_is_username)


def meant(users: Iterable[User], typed: str, pool: Pool) -> tuple[User, ...]:
    """Return every account that a typed text may mean, in any of its readings and as anything."""
    possible = readings(typed)
    return tuple(user for user in users if any(meanings(user, reading, pool) for reading in possible))


def unmistakable(user: User, others: Iterable[User], pool: Pool) -> str:
    """Return the user name, or what settles it where that may mean one of the others too: it may be their address."""
    beside = tuple(others)
    return settling(user, beside, pool) if meant(beside, user.username, pool) else user.username


def settling(user: User, among: Iterable[User], pool: Pool) -> str:
    """Return what means this account and none of the others: its ``sub``, unless somebody else is called that."""
    others = [other for other in among if other.sub != user.sub]
    for reference in (user.sub, user.username):
        if reference and not meant(others, reference, pool):
            return reference
    return user.sub


def owns(user: User, address: str, pool: Pool, *, signs_in: User | None) -> bool:
    """Whether an address is this account's own; ``signs_in`` is who Cognito gives for the address as a name."""
    by_address = pool.email_is_alias or pool.email_is_username
    return by_address and signs_in is not None and signs_in.sub == user.sub and pool.same(user.email, address)


def likeliest(users: Iterable[User], typed: str, pool: Pool, *, signs_in: User | None) -> tuple[User, ...]:
    """Return the accounts in the order in which to offer them: owner, verified holders, then the latest active.

    Not by age: anybody can make accounts that are older than a customer's, and so push the customer's out of sight.
    """
    possible = readings(typed)

    def rank(user: User) -> tuple[int, bool, float, str]:
        has = any(pool.same(user.email, reading) for reading in possible)
        own = any(owns(user, reading, pool, signs_in=signs_in) for reading in possible)
        standing = 0 if own else 1 if has and user.email_verified else 2
        usable = user.enabled and user.status != "UNCONFIRMED"
        return standing, not usable, -user.modified.timestamp(), user.username

    return tuple(sorted(users, key=rank))


def same_address(one: str, other: str) -> bool:
    """Whether two texts are one address but for letter case and Unicode's ways of writing a letter: the careful way."""
    return bool(one) and caseless(one) == caseless(other)


def _signs_in_with_phone(user: User, pool: Pool) -> bool:
    as_alias = "phone_number" in pool.aliases and user.phone_verified
    return as_alias or "phone_number" in pool.username_attributes
