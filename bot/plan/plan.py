"""A plan: the exact calls of an admin action, what they change for whom, and which operations may be sent at all."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any

from botocore.loaders import Loader
from pydantic import Field, PlainSerializer, SecretStr

from bot.cognito import Pool, User
from bot.plan.many import Many, Somebody
from bot.words import Words

Secrets = Mapping[str, SecretStr]
"""What is asked for last, by the parameter that it goes into. It lives in memory for the length of the call."""

SES = "ses:"
"""What an operation's name begins with that is Amazon SES's (``ses:DeleteSuppressedDestination``), as IAM calls it.

All others are Cognito's.
"""

NONE: Secrets = MappingProxyType({})
"""No secrets at all."""


class Risk(StrEnum):
    """How many leads have to agree; the numbers are settings (``approvals.leads_needed``)."""

    NORMAL = "normal"
    HIGH = "high"


class Effect(StrEnum):
    """What may be done with a call whose answer was lost."""

    SETTABLE = "settable"
    """It sets a value; sending it again changes nothing more."""
    READABLE = "readable"
    """Cognito can be asked whether it happened: look first."""
    NEITHER = "neither"
    """It mails someone, or its effect can't be seen: never send it twice."""


_SETTLING = frozenset({"ConfirmSignUp", "VerifyUserAttribute"})
"""Operations that name no address and may verify one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation, mostly of Cognito, with exactly the parameters that will be sent."""

    operation: str
    """Cognito's name of it; one of SES's begins with `SES`."""
    parameters: Mapping[str, Any]
    shown: str
    """The call as the card shows it: ``AdminUpdateUserAttributes(ana, email_verified=true)``."""
    effect: Effect
    secrets: tuple[str, ...] = ()
    """The parameters that are asked for last and kept nowhere (``ConfirmationCode``); not among ``parameters``."""
    region: Annotated[str, Field(exclude_if=operator.not_)] = ""
    """The Region that it goes to, of an operation of SES; Cognito's go to the pool's own.

    Older desks' plans lack it, so it is stored only where it isn't empty: what they stored stays equal.
    """

    @property
    def attributes(self) -> dict[str, str]:
        """The user's attributes that the call sets, by name."""
        return {each["Name"]: str(each["Value"]) for each in self.parameters.get("UserAttributes", ())}

    @property
    def settles_address(self) -> bool:
        """Whether it decides which account has or owns an address, so that another one may lose it."""
        return self.operation in _SETTLING or bool({"email", "email_verified"} & self.attributes.keys())

    @classmethod
    def set_attributes(cls, pool: Pool, user: User, attributes: Mapping[str, str], *, effect: Effect) -> "Call":
        """AdminUpdateUserAttributes on the user's real user name, never an alias."""
        listed = ", ".join(f"{name}={value}" for name, value in attributes.items())
        return cls(
            operation="AdminUpdateUserAttributes",
            parameters={
                "UserPoolId": pool.id,
                "Username": user.username,
                "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
            },
            shown=f"AdminUpdateUserAttributes({user.username}, {listed})",
            effect=effect,
        )


class SubjectKind(StrEnum):
    """What a change is a change of; decides how it is re-read."""

    USER = "user"
    POOL = "pool"
    PROVIDER = "provider"
    MAIL = "mail"
    """An address, as the mail system knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom or what a change touches."""

    kind: SubjectKind
    id: str
    """A user's sub, a pool's id, a provider's name, an address. Empty for a user who doesn't exist yet."""
    name: str
    """The user name, the pool's name, the provider's name, the address."""
    created: Annotated[datetime | None, Field(exclude_if=lambda created: created is None)] = None
    """When an account was created, so that people see how old it is; None for what isn't there or isn't an account.

    Older desks didn't write it down, and it changes nothing, so plans are compared without it.
    """

    @classmethod
    def of(cls, user: User) -> "Subject":
        """Return the subject for a user."""
        return cls(kind=SubjectKind.USER, id=user.sub, name=user.username, created=user.created)


class Unseen(StrEnum):
    """Why no re-read can show a change."""

    MAILED = "it is a mail that Cognito sends"
    PENDING = "Cognito shows the old value until a code is entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value, before and after, as Cognito's API gives it (an empty string where there is none).

    ``what`` says how it is read back (`bot.plan.read_back`): an attribute's name for a user (``email``,
    ``email_verified``), ``UserStatus`` or ``Enabled`` (``true``, ``false``); a setting's path for a pool and for a
    provider (``AttributeMapping.email_verified``); ``SuppressedDestination`` for an address. Planning reads it, and
    takes no plan whose ``before`` differs.
    """

    subject: Subject
    what: str
    before: str
    after: str
    note: str = ""
    """What it means for them, in a few of our own words: ``gets it``. Of a loss: ``LOSES`` and what."""
    loses: bool = False
    """Whether somebody loses something by it; drawn loudly."""
    readable: bool = True
    """Whether a re-read can show it; where not, ``what`` may be anything."""
    unseen_because: Unseen | None = None
    """Why a re-read can't show it; None where it can, and in requests that an older desk wrote down."""

    @classmethod
    def mailed(cls, user: User, what: str, to: str, *, note: str) -> "Change":
        """Return what becomes of a user by a mail that Cognito sends ``to`` an address or a telephone."""
        subject, because = Subject.of(user), Unseen.MAILED
        return cls(subject=subject, what=what, before="", after=to, note=note, readable=False, unseen_because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a lead is asked to approve: precisely these calls are sent, once."""

    summary: Words
    """``mark ana@example.com as verified for ana``: what is asked, for the middle of a line.

    Where somebody loses by it, they stand in it: ``take ben@example.com from ben.new, give it to ben.old``.
    """
    done: Words | None = None
    """``ana has ana@example.com, verified``: what a re-read shows once it is done; without, the summary stays."""
    risk: Risk
    calls: tuple[Call, ...]
    changes: tuple[Change, ...]
    why_high: tuple[Words, ...] = ()
    """Why two leads are needed, in words; empty for normal risk."""
    notes: tuple[Words, ...] = ()
    """What a lead should know and no change shows."""
    undo: tuple[Call, ...] = ()
    """The calls that restore the recorded before-state; empty where nothing can."""
    undo_limits: Words | None = None
    """What undo can't give back, or why there is no undo."""
    address: str = ""
    """The address at stake: everyone who carries it is listed again after the write."""
    accepted: Words | None = None
    """What success reads as when a re-read can't show it: ``accepted; waiting for the customer's code``."""
    tell_customer: Words | None = None
    """A line the agent can paste once it is done."""
    # Not `sorted` alone: the text of a built-in's signature takes pydantic 10 ms to read.
    authors: Annotated[frozenset[str], PlainSerializer(lambda people: sorted(people))] = frozenset()
    """Slack ids of people whose earlier requests this one builds on; they don't count as leads for it."""
    many: Annotated[Many | None, Field(exclude_if=lambda many: many is None)] = None
    """Of a plan over many people, what is said of them; its one call is sent for each. None for any other plan."""
    everyone: Annotated[tuple[Somebody, ...], Field(exclude=True, repr=False)] = ()
    """They themselves, those who are left out among them, from planning until the ticket is written; never in it."""

    @property
    def bearer(self) -> Subject:
        """The one whose own credential it has to be, where an access token is asked for last."""
        return next(change.subject for change in self.changes if not change.loses)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that a call of this plan asks for last."""
        return next((call.secrets for call in self.calls if call.secrets), ())


NEVER_SENT = frozenset(
    {
        "AdminDeleteUser",
        "AdminInitiateAuth",
        "AdminLinkProviderForUser",
        "AdminRespondToAuthChallenge",
        "AdminSetUserPassword",
        "DeleteIdentityProvider",
        "DeleteUserPool",
        "UpdateUserPoolClient",
    }
)
"""What no scenario will ever send: each could hand an account to someone else, or destroy it."""

COGNITO = "cognito-idp"

SENDABLE_OPERATIONS: Mapping[str, frozenset[str] | None] = {
    COGNITO: None,
    "sesv2": frozenset({"DeleteSuppressedDestination"}),
}
"""Services by botocore's name, with the operations of each that may be sent; None: everything but `NEVER_SENT`."""

_PREFIXES = {"sesv2": SES}
"""What a plan writes before an operation of another service, as IAM does."""


@cache
def known_operations() -> frozenset[str]:
    """Return every operation that the installed botocore knows of these services and that may be sent.

    `NEVER_SENT` is among them. Those of SES begin with ``ses:``, as plans write them.
    """
    found = frozenset[str]()
    for service, sendable in SENDABLE_OPERATIONS.items():
        # What botocore knows takes long to load: it isn't asked where each is named here, and a test holds those to it.
        allowed = sendable or frozenset(_model(service)["operations"])
        found |= {_PREFIXES.get(service, "") + operation for operation in allowed}
    return found


def _model(service: str) -> Mapping[str, Any]:
    """Return botocore's own description of a service, whatever else ``~/.aws/models`` says."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    # Its `load_service_model` would look through the folders of all of AWS's services first.
    newest = loader.list_api_versions(service, "service-2")[-1]
    return dict(loader.load_data(f"{service}/{newest}/service-2"))
