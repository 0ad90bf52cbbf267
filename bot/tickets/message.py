"""A Slack message as it leaves the desk, and as a row of the outbox until then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Double, Integer, Row, and_, bindparam, delete, exists, or_, select, update

from bot.tickets import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, ready for chat.postMessage or chat.update."""

    text: str
    """Escaped, complete: what notifications show and screen readers read."""
    blocks: tuple[Mapping[str, Any], ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """``{"event_type": …, "event_payload": {…}}``, or empty."""


class MessageKind(StrEnum):
    """How a row becomes a message."""

    SAY = "say"
    CARD = "card"
    LINK = "link"
    ACTION = "action"
    """What came of a customer action, in the thread of its case; where that is gone, in the channel by itself."""
    CASE = "case"
    """Draws a case's root message again, as the case is at the moment it leaves; it is never posted anew."""
    UNSEEN = "unseen"
    """Tells the one who asked for a ticket, directly, that its channel takes nothing; drawn when it leaves."""
    FILE = "file"
    """A file in a thread, of which `bot.tickets.files` has the row; made when it leaves."""
    LEAD = "lead"
    """Tells a lead, directly, that a ticket waits, once its card stands; drawn when it leaves."""


_DRAWN = (MessageKind.CARD, MessageKind.CASE)
"""What is edited from then on that it stands."""


class Method(StrEnum):
    """The Web API methods the writer sends by; Slack limits the rate of each by itself."""

    POST = "chat.postMessage"
    UPDATE = "chat.update"


EVERYWHERE = ""
"""In the place of a channel: all of them."""

Hold = tuple[Method, str]
"""A method, and the channel in which nothing is sent by it for now."""


class Rank(IntEnum):
    """What goes first when Slack takes less than there is."""

    TICKET = 0
    """A card, and what is said beneath it: others wait for it."""
    ANSWER = 1
    """What one person has asked for."""
    CASE = 2
    """What is told already, brought up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row that this process has claimed."""

    id: int
    kind: MessageKind
    conversation: int
    channel: str
    ts: str = ""
    """The conversation's root message; empty while there is none."""
    ticket: int | None = None
    message: Message | None
    person: str
    """Whom an answer is for; empty for nobody."""
    rank: Rank
    created_at: float
    waited: float = 0.0
    """Seconds since it was written."""
    tries: int = 0
    """How often it may have been sent before with nobody knowing the outcome."""
    is_card: bool = False
    """Whether it belongs to a ticket's card and its thread."""
    ended: bool = False
    """Whether nothing more is posted in its conversation."""
    refused: str = ""
    """What Slack answered last, while it takes nothing in the conversation; empty otherwise."""

    @property
    def is_direct(self) -> bool:
        """Whether it is for one person's eyes, in their conversation with the desk."""
        return self.channel[:1] in ("U", "W")

    @property
    def method(self) -> Method:
        """How it is sent."""
        return Method.UPDATE if self.kind in _DRAWN and self.ts else Method.POST


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is to be written of an item that Slack has taken."""

    item: Item
    ts: str | None = None
    """The message that is the conversation's root from now on; None where that doesn't change."""
    through: int | None = None
    """The ticket's card rows up to this id were drawn by it too; None for none."""


def list_name(method: Method) -> str:
    """Name the parameter with the channels in which a method is held."""
    return method.replace(".", "_")


@cache
def ready(held: frozenset[Method], given: frozenset[str]) -> Any:
    """Choose the rows that may leave at ``:now``, the first first. What has to wait stands in nobody else's way.

    ``held``: methods that are paused everywhere. ``given``: the names of those lists of channels that aren't empty.
    Written once for each of them: to write it takes longer than to run it.
    """
    now = bindparam("now", type_=Double)
    row, place = tables.outbox.c, tables.conversation.c
    ahead, leaving = tables.outbox.alias().c, tables.outbox.alias().c
    is_card, is_case = row.kind == MessageKind.CARD.value, row.kind == MessageKind.CASE.value
    is_edit = and_(or_(is_card, is_case), place.ts != "")
    waits_for_root = and_(place.is_card, place.ts == "")
    # A case that is drawn again later keeps nothing in its thread waiting.
    is_ahead = and_(ahead.conversation == row.conversation, ahead.id < row.id, ahead.kind != MessageKind.CASE.value)
    is_first = ~exists().where(is_ahead)
    is_busy = exists().where(leaving.conversation == row.conversation, leaving.lease_until > now)
    sent_by = {Method.POST: ~is_edit, Method.UPDATE: is_edit}
    # What isn't an answer waits where it was refused.
    sent_by_list = {list_name(method): by for method, by in sent_by.items()} | {"closed": row.rank != Rank.ANSWER.value}
    waiting = [sent_by[method] for method in sorted(held)]
    waiting += [and_(sent_by_list[name], place.channel.in_(bindparam(name, expanding=True))) for name in sorted(given)]
    return (
        select(
            *(each for each in row if each is not row.message),
            place.channel,
            place.ts,
            place.is_card,
            place.ended,
            place.refused,
        )
        .join(tables.conversation, place.id == row.conversation)
        .where(
            row.not_before <= now,
            or_(is_card, and_(is_case, place.ts != ""), and_(~is_case, is_first, ~waits_for_root)),
            ~is_busy,
            *(~each for each in waiting),
        )
        .order_by(row.rank, and_(row.rank == Rank.ANSWER.value, place.ts != ""), row.id)
        .limit(bindparam("most", type_=Integer))
    )


def item_of(row: Row[Any], message: Mapping[str, Any] | None, now: float) -> Item:
    """Return a row of `ready` as an item, with the message that it holds, if it holds one."""
    return Item(
        id=row.id,
        kind=MessageKind(row.kind),
        conversation=row.conversation,
        channel=row.channel,
        ts=row.ts,
        ticket=row.ticket,
        message=Message(**message) if message else None,
        person=row.person,
        rank=Rank(row.rank),
        created_at=row.created_at,
        waited=now - row.created_at,
        tries=row.attempts,
        is_card=row.is_card,
        ended=row.ended,
        refused=row.refused,
    )


REMOVE = delete(tables.outbox).where(tables.outbox.c.id == bindparam("item", type_=Integer))
PLACE = update(tables.conversation).where(tables.conversation.c.id == bindparam("place", type_=Integer))
STANDS = PLACE.values(ts=bindparam("stands"), permalink="")
CLAIM = (
    update(tables.outbox)
    .where(tables.outbox.c.id == bindparam("item", type_=Integer))
    .values(owner=bindparam("owner"), lease_until=bindparam("lease_until"), attempts=bindparam("attempts"))
    # What the other rows hold that might leave isn't read: it is only read of the one that does.
    .returning(tables.outbox.c.message)
)
LOCK_PLACE = (
    select(tables.conversation.c.id)
    .where(tables.conversation.c.id == bindparam("place", type_=Integer))
    .with_for_update(skip_locked=True)
)
LOCK_ROW = (
    select(tables.outbox.c.id)
    .where(tables.outbox.c.id == bindparam("item", type_=Integer))
    .with_for_update(skip_locked=True)
)
TAKEN = select(tables.outbox.c.id).where(
    tables.outbox.c.conversation == bindparam("place", type_=Integer),
    tables.outbox.c.lease_until > bindparam("now", type_=Double),
)
"""Built once: to build a statement takes longer than to run it."""


def row_of(
    kind: MessageKind, conversation: int, *, ticket: int | None = None, rank: Rank, person: str = ""
) -> dict[str, Any]:
    """Return what a new row holds, but for its message and its times."""
    return {
        "conversation": conversation,
        "kind": kind.value,
        "rank": rank.value,
        "ticket": ticket,
        "person": person,
    }


def stored(message: Message) -> dict[str, Any]:
    """Return a message as `item_of` reads it."""
    return {"text": message.text, "blocks": message.blocks, "metadata": message.metadata}
