"""The only door to AWS: reads are retried with patience, everything else is sent exactly once.

It is long because every way to AWS stands here beside the others: nothing leaves by another.
"""

import json
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import UNSIGNED, xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.parsers import ResponseParserError
from pydantic import SecretStr

from bot import redaction
from bot.answer import Refused, Unread
from bot.aws import describe
from bot.aws.aws_words import THROTTLED, code_of, explain
from bot.aws.credentials import secret_hash
from bot.aws.failure import failure
from bot.aws.live_customer import OPERATIONS, Journal, LiveCustomer
from bot.aws.live_directory import LiveDirectory
from bot.aws.observed import Observer, observe
from bot.aws.ses import PATIENCE, TICKETS_PATIENCE, Ses
from bot.customer import Reply
from bot.plan import NONE, SES, UNKNOWN_SETTINGS, WRITABLE_SETTINGS, Call, Secrets
from bot.rates import Remembered
from bot.settings import PoolSettings, SettingsError
from bot.timings import UNHURRIED
from bot.words import Words, say

if TYPE_CHECKING:
    from botocore.paginate import Paginator

READS = frozenset(
    {
        "AdminGetUser",
        "DescribeIdentityProvider",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "ListIdentityProviders",
        "ListUsers",
    }
)
"""Every operation that the desk reads with."""

_REMEMBERED = frozenset({"DescribeUserPoolClient"})
"""What is the same for every customer of a pool; AWS allows fifteen of these a second, for the whole AWS account."""

_SHARED = frozenset({"DescribeUserPool"})
"""What is the same for every customer of a pool, and is read anew for each: who asks meanwhile waits for that read."""

_AT_ONCE = 64
"""Reads, and calls, that are under way at once."""

_FOR_TICKETS = 256
"""Reads of approved tickets at once: as many as run, each with all its reads side by side. Idle ones cost nothing."""

_EVENTS = "cognito-identity-provider"
"""What botocore calls Cognito in the names of its events."""

USER_AGENT = f"cognito-desk Botocore/{botocore.__version__}"
"""How the desk names itself to AWS. Without a name of ours botocore puts one together anew for each call, twice."""

# A read may wait its turn: botocore doubles the pause, up to 20 seconds, while AWS says "slow down".
_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=_AT_ONCE,
    connect_timeout=3,
    read_timeout=10,
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)
_CHECK = _READ.merge(Config(max_pool_connections=_FOR_TICKETS))
# A second send of a write could undo what happened in between, or mail the customer twice.
_ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=_AT_ONCE,
    connect_timeout=3,
    read_timeout=20,
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)

_UNSIGNED = _ONCE.merge(Config(signature_version=UNSIGNED))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    """A region's clients. Each has a pool of connections of its own."""

    reading: BaseClient
    checking: BaseClient
    """Reads for approved tickets alone."""
    once: BaseClient
    unsigned: BaseClient
    """Knows no credentials of ours, so that none can go along with a customer's."""

    @property
    def clients(self) -> tuple[BaseClient, ...]:
        """All of them."""
        return self.reading, self.checking, self.once, self.unsigned


def threads(count: int, name: str) -> Executor:
    """Return so many threads, called by one name."""
    return ThreadPoolExecutor(count, thread_name_prefix=name)


class Gateway:
    """Clients for every pool in the settings, made once and shared by all threads."""

    def __init__(
        self,
        pools: Mapping[str, PoolSettings],
        *,
        sends: frozenset[str],
        threads: Callable[[int, str], Executor] = threads,
        mail_reads: float = UNHURRIED.mail_reads,
        observed: Observer | None = None,
    ) -> None:
        """``sends``: the only operations that may be sent. ``threads``: makes so many of a name.

        ``mail_reads``: how many a minute Amazon SES is asked for at most. ``observed``: told of each request.
        """
        self._observed = observed
        self._pools = dict(pools)
        self._sends = sends
        self._remembered = Remembered()
        self._under_way: dict[Hashable, Future[Mapping[str, Any] | None]] = {}
        # At DEBUG botocore writes whole requests and answers: codes, tokens, addresses.
        redaction.guard()
        self._readers = threads(_AT_ONCE, "cognito-read")
        self._checkers = threads(_FOR_TICKETS, "ticket-read")
        self._session = botocore.session.Session()
        try:
            self._session.get_scoped_config()
        except ProfileNotFound as error:
            raise SettingsError(
                f"AWS_PROFILE: {error}. Set it to a profile of ~/.aws/config, for example: AWS_PROFILE=cognito-desk"
            ) from None
        # botocore's sessions make one client at a time.
        self._making = threading.Lock()
        self._regions: dict[str, _Region] = {}
        self._ses = Ses(self._connect_ses, a_minute=mail_reads)

    def warm(self) -> None:
        """Make the clients now, which takes a while, so that nobody waits for it later."""
        for pool in self._pools.values():
            self._region(pool)

    def directory(self, pool: str) -> LiveDirectory:
        """Return a fresh read-only view of one pool; what it reads it remembers, so ask for a new one each time."""
        settings = self._settings(pool)
        client = self._region(settings).reading
        ses = partial(self._ses.read, patience=PATIENCE)
        return _directory(pool, settings, _Readers(self._readers, client, self._remembered, self._under_way), ses)

    def for_tickets(self) -> "ForTickets":
        """Return the same door for approved tickets, whose reads wait for no others."""
        return ForTickets(self)

    def directory_for_ticket(self, pool: str) -> LiveDirectory:
        """Return what `directory` returns, for what is approved."""
        settings = self._settings(pool)
        client = self._region(settings).checking
        ses = partial(self._ses.read, patience=TICKETS_PATIENCE)
        # What is approved is judged by reads that begin after this.
        return _directory(pool, settings, _Readers(self._checkers, client, self._remembered, {}), ses)

    def customer(
        self, pool: str, *, journal: Journal, pauses: Sequence[float], reply: Reply | None = None
    ) -> LiveCustomer:
        """Return what may be done in one pool with a customer's own credential, for one request of one person.

        ``reply`` answers the challenge at which this request stopped before.
        """
        settings = self._settings(pool)
        client = self._region(settings).unsigned

        def send(operation: str, parameters: Mapping[str, Any], secrets: tuple[SecretStr, ...]) -> Mapping[str, Any]:
            if operation not in OPERATIONS:
                raise ValueError(f"{operation} is nothing that a customer's credential is used for")
            return _sent_once(client, operation, parameters, secrets)

        return LiveCustomer(
            name=pool,
            settings=settings,
            send=send,
            journal=journal,
            view=lambda: self.directory(pool),
            pauses=pauses,
            reply=reply,
        )

    def send(self, pool: str, call: Call, *, secrets: Secrets = NONE) -> str:
        """Send one call of a plan, once, and return AWS's request id. Raises `CallFailed`.

        ``secrets`` is what the call asks for last, by the parameters that ``call.secrets`` names.
        """
        if call.operation not in self._sends:
            raise ValueError(f"no scenario declares that it sends {call.operation}")
        settings = self._settings(pool)
        if call.operation.startswith(SES):
            if not settings.mail_evidence:
                raise ValueError(f"pool {pool} has no mail_evidence, so {call.operation} is nothing for it")
            return _request_id(_sent_once(self._ses.sending(call.region), call.operation, call.parameters, ()))
        hidden = {name: secrets[name] for name in call.secrets}
        parameters = {**call.parameters, **{name: secret.get_secret_value() for name, secret in hidden.items()}}
        if "ClientId" in parameters and (made := secret_hash(settings, parameters["Username"])):
            parameters["SecretHash"] = made
        client = self._region(settings).once
        return _request_id(_sent_once(client, call.operation, parameters, tuple(hidden.values())))

    def close(self) -> None:
        """Let go of the connections and of the threads that read."""
        for readers in (self._readers, self._checkers):
            readers.shutdown(wait=True, cancel_futures=True)
        for region in self._regions.values():
            for client in region.clients:
                client.close()
        self._ses.close()

    def _region(self, pool: PoolSettings) -> _Region:
        with self._making:
            if pool.region not in self._regions:
                connect = partial(self._session.create_client, "cognito-idp", pool.region)
                made = _Region(
                    reading=connect(config=_READ),
                    checking=connect(config=_CHECK),
                    once=connect(config=_ONCE),
                    unsigned=connect(config=_UNSIGNED),
                )
                for client in made.clients:
                    client.meta.events.register_first(f"before-parse.{_EVENTS}", _demand_json)
                    observe(client, self._observed)
                for client in (made.reading, made.checking):
                    client.meta.events.register(f"before-parse.{_EVENTS}.DescribeUserPool", _note_settings)
                self._regions[pool.region] = made
            return self._regions[pool.region]

    def _connect_ses(self, region: str, config: Config) -> BaseClient:
        with self._making:
            client: BaseClient = self._session.create_client("sesv2", region, config=config)
        client.meta.events.register_first("before-parse.sesv2", _demand_json)
        observe(client, self._observed)
        return client

    def _settings(self, pool: str) -> PoolSettings:
        if pool not in self._pools:
            known = ", ".join(sorted(self._pools))
            raise Refused(say("There is no pool {pool} here. Known: {known}.", pool=pool, known=known), field="pool")
        return self._pools[pool]


class ForTickets:
    """Reads and sends for approved tickets, over connections and threads that nothing else uses."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def directory(self, pool: str) -> LiveDirectory:
        """Return a fresh read-only view of one pool."""
        return self._gateway.directory_for_ticket(pool)

    def send(self, pool: str, call: Call, *, secrets: Secrets = NONE) -> str:
        """Send one call, once, and return AWS's request id. Raises `CallFailed`."""
        return self._gateway.send(pool, call, secrets=secrets)


@dataclass(frozen=True, slots=True)
class _Readers:
    """The threads, and the client, that read for one kind of view."""

    threads: Executor
    client: BaseClient
    remembered: Remembered
    under_way: dict[Hashable, Future[Mapping[str, Any] | None]]
    """The newest read of each of those that are shared."""

    def start(self, operation: str, parameters: Mapping[str, Any]) -> Future[Mapping[str, Any] | None]:
        """Start a read, or share one that is under way."""
        read, key = partial(_read, self.client, operation, parameters), (operation, *sorted(parameters.items()))
        if operation in _REMEMBERED:
            return self.threads.submit(self.remembered.answer, key, read)
        if operation not in _SHARED:
            return self.threads.submit(read)
        shared = self.under_way.get(key)
        if shared is None or shared.done():
            # Two who come in the same moment may both read.
            shared = self.under_way[key] = self.threads.submit(read)
        return shared


def _directory(
    pool: str,
    settings: PoolSettings,
    readers: _Readers,
    ses: Callable[[str, str, Mapping[str, Any]], Mapping[str, Any] | None],
) -> LiveDirectory:
    def read_mail(region: str, operation: str, parameters: Mapping[str, Any]) -> Future[Mapping[str, Any] | None]:
        return readers.threads.submit(ses, region, operation, parameters)

    return LiveDirectory(name=pool, settings=settings, read=readers.start, read_mail=read_mail)


def _read(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return Cognito's answer, or None when it knows no such user or provider. Raises `Unread`."""
    began = time.monotonic()
    try:
        answer = describe.without_secrets(operation, _whole(client, xform_name(operation), parameters))
    except ClientError as error:
        code = code_of(error)
        if code == "UserNotFoundException":
            return None
        if code == "ResourceNotFoundException" and operation == "DescribeIdentityProvider":
            return None
        if code in THROTTLED:
            tries = int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1
            raise Unread(_slow_down(tries, time.monotonic() - began)) from None
        raise Unread(explain(error, operation)) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise Unread(explain(error, operation)) from None
    return answer


def _whole(client: BaseClient, method: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer with all its pages: one may be short, or empty, and still have a next. `Limit` asks for one."""
    if client.can_paginate(method) and "Limit" not in parameters:
        pages = _paginator(client, method).paginate(**parameters, PaginationConfig={"PageSize": 60})
        return dict(pages.build_full_result())
    return dict(getattr(client, method)(**parameters))


@lru_cache(maxsize=16)
def _paginator(client: BaseClient, method: str) -> "Paginator[Any]":
    """Return what reads page by page; botocore makes a class anew for each that it is asked for."""
    return client.get_paginator(method)


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


def _slow_down(tries: int, seconds: float) -> Words:
    return say(
        "Cognito is asking everyone to slow down. I've tried {tries} times over {seconds} s; "
        "please try again in a minute.",
        tries=tries,
        seconds=round(seconds),
    )


def _sent_once(
    client: BaseClient, operation: str, parameters: Mapping[str, Any], secrets: Sequence[SecretStr]
) -> Mapping[str, Any]:
    for secret in secrets:
        redaction.hide(secret)
    try:
        return dict(getattr(client, xform_name(operation.removeprefix(SES)))(**parameters))
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        failed = failure(error, operation, hidden=[secret.get_secret_value() for secret in secrets])
    # Raised out here, the exception has no context whose text could repeat a secret.
    raise failed


def _request_id(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
