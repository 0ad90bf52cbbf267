"""What a customer, an app or an administrator tries, over HTTP, and how the answer looks to them."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.livepool import PASSWORD
from tests.facts.answers import Answer, Became, CameIn, Challenge, Modified, Refused, Sent, SignedIn, Simulated
from tests.facts.scene import Scene

Attempt = Callable[[Scene], Answer]
Name = Callable[[Scene], str]
"""What somebody types to say who they are."""

NEW_PASSWORD = "Brand-new-2"


def their_username(scene: Scene) -> str:
    return scene.username


def their_address(scene: Scene) -> str:
    return scene.who.address


def their_old_address(scene: Scene) -> str:
    return f"old-{scene.who.address}"


def their_sub(scene: Scene) -> str:
    return scene.pool.user(scene.username).sub


def their_phone(scene: Scene) -> str:
    return scene.who.phone


def in_capitals(scene: Scene) -> str:
    return scene.username.upper()


def attempt(do: Callable[[Scene], Answer]) -> Attempt:
    """Turn the error of a call into an answer."""

    def tried(scene: Scene) -> Answer:
        try:
            return do(scene)
        except ClientError as refusal:
            error = refusal.response["Error"]
            return Refused(error["Code"], error["Message"])

    return tried


def sign_in(name: Name = their_username, *, password: str = PASSWORD, times: int = 1) -> Attempt:
    """Sign in with a password, with the last of so many tries answered."""

    def do(scene: Scene) -> Answer:
        for _ in range(times):
            answer = scene.cognito.initiate_auth(
                ClientId=scene.client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": name(scene), "PASSWORD": password},
            )
        return _next(scene, answer)

    return attempt(do)


def guess(times: int) -> Attempt:
    """Try so many wrong passwords, the last of which is answered."""

    def do(scene: Scene) -> Answer:
        wrong = sign_in(password="Wrong-1!")
        return [wrong(scene) for _ in range(times)][-1]

    return do


def sign_in_by_mailed_factor(scene: Scene) -> Answer:
    """Sign in, and enter the code of the second factor."""

    def do(scene: Scene) -> Answer:
        step = scene.cognito.initiate_auth(
            ClientId=scene.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.username, "PASSWORD": PASSWORD},
        )
        scene.cognito.respond_to_auth_challenge(
            ClientId=scene.client_id,
            ChallengeName=step["ChallengeName"],
            Session=step["Session"],
            ChallengeResponses={
                "USERNAME": scene.username,
                f"{step['ChallengeName']}_CODE": scene.pool.mail[-1].code,
            },
        )
        return _became(scene, messages=0)

    return attempt(do)(scene)


def through(provider: str, *, lacking: tuple[str, ...] = (), verified: bool = True) -> Attempt:
    """Sign in through a provider, whose claims lack these."""

    def do(scene: Scene) -> Answer:
        claims = {"sub": scene.who.name, "email": scene.who.address, "email_verified": verified, "name": "Gil"}
        sent = {name: value for name, value in claims.items() if name not in lacking}
        before = _flag(scene)
        try:
            scene.pool.sign_in(provider, sent, through_client=True)
        except SignInFailed as refusal:
            return Refused("invalid_request", str(refusal))
        after = _flag(scene)
        if before == after:
            return CameIn("stays")
        return CameIn("set" if after else "cleared")

    return do


def forget(name: Name = their_username) -> Attempt:
    """Choose "forgot password"."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        details = scene.cognito.forgot_password(ClientId=scene.client_id, Username=name(scene))
        return _delivered(scene, before, details["CodeDeliveryDetails"])

    return attempt(do)


def enter_reset_code(*, asked: bool = True, right: bool = True) -> Attempt:
    """Enter a reset code, asked for before or not; a wrong one is six other digits."""

    def do(scene: Scene) -> Answer:
        if asked:
            scene.cognito.forgot_password(ClientId=scene.client_id, Username=scene.username)
        sent = scene.pool.mail[-1].code if right else "123456"
        scene.cognito.confirm_forgot_password(
            ClientId=scene.client_id, Username=scene.username, ConfirmationCode=sent, Password=NEW_PASSWORD
        )
        return _became(scene, messages=0)

    return attempt(do)


def resend(name: Name = their_username, *, times: int = 1) -> Attempt:
    """Ask for the sign-up code again."""

    def do(scene: Scene) -> Answer:
        for _ in range(times):
            before = len(scene.pool.mail)
            details = scene.cognito.resend_confirmation_code(ClientId=scene.client_id, Username=name(scene))
        return _delivered(scene, before, details["CodeDeliveryDetails"])

    return attempt(do)


def sign_up_with_no_mail_left(scene: Scene) -> Answer:
    """Sign up when the account's mails of the day are used up."""

    def do(scene: Scene) -> Answer:
        scene.server.world.default_sender.limit(0)
        scene.cognito.sign_up(
            ClientId=scene.client_id,
            Username=scene.username,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": scene.who.address}],
        )
        return _became(scene, messages=0)

    answer = attempt(do)(scene)
    assert scene.pool.user(scene.username).status == "UNCONFIRMED"
    return answer


def confirm_sign_up(scene: Scene) -> Answer:
    """Enter the code of the sign-up's mail."""

    def do(scene: Scene) -> Answer:
        mails = [mail for mail in scene.pool.mail if mail.to == scene.who.address]
        scene.cognito.confirm_sign_up(
            ClientId=scene.client_id,
            Username=scene.username,
            ConfirmationCode=mails[-1].code if mails else "123456",
        )
        return _became(scene, messages=0)

    return attempt(do)(scene)


def confirm_by_administrator(scene: Scene) -> Answer:
    """Confirm the sign-up as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_confirm_sign_up(UserPoolId=scene.pool.id, Username=scene.username)
        return _became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def ask_for_code(scene: Scene) -> Answer:
    """Ask for a code to the stored address, with a token from before."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        token = scene.pool.token(scene.username)
        details = scene.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
        return _delivered(scene, before, details["CodeDeliveryDetails"])

    return attempt(do)(scene)


def verify_by_code(scene: Scene) -> Answer:
    """Ask for a code with a token, and enter it."""

    def do(scene: Scene) -> Answer:
        token = scene.pool.token(scene.username)
        scene.cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
        scene.cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=scene.pool.mail[-1].code)
        return _became(scene, messages=0)

    return attempt(do)(scene)


def reset_by_administrator(scene: Scene) -> Answer:
    """Reset the password as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_reset_user_password(UserPoolId=scene.pool.id, Username=scene.username)
        return _became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def sign_in_after_reset(scene: Scene) -> Answer:
    """Sign in with the old password after an administrator has reset it."""
    assert isinstance(reset_by_administrator(scene), Became)
    return sign_in()(scene)


def set_password(*, permanent: bool) -> Attempt:
    """Set a password as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_set_user_password(
            UserPoolId=scene.pool.id, Username=scene.username, Password=NEW_PASSWORD, Permanent=permanent
        )
        return _became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)


def enable(scene: Scene) -> Answer:
    """Let the account in again, and sign in."""
    scene.cognito.admin_enable_user(UserPoolId=scene.pool.id, Username=scene.username)
    return sign_in()(scene)


def renew_invitation(scene: Scene) -> Answer:
    """Send the invitation again by mail."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        _renew(scene)
        return _became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def renew_invitation_without_medium(scene: Scene) -> Answer:
    """Send the invitation again without saying how, which is by text message."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_create_user(UserPoolId=scene.pool.id, Username=scene.username, MessageAction="RESEND")
        return _became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def renew_invitation_with_the_flag(scene: Scene) -> Answer:
    """Send the invitation again, with an attribute beside it."""
    before = len(scene.pool.mail)
    scene.cognito.admin_create_user(
        UserPoolId=scene.pool.id,
        Username=scene.username,
        MessageAction="RESEND",
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    return _became(scene, messages=len(scene.pool.mail) - before)


def renew_and_look_at_the_dates(scene: Scene) -> Answer:
    """Send the invitation again, and see whether that counts as a change of the account."""
    before = scene.pool.user(scene.username).modified
    _renew(scene)
    user = scene.cognito.admin_get_user(UserPoolId=scene.pool.id, Username=scene.username)
    return Modified(by_it=user["UserLastModifiedDate"] > before)


def sign_in_with_the_dead_invitation(scene: Scene) -> Answer:
    """Renew the invitation, and sign in with the password of the old one."""
    _renew(scene)
    return sign_in()(scene)


def sign_in_with_the_renewed_invitation(scene: Scene) -> Answer:
    """Renew the invitation, and sign in with the password in its mail."""
    _renew(scene)
    password = scene.pool.mail[-1].body.removesuffix(" ").removesuffix(".").rsplit(" ", 1)[-1]
    return sign_in(password=password)(scene)


def link_provider(provider: str, *, subject: str = "") -> Attempt:
    """Link a provider's identity, by its subject, as an administrator."""

    def do(scene: Scene) -> Answer:
        scene.cognito.admin_link_provider_for_user(
            UserPoolId=scene.pool.id,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": scene.username},
            SourceUser={
                "ProviderName": provider,
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": subject or scene.who.name,
            },
        )
        return _became(scene, messages=0)

    return attempt(do)


def through_after_unlinking(provider: str) -> Attempt:
    """Unlink the identity, and sign in through the provider: a new account takes what the provider says."""

    def do(scene: Scene) -> Answer:
        identity = {
            "ProviderName": provider,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": scene.who.name,
        }
        scene.cognito.admin_disable_provider_for_user(UserPoolId=scene.pool.id, User=identity)  # type: ignore[arg-type]
        answer = through(provider)(scene)
        assert scene.pool.user(f"{provider}_{scene.who.name}").status == "EXTERNAL_PROVIDER"
        return answer

    return do


def sign_in_with_barred_password(scene: Scene) -> Answer:
    """Sign in after an administrator has taken the password out of use."""
    scene.cognito.admin_disable_provider_for_user(
        UserPoolId=scene.pool.id, User={"ProviderName": "Cognito", "ProviderAttributeValue": scene.username}
    )
    return sign_in()(scene)


def create_verified_without_address(scene: Scene) -> Answer:
    """Create a user with the flag and no address."""

    def do(scene: Scene) -> Answer:
        scene.cognito.admin_create_user(
            UserPoolId=scene.pool.id,
            Username=scene.username,
            UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        )
        return _became(scene, messages=0)

    return attempt(do)(scene)


def set_own_flag_at_sign_up(scene: Scene) -> Answer:
    """Sign up with the flag among the attributes."""

    def do(scene: Scene) -> Answer:
        scene.cognito.sign_up(
            ClientId=scene.client_id,
            Username=scene.username,
            Password=PASSWORD,
            UserAttributes=[
                {"Name": "email", "Value": scene.who.address},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        return _became(scene, messages=0)

    return attempt(do)(scene)


def and_look(first: Attempt) -> Attempt:
    """Try something that is refused, and look what became of the account."""

    def do(scene: Scene) -> Answer:
        assert isinstance(first(scene), Refused)
        return _became(scene, messages=0)

    return do


def twice(first: Attempt, second: Attempt) -> Attempt:
    """Try one thing and then another, whose answer counts."""

    def do(scene: Scene) -> Answer:
        first(scene)
        return second(scene)

    return do


def _renew(scene: Scene) -> None:
    scene.cognito.admin_create_user(
        UserPoolId=scene.pool.id,
        Username=scene.username,
        MessageAction="RESEND",
        DesiredDeliveryMediums=["EMAIL"],
    )


def _next(scene: Scene, answer: Any) -> Answer:
    if "ChallengeName" in answer:
        return Challenge(answer["ChallengeName"])
    bearer = scene.cognito.get_user(AccessToken=answer["AuthenticationResult"]["AccessToken"])
    assert bearer["Username"] == scene.username
    return SignedIn()


def _delivered(scene: Scene, before: int, details: Any) -> Answer:
    sent = scene.pool.mail[before:]
    if not sent:
        return Simulated()
    user = scene.pool.user(scene.username)
    assert [mail.to for mail in sent] == [user.attributes[details["AttributeName"]]]
    return Sent(details["DeliveryMedium"], details["AttributeName"], by_link="/confirmUser?" in sent[0].body)


def _became(scene: Scene, *, messages: int) -> Became:
    user = scene.pool.user(scene.username)
    return Became(user.status, user.email_verified, messages)


def _flag(scene: Scene) -> bool:
    return any(user.username == scene.username and user.email_verified for user in scene.pool.users)
