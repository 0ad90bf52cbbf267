"""The outbox and its writer, against the sandbox's Slack: in order, once, and nothing lost."""

import logging
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.slack.giving_way import Pauses
from bot.slack.writer import Writer
from bot.tickets import tables
from bot.tickets.deliveries import Deliveries
from bot.tickets.message import Item, Message, Rank, Sent
from bot.tickets.outbox import SOON, Outbox
from bot.timings import UNHURRIED
from sandbox.testing import Rates
from tests.bot.writing import GENERAL, RANDOM, SCOPES, SUPPORT, Office, words


@pytest.fixture
def office(sqlite_url: str, request: pytest.FixtureRequest) -> Iterator[Office]:
    marker = request.node.get_closest_marker("scopes")
    rates = request.node.get_closest_marker("rates")
    place = Office(sqlite_url, list(marker.args) if marker else SCOPES, rates.args[0] if rates else Rates.generous())
    yield place
    place.close()


def test_the_first_message_is_the_root_and_the_others_reply_in_order(office: Office) -> None:
    office.write()
    office.converse("root", "one", "two", "three")
    office.settle()

    (root,) = (message for message in office.workspace.messages() if message.text == "root")
    assert [reply.text for reply in office.workspace.replies(root)] == ["one", "two", "three"]


def test_what_was_written_before_the_start_is_sent_at_the_start(office: Office) -> None:
    office.converse("left over")
    office.write()
    office.settle()

    assert office.said == ["left over"]


def test_a_rate_limit_delays_and_loses_nothing(office: Office) -> None:
    office.workspace.faults.rate_limit("chat.postMessage", times=2, retry_after=1)
    office.write()
    office.converse("root", "reply")
    office.settle()

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]
    statuses = [call.status for call in office.workspace.calls.of("chat.postMessage")]
    assert statuses == [429, 429, 200, 200]


def test_an_edit_goes_out_while_posting_is_paused(office: Office) -> None:
    office.write()
    ticket = office.ask()
    office.settle()
    office.workspace.faults.rate_limit("chat.postMessage", retry_after=30)
    office.converse("paused")
    office.workspace.wait_for(lambda: office.workspace.calls.of("chat.postMessage")[-1].status == 429)
    office.turn(ticket, "is done")

    office.workspace.wait_for_message("Ticket 1 is done", timeout=25)
    assert office.said == ["Ticket 1 is done"]


def test_a_card_is_posted_once_and_edited_from_then_on_with_the_latest_state(office: Office) -> None:
    ticket = office.ask()
    for state in ("is approved", "is running", "is done"):
        office.turn(ticket, state)
    office.write()
    office.settle()
    assert office.said == ["Ticket 1 is done"]
    assert len(office.workspace.calls.of()) == 1

    office.turn(ticket, "is undone")
    office.settle()
    assert office.said == ["Ticket 1 is undone"]


def test_what_a_card_shows_for_a_moment_alone_is_never_drawn(office: Office) -> None:
    ticket, send = office.ask(), office.hand()
    send()
    turn_soon(office, ticket, "is running")
    send()
    assert office.said == ["Ticket 1 waits"]
    office.turn(ticket, "is done")
    send()

    assert office.said == ["Ticket 1 is done"]
    assert len(office.workspace.calls.of("chat.update")) == 1
    assert office.outbox.is_empty()


def test_what_a_card_shows_for_longer_is_drawn(office: Office) -> None:
    ticket, send = office.ask(), office.hand()
    send()
    turn_soon(office, ticket, "is running")
    assert office.outbox.seconds_left() <= SOON + 0.01
    office.passes(SOON)
    send()

    assert office.said == ["Ticket 1 is running"]


def turn_soon(office: Office, ticket: int, state: str) -> None:
    """Change what a card shows, where that may have changed again in a moment."""
    office.states[ticket] = state
    with office.store.transaction() as connection:
        office.outbox.enqueue_card(connection, ticket, soon=True)
    office.outbox.wake(looks=False)


@pytest.mark.parametrize("fault", ["lose_answer", "fail", "drop"])
def test_a_lost_answer_makes_no_second_message_and_loses_none(office: Office, fault: str) -> None:
    getattr(office.workspace.faults, fault)("chat.postMessage")
    office.write()
    office.converse("root", "reply")
    office.settle()

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]


def test_a_reply_whose_answer_was_lost_is_found_in_its_thread(office: Office) -> None:
    office.write()
    conversation = office.converse("root")
    office.settle()
    office.workspace.faults.lose_answer("chat.postMessage")
    with office.store.transaction() as connection:
        office.outbox.enqueue(connection, conversation, words("reply"))
    office.outbox.wake()
    office.settle()

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]


@pytest.mark.scopes("chat:write")
def test_without_the_history_scope_a_lost_answer_may_repeat_a_message_but_never_loses_it(office: Office) -> None:
    office.workspace.faults.lose_answer("chat.postMessage")
    office.write()
    office.converse("root")
    office.settle()

    assert office.said == ["root", "root"]


def test_blocks_that_slack_refuses_still_arrive_as_words(office: Office) -> None:
    office.write()
    broken = Message(text="the words", blocks=({"type": "section"},))
    with office.store.transaction() as connection:
        office.outbox.enqueue(connection, office.outbox.converse(connection, SUPPORT), broken)
    office.outbox.wake()
    office.settle()

    assert office.said == ["the words"]


def test_a_card_that_somebody_deleted_is_posted_anew(office: Office) -> None:
    office.write()
    ticket = office.ask()
    office.settle()
    (card,) = office.workspace.messages()
    WebClient(token=office.workspace.bot_token, base_url=office.slack.api_url).chat_delete(channel=SUPPORT, ts=card.ts)
    office.turn(ticket, "is done")
    office.settle()

    assert office.said == ["Ticket 1 is done"]
    assert office.outbox.card_of(ticket)[2] == office.workspace.messages()[0].ts != card.ts


def test_a_check_links_to_the_card_once_it_stands(office: Office) -> None:
    conversation = office.converse("check")
    ticket = office.ask()
    with office.store.transaction() as connection:
        office.outbox.link(connection, conversation, ticket)
    office.write()
    office.settle()

    check, card = office.workspace.messages()
    assert [reply.text for reply in office.workspace.replies(check)] == [
        f"Asked: 1 at {office.outbox.card_of(ticket)[3]}"
    ]
    assert card.ts.replace(".", "") in office.outbox.card_of(ticket)[3]


def test_several_writers_share_the_work_and_keep_each_threads_order(office: Office) -> None:
    for _ in range(3):
        office.write()
    for n in range(12):
        office.converse(f"root {n}", "a", "b", "c")
    office.settle()

    roots = office.workspace.messages()
    assert sorted(root.text for root in roots) == sorted(f"root {n}" for n in range(12))
    assert all([reply.text for reply in office.workspace.replies(root)] == ["a", "b", "c"] for root in roots)


def test_a_message_stays_with_the_process_that_keeps_it_and_is_anothers_once_that_is_silent(office: Office) -> None:
    slow, other = (Deliveries(Outbox(office.store, lease=0.4)) for _ in range(2))
    office.converse("root")
    assert slow.claim("slow", held=frozenset())
    for _ in range(5):
        time.sleep(0.2)
        slow.outbox.keep()
        assert other.claim("other", held=frozenset()) is None

    time.sleep(0.5)
    taken = other.claim("other", held=frozenset())
    assert taken is not None
    # Too late: it is not the slow one's any more.
    slow.outbox.keep()
    late = replace(taken, tries=0)
    slow.postpone(late, seconds=0, unknown=True)
    with office.store.reading() as connection:
        assert connection.execute(select(tables.outbox.c.owner)).scalar_one() == "other"


def test_a_channel_that_takes_nothing_keeps_no_other_waiting(office: Office) -> None:
    with office.store.transaction() as connection:
        later = office.store.now(connection) + 3600
        for _ in range(300):
            closed = office.outbox.converse(connection, "C0CLOSED")
            for text in ("root", "reply"):
                office.outbox.enqueue(connection, closed, words(text))
        connection.execute(update(tables.outbox).values(not_before=later))
    office.converse("root", "reply")
    office.write()
    office.workspace.wait_for(lambda: "root" in office.said)
    (root,) = office.workspace.messages()
    office.workspace.wait_for(lambda: len(office.workspace.replies(root)) == 1)


def test_what_a_dead_process_had_claimed_is_looked_for_before_it_is_sent_again(office: Office) -> None:
    conversation = office.converse("root")
    taken = office.deliveries.claim("dead process", held=frozenset())
    assert taken is not None
    client = WebClient(token=office.workspace.bot_token, base_url=office.slack.api_url)
    client.chat_postMessage(
        channel=SUPPORT, text="root", blocks=[{**words("root").blocks[0], "block_id": f"desk-{taken.id}"}]
    )
    with office.store.transaction() as connection:
        connection.execute(update(tables.outbox).values(lease_until=0))
        office.outbox.enqueue(connection, conversation, words("reply"))
    office.write()
    office.settle()

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]


def test_cards_and_their_notices_leave_before_answers_that_are_older(office: Office) -> None:
    for n in range(30):
        office.converse(f"answer {n}", f"evidence {n}", rank=Rank.ANSWER)
    ticket = office.ask()
    with office.store.transaction() as connection:
        (card, *_) = office.outbox.card_of(ticket)
        office.outbox.enqueue(connection, card, words("asked for this"))
    office.write()
    office.settle()

    posted = [call.arguments["text"] for call in office.workspace.calls.of("chat.postMessage")]
    assert posted[:2] == ["Ticket 1 waits", "asked for this"]
    for root in office.workspace.messages()[1:]:
        assert [reply.text for reply in office.workspace.replies(root)] == [root.text.replace("answer", "evidence")]


def test_cards_leave_first_then_all_roots_whether_they_are_at_hand_or_have_to_be_looked_for(office: Office) -> None:
    send = office.hand()
    office.converse("answer", "evidence", rank=Rank.ANSWER)
    for n in range(12):
        office.answer(f"answer {n}", f"evidence {n}")
    office.ask()
    send()

    posted = [call.arguments["text"] for call in office.workspace.calls.of("chat.postMessage")]
    assert posted[:14] == ["Ticket 1 waits", "answer", *(f"answer {n}" for n in range(12))]
    assert office.threads[1:] == [["answer", "evidence"], *([f"answer {n}", f"evidence {n}"] for n in range(12))]
    assert office.outbox.is_empty()


def test_answers_at_hand_wait_in_the_database_while_slack_limits_their_channel(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.rate_limit("chat.postMessage", retry_after=30)
    for n in range(3):
        office.answer(f"answer {n}", f"evidence {n}")
    send()
    assert office.said == []
    with office.store.reading() as connection:
        assert set(connection.execute(select(tables.outbox.c.owner, tables.outbox.c.attempts))) == {(None, 0)}
    office.passes(31)
    send()

    assert office.threads == [[f"answer {n}", f"evidence {n}"] for n in range(3)]
    assert not office.workspace.calls.of("conversations.history")


def test_the_replies_of_an_answer_whose_root_got_lost_wait_until_it_is_found(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.lose_answer("chat.postMessage")
    office.answer("root", "one", "two")
    send()
    office.passes(60)
    send()

    assert office.threads == [["root", "one", "two"]]
    assert office.outbox.is_empty()


def test_what_is_at_hand_when_the_writer_stops_is_another_s_at_once(office: Office) -> None:
    office.hand()
    office.answer("root", "reply")
    assert Deliveries(Outbox(office.store)).claim("other", held=frozenset()) is None
    office.deliveries.close()

    assert Deliveries(Outbox(office.store)).claim("other", held=frozenset())


def test_an_answer_that_a_process_had_at_hand_when_it_died_is_posted_by_another(office: Office) -> None:
    dead = Outbox(office.store)
    dead.writer = "dead process"
    with office.store.transaction() as connection:
        conversation = dead.converse(connection, SUPPORT)
        dead.wake(
            *dead.enqueue_answer(connection, conversation, SUPPORT, words("root"), words("reply"), person="U0AGENT")
        )
    assert office.deliveries.claim("other", held=frozenset()) is None
    with office.store.transaction() as connection:
        connection.execute(update(tables.outbox).values(lease_until=0))
    office.write()
    office.settle()

    assert office.threads == [["root", "reply"]]


@pytest.mark.slow
@pytest.mark.parametrize("refusal", ["C0NOWHERE", RANDOM])
def test_a_channel_that_refuses_costs_one_try_for_each_pause_however_much_waits_for_it(
    office: Office, refusal: str
) -> None:
    for n in range(450):
        office.converse(f"lost {n}", channel=refusal)
    office.converse("root", "reply")
    office.write()
    office.workspace.wait_for(lambda: office.said == ["root"], 20)
    (root,) = office.workspace.messages()
    office.workspace.wait_for(lambda: office.workspace.replies(root), 20)

    # It is tried again after two seconds, after four, and so on; a machine would have to be very slow for ten.
    assert 1 <= office.tries(refusal) < 10


@pytest.mark.slow
def test_what_a_channel_refused_arrives_once_it_is_open_in_its_order(office: Office) -> None:
    general = office.workspace.roll.conversation(GENERAL)
    office.workspace.roll.put_channel(replace(general, is_archived=True))
    for n in range(5):
        office.converse(f"root {n}", f"reply {n}", channel=GENERAL)
    office.write()
    office.workspace.wait_for(lambda: office.tries(GENERAL), 20)
    office.workspace.roll.put_channel(general)
    office.settle(60)

    roots = office.workspace.messages("#general")
    assert [root.text for root in roots] == [f"root {n}" for n in range(5)]
    assert all(
        [reply.text for reply in office.workspace.replies(root)] == [root.text.replace("root", "reply")]
        for root in roots
    )


@pytest.mark.rates(replace(Rates.generous(), posts_per_second=0.001, post_burst=1))
def test_a_channel_that_is_limited_for_long_keeps_no_other_waiting(office: Office) -> None:
    office.converse("first", "second", "third")
    office.write()
    office.workspace.wait_for(lambda: office.tries(SUPPORT) == 2, 20)
    office.converse("elsewhere", channel=GENERAL)

    office.workspace.wait_for(lambda: office.said_in("#general") == ["elsewhere"], 20)
    assert office.said == ["first"]
    assert office.tries(SUPPORT) == 2


class _Forgetful(Deliveries):
    """Deliveries of which the first message that has left can't be written down."""

    faults = 1

    def claim(self, owner: str, *, sent: Collection[Sent] = (), **given: Any) -> Item | None:
        if sent and self.faults:
            self.faults -= 1
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return super().claim(owner, sent=sent, **given)


@pytest.mark.slow
def test_a_message_that_has_left_leaves_once_though_the_database_does_not_take_that(office: Office) -> None:
    # Its lease is over long before it can be written: that alone must not let it leave again.
    office.outbox = Outbox(office.store, lease=0.1)
    office.deliveries = deliveries = _Forgetful(office.outbox)
    office.write(pauses=Pauses(write_again=2.5))
    office.converse("root", "reply")
    office.settle()

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]
    assert not office.workspace.calls.of("conversations.history")
    assert not deliveries.faults


def test_a_clock_that_is_set_back_holds_nothing_up(office: Office) -> None:
    ahead = 3600.0
    office.converse("claimed by a process that died")
    assert office.deliveries.claim("dead process", held=frozenset())
    office.converse("put off")
    office.converse("new")
    with office.store.transaction() as connection:
        row = tables.outbox.c
        connection.execute(update(tables.outbox).values(created_at=row.created_at + ahead))
        connection.execute(update(tables.outbox).where(row.id == 1).values(lease_until=row.lease_until + ahead))
        connection.execute(update(tables.outbox).where(row.id == 2).values(not_before=row.created_at + 30))
    office.write()
    office.workspace.wait_for(lambda: office.said == ["new"], 20)

    office.outbox.shorten()
    office.workspace.wait_for(lambda: office.said == ["new", "put off"], 20)
    with office.store.reading() as connection:
        until = connection.execute(select(tables.outbox.c.lease_until).where(tables.outbox.c.id == 1)).scalar_one()
        assert 0 < until - office.store.now(connection) <= UNHURRIED.sending


class Odd(WebClient):
    """A client whose first posts Slack answers with 429 and a header as Slack never sent one."""

    def __init__(self, headers: list[dict[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self._headers = headers

    def chat_postMessage(self, **given: Any) -> Any:  # noqa: N802 - the SDK's
        if self._headers:
            response = SlackResponse(
                client=self, http_verb="POST", api_url="", req_args={}, status_code=429,
                data={"ok": False, "error": "ratelimited"}, headers=self._headers.pop(),
            )  # fmt: skip
            raise SlackApiError("ratelimited", response)  # type: ignore[no-untyped-call] # the SDK's
        return super().chat_postMessage(**given)


@pytest.mark.slow
def test_however_slack_says_how_long_to_wait_nothing_is_lost_or_doubled(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [{}, {"Retry-After": "soon"}, {"Retry-After": "-7"}, {"Retry-After": "Thu, 26 Nov 2020 12:00:00 GMT"}]
    client = Odd(odd, token=office.workspace.bot_token, base_url=office.slack.api_url, retry_handlers=[], timeout=5)
    writer = Writer(office.deliveries, client, office.draw)
    writer.start()
    office.writers.append(writer)
    office.converse("root", "reply")
    office.settle(60)

    (root,) = office.workspace.messages()
    assert [message.text for message in office.workspace.thread(root)] == ["root", "reply"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
