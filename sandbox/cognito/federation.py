"""A customer's sign-in through an identity provider, which rewrites what the provider maps."""

import secrets
from collections.abc import Mapping
from typing import Any

from moto.cognitoidp.models import CognitoIdpIdentityProvider

from sandbox.cognito.aliases import evict
from sandbox.cognito.clients import NEVER_WRITABLE, writable
from sandbox.cognito.contested import Contested
from sandbox.cognito.errors import CognitoError, alias_exists
from sandbox.cognito.operations.providers import provider_of, subject_claim
from sandbox.cognito.pool import PreSignUp, SandboxPool
from sandbox.cognito.user import EXTERNAL, VERIFIABLE, Link, SandboxUser
from sandbox.cognito.world import World


class SignInFailed(Exception):
    """A federated sign-in can't go through; the text is the callback's ``error_description``."""


def sign_in_federated(
    world: World, pool: SandboxPool, provider_name: str, claims: Mapping[str, Any], *, client_id: str = ""
) -> SandboxUser:
    """Let a provider's user in: make or rewrite their profile from the provider's mapping.

    ``claims`` is what the provider says of its user, as it stands in its ID token or userinfo answer.
    """
    provider = provider_of(pool, provider_name)
    subject = claims.get(subject_claim(provider))
    if subject is None:
        raise SignInFailed(f"The provider sent no {subject_claim(provider)}.")
    user = _known(pool, provider, str(subject), claims)
    changes = _mapped(world.contested, provider, claims, user)
    if user is not None and not user.enabled:
        if world.contested.refused_sign_in_writes:
            user.write(changes, now=world.now())
        # The refusal is certain; its words are the sandbox's choice.
        raise SignInFailed("User is disabled.")
    changes = _writable(world.contested, pool, changes, client_id)
    _refuse_gaps(world.contested, pool, provider, changes, user)
    if world.contested.taken_alias_at_provider == "fails":
        _refuse_taken(pool, changes, user)
    if user is None:
        _check_trigger(pool)
        user = _new_profile(world, pool, provider, str(subject))
    user.came_through_provider = True
    before = user.get("email")
    # The pool's keep-original setting doesn't hold a provider's values back.
    user.write(changes, now=world.now())
    if user.get("email") != before:
        user.book.forget("email")
        user.pending.pop("email", None)
        world.changed(user)
    for attribute in VERIFIABLE:
        # The flag may come alone, where the client may not write the address itself.
        if {attribute, f"{attribute}_verified"} & changes.keys() and user.is_verified(attribute):
            evict(world, pool, user, attribute)
    return user


def _known(
    pool: SandboxPool, provider: CognitoIdpIdentityProvider, subject: str, claims: Mapping[str, Any]
) -> SandboxUser | None:
    mapping = provider.extended_config["AttributeMapping"]
    for user in pool.people:
        for link in user.links:
            if link.provider != provider.name:
                continue
            claim = mapping.get(link.attribute, link.attribute)
            value = subject if link.attribute == "Cognito_Subject" else str(claims.get(claim, ""))
            if value == link.value:
                return user
    return None


def _mapped(
    contested: Contested, provider: CognitoIdpIdentityProvider, claims: Mapping[str, Any], user: SandboxUser | None
) -> dict[str, str]:
    mapping: Mapping[str, str] = provider.extended_config["AttributeMapping"]
    changes = {
        attribute: _flag(contested, claims[claim]) if attribute in NEVER_WRITABLE else str(claims[claim])
        for attribute, claim in mapping.items()
        # A claim that doesn't come leaves the stored value alone.
        if attribute != "username" and claims.get(claim) is not None
    }
    for attribute in VERIFIABLE:
        flag = f"{attribute}_verified"
        moved = attribute in changes and (user is None or user.get(attribute) != changes[attribute])
        left_out = flag not in changes and (moved or contested.claim_left_out == "clears")
        if attribute in mapping and (flag not in mapping or left_out):
            changes[flag] = "false"
    return changes


def _flag(contested: Contested, value: Any) -> str:
    truths = {"true", "1"} if contested.claim_values == "lenient" else {"true"}
    text = str(value).lower() if contested.claim_values == "lenient" or isinstance(value, bool) else str(value)
    return "true" if text in truths else "false"


def _writable(contested: Contested, pool: SandboxPool, changes: dict[str, str], client_id: str) -> dict[str, str]:
    if not client_id:
        return changes
    allowed = writable(pool, pool.clients[client_id]) | NEVER_WRITABLE
    barred = sorted(set(changes) - allowed)
    if barred and contested.unwritable_mapped == "fails":
        raise SignInFailed(f"The app client may not write {', '.join(barred)}.")
    return {name: value for name, value in changes.items() if name in allowed}


def _refuse_gaps(
    contested: Contested,
    pool: SandboxPool,
    provider: CognitoIdpIdentityProvider,
    changes: Mapping[str, str],
    user: SandboxUser | None,
) -> None:
    mapping = provider.extended_config["AttributeMapping"]
    if contested.required_unmapped == "suffices":
        mapping = pool.required
    stored = user.values if user else {}
    lacking = sorted(
        name for name in pool.required if name not in mapping or not (changes.get(name) or stored.get(name))
    )
    if lacking:
        raise SignInFailed(f"attributes required: [{', '.join(lacking)}]")
    # Every sign-in writes every mapped attribute, so that even the same value fails where none may be written.
    fixed = [name for name in changes if not pool.schema_attributes[name].mutable]
    if user is not None and fixed:
        raise SignInFailed(f"user.{fixed[0]}: Attribute cannot be updated.")


def _refuse_taken(pool: SandboxPool, changes: Mapping[str, str], user: SandboxUser | None) -> None:
    for attribute in VERIFIABLE:
        value = changes.get(attribute, "")
        if changes.get(f"{attribute}_verified") == "true" and pool.holders(attribute, value, other_than=user):
            # Whether this fails is open, and nobody has reported any words.
            raise SignInFailed(alias_exists(attribute).message)


def _check_trigger(pool: SandboxPool) -> None:
    try:
        (pool.pre_sign_up or PreSignUp()).check()
    except CognitoError as refusal:
        raise SignInFailed(refusal.message) from refusal


def _new_profile(world: World, pool: SandboxPool, provider: CognitoIdpIdentityProvider, subject: str) -> SandboxUser:
    user = SandboxUser(
        pool.id,
        f"{provider.name}_{subject}",
        password=secrets.token_urlsafe(32),
        status=EXTERNAL,
        attributes={},
        now=world.now(),
    )
    user.password_sign_in = False
    link = Link(
        provider=provider.name,
        provider_type=provider.extended_config["ProviderType"],
        attribute="Cognito_Subject",
        value=subject,
        since=world.now(),
        primary=True,
    )
    user.set_links([link], now=world.now())
    pool.admit(user)
    world.changed(user)
    group = f"{pool.id}_{provider.name}"
    if group not in pool.groups:
        pool.backend.create_group(pool.id, group, f"Autogenerated group for {provider.name}", "", 0)
    pool.groups[group].users.add(user)
    user.groups.add(pool.groups[group])
    return user
