"""Runs a scenario that only reads, and posts its answer: one root message, everything else in its thread."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.answer import Answer, EphemeralAnswer, Offers, Part, Table
from bot.desk.approvals import Desk
from bot.desk.people import Who
from bot.slack import blocks
from bot.slack.askers import Askers
from bot.slack.request import Request
from bot.tickets import deliveries, store
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox, Rank
from bot.tickets.store import Store, taken
from bot.words import Person, Words, say

_MOST_BLOCKS = 45
"""Blocks in one reply; Slack takes 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer was the answer to, so that it can be asked once more."""

    scenario: str
    fields: Mapping[str, str]
    """As a form takes them; a scenario that only reads has no secrets among them."""

    @property
    def user(self) -> str:
        """Whom it was about, as somebody typed it; empty for nobody."""
        return self.fields.get("user", "")


@dataclass(frozen=True, slots=True)
class Posting:
    """An answer that is on its way to the channel."""

    conversation: int | None
    """None where it was on its way before: what Slack delivered had been delivered already."""


class Answering:
    """Posts answers through the outbox."""

    def __init__(self, desk: Desk, database: Store, outbox: Outbox, askers: Askers) -> None:
        self._desk = desk
        self._store = database
        self._outbox = outbox
        self._askers = askers

    def run(
        self,
        scenario: str,
        pool: str,
        form: Mapping[str, Any],
        *,
        who: Who,
        channel: str,
        delivery: str = "",
        request: Request | None = None,
    ) -> EphemeralAnswer | Posting:
        """Run it and post its answer; what is for the person alone is returned instead. Raises `Refused`.

        ``delivery`` names what Slack delivered: the same one delivered again is answered once. ``request``: by what
        the person is told if the channel doesn't take the answer; None for a direct message.
        """
        answer = self._desk.answer(scenario, pool, form, who=who)
        if isinstance(answer, EphemeralAnswer):
            return answer
        try:
            asked = Asked(scenario=scenario, fields={name: str(value) for name, value in form.items()})
            once = f"{delivery} {pool}" if delivery else ""
            return Posting(
                self.post(answer, who=who, pool=pool, channel=channel, delivery=once, asked=asked, request=request)
            )
        except IntegrityError as error:
            if not taken(error):
                raise
        return Posting(None)

    def post(
        self,
        answer: Answer,
        *,
        who: Who,
        pool: str,
        channel: str,
        delivery: str = "",
        asked: Asked | None = None,
        request: Request | None = None,
    ) -> int:
        """Post an answer, and return its conversation.

        A ``delivery`` that was answered before is an `IntegrityError`, and nothing is posted.

        ``asked``: what can be asked once more for its details; None where that would do something. ``request`` as for
        `run`.
        """
        with self._store.transaction() as connection:
            if delivery:
                deliveries.note(connection, self._store, delivery)
            origin = self._outbox.converse(connection, channel)
            if request is not None:
                self._askers.remember(origin, request)
            first = root(answer, who=who.id, pool=pool, origin=origin)
            self._outbox.say(connection, origin, first, rank=Rank.ANSWER, person=who.id)
            for reply in thread(answer, pool=pool, origin=origin, asked=asked):
                self._outbox.say(connection, origin, reply, rank=Rank.ANSWER, person=who.id)
        self._outbox.wake()
        return origin

    def origin(self, conversation: int | None, channel: str) -> int | None:
        """Return a conversation that a button named, if it is one of this channel's."""
        with self._store.transaction() as connection:
            query = select(store.conversation.c.channel).where(store.conversation.c.id == conversation)
            return conversation if connection.execute(query).scalar() == channel else None


def root(answer: Answer, *, who: str, pool: str, origin: int) -> Message:
    """Draw an answer's root message: what is the matter, who asked, and the best way on."""
    mark = Words(f"{answer.emoji} ")
    asked = say("asked by {who} · pool {pool}", who=Person(who), pool=pool)
    drawn = [
        blocks.line(mark, answer.headline, bold=True),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": asked.text()}]},
    ]
    told = [f"{mark.text()}{answer.headline.text()}", asked.text()]
    if answer.best:
        drawn.append(blocks.buttons(Offers((answer.best,)), pool=pool, origin=origin))
        told.append(blocks.written(Offers((answer.best,))))
    metadata = {"event_type": answer.event_type, "event_payload": dict(answer.event)} if answer.event_type else {}
    return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn), metadata=metadata)


def thread(answer: Answer, *, pool: str, origin: int, asked: Asked | None = None) -> list[Message]:
    """Draw an answer's thread. ``asked``: what its last button, **Details**, asks once more."""
    drawn = list(replies(answer.thread, pool=pool, origin=origin, user=asked.user if asked else ""))
    button = (
        blocks.details(asked.scenario, asked.fields, pool=pool, origin=origin) if asked and answer.details else None
    )
    if button is None:
        return drawn
    label = f"[ {blocks.DETAILS_LABEL} ]"
    if not drawn:
        return [Message(text=label, blocks=(button,))]
    last = drawn.pop()
    return [*drawn, replace(last, text=f"{last.text}\n{label}", blocks=(*last.blocks, button))]


def replies(parts: Iterable[Part], *, pool: str, origin: int, user: str = "") -> Iterator[Message]:
    """Draw parts of a thread in as few messages as Slack's limits allow. ``user``: whom they are about, as typed."""
    gathered: list[Part] = []
    length = 0
    for part in parts:
        more = len(blocks.written(part)) + 1
        if gathered and not _fit([*gathered, part], length + more):
            yield blocks.message(gathered, pool=pool, origin=origin, user=user)
            gathered, length = [], 0
        gathered.append(part)
        length += more
    if gathered:
        yield blocks.message(gathered, pool=pool, origin=origin, user=user)


def _fit(parts: list[Part], length: int) -> bool:
    tables = sum(isinstance(part, Table) for part in parts)
    return tables <= 1 and len(parts) <= _MOST_BLOCKS and length <= blocks.LONGEST_TEXT
