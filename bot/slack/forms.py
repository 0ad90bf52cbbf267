"""Turns a scenario's form into a modal and back: fields become inputs, what was typed becomes values or field errors.

A field's name is its ``block_id`` and holds one input, so that a submission parses without a map.

It is long because both ways of each kind of field, to an input and back, stand together.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo
from slack_sdk.models.blocks import (
    CheckboxesElement,
    EmailInputElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import FileInputElement

from bot.answer import Choice, Refused
from bot.attached_list import AttachedFile
from bot.scenario import (
    LONGEST_HINT,
    LONGEST_LABEL,
    LONGEST_OPTION,
    POOL_FIELD,
    Form,
    Prefill,
    Scenario,
    bare_type,
    only_with,
)
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.typed import NotOne, address_as_typed, name_as_typed
from bot.words import say, visible
from bot.wrappings import from_slack

POOL = POOL_FIELD
"""The block_id of the field that every form starts with when there are several pools."""

ACTION = "value"
"""The ``action_id`` of an input; one that shows what its pool holds has the pool's name in it too, so that Slack
doesn't keep in it what was chosen for another pool."""

_MOST_RADIO = 10
_MOST_OPTIONS = 100
_LONGEST_INPUT = 3000
_Form = TypeVar("_Form", bound=Form)
_NOTHING = Prefill()
_TICKED = "yes"
_FILES = "file_input"
_EMPTY = "Please fill this in."
_STANDS_IN = "not written yet"
"""In place of a reason, which no plan depends on."""

Typed = Mapping[str, Any]
"""What was typed, by field; a field left empty is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a form shows of its fields."""

    pools: Sequence[str] = ()
    """To choose from; a form asks for the pool where there are several."""
    pool: str = ""
    typed: Typed = field(default_factory=dict)
    """What they are filled in with: never a secret."""
    prefilled: Mapping[str, Prefill] = field(default_factory=dict)
    """What the pool holds, by field."""
    known: Collection[str] = ()
    """Fields whose values stand as text above the form."""
    again: bool = False
    """Whether somebody is filling it in, so that typing goes on where it is."""

    def asked_for(self, scenario: Scenario[Any]) -> tuple[str, ...]:
        """Return the fields that the form asks for, in their order; those that are known as text aren't among them."""
        there = scenario.asked_for(self.values)
        return tuple(
            each for each in there if each not in self.known and not self.prefilled.get(each, _NOTHING).left_out
        )

    @property
    def values(self) -> dict[str, Any]:
        """What is in the fields, as far as it is known: what was typed, and else what the pool holds."""
        held = {name: each.value for name, each in self.prefilled.items() if each.value != ""}
        return {**held, **self.typed}


def inputs(scenario: Scenario[Any], drawn: Drawn, *, above: Mapping[str, Sequence[Block]] | None = None) -> list[Block]:
    """Return the form's inputs, filled in with what was typed (never a secret). ``above``: blocks over a field."""
    above = above or {}
    found = [*above.get(POOL, ()), pool_input(scenario, drawn.pools, drawn.pool)] if len(drawn.pools) > 1 else []
    for name in drawn.asked_for(scenario):
        prefill = drawn.prefilled.get(name, _NOTHING)
        block = input_of(
            name, scenario.form.model_fields[name], drawn.typed.get(name), prefill=prefill, pool=drawn.pool
        )
        found += [*above.get(name, ()), _telling(scenario, name, block)]
    if not drawn.again:
        _focus(found)
    return found


def _telling(scenario: Scenario[Any], name: str, block: Block) -> Block:
    """Let a field tell the desk of a change by which the form shows something else: other fields, or another plan.

    One that is typed into tells it at Enter.
    """
    conditions = [each for info in scenario.form.model_fields.values() for each in only_with(info)]
    shows_plan = "reason" in scenario.fields and name in scenario.deciding
    if block["element"]["type"] == _FILES:
        # Slack lets no field for files tell of a change.
        return block
    if not shows_plan and all(each.field != name for each in conditions):
        return block
    if block["element"]["type"].endswith("_text_input"):
        block["element"]["dispatch_action_config"] = {"trigger_actions_on": ["on_enter_pressed"]}
    return {**block, "dispatch_action": True}


def _focus(found: Sequence[Block]) -> None:
    """Let typing start in the first field that nothing is in: in one that has to be filled in, if there is one."""
    asked = [each for each in found if each["type"] == "input" and each["element"]["type"] != _FILES]
    empty = [each for each in asked if not any(name.startswith("initial_") for name in each["element"])]
    for block in sorted(empty, key=lambda each: bool(each.get("optional")))[:1]:
        block["element"]["focus_on_load"] = True


def input_of(name: str, info: FieldInfo, typed: Any, *, prefill: Prefill = _NOTHING, pool: str = "") -> Block:
    """Return one field's input; with choices, the field is one of them."""
    given = typed if typed is not None or prefill.value == "" else prefill.value
    element = _choice_element(prefill.choices, given) or _element(name, info, given)
    if prefill.choices or prefill.value != "":
        # It shows what the pool holds.
        element.action_id = f"{ACTION}:{pool}"
    hint = prefill.hint or info.description
    # Of options that can't be unchosen "(optional)" would say nothing.
    is_chosen = isinstance(element, RadioButtonsElement | StaticSelectElement) and (prefill.value or _default(info))
    block = InputBlock(
        block_id=name,
        label=_text(info.title or name),
        hint=_text(blocks.shortened(hint, LONGEST_HINT)) if hint else None,
        element=element,
        optional=_is_optional(info) and not is_chosen,
    )
    return dict(block.to_dict())


def pool_input(scenario: Scenario[Any], pools: Iterable[str], chosen: str) -> Block:
    """Return the field that every form starts with when there are several pools."""
    element = _options_element([(name, name) for name in pools], chosen=chosen, always_select=True)
    # What the form shows of a pool, or of a plan in it, has to be read anew for another one.
    dispatches = True if scenario.prepare or "reason" in scenario.fields else None
    return dict(InputBlock(block_id=POOL, label=_text("Pool"), element=element, dispatch_action=dispatches).to_dict())


def typed_in(form: type[Form], values: Mapping[str, Any]) -> dict[str, Any]:
    """Read a view's ``state.values``: text, the chosen value, or whether a box is ticked."""
    found: dict[str, Any] = {}
    for name, info in form.model_fields.items():
        held = state(values, name)
        if bare_type(info.annotation) is AttachedFile:
            if files := held.get("files"):
                found[name] = _attached(files[0])
        elif bare_type(info.annotation) is bool and name in values:
            found[name] = bool(held.get("selected_options"))
        elif (value := _value(held)) not in (None, ""):
            found[name] = storable(str(value))
    return found


def typed(scenario: Scenario[Any], values: Mapping[str, Any], known: Typed) -> dict[str, Any]:
    """Return what is filled in of a form: in its inputs, and as text. ``known``: what stands as text, by field."""
    kept = {name: value for name, value in known.items() if name in scenario.fields}
    return {**kept, **typed_in(scenario.form, values)}


def typed_freely(form: type[Form], values: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed into the fields that show nothing of their pool, as a form can show it again."""
    free = {name for name, inputs in values.items() if ACTION in inputs}
    return {name: value for name, value in typed_in(form, values).items() if name in free}


def pool_in(values: Mapping[str, Any]) -> str:
    """Read which pool was chosen; empty when there was nothing to choose."""
    return storable(str(_value(state(values, POOL)) or ""))


def without_secrets(scenario: Scenario[Any], typed: Typed) -> dict[str, Any]:
    """Return what was typed, but for the fields that hold secrets: the form comes back with those empty."""
    return {name: value for name, value in typed.items() if name not in scenario.secrets}


def judged(form: type[_Form], typed: Typed) -> tuple[_Form | None, dict[str, str]]:
    """Judge what was typed without reading anything.

    Returns the form as it was understood and no problems, or None and words by the field that they belong under.
    """
    try:
        return form.model_validate(typed), {}
    except ValidationError as error:
        return None, _by_field(error, last=list(form.model_fields)[-1])


def submitted(scenario: Scenario[Any], typed: Typed) -> tuple[Form | None, dict[str, str]]:
    """Judge a whole form, as `judged` does: also whether everything is there that people have to fill in."""
    asked = scenario.asked_for(typed)
    fields: Mapping[str, FieldInfo] = scenario.form.model_fields
    form, errors = judged(scenario.form, {name: value for name, value in typed.items() if name in asked})
    empty = {
        name: "Please choose one of these." if get_origin(bare_type(fields[name].annotation)) is Literal else _EMPTY
        for name in asked
        if _extra(fields[name], "asked") == "always" and name not in typed
    }
    errors = {**empty, **errors}
    return (None if errors else form), errors


def decided(scenario: Scenario[Any], values: Typed) -> Form | None:
    """Return the form as far as a plan depends on it; None where something is still to be typed, or can't be right."""
    asked = [name for name in scenario.asked_for(values) if name in scenario.deciding]
    stand_ins = {"reason": _STANDS_IN} if "reason" in scenario.fields else {}
    form, _ = judged(scenario.form, {**{name: values[name] for name in asked if name in values}, **stand_ins})
    return form


def digest(scenario: Scenario[Any], form: Form, pool: str) -> str:
    """Return what is the same for forms from which the same is planned."""
    values = {name: getattr(form, name) for name in scenario.deciding}
    written = json.dumps([pool, values], sort_keys=True, default=_told_apart)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def held(scenario: Scenario[Any], typed: Typed) -> dict[str, str]:
    """Return what was typed, never a secret or a file, as a button holds it that opens the form so."""
    left_out = scenario.secrets | scenario.attached
    kept = {name: value for name, value in typed.items() if name not in left_out}
    return {name: str(value) for name, value in kept.items() if value is not False}


def given_in(form: Form) -> dict[str, str]:
    """Return what is filled in of a form that holds no secrets, as a button holds it."""
    given = {name: getattr(form, name) for name in type(form).model_fields if name in form.model_fields_set}
    return {name: str(value) for name, value in given.items() if not isinstance(value, AttachedFile)}


def read_otherwise(form: type[Form], typed: Typed) -> dict[str, str]:
    """Return by field, as words for the person, each new value that isn't what was typed: something was taken off.

    A card shows it to everybody before it is written. What is sent at once has no card, so it is shown to be typed so.
    """
    found: dict[str, str] = {}
    for name, info in form.model_fields.items():
        for judge in (each.func for each in info.metadata if isinstance(each, BeforeValidator)):
            raw = typed.get(name)
            if judge in (name_as_typed, address_as_typed) and isinstance(raw, str):
                read = str(cast("Callable[[object], object]", judge)(raw))
                if read != from_slack(raw):
                    found[name] = f"This was read as {read}. If that is right, write it like that: it is sent at once."
    return found


def _as_typed(value: object) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def cleaned(scenario: Scenario[Any], name: str, value: str) -> Any:
    """Judge one field alone, as for what follows a slash command, and return it as the form takes it.

    Raises `Refused` with the words that would stand under the field.
    """
    form: type[Form] = scenario.form
    info = form.model_fields[name]
    try:
        return getattr(_alone(form, name).model_validate({name: value}), name)
    except ValidationError as error:
        problem, choices = _by_field(error, last=name)[name], _choices(error)
    words = say("*{field}*: {problem}", field=info.title or name, problem=problem)
    raise Refused(words, field=name, choices=choices)


@cache
def _alone(form: type[Form], name: str) -> type[BaseModel]:
    """Return a form of this field alone: what it depends on isn't known yet, and is judged with the whole form."""
    info = form.model_fields[name]
    field: Any = (info.annotation, info)
    return create_model(name, __config__=form.model_config, **{name: field})


def filled(scenario: Scenario[Any], fields: Mapping[str, str]) -> tuple[dict[str, str | bool], Form | None]:
    """Return what a command or a button fills a form in with, and the form itself where nothing is left to fill in.

    Raises `Refused` with the field that can't be right.
    """
    # A button holds no secret, and no file. One that does was made up by somebody else.
    unfillable = scenario.secrets | scenario.attached
    known = {name: fields[name] for name in scenario.fields if name in fields and name not in unfillable}
    form, _ = judged(scenario.form, known)
    if form is not None:
        return {name: _as_typed(getattr(form, name)) for name in known}, form
    return {name: _as_typed(cleaned(scenario, name, value)) for name, value in known.items()}, None


def complete(scenario: Scenario[Any], fields: Mapping[str, str]) -> Form:
    """Return the form that a button fills in completely. Raises `Refused`, also where something is left to fill in."""
    _, form = filled(scenario, fields)
    if form is None:
        raise Refused(say("This button is of an older kind. Please type the command instead."))
    return form


def _by_field(error: ValidationError, last: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_input=False):
        # An error of the whole form has no field of its own; it goes under the last, next to the button.
        name = str(detail["loc"][0]) if detail["loc"] else last
        found.setdefault(name, _plain(detail["type"], detail["msg"], detail.get("ctx", {})))
    return found


def _choices(error: ValidationError) -> tuple[Choice, ...]:
    causes = (detail.get("ctx", {}).get("error") for detail in error.errors(include_url=False, include_input=False))
    return next((cause.choices for cause in causes if isinstance(cause, NotOne)), ())


def _plain(kind: str, message: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "missing":
            return _EMPTY
        case "string_too_short" | "too_short":
            least = context["min_length"]
            return _EMPTY if least == 1 else f"Please write at least {least} characters."
        case "string_too_long" | "too_long":
            return f"This is too long: at most {context['max_length']} characters."
        case "literal_error":
            return "Please choose one of these."
        case "string_unicode":
            return "Some of these characters can't be read. Please type them again."
        case "value_error":
            return str(context["error"])
        case _:
            return message


def storable(text: str) -> str:
    """Replace what no database and no JSON of ours has room for: NUL, and halves of characters that were cut apart."""
    unfit = (each == "\0" or "\ud800" <= each <= "\udfff" for each in text)
    return "".join("\N{REPLACEMENT CHARACTER}" if bad else each for each, bad in zip(text, unfit, strict=True))


def state(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what one block of a view's ``state.values`` holds."""
    held: Mapping[str, Any] = next(iter(values.get(name, {}).values()), {})
    return held


def attached(typed: Typed, name: str) -> AttachedFile | None:
    """Return the file that is filled in; None where there is none."""
    return AttachedFile.model_validate_json(typed[name]) if name in typed else None


def _attached(file: Mapping[str, Any]) -> str:
    """Return what a form keeps of a file, as Slack describes it."""
    address = file.get("url_private_download") or file.get("url_private") or ""
    name = storable(str(file.get("name") or ""))
    kept = {"id": str(file["id"]), "name": name[:500], "size": int(file.get("size") or 0), "address": str(address)}
    return storable(json.dumps(kept))


def _told_apart(file: AttachedFile) -> str:
    return file.id


def _value(held: Mapping[str, Any]) -> Any:
    chosen = held.get("selected_option")
    return chosen["value"] if chosen else held.get("value")


def _element(name: str, info: FieldInfo, typed: Any) -> InputInteractiveElement:
    kind = bare_type(info.annotation)
    given = typed if typed is not None else _default(info)
    if get_origin(kind) is Literal:
        return _options_element([(value, value) for value in get_args(kind)], chosen=given)
    if kind is bool:
        yes = Option(value=_TICKED, text=_text("Yes"))
        return CheckboxesElement(action_id=ACTION, options=[yes], initial_options=[yes] if given else None)
    if kind is AttachedFile:
        # Nothing fills it in: what was chosen stands as text once the form has been submitted.
        return FileInputElement(action_id=ACTION, filetypes=_extra(info, "filetypes"), max_files=1)
    if kind is SecretStr:
        return PlainTextInputElement(action_id=ACTION)
    if kind is not str:
        raise TypeError(f"{name}: a form has no input for {kind}")
    style = _extra(info, "input")
    if style == "email":
        fits = blocks.shortened(given, _LONGEST_INPUT) if given else None
        return EmailInputElement(action_id=ACTION, initial_value=fits)
    shortest, longest = _lengths(info)
    return PlainTextInputElement(
        action_id=ACTION,
        initial_value=blocks.shortened(given, longest) if given else None,
        multiline=style == "multiline",
        min_length=shortest,
        max_length=longest,
    )


def _choice_element(choices: Iterable[Choice], chosen: Any) -> InputInteractiveElement | None:
    # An option's value that Slack would refuse can't be offered; the field stays a text field if none is left.
    here = (each for each in choices if not each.scenario)
    options = [(each.label, each.value) for each in here if len(each.value) <= LONGEST_OPTION]
    return _options_element(options, chosen=chosen) if options else None


def _options_element(
    labelled: Sequence[tuple[str, str]], *, chosen: str | None, always_select: bool = False
) -> InputInteractiveElement:
    options = [
        Option(value=value, text=_text(blocks.shortened(visible(label), LONGEST_LABEL)))
        for label, value in labelled[:_MOST_OPTIONS]
    ]
    initial = next((option for option in options if option.value == chosen), None)
    if len(options) <= _MOST_RADIO and not always_select:
        return RadioButtonsElement(action_id=ACTION, options=options, initial_option=initial)
    return StaticSelectElement(action_id=ACTION, options=options, initial_option=initial)


def _is_optional(info: FieldInfo) -> bool:
    if _extra(info, "asked") == "always":
        # What a form is made anew from doesn't hold it, but people have to fill it in.
        return False
    # An untickable box would be the consequence of a checkbox that isn't optional.
    return not info.is_required() or bare_type(info.annotation) is bool


def _extra(info: FieldInfo, name: str) -> Any:
    """Return what a field's declaration says besides of how it is asked for; None for nothing."""
    return info.json_schema_extra.get(name) if isinstance(info.json_schema_extra, dict) else None


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.get_default(call_default_factory=False)


def _lengths(info: FieldInfo) -> tuple[int | None, int]:
    shortest = next((limit.min_length for limit in info.metadata if isinstance(limit, MinLen)), None)
    longest = next((limit.max_length for limit in info.metadata if isinstance(limit, MaxLen)), _LONGEST_INPUT)
    return shortest, min(longest, _LONGEST_INPUT)


def _text(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)
