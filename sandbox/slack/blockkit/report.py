"""Where a check stands in the payload, and the small checks that all others are made of."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Surface = Literal["message", "modal"]


@dataclass(frozen=True, slots=True)
class Place:
    """One spot in the payload; every spot of one payload writes into the same lists."""

    surface: Surface
    pointer: str = ""
    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    block_ids: set[str] = field(default_factory=set)

    def at(self, *steps: str | int) -> "Place":
        """A spot further down."""
        return replace(self, pointer="/".join([self.pointer, *map(str, steps)]))

    def complain(self, words: str) -> None:
        """Note a problem in Slack's manner."""
        self.problems.append(f"[ERROR] {words} [json-pointer:{self.pointer}]")

    def count(self, what: str, amount: int = 1) -> int:
        """Add to a sum over the whole payload, and say where it stands."""
        self.counts[what] = self.counts.get(what, 0) + amount
        return self.counts[what]


Check = Callable[[Place, Any], None]


def anything(place: Place, value: Any) -> None:
    """Whatever it is, it is fine."""


def flag(place: Place, value: Any) -> None:
    """A yes or no."""
    if not isinstance(value, bool):
        place.complain("must be a boolean")


def string(most: int | None = None, least: int = 1) -> Check:
    """A text of bounded length."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, str):
            place.complain("must be a string")
        elif len(value) < least:
            place.complain(f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            place.complain(f"must be less than {most + 1} characters")

    return check


def matching(pattern: str, described: str) -> Check:
    """A text of a given form."""
    compiled = re.compile(pattern)

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            place.complain(f"must be {described}")

    return check


def whole(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            place.complain("must be an integer")
        elif value < least:
            place.complain(f"must be greater than or equal to {least}")
        elif value > most:
            place.complain(f"must be less than or equal to {most}")

    return check


def number(place: Place, value: Any) -> None:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        place.complain("must be a number")


def one_of(*allowed: str) -> Check:
    """One word of a few."""

    def check(place: Place, value: Any) -> None:
        if value not in allowed:
            place.complain(f"must be one of: {', '.join(allowed)}")

    return check


def items(check_item: Check, most: int, least: int = 1) -> Check:
    """A list of bounded length."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, list):
            place.complain("must be an array")
            return
        if len(value) > most:
            place.complain(f"no more than {most} items allowed")
        if len(value) < least:
            place.complain(f"no fewer than {least} items allowed")
        for position, one in enumerate(value):
            check_item(place.at(position), one)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, closed: bool = True) -> Check:
    """An object with these fields; a closed one takes no others. `type` is for the caller to check."""
    known = {"type": anything, **required, **(optional or {})}

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            place.complain("must provide an object")
            return
        for name in required:
            if value.get(name) is None:
                place.complain(f"missing required field: {name}")
        for name, held in value.items():
            if name in known and held is not None:
                known[name](place.at(name), held)
            elif name not in known and closed:
                place.complain(f"invalid additional property: {name}")

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says what else it must be."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            place.complain("must provide an object")
        elif "type" not in value:
            place.complain("missing required field: type")
        elif value["type"] not in kinds:
            place.complain(f"unsupported type: {value['type']}")
        else:
            kinds[value["type"]](place, value)

    return check


def every(*checks: Check) -> Check:
    """Several checks of the same value; the later ones may rely on an object."""

    def check(place: Place, value: Any) -> None:
        checks[0](place, value)
        for further in checks[1:]:
            if isinstance(value, dict):
                further(place, value)

    return check


def listed(value: Any) -> list[Any]:
    """The value if it is a list, so that a later check can go on after an earlier one complained."""
    return value if isinstance(value, list) else []
