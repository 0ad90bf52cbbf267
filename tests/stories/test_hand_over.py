"""Handing over: the team that can help is mentioned in the thread, once, with the text that the agent approved of."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import commands
from bot.answer import Team
from bot.scenario import load
from sandbox.testing import LivePool, Message
from tests.stories.floor import Floor, settings_for, text_of, workspace
from tests.stories.look import look

TEAMS = {Team.ACCOUNTS: "S0TRUST", Team.APP: "U0LEAD2"}
HOSTILE = "Ana <!channel> *said* <@U0LEAD1> & left\n\nSecond line"


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    pool.add("ana", email="ana@example.com", email_verified=True)
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db", teams=TEAMS)
        floor = Floor(slack, server, settings)
        floor.scenarios = {**load(commands), "look": look}
        floor.timings = replace(floor.timings, lock=0.5)
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


@pytest.fixture
def case(floor: Floor) -> Message:
    """The root of what was found about Ana."""
    floor.types("agent", "/cognito look ana@example.com")
    root = floor.slack.wait_for_message("ana can't sign in")
    floor.reads_thread("Or else:", root)
    return root


def opens(floor: Floor, case: Message, *, row: int = 0, person: str = "agent") -> None:
    """Press one of the thread's two buttons Hand over…"""
    thread = floor.reads_thread("Or else:", case)
    button = [each for each in thread.controls if each.label == "Hand over…"][row]
    sent = floor.slack.clicks(person, button, thread)
    assert sent
    sent.wait()
    assert sent.acked


def handed_over(floor: Floor, case: Message) -> list[Message]:
    floor.quiet()
    return [each for each in floor.slack.replies(case) if "hands over:" in each.text]


def rows(floor: Floor) -> list[Any]:
    return [row for row in floor.audit() if row["event"] == "handed over"]


def test_the_team_is_mentioned_in_the_thread_with_the_text_and_the_history_says_so(floor: Floor, case: Message) -> None:
    opens(floor, case)
    form = floor.form("agent", "Hand over")
    assert "For the team that disables and enables accounts" in text_of(form)
    assert form.submit == "Mention the team"
    (field,) = form.inputs
    assert field.element["initial_value"] == "ana is disabled.\nPlease say whether that was meant."
    assert not handed_over(floor, case)

    floor.submits("agent")
    reply = floor.reads_thread("hands over:", case)
    assert reply.text == (
        "<!subteam^S0TRUST>: <@U0AGENT> hands over:\n“ana is disabled.\nPlease say whether that was meant.”"
    )
    floor.modal_says("agent", "Handed over: see")
    (row,) = rows(floor)
    assert (row["person"], row["ticket"]) == ("U0AGENT", None)
    assert row["detail"] == {"team": "accounts", "to": "S0TRUST", "pool": "prod", "user": "ana@example.com"}

    floor.slack.closes("agent", whole_stack=True)
    # By the name as well, though it was asked for by the address.
    floor.types("agent", "/cognito-history ana")
    history = floor.slack.wait_for_message("ana: no requests, latest step")
    told = floor.reads_thread("<@U0AGENT> handed this over to the accounts team", history)
    assert "S0TRUST" not in told.text


def test_what_the_agent_makes_of_the_text_is_posted_and_is_never_markup(floor: Floor, case: Message) -> None:
    opens(floor, case)
    floor.form("agent", "Hand over")
    floor.submits("agent", text=HOSTILE)

    reply = floor.reads_thread("hands over:", case)
    assert reply.text.endswith("“Ana &lt;!channel&gt; *said* &lt;@U0LEAD1&gt; &amp; left\n\nSecond line”")
    mentions = [part for part in _parts(list(reply.blocks)) if part["type"] in ("user", "usergroup", "broadcast")]
    assert [each.get("user_id") or each.get("usergroup_id") for each in mentions] == ["S0TRUST", "U0AGENT"]
    assert "Second line" not in json.dumps(floor.audit())


def test_a_submission_that_is_delivered_twice_mentions_the_team_once(floor: Floor, case: Message) -> None:
    opens(floor, case)
    floor.form("agent", "Hand over")
    sent = floor.submits("agent")
    assert sent
    floor.modal_says("agent", "Handed over: see")
    floor.server.sockets.redeliver(sent)
    floor.slack.wait_for(lambda: len(sent.connections) == 2)
    # Something that certainly came after it is through.
    floor.slack.closes("agent", whole_stack=True)
    opens(floor, case)
    floor.form("agent", "Hand over")

    assert len(handed_over(floor, case)) == 1
    assert len(rows(floor)) == 1


def test_where_the_desk_was_removed_meanwhile_what_was_typed_stays(floor: Floor, case: Message) -> None:
    opens(floor, case)
    floor.form("agent", "Hand over")
    floor.slack.roll.leaves("cognito-desk", "#support")
    floor.submits("agent", text="Please look at ana.")
    form = floor.modal_says("agent", "I'm not in this channel, so I can't post here.")
    assert form.values == {"text": "Please look at ana."}
    assert not rows(floor)

    floor.slack.types("agent", "/invite @Cognito Desk")
    floor.submits("agent")
    floor.modal_says("agent", "Handed over: see")


def test_a_press_that_is_delivered_twice_posts_nothing(floor: Floor, case: Message) -> None:
    thread = floor.reads_thread("Or else:", case)
    sent = floor.clicks("agent", "Hand over…", thread)
    floor.form("agent", "Hand over")
    floor.server.sockets.redeliver(sent)
    floor.slack.wait_for(lambda: len(sent.connections) == 2)
    floor.submits("agent")
    floor.modal_says("agent", "Handed over: see")

    assert len(handed_over(floor, case)) == 1


def test_a_team_that_is_not_set_has_its_text_to_copy_and_nothing_to_submit(floor: Floor, case: Message) -> None:
    opens(floor, case, row=1)
    shown = floor.modal_says("agent", "No team is set for this: copy the text.")

    assert "The operator can name one under [teams], as identity" in _spoken(text_of(shown))
    assert "ana is disabled.\nPlease say whether that was meant." in text_of(shown)
    assert (shown.submit, shown.inputs) == (None, ())
    assert handed_over(floor, case) == []
    assert rows(floor) == []


def test_who_may_not_ask_is_shown_nothing_and_hands_nothing_over(floor: Floor, case: Message) -> None:
    opens(floor, case, person="guest")
    view = floor.modal_says("guest", "Only the support team can ask for this.")

    assert "disabled" not in text_of(view)
    assert floor.audited == ["refused"]


def test_who_has_stopped_being_an_agent_hands_nothing_over(floor: Floor, case: Message) -> None:
    opens(floor, case, person="lead1")
    floor.form("lead1", "Hand over")
    floor.leaves_group("lead1", "S0SUPPORT")
    # A desk that has just started remembers nobody's rights.
    floor.closes()
    floor.opens()

    floor.submits("lead1")
    floor.modal_says("lead1", "Only the support team can ask for this.")
    assert handed_over(floor, case) == []
    assert rows(floor) == []


def test_a_made_up_thread_is_not_replied_to(floor: Floor, case: Message) -> None:
    thread = floor.reads_thread("Or else:", case)
    value = json.loads(next(each for each in thread.controls if each.label == "Hand over…").value or "")
    held = json.dumps({**value, "origin": 4711})
    button = {
        "type": "button",
        "action_id": "hand-over:0",
        "text": {"type": "plain_text", "text": "Push"},
        "value": held,
    }
    floor.posts("look", [{"type": "actions", "elements": [button]}])
    floor.clicks("agent", "Push")
    floor.form("agent", "Hand over")
    floor.submits("agent")

    floor.modal_says("agent", "The thread isn't there any more.")
    assert rows(floor) == []


@pytest.mark.parametrize("held", ["x", "{}", '{"team":"nobody","pool":"prod","origin":1,"user":"","sub":"","text":""}'])
def test_a_button_of_another_kind_says_what_to_do_instead(floor: Floor, held: str) -> None:
    button = {
        "type": "button",
        "action_id": "hand-over:0",
        "text": {"type": "plain_text", "text": "Push"},
        "value": held,
    }
    floor.posts("look", [{"type": "actions", "elements": [button]}])
    floor.clicks("agent", "Push")

    floor.told("agent", "This button is of an older kind. Please type the command instead.")


def test_from_the_details_the_text_opens_in_their_place(floor: Floor, case: Message) -> None:
    floor.clicks("agent", "Details", floor.reads_thread("Or else:", case))
    details = floor.modal_says("agent", "Read again just now")
    floor.clicks("agent", "Hand over…", details)
    form = floor.form("agent", "Hand over")
    assert form.id == details.id
    floor.submits("agent")

    floor.reads_thread("<!subteam^S0TRUST>: <@U0AGENT> hands over:", case)
    (row,) = rows(floor)
    assert row["detail"]["user"] == "ana@example.com"


def test_while_the_database_is_busy_nothing_is_posted_and_the_text_stays(
    floor: Floor, case: Message, tmp_path: Path
) -> None:
    opens(floor, case)
    floor.form("agent", "Hand over")
    floor.quiet()
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None, timeout=30)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        floor.submits("agent", text="Written with care.")
        again = floor.modal_says("agent", "The database is busy; nothing was posted. Please try again in a minute.")
        somebody.execute("ROLLBACK")
    assert again.inputs[0].element["initial_value"] == "Written with care."

    floor.submits("agent")
    assert "“Written with care.”" in floor.reads_thread("hands over:", case).text
    floor.modal_says("agent", "Handed over: see")
    assert len(handed_over(floor, case)) == len(rows(floor)) == 1


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _parts(each)
    elif isinstance(node, dict):
        yield node
        for each in node.values():
            yield from _parts(each)


def _spoken(text: str) -> str:
    return " ".join(text.split())
