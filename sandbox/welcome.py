"""The first message in #support: who you are here, and what there is to try."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sandbox.cognito.livepool import PASSWORD
from sandbox.slack.model import SLACKBOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.cognito.seed import Sample
    from sandbox.slack.controls import Json
    from sandbox.slack.model import Message
    from sandbox.slack.workspace import Workspace

CHANNEL = "C0SUPPORT"

_WHO = (
    "*Welcome.* This Slack and this Cognito live on your machine only; the desk between them is the real one.\n"
    "You are <@U0AGENT>, who works in support. At the top you can become a lead (<@U0LEAD1>, <@U0LEAD2>) or a guest."
)
_FIRST = (
    "*Try this first:* type `/cognito-check {address}` below, open the thread, and press a remedy. Ask, then press "
    "*Approve*: the desk won't let you. Become a lead and press it again."
)
_REST = (
    "What Cognito mails to customers arrives in the *Customer mailbox*. Their password is `{password}`. "
    "Nothing here is kept: when the sandbox ends, it is gone."
)


def welcome(workspace: Workspace, samples: Sequence[Sample]) -> Message:
    """Post the welcome, with one line for each sample."""
    sections = [
        _WHO,
        _FIRST.format(address=samples[0].address),
        *(
            f"*Customers in the pool {pool}*\n" + "\n".join(_line(sample) for sample in of_pool)
            for pool, of_pool in groupby(samples, key=lambda sample: sample.pool)
        ),
        _REST.format(password=PASSWORD),
    ]
    return workspace.conversations.post(
        channel=CHANNEL, user=SLACKBOT, text="\n\n".join(sections), blocks=_drawn(sections), from_app=True
    )


def _line(sample: Sample) -> str:
    return f"•  `{sample.address}`  {sample.say}"


def _drawn(sections: Iterable[str]) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} for text in sections]
