"""Files on their way into Slack and, after their time, out of it again: each posted once, and deleted.

They have a thread of their own: a large file takes long, and no message waits for it but those behind it in its thread.
"""

import logging
import queue
import threading
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot import rates, slack_errors
from bot.repeated import Repeated
from bot.slack import blocks
from bot.slack.giving_way import pause
from bot.slack.posting import name
from bot.slack.transfers import Transfers
from bot.slack_errors import Meaning, Told
from bot.tickets.deliveries import Deliveries
from bot.tickets.files import Files, Made, Makers, Old, Wanted
from bot.tickets.message import Item
from bot.tickets.outbox import LONGEST_PAUSE
from bot.timings import UNHURRIED
from bot.words import say

log = logging.getLogger(__name__)

FILE_WAITS = 24 * 3600.0
"""Seconds for which a file is tried."""

_IN_MEMORY = 1_000_000
"""Bytes of a file that is kept in memory until it leaves; a larger one is written to a temporary file."""

_GONE = frozenset({"file_not_found", "file_deleted"})
_LIMITED = 429
_BROKEN = 500

_MOST_DELETED = 40
"""Files that are read at a time to be deleted."""


class FilePoster:
    """Posts the rows of files that the `Writer` hands over, one after the other."""

    def __init__(
        self,
        files: Files,
        deliveries: Deliveries,
        client: WebClient,
        makers: Makers,
        *,
        closed: Callable[[str], str] = lambda _: "",
        told: Told = slack_errors.told,
    ) -> None:
        """``makers``: what makes a file, by its kind. ``closed`` returns why nothing may be posted in a channel, by the
        name of an error; empty if it may. ``told`` says to people what an error means.
        """
        self._files = files
        self._deliveries = deliveries
        self._client = client
        self._transfers = Transfers(client)
        self._makers = makers
        self._closed = closed
        self._told = told
        self._waiting: queue.Queue[Item | None] = queue.Queue()
        self._stopping = threading.Event()
        self.thread = threading.Thread(target=self._loop, name="file-poster", daemon=True)

    def start(self) -> None:
        """Begin to post."""
        self.thread.start()

    def stop(self, seconds: float) -> None:
        """Let the file that is on its way arrive, if it does in time; another process posts the rest."""
        self._stopping.set()
        self._waiting.put(None)
        if self.thread.is_alive():
            self.thread.join(seconds)

    def hand(self, item: Item) -> None:
        """Take a row over; its lease is kept until it is done."""
        self._waiting.put(item)

    def _loop(self) -> None:
        while (item := self._waiting.get()) is not None and not self._stopping.is_set():
            self.deliver(item)

    def deliver(self, item: Item) -> None:
        """Post a file, or do what becomes of it otherwise. Raises nothing: its thread must go on."""
        try:
            self._deliver(item)
        except SQLAlchemyError as error:
            # What isn't written down is asked for again, when the lease has ended or is given back.
            log.warning(
                "outbox %d: the database doesn't take what became of a file (%s)", item.id, type(error).__name__
            )
            self._later(item, pause(item.tries))
        except Exception as error:  # Whatever it was, nobody knows how far it came; it is looked for.
            log.warning("outbox %d: a file has not been posted (%s)", item.id, type(error).__name__)
            self._later(item, pause(item.tries))

    def _deliver(self, item: Item) -> None:
        wanted = self._files.wanted(item)
        if wanted is None:
            self._deliveries.drop(item)
            return
        try:
            if wanted.file and self._has_arrived(wanted.file):
                self._files.has_left(item, wanted)
            elif self._may_leave(item, wanted):
                self._send(item, wanted)
        except SlackApiError as error:
            self._refused(item, wanted, error)

    def _has_arrived(self, file: str) -> bool:
        """Whether a file stands in Slack that was begun before: Slack knows none that was not completed."""
        try:
            self._client.files_info(file=file, limit=1)
        except SlackApiError as error:
            if name(error) == "file_deleted":
                return True
            # Without `files:read` nobody can know; it is posted then, as a message is.
            if name(error) not in ("file_not_found", "missing_scope"):
                raise
            return False
        return True

    def _may_leave(self, item: Item, wanted: Wanted) -> bool:
        """End what may not be posted any more, and return False then."""
        if item.ended or not self._files.on:
            log.warning("outbox %d: no file is posted here any more", item.id)
            self._files.give_up(item, wanted, None)
        elif item.waited > FILE_WAITS:
            log.error("outbox %d: dropped, a file could not be posted for a day", item.id)
            self._files.give_up(
                item, wanted, blocks.lines((say("No file was posted here: Slack has refused it for a day."),))
            )
        elif refused := self._closed(item.channel):
            self._no(item, wanted, refused)
        else:
            return True
        return False

    def _send(self, item: Item, wanted: Wanted) -> None:
        make = self._makers.get(wanted.kind)
        made = make(wanted.of) if make is not None else None
        if made is None:
            log.warning("outbox %d: there is no file of the kind %s to post any more", item.id, wanted.kind)
            self._files.give_up(item, wanted, None)
            return
        with SpooledTemporaryFile(_IN_MEMORY) as spooled:
            size = sum(map(spooled.write, made.content))
            spooled.seek(0)
            if not size:
                log.warning("outbox %d: the file of the kind %s is empty, which Slack takes none", item.id, wanted.kind)
                self._files.give_up(item, wanted, None)
            elif item.ts and not self._stands(item):
                self._uprooted(item, wanted)
            else:
                self._upload(item, wanted, made, cast("BinaryIO", spooled), size)

    def _stands(self, item: Item) -> bool:
        """Whether the message is there in whose thread a file belongs: Slack posts it in the channel otherwise."""
        try:
            self._client.chat_getPermalink(channel=item.channel, message_ts=item.ts)
        except SlackApiError as error:
            if name(error) != "message_not_found":
                raise
            return False
        return True

    def _uprooted(self, item: Item, wanted: Wanted) -> None:
        """Somebody has deleted the message above a file: beneath a card, which is posted anew, the file follows it."""
        log.warning("outbox %d: the message above a file is gone", item.id)
        if not self._deliveries.uproot(item):
            self._files.give_up(item, wanted, None)

    def _upload(self, item: Item, wanted: Wanted, made: Made, content: BinaryIO, size: int) -> None:
        begun = self._client.files_getUploadURLExternal(filename=made.name, length=size, alt_txt=made.alt_text or None)
        file = str(begun["file_id"])
        if not self._files.begin(item, wanted, file):
            log.warning("outbox %d: another process posts this file", item.id)
            self._later(item, 0.0, unknown=False)
            return
        self._transfers.upload(str(begun["upload_url"]), content, size)
        self._client.files_completeUploadExternal(
            files=[{"id": file, "title": made.title}], channel_id=item.channel, thread_ts=item.ts or None
        )
        self._files.has_left(item, wanted)

    def _refused(self, item: Item, wanted: Wanted, error: SlackApiError) -> None:
        response, refused = error.response, name(error)
        meaning = slack_errors.meaning(refused).meaning
        if response.status_code == _LIMITED:
            self._later(item, rates.retry_after(response.headers), unknown=False)
        elif response.status_code >= _BROKEN or meaning in (Meaning.AGAIN, Meaning.UNSURE):
            self._later(item, pause(item.tries))
        elif slack_errors.meaning(refused).final:
            # The writer meets the same, and says it to the operator.
            self._later(item, LONGEST_PAUSE, unknown=False)
        else:
            self._no(item, wanted, refused)

    def _no(self, item: Item, wanted: Wanted, refused: str) -> None:
        """Say in the thread that there will be no file, and why."""
        error = slack_errors.meaning(refused)
        log.error("outbox %d: Slack takes no file in %s: %s. %s", item.id, item.channel, refused, error.cure)
        why = self._told(refused, item.channel)
        said = say(f"No file was posted here. {why.template}", **dict(why.values))
        self._files.give_up(item, wanted, blocks.lines((said,)))

    def _later(self, item: Item, seconds: float, *, unknown: bool = True) -> None:
        try:
            self._deliveries.postpone(item, seconds=min(seconds, LONGEST_PAUSE), unknown=unknown)
        except SQLAlchemyError as error:
            log.warning("outbox %d: a file can't be given back (%s)", item.id, type(error).__name__)


class FileDeleter:
    """The thread that deletes files in Slack after their time."""

    def __init__(
        self,
        files: Files,
        client: WebClient,
        *,
        every: float = UNHURRIED.clean,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """``wait``: for so many seconds, and returns whether to stop; None until it is stopped."""
        self._files = files
        self._client = client
        self._repeated = Repeated(self.delete, name="file-deleter", every=every, broken=_failed)
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait

    def start(self) -> None:
        """Begin to look, at once and then every now and then."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more."""
        self._stopping.set()
        self._repeated.stop(seconds)

    def delete(self) -> None:
        """Delete what it is time for. What Slack doesn't take now is tried the next time."""
        while due := self._files.due(_MOST_DELETED):
            for each in due:
                if self._stopping.is_set() or not self._is_over(each):
                    return

    def _is_over(self, old: Old) -> bool:
        """Delete a file, and return False where the others have to wait for the next time too."""
        try:
            self._client.files_delete(file=old.file)
        except SlackApiError as error:
            if error.response.status_code == _LIMITED:
                return not self._wait(rates.retry_after(error.response.headers))
            refused = slack_errors.meaning(name(error))
            if refused.meaning is Meaning.STOP:
                log.error("the file %s can't be deleted in Slack (%s); it stays there", old.file, name(error))
                self._files.leave(old)
                return True
            if name(error) not in _GONE:
                log.warning("a file can't be deleted in Slack (%s); trying again later", name(error))
                return False
        self._files.deleted(old)
        return True


def _failed(error: Exception) -> None:
    # Mostly Slack or the database is away; what isn't deleted now is deleted later.
    log.warning("files that are old enough could not be deleted; trying again later (%s)", type(error).__name__)
