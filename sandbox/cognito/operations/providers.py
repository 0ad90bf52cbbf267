"""Identity providers of a pool, their attribute mappings, and what AWS usually shows of each kind."""

import copy
from collections.abc import Mapping
from typing import Any

from moto.cognitoidp.models import CognitoIdpIdentityProvider

from sandbox.cognito.constraints import members_of
from sandbox.cognito.errors import CognitoError, invalid, not_found
from sandbox.cognito.operations.reading import start_of
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.world import Call, Operation, World

# The claim that identifies a person at each kind of provider; SAML's is the NameID, which isn't mapped.
SUBJECT_CLAIM = {"Facebook": "id", "LoginWithAmazon": "user_id", "SAML": "NameID"}
_WITH_CLIENT_SECRET = frozenset({"Google", "Facebook", "LoginWithAmazon", "OIDC"})

# {name} is the provider's, in small letters.
_IDENTITY = {
    "client_id": "{name}-client",
    "client_secret": "{name}-secret",
    "authorize_scopes": "openid email profile",
    "attributes_url": "https://{name}.example.com/userinfo",
    "attributes_url_add_attributes": "false",
}
_DETAILS: Mapping[str, Mapping[str, str]] = {
    "OIDC": {"oidc_issuer": "https://{name}.example.com", "attributes_request_method": "GET"},
    "Facebook": {"authorize_scopes": "public_profile,email", "api_version": "v21.0"},
    "LoginWithAmazon": {"authorize_scopes": "profile postal_code"},
    "SAML": {"MetadataURL": "https://{name}.example.com/metadata", "IDPSignout": "false"},
}


def create_identity_provider(world: World, call: Call) -> dict[str, Any]:
    """Add a provider to a pool."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    name = call.text("ProviderName")
    if name in pool.identity_providers:
        raise CognitoError("DuplicateProviderException", f"A provider with the name {name} already exists.")
    kind = call.text("ProviderType")
    settings = {
        "ProviderType": kind,
        "ProviderDetails": dict(call.parameters["ProviderDetails"]),
        "AttributeMapping": _mapping(pool, kind, call.parameters.get("AttributeMapping") or {}),
        "IdpIdentifiers": list(call.parameters.get("IdpIdentifiers") or ()),
    }
    provider = CognitoIdpIdentityProvider(name, settings)
    provider.creation_date = provider.last_modified_date = world.now()
    pool.identity_providers[name] = provider
    return {"IdentityProvider": _shown(pool, provider)}


def describe_identity_provider(world: World, call: Call) -> dict[str, Any]:
    """Return a provider, its secrets in clear, as AWS does."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    return {"IdentityProvider": _shown(pool, provider_of(pool, call.text("ProviderName")))}


def list_identity_providers(world: World, call: Call) -> dict[str, Any]:
    """Return a page of provider names and types."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    limit = call.parameters.get("MaxResults")
    start, size = start_of(call.text("NextToken")), max(1, 60 if limit is None else limit)
    providers = list(pool.identity_providers.values())
    brief = ("ProviderName", "ProviderType", "CreationDate", "LastModifiedDate")
    shown = [_shown(pool, provider) for provider in providers[start : start + size]]
    answer: dict[str, Any] = {"Providers": [{name: provider[name] for name in brief} for provider in shown]}
    if start + size < len(providers):
        answer["NextToken"] = str(start + size)
    return answer


def update_identity_provider(world: World, call: Call) -> dict[str, Any]:
    """Change those members of a provider that are sent; a mapping that is sent replaces the stored one."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    provider = provider_of(pool, call.text("ProviderName"))
    kind = provider.extended_config["ProviderType"]
    changes: dict[str, Any] = {}
    details = call.parameters.get("ProviderDetails")
    if details is not None:
        if kind in _WITH_CLIENT_SECRET and not details.get("client_secret"):
            raise invalid("The client_secret is required in ProviderDetails.")
        changes["ProviderDetails"] = dict(details)
    mapping = call.parameters.get("AttributeMapping")
    if mapping is not None:
        stored = provider.extended_config["AttributeMapping"]
        base = stored if world.contested.mapping_update == "merges" else {}
        changes["AttributeMapping"] = _mapping(pool, kind, {**base, **mapping})
    for name in ("IdpIdentifiers", "AcrMapping"):
        if call.parameters.get(name) is not None:
            changes[name] = copy.deepcopy(call.parameters[name])
    provider.extended_config.update(changes)
    provider.last_modified_date = world.now()
    return {"IdentityProvider": _shown(pool, provider)}


def delete_identity_provider(world: World, call: Call) -> dict[str, Any]:
    """Remove a provider; the profiles it made stay."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    del pool.identity_providers[provider_of(pool, call.text("ProviderName")).name]
    return {}


def provider_of(pool: SandboxPool, name: str) -> CognitoIdpIdentityProvider:
    """Return a pool's provider by name, or raise ResourceNotFound."""
    if name not in pool.identity_providers:
        raise not_found(f"Identity provider {name} does not exist.")
    return pool.identity_providers[name]


def subject_claim(provider: CognitoIdpIdentityProvider) -> str:
    """Return the claim that says who signs in."""
    mapped = provider.extended_config["AttributeMapping"].get("username")
    return str(mapped or SUBJECT_CLAIM.get(provider.extended_config["ProviderType"], "sub"))


def usual_details(name: str, kind: str) -> dict[str, str]:
    """Return made-up ``ProviderDetails``; SAML has metadata where the others have a client and its secret."""
    usual = _DETAILS[kind] if kind == "SAML" else {**_IDENTITY, **_DETAILS.get(kind, {})}
    return {key: value.format(name=name.lower()) for key, value in usual.items()}


def _mapping(pool: SandboxPool, kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    known = {*pool.schema_attributes, "username"} - {"sub"}
    if any(name not in known or not claim.strip() for name, claim in mapping.items()):
        raise invalid("AttributeMapping contains invalid mapping")
    # Cognito adds the user name's own mapping by itself, except for SAML.
    automatic = {} if kind == "SAML" else {"username": SUBJECT_CLAIM.get(kind, "sub")}
    return {**mapping, **{name: claim for name, claim in automatic.items() if name not in mapping}}


def _shown(pool: SandboxPool, provider: CognitoIdpIdentityProvider) -> dict[str, Any]:
    settings = {
        name: copy.deepcopy(value)
        for name, value in provider.extended_config.items()
        if name in members_of("IdentityProviderType")
    }
    return {
        **settings,
        "UserPoolId": pool.id,
        "ProviderName": provider.name,
        "CreationDate": provider.creation_date,
        "LastModifiedDate": provider.last_modified_date,
    }


OPERATIONS: Mapping[str, Operation] = {
    "CreateIdentityProvider": create_identity_provider,
    "DescribeIdentityProvider": describe_identity_provider,
    "ListIdentityProviders": list_identity_providers,
    "UpdateIdentityProvider": update_identity_provider,
    "DeleteIdentityProvider": delete_identity_provider,
}
