"""Messages as lines of a conversation: grouped by day and author, with what stands in their threads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sandbox.slack.model import SLACKBOT, ElementWarning, Message, Person
from sandbox.slack.page.dates import day_name
from sandbox.slack.page.place import Place
from sandbox.slack.page.reader import Reader
from sandbox.slack.page.unread import ReadMarks

# Messages that the same person sends within this time stand together under one name.
_TOGETHER_SECONDS: Final = 300
_MOST_FACES: Final = 4


@dataclass(frozen=True, slots=True)
class Replies:
    """What a channel shows of a thread."""

    count: int
    last: datetime
    people: tuple[Person, ...]
    unread: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One message as its reader sees it; `day` is set on the first message of a day."""

    message: Message
    author: str
    person: Person | None
    place: Place
    at: datetime
    thread_address: str
    day: str | None = None
    follows: bool = False
    replies: Replies | None = None

    @property
    def ephemeral(self) -> bool:
        """Whether only the reader sees it."""
        return self.message.ephemeral_to is not None

    @property
    def is_app(self) -> bool:
        """Whether an app said it; Slack's own voice is none."""
        return self.message.from_app and self.message.user != SLACKBOT

    @property
    def broadcast_of(self) -> str | None:
        """The address of the thread from which a reply was shown in the channel, too."""
        return self.thread_address if self.message.is_reply else None


def threads(said: Iterable[Message], reader: Reader, marks: ReadMarks) -> dict[str, Replies]:
    """The threads of a channel by their root's `ts`; ephemeral messages do not count."""
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for one in said:
        if one.is_reply and one.thread_ts and one.ephemeral_to is None:
            found[one.thread_ts].append(one)
    return {root: _replies(root, replies, reader, marks) for root, replies in found.items()}


def _replies(root: str, replies: Sequence[Message], reader: Reader, marks: ReadMarks) -> Replies:
    faces = [reader.people[one] for one in dict.fromkeys(one.user for one in replies) if one in reader.people]
    return Replies(
        count=len(replies),
        last=reader.moment(float(replies[-1].ts)),
        people=tuple(faces[:_MOST_FACES]),
        unread=marks.has_new_reply(reader.me, root, replies),
    )


def lines(
    messages: Sequence[Message],
    reader: Reader,
    warnings: Sequence[ElementWarning] = (),
    threads_here: dict[str, Replies] | None = None,
) -> tuple[Line, ...]:
    """A conversation, oldest first."""
    drawn: list[Line] = []
    for message in messages:
        at = reader.moment(float(message.ts))
        new_day = not drawn or drawn[-1].at.date() != at.date()
        drawn.append(
            Line(
                message=message,
                author=reader.person_name(message.user) or message.user,
                person=reader.people.get(message.user),
                place=Place.of_message(message, warnings),
                at=at,
                thread_address=reader.channel_address(message.channel, message.thread_ts or message.ts),
                day=day_name(at, reader.now.astimezone(at.tzinfo)) if new_day else None,
                follows=not new_day and _follows(message, drawn[-1].message),
                replies=(threads_here or {}).get(message.ts),
            )
        )
    return tuple(drawn)


def _follows(message: Message, before: Message) -> bool:
    # What an app draws is a thing of its own and starts with the app's name.
    return (
        not message.blocks
        and message.user == before.user
        and message.ephemeral_to == before.ephemeral_to
        and message.is_reply == before.is_reply
        and float(message.ts) - float(before.ts) < _TOGETHER_SECONDS
    )
