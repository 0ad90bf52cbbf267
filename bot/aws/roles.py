"""Roles of other AWS accounts: assumed through STS with the desk's own credentials, and renewed before they end."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.session import Session
from pydantic import SecretStr

from bot import redaction
from bot.answer import Unread
from bot.aws.aws_words import ASSUME_ROLE, explain
from bot.settings import PoolSettings
from bot.words import within

SESSION = "cognito-desk"
"""What CloudTrail shows as the name of the sessions that read."""

_FAILED_FOR = timedelta(seconds=3)
"""How long STS's refusal counts for those too who come after it: the reads of a check all ask at once."""


def ticket_session(number: int) -> str:
    """Return the name of the session that sends a ticket's calls, so that CloudTrail shows which ticket they are of."""
    return f"{SESSION}-ticket-{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that is assumed."""

    arn: str
    external_id: str | None
    """None where its trust policy asks for nothing."""


def role_of(pool: PoolSettings) -> Role | None:
    """Return the role with which a pool is worked on; None for the desk's own credentials."""
    return Role(arn=pool.role_arn, external_id=pool.external_id) if pool.role_arn is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Temporary credentials."""

    access_key: str
    secret: SecretStr
    token: SecretStr
    expires: datetime


class Roles:
    """Assumes roles. Safe to use from several threads."""

    def __init__(self, session: Session, connect: Callable[[str], Any], *, now: Callable[[], datetime]) -> None:
        """``session``: the desk's own. ``connect``: makes a client of STS in a Region, with the desk's credentials."""
        self._session = session
        self._connect = connect
        self._now = now
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def session(self, role: Role, region: str) -> Session:
        """Return a session whose clients work with this role; any call of theirs may raise `Unread`.

        ``region``: whose STS is asked.
        """
        made = Session()
        # What both have read from files is the same, and takes longer than all the rest.
        made.register_component("data_loader", self._session.get_component("data_loader"))
        renewed = DeferredRefreshableCredentials(
            refresh_using=_Renewal(partial(self.assume, role, region, SESSION), self._now),
            method="assume-role",
            time_fetcher=self._now,
        )
        made.register_component("credential_provider", CredentialResolver([_Always(renewed)]))
        return made

    def assume(self, role: Role, region: str, name: str) -> Keys:
        """Return credentials for an hour, in a session of this name. Raises `Unread`."""
        asked = {"RoleArn": role.arn, "RoleSessionName": name}
        if role.external_id is not None:
            asked["ExternalId"] = role.external_id
        try:
            answer: Mapping[str, Any] = self._sts(region).assume_role(**asked)["Credentials"]
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            why = explain(error, ASSUME_ROLE)
        else:
            # Nothing should write them into a log; should something all the same, they are blanked out there.
            return Keys(
                access_key=answer["AccessKeyId"],
                secret=redaction.hide(SecretStr(answer["SecretAccessKey"])),
                token=redaction.hide(SecretStr(answer["SessionToken"])),
                expires=answer["Expiration"],
            )
        # Raised out here, the exception has no context: what can't be read may hold credentials.
        raise Unread(
            within("The desk can't use the role {role}, which it needs for this. {why}", role=role.arn, why=why)
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def _sts(self, region: str) -> Any:
        with self._lock:
            if region not in self._clients:
                self._clients[region] = self._connect(region)
            return self._clients[region]


class _Renewal:
    """Renews the credentials of a role for reading; botocore lets one thread do it at a time."""

    def __init__(self, assume: Callable[[], Keys], now: Callable[[], datetime]) -> None:
        self._assume = assume
        self._now = now
        self._failed = datetime.min.replace(tzinfo=UTC)
        self._why: Unread | None = None
        self._keys: Keys | None = None
        """Those of now, so that they stay hidden from the log for as long as they are used."""

    def __call__(self) -> dict[str, str]:
        """Return new ones in the form that botocore takes. Raises `Unread`."""
        if self._why is not None and timedelta() <= self._now() - self._failed < _FAILED_FOR:
            raise Unread(self._why.words)
        try:
            keys = self._keys = self._assume()
        except Unread as unread:
            self._why, self._failed = unread, self._now()
            raise
        return {
            "access_key": keys.access_key,
            "secret_key": keys.secret.get_secret_value(),
            "token": keys.token.get_secret_value(),
            "expiry_time": keys.expires.isoformat(),
        }


class _Always(CredentialProvider):
    """Has these credentials and no others, whatever the environment says."""

    METHOD = "assume-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> DeferredRefreshableCredentials:
        """Return them."""
        return self._credentials
