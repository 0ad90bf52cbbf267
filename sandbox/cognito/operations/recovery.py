"""Passwords: set by an administrator, reset, forgotten, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.clients import check_secret, hides_users
from sandbox.cognito.confirmation import run_post_confirmation
from sandbox.cognito.errors import (
    CognitoError,
    code_mismatch,
    expired_code,
    invalid,
    not_authorized,
    user_disabled,
    user_not_confirmed,
)
from sandbox.cognito.messages import send_code, simulated_delivery
from sandbox.cognito.passwords import check_policy
from sandbox.cognito.recovery import ADMIN_ONLY, recovery_contact, recovery_ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.operations.kind import Operation
    from sandbox.cognito.pool import SandboxPool
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
    _refuse_admin_only(pool)
    if not user.enabled:
        raise user_disabled()
    if user.status not in {"CONFIRMED", "RESET_REQUIRED"}:
        raise _wrong_state()
    contact = recovery_contact(world.contested, pool, user)
    if not contact:
        raise _no_contact()
    user.book.spend(call.operation, now=world.now())
    user.set_status("RESET_REQUIRED", now=world.now())
    user.reset_by_administrator = True
    if contact in pool.auto_verified:
        send_code(world, pool, user, "password", contact, user.get(contact))
    return {}


def forgot_password(world: World, call: Call) -> dict[str, Any]:
    """Send a reset code. For nobody, for disabled users and those without a contact a client may pretend to."""
    pool, client = world.client(call.text("ClientId"))
    check_secret(client, call.text("SecretHash"), [call.text("Username")])
    user = pool.find(call.text("Username"))
    hides = hides_users(client)
    if user is None:
        if not hides:
            raise _unknown()
        if world.contested.unknown_reset == "refused":
            raise _no_contact()
        return _simulated(pool, call)
    _refuse_admin_only(pool)
    if not user.enabled:
        if hides:
            return _simulated(pool, call)
        raise user_disabled()
    if user.is_external or user.status == "FORCE_CHANGE_PASSWORD":
        raise _wrong_state()
    contact = recovery_contact(world.contested, pool, user)
    if not contact:
        if hides:
            return _simulated(pool, call)
        raise _no_contact()
    user.book.spend(call.operation, now=world.now())
    return {"CodeDeliveryDetails": send_code(world, pool, user, "password", contact, user.get(contact))}


def confirm_forgot_password(world: World, call: Call) -> dict[str, Any]:
    """Enter the reset code and a new password."""
    pool, client = world.client(call.text("ClientId"))
    check_secret(client, call.text("SecretHash"), [call.text("Username")])
    user = pool.find(call.text("Username"))
    hides = hides_users(client)
    if user is None or not user.enabled:
        if hides:
            raise code_mismatch() if call.text("Username") in pool.simulated_resets else expired_code()
        raise _unknown() if user is None else user_disabled()
    user.book.spend(call.operation, now=world.now())
    code = user.book.match("password", "", call.text("ConfirmationCode"), now=world.now())
    check_policy(pool, call.text("Password"))
    if user.status == "UNCONFIRMED" and not world.contested.reset_confirms_sign_up:
        raise user_not_confirmed()
    code.used = True
    user.set_password(call.text("Password"), now=world.now())
    user.set_status("CONFIRMED", now=world.now())
    run_post_confirmation(world, pool, user, "PostConfirmation_ConfirmForgotPassword")
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


def _simulated(pool: SandboxPool, call: Call) -> dict[str, Any]:
    pool.simulated_resets.add(call.text("Username"))
    return {"CodeDeliveryDetails": simulated_delivery()}


def _refuse_admin_only(pool: SandboxPool) -> None:
    # For AdminResetUserPassword the exception is the sandbox's choice: AWS names none.
    if ADMIN_ONLY in recovery_ways(pool):
        raise not_authorized("Contact administrator to reset password.")


def _wrong_state() -> CognitoError:
    return not_authorized("User password cannot be reset in the current state.")


def _no_contact() -> CognitoError:
    return invalid("Cannot reset password for the user as there is no registered/verified email or phone_number")


def _unknown() -> CognitoError:
    return CognitoError("UserNotFoundException", "Username/client id combination not found.")


OPERATIONS: Mapping[str, Operation] = {
    "AdminSetUserPassword": admin_set_user_password,
    "AdminResetUserPassword": admin_reset_user_password,
    "ForgotPassword": forgot_password,
    "ConfirmForgotPassword": confirm_forgot_password,
    "ChangePassword": change_password,
}
