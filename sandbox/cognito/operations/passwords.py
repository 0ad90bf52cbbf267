"""Passwords: set by an administrator, reset, forgotten, changed; and which contact a reset code may go to."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.clients import check_secret, hides_users
from sandbox.cognito.contested import Contested
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
from sandbox.cognito.operations.sign_up import run_post_confirmation
from sandbox.cognito.passwords import check_policy
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.user import VERIFIABLE, SandboxUser
from sandbox.cognito.world import Call, Operation, World

ADMIN_ONLY = "admin_only"
_LEGACY_WAYS = ("phone_number", "email")


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


def recovery_ways(pool: SandboxPool) -> tuple[str, ...]:
    """Return the attributes that recovery tries, the first way first; a pool without the setting tries both.

    ``admin_only`` stands for itself: nobody but an administrator resets a password then.
    """
    mechanisms = _mechanisms(pool)
    if not mechanisms:
        return _LEGACY_WAYS
    ordered = sorted(mechanisms, key=lambda mechanism: int(mechanism["Priority"]))
    return tuple(str(mechanism["Name"]).removeprefix("verified_") for mechanism in ordered)


def recovery_contact(contested: Contested, pool: SandboxPool, user: SandboxUser) -> str:
    """Return the first attribute by the pool's order that a reset code may go to; or nothing."""
    if not pool.auto_verified and contested.reset_without_auto_verify == "refused":
        return ""
    if user.status == "UNCONFIRMED" and contested.reset_of_unconfirmed == "refused":
        return ""
    barred = _barred(contested, pool, user)
    usable = (way for way in recovery_ways(pool) if way in VERIFIABLE and user.get(way) and user.is_verified(way))
    return next((way for way in usable if way not in barred), "")


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


def _barred(contested: Contested, pool: SandboxPool, user: SandboxUser) -> set[str]:
    """Return the contacts that are the user's second factor, and so can't be the way around it as well."""
    preferred = user.preferred_mfa_setting if user.preferred_mfa_setting in user.factors else ""
    barred = set()
    if preferred == "EMAIL_OTP" or (user.email_mfa_enabled and contested.email_factor_bars_reset == "enabled"):
        barred.add("email")
    if _mechanisms(pool):
        by_sms = user.sms_mfa_enabled and contested.sms_factor_bars_reset == "enabled"
        by_sms = by_sms or preferred == "SMS_MFA"
    else:
        by_sms = preferred == "SMS_MFA" and contested.sms_factor_bars_legacy_reset == "preferred"
    if by_sms:
        barred.add("phone_number")
    return barred


def _mechanisms(pool: SandboxPool) -> list[dict[str, Any]]:
    setting = pool.setting("AccountRecoverySetting") or {}
    return list(setting.get("RecoveryMechanisms") or ())


OPERATIONS: Mapping[str, Operation] = {
    "AdminSetUserPassword": admin_set_user_password,
    "AdminResetUserPassword": admin_reset_user_password,
    "ForgotPassword": forgot_password,
    "ConfirmForgotPassword": confirm_forgot_password,
    "ChangePassword": change_password,
}
