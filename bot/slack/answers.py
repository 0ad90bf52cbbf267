"""Answers on their way to the channel: one root message, everything else in its thread; and whether they are there.

It is long because an answer is posted in three ways: with a root of its own, as a case, and in a case's thread.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, exists, select

from bot.answer import Answer, EphemeralAnswer, Offers, Paragraph, Part, Table
from bot.desk.audited_access import Asker
from bot.desk.requests import Request, Requests
from bot.scenario import ScenarioKind
from bot.slack import blocks, cases, forms, modals
from bot.slack.blocks import Press, Topic
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame, View
from bot.tickets import tables
from bot.tickets.message import Item, Message, MessageKind, Rank
from bot.tickets.store import DeliveredTwice, Store
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED
from bot.words import Person, Words, say

_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.25
"""Seconds between two looks: soon after the first, since most messages are posted at once."""

_MOST_BLOCKS = 45
"""Blocks in one reply; Slack takes 50."""

_MOST_ASKERS = 1000
"""Answers of which it is remembered who asked: far more than are on their way at any time."""

_NOT_THERE_YET = say("Slack hasn't taken the answer yet; it's posted as soon as it does.")


class Answers:
    """Runs what only reads, and posts answers through the outbox."""

    def __init__(self, requests: Requests, tickets: Tickets, arrivals: "Arrivals", askers: "Askers") -> None:
        self._requests = requests
        self._tickets = tickets
        self._store = tickets.store
        self._outbox = tickets.outbox
        self.arrivals = arrivals
        self._askers = askers

    def answer(
        self, interaction: Interaction, request: Request, asker: Asker, *, frame: Frame, pools: Sequence[str]
    ) -> View | None:
        """Answer a request in each of some pools. Raises `Refused`.

        Returns what the modal shows then; where none is open, the person is told what is for them alone, and it is
        None.
        """
        parts: tuple[Part, ...] = ()
        posted: list[int] = []
        for pool in pools:
            each = replace(request, pool=pool)
            found = self._requests.submit(each, asker)
            if isinstance(found, EphemeralAnswer):
                parts += found.parts
            elif isinstance(found, Answer) and (conversation := self.post(found, each, interaction)) is not None:
                posted.append(conversation)
        if not interaction.modal.is_open:
            if parts:
                interaction.show_ephemeral(*parts, topic=Topic(request.pool))
            return None
        if parts:
            return modals.shown(frame, parts)
        arrived = self.arrivals.replies if interaction.thread_of else self.arrivals.root
        if all(map(arrived, posted)):
            return modals.said_in(frame, "Answered", request.channel)
        return modals.told(frame, _NOT_THERE_YET)

    def post(self, answer: Answer, request: Request, interaction: Interaction) -> int | None:
        """Post an answer and return its conversation; None where Slack's delivery had been answered before.

        If the channel doesn't take it, the person of the interaction is told.
        """
        reads = request.scenario.kind is ScenarioKind.ANSWER
        try:
            with self._tickets.transaction() as connection:
                if reads:
                    # What did something knows itself what was delivered twice.
                    if request.submission:
                        self._store.note_delivery(connection, f"{request.submission} {request.pool}")
                    origin, handed = self._begin(connection, answer, request, interaction)
                elif (case := self._case_of(connection, request)) is not None:
                    origin, handed = case, ()
                    self._reply(connection, answer, request, case)
                else:
                    origin, handed = self._begin(connection, answer, request, interaction)
        except DeliveredTwice:
            return None
        self._outbox.wake(*handed)
        return origin

    def _case_of(self, connection: Connection, request: Request) -> int | None:
        """Return the case that a customer action was born from. What a button says of it may be made up."""
        lives = self._tickets.cases.lives(connection, request.origin, channel=request.channel, pool=request.pool)
        return request.origin if lives else None

    def _reply(self, connection: Connection, answer: Answer, request: Request, case: int) -> None:
        """Answer in the thread of a case, and let the case say so."""
        topic = Topic(request.pool, case)
        said = beneath(answer, topic, who=request.who.id)
        person = request.who.id
        self._outbox.enqueue(connection, case, *said, rank=Rank.ANSWER, person=person, kind=MessageKind.ACTION)
        headline = answer.headline
        words = Words(f"{answer.emoji} {headline.template}", headline.values)
        self._tickets.cases.acted(connection, case, person=person, words=words)

    def _begin(
        self, connection: Connection, answer: Answer, request: Request, interaction: Interaction
    ) -> tuple[int, tuple[Item, ...]]:
        """Write an answer with a root of its own. Return its conversation, and what the writer is to be handed."""
        # What did something can't be asked once more for its details.
        reads = request.scenario.kind is ScenarioKind.ANSWER
        fields = forms.given_in(request.form) if reads else {}
        origin = self._outbox.converse(connection, request.channel, thread_of=interaction.thread_of)
        self._askers.remember(origin, interaction)
        topic = Topic(request.pool, origin, fields.get("user", ""))
        asked = Press(scenario=request.scenario.name, pool=request.pool, fields=fields, origin=origin)
        # What answers in somebody's thread has no root that could be drawn again.
        subject = answer.subject if not interaction.thread_of else None
        first = self._root(connection, replace(answer, subject=subject), request, topic)
        rest = thread(answer, topic, asked=asked if reads else None)
        handed = self._outbox.enqueue_answer(
            connection,
            origin,
            request.channel,
            first,
            *rest,
            person=request.who.id,
            has_root=bool(interaction.thread_of),
        )
        return origin, handed

    def _root(self, connection: Connection, answer: Answer, request: Request, topic: Topic) -> Message:
        if answer.subject is None or topic.origin is None:
            return root(answer, topic, who=request.who.id)
        case = self._tickets.cases.begin(
            connection,
            topic.origin,
            request.channel,
            scenario=request.scenario.name,
            pool=request.pool,
            user=topic.user,
            asker=request.who.id,
            answer=answer,
            subject=answer.subject,
        )
        around = cases.around(connection, self._tickets, case)
        if around.lacks_links(case):
            self._tickets.cases.redraw(connection, topic.origin)
        return cases.root(case, around)


class Arrivals:
    """Whether what was committed stands in the channel by now: nobody is sent there to look for what isn't there yet.

    Waits in the thread that calls it, never for longer than its patience, in seconds.
    """

    def __init__(self, database: Store, *, patience: float = UNHURRIED.posting) -> None:
        self._store = database
        self._patience = patience

    def card(self, ticket: int) -> bool:
        """Wait for a ticket's card, and return whether it is posted."""
        return self._comes(_has_root(tables.conversation.c.id == _of_card(ticket)))

    def root(self, conversation: int) -> bool:
        """Wait for the root message of a conversation, and return whether it is posted."""
        return self._comes(_has_root(tables.conversation.c.id == conversation))

    def answer(self, conversation: int) -> bool:
        """Wait for an answer: for its root, or in the thread of a case for all of it. Return whether it is posted."""
        row = tables.outbox.c
        in_thread = exists().where(row.conversation == conversation, row.kind == MessageKind.ACTION.value)
        return self._comes(and_(_has_root(tables.conversation.c.id == conversation), ~in_thread))

    def replies(self, conversation: int) -> bool:
        """Wait for everything that was to be said in a conversation, and return whether nothing of it is left."""
        row = tables.outbox.c
        waits = exists().where(row.conversation == conversation, row.kind != MessageKind.CASE.value)
        return self._comes(~waits)

    def beneath_card(self, ticket: int) -> bool:
        """Wait for everything that was to be said beneath a ticket's card, and return whether nothing of it is left."""
        return self._comes(~exists().where(tables.outbox.c.conversation == _of_card(ticket)))

    def _comes(self, wanted: ColumnElement[bool]) -> bool:
        until, look = time.monotonic() + self._patience, _FIRST_LOOK
        while not self._is_so(wanted):
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(look, left))
            look = min(2 * look, _LONGEST_LOOK)
        return True

    def _is_so(self, wanted: ColumnElement[bool]) -> bool:
        with self._store.reading() as connection:
            return bool(connection.execute(select(wanted)).scalar_one())


def _has_root(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(which, tables.conversation.c.ts != "")


def _of_card(ticket: int) -> ScalarSelect[int]:
    return select(tables.ticket.c.conversation).where(tables.ticket.c.id == ticket).scalar_subquery()


class Askers:
    """Who asked for an answer that is on its way: if its channel doesn't take it, they are told where they are.

    It knows those who asked this process. Somebody who asked another process, or long ago, isn't among them.
    """

    def __init__(self, executor: Executor) -> None:
        """``executor``: to tell somebody takes as long as Slack does, and its writer has other things to do."""
        self._executor = executor
        self._lock = threading.Lock()
        self._by_conversation: OrderedDict[int, Interaction] = OrderedDict()

    def remember(self, conversation: int, interaction: Interaction) -> None:
        """Remember who asked for what a conversation holds, if they can be reached where the desk is no member."""
        if not interaction.response_url:
            return
        with self._lock:
            self._by_conversation[conversation] = interaction
            while len(self._by_conversation) > _MOST_ASKERS:
                self._by_conversation.popitem(last=False)

    def seconds(self, conversation: int) -> float | None:
        """Return how long ago somebody asked for what a conversation holds; None if it isn't known."""
        with self._lock:
            interaction = self._by_conversation.get(conversation)
        return time.monotonic() - interaction.began if interaction is not None else None

    def tell(self, conversation: int, words: Sequence[Words]) -> bool:
        """Tell who asked for a conversation, by the address that came with what they typed. False: it isn't known."""
        with self._lock:
            interaction = self._by_conversation.pop(conversation, None)
        if interaction is None:
            return False
        self._executor.submit(interaction.show_ephemeral, *map(Paragraph, words))
        return True


def root(answer: Answer, topic: Topic, *, who: str) -> Message:
    """Draw an answer's root message: what is the matter, who asked, and the best way on."""
    mark = Words(f"{answer.emoji} ")
    asked = say("{pool} · asked by {who}", pool=topic.pool, who=Person(who))
    drawn = [
        blocks.line(mark, answer.headline, bold=True),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": asked.text()}]},
    ]
    told = [f"{mark.text()}{answer.headline.text()}", asked.text()]
    if answer.best:
        drawn.append(blocks.buttons(Offers((answer.best,)), topic))
        told.append(blocks.written(Offers((answer.best,))))
    metadata = {"event_type": answer.event_type, "event_payload": dict(answer.event)} if answer.event_type else {}
    return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn), metadata=metadata)


def beneath(answer: Answer, topic: Topic, *, who: str) -> list[Message]:
    """Draw an answer as it stands in the thread of a case: its headline and the best way on first."""
    head = root(replace(answer, best=None), topic, who=who)
    best = (Offers((answer.best,)),) if answer.best else ()
    below = list(replies((*best, *answer.thread), topic))
    if not below:
        return [head]
    text = blocks.clipped(f"{head.text}\n{below[0].text}")
    return [Message(text=text, blocks=(*head.blocks, *below[0].blocks)), *below[1:]]


def thread(answer: Answer, topic: Topic, *, asked: Press | None = None) -> list[Message]:
    """Draw an answer's thread. ``asked``: what its last button, **Details**, asks once more."""
    drawn = list(replies(answer.thread, topic))
    button = blocks.details(asked) if asked and answer.details else None
    if button is None:
        return drawn
    label = f"[ {blocks.DETAILS_LABEL} ]"
    if not drawn:
        return [Message(text=label, blocks=(button,))]
    last = drawn.pop()
    return [*drawn, replace(last, text=f"{last.text}\n{label}", blocks=(*last.blocks, button))]


def replies(parts: Iterable[Part], topic: Topic) -> Iterator[Message]:
    """Draw parts of a thread in as few messages as Slack's limits allow."""
    gathered: list[Part] = []
    length = 0
    for part in parts:
        more = len(blocks.written(part)) + 1
        if gathered and not _fit([*gathered, part], length + more):
            yield blocks.message(gathered, topic)
            gathered, length = [], 0
        gathered.append(part)
        length += more
    if gathered:
        yield blocks.message(gathered, topic)


def _fit(parts: list[Part], length: int) -> bool:
    tables = sum(isinstance(part, Table) for part in parts)
    return tables <= 1 and len(parts) <= _MOST_BLOCKS and length <= blocks.LONGEST_TEXT
