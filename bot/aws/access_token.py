"""What can be seen of a pasted access token without asking anybody: enough to refuse a wrong one before it is sent."""

import base64
import binascii
import json
from typing import Any

from pydantic import SecretStr

from bot.cognito import User
from bot.plan import Refused
from bot.words import Value, say

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
