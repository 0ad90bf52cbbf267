"""Tells one person something that nobody else sees."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot import slack_errors
from bot.answer import Paragraph, Part
from bot.slack import blocks
from bot.slack.request import Request
from bot.slack_errors import Meaning, Way
from bot.tickets.message import Message
from bot.words import Channel, Words, say

log = logging.getLogger(__name__)

_SECONDS = 10

_LEFT_OUT = "What I had to say has a customer's address in it, so it isn't repeated here."

_MENTION = re.compile(r"<[@#!][^<>]*>")
_SIGN_OF_AN_ADDRESS = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]|%40")


class Ephemeral:
    """Answers where the person is: by the interaction's own address, which works where the bot is no member.

    Where the channel takes nothing, a direct message says so. ``name`` is what people invite to a channel.
    """

    def __init__(self, client: WebClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def say(self, request: Request, words: Words) -> None:
        """Tell the person a sentence."""
        self.show(request, (Paragraph(words),))

    def show(self, request: Request, parts: Sequence[Part], *, pool: str = "", origin: int | None = None) -> None:
        """Tell the person several things. Never raises: there is nobody left to tell that it failed."""
        message = blocks.message(parts, pool=pool, origin=origin)
        try:
            if self._by_response_url(request, message):
                return
            if refusal := self._by_method(request, message):
                self._directly(request, message, refusal)
        except SlackApiError as error:
            log.warning("an ephemeral message was refused: %s", error.response["error"])
        except Exception as error:  # A lost message must not hide what it was about.
            log.warning("an ephemeral message was lost (%s)", type(error).__name__)

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

    def _by_method(self, request: Request, message: Message) -> str:
        """Return why the channel doesn't take it; empty when it did."""
        try:
            self._client.chat_postEphemeral(
                channel=request.channel,
                user=request.who.id,
                text=message.text,
                blocks=[dict(block) for block in message.blocks],
                thread_ts=request.thread or None,
            )
        except SlackApiError as error:
            refusal = str(error.response["error"])
            found = slack_errors.meaning(refusal)
            if found.way is Way.BLOCKS and message.blocks:
                return self._by_method(request, replace(message, blocks=()))
            if found.way is Way.THREAD and request.thread:
                return self._by_method(replace(request, thread=""), message)
            # After a fault of Slack's own, nobody knows whether the person was told; and what concerns the token or
            # the app, it would say to a direct message as well.
            if found.meaning in (Meaning.UNSURE, Meaning.OPERATOR) or error.response.status_code >= 500:
                raise
            return refusal
        return ""

    def _directly(self, request: Request, message: Message, refusal: str) -> None:
        """Say in a direct message what couldn't be said in the channel, but never a customer's address."""
        where = say("I couldn't answer you in {channel}.", channel=Channel(request.channel))
        why = slack_errors.told(refusal, request.channel, name=self._name)
        log.info("what was for the person directly: channel %s says %s", request.channel, refusal)
        holds_address = _SIGN_OF_AN_ADDRESS.search(_MENTION.sub("", message.text).replace(f"@{self._name}", ""))
        told = say(_LEFT_OUT).text() if holds_address else message.text
        text = f"{where.text()} {why.text()}\n{told}"
        self._client.chat_postMessage(channel=request.who.id, text=text, unfurl_links=False, unfurl_media=False)
