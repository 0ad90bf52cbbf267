"""Commands typed around a refresh of the connection, and what became of each."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import get_args

from sandbox.testing import Envelope, Over, Reason, SlackServer, Workspace

_USUAL: tuple[Reason, ...] = ("warning", "refresh_requested")
_PATIENCE = 120.0

Types = Callable[[int, str], Envelope]
"""Lets one of the agents, by their number, type something."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command about a customer whom nobody else asks about, so that its answer is known by the address."""

    address: str
    person: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Refresh:
    """How Slack takes a connection back."""

    reason: Reason
    grace: float
    """Seconds until it closes the old one, from the hello on the new one."""
    over: Over
    """Which connection delivers while there are two."""
    handshake: float
    hello: float
    """Seconds for which the one who connects waits for each."""

    @classmethod
    def drawn(cls, draw: random.Random) -> "Refresh":
        """Return one at random."""
        return cls(
            reason=draw.choice(_USUAL),
            grace=draw.uniform(0.05, 0.8),
            over=draw.choice(get_args(Over)),
            handshake=draw.choice((0.0, 0.0, draw.uniform(0.0, 0.3))),
            hello=draw.choice((0.0, 0.0, draw.uniform(0.0, 0.3))),
        )


class Round:
    """Commands typed one after the other."""

    def __init__(self, slack: Workspace, server: SlackServer, types: Types, *, agents: int, first: int = 0) -> None:
        self._slack = slack
        self._server = server
        self._types = types
        self._agents = agents
        self._next = first
        self.typed: list[Typed] = []

    def type(self) -> None:
        """Type one command."""
        n, self._next = self._next, self._next + 1
        address = f"nobody{n}@example.com"
        envelope = self._types(n % self._agents, f"/cognito-check {address}")
        self.typed.append(Typed(address, envelope.person, envelope))

    def type_many(self, times: int, *, every: float) -> None:
        """Type so many, with so many seconds in between."""
        for _ in range(times):
            self.type()
            time.sleep(every)

    @contextmanager
    def refresh(self, how: Refresh) -> Iterator[None]:
        """Let Slack take the connection back, and wait at the end until that is over."""
        sockets, before = self._server.sockets, set(self._server.sockets.connections)
        usual = self._slack.rules
        self._slack.rules = replace(usual, handshake_seconds=how.handshake, hello_seconds=how.hello)
        sockets.over = how.over
        sockets.disconnect(how.reason, how.grace, once_replaced=True)
        try:
            yield
            self._slack.wait_for(lambda: set(sockets.connections) and not before & set(sockets.connections), _PATIENCE)
        finally:
            self._slack.rules = usual
            sockets.over = "any"

    def is_refreshing(self) -> bool:
        """Whether the old connection and the new one are both open."""
        return len(self._server.sockets.connections) > 1

    def settle(self) -> None:
        """Wait until every command is answered, or will never be."""
        for each in self.typed:
            each.envelope.wait(_PATIENCE)
        acked = [each for each in self.typed if each.envelope.acked]
        self._slack.wait_for(lambda: all(_answers(self._slack, acked).values()), _PATIENCE)

    def count(self) -> "Count":
        """Return what became of them."""
        return Count.of(self._slack, self.typed)


@dataclass(frozen=True, slots=True)
class Count:
    """What became of commands."""

    typed: int
    unanswered: int
    """Not acknowledged in time, or acknowledged and never answered."""
    acked_twice: int
    answered_twice: int
    wrong: Sequence[str]
    """Each of these in a line."""
    seconds: Sequence[float]
    """From each command to its acknowledgement."""

    @classmethod
    def of(cls, slack: Workspace, typed: Sequence[Typed]) -> "Count":
        """Count."""
        answers = _answers(slack, typed)
        wrong = [
            f"{each.address}: {each.envelope.outcome}, sent over {each.envelope.connections}, acknowledged over "
            f"{each.envelope.acks}, answered {answers[each.address]} times"
            for each in typed
            if not each.envelope.acked or len(each.envelope.acks) > 1 or answers[each.address] != 1
        ]
        return cls(
            typed=len(typed),
            unanswered=sum(not each.envelope.acked or not answers[each.address] for each in typed),
            acked_twice=sum(len(each.envelope.acks) > 1 for each in typed),
            answered_twice=sum(answers[each.address] > 1 for each in typed),
            wrong=wrong,
            seconds=[each.envelope.seconds or _PATIENCE for each in typed],
        )


def _answers(slack: Workspace, typed: Iterable[Typed]) -> dict[str, int]:
    """Return how many answers there are to each command, by its address."""
    found: dict[str, int] = {}
    said: dict[str, list[str]] = {}
    for each in typed:
        texts = said.setdefault(each.person, [one.text for one in slack.ephemeral(each.person)])
        found[each.address] = sum(each.address in text for text in texts)
    return found
