"""STS on the wire: roles are assumed, and callers are told who they are, by AWS's query protocol (XML)."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from sandbox.cognito.errors import CognitoError
from sandbox.cognito.faults import ConnectionCut
from sandbox.cognito.signing import Signature, signature
from sandbox.cognito.wire import CUT, conclude
from sandbox.cognito.world import World

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_CODES = {
    "ExpiredTokenException": "ExpiredToken",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
}
"""What STS calls what other services end with Exception."""

Answer = dict[str, "str | Answer"]
"""An element's children, by name."""


def assume_role(world: World, signed: Signature, asked: Mapping[str, str]) -> Answer:
    """AssumeRole."""
    made = world.accounts.assume(signed.caller, asked)
    return {
        "Credentials": {
            "AccessKeyId": made.caller.access_key,
            "SecretAccessKey": made.secret,
            "SessionToken": made.token,
            "Expiration": made.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "AssumedRoleUser": {"AssumedRoleId": f"AROASANDBOX:{made.caller.session_name}", "Arn": made.caller.arn},
    }


def get_caller_identity(world: World, signed: Signature, asked: Mapping[str, str]) -> Answer:
    """GetCallerIdentity."""
    return {"Arn": signed.caller.arn, "UserId": signed.caller.access_key, "Account": signed.caller.account}


OPERATIONS: Final[Mapping[str, Callable[[World, Signature, Mapping[str, str]], Answer]]] = {
    "AssumeRole": assume_role,
    "GetCallerIdentity": get_caller_identity,
}


@dataclass(frozen=True, slots=True)
class StsWire:
    """Turns HTTP requests into operations of STS, which go by IAM's names for them (``sts:…``) in faults and log."""

    world: World

    @staticmethod
    def takes(request: Request) -> bool:
        """Whether a request is one of the query protocol, which nothing else here speaks."""
        return request.mimetype == "application/x-www-form-urlencoded" and request.path == "/"

    def answer(self, request: Request) -> Response:
        """Answer one API request; raise `ConnectionCut` where a fault says so."""
        request_id, status, outcome, body = str(uuid.uuid4()), 200, "ok", ""
        asked = {name: value for name, value in request.form.items() if name not in {"Action", "Version"}}
        name = request.form.get("Action", "")
        operation = f"sts:{name}"
        signed: Signature | None = None
        try:
            self.world.faults.hold_up(operation, "delay")
            if name not in OPERATIONS:
                raise CognitoError("InvalidAction", f"Could not find operation {name} for version 2011-06-15")
            signed = signature(self.world, request, "sts")
            if self.world.faults.denies(operation):
                message = f"User: {signed.caller.arn} is not authorized to perform: {operation}"
                raise CognitoError("AccessDenied", message, status=403)
            self.world.faults.strike(operation)
            body = _xml({f"{name}Result": OPERATIONS[name](self.world, signed, asked)})
        except CognitoError as error:
            outcome, status = _CODES.get(error.code, error.code), error.status
            # The query protocol has no such refusal with status 400.
            status = 403 if error.code in _CODES else status
            body = _xml({"Error": {"Type": "Sender", "Code": outcome, "Message": error.message}})
        except ConnectionCut:
            outcome, status = CUT, 0
        conclude(self.world, operation, asked, request_id, outcome, caller=signed.caller if signed else None)
        root = f"{name}Response" if status == 200 else "ErrorResponse"
        told = _xml({"RequestId": request_id})
        told = told if status != 200 else f"<ResponseMetadata>{told}</ResponseMetadata>"
        text = f'<{root} xmlns="{_NAMESPACE}">{body}{told}</{root}>'
        return Response(text, status=status, headers={"x-amzn-RequestId": request_id}, content_type="text/xml")


def _xml(answer: Answer) -> str:
    return "".join(
        f"<{name}>{escape(value) if isinstance(value, str) else _xml(value)}</{name}>" for name, value in answer.items()
    )
