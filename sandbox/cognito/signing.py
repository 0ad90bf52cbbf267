"""Who signed a request and for which Region, and whether IAM lets them do what it asks for."""

import re
from dataclasses import dataclass

from werkzeug.wrappers import Request

from sandbox.cognito.accounts import Caller
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.world import World

_CREDENTIAL = re.compile(
    r"(?<![^\s,])Credential=(?P<key>[^/,\s]+)/\d+/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Whose signature a request carries, and for which Region."""

    caller: Caller
    region: str


def signature(world: World, request: Request, service: str) -> Signature:
    """Read a request's signature, which isn't verified. Raises `CognitoError` for one that AWS wouldn't know."""
    credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if credential is None or credential["service"] != service:
        raise CognitoError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if world.faults.refuses_credentials:
        raise CognitoError("UnrecognizedClientException", "The security token included in the request is invalid.")
    token = request.headers.get("X-Amz-Security-Token", "")
    return Signature(caller=world.accounts.caller(credential["key"], token), region=credential["region"])


def demand_right(world: World, signed: Signature, operation: str, action: str, resource: str) -> None:
    """Raise AccessDenied where a fault forbids the operation, or the caller's identity policy the action."""
    if world.faults.denies(operation) or not world.accounts.allows(signed.caller, action, resource):
        raise CognitoError(
            "AccessDeniedException",
            f"User: {signed.caller.arn} is not authorized to perform: {action} "
            f"because no identity-based policy allows the {action} action",
        )
