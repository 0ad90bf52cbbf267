"""The page's addresses."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from multidict import MultiDict, MultiMapping

from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, Message, Person
from sandbox.slack.page.guard import guarded
from sandbox.slack.page.live import Live
from sandbox.slack.page.mailbox import Mail, Mailbox
from sandbox.slack.page.render import PICTURES
from sandbox.slack.page.screens import Screens
from sandbox.slack.page.unread import ReadMarks
from sandbox.slack.page.verbs import Gone, Verbs
from sandbox.slack.workspace import Workspace

_STATIC: Final = Path(__file__).parent / "static"
_STAMP: Final = re.compile(r"\d{1,15}(?:\.\d{1,6})?")


def mount_page(
    app: web.Application,
    workspace: Workspace,
    *,
    mails: Callable[[], Sequence[Mail]] | Sequence[Mail] = (),
    title: str = "Slack sandbox",
    actions: Sequence[tuple[str, Callable[[], str | None]]] = (),
) -> None:
    """Serve the workspace's page from an application, with the customers' mailbox and the sandbox's own actions.

    An action is a label and what its button does; the text that it returns is shown to the person who pressed.
    """
    page = _Page(app, workspace, Mailbox(mails), title, actions)
    verbs = {
        "send": page.verbs.send,
        "act": page.verbs.act,
        "submit": page.verbs.submit,
        "close": page.verbs.close,
        "detach": page.verbs.detach,
        "dismiss": page.verbs.dismiss,
        "use": page.verbs.use,
    }
    app.router.add_get("/", guarded(page.home))
    app.router.add_get("/channels/{channel}", guarded(page.channel))
    app.router.add_get("/channels/{channel}/{root_ts}", guarded(page.channel))
    app.router.add_get("/archives/{channel}/p{digits}", guarded(page.permalink))
    app.router.add_get("/home", guarded(page.home_tab))
    app.router.add_get("/mailbox", guarded(page.mailbox))
    app.router.add_get("/mailbox.json", guarded(page.mailbox_json))
    app.router.add_get("/page/live", guarded(page.live))
    app.router.add_post("/page/read", guarded(page.read))
    app.router.add_post("/page/action", guarded(page.action))
    app.router.add_post("/page/attach", guarded(page.attach))
    app.router.add_get("/page/files/{file}/{name}", guarded(page.file))
    for name, verb in verbs.items():
        app.router.add_post(f"/page/{name}", guarded(page.doing(verb)))
    app.router.add_static("/page/static", _STATIC)


class _Page:
    """The page of one workspace."""

    def __init__(
        self,
        app: web.Application,
        workspace: Workspace,
        mailbox: Mailbox,
        title: str,
        actions: Sequence[tuple[str, Callable[[], str | None]]],
    ) -> None:
        self._workspace = workspace
        self._mailbox = mailbox
        self._actions = tuple(actions)
        self._marks = ReadMarks()
        self._live = Live(workspace, mailbox)
        self._screens = Screens(
            workspace, title=title, mailbox=mailbox, marks=self._marks, actions=[label for label, _ in actions]
        )
        self.verbs = Verbs(workspace)
        app.on_shutdown.append(self._live.end)

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The first channel of the person who looks."""
        me = self._person(request)
        return _html(self._screens.channel(me, self._screens.channels(me)[0]))

    async def channel(self, request: web.Request) -> web.StreamResponse:
        """A channel, with a thread beside it when the address names one."""
        me = self._person(request)
        channel = self._channel(me, request.match_info["channel"])
        root = self._root(channel, request.match_info.get("root_ts"))
        return _html(self._screens.channel(me, channel, root, everything="everything" in request.query))

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """What `chat.getPermalink` names: the message, in its thread."""
        me = self._person(request)
        channel = self._channel(me, request.match_info["channel"])
        digits = request.match_info["digits"]
        message = self._message(channel, f"{digits[:-6]}.{digits[-6:]}")
        root = message.thread_ts or message.ts
        address = self._screens.reader(me).channel_address(channel.id, root)
        raise web.HTTPFound(f"{address}#reply-{quote(message.ts)}")

    async def home_tab(self, request: web.Request) -> web.StreamResponse:
        """The app's Home tab; the app is told of who opens it, and not of a page that only looks again."""
        me = self._person(request)
        if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
            self._workspace.opens_home(me.id)
        return _html(self._screens.home(me))

    async def mailbox(self, request: web.Request) -> web.StreamResponse:
        """The customers' mailbox."""
        return _html(self._screens.mailbox(self._person(request)))

    async def mailbox_json(self, _request: web.Request) -> web.StreamResponse:
        """The mails for programs."""
        return web.json_response(self._mailbox.as_json())

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The stream that says when to look again."""
        return await self._live.stream(request, self._person(request).id)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Note how far somebody has read what they have open."""
        me, form = self._person(request), await _form(request)
        places = zip(form.getall("place", []), form.getall("until", []), strict=False)
        news = [self._marks.mark(me.id, place, float(until)) for place, until in places if _STAMP.fullmatch(until)]
        if any(news):
            self._live.ring()
        return web.Response(status=204)

    async def action(self, request: web.Request) -> web.StreamResponse:
        """Do one of the sandbox's own actions and tell what came of it."""
        number = (await _form(request)).get("number", "")
        if not number.isdecimal() or int(number) >= len(self._actions):
            raise web.HTTPNotFound(text="The sandbox has no such action.")
        label, act = self._actions[int(number)]
        said = await asyncio.to_thread(act)
        self._live.ring()
        return web.Response(text=said or f"Done: {label}.")

    async def attach(self, request: web.Request) -> web.StreamResponse:
        """Take the files that somebody chose in a form."""
        me, (form, files) = self._person(request), await _with_files(request)
        try:
            self.verbs.attach(me, form, files)
        except Gone:
            return web.Response(status=410, text="That is not there any more.")
        except LookupError as wrong:
            raise web.HTTPBadRequest(text="The page does not offer that.") from wrong
        except ValueError as refused:
            return web.Response(status=422, text=str(refused))
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file, for those who are where it is shared; a picture to look at, anything else to keep."""
        me = self._person(request)
        try:
            file = self._workspace.files.known(request.match_info["file"])
        except SlackError as unknown:
            raise web.HTTPNotFound(text="There is no such file any more.") from unknown
        if file.user != me.id and not (file.channel and me.id in self._workspace.channel(file.channel).members):
            raise web.HTTPNotFound(text="There is no such file for you.")
        is_picture = file.mimetype in PICTURES and "download" not in request.query
        headers = {} if is_picture else {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        kind = file.mimetype if is_picture else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    def doing(
        self, verb: Callable[[Person, MultiMapping[str]], None]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A verb as the answer to a post; whatever it changed reaches the page by the stream."""

        async def do(request: web.Request) -> web.StreamResponse:
            me, form = self._person(request), await _form(request)
            try:
                verb(me, form)
            except Gone:
                return web.Response(status=410, text="That is not there any more.")
            except PermissionError as refused:
                raise web.HTTPForbidden(text=str(refused)) from refused
            except (LookupError, ValueError) as wrong:
                raise web.HTTPBadRequest(text="The page does not offer that.") from wrong
            return web.Response(status=204)

        return do

    def _person(self, request: web.Request) -> Person:
        cast = self._screens.cast()
        wanted = request.query.get("as")
        for person in cast:
            if wanted in (None, person.name, person.id):
                return person
        raise web.HTTPNotFound(text="Nobody here has that name.")

    def _channel(self, me: Person, wanted: str) -> Channel:
        for channel in self._screens.channels(me):
            if wanted == channel.id or (wanted == channel.name and not channel.im_with):
                return channel
        raise web.HTTPNotFound(text="There is no such channel for you.")

    def _root(self, channel: Channel, root_ts: str | None) -> Message | None:
        return self._message(channel, root_ts) if root_ts else None

    def _message(self, channel: Channel, ts: str) -> Message:
        try:
            return self._workspace.conversations.known(channel.id, ts)
        except SlackError as unknown:
            raise web.HTTPNotFound(text="There is no such message any more.") from unknown


def _html(text: str) -> web.Response:
    # Half of a surrogate pair can arrive in JSON, but is no character that a page could hold.
    return web.Response(body=text.encode(errors="replace"), content_type="text/html", charset="utf-8")


async def _form(request: web.Request) -> MultiMapping[str]:
    posted = await request.post()
    if any(not isinstance(value, str) for value in posted.values()):
        raise web.HTTPBadRequest(text="The page sends no files.")
    return posted  # type: ignore[return-value] # every value was just seen to be text


async def _with_files(request: web.Request) -> tuple[MultiMapping[str], list[tuple[str, bytes]]]:
    """A form with files, which may be larger than what a form holds otherwise."""
    fields, files = MultiDict[str](), list[tuple[str, bytes]]()
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise web.HTTPBadRequest(text="The page sends no such form.")
        if part.filename:
            files.append((part.filename, bytes(await part.read())))
        else:
            fields.add(part.name, await part.text())
    return fields, files
