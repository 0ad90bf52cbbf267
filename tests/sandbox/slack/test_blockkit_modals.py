"""What Slack takes and refuses of modals and of the fields in them."""

from typing import Any

import pytest

from sandbox.slack.blockkit import check_view
from tests.sandbox.slack.made_up_app import button, field, modal, mrkdwn, plain, section

Json = dict[str, Any]
BLOCK = "/view/blocks/0"
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
FINE: list[Json] = [
    field("a", "x" * 2000, hint=plain("x" * 2000), optional=True, dispatch_action=True),
    field(
        "a",
        "A",
        {"type": "plain_text_input", "multiline": True, "min_length": 0, "max_length": 3000, "initial_value": "x"},
    ),
    field("a", "A", {"type": "email_text_input", "placeholder": plain("x" * 150)}),
    field("a", "A", {"type": "url_text_input", "focus_on_load": True}),
    field("a", "A", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}),
    field("a", "A", {"type": "file_input", "max_files": 10}),
    field("a", "A", {"type": "rich_text_input"}),
    field("a", "A", {"type": "multi_users_select", "max_selected_items": 3}),
    field("a", "A", {"type": "conversations_select", "response_url_enabled": True, "filter": {"include": ["im"]}}),
    field("a", "A", {"type": "datetimepicker", "initial_date_time": 1767225600}),
    field(
        "a", "A", {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}
    ),
    {"type": "alert", "text": plain("x" * 200), "level": "warning"},
]
REFUSED: list[tuple[str, Json, str, str]] = [
    ("markdown", modal("F", {"type": "markdown", "text": "x"}), "unsupported type: markdown", BLOCK),
    ("table", modal("F", TABLE), "unsupported type: table", BLOCK),
    ("long title", modal("x" * 25), "less than 25", "/view/title/text"),
    ("no title", {"type": "modal", "blocks": [section()]}, "missing required field: title", "/view"),
    ("mrkdwn title", {**modal("F"), "title": mrkdwn("x")}, "unsupported type: mrkdwn", "/view/title"),
    ("long submit", modal("F", submit=plain("x" * 25)), "less than 25", "/view/submit/text"),
    ("long close", modal("F", close=plain("x" * 25)), "less than 25", "/view/close/text"),
    ("long callback_id", modal("F", callback_id="x" * 256), "less than 256", "/view/callback_id"),
    ("long private_metadata", modal("F", private_metadata="x" * 3001), "less than 3001", "/view/private_metadata"),
    ("long external_id", modal("F", external_id="x" * 256), "less than 256", "/view/external_id"),
    ("disabled submit", modal("F", submit_disabled=True), "invalid additional property: submit_disabled", "/view"),
    ("input without submit", {**modal("F", field("a", "A")), "submit": None}, "must define `submit`", "/view"),
    ("no blocks", {**modal("F"), "blocks": []}, "no fewer than 1 items", "/view/blocks"),
    ("101 blocks", modal("F", *[{"type": "divider"}] * 101), "no more than 100 items", "/view/blocks"),
    ("home", {"type": "home", "blocks": [section()]}, "unsupported type: home", "/view"),
    ("long label", modal("F", field("a", "x" * 2001)), "less than 2001", f"{BLOCK}/label/text"),
    (
        "mrkdwn label",
        modal("F", {**field("a", "A"), "label": mrkdwn("x")}),
        "unsupported type: mrkdwn",
        f"{BLOCK}/label",
    ),
    ("long hint", modal("F", field("a", "A", hint=plain("x" * 2001))), "less than 2001", f"{BLOCK}/hint/text"),
    ("button as input", modal("F", field("a", "A", button())), "unsupported type: button", f"{BLOCK}/element"),
    ("no element", modal("F", {"type": "input", "label": plain("x")}), "missing required field: element", BLOCK),
    (
        "min_length 3001",
        modal("F", field("a", "A", {"type": "plain_text_input", "min_length": 3001})),
        "less than or equal to 3000",
        f"{BLOCK}/element/min_length",
    ),
    (
        "max_length 0",
        modal("F", field("a", "A", {"type": "plain_text_input", "max_length": 0})),
        "greater than or equal to 1",
        f"{BLOCK}/element/max_length",
    ),
    (
        "max_length 5000",
        modal("F", field("a", "A", {"type": "plain_text_input", "max_length": 5000})),
        "less than or equal to 3000",
        f"{BLOCK}/element/max_length",
    ),
    (
        "min above max",
        modal("F", field("a", "A", {"type": "plain_text_input", "min_length": 9, "max_length": 8})),
        "less than or equal to max_length",
        f"{BLOCK}/element/min_length",
    ),
    (
        "initial text too long",
        modal("F", field("a", "A", {"type": "plain_text_input", "max_length": 3, "initial_value": "four"})),
        "less than 4",
        f"{BLOCK}/element/initial_value",
    ),
    (
        "masked input",
        modal("F", field("a", "A", {"type": "plain_text_input", "is_password": True})),
        "invalid additional property: is_password",
        f"{BLOCK}/element",
    ),
    (
        "number without is_decimal_allowed",
        modal("F", field("a", "A", {"type": "number_input"})),
        "missing required field: is_decimal_allowed",
        f"{BLOCK}/element",
    ),
    (
        "number as a number",
        modal("F", field("a", "A", {"type": "number_input", "is_decimal_allowed": True, "min_value": 1})),
        "a number in a string",
        f"{BLOCK}/element/min_value",
    ),
    (
        "eleven files",
        modal("F", field("a", "A", {"type": "file_input", "max_files": 11})),
        "less than or equal to 10",
        f"{BLOCK}/element/max_files",
    ),
    (
        "dispatching files",
        modal("F", field("a", "A", {"type": "file_input"}, dispatch_action=True)),
        "cannot dispatch",
        f"{BLOCK}/dispatch_action",
    ),
    (
        "odd dispatch",
        modal(
            "F",
            field(
                "a", "A", {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_blur"]}}
            ),
        ),
        "must be one of",
        f"{BLOCK}/element/dispatch_action_config/trigger_actions_on/0",
    ),
    (
        "two focused fields",
        modal("F", *[field(one, "A", {"type": "plain_text_input", "focus_on_load": True}) for one in "ab"]),
        "only one element",
        "/view/blocks/1/element/focus_on_load",
    ),
    (
        "block_id twice",
        modal("F", field("a", "A"), field("a", "B")),
        "block_id must be unique",
        "/view/blocks/1/block_id",
    ),
    ("flag in words", modal("F", notify_on_close="yes"), "must be a boolean", "/view/notify_on_close"),
]


@pytest.mark.parametrize("block", FINE, ids=lambda one: one.get("element", one)["type"])
def test_a_modal_takes_fields_within_the_limits(block: Json) -> None:
    assert check_view(modal("Form", block)) == []


@pytest.mark.parametrize(("name", "view", "words", "pointer"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_modal_is_refused_at_the_spot_that_breaks_a_limit(name: str, view: Json, words: str, pointer: str) -> None:
    problems = check_view(view)

    assert any(words in one and one.endswith(f"[json-pointer:{pointer}]") for one in problems), problems


def test_inputs_of_different_blocks_may_share_their_action_id() -> None:
    assert check_view(modal("Form", field("user", "User"), field("reason", "Reason"))) == []


@pytest.mark.parametrize("view", [None, "view", 7, [], {}])
def test_what_is_no_view_at_all_is_refused(view: Any) -> None:
    assert check_view(view)
