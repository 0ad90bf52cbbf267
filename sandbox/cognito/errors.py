"""The errors of Cognito's wire protocol, with the messages AWS uses."""


class CognitoError(Exception):
    """An error answer: its code (``…Exception``), its message and its HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> CognitoError:
    """Return InvalidParameterException: AWS refused a value."""
    return CognitoError("InvalidParameterException", message)


def not_authorized(message: str) -> CognitoError:
    """Return NotAuthorizedException, which Cognito uses for tokens, secrets, passwords and wrong states alike."""
    return CognitoError("NotAuthorizedException", message)


def not_found(message: str) -> CognitoError:
    """Return ResourceNotFoundException: no such pool, client or provider."""
    return CognitoError("ResourceNotFoundException", message)


def user_not_found() -> CognitoError:
    """Return UserNotFoundException, also the answer for an address that nobody has verified."""
    return CognitoError("UserNotFoundException", "User does not exist.")


def alias_exists(attribute: str = "email") -> CognitoError:
    """Return AliasExistsException of a pool with aliases."""
    noun = "phone_number" if attribute == "phone_number" else "email"
    return CognitoError("AliasExistsException", f"An account with the {noun} already exists.")


def given_address_exists(code: str, attribute: str = "email") -> CognitoError:
    """Return the refusal of a pool whose user name is the address: there one address is one account."""
    noun = "phone_number" if attribute == "phone_number" else "email"
    return CognitoError(code, f"An account with the given {noun} already exists.")


def code_mismatch() -> CognitoError:
    """Return CodeMismatchException: the code is wrong."""
    return CognitoError("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> CognitoError:
    """Return ExpiredCodeException: the code is too old or was used already."""
    return CognitoError("ExpiredCodeException", "Invalid code provided, please request a code again.")


def user_disabled() -> CognitoError:
    """Return NotAuthorizedException for somebody whom an administrator has shut out."""
    return not_authorized("User is disabled.")


def user_not_confirmed() -> CognitoError:
    """Return UserNotConfirmedException: the sign-up was never finished."""
    return CognitoError("UserNotConfirmedException", "User is not confirmed.")


def password_reset_required() -> CognitoError:
    """Return PasswordResetRequiredException: no password works until a reset code is entered."""
    return CognitoError("PasswordResetRequiredException", "Password reset required for the user")


def wrong_password() -> CognitoError:
    """Return NotAuthorizedException for a wrong password, and for whatever a client hides behind one."""
    return not_authorized("Incorrect username or password.")


def daily_mail_used_up() -> CognitoError:
    """Return LimitExceededException of Cognito's own sender: the account's mails of the day are gone."""
    return CognitoError(
        "LimitExceededException",
        "Exceeded daily email limit for the operation or the account. If a higher limit is required, please "
        "configure your user pool to use your own Amazon SES configuration for sending email.",
    )


def limit_exceeded() -> CognitoError:
    """Return LimitExceededException: too many codes or tries for this person within the hour."""
    return CognitoError("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def too_many_requests() -> CognitoError:
    """Return TooManyRequestsException: the account's request rate is used up."""
    return CognitoError("TooManyRequestsException", "Rate exceeded")
