"""What a form may ask for: the types of its fields, and what a modal of Slack's has room for.

The limits are those of https://docs.slack.dev/reference/block-kit.
"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot import typed
from bot.attached_list import AttachedFile
from bot.csv_files import MOST_BYTES
from bot.redaction import hide

POOL_FIELD = "pool"
"""The name of the desk's own field, with which a form begins when there are several pools."""

LONGEST_OPTION = 150
"""Characters of an option's value."""
LONGEST_LABEL = 75
"""Characters that are shown of an option or a button."""
LONGEST_HINT = 2000
_LONGEST_TITLE = 2000
_MOST_OPTIONS = 100

ASKED_LAST = ("proof", "reason")
"""The fields that stand last in a form, below what it asks for: what leads go by."""


@dataclass(frozen=True, slots=True)
class OnlyWith:
    """In a field's type: the form asks for it only where an earlier field has a value, one of a choice or a box's."""

    field: str
    value: str | bool


UserRef = Annotated[
    str,
    BeforeValidator(typed.reference),
    Field(title="User", description="User name, e-mail address or sub.", min_length=1, max_length=320),
]
"""A user name, a sub or an e-mail address of somebody who is there, as somebody typed it."""

Username = Annotated[
    str,
    BeforeValidator(typed.name_as_typed),
    Field(title="Username", min_length=1, max_length=128),
    AfterValidator(typed.new_name),
]
"""A new user name. Kept exactly as typed."""

Email = Annotated[
    str,
    BeforeValidator(typed.address_as_typed),
    Field(title="E-mail", min_length=3, max_length=320, json_schema_extra={"input": "email"}),
    AfterValidator(typed.new_address),
]
"""A new e-mail address; drawn as Slack's e-mail input. Kept exactly as typed."""

SHORTEST_REASON = 3
"""Characters of a reason that leads read."""

_Reason = Annotated[str, Field(title="Reason", max_length=500, json_schema_extra={"input": "multiline"})]

Reason = Annotated[
    _Reason, Field(description="Why this is right. Leads see it; kept in the audit log.", min_length=SHORTEST_REASON)
]
"""Why leads should agree."""


def _none_or_long_enough(reason: str) -> str:
    if reason and len(reason) < SHORTEST_REASON:
        raise ValueError(f"Please write at least {SHORTEST_REASON} characters.")
    return reason


WayReason = Annotated[
    _Reason,
    Field(description="Why this is right. Leads see it; kept in the audit log.", json_schema_extra={"asked": "always"}),
    AfterValidator(_none_or_long_enough),
]
"""The same, for a form of which some ways need no lead: it stands with `OnlyWith`, and its default is empty."""

Proven = Literal["called back on the number on file", "answered from the mailbox", "identity seen", "other"]
Proof = Annotated[
    Proven | None,
    Field(
        title="Proof",
        description="How they showed that they are who they say they are.",
        json_schema_extra={"asked": "always"},
    ),
]
"""How a customer proved themselves; people have to choose, and None only in requests that an older desk wrote down."""

Taken = Literal["Stop and tell me", "Move the e-mail to this account"]
"""What is to happen where another account owns the address."""
STOP: Taken = "Stop and tell me"
MOVE: Taken = "Move the e-mail to this account"
IfTaken = Annotated[Taken, Field(title="If another account owns this e-mail")]
"""The field that asks for it."""


def _pasted(value: object) -> object:
    """Undo what pasting adds to a token or a code: blanks, line breaks, quotes, the word Bearer."""
    if not isinstance(value, str):
        return value
    return "".join(value.split()).strip("\"'“”").removeprefix("Bearer").removeprefix("bearer") or None


AccessToken = Annotated[
    Annotated[SecretStr, AfterValidator(hide)] | None,
    BeforeValidator(_pasted),
    Field(title="Access token", description="From the app's developer tools or logs; expires within hours."),
]
"""The customer's access token, pasted; for one call, kept nowhere."""

Password = Annotated[
    Annotated[SecretStr, Field(max_length=256), AfterValidator(hide)] | None,
    Field(title="Password", description="Instead of a token; visible while you type."),
]
"""The customer's password; for one call, kept nowhere."""

Code = Annotated[
    Annotated[SecretStr, Field(max_length=2048), AfterValidator(hide)] | None,
    BeforeValidator(_pasted),
    Field(title="Code", description="From the customer's newest mail; visible while you type."),
]
"""A code that Cognito sent to the customer; for one call, kept nowhere."""


def _attached(value: object) -> object:
    """Read a file as forms keep it: as JSON, since what is filled in of a form is text."""
    if not isinstance(value, str):
        return value
    try:
        return AttachedFile.model_validate_json(value)
    except ValidationError:
        raise ValueError("Attach a file.") from None


def _small_enough(file: AttachedFile) -> AttachedFile:
    if file.size > MOST_BYTES:
        raise ValueError(f"This file has more than {MOST_BYTES // 1_000_000} MB. Attach a part of it.")
    return file


Attached = Annotated[
    AttachedFile,
    Field(
        title="List",
        description="A CSV file with user names or e-mail addresses, one a line; at most 10 MB.",
        json_schema_extra={"filetypes": ["csv", "txt", "tsv", "text"]},
    ),
    BeforeValidator(_attached),
    AfterValidator(_small_enough),
]
"""One file; what is in it is fetched by `bot.attached_list.AttachedLists`. It works only with files = true."""


class Form(BaseModel):
    """What a scenario asks for. Each field is one input of the modal: title is its label, description its hint."""

    # An error that repeats what was typed would carry passwords and codes into the log.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class AdminForm(Form):
    """A form whose submission a lead has to approve; ``reason`` is always last."""

    reason: Reason


class ProvenForm(AdminForm):
    """An admin's form about one customer: who asks says how that customer proved themselves."""

    proof: Proof = None


class AdminUserForm(ProvenForm):
    """A form that asks for a user, the proof and a reason alone."""

    user: UserRef


def bare_type(annotation: Any) -> Any:
    """Return the type below ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return bare_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return bare_type(next(kind for kind in get_args(annotation) if kind is not type(None)))
    return annotation


def field_mistakes(name: str, info: FieldInfo) -> Iterator[str]:
    """Yield what keeps a modal from asking for a field, each with the cure."""
    if name == POOL_FIELD:
        yield f"the form has a field {name}, which is the desk's own. Write another name instead."
    for called, text, most in (("title", info.title, _LONGEST_TITLE), ("description", info.description, LONGEST_HINT)):
        if len(text or "") > most:
            yield f"{called} of the field {name} has {len(text or '')} characters. Write at most {most} instead."
    kind = bare_type(info.annotation)
    if get_origin(kind) is Literal:
        yield from _options(name, get_args(kind))
    elif kind not in (str, bool, SecretStr, AttachedFile):
        written = getattr(kind, "__name__", str(kind))
        yield (
            f"the field {name} is of the type {written}, for which a form has no input. Write str, bool, Literal[…], "
            "SecretStr, or one of the types of bot/scenario/forms.py instead."
        )


def condition_mistakes(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """Yield what is wrong with when a form's fields, in their order, are asked for, each with the cure."""
    before: dict[str, FieldInfo] = {}
    for name, info in fields.items():
        if only_with(info) and info.is_required():
            yield f'{name} isn\'t always asked for, so that it needs a default. Write = None or = "" behind its type.'
        for each in only_with(info):
            if each.field not in before:
                known = ", ".join(before) or "no field"
                yield f"{name} is asked for only with {each.field}, which isn't before it. Write {known} instead."
            elif each.value not in _values(before[each.field]):
                can = ", ".join(map(repr, _values(before[each.field]))) or "a field with a choice"
                yield f"{name} is asked for only with {each.field} {each.value!r}, which can't be. Write {can} instead."
        before[name] = info


def _values(info: FieldInfo) -> tuple[Any, ...]:
    """Return what somebody may choose in a field; nothing for one that is typed into."""
    kind = bare_type(info.annotation)
    if get_origin(kind) is Literal:
        return get_args(kind)
    return (True, False) if kind is bool else ()


def only_with(info: FieldInfo) -> tuple[OnlyWith, ...]:
    """Return the values with any of which a field is asked for; none where it always is."""
    return tuple(each for each in info.metadata if isinstance(each, OnlyWith))


def _options(name: str, options: tuple[Any, ...]) -> Iterator[str]:
    if len(options) > _MOST_OPTIONS:
        yield f"the field {name} has {len(options)} options. Write at most {_MOST_OPTIONS} instead."
    for option in options:
        if not isinstance(option, str):
            yield f"the option {option!r} of the field {name} is no text. Write a string instead."
        elif not 0 < len(option) <= LONGEST_LABEL:
            yield (
                f"an option of the field {name} has {len(option)} characters. Write 1 to {LONGEST_LABEL} of them "
                f"instead: {option[:30]!r}"
            )
