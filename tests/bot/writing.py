"""A database, a Slack and as many writers as a test wants; what is written for Slack is words alone."""

import functools
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import insert, select, update

from bot.slack.giving_way import Pauses
from bot.slack.writer import Writer
from bot.ticket import State
from bot.tickets import tables
from bot.tickets.deliveries import Deliveries
from bot.tickets.message import Item, Message, MessageKind, Rank
from bot.tickets.outbox import Outbox
from sandbox.testing import BOT_USER, Rates, Rules, SlackServer, Workspace
from sandbox.testing import Message as SlackMessage
from tests.databases import MovedStore, prepare

SCOPES = ["chat:write", "channels:history", "groups:history"]
SUPPORT, GENERAL, RANDOM = "C0SUPPORT", "C0GENERAL", "C0RANDOM"
"""The desk is a member of the first two."""


def manifest(scopes: list[str]) -> dict[str, object]:
    return {
        "display_information": {"name": "Cognito Desk"},
        "features": {
            "app_home": {"messages_tab_enabled": True},
            "bot_user": {"display_name": "Cognito Desk"},
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {"interactivity": {"is_enabled": True}, "socket_mode_enabled": True},
    }


def words(text: str) -> Message:
    return Message(text=text, blocks=({"type": "section", "text": {"type": "plain_text", "text": text}},))


# Opened again rather than anew: the same statements would have to be compiled for each test.
_opened_at = functools.cache(MovedStore)


class Office:
    """A database, a Slack and as many writers as a test wants."""

    def __init__(self, database_url: str, scopes: list[str], rates: Rates) -> None:
        self.workspace = Workspace(manifest(scopes), rules=Rules(rates=rates))
        self.slack = SlackServer(self.workspace).start()
        self.store = _opened_at(database_url)
        self.store.ahead = 0.0
        prepare(self.store)
        self.outbox = Outbox(self.store)
        self.deliveries = Deliveries(self.outbox)
        self.states = {1: "waits"}
        self.cards: dict[int, Message] = {}
        """What a ticket's card is drawn as, if not as its state in words."""
        self.clock = 0.0
        """What the hand's pauses go by, in seconds."""
        self.writers: list[Writer] = []

    @property
    def client(self) -> WebClient:
        return WebClient(token=self.workspace.bot_token, base_url=self.slack.api_url, retry_handlers=[], timeout=60)

    def write(self, **given: Any) -> Writer:
        writer = Writer(self.deliveries, self.client, self.draw, **given)
        writer.start()
        self.writers.append(writer)
        return writer

    def hand(
        self,
        *,
        closed: Callable[[str], str] = lambda _: "",
        files: Callable[[Item], object] | None = None,
        **given: Any,
    ) -> Callable[[], None]:
        """Return what sends all that may be sent now, in this thread; a new writer that remembers its pauses."""
        pauses = Pauses(closed=closed, clock=lambda: self.clock)
        writer = Writer(self.deliveries, self.client, self.draw, pauses=pauses, **given)
        writer.files = files or writer.files

        def send() -> None:
            self.outbox.wake()
            while writer.deliver_next():
                pass

        return send

    def passes(self, seconds: float) -> None:
        """Let time pass for the database and for the hand's pauses."""
        self.store.ahead += seconds
        self.clock += seconds

    def close(self) -> None:
        for writer in self.writers:
            writer.stop(60)
        self.slack.stop()
        self.store.close()

    def draw(self, kind: MessageKind, ticket: int, permalink: str) -> Message | None:
        if kind is MessageKind.CARD:
            return self.cards.get(ticket) or words(f"Ticket {ticket} {self.states.setdefault(ticket, 'waits')}")
        if kind is MessageKind.CASE:
            return words(f"Case {self.states.setdefault(ticket, 'waits')}")
        if kind is MessageKind.LINK:
            return words(f"Asked: {ticket} at {permalink}")
        refused = self.refusal(ticket)
        return words(f"Nobody can see {ticket}: {refused}") if refused else None

    def refusal(self, ticket: int) -> str:
        with self.store.reading() as connection:
            return self.outbox.refusal(connection, ticket)

    def converse(self, *texts: str, channel: str = SUPPORT, rank: Rank = Rank.TICKET, person: str = "") -> int:
        with self.store.transaction() as connection:
            conversation = self.outbox.converse(connection, channel)
            for text in texts:
                self.outbox.enqueue(connection, conversation, words(text), rank=rank, person=person)
        self.outbox.wake()
        return conversation

    def answer(self, *texts: str, channel: str = SUPPORT, person: str = "U0AGENT") -> int:
        """Answer somebody, as the desk does: the writer needs no look for it."""
        with self.store.transaction() as connection:
            conversation = self.outbox.converse(connection, channel)
            handed = self.outbox.enqueue_answer(connection, conversation, channel, *map(words, texts), person=person)
        self.outbox.wake(*handed)
        return conversation

    def ask(self, channel: str = SUPPORT) -> int:
        with self.store.transaction() as connection:
            conversation = self.outbox.converse(connection, channel, is_card=True)
            values = {"state": "pending", "scenario": "s", "pool": "p", "form": {}, "plan": {}, "observed": {}}
            people = {"needed": 1, "requester": "U0AGENT", "reason": "r", "outcome": {}}
            times = {"created_at": 0.0, "expires_at": 1.0}
            row = insert(tables.ticket).values(**values, **people, **times, conversation=conversation)
            ticket = int(connection.execute(row.returning(tables.ticket.c.id)).scalar_one())
            self.outbox.enqueue_card(connection, ticket)
        self.outbox.wake()
        return ticket

    def reply(self, ticket: int, text: str) -> None:
        """Say something beneath a ticket's card."""
        with self.store.transaction() as connection:
            self.outbox.enqueue(connection, self.outbox.card_of(ticket)[0], words(text))
        self.outbox.wake()

    def end(self, ticket: int) -> None:
        """End a ticket, and tell what has to be told then."""
        with self.store.transaction() as connection:
            ended = update(tables.ticket).where(tables.ticket.c.id == ticket)
            connection.execute(ended.values(state=State.EXPIRED.value))
            self.outbox.enqueue_card(connection, ticket)
            self.outbox.tell_the_end(connection, ticket)

    def turn(self, ticket: int, state: str) -> None:
        self.states[ticket] = state
        with self.store.transaction() as connection:
            self.outbox.enqueue_card(connection, ticket)
        self.outbox.wake()

    def redraw(self, conversation: int, state: str) -> None:
        """Have a case drawn again."""
        self.states[conversation] = state
        with self.store.transaction() as connection:
            place = tables.conversation.c
            self.outbox.enqueue_cases(connection, select(place.id).where(place.id == conversation))
        self.outbox.wake(looks=False)

    def settle(self, seconds: float = 20) -> None:
        self.workspace.wait_for(self.outbox.is_empty, seconds)

    @property
    def told(self) -> list[str]:
        """What the agent was told directly."""
        return (
            self.said_in("U0AGENT") if any(each.im_with == "U0AGENT" for each in self.workspace.roll.channels) else []
        )

    @property
    def threads(self) -> list[list[str]]:
        """What stands in the channel: each root with its replies."""
        roots = [message for message in self.workspace.messages() if message.user == BOT_USER]
        return [[each.text for each in self.workspace.thread(root)] for root in roots]

    def delete(self, message: SlackMessage) -> None:
        """Somebody deletes a message."""
        self.workspace.conversations.delete(message)

    @property
    def said(self) -> list[str]:
        return self.said_in("#support")

    def said_in(self, channel: str) -> list[str]:
        return [message.text for message in self.workspace.messages(channel) if message.user == BOT_USER]

    def tries(self, channel: str) -> int:
        """How often something was to be posted in a channel."""
        posts = self.workspace.calls.of("chat.postMessage")
        return sum(call.arguments.get("channel") == channel for call in posts)
