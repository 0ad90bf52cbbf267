"""Signing in with a password or a refresh token, up to the first challenge."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.cognitoidp.models import CognitoIdpUserPoolClient

from sandbox.cognito.clients import allows, check_secret, hides_users
from sandbox.cognito.errors import (
    CognitoError,
    invalid,
    not_authorized,
    not_found,
    password_reset_required,
    user_disabled,
    user_not_confirmed,
    user_not_found,
    wrong_password,
)
from sandbox.cognito.operations.challenges import OPERATIONS as CHALLENGES
from sandbox.cognito.operations.challenges import next_step
from sandbox.cognito.passwords import temporary_validity_days
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.user import SandboxUser
from sandbox.cognito.world import Call, Operation, World

PUBLIC_PASSWORD, ADMIN_PASSWORD = ("USER_PASSWORD_AUTH",), ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
REFRESH = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_PATIENCE, _LOCKED_FOR = 5, timedelta(minutes=15)


def initiate_auth(world: World, call: Call) -> dict[str, Any]:
    """Begin a sign-in as the customer's app."""
    pool, client = world.client(call.text("ClientId"))
    return _begin(world, pool, client, call, PUBLIC_PASSWORD)


def admin_initiate_auth(world: World, call: Call) -> dict[str, Any]:
    """Begin a sign-in as a server with IAM rights."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    if call.text("ClientId") not in pool.clients:
        raise not_found(f"User pool client {call.text('ClientId')} does not exist.")
    return _begin(world, pool, pool.clients[call.text("ClientId")], call, ADMIN_PASSWORD)


def _begin(
    world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, call: Call, password_flows: tuple[str, ...]
) -> dict[str, Any]:
    flow = call.text("AuthFlow")
    parameters: Mapping[str, str] = call.parameters.get("AuthParameters") or {}
    if flow not in (*password_flows, *REFRESH):
        raise invalid("Initiate Auth method not supported.")
    if not allows(client, REFRESH[0] if flow in REFRESH else flow):
        raise invalid(f"{flow} flow not enabled for this client")
    if flow in REFRESH:
        return _refresh(world, pool, client, parameters)
    for name in ("USERNAME", "PASSWORD"):
        if not parameters.get(name):
            raise invalid(f"Missing required parameter {name}")
    check_secret(client, parameters.get("SECRET_HASH", ""), [parameters["USERNAME"]])
    user = pool.find(parameters["USERNAME"])
    if user is None:
        raise wrong_password() if hides_users(client) else user_not_found()
    try:
        _check_password(world, pool, client, user, parameters["PASSWORD"])
    except CognitoError:
        _record(world, user, "Fail")
        raise
    _record(world, user, "Pass")
    return next_step(world, pool, client, user)


def _check_password(
    world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, user: SandboxUser, password: str
) -> None:
    """Raise the first reason why this password lets nobody in; the order is the one that people have met."""
    now = world.now()
    if not user.enabled:
        raise user_disabled()
    if user.status == "RESET_REQUIRED":
        raise wrong_password() if _hides_reset(world, client, user) else password_reset_required()
    if not _may_use_password(world, user):
        raise not_authorized("User is not authorized to get auth details")
    user.failed_passwords = [moment for moment in user.failed_passwords if now - moment < _LOCKED_FOR]
    if len(user.failed_passwords) >= _PATIENCE:
        raise not_authorized("Password attempts exceeded")
    if user.password != password:
        user.failed_passwords.append(now)
        raise wrong_password()
    user.failed_passwords.clear()
    if user.status == "UNCONFIRMED":
        raise user_not_confirmed()
    if user.status == "FORCE_CHANGE_PASSWORD":
        used_up = user.temporary_password_entered and world.contested.temporary_password_once
        if used_up or now - user.password_set > timedelta(days=temporary_validity_days(pool)):
            raise not_authorized("Temporary password has expired and must be reset by an administrator.")
        user.temporary_password_entered = True


def _hides_reset(world: World, client: CognitoIdpUserPoolClient, user: SandboxUser) -> bool:
    """Whether a pending reset looks like a wrong password: AWS says so of imported users, and of no others."""
    shown = user.reset_by_administrator and world.contested.hidden_reset == "shown"
    return hides_users(client) and not shown


def _may_use_password(world: World, user: SandboxUser) -> bool:
    waits = bool(user.links) and not user.came_through_provider and world.contested.linked_waits_for_provider
    return user.password_sign_in and not waits


def _refresh(
    world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, parameters: Mapping[str, str]
) -> dict[str, Any]:
    token = parameters.get("REFRESH_TOKEN", "")
    if not token:
        raise invalid("Missing required parameter REFRESH_TOKEN")
    if token not in pool.refresh_tokens:
        raise not_authorized("Invalid Refresh Token")
    entry = pool.refresh_tokens[token]
    if entry is None:
        raise not_authorized("Refresh Token has been revoked")
    if world.now() >= pool.token_expiry[token]:
        raise not_authorized("Refresh Token has expired")
    user = pool.one(entry[1])
    check_secret(client, parameters.get("SECRET_HASH", ""), [user.username, user.sub])
    if not user.enabled:
        raise user_disabled()
    tokens = pool.open_tokens(client.id, user, now=world.now())
    return {"AuthenticationResult": {name: tokens[name] for name in tokens if name != "RefreshToken"}}


def _record(world: World, user: SandboxUser, response: str) -> None:
    user.auth_events.append(
        {
            "EventId": str(uuid.uuid4()),
            "EventType": "SignIn",
            "CreationDate": world.now(),
            "EventResponse": response,
        }
    )


OPERATIONS: Mapping[str, Operation] = {
    "InitiateAuth": initiate_auth,
    "AdminInitiateAuth": admin_initiate_auth,
    **CHALLENGES,
}
