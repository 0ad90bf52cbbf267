"""Tells of each request to AWS which operation it was, and what came of it: for the metrics."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError
from botocore.parsers import ResponseParserError

from bot.aws.aws_words import THROTTLED

Observer = Callable[[str, str], None]
"""Takes an operation's name, and the outcome: one of AWS's error codes, or one of those below."""

OK = "ok"
NO_ANSWER = "no answer"
"""The connection wasn't there, or broke."""
UNREADABLE = "unreadable"
"""What came wasn't AWS's."""
NOT_SENT = "not sent"
"""Such as without credentials."""
OTHER = "other"
"""An error code that AWS doesn't list."""

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
_USUAL = frozenset(
    {
        *THROTTLED,
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InternalFailure",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "RequestExpired",
        "ServiceUnavailable",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "ValidationError",
        "ValidationException",
    }
)


def observe(client: BaseClient, told: Observer | None) -> None:
    """Tell of each request of a client's; one that is sent again counts again. None: nobody wants to know."""
    if told is None:
        return
    model = client.meta.service_model
    known = _USUAL | {str(shape.metadata.get("error", {}).get("code", shape.name)) for shape in model.error_shapes}

    def answered(
        event_name: str,
        parsed_response: Mapping[str, Any] | None,
        **_: object,  # botocore adds to what it tells its listeners
    ) -> None:
        code = str((parsed_response or {}).get("Error", {}).get("Code", ""))
        error = code if code in known else OTHER
        told(_operation(event_name), NO_ANSWER if parsed_response is None else error if code else OK)

    def broke(
        event_name: str,
        exception: Exception,
        **_: object,  # as above
    ) -> None:
        if not isinstance(exception, HTTPClientError | NoConnection):
            # Those were told above, each time.
            told(_operation(event_name), UNREADABLE if isinstance(exception, ResponseParserError) else NOT_SENT)

    service = model.service_id.hyphenize()
    client.meta.events.register(f"response-received.{service}", answered)
    client.meta.events.register(f"after-call-error.{service}", broke)


def _operation(event_name: str) -> str:
    return event_name.rpartition(".")[2]
