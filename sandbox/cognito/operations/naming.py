"""What a new user may be called, by the kind of pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.cognito.aliases import refuse_if_carried
from sandbox.cognito.errors import CognitoError, invalid
from sandbox.cognito.schema import is_email, is_phone

if TYPE_CHECKING:
    from sandbox.cognito.pool import SandboxPool


def named(
    pool: SandboxPool, username: str, attributes: dict[str, str], *, taken: str
) -> tuple[str | None, dict[str, str]]:
    """Return the stored user name (None: the sub) and attributes; raise UsernameExists with ``taken`` as message."""
    if pool.username_attributes:
        attribute = _attribute_for(pool, username)
        attributes = {**attributes, attribute: username}
        for unique in pool.username_attributes:
            refuse_if_carried(pool, unique, attributes.get(unique, ""), None, "UsernameExistsException")
        return None, attributes
    if "email" in pool.aliases and is_email(username):
        raise invalid("Username cannot be of email format, since user pool is configured for email alias.")
    if "phone_number" in pool.aliases and is_phone(username):
        raise invalid(
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        )
    if any(pool.same(user.username, username) for user in pool.people):
        raise CognitoError("UsernameExistsException", taken)
    return username, attributes


def _attribute_for(pool: SandboxPool, username: str) -> str:
    if "email" in pool.username_attributes and is_email(username):
        return "email"
    if "phone_number" in pool.username_attributes and is_phone(username):
        return "phone_number"
    kinds = {"email": "an email", "phone_number": "a phone number"}
    wanted = " or ".join(kinds[name] for name in sorted(pool.username_attributes))
    raise invalid(f"Username should be {'either ' if ' or ' in wanted else ''}{wanted}.")
