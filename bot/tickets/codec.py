"""Plans, outcomes and what was observed, as the plain JSON that the database keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from bot import words
from bot.plan import LATER, Change, Plan
from bot.ticket import Outcome
from bot.words import Words

_WORDS = "$words"
"""Marks our own words in the JSON; no parameter or field of ours is called so."""

_plan = TypeAdapter(Plan)
_outcome = TypeAdapter(Outcome)


def plain(value: Any) -> Any:
    """Return frozen dataclasses and what they hold as JSON-ready values, always in the same order."""
    match value:
        case Words():
            return {_WORDS: words.to_json(value)}
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case frozenset() | set():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
        case str():
            # An enum's member becomes its value.
            return str(value)
        case _ if is_dataclass(value):
            return {
                each.name: plain(getattr(value, each.name)) for each in fields(value) if not _is_left_out(value, each)
            }
        case _:
            return value


def effects(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return changes as plain JSON, as an older desk wrote them too: without why a re-read can't show one."""
    return [{name: value for name, value in plain(each).items() if name != "unseen_because"} for each in changes]


def _is_left_out(value: Any, field: "Field[Any]") -> bool:
    return field.metadata == LATER and getattr(value, field.name) == field.default


def plan(stored: Any) -> Plan:
    """Rebuild the plan that `plain` wrote."""
    return _plan.validate_python(_reworded(stored))


def outcome(stored: Any) -> Outcome:
    """Rebuild the outcome that `plain` wrote."""
    return _outcome.validate_python(_reworded(stored))


def _reworded(stored: Any) -> Any:
    match stored:
        case {"$words": packed}:
            return words.from_json(packed)
        case dict():
            return {name: _reworded(item) for name, item in stored.items()}
        case list():
            return [_reworded(item) for item in stored]
        case _:
            return stored
