"""Opens modals within their trigger's three seconds and redraws them afterwards."""

import time
from collections.abc import Callable, Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import views
from bot.slack.departures import Departure, Departures
from bot.slack.views import Frame, View
from bot.words import Words

SETTLED = 0.25
"""Seconds that an acknowledged view needs to arrive once it has left: Slack may process a views.update that follows its
acknowledgement within milliseconds before the acknowledgement, and the person would be left with the older view."""

_LEAVES = 10.0
"""Seconds after which an acknowledgement isn't waited for any longer; Slack has given up on it long before."""

_LATE = frozenset({"expired_trigger_id", "trigger_expired", "invalid_trigger_id"})
_CLOSED = frozenset({"not_found", "view_not_found"})


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
        """Redraw it. Return whether it is still there to be redrawn."""
        # On a busy machine an acknowledgement that a listener has given may leave much later.
        settled = [departure.wait(_LEAVES) + SETTLED for departure in self._departures]
        time.sleep(max(0.0, max([self._not_before, *settled]) - time.monotonic()))
        try:
            self._client.views_update(view_id=self._view_id, view=view)
        except SlackApiError as error:
            if error.response["error"] in _CLOSED:
                return False
            raise
        return True

    def tell(self, words: Words) -> None:
        """Say something in it; a person who has closed it meanwhile is told where they were."""
        if not self.show(views.told(self.frame, words)):
            self._otherwise(words)


class Modals:
    """Opens modals. ``otherwise`` tells a person who has closed theirs."""

    def __init__(self, client: WebClient, departures: Departures) -> None:
        self._client = client
        self._departures = departures

    def open(self, trigger: str, frame: Frame, view: View, *, otherwise: Callable[[Words], None]) -> Modal:
        """Open a modal. Raises `TooLate`."""
        try:
            answer = self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            if error.response["error"] in _LATE:
                raise TooLate from None
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
