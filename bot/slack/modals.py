"""Opens modals within their trigger's three seconds and redraws them afterwards."""

import logging
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import retry_after
from bot.plan import Refused
from bot.slack import views
from bot.slack.background_work import Repeated
from bot.slack.departures import Departure, Departures
from bot.slack.views import Frame, View
from bot.words import Words, say

log = logging.getLogger(__name__)

SETTLED = 0.25
"""Seconds that an acknowledged view needs to arrive once it has left: Slack may process a views.update that follows its
acknowledgement within milliseconds before the acknowledgement, and the person would be left with the older view."""

_LEAVES = 10.0
"""Seconds after which an acknowledgement isn't waited for any longer; Slack has given up on it long before."""

_LATE = frozenset({"expired_trigger_id", "trigger_expired", "invalid_trigger_id"})
_TWICE = "exchanged_trigger_id"
_TOO_LARGE = "view_too_large"
_CLOSED = frozenset({"not_found", "view_not_found"})
_PASSING = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "ratelimited"})
"""What Slack says when it would take the same a moment later."""

_MOMENT = 0.5
_LONGEST_MOMENT = 5.0
"""Seconds before a view that Slack didn't take is shown once more, at least and at most."""

_NOT_OPENED = say("Slack doesn't open windows right now. Please try again in a minute.")
_NOT_SHOWN = say("Slack didn't let me show what comes next. Look in the channel before you try again.")
_DOES_NOT_FIT = say("This is more than Slack shows in a window. Please tell the operator.")


class TooLate(Exception):
    """The trigger's three seconds were over before the modal could be opened."""


class Modal:
    """One modal that a person has open."""

    def __init__(
        self,
        client: WebClient,
        view_id: str,
        frame: Frame,
        *,
        otherwise: Callable[[Words], None],
        not_before: float = 0.0,
        departures: Sequence[Departure] = (),
    ) -> None:
        self.frame = frame
        self._client = client
        self._view_id = view_id
        self._otherwise = otherwise
        self._not_before = not_before
        self._departures = departures

    def show(self, view: View) -> bool:
        """Redraw it. Return whether it is still there to be redrawn. Raises `Refused` when Slack doesn't take it."""
        # On a busy machine an acknowledgement that a listener has given may leave much later.
        settled = [departure.wait(_LEAVES) + SETTLED for departure in self._departures]
        time.sleep(max(0.0, max([self._not_before, *settled]) - time.monotonic()))
        try:
            self._update(view)
        except SlackApiError as error:
            return self._refused(error)
        except OSError as error:
            log.error("views.update got no answer (%s)", type(error).__name__)
            raise Refused(_NOT_SHOWN) from None
        return True

    def _update(self, view: View) -> None:
        """Redraw it, once more if Slack wasn't in the mood: the same view shown twice is the same view."""
        try:
            self._client.views_update(view_id=self._view_id, view=view)
            return
        except SlackApiError as error:
            if not _passes(error):
                raise
            again = _moment(error)
        except OSError:
            again = _MOMENT
        time.sleep(again)
        self._client.views_update(view_id=self._view_id, view=view)

    def _refused(self, error: SlackApiError) -> bool:
        """Return that it isn't there any more, if that is what Slack says. Raises `Refused`."""
        refusal = str(error.response["error"])
        # Nobody redraws a view of ours but this; whatever has, the person is told beside it.
        if refusal in _CLOSED or refusal == "hash_conflict":
            return False
        log.error("Slack refused views.update: %s", refusal)
        if refusal == _TOO_LARGE:
            raise Refused(_DOES_NOT_FIT) from None
        if _passes(error):
            raise Refused(_NOT_SHOWN) from None
        raise error

    def tell(self, words: Words) -> None:
        """Say something in it; a person who has closed it meanwhile is told where they were."""
        try:
            shown = self.show(views.told(self.frame, words))
        except (Refused, SlackApiError, OSError) as error:
            log.warning("a modal can't be redrawn (%s)", type(error).__name__)
            shown = False
        if not shown:
            self._otherwise(words)


class Modals:
    """Opens modals. ``otherwise`` tells a person who has closed theirs."""

    def __init__(self, client: WebClient, departures: Departures) -> None:
        self._client = client
        self._departures = departures

    def open(self, trigger: str, frame: Frame, view: View, *, otherwise: Callable[[Words], None]) -> Modal:
        """Open a modal. Raises `TooLate`, `Repeated`, and `Refused` when Slack doesn't take it."""
        try:
            answer = self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            refusal = str(error.response["error"])
            if refusal in _LATE:
                raise TooLate from None
            if refusal == _TWICE:
                raise Repeated from None
            log.error("Slack refused views.open: %s", refusal)
            if refusal == _TOO_LARGE:
                raise Refused(_DOES_NOT_FIT) from None
            if _passes(error):
                raise Refused(_NOT_OPENED) from None
            raise
        return Modal(self._client, answer["view"]["id"], frame, otherwise=otherwise)

    def pressed(self, view_id: str, frame: Frame, *, otherwise: Callable[[Words], None]) -> Modal:
        """Return the modal in which a button was pressed."""
        return Modal(self._client, view_id, frame, otherwise=otherwise)

    def acknowledged(self, view_id: str, frame: Frame, *, otherwise: Callable[[Words], None]) -> Modal:
        """Return the modal that an acknowledgement redraws at this moment."""
        return Modal(
            self._client,
            view_id,
            frame,
            otherwise=otherwise,
            not_before=time.monotonic() + SETTLED,
            departures=self._departures.of(view_id),
        )


def _passes(error: SlackApiError) -> bool:
    status = error.response.status_code
    return (
        error.response["error"] in _PASSING
        or status == HTTPStatus.TOO_MANY_REQUESTS
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _moment(error: SlackApiError) -> float:
    """Return for how many seconds Slack asks to wait, as far as a person would."""
    if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return _MOMENT
    return min(_LONGEST_MOMENT, max(_MOMENT, retry_after.seconds(error.response.headers)))
