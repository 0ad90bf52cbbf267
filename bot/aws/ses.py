"""Amazon SES: what may keep a pool's mail from arriving, asked for with no more calls than SES is meant for."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.addresses import spellings
from bot.answer import Unread
from bot.aws.aws_words import code_of, explain
from bot.cognito import Pool
from bot.mail import Mail, Sender, Suppression
from bot.plan import SES
from bot.rates import Allowance, Remembered, UsedUp
from bot.timings import UNHURRIED
from bot.words import Words, say

if TYPE_CHECKING:
    from concurrent.futures import Future

Answer = Mapping[str, Any]
Read = Callable[[str, str, Answer], "Future[Answer | None]"]
"""Starts one operation of SES in a Region; the future holds its answer, None for "not there", or an `Unread`."""

_UNKNOWN_SENDER = say("The pool sends with Amazon SES, but doesn't say from which address, so SES was not looked at.")
_ANOTHER_ACCOUNT = say("The pool sends with the Amazon SES of another AWS account, which the desk can't look into.")


def nowhere(region: str, operation: str, parameters: Answer) -> "Future[Answer | None]":
    """Read nothing, for a view of a pool that has no way to SES."""
    raise Unread(say("Amazon SES was not looked at."))


def look(pool: Pool, address: str, read: Read) -> Mail:
    """Return what SES shows of the mail to ``address``, its reads side by side. Asks nothing where it may not.

    An entry of the suppression list counts in each of the spellings of the address that may stand there: AWS doesn't
    say whether the list minds letter case.
    """
    if not pool.mail_evidence or pool.sender is not Sender.SES:
        return Mail(sender=pool.sender)
    _, _, _, region, account, name = (pool.ses_source_arn.split(":", 5) + [""] * 6)[:6]
    identity = name.removeprefix("identity/")
    if not (region and identity):
        return Mail(sender=Sender.SES, unread=(_UNKNOWN_SENDER,))
    if account != pool.account:
        return Mail(sender=Sender.SES, identity=identity, unread=(_ANOTHER_ACCOUNT,))
    looking = _Looking(region=region, read=read)
    asked = [looking.at("GetSuppressedDestination", {"EmailAddress": each}) for each in _forms(address)]
    asked_account = looking.at("GetAccount", {})
    asked_identity = looking.at("GetEmailIdentity", {"EmailIdentity": identity})
    entries = [looking.seen(each) for each in asked]
    settings, sending = looking.seen(asked_account), looking.seen(asked_identity)
    sandboxed = None if settings.answer is None else not settings.answer.get("ProductionAccessEnabled", False)
    return Mail(
        sender=Sender.SES,
        looked=True,
        region=region,
        suppressed=_suppression(entries, pool, settings.answer),
        list_read=bool(entries) and all(entry.known for entry in entries),
        sending_enabled=None if settings.answer is None else bool(settings.answer.get("SendingEnabled", False)),
        sandboxed=sandboxed,
        enforcement="" if settings.answer is None else str(settings.answer.get("EnforcementStatus", "")),
        identity=identity,
        identity_verified=sending.verified,
        recipient_verified=_recipient(looking, address) if sandboxed else None,
        unread=tuple({words.plain(): words for words in looking.unread}.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What came of one read."""

    known: bool
    answer: Answer | None = None
    """None where SES has no such thing, and where it isn't known."""

    @property
    def verified(self) -> bool | None:
        """Whether an identity that was asked for is verified; one that isn't there isn't."""
        if not self.known:
            return None
        return self.answer is not None and bool(self.answer.get("VerifiedForSendingStatus", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """The reads of one look."""

    region: str
    read: Read
    unread: list[Words] = field(default_factory=list)
    """Why some of them failed."""

    def at(self, operation: str, parameters: Answer) -> "Future[Answer | None]":
        """Start one read."""
        return self.read(self.region, f"{SES}{operation}", parameters)

    def seen(self, asked: "Future[Answer | None]") -> _Seen:
        """Wait for what came of one read."""
        try:
            return _Seen(known=True, answer=asked.result())
        except Unread as unread:
            self.unread.append(unread.words)
            return _Seen(known=False)


def _forms(address: str) -> tuple[str, ...]:
    # Only as it is kept and in small letters: each form is a call, and SES wants few of them.
    return tuple(dict.fromkeys(spellings(address)[:2])) if address else ()


def _suppression(entries: Iterable[_Seen], pool: Pool, settings: Answer | None) -> Suppression | None:
    answer = next((entry.answer for entry in entries if entry.answer is not None), None)
    if answer is None:
        return None
    entry = answer["SuppressedDestination"]
    reasons = (settings or {}).get("SuppressionAttributes", {}).get("SuppressedReasons")
    # A configuration set may suppress for other reasons than the account; reading it would take one right more.
    told = reasons if not pool.ses_configuration_set else None
    return Suppression(
        address=entry["EmailAddress"],
        reason=entry["Reason"],
        since=entry["LastUpdateTime"].astimezone(UTC),
        in_force=None if told is None else entry["Reason"] in told,
    )


def _recipient(looking: _Looking, address: str) -> bool | None:
    """Return whether SES has verified an address, or its domain; None where that couldn't be read."""
    names = dict.fromkeys((address, address.rpartition("@")[2]))
    asked = [looking.at("GetEmailIdentity", {"EmailIdentity": name}) for name in names if name]
    told = [looking.seen(each).verified for each in asked]
    if True in told:
        return True
    return None if None in told or not told else False


SES_READS = frozenset({f"{SES}GetAccount", f"{SES}GetEmailIdentity", f"{SES}GetSuppressedDestination"})
"""Every operation of SES that the desk reads with, where the settings let it."""

Connect = Callable[[str, Config], BaseClient]
"""Makes a client of SES for a Region. Not safe to use from two threads at once."""

PATIENCE = 2.0
"""Seconds that a check waits for its turn at most: rather than later it says what it didn't look at."""
TICKETS_PATIENCE = 20.0
"""The same for what is approved, which can't go on without."""

# A first look takes three, any other of the next minute one.
_ATONCE = 6

_REMEMBERED = frozenset({f"{SES}GetAccount", f"{SES}GetEmailIdentity"})
"""What is the same for everybody, and changes when an operator does something about it."""

_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=4, tcp_keepalive=True
)
ONCE = Config(
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

    def __init__(
        self,
        connect: Connect,
        *,
        a_minute: float = UNHURRIED.mail_reads,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``a_minute``: how many reads are made in a Region at most."""
        self._connect = connect
        self._a_minute = a_minute
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
                    once=self._connect(name, ONCE),
                    allowance=Allowance(a_minute=self._a_minute, at_once=_ATONCE, patience=PATIENCE, clock=self._clock),
                )
            return self._regions[name]


def _method(client: BaseClient, operation: str) -> Callable[..., Mapping[str, Any]]:
    return getattr(client, xform_name(operation.removeprefix(SES)))  # type: ignore[no-any-return] # made by botocore
