"""Whether a user's attributes and name fit the pool's schema and kind, before anything is stored."""

import re
from collections.abc import Mapping

from sandbox.cognito.aliases import refuse_if_carried
from sandbox.cognito.errors import CognitoError, invalid
from sandbox.cognito.pool import SandboxPool

_EMAIL = re.compile(
    # The domain label by label, so that its dots can be read in one way only.
    r"[^\s@\x00-\x1f<>]+@[^\s@\x00-\x1f<>][^\s@.\x00-\x1f<>]*(?:\.+[^\s@.\x00-\x1f<>]+)+"
    r"|\"[^\x00-\x1f\"]+\"@[^\s@]+"
)
_PHONE = re.compile(r"\+\d{1,15}")


def is_email(value: str) -> bool:
    """Whether Cognito would take this for an e-mail address."""
    return _EMAIL.fullmatch(value) is not None


def is_phone(value: str) -> bool:
    """Whether this is a phone number in E.164 form."""
    return _PHONE.fullmatch(value) is not None


def fitted(pool: SandboxPool, changes: Mapping[str, str], *, new_user: bool) -> dict[str, str]:
    """Return the changes as they will be stored, or raise InvalidParameter. A blank value means deletion."""
    problems = [problem for name, value in changes.items() if (problem := _problem(pool, name, value, new_user))]
    if problems:
        raise invalid("Attributes did not conform to the schema: " + "\n".join(problems) + "\n")
    if changes.get("email") and not is_email(changes["email"]):
        raise invalid("Invalid email address format.")
    if changes.get("phone_number") and not is_phone(changes["phone_number"]):
        raise invalid("Invalid phone number format.")
    flags = {
        name: value.lower() for name, value in changes.items() if pool.schema_attributes[name].data_type == "Boolean"
    }
    return {**changes, **flags}


def missing(pool: SandboxPool, values: Mapping[str, str]) -> list[str]:
    """Return the required attributes that a new user does not bring."""
    return sorted(name for name in pool.required if not values.get(name))


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


def refuse_flag_alone(attribute: str, values: Mapping[str, str]) -> None:
    """Raise InvalidParameter when the flag of a contact is to be set, either way, and there is no contact."""
    if values.get(f"{attribute}_verified") and not values.get(attribute):
        noun = "Email" if attribute == "email" else "Phone number"
        article = "an email" if attribute == "email" else "a phone number"
        raise invalid(f"{noun} is required to verify/un-verify {article}")


def _problem(pool: SandboxPool, name: str, value: str, new_user: bool) -> str:
    attribute = pool.schema_attributes.get(name)
    if attribute is None:
        return f"{name}: Attribute does not exist in the schema."
    if name == "sub" or (not attribute.mutable and not new_user):
        return f"user.{name}: Attribute cannot be updated."
    if value == "":
        return f"{name}: The attribute {name} is required" if attribute.required else ""
    if attribute.data_type == "Boolean" and value.lower() not in {"true", "false"}:
        return f"{name}: Value must be a boolean."
    if attribute.data_type == "Number" and not re.fullmatch(r"-?\d+", value):
        return f"{name}: Value must be a number."
    return _length_problem(name, value, attribute.string_constraints or {})


def _length_problem(name: str, value: str, limits: Mapping[str, str]) -> str:
    if len(value) > int(limits.get("MaxLength", 2048)):
        return f"{name}: String must be no longer than {limits.get('MaxLength', 2048)} characters"
    if len(value) < int(limits.get("MinLength", 0)):
        return f"{name}: String must be no shorter than {limits['MinLength']} characters"
    return ""


def _attribute_for(pool: SandboxPool, username: str) -> str:
    if "email" in pool.username_attributes and is_email(username):
        return "email"
    if "phone_number" in pool.username_attributes and is_phone(username):
        return "phone_number"
    kinds = {"email": "an email", "phone_number": "a phone number"}
    wanted = " or ".join(kinds[name] for name in sorted(pool.username_attributes))
    raise invalid(f"Username should be {'either ' if ' or ' in wanted else ''}{wanted}.")
