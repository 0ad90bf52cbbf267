"""What can be wrong with the connection to Slack: whether waiting may change it, and the cure, for the operator."""

from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from bot.slack.app import is_slacks

_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "org_login_required",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""Slack's own bad days, and a workspace that is being moved into an organisation."""

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


class NoConnection(Exception):
    """There is no connection to Slack; the message says why, and what to do."""


def final(error: SlackApiError) -> str:
    """Return why Slack will never let us connect, with the cure; empty if it may let us later."""
    name = named(error)
    if error.response.status_code >= 500 or name in _PASSING or not is_slacks(name):
        return ""
    return f"SLACK_APP_TOKEN: Slack refuses it ({name}). {_CURES.get(name, _OTHERWISE)}"


def named(error: Exception) -> str:
    """Return a short name for what went wrong, without anything secret."""
    if isinstance(error, SlackApiError):
        name = str(error.response.get("error", ""))
        return name if is_slacks(name) else f"HTTP {error.response.status_code}"
    if isinstance(error, URLError):
        return type(error.reason if isinstance(error.reason, Exception) else error).__name__
    return type(error).__name__
