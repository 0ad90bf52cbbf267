"""How a Web API method is declared, and its arguments, whether they come as a form, as JSON or in the query."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Workspace

TRUE = ("1", "true", "True", True, 1)


class Arguments:
    """The arguments by name, the token not among them."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = {name: value for name, value in given.items() if value is not None}

    def text(self, name: str) -> str | None:
        """An optional text."""
        value = self.given.get(name)
        return None if value is None else str(value)

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", f"[ERROR] missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        """A yes or no; left out means no."""
        return self.given.get(name) in TRUE

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.given.get(name, default))
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", f"[ERROR] must be an integer [json-pointer:/{name}]") from None

    def has(self, name: str) -> bool:
        """Whether it was given at all."""
        return name in self.given

    def parsed(self, name: str, error: str) -> Any:
        """A structure, given as JSON or as a string that holds JSON; None when left out."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None


async def read_arguments(request: web.Request) -> tuple[Arguments, str | None]:
    """The arguments and the token of a call."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        given |= _json_object(await request.text())
    elif request.method == "POST":
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    in_body = given.pop("token", None)
    return Arguments(given), bearer if scheme == "Bearer" else in_body


def _json_object(body: str) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed


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
