"""The operations of SES (v2) that the sandbox plays: what each takes and answers, in the shapes of AWS's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.ses.mailing import Mailing

Answer = dict[str, Any]
Operation = tuple[str, str, Callable[[Mailing, str, str], Answer]]
"""Its name, its one parameter's name (empty for none), and what answers it, given the Region and the parameter."""


class NotFound(Exception):
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
        raise NotFound(f"Email identity {identity} does not exist.")
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


def _not_on_the_list(address: str) -> NotFound:
    return NotFound(f"Email address {address} does not exist on your suppression list.")


OPERATIONS: dict[tuple[str, str], Operation] = {
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
