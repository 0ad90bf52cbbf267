"""What a field of a form may be, so that a modal of Slack's can ask for it (https://docs.slack.dev/reference/block-kit)."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

POOL = "pool"
"""The name of the desk's own field, with which a form begins when there are several pools."""

LONGEST_OPTION = 150
"""Characters of an option's value."""
LONGEST_LABEL = 75
"""Characters that are shown of an option or a button."""
LONGEST_HINT = 2000
_LONGEST_TITLE = 2000
_MOST_OPTIONS = 100


def bare(annotation: Any) -> Any:
    """Return the type below ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return bare(next(kind for kind in get_args(annotation) if kind is not type(None)))
    return annotation


def mistakes(name: str, info: FieldInfo) -> Iterator[str]:
    """Yield what keeps a modal from asking for a field, each with the cure."""
    if name == POOL:
        yield f"the form has a field {name}, which is the desk's own. Write another name instead."
    for called, text, most in (("title", info.title, _LONGEST_TITLE), ("description", info.description, LONGEST_HINT)):
        if len(text or "") > most:
            yield f"{called} of the field {name} has {len(text or '')} characters. Write at most {most} instead."
    kind = bare(info.annotation)
    if get_origin(kind) is Literal:
        yield from _options(name, get_args(kind))
    elif kind not in (str, bool, SecretStr):
        written = getattr(kind, "__name__", str(kind))
        yield (
            f"the field {name} is of the type {written}, for which a form has no input. Write str, bool, Literal[…], "
            "SecretStr, or one of the types of bot/scenario.py and bot/customer.py instead."
        )


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
