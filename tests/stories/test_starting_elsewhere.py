"""People begin in the Home tab, and at a message in which a customer's address stands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot import wired
from tests.stories.inline import AGENT, LEADS, SUPPORT, InlineDesk, desk

QUESTION = {
    "ts": "1700000000.000100",
    "user": "U0CAROL",
    "text": "Who can help <mailto:ana@example.com|ana@example.com>?",
}


@pytest.fixture
def inline(tmp_path: Path) -> Iterator[InlineDesk]:
    with wired.cognito() as server:
        pool = server.pools.create("prod")
        pool.add("ana", email="ana@example.com", email_verified=False)
        pool.add("ben", email="ben@example.com", email_verified=True)
        with desk(server, {"prod": wired.settings(pool)}, tmp_path / "desk.db") as opened:
            yield opened


def told(inline: InlineDesk, method: str) -> list[dict[str, Any]]:
    """Return what Slack was told by one method, the views and blocks as they are drawn."""
    inline.posts()
    return [given for name, given in inline.slack.told if name == method]


def labels(view: str | dict[str, Any]) -> list[str]:
    """Return the labels of a view's buttons."""
    drawn = json.loads(view) if isinstance(view, str) else view
    rows = [block["elements"] for block in drawn["blocks"] if block["type"] == "actions"]
    return [button["text"]["text"] for row in rows for button in row if button["type"] == "button"]


def test_the_customer_of_a_message_is_checked_in_its_thread(inline: InlineDesk) -> None:
    inline.chooses(QUESTION)
    posted = told(inline, "chat.postMessage")
    assert "ana@example.com" in posted[0]["text"]
    assert len(posted) > 1
    assert {each["thread_ts"] for each in posted} == {QUESTION["ts"]}
    assert {each["channel"] for each in posted} == {SUPPORT}


def test_of_a_reply_it_is_the_thread_that_the_reply_stands_in(inline: InlineDesk) -> None:
    inline.chooses({**QUESTION, "ts": "1700000009.000900", "thread_ts": QUESTION["ts"]})
    assert {each["thread_ts"] for each in told(inline, "chat.postMessage")} == {QUESTION["ts"]}


def test_of_several_addresses_one_is_chosen_and_answered_there(inline: InlineDesk) -> None:
    inline.chooses({**QUESTION, "text": "ana@example.com or ben@example.com"})
    assert told(inline, "chat.postMessage") == []
    view = told(inline, "views.update")[-1]["view"]
    assert labels(view) == ["Check ana@example.com", "Check ben@example.com"]

    drawn = json.loads(view) if isinstance(view, str) else view
    (row,) = [block for block in drawn["blocks"] if block["type"] == "actions"]
    memory = json.loads(drawn["private_metadata"])
    inline.presses_in(memory, row["elements"][1]["action_id"], row["elements"][1]["value"], AGENT)
    posted = told(inline, "chat.postMessage")
    assert "ben@example.com" in posted[0]["text"]
    assert {each["thread_ts"] for each in posted} == {QUESTION["ts"]}


@pytest.mark.parametrize(
    ("message", "channel", "words"),
    [
        ({**QUESTION, "text": "Who can help her?"}, SUPPORT, "There is no e-mail address in this message."),
        (QUESTION, "C0RANDOM", f"The desk doesn't work in this channel. Use it in <#{SUPPORT}>."),
    ],
)
def test_what_cannot_be_checked_is_said_to_the_person_alone(
    inline: InlineDesk, message: dict[str, Any], channel: str, words: str
) -> None:
    inline.chooses(message, channel=channel)
    (said,) = told(inline, "chat.postEphemeral")
    assert (said["user"], said["channel"]) == (AGENT, channel)
    assert said["text"].startswith(words)
    assert told(inline, "chat.postMessage") == []


def test_who_may_not_ask_is_refused_as_after_a_command(inline: InlineDesk) -> None:
    inline.chooses(QUESTION, person="U0STRANGER")
    (said,) = told(inline, "chat.postEphemeral")
    assert said["text"].startswith("Only the support team can ask for this.")
    assert told(inline, "chat.postMessage") == []


def test_a_customer_is_checked_from_home(inline: InlineDesk) -> None:
    inline.opens_home(AGENT)
    (published,) = told(inline, "views.publish")
    view = published["view"]
    assert labels(view) == ["Check a customer", "History", "More…"]

    drawn = json.loads(view) if isinstance(view, str) else view
    (check, _, menu) = [row for row in drawn["blocks"] if row["type"] == "actions"][-1]["elements"]
    inline.presses_at_home(check["action_id"], check["value"], AGENT)
    form = told(inline, "views.open")[-1]["view"]
    assert json.loads((json.loads(form) if isinstance(form, str) else form)["private_metadata"])["channel"] == SUPPORT

    inline.submits(
        "form", {"scenario": "check", "pool": "prod", "channel": SUPPORT}, {"user": {"value": {"value": "ana"}}}
    )
    assert "ana@example.com" in told(inline, "chat.postMessage")[0]["text"]
    inline.presses_at_home(menu["action_id"], menu["value"], AGENT)
    assert "What is the matter?" in str(told(inline, "views.open")[-1]["view"])


def test_a_lead_decides_from_home_by_the_confirmation_alone(inline: InlineDesk) -> None:
    values = {"user": {"value": {"value": "ana"}}, "reason": {"value": {"value": "called back on file"}}}
    inline.submits("form", {"scenario": "verify-email", "pool": "prod", "channel": SUPPORT}, values)
    number = inline.posted()
    inline.opens_home(LEADS[0])
    assert labels(told(inline, "views.publish")[-1]["view"])[0] == "Open…"

    (memory,) = inline.remembered_after(lambda: inline.presses_at_home("open:0", str(number), LEADS[0]))
    assert "AdminUpdateUserAttributes" not in inline.calls
    inline.submits("confirmation", memory, {}, LEADS[0])
    assert "AdminUpdateUserAttributes" in inline.calls

    inline.program._looking[1].look()  # type: ignore[attr-defined]
    assert "Open…" not in labels(told(inline, "views.publish")[-1]["view"])
