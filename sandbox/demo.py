"""What `desk sandbox` adds to its Slack: the first messages in #support, and buttons for what customers and time do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sandbox.cognito.clients import secret_hash
from sandbox.cognito.crowd import MEMBERS, PEOPLE
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.livepool import PASSWORD
from sandbox.cognito.operations.passwords import forgot_password
from sandbox.cognito.seed import MO, PROD, SES_REGION, SHOP, Sample
from sandbox.cognito.server import CognitoServer
from sandbox.cognito.world import Call
from sandbox.slack.controls import Json
from sandbox.slack.model import SLACKBOT
from sandbox.slack.workspace import Workspace

Action = tuple[str, "Callable[[], str | None]"]

GIL = {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"}
"""What Google says of Gil each time he signs in."""
RENA = {"sub": "208", "email": "rena@example.com", "email_verified": True, "family_name": "Roth"}
"""What Google says of Rena, also to a pool that doesn't ask for her family name."""
FAY = {"id": "5511", "email": "fay@example.com", "name": "Fay"}
"""What Facebook says of Fay."""

CHANNEL = "C0SUPPORT"

_CUSTOMERS = "*Customers in the pool {pool}*"
_WELCOME = (
    "*Welcome.* This Slack and this Cognito live on your machine only; the desk between them is the real one. Nothing "
    "here is kept: when the sandbox ends, it is gone.",
    "You are <@U0AGENT>, who works in support. At the top you can become a lead (<@U0LEAD1>, <@U0LEAD2>) or a guest.",
    "*Try this first:* type `/cognito-check {address}` below and open its thread. Press *Mark as verified…* there, "
    "choose a proof, give a reason and ask the leads. Then press *Approve*: the desk won't let you. Become a lead and "
    "press it again.",
    "Then the other customers above. What Cognito mails to them arrives in the *Customer mailbox*; their password is "
    "`{password}`.",
    "*A whole pool:* `{members}` has {people} people. As a lead, type `/cognito-pool-check` and choose it; then "
    "`/cognito-bulk-verify` or `/cognito-bulk-invite`.",
)


def welcome(workspace: Workspace, samples: Sequence[Sample]) -> None:
    """Post the customers, a line for each sample, and below them, where people begin to read, the welcome."""
    by_pool = groupby(samples, key=lambda sample: sample.pool)
    customers = [
        "\n".join([_CUSTOMERS.format(pool=pool), *(_line(sample) for sample in of_pool)]) for pool, of_pool in by_pool
    ]
    first = [
        one.format(address=samples[0].address, password=PASSWORD, members=MEMBERS, people=PEOPLE) for one in _WELCOME
    ]
    for sections in (customers, first):
        workspace.conversations.post(
            channel=CHANNEL, user=SLACKBOT, text="\n\n".join(sections), blocks=_drawn(sections), from_app=True
        )


def _line(sample: Sample) -> str:
    return f"•  `{sample.address}`  {sample.say}"


def _drawn(sections: Iterable[str]) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} for text in sections]


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

    def suppress() -> str:
        cognito.ses.suppress(SES_REGION, MO)
        return f"A mail to {MO} came back. Amazon SES sends nothing there any more, and tells Cognito nothing."

    def lift() -> str:
        was_there = cognito.ses.lift(SES_REGION, MO)
        return f"Amazon SES sends to {MO} again." if was_there else f"Amazon SES sends to {MO} as it is."

    def forgets() -> str:
        before = len(cognito.mailbox.list(MO))
        pool = cognito.pools[SHOP]
        parameters = {
            "ClientId": pool.client_id,
            "Username": "mo",
            "SecretHash": secret_hash("mo", pool.client_id, pool.client_secret),
        }
        try:
            with cognito.world.lock:
                told = forgot_password(cognito.world, Call(operation="ForgotPassword", parameters=parameters))
        except CognitoError as error:
            return f"Cognito refused Mo's wish for a new password: {error.message}"
        arrived = "It has arrived." if len(cognito.mailbox.list(MO)) > before else "Nothing arrives."
        return f"Mo is shown that a code went to {told['CodeDeliveryDetails']['Destination']}. {arrived}"

    def a_day() -> str:
        cognito.clock.forward(timedelta(days=1))
        return "24 hours have passed in Cognito. Codes that were sent before have expired."

    return (
        ("Gil signs in with Google", sign_in(PROD, "Google", GIL)),
        ("Rena signs in with Google", sign_in(SHOP, "Google", RENA)),
        ("Fay signs in with Facebook", sign_in(PROD, "Facebook", FAY)),
        ("Mo forgets the password", forgets),
        ("A mail to Mo comes back", suppress),
        ("Amazon SES sends to Mo again", lift),
        ("24 hours pass in Cognito", a_day),
    )
