"""A pool's settings: Cognito's defaults for what is left out, and what UpdateUserPool refuses."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sandbox.cognito.constraints import members_of
from sandbox.cognito.errors import CognitoError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cognito.contested import Contested

IMMUTABLE = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
# Cognito reports these; nobody can set them. In the sandbox they make a pool's mail fail.
FAILURES = ("EmailConfigurationFailure", "SmsConfigurationFailure")
_IDENTITY = ("UserPoolId", "PoolName", "Schema")
_PASSWORD_POLICY = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
_SIGN_IN_POLICY = {"AllowedFirstAuthFactors": ["PASSWORD"]}


def completed(requested: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pool's settings as Cognito stores them: those requested, and defaults for all others."""
    settings = copy.deepcopy({name: value for name, value in requested.items() if name not in _IDENTITY})
    policies = settings.setdefault("Policies", {})
    policies["PasswordPolicy"] = {**_PASSWORD_POLICY, **policies.get("PasswordPolicy", {})}
    policies.setdefault("SignInPolicy", copy.deepcopy(_SIGN_IN_POLICY))
    creation = {"AllowAdminCreateUserOnly": False, **settings.get("AdminCreateUserConfig", {})}
    # DescribeUserPool shows the days twice, although only one of the two may be sent back.
    days = creation.get("UnusedAccountValidityDays") or policies["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    creation["UnusedAccountValidityDays"] = policies["PasswordPolicy"]["TemporaryPasswordValidityDays"] = days
    settings["AdminCreateUserConfig"] = creation
    settings["EmailConfiguration"] = settings.get("EmailConfiguration") or {"EmailSendingAccount": "COGNITO_DEFAULT"}
    settings["VerificationMessageTemplate"] = {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        **settings.get("VerificationMessageTemplate", {}),
    }
    settings.setdefault("LambdaConfig", {})
    settings.setdefault("UserPoolTags", {})
    settings.setdefault("MfaConfiguration", "OFF")
    settings.setdefault("DeletionProtection", "INACTIVE")
    settings.setdefault("UserPoolTier", "ESSENTIALS")
    return settings


def updated(present: Mapping[str, Any], request: Mapping[str, Any], contested: Contested) -> dict[str, Any]:
    """Return the settings after an UpdateUserPool request: what it leaves out is reset, or partly kept."""
    known = members_of("UpdateUserPoolRequest")
    sent = {name: value for name, value in request.items() if name in known and value is not None}
    _refuse_contradictions(sent, contested)
    if contested.update_pool_omitted == "measured":
        kept = {name: present[name] for name in ("MfaConfiguration",) if name in present}
        sent = {**kept, **sent, "Policies": {**present["Policies"], **sent.get("Policies", {})}}
    if "DcrConfiguration" in present:
        sent.setdefault("DcrConfiguration", present["DcrConfiguration"])
    unchangeable = {name: present[name] for name in (*IMMUTABLE, *FAILURES) if name in present}
    return completed({**sent, **unchangeable})


def described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that DescribeUserPool shows."""
    shown = members_of("UserPoolType")
    return {name: copy.deepcopy(value) for name, value in settings.items() if name in shown}


def _refuse_contradictions(sent: Mapping[str, Any], contested: Contested) -> None:
    password = sent.get("Policies", {}).get("PasswordPolicy", {})
    creation = sent.get("AdminCreateUserConfig", {})
    if "UnusedAccountValidityDays" in creation and "TemporaryPasswordValidityDays" in password:
        raise invalid("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
    template = sent.get("VerificationMessageTemplate", {})
    code_pair = {"EmailMessage", "EmailSubject"} & set(template)
    if code_pair and {"EmailMessageByLink", "EmailSubjectByLink"} & set(template):
        raise invalid("The message is invalid.")
    sender = sent.get("EmailConfiguration", {}).get("EmailSendingAccount", "COGNITO_DEFAULT")
    if code_pair and sender != "DEVELOPER" and contested.default_sender_texts == "refused":
        raise invalid("Custom email messages need EmailSendingAccount DEVELOPER.")
    sms = sent.get("SmsConfiguration")
    if sms is not None and not (sms.get("SnsCallerArn") or sms.get("EumsSms")):
        raise invalid("SmsConfiguration must name the role that sends text messages (SnsCallerArn).")
    keeps = set(sent.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate") or ())
    if keeps - set(sent.get("AutoVerifiedAttributes") or ()):
        raise invalid(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        )
    if sent.get("MfaConfiguration", "OFF") != "OFF" and "SmsConfiguration" not in sent:
        raise invalid(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        )
    if any(name.startswith("aws:") for name in sent.get("UserPoolTags", {})):
        raise CognitoError("UserPoolTaggingException", "Tag keys that begin with aws: are reserved.")
