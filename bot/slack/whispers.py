"""Tells one person something that nobody else sees."""

import logging
from collections.abc import Sequence
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.answer import Paragraph, Part
from bot.slack import blocks
from bot.slack.request import Request
from bot.tickets.message import Message
from bot.words import Words

log = logging.getLogger(__name__)

_SECONDS = 10


class Whispers:
    """Answers where the person is: by the interaction's own address, which works where the bot is no member."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def say(self, request: Request, words: Words) -> None:
        """Tell the person a sentence."""
        self.show(request, (Paragraph(words),))

    def show(self, request: Request, parts: Sequence[Part], *, pool: str = "", origin: int | None = None) -> None:
        """Tell the person several things. Never raises: there is nobody left to tell that it failed."""
        message = blocks.message(parts, pool=pool, origin=origin)
        try:
            if not self._by_response_url(request, message):
                self._by_method(request, message)
        except SlackApiError as error:
            log.warning("a whisper was refused: %s", error.response["error"])
        except Exception as error:  # A lost whisper must not hide what it was about.
            log.warning("a whisper was lost (%s)", type(error).__name__)

    def _by_response_url(self, request: Request, message: Message) -> bool:
        if not request.response_url:
            return False
        body: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": message.text,
            "blocks": list(message.blocks),
        }
        if request.thread:
            body["thread_ts"] = request.thread
        try:
            client = WebhookClient(request.response_url, timeout=_SECONDS, retry_handlers=[])
            return client.send_dict(body).status_code == 200
        except OSError as error:
            log.warning("a response address can't be reached (%s)", type(error).__name__)
            return False

    def _by_method(self, request: Request, message: Message) -> None:
        self._client.chat_postEphemeral(
            channel=request.channel,
            user=request.who.id,
            text=message.text,
            blocks=[dict(block) for block in message.blocks],
            thread_ts=request.thread or None,
        )
