"""Which accounts come close to a name that nobody has: a few cheap look-ups, then a comparison of our own."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from bot.cognito import User

MOST = 3
_ALIKE = 0.65


def prefixes(reference: str) -> tuple[str, ...]:
    """Return the beginnings to look for, longest first: the slip is in the domain, near the end, or in the middle."""
    name = reference.lower().partition("@")[0]
    beginnings = (f"{name}@", name[: (len(name) + 1) // 2], name[:2])
    return tuple(dict.fromkeys(beginning for beginning in beginnings if len(beginning) > 1))


def closest(reference: str, users: Iterable[User]) -> tuple[User, ...]:
    """Return at most three users whose name or address looks like ``reference``, best first."""
    scored = {user.sub: (_likeness(reference, user), user) for user in users}
    near = sorted(
        (pair for pair in scored.values() if pair[0] >= _ALIKE), key=lambda pair: (-pair[0], pair[1].username)
    )
    return tuple(user for _, user in near[:MOST])


def _likeness(reference: str, user: User) -> float:
    names = [user.username, user.email]
    if "@" not in reference:
        names.append(user.email.partition("@")[0])
    matcher = SequenceMatcher(b=reference.lower(), autojunk=False)
    best = 0.0
    for name in filter(None, names):
        matcher.set_seq1(name.lower())
        best = max(best, matcher.ratio())
    return best
