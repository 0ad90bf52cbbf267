"""The one place where work after an acknowledgement runs, and where whatever breaks in it is caught, logged and told.

An exception that leaves a Bolt listener right after its `ack()` loses the acknowledgement; so listeners only hand
their work over here.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait

from bot import slack_log
from bot.plan import Refused
from bot.words import Words, say

log = logging.getLogger(__name__)

Tell = Callable[[Words], None]


class Boundary:
    """Runs work on its own threads, so that no acknowledgement ever waits for any."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._under_way: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def run(self, work: Callable[[], None], tell: Tell, *, decides: bool = False) -> None:
        """Run work soon. ``tell`` reaches the person; ``decides``: it may have taken effect before it broke."""
        future = self._begin(work, tell, decides)
        if future is None:
            self._run(_refuse_while_stopping, tell, decides)
        else:
            # Outside the lock: work that has ended already calls back at once, on this thread.
            future.add_done_callback(self._done)

    def stop(self, seconds: float) -> bool:
        """Take nothing new and wait for what is under way. Return whether all of it came to its end in time."""
        with self._lock:
            self._stopping = True
            left = list(self._under_way)
        return not wait(left, timeout=seconds).not_done

    def _begin(self, work: Callable[[], None], tell: Tell, decides: bool) -> Future[None] | None:
        with self._lock:
            if self._stopping:
                return None
            future = self._executor.submit(self._run, work, tell, decides)
            self._under_way.add(future)
            return future

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def _run(self, work: Callable[[], None], tell: Tell, decides: bool) -> None:
        reference = secrets.token_hex(2)
        slack_log.reference.set(reference)
        try:
            work()
        except Refused as refused:
            _try(tell, refused.words)
        except Exception:  # Whatever broke, the person is told and the operator finds it.
            log.exception("broke; the person was told reference %s", reference)
            _try(tell, _broken(reference, decides))


def _refuse_while_stopping() -> None:
    raise Refused(say("The desk is being restarted. Nothing was sent; please try again in a minute."))


def _broken(reference: str, decides: bool) -> Words:
    so_far = "Look at the card before you try again." if decides else "Nothing was sent."
    return say(
        f"Something broke on my side. {so_far} Tell the operator this reference: {{reference}}.", reference=reference
    )


def _try(tell: Tell, words: Words) -> None:
    try:
        tell(words)
    except Exception:  # The first failure is in the log already; telling it failed as well.
        log.exception("the person could not be told")
