"""What Slack takes and refuses of a message's blocks, limit by limit."""

from typing import Any

import pytest
from slack_sdk.models import blocks as models

from sandbox.slack.blockkit import check_message
from tests.sandbox.slack.made_up_app import button, field, mrkdwn, plain, section

Json = dict[str, Any]
FINE: list[Json] = [
    section("x" * 3000),
    {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider", "block_id": "x" * 255},
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    {"type": "image", "alt_text": "x", "image_url": "https://example.com/x.png"},
    field("note", "Note"),
    {"type": "markdown", "text": "# Title"},
    {
        "type": "context_actions",
        "elements": [
            {"type": "icon_button", "icon": "trash", "text": plain("Away"), "action_id": "away"},
            {
                "type": "feedback_buttons",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            },
        ],
    },
    {"type": "container", "title": plain("Details"), "child_blocks": [section()], "is_collapsible": True},
    {"type": "card", "title": mrkdwn("x"), "actions": [button()]},
    {
        "type": "plan",
        "title": "Steps",
        "tasks": [{"type": "task_card", "task_id": "1", "title": "a", "status": "complete"}],
    },
]
REFUSED: list[tuple[str, Any, str, str]] = [
    ("not an object", "words", "must provide an object", "/blocks/0"),
    ("no type", {"text": plain("x")}, "missing required field: type", "/blocks/0"),
    ("unknown type", {"type": "banner"}, "unsupported type: banner", "/blocks/0"),
    ("file by an app", {"type": "file", "external_id": "x"}, "unsupported type: file", "/blocks/0"),
    ("long block_id", {"type": "divider", "block_id": "x" * 256}, "less than 256", "/blocks/0/block_id"),
    ("unknown property", {"type": "divider", "color": "red"}, "invalid additional property: color", "/blocks/0"),
    ("section with nothing", {"type": "section"}, "missing required field: text", "/blocks/0"),
    ("empty section", section(""), "must be more than 0 characters", "/blocks/0/text/text"),
    ("long section", section("x" * 3001), "must be less than 3001 characters", "/blocks/0/text/text"),
    ("text as a string", {"type": "section", "text": "x"}, "must provide an object", "/blocks/0/text"),
    (
        "number for text",
        {"type": "section", "text": {"type": "mrkdwn", "text": 7}},
        "must be a string",
        "/blocks/0/text/text",
    ),
    (
        "emoji in mrkdwn",
        {"type": "section", "text": {**mrkdwn("x"), "emoji": True}},
        "invalid additional property: emoji",
        "/blocks/0/text",
    ),
    ("eleven fields", {"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items", "/blocks/0/fields"),
    ("long field", {"type": "section", "fields": [mrkdwn("x" * 2001)]}, "less than 2001", "/blocks/0/fields/0/text"),
    (
        "text input in a section",
        {"type": "section", "text": plain("x"), "accessory": {"type": "plain_text_input"}},
        "unsupported type: plain_text_input",
        "/blocks/0/accessory",
    ),
    ("long header", {"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
    ("mrkdwn header", {"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/blocks/0/text"),
    (
        "eleven in a context",
        {"type": "context", "elements": [mrkdwn("x")] * 11},
        "no more than 10 items",
        "/blocks/0/elements",
    ),
    ("empty context", {"type": "context", "elements": []}, "no fewer than 1 items", "/blocks/0/elements"),
    (
        "button in a context",
        {"type": "context", "elements": [button()]},
        "unsupported type: button",
        "/blocks/0/elements/0",
    ),
    (
        "image without alt_text",
        {"type": "image", "image_url": "https://x"},
        "missing required field: alt_text",
        "/blocks/0",
    ),
    ("image without picture", {"type": "image", "alt_text": "x"}, "either image_url or slack_file", "/blocks/0"),
    (
        "image with two",
        {"type": "image", "alt_text": "x", "image_url": "https://x", "slack_file": {"id": "F1"}},
        "either image_url or slack_file",
        "/blocks/0",
    ),
    (
        "long alt_text",
        {"type": "image", "alt_text": "x" * 2001, "image_url": "https://x"},
        "less than 2001",
        "/blocks/0/alt_text",
    ),
    (
        "long image url",
        {"type": "image", "alt_text": "x", "image_url": "x" * 3001},
        "less than 3001",
        "/blocks/0/image_url",
    ),
    (
        "long image title",
        {"type": "image", "alt_text": "x", "image_url": "https://x", "title": plain("x" * 2001)},
        "less than 2001",
        "/blocks/0/title/text",
    ),
    ("long markdown", {"type": "markdown", "text": "x" * 12_001}, "less than 12001", "/blocks/0/text"),
    (
        "six context actions",
        {
            "type": "context_actions",
            "elements": [
                {"type": "icon_button", "icon": "trash", "text": plain("x"), "action_id": f"a{one}"} for one in range(6)
            ],
        },
        "no more than 5 items",
        "/blocks/0/elements",
    ),
    (
        "odd icon",
        {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "star", "text": plain("x")}]},
        "must be one of: trash",
        "/blocks/0/elements/0/icon",
    ),
    ("empty card", {"type": "card"}, "missing required field", "/blocks/0"),
    ("long card body", {"type": "card", "body": plain("x" * 201)}, "less than 201", "/blocks/0/body/text"),
    (
        "container in words",
        {"type": "container", "title": plain("x"), "child_blocks": [section("")]},
        "must be more than 0 characters",
        "/blocks/0/child_blocks/0/text/text",
    ),
    (
        "eleven children",
        {"type": "container", "title": plain("x"), "child_blocks": [section()] * 11},
        "no more than 10 items",
        "/blocks/0/child_blocks",
    ),
    (
        "task completed",
        {"type": "task_card", "task_id": "1", "title": "x", "status": "completed"},
        "must be one of",
        "/blocks/0/status",
    ),
    ("long alert", {"type": "alert", "text": plain("x" * 201)}, "less than 201", "/blocks/0/text/text"),
]


@pytest.mark.parametrize("block", FINE, ids=lambda one: one["type"])
def test_a_message_takes_blocks_within_the_limits(block: Json) -> None:
    assert check_message([block]) == []


@pytest.mark.parametrize(("name", "block", "words", "pointer"), REFUSED, ids=[one[0] for one in REFUSED])
def test_blocks_are_refused_at_the_spot_that_breaks_a_limit(name: str, block: Any, words: str, pointer: str) -> None:
    problems = check_message([block])

    assert any(words in one and one.endswith(f"[json-pointer:{pointer}]") for one in problems), problems
    assert all(one.startswith("[ERROR] ") for one in problems)


REFUSED_TOGETHER = {
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "one block_id twice": (
        [{"type": "divider", "block_id": "a"}] * 2,
        "block_id must be unique: a [json-pointer:/blocks/1/block_id]",
    ),
    "two tables": (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
        "only one table allowed [json-pointer:/blocks/1]",
    ),
    "markdown in sum": (
        [{"type": "markdown", "text": "x" * 6001}] * 2,
        "must be less than 12001 characters [json-pointer:/blocks/1/text]",
    ),
    "three charts": (
        [{"type": "data_visualization"}] * 3,
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks/2]",
    ),
}


@pytest.mark.parametrize(("blocks", "problem"), REFUSED_TOGETHER.values(), ids=REFUSED_TOGETHER)
def test_blocks_that_are_fine_alone_are_refused_together(blocks: list[Json], problem: str) -> None:
    assert check_message(blocks[:1]) == []
    assert check_message(blocks) == [f"[ERROR] {problem}"]


def test_what_the_sdk_builds_is_taken() -> None:
    built: list[models.Block] = [
        models.HeaderBlock(text="Mark as verified"),
        models.SectionBlock(text="*ben.old*", accessory=models.ImageElement(image_url="https://x", alt_text="x")),
        models.ActionsBlock(
            elements=[
                models.ButtonElement(text="Approve", action_id="approve", style="primary", value="1"),
                models.StaticSelectElement(
                    action_id="choose",
                    placeholder="Pick",
                    options=[models.Option(label="One", value="1", description="the first")],
                ),
                models.UserSelectElement(action_id="who", placeholder="Who"),
            ]
        ),
        models.ContextBlock(elements=[models.MarkdownTextObject(text="asked by <@U1>")]),
        models.InputBlock(label="Reason", element=models.PlainTextInputElement(action_id="value", multiline=True)),
        models.DividerBlock(),
    ]

    assert check_message([one.to_dict() for one in built]) == []
