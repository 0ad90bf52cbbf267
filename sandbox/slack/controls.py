"""What a person can press or fill in, read out of Block Kit with its state, and what an app may leave out of blocks."""

import copy
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]
Answer = str | bool | int | list[str] | tuple[str, ...] | None

ONE_OPTION: Final = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
MANY_OPTIONS: Final = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
TYPED: Final = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
ONE_FIELD: Final = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
}
MANY_FIELDS: Final = {
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
FILES: Final = "file_input"
BUTTONS: Final = frozenset({"button", "workflow_button", "icon_button"})
STATELESS: Final = BUTTONS | {"overflow", "feedback_buttons", "image"}
INTERACTIVE_SUFFIXES: Final = ("_select", "_input", "picker")
INTERACTIVE: Final = (STATELESS - {"image"}) | TYPED | {"radio_buttons", "checkboxes"}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select, of radio buttons or of checkboxes."""

    text: str
    value: str
    source: Json


@dataclass(frozen=True, slots=True)
class Control:
    """One interactive element, with the label that a person would call it by."""

    type: str
    block_id: str
    action_id: str
    label: str
    element: Json
    is_input: bool = False
    optional: bool = False
    hint: str = ""
    dispatches: bool = True

    @property
    def value(self) -> str | None:
        """What a button carries."""
        return self.element.get("value")

    @property
    def url(self) -> str | None:
        """Where a link button leads."""
        return self.element.get("url")

    @property
    def style(self) -> str | None:
        """`primary`, `danger`, or nothing."""
        return self.element.get("style")

    @property
    def confirm(self) -> Json | None:
        """The dialog that the client shows before it sends the click."""
        return self.element.get("confirm")

    @property
    def told_when(self) -> frozenset[str]:
        """When a field to type into tells the app what is in it, if it does: by default at Enter."""
        if self.type not in TYPED or not self.dispatches:
            return frozenset()
        config = self.element.get("dispatch_action_config") or {}
        return frozenset(config.get("trigger_actions_on") or ["on_enter_pressed"])

    @property
    def options(self) -> tuple[Option, ...]:
        """The choices, those of option groups included."""
        groups = self.element.get("option_groups") or []
        listed = [*(self.element.get("options") or []), *(one for group in groups for one in group["options"])]
        return tuple(Option(text_of(one.get("text")), one.get("value", ""), one) for one in listed)


def text_of(text_object: Json | str | None) -> str:
    """The words of a text object."""
    if isinstance(text_object, str):
        return text_object
    return str(text_object.get("text", "")) if text_object else ""


def controls_of(blocks: Iterable[Json]) -> tuple[Control, ...]:
    """Everything a person can press or fill in, in reading order."""
    return tuple(control for block in blocks for control in _controls_in(block))


def _controls_in(block: Json) -> Iterator[Control]:
    block_id = block.get("block_id", "")
    if block.get("type") == "input":
        element = block["element"]
        yield Control(
            type=element["type"],
            block_id=block_id,
            action_id=element.get("action_id", ""),
            label=text_of(block.get("label")),
            element=element,
            is_input=True,
            optional=bool(block.get("optional")),
            hint=text_of(block.get("hint")),
            dispatches=bool(block.get("dispatch_action")),
        )
        return
    accessory = block.get("accessory")
    loose = [*_elements(block), *([accessory] if accessory else []), *(block.get("actions") or [])]
    for element in loose:
        if element.get("action_id") and element.get("type") != "image":
            label = text_of(element.get("text")) or text_of(element.get("placeholder"))
            yield Control(
                type=element["type"],
                block_id=block_id,
                action_id=element["action_id"],
                label=label,
                element=element,
            )
    for child in block.get("child_blocks") or []:
        yield from _controls_in(child)
    if block.get("type") == "carousel":
        for card in block["elements"]:
            yield from _controls_in(card)


def _elements(block: Json) -> list[Json]:
    return block["elements"] if block.get("type") in {"actions", "context_actions"} else []


def initial_state(controls: Iterable[Control], kept: Mapping[str, Mapping[str, Json]]) -> Json:
    """What the fields hold when a view is shown; `kept` wins where block, action and type are the same."""
    state: Json = {}
    for control in controls:
        if control.type in STATELESS:
            continue
        before = kept.get(control.block_id, {}).get(control.action_id)
        same = before is not None and before["type"] == control.type
        state.setdefault(control.block_id, {})[control.action_id] = before if same else _initial(control)
    return state


def _initial(control: Control) -> Json:
    element, kind = control.element, control.type
    if kind in TYPED:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": list(element.get("initial_options") or [])}
    if kind in ONE_FIELD:
        field = ONE_FIELD[kind]
        initial = "initial_value" if kind == "rich_text_input" else field.replace("selected_", "initial_")
        return {"type": kind, field: element.get(initial)}
    if kind == FILES:
        return {"type": kind, "files": []}
    field = MANY_FIELDS[kind]
    return {"type": kind, field: list(element.get(field.replace("selected_", "initial_")) or [])}


def answered(control: Control, answer: Answer) -> Json:
    """The state value for what a person typed or chose; options are named by their value or their text."""
    kind = control.type
    if kind in TYPED:
        return {"type": kind, "value": None if answer in (None, "") else str(answer)}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": None if answer is None else _option(control, str(answer))}
    if kind in MANY_OPTIONS:
        if isinstance(answer, bool):
            return {"type": kind, "selected_options": [one.source for one in control.options] if answer else []}
        return {"type": kind, "selected_options": [_option(control, one) for one in _several(answer)]}
    if kind in ONE_FIELD:
        return {"type": kind, ONE_FIELD[kind]: answer or None}
    if kind == FILES:
        raise LookupError(f"{control.label!r} takes files, not {answer!r}; see `Workspace.attaches`")
    return {"type": kind, MANY_FIELDS[kind]: _several(answer)}


def _several(answer: Answer) -> list[str]:
    if isinstance(answer, list | tuple):
        return list(answer)
    return [str(answer)] if answer else []


def _option(control: Control, wanted: str) -> Json:
    for option in control.options:
        if wanted in (option.value, option.text):
            return option.source
    offered = [option.text for option in control.options]
    raise LookupError(f"{control.label!r} offers {offered}, not {wanted!r}")


def plain(value: Json) -> str | list[str] | None:
    """A state value as a person would say it: the text, the chosen option's value, or a list of those or of files."""
    held: Any = next((held for name, held in value.items() if name != "type"), None)
    if "selected_option" in value:
        held = held["value"] if held else None
    elif "selected_options" in value:
        held = [one["value"] for one in held]
    elif "files" in value:
        held = [one["name"] for one in held]
    return held  # type: ignore[no-any-return] # Slack's JSON holds nothing else in these places


def is_empty(value: Json) -> bool:
    """Whether nothing was typed or chosen."""
    return plain(value) in (None, "", [])


def find_control(controls: Sequence[Control], wanted: str) -> Control | None:
    """The control that has this label, action_id, value or block_id, tried in that order."""
    for name in ("label", "action_id", "value", "block_id"):
        for control in controls:
            if getattr(control, name) == wanted:
                return control
    return None


def normalised(blocks: Iterable[Json]) -> tuple[Json, ...]:
    """Copies of the blocks in which every block and every interactive element has its id."""
    completed = copy.deepcopy(list(blocks))
    for block in completed:
        _complete_block(block)
    return tuple(completed)


def _complete_block(block: Json) -> None:
    block["block_id"] = block.get("block_id") or secrets.token_urlsafe(4)[:5]
    _complete(block)
    for child in block.get("child_blocks") or []:
        _complete_block(child)


def _complete(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            _complete(one)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind == "plain_text" and isinstance(node.get("text"), str):
        node.setdefault("emoji", True)
    elif kind == "mrkdwn":
        node.setdefault("verbatim", False)
    elif isinstance(kind, str) and (kind in INTERACTIVE or kind.endswith(INTERACTIVE_SUFFIXES)):
        node["action_id"] = node.get("action_id") or secrets.token_urlsafe(4)[:5]
    for name, held in node.items():
        if name != "metadata":
            _complete(held)
