"""One user's outstanding codes, and how often an hour they may be asked for or tried."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sandbox.cognito.errors import code_mismatch, expired_code, limit_exceeded

CodeKind = Literal["sign-up", "attribute", "password", "sign-in"]

LIFETIME: dict[CodeKind, timedelta] = {
    "sign-up": timedelta(hours=24),
    "attribute": timedelta(hours=24),
    "password": timedelta(hours=1),
    "sign-in": timedelta(minutes=3),
}

PER_HOUR = {
    "ResendConfirmationCode": 5,
    "GetUserAttributeVerificationCode": 5,
    "ForgotPassword": 5,
    "AdminResetUserPassword": 5,
    "ChangePassword": 5,
    "ConfirmForgotPassword": 20,
    "ConfirmSignUp": 15,
    "VerifyUserAttribute": 15,
}


@dataclass(slots=True, kw_only=True)
class Code:
    """Six digits that were sent to one destination."""

    kind: CodeKind
    attribute: str
    destination: str
    digits: str
    expires: datetime
    used: bool = False


@dataclass(slots=True)
class CodeBook:
    """The codes of one user and the tally of the last hour."""

    codes: list[Code] = field(default_factory=list)
    tally: dict[str, list[datetime]] = field(default_factory=dict)

    def issue(self, kind: CodeKind, attribute: str, destination: str, *, now: datetime, replaces: bool) -> Code:
        """Make a new code; if it ``replaces``, older ones of its kind to the same destination are worthless."""
        if replaces:
            self.codes = [
                code
                for code in self.codes
                if (code.kind, code.attribute, code.destination) != (kind, attribute, destination)
            ]
        taken = {code.digits for code in self.codes}
        while (digits := f"{secrets.randbelow(10**6):06}") in taken:
            continue
        code = Code(
            kind=kind, attribute=attribute, destination=destination, digits=digits, expires=now + LIFETIME[kind]
        )
        self.codes.append(code)
        return code

    def match(self, kind: CodeKind, attribute: str, digits: str, *, now: datetime) -> Code:
        """Return the good code that was entered; raise ExpiredCode or CodeMismatch. It isn't used up by this."""
        known = [code for code in self.codes if code.kind == kind and code.attribute == (attribute or code.attribute)]
        entered = next((code for code in known if code.digits == digits), None)
        if entered and not entered.used and now < entered.expires:
            return entered
        outstanding = any(not code.used and now < code.expires for code in known)
        raise code_mismatch() if outstanding and entered is None else expired_code()

    def forget(self, attribute: str) -> None:
        """Make all codes for an attribute worthless: its value has changed."""
        self.codes = [code for code in self.codes if code.attribute != attribute]

    def spend(self, operation: str, *, now: datetime) -> None:
        """Count one use of an operation with an hourly allowance; raise LimitExceeded when it is used up."""
        recent = [moment for moment in self.tally.get(operation, ()) if now - moment < timedelta(hours=1)]
        if len(recent) >= PER_HOUR[operation]:
            raise limit_exceeded()
        self.tally[operation] = [*recent, now]
