"""What works for a customer, and what each of these things is called: the outlook for one account, and it in words.

How it is worked out is in `bot.diagnosis.attempts`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.diagnosis.evidence import Evidence
from bot.words import Words, say


class Works(StrEnum):
    """Whether an attempt goes through."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Medium(StrEnum):
    """What a code travels by."""

    EMAIL = "email"
    PHONE = "phone"


class Flag(StrEnum):
    """What the next sign-in through a provider makes of `email_verified`."""

    STAYS = "stays"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


class Blocker(StrEnum):
    """What stops an attempt, as a part of a sentence that says so."""

    DISABLED = "the account is disabled"
    UNFINISHED = "the sign-up is not finished"
    RESET_PENDING = "a new password has to be set first"
    TEMPORARY_PASSWORD = "the account still waits for its first sign-in"  # noqa: S105 - a state, not a password
    INVITATION_OVER = "the password of the invitation has run out"
    NO_PASSWORD = "the account has no password here"  # noqa: S105 - a state, not a password
    NO_ADDRESS = "the account has no address"
    NOT_VERIFIED = "not verified"
    OWNED = "another account owns it"
    NO_SIGN_IN_NAME = "addresses are no sign-in names in this pool"
    NO_CONTACT = "no verified address or number to send a code to"
    SECOND_FACTOR = "the only contact is the second step of the sign-in"
    WAY_CLOSED = "the pool sends these codes another way only"
    ADMIN_ONLY = "in this pool only administrators reset passwords"
    NO_CODES = "this pool sends no such code"
    NO_SIGN_IN = "nobody can sign in to ask for it"
    LACKING = "it doesn't give what the pool requires"
    FROZEN = "it writes what the pool doesn't let change"
    NO_FACTOR = "a second step is required, and this account has none that can be used"
    MAIL = "mail to this address doesn't arrive"
    TEXTS = "this pool can't send text messages"


class Doubt(StrEnum):
    """Why an attempt can't be told, as a part of a sentence: AWS says nothing, or nobody can see it from outside."""

    INVITATION_AGE = "when the last invitation went out, nobody can see"
    MAIL_FACTOR = "e-mail is a second step of the sign-in too"
    TEXT_FACTOR = "the telephone is a second step of the sign-in too"
    NOTHING_VERIFIED = "AWS doesn't say whether a pool that verifies nothing sends this code"
    UNFINISHED = "AWS doesn't say whether it works before the sign-up is finished"
    NOT_BY_ITSELF = "AWS doesn't say whether a pool that mails no codes by itself sends this one"
    MAPPED = "a provider writes this address; AWS doesn't say whether a code verifies it"
    LINKED = "linked to a provider: perhaps only after a first sign-in there"
    OWNER = "the flag and the sign-in name don't agree"
    HAS_REQUIRED = "it doesn't give an attribute that the pool requires and the account has"
    CLIENT = "the app may not write all that it sends"
    SCOPE = "the pool doesn't ask it for the address"
    NO_FACTOR = "after it a second step is required, and this account has none that can be used"
    UNFILLABLE = "after it the pool asks for something that the app may not write"
    TEXTS = "text messages of this account may reach only numbers that AWS knows"
    MAIL = "our mail system may stop mail to this address"


class Told(StrEnum):
    """What the customer is shown where it isn't what happens, as a sentence."""

    CODE_SENT = "The app will say that a code was sent; none is."
    WRONG_PASSWORD = "The app will say “incorrect user name or password”, though they may be right."  # noqa: S105 - what somebody is told
    PERHAPS_CODE_SENT = "The app may say that a code was sent; none is."
    """Nobody could look at the app client's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing that the customer can try."""

    works: Works
    blocker: Blocker | None = None
    """What stops it, when it doesn't work."""
    doubt: Doubt | None = None
    """Why it can't be told; beside a yes, what speaks against it."""
    medium: Medium | None = None
    """What the code travels by, when one is sent."""
    destination: str = ""
    """Masked, as Cognito masks it."""
    by_link: bool = False
    """Whether the mail holds a link instead of a code."""
    told: Told | None = None

    @property
    def value(self) -> str:
        """The medium of a code that is sent, else whether it works."""
        return str(self.medium) if self.works is Works.YES and self.medium else str(self.works)


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """What a sign-in through one provider comes to."""

    provider: str
    sign_in: Attempt
    flag: Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What works for one account's customer."""

    sign_in_username: Attempt
    """With the user name and the right password; a further step, such as a second factor, counts as working."""
    sign_in: Attempt
    """The same with the address."""
    means_them: Works
    """Whether the address, typed as a name, means this account."""
    reset: Attempt
    """"Forgot password", asked for with the user name."""
    sign_up_code: Attempt | None
    """The code of the sign-up, sent again; None when the sign-up is finished."""
    verify_code: Attempt
    """A code for the address, asked for when signed in."""
    through: tuple[Through, ...]
    """Each provider that can sign them in."""
    flag_next: Flag
    """What the next sign-in through whichever of them makes of the flag; stays without one."""

    @property
    def signs_in(self) -> Works:
        """Whether there is any way in."""
        return best_of(
            each.works for each in (self.sign_in_username, self.sign_in, *(each.sign_in for each in self.through))
        )

    @property
    def published(self) -> dict[str, str]:
        """The outlook for machines: the values of the check's metadata."""
        return {
            "sign_in": str(self.sign_in.works),
            "sign_in_username": str(self.sign_in_username.works),
            "reset": self.reset.value,
            "sign_up_code": self.sign_up_code.value if self.sign_up_code else "none",
            "verify_code": self.verify_code.value,
            "flag_next": str(self.flag_next),
        }


def best_of(found: Iterable[Works]) -> Works:
    """Return yes where one of them works, else unknown where one may; no where there is none."""
    every = tuple(found)
    return next((each for each in (Works.YES, Works.UNKNOWN) if each in every), Works.NO)


_MARKS = {Works.YES: "✅", Works.NO: "❌", Works.UNKNOWN: "❓"}

_FLAG_WORDS = {
    Flag.STAYS: "✅ The next sign-in through {provider} leaves the flag as it is",
    Flag.CLEARED: "❌ The next sign-in through {provider} sets the address to “not verified”",
    Flag.UNKNOWN: "❓ What the next sign-in through {provider} makes of the flag can't be told: {provider} decides",
}


def lines(evidence: Evidence, outlook: Outlook) -> Iterator[Words]:
    """Yield what the customer can try, a line each, in the order in which people try it."""
    user = evidence.user
    if not user.is_external:
        yield _line("Sign in with the user name", outlook.sign_in_username)
    if user.email and not (user.is_external and outlook.sign_in.works is Works.NO):
        yield _line("Sign in with the address", outlook.sign_in)
    for each in outlook.through:
        yield _line("Sign in through {provider}", each.sign_in, provider=each.provider)
    if not user.is_external:
        by_name = outlook.means_them is not Works.YES
        asked = "“Forgot password”, with the user name" if by_name else "“Forgot password”"
        yield _line(asked, outlook.reset)
    if outlook.sign_up_code is not None:
        yield _line("Code to finish the sign-up", outlook.sign_up_code)
    if user.email and outlook.sign_up_code is None:
        yield _line("Code for the address, when signed in", outlook.verify_code)
    for each in outlook.through:
        yield say(f"{_FLAG_WORDS[each.flag]}", provider=each.provider)


def _line(what: str, attempt: Attempt, **values: str) -> Words:
    template = f"{_MARKS[attempt.works]} {what}"
    match attempt:
        case Attempt(works=Works.YES, medium=Medium.EMAIL, by_link=True):
            template += ": by mail to {to}, with a link"
        case Attempt(works=Works.YES, medium=Medium.EMAIL):
            template += ": by mail to {to}"
        case Attempt(works=Works.YES, medium=Medium.PHONE):
            template += ": by text message to {to}"
        case Attempt(works=Works.NO, blocker=Blocker() as blocker):
            template += f": {blocker}"
        case Attempt(works=Works.UNKNOWN, doubt=Doubt() as doubt):
            template += f": can't be told; {doubt}"
        case _:
            pass
    if attempt.works is Works.YES and attempt.doubt:
        template += f" ({attempt.doubt})"
    if attempt.told:
        template += f". {attempt.told}"
    return say(template, to=attempt.destination, **values)
