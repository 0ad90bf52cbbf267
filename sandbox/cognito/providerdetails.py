"""What DescribeIdentityProvider usually shows of a provider, secrets included, by the provider's kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def usual_details(name: str, kind: str) -> dict[str, str]:
    """Return made-up ``ProviderDetails``; SAML has metadata where the others have a client and its secret."""
    usual = _DETAILS[kind] if kind == "SAML" else {**_IDENTITY, **_DETAILS.get(kind, {})}
    return {key: value.format(name=name.lower()) for key, value in usual.items()}
