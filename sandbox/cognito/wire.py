"""Cognito's wire protocol: JSON over HTTP POST, with the errors, headers and mishaps of the real thing."""

import json
import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.cognito.accounts import Caller
from sandbox.cognito.calllog import LoggedCall, masked
from sandbox.cognito.constraints import is_signed, service_model
from sandbox.cognito.errors import CognitoError, not_found, too_many_requests
from sandbox.cognito.faults import ConnectionCut
from sandbox.cognito.operations import perform
from sandbox.cognito.signing import Signature, demand_right, signature
from sandbox.cognito.world import Call, World

log = logging.getLogger(__name__)

_TARGET = "AWSCognitoIdentityProviderService."
_CONTENT_TYPE = "application/x-amz-json-1.1"

CUT = "ConnectionReset"
"""The outcome of a call whose connection was cut before anything was done."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Turns HTTP requests into calls on the accounts, and writes the log."""

    world: World

    def answer(self, request: Request) -> Response:
        """Answer one API request; raise `ConnectionCut` where a fault says so."""
        request_id = str(uuid.uuid4())
        operation = request.headers.get("X-Amz-Target", "").removeprefix(_TARGET)
        parameters: dict[str, Any] = {}
        outcome = "ok"
        signed: Signature | None = None
        try:
            parameters = self._parameters(request, operation)
            self.world.faults.hold_up(operation, "delay")
            signed = signature(self.world, request, "cognito-idp") if is_signed(operation) else None
            body, status = self._perform(operation, parameters, request_id, signed), 200
        except CognitoError as error:
            outcome, status = error.code, error.status
            body = {"__type": error.code, "message": error.message}
        except ConnectionCut:
            outcome, body, status = CUT, {}, 0
        except Exception:
            # This boundary keeps a fault of the sandbox from killing its thread, and shows it as AWS would.
            log.exception("The sandbox's Cognito failed at %s", operation)
            outcome, status = "InternalErrorException", 500
            body = {"__type": "InternalErrorException", "message": "The sandbox failed; its log says more."}
        pool_id = self._pool_id(parameters)
        caller = signed.caller if signed else None
        conclude(self.world, operation, masked(parameters), request_id, outcome, pool_id=pool_id, caller=caller)
        return _response(body, status, request_id)

    def _parameters(self, request: Request, operation: str) -> dict[str, Any]:
        if operation not in service_model()["operations"]:
            raise CognitoError("UnknownOperationException", "")
        try:
            parameters = json.loads(request.get_data() or b"{}")
        except ValueError as broken:
            raise CognitoError("SerializationException", "The request body is not JSON.") from broken
        if not isinstance(parameters, dict):
            raise CognitoError("SerializationException", "The request body is not a structure.")
        return parameters

    def _perform(
        self, operation: str, parameters: dict[str, Any], request_id: str, signed: Signature | None
    ) -> dict[str, Any]:
        account, region = (signed.caller.account, signed.region) if signed else ("", "")
        pool_id = self._pool_id(parameters)
        if signed is not None:
            pool = f"arn:aws:cognito-idp:{region}:{account}:userpool/{pool_id or '*'}"
            demand_right(self.world, signed, operation, f"cognito-idp:{operation}", pool)
        self.world.faults.strike(operation)
        if account and self._owner(pool_id) not in {"", account}:
            # An account sees its own pools only.
            raise not_found(f"User pool {pool_id} does not exist.")
        self._count(operation, parameters, region)
        call = Call(operation=operation, parameters=parameters, region=region, account=account, request_id=request_id)
        return perform(self.world, call)

    def _owner(self, pool_id: str) -> str:
        return next((pool.account_id for pool in self.world.pools() if pool.id == pool_id), "")

    def _count(self, operation: str, parameters: dict[str, Any], region: str) -> None:
        """Raise TooManyRequests when an account's requests of this second are used up, in whichever pools."""
        pool_id = self._pool_id(parameters) if self.world.rates.enforced else ""
        # An unsigned request knows no Region; its pool does.
        region = region or pool_id.partition("_")[0]
        if (owner := self._owner(pool_id)) not in {"", self.world.account}:
            region = f"{region} of {owner}"
        if not self.world.rates.admits(operation, parameters, region=region, pool=pool_id, now=self.world.now()):
            raise too_many_requests()

    def _pool_id(self, parameters: dict[str, Any]) -> str:
        # The call may have been refused for its types, so nothing about them is certain here.
        given = Call(operation="", parameters=parameters)
        if given.text("UserPoolId"):
            return given.text("UserPoolId")
        client_id, token = given.text("ClientId"), given.text("AccessToken")
        pools = (pool.id for pool in self.world.pools() if client_id in pool.clients or token in pool.access_tokens)
        return next(pools, "")


def conclude(
    world: World,
    operation: str,
    parameters: dict[str, Any],
    request_id: str,
    outcome: str,
    *,
    pool_id: str = "",
    caller: Caller | None = None,
) -> None:
    """Write a call into the log before its answer goes out. Raises `ConnectionCut` where none goes out."""
    answered = outcome != CUT and not world.faults.take(operation, "lose_answer")
    world.calls.add(
        LoggedCall(
            at=world.now(),
            operation=operation,
            parameters=parameters,
            pool_id=pool_id,
            request_id=request_id,
            outcome=outcome,
            answered=answered,
            access_key=caller.access_key if caller else "",
            account=caller.account if caller else "",
            session_name=caller.session_name if caller else "",
        )
    )
    if outcome != CUT:
        world.faults.hold_up(operation, "delay_answer")
    if not answered:
        raise ConnectionCut


def _response(body: dict[str, Any], status: int, request_id: str) -> Response:
    headers = {"x-amzn-RequestId": request_id}
    if status != 200:
        headers["x-amzn-ErrorType"] = f"{body['__type']}:"
    text = json.dumps(_trimmed(body), default=_as_json)
    return Response(text, status=status, headers=headers, content_type=_CONTENT_TYPE)


def _trimmed(value: Any) -> Any:
    """Drop members without a value: AWS leaves them out, and boto3 would show None."""
    if isinstance(value, dict):
        return {name: _trimmed(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return value


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        # moto's own dates carry no time zone and mean UTC.
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return round(moment.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} has no place in an answer.")
