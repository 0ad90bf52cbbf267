"""One user of a pool: moto's user with what moto lacks, and how tests and the seed see them."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from moto.cognitoidp.models import CognitoIdpUser, UserStatus

from sandbox.cognito.codes import CodeBook

VERIFIABLE = ("email", "phone_number")
EXTERNAL = "EXTERNAL_PROVIDER"
FACTORS = {
    "SMS_MFA": "sms_mfa_enabled",
    "EMAIL_OTP": "email_mfa_enabled",
    "SOFTWARE_TOKEN_MFA": "software_token_mfa_enabled",
}
"""The second factors by their challenge, and the attribute of a user that switches each on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One identity of a provider that signs in as this user."""

    provider: str
    provider_type: str
    attribute: str
    value: str
    since: datetime
    primary: bool = False

    def as_identity(self) -> dict[str, Any]:
        """Return the entry of the ``identities`` attribute, in Cognito's own shape."""
        return {
            "userId": self.value,
            "providerName": self.provider,
            "providerType": self.provider_type,
            "issuer": None,
            "primary": self.primary,
            "dateCreated": int(self.since.timestamp() * 1000),
        }


class SandboxUser(CognitoIdpUser):
    """A user with pending values, codes, links and the second factors that Cognito knows and moto doesn't."""

    def __init__(
        self,
        pool_id: str,
        username: str | None,
        *,
        password: str | None,
        status: str,
        attributes: Mapping[str, str],
        now: datetime,
    ) -> None:
        pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
        super().__init__(pool_id, username, password, status, pairs)
        self.status = as_status(status)
        self.create_date = self.last_modified_date = now
        self.password_set = now
        self.pending: dict[str, str] = {}
        self.book = CodeBook()
        self.links: list[Link] = []
        self.email_mfa_enabled = False
        self.last_authenticator_code = ""
        self.authenticator_secret = base64.b32encode(secrets.token_bytes(20)).decode()
        self.failed_passwords: list[datetime] = []
        self.auth_events: list[dict[str, Any]] = []
        self.password_sign_in = True
        self.temporary_password_entered = False
        self.came_through_provider = False
        self.reset_by_administrator = False
        self.unlisted_until: datetime | None = None

    @property
    def sub(self) -> str:
        """The user's immutable id."""
        return str(self.id)

    @property
    def is_external(self) -> bool:
        """Whether this is a provider's own profile, without a Cognito password."""
        return str(getattr(self.status, "value", self.status)) == EXTERNAL

    @property
    def values(self) -> dict[str, str]:
        """The attributes by name."""
        return {pair["Name"]: pair["Value"] for pair in self.attributes}

    def get(self, attribute: str) -> str:
        """Return an attribute's value, or an empty string."""
        return str(self.attribute_lookup.get(attribute, ""))

    def is_verified(self, attribute: str) -> bool:
        """Whether the ``…_verified`` flag beside this attribute is true."""
        return self.get(f"{attribute}_verified").lower() == "true"

    def write(self, changes: Mapping[str, str], *, now: datetime | None) -> None:
        """Set attributes; a blank value deletes one. ``now`` becomes the date of modification, None leaves it."""
        modified = self.last_modified_date if now is None else now
        values = {name: value for name, value in {**self.values, **changes}.items() if value != ""}
        self.attributes = [{"Name": name, "Value": value} for name, value in values.items()]
        self.attribute_lookup = values
        self.last_modified_date = modified

    def forget_codes(self) -> None:
        """Make all codes of this user worthless, and begin the hourly counts anew."""
        self.book = CodeBook()

    def set_status(self, status: str, *, now: datetime) -> None:
        """Move to another ``UserStatus``."""
        self.status = as_status(status)
        self.reset_by_administrator = False
        self.last_modified_date = now

    def set_password(self, password: str, *, now: datetime) -> None:
        """Set a new password; the count of wrong ones starts again."""
        self.password = password
        self.password_set = now
        self.temporary_password_entered = False
        self.failed_passwords.clear()

    def set_links(self, links: list[Link], *, now: datetime) -> None:
        """Set the linked identities, and the attribute that shows them."""
        self.links = links
        shown = json.dumps([link.as_identity() for link in links], separators=(",", ":")) if links else ""
        self.write({"identities": shown}, now=now)

    @property
    def factors(self) -> list[str]:
        """The second factors that are set up, by their challenge's name."""
        return [name for name, switch in FACTORS.items() if getattr(self, switch)]

    def shown(self, attributes_key: str, names: frozenset[str] | None = None) -> dict[str, Any]:
        """Return the user as the API shows it, with all attributes or those in ``names``."""
        values = {"sub": self.sub, **self.values}
        return {
            "Username": self.username,
            attributes_key: [
                {"Name": name, "Value": value} for name, value in values.items() if names is None or name in names
            ],
            "UserCreateDate": self.create_date,
            "UserLastModifiedDate": self.last_modified_date,
            "Enabled": self.enabled,
            "UserStatus": str(getattr(self.status, "value", self.status)),
        }

    def shown_alone(self, names: frozenset[str] | None = None) -> dict[str, Any]:
        """Return the user as AdminGetUser shows it, second factors included."""
        answer = self.shown("UserAttributes", names)
        if self.factors:
            answer["UserMFASettingList"] = self.factors
        if self.preferred_mfa_setting:
            answer["PreferredMfaSetting"] = self.preferred_mfa_setting
        return answer


def as_status(status: str) -> str:
    """Return moto's own enumeration member where it has one, since moto compares by identity."""
    try:
        return UserStatus(status)
    except ValueError:
        return status


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user as they are at the moment of looking."""

    username: str
    sub: str
    status: str
    enabled: bool
    attributes: Mapping[str, str]
    pending: Mapping[str, str]
    """Changes that wait for their code; no call of Cognito's shows these."""
    created: datetime
    modified: datetime

    @property
    def email(self) -> str:
        """The stored address, or an empty string."""
        return self.attributes.get("email", "")

    @property
    def email_verified(self) -> bool:
        """A missing flag counts as false."""
        return self.attributes.get("email_verified") == "true"


def view_of(user: SandboxUser) -> UserView:
    """Return the user as they are now."""
    return UserView(
        username=user.username,
        sub=user.sub,
        status=str(getattr(user.status, "value", user.status)),
        enabled=bool(user.enabled),
        attributes=MappingProxyType({**user.values, "sub": user.sub}),
        pending=MappingProxyType(dict(user.pending)),
        created=user.create_date,
        modified=user.last_modified_date,
    )
