"""The one place where work after an acknowledgement runs, and where whatever breaks in it is caught, logged and told.

An exception that leaves a Bolt listener right after its `ack()` loses the acknowledgement; so listeners only hand
their work over here. Decisions never wait for anything else, and nobody's requests for those of one busy person.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot import slack_log
from bot.plan import Refused
from bot.slack.request import Request
from bot.slack.turns import Full, Piece, Turns
from bot.tickets.engines import is_busy
from bot.words import Words, say

log = logging.getLogger(__name__)

BUSY = say("The database is busy; nothing was decided. Please press it again in a minute.")
"""What a click comes to that would have waited for too long."""

Tell = Callable[[Words], None]


class Repeated(Exception):
    """Slack has delivered an interaction again. The first delivery is being answered, so nobody is told anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Threads for each kind of work, so that none of it waits for another kind."""

    decisions: Turns
    """Clicks on cards, and what is submitted from them."""
    requests: Turns
    """Everything else that somebody asks for: checks, forms, customers' own actions."""
    refusals: Turns
    """To tell people at once that something of theirs was not even begun."""


class BackgroundWork:
    """Runs work on threads of its own, so that no acknowledgement ever waits for any."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._under_way = 0
        self._changed = threading.Condition()
        self._stopping = False

    def run(
        self, work: Callable[[], None], tell: Tell, *, request: Request, decides: bool = False, acts: bool = False
    ) -> None:
        """Run work soon. ``tell`` reaches the person of the ``request``.

        ``decides``: it is about a ticket, and may have taken effect before it broke. ``acts``: something may have
        been sent for a customer before it broke.
        """
        with self._changed:
            if self._stopping:
                refusal = Refused(say("The desk is being restarted. Nothing was sent; please try again in a minute."))
            else:
                self._under_way += 1
                refusal = None
        if refusal is None:
            try:
                self._give(self._lane(decides), request, lambda: self._run(work, tell, decides, acts))
                return
            except Full as full:
                self._over()
                refusal = Refused(_too_much(full))
        self._refuse(request, tell, refusal)

    def full(self, request: Request) -> Words | None:
        """Return why this person's next request would not be begun, None when it would be."""
        try:
            self._lanes.requests.check(request.who.id, request.channel)
        except Full as full:
            return _too_much(full)
        return None

    def stop(self, seconds: float) -> bool:
        """Take nothing new and wait for what is under way. Return whether all of it came to its end in time."""
        with self._changed:
            self._stopping = True
            return self._changed.wait_for(lambda: not self._under_way, timeout=seconds)

    def _lane(self, decides: bool) -> Turns:
        return self._lanes.decisions if decides else self._lanes.requests

    def _give(self, lane: Turns, request: Request, work: Callable[[], None]) -> None:
        def counted() -> None:
            try:
                work()
            finally:
                self._over()

        lane.give(Piece(person=request.who.id, channel=request.channel, work=counted))

    def _refuse(self, request: Request, tell: Tell, refused: Refused) -> None:
        """Tell it on other threads: this one has to acknowledge, and Slack may be slow to hear it."""
        with self._changed:
            self._under_way += 1
        try:
            self._give(self._lanes.refusals, request, lambda: _try(tell, refused.words))
        except Full:
            # The same words are on their way to them many times over.
            self._over()
            log.info("%s asks for more than can be answered", request.who.id)

    def _over(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _run(self, work: Callable[[], None], tell: Tell, decides: bool, acts: bool) -> None:
        reference = secrets.token_hex(2)
        slack_log.reference.set(reference)
        try:
            work()
        except Repeated:
            log.info("an interaction was delivered twice")
        except Refused as refused:
            _try(tell, refused.words)
        except Exception as error:  # Whatever broke, the person is told and the operator finds it.
            if isinstance(error, SQLAlchemyError) and is_busy(error):
                log.warning("the database was busy (%s)", type(error).__name__)
                _try(tell, _busy(decides, acts))
                return
            log.exception("broke; the person was told reference %s", reference)
            _try(tell, _broken(reference, decides, acts))


def _too_much(full: Full) -> Words:
    if full.whole_channel:
        return say(
            "This channel has {count} requests under way. Please wait for one of them and try again.",
            count=full.under_way,
        )
    return say("You have {count} requests under way. Please wait for one of them and try again.", count=full.under_way)


def _busy(decides: bool, acts: bool) -> Words:
    if acts:
        return say("The database is busy, so it isn't written down what was sent. Look before you try again.")
    if decides:
        return BUSY
    return say("The database is busy; nothing was asked. Please try again in a minute.")


def _broken(reference: str, decides: bool, acts: bool) -> Words:
    so_far = "Look at the card before you try again." if decides or acts else "Nothing was sent."
    return say(
        f"Something broke on my side. {so_far} Tell the operator this reference: {{reference}}.", reference=reference
    )


def _try(tell: Tell, words: Words) -> None:
    try:
        tell(words)
    except Exception:  # The first failure is in the log already; telling it failed as well.
        log.exception("the person could not be told")
