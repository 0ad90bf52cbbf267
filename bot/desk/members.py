"""Who somebody is, and whether they are ours: read from Slack's user object, in this one place.

On Enterprise Grid one person may be named by several ids (``U…``, ``W…``), and the same workspace may stand in
``team_id`` or in ``enterprise_user.teams``, https://docs.slack.dev/reference/objects/user-object.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """Why somebody isn't ours, in words for the operator."""

    NOT_FOUND = "not found"
    DEACTIVATED = "deactivated"
    BOT = "a bot"
    GUEST = "a guest"
    ELSEWHERE = "belongs to another workspace"
    NOWHERE = "Slack doesn't say which workspace they belong to"
    STRANGER = "from another organisation"
    UNREAD = "Slack doesn't say who this is"


_FLAGS = (
    ("deleted", Rule.DEACTIVATED),
    ("is_bot", Rule.BOT),
    ("is_workflow_bot", Rule.BOT),
    ("is_restricted", Rule.GUEST),
    ("is_ultra_restricted", Rule.GUEST),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person, whichever of their ids Slack named. Two of them are the same person if their keys are equal."""

    id: str
    """The id by which Slack named them this time: for what is written, and for mentions. Never to be compared."""
    key: str
    """What tells people apart: ``enterprise_user.id``, or ``id`` where there is none."""
    ids: frozenset[str]
    """Every id that is known to be theirs; what is stored may have any of them."""
    rule: Rule | None = None
    """By which rule they aren't ours, None when they are."""
    teams: tuple[str, ...] = ()
    """The workspaces that Slack says they belong to."""
    shares_home: bool = False
    """Whether our workspace is in ``enterprise_user.teams``."""
    on_grid: bool = False
    """Whether they may have ids that aren't known yet."""

    def rule_for(self, team: str, *, home: str) -> Rule | None:
        """Return by which rule what they did isn't ours to answer, None when it is.

        ``team`` is where the payload says they belong, "" where it doesn't say. For people who share several
        workspaces that may be another one, or the organisation; then ours has to be among the shared ones.
        """
        if self.rule is None and team not in ("", home) and not self.shares_home:
            return Rule.ELSEWHERE
        return self.rule

    def named(self, ids: Iterable[str]) -> "Member":
        """Return the same person with further ids that have shown to be theirs."""
        return replace(self, ids=self.ids | frozenset(ids))

    @property
    def why_not(self) -> str:
        """Why they aren't ours, for the operator; empty when they are."""
        if self.rule is Rule.ELSEWHERE:
            return f"{self.rule} ({', '.join(self.teams)})"
        return self.rule or ""


def unknown(person: str, rule: Rule) -> Member:
    """Return somebody of whom only the id is known, and that isn't enough to be ours."""
    return Member(id=person, key=person, ids=frozenset({person}), rule=rule, on_grid=_is_grids(person))


def read(user: object, *, asked: str, home: str) -> Member:
    """Read Slack's user object. Whatever is missing or of another kind never makes anybody ours.

    ``asked``: the id that Slack was asked for; ``home``: the id of our workspace.
    """
    if not isinstance(user, Mapping):
        return unknown(asked, Rule.NOT_FOUND)
    shown: Mapping[str, Any] = user
    own = _text(shown.get("id")) or asked
    enterprise = shown.get("enterprise_user")
    grid: Mapping[str, Any] = enterprise if isinstance(enterprise, Mapping) else {}
    listed = grid.get("teams")
    shared = tuple(filter(None, map(_text, listed))) if isinstance(listed, list | tuple) else ()
    first = _text(shown.get("team_id"))
    teams = tuple(dict.fromkeys(filter(None, (first, *shared))))
    key = _text(grid.get("id")) or (asked if _is_grids(asked) else own)
    shares_home = bool(home) and home in shared
    return Member(
        id=asked,
        key=key,
        ids=frozenset({asked, own, key}),
        rule=_rule(shown, teams, is_home=shares_home or (bool(home) and first == home)),
        teams=teams,
        shares_home=shares_home,
        on_grid=bool(grid) or _is_grids(key),
    )


def _rule(shown: Mapping[str, Any], teams: tuple[str, ...], *, is_home: bool) -> Rule | None:
    for flag, rule in _FLAGS:
        if shown.get(flag):
            return rule
    if not is_home:
        return Rule.ELSEWHERE if teams else Rule.NOWHERE
    return Rule.STRANGER if shown.get("is_stranger") else None


def _is_grids(person: str) -> bool:
    """Whether an id is a grid's: those that begin with a W are, of the others some."""
    return person.startswith("W")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
