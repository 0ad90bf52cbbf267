"""The files: announced, received, completed and shared in a channel, chosen in a form, and deleted."""

import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.slack.changes import Changes
from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.model import TEAM_ID, Channel

MOST_IN_FORM: Final = 10
BYTES_IN_FORM: Final = 10_000_000
"""How many files a form's field takes, and how large each may be."""


@dataclass(frozen=True, slots=True)
class SlackFile:
    """One file, with what is in it. Of one that was deleted, or that nobody has completed, apps are told nothing."""

    id: str
    user: str
    name: str
    title: str
    size: int
    created: float
    alt_text: str = ""
    content: bytes | None = None
    """None until it was received, and once it was deleted."""
    completed_at: float | None = None
    channel: str = ""
    """Where it is shared; empty where it is private."""
    thread_ts: str | None = None
    message_ts: str = ""
    deleted: bool = False

    @property
    def filetype(self) -> str:
        """The ending of its name, without the dot."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""

    @property
    def mimetype(self) -> str:
        """By its name."""
        return mimetype(self.name)

    @property
    def is_there(self) -> bool:
        """Whether it was completed, and not deleted."""
        return self.completed_at is not None and not self.deleted


def mimetype(name: str) -> str:
    """What a file of this name is taken for."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


class Files:
    """Every file of the workspace, by its id.

    Of a file that was announced, but not completed, `known` says `file_not_found`; whether Slack does so too nobody has
    documented (UNCONFIRMED).
    """

    def __init__(self, *, changes: Changes, now: Callable[[], float]) -> None:
        self._changes = changes
        self._now = now
        self._files: dict[str, SlackFile] = {}
        self._awaited: dict[str, str] = {}
        """The ids of announced files, by the secret part of the address that takes them."""

    def announce(self, *, user: str, name: str, size: int, alt_text: str = "") -> tuple[SlackFile, str]:
        """Take note of a file that is about to come, and return it with the secret part of where to send it."""
        with self._changes.lock:
            number = f"F{len(self._files) + 1:010d}"
            file = SlackFile(
                id=number, user=user, name=name, title=name, size=size, created=self._now(), alt_text=alt_text
            )
            secret = secrets.token_urlsafe(24)
            self._files[number] = file
            self._awaited[secret] = number
            return file, secret

    def awaited(self, secret: str) -> SlackFile:
        """The file that is to be sent to an address. Raises `LookupError`."""
        with self._changes.lock:
            return self._files[self._awaited[secret]]

    def receive(self, file: SlackFile, content: bytes) -> None:
        """Keep what is in an announced file. Raises `ValueError` where it isn't as long as was announced."""
        if len(content) != file.size:
            raise ValueError(f"{len(content)} bytes were sent, {file.size} were announced")
        with self._changes.lock:
            self._files[file.id] = replace(self._files[file.id], content=content)

    def received(self, file_id: str) -> SlackFile:
        """A file that may be completed."""
        with self._changes.lock:
            file = self._files.get(file_id)
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        if file.completed_at is not None:
            raise SlackError("file_already_completed")  # In which words, nobody has documented (UNCONFIRMED).
        return file

    def complete(self, file: SlackFile, *, title: str | None = None) -> SlackFile:
        """Make a file of what was received."""
        return self._put(replace(file, title=title or file.name, completed_at=self._now()))

    def share(self, file: SlackFile, *, channel: str, thread_ts: str | None, message_ts: str) -> SlackFile:
        """Note where a file stands."""
        return self._put(replace(file, channel=channel, thread_ts=thread_ts, message_ts=message_ts))

    def add(self, *, user: str, name: str, content: bytes) -> SlackFile:
        """A file that a person has chosen in a form: nobody else sees it but the app."""
        file, _ = self.announce(user=user, name=name, size=len(content))
        self.receive(file, content)
        return self.complete(self.received(file.id))

    def known(self, file_id: str) -> SlackFile:
        """A file that is there."""
        with self._changes.lock:
            file = self._files.get(file_id)
        if file is None or file.completed_at is None:
            raise SlackError("file_not_found")
        if file.deleted:
            raise SlackError("file_deleted")
        return file

    def all(self) -> tuple[SlackFile, ...]:
        """Every file that was ever announced, the oldest first."""
        with self._changes.lock:
            return tuple(self._files.values())

    def delete(self, file: SlackFile) -> SlackFile:
        """Take a file's content away."""
        return self._put(replace(file, content=None, deleted=True))

    def _put(self, file: SlackFile) -> SlackFile:
        with self._changes.lock:
            self._files[file.id] = file
            return file


def file_json(file: SlackFile, base_url: str, channel: Channel | None = None) -> Json:
    """A file object. ``channel``: where it is shared, None as long as Slack doesn't say so."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    place = f"{base_url}/files-pri/{TEAM_ID}-{file.id}"
    shown: Json = {
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": file.filetype.upper(),
        "user": file.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": channel is not None and not channel.is_private,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{place}/{file.name}",
        "url_private_download": f"{place}/download/{file.name}",
        "permalink": f"{base_url}/files/{file.user}/{file.id}/{file.name}",
        "comments_count": 0,
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [],
        "groups": [],
        "ims": [],
        "shares": {},
    }
    if file.alt_text:
        shown["alt_txt"] = file.alt_text
    if channel is not None:
        kind = "ims" if channel.im_with else "groups" if channel.is_private else "channels"
        share: dict[str, Any] = {"ts": file.message_ts, "channel_name": channel.name, "team_id": TEAM_ID}
        if file.thread_ts:
            share["thread_ts"] = file.thread_ts
        side = "public" if kind == "channels" else "private"
        shown |= {kind: [channel.id], "shares": {side: {channel.id: [share]}}}
    return shown
