"""The sandbox's Slack and Cognito as an operator's desk finds them, and an agent who sees whether it answers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.testing import PATIENCE, CognitoServer, LivePool, Rules, SlackServer, Workspace, seed

ROOT = Path(__file__).parents[2]
_SLOW = 60.0
"""Seconds that Slack waits for an acknowledgement: the machine is busy with other things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A support team's Slack, with the app in it, and its customers' pool."""

    slack: Workspace
    server: SlackServer
    cognito: CognitoServer
    pool: LivePool
    customers: Iterator[str]
    """Addresses of customers whom nobody has asked about yet."""

    @property
    def environ(self) -> Mapping[str, str]:
        """What stands in ``.env``, but for the database."""
        tokens = {"SLACK_BOT_TOKEN": self.slack.bot_token, "SLACK_APP_TOKEN": self.slack.app_token}
        return {**tokens, "SLACK_API_URL": self.server.api_url, **self.cognito.environment}

    def filled_in(self, example: str) -> str:
        """Return `desk.example.toml` with the ids of this Slack and this pool."""
        ids = {
            "U0LEAD": "U0LEAD1",
            "us-east-1_AbC123": self.pool.id,
            'region = "us-east-1"': f'region = "{self.pool.region}"',
            "4example": self.pool.client_id,
        }
        for before, after in ids.items():
            assert before in example, before
            example = example.replace(before, after)
        return example

    def is_connected(self) -> bool:
        """Whether a desk is connected to this Slack."""
        return bool(self.server.sockets.connections)

    def sees_an_answer(self) -> str:
        """Check the next customer, as an agent, and return the answer's headline."""
        address = next(self.customers)
        self.slack.types("agent", f"/cognito-check {address}")
        return self.slack.wait_for_message(address, timeout=PATIENCE).text.splitlines()[0]

    def sees_everybody_go(self) -> None:
        """Wait until no desk is connected any more."""
        self.slack.wait_for(lambda: not self.is_connected())


@contextmanager
def support() -> Iterator[Support]:
    """Let both listen on this machine."""
    slack = Workspace(
        yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")),
        rules=Rules(ack_seconds=_SLOW, trigger_seconds=_SLOW),
        bot_token="xoxb-tried",
        app_token="xapp-tried",
    )
    with CognitoServer() as cognito, SlackServer(slack) as server:
        pool = "prod"
        # What is said of nobody is for the person alone who asked.
        customers = iter([one.address for one in seed(cognito) if one.pool == pool and one.cause != "NO_USER"])
        yield Support(slack=slack, server=server, cognito=cognito, pool=cognito.pools[pool], customers=customers)
