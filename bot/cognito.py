"""What the desk knows of Cognito: users, pools, providers, and the read-only `Directory` that plans are made from.

It is long because it is a vocabulary: what each of Cognito's settings means is said where it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.addresses import caseless
from bot.mail import Mail, Sender

_LONGEST_NAME = 128

STATUSES: Mapping[str, str] = {
    "CONFIRMED": "confirmed",
    "EXTERNAL_PROVIDER": "signs in with a provider",
    "FORCE_CHANGE_PASSWORD": "waits for the first sign-in",
    "RESET_REQUIRED": "has to reset the password",
    "UNCONFIRMED": "sign-up not finished",
}
"""What people call each `UserStatus`, by Cognito's word for it."""


def may_be_name(text: str) -> bool:
    """Whether Cognito takes a text where a call names a user; it refuses any other with an error."""
    return len(text) <= _LONGEST_NAME and text.split() == [text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One entry of a user's ``identities`` attribute: a provider's account linked to this user."""

    provider: str
    provider_type: str
    subject: str
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user as AdminGetUser or ListUsers returns it. Attribute values are strings, as Cognito keeps them."""

    username: str
    sub: str
    status: str
    enabled: bool
    attributes: Mapping[str, str]
    created: datetime
    modified: datetime
    identities: tuple[Identity, ...] = ()
    mfa: frozenset[str] = frozenset()
    """The second factors that are switched on (``EMAIL_OTP``), as AdminGetUser shows them; ListUsers shows none."""
    preferred_mfa: str = ""
    """PreferredMfaSetting: the second factor that is asked for first; empty when none is, or for a listed user."""

    @property
    def email(self) -> str:
        """The stored address, in the letter case it was typed in; empty when there is none."""
        return self.attributes.get("email", "")

    @property
    def email_verified(self) -> bool:
        """A missing flag counts as false, as it does for Cognito."""
        return self.attributes.get("email_verified", "").lower() == "true"

    @property
    def phone(self) -> str:
        """The stored telephone number; empty when there is none."""
        return self.attributes.get("phone_number", "")

    @property
    def phone_verified(self) -> bool:
        """Whether ``phone_number_verified`` is true."""
        return self.attributes.get("phone_number_verified", "").lower() == "true"

    @property
    def is_federated(self) -> bool:
        """Whether a provider rewrites this user's mapped attributes at every sign-in (own profile, or linked)."""
        return self.status == "EXTERNAL_PROVIDER" or bool(self.identities)

    @property
    def is_external(self) -> bool:
        """Whether this is a provider's own profile, without a Cognito password."""
        return self.status == "EXTERNAL_PROVIDER"

    @property
    def standing(self) -> str:
        """How the account stands, in plain words: ``confirmed, disabled``."""
        status = STATUSES.get(self.status, self.status)
        return status if self.enabled else f"{status}, disabled"

    @property
    def provider(self) -> str:
        """The name of the first provider that signs this user in, or an empty string."""
        return self.identities[0].provider if self.identities else ""

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of all providers that sign this user in, each once, whether or not the pool still has them."""
        if self.is_external and not self.identities:
            # A provider's own profile is called Provider_id.
            return (self.username.partition("_")[0],)
        return tuple(dict.fromkeys(identity.provider for identity in self.identities))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUpdate:
    """What UpdateUserPool has to be sent so that it leaves a pool as it is: it resets whatever is left out."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    managed_by: str = ""
    """CloudFormation, Terraform or the like, by the pool's tags: its next run would take any change back."""
    unknown: tuple[str, ...] = ()
    """Settings that the installed AWS library doesn't know and so couldn't send back."""
    unsendable: tuple[str, ...] = ()
    """Settings that AWS shows but doesn't take back, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One user pool's settings as far as they bear on e-mail verification (DescribeUserPool)."""

    name: str
    """The name under ``[pools.…]`` in the settings."""
    id: str
    region: str
    client_id: str = ""
    """The app client that sign-ups and their confirmation go through."""
    aliases: frozenset[str] = frozenset()
    username_attributes: frozenset[str] = frozenset()
    case_sensitive: bool = True
    auto_verified: frozenset[str] = frozenset()
    verified_before_update: frozenset[str] = frozenset()
    """AttributesRequireVerificationBeforeUpdate: a change of these stays pending until its code is entered."""
    required: frozenset[str] = frozenset()
    """Attributes that the pool's schema requires."""
    immutable: frozenset[str] = frozenset()
    """Attributes that nobody can change once they have a value (SchemaAttributes, Mutable false)."""
    first_factors: frozenset[str] = frozenset()
    """What may open a sign-in by itself (AllowedFirstAuthFactors); empty: a password, as always before."""
    triggers: Mapping[str, str] = field(default_factory=dict)
    """Lambda triggers by name."""
    confirms_by_link: bool = False
    """Whether the mail of a sign-up holds a link to follow, and no code that anybody could enter."""
    email_failure: str = ""
    """EmailConfigurationFailure. AWS fills it in no more; an empty one says nothing."""
    sms_failure: str = ""
    """SmsConfigurationFailure: why text messages fail; empty where AWS knows of nothing."""
    sends_with_ses: bool = False
    ses_source_arn: str = ""
    """EmailConfiguration's SourceArn: the verified address or domain that the pool sends from with SES."""
    ses_configuration_set: str = ""
    """EmailConfiguration's ConfigurationSet, which may have rules of its own about suppressed addresses."""
    account: str = ""
    """The twelve digits of the pool's AWS account."""
    mails_a_day: int = 50
    """How many invitations runs over many people may send a day, by the desk's settings."""
    mail_evidence: bool = False
    """Whether the desk's settings let it look into SES for this pool."""
    mfa_required: bool = False
    """MfaConfiguration ON: nobody signs in with a password alone."""
    mfa_off: bool = False
    """MfaConfiguration OFF: nobody has a second factor."""
    recovery: tuple[str, ...] = ()
    """AccountRecoverySetting's mechanisms by priority; empty when the pool has none set, which has rules of its own."""
    temporary_password_days: int = 7
    """How long the password in an invitation works."""
    update: PoolUpdate = PoolUpdate()
    customer_credentials: bool = False
    """Whether the desk's settings let customer actions ask for the customer's own token, password or code."""

    @property
    def email_is_alias(self) -> bool:
        """Whether one verified holder at a time signs in with an address, and may lose it to another."""
        return "email" in self.aliases

    @property
    def email_is_username(self) -> bool:
        """Whether an address belongs to one user only, verified or not."""
        return "email" in self.username_attributes

    @property
    def email_is_data(self) -> bool:
        """Whether nobody signs in with an address: any number of accounts may have the same one."""
        return not self.email_is_alias and not self.email_is_username

    @property
    def mails_codes(self) -> bool:
        """Whether Cognito mails a code by itself when an address changes."""
        return "email" in self.auto_verified

    @property
    def keeps_original(self) -> bool:
        """Whether a changed address stays pending, and the old one in force, until its code is entered."""
        return "email" in self.verified_before_update

    @property
    def sender(self) -> Sender:
        """Who sends the pool's e-mail."""
        if "CustomEmailSender" in self.triggers:
            return Sender.OWN_CODE
        return Sender.SES if self.sends_with_ses else Sender.COGNITO

    @property
    def may_sign_in_by_mail(self) -> bool:
        """Whether a code that is mailed may be all that a sign-in takes.

        Cognito's own way is a first factor; with triggers of its own (custom challenges) a pool may do the same, and
        nobody can see from outside what they ask for.
        """
        return "EMAIL_OTP" in self.first_factors or "CreateAuthChallenge" in self.triggers

    def same(self, one: str, other: str) -> bool:
        """Whether this pool takes two names, or two addresses, for one. Cognito's default pool minds letter case."""
        return one == other if self.case_sensitive else caseless(one) == caseless(other)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a provider can say about whether an address is verified, by the provider's kind."""

    name: str
    """The claim to map; empty when the provider has none, or when its administrators choose the name."""
    exists: bool
    """Whether such a claim is there to be mapped at all."""
    advice: str
    """What to know about it, in a sentence of ours."""


_ENTRA = frozenset(
    {"login.microsoftonline.com", "sts.windows.net", "login.microsoftonline.us", "login.chinacloudapi.cn"}
)

_CLAIM_BY_TYPE = {
    "Google": Claim("email_verified", True, "Google sends it with the scope email."),
    "SignInWithApple": Claim("email_verified", True, "Apple sends it; it is normally true."),
    "Facebook": Claim("", False, "Facebook says nothing about whether an address is verified."),
    "LoginWithAmazon": Claim("", False, "Login with Amazon says nothing about whether an address is verified."),
    "OIDC": Claim(
        "email_verified",
        True,
        "Most OpenID providers send it with the scope email; some only from their userinfo address.",
    ),
    "SAML": Claim(
        "",
        True,
        "A SAML provider sends what its administrators define: ask them for an attribute that is true or false.",
    ),
}
_ENTRA_CLAIM = Claim(
    "xms_edov",
    False,
    "Microsoft Entra sends no email_verified for work accounts. Its optional claim xms_edov (“domain owner verified”) "
    "has to be switched on in the app registration first.",
)
_UNHEARD_OF = Claim("email_verified", True, "Ask the provider's administrators what they call it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One identity provider of a pool. Its secrets are dropped where it is read."""

    name: str
    type: str
    """Google, Facebook, LoginWithAmazon, SignInWithApple, OIDC or SAML."""
    mapping: Mapping[str, str]
    """Pool attribute to the provider's claim."""
    issuer: str = ""
    scopes: frozenset[str] = frozenset()
    """What the pool asks the provider for (``authorize_scopes``); empty when that isn't told."""
    userinfo: str = ""
    """The address that more claims are read from (``attributes_url``); empty where the token has to hold them all."""
    modified: datetime | None = None
    """When anything of it was changed last (LastModifiedDate), such as its mapping."""

    @property
    def claim(self) -> Claim:
        """The claim to map to ``email_verified``, be it mapped or not."""
        if self.type == "OIDC" and (urlsplit(self.issuer).hostname or "") in _ENTRA:
            return _ENTRA_CLAIM
        return _CLAIM_BY_TYPE.get(self.type, _UNHEARD_OF)

    @property
    def is_mapped(self) -> bool:
        """Whether the provider's word on the address reaches the pool."""
        return "email_verified" in self.mapping

    @property
    def vouches(self) -> bool:
        """Whether its word on an address reaches the pool and can be relied on without knowing who runs it.

        What a SAML provider's administrators call it, and what it means to them, nobody can see.
        """
        trusted = self.claim.name in ("email_verified", "xms_edov")
        return trusted and self.mapping.get("email_verified") == self.claim.name

    @property
    def rewrites_address(self) -> bool:
        """Whether every sign-in through the provider writes the address, and with it clears or sets the flag."""
        return "email" in self.mapping

    @property
    def clears_flag(self) -> bool:
        """Whether every sign-in through the provider sets the flag to false, since its word isn't mapped."""
        return self.rewrites_address and not self.is_mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The app client that the settings name (DescribeUserPoolClient). Its secret is dropped where it is read."""

    hides_users: bool
    """PreventUserExistenceErrors ENABLED: who asks about an account that can't be helped is shown a success."""
    flows: frozenset[str] = frozenset()
    """ExplicitAuthFlows; empty means SRP, custom and refresh."""
    reads: frozenset[str] = frozenset()
    """ReadAttributes; empty means the defaults."""
    writes: frozenset[str] = frozenset()
    """WriteAttributes; empty means the defaults."""
    providers: frozenset[str] = frozenset()
    """SupportedIdentityProviders; empty when that isn't told."""

    def may_write(self, attribute: str) -> bool:
        """Whether the client's sign-ins may write an attribute."""
        return not self.writes or attribute in self.writes

    def offers(self, provider: str) -> bool:
        """Whether people can choose a provider in this client, as far as that is told."""
        return not self.providers or provider in self.providers


class Directory(Protocol):
    """One user pool, read-only. Every method may raise `bot.answer.Refused` with words for the person who asked."""

    @property
    def pool(self) -> Pool:
        """The pool's settings."""

    @property
    def at(self) -> datetime:
        """When this view of the pool began; ages are counted up to here."""

    def look_ahead(self, user: User | None = None) -> None:
        """Start reading what a check needs besides the people, or besides this one, so that it's read side by side."""

    def fresh(self, users: Iterable[User]) -> tuple[User, ...]:
        """Return these accounts as AdminGetUser shows them now, read side by side; one that is gone as given.

        ListUsers may lag behind, and shows no second factors.
        """

    def client(self) -> Client:
        """Return the app client that the settings name. Raises `bot.answer.Unread` where it can't be looked at."""

    def find(self, reference: str) -> tuple[User, ...]:
        """Return every user whom ``reference`` may mean (see `bot.references`), oldest first."""

    def one(self, reference: str) -> User:
        """Return the one user that ``reference`` can mean; `Refused` with close matches or a choice otherwise."""

    def read(self, username: str) -> User | None:
        """Return this user as AdminGetUser shows it now, or None when there is none."""

    def holders(self, address: str, *, other_than: User | None = None) -> tuple[User, ...]:
        """Return everyone who carries ``address`` in any letter case, found the careful way, oldest first.

        ListUsers with the typed and with the lower-case form, compared by us, plus the one who signs in with it.
        """

    def signs_in_with(self, address: str) -> User | None:
        """Return the user who answers to ``address`` as a sign-in name, or None when nobody does."""

    def losers(self, address: str, *, to: User | None) -> tuple[User, ...]:
        """Return who would lose ``address`` if ``to`` (None: a new user) took it: its verified holders."""

    def providers(self) -> tuple[Provider, ...]:
        """Return the pool's identity providers with their attribute mappings."""

    def provider(self, name: str) -> Provider:
        """Return one identity provider, or `Refused`."""

    def providers_of(self, user: User) -> tuple[Provider, ...]:
        """Return the providers that sign this user in, as far as the pool still has them."""

    def mail(self, address: str) -> Mail:
        """Return what can be seen of the pool's mail to ``address``. What can't be read never makes it fail."""
