"""Block Kit's blocks, where each may stand, and what holds for all of a payload's blocks together."""

from typing import Any, Final

from sandbox.slack.blockkit.elements import ELEMENTS, IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUTS, IN_SECTIONS
from sandbox.slack.blockkit.objects import ID, IMAGE_BLOCK, PICTURE, URL, any_text, plain_text
from sandbox.slack.blockkit.report import (
    Check,
    Place,
    anything,
    every,
    flag,
    items,
    listed,
    one_of,
    shape,
    string,
    typed,
)
from sandbox.slack.blockkit.rich_text import RICH_TEXT
from sandbox.slack.blockkit.tables import DATA_TABLE, DATA_VISUALIZATION, TABLE

MARKDOWN_CHARACTERS: Final = 12_000


def _elements(allowed: frozenset[str]) -> Check:
    return typed({kind: ELEMENTS[kind] for kind in allowed})


def _text_or_fields(place: Place, value: dict[str, Any]) -> None:
    if "text" not in value and "fields" not in value:
        place.complain("missing required field: text")


def _action_ids_differ(place: Place, value: dict[str, Any]) -> None:
    ids = [one.get("action_id") for one in listed(value.get("elements")) if isinstance(one, dict)]
    for position, one in enumerate(ids):
        if one is not None and one in ids[:position]:
            place.at("elements", position, "action_id").complain(f"action_id must be unique in its block: {one}")


def _markdown_sum(place: Place, value: dict[str, Any]) -> None:
    text = value.get("text")
    if isinstance(text, str) and place.count("markdown", len(text)) > MARKDOWN_CHARACTERS:
        place.at("text").complain(f"must be less than {MARKDOWN_CHARACTERS + 1} characters")


def _input_element(place: Place, value: Any) -> None:
    _elements(IN_INPUTS[place.surface])(place, value)


def _no_dispatching_files(place: Place, value: dict[str, Any]) -> None:
    element = value.get("element")
    if value.get("dispatch_action") and isinstance(element, dict) and element.get("type") == "file_input":
        place.at("dispatch_action").complain("file_input cannot dispatch actions")


def _input_seen(place: Place, value: dict[str, Any]) -> None:
    place.count("input")


def _card_has_something(place: Place, value: dict[str, Any]) -> None:
    if not any(value.get(name) for name in ("hero_image", "title", "actions", "body")):
        place.complain("missing required field: hero_image, title, actions or body")


def _container_rules(place: Place, value: dict[str, Any]) -> None:
    if "title" not in value and "rich_text_title" not in value:
        place.complain("missing required field: title")
    if value.get("is_collapsible") and "has_header_divider" in value:
        place.complain("has_header_divider cannot be combined with is_collapsible")


CARD: Final = every(
    shape(
        {},
        {
            "block_id": ID,
            "hero_image": PICTURE,
            "icon": PICTURE,
            "title": any_text(150),
            "subtitle": any_text(150),
            "body": any_text(200),
            "actions": items(_elements(frozenset({"button"})), 3),
        },
    ),
    _card_has_something,
)
TASK: Final = shape(
    {"task_id": string(), "title": string(), "status": one_of("pending", "in_progress", "complete", "error")},
    {"block_id": ID, "details": anything, "output": anything, "sources": anything},
)


def _child(place: Place, value: Any) -> None:
    check_block(place, value)


ANYWHERE: Final[dict[str, Check]] = {
    "section": every(
        shape(
            {},
            {
                "block_id": ID,
                "text": any_text(3000),
                "fields": items(any_text(2000), 10),
                "accessory": _elements(IN_SECTIONS),
                "expand": flag,
            },
        ),
        _text_or_fields,
    ),
    "divider": shape({}, {"block_id": ID}),
    "header": shape({"text": plain_text(150)}, {"block_id": ID}),
    "context": shape(
        {
            "elements": items(
                typed(
                    {
                        "image": PICTURE,
                        "plain_text": any_text(3000),
                        "mrkdwn": any_text(3000),
                    }
                ),
                10,
            )
        },
        {"block_id": ID},
    ),
    "actions": every(shape({"elements": items(_elements(IN_ACTIONS), 25)}, {"block_id": ID}), _action_ids_differ),
    "image": IMAGE_BLOCK,
    "input": every(
        shape(
            {"label": plain_text(2000), "element": _input_element},
            {"block_id": ID, "hint": plain_text(2000), "optional": flag, "dispatch_action": flag},
        ),
        _no_dispatching_files,
        _input_seen,
    ),
    "rich_text": RICH_TEXT,
    "video": shape(
        {"alt_text": string(2000), "title": plain_text(200), "thumbnail_url": URL, "video_url": URL},
        {"block_id": ID},
        closed=False,
    ),
    "alert": shape(
        {"text": any_text(200)},
        {"block_id": ID, "level": one_of("default", "info", "warning", "error", "success")},
    ),
}
IN_MESSAGES: Final[dict[str, Check]] = {
    "markdown": every(shape({"text": string()}, {"block_id": ID}), _markdown_sum),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "card": CARD,
    "carousel": shape({"elements": items(typed({"card": CARD}), 10)}, {"block_id": ID}),
    "container": every(
        shape(
            {"child_blocks": items(_child, 10)},
            {
                "block_id": ID,
                "title": any_text(150),
                "rich_text_title": anything,
                "subtitle": any_text(150),
                "icon": anything,
                "width": one_of("narrow", "standard", "wide", "full"),
                "is_collapsible": flag,
                "default_collapsed": flag,
                "has_header_divider": flag,
            },
        ),
        _container_rules,
    ),
    "plan": shape({"title": string()}, {"block_id": ID, "tasks": items(TASK, 50, least=0)}),
    "task_card": TASK,
    "context_actions": every(
        shape({"elements": items(_elements(IN_CONTEXT_ACTIONS), 5)}, {"block_id": ID}), _action_ids_differ
    ),
    "call": shape({"call_id": string()}, {"block_id": ID}, closed=False),
}
BLOCKS: Final = {"message": {**ANYWHERE, **IN_MESSAGES}, "modal": ANYWHERE}


def check_block(place: Place, value: Any) -> None:
    """One block on its surface."""
    typed(BLOCKS[place.surface])(place, value)
    block_id = value.get("block_id") if isinstance(value, dict) else None
    if block_id is not None:
        if block_id in place.block_ids:
            place.at("block_id").complain(f"block_id must be unique: {block_id}")
        place.block_ids.add(block_id)
