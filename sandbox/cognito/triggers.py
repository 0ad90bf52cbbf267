"""The Lambda triggers around a sign-up, played by a few settings instead of code."""

from dataclasses import dataclass

from sandbox.cognito.errors import CognitoError


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUp:
    """What the function answers: it may refuse, confirm the account, or declare contacts verified."""

    auto_confirm: bool = False
    auto_verify_email: bool = False
    auto_verify_phone: bool = False
    refusal: str = ""

    def check(self) -> None:
        """Raise what Cognito makes of a function that refuses."""
        if self.refusal:
            raise CognitoError("UserLambdaValidationException", f"PreSignUp failed with error {self.refusal}.")

    @property
    def verifies(self) -> list[str]:
        """The attributes that it declares verified."""
        both = (("email", self.auto_verify_email), ("phone_number", self.auto_verify_phone))
        return [attribute for attribute, on in both if on]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostConfirmation:
    """What the function does once an account is confirmed or a forgotten password set anew."""

    verifies_email: bool = False
    """Whether it sets the flag with a call of its own."""
    refusal: str = ""
    """Why it fails; the account is confirmed all the same."""

    def check(self) -> None:
        """Raise what Cognito makes of a function that fails."""
        if self.refusal:
            raise CognitoError("UserLambdaValidationException", f"PostConfirmation failed with error {self.refusal}.")
