"""How a Web API method is declared: its name, what it needs, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.slack.arguments import Arguments
    from sandbox.slack.controls import Json
    from sandbox.slack.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Method:
    """One method; `scope` is what the app must have been granted, `caller` whose token it takes."""

    name: str
    run: Callable[[Workspace, Arguments], Json]
    tier: int
    scope: str | None = None
    caller: Literal["bot", "app", "either"] = "bot"


def needs(workspace: Workspace, scope: str) -> None:
    """Refuse when a scope that depends on the arguments is missing."""
    provided = workspace.manifest.scopes
    if scope not in provided:
        details = {"needed": scope, "provided": ",".join(sorted(provided))}
        raise SlackError("missing_scope", details=details)
