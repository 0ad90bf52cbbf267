"""A modal that an acknowledgement redraws is redrawn again only once that acknowledgement has left."""

import threading
import time
from typing import Any

from slack_sdk import WebClient

from bot.slack import views
from bot.slack.departures import Departures
from bot.slack.modals import SETTLED, Modal, Modals
from bot.slack.views import Frame, Memory
from bot.words import say

FRAME = Frame(title="Some form", memory=Memory(channel="C0SUPPORT"))
VIEW = views.told(FRAME, say("Asked."))


class Slack(WebClient):
    """Takes every update, and remembers when it came."""

    def __init__(self) -> None:
        super().__init__("xoxb-made-up")
        self.updated_at: list[float] = []

    def views_update(self, **_: Any) -> Any:
        self.updated_at.append(time.monotonic())


def acknowledged(slack: Slack, departures: Departures, view_id: str) -> Modal:
    return Modals(slack, departures).acknowledged(view_id, FRAME, otherwise=lambda words: None)


def test_nothing_is_shown_before_the_acknowledgement_has_left_and_settled() -> None:
    slack, departures = Slack(), Departures()
    with departures.owing("V1"):
        modal = acknowledged(slack, departures, "V1")
        # By now it would have settled, had it left at once.
        time.sleep(SETTLED)
        showing = threading.Thread(target=modal.show, args=(VIEW,))
        showing.start()
        showing.join(SETTLED)
        assert slack.updated_at == []
        about_to_leave = time.monotonic()
    showing.join()

    (at,) = slack.updated_at
    assert at >= about_to_leave + SETTLED


def test_one_that_left_at_once_settles_as_long() -> None:
    slack, departures = Slack(), Departures()
    with departures.owing("V1"):
        pass
    began = time.monotonic()
    acknowledged(slack, departures, "V1").show(VIEW)

    (at,) = slack.updated_at
    assert at >= began + SETTLED


def test_it_waits_for_no_other_views_acknowledgement() -> None:
    slack, departures = Slack(), Departures()
    with departures.owing("V2"), departures.owing():
        acknowledged(slack, departures, "V1").show(VIEW)

        assert len(slack.updated_at) == 1


def test_whoever_waits_for_all_of_them_goes_on_when_the_last_has_left() -> None:
    departures = Departures()
    waiting = threading.Thread(target=departures.settle, args=(600,))
    with departures.owing("V1"):
        with departures.owing():
            waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
    waiting.join(60)

    assert not waiting.is_alive()
