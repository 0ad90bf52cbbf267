"""The remote control under `/_control/`: people's verbs, faults, and what each person sees, for another process.

It is long because it is one list of levers, and one of what they show.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from sandbox.slack.controls import Control, Json
from sandbox.slack.envelopes import Envelope
from sandbox.slack.errors import SlackError
from sandbox.slack.model import GridUser, Message, Organisation, View
from sandbox.slack.sockets import Sockets
from sandbox.slack.wire import message_json
from sandbox.slack.workspace import Workspace

REFUSED = (LookupError, PermissionError, TypeError, ValueError, SlackError)


class RemoteControl:
    """Each route takes a JSON object; `"wait": seconds` answers once the envelope is settled."""

    def __init__(self, workspace: Workspace, sockets: Sockets) -> None:
        self._workspace = workspace
        self._sockets = sockets

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        verbs: dict[str, Callable[[Json], Envelope | None]] = {
            "types": self._types,
            "clicks": self._chooses,
            "chooses": self._chooses,
            "enters": self._enters,
            "attaches": self._attaches,
            "submits": self._submits,
            "closes": self._closes,
            "reloads": self._reloads,
            "faults": self._faults,
            "sockets": self._order_sockets,
            "redeliver": self._redeliver,
            "people": self._people,
            "organisation": self._organisation,
            "channel": self._alter_channel,
        }
        for name, verb in verbs.items():
            app.router.add_post(f"/_control/{name}", _obeying(verb))
        app.router.add_get("/_control/state", self._state)
        app.router.add_get("/_control/calls", self._calls)
        app.router.add_get("/_control/envelopes", self._envelopes)

    def _types(self, order: Json) -> Envelope | None:
        return self._workspace.types(
            order["person"], order["text"], order.get("channel", "#support"), order.get("thread_ts")
        )

    def _chooses(self, order: Json) -> Envelope | None:
        return self._workspace.chooses(order["person"], order["wanted"], order.get("answer"), self._place(order))

    def _enters(self, order: Json) -> Envelope | None:
        return self._workspace.enters(order["person"], order["wanted"], order.get("answer"))

    def _attaches(self, order: Json) -> None:
        """`{"person": "agent", "wanted": "List", "files": [{"name": "list.csv", "base64": "YW5h"}]}`."""
        files = [(one["name"], base64.b64decode(one["base64"])) for one in order["files"]]
        self._workspace.attaches(order["person"], order["wanted"], *files)

    def _submits(self, order: Json) -> Envelope | None:
        view_id = order.get("view_id")
        view = self._workspace.modals.known(view_id) if view_id else None
        return self._workspace.submits(order["person"], order.get("values") or {}, view)

    def _closes(self, order: Json) -> None:
        self._workspace.closes(order["person"], whole_stack=bool(order.get("whole_stack")))

    def _reloads(self, order: Json) -> None:
        self._workspace.reloads(order["person"])

    def _faults(self, order: Json) -> None:
        """`{"fault": "lose_answer", "method": "chat.postMessage", "times": 2}` or `{"fault": "clear"}`."""
        faults = self._workspace.faults
        name, method = order["fault"], order.get("method", "*")
        times, after = int(order.get("times", 1)), int(order.get("after", 0))
        seconds = float(order.get("seconds", 1))
        kinds: dict[str, Callable[[], None]] = {
            "rate_limit": lambda: faults.rate_limit(method, times=times, retry_after=seconds, after=after),
            "fail": lambda: faults.fail(method, status=int(order.get("status", 500)), times=times, after=after),
            "drop": lambda: faults.drop(method, times=times, after=after),
            "lose_answer": lambda: faults.lose_answer(method, times=times, after=after),
            "delay": lambda: faults.delay(method, seconds=seconds, times=times, after=after),
            "refuse": lambda: faults.refuse(method, order["error"], times=times, after=after),
            "close_after_delivery": lambda: faults.close_after_delivery(times=times),
            "cut_frame": lambda: faults.cut_frame(times=times),
            "silence": lambda: faults.silence(seconds),
            "clear": faults.clear,
        }
        kinds[name]()

    def _order_sockets(self, order: Json) -> None:
        """`{"do": "cut"}`, `{"do": "disconnect", "reason": "warning", "grace": 1}`, or as below."""
        sockets, workspace = self._sockets, self._workspace
        kinds: dict[str, Callable[[], None]] = {
            "cut": sockets.cut,
            "disconnect": lambda: sockets.disconnect(order.get("reason", "refresh_requested"), order.get("grace")),
            "refresh": lambda: sockets.refresh(float(order["every"])),
            "switch": lambda: sockets.switch(on=bool(order["on"])),
            "foreign": lambda: setattr(sockets, "foreign", int(order["count"])),
            "deliver": lambda: setattr(sockets, "over", order["over"]),
            "rules": lambda: setattr(workspace, "rules", replace(workspace.rules, **order["rules"])),
        }
        if order["do"] not in kinds:
            raise ValueError(f"sockets can be told to: {', '.join(kinds)}")
        kinds[order["do"]]()

    def _alter_channel(self, order: Json) -> None:
        """`{"channel": "#support", "is_archived": true}`; `{"channel": "#support", "leaves": "agent"}`.

        Without a name after `joins` or `leaves` it is the app: `{"channel": "#support", "leaves": ""}`.
        """
        given = dict(order)
        channel, roll = given.pop("channel"), self._workspace.roll
        for name, moves in (("joins", roll.joins), ("leaves", roll.leaves)):
            if name in given:
                moves(given.pop(name) or roll.bot.id, channel)
        roll.alter_channel(channel, **given)

    def _redeliver(self, order: Json) -> None:
        wanted = order["envelope_id"]
        self._sockets.redeliver(next(one for one in self._workspace.envelopes.sent if one.id == wanted))

    def _people(self, order: Json) -> None:
        """`{"person": "agent", "changes": {"shows_team": false, "grid": {"id": "W0AGENT", "teams": ["T0DESK"]}}}`."""
        changes = dict(order["changes"])
        if grid := changes.get("grid"):
            changes["grid"] = GridUser(**{**grid, "teams": tuple(grid.get("teams", ()))})
        self._workspace.roll.put_person(replace(self._workspace.person(order["person"]), **changes))

    def _organisation(self, order: Json) -> None:
        """`{"hides_team": true}`: from now on the workspace is part of an organisation."""
        self._workspace.organisation = Organisation(**order)

    def _place(self, order: Json) -> Message | View | None:
        if order.get("view_id"):
            return self._workspace.modals.known(order["view_id"])
        if order.get("ts"):
            channel = self._workspace.channel(order.get("channel", "#support"))
            return self._workspace.conversations.known(channel.id, order["ts"])
        return None

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(
            _state_of(self._workspace, request.query["person"]) | {"connections": list(self._sockets.connections)}
        )

    async def _calls(self, request: web.Request) -> web.Response:
        return web.json_response(self._workspace.calls.as_json(request.query.get("method")))

    async def _envelopes(self, request: web.Request) -> web.Response:
        return web.json_response([_envelope_state(one) for one in self._workspace.envelopes.sent])


def _obeying(
    verb: Callable[[Json], Envelope | None],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        order: Any = await request.json()
        try:
            envelope = verb(order)
            if envelope and order.get("wait"):
                await asyncio.to_thread(envelope.wait, float(order["wait"]))
        except REFUSED as refusal:
            return web.json_response({"error": f"{type(refusal).__name__}: {refusal}"}, status=400)
        return web.json_response({"envelope": _envelope_state(envelope) if envelope else None})

    return answer


def _state_of(workspace: Workspace, person: str) -> Json:
    """Channels with everything said in them, ephemeral messages among it, the modals and the warning marks."""
    somebody = workspace.person(person)
    return {
        "person": somebody.id,
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "messages": [
                    _message_state(one) for one in workspace.conversations.in_channel(channel.id, somebody.id)
                ],
            }
            for channel in workspace.channels_of(somebody.id)
        ],
        "views": [_view_state(one) for one in workspace.stack(somebody.id)],
        "warnings": [
            {"place": one.place, "block_id": one.block_id, "action_id": one.action_id, "text": one.text}
            for one in workspace.warnings(somebody.id)
        ],
    }


def _message_state(message: Message) -> Json:
    """One message with its controls."""
    return {
        **message_json(message, metadata=True),
        "ephemeral_to": message.ephemeral_to,
        "controls": [_control_state(one) for one in message.controls],
    }


def _view_state(view: View) -> Json:
    """One modal with its fields."""
    return {
        "id": view.id,
        "hash": view.hash,
        "title": view.title,
        "submit": view.submit,
        "callback_id": view.callback_id,
        "blocks": list(view.blocks),
        "controls": [_control_state(one) for one in view.controls],
        "values": view.values,
        "errors": dict(view.errors),
        "trouble": view.trouble,
        "busy": view.busy,
    }


def _envelope_state(envelope: Envelope) -> Json:
    """One delivery, without the payload's secrets."""
    return {
        "id": envelope.id,
        "type": envelope.type,
        "person": envelope.person,
        "outcome": envelope.outcome,
        "seconds": envelope.seconds,
        "connections": list(envelope.connections),
    }


def _control_state(control: Control) -> Json:
    return {
        "type": control.type,
        "label": control.label,
        "block_id": control.block_id,
        "action_id": control.action_id,
        "value": control.value,
        "options": [{"text": one.text, "value": one.value} for one in control.options],
    }
