"""Calls that are sent exactly once, with the desk's own credentials or in a session of a role."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pydantic import SecretStr

from bot import redaction
from bot.answer import Refused
from bot.aws.credentials import secret_hash
from bot.aws.failure import failure
from bot.aws.roles import Keys
from bot.plan import NONE, SES, Call, Secrets
from bot.settings import PoolSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A pool's clients that send everything once, with one set of credentials."""

    settings: PoolSettings
    cognito: BaseClient
    ses: Callable[[str], BaseClient]
    """Returns the client of Amazon SES in a Region."""
    close: Callable[[], None] = lambda: None
    """Lets go of what was made for it alone."""
    keys: Keys | None = None
    """What they sign with, where that isn't renewed: held so that it stays hidden from the log."""


class Sender:
    """Sends calls in one pool. A context manager; it is for one thread."""

    def __init__(self, outlet: Future[Outlet], *, sends: frozenset[str]) -> None:
        """``outlet`` may still be in the making, and holds a `Refused` where none can be made.

        ``sends``: the only operations that may be sent.
        """
        self._sends = sends
        self._outlet = outlet

    def __enter__(self) -> "Sender":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It may still be under way, for a ticket that has ended without it.
        self._outlet.add_done_callback(_let_go)

    def ready(self) -> None:
        """Wait until calls can be sent. Raises `Unread` when they can't; none has been sent then."""
        self._outlet.result()

    def send(self, call: Call, *, secrets: Secrets = NONE) -> str:
        """Send one call of a plan, once, and return AWS's request id. Raises `CallFailed`.

        ``secrets`` is what the call asks for last, by the parameters that ``call.secrets`` names.
        """
        if call.operation not in self._sends:
            raise ValueError(f"no scenario declares that it sends {call.operation}")
        outlet = self._outlet.result()
        if call.operation.startswith(SES):
            if not outlet.settings.mail_evidence:
                raise ValueError(f"the pool has no mail_evidence, so {call.operation} is nothing for it")
            return _request_id(sent_once(outlet.ses(call.region), call.operation, call.parameters, ()))
        hidden = {name: secrets[name] for name in call.secrets}
        parameters = {**call.parameters, **{name: secret.get_secret_value() for name, secret in hidden.items()}}
        if "ClientId" in parameters and (made := secret_hash(outlet.settings, parameters["Username"])):
            parameters["SecretHash"] = made
        return _request_id(sent_once(outlet.cognito, call.operation, parameters, tuple(hidden.values())))


def _let_go(outlet: Future[Outlet]) -> None:
    try:
        outlet.result().close()
    except (CancelledError, Refused):
        return


def sent_once(
    client: BaseClient, operation: str, parameters: Mapping[str, Any], secrets: Sequence[SecretStr]
) -> Mapping[str, Any]:
    """Send one operation and return AWS's answer; ``secrets`` are hidden from every log. Raises `CallFailed`."""
    for secret in secrets:
        redaction.hide(secret)
    try:
        return dict(getattr(client, xform_name(operation.removeprefix(SES)))(**parameters))
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        failed = failure(error, operation, hidden=[secret.get_secret_value() for secret in secrets])
    # Raised out here, the exception has no context whose text could repeat a secret.
    raise failed


def _request_id(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
