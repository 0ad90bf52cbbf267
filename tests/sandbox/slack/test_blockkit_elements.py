"""What Slack takes and refuses of buttons, selects and their like in messages."""

from typing import Any

import pytest

from sandbox.slack.blockkit import check_message
from tests.sandbox.slack.made_up_app import actions, button, field, mrkdwn, option, plain

Json = dict[str, Any]
CONFIRM = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
CHECKBOXES = {"type": "checkboxes", "action_id": "tick"}
SELECT = {"type": "static_select", "action_id": "choose"}


def many(amount: int) -> list[Json]:
    return [option(f"v{number}") for number in range(amount)]


FINE: list[Json] = [
    {"type": "section", "text": plain("x"), "accessory": button()},
    {"type": "section", "text": plain("x"), "accessory": {**SELECT, "options": many(100)}},
    {"type": "section", "text": plain("x"), "accessory": {"type": "overflow", "options": many(5)}},
    actions(*[button(action_id=f"a{number}") for number in range(25)]),
    actions(button("x" * 75, value="x" * 2000, url="https://example.com", style="danger", confirm=CONFIRM)),
    actions({**CHECKBOXES, "options": many(10), "initial_options": many(2)}),
    actions({**SELECT, "options": many(3), "initial_option": option("v1")}),
    actions({**SELECT, "option_groups": [{"label": plain("g"), "options": many(2)}]}),
    actions({"type": "radio_buttons", "options": [{"text": mrkdwn("*bold*"), "value": "a"}]}),
    actions({"type": "datepicker", "initial_date": "2026-01-31"}, {"type": "timepicker", "initial_time": "23:59"}),
]
REFUSED: list[tuple[str, Any, str, str]] = [
    (
        "26 buttons",
        actions(*[button(action_id=f"a{one}") for one in range(26)]),
        "no more than 25 items",
        "/blocks/0/elements",
    ),
    ("one action_id twice", actions(button(), button()), "action_id must be unique", "/blocks/0/elements/1/action_id"),
    ("long action_id", actions(button(action_id="x" * 256)), "less than 256", "/blocks/0/elements/0/action_id"),
    ("long button", actions(button("x" * 76)), "less than 76", "/blocks/0/elements/0/text/text"),
    (
        "mrkdwn button",
        actions({"type": "button", "text": mrkdwn("x")}),
        "unsupported type: mrkdwn",
        "/blocks/0/elements/0/text",
    ),
    ("long value", actions(button(value="x" * 2001)), "less than 2001", "/blocks/0/elements/0/value"),
    ("long url", actions(button(url="x" * 3001)), "less than 3001", "/blocks/0/elements/0/url"),
    (
        "long accessibility label",
        actions(button(accessibility_label="x" * 76)),
        "less than 76",
        "/blocks/0/elements/0/accessibility_label",
    ),
    (
        "unknown style",
        actions(button(style="warning")),
        "must be one of: primary, danger",
        "/blocks/0/elements/0/style",
    ),
    (
        "disabled button",
        actions(button(disabled=True)),
        "invalid additional property: disabled",
        "/blocks/0/elements/0",
    ),
    (
        "long confirm title",
        actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})),
        "less than 101",
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "long confirm text",
        actions(button(confirm={**CONFIRM, "text": plain("x" * 301)})),
        "less than 301",
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "long confirm button",
        actions(button(confirm={**CONFIRM, "confirm": plain("x" * 31)})),
        "less than 31",
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "long deny button",
        actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)})),
        "less than 31",
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    (
        "confirm without text",
        actions(button(confirm={"title": plain("x")})),
        "missing required field: text",
        "/blocks/0/elements/0/confirm",
    ),
    (
        "101 options",
        actions({**SELECT, "options": many(101)}),
        "no more than 100 items",
        "/blocks/0/elements/0/options",
    ),
    ("no options", actions(SELECT), "either options or option_groups", "/blocks/0/elements/0"),
    ("empty options", actions({**SELECT, "options": []}), "no fewer than 1 items", "/blocks/0/elements/0/options"),
    (
        "mrkdwn option in a select",
        actions({**SELECT, "options": [{"text": mrkdwn("x"), "value": "x"}]}),
        "unsupported type: mrkdwn",
        "/blocks/0/elements/0/options/0/text",
    ),
    (
        "long option",
        actions({**SELECT, "options": [option("a", "x" * 76)]}),
        "less than 76",
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "long option value",
        actions({**SELECT, "options": [option("x" * 151, "x")]}),
        "less than 151",
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "long option description",
        actions({**SELECT, "options": [{**option("a"), "description": plain("x" * 76)}]}),
        "less than 76",
        "/blocks/0/elements/0/options/0/description/text",
    ),
    (
        "link in a select's option",
        actions({**SELECT, "options": [{**option("a"), "url": "https://x"}]}),
        "invalid additional property: url",
        "/blocks/0/elements/0/options/0",
    ),
    (
        "two options with one value",
        actions({**SELECT, "options": [option("a"), option("a", "b")]}),
        "option value must be unique",
        "/blocks/0/elements/0/options/1",
    ),
    (
        "101 groups",
        actions({**SELECT, "option_groups": [{"label": plain("x"), "options": many(1)}] * 101}),
        "no more than 100 items",
        "/blocks/0/elements/0/option_groups",
    ),
    (
        "long group label",
        actions({**SELECT, "option_groups": [{"label": plain("x" * 76), "options": many(1)}]}),
        "less than 76",
        "/blocks/0/elements/0/option_groups/0/label/text",
    ),
    (
        "unknown initial option",
        actions({**SELECT, "options": many(2), "initial_option": option("other")}),
        "must be one of the options",
        "/blocks/0/elements/0/initial_option",
    ),
    (
        "11 checkboxes",
        actions({**CHECKBOXES, "options": many(11)}),
        "no more than 10 items",
        "/blocks/0/elements/0/options",
    ),
    (
        "11 radio buttons",
        actions({"type": "radio_buttons", "options": many(11)}),
        "no more than 10 items",
        "/blocks/0/elements/0/options",
    ),
    (
        "unknown initial checkbox",
        actions({**CHECKBOXES, "options": many(1), "initial_options": many(2)}),
        "must be one of the options",
        "/blocks/0/elements/0/initial_options/1",
    ),
    (
        "empty overflow",
        actions({"type": "overflow", "options": []}),
        "no fewer than 1 items",
        "/blocks/0/elements/0/options",
    ),
    (
        "six in an overflow",
        actions({"type": "overflow", "options": many(6)}),
        "no more than 5 items",
        "/blocks/0/elements/0/options",
    ),
    (
        "text input in actions",
        actions({"type": "plain_text_input"}),
        "unsupported type: plain_text_input",
        "/blocks/0/elements/0",
    ),
    (
        "long placeholder",
        actions({"type": "users_select", "placeholder": plain("x" * 151)}),
        "less than 151",
        "/blocks/0/elements/0/placeholder/text",
    ),
    (
        "date in words",
        actions({"type": "datepicker", "initial_date": "tomorrow"}),
        "a date as YYYY-MM-DD",
        "/blocks/0/elements/0/initial_date",
    ),
    (
        "hour 25",
        actions({"type": "timepicker", "initial_time": "25:00"}),
        "a time as HH:mm",
        "/blocks/0/elements/0/initial_time",
    ),
    (
        "e-mail input in a message",
        field("a", "A", {"type": "email_text_input"}),
        "unsupported type: email_text_input",
        "/blocks/0/element",
    ),
]


@pytest.mark.parametrize("block", FINE, ids=lambda one: one["type"])
def test_a_message_takes_elements_within_the_limits(block: Json) -> None:
    assert check_message([block]) == []


@pytest.mark.parametrize(("name", "block", "words", "pointer"), REFUSED, ids=[one[0] for one in REFUSED])
def test_elements_are_refused_at_the_spot_that_breaks_a_limit(name: str, block: Any, words: str, pointer: str) -> None:
    problems = check_message([block])

    assert any(words in one and one.endswith(f"[json-pointer:{pointer}]") for one in problems), problems
    assert all(one.startswith("[ERROR] ") for one in problems)
