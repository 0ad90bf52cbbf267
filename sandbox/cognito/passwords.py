"""A pool's password policy, and passwords that satisfy it."""

import secrets
import string
from typing import Any

from sandbox.cognito.errors import CognitoError
from sandbox.cognito.pool import SandboxPool

SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"
DEFAULT_VALIDITY_DAYS = 7


def check_policy(pool: SandboxPool, password: str) -> None:
    """Raise InvalidPassword, naming the first rule that the password breaks."""
    policy = _policy(pool)
    rules = (
        (len(password) >= policy.get("MinimumLength", 8), "Password not long enough"),
        (
            not policy.get("RequireLowercase") or any(c.islower() for c in password),
            "Password must have lowercase characters",
        ),
        (
            not policy.get("RequireUppercase") or any(c.isupper() for c in password),
            "Password must have uppercase characters",
        ),
        (
            not policy.get("RequireNumbers") or any(c.isdigit() for c in password),
            "Password must have numeric characters",
        ),
        (
            not policy.get("RequireSymbols") or any(c in SYMBOLS for c in password),
            "Password must have symbol characters",
        ),
    )
    for kept, complaint in rules:
        if not kept:
            raise CognitoError("InvalidPasswordException", f"Password did not conform with policy: {complaint}")


def temporary(pool: SandboxPool) -> str:
    """Return a random password that fits any policy of this pool."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#%*+-=?")
    length = max(12, _policy(pool).get("MinimumLength", 8))
    letters = [secrets.choice(kinds[position % len(kinds)]) for position in range(length)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def temporary_validity_days(pool: SandboxPool) -> int:
    """Return for how many days a temporary password signs in."""
    return int(_policy(pool).get("TemporaryPasswordValidityDays") or DEFAULT_VALIDITY_DAYS)


def _policy(pool: SandboxPool) -> dict[str, Any]:
    return (pool.setting("Policies") or {}).get("PasswordPolicy") or {}
