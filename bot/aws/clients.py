"""The clients that talk to AWS: each set of credentials has its own in each Region, with pools of connections apart."""

import json
import threading
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ProfileNotFound
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.parsers import ResponseParserError

from bot.aws.observed import Observer, observe
from bot.aws.pool_reader import as_it_is, rate_key
from bot.aws.quotas import CATEGORY_OF
from bot.aws.roles import Keys, Role, Roles, role_of
from bot.aws.sending import Outlet
from bot.aws.ses import ONCE, Ses
from bot.plan import UNKNOWN_SETTINGS, WRITABLE_SETTINGS
from bot.rates import Remembered
from bot.settings import PoolSettings, SettingsError

AT_ONCE = 64
"""Reads, and calls, that are under way at once."""

FOR_TICKETS = 256
"""Reads of approved tickets at once: as many as run, each with all its reads side by side. Idle ones cost nothing."""

_COGNITO, _SES = "cognito-idp", "sesv2"

_EVENTS = {_COGNITO: "cognito-identity-provider", _SES: "sesv2"}
"""What botocore calls a service in the names of its events."""

USER_AGENT = f"cognito-desk Botocore/{botocore.__version__}"
"""How the desk names itself to AWS. Without a name of ours botocore puts one together anew for each call, twice."""

# A read may wait its turn: botocore doubles the pause, up to 20 seconds, while AWS says "slow down".
_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=AT_ONCE,
    connect_timeout=3,
    read_timeout=10,
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)
_CHECK = _READ.merge(Config(max_pool_connections=FOR_TICKETS))
# A second send of a write could undo what happened in between, or mail the customer twice.
_ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=AT_ONCE,
    connect_timeout=3,
    read_timeout=20,
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)

# Assuming a role changes nothing, so it may be asked for again.
_STS = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=3,
    read_timeout=5,
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)

_UNSIGNED = _ONCE.merge(Config(signature_version=UNSIGNED))

# Many at once, each sent once: who reads a pool, or sends a bulk run, has a rate to keep and tries again by itself.
_MANY = _ONCE.merge(Config(max_pool_connections=128, read_timeout=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region's clients. Each has a pool of connections of its own."""

    reading: BaseClient
    checking: BaseClient
    """Reads for approved tickets alone."""
    once: BaseClient
    unsigned: BaseClient
    """Knows no credentials of ours, so that none can go along with a customer's."""
    many: BaseClient
    """Reads whole pools and sends bulk runs, at the rate that these share."""

    @property
    def clients(self) -> tuple[BaseClient, ...]:
        """All of them."""
        return self.reading, self.checking, self.once, self.unsigned, self.many


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One set of credentials, and what was read with it: another may see something else by the same name."""

    session: botocore.session.Session
    ses: Ses
    remembered: Remembered = field(default_factory=Remembered)
    under_way: dict[Hashable, Future[Mapping[str, Any] | None]] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)


def account_key(pool: PoolSettings) -> str:
    """Return what tells apart the account, and the Region, in which a pool is worked on."""
    return f"{pool.role_arn or 'own'}|{pool.region}"


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Clients:
    """Makes clients when they are first needed, and keeps them. Shared by all threads."""

    def __init__(self, *, mail_reads: float, observed: Observer | None, now: Callable[[], datetime]) -> None:
        """``mail_reads``: how many a minute each account's Amazon SES is asked for at most. Raises `SettingsError`.

        ``observed``: told of each request.
        """
        self._mail_reads = mail_reads
        self._observed = observed
        self.counted: Callable[[str], None] | None = None
        """Told, by the key of its rate, of each request that takes no turn at it."""
        self._session = botocore.session.Session()
        try:
            self._session.get_scoped_config()
        except ProfileNotFound as error:
            raise SettingsError(
                f"AWS_PROFILE: {error}. Set it to a profile of ~/.aws/config, for example: AWS_PROFILE=cognito-desk"
            ) from None
        # botocore's sessions make one client at a time, and they share what makes them.
        self._making = threading.RLock()
        sts = partial(self._connect, self._session, "sts", config=_STS)
        self._roles = Roles(self._session, sts, now=now)
        self._accounts: dict[Role | None, Account] = {}

    def account(self, pool: PoolSettings) -> Account:
        """Return what belongs to the credentials with which a pool is read."""
        role = role_of(pool)
        with self._making:
            if role not in self._accounts:
                session = self._session if role is None else self._roles.session(role, pool.region)
                ses = Ses(partial(self._connect, session, _SES), a_minute=self._mail_reads)
                self._accounts[role] = Account(session=session, ses=ses)
            return self._accounts[role]

    def assume(self, pool: PoolSettings) -> None:
        """Make sure that there are credentials for reading a pool. Raises `Unread`."""
        credentials = self.account(pool).session.get_credentials()
        if credentials is not None:
            credentials.get_frozen_credentials()

    def region(self, pool: PoolSettings) -> Region:
        """Return the clients with which a pool is worked on."""
        account = self.account(pool)
        with self._making:
            if pool.region not in account.regions:
                connect = partial(self._connect, account.session, _COGNITO, pool.region)
                made = Region(
                    reading=connect(_READ),
                    checking=connect(_CHECK),
                    once=connect(_ONCE),
                    unsigned=connect(_UNSIGNED),
                    many=connect(_MANY),
                )
                for client in (made.reading, made.checking):
                    client.meta.events.register(f"before-parse.{_EVENTS[_COGNITO]}.DescribeUserPool", _note_settings)
                made.many.meta.events.register(f"before-parse.{_EVENTS[_COGNITO]}.ListUsers", as_it_is)
                for client in (made.reading, made.checking, made.once, made.unsigned):
                    self._count(client, account_key(pool))
                account.regions[pool.region] = made
            return account.regions[pool.region]

    def outlet(self, pool: PoolSettings, *, many: bool = False) -> Outlet:
        """Return the clients that send in a pool whatever is sent with the same credentials as it is read.

        ``many``: each call has its turn at the rate that is shared, and counts as no single one.
        """
        region = self.region(pool)
        return Outlet(settings=pool, cognito=region.many if many else region.once, ses=self.account(pool).ses.sending)

    def own_outlet(self, pool: PoolSettings, role: Role, session: str, *, many: bool = False) -> Outlet:
        """Return clients that send in a pool, in a session of its role of this name. Raises `Unread`.

        ``many`` as for `outlet`.
        """
        keys, made = self._roles.assume(role, pool.region, session), list[BaseClient]()

        def connect(service: str, region: str, config: Config) -> BaseClient:
            made.append(self._connect(self._session, service, region, config, keys=keys))
            return made[-1]

        def close() -> None:
            for client in made:
                client.close()

        cognito = connect(_COGNITO, pool.region, _MANY if many else _ONCE)
        if not many:
            self._count(cognito, account_key(pool))
        return Outlet(
            settings=pool, cognito=cognito, ses=lambda region: connect(_SES, region, ONCE), close=close, keys=keys
        )

    @property
    def regions(self) -> tuple[Region, ...]:
        """Every Region's clients that were needed so far."""
        return tuple(region for account in self._accounts.values() for region in account.regions.values())

    def close(self) -> None:
        """Let go of the connections."""
        for region in self.regions:
            for client in region.clients:
                client.close()
        for account in self._accounts.values():
            account.ses.close()
        self._roles.close()

    def _count(self, client: BaseClient, account: str) -> None:
        """Tell of each request whose category has a rate that is shared."""
        counted = self.counted
        if counted is None:
            return
        for operation, category in CATEGORY_OF.items():
            key = rate_key(account, category)

            def leaves(
                key: str = key,
                **_: object,  # botocore adds to what it tells its listeners
            ) -> None:
                counted(key)

            client.meta.events.register(f"before-send.{_EVENTS[_COGNITO]}.{operation}", leaves)

    def _connect(
        self, session: botocore.session.Session, service: str, region: str, config: Config, keys: Keys | None = None
    ) -> BaseClient:
        with self._making:
            client: BaseClient = session.create_client(
                service,
                region,
                config=config,
                aws_access_key_id=keys.access_key if keys else None,
                aws_secret_access_key=keys.secret.get_secret_value() if keys else None,
                aws_session_token=keys.token.get_secret_value() if keys else None,
            )
        observe(client, self._observed)
        if service in _EVENTS:
            client.meta.events.register_first(f"before-parse.{_EVENTS[service]}", _demand_json)
        return client


def _demand_json(
    response_dict: Mapping[str, Any],
    **_: object,  # botocore adds to what it tells its listeners
) -> None:
    """Take what Cognito would never write for a lost answer; botocore would call it a success without content."""
    try:
        text = response_dict["body"].decode()
        fits = response_dict["status_code"] >= 300 or not text or isinstance(json.loads(text), dict)
    except ValueError:
        fits = False
    if not fits:
        raise ResponseParserError("the answer can't be read")


def _note_settings(
    operation_model: OperationModel,
    response_dict: Mapping[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,  # botocore adds to what it tells its listeners
) -> None:
    """Add to a pool's description what may be written, and what botocore is too old to show us."""
    if response_dict["status_code"] != 200:
        return
    known, writable = _settings_known(operation_model.service_model)
    shown = json.loads(response_dict["body"])["UserPool"]
    customized_response_dict[WRITABLE_SETTINGS] = list(writable)
    customized_response_dict[UNKNOWN_SETTINGS] = sorted(shown.keys() - known)


@cache
def _settings_known(model: ServiceModel) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return a pool's settings that botocore knows to read, and those that it knows to write, sorted."""
    known, writable = model.shape_for("UserPoolType"), model.shape_for("UpdateUserPoolRequest")
    assert isinstance(known, StructureShape)
    assert isinstance(writable, StructureShape)
    return frozenset(known.members), tuple(sorted(writable.members))
