"""A pool's settings: Cognito's defaults for what is left out, and what UpdateUserPool refuses."""

import copy
from collections.abc import Mapping
from typing import Any

from sandbox.cognito.constraints import members_of
from sandbox.cognito.contested import Contested
from sandbox.cognito.errors import CognitoError, invalid

IMMUTABLE = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
# Cognito reports these; nobody can set them. In the sandbox they make a pool's mail fail.
FAILURES = ("EmailConfigurationFailure", "SmsConfigurationFailure")
EMAIL_FACTOR = "EmailMfaConfiguration"
"""Set with SetUserPoolMfaConfig alone; UpdateUserPool leaves it as it is."""
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
    unchangeable = {name: present[name] for name in (*IMMUTABLE, *FAILURES, EMAIL_FACTOR) if name in present}
    refuse_contradictions({**sent, **unchangeable}, contested)
    if contested.update_pool_omitted == "measured":
        kept = {name: present[name] for name in ("MfaConfiguration",) if name in present}
        sent = {**kept, **sent, "Policies": {**present["Policies"], **sent.get("Policies", {})}}
    if "DcrConfiguration" in present:
        sent.setdefault("DcrConfiguration", present["DcrConfiguration"])
    return completed({**sent, **unchangeable})


def described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that DescribeUserPool shows."""
    shown = members_of("UserPoolType")
    return {name: copy.deepcopy(value) for name, value in settings.items() if name in shown}


def refuse_contradictions(sent: Mapping[str, Any], contested: Contested) -> None:
    """Raise what CreateUserPool and UpdateUserPool raise when settings don't go together.

    A pool of older date may be in such a state all the same.
    """
    _refuse_aliases_beside_user_names(sent)
    refuse_recovery(sent)
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


def _refuse_aliases_beside_user_names(sent: Mapping[str, Any]) -> None:
    if sent.get("AliasAttributes") and sent.get("UsernameAttributes"):
        raise invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")


def refuse_recovery(sent: Mapping[str, Any]) -> None:
    """Raise for ways of recovery that exclude each other, or that are the required second factor as well."""
    mechanisms = (sent.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ()
    names = [mechanism["Name"] for mechanism in mechanisms]
    if "admin_only" in names and len(names) > 1:
        # The rule is documented; the words are the sandbox's choice, here and for the two below.
        raise invalid("Account Recovery Setting cannot use admin_only together with other recovery mechanisms.")
    if len({mechanism["Priority"] for mechanism in mechanisms}) < len(names) or len(set(names)) < len(names):
        raise invalid("Account Recovery Setting needs one recovery mechanism for each priority.")
    if "verified_phone_number" in names and sent.get("MfaConfiguration") == "ON" and sent.get("SmsConfiguration"):
        raise invalid(
            "Account Recovery Setting cannot use verified_phone_number as a recovery mechanism when SMS MFA is "
            "configured"
        )
    if (
        names == ["verified_email"]
        and sent.get(EMAIL_FACTOR) is not None
        and sent.get("MfaConfiguration", "OFF") != "OFF"
    ):
        raise invalid("Account Recovery Setting cannot use verified_email alone when email MFA is configured.")
