"""One pool in the hands of a test or of the seed: people, providers, mail and calls.

It is long because it is one list of levers, each a few lines over what the operations do themselves.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from moto.cognitoidp.models import CognitoIdpIdentityProvider
from moto.cognitoidp.utils import cognito_totp

from sandbox.cognito.aliases import evict
from sandbox.cognito.calllog import LoggedCall
from sandbox.cognito.clients import offers, secret_hash
from sandbox.cognito.federation import SignInFailed, sign_in_federated
from sandbox.cognito.mail import Mail
from sandbox.cognito.operations.accounts import remove
from sandbox.cognito.operations.attributes import update_user_attributes
from sandbox.cognito.operations.linking import NATIVE, SUBJECT
from sandbox.cognito.operations.linking import admin_link_provider_for_user as link
from sandbox.cognito.operations.providers import SUBJECT_CLAIM, usual_details
from sandbox.cognito.operations.sign_up import sign_up
from sandbox.cognito.pool import PostConfirmation, PreSignUp, SandboxPool
from sandbox.cognito.user import FACTORS, VERIFIABLE, SandboxUser, UserView, view_of
from sandbox.cognito.world import Call, World

PASSWORD = "Sandbox-1!"  # noqa: S105 - the sample users' common password, printed in the sandbox's welcome
FOREVER = datetime.max.replace(tzinfo=UTC)


class LivePool:
    """One pool: its people, providers, mail and calls. What is done here is no call, and stands in no log of calls."""

    def __init__(self, world: World, pool: SandboxPool) -> None:
        self._world = world
        self.inner = pool
        """The pool as moto keeps it, for a test that looks deeper or changes what no call can."""

    @property
    def name(self) -> str:
        """The pool's name."""
        return str(self.inner.name)

    @property
    def id(self) -> str:
        """The pool's id."""
        return str(self.inner.id)

    @property
    def region(self) -> str:
        """The pool's Region."""
        return str(self.inner.region)

    @property
    def account(self) -> str:
        """The id of the AWS account that it belongs to."""
        return str(self.inner.account_id)

    @property
    def client_id(self) -> str:
        """The id of the pool's app client."""
        return next(iter(self.inner.clients))

    @property
    def client_secret(self) -> str:
        """The app client's secret, or an empty string when it has none."""
        client = self.inner.clients[self.client_id]
        return str(client.secret) if client.generate_secret else ""

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """The calls that reached this pool, oldest first."""
        return self._world.calls.list(pool_id=self.id)

    @property
    def mail(self) -> tuple[Mail, ...]:
        """What this pool sent, newest last."""
        return self._world.mailbox.list(pool_id=self.id)

    def add(
        self,
        username: str,
        *,
        email: str = "",
        email_verified: bool | None = None,
        phone: str = "",
        phone_verified: bool | None = None,
        status: str = "CONFIRMED",
        password: str | None = PASSWORD,
        password_set: datetime | timedelta | None = None,
        created: datetime | timedelta = timedelta(),
        modified: datetime | timedelta | None = None,
        enabled: bool = True,
        attributes: Mapping[str, str] | None = None,
        mfa: Iterable[str] = (),
        preferred_mfa: str | None = None,
    ) -> UserView:
        """Add a user; moments may be given as how long ago. A true flag takes the address from its holder.

        ``password`` None is an account that never had one; ``password_set`` None is the moment of ``created``.

        ``mfa`` names second factors by their challenge: SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA. ``preferred_mfa``
        is one of them, or an empty string for none; None prefers the only one.

        In a pool whose user name is the address ``username`` is ignored: there it is the sub.
        """
        with self._world.lock:
            born = self._moment(created)
            values = {**(attributes or {}), "email": email, "phone_number": phone}
            for name, flag in (("email_verified", email_verified), ("phone_number_verified", phone_verified)):
                if flag is not None:
                    values[name] = "true" if flag else "false"
            user = SandboxUser(
                self.id,
                None if self.inner.username_attributes else username,
                password=password,
                status=status,
                attributes={name: value for name, value in values.items() if value},
                now=born,
            )
            user.last_modified_date = born if modified is None else self._moment(modified)
            user.enabled = enabled
            factors = tuple(mfa)
            for factor in factors:
                setattr(user, FACTORS[factor], True)
            only = factors[0] if len(factors) == 1 else ""
            user.preferred_mfa_setting = (only if preferred_mfa is None else preferred_mfa) or None
            user.password_set = born if password_set is None else self._moment(password_set)
            self.inner.admit(user)
            for attribute in VERIFIABLE:
                evict(self._world, self.inner, user, attribute, at=born)
            return view_of(user)

    def user(self, name: str) -> UserView:
        """Return a user by user name, sub, or an address that they hold."""
        return view_of(self.record(name))

    def record(self, name: str) -> SandboxUser:
        """Return a user as the pool keeps them, password and codes included. Raises `LookupError`."""
        user = self.inner.find(name) or next((user for user in self.inner.people if user.sub == name), None)
        if user is None:
            raise LookupError(f"{self.name} has no user {name}.")
        return user

    @property
    def users(self) -> tuple[UserView, ...]:
        """All users, oldest entry first."""
        return tuple(view_of(user) for user in self.inner.people)

    def holder(self, address: str) -> UserView | None:
        """Return who signs in with this address."""
        user = self.inner.holder("email", address)
        return view_of(user) if user else None

    def write(self, name: str, attributes: Mapping[str, str]) -> UserView:
        """Overwrite attributes as they are, without codes, mail or rules; a blank value deletes one."""
        with self._world.lock:
            user = self.record(name)
            user.write(attributes, now=self._world.now())
            return view_of(user)

    def change_own(self, name: str, attributes: Mapping[str, str]) -> UserView:
        """Let a user change their own attributes in the app, by all the rules: codes are mailed."""
        pairs = [{"Name": attribute, "Value": value} for attribute, value in attributes.items()]
        with self._world.lock:
            parameters = {"AccessToken": self.token(name), "UserAttributes": pairs}
            update_user_attributes(self._world, Call(operation="UpdateUserAttributes", parameters=parameters))
            return view_of(self.record(name))

    def sign_up(self, username: str, *, email: str) -> UserView:
        """Let somebody sign up in the app, by all the rules: a code is mailed."""
        parameters: dict[str, Any] = {
            "ClientId": self.client_id,
            "Username": username,
            "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": email}],
        }
        if self.client_secret:
            parameters["SecretHash"] = secret_hash(username, self.client_id, self.client_secret)
        with self._world.lock:
            sign_up(self._world, Call(operation="SignUp", parameters=parameters))
            return view_of(self.record(username))

    def backdate(self, name: str, *, created: datetime | timedelta, modified: datetime | timedelta) -> None:
        """Set a user's dates, given as moments or as how long ago."""
        user = self.record(name)
        user.create_date, user.last_modified_date = self._moment(created), self._moment(modified)

    def set_status(self, name: str, status: str) -> UserView:
        """Move a user to another ``UserStatus``."""
        with self._world.lock:
            user = self.record(name)
            user.set_status(status, now=self._world.now())
            return view_of(user)

    def disable(self, name: str) -> None:
        """Stop a user from signing in."""
        self.record(name).enabled = False

    def delete(self, name: str) -> None:
        """Delete a user."""
        with self._world.lock:
            remove(self.inner, self.record(name))

    def hide_from_listing(self, name: str, seconds: float | None = None) -> None:
        """Let ListUsers not show a user yet, for some seconds or for good; AdminGetUser still does."""
        until = FOREVER if seconds is None else self._world.now() + timedelta(seconds=seconds)
        self.record(name).unlisted_until = until

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Overwrite settings in the shape of DescribeUserPool, as if somebody did so in AWS's console."""
        with self._world.lock:
            self.inner.extended_config.update(settings)
            self.inner.last_modified_date = self._world.now()

    def link(self, username: str, provider: str, subject: str) -> UserView:
        """Let a provider's identity sign in as this user from now on."""
        source = {"ProviderName": provider, "ProviderAttributeName": SUBJECT, "ProviderAttributeValue": subject}
        parameters = {
            "UserPoolId": self.id,
            "DestinationUser": {"ProviderName": NATIVE, "ProviderAttributeValue": username},
            "SourceUser": source,
        }
        with self._world.lock:
            link(self._world, Call(operation="AdminLinkProviderForUser", parameters=parameters, region=self.region))
            return view_of(self.record(username))

    @property
    def confirmations(self) -> tuple[str, ...]:
        """The events for which the pool's post confirmation function was called, oldest first."""
        return tuple(self.inner.confirmations)

    def after_confirmation(self, post_confirmation: PostConfirmation | None) -> None:
        """Set or remove the pool's post confirmation function."""
        self.inner.post_confirmation = post_confirmation

    def send_with_ses(self, identity: str, *, region: str = "") -> None:
        """Let the pool's mail go through the account's own SES, of this Region or another; it knows the sender."""
        where = region or self.region
        self._world.accounts[self.account].ses.verify(where, identity)
        arn = f"arn:aws:ses:{where}:{self.account}:identity/{identity}"
        self.configure({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": arn}})

    def trigger(self, pre_sign_up: PreSignUp | None) -> None:
        """Set or remove the pool's pre sign-up function."""
        self.inner.pre_sign_up = pre_sign_up

    def token(self, name: str, *, scoped: bool = True) -> str:
        """Return an access token as the customer's app holds it; unscoped as managed login may issue it."""
        with self._world.lock:
            tokens = self.inner.open_tokens(self.client_id, self.record(name), now=self._world.now())
            if not scoped:
                self.inner.unscoped.add(tokens["AccessToken"])
            return str(tokens["AccessToken"])

    def authenticator_code(self, name: str) -> str:
        """Return the digits that the user's authenticator app shows now."""
        moment = int(self._world.now().timestamp())
        return cognito_totp(self.record(name).authenticator_secret).generate(moment).decode()

    def add_provider(
        self,
        name: str,
        kind: str,
        mapping: Mapping[str, str],
        *,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Add an identity provider with an attribute mapping and a made-up secret."""
        automatic = {} if kind == "SAML" else {"username": SUBJECT_CLAIM.get(kind, "sub")}
        given = {**usual_details(name, kind), **(details or {})}
        settings = {"ProviderType": kind, "ProviderDetails": given, "AttributeMapping": {**automatic, **mapping}}
        provider = CognitoIdpIdentityProvider(name, settings)
        provider.creation_date = provider.last_modified_date = self._world.now()
        self.inner.identity_providers[name] = provider

    def remove_provider(self, name: str) -> None:
        """Delete an identity provider; what it made and what is linked to it stays."""
        with self._world.lock:
            del self.inner.identity_providers[name]

    @property
    def providers(self) -> Mapping[str, Mapping[str, str]]:
        """The attribute mapping of each provider."""
        found = self.inner.identity_providers.values()
        return MappingProxyType(
            {provider.name: MappingProxyType(dict(provider.extended_config["AttributeMapping"])) for provider in found}
        )

    def sign_in(self, provider: str, claims: Mapping[str, Any], *, through_client: bool = False) -> UserView:
        """Let a person sign in through a provider that sends these claims; ``sub`` and the like are among them.

        ``through_client`` heeds what the app client may write. Raises `SignInFailed` with what the app is told.
        """
        with self._world.lock:
            client_id = self.client_id if through_client else ""
            if not (provider in self.inner.identity_providers and offers(self.inner.clients[self.client_id], provider)):
                # Its name isn't on the page. An app that asks for it all the same hears this, in the sandbox's words.
                raise SignInFailed(f"The app client has no identity provider {provider}.")
            return view_of(sign_in_federated(self._world, self.inner, provider, claims, client_id=client_id))

    def sign_in_earlier(self, provider: str, claims: Mapping[str, Any]) -> UserView:
        """As `sign_in`, at a time when the app client still offered the provider, whether or not it does now."""
        with self._world.lock:
            return view_of(sign_in_federated(self._world, self.inner, provider, claims))

    def _moment(self, when: datetime | timedelta) -> datetime:
        return self._world.now() - when if isinstance(when, timedelta) else when
