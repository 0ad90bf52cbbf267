"""Changing and verifying attributes: by an administrator, or by the user with an access token."""

from collections.abc import Mapping
from typing import Any

from sandbox.cognito.aliases import refuse_if_carried, refuse_if_held, verify
from sandbox.cognito.clients import NEVER_WRITABLE, check_writable
from sandbox.cognito.errors import CognitoError, expired_code, invalid
from sandbox.cognito.messages import send_code
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.schema import fitted, refuse_flag_alone
from sandbox.cognito.user import VERIFIABLE, SandboxUser
from sandbox.cognito.world import Call, Operation, World


def admin_update_user_attributes(world: World, call: Call) -> dict[str, Any]:
    """Change attributes as an administrator; a true flag in the request needs no code."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    changes = fitted(pool, call.attributes(), new_user=False)
    if user.is_external and NEVER_WRITABLE & set(changes) and world.contested.federated_admin_flag == "refused":
        raise invalid("Cannot modify an attribute that an identity provider maps.")
    for attribute in VERIFIABLE:
        _check_contact(world, pool, user, attribute, changes)
    for attribute in VERIFIABLE:
        # This operation lists neither: the change stands even if its code can't be sent.
        try:
            _change_contact(world, pool, user, attribute, changes)
        except CognitoError as failure:
            if failure.code not in {"CodeDeliveryFailureException", "LimitExceededException"}:
                raise
    _write_rest(world, user, changes)
    return {}


def update_user_attributes(world: World, call: Call) -> dict[str, Any]:
    """Change the bearer's own attributes; say where codes were sent."""
    pool, user = world.bearer(call.text("AccessToken"))
    client_id, _ = pool.access_tokens[call.text("AccessToken")]
    asked = call.attributes()
    own_flags = NEVER_WRITABLE & set(asked)
    if own_flags and world.contested.self_verified == "refused":
        raise invalid(f"Cannot modify the non-mutable attribute {min(own_flags)}")
    check_writable(pool, pool.clients[client_id], set(asked) - NEVER_WRITABLE)
    changes = fitted(pool, {name: asked[name] for name in asked if name not in own_flags}, new_user=False)
    for attribute in VERIFIABLE:
        _check_contact(world, pool, user, attribute, changes)
    _write_rest(world, user, changes)
    sent = [_change_contact(world, pool, user, attribute, changes) for attribute in VERIFIABLE]
    return {"CodeDeliveryDetailsList": [details for details in sent if details]}


def admin_delete_user_attributes(world: World, call: Call) -> dict[str, Any]:
    """Delete attributes as an administrator; a flag goes with its attribute."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    names = call.parameters.get("UserAttributeNames") or ()
    blank = fitted(pool, dict.fromkeys(names, ""), new_user=False)
    for attribute in VERIFIABLE:
        _change_contact(world, pool, user, attribute, blank)
    _write_rest(world, user, blank)
    return {}


def get_user_attribute_verification_code(world: World, call: Call) -> dict[str, Any]:
    """Send a code to the stored value, verified or not; a pending value is out of reach here."""
    pool, user = world.bearer(call.text("AccessToken"))
    attribute = _contact(call)
    _refuse_mapped(world, pool, user, attribute)
    if not user.get(attribute):
        raise invalid(f"User does not have the attribute {attribute}.")
    if attribute not in pool.auto_verified and world.contested.code_without_auto_verify == "refused":
        # The words are the sandbox's own: nobody has reported any.
        raise invalid(f"The user pool does not verify {attribute}.")
    user.book.spend(call.operation, now=world.now())
    return {"CodeDeliveryDetails": send_code(world, pool, user, "attribute", attribute, user.get(attribute))}


def verify_user_attribute(world: World, call: Call) -> dict[str, Any]:
    """Enter a code: the flag becomes true, a pending value takes effect, an alias may change hands."""
    pool, user = world.bearer(call.text("AccessToken"))
    attribute = _contact(call)
    _refuse_mapped(world, pool, user, attribute)
    user.book.spend(call.operation, now=world.now())
    code = user.book.match("attribute", attribute, call.text("Code"), now=world.now())
    if code.destination not in {user.get(attribute), user.pending.get(attribute)}:
        raise expired_code()
    refuse_if_carried(pool, attribute, code.destination, user)
    if world.contested.verify_on_taken_alias == "alias_exists":
        refuse_if_held(pool, attribute, code.destination, user)
    code.used = True
    verify(world, pool, user, attribute, code.destination)
    return {}


def _contact(call: Call) -> str:
    attribute = call.text("AttributeName")
    if attribute not in VERIFIABLE:
        raise invalid(f"Invalid attribute: {attribute} can't be verified by a code.")
    return attribute


def _refuse_mapped(world: World, pool: SandboxPool, user: SandboxUser, attribute: str) -> None:
    if world.contested.federated_code == "verifies":
        return
    providers = (pool.identity_providers.get(link.provider) for link in user.links)
    if any(provider and attribute in provider.extended_config["AttributeMapping"] for provider in providers):
        raise invalid("Cannot verify an attribute that an identity provider maps.")


def _check_contact(
    world: World, pool: SandboxPool, user: SandboxUser, attribute: str, changes: Mapping[str, str]
) -> None:
    """Raise before anything is stored, so that a refused request changes nothing."""
    flag, value = f"{attribute}_verified", changes.get(attribute, user.get(attribute))
    refuse_flag_alone(attribute, {attribute: value, flag: changes.get(flag, "")})
    if attribute in changes or changes.get(flag) == "true":
        refuse_if_carried(pool, attribute, value, user)
    if changes.get(flag) == "true" and world.contested.admin_verify_on_taken_alias == "alias_exists":
        refuse_if_held(pool, attribute, value, user)


def _change_contact(
    world: World, pool: SandboxPool, user: SandboxUser, attribute: str, changes: Mapping[str, str]
) -> dict[str, str] | None:
    """Store a new address or number, or keep it pending, and return where a code was sent if one was."""
    flag, old, now = f"{attribute}_verified", user.get(attribute), world.now()
    value, verified = changes.get(attribute), changes.get(flag)
    if value == "":
        user.book.forget(attribute)
        user.pending.pop(attribute, None)
        user.write({attribute: "", flag: ""}, now=now)
        return None
    if verified == "true":
        verify(world, pool, user, attribute, value or old)
        return None
    if value is None or value == old:
        if verified is not None:
            user.write({flag: verified}, now=now)
        return None
    if attribute in pool.keeps_original:
        user.pending[attribute] = value
    else:
        user.book.forget(attribute)
        user.write({attribute: value, flag: "false"}, now=now)
        world.changed(user)
    if attribute not in pool.auto_verified:
        return None
    return send_code(world, pool, user, "attribute", attribute, value)


def _write_rest(world: World, user: SandboxUser, changes: Mapping[str, str]) -> None:
    contacts = {name for attribute in VERIFIABLE for name in (attribute, f"{attribute}_verified")}
    rest = {name: value for name, value in changes.items() if name not in contacts}
    if rest:
        user.write(rest, now=world.now())


OPERATIONS: Mapping[str, Operation] = {
    "AdminUpdateUserAttributes": admin_update_user_attributes,
    "AdminDeleteUserAttributes": admin_delete_user_attributes,
    "UpdateUserAttributes": update_user_attributes,
    "GetUserAttributeVerificationCode": get_user_attribute_verification_code,
    "VerifyUserAttribute": verify_user_attribute,
}
