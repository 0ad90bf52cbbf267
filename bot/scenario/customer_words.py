"""What customer actions have in common: whom they refuse, how they tell where a code went, what they read again."""

from bot.answer import Choice, Offer, Paragraph, Part, Quote, Way, paragraph, refused
from bot.cognito import Directory, Pool, User
from bot.customer import Declined, Delivery
from bot.plan import refuse_rewritten
from bot.references import unmistakable
from bot.words import Words, say

ONLY_IF = say("Only if they can't: with their own sign-in, for this one call, kept nowhere.")

ALREADY_OLD = frozenset({"ExpiredCodeException", "TooManyFailedAttemptsException"})
WRONG = frozenset({"CodeMismatchException", *ALREADY_OLD})
"""Refusals of a code after which a new one helps."""


def refuse_unable(user: User, directory: Directory) -> None:
    """Refuse an account whose owner can't use a code for its address at present, no matter who asks for it."""
    template, ways = "", tuple[Choice, ...]()
    if not user.email:
        template = "{name} has no e-mail address."
    elif not user.enabled:
        template = "{name} is disabled, so Cognito would refuse. Ask the people who disabled it."
    elif user.status == "RESET_REQUIRED":
        template = (
            "A password reset is pending for {name}, and until it is finished nobody can sign in. Check the account: "
            "it says what has to happen first."
        )
        ways = (Way.CHECK.choice(user.username),)
    if template:
        raise refused(template, field="user", choices=ways, name=user.username)
    refuse_rewritten(user, directory)


def sign_up_contact(user: User, pool: Pool) -> str:
    """Return the attribute that a sign-up code of an account would go to, an empty string when none can be sent.

    Cognito sends one code only, to the telephone where the pool verifies both (AWS's page on signing up).
    """
    contacts = ("phone_number", "email")
    return next((name for name in contacts if name in pool.auto_verified and user.attributes.get(name)), "")


def code_sent_to(delivery: Delivery, *, link: bool = False) -> Words:
    """Say where a code went, as Cognito masks it; ``link``: where the pool mails one, it was a link instead."""
    if not delivery.by_mail:
        template = "Cognito sent a code to {destination} by text message (valid 24 hours)"
    elif link:
        template = "Cognito sent a link to {destination} (valid 24 hours)"
    else:
        template = "Cognito sent a code to {destination} (valid 24 hours)"
    return say(template, destination=delivery.destination)


def entering(user: User, directory: Directory, *, way: Way = Way.ENTER_CODE) -> Offer:
    """Offer to enter the code that was sent."""
    others = directory.holders(user.username, other_than=user) if "@" in user.username else ()
    name = unmistakable(user, others, directory.pool)
    return way.offer(name, best=True)


def by_credential(operation: str, user: User) -> Paragraph:
    """Say what was sent, and by whose right."""
    return paragraph(
        "*Done* · {operation} for `{name}`, with the customer's own sign-in. No lead was needed, and the sign-in "
        "is kept nowhere.",
        operation=operation,
        name=user.username,
    )


def by_client(operation: str, username: str) -> Paragraph:
    """Say what was sent where no sign-in was needed for it."""
    return paragraph(
        "*Done* · {operation} for `{name}`. It needs neither a sign-in nor a lead.", operation=operation, name=username
    )


def reread(user: User, *, with_status: bool = False) -> Paragraph:
    """Say how an account reads after what was sent; ``with_status``: its status too."""
    status = " · {status}" if with_status else ""
    return paragraph(
        f"*Re-read* · `{{name}}` · {{address}}{status} · email_verified is {{flag}} now",
        name=user.username,
        address=user.email or "no e-mail address",
        status=user.status,
        flag=str(user.email_verified).lower(),
    )


def for_the_customer(words: Words) -> tuple[Part, ...]:
    """Return a line to paste."""
    return (paragraph("*Tell the customer*"), Quote(words))


def with_new_code(declined: Declined, user: User) -> Declined:
    """Offer a new code where the entered one was wrong or too old."""
    if declined.code not in WRONG:
        return declined
    return declined.offering(None, Way.SEND_CODE.choice(user.username))


def owner_of(address: str, directory: Directory, *, other_than: User) -> User | None:
    """Return who holds an address now, if it is someone else."""
    found = directory.signs_in_with(address)
    if found is not None and found.sub != other_than.sub:
        return found
    return next(iter(directory.losers(address, to=other_than)), None)


def others_affected(before: tuple[User, ...], user: User, directory: Directory) -> tuple[Part, ...]:
    """Name the others who have the address too and can't sign in with it now, unless it was so before."""
    known = {each.sub for each in before if not each.email_verified}
    others = (
        other
        for other in directory.holders(user.email, other_than=user)
        if not other.email_verified and other.sub not in known and directory.pool.email_is_alias
    )
    return tuple(
        paragraph(
            "⚠️ `{other}` ({sub}) has {address} too and can't sign in with it now. If it was theirs until "
            "this moment, tell a lead: Cognito told nobody.",
            other=other.username,
            sub=other.sub,
            address=user.email,
        )
        for other in others
    )
