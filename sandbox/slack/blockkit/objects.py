"""Block Kit's composition objects: texts and their length, options, confirmation dialogs."""

from typing import Any, Final

from sandbox.slack.blockkit.report import Check, Place, every, flag, items, listed, one_of, shape, string, typed

URL: Final = string(3000)
ID: Final = string(255)


def plain_text(most: int) -> Check:
    """A text object that may not be formatted."""
    return typed({"plain_text": shape({"text": string(most)}, {"emoji": flag})})


def any_text(most: int) -> Check:
    """A text object, plain or mrkdwn."""
    plain = shape({"text": string(most)}, {"emoji": flag})
    formatted = shape({"text": string(most)}, {"verbatim": flag})
    return typed({"plain_text": plain, "mrkdwn": formatted})


def option(*, formatted: bool = False, with_url: bool = False) -> Check:
    """One choice; only radio buttons and checkboxes take formatted ones, only overflow menus links."""
    text = any_text(75) if formatted else plain_text(75)
    optional = {"description": text} | ({"url": URL} if with_url else {})
    return shape({"text": text, "value": string(150)}, optional)


def options(most: int, *, formatted: bool = False, with_url: bool = False) -> Check:
    """The choices of an element."""
    return items(option(formatted=formatted, with_url=with_url), most)


OPTION_GROUPS: Final = items(shape({"label": plain_text(75), "options": options(100)}), 100)

CONFIRM: Final = shape(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
DISPATCH: Final = shape(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)},
)


def _one_picture(place: Place, value: dict[str, Any]) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        place.complain("must provide either image_url or slack_file")


def _one_address(place: Place, value: dict[str, Any]) -> None:
    if ("id" in value) == ("url" in value):
        place.complain("must provide either id or url")


SLACK_FILE: Final = every(shape({}, {"id": string(), "url": URL}), _one_address)
PICTURE: Final = every(
    shape({"alt_text": string(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}),
    _one_picture,
)
IMAGE_BLOCK: Final = every(
    shape(
        {"alt_text": string(2000)},
        {"image_url": URL, "slack_file": SLACK_FILE, "title": plain_text(2000), "block_id": ID},
    ),
    _one_picture,
)


def initial_among_options(place: Place, value: dict[str, Any]) -> None:
    """What is chosen at first must be on offer."""
    groups = [one.get("options") for one in listed(value.get("option_groups")) if isinstance(one, dict)]
    offered = [*listed(value.get("options")), *(one for group in groups for one in listed(group))]
    known = [_identity(one) for one in offered]
    if value.get("initial_option") is not None and _identity(value["initial_option"]) not in known:
        place.at("initial_option").complain("must be one of the options")
    for position, one in enumerate(listed(value.get("initial_options"))):
        if _identity(one) not in known:
            place.at("initial_options", position).complain("must be one of the options")


def values_differ(place: Place, value: dict[str, Any]) -> None:
    """Two options with one value could not be told apart."""
    values = [one.get("value") for one in listed(value.get("options")) if isinstance(one, dict)]
    for position, one in enumerate(values):
        if one in values[:position]:
            place.at("options", position).complain(f"option value must be unique: {one}")


def options_or_groups(place: Place, value: dict[str, Any]) -> None:
    """A select has options or option groups, and not both."""
    if ("options" in value) == ("option_groups" in value):
        place.complain("must provide either options or option_groups")


def _identity(one: Any) -> tuple[Any, Any]:
    text = one.get("text") if isinstance(one, dict) else None
    words = text.get("text") if isinstance(text, dict) else None
    return words, one.get("value") if isinstance(one, dict) else None


def text_length(node: Any) -> int:
    """The length of every text below this node together."""
    if isinstance(node, list | tuple):
        return sum(text_length(one) for one in node)
    if isinstance(node, dict):
        own = node.get("text")
        below = sum(text_length(held) for name, held in node.items() if not isinstance(held, str))
        return below + (len(own) if isinstance(own, str) else 0)
    return 0
