"""Passwords: set by an administrator, reset, forgotten, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.clients import check_secret, hides_users
from sandbox.cognito.errors import CognitoError, expired_code, invalid, not_authorized
from sandbox.cognito.messages import delivery_details, recovery_contact, send_code
from sandbox.cognito.passwords import check_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.operations.kind import Operation
    from sandbox.cognito.pool import SandboxPool
    from sandbox.cognito.user import SandboxUser
    from sandbox.cognito.world import Call, World


def admin_set_user_password(world: World, call: Call) -> dict[str, Any]:
    """Set a permanent or a temporary password; the address stays as it is."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    check_policy(pool, call.text("Password"))
    user.set_password(call.text("Password"), now=world.now())
    user.password_sign_in = True
    permanent = bool(call.parameters.get("Permanent"))
    user.set_status("CONFIRMED" if permanent else "FORCE_CHANGE_PASSWORD", now=world.now())
    return {}


def admin_reset_user_password(world: World, call: Call) -> dict[str, Any]:
    """Make a password useless and send a reset code to a verified contact."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    contact = _contact(pool, user)
    user.book.spend(call.operation, now=world.now())
    user.set_status("RESET_REQUIRED", now=world.now())
    send_code(world, pool, user, "password", contact, user.get(contact))
    return {}


def forgot_password(world: World, call: Call) -> dict[str, Any]:
    """Send a reset code; for unknown users a client may pretend to."""
    pool, client = world.client(call.text("ClientId"))
    check_secret(client, call.text("SecretHash"), [call.text("Username")])
    user = pool.find(call.text("Username"))
    if user is None:
        if not hides_users(client):
            raise _unknown()
        return {"CodeDeliveryDetails": delivery_details("email", "s@e.invalid")}
    contact = _contact(pool, user)
    user.book.spend(call.operation, now=world.now())
    return {"CodeDeliveryDetails": send_code(world, pool, user, "password", contact, user.get(contact))}


def confirm_forgot_password(world: World, call: Call) -> dict[str, Any]:
    """Enter the reset code and a new password."""
    pool, client = world.client(call.text("ClientId"))
    check_secret(client, call.text("SecretHash"), [call.text("Username")])
    user = pool.find(call.text("Username"))
    if user is None:
        raise expired_code() if hides_users(client) else _unknown()
    user.book.spend(call.operation, now=world.now())
    code = user.book.match("password", "", call.text("ConfirmationCode"), now=world.now())
    check_policy(pool, call.text("Password"))
    code.used = True
    user.set_password(call.text("Password"), now=world.now())
    user.set_status("CONFIRMED", now=world.now())
    return {}


def change_password(world: World, call: Call) -> dict[str, Any]:
    """Change the bearer's own password."""
    pool, user = world.bearer(call.text("AccessToken"))
    user.book.spend(call.operation, now=world.now())
    if user.password != call.text("PreviousPassword"):
        raise not_authorized("Incorrect username or password.")
    check_policy(pool, call.text("ProposedPassword"))
    user.set_password(call.text("ProposedPassword"), now=world.now())
    return {}


def _contact(pool: SandboxPool, user: SandboxUser) -> str:
    """Return the attribute that a reset code may go to, or raise why there is none."""
    mechanisms = (pool.setting("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ()
    if any(mechanism["Name"] == "admin_only" for mechanism in mechanisms):
        raise not_authorized("Contact administrator to reset password.")
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.is_external or user.status == "FORCE_CHANGE_PASSWORD":
        raise not_authorized("User password cannot be reset in the current state.")
    contact = recovery_contact(pool, user)
    if not contact:
        raise invalid("Cannot reset password for the user as there is no registered/verified email or phone_number")
    return contact


def _unknown() -> CognitoError:
    return CognitoError("UserNotFoundException", "Username/client id combination not found.")


OPERATIONS: Mapping[str, Operation] = {
    "AdminSetUserPassword": admin_set_user_password,
    "AdminResetUserPassword": admin_reset_user_password,
    "ForgotPassword": forgot_password,
    "ConfirmForgotPassword": confirm_forgot_password,
    "ChangePassword": change_password,
}
