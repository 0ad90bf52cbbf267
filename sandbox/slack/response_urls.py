"""The response URLs: answer an interaction where it happened, at most five times in thirty minutes."""

import json

from aiohttp import web

from sandbox.slack.chat_methods import say
from sandbox.slack.content import Content, read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Arguments
from sandbox.slack.model import Message
from sandbox.slack.permits import ResponseUrl
from sandbox.slack.workspace import Workspace


class ResponseUrls:
    """Answers everything under `/hooks/`; the address itself is the right to post."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def mount(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/hooks/{kind}/{team}/{bot}/{secret}", self.answer)

    async def answer(self, request: web.Request) -> web.Response:
        """Take one use."""
        try:
            given = json.loads(await request.text())
            if not isinstance(given, dict):
                raise SlackError("invalid_payload")
            self._use(self._workspace.permits.use_url(request.match_info["secret"]), Arguments(given))
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        except SlackError as refusal:
            status = 404 if refusal.name in ("no_service", "expired_url", "used_url") else 400
            return web.json_response({"ok": False, "error": refusal.name}, status=status)
        return web.json_response({"ok": True})

    def _use(self, url: ResponseUrl, arguments: Arguments) -> None:
        if arguments.flag("delete_original"):
            # Bolt's `respond` adds an empty text, which Slack lets pass; words beside it would be lost.
            if any(value for name, value in arguments.given.items() if name != "delete_original"):
                raise SlackError("invalid_payload")
            self._workspace.conversations.delete(self._source(url))
            return
        if arguments.flag("replace_original"):
            self._replace(self._source(url), read_content(arguments))
            return
        public = arguments.text("response_type") == "in_channel"
        channel = self._workspace.roll.channel(url.channel)
        say(self._workspace, arguments, channel, ephemeral_to=None if public else url.person)

    def _replace(self, source: Message, content: Content) -> None:
        if content.is_empty:
            raise SlackError("no_text")
        self._workspace.conversations.edit(
            source,
            text=content.text or "",
            blocks=content.blocks or (),
            metadata=source.metadata,
            marked=not content.blocks,
        )

    def _source(self, url: ResponseUrl) -> Message:
        if url.source_ts is None:
            raise SlackError("message_not_found")
        message = self._workspace.conversations.known(url.channel, url.source_ts)
        if message.user != self._workspace.roll.bot.id:
            raise SlackError("cant_update_message")
        return message
