"""Which accounts come close to a name that nobody has: a few cheap look-ups, then a comparison of our own."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from bot.addresses import caseless
from bot.cognito import User

MOST = 3
_ALIKE = 0.65


def prefixes(reference: str) -> tuple[str, ...]:
    """Return the beginnings to look for, longest first: the slip is in the domain, near the end, or in the middle."""
    name = caseless(reference).partition("@")[0]
    beginnings = (f"{name}@", name[: (len(name) + 1) // 2], name[:2])
    return tuple(dict.fromkeys(beginning for beginning in beginnings if len(beginning) > 1))


def closest(reference: str, users: Iterable[User]) -> tuple[User, ...]:
    """Return at most three users whose name or address looks like ``reference``, best first; of an address, one."""
    scored = {caseless(user.email) or user.sub: (_likeness(reference, user), user) for user in users}
    near = sorted(
        (pair for pair in scored.values() if pair[0] >= _ALIKE), key=lambda pair: (-pair[0], pair[1].username)
    )
    return tuple(user for _, user in near[:MOST])


def _likeness(reference: str, user: User) -> float:
    names = (caseless(name) for name in (user.username, user.email) if name)
    return max((_alike(caseless(reference), name) for name in names), default=0.0)


def _alike(reference: str, name: str) -> float:
    """Compare what stands before and after the @ by itself: sharing a domain makes nobody alike."""
    local, at, domain = reference.partition("@")
    their_local, _, their_domain = name.partition("@")
    likeness = SequenceMatcher(a=local, b=their_local, autojunk=False).ratio()
    if at:
        likeness = min(likeness, SequenceMatcher(a=domain, b=their_domain, autojunk=False).ratio())
    return likeness
