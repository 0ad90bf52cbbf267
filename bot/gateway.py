"""The only door to AWS: reads are retried with patience, everything else is sent exactly once."""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import boto3
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from bot.aws_words import THROTTLED, AwsError, code_of, explain
from bot.live_directory import LiveDirectory
from bot.plan import Call, Refused
from bot.settings import PoolSettings, SettingsError
from bot.words import Words, say

READS = frozenset(
    {"AdminGetUser", "DescribeIdentityProvider", "DescribeUserPool", "ListIdentityProviders", "ListUsers"}
)
"""Every operation that the desk reads with."""

_AT_ONCE = 64

# A read may wait its turn: botocore doubles the pause, up to 20 seconds, while AWS says "slow down".
_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=_AT_ONCE,
    connect_timeout=3,
    read_timeout=10,
    tcp_keepalive=True,
)
# A second send of a write could undo what happened in between, or mail the customer twice.
_ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=_AT_ONCE,
    connect_timeout=3,
    read_timeout=20,
    tcp_keepalive=True,
)

# Cognito may have changed the user before it noticed that it can't mail, or before the pool's own code failed.
_AFTER_THE_FACT = frozenset(
    {
        "CodeDeliveryFailureException",
        "InvalidEmailRoleAccessPolicyException",
        "InvalidLambdaResponseException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "UnexpectedLambdaException",
        "UserLambdaValidationException",
    }
)


class Fate(StrEnum):
    """What is certain about a call that failed."""

    REFUSED = "refused"
    """AWS said no; nothing was changed by it."""
    UNSENT = "unsent"
    """It never left; nothing was changed."""
    UNKNOWN = "unknown"
    """The answer was lost, or came after the change: only reading Cognito can tell."""


class CallFailed(Exception):
    """A call that was to be sent once did not succeed."""

    def __init__(self, *, code: str, words: Words, request_id: str, fate: Fate) -> None:
        super().__init__(f"{code} ({fate})")
        self.code = code
        self.words = words
        self.request_id = request_id
        self.fate = fate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    reading: BaseClient
    once: BaseClient


class Gateway:
    """Clients for every pool in the settings, made once and shared by all threads."""

    def __init__(self, pools: Mapping[str, PoolSettings], *, sends: frozenset[str]) -> None:
        # At DEBUG botocore writes whole requests and answers: codes, tokens, addresses.
        for name in ("boto3", "botocore", "urllib3"):
            logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger(name).level))
        self._pools = dict(pools)
        self._sends = sends
        self._readers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cognito-read")
        try:
            session = boto3.session.Session()
            self._regions = {
                region: _Region(
                    reading=session.client("cognito-idp", region_name=region, config=_READ),
                    once=session.client("cognito-idp", region_name=region, config=_ONCE),
                )
                for region in sorted({pool.region for pool in pools.values()})
            }
        except ProfileNotFound as error:
            raise SettingsError(
                f"AWS_PROFILE: {error}. Set it to a profile of ~/.aws/config, for example: AWS_PROFILE=cognito-desk"
            ) from None

    def directory(self, pool: str) -> LiveDirectory:
        """Return a fresh read-only view of one pool; what it reads it remembers, so ask for a new one each time."""
        settings = self._settings(pool)
        client = self._regions[settings.region].reading

        def read(operation: str, parameters: Mapping[str, Any]) -> Future[Mapping[str, Any] | None]:
            return self._readers.submit(_read, client, operation, parameters)

        return LiveDirectory(name=pool, settings=settings, read=read)

    def send(self, pool: str, call: Call, *, secret: str = "") -> str:
        """Send one call of a plan, once, and return AWS's request id. Raises `CallFailed`.

        ``secret`` is what the call asks for last; it goes into the parameter that ``call.secret`` names.
        """
        if call.operation not in self._sends:
            raise ValueError(f"no scenario declares that it sends {call.operation}")
        parameters = {**call.parameters, call.secret: secret} if call.secret else dict(call.parameters)
        client = self._regions[self._settings(pool).region].once
        try:
            answer = getattr(client, xform_name(call.operation))(**parameters)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            failed = _failed(error, call.operation, secret)
        else:
            return _request_id(answer)
        # Raised out here, the exception has no context whose text could repeat the secret.
        raise failed

    def close(self) -> None:
        """Let go of the connections and of the threads that read."""
        self._readers.shutdown(wait=True, cancel_futures=True)
        for region in self._regions.values():
            region.reading.close()
            region.once.close()

    def _settings(self, pool: str) -> PoolSettings:
        if pool not in self._pools:
            known = ", ".join(sorted(self._pools))
            raise Refused(say("There is no pool {pool} here. Known: {known}.", pool=pool, known=known), field="pool")
        return self._pools[pool]


def _read(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return Cognito's answer, or None when it knows no such user or provider."""
    began = time.monotonic()
    try:
        answer = _whole(client, xform_name(operation), parameters)
    except ClientError as error:
        code = code_of(error)
        if code == "UserNotFoundException":
            return None
        if code == "ResourceNotFoundException" and operation == "DescribeIdentityProvider":
            return None
        if code in THROTTLED:
            tries = int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1
            raise Refused(_slow_down(tries, time.monotonic() - began)) from None
        raise Refused(explain(error, operation)) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise Refused(explain(error, operation)) from None
    return answer


def _whole(client: BaseClient, method: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer with all its pages: one may be short, or empty, and still have a next. `Limit` asks for one."""
    if client.can_paginate(method) and "Limit" not in parameters:
        pages = client.get_paginator(method).paginate(**parameters, PaginationConfig={"PageSize": 60})
        return dict(pages.build_full_result())
    return dict(getattr(client, method)(**parameters))


def _slow_down(tries: int, seconds: float) -> Words:
    return say(
        "Cognito is asking everyone to slow down. I've tried {tries} times over {seconds} s; "
        "please try again in a minute.",
        tries=tries,
        seconds=round(seconds),
    )


def _failed(error: AwsError, operation: str, secret: str) -> CallFailed:
    return CallFailed(
        code=code_of(error),
        words=explain(error, operation, hidden=secret),
        request_id=_request_id(error.response) if isinstance(error, ClientError) else "",
        fate=_fate(error),
    )


def _fate(error: AwsError) -> Fate:
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        surely_refused = 400 <= status < 500 and code_of(error) not in _AFTER_THE_FACT
        return Fate.REFUSED if surely_refused else Fate.UNKNOWN
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError | ProxyConnectionError):
        return Fate.UNSENT
    # A connection that broke may have broken after the request was out. Everything else fails before it.
    broke = isinstance(error, HTTPClientError | SSLError | ResponseParserError)
    return Fate.UNKNOWN if broke else Fate.UNSENT


def _request_id(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
