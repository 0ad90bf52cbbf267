"""Block Kit's interactive elements, and which block takes which of them."""

from typing import Any, Final

from sandbox.slack.blockkit.objects import (
    CONFIRM,
    DISPATCH,
    ID,
    OPTION_GROUPS,
    PICTURE,
    URL,
    initial_among_options,
    options,
    options_or_groups,
    plain_text,
    values_differ,
)
from sandbox.slack.blockkit.report import (
    Check,
    Place,
    anything,
    every,
    flag,
    items,
    matching,
    one_of,
    shape,
    string,
    whole,
)
from sandbox.slack.blockkit.rich_text import RICH_TEXT

LABEL: Final = plain_text(75)
STYLE: Final = one_of("primary", "danger")
PLACEHOLDER: Final[dict[str, Check]] = {"placeholder": plain_text(150)}
COMMON: Final[dict[str, Check]] = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": flag}
CHOICE: Final[dict[str, Check]] = {**COMMON, **PLACEHOLDER}
TYPING: Final[dict[str, Check]] = {
    "action_id": ID,
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH,
    **PLACEHOLDER,
}
AT_MOST: Final[dict[str, Check]] = {"max_selected_items": whole(1, 100)}
FILTER: Final = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
DECIMAL: Final = matching(r"[-+]?\d+(\.\d+)?", "a number in a string")


def _lengths(place: Place, value: dict[str, Any]) -> None:
    least, most = value.get("min_length", 0), value.get("max_length", 3000)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        place.at("min_length").complain("must be less than or equal to max_length")
    initial = value.get("initial_value")
    if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
        place.at("initial_value").complain(f"must be less than {most + 1} characters")


def _one_focus(place: Place, value: dict[str, Any]) -> None:
    if value.get("focus_on_load") and place.count("focus_on_load") > 1:
        place.at("focus_on_load").complain("only one element can have focus_on_load")


def _select(further: dict[str, Check], *, among: bool = False) -> Check:
    checks: list[Check] = [shape({}, {**CHOICE, **further}), _one_focus]
    if among:
        checks += [options_or_groups, initial_among_options, values_differ]
    return every(*checks)


def _buttons(initial: str) -> Check:
    return every(
        shape({"options": options(10, formatted=True)}, {**COMMON, initial: anything}),
        initial_among_options,
        values_differ,
        _one_focus,
    )


def _options_of(**initial: Check) -> dict[str, Check]:
    return {"options": options(100), "option_groups": OPTION_GROUPS, **initial}


# `initial_option` is compared with the options, so its own form needs no second look.
ELEMENTS: Final[dict[str, Check]] = {
    "button": shape(
        {"text": LABEL},
        {
            "action_id": ID,
            "value": string(2000),
            "url": URL,
            "style": STYLE,
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "agent_prompt": string(4000),
            "agent_prompt_display": anything,
            "visible_to_user_ids": items(string(), 10),
        },
    ),
    "workflow_button": shape(
        {"text": LABEL, "workflow": anything},
        {"action_id": ID, "style": STYLE, "accessibility_label": string(75)},
    ),
    "static_select": _select(_options_of(initial_option=anything), among=True),
    "multi_static_select": _select({**_options_of(initial_options=anything), **AT_MOST}, among=True),
    "external_select": _select({"initial_option": anything, "min_query_length": whole(0, 1000)}),
    "multi_external_select": _select({"initial_options": anything, "min_query_length": whole(0, 1000), **AT_MOST}),
    "users_select": _select({"initial_user": string()}),
    "multi_users_select": _select({"initial_users": items(string(), 100), **AT_MOST}),
    "channels_select": _select({"initial_channel": string(), "response_url_enabled": flag}),
    "multi_channels_select": _select({"initial_channels": items(string(), 100), **AT_MOST}),
    "conversations_select": _select(
        {
            "initial_conversation": string(),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": FILTER,
        }
    ),
    "multi_conversations_select": _select(
        {
            "initial_conversations": items(string(), 100),
            "default_to_current_conversation": flag,
            "filter": FILTER,
            **AT_MOST,
        }
    ),
    "overflow": shape({"options": options(5, with_url=True)}, {"action_id": ID, "confirm": CONFIRM}),
    "radio_buttons": _buttons("initial_option"),
    "checkboxes": _buttons("initial_options"),
    "datepicker": _select({"initial_date": matching(r"\d{4}-\d{2}-\d{2}", "a date as YYYY-MM-DD")}),
    "timepicker": _select(
        {"initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm"), "timezone": string()}
    ),
    "datetimepicker": every(
        shape({}, {**COMMON, "initial_date_time": whole(1_000_000_000, 9_999_999_999)}), _one_focus
    ),
    "plain_text_input": every(
        shape(
            {},
            {
                **TYPING,
                "initial_value": string(3000, least=0),
                "multiline": flag,
                "min_length": whole(0, 3000),
                "max_length": whole(1, 3000),
            },
        ),
        _lengths,
        _one_focus,
    ),
    "email_text_input": every(shape({}, {**TYPING, "initial_value": string(3000, least=0)}), _one_focus),
    "url_text_input": every(shape({}, {**TYPING, "initial_value": string(3000, least=0)}), _one_focus),
    "number_input": every(
        shape(
            {"is_decimal_allowed": flag},
            {**TYPING, "initial_value": DECIMAL, "min_value": DECIMAL, "max_value": DECIMAL},
        ),
        _one_focus,
    ),
    "rich_text_input": every(
        shape(
            {"action_id": ID},
            {**TYPING, "initial_value": RICH_TEXT, "min_lines": whole(1, 100), "max_lines": whole(1, 100)},
        ),
        _one_focus,
    ),
    "file_input": shape({}, {"action_id": ID, "filetypes": items(string(), 100), "max_files": whole(1, 10)}),
    "feedback_buttons": shape(
        {
            "positive_button": shape({"text": LABEL, "value": string(2000)}, {"accessibility_label": string(75)}),
            "negative_button": shape({"text": LABEL, "value": string(2000)}, {"accessibility_label": string(75)}),
        },
        {"action_id": ID},
    ),
    "icon_button": shape(
        {"icon": one_of("trash"), "text": LABEL},
        {
            "action_id": ID,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": items(string(), 10),
        },
    ),
    "image": PICTURE,
}

SINGLE_SELECTS: Final = frozenset(
    {"static_select", "external_select", "users_select", "channels_select", "conversations_select"}
)
MULTI_SELECTS: Final = frozenset(f"multi_{kind}" for kind in SINGLE_SELECTS)
PRESSED: Final = frozenset({"button", "workflow_button", "overflow"})
PICKED: Final = frozenset({"radio_buttons", "checkboxes", "datepicker", "timepicker"})
TYPED_ANYWHERE: Final = frozenset({"plain_text_input", "rich_text_input", "datetimepicker"})
TYPED_IN_MODALS: Final = frozenset({"email_text_input", "url_text_input", "number_input", "file_input"})

IN_ACTIONS: Final = PRESSED | PICKED | SINGLE_SELECTS | {"datetimepicker"}
IN_SECTIONS: Final = PRESSED | PICKED | SINGLE_SELECTS | MULTI_SELECTS | {"image"}
IN_CONTEXT_ACTIONS: Final = frozenset({"feedback_buttons", "icon_button"})
IN_INPUTS: Final = {
    "message": PICKED | SINGLE_SELECTS | MULTI_SELECTS | TYPED_ANYWHERE,
    "modal": PICKED | SINGLE_SELECTS | MULTI_SELECTS | TYPED_ANYWHERE | TYPED_IN_MODALS,
}
