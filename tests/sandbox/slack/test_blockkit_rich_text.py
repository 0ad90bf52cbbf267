"""What Slack takes and refuses of rich text and tables."""

from typing import Any

import pytest

from sandbox.slack.blockkit import check_message
from tests.sandbox.slack.made_up_app import mrkdwn

Json = dict[str, Any]


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*parts: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(parts)}


def table(rows: list[Any], **more: Any) -> Json:
    return {"type": "table", "rows": rows, **more}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


FINE: list[Json] = [
    rich(line({"type": "text", "text": "bold", "style": {"bold": True, "code": True}})),
    rich(
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 1,
            "elements": [line({"type": "emoji", "name": "tada"})],
        },
        {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U1"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 0},
        line(
            {"type": "link", "url": "https://example.com", "text": "here"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "broadcast", "range": "here"},
            {"type": "date", "timestamp": 1767225600, "format": "{date_short}", "fallback": "2026"},
            {"type": "color", "value": "#aabbcc"},
        ),
    ),
    table([[cell()] * 20] * 100, column_settings=[{"align": "right", "is_wrapped": True}, None]),
]
REFUSED: list[tuple[str, Any, str, str]] = [
    ("empty rich text", rich(), "no fewer than 1 items", "/blocks/0/elements"),
    ("loose rich text part", rich({"type": "text", "text": "x"}), "unsupported type: text", "/blocks/0/elements/0"),
    (
        "empty rich text part",
        rich(line({"type": "text", "text": ""})),
        "must be more than 0 characters",
        "/blocks/0/elements/0/elements/0/text",
    ),
    (
        "unknown rich style",
        rich(line({"type": "text", "text": "x", "style": {"blink": True}})),
        "invalid additional property: blink",
        "/blocks/0/elements/0/elements/0/style",
    ),
    (
        "unknown rich part",
        rich(line({"type": "button"})),
        "unsupported type: button",
        "/blocks/0/elements/0/elements/0",
    ),
    (
        "user in preformatted",
        rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
        "unsupported type: user",
        "/blocks/0/elements/0/elements/0",
    ),
    (
        "list of text",
        rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]}),
        "unsupported type: text",
        "/blocks/0/elements/0/elements/0",
    ),
    (
        "list without style",
        rich({"type": "rich_text_list", "elements": [line()]}),
        "missing required field: style",
        "/blocks/0/elements/0",
    ),
    (
        "broadcast to all",
        rich(line({"type": "broadcast", "range": "all"})),
        "must be one of",
        "/blocks/0/elements/0/elements/0/range",
    ),
    ("101 rows", table([[cell()]] * 101), "no more than 100 items", "/blocks/0/rows"),
    ("21 cells", table([[cell()] * 21]), "no more than 20 items", "/blocks/0/rows/0"),
    ("empty cell", table([[cell("")]]), "must be more than 0 characters", "/blocks/0/rows/0/0/text"),
    ("mrkdwn cell", table([[mrkdwn("x")]]), "unsupported type: mrkdwn", "/blocks/0/rows/0/0"),
    ("big table", table([[cell("x" * 5001)], [cell("x" * 5000)]]), "less than 10001", "/blocks/0/rows"),
    (
        "21 column settings",
        table([[cell()]], column_settings=[{}] * 21),
        "no more than 20 items",
        "/blocks/0/column_settings",
    ),
    (
        "odd alignment",
        table([[cell()]], column_settings=[{"align": "middle"}]),
        "must be one of",
        "/blocks/0/column_settings/0/align",
    ),
]


@pytest.mark.parametrize("block", FINE, ids=lambda one: one["type"])
def test_a_message_takes_rich_text_and_tables_within_the_limits(block: Json) -> None:
    assert check_message([block]) == []


@pytest.mark.parametrize(("name", "block", "words", "pointer"), REFUSED, ids=[one[0] for one in REFUSED])
def test_rich_text_and_tables_are_refused_at_the_spot_that_breaks_a_limit(
    name: str, block: Any, words: str, pointer: str
) -> None:
    problems = check_message([block])

    assert any(words in one and one.endswith(f"[json-pointer:{pointer}]") for one in problems), problems
    assert all(one.startswith("[ERROR] ") for one in problems)
