"""A desk in one thread: the one that `desk run` builds, with nothing between it and its neighbours but function calls.

Thousands of requests a minute go through it, and whatever breaks does so in the request that broke it. What is left out
is threads and sockets; Bolt, the listeners, the forms, botocore's clients and the database are the real ones.
"""

import itertools
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from pydantic import SecretStr
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient
from sqlalchemy import func, select, update
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import commands
from bot.app import Outside, build
from bot.aws import gateway
from bot.program import Program
from bot.scenario import load
from bot.settings import Approvals, Channels, People, PoolSettings, Settings
from bot.tickets import tables
from bot.tickets.store import Store
from bot.timings import Timings
from sandbox.testing import CognitoServer
from tests.databases import prepare
from tests.one_thread import Inline

PROOF = "called back on the number on file"
_SCENARIOS = load(commands)
AGENT, LEADS, SUPPORT, TEAM = "U0AGENT", ("U0LEAD1", "U0LEAD2"), "C0SUPPORT", "T0DESK"


CARD = "1.0"
"""The message that every button is pressed on."""


_SOON = replace(
    Timings(),
    pauses=(0.0,),
    group_reads=6e6,
    person_reads=6e6,
    channel_reads=6e6,
    mail_reads=6e6,
    posting=0.0,
    clicked=0.0,
    settled=0.0,
)


class Told(WebClient):
    """Slack's Web API as far as the desk asks it something; everything that it is told is kept."""

    def __init__(self, *, agents: Sequence[str] = (AGENT,), leads: Sequence[str] = LEADS) -> None:
        super().__init__("xoxb-inline", base_url="http://127.0.0.1:9/api/")
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._groups = {"S0SUPPORT": list(agents), "S0LEADS": list(leads)}
        self._numbers = itertools.count(1)

    def api_call(self, api_method: str, **call: Any) -> Any:
        given = {**(call.get("params") or {}), **(call.get("json") or {})}
        self.told.append((api_method, given))
        return _Answer(self._answer(api_method, given))

    def _answer(self, method: str, given: Mapping[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": "U0DESK", "bot_id": "B0DESK"}
            case "usergroups.users.list":
                return {"ok": True, "users": self._groups[given["usergroup"]]}
            case "users.info":
                return {"ok": True, "user": {"team_id": TEAM}}
            case "conversations.info":
                return {"ok": True, "channel": {"id": given["channel"], "is_member": True}}
            case "chat.getPermalink":
                return {"ok": True, "permalink": f"https://example.slack.com/{given['message_ts']}"}
            case "views.open":
                return {"ok": True, "view": {"id": f"V{next(self._numbers)}"}}
            case _:
                return {"ok": True, "ts": "1.0", "channel": SUPPORT}


class _Answer(dict[str, Any]):
    """What `slack_sdk.web.SlackResponse` is to its readers."""

    @property
    def data(self) -> dict[str, Any]:
        return self


class InlineDesk:
    """Takes what Slack delivers, and knows what became of it: the acknowledgement, and what Slack and AWS were told."""

    def __init__(
        self, program: Program, app: App, slack: Told, server: CognitoServer, database: Path, log: "Log"
    ) -> None:
        self.program = program
        self.slack = slack
        self.meets: Callable[[str, str], AWSResponse | None] = lambda operation, body: None
        """What becomes of a call to Cognito before it arrives: an answer, an exception, or None for nothing."""
        self.server = server
        self.log = log
        self._app = app
        self._database = database
        self._numbers = itertools.count(1)

    def types(self, command: str, text: str, person: str = AGENT, channel: str = SUPPORT) -> BoltResponse:
        """Deliver a slash command."""
        return self._deliver(
            {
                "type": "slash_commands", "command": command, "text": text, "team_id": TEAM, "user_id": person,
                "channel_id": channel, "trigger_id": self._number(), "response_url": "",
            }
        )  # fmt: skip

    def submits(
        self,
        callback: str,
        memory: Mapping[str, Any],
        values: Mapping[str, Any],
        person: str = AGENT,
        *,
        agrees: bool = True,
    ) -> BoltResponse:
        """Deliver a modal's submission; who ``agrees`` submits a form once more that shows its plan after that.

        A proof is chosen unless the test chooses one. Like Slack, it tells of what nothing was typed into, too.
        """
        title = {"type": "plain_text", "text": "Some form"}
        view = {"callback_id": callback, "title": title, "private_metadata": json.dumps(memory)}
        view_id = f"V{self._number()}"
        if callback == "form" and "reason" in values:
            values = {"proof": {"value": {"selected_option": {"value": PROOF}}}, **values}
        if agrees and callback == "form" and (scenario := _SCENARIOS.get(memory["scenario"])):
            values = {**{name: {"value": {"value": None}} for name in scenario.fields}, **values}
        before = len(self.slack.told)
        answer = self.returns(view_id, view, values, person)
        for shown in self._forms_with_plan(before) if agrees else ():
            known = json.loads(shown["private_metadata"]).get("typed", {})
            rest = {name: value for name, value in values.items() if name not in known}
            answer = self.returns(view_id, shown, rest, person)
        return answer

    def _forms_with_plan(self, since: int) -> list[dict[str, Any]]:
        shown = [given["view"] for method, given in self.slack.told[since:] if method == "views.update"]
        views = [json.loads(each) if isinstance(each, str) else each for each in shown]
        return [view for view in views if '"plan"' in view.get("private_metadata", "")]

    def returns(self, view_id: str, view: Mapping[str, Any], values: Mapping[str, Any], person: str) -> BoltResponse:
        """Deliver the submission of a modal as the desk drew it, with what was filled in."""
        kept = {name: view[name] for name in ("callback_id", "title", "private_metadata")}
        submitted = {
            "type": "modal", "id": view_id, "hash": self._number(), "state": {"values": values}, "blocks": [], **kept,
        }  # fmt: skip
        return self._deliver({"type": "view_submission", "user": {"id": person, "team_id": TEAM}, "view": submitted})

    def presses(
        self, action: str, value: str, person: str = AGENT, ts: str = CARD, *, channel: str = SUPPORT
    ) -> BoltResponse:
        """Deliver a press of a button in a message."""
        pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value}
        return self._deliver(
            {
                "type": "block_actions", "user": {"id": person, "team_id": TEAM}, "trigger_id": self._number(),
                "container": {"type": "message", "channel_id": channel, "message_ts": ts}, "actions": [pressed],
            }
        )  # fmt: skip

    def presses_at_home(self, action: str, value: str, person: str) -> BoltResponse:
        """Deliver a press of a button in the Home tab, which has neither a channel nor a message."""
        return self._deliver(
            {
                "type": "block_actions", "user": {"id": person, "team_id": TEAM}, "trigger_id": self._number(),
                "container": {"type": "view", "view_id": "V0HOME"},
                "view": {"id": "V0HOME", "type": "home", "private_metadata": ""},
                "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
            }
        )  # fmt: skip

    def opens_home(self, person: str) -> BoltResponse:
        """Deliver the event of somebody who opens the Home tab."""
        event = {"type": "app_home_opened", "user": person, "channel": "D0", "tab": "home", "event_ts": "1.0"}
        body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self._number()}", "event": event}
        return self._deliver(body)

    def chooses(self, message: Mapping[str, Any], person: str = AGENT, channel: str = SUPPORT) -> BoltResponse:
        """Deliver the shortcut *Check this customer* of a message."""
        return self._deliver(
            {
                "type": "message_action", "callback_id": "check-message", "user": {"id": person, "team_id": TEAM},
                "team": {"id": TEAM}, "channel": {"id": channel, "name": "some-channel"}, "trigger_id": self._number(),
                "message": message, "message_ts": message["ts"], "response_url": "",
            }
        )  # fmt: skip

    def presses_in(self, memory: Mapping[str, Any], action: str, value: str, person: str) -> BoltResponse:
        """Deliver a press of a button in a modal that remembers this."""
        title = {"type": "plain_text", "text": "Some form"}
        view = {"id": f"V{self._number()}", "type": "modal", "title": title, "private_metadata": json.dumps(memory)}
        pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value}
        container = {"type": "view", "view_id": view["id"]}
        return self._deliver(
            {
                "type": "block_actions", "user": {"id": person, "team_id": TEAM}, "trigger_id": self._number(),
                "container": container, "view": view, "actions": [pressed],
            }
        )  # fmt: skip

    def posted(self) -> int:
        """Let Slack have taken the card of the newest ticket, and return its number."""
        with self.program.database.transaction() as connection:
            number = int(connection.execute(select(func.max(tables.ticket.c.id))).scalar() or 0)
            card = select(tables.ticket.c.conversation).where(tables.ticket.c.id == number).scalar_subquery()
            known = update(tables.conversation).where(tables.conversation.c.id == card).values(ts=CARD)
            connection.execute(known)
        return number

    def approved(self) -> int:
        """Let two leads approve the newest ticket, and return its number; what it sends is sent by then."""
        number = self.posted()
        for lead in LEADS:
            for memory in self.opened_by(number, lead):
                self.submits("confirmation", memory, {}, lead)
        return number

    def opened_by(self, number: int, lead: str) -> list[dict[str, Any]]:
        """Let a lead press Approve, and return what the confirmation remembers that it opens, if it opens one."""
        return self.remembered_after(lambda: self.presses("approve", str(number), lead))

    def remembered_after(
        self, press: Callable[[], BoltResponse], callback: str = "confirmation"
    ) -> list[dict[str, Any]]:
        """Let somebody press something, and return what each modal of that kind remembers that it showed."""
        before = len(self.slack.told)
        press()
        shown = [given["view"] for method, given in self.slack.told[before:] if method == "views.update"]
        views = [json.loads(each) if isinstance(each, str) else each for each in shown]
        return [json.loads(view["private_metadata"]) for view in views if view.get("callback_id") == callback]

    def posts(self) -> None:
        """Tell Slack everything that waits for it, as the writer's thread would."""
        while self.program._writer.deliver_next():
            pass

    def forget(self) -> None:
        """Forget what was told and called so far."""
        self.slack.told.clear()
        self.server.calls.clear()
        self.log.said.clear()

    @property
    def calls(self) -> list[str]:
        """The operations that reached Cognito."""
        return [call.operation for call in self.server.calls.list()]

    @property
    def stored(self) -> str:
        """Everything in the database's files."""
        files = self._database.parent.glob(f"{self._database.name}*")
        return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)

    def _number(self) -> str:
        return str(next(self._numbers))

    def _deliver(self, body: dict[str, Any]) -> BoltResponse:
        # As it comes through the socket: whatever JSON can hold.
        return self._app.dispatch(BoltRequest(mode="socket_mode", body=json.loads(json.dumps(body))))


class Log(logging.Handler):
    """Keeps everything that is logged, tracebacks included, as it would be written without any redaction."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.levelno, self.format(record)))


@contextmanager
def desk(
    server: CognitoServer,
    pools: Mapping[str, PoolSettings],
    database: Path,
    *,
    slack: Told | None = None,
    opened_by: type[Store] = Store,
    level: int = logging.DEBUG,
    **changed: Any,
) -> Iterator[InlineDesk]:
    """Build the desk. ``server`` is the sandbox's Cognito; nothing is sent to it through a socket.

    ``slack`` is the workspace, ``opened_by`` opens the database, ``level`` is the least that is logged. ``changed``: of
    the settings.
    """
    settings = Settings(
        bot_token=SecretStr("xoxb-inline"),
        app_token=SecretStr("xapp-inline"),
        slack_api_url="http://127.0.0.1:9/api/",
        database_url=SecretStr(f"sqlite:///{database}"),
        people=People(agents=("S0SUPPORT",), leads=("S0LEADS",)),
        channels=Channels(allowed=(SUPPORT,)),
        approvals=Approvals(),
        pools=pools,
    )
    settings = replace(settings, **changed)
    slack, log = slack or Told(), Log()
    outside = Outside(clients=lambda _: (slack, slack), store=opened_by, threads=Inline)
    root = logging.getLogger()
    former = root.level
    program = build(settings, scenarios=load(commands), timings=_SOON, outside=outside)
    prepare(program.database)
    root.addHandler(log)
    root.setLevel(level)
    try:
        opened = InlineDesk(program, program._socket.app, slack, server, database, log)
        _connect(program._gateway, opened)
        yield opened
    finally:
        root.removeHandler(log)
        root.setLevel(former)
        program._socket.shut(1)
        program._gateway.close()
        program.database.close()


def _connect(door: gateway.Gateway, desk: InlineDesk) -> None:
    """Answer botocore's requests by calling the sandbox's Cognito."""
    door.warm()
    for region in door._clients.regions:
        for client in region.clients:
            client.meta.events.register("before-send.cognito-identity-provider", _answering(desk))


def _answering(desk: InlineDesk) -> Callable[..., Any]:
    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        given = request.body or b""
        assert isinstance(given, str | bytes)
        text = given if isinstance(given, str) else given.decode()
        headers = [
            (name, value if isinstance(value, str) else value.decode()) for name, value in request.headers.items()
        ]
        met = desk.meets(dict(headers)["X-Amz-Target"].rpartition(".")[2], text)
        if met is not None:
            return met
        environment = EnvironBuilder(method="POST", data=text, headers=headers).get_environ()
        found = desk.server._answer(Request(environment))
        return answered(found.get_data(), found.status_code, dict(found.headers.items()))

    return answer


def answered(body: bytes, status: int, headers: Mapping[str, str]) -> AWSResponse:
    """Return an answer of AWS's."""
    held = HTTPHeaders()
    for name, value in headers.items():
        held[name] = value
    return AWSResponse("http://127.0.0.1:9/", status, held, _Body(body))


class _Body:
    """A response's body, as botocore reads it."""

    def __init__(self, held: bytes) -> None:
        self._held = held

    def stream(self, amount: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        yield self._held
