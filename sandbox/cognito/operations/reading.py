"""Operations that read one user or the pool's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.clients import readable
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.operations.paging import start_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.operations.kind import Operation
    from sandbox.cognito.world import Call, World


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


OPERATIONS: Mapping[str, Operation] = {
    "AdminGetUser": admin_get_user,
    "GetUser": get_user,
    "AdminListUserAuthEvents": admin_list_user_auth_events,
}
