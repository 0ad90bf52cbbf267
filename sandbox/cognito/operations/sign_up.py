"""Signing up as a customer: SignUp, ConfirmSignUp, ResendConfirmationCode, and an administrator's confirmation."""

from collections.abc import Mapping
from typing import Any, Literal

from moto.cognitoidp.models import CognitoIdpUserPoolClient

from sandbox.cognito.aliases import refuse_if_held, verify
from sandbox.cognito.clients import NEVER_WRITABLE, check_secret, check_writable, hides_users
from sandbox.cognito.errors import CognitoError, expired_code, invalid, not_authorized, user_disabled
from sandbox.cognito.messages import send_code, sign_up_contact, simulated_delivery
from sandbox.cognito.passwords import check_policy
from sandbox.cognito.pool import PostConfirmation, PreSignUp, SandboxPool
from sandbox.cognito.schema import fitted, missing, named
from sandbox.cognito.user import SandboxUser
from sandbox.cognito.world import Call, Operation, World

ConfirmationEvent = Literal["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]


def sign_up(world: World, call: Call) -> dict[str, Any]:
    """Create an unconfirmed user; an address that someone else holds is no obstacle in an alias pool."""
    pool, client = world.client(call.text("ClientId"))
    username = call.text("Username")
    check_secret(client, call.text("SecretHash"), [username])
    if (pool.setting("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        raise not_authorized("SignUp is not permitted for this user pool")
    asked = call.attributes()
    if NEVER_WRITABLE & set(asked):
        raise not_authorized("A client attempted to write unauthorized attribute")
    check_writable(pool, client, asked)
    stored_name, attributes = named(pool, username, fitted(pool, asked, new_user=True), taken="User already exists")
    lacking = missing(pool, attributes)
    if lacking:
        complaints = "".join(f"{name}: The attribute is required\n" for name in lacking)
        raise invalid(f"Attributes did not conform to the schema: {complaints}")
    if not call.text("Password"):
        raise invalid("Password is required for this user pool client.")
    check_policy(pool, call.text("Password"))
    trigger = pool.pre_sign_up or PreSignUp()
    trigger.check()
    user = SandboxUser(
        pool.id,
        stored_name,
        password=call.text("Password"),
        status="CONFIRMED" if trigger.auto_confirm else "UNCONFIRMED",
        attributes=_with_flags(attributes),
        now=world.now(),
    )
    pool.admit(user)
    world.changed(user)
    for attribute in trigger.verifies:
        if user.get(attribute):
            verify(world, pool, user, attribute, user.get(attribute))
    answer: dict[str, Any] = {"UserConfirmed": trigger.auto_confirm, "UserSub": user.sub}
    contact = "" if trigger.auto_confirm else sign_up_contact(pool, user)
    if contact:
        # A failure to deliver leaves the new user behind, as AWS's SignUp page warns.
        answer["CodeDeliveryDetails"] = send_code(world, pool, user, "sign-up", contact, user.get(contact))
    return answer


def confirm_sign_up(world: World, call: Call) -> dict[str, Any]:
    """Enter the sign-up code: the account is confirmed, and what the code went to is verified."""
    pool, client = world.client(call.text("ClientId"))
    user = _signed_up(pool, client, call)
    if user is None:
        raise expired_code() if hides_users(client) else _unknown()
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.shown('Attributes')['UserStatus']}")
    user.book.spend(call.operation, now=world.now())
    code = user.book.match("sign-up", "", call.text("ConfirmationCode"), now=world.now())
    if code.destination != user.get(code.attribute):
        raise expired_code()
    if not call.parameters.get("ForceAliasCreation"):
        code.used = world.contested.refused_confirmation_burns_code
        refuse_if_held(pool, code.attribute, code.destination, user)
    code.used = True
    user.set_status("CONFIRMED", now=world.now())
    verify(world, pool, user, code.attribute, code.destination)
    run_post_confirmation(world, pool, user, "PostConfirmation_ConfirmSignUp")
    return {}


def resend_confirmation_code(world: World, call: Call) -> dict[str, Any]:
    """Send a new sign-up code, while the sign-up is unfinished."""
    pool, client = world.client(call.text("ClientId"))
    user = _signed_up(pool, client, call)
    hides = hides_users(client)
    if user is None:
        if not hides:
            raise _unknown()
        return {"CodeDeliveryDetails": simulated_delivery()}
    if not user.enabled:
        if hides:
            return {"CodeDeliveryDetails": simulated_delivery()}
        # The refusal is documented; its words are the sandbox's choice.
        raise user_disabled()
    if user.status != "UNCONFIRMED":
        if hides and world.contested.confirmed_resend == "simulated":
            return {"CodeDeliveryDetails": simulated_delivery()}
        raise invalid("User is already confirmed.")
    if not pool.auto_verified:
        raise not_authorized("Cannot resend codes. Auto verification not turned on.")
    contact = sign_up_contact(pool, user)
    if not contact:
        # Refused for certain; the exception and its words are the sandbox's choice.
        raise invalid("User has no email or phone number that a code could go to.")
    user.book.spend(call.operation, now=world.now())
    return {"CodeDeliveryDetails": send_code(world, pool, user, "sign-up", contact, user.get(contact))}


def admin_confirm_sign_up(world: World, call: Call) -> dict[str, Any]:
    """Confirm the account as an administrator; the address stays unverified."""
    pool = world.pool(call.text("UserPoolId"), call.region)
    user = pool.one(call.text("Username"))
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.shown('Attributes')['UserStatus']}")
    user.set_status("CONFIRMED", now=world.now())
    run_post_confirmation(world, pool, user, "PostConfirmation_ConfirmSignUp")
    return {}


def run_post_confirmation(world: World, pool: SandboxPool, user: SandboxUser, event: ConfirmationEvent) -> None:
    """Call the function, where the pool has one. When it fails the call fails, and what was done stays done."""
    named = (pool.setting("LambdaConfig") or {}).get("PostConfirmation")
    if pool.post_confirmation is None and not named:
        return
    pool.confirmations.append(event)
    function = pool.post_confirmation or PostConfirmation()
    function.check()
    if function.verifies_email and user.get("email"):
        verify(world, pool, user, "email", user.get("email"))


def _signed_up(pool: SandboxPool, client: CognitoIdpUserPoolClient, call: Call) -> SandboxUser | None:
    check_secret(client, call.text("SecretHash"), [call.text("Username")])
    return pool.find(call.text("Username"))


def _unknown() -> CognitoError:
    return CognitoError("UserNotFoundException", "Username/client id combination not found.")


def _with_flags(attributes: Mapping[str, str]) -> dict[str, str]:
    unverified = {f"{name}_verified": "false" for name in ("email", "phone_number") if attributes.get(name)}
    return {**attributes, **unverified}


OPERATIONS: Mapping[str, Operation] = {
    "SignUp": sign_up,
    "ConfirmSignUp": confirm_sign_up,
    "ResendConfirmationCode": resend_confirmation_code,
    "AdminConfirmSignUp": admin_confirm_sign_up,
}
