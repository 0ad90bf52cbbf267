"""Which contact a forgotten password's code may go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.user import VERIFIABLE

if TYPE_CHECKING:
    from sandbox.cognito.contested import Contested
    from sandbox.cognito.pool import SandboxPool
    from sandbox.cognito.user import SandboxUser

ADMIN_ONLY = "admin_only"
_LEGACY_WAYS = ("phone_number", "email")


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
