"""The sandbox's levers over HTTP (``/_control/…``, JSON), for tests in another process or language."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.cognito.clients import secret_hash
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.faults import Fault
from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.operations.sign_up import confirm_sign_up
from sandbox.cognito.pools import Pools
from sandbox.cognito.ses import BOUNCE
from sandbox.cognito.user import UserView
from sandbox.cognito.world import Call, World

Lever = Callable[[dict[str, Any]], Any]
"""Pulls what was asked for, and returns what is to be answered."""


class Control:
    """Answers ``<METHOD> /_control/<lever>``; GET reads, POST pulls, DELETE clears."""

    def __init__(self, world: World, pools: Pools) -> None:
        self._world = world
        self._levers: dict[str, Lever] = {
            "GET calls": lambda asked: [call.as_json() for call in world.calls.list(asked.get("operation", ""))],
            "DELETE calls": lambda asked: world.calls.clear(),
            "GET mail": lambda asked: [
                {**asdict(mail), "at": mail.at.isoformat()} for mail in world.mailbox.list(asked.get("to", ""))
            ],
            "DELETE mail": lambda asked: world.mailbox.clear(),
            "GET pools": lambda asked: [
                {"name": pool.name, "id": pool.id, "region": pool.region, "client_id": pool.client_id} for pool in pools
            ],
            "GET users": lambda asked: [_shown(user) for user in pools[asked["pool"]].users],
            "POST faults": lambda asked: world.faults.add(Fault(**asked)),
            "POST deny": lambda asked: world.faults.deny(*asked["operations"]),
            "POST credentials": lambda asked: world.faults.refuse_credentials(asked["refused"]),
            "POST suppression": lambda asked: world.ses.suppress(
                asked["region"], asked["address"], asked.get("reason", BOUNCE)
            ),
            "DELETE suppression": lambda asked: world.ses.lift(asked["region"], asked["address"]),
            "POST rates": lambda asked: world.rates.enforce(asked["enforced"]),
            "POST daily-mail": lambda asked: world.default_sender.limit(asked["per_day"]),
            "DELETE faults": lambda asked: self._clear(),
            "POST clock": lambda asked: world.clock.forward(timedelta(seconds=asked["forward"])),
            "POST contested": self._contest,
            "POST sign-in": lambda asked: _shown(pools[asked["pool"]].sign_in(asked["provider"], asked["claims"])),
        }

    def answer(self, request: Request) -> Response:
        """Pull one lever; a wrong request is answered with 400 and the reason."""
        lever = self._levers.get(f"{request.method} {request.path.removeprefix('/_control/')}")
        if lever is None:
            return _json({"error": f"There is no lever {request.method} {request.path}."}, 404)
        try:
            body = json.loads(request.get_data() or b"{}")
            return _json(lever({**request.args.to_dict(), **body}), 200)
        except (LookupError, TypeError, ValueError, CognitoError, SignInFailed) as wrong:
            return _json({"error": f"{type(wrong).__name__}: {wrong}"}, 400)

    def confirm_by_link(self, request: Request) -> Response:
        """Follow the link of a sign-up mail, as the customer's browser does."""
        parameters = {
            "ClientId": request.args.get("client_id", ""),
            "Username": request.args.get("user_name", ""),
            "ConfirmationCode": request.args.get("confirmation_code", ""),
        }
        world = self._world
        try:
            _, client = world.client(parameters["ClientId"])
            if client.generate_secret:
                parameters["SecretHash"] = secret_hash(parameters["Username"], client.id, client.secret)
            with world.lock:
                confirm_sign_up(world, Call(operation="ConfirmSignUp", parameters=parameters))
        except CognitoError as error:
            return Response(error.message, status=400, content_type="text/plain; charset=utf-8")
        return Response("Your registration has been confirmed!", content_type="text/plain; charset=utf-8")

    def _clear(self) -> None:
        self._world.faults.clear()
        self._world.rates.enforce(False)
        self._world.default_sender.limit(None)

    def _contest(self, asked: dict[str, Any]) -> None:
        with self._world.lock:
            self._world.contested = replace(self._world.contested, **asked)


def _shown(user: UserView) -> dict[str, Any]:
    return {
        "username": user.username,
        "sub": user.sub,
        "status": user.status,
        "enabled": user.enabled,
        "attributes": dict(user.attributes),
        "pending": dict(user.pending),
    }


def _json(body: Any, status: int) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
