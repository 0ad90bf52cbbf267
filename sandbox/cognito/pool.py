"""One user pool of the sandbox: moto's pool, with sign-in names that resolve as Cognito's do."""

import copy
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolAttribute

from sandbox.cognito.contested import Contested
from sandbox.cognito.errors import (
    CognitoError,
    not_authorized,
    password_reset_required,
    user_disabled,
    user_not_confirmed,
    user_not_found,
)
from sandbox.cognito.settings import completed
from sandbox.cognito.user import VERIFIABLE, SandboxUser

_ID_LETTERS = string.ascii_letters + string.digits
DEFAULT_SESSION_MINUTES = 3


@lru_cache(maxsize=1)
def _blank_pool() -> CognitoIdpUserPool:
    return CognitoIdpUserPool("000000000000", "us-east-1", "blank", {})


@dataclass(slots=True, kw_only=True)
class Session:
    """One step of a sign-in: who, through which client, and which challenge is open until when."""

    username: str
    client_id: str
    challenge: str
    expires: datetime
    used: bool = False


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


class SandboxPool(CognitoIdpUserPool):
    """A pool that knows who holds an address, and keeps tokens and sign-in sessions with their age."""

    pre_sign_up: PreSignUp | None = None
    post_confirmation: PostConfirmation | None = None

    def __init__(
        self,
        account_id: str,
        region: str,
        name: str,
        config: Mapping[str, Any],
        *,
        now: datetime,
        rules: Callable[[], Contested],
    ) -> None:
        # Not super().__init__(): there moto works its signing key out anew for each pool, which takes longer than
        # everything else a test does. A copy of one blank pool shares the key, which is the same for all anyway.
        blank = _blank_pool()
        self.__dict__.update(copy.deepcopy(vars(blank), {id(blank.json_web_key): blank.json_web_key}))
        self.account_id, self.region, self.name = account_id, region, name
        self.rules = rules
        self.id = f"{region}_" + "".join(secrets.choice(_ID_LETTERS) for _ in range(9))
        self.arn = f"arn:aws:cognito-idp:{region}:{account_id}:userpool/{self.id}"
        self.extended_config = completed(config)
        self.mfa_config = self.extended_config["MfaConfiguration"]
        self.creation_date = self.last_modified_date = now
        self.sessions: dict[str, Session] = {}
        self.token_expiry: dict[str, datetime] = {}
        self.revoked: set[str] = set()
        self.unscoped: set[str] = set()
        self.confirmations: list[str] = []
        """Which events the post confirmation function was called for, oldest first."""
        self.simulated_resets: set[str] = set()
        """For which names a reset was asked for that went nowhere."""
        # The blank pool brought the standard attributes, and every pool has those whatever it declares.
        for schema in config.get("Schema") or ():
            own = schema["Name"] not in CognitoIdpUserPoolAttribute.STANDARD_SCHEMA
            attribute = CognitoIdpUserPoolAttribute(schema["Name"], own, schema)
            self.schema_attributes[attribute.name] = attribute

    def setting(self, name: str) -> Any:
        """Return one setting as it was last sent, or None."""
        return self.extended_config.get(name)

    @property
    def aliases(self) -> frozenset[str]:
        """AliasAttributes: what one may sign in with besides the user name, once it is verified."""
        return frozenset(self.setting("AliasAttributes") or ())

    @property
    def username_attributes(self) -> frozenset[str]:
        """UsernameAttributes: what is the user name, and therefore unique, verified or not."""
        return frozenset(self.setting("UsernameAttributes") or ())

    @property
    def auto_verified(self) -> frozenset[str]:
        """AutoVerifiedAttributes: what Cognito sends codes for by itself."""
        return frozenset(self.setting("AutoVerifiedAttributes") or ())

    @property
    def keeps_original(self) -> frozenset[str]:
        """The attributes whose changes stay pending until they are verified."""
        settings = self.setting("UserAttributeUpdateSettings") or {}
        return frozenset(settings.get("AttributesRequireVerificationBeforeUpdate") or ())

    @property
    def case_sensitive(self) -> bool:
        """Whether letter case makes another user name or alias; true unless the pool says otherwise."""
        return bool((self.setting("UsernameConfiguration") or {}).get("CaseSensitive", True))

    @property
    def required(self) -> frozenset[str]:
        """The attributes that every new user must bring, besides the ``sub`` that Cognito makes itself."""
        return frozenset(name for name, item in self.schema_attributes.items() if item.required and name != "sub")

    @property
    def people(self) -> list[SandboxUser]:
        """All users in the order of their creation."""
        return cast("list[SandboxUser]", list(self.users.values()))

    def same(self, one: str, other: str) -> bool:
        """Whether this pool takes two names or addresses for one."""
        return one == other if self.case_sensitive else one.lower() == other.lower()

    def find(self, name: str) -> SandboxUser | None:
        """Return who is meant by a user name, a local user's sub, or an alias value; None when nobody is."""
        exact = cast("SandboxUser | None", self.users.get(name))
        if exact:
            return exact
        for user in self.people:
            if user.sub == name and not user.is_external:
                return user
            # A provider's subjects stay case-sensitive whatever the pool says.
            if not user.is_external and self.same(user.username, name):
                return user
        for attribute in sorted(self.username_attributes):
            for user in self.people:
                if not user.is_external and user.get(attribute) and self.same(user.get(attribute), name):
                    return user
        for attribute in sorted(self.aliases):
            holder = self.holder(attribute, name)
            if holder:
                return holder
        return None

    def one(self, name: str) -> SandboxUser:
        """Return who is meant by a name, or raise UserNotFound."""
        user = self.find(name)
        if user is None:
            raise user_not_found()
        return user

    def _get_user(self, username: str) -> SandboxUser:
        return self.one(username)

    def holder(self, attribute: str, value: str) -> SandboxUser | None:
        """Return the one user who signs in with this value as an alias."""
        return next(iter(self.holders(attribute, value)), None)

    def holders(self, attribute: str, value: str, *, other_than: SandboxUser | None = None) -> list[SandboxUser]:
        """Return who holds this value as an alias; more than one only before the overlay has settled it."""
        if attribute not in self.aliases or not value:
            return []
        return [
            user
            for user in self.people
            if user is not other_than and self.same(user.get(attribute), value) and self._holds(user, attribute)
        ]

    def _holds(self, user: SandboxUser, attribute: str) -> bool:
        if attribute not in VERIFIABLE:
            return True
        return user.is_verified(attribute) and (not user.is_external or self.rules().federated_flag_takes_alias)

    def carries_elsewhere(self, attribute: str, value: str, user: SandboxUser | None) -> bool:
        """Whether another local user has this value as user name attribute, verified or not."""
        return attribute in self.username_attributes and any(
            other is not user and not other.is_external and self.same(other.get(attribute), value)
            for other in self.people
        )

    def admit(self, user: SandboxUser) -> None:
        """Take a new user into the pool."""
        self.users[user.username] = user

    def open_tokens(self, client_id: str, user: SandboxUser, *, now: datetime) -> dict[str, Any]:
        """Sign a user in and return the tokens as ``AuthenticationResult``."""
        refresh_token, origin = self.create_refresh_token(client_id, user.username)
        access_token, seconds = self.create_access_token(client_id, user.username, origin_jti=origin)
        id_token, _ = self.create_id_token(client_id, user.username, origin_jti=origin)
        self.token_expiry[access_token] = now + timedelta(seconds=seconds)
        self.token_expiry[refresh_token] = now + timedelta(days=30)
        return {
            "AccessToken": access_token,
            "IdToken": id_token,
            "RefreshToken": refresh_token,
            "ExpiresIn": seconds,
            "TokenType": "Bearer",
        }

    def bearer(self, access_token: str, *, now: datetime) -> SandboxUser:
        """Return whose access token this is, or raise what Cognito says of an old, revoked or orphaned one."""
        if access_token in self.revoked:
            raise not_authorized("Access Token has been revoked")
        if now >= self.token_expiry[access_token]:
            raise not_authorized("Access Token has expired")
        if access_token in self.unscoped:
            raise not_authorized("Access Token does not have required scopes")
        _, username = self.access_tokens[access_token]
        user = self.one(username)
        if not user.enabled:
            raise user_disabled()
        if user.status == "RESET_REQUIRED":
            raise password_reset_required()
        if user.status == "UNCONFIRMED":
            raise user_not_confirmed()
        return user

    def sign_out(self, username: str) -> None:
        """Revoke every token of a user."""
        for token, (_, owner) in self.access_tokens.items():
            if owner == username:
                self.revoked.add(token)
        for refresh_token, entry in list(self.refresh_tokens.items()):
            if entry is not None and entry[1] == username:
                self.refresh_tokens[refresh_token] = None

    def open_session(self, client_id: str, username: str, challenge: str, *, now: datetime) -> str:
        """Begin a step and return its opaque ``Session`` string; it lives as long as the app client says."""
        minutes = self.clients[client_id].extended_config.get("AuthSessionValidity") or DEFAULT_SESSION_MINUTES
        token = secrets.token_urlsafe(96)
        self.sessions[token] = Session(
            username=username, client_id=client_id, challenge=challenge, expires=now + timedelta(minutes=minutes)
        )
        return token

    def read_session(self, token: str, client_id: str, challenge: str, *, now: datetime) -> Session:
        """Return the open step, or raise what Cognito says of a wrong, used or old one."""
        session = self.sessions.get(token)
        if session is None or session.client_id != client_id or session.challenge != challenge:
            raise not_authorized("Invalid session for the user.")
        if session.used:
            raise not_authorized("Invalid session for the user, session can only be used once.")
        if now >= session.expires:
            raise not_authorized("Invalid session for the user, session is expired.")
        return session
