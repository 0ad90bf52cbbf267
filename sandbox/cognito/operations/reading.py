"""Reading users: one by one, and in lists with filters, short pages, tokens that age and users that show up late."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.cognito.clients import readable
from sandbox.cognito.errors import CognitoError, invalid
from sandbox.cognito.user import SandboxUser
from sandbox.cognito.world import Call, Operation, World

PAGE_SIZE = 60
TOKEN_LIFETIME = timedelta(hours=1)
SEARCHABLE = frozenset(
    {
        "username",
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "cognito:user_status",
        "status",
        "sub",
    }
)
# AWS's ListUsers page marks these as case-sensitive whatever holds for the rest.
ALWAYS_EXACT = frozenset({"username", "status"})
_FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)


def admin_get_user(world: World, call: Call) -> dict[str, Any]:
    """Return a user by user name, sub or an alias that somebody holds."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    return pool.one(call.text("Username")).shown_alone()


def get_user(world: World, call: Call) -> dict[str, Any]:
    """Return the bearer of an access token, as far as the app client may read."""
    pool, user = world.bearer(call.text("AccessToken"))
    client_id, _ = pool.access_tokens[call.text("AccessToken")]
    answer = user.shown_alone(readable(pool.clients[client_id]))
    kept = ("Username", "UserAttributes", "UserMFASettingList", "PreferredMfaSetting")
    return {name: answer[name] for name in kept if name in answer}


def admin_list_user_auth_events(world: World, call: Call) -> dict[str, Any]:
    """Return a user's sign-ins, newest first, where the pool's plan records them."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    if (pool.setting("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF") == "OFF":
        raise CognitoError("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for this user pool.")
    start = start_of(call.text("NextToken"))
    size = call.parameters.get("MaxResults") or 60
    newest = user.auth_events[::-1]
    answer: dict[str, Any] = {"AuthEvents": newest[start : start + size]}
    if start + size < len(newest):
        answer["NextToken"] = str(start + size)
    return answer


def list_users(world: World, call: Call) -> dict[str, Any]:
    """Return one page of users that match the filter."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    matches = _matcher(call.text("Filter"), ignore_case=world.contested.listusers_ignores_case)
    now = world.now()
    found = [user for user in pool.people if _is_listed(user, now) and matches(user)]
    limit = call.parameters.get("Limit")
    size = max(1, min(PAGE_SIZE if limit is None else limit, world.page_cap))
    start = _read_token(call, now)
    wanted = call.parameters.get("AttributesToGet")
    page = found[start : start + size]
    if wanted and any(not {**user.values, "sub": user.sub}.get(name) for user in page for name in wanted):
        raise invalid("One or more requested attributes do not exist.")
    names = frozenset(wanted) if wanted else None
    answer: dict[str, Any] = {"Users": [user.shown("Attributes", names) for user in page]}
    if start + size < len(found):
        answer["PaginationToken"] = _write_token(call, start + size, now)
    return answer


def start_of(token: str) -> int:
    """Return the position at which a page of the shorter lists begins."""
    if token and not token.isdecimal():
        raise invalid("Invalid pagination token.")
    return int(token or 0)


def _is_listed(user: SandboxUser, now: datetime) -> bool:
    return user.unlisted_until is None or now >= user.unlisted_until


def _matcher(text: str, *, ignore_case: bool) -> Callable[[SandboxUser], bool]:
    if not text:
        return lambda user: True
    parsed = _FILTER.fullmatch(text)
    if not parsed:
        raise invalid("Error while parsing filter")
    name, operator, quoted = parsed.groups()
    if name not in SEARCHABLE:
        raise invalid(f"Invalid search attribute: {name}")
    folds = ignore_case and name not in ALWAYS_EXACT
    sought = _folded(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL), folds=folds)

    def matches(user: SandboxUser) -> bool:
        value = _folded(_searched(user, name), folds=folds)
        return value == sought if operator == "=" else bool(value) and value.startswith(sought)

    return matches


def _searched(user: SandboxUser, name: str) -> str:
    shown = user.shown("Attributes")
    special = {
        "username": user.username,
        "cognito:user_status": shown["UserStatus"],
        "status": "Enabled" if user.enabled else "Disabled",
        "sub": user.sub,
    }
    return str(special.get(name, user.get(name)))


def _folded(value: str, *, folds: bool) -> str:
    return value.lower() if folds else value


def _query(call: Call) -> str:
    return hashlib.sha256(f"{call.text('UserPoolId')}\n{call.text('Filter')}".encode()).hexdigest()


def _write_token(call: Call, start: int, now: datetime) -> str:
    state = {"start": start, "query": _query(call), "made": now.timestamp()}
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def _read_token(call: Call, now: datetime) -> int:
    token = call.text("PaginationToken")
    if not token:
        return 0
    try:
        state = json.loads(base64.urlsafe_b64decode(token.encode()))
        start, query, made = int(state["start"]), state["query"], datetime.fromtimestamp(state["made"], UTC)
    except (ValueError, KeyError, TypeError) as garbled:
        raise invalid("Invalid pagination token.") from garbled
    if query != _query(call):
        raise invalid("The pagination token belongs to another request.")
    if now - made > TOKEN_LIFETIME:
        raise invalid("The pagination token has expired.")
    return start


OPERATIONS: Mapping[str, Operation] = {
    "AdminGetUser": admin_get_user,
    "GetUser": get_user,
    "AdminListUserAuthEvents": admin_list_user_auth_events,
    "ListUsers": list_users,
}
