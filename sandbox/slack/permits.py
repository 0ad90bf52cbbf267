"""The short-lived rights that an interaction hands to the app: trigger ids and response URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.slack.changes import Changes
from sandbox.slack.errors import SlackError
from sandbox.slack.rules import Rules


@dataclass(frozen=True, slots=True)
class Trigger:
    """The right to open one modal for one person; `view_id` is set when it came from a modal."""

    person: str
    given_at: float
    view_id: str | None
    used: bool = False


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """The right to answer an interaction where it happened; `source_ts` is the message that was clicked."""

    person: str
    channel: str
    given_at: float
    source_ts: str | None = None
    uses: int = 0


class Permits:
    """Hands the rights out and checks them when they come back."""

    def __init__(self, *, changes: Changes, rules: Rules, now: Callable[[], float]) -> None:
        self._changes = changes
        self._rules = rules
        self._now = now
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, person: str, view_id: str | None = None) -> str:
        """A fresh trigger id."""
        trigger_id = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        with self._changes.lock:
            self._triggers[trigger_id] = Trigger(person=person, given_at=self._now(), view_id=view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger id up."""
        with self._changes.lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise SlackError("invalid_trigger_id")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if self._now() - trigger.given_at > self._rules.trigger_seconds:
                raise SlackError("expired_trigger_id")
            self._triggers[trigger_id] = replace(trigger, used=True)
            return trigger

    def response_url(self, person: str, channel: str, source_ts: str | None = None) -> str:
        """The secret part of a fresh response URL."""
        secret = secrets.token_urlsafe(18)
        with self._changes.lock:
            self._urls[secret] = ResponseUrl(person=person, channel=channel, given_at=self._now(), source_ts=source_ts)
        return secret

    def use_url(self, secret: str) -> ResponseUrl:
        """Count one use of a response URL."""
        with self._changes.lock:
            url = self._urls.get(secret)
            if url is None:
                raise SlackError("no_service")
            if self._now() - url.given_at > self._rules.response_url_seconds:
                raise SlackError("expired_url")
            if url.uses >= self._rules.response_url_uses:
                raise SlackError("used_url")
            self._urls[secret] = replace(url, uses=url.uses + 1)
            return url
