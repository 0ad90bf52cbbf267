"""What to say when a name means nobody, or more than one account, and who comes close to it."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from bot import references, typed
from bot.addresses import caseless
from bot.answer import Choice, Refused, Way, refused
from bot.cognito import STATUSES, Pool, User
from bot.references import Meaning
from bot.words import day, visible
from bot.wrappings import readings

_MOST_CHOICES = 10
_LONGEST_LABEL = 75
_SHORTEST_NAME, _LONGEST_NAME = 12, 24
"""Characters of a user name on a button; with the rest, even a generated one then leaves room for all of it."""
_TO_COME = (
    " This pool takes customers over from an older system (a UserMigration trigger), each at their first sign-in or "
    "“forgot password”: the account may come into being only then. Create none."
)
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def several(reference: str, users: tuple[User, ...], pool: Pool, *, signs_in: User | None) -> Refused:
    """Ask which of several accounts is meant. ``signs_in``: who Cognito gives for the reference as a sign-in name."""
    number = _NUMBERS[len(users)] if len(users) < len(_NUMBERS) else str(len(users))
    left = len(users) - _MOST_CHOICES
    rest = (
        f" Here are the {_MOST_CHOICES} likeliest; {left} more are not shown. "
        "For one of those, start again with its user name or its sub."
    )
    offered = references.likeliest(users, reference, pool, signs_in=signs_in)[:_MOST_CHOICES]
    return refused(
        "{number} accounts have {reference}. Which one?{rest}",
        field="user",
        choices=tuple(
            Choice(_label(user, reference, pool, signs_in), references.settling(user, users, pool)) for user in offered
        ),
        number=number,
        reference=reference,
        rest=rest if left > 0 else "",
    )


def shadowed(listed: User, found: User) -> Refused:
    """Refuse an account whose user name gives another one: what was sent to that name would go to the other."""
    return refused(
        "Cognito gives the account {other} for the user name {name}, not the one that was meant ({sub}). "
        "Nobody can change that one safely by its name; the operator has to look.",
        field="user",
        other=found.sub,
        name=listed.username,
        sub=listed.sub,
    )


def nobody(reference: str, pool: Pool, near: tuple[User, ...]) -> Refused:
    """Say that nobody is called that, and who comes close."""
    hint = _TO_COME if "UserMigration" in pool.triggers else ""
    if pool.keeps_original and "@" in reference:
        hint += " A new address that nobody has confirmed yet can't be found: try the old one."
    return nobody_in(pool.name, reference, [user.email or user.username for user in near], hint=hint)


def nobody_in(pools: str, reference: str, near: Sequence[str], *, hint: str = "") -> Refused:
    """Say that nobody is called that in any of ``pools``; ``near``: who comes close, ``hint``: why that may be so."""
    if (unclear := typed.unclear(reference)) is not None:
        return unclear
    if "@" in reference:
        fits, looked = "has", "I looked in every letter case, and for an account that signs in with it."
        advice = "Check the spelling, or ask the customer for the user name."
    else:
        fits, looked = "is called", "I looked for a user name, an address and a sub."
        advice = "Check the spelling, or ask the customer for the e-mail address."
    return refused(
        f'No account in {{pools}} {fits} "{{reference}}".{{close}}{{hint}} {looked} {advice} Don\'t create an account '
        "for it: theirs may be there under another name.",
        field="user",
        choices=tuple(Way.CHECK.choice(name, f"Check {name}") for name in near),
        pools=pools,
        reference=readings(reference)[-1],
        hint=hint,
        close=f" Close to it: {', '.join(near)}." if near else "",
    )


def _label(user: User, reference: str, pool: Pool, signs_in: User | None) -> str:
    """Return the user name, the account's state, what makes it likely, and its age: Slack takes 75 characters."""
    kind = user.provider if user.is_external and user.provider else STATUSES.get(user.status, user.status)
    known = " · ".join((kind, *_standing(user, reference, pool, signs_in), day(user.created)))
    room = _LONGEST_LABEL - len(f" · {known}")
    return f"{_cut(visible(user.username), max(_SHORTEST_NAME, min(room, _LONGEST_NAME)))} · {known}"


def _standing(user: User, reference: str, pool: Pool, signs_in: User | None) -> tuple[str, ...]:
    possible = readings(reference)
    if any(references.owns(user, reading, pool, signs_in=signs_in) for reading in possible):
        return ("signs in",)
    found = {meaning for reading in possible for meaning in references.meanings(user, reading, pool)}
    if Meaning.ADDRESS in found:
        return ("verified",) if user.email_verified else ()
    return tuple(f"as {meaning}" for meaning in sorted(found)[:1])


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


_MOST_NEAR = 3
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
    return tuple(user for _, user in near[:_MOST_NEAR])


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
