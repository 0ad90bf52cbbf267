"""Modals: what they carry, and that they are redrawn only once the acknowledgement that redraws them has left."""

import json
import threading
import time
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.answer import Bullets, Paragraph, Part, Refused, Table
from bot.slack import modals
from bot.slack.app import Departures
from bot.slack.modals import Frame, Memory, Modal, ModalClient, TooLate
from bot.tickets.store import DeliveredTwice
from bot.timings import UNHURRIED
from bot.words import say
from sandbox.testing import check_view

FRAME = Frame(title="Some form", memory=Memory(channel="C0SUPPORT"))
VIEW = modals.told(FRAME, say("Asked."))


class Slack(WebClient):
    """Takes every update, and remembers when it came."""

    def __init__(self) -> None:
        super().__init__("xoxb-made-up")
        self.updated_at: list[float] = []

    def views_update(self, **_: Any) -> Any:
        self.updated_at.append(time.monotonic())


def acknowledged(slack: Slack, departures: Departures, view_id: str) -> Modal:
    modal = opened(slack, departures, view_id)
    modal.acknowledged(FRAME)
    return modal


def opened(client: WebClient, departures: Departures, view_id: str = "V1") -> Modal:
    return Modal(ModalClient(client=client, departures=departures), FRAME, view_id=view_id)


def test_nothing_is_shown_before_the_acknowledgement_has_left_and_settled() -> None:
    slack, departures = Slack(), Departures()
    with departures.owing("V1"):
        modal = acknowledged(slack, departures, "V1")
        # By now it would have settled, had it left at once.
        time.sleep(UNHURRIED.settled)
        showing = threading.Thread(target=modal.show, args=(VIEW,))
        showing.start()
        showing.join(UNHURRIED.settled)
        assert slack.updated_at == []
        about_to_leave = time.monotonic()
    showing.join()

    (at,) = slack.updated_at
    assert at >= about_to_leave + UNHURRIED.settled


def test_one_that_left_at_once_settles_as_long() -> None:
    slack, departures = Slack(), Departures()
    with departures.owing("V1"):
        pass
    began = time.monotonic()
    acknowledged(slack, departures, "V1").show(VIEW)

    (at,) = slack.updated_at
    assert at >= began + UNHURRIED.settled


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


class Refusing(WebClient):
    """Answers each call with the next of some refusals, and takes it once there are none left."""

    def __init__(self, *refusals: str, status: int = 200) -> None:
        super().__init__("xoxb-made-up")
        self.refusals = list(refusals)
        self.status = status
        self.calls = 0

    def api_call(self, api_method: str, **_: Any) -> Any:
        self.calls += 1
        if not self.refusals:
            return {"ok": True, "view": {"id": "V1"}}
        answer = SlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args={},
            data={"ok": False, "error": self.refusals.pop(0)},
            headers={},
            status_code=self.status,
        )
        raise SlackApiError("refused", answer)  # type: ignore[no-untyped-call] # the SDK doesn't type it


@pytest.mark.parametrize(
    ("refusal", "raised", "words"),
    [
        ("exchanged_trigger_id", DeliveredTwice, ""),
        ("expired_trigger_id", TooLate, "was over before I could. Please try again."),
        ("trigger_expired", TooLate, ""),
        ("view_too_large", Refused, "more than Slack shows in a window"),
        ("ratelimited", Refused, "Please try again in a minute."),
        ("internal_error", Refused, "Please try again in a minute."),
        ("invalid_arguments", SlackApiError, ""),
    ],
)
def test_a_modal_that_slack_does_not_open(refusal: str, raised: type[Exception], words: str) -> None:
    modal = Modal(ModalClient(client=Refusing(refusal), departures=Departures()), FRAME, trigger="1.2")
    with pytest.raises(raised) as error:
        modal.open(FRAME, VIEW)

    assert not modal.is_open
    assert words in str(error.value)


@pytest.mark.parametrize("refusal", ["not_found", "view_not_found", "hash_conflict"])
def test_a_modal_that_is_not_there_any_more_is_told_beside_it(refusal: str) -> None:
    client = Refusing(refusal, refusal)
    modal = opened(client, Departures())

    assert not modal.show(VIEW)
    assert not modal.tell(say("Asked."))
    assert client.calls == 2


@pytest.mark.parametrize(("refusal", "status"), [("internal_error", 200), ("ratelimited", 429), ("whatever", 503)])
def test_what_slack_would_take_a_moment_later_is_shown_once_more(refusal: str, status: int) -> None:
    client = Refusing(refusal, status=status)
    assert opened(client, Departures()).show(VIEW)

    client = Refusing(*[refusal] * 5, status=status)
    with pytest.raises(Refused, match="Look in the channel before you try again"):
        opened(client, Departures()).show(VIEW)
    assert client.calls == 2


def test_what_is_too_large_is_said_so_in_its_place() -> None:
    client = Refusing("view_too_large")
    modal = opened(client, Departures())
    with pytest.raises(Refused) as refused:
        modal.show(VIEW)
    assert modal.tell(refused.value.words)
    assert client.calls == 2


def test_whoever_cannot_be_told_in_the_modal_is_to_be_told_beside_it() -> None:
    assert not opened(Refusing(*["invalid_arguments"] * 5), Departures()).tell(say("Asked."))


# What is drawn.


@pytest.mark.parametrize(("typed", "kept"), [("x" * 800, True), ("z" * 3000, False), ("\x1b" * 800, False)])
def test_a_modal_remembers_what_was_typed_unless_slack_would_refuse_it(typed: str, kept: bool) -> None:
    memory = Memory(scenario="map-provider", channel="C0SUPPORT", origin=4, typed={"claim": typed})
    view = modals.told(Frame(title="Map a provider", memory=memory), say("Which pool?"))

    assert check_view(view) == []
    remembered = json.loads(view["private_metadata"])
    assert remembered.pop("typed", {}) == ({"claim": typed} if kept else {})
    assert remembered == {"scenario": "map-provider", "channel": "C0SUPPORT", "origin": 4}


@pytest.mark.parametrize(("count", "left"), [(100, 0), (101, 2), (140, 41)])
def test_what_a_modal_has_no_room_for_is_counted(count: int, left: int) -> None:
    parts: list[Part] = [Paragraph(say("Line {n}.", n=n)) for n in range(count)]
    view = modals.shown(Frame(title="Details", memory=Memory(channel="C0SUPPORT")), parts)

    assert check_view(view) == []
    assert len(view["blocks"]) == 100
    said = json.dumps(view["blocks"][-1])
    assert ("This is not all: " in said) is bool(left)
    assert not left or f'"{left}"' in said
    assert view["blocks"][0] != view["blocks"][-1]


def test_a_modal_is_never_larger_than_slack_takes() -> None:
    row = (say("{name}", name="名" * 60), say("{value}", value="値" * 100))
    parts: list[Part] = [Table(("a", "b"), (row,) * 99), Bullets((say("{text}", text="x" * 2000),) * 20)] * 8
    view = modals.shown(Frame(title="Details", memory=Memory(channel="C0SUPPORT")), parts)

    assert check_view(view) == []
    assert len(json.dumps(view)) < 250_000
    assert "This is not all: " in json.dumps(view["blocks"][-1])
