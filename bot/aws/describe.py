"""From the shapes of Cognito's API to our types, and from our types to what a view records of them."""

import json
from collections.abc import Mapping
from typing import Any

from bot.cognito import Client, Identity, Pool, Provider, User
from bot.plan import unchanged_update
from bot.settings import PoolSettings

_ATTRIBUTES_AT_STAKE = ("email", "email_verified")
_OPEN_OF_CLIENT = frozenset(
    {
        "ClientId",
        "PreventUserExistenceErrors",
        "ExplicitAuthFlows",
        "ReadAttributes",
        "WriteAttributes",
        "SupportedIdentityProviders",
    }
)
_OPEN_OF_PROVIDER = frozenset({"oidc_issuer", "authorize_scopes", "attributes_url"})
"""What is kept of a client and of a provider's details; all else may be secret, also what AWS adds one day."""


def user(shape: Mapping[str, Any]) -> User:
    """Return the user that AdminGetUser answered, or one of those that ListUsers did: only a key's name differs."""
    listed = shape.get("UserAttributes", shape.get("Attributes", ()))
    attributes = {pair["Name"]: pair.get("Value", "") for pair in listed}
    return User(
        username=shape["Username"],
        sub=attributes.get("sub", ""),
        status=shape["UserStatus"],
        enabled=shape["Enabled"],
        attributes=attributes,
        created=shape["UserCreateDate"],
        modified=shape["UserLastModifiedDate"],
        identities=_identities(attributes.get("identities", "")),
        mfa=frozenset(shape.get("UserMFASettingList", ())),
        preferred_mfa=shape.get("PreferredMfaSetting", ""),
    )


def pool(name: str, settings: PoolSettings, answer: Mapping[str, Any]) -> Pool:
    """Return the pool that DescribeUserPool described. An absent `CaseSensitive` is true, as in the API."""
    shape = answer["UserPool"]
    updates = shape.get("UserAttributeUpdateSettings", {})
    template = shape.get("VerificationMessageTemplate", {})
    recovery = shape.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", ())
    mailing = shape.get("EmailConfiguration", {})
    # Cognito itself fills `sub`; nobody has to map it.
    schema = [each for each in shape.get("SchemaAttributes", ()) if each["Name"] != "sub"]
    return Pool(
        name=name,
        id=settings.id,
        region=settings.region,
        client_id=settings.client_id,
        aliases=frozenset(shape.get("AliasAttributes", ())),
        username_attributes=frozenset(shape.get("UsernameAttributes", ())),
        case_sensitive=shape.get("UsernameConfiguration", {}).get("CaseSensitive", True),
        auto_verified=frozenset(shape.get("AutoVerifiedAttributes", ())),
        verified_before_update=frozenset(updates.get("AttributesRequireVerificationBeforeUpdate", ())),
        required=frozenset(each["Name"] for each in schema if each.get("Required")),
        immutable=frozenset(each["Name"] for each in schema if not each.get("Mutable", True)),
        first_factors=frozenset(shape.get("Policies", {}).get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ())),
        triggers={name: _arn(trigger) for name, trigger in shape.get("LambdaConfig", {}).items() if name != "KMSKeyID"},
        confirms_by_link=template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK",
        email_failure=shape.get("EmailConfigurationFailure", ""),
        sms_failure=shape.get("SmsConfigurationFailure", ""),
        mfa_required=shape.get("MfaConfiguration") == "ON",
        mfa_off=shape.get("MfaConfiguration") == "OFF",
        sends_with_ses=mailing.get("EmailSendingAccount") == "DEVELOPER",
        ses_source_arn=mailing.get("SourceArn", ""),
        ses_configuration_set=mailing.get("ConfigurationSet", ""),
        account=_account(shape.get("Arn", "")),
        mail_evidence=settings.mail_evidence,
        mails_a_day=settings.mails_a_day,
        recovery=tuple(entry["Name"] for entry in sorted(recovery, key=lambda entry: int(entry["Priority"]))),
        temporary_password_days=_password_days(shape),
        update=unchanged_update(answer),
        customer_credentials=settings.customer_credentials,
    )


def provider(shape: Mapping[str, Any]) -> Provider:
    """Return what DescribeIdentityProvider described."""
    details = shape.get("ProviderDetails", {})
    return Provider(
        name=shape["ProviderName"],
        type=shape["ProviderType"],
        mapping=dict(shape.get("AttributeMapping", {})),
        issuer=details.get("oidc_issuer", ""),
        scopes=frozenset(details.get("authorize_scopes", "").replace(",", " ").split()),
        userinfo=details.get("attributes_url", ""),
        modified=shape.get("LastModifiedDate"),
    )


def client(shape: Mapping[str, Any]) -> Client:
    """Return the app client that DescribeUserPoolClient described."""
    return Client(
        # The API's own default is LEGACY.
        hides_users=shape.get("PreventUserExistenceErrors") == "ENABLED",
        flows=frozenset(shape.get("ExplicitAuthFlows", ())),
        reads=frozenset(shape.get("ReadAttributes", ())),
        writes=frozenset(shape.get("WriteAttributes", ())),
        providers=frozenset(shape.get("SupportedIdentityProviders", ())),
    )


def without_secrets(operation: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer of Cognito without the secrets of clients and providers: nothing after this line has them."""
    if operation == "DescribeUserPoolClient":
        client = answer["UserPoolClient"]
        return {"UserPoolClient": {name: value for name, value in client.items() if name in _OPEN_OF_CLIENT}}
    if operation == "DescribeIdentityProvider":
        shown = dict(answer["IdentityProvider"])
        details = shown.get("ProviderDetails", {})
        shown["ProviderDetails"] = {name: value for name, value in details.items() if name in _OPEN_OF_PROVIDER}
        return {"IdentityProvider": shown}
    return answer


def recorded_user(of: User) -> dict[str, Any]:
    """Return what a plan may depend on, JSON-ready: no dates, no attributes that an app rewrites at will."""
    return {
        "username": of.username,
        "status": of.status,
        "enabled": of.enabled,
        "identities": sorted(identity.provider for identity in of.identities),
        **{name: of.attributes.get(name, "") for name in _ATTRIBUTES_AT_STAKE},
    }


def recorded_pool(of: Pool) -> dict[str, Any]:
    """Return the pool's settings, JSON-ready."""
    return {
        "id": of.id,
        "aliases": sorted(of.aliases),
        "username_attributes": sorted(of.username_attributes),
        "case_sensitive": of.case_sensitive,
        "auto_verified": sorted(of.auto_verified),
        "verified_before_update": sorted(of.verified_before_update),
        "required": sorted(of.required),
        "first_factors": sorted(of.first_factors),
        "triggers": dict(sorted(of.triggers.items())),
        "email_failure": of.email_failure,
        "recovery": list(of.recovery),
    }


def recorded_provider(of: Provider) -> dict[str, Any]:
    """Return a provider's kind and mapping, JSON-ready."""
    return {"type": of.type, "issuer": of.issuer, "mapping": dict(sorted(of.mapping.items()))}


def _password_days(shape: Mapping[str, Any]) -> int:
    policy = shape.get("Policies", {}).get("PasswordPolicy", {})
    creation = shape.get("AdminCreateUserConfig", {})
    return int(policy.get("TemporaryPasswordValidityDays") or creation.get("UnusedAccountValidityDays") or 7)


def _arn(trigger: str | Mapping[str, str]) -> str:
    return trigger if isinstance(trigger, str) else trigger.get("LambdaArn", "")


def _account(arn: str) -> str:
    return (arn.split(":") + [""] * 5)[4]


def _identities(text: str) -> tuple[Identity, ...]:
    """Read the ``identities`` attribute, a JSON list in a string; whatever else it holds is no identity."""
    try:
        entries = json.loads(text)
    except ValueError:
        return ()
    return tuple(
        Identity(
            provider=str(entry["providerName"]),
            provider_type=str(entry.get("providerType", "")),
            subject=str(entry.get("userId", "")),
            primary=str(entry.get("primary", "")).lower() == "true",
        )
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and "providerName" in entry
    )
