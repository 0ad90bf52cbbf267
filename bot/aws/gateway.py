"""The only door to AWS: reads are retried with patience, everything else is sent exactly once.

It is long because every way to AWS stands here beside the others: nothing leaves by another.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pydantic import SecretStr

from bot import redaction
from bot.answer import Refused, Unread
from bot.aws import describe
from bot.aws.aws_words import THROTTLED, code_of, explain
from bot.aws.clients import AT_ONCE, FOR_TICKETS, Clients, account_key, utc_now
from bot.aws.failure import CallFailed
from bot.aws.live_customer import OPERATIONS, Journal, LiveCustomer
from bot.aws.live_directory import LiveDirectory
from bot.aws.observed import Observer
from bot.aws.pool_reader import PoolReader
from bot.aws.quotas import MeasuredRates
from bot.aws.roles import role_of, ticket_session
from bot.aws.sending import Outlet, Sender, sent_once
from bot.aws.ses import PATIENCE, TICKETS_PATIENCE
from bot.cognito import User
from bot.customer import Reply
from bot.plan import NONE, Call, Secrets
from bot.rates import Remembered
from bot.settings import PoolSettings
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
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """``sends``: the only operations that may be sent. ``threads``: makes so many of a name.

        ``mail_reads``: how many a minute Amazon SES is asked for at most. ``observed``: told of each request. ``now``
        tells when roles' credentials end.
        """
        self._pools = dict(pools)
        self._sends = sends
        # At DEBUG botocore writes whole requests and answers: codes, tokens, addresses.
        redaction.guard()
        self._readers = threads(AT_ONCE, "cognito-read")
        self._checkers = threads(FOR_TICKETS, "ticket-read")
        self._clients = Clients(mail_reads=mail_reads, observed=observed, now=now)
        self._measured = MeasuredRates()

    def tell_of_singles(self, counted: Callable[[str], None]) -> None:
        """Have each request told that takes no turn at a shared rate, by that rate's key. Call it first of all."""
        self._clients.counted = counted

    def warm(self) -> None:
        """Make the clients now, which takes a while, so that nobody waits for it later."""
        for pool in self._pools.values():
            self._clients.region(pool)
            if role_of(pool) is not None:
                # Whether that works is said by the first read.
                self._readers.submit(self._clients.assume, pool)

    def directory(self, pool: str) -> LiveDirectory:
        """Return a fresh read-only view of one pool; what it reads it remembers, so ask for a new one each time."""
        settings = self._settings(pool)
        account, client = self._clients.account(settings), self._clients.region(settings).reading
        ses = partial(account.ses.read, patience=PATIENCE)
        return _directory(pool, settings, _Readers(self._readers, client, account.remembered, account.under_way), ses)

    def pool_reader(self, pool: str) -> PoolReader:
        """Return what reads all users of a pool. Raises `Refused` for one that isn't in the settings."""
        settings = self._settings(pool)
        client = self._clients.region(settings).many
        return PoolReader(settings, client, self._measured, account=account_key(settings))

    def for_tickets(self) -> "ForTickets":
        """Return the same door for approved tickets, whose reads wait for no others."""
        return ForTickets(self)

    def directory_for_ticket(self, pool: str) -> LiveDirectory:
        """Return what `directory` returns, for what is approved."""
        settings = self._settings(pool)
        account, client = self._clients.account(settings), self._clients.region(settings).checking
        ses = partial(account.ses.read, patience=TICKETS_PATIENCE)
        # What is approved is judged by reads that begin after this.
        return _directory(pool, settings, _Readers(self._checkers, client, account.remembered, {}), ses)

    def customer(
        self, pool: str, *, journal: Journal, pauses: Sequence[float], reply: Reply | None = None
    ) -> LiveCustomer:
        """Return what may be done in one pool with a customer's own credential, for one request of one person.

        ``reply`` answers the challenge at which this request stopped before.
        """
        settings = self._settings(pool)
        client = self._clients.region(settings).unsigned

        def send(operation: str, parameters: Mapping[str, Any], secrets: tuple[SecretStr, ...]) -> Mapping[str, Any]:
            if operation not in OPERATIONS:
                raise ValueError(f"{operation} is nothing that a customer's credential is used for")
            return sent_once(client, operation, parameters, secrets)

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
        """Send one call of no ticket, once, and return AWS's request id. Raises `CallFailed`, or `Unread` if unsent."""
        with self.sender(pool) as sender:
            sender.ready()
            return sender.send(call, secrets=secrets)

    def sender(self, pool: str, ticket: int | None = None, *, many: bool = False) -> Sender:
        """Return at once what sends a ticket's calls in a pool; where a role is to be assumed, it gets ready meanwhile.

        Each ticket has a session of the role to itself, whose name has its number. ``many``: it is one over many
        people, whose calls have their turns.
        """
        outlet = Future[Outlet]()
        try:
            settings = self._settings(pool)
        except Refused as unknown:
            outlet.set_exception(unknown)
            return Sender(outlet, sends=self._sends)
        role = role_of(settings)
        if role is not None and ticket is not None:
            own = partial(self._clients.own_outlet, settings, role, ticket_session(ticket), many=many)
            outlet = self._checkers.submit(own)
        else:
            outlet.set_result(self._clients.outlet(settings, many=many))
        return Sender(outlet, sends=self._sends)

    def reader(self, pool: str) -> Callable[[str], User | None]:
        """Return what reads one user of a pool by a name or alias, once, without patience; None for nobody.

        It raises `CallFailed`: who reads many decides when to try again.
        """
        settings = self._settings(pool)
        client = self._clients.region(settings).many

        def read(username: str) -> User | None:
            try:
                parameters = {"UserPoolId": settings.id, "Username": username}
                return describe.user(sent_once(client, "AdminGetUser", parameters, ()))
            except CallFailed as failed:
                if failed.code == "UserNotFoundException":
                    return None
                raise

        return read

    def close(self) -> None:
        """Let go of the connections and of the threads that read."""
        for readers in (self._readers, self._checkers):
            readers.shutdown(wait=True, cancel_futures=True)
        self._clients.close()

    def _settings(self, pool: str) -> PoolSettings:
        if pool not in self._pools:
            # Which ones there are isn't for everybody to know.
            raise Refused(say("There is no pool {pool} here.", pool=pool), field="pool")
        return self._pools[pool]


class ForTickets:
    """Reads and sends for approved tickets, over connections and threads that nothing else uses."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def directory(self, pool: str) -> LiveDirectory:
        """Return a fresh read-only view of one pool."""
        return self._gateway.directory_for_ticket(pool)

    def sender(self, pool: str, number: int) -> Sender:
        """Return at once what sends the calls of the ticket of this number."""
        return self._gateway.sender(pool, number)

    def sender_of_many(self, pool: str, number: int) -> Sender:
        """Return the same for a ticket over many people: its calls have their turns at the rate that is shared."""
        return self._gateway.sender(pool, number, many=True)

    def reader(self, pool: str) -> Callable[[str], User | None]:
        """Return what reads the users of a pool one by one, without trying again by itself."""
        return self._gateway.reader(pool)


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


def _slow_down(tries: int, seconds: float) -> Words:
    return say(
        "Cognito is asking everyone to slow down. I've tried {tries} times over {seconds} s; "
        "please try again in a minute.",
        tries=tries,
        seconds=round(seconds),
    )
