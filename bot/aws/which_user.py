"""What to say when a name means nobody, or more than one account."""

from bot.cognito import Pool, User
from bot.plan import Choice, Refused
from bot.words import say

_MOST_CHOICES = 10
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def several(reference: str, users: tuple[User, ...]) -> Refused:
    """Ask which of several accounts is meant."""
    number = _NUMBERS[len(users)] if len(users) < len(_NUMBERS) else str(len(users))
    rest = "" if len(users) <= _MOST_CHOICES else f" Here are the {_MOST_CHOICES} oldest."
    return Refused(
        say("{number} accounts carry {reference}. Which one?{rest}", number=number, reference=reference, rest=rest),
        field="user",
        choices=tuple(Choice(_label(user), user.username) for user in users[:_MOST_CHOICES]),
    )


def nobody(reference: str, pool: Pool, near: tuple[User, ...]) -> Refused:
    """Say that nobody is called that, and who comes close."""
    names = [user.email or user.username for user in near]
    pending = pool.keeps_original and "@" in reference
    return Refused(
        say(
            'No account in {pool} matches "{reference}".{pending}{close}',
            pool=pool.name,
            reference=reference,
            pending=" A new address that nobody has confirmed yet can't be found: try the old one." if pending else "",
            close=f" Close to it: {', '.join(names)}." if names else "",
        ),
        field="user",
        choices=tuple(Choice(f"Check {name}", name, "check") for name in names),
    )


def _label(user: User) -> str:
    kind = user.provider if user.is_external and user.provider else user.status
    return f"{user.username} · {kind} · {user.created:%d %b %Y}"
