"""What Cognito may answer to an attempt, as far as a row of the facts states it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """An error: its code and its exact message. A provider's sign-in has ``invalid_request`` as code."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right, and something else is asked for."""

    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Tokens of the account that is asked about."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """A sign-in through a provider went through; ``flag`` is what became of it."""

    flag: str
    """``cleared``, ``set`` or ``stays``."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A code was sent, and it was said where to; ``by_link`` is a mail with a link to click."""

    medium: str
    attribute: str
    by_link: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """It was said that a code is on its way, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Became:
    """It was done; this is the account afterwards, and how many messages went out for it."""

    status: str
    email_verified: bool
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Modified:
    """It was done; ``by_it`` says whether the date of the last change shows it."""

    by_it: bool


Answer = Refused | Challenge | SignedIn | CameIn | Sent | Simulated | Became | Modified

BY_MAIL, BY_PHONE = Sent("EMAIL", "email"), Sent("SMS", "phone_number")
WRONG_PASSWORD = Refused("NotAuthorizedException", "Incorrect username or password.")
NO_USER = Refused("UserNotFoundException", "User does not exist.")
NO_COMBINATION = Refused("UserNotFoundException", "Username/client id combination not found.")
DISABLED = Refused("NotAuthorizedException", "User is disabled.")
RESET_REQUIRED = Refused("PasswordResetRequiredException", "Password reset required for the user")
NOT_CONFIRMED = Refused("UserNotConfirmedException", "User is not confirmed.")
NO_CONTACT = Refused(
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
WRONG_STATE = Refused("NotAuthorizedException", "User password cannot be reset in the current state.")
EXPIRED = Refused("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
AT_PROVIDER = Refused("NotAuthorizedException", "User is not authorized to get auth details")
TAKEN = Refused("AliasExistsException", "An account with the email already exists.")
EXPIRED_CODE = Refused("ExpiredCodeException", "Invalid code provided, please request a code again.")
WRONG_CODE = Refused("CodeMismatchException", "Invalid verification code provided, please try again.")
TOO_MANY = Refused("LimitExceededException", "Attempt limit exceeded, please try after some time.")
MAIL_USED_UP = Refused(
    "LimitExceededException",
    "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure "
    "your user pool to use your own Amazon SES configuration for sending email.",
)
ADMIN_ONLY = Refused("NotAuthorizedException", "Contact administrator to reset password.")
