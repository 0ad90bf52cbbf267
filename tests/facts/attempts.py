"""What a customer and their app try, over HTTP, and how the answer looks to them.

It is long because it is one list of attempts, each a call or two.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from sandbox.testing import PASSWORD, SignInFailed
from tests.facts.answers import Answer, Became, CameIn, Challenge, Refused, Sent, SignedIn, Simulated
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
        return became(scene)

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
        return became(scene)

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
        scene.server.default_sender.limit(0)
        scene.cognito.sign_up(
            ClientId=scene.client_id,
            Username=scene.username,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": scene.who.address}],
        )
        return became(scene)

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
        return became(scene)

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
        return became(scene)

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
        return became(scene)

    return attempt(do)(scene)


def and_look(first: Attempt) -> Attempt:
    """Try something that is refused, and look what became of the account."""

    def do(scene: Scene) -> Answer:
        assert isinstance(first(scene), Refused)
        return became(scene)

    return do


def twice(first: Attempt, second: Attempt) -> Attempt:
    """Try one thing and then another, whose answer counts."""

    def do(scene: Scene) -> Answer:
        first(scene)
        return second(scene)

    return do


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


def became(scene: Scene, *, messages: int = 0) -> Became:
    """Look at the account after what was done to it."""
    user = scene.pool.user(scene.username)
    return Became(user.status, user.email_verified, messages)


def _flag(scene: Scene) -> bool:
    return any(user.username == scene.username and user.email_verified for user in scene.pool.users)
