"""Details: all that was seen, read anew and shown to whoever presses; and the menu of what doesn't fit into a row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

import commands
from bot.answer import Answer, Bullets, Offer, Offers, Paragraph, Table
from bot.cognito import Directory
from bot.scenario import Form, UserRef, load, scenario
from bot.words import say
from sandbox.cognito.livepool import LivePool
from sandbox.slack.model import Message
from tests.stories.floor import Floor, settings_for, text_of, workspace


class Look(Form):
    """Whom to look at."""

    user: Annotated[UserRef, Field(title="User")]


@scenario("look", title="Look", usage="[user]")
def look(form: Look, directory: Directory) -> Answer:
    """Say how an account stands."""
    user = directory.one(form.user)
    return Answer(
        emoji="🔎",
        headline=say("{name} stands like this", name=user.username),
        thread=(
            Paragraph(say("In short: it is there.")),
            Offers(
                tuple(
                    Offer(label=label, scenario=name, fields={"user": user.username})
                    for label, name in (
                        ("Find out why", "check"),
                        ("Show the history", "history"),
                        ("Mark as verified…", "verify-email"),
                        ("Change the e-mail…", "change-email"),
                    )
                )
            ),
        ),
        details=(
            Table(("account", "enabled"), ((say("{name}", name=user.username), say("it is so")),)),
            Bullets((say("e-mail {address}", address=user.email),)),
        ),
    )


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
    return floor.reads_thread("In short", floor.slack.wait_for_message("ana stands like this"))


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
    assert all(block["type"] == "rich_text" for block in view.content["blocks"])
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

    view = floor.modal_says("agent", 'No account in prod matches "ana".')
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
    row = [each for each in thread.controls if each.label != "Details"]
    assert [each.label for each in row if each.type == "button"] == ["Find out why", "Show the history"]
    (menu,) = (each for each in row if each.type == "overflow")
    assert [each.text for each in menu.options] == ["Mark as verified…", "Change the e-mail…"]
    assert "[ Mark as verified… ]" in thread.text

    floor.slack.chooses("agent", menu, "Mark as verified…", thread)
    form = floor.form("agent", "Mark as verified")
    assert form.inputs[0].element["initial_value"] == "ana"
    floor.submits("agent", reason="Proved the mailbox on the phone")
    card = floor.reads_card("ana@example.com")
    # The case that it was born from has the link to its card.
    floor.reads_thread(card.ts.replace(".", ""), floor.roots[0])
