"""The gateway's way to Amazon SES: clients by Region, made when needed, and no more calls than SES is meant for."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.allowance import Allowance, UsedUp
from bot.aws.aws_words import code_of, explain
from bot.aws.remembered import Remembered
from bot.plan import SES, Unread
from bot.words import say

SES_READS = frozenset({f"{SES}GetAccount", f"{SES}GetEmailIdentity", f"{SES}GetSuppressedDestination"})
"""Every operation of SES that the desk reads with, where the settings let it."""

Connect = Callable[[str, Config], BaseClient]
"""Makes a client of SES for a Region. Not safe to use from two threads at once."""

PATIENCE = 2.0
"""Seconds that a check waits for its turn at most: rather than later it says what it didn't look at."""
TICKETS_PATIENCE = 20.0
"""The same for what is approved, which can't go on without."""

# SES's calls for managing are meant for about one a second. A first look takes three, any other of the next minute one.
_A_MINUTE = 60
_AT_ONCE = 6

_REMEMBERED = frozenset({f"{SES}GetAccount", f"{SES}GetEmailIdentity"})
"""What is the same for everybody, and changes when an operator does something about it."""

_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=4, tcp_keepalive=True
)
_ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=3, read_timeout=20, tcp_keepalive=True
)

_TOO_MANY = say("Amazon SES was not looked at: there are too many checks at once. Please check again in a minute.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    reading: BaseClient
    once: BaseClient
    allowance: Allowance


class Ses:
    """SES in every Region that a pool sends from. Shared by all threads."""

    def __init__(self, connect: Connect, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._regions: dict[str, _Region] = {}
        self._remembered = Remembered(clock=clock)

    def read(
        self, region: str, operation: str, parameters: Mapping[str, Any], *, patience: float = PATIENCE
    ) -> Mapping[str, Any] | None:
        """Return SES's answer, or None when it knows no such address or identity. Raises `Unread`."""
        key = (region, operation, tuple(sorted(parameters.items())))
        read = partial(self._read, region, operation, parameters, patience)
        return self._remembered.answer(key, read) if operation in _REMEMBERED else read()

    def _read(
        self, region: str, operation: str, parameters: Mapping[str, Any], patience: float
    ) -> Mapping[str, Any] | None:
        try:
            found = self._region(region)
            found.allowance.take(patience=patience)
            return dict(_method(found.reading, operation)(**parameters))
        except UsedUp:
            raise Unread(_TOO_MANY) from None
        except ClientError as error:
            if code_of(error) != "NotFoundException":
                raise Unread(explain(error, operation)) from None
            return None
        except (BotoCoreError, ResponseParserError) as error:
            raise Unread(explain(error, operation)) from None

    def sending(self, region: str) -> BaseClient:
        """Return the client that sends everything once."""
        return self._region(region).once

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            for region in self._regions.values():
                region.reading.close()
                region.once.close()

    def _region(self, name: str) -> _Region:
        with self._lock:
            if name not in self._regions:
                self._regions[name] = _Region(
                    reading=self._connect(name, _READ),
                    once=self._connect(name, _ONCE),
                    allowance=Allowance(a_minute=_A_MINUTE, at_once=_AT_ONCE, patience=PATIENCE, clock=self._clock),
                )
            return self._regions[name]


def _method(client: BaseClient, operation: str) -> Callable[..., Mapping[str, Any]]:
    return getattr(client, xform_name(operation.removeprefix(SES)))  # type: ignore[no-any-return] # made by botocore
