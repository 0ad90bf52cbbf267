"""The Web API's front door: token, scope, rate, fault, then the method itself."""

from collections.abc import Iterable

from aiohttp import web

from sandbox.slack.calls import ApiCall
from sandbox.slack.chat_methods import CHAT_METHODS
from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.file_methods import FILE_METHODS
from sandbox.slack.methods import Arguments, Method, needs, read_arguments
from sandbox.slack.misbehaviour import hung_up, misbehaved
from sandbox.slack.roll_methods import ROLL_METHODS
from sandbox.slack.rules import Buckets
from sandbox.slack.view_methods import VIEW_METHODS
from sandbox.slack.workspace import Workspace


class RateLimited(Exception):
    """The call came too soon."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class WebApi:
    """Answers everything under `/api/`."""

    def __init__(self, workspace: Workspace, further: Iterable[Method] = ()) -> None:
        self._workspace = workspace
        self._methods = {
            one.name: one for one in (*CHAT_METHODS, *FILE_METHODS, *VIEW_METHODS, *ROLL_METHODS, *further)
        }
        self._buckets = Buckets(workspace.rules.rates)

    @property
    def methods(self) -> frozenset[str]:
        """The names of the methods that it answers; any other is unknown."""
        return frozenset(self._methods)

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/api/{method}", self.answer)
        app.router.add_get("/api/{method}", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take one call."""
        name = request.match_info["method"]
        faults = self._workspace.faults
        if (broken := await misbehaved(faults, name, request)) is not None:
            lost = broken.status < 400
            error = "dropped" if lost else "fault"
            self._record(name, Arguments({}), 0 if lost else broken.status, {"error": error}, lost=lost)
            return broken
        arguments, answer, headers, status = Arguments({}), {}, {}, 200
        try:
            arguments, token = await read_arguments(request)
            answer = {"ok": True, **self._run(name, arguments, token)}
        except RateLimited as late:
            status, answer = 429, {"ok": False, "error": "ratelimited"}
            headers["Retry-After"] = str(late.seconds)
        except SlackError as refusal:
            answer = _refused(refusal)
        lost = status == 200 and faults.take("lost_answer", name) is not None
        self._record(name, arguments, status, answer, lost=lost)
        if lost:
            return hung_up(request)
        return web.json_response(answer, status=status, headers=headers | self._scope_headers(name))

    def _run(self, name: str, arguments: Arguments, token: str | None) -> Json:
        workspace = self._workspace
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method", details={"req_method": name})
        if not token:
            raise SlackError("not_authed")
        if token not in (workspace.bot_token, workspace.app_token):
            raise SlackError("invalid_auth")
        kind = "app" if token == workspace.app_token else "bot"
        if method.caller not in (kind, "either"):
            raise SlackError("not_allowed_token_type")
        self._hold_back(method, arguments)
        refused = workspace.faults.take("refused", name)
        if refused:
            details = {"errors": list(refused.messages)} if refused.messages else None
            raise SlackError(refused.error, *refused.messages, details=details)
        if method.scope:
            needs(workspace, method.scope)
        return method.run(workspace, arguments)

    def _hold_back(self, method: Method, arguments: Arguments) -> None:
        limited = self._workspace.faults.take("rate_limited", method.name)
        if limited:
            raise RateLimited(int(limited.amount))
        seconds = self._buckets.wait_before_call(method.name, method.tier)
        if method.name == "chat.postMessage" and seconds is None:
            seconds = self._buckets.wait_before_post(arguments.text("channel") or "")
        if seconds is not None:
            raise RateLimited(seconds)

    def _scope_headers(self, name: str) -> dict[str, str]:
        method = self._methods.get(name)
        return {
            "x-oauth-scopes": ",".join(sorted(self._workspace.manifest.scopes)),
            "x-accepted-oauth-scopes": (method.scope if method else None) or "",
        }

    def _record(self, name: str, arguments: Arguments, status: int, answer: Json, *, lost: bool = False) -> None:
        self._workspace.calls.add(
            ApiCall(
                method=name,
                arguments=arguments.given,
                status=status,
                answer=answer,
                at=self._workspace.now(),
                lost=lost,
            )
        )


def _refused(refusal: SlackError) -> Json:
    answer: Json = {"ok": False, "error": refusal.name, **refusal.details}
    if refusal.messages:
        answer["response_metadata"] = {"messages": list(refusal.messages)}
    return answer
