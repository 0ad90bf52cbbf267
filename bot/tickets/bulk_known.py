"""What one process knows of a run for as long as it works on it: the pool as it is, what sends, what went wrong."""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from bot.plan import Act
from bot.ticket import Ticket
from bot.tickets.bulk_calls import Door, Pace, Trouble
from bot.tickets.bulk_items import End, ItemState, Progress
from bot.tickets.bulk_people import Ground
from bot.tickets.execution import Sender
from bot.words import Words, say

LONGEST_BATCH = 64
"""People who are taken at a time, at most."""

NO_MAILS = say("As many mails have left as may leave a day. Press *Resume* tomorrow.")

_READ_AGAIN = 10.0
"""Seconds for which the pool and its providers count as they were read."""
_SENDER = 900.0
"""Seconds for which a session of a role is used; it lasts an hour at least."""
_MOST_IN_A_ROW = 20
_IN_A_ROW = "{n} in a row did not work, the last one with:"


class Pacers(Protocol):
    """The shares of AWS's rates that runs may use."""

    def __call__(self, pool: str, operation: str) -> Pace:
        """Return the pace of an operation in a pool, the same for all who share its rate."""


class KnownRun:
    """What one process knows of a run, for as long as it works on it. Safe to share between threads."""

    def __init__(self, ticket: Ticket, door: Door, pacers: Pacers, *, lanes: int) -> None:
        assert ticket.plan.many is not None
        self.ticket = ticket
        self.many = ticket.plan.many
        self.act = self.many.act
        self.told: Progress | None = None
        """As it was drawn last."""
        self._door = door
        self._lanes = lanes
        self.reads = pacers(ticket.pool, "AdminGetUser")
        self.writes = pacers(ticket.pool, ticket.plan.calls[0].operation)
        self._lock = threading.Lock()
        self._ground: tuple[float, Ground] | None = None
        self._senders: list[tuple[float, Sender, ExitStack]] = []
        self._in_a_row = 0

    @property
    def batch(self) -> int:
        """How many are taken at a time: what all lanes together send in about a second."""
        return max(1, min(LONGEST_BATCH, round(self.writes.a_second / self._lanes)))

    def ground(self) -> Ground:
        """Return the pool and its providers as they are, or were a moment ago. Raises `Refused`."""
        with self._lock:
            if self._ground is None or time.monotonic() > self._ground[0]:
                directory = self._door.directory(self.ticket.pool)
                providers = {each.name: each for each in directory.providers()}
                ground = Ground(
                    act=self.act,
                    pool=directory.pool,
                    provider=providers.get(self.many.provider),
                    providers=providers,
                    named=self.many.provider,
                )
                self._ground = time.monotonic() + _READ_AGAIN, ground
            return self._ground[1]

    def sender(self) -> Sender:
        """Return what sends, in a session that is young enough. Raises `Unread`."""
        with self._lock:
            if not self._senders or time.monotonic() > self._senders[-1][0]:
                stack = ExitStack()
                sender = stack.enter_context(self._door.sender_of_many(self.ticket.pool, self.ticket.id))
                sender.ready()
                self._senders.append((time.monotonic() + _SENDER, sender, stack))
                # The one before may be sending still; the one before that isn't.
                for _, _, old in self._senders[:-2]:
                    old.close()
                del self._senders[:-2]
            return self._senders[-1][1]

    def close(self) -> None:
        """Let go of what sends."""
        with self._lock:
            for _, _, stack in self._senders:
                stack.close()
            self._senders.clear()

    def note(self, answers: Sequence[End | Trouble]) -> Words | None:
        """Count what went wrong in a row, and return why the run has to pause; None where it can go on."""
        with self._lock:
            for each in answers:
                if isinstance(each, End):
                    if each.stops:
                        return NO_MAILS
                    self._in_a_row = self._in_a_row + 1 if each.state is ItemState.FAILED else 0
                elif each.systematic:
                    return each.words
                elif each.words is not None:
                    self._in_a_row += 1
                if self._in_a_row >= _MOST_IN_A_ROW:
                    self._in_a_row = 0
                    why = each.words or say("")
                    return Words(f"{_IN_A_ROW} {why.template}", (*why.values, ("n", str(_MOST_IN_A_ROW))))
        return None


def groundless(ground: Ground) -> Words | None:
    """Return why what made a run right doesn't any more; None where it does."""
    if ground.act is not Act.VERIFY or not ground.named:
        return None
    if ground.provider is None or not ground.provider.vouches:
        return say(
            "{provider}'s claim on the address isn't mapped any more, so nothing is sent.", provider=ground.named
        )
    return None
