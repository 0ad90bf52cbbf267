"""AWS accounts: whose keys sign, which roles they may assume and for how long, and what IAM lets them do."""

import re
import secrets
import string
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sandbox.cognito.errors import CognitoError
from sandbox.cognito.mail import DefaultSender
from sandbox.cognito.ses import Mailing

FIRST_KEY = "AKIASANDBOXSANDBOX00"
"""The access key of the desk in the first account. A key that nobody has made is taken for it."""

_LONGEST = 3600
"""Seconds. AWS's default for a role, and the most for one that was assumed by another."""
_SHORTEST = 900
_TEMPORARY = "ASIA"
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose key signed a request."""

    access_key: str
    account: str
    principal: str
    """The ARN of the user or role that IAM judges."""
    arn: str
    """How AWS names the caller: for an assumed role the session, with its name at the end."""
    session_name: str = ""
    """What the role's session was called by whom assumed it, as CloudTrail shows it; empty for a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """Credentials of an assumed role."""

    caller: Caller
    secret: str
    token: str
    expires: datetime


@dataclass(slots=True, kw_only=True)
class Role:
    """One that others may assume."""

    arn: str
    trusts: frozenset[str]
    """ARNs of users and roles, or ids of whole accounts."""
    external_id: str = ""
    """What whoever assumes it has to say; empty for nothing."""
    policy: Mapping[str, Any] | None = None
    """Its identity policy; None allows everything in its own account."""

    @property
    def account(self) -> str:
        """The account that it belongs to."""
        return self.arn.split(":")[4]


@dataclass(slots=True, kw_only=True)
class Account:
    """What every account has for itself, besides its pools."""

    id: str
    ses: Mailing
    default_sender: DefaultSender = field(default_factory=DefaultSender)


class Accounts:
    """All accounts of a world; the first is the desk's own. Safe to use from several threads."""

    def __init__(self, now: Callable[[], datetime], opened: Callable[[str], None]) -> None:
        """``opened`` is told the id of each new account."""
        self._now = now
        self._opened = opened
        self._lock = threading.RLock()
        self._accounts: dict[str, Account] = {}
        self._roles: dict[str, Role] = {}
        self._users: dict[str, Caller] = {}
        self._temporary: dict[str, Temporary] = {}
        self._policies: dict[str, Mapping[str, Any]] = {}
        self.first = self.open()
        self._users[FIRST_KEY] = self._user(FIRST_KEY, self.first.id, "desk")

    def open(self) -> Account:
        """Open another account, with nothing in it."""
        with self._lock:
            account = Account(id=f"{secrets.randbelow(10**12):012}", ses=Mailing(self._now))
            self._accounts[account.id] = account
        self._opened(account.id)
        return account

    def __getitem__(self, account: str) -> Account:
        """Return an account by its id."""
        return self._accounts[account]

    @property
    def desk(self) -> str:
        """The ARN of the user whose key `CognitoServer.environment` gives."""
        return self._users[FIRST_KEY].arn

    def key(self, account: Account, user: str) -> str:
        """Make an access key of a user of an account, and return its id. The secret is never looked at."""
        made = f"AKIA{_random(16)}"
        with self._lock:
            self._users[made] = self._user(made, account.id, user)
        return made

    def role(
        self,
        account: Account,
        name: str,
        *,
        trusts: Iterable[str],
        external_id: str = "",
        policy: Mapping[str, Any] | None = None,
    ) -> Role:
        """Make a role, or make it anew; ``trusts``, ``external_id`` and ``policy`` as a `Role` has them."""
        arn = f"arn:aws:iam::{account.id}:role/{name}"
        role = Role(arn=arn, trusts=frozenset(trusts), external_id=external_id, policy=policy)
        with self._lock:
            self._roles[arn] = role
        return role

    def limit(self, user: str, policy: Mapping[str, Any] | None) -> None:
        """Give a user, by ARN, an identity policy; None allows everything in the user's own account again."""
        with self._lock:
            self._policies.pop(user, None)
            if policy is not None:
                self._policies[user] = policy

    def caller(self, access_key: str, token: str) -> Caller:
        """Return whose key this is. Raises `CognitoError` for temporary ones that are unknown or have ended."""
        if not access_key.startswith(_TEMPORARY):
            return self._users.get(access_key, self._users[FIRST_KEY])
        found = self._temporary.get(access_key)
        if found is None or found.token != token:
            raise CognitoError("UnrecognizedClientException", "The security token included in the request is invalid.")
        if self._now() >= found.expires:
            raise CognitoError("ExpiredTokenException", "The security token included in the request is expired")
        return found.caller

    def assume(self, caller: Caller, asked: Mapping[str, str]) -> Temporary:
        """Answer AssumeRole, by its parameters. Raises `CognitoError`.

        As AWS does, it doesn't tell whether the role is missing, trusts somebody else, or wants another external id.
        """
        arn, name = asked.get("RoleArn", ""), asked.get("RoleSessionName", "")
        seconds = int(asked.get("DurationSeconds") or _LONGEST)
        if not _SESSION_NAME.fullmatch(name):
            raise CognitoError("ValidationError", f"Value '{name}' at 'roleSessionName' failed to satisfy constraint")
        if not _SHORTEST <= seconds <= _LONGEST:
            raise CognitoError("ValidationError", "The requested DurationSeconds exceeds what is set for this role.")
        role = self._roles.get(arn)
        trusted = role is not None and not role.trusts.isdisjoint({caller.principal, caller.account})
        if (
            role is None
            or not trusted
            or (role.external_id and role.external_id != asked.get("ExternalId", ""))
            or not self._may_assume(caller, role)
        ):
            message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise CognitoError("AccessDenied", message, status=403)
        return self._session(role, name, seconds)

    def allows(self, caller: Caller, action: str, resource: str) -> bool:
        """Whether the caller's identity policy allows an action; without one, everything in the own account is."""
        role = self._roles.get(caller.principal)
        policy = role.policy if role is not None else self._policies.get(caller.principal)
        return policy is None or _allows(policy, action, resource)

    def _may_assume(self, caller: Caller, role: Role) -> bool:
        # Within an account a trust policy that names the caller is enough.
        named_at_home = role.account == caller.account and caller.principal in role.trusts
        return named_at_home or self.allows(caller, "sts:AssumeRole", role.arn)

    def _session(self, role: Role, name: str, seconds: int) -> Temporary:
        arn = f"arn:aws:sts::{role.account}:assumed-role/{role.arn.rpartition('/')[2]}/{name}"
        caller = Caller(
            access_key=f"{_TEMPORARY}{_random(16)}",
            account=role.account,
            principal=role.arn,
            arn=arn,
            session_name=name,
        )
        made = Temporary(
            caller=caller,
            secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(120),
            expires=self._now() + timedelta(seconds=seconds),
        )
        with self._lock:
            self._temporary[caller.access_key] = made
        return made

    def _user(self, access_key: str, account: str, name: str) -> Caller:
        arn = f"arn:aws:iam::{account}:user/{name}"
        return Caller(access_key=access_key, account=account, principal=arn, arn=arn)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _allows(policy: Mapping[str, Any], action: str, resource: str) -> bool:
    """Judge by actions and resources alone: conditions are taken as met."""
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if _matches(statement["Action"], action) and _matches(statement["Resource"], resource)
    }
    return effects == {"Allow"}


def _matches(patterns: str | list[str], value: str) -> bool:
    return any(fnmatchcase(value, each) for each in ([patterns] if isinstance(patterns, str) else patterns))
