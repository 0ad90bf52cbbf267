"""The local Slack or the local Cognito alone, for any app: `python -m sandbox slack`, `python -m sandbox cognito`."""

import argparse
import secrets
import shlex
import sys
import time
from collections.abc import Sequence

from sandbox.terminal import asked_to_stop, port_is_taken, say

_LOOK_SECONDS = 0.1

# Each imports what it needs when it is asked for: who wants Slack needs nothing of AWS's, and the other way round.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two until Ctrl-C or SIGTERM; return the exit code. ``arguments`` None are the command line's."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    which = parser.add_subparsers(required=True)
    slack = which.add_parser("slack", help="a Slack workspace with a web page and one app in it")
    slack.add_argument("--manifest", required=True, help="the app's manifest, YAML or JSON")
    slack.add_argument("--port", type=int, default=8377, help="of the page and of Slack's API (default: 8377)")
    slack.set_defaults(run=_slack)
    cognito = which.add_parser("cognito", help="Cognito user pools, and the SES that they send with")
    cognito.add_argument("--port", type=int, default=8378, help="of AWS's API (default: 8378)")
    cognito.add_argument("--samples", action="store_true", help="with the pools and people of `desk sandbox`")
    cognito.set_defaults(run=_cognito)
    asked = parser.parse_args(arguments)
    if port_is_taken(asked.port, "--port"):
        return 1
    code: int = asked.run(asked, asked_to_stop())
    return code


def _slack(asked: argparse.Namespace, stop: Sequence[int]) -> int:
    from yaml import YAMLError

    from sandbox.slack.page import mount_page
    from sandbox.slack.server import SlackServer
    from sandbox.slack.workspace import Workspace

    # New tokens each time: an app that outlived an earlier Slack must not get into this one.
    session = secrets.token_hex(8)
    try:
        workspace = Workspace(asked.manifest, bot_token=f"xoxb-sandbox-{session}", app_token=f"xapp-sandbox-{session}")
    except (OSError, LookupError, TypeError, ValueError, YAMLError) as wrong:
        print(f"{asked.manifest} is no app's manifest: {type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 2
    server = SlackServer(workspace, port=asked.port)
    server.extend(lambda app: mount_page(app, workspace, title=workspace.manifest.name))
    with server:
        say(f"# {server.url}/ is the page: open it in a browser.")
        _export(SLACK_API_URL=server.api_url, SLACK_BOT_TOKEN=workspace.bot_token, SLACK_APP_TOKEN=workspace.app_token)
        _wait(stop)
    return 0


def _cognito(asked: argparse.Namespace, stop: Sequence[int]) -> int:
    from sandbox.cognito.crowd import crowd
    from sandbox.cognito.seed import seed
    from sandbox.cognito.server import CognitoServer

    with CognitoServer(asked.port) as server:
        if asked.samples:
            seed(server)
            crowd(server)
        say(f"# {server.url} is the endpoint; {server.url}/_control/mail shows what was mailed.")
        _export(**server.environment)
        _wait(stop)
    return 0


def _export(**variables: str) -> None:
    """Print an app's environment as a shell takes it."""
    for name, value in variables.items():
        say(f"export {name}={shlex.quote(value)}")


def _wait(stop: Sequence[int]) -> None:
    say("# Ctrl-C ends it and forgets everything in it.")
    while not stop:
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
