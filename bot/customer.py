"""What a customer's own credential may do: the few calls of a customer action, and what they bring. No AWS in here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from pydantic import SecretStr

from bot.answer import Choice, Refused, refused
from bot.cognito import Directory, User
from bot.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where Cognito says that it sent a code."""

    destination: str
    """As Cognito masks it: ``a***@e***``."""
    by_mail: bool
    """Otherwise it went to a telephone."""

    def may_be_to(self, contact: str) -> bool:
        """Whether the masked destination can be this address or telephone number.

        An app client that hides who has an account names a made-up one where nothing was sent. How many stars AWS
        writes is nowhere promised, so what stands between them is compared.
        """
        if not self.by_mail:
            return bool(contact) and self.destination[-4:] == contact[-4:]
        name, _, domain = self.destination.partition("@")
        own_name, _, own_domain = contact.rpartition("@")
        return bool(contact) and (name[:1], domain[:1]) == (own_name[:1], own_domain[:1])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """What came of a sign-up."""

    sub: str
    confirmed: bool
    """Whether the pool's own code confirmed it at once."""
    delivery: Delivery | None
    """Where the code went, or None when none was sent."""


class ChallengeKind(StrEnum):
    """What Cognito may ask for after the password, as far as the desk can pass it on."""

    NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - a challenge's name
    TEXT_MESSAGE = "SMS_MFA"
    MAIL = "EMAIL_OTP"
    AUTHENTICATOR = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A sign-in that waits for one more answer. Its session is a credential, so it lives in memory only."""

    kind: ChallengeKind
    sub: str
    """The user who is signing in."""
    username: str
    """The name that the answer has to carry."""
    session: SecretStr
    delivery: Delivery | None = None
    """Where the code went; None where the customer has it in an app, or has to choose a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a challenge, which lets a sign-in go on."""

    challenge: Challenge
    answer: SecretStr


class ChallengeNeeded(Exception):
    """The sign-in waits for one more answer. The exception's text is the challenge's name and nothing else."""

    def __init__(self, challenge: Challenge, *, problem: Words | None = None) -> None:
        super().__init__(challenge.kind.value)
        self.challenge = challenge
        self.problem = problem
        """Why the answer before wasn't taken, if there was one."""


@dataclass(eq=False, repr=False, kw_only=True)
class Declined(Refused):
    """Cognito said no to the customer's credential, code or wish, or its answer was lost."""

    code: str
    """AWS's name for it, such as ``AliasExistsException``."""
    unknown: bool = False
    """Whether it may have happened all the same: only reading Cognito can tell."""
    no_mail_today: bool = False
    """Whether Cognito's own sender has used up the mails of the whole AWS account for the day."""
    found: User | None = None
    """After a sign-up: the account of that name as it was read then, None when there is none."""

    def offering(self, words: Words | None, *choices: Choice) -> "Declined":
        """Return the same refusal with better words or ways on; ``words`` are None where its own are good enough."""
        return replace(self, words=words or self.words, choices=choices)


class Proven(Protocol):
    """A customer whose credential has shown, by GetUser, that it is the chosen user's. Every method sends once.

    Each may raise `Declined`.
    """

    def send_code(self) -> Delivery:
        """Have a code sent to the stored address (GetUserAttributeVerificationCode)."""

    def enter_code(self, code: SecretStr) -> User | None:
        """Enter the code for the address (VerifyUserAttribute), and return the user as read after that, a few times."""

    def change_email(self, address: str) -> Delivery | None:
        """Change the address as the customer (UpdateUserAttributes); return where the code went, if one was sent."""


class Customer(Protocol):
    """What may be done in one pool with what a customer has: a token, a password, a code. Every call is audited.

    Each method may raise `bot.answer.Refused`; what needs a customer's credential does so, before anything is sent,
    where the pool's settings don't let the desk ask for one.
    """

    def prove(self, user: User, *, token: SecretStr | None, password: SecretStr | None) -> Proven:
        """Make sure that a pasted token, or a sign-in with the password, is this very user's in this very pool.

        Raises `ChallengeNeeded` when the sign-in asks for more.
        """

    def sign_up(self, username: str, email: str, password: SecretStr) -> SignedUp:
        """Sign a new user up (SignUp). What it raises says which account there is, if it may be that one was made."""

    def confirm(self, user: User, code: SecretStr) -> None:
        """Enter a sign-up code (ConfirmSignUp, never by force)."""

    def resend_sign_up_code(self, user: User) -> Delivery:
        """Have a new sign-up code sent (ResendConfirmationCode). Needs no credential."""

    def fresh(self) -> Directory:
        """Return a view of the pool that has read nothing yet."""

    def reread(self, user: User, *, until: Callable[[User], bool]) -> User | None:
        """Read a user again after a call, a few times if need be, until the reading shows what was done.

        Returns the last reading, None when there is no such user.
        """


class Nobody:
    """Implements `Customer` where no credential is at hand: when a plan is made anew before it is carried out."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        """Refuse: what was planned has become a customer action."""
        raise refused("nobody would lose the address by it any more, so it needs no lead. Please ask for it anew.")

    prove = sign_up = confirm = resend_sign_up_code = fresh = reread = _refuse
