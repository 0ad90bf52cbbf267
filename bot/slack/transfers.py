"""The bytes of files on their way to Slack and from it: in pieces, never all of a file in memory at once.

The SDK has a way to upload a file, `files_upload_v2`, which reads all of it into memory and asks nobody between its
steps; of the three steps only the one that sends the bytes is done here instead.
"""

import time
from typing import BinaryIO
from urllib.parse import urlsplit

from slack_sdk import WebClient
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from bot.slack.web_api import as_the_sdk_knows_it, connections

_TIMEOUT = 60.0
"""Seconds for which Slack may take no piece of a file, or give none."""

_DOWNLOAD = 60.0
"""Seconds for a whole download: somebody waits for it."""

_PIECE = 64 * 1024

_OF_SLACK = frozenset({"files.slack.com", "files.slack.com:443"})
_OK, _NOT_FOUND = 200, 404


class NotTaken(Exception):
    """Slack didn't take the bytes of a file. Without them it is none, so that it can be begun anew."""


class NotFetched(Exception):
    """A file can't be had; the message is for the log, and has nothing of the file or its address in it."""


class TooLarge(NotFetched):
    """A file has more bytes than are read."""


class Transfers:
    """Sends and fetches files over the way by which a client reaches Slack. Safe to share between threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        api = urlsplit(client.base_url)
        self._own = (api.scheme, api.netloc)
        """Where the sandbox has the files, too; Slack's own are at `_OF_SLACK`."""

    def upload(self, address: str, content: BinaryIO, size: int) -> None:
        """Send the bytes of a file to where Slack wants them. Raises `NotTaken`, or what breaks on the way there."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with self._asked("POST", address, headers=headers, body=content) as answer:
            status = answer.status
            answer.drain_conn()
        if status != _OK:
            raise NotTaken(f"status {status}")

    def download(self, address: str, *, most: int) -> bytes:
        """Return a file of at most so many bytes, fetched with the bot's token. Raises `NotFetched`.

        The token is shown to Slack's file hosts alone: somebody else could have written the address.
        """
        parts = urlsplit(address)
        is_slacks = parts.scheme == "https" and parts.netloc in _OF_SLACK
        if not (is_slacks or (parts.scheme, parts.netloc) == self._own):
            raise NotFetched("its address is not one of Slack's")
        until = time.monotonic() + _DOWNLOAD
        headers = {"Authorization": f"Bearer {self._client.token}", "Accept-Encoding": "identity"}
        try:
            with self._asked("GET", parts.geturl(), headers=headers) as answer:
                return _read(answer, most=most, until=until)
        except (OSError, HTTPError) as error:
            raise NotFetched(type(error).__name__) from error

    def _asked(self, method: str, address: str, *, headers: dict[str, str], body: BinaryIO | None = None) -> "_Answer":
        try:
            answer = connections(address, self._client.proxy, self._client.ssl).request(
                method,
                address,
                body=body,
                headers=headers,
                timeout=_TIMEOUT,
                retries=False,
                # Where Slack sends whom it doesn't know is a page to sign in.
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            raise as_the_sdk_knows_it(error) from error
        return _Answer(answer)


class _Answer:
    """An answer whose connection is closed at the end: no other file takes the same way soon."""

    def __init__(self, answer: BaseHTTPResponse) -> None:
        self._answer = answer

    def __enter__(self) -> BaseHTTPResponse:
        return self._answer

    def __exit__(self, *_: object) -> None:
        self._answer.close()


def _read(answer: BaseHTTPResponse, *, most: int, until: float) -> bytes:
    if answer.status != _OK:
        raise NotFetched("it is gone" if answer.status == _NOT_FOUND else f"status {answer.status}")
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise NotFetched("Slack answered with a page")
    content = bytearray()
    for piece in answer.stream(_PIECE, decode_content=False):
        content += piece
        if len(content) > most:
            raise TooLarge(f"more than {most} bytes")
        if time.monotonic() > until:
            raise NotFetched("it was too slow")
    return bytes(content)
