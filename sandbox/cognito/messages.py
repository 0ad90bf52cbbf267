"""What the pools send: codes and invitations, worded by the pool's own templates."""

from urllib.parse import urlencode

from sandbox.cognito.codes import CodeKind
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.mail import Mail
from sandbox.cognito.pool import SandboxPool
from sandbox.cognito.ses import Undeliverable
from sandbox.cognito.user import VERIFIABLE, SandboxUser
from sandbox.cognito.world import World

_CODE_TEXT = "Your verification code is {####}. "
_SIGN_IN_TEXT = "Your authentication code is {####}. "
_INVITE_TEXT = "Your username is {username} and temporary password is {####}. "


def send_code(
    world: World, pool: SandboxPool, user: SandboxUser, kind: CodeKind, attribute: str, destination: str
) -> dict[str, str]:
    """Send a fresh code and return its ``CodeDeliveryDetails``; raise CodeDeliveryFailure when mail is broken."""
    code = user.book.issue(kind, attribute, destination, now=world.now(), replaces=world.contested.newer_code_replaces)
    template = pool.setting("VerificationMessageTemplate") or {}
    if attribute == "email":
        subject = template.get("EmailSubject") or "Your verification code"
        body = (template.get("EmailMessage") or _CODE_TEXT).replace("{####}", code.digits)
        if kind == "sign-in":
            subject, body = "Your sign-in code", _SIGN_IN_TEXT.replace("{####}", code.digits)
        if kind == "sign-up" and template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK":
            subject = template.get("EmailSubjectByLink") or "Your verification link"
            body = _link(
                world, pool, user, code.digits, template.get("EmailMessageByLink") or "{##Verify your e-mail##}"
            )
    else:
        subject = "Text message"
        body = (template.get("SmsMessage") or _CODE_TEXT).replace("{####}", code.digits)
    _post(world, pool, attribute, destination, subject, body)
    return delivery_details(attribute, destination)


def invite(world: World, pool: SandboxPool, user: SandboxUser, password: str, mediums: list[str]) -> None:
    """Send the temporary password by each medium for which the user has a contact."""
    template = (pool.setting("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    name = user.get("email") if "email" in pool.username_attributes else user.username
    for medium, attribute, text in (("EMAIL", "email", "EmailMessage"), ("SMS", "phone_number", "SMSMessage")):
        if medium in mediums and user.get(attribute):
            body = (template.get(text) or _INVITE_TEXT).replace("{username}", name).replace("{####}", password)
            subject = template.get("EmailSubject") or "Your temporary password"
            subject = subject if attribute == "email" else "Text message"
            _post(world, pool, attribute, user.get(attribute), subject, body)


def delivery_details(attribute: str, destination: str) -> dict[str, str]:
    """Return where a code went, masked as Cognito masks it."""
    if attribute == "email":
        local, _, domain = destination.rpartition("@")
        masked, medium = f"{local[:1]}***@{domain[:1]}***", "EMAIL"
    else:
        masked, medium = f"+*******{destination[-4:]}", "SMS"
    return {"Destination": masked, "DeliveryMedium": medium, "AttributeName": attribute}


def sign_up_contact(pool: SandboxPool, user: SandboxUser) -> str:
    """Return which attribute a sign-up code goes to: the phone first when the pool verifies both; or nothing."""
    wanted = (name for name in reversed(VERIFIABLE) if name in pool.auto_verified and user.get(name))
    return next(wanted, "")


def simulated_delivery() -> dict[str, str]:
    """Return the ``CodeDeliveryDetails`` of a code that nobody is sent, so that nobody learns who has an account."""
    return delivery_details("email", "s@e.invalid")


def _link(world: World, pool: SandboxPool, user: SandboxUser, digits: str, template: str) -> str:
    before, _, rest = template.partition("{##")
    words, _, after = rest.partition("##}")
    client = next(iter(pool.clients), "")
    query = urlencode({"client_id": client, "user_name": user.username, "confirmation_code": digits})
    return f"{before}{words}: {world.address}/confirmUser?{query}{after}"


def _post(world: World, pool: SandboxPool, attribute: str, destination: str, subject: str, body: str) -> None:
    triggers = pool.setting("LambdaConfig") or {}
    # With a sender function of its own the pool leaves delivery to that, and Cognito sends nothing.
    if triggers.get("CustomEmailSender" if attribute == "email" else "CustomSMSSender"):
        return
    failure = "EmailConfigurationFailure" if attribute == "email" else "SmsConfigurationFailure"
    if pool.setting(failure):
        raise CognitoError("CodeDeliveryFailureException", "Verification code failed to deliver successfully.")
    if attribute == "email" and not _is_sent(world, pool, destination):
        return
    sender = (pool.setting("EmailConfiguration") or {}).get("EmailSendingAccount", "COGNITO_DEFAULT")
    if attribute == "email" and sender == "COGNITO_DEFAULT":
        world.accounts[pool.account_id].default_sender.spend(now=world.now())
    world.mailbox.deliver(Mail(to=destination, subject=subject, body=body, at=world.now(), pool_id=pool.id))


def _is_sent(world: World, pool: SandboxPool, address: str) -> bool:
    """Return whether a mail leaves, which SES doesn't tell Cognito where the pool sends with it."""
    try:
        return world.accounts[pool.account_id].ses.sends(pool.setting("EmailConfiguration") or {}, address)
    except Undeliverable as refused:
        raise CognitoError("CodeDeliveryFailureException", str(refused)) from refused
