"""What can be wrong with the connection to Slack: whether waiting may change it and how long, or else the cure."""

import random
from collections.abc import Callable, Sequence
from enum import Enum
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import reach
from bot.reach import Obstacle
from bot.slack_errors import is_slacks, passes

_AGAIN = (
    "Copy the app-level token again from the app's page (https://api.slack.com/apps > Basic Information > "
    "App-Level Tokens) into .env, for example: SLACK_APP_TOKEN=xapp-…"
)
_NEW = (
    "It was revoked, or the app was deleted. Generate a new app-level token with the scope connections:write "
    "(https://api.slack.com/apps > Basic Information > App-Level Tokens), put it into .env, for example: "
    "SLACK_APP_TOKEN=xapp-…, and start the desk again."
)
_SCOPE = (
    "It lacks the scope connections:write. Generate an app-level token that has it (https://api.slack.com/apps > "
    "Basic Information > App-Level Tokens), put it into .env, for example: SLACK_APP_TOKEN=xapp-…, and start the "
    "desk again."
)
_OFF = "Switch Socket Mode on (https://api.slack.com/apps > Socket Mode), and start the desk again."

_CURES = {
    "invalid_auth": _AGAIN,
    "not_authed": _AGAIN,
    "account_inactive": _NEW,
    "token_expired": _NEW,
    "token_revoked": _NEW,
    "not_allowed_token_type": (
        "It is a token of another kind. The app-level token begins with xapp-, the bot token (SLACK_BOT_TOKEN) with "
        "xoxb-: perhaps the two are swapped in .env."
    ),
    "missing_scope": _SCOPE,
    "no_permission": _SCOPE,
    "not_enabled": _OFF,
    "accesslimited": "Slack doesn't take it from this network: allow this machine's address for the app.",
}
_OTHERWISE = (
    "Look at the app's page under https://api.slack.com/apps; it needs an app-level token with the scope "
    "connections:write, for example: SLACK_APP_TOKEN=xapp-…"
)

LINK_DISABLED = f"SLACK_APP_TOKEN: Socket Mode is switched off in this token's app, so that nothing arrives. {_OFF}"

TOO_MANY = (
    "Slack lets no more than ten connections of one app be open, and there are as many (too_many_websockets). End "
    "what else runs with this SLACK_APP_TOKEN, such as older desks or somebody's laptop. Trying again, less and less "
    "often."
)


def final(error: SlackApiError) -> str:
    """Return why Slack will never let us connect, with the cure; empty if it may let us later."""
    name = named(error)
    # While a workspace is being moved into an organisation, Slack asks for its owner's login.
    if passes(name, error.response.status_code) or name == "org_login_required" or not is_slacks(name):
        return ""
    return f"SLACK_APP_TOKEN: Slack refuses it ({name}). {cure(name)}"


def cure(error: str) -> str:
    """Return what the operator can do when Slack refuses the app token with this error's name."""
    return _CURES.get(error, _OTHERWISE)


def obstacle(error: Exception, url: str, client: WebClient) -> Obstacle | None:
    """Return what stands between this machine and Slack, if it can be named; None otherwise.

    ``url``: what couldn't be reached. ``client``: the one whose proxy was used. May connect once more: see `bot.reach`.
    """
    if not isinstance(error, SlackApiError):
        return reach.obstacle(error, url, proxy=client.proxy)
    status = error.response.status_code
    return reach.refused_by_proxy(status, url, client.proxy) if status == reach.PROXY_LOGIN else None


def named(error: Exception) -> str:
    """Return a short name for what went wrong, without anything secret."""
    if isinstance(error, SlackApiError):
        name = str(error.response.get("error", ""))
        return name if is_slacks(name) else f"HTTP {error.response.status_code}"
    if isinstance(error, URLError):
        return type(error.reason if isinstance(error.reason, Exception) else error).__name__
    return type(error).__name__


class Cause(Enum):
    """Why another connection is needed: the seconds to wait after it has happened once, twice, …; the last stays.

    Only what happens while no connection lasts is counted.
    """

    REFRESHED = (*(0.0,) * 20, 1.0, 2.0, 4.0, 8.0, 15.0)
    """Slack takes a connection back, as it does every few hours. Nothing is wrong, and nobody may be kept waiting."""
    CUT = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
    """A connection that stood has ended without a word."""
    FAILED = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
    """None could be opened."""
    TOO_MANY = (5.0, 10.0, 20.0, 40.0, 60.0)
    """Slack has sent us away. Each attempt costs it something, and somebody has to do something first."""


def _spread(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - so that replicas don't come all at once, no secret


class Backoff:
    """How long to wait before Slack is asked for another connection. For use under its owner's lock.

    ``spread`` makes of the seconds in `Cause` those that are waited for.
    """

    def __init__(self, spread: Callable[[float], float] = _spread) -> None:
        self._spread = spread
        self._times = 0
        """How often in a row no connection lasted."""
        self._pauses: Sequence[float] = (0.0,)
        self._asked: float | None = None
        """For how many seconds Slack has asked to be left alone; None when it hasn't since the last attempt."""

    @property
    def seconds(self) -> float:
        """How long to wait before the next attempt."""
        if self._asked is not None:
            return self._asked
        return self._spread(self._pauses[min(self._times, len(self._pauses)) - 1]) if self._times else 0.0

    def count(self, cause: Cause) -> None:
        """Note that another one is needed, though the last one hadn't lasted."""
        self._times += 1
        self._pauses, self._asked = cause.value, None

    def wait(self, seconds: float) -> None:
        """Note that Slack asks to wait so long before the next attempt; that is no trouble, and not counted as one."""
        self._asked = seconds

    def forget(self) -> None:
        """Note that a connection lasts."""
        self._times, self._asked = 0, None
