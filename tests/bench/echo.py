"""The least that a bot can do: Bolt as it comes, which acknowledges a command and posts what was typed."""

import os

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient


def main() -> None:
    """Answer until the end."""
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = App(client=client)

    @app.command("/cognito-check")
    def echo(ack: Ack, command: dict[str, str], client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=command["channel_id"], text=command["text"])

    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()  # type: ignore[no-untyped-call] # Bolt's


if __name__ == "__main__":
    main()
