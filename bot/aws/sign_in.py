"""Signing in as a customer with their password: what is sent, and what Cognito asks for next."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from bot.aws.secret_hash import secret_hash
from bot.cognito import User
from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Delivery, Reply
from bot.plan import Refused
from bot.settings import PoolSettings
from bot.slack_log import hide
from bot.words import say

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
