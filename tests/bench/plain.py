"""The fair floor: plain Bolt that makes the reads of a check and posts its two messages, with nothing around them.

It keeps no database for its checks, judges nobody and works nothing out: the answers are the desk's own, which the
benchmark has recorded. What the desk takes longer than this is what its promises cost.
"""

import json
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

ANSWER = Path("answer.json")
"""The messages of one of the desk's answers, the root first, and for whom they were, as the benchmark writes them."""

_AT_ONCE = 64

_READ = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=_AT_ONCE,
    connect_timeout=3,
    read_timeout=10,
    tcp_keepalive=True,
)
"""As `bot.aws.gateway` has it."""


def main() -> None:
    """Answer until the end."""
    pool, client_id = os.environ["BENCH_POOL"], os.environ["BENCH_CLIENT"]
    cognito = boto3.client("cognito-idp", region_name=os.environ["AWS_DEFAULT_REGION"], config=_READ)
    readers = ThreadPoolExecutor(_AT_ONCE)
    recorded = json.loads(ANSWER.read_text(encoding="utf-8"))
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    # One for each of fifty people: with the five that Bolt has by itself they would wait for each other.
    app = App(client=client, listener_executor=ThreadPoolExecutor(_AT_ONCE))
    decisions = _Decisions()

    @cache
    def client_of_pool() -> Any:
        # AWS allows fifteen of these a second; the desk reads it once a minute.
        return cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)

    def user(name: str) -> Any:
        try:
            return cognito.admin_get_user(UserPoolId=pool, Username=name)
        except cognito.exceptions.UserNotFoundException:
            # Nobody signs in with an address that isn't verified.
            return None

    @app.command("/cognito-check")
    def check(ack: Ack, command: dict[str, str], client: WebClient) -> None:
        ack()
        address = command["text"]
        name = address.partition("@")[0]
        asked = [
            readers.submit(cognito.describe_user_pool, UserPoolId=pool),
            readers.submit(client_of_pool),
            readers.submit(user, address),
            readers.submit(cognito.list_users, UserPoolId=pool, Filter=f'email = "{address}"', Limit=60),
            readers.submit(user, name),
        ]
        for each in asked:
            each.result()
        drawn = json.loads(json.dumps(recorded["messages"]).replace(recorded["name"], name))
        root, *replies = drawn
        ts = client.chat_postMessage(channel=command["channel_id"], **root)["ts"]
        for reply in replies:
            client.chat_postMessage(channel=command["channel_id"], thread_ts=ts, **reply)

    @app.command("/cognito-verify-email")
    def ask(ack: Ack, command: dict[str, str], client: WebClient) -> None:
        ack()
        name = command["text"]
        decisions.ask(name)
        button = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}}
        row = {"type": "actions", "elements": [{**button, "value": name}]}
        client.chat_postMessage(channel=command["channel_id"], text=name, blocks=[row])

    @app.action("approve")
    def approve(ack: Ack, action: dict[str, Any]) -> None:
        ack()
        name = action["value"]
        if decisions.approve(name):
            cognito.admin_update_user_attributes(
                UserPoolId=pool, Username=name, UserAttributes=[{"Name": "email_verified", "Value": "true"}]
            )

    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()  # type: ignore[no-untyped-call] # Bolt's


class _Decisions:
    """Requests and who approved them first: the bare conditional update, as durable as the desk's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect("plain.db", check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE IF NOT EXISTS request (name TEXT PRIMARY KEY, state TEXT)")

    def ask(self, name: str) -> None:
        """Write that something waits for a lead."""
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO request VALUES (?, 'pending')", (name,))

    def approve(self, name: str) -> bool:
        """Whether this is the first approval of it."""
        approved = "UPDATE request SET state = 'approved' WHERE name = ? AND state = 'pending'"
        with self._lock:
            return self._database.execute(approved, (name,)).rowcount == 1


if __name__ == "__main__":
    main()
