"""An administrator's work on accounts: create, invite, enable, disable, delete, sign out."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.aliases import evict, refuse_if_held
from sandbox.cognito.errors import CognitoError, user_not_found
from sandbox.cognito.messages import invite
from sandbox.cognito.passwords import check_policy, temporary
from sandbox.cognito.pool import PreSignUp, SandboxPool
from sandbox.cognito.schema import fitted, named, refuse_flag_alone
from sandbox.cognito.user import VERIFIABLE, SandboxUser
from sandbox.cognito.world import Call, Operation, World


def admin_create_user(world: World, call: Call) -> dict[str, Any]:
    """Create a user with a temporary password, or send the invitation of an existing one again."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    password = call.text("TemporaryPassword") or temporary(pool)
    check_policy(pool, password)
    if call.text("MessageAction") == "RESEND":
        # The user name is enough: whatever else the first call said needs no repeating.
        user = _reinvited(world, pool, call, password)
    else:
        user = _created(world, pool, call, password)
    # Without DesiredDeliveryMediums Cognito tries a text message and no mail.
    mediums = call.parameters.get("DesiredDeliveryMediums") or ["SMS"]
    if call.text("MessageAction") != "SUPPRESS":
        invite(world, pool, user, password, mediums)
    return {"User": user.shown("Attributes")}


def _created(world: World, pool: SandboxPool, call: Call, password: str) -> SandboxUser:
    asked = fitted(pool, call.attributes(), new_user=True)
    stored_name, attributes = named(pool, call.text("Username"), asked, taken="User account already exists")
    for attribute in VERIFIABLE:
        refuse_flag_alone(attribute, attributes)
    verified = [name for name in VERIFIABLE if attributes.get(f"{name}_verified") == "true"]
    if not call.parameters.get("ForceAliasCreation"):
        for attribute in verified:
            refuse_if_held(pool, attribute, attributes[attribute], None)
    (pool.pre_sign_up or PreSignUp()).check()
    user = SandboxUser(
        pool.id,
        stored_name,
        password=password,
        status="FORCE_CHANGE_PASSWORD",
        attributes=attributes,
        now=world.now(),
    )
    pool.admit(user)
    world.changed(user)
    for attribute in verified:
        evict(world, pool, user, attribute)
    return user


def _reinvited(world: World, pool: SandboxPool, call: Call, password: str) -> SandboxUser:
    user = pool.find(call.text("Username"))
    if user is None:
        raise user_not_found()
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise CognitoError(
            "UnsupportedUserStateException", f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        )
    user.set_password(password, now=world.now())
    if world.contested.resend_overwrites:
        user.write(fitted(pool, call.attributes(), new_user=False), now=None)
    if world.contested.resend_modified_date:
        user.last_modified_date = world.now()
    return user


def admin_enable_user(world: World, call: Call) -> dict[str, Any]:
    """Let a user sign in again."""
    return _switch(world, call, enabled=True)


def admin_disable_user(world: World, call: Call) -> dict[str, Any]:
    """Stop a user from signing in; an address stays theirs."""
    return _switch(world, call, enabled=False)


def _switch(world: World, call: Call, *, enabled: bool) -> dict[str, Any]:
    user = world.pool(call.text("UserPoolId"), call.region).one(call.text("Username"))
    user.enabled = enabled
    user.last_modified_date = world.now()
    return {}


def admin_delete_user(world: World, call: Call) -> dict[str, Any]:
    """Delete a user for good."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    remove(pool, pool.one(call.text("Username")))
    return {}


def remove(pool: SandboxPool, user: SandboxUser) -> None:
    """Take a user out of the pool and its groups."""
    for group in user.groups:
        group.users.discard(user)
    pool.sign_out(user.username)
    del pool.users[user.username]


def admin_user_global_sign_out(world: World, call: Call) -> dict[str, Any]:
    """Revoke all of a user's tokens."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    pool.sign_out(pool.one(call.text("Username")).username)
    return {}


def global_sign_out(world: World, call: Call) -> dict[str, Any]:
    """Revoke all tokens of the bearer."""
    pool, user = world.bearer(call.text("AccessToken"))
    pool.sign_out(user.username)
    return {}


OPERATIONS: Mapping[str, Operation] = {
    "AdminCreateUser": admin_create_user,
    "AdminEnableUser": admin_enable_user,
    "AdminDisableUser": admin_disable_user,
    "AdminDeleteUser": admin_delete_user,
    "AdminUserGlobalSignOut": admin_user_global_sign_out,
    "GlobalSignOut": global_sign_out,
}
