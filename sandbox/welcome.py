"""The first messages in #support: whom there is to try, who you are here, and how to begin."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sandbox.cognito.livepool import PASSWORD
from sandbox.slack.model import SLACKBOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.cognito.seed import Sample
    from sandbox.slack.controls import Json
    from sandbox.slack.workspace import Workspace

CHANNEL = "C0SUPPORT"

_CUSTOMERS = "*Customers in the pool {pool}*"
_WELCOME = (
    "*Welcome.* This Slack and this Cognito live on your machine only; the desk between them is the real one. Nothing "
    "here is kept: when the sandbox ends, it is gone.",
    "You are <@U0AGENT>, who works in support. At the top you can become a lead (<@U0LEAD1>, <@U0LEAD2>) or a guest.",
    "*Try this first:* type `/cognito-check {address}` below and open its thread. Press *Mark as verified…* there, "
    "give a reason and ask. Then press *Approve*: the desk won't let you. Become a lead and press it again.",
    "Then the other customers above. What Cognito mails to them arrives in the *Customer mailbox*; their password is "
    "`{password}`.",
)


def welcome(workspace: Workspace, samples: Sequence[Sample]) -> None:
    """Post the customers, a line for each sample, and below them, where people begin to read, the welcome."""
    by_pool = groupby(samples, key=lambda sample: sample.pool)
    customers = [
        "\n".join([_CUSTOMERS.format(pool=pool), *(_line(sample) for sample in of_pool)]) for pool, of_pool in by_pool
    ]
    first = [one.format(address=samples[0].address, password=PASSWORD) for one in _WELCOME]
    for sections in (customers, first):
        workspace.conversations.post(
            channel=CHANNEL, user=SLACKBOT, text="\n\n".join(sections), blocks=_drawn(sections), from_app=True
        )


def _line(sample: Sample) -> str:
    return f"•  `{sample.address}`  {sample.say}"


def _drawn(sections: Iterable[str]) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} for text in sections]
