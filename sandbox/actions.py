"""What customers and time do in the sandbox: the page's own buttons beside the channels."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.seed import PROD, SHOP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from sandbox.cognito.server import CognitoServer

Action = tuple[str, "Callable[[], str | None]"]

GIL = {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"}
"""What Google says of Gil each time he signs in."""
RENA = {"sub": "208", "email": "rena@example.com", "email_verified": True, "family_name": "Roth"}
"""What Google says of Rena, also to a pool that doesn't ask for her family name."""
FAY = {"id": "5511", "email": "fay@example.com", "name": "Fay"}
"""What Facebook says of Fay."""


def actions(cognito: CognitoServer) -> Sequence[Action]:
    """Return each button's label and what it does."""

    def sign_in(pool: str, provider: str, claims: Mapping[str, Any]) -> Callable[[], str]:
        def act() -> str:
            try:
                user = cognito.pools[pool].sign_in(provider, claims)
            except SignInFailed as failed:
                return f"{provider} let {claims['email']} in, but Cognito did not: {failed}"
            return f"{user.email} signed in. email_verified is {'true' if user.email_verified else 'false'} now."

        return act

    def a_day() -> str:
        cognito.clock.forward(timedelta(days=1))
        return "24 hours have passed in Cognito. Codes that were sent before have expired."

    return (
        ("Gil signs in with Google", sign_in(PROD, "Google", GIL)),
        ("Rena signs in with Google", sign_in(SHOP, "Google", RENA)),
        ("Fay signs in with Facebook", sign_in(PROD, "Facebook", FAY)),
        ("24 hours pass in Cognito", a_day),
    )
