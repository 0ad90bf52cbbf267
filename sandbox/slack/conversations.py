"""The messages: posted, edited, deleted, shown to one person alone, and read back."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from sandbox.slack.changes import Changes
from sandbox.slack.controls import Json, normalised
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Message


class Conversations:
    """Everything said in the workspace; a message is known by its channel and `ts`."""

    def __init__(self, *, changes: Changes, now: Callable[[], float]) -> None:
        self._changes = changes
        self._now = now
        self._said: dict[tuple[str, str], Message] = {}
        self._last = 0

    def next_ts(self) -> str:
        """A timestamp that no other message has."""
        with self._changes.lock:
            self._last = max(self._last + 1, int(self._now() * 1_000_000))
            return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def post(
        self,
        *,
        channel: str,
        user: str,
        text: str,
        blocks: Iterable[Json] = (),
        thread_ts: str | None = None,
        metadata: Json | None = None,
        ephemeral_to: str | None = None,
        from_app: bool = False,
        reply_broadcast: bool = False,
        files: Iterable[Json] = (),
    ) -> Message:
        """Say something in a channel, in a thread, or to one person alone; ``files`` are file objects."""
        with self._changes.lock:
            message = Message(
                channel=channel,
                ts=self.next_ts(),
                user=user,
                text=text,
                blocks=normalised(blocks),
                thread_ts=thread_ts,
                metadata=metadata,
                ephemeral_to=ephemeral_to,
                from_app=from_app,
                reply_broadcast=reply_broadcast,
                files=tuple(files),
            )
            self._said[channel, message.ts] = message
            self._changes.publish_message("ephemeral" if ephemeral_to else "message", message)
            return message

    def edit(
        self,
        message: Message,
        *,
        text: str,
        blocks: Iterable[Json],
        metadata: Json | None,
        marked: bool,
    ) -> Message:
        """Put other words into a message; `marked` says whether readers see that it was edited."""
        with self._changes.lock:
            self.known(message.channel, message.ts)
            edited = replace(
                message,
                text=text,
                blocks=normalised(blocks),
                metadata=metadata,
                edited_ts=self.next_ts() if marked else message.edited_ts,
            )
            self._said[message.channel, message.ts] = edited
            self._changes.publish_message("ephemeral" if message.ephemeral_to else "message", edited)
            return edited

    def delete(self, message: Message) -> None:
        """Take a message away."""
        with self._changes.lock:
            self._said.pop((message.channel, message.ts), None)
            self._changes.publish_message("deleted", message)

    def bury(self, channel: str, ts: str, tombstone: Json) -> None:
        """Show, in the message of a file that was deleted, that it was; the message itself may be gone."""
        with self._changes.lock:
            message = self._said.get((channel, ts))
            if message is not None:
                files = tuple(tombstone if one["id"] == tombstone["id"] else one for one in message.files)
                self._said[channel, ts] = replace(message, files=files)
                self._changes.publish_message("message", message)

    def known(self, channel: str, ts: str) -> Message:
        """The message as it stands now."""
        with self._changes.lock:
            found = self._said.get((channel, ts))
        if found is None:
            raise SlackError("message_not_found")
        return found

    def in_channel(self, channel: str, person: str | None = None) -> tuple[Message, ...]:
        """Roots, replies and what `person` alone sees, oldest first; with no person, only what everybody sees."""
        with self._changes.lock:
            here = [one for one in self._said.values() if one.channel == channel]
        return tuple(one for one in here if one.ephemeral_to in (None, person))

    def ephemeral(self, person: str) -> tuple[Message, ...]:
        """What only this person was told, oldest first."""
        with self._changes.lock:
            return tuple(one for one in self._said.values() if one.ephemeral_to == person)

    def forget_ephemeral(self, person: str) -> None:
        """What happens to ephemeral messages when their reader reloads the client."""
        for message in self.ephemeral(person):
            self.delete(message)
