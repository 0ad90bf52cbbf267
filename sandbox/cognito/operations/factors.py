"""An administrator's work on a user's second factors, and what a user can sign in with."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.errors import invalid
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.user import FACTORS, SandboxUser
from sandbox.cognito.world import Call, Operation, World

_SETTINGS = {
    "SMSMfaSettings": "SMS_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
}
_NEEDS = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email"}
_TOKEN = "SOFTWARE_TOKEN_MFA"  # noqa: S105 - the factor's name


def admin_set_user_mfa_preference(world: World, call: Call) -> dict[str, Any]:
    """Switch factors on and off, and prefer one of them; a factor that isn't named stays as it is."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    asked: dict[str, Mapping[str, bool]] = {
        factor: call.parameters[name] for name, factor in _SETTINGS.items() if call.parameters.get(name) is not None
    }
    _refuse(pool, user, asked)
    for factor, settings in asked.items():
        on = bool(settings.get("Enabled"))
        setattr(user, FACTORS[factor], on)
        if on and settings.get("PreferredMfa"):
            user.preferred_mfa_setting = factor
        elif user.preferred_mfa_setting == factor:
            user.preferred_mfa_setting = None
    user.last_modified_date = world.now()
    return {}


def admin_delete_software_token(world: World, call: Call) -> dict[str, Any]:
    """Take the authenticator app away from somebody who lost it."""
    user = world.pool(call.text("UserPoolId"), call.region).one(call.text("Username"))
    user.software_token_mfa_enabled = user.token_verified = False
    if user.preferred_mfa_setting == _TOKEN:
        user.preferred_mfa_setting = None
    user.last_modified_date = world.now()
    return {}


def admin_get_user_auth_factors(world: World, call: Call) -> dict[str, Any]:
    """Return a user's second factors, and what they can sign in with first; a password that exists is one."""
    user = world.pool(call.text("UserPoolId"), call.region).one(call.text("Username"))
    shown = user.shown_alone()
    kept = ("Username", "PreferredMfaSetting", "UserMFASettingList")
    first = ["PASSWORD"] if user.password and not user.is_external else []
    return {**{name: shown[name] for name in kept if name in shown}, "ConfiguredUserAuthFactors": first}


# The rules are documented; the words below are the sandbox's choice.
def _refuse(pool: SandboxPool, user: SandboxUser, asked: Mapping[str, Mapping[str, bool]]) -> None:
    if sum(bool(settings.get("PreferredMfa")) for settings in asked.values()) > 1:
        raise invalid("Only one MFA factor can be preferred.")
    for factor, settings in asked.items():
        if settings.get("Enabled"):
            _refuse_factor(user, factor)
        elif pool.mfa_config == "ON" and factor in user.factors:
            raise invalid("MFA is required in this user pool, so that its factors cannot be switched off.")


def _refuse_factor(user: SandboxUser, factor: str) -> None:
    attribute = _NEEDS.get(factor)
    if attribute and not user.get(attribute):
        raise invalid(f"User does not have the attribute {attribute}.")
    if factor == _TOKEN and not (user.token_verified or user.software_token_mfa_enabled):
        raise invalid("User has not verified software token mfa")


OPERATIONS: Mapping[str, Operation] = {
    "AdminSetUserMFAPreference": admin_set_user_mfa_preference,
    "AdminDeleteSoftwareToken": admin_delete_software_token,
    "AdminGetUserAuthFactors": admin_get_user_auth_factors,
}
