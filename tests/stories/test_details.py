"""Details: all that was seen, read anew and shown to whoever presses; and the menu of what doesn't fit into a row."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import commands
from bot.scenario import load
from sandbox.testing import LivePool, Message
from tests.stories.floor import Floor, settings_for, text_of, workspace
from tests.stories.look import look


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    pool.add("ana", email="ana@example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.scenarios = {**load(commands), "look": look}
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


@pytest.fixture
def thread(floor: Floor) -> Message:
    floor.types("agent", "/cognito look ana")
    return floor.reads_thread("Or else:", floor.slack.wait_for_message("ana can't sign in"))


def test_details_are_the_thread_s_last_button_and_stand_nowhere_before_it_is_pressed(
    floor: Floor, thread: Message
) -> None:
    assert thread.controls[-1].label == "Details"
    assert thread.text.endswith("[ Details ]")
    assert "it is so" not in str(thread.blocks)


def test_pressed_they_are_read_anew_and_nothing_is_posted(floor: Floor, pool: LivePool, thread: Message) -> None:
    before = len(floor.slack.messages("#support"))
    pool.write("ana", {"email": "ana@new.example"})
    floor.clicks("agent", "Details", thread)
    view = floor.modal_says("agent", "Read again just now, at")

    assert view.title == "Details"
    said = text_of(view)
    assert "so it may differ from what the thread says." in said
    assert "ana@new.example" in said
    assert "it is so" in said
    assert {block["type"] for block in view.content["blocks"]} == {"rich_text", "actions"}
    assert view.submit is None
    floor.quiet()
    assert len(floor.slack.messages("#support")) == before
    assert len(floor.slack.replies(floor.roots[0])) == 1


def test_who_may_not_ask_is_shown_no_details(floor: Floor, thread: Message) -> None:
    floor.clicks("guest", "Details", thread)
    view = floor.modal_says("guest", "Only the support team can ask for this.")

    assert "it is so" not in text_of(view)
    assert floor.audited == ["refused"]


def test_somebody_who_is_gone_is_said_to_be_gone(floor: Floor, pool: LivePool, thread: Message) -> None:
    pool.delete("ana")
    floor.clicks("agent", "Details", thread)

    view = floor.modal_says("agent", 'No account in prod is called "ana".')
    assert "Read again" not in text_of(view)


@pytest.mark.parametrize("held", ["x", '{"scenario":"verify-email","pool":"prod","fields":{"user":"ana"},"origin":1}'])
def test_a_button_of_another_kind_runs_nothing(floor: Floor, held: str) -> None:
    button = {
        "type": "button",
        "action_id": "details",
        "text": {"type": "plain_text", "text": "Push"},
        "value": held,
    }
    floor.posts("look", [{"type": "actions", "elements": [button]}])
    floor.clicks("agent", "Push")

    floor.told("agent", "This button is of an older kind. Please type the command instead.")


def test_of_more_than_three_offers_the_others_stand_in_a_menu_and_work_from_there(
    floor: Floor, thread: Message
) -> None:
    labels = [each.label for each in thread.controls if each.type == "button"]
    assert labels == ["Find out why", "Show the history", "Hand over…", "Hand over…", "Details"]
    (menu,) = (each for each in thread.controls if each.type == "overflow")
    assert [each.text for each in menu.options] == ["Mark as verified…", "Change the e-mail…"]
    assert "[ Mark as verified… ]" in thread.text

    floor.slack.chooses("agent", menu, "Mark as verified…", thread)
    form = floor.form("agent", "Mark as verified")
    assert "prod · ana" in text_of(form)
    floor.submits("agent", reason="Proved the mailbox on the phone")
    card = floor.reads_card("ana@example.com")
    # The case that it was created from has the link to its card.
    floor.reads_thread(card.ts.replace(".", ""), floor.roots[0])
