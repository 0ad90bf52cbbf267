"""SES (v2) on the wire: the four operations that are played, with the same faults, log and request ids as Cognito's."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from sandbox.cognito.errors import CognitoError
from sandbox.cognito.faults import ConnectionCut
from sandbox.cognito.ses import Mailing
from sandbox.cognito.signing import Signature, demand_right, signature
from sandbox.cognito.wire import CUT, conclude
from sandbox.cognito.world import World

PATH: Final = "/v2/email/"
_REFUSED = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)


Answer = dict[str, Any]
SesOperation = tuple[str, str, Callable[[Mailing, str, str], Answer]]
"""Its name, its one parameter's name (empty for none), and what answers it, given the Region and the parameter."""


class SesNotFound(Exception):
    """NotFoundException: there is no such identity, or no such entry on the suppression list."""


def get_account(mailing: Mailing, region: str, _: str) -> Answer:
    """GetAccount."""
    here = mailing[region]
    quota = (50_000.0, 14.0) if here.production_access else (200.0, 1.0)
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": here.enforcement,
        "ProductionAccessEnabled": here.production_access,
        "SendingEnabled": here.sending_enabled,
        "SendQuota": {"Max24HourSend": quota[0], "MaxSendRate": quota[1], "SentLast24Hours": 0.0},
        "SuppressionAttributes": {"SuppressedReasons": list(here.suppressed_reasons)},
    }


def get_email_identity(mailing: Mailing, region: str, identity: str) -> Answer:
    """GetEmailIdentity."""
    known = mailing[region].identities
    if identity not in known:
        raise SesNotFound(f"Email identity {identity} does not exist.")
    verified = known[identity]
    return {
        "IdentityType": "EMAIL_ADDRESS" if "@" in identity else "DOMAIN",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": verified,
        "VerificationStatus": "SUCCESS" if verified else "PENDING",
    }


def get_suppressed_destination(mailing: Mailing, region: str, address: str) -> Answer:
    """GetSuppressedDestination."""
    entry = mailing[region].suppressed.get(address)
    if entry is None:
        raise _not_on_the_list(address)
    shown = {"EmailAddress": entry.address, "Reason": entry.reason, "LastUpdateTime": entry.at.timestamp()}
    return {"SuppressedDestination": shown}


def delete_suppressed_destination(mailing: Mailing, region: str, address: str) -> Answer:
    """DeleteSuppressedDestination."""
    if not mailing.lift(region, address):
        raise _not_on_the_list(address)
    return {}


def _not_on_the_list(address: str) -> SesNotFound:
    return SesNotFound(f"Email address {address} does not exist on your suppression list.")


OPERATIONS: dict[tuple[str, str], SesOperation] = {
    ("GET", "account"): ("GetAccount", "", get_account),
    ("GET", "identities/"): ("GetEmailIdentity", "EmailIdentity", get_email_identity),
    ("GET", "suppression/addresses/"): ("GetSuppressedDestination", "EmailAddress", get_suppressed_destination),
    ("DELETE", "suppression/addresses/"): (
        "DeleteSuppressedDestination",
        "EmailAddress",
        delete_suppressed_destination,
    ),
}
"""By HTTP's method and what the path begins with; what follows there is the parameter."""


@dataclass(frozen=True, slots=True)
class SesWire:
    """Turns HTTP requests into operations of SES, which go by IAM's names for them (``ses:…``) in faults and log."""

    world: World

    def answer(self, request: Request) -> Response:
        """Answer one API request; raise `ConnectionCut` where a fault says so."""
        request_id, status, outcome = str(uuid.uuid4()), 200, "ok"
        found = _asked(request.method, request.path)
        if found is None:
            return _response(
                {"message": "The sandbox's SES doesn't know this."}, 400, request_id, "BadRequestException"
            )
        (name, parameter, perform), value = found
        operation = f"ses:{name}"
        body: dict[str, Any]
        signed: Signature | None = None
        try:
            self.world.faults.hold_up(operation, "delay")
            signed = signature(self.world, request, "ses")
            demand_right(self.world, signed, operation, operation, "*")
            self.world.faults.strike(operation)
            body = perform(self.world.accounts[signed.caller.account].ses, signed.region, value)
        except SesNotFound as unknown:
            outcome, status, body = "NotFoundException", 404, {"message": str(unknown)}
        except CognitoError as error:
            # What AWS answers before SES's own code runs has another status here than with Cognito.
            status = 403 if error.code in _REFUSED else error.status
            outcome, body = error.code, {"message": error.message}
        except ConnectionCut:
            outcome, status, body = CUT, 0, {}
        caller = signed.caller if signed else None
        conclude(self.world, operation, {parameter: value} if parameter else {}, request_id, outcome, caller=caller)
        return _response(body, status, request_id, outcome)


def _asked(method: str, path: str) -> tuple[SesOperation, str] | None:
    """Return the operation that a request names, and what stands at its path's end."""
    for (wanted, beginning), operation in OPERATIONS.items():
        rest = path.removeprefix(PATH)
        if method == wanted and rest.startswith(beginning):
            return operation, rest.removeprefix(beginning)
    return None


def _response(body: dict[str, Any], status: int, request_id: str, outcome: str) -> Response:
    headers = {"x-amzn-RequestId": request_id}
    if outcome != "ok":
        headers["x-amzn-ErrorType"] = outcome
    return Response(json.dumps(body), status=status, headers=headers, content_type="application/json")
