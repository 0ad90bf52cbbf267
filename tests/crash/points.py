"""The moments at which the desk may be killed, counted from outside: the program knows nothing of them."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session
from slack_sdk import WebhookClient
from slack_sdk.web.base_client import BaseClient
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from bot.slack.transfers import Transfers
from bot.slack.web_api import WarmClient

_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER")
_TARGET = "X-Amz-Target"

_PARTS = "INSERT INTO pool_part "
"""What a transaction writes that begins a check, and each one that splits a part of a pool."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A moment: the nth time that something is about to happen, or has just happened."""

    what: str
    """``commit``, ``commit parts``, ``cognito AdminGetUser``, ``slack chat.postMessage``, ``slack upload``,
    ``slack response_url``.
    """
    when: str
    """``before``: it has not left yet. ``after``: it has happened, and nothing was made of the answer yet."""
    n: int

    def __str__(self) -> str:
        return f"{self.when} {self.what} no. {self.n}"


class Points:
    """Counts the moments of this process, and ends it without a word at the one that it was told."""

    def __init__(self, kill_at: Point | None) -> None:
        self._kill_at = kill_at
        self._passed: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, what: str, when: str) -> None:
        """Note that a moment has come."""
        with self._lock:
            self._passed[what, when] += 1
            if Point(what, when, self._passed[what, when]) == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
                # Whatever this thread would do next, it must not: a signal may take a moment to arrive.
                threading.Event().wait()

    def write(self, path: Path) -> None:
        """Write down every moment that has passed."""
        with self._lock:
            passed = [(what, when, n) for (what, when), n in self._passed.items()]
        path.write_text(json.dumps(passed))


def read(path: Path) -> list[Point]:
    """Return every moment that a process wrote down, one by one."""
    return [Point(what, when, n) for what, when, times in json.loads(path.read_text()) for n in range(1, times + 1)]


def watch(points: Points) -> None:
    """Let a process's commits, and its calls to Cognito and to Slack, tell when they come and when they have come."""
    _watch_commits(points)
    _surround(
        URLLib3Session,
        "send",
        lambda _self, request: f"cognito {request.headers[_TARGET].decode().rpartition('.')[2]}",
        points,
    )
    # The desk's own client sends requests in its own way; what the SDK makes by itself goes the SDK's way.
    for client in (BaseClient, WarmClient):
        _surround(
            client,
            "_perform_urllib_http_request_internal",
            lambda _self, url, *_: f"slack {url.rpartition('/')[2]}",
            points,
        )
    _surround(Transfers, "upload", lambda *_: "slack upload", points)
    _surround(WebhookClient, "send_dict", lambda *_: "slack response_url", points)


def _watch_commits(points: Points) -> None:
    """A transaction that wrote nothing has nothing to lose, and is no moment. One with new parts of a pool is two: it
    is ``commit parts`` besides.
    """
    wrote = threading.local()

    @event.listens_for(Engine, "before_cursor_execute")
    def executes(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(_WRITES):
            wrote.anything = True
        if statement.startswith(_PARTS):
            wrote.parts = True

    commit: Callable[..., None] = DefaultDialect.do_commit

    def watched(dialect: DefaultDialect, connection: Any) -> None:
        moments = [
            name for name, has in (("commit", "anything"), ("commit parts", "parts")) if getattr(wrote, has, False)
        ]
        wrote.anything = wrote.parts = False
        for each in moments:
            points(each, "before")
        commit(dialect, connection)
        for each in moments:
            points(each, "after")

    DefaultDialect.do_commit = watched  # type: ignore[method-assign]


def _surround(owner: type, method: str, name: Callable[..., str], points: Points) -> None:
    # Of a method that a subclass has of its own, this one's would never be passed.
    original: Callable[..., Any] = owner.__dict__[method]

    def surrounded(*given: Any, **named: Any) -> Any:
        what = name(*given, *named.values())
        points(what, "before")
        answer = original(*given, **named)
        points(what, "after")
        return answer

    setattr(owner, method, surrounded)
