"""Where the bytes of files go in and out: the addresses that upload, and the private ones that download."""

import hmac

from aiohttp import web

from sandbox.slack.calls import ApiCall
from sandbox.slack.errors import SlackError
from sandbox.slack.misbehaviour import hung_up, misbehaved
from sandbox.slack.workspace import Workspace

UPLOAD, DOWNLOAD = "upload", "download"
"""What faults call the two: neither is a method of the Web API."""


class FileServer:
    """Answers everything under `/upload/` and `/files-pri/`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/upload/v1/{secret}", self.upload)
        app.router.add_get("/files-pri/{place}/{name}", self.download)
        app.router.add_get("/files-pri/{place}/download/{name}", self.download)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of an announced file; the address itself is the right to send them."""
        faults = self._workspace.faults
        if (broken := await misbehaved(faults, UPLOAD, request)) is not None:
            return broken
        try:
            file = self._workspace.files.awaited(request.match_info["secret"])
        except LookupError:
            return web.Response(status=404, text="no such upload")
        content = bytearray()
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > file.size:
                break
        try:
            self._workspace.files.receive(file, bytes(content))
        except ValueError as wrong:
            self._record(file.id, 400, str(wrong))
            # How Slack answers to another length than the announced isn't documented (UNCONFIRMED).
            return web.Response(status=400, text="length mismatch")
        self._record(file.id, 200, "")
        if faults.take("lost_answer", UPLOAD):
            return hung_up(request)
        return web.Response(text=f"OK - {file.size}")

    def _record(self, file_id: str, status: int, error: str) -> None:
        call = ApiCall(UPLOAD, {"file": file_id}, status, {"error": error} if error else {}, self._workspace.now())
        self._workspace.calls.add(call)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Give a file to the app; who has no token, or one without `files:read`, is sent to sign in."""
        workspace = self._workspace
        if (broken := await misbehaved(workspace.faults, DOWNLOAD, request)) is not None:
            return broken
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(token, workspace.bot_token) or "files:read" not in workspace.manifest.scopes:
            raise web.HTTPFound(f"{workspace.base_url}/?redir={request.path}")
        try:
            file = workspace.files.known(request.match_info["place"].rpartition("-")[2])
        except SlackError:
            return web.Response(status=404, text="<!DOCTYPE html><title>404</title>", content_type="text/html")
        return web.Response(body=file.content, content_type=file.mimetype)
