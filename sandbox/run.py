"""The sandbox as one program: a Slack workspace with its page, Cognito with its mailbox, and the desk between them."""

import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.cognito.crowd import crowd
from sandbox.cognito.seed import seed
from sandbox.cognito.server import CognitoServer
from sandbox.demo import actions, welcome
from sandbox.desk import DeskProcess
from sandbox.slack.page import mount_page
from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from sandbox.terminal import asked_to_stop, port_is_taken, say

_LOOK_SECONDS = 0.1


def main(manifest: Mapping[str, Any], *, port: int, cognito_port: int, slack_waits: float = 3.0) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code.

    ``manifest``: of the app that the workspace has installed, as the desk derives it from its scenarios.
    ``slack_waits``: seconds for an acknowledgement, and for which a trigger lives.
    """
    stop = asked_to_stop()
    for wanted, option in ((port, "--port"), (cognito_port, "--cognito-port")):
        if port_is_taken(wanted, f"desk sandbox {option}"):
            return 1
    # New tokens each time: a desk that outlived a killed sandbox must not get into the next one.
    session = secrets.token_hex(8)
    workspace = Workspace(
        manifest,
        rules=Rules(ack_seconds=slack_waits, trigger_seconds=slack_waits),
        bot_token=f"xoxb-sandbox-{session}",
        app_token=f"xapp-sandbox-{session}",
    )
    slack = SlackServer(workspace, port=port)
    with TemporaryDirectory(prefix="desk-sandbox-") as folder, CognitoServer(cognito_port) as cognito:
        slack.extend(
            lambda app: mount_page(
                app, workspace, mails=cognito.mailbox.list, title="Cognito Desk sandbox", actions=actions(cognito)
            )
        )
        samples = seed(cognito)
        crowd(cognito)
        with slack:
            environ = {
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_APP_TOKEN": workspace.app_token,
                "SLACK_API_URL": slack.api_url,
                **cognito.environment,
            }
            desk = DeskProcess(Path(folder), environ, cognito.pools)
            try:
                welcome(workspace, samples)
                say(f"Slack    {slack.url}/    open this in a browser")
                say(f"Mailbox  {slack.url}/mailbox    what Cognito mails to customers")
                say(f"Cognito  {cognito.url}    for the AWS command line: --endpoint-url {cognito.url}")
                say("The desk is starting …")
                return _watch(desk, slack, stop)
            finally:
                desk.stop()


def _watch(desk: DeskProcess, slack: SlackServer, stop: Sequence[int]) -> int:
    """Tell when the desk is there, and start it again when it dies at work, until someone wants an end."""
    connected, earlier = False, set[int]()
    while not stop:
        if not connected and not earlier.issuperset(slack.sockets.connections):
            connected = True
            say("The desk is ready. Ctrl-C ends the sandbox and forgets everything in it.")
        if desk.exit_code is not None:
            if not connected:
                say(f"The desk could not start, exit code {desk.exit_code}; what it said is above.")
                return 1
            say(f"The desk ended, with exit code {desk.exit_code}. Starting it again, on the same database …")
            connected, earlier = False, set(slack.sockets.connections)
            desk.restart()
        time.sleep(_LOOK_SECONDS)
    say("\nStopping …")
    return 0
