"""Linking a provider's identity to a user, and unlinking it."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.errors import CognitoError, invalid, user_not_found
from sandbox.cognito.operations.providers import provider_of
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.user import Link, SandboxUser
from sandbox.cognito.world import Call, Operation, World

MOST_LINKS = 5
NATIVE, SUBJECT = "Cognito", "Cognito_Subject"


def admin_link_provider_for_user(world: World, call: Call) -> dict[str, Any]:
    """Let an identity that has never signed in sign in as an existing user from now on."""
    pool = world.pool(call.parameters["UserPoolId"], call.region)
    destination, source = call.parameters["DestinationUser"], call.parameters["SourceUser"]
    name, value = source.get("ProviderName") or "", source.get("ProviderAttributeValue") or ""
    attribute = source.get("ProviderAttributeName") or ""
    if name not in pool.identity_providers:
        raise invalid(f"Identity provider {name} does not exist.")
    provider = provider_of(pool, name)
    if attribute != SUBJECT and attribute not in {
        *provider.extended_config["AttributeMapping"],
        *provider.extended_config["AttributeMapping"].values(),
    }:
        raise invalid("Invalid SourceUser: ProviderAttributeName must be Cognito_Subject or a mapped attribute.")
    if not value:
        raise invalid("Invalid SourceUser: ProviderAttributeValue is missing.")
    user = _destination(pool, destination)
    holder = _linked(pool, name, attribute, value)
    if holder is user:
        raise invalid("SourceUser is already linked to DestinationUser")
    if (holder and holder.is_external) or pool.find(f"{name}_{value}"):
        raise invalid(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
        )
    if holder:
        # The code is the documented one; the words are the sandbox's own.
        raise CognitoError("AliasExistsException", "SourceUser is already linked to another user.")
    if len(user.links) >= MOST_LINKS:
        raise CognitoError("LimitExceededException", "The maximum number of linked identities has been reached.")
    link = Link(
        provider=name,
        provider_type=provider.extended_config["ProviderType"],
        attribute=attribute,
        value=value,
        since=world.now(),
    )
    user.set_links([*user.links, link], now=world.now())
    return {}


def admin_disable_provider_for_user(world: World, call: Call) -> dict[str, Any]:
    """Unlink an identity, or take the password away from a user of the pool itself."""
    pool = world.pool(call.parameters["UserPoolId"], call.region)
    asked = call.parameters["User"]
    name, value = asked.get("ProviderName") or "", asked.get("ProviderAttributeValue") or ""
    if name == NATIVE:
        user = pool.find(value)
        if user is None:
            raise user_not_found()
        user.password_sign_in = False
        return {}
    linked = _linked(pool, name, asked.get("ProviderAttributeName") or "", value)
    if linked is None:
        raise user_not_found()
    kept = [link for link in linked.links if (link.provider, link.value) != (name, value)]
    linked.set_links(kept, now=world.now())
    return {}


def _destination(pool: SandboxPool, asked: Mapping[str, str]) -> SandboxUser:
    name, value = asked.get("ProviderName") or "", asked.get("ProviderAttributeValue") or ""
    user = pool.find(value if name == NATIVE else f"{name}_{value}")
    if user is None:
        raise user_not_found()
    return user


def _linked(pool: SandboxPool, provider: str, attribute: str, value: str) -> SandboxUser | None:
    for user in pool.people:
        for link in user.links:
            same_kind = attribute in {link.attribute, SUBJECT}
            if link.provider == provider and link.value == value and same_kind:
                return user
    return None


OPERATIONS: Mapping[str, Operation] = {
    "AdminLinkProviderForUser": admin_link_provider_for_user,
    "AdminDisableProviderForUser": admin_disable_provider_for_user,
}
