"""A call that was to be sent once and did not succeed: what AWS said, and whether it may have happened all the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from bot.aws.aws_words import AwsError, code_of, explain, is_daily_limit, says_unchanged
from bot.words import Words

# Cognito may have changed the user before it noticed that it can't mail, or before the pool's own code failed.
_AFTER_THE_FACT = frozenset(
    {
        "CodeDeliveryFailureException",
        "InvalidEmailRoleAccessPolicyException",
        "InvalidLambdaResponseException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "UnexpectedLambdaException",
        "UserLambdaValidationException",
    }
)

_MADE_BEFORE_MAIL = frozenset({("SignUp", "LimitExceededException")})
"""What was refused was the message, after the account had been made (AWS's SignUp page)."""


class Fate(StrEnum):
    """What is certain about a call that failed."""

    REFUSED = "refused"
    """AWS said no; nothing was changed by it."""
    UNSENT = "unsent"
    """It never left; nothing was changed."""
    UNKNOWN = "unknown"
    """The answer was lost, or came after the change: only reading Cognito can tell."""


@dataclass(eq=False, repr=False, kw_only=True)
class CallFailed(Exception):
    """A call that was to be sent once did not succeed."""

    code: str
    """AWS's name for it."""
    words: Words
    request_id: str
    fate: Fate
    no_mail_today: bool = False
    """Whether Cognito's own sender sends no more mail, to anybody, until the next day's limit begins."""
    says_unchanged: bool = False
    """Whether the words say already that nothing was changed."""

    def __post_init__(self) -> None:
        super().__init__(f"{self.code} ({self.fate})")


def failure(error: AwsError, operation: str, *, hidden: Iterable[str]) -> CallFailed:
    """Return what to raise for an error. ``hidden``: the secrets of the call, which AWS may repeat in its message."""
    metadata = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    return CallFailed(
        code=code_of(error),
        words=explain(error, operation, hidden=hidden),
        request_id=str(metadata.get("RequestId", "")),
        fate=_fate(error, operation),
        no_mail_today=is_daily_limit(error),
        says_unchanged=says_unchanged(error, operation, hidden=hidden),
    )


def _fate(error: AwsError, operation: str) -> Fate:
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        code = code_of(error)
        after = code in _AFTER_THE_FACT or (operation, code) in _MADE_BEFORE_MAIL or is_daily_limit(error)
        surely_refused = 400 <= status < 500 and not after
        return Fate.REFUSED if surely_refused else Fate.UNKNOWN
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError | ProxyConnectionError):
        return Fate.UNSENT
    # A connection that broke may have broken after the request was out. Everything else fails before it.
    broke = isinstance(error, HTTPClientError | SSLError | ResponseParserError)
    return Fate.UNKNOWN if broke else Fate.UNSENT
