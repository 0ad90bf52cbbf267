"""The challenges of a sign-in: a new password, and codes by text message, mail or authenticator app."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.twofactor import InvalidToken
from moto.cognitoidp.models import CognitoIdpUserPoolClient
from moto.cognitoidp.utils import cognito_totp

from sandbox.cognito.aliases import refuse_if_held, verify
from sandbox.cognito.clients import NEVER_WRITABLE, check_secret, check_writable
from sandbox.cognito.codes import Code
from sandbox.cognito.errors import CognitoError, invalid, not_authorized, not_found, user_disabled
from sandbox.cognito.messages import send_code
from sandbox.cognito.operations.passwords import recovery_ways
from sandbox.cognito.passwords import check_policy
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.schema import fitted, missing
from sandbox.cognito.user import VERIFIABLE, SandboxUser
from sandbox.cognito.world import Call, Operation, World

_CONTACT = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email"}
_PREFIX = "userAttributes."


def next_step(
    world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, user: SandboxUser, *, factor: str = ""
) -> dict[str, Any]:
    """Return the next challenge of someone whose password is right, or the tokens when there is none left."""
    if user.status == "FORCE_CHANGE_PASSWORD":
        shown = {name: value for name, value in user.values.items() if name not in {"sub", "identities"}}
        parameters = {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps([_PREFIX + name for name in missing(pool, user.values)]),
            "userAttributes": json.dumps(shown),
        }
        return _challenge(world, pool, client, user, "NEW_PASSWORD_REQUIRED", parameters)
    chosen = factor or (user.preferred_mfa_setting if user.preferred_mfa_setting in user.factors else "")
    if not chosen and len(user.factors) > 1:
        parameters = {"MFAS_CAN_CHOOSE": json.dumps(user.factors), "USER_ID_FOR_SRP": user.username}
        return _challenge(world, pool, client, user, "SELECT_MFA_TYPE", parameters)
    chosen = chosen or next(iter(user.factors), "")
    if not chosen and pool.mfa_config == "ON":
        chosen = _required_factor(pool, user)
    if not chosen:
        return signed_in(world, pool, client, user)
    parameters = {"USER_ID_FOR_SRP": user.username}
    if chosen in _CONTACT:
        attribute = _CONTACT[chosen]
        sent = send_code(world, pool, user, "sign-in", attribute, user.get(attribute))
        parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] = sent["DeliveryMedium"]
        parameters["CODE_DELIVERY_DESTINATION"] = sent["Destination"]
    return _challenge(world, pool, client, user, chosen, parameters)


def _required_factor(pool: SandboxPool, user: SandboxUser) -> str:
    """Return the challenge of somebody who has set no factor up where everybody needs one.

    A contact serves, but never the one that recovery tries first; with no contact at all it is the setting up.
    """
    first = recovery_ways(pool)[0]
    contacts = {factor: attribute for factor, attribute in _CONTACT.items() if user.get(attribute)}
    if not contacts:
        return "MFA_SETUP"
    usable = [factor for factor, attribute in contacts.items() if attribute != first]
    if not usable:
        # That nobody gets in is documented; the exception and its words are the sandbox's choice.
        raise not_authorized("MFA is required, and the user has no factor that can be used.")
    return usable[0]


def signed_in(world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, user: SandboxUser) -> dict[str, Any]:
    """Return the tokens."""
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": pool.open_tokens(client.id, user, now=world.now()),
    }


def respond_to_auth_challenge(world: World, call: Call) -> dict[str, Any]:
    """Answer the open challenge as the customer's app."""
    pool, client = world.client(call.text("ClientId"))
    return _respond(world, pool, client, call)


def admin_respond_to_auth_challenge(world: World, call: Call) -> dict[str, Any]:
    """Answer the open challenge as a server with IAM rights."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    if call.text("ClientId") not in pool.clients:
        raise not_found(f"User pool client {call.text('ClientId')} does not exist.")
    return _respond(world, pool, pool.clients[call.text("ClientId")], call)


def _respond(world: World, pool: SandboxPool, client: CognitoIdpUserPoolClient, call: Call) -> dict[str, Any]:
    name = call.text("ChallengeName")
    responses: Mapping[str, str] = call.parameters.get("ChallengeResponses") or {}
    if not call.text("Session"):
        raise invalid("Missing required parameter Session")
    if not responses.get("USERNAME"):
        raise invalid("Missing required parameter USERNAME")
    check_secret(client, responses.get("SECRET_HASH", ""), [responses["USERNAME"]])
    session = pool.read_session(call.text("Session"), client.id, name, now=world.now())
    user = pool.find(responses["USERNAME"])
    if user is None or user.username != session.username:
        raise not_authorized("Invalid session for the user.")
    if not user.enabled:
        raise user_disabled()
    if name == "NEW_PASSWORD_REQUIRED":
        _set_new_password(world, pool, client, user, responses)
        answer = next_step(world, pool, client, user)
    elif name == "SELECT_MFA_TYPE":
        if responses.get("ANSWER") not in user.factors:
            raise invalid("Invalid answer to the choice of a second factor.")
        answer = next_step(world, pool, client, user, factor=responses["ANSWER"])
    else:
        _check_code(world, pool, user, name, responses)
        answer = signed_in(world, pool, client, user)
    session.used = True
    return answer


def _set_new_password(
    world: World,
    pool: SandboxPool,
    client: CognitoIdpUserPoolClient,
    user: SandboxUser,
    responses: Mapping[str, str],
) -> None:
    if not responses.get("NEW_PASSWORD"):
        raise invalid("Missing required parameter NEW_PASSWORD")
    given = {name.removeprefix(_PREFIX): value for name, value in responses.items() if name.startswith(_PREFIX)}
    for name in sorted(given):
        if name in pool.required and user.get(name):
            raise invalid(f"Cannot modify an already provided {name}")
    if NEVER_WRITABLE & set(given):
        raise not_authorized("A client attempted to write unauthorized attribute")
    check_writable(pool, client, given)
    changes = fitted(pool, given, new_user=False)
    lacking = missing(pool, {**user.values, **changes})
    if lacking:
        raise invalid(f"Invalid attributes given, {lacking[0]} is missing")
    check_policy(pool, responses["NEW_PASSWORD"])
    flags = {f"{name}_verified": "false" for name in VERIFIABLE if name in changes and changes[name] != user.get(name)}
    user.write({**changes, **flags}, now=world.now())
    user.set_password(responses["NEW_PASSWORD"], now=world.now())
    user.set_status("CONFIRMED", now=world.now())


def _check_code(world: World, pool: SandboxPool, user: SandboxUser, name: str, responses: Mapping[str, str]) -> None:
    digits = responses.get(f"{name}_CODE", "")
    if not digits:
        raise invalid(f"Missing required parameter {name}_CODE")
    if name in _CONTACT:
        try:
            code = user.book.match("sign-in", _CONTACT[name], digits, now=world.now())
        except CognitoError as wrong:
            raise CognitoError(wrong.code, "Invalid code or auth state for the user.") from wrong
        code.used = True
        _verify_by_factor(world, pool, user, code)
        return
    if digits == user.last_authenticator_code:
        raise CognitoError("ExpiredCodeException", "Your software token has already been used once.")
    if not _is_authenticator_code(user, digits, world):
        raise CognitoError("CodeMismatchException", "Invalid code received for user")
    user.last_authenticator_code = digits


def _verify_by_factor(world: World, pool: SandboxPool, user: SandboxUser, code: Code) -> None:
    """Note that the contact is the user's: a code that arrived there was entered, whatever it was for."""
    if code.destination != user.get(code.attribute) or user.is_verified(code.attribute):
        return
    if world.contested.taken_alias_at_factor == "alias_exists":
        refuse_if_held(pool, code.attribute, code.destination, user)
    verify(world, pool, user, code.attribute, code.destination)


def _is_authenticator_code(user: SandboxUser, digits: str, world: World) -> bool:
    # One step of thirty seconds either way, for clocks that don't agree.
    for drift in (0, -30, 30):
        try:
            moment = int((world.now() + timedelta(seconds=drift)).timestamp())
            cognito_totp(user.authenticator_secret).verify(digits.encode(), moment)
        except InvalidToken:
            continue
        return True
    return False


def _challenge(
    world: World,
    pool: SandboxPool,
    client: CognitoIdpUserPoolClient,
    user: SandboxUser,
    name: str,
    parameters: dict[str, str],
) -> dict[str, Any]:
    session = pool.open_session(client.id, user.username, name, now=world.now())
    return {"ChallengeName": name, "ChallengeParameters": parameters, "Session": session}


OPERATIONS: Mapping[str, Operation] = {
    "RespondToAuthChallenge": respond_to_auth_challenge,
    "AdminRespondToAuthChallenge": admin_respond_to_auth_challenge,
}
