"""A pool of users for a reading, page by page, in memory."""

import random
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.answer import Refused
from bot.aws.pool_reader import Page, Restart
from bot.cognito import User
from bot.pool_check.checks import PoolCheck
from bot.tickets.message import Message
from bot.words import say


def subs(count: int, *, seed: int = 1, constant: str = "") -> list[str]:
    """Return so many subs. ``constant``: the digits at the second, fourth, sixth and eighth place, in newer pools."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    made = []
    for _ in range(count):
        digits = list(str(uuid.UUID(int=chance.getrandbits(128))))
        for place, digit in zip((1, 3, 5, 7), constant, strict=False):
            digits[place] = digit
        made.append("".join(digits))
    return sorted(set(made))


class LittlePool:
    """Answers pages of its users, and counts them. ``trouble`` is called before each page, and may raise."""

    def __init__(self, users: list[str], *, size: int = 3) -> None:
        self.users = users
        self.size = size
        self.asked: list[tuple[str, str]] = []
        self.trouble: Callable[[int], None] = lambda _: None
        self.waits: threading.Event | None = None
        self._lock = threading.Lock()

    def page(self, prefix: str, token: str) -> Page:
        with self._lock:
            self.asked.append((prefix, token))
            number = len(self.asked)
        if self.waits is not None:
            self.waits.wait(30)
        self.trouble(number)
        mine = [each for each in self.users if each.startswith(prefix)]
        first = int(token or 0)
        if first and first >= len(mine):
            raise Restart
        last = first + self.size
        return Page(users=tuple(map(_shape, mine[first:last])), next=str(last) if last < len(mine) else "")

    # As the gateway does.
    def pool_reader(self, _: str) -> "LittlePool":
        return self

    def rate_key(self, category: str) -> str:
        return f"own|us-east-1|{category}"

    def rate(self, _: str) -> float:
        return 5000.0

    def estimate(self) -> int:
        return len(self.users)


def _shape(sub: str) -> Mapping[str, Any]:
    return {
        "Username": f"user-{sub}",
        "Attributes": [{"Name": "sub", "Value": sub}, {"Name": "email", "Value": f"{sub[:6]}@Example.com"}],
        "UserCreateDate": 1700000000.0,
        "UserLastModifiedDate": 1700000000.0,
        "Enabled": True,
        "UserStatus": "CONFIRMED",
    }


class Counting:
    """Finds nothing, and counts who was read."""

    def __init__(self) -> None:
        self.trouble: list[Exception] = []
        self.judged = 0

    def shapes(self, _: PoolCheck) -> Callable[[User], str]:
        return lambda user: user.status

    def judge(self, check: PoolCheck) -> Mapping[str, Any]:
        self.judged += 1
        for error in self._next():
            raise error
        return {"users": check.progress.users}

    def _next(self) -> Iterator[Exception]:
        if self.trouble:
            yield self.trouble.pop()


class Plain:
    """Draws a check in a word."""

    def message(self, check: PoolCheck) -> Message:
        return Message(text=str(check.state), blocks=())

    def thread(self, check: PoolCheck) -> Sequence[Message]:
        return (Message(text=f"{check.found['users']} in {check.pool}", blocks=()),)


def refuse(_: int) -> None:
    """Refuse whatever is asked."""
    raise Refused(say("AWS doesn't let me list the users."))
