"""The reads and the calls for one person of a run: each takes a token of AWS's rate first, and none is sent blindly.

A lost answer is settled as that of a single request is: by reading, and what is mailed never.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.aws.failure import CallFailed, Fate
from bot.cognito import User
from bot.plan import Act, Effect
from bot.tickets import bulk_people
from bot.tickets.bulk_items import End, Item, ItemState
from bot.tickets.bulk_people import Ground
from bot.tickets.execution import Cognito, Sender
from bot.tickets.verification import VerificationResult
from bot.words import Words, say

_TRIES = 5
"""How often a call is tried that AWS refuses because there are too many; each takes a token of its own."""

_UNREADABLE_FOR = 600.0
"""Seconds for which a lost answer waits for Cognito to be readable again, before people are asked to look."""

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
_SYSTEMATIC = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)
"""What AWS says of the desk's rights, or of the pool, and never of one person."""

_SLOW_DOWN = say("Cognito refuses calls because there are too many.")
_LOST_MAIL = say("the answer was lost, so a mail may have been sent; it isn't sent again")
_OTHER = say("the answer was lost, and the account looks neither as before nor as planned")
_GONE = say("the answer was lost, and the account isn't there any more")
_TWICE = say("the answer was lost twice")
_UNREAD = say("the answer was lost, and Cognito can't be read")


class Pace(Protocol):
    """How fast one kind of operation may go, the same for all processes that share its rate."""

    @property
    def a_second(self) -> float:
        """Tokens a second."""

    def take(self, stopped: threading.Event) -> bool:
        """Wait for a token. Return whether there is one: False once it has stopped."""

    def throttled(self) -> None:
        """Note that AWS refused a call that had a token."""


class Reader(Protocol):
    """Reads users one by one, each read exactly once."""

    def __call__(self, username: str) -> User | None:
        """Return who goes by a user name or an alias; None for nobody. Raises `CallFailed`."""


class Door(Cognito, Protocol):
    """The door to AWS."""

    def sender_of_many(self, pool: str, number: int) -> Sender:
        """Return what sends the calls of a ticket over many people; it gets ready meanwhile."""

    def reader(self, pool: str) -> Reader:
        """Return what reads the users of a pool, without trying again by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One person as Cognito shows them now."""

    item: Item
    user: User | None
    owner: User | None
    """Who goes by their address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Nothing has become of one person yet: they are tried again."""

    item: Item
    words: Words | None = None
    """What was in the way; None where only the desk stops."""
    lost: bool = False
    """Whether a call has left of which nobody knows what became."""
    systematic: bool = False
    """Whether it would be in everybody's way."""


class Calls:
    """What is read and sent for the people of one run. Safe to share between threads."""

    def __init__(
        self,
        ground: Ground,
        *,
        sender: Sender,
        reader: Reader,
        paces: tuple[Pace, Pace],
        stopped: threading.Event,
        pauses: Sequence[float],
    ) -> None:
        """``paces``: of reads, and of calls. ``pauses`` as `Timings.pauses`."""
        self.ground = ground
        self._sender = sender
        self._reader = reader
        self._reads, self._writes = paces
        self._stopped = stopped
        self._pauses = pauses

    def look(self, item: Item) -> Looked | Trouble:
        """Read a person by their name and by their address."""
        try:
            user = self._read(item.name)
            is_address = bulk_people.reads_owner(self.ground.pool) and bool(item.address)
            owner = self._read(item.address) if is_address and user is not None else None
        except _Stopped:
            return Trouble(item=item)
        except CallFailed as failed:
            return _trouble(item, failed)
        return Looked(item=item, user=user, owner=owner)

    def weigh(self, looked: Looked, on_record: Words | None, at: datetime) -> End | Item:
        """Return the person to be called, or why they are left out. ``on_record``: what the desk has against it."""
        item, act = looked.item, self.ground.act
        named = bulk_people.Named(sub=item.sub, name=item.name, address=item.address)
        words = bulk_people.against(named, looked.user, looked.owner, self.ground, at) or on_record
        if words is not None or looked.user is None:
            return End(item=item, state=ItemState.LEFT_OUT, words=words)
        return replace(item, before=bulk_people.before(looked.user, act), user=looked.user)

    def send(self, item: Item) -> End | Trouble:
        """Send the call of a person of whom is written that it may leave."""
        return self._send(item, again=False)

    def settle(self, item: Item, *, now: float) -> End | Trouble:
        """Find out what became of a call whose answer nobody has. ``now``: in the database's seconds."""
        return self._settle(item, again=False, silent=now - item.at)

    def _send(self, item: Item, *, again: bool) -> End | Trouble:
        assert item.user is not None
        call = bulk_people.call_for(item.user, self.ground)
        for _ in range(_TRIES):
            if not self._writes.take(self._stopped):
                return Trouble(item=item)
            try:
                return End(item=item, state=ItemState.DONE, request_id=self._sender.send(call))
            except CallFailed as error:
                failed = error
            if failed.code not in THROTTLED:
                break
            self._writes.throttled()
        if failed.fate is Fate.UNKNOWN:
            return self._settle(item, again=again, silent=0.0, no_mail_today=failed.no_mail_today)
        if failed.fate is Fate.UNSENT or failed.code in THROTTLED or failed.code in _SYSTEMATIC:
            return _trouble(item, failed)
        return End(item=item, state=ItemState.FAILED, words=failed.words, request_id=failed.request_id)

    def _settle(self, item: Item, *, again: bool, silent: float, no_mail_today: bool = False) -> End | Trouble:
        if self.ground.act is Act.INVITE:
            return End(item=item, state=ItemState.IN_DOUBT, words=_LOST_MAIL, stops=no_mail_today)
        found, user = VerificationResult.NOTHING, None
        try:
            for pause in self._pauses:
                time.sleep(pause)
                user = self._read(item.name)
                named = bulk_people.Named(sub=item.sub, name=item.name, address=item.address)
                found = bulk_people.found(self.ground.act, named, user)
                if found is not VerificationResult.INTACT:
                    break
        except _Stopped:
            return Trouble(item=item, lost=True)
        except CallFailed as failed:
            if silent > _UNREADABLE_FOR:
                return End(item=item, state=ItemState.IN_DOUBT, words=_UNREAD)
            return replace(_trouble(item, failed), lost=True)
        match found:
            case VerificationResult.REACHED:
                return End(item=item, state=ItemState.DONE)
            case VerificationResult.INTACT if not again:
                assert user is not None
                call = bulk_people.call_for(user, self.ground)
                assert call.effect is not Effect.NEITHER
                return self._send(replace(item, user=user), again=True)
        words = {VerificationResult.INTACT: _TWICE, VerificationResult.OTHER: _OTHER}.get(found, _GONE)
        return End(item=item, state=ItemState.IN_DOUBT, words=words)

    def _read(self, username: str) -> User | None:
        """Return who goes by a name. Raises `CallFailed` and `_Stopped`."""
        for _ in range(_TRIES):
            if not self._reads.take(self._stopped):
                raise _Stopped
            try:
                return self._reader(username)
            except CallFailed as error:
                failed = error
            if failed.code not in THROTTLED:
                break
            self._reads.throttled()
        raise failed


class _Stopped(Exception):
    """The desk stops, so no token is waited for."""


def _trouble(item: Item, failed: CallFailed) -> Trouble:
    words = _SLOW_DOWN if failed.code in THROTTLED else failed.words
    return Trouble(item=item, words=words, systematic=failed.code in _SYSTEMATIC)
