"""The server-side checks of types, lengths, patterns and ranges, read from AWS's own service model."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.loaders import Loader

from sandbox.cognito.errors import CognitoError, invalid

# Python's regular expressions have no Unicode categories. "Visible" stands for letters, marks, symbols, numbers
# and punctuation: everything but white space, control, format and private characters.
_INVISIBLE = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000-\uf8ff"
_VISIBLE = rf"[^\s{_INVISIBLE}]"
_CATEGORIES = r"\p{L}\p{M}\p{S}\p{N}\p{P}"
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


@lru_cache(maxsize=1)
def service_model() -> dict[str, Any]:
    """Return AWS's model of Cognito user pools, from the installed botocore and never from anybody's home."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    model: dict[str, Any] = loader.load_service_model("cognito-idp", "service-2")
    return model


def is_signed(operation: str) -> bool:
    """Whether IAM decides about this operation; the others carry a token, a client id or a code."""
    return bool(service_model()["operations"][operation].get("authtype") != "none")


def members_of(shape: str) -> frozenset[str]:
    """Return the member names of one structure of the model."""
    return frozenset(service_model()["shapes"][shape]["members"])


def input_shape(operation: str) -> dict[str, Any]:
    """Return the input structure of an operation."""
    name = service_model()["operations"][operation]["input"]["shape"]
    shape: dict[str, Any] = service_model()["shapes"][name]
    return shape


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise what Cognito raises when parameters break the model; unknown members are ignored, as AWS does."""
    problems = list(_structure(input_shape(operation), parameters, ""))
    if problems:
        noun = "error" if len(problems) == 1 else "errors"
        raise invalid(f"{len(problems)} validation {noun} detected: " + "; ".join(problems))


def _structure(shape: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
    required = shape.get("required", ())
    for name, reference in shape["members"].items():
        where = f"{path}{name[0].lower()}{name[1:]}"
        given = value.get(name)
        if given is not None:
            yield from _value(reference["shape"], given, where)
        elif name in required:
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _value(name: str, value: Any, where: str) -> Iterator[str]:
    shape = service_model()["shapes"][name]
    kind = shape["type"]
    expected = _PYTHON_TYPES[kind]
    fits = isinstance(value, expected) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        raise CognitoError("SerializationException", f"Unexpected type at '{where}': expected {kind}.")
    if kind == "structure":
        yield from _structure(shape, value, f"{where}.")
    elif kind == "list":
        yield from _size(shape, len(value), where, "length")
        for position, item in enumerate(value, start=1):
            yield from _value(shape["member"]["shape"], item, f"{where}.{position}.member")
    elif kind == "map":
        yield from _size(shape, len(value), where, "length")
        for key, item in value.items():
            yield from _value(shape["key"]["shape"], key, f"{where}.key")
            yield from _value(shape["value"]["shape"], item, f"{where}.{key}.member")
    elif kind == "string":
        yield from _text(shape, value, where)
    elif kind in {"integer", "long"}:
        yield from _size(shape, value, where, "value")


def _text(shape: Mapping[str, Any], value: str, where: str) -> Iterator[str]:
    shown = "Value" if shape.get("sensitive") else f"Value '{value[:120]}'"
    for problem in _size(shape, len(value), where, "length"):
        yield problem.replace("Value", shown, 1)
    failed = f"{shown} at '{where}' failed to satisfy constraint: Member must satisfy"
    pattern = shape.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{failed} regular expression pattern: {pattern}"
    if "enum" in shape and value not in shape["enum"]:
        yield f"{failed} enum value set: [{', '.join(shape['enum'])}]"


def _size(shape: Mapping[str, Any], size: int, where: str, noun: str) -> Iterator[str]:
    failed = f"Value at '{where}' failed to satisfy constraint: Member must have {noun}"
    if "max" in shape and size > shape["max"]:
        yield f"{failed} less than or equal to {shape['max']}"
    if "min" in shape and size < shape["min"]:
        yield f"{failed} greater than or equal to {shape['min']}"


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> re.Pattern[str]:
    translated = pattern.replace(rf"[{_CATEGORIES}]", _VISIBLE)
    for with_space in (rf"{_CATEGORIES}\s*", rf"{_CATEGORIES}\s", rf"{_CATEGORIES}\p{{Z}}", rf"{_CATEGORIES}\t\n\r "):
        translated = translated.replace(f"[{with_space}]", r"[\s\S]")
    return re.compile(translated.replace(r"\p{Z}", r"\s"))
