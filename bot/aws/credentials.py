"""A customer's own credential: what an access token shows before it is sent, and how a sign-in with a password goes."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from bot.answer import Refused
from bot.cognito import User
from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Delivery, Reply
from bot.redaction import hide
from bot.settings import PoolSettings
from bot.words import Value, say


def secret_hash(pool: PoolSettings, username: str) -> str:
    """Return the SECRET_HASH of a call that carries exactly this user name; empty for a client without a secret."""
    if pool.client_secret is None:
        return ""
    key = pool.client_secret.get_secret_value().encode()
    mac = hmac.new(key, f"{username}{pool.client_id}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


_FIELD = "token"


def refuse_foreign(token: SecretStr, user: User, *, pool: str, pool_id: str) -> None:
    """Raise `Refused` for what is no access token, or one of another pool or another user.

    The signature isn't looked at: Cognito does that, in the GetUser which has to follow.
    """
    claims = _claims(token)
    if claims is None:
        raise _refused("This is no access token: one is a single long word that begins with eyJ, with two dots in it.")
    if claims.get("token_use") != "access":
        raise _refused("This is a token of another kind (an ID token, as a rule). Please paste the access token.")
    if str(claims.get("iss", "")).rpartition("/")[2] != pool_id:
        raise _refused("This token is of another pool than {pool}, so nothing was sent.", pool=pool)
    if claims.get("sub") != user.sub:
        raise someone_elses(user)


def someone_elses(user: User) -> Refused:
    """Return the refusal of a credential that is not the chosen user's."""
    return _refused("This is the sign-in of another user than {name}, so nothing was sent.", name=user.username)


def _claims(token: SecretStr) -> dict[str, Any] | None:
    parts = token.get_secret_value().split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _refused(template: str, **values: Value) -> Refused:
    # Built where no exception is being handled, so that no traceback can show what was pasted.
    return Refused(say(template, **values), field=_FIELD)


ANSWERABLE = frozenset(
    {
        "CodeMismatchException",
        "ExpiredCodeException",
        "InvalidPasswordException",
        "PasswordHistoryPolicyViolationException",
    }
)
"""Refusals of a challenge's answer after which Cognito takes another one for the same session."""

_ANSWER = {
    ChallengeKind.NEW_PASSWORD: "NEW_PASSWORD",
    ChallengeKind.TEXT_MESSAGE: "SMS_MFA_CODE",
    ChallengeKind.MAIL: "EMAIL_OTP_CODE",
    ChallengeKind.AUTHENTICATOR: "SOFTWARE_TOKEN_MFA_CODE",
}


def begin(settings: PoolSettings, user: User, password: SecretStr) -> dict[str, Any]:
    """Return the parameters of the InitiateAuth."""
    given = {"USERNAME": user.username, "PASSWORD": password.get_secret_value()}
    return {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": settings.client_id,
        "AuthParameters": {**given, **_hash(settings, user.username)},
    }


def go_on(settings: PoolSettings, reply: Reply) -> dict[str, Any]:
    """Return the parameters of the RespondToAuthChallenge."""
    challenge = reply.challenge
    given = {"USERNAME": challenge.username, _ANSWER[challenge.kind]: reply.answer.get_secret_value()}
    return {
        "ClientId": settings.client_id,
        "ChallengeName": challenge.kind.value,
        "Session": challenge.session.get_secret_value(),
        "ChallengeResponses": {**given, **_hash(settings, challenge.username)},
    }


def token_of(answer: Mapping[str, Any], user: User) -> SecretStr:
    """Return the access token of a sign-in that is through. Raises `ChallengeNeeded`, or `Refused` for the others."""
    name = str(answer.get("ChallengeName", ""))
    if not name:
        return hide(SecretStr(answer["AuthenticationResult"]["AccessToken"]))
    asked = answer.get("ChallengeParameters", {})
    if name not in set(ChallengeKind):
        raise Refused(
            say(
                "Cognito asks for more at this sign-in ({name}), which the desk can't pass on. Use an access token "
                "from the app instead.",
                name=name,
            ),
            field="password",
        )
    lacking = json.loads(asked.get("requiredAttributes") or "[]")
    if lacking:
        raise Refused(
            say(
                "This first sign-in asks for {lacking} too. The customer has to sign in in the app.",
                lacking=", ".join(str(each).removeprefix("userAttributes.") for each in lacking),
            ),
            field="password",
        )
    destination = str(asked.get("CODE_DELIVERY_DESTINATION", ""))
    by_mail = asked.get("CODE_DELIVERY_DELIVERY_MEDIUM") == "EMAIL"
    raise ChallengeNeeded(
        Challenge(
            kind=ChallengeKind(name),
            sub=user.sub,
            username=str(asked.get("USER_ID_FOR_SRP") or asked.get("USERNAME") or user.username),
            session=hide(SecretStr(answer["Session"])),
            delivery=Delivery(destination=destination, by_mail=by_mail) if destination else None,
        )
    )


def _hash(settings: PoolSettings, username: str) -> dict[str, str]:
    made = secret_hash(settings, username)
    return {"SECRET_HASH": made} if made else {}
