"""What a customer can try, really tried in a state; each attempt begins afresh, under one play of the open points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.testing import PASSWORD, CognitoError, Contested, SignInFailed
from tests.outlook.stage import ADDRESS, CLAIMS, ELSEWHERE, OTHERS_SUBJECT, Scene

NEW_PASSWORD = "Another-New-1!"
_FACTORS = {"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One way in which everything could be that nobody can see beforehand."""

    contested: Contested
    """The answers to what AWS's sources leave open."""
    invited_late: bool = False
    """Whether the last invitation went out when the account was last changed, instead of when it was created."""
    sends_address: bool = True
    """Whether the provider sends the address, where the pool doesn't ask for it."""
    says_verified: bool | None = None
    """What the provider says about the address; None when nothing."""


def sign_in(scene: Scene, play: Play, name: str) -> str:
    """Sign in with the right password; a further step counts as yes."""
    begin(scene, play)
    return "yes" if name and _challenged(scene, name) else "no"


def reset(scene: Scene, play: Play, name: str) -> str:
    """Choose "forgot password": what a code went out by, or no. What the app says doesn't count."""
    begin(scene, play)
    return _sent(scene, "ForgotPassword", {"ClientId": scene.live.client_id, "Username": name})


def sign_up_code(scene: Scene, play: Play) -> str:
    """Ask for the code of the sign-up again: what it went out by, no, or none where the sign-up is finished."""
    begin(scene, play)
    unfinished = scene.user.status == "UNCONFIRMED"
    sent = _sent(scene, "ResendConfirmationCode", {"ClientId": scene.live.client_id, "Username": scene.username})
    return sent if unfinished or sent != "no" else "none"


def code_after_password(scene: Scene, play: Play) -> str:
    """Sign in with the password, and ask for a code to the address."""
    begin(scene, play)
    return _code(scene, signed_in(scene, scene.username, PASSWORD))


def code_after_provider(scene: Scene, play: Play, provider: str, known: dict[Any, str]) -> str:
    """Sign in through a provider, and ask for a code to the address.

    ``known`` is what came of it before, by what the sign-in had made of the account: to write tokens takes long.
    """
    begin(scene, play)
    if not came_through(scene, play, provider):
        return "no"
    account = tuple(sorted(scene.user.values.items()))
    if account not in known:
        known[account] = _code(scene, scene.live.token(scene.username))
    return known[account]


def _code(scene: Scene, token: str) -> str:
    if not token:
        return "no"
    return _sent(scene, "GetUserAttributeVerificationCode", {"AccessToken": token, "AttributeName": "email"})


def flag_next(scene: Scene, play: Play, provider: str) -> str:
    """Sign in through a provider, once with the flag and once without, and say what that makes of it."""
    after = {before: _flag_after(scene, play, provider, before) for before in (True, False)}
    match after[True], after[False]:
        case True, False:
            return "stays"
        case False, False:
            return "cleared"
        case True, True:
            return "set"
        case _:
            return "turned over"


def _flag_after(scene: Scene, play: Play, provider: str, before: bool) -> bool:
    begin(scene, play)
    # Also where there is no address: then the flag shows what is written all the same.
    scene.user.write({"email_verified": str(before).lower()}, now=None)
    came_through(scene, play, provider)
    return scene.user.is_verified("email")


def begin(scene: Scene, play: Play) -> None:
    """Go back to the beginning of a state."""
    scene.afresh(play.contested)
    user = scene.user
    user.password_set = user.last_modified_date if play.invited_late else user.create_date


def came_through(scene: Scene, play: Play, provider: str, username: str = "") -> bool:
    """Sign in through a provider, and return whether that goes through; ``username`` is somebody else's."""
    claims: dict[str, Any] = {**CLAIMS, **({"sub": OTHERS_SUBJECT} if provider == ELSEWHERE else {})}
    if play.sends_address:
        claims["email"] = ADDRESS
        if play.says_verified is not None:
            claims["email_verified"] = play.says_verified
    try:
        came = scene.live.sign_in(provider, claims, through_client=True)
    except SignInFailed:
        return False
    assert came.username == (username or scene.username), "the provider signs in another account"
    return True


def signed_in(scene: Scene, name: str, password: str) -> str:
    """Sign in to the end, whatever is asked for, and return an access token; nothing when it can't be done."""
    try:
        return _to_the_end(scene, name, password)
    except CognitoError:
        return ""


def _to_the_end(scene: Scene, name: str, password: str) -> str:
    answer = _begun(scene, name, password)
    while "ChallengeName" in answer:
        challenge = answer["ChallengeName"]
        if challenge == "MFA_SETUP":
            return ""
        answer = scene.call(
            "RespondToAuthChallenge",
            {
                "ClientId": scene.live.client_id,
                "ChallengeName": challenge,
                "Session": answer["Session"],
                "ChallengeResponses": {"USERNAME": name, **_answers(scene, name, challenge)},
            },
        )
    return str(answer["AuthenticationResult"]["AccessToken"])


def _answers(scene: Scene, name: str, challenge: str) -> Mapping[str, str]:
    user = scene.live.record(name)
    if challenge == "NEW_PASSWORD_REQUIRED":
        wanted = [name for name in scene.live.inner.required if not user.get(name)]
        return {"NEW_PASSWORD": NEW_PASSWORD, **{f"userAttributes.{name}": "Iversen" for name in wanted}}
    if challenge == "SELECT_MFA_TYPE":
        return {"ANSWER": user.factors[0]}
    code = scene.live.authenticator_code(name) if challenge == "SOFTWARE_TOKEN_MFA" else scene.mail[-1].code
    return {f"{challenge}_CODE": code}


def _begun(scene: Scene, name: str, password: str) -> Mapping[str, Any]:
    return scene.call(
        "InitiateAuth",
        {
            "ClientId": scene.live.client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": password},
        },
    )


def _challenged(scene: Scene, name: str) -> bool:
    try:
        _begun(scene, name, PASSWORD)
    except CognitoError:
        return False
    return True


def _sent(scene: Scene, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return what a message went out by, to whom it should go; no when none went out."""
    before = len(scene.mail)
    try:
        answer = scene.call(operation, parameters)
    except CognitoError:
        answer = {}
    sent = scene.mail[before:]
    if not sent:
        return "no"
    (mail,) = sent
    attribute = answer["CodeDeliveryDetails"]["AttributeName"]
    assert mail.to == scene.user.get(attribute), "a code went to somebody else"
    return {"email": "email", "phone_number": "phone"}[attribute]
