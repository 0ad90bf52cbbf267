"""App clients: their secret, what they may write and read, and what they hide about unknown users."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from moto.cognitoidp.models import CognitoIdpUserPoolClient

from sandbox.cognito.errors import not_authorized
from sandbox.cognito.pool import SandboxPool

NEVER_WRITABLE = frozenset({"email_verified", "phone_number_verified"})
_DEFAULT_FLOWS = ("ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return the SECRET_HASH of a request that carries ``username``."""
    mac = hmac.new(client_secret.encode(), f"{username}{client_id}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def check_secret(client: CognitoIdpUserPoolClient, given: str, usernames: Iterable[str]) -> None:
    """Raise NotAuthorized unless ``given`` is the hash for one of the names that this request may carry."""
    if not client.generate_secret:
        if given:
            raise not_authorized(f"Unable to verify secret hash for client {client.id}")
        return
    if not given:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    good = [secret_hash(name, client.id, client.secret) for name in usernames]
    if not any(hmac.compare_digest(given.encode(), known.encode()) for known in good):
        raise not_authorized(f"Unable to verify secret hash for client {client.id}")


def writable(pool: SandboxPool, client: CognitoIdpUserPoolClient) -> frozenset[str]:
    """Return what this client may write; no list of its own means everything but the flags."""
    own = client.extended_config.get("WriteAttributes")
    return frozenset(own or pool.schema_attributes) - NEVER_WRITABLE


def readable(client: CognitoIdpUserPoolClient) -> frozenset[str] | None:
    """Return what this client may read, or None for everything."""
    own = client.extended_config.get("ReadAttributes")
    return frozenset(own) | {"sub", "identities"} if own else None


def check_writable(pool: SandboxPool, client: CognitoIdpUserPoolClient, names: Iterable[str]) -> None:
    """Raise NotAuthorized when one of these attributes is out of the client's reach."""
    if frozenset(names) - writable(pool, client):
        raise not_authorized("A client attempted to write unauthorized attribute")


def hides_users(client: CognitoIdpUserPoolClient) -> bool:
    """Whether the client answers for unknown users as it would for known ones."""
    return client.extended_config.get("PreventUserExistenceErrors") == "ENABLED"


def allows(client: CognitoIdpUserPoolClient, flow: str) -> bool:
    """Whether an authentication flow is enabled; a client without a list allows SRP, custom and refresh."""
    flows = client.extended_config.get("ExplicitAuthFlows") or _DEFAULT_FLOWS
    return f"ALLOW_{flow}" in flows or flow in flows


def offers(client: CognitoIdpUserPoolClient, provider: str) -> bool:
    """Whether people may choose this provider; a client of the sandbox without a list offers all."""
    listed = client.extended_config.get("SupportedIdentityProviders")
    return listed is None or provider in listed
