"""All operations of Cognito: those that the overlay answers itself, and moto's for the rest."""

import json
from collections.abc import Mapping
from typing import Any

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.utils import camelcase_to_underscores

from sandbox.cognito.constraints import check
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.operations import (
    accounts,
    attributes,
    factors,
    limits,
    linking,
    passwords,
    pools,
    providers,
    reading,
    sign_in,
    sign_up,
)
from sandbox.cognito.world import Call, Operation, World

OVERLAY: Mapping[str, Operation] = {
    **accounts.OPERATIONS,
    **attributes.OPERATIONS,
    **factors.OPERATIONS,
    **limits.OPERATIONS,
    **linking.OPERATIONS,
    **pools.OPERATIONS,
    **providers.OPERATIONS,
    **reading.OPERATIONS,
    **passwords.OPERATIONS,
    **sign_in.OPERATIONS,
    **sign_up.OPERATIONS,
}


def perform(world: World, call: Call) -> dict[str, Any]:
    """Carry out one call, at once or not at all, and return its answer's JSON. Raises `CognitoError`.

    Neither signatures nor rates nor faults are looked at, and nothing is written into the log of calls.
    """
    check(call.operation, call.parameters)
    with world.lock:
        return OVERLAY.get(call.operation, _answered_by_moto)(world, call)


class _MotoAnswer(CognitoIdpResponse):
    """moto's own answers for one call, without the HTTP around them."""

    def __init__(self, world: World, call: Call, parameters: dict[str, Any], account: str) -> None:
        super().__init__()
        self._asked = parameters
        self.body = json.dumps(parameters)
        self.querystring = {}
        self.uri_match = {}
        self.headers = {}
        self.response_headers = {}
        self.region = call.region or next((pool.region for pool in world.pools()), "us-east-1")
        self.current_account = account or call.account or world.account

    @property
    def parameters(self) -> dict[str, Any]:
        return self._asked


def _answered_by_moto(world: World, call: Call) -> dict[str, Any]:
    """Return moto's answer, or raise its error as Cognito would word it on the wire."""
    parameters, account = dict(call.parameters), ""
    if call.text("UserPoolId"):
        pool = world.pool(call.text("UserPoolId"), call.region)
        account = pool.account_id
        if call.text("Username"):
            parameters["Username"] = pool.one(call.text("Username")).username
    if call.text("AccessToken"):
        account = world.bearer(call.text("AccessToken"))[0].account_id
    method = getattr(_MotoAnswer, camelcase_to_underscores(call.operation), None)
    if method is None:
        raise CognitoError("UnsupportedOperationException", f"The sandbox's Cognito doesn't know {call.operation}.")
    try:
        answer = method(_MotoAnswer(world, call, parameters, account))
    except JsonRESTError as refusal:
        raise CognitoError(refusal.error_type, str(refusal.message)) from refusal
    except ServiceException as refusal:
        raise CognitoError(str(refusal.code), str(refusal.message)) from refusal
    return dict((answer and answer.result) or {})
