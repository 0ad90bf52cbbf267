"""What the writer does with what Slack refuses: it gives way, it is told to whom it concerns, and it has an end."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot import slack_errors
from bot.slack import blocks
from bot.slack.writer import ANSWER_WAITS, DIRECT_WAITS, OVER_WAITS
from bot.slack_errors import Meaning
from bot.tickets.message import Message
from bot.words import Words
from sandbox.testing import Rates
from tests.bot.writing import GENERAL, SCOPES, SUPPORT, Office, words

MINUTE = 60.0

BUTTONS = {"type": "actions", "elements": [{"type": "button", "action_id": "approve", "text": blocks.label("Approve")}]}
CARD = Message(
    text="Ana gets her address",
    blocks=(
        blocks.line(Words("Ana gets her address"), bold=True),
        blocks.table(("Account", "Change"), [(Words("ana"), Words("no → yes"))]),
        BUTTONS,
    ),
    metadata={"event_type": "desk_ticket", "event_payload": {"ticket": 1, "state": "pending"}},
)


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    place = Office(sqlite_url, SCOPES, Rates.generous())
    yield place
    place.close()


@pytest.fixture
def either(database_url: str) -> Iterator[Office]:
    """The same on each kind of database."""
    place = Office(database_url, SCOPES, Rates.generous())
    yield place
    place.close()


def changed(office: Office, **channel: Any) -> None:
    office.workspace.roll.put_channel(replace(office.workspace.channel("#support"), **channel))


def refusals() -> list[str]:
    """The errors by which a channel refuses what is posted in it."""
    return [
        each.name
        for each in slack_errors.TABLE
        if each.meaning is Meaning.PERSON and not (each.of_person or each.of_file)
    ]


# Answers.


@pytest.mark.parametrize("error", refusals())
def test_an_answer_that_its_channel_refuses_is_dropped_and_its_person_is_told(office: Office, error: str) -> None:
    office.workspace.faults.refuse("chat.postMessage", error)
    office.answer("ana@example.com can't sign in", "why")
    office.hand()()

    assert office.outbox.is_empty()
    assert office.said == []
    (told,) = office.told
    assert f"can't be posted in <#{SUPPORT}>" in told
    assert slack_errors.told(error, SUPPORT).text() in told
    assert "ana" not in told


def test_an_answer_that_was_begun_is_given_up_when_its_channel_is_archived(office: Office) -> None:
    office.workspace.faults.refuse("chat.postMessage", "is_archived", after=1)
    office.answer("root", "one", "two")
    office.hand()()

    assert office.threads == [["root"]]
    assert len(office.told) == 1
    assert office.outbox.is_empty()


def test_the_first_words_of_every_answer_leave_before_the_rest_of_any(office: Office) -> None:
    office.answer("root", "rest")
    office.answer("other root", "other rest")
    office.hand()()

    said = [call.arguments["text"] for call in office.workspace.calls.of("chat.postMessage")]
    assert said == ["root", "other root", "rest", "other rest"]
    assert office.threads == [["root", "rest"], ["other root", "other rest"]]


def test_an_answer_is_tried_where_a_card_was_refused_a_moment_ago_and_opens_the_channel_for_it(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "not_in_channel")
    office.ask()
    send()
    assert office.said == []
    # Somebody has invited the desk by now.
    office.answer("root")
    send()

    assert office.said == ["root", "Ticket 1 waits"]


def test_an_answer_waits_a_quarter_of_an_hour_for_slack_and_no_longer(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.fail("chat.postMessage", times=9)
    office.answer("root", "reply")
    send()
    office.passes(ANSWER_WAITS - MINUTE)
    send()
    assert not office.outbox.is_empty()
    assert office.told == []
    office.passes(2 * MINUTE)
    office.workspace.faults.clear()
    send()

    assert office.said == []
    assert "could not be posted for 16 minutes" in office.told[0]
    assert office.outbox.is_empty()


def test_an_answer_that_waits_for_less_is_posted(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.fail("chat.postMessage", times=2)
    office.answer("root", "reply")
    for _ in range(3):
        send()
        office.passes(MINUTE)

    assert office.threads == [["root", "reply"]]
    assert office.told == []


def test_an_answer_that_slack_refuses_for_an_unknown_reason_has_an_end_too(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "a_new_error", times=1000)
    office.answer("root")
    for _ in range(17):
        send()
        office.passes(MINUTE)
    office.workspace.faults.clear()
    send()

    assert office.said == []
    assert "Please ask again" in office.told[0]
    assert office.outbox.is_empty()


@pytest.mark.parametrize("error", ["msg_too_long", "no_text", "invalid_form_data"])
def test_an_impossible_answer_is_told_at_once(office: Office, error: str) -> None:
    office.workspace.faults.refuse("chat.postMessage", error)
    office.answer("root", "reply")
    office.hand()()

    assert office.said == []
    assert "tell the operator" in office.told[0]


def test_a_person_who_takes_no_direct_messages_costs_one_try(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.workspace.faults.refuse("chat.postMessage", "not_in_channel")
    office.workspace.faults.refuse("chat.postMessage", "messages_tab_disabled")
    office.answer("root")
    office.hand()()

    assert office.outbox.is_empty()
    assert len(office.workspace.calls.of("chat.postMessage")) == 2
    assert "messages_tab_disabled" in caplog.text


def test_a_direct_message_waits_for_a_day(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "not_in_channel")
    office.workspace.faults.fail("chat.postMessage", after=1, times=3)
    office.answer("root")
    send()
    office.passes(DIRECT_WAITS - MINUTE)
    send()
    assert not office.outbox.is_empty()
    office.passes(2 * MINUTE)
    send()

    assert office.outbox.is_empty()
    assert office.told == []


def test_refusals_and_deleted_cards_are_written_down_on_either_kind_of_database(either: Office) -> None:
    send = either.hand()
    either.workspace.faults.refuse("chat.postMessage", "not_in_channel", times=2)
    either.answer("root", "reply")
    ticket = either.ask()
    check = either.answer("check", channel=GENERAL)
    with either.store.transaction() as connection:
        either.outbox.link(connection, check, ticket)
    send()
    assert len(either.told) == 2
    assert either.refusal(ticket) == "not_in_channel"
    either.passes(MINUTE)
    send()
    either.passes(MINUTE)
    send()
    (card,) = either.workspace.messages()
    (link,) = either.workspace.replies(either.workspace.messages("#general")[0])
    assert card.ts.replace(".", "") in link.text

    either.delete(card)
    either.outbox.gone(ticket, card.ts)
    either.outbox.gone(ticket, card.ts)
    send()
    assert either.said == ["Ticket 1 waits"]
    either.delete(either.workspace.messages()[0])
    either.reply(ticket, "done")
    send()
    assert either.threads == [["Ticket 1 waits", "done"]]


# Cards.


def test_a_card_that_its_channel_refuses_is_told_once_and_posted_when_the_desk_is_let_in(office: Office) -> None:
    send = office.hand()
    office.workspace.roll.leaves("cognito-desk", "support")
    ticket = office.ask()
    office.reply(ticket, "asked for this")
    for _ in range(5):
        send()
        office.passes(MINUTE)
    assert office.told == ["Nobody can see 1: not_in_channel"]
    assert office.refusal(ticket) == "not_in_channel"

    office.workspace.roll.joins("cognito-desk", "support")
    send()
    assert office.threads == [["Ticket 1 waits", "asked for this"]]
    assert office.refusal(ticket) == ""
    assert office.told == ["Nobody can see 1: not_in_channel"]


def test_who_is_told_too_late_that_nobody_sees_a_card_is_not_told(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "not_in_channel")
    office.workspace.faults.fail("chat.postMessage", after=1)
    office.ask()
    send()
    # The direct message had no answer, and by now the channel takes the card.
    office.passes(MINUTE)
    send()

    assert office.said == ["Ticket 1 waits"]
    assert office.told == []
    assert office.outbox.is_empty()


def test_the_end_of_what_nobody_could_see_is_told_and_its_card_is_given_up_a_day_later(office: Office) -> None:
    send = office.hand()
    changed(office, is_archived=True)
    ticket = office.ask()
    send()
    office.end(ticket)
    send()
    assert office.told == ["Nobody can see 1: is_archived"] * 2

    office.passes(OVER_WAITS - MINUTE)
    send()
    assert not office.outbox.is_empty()
    for _ in range(3):
        office.passes(2 * MINUTE)
        send()
    assert office.outbox.is_empty()
    assert len(office.told) == 2


def test_a_card_that_slack_refuses_for_an_unknown_reason_is_told_after_a_minute(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "a_new_error", times=4)
    office.ask()
    send()
    assert office.told == []
    for _ in range(5):
        office.passes(MINUTE)
        send()

    assert office.said == ["Ticket 1 waits"]
    assert office.told == ["Nobody can see 1: a_new_error"]


def test_an_impossible_card_is_told_and_not_tried_again(office: Office) -> None:
    send = office.hand()
    office.workspace.faults.refuse("chat.postMessage", "msg_too_long")
    office.ask()
    send()
    office.passes(MINUTE)
    send()

    assert office.outbox.is_empty()
    assert office.told == ["Nobody can see 1: msg_too_long"]


def test_a_closed_place_is_asked_for_before_each_message(office: Office) -> None:
    closed = {SUPPORT: ""}
    send = office.hand(closed=lambda channel: closed.get(channel, ""))
    ticket = office.ask()
    send()
    closed[SUPPORT] = "is_ext_shared"
    office.turn(ticket, "is approved")
    office.reply(ticket, "for ana@example.com")
    office.answer("ana@example.com can't sign in")
    send()

    assert office.threads == [["Ticket 1 waits"]]
    assert sorted(office.told)[0] == "Nobody can see 1: is_ext_shared"
    assert "is shared with another organisation" in sorted(office.told)[1]
    closed[SUPPORT] = ""
    office.passes(MINUTE)
    send()
    assert office.threads == [["Ticket 1 is approved", "for ana@example.com"]]


# What gives way.


@pytest.mark.parametrize("edits", [False, True])
def test_only_the_refused_table_gives_way_to_its_lines(office: Office, edits: bool) -> None:
    send = office.hand()
    if edits:
        office.ask()
        send()
    office.workspace.rules = replace(office.workspace.rules, refused_blocks=frozenset({"table"}))
    office.cards[1] = CARD
    if edits:
        office.turn(1, "")
    else:
        office.ask()
    send()

    (card,) = office.workspace.messages()
    assert [block["type"] for block in card.blocks] == ["rich_text", "rich_text", "actions"]
    assert "ana" in str(card.blocks[1])
    assert card.buttons[0].label == "Approve"
    assert card.metadata == CARD.metadata
    # It is edited like any other.
    office.cards.pop(1)
    office.turn(1, "is done")
    send()
    assert office.said == ["Ticket 1 is done"]


def test_a_message_is_tried_in_less_and_less_and_the_buttons_go_last(office: Office) -> None:
    office.workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=3)
    office.cards[1] = CARD
    office.ask()
    office.hand()()

    tried = [call.arguments["blocks"] for call in office.workspace.calls.of("chat.postMessage")]
    kinds = [[block["type"] for block in each] for each in tried]
    assert kinds == [
        ["rich_text", "table", "actions"],
        ["rich_text", "rich_text", "actions"],
        ["section", "actions"],
        [],
    ]
    assert office.said == [CARD.text]


def test_what_is_refused_in_every_form_is_given_up(office: Office) -> None:
    office.workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=1000)
    office.cards[1] = CARD
    office.ask()
    office.workspace.faults.refuse("chat.update", "invalid_blocks", times=1000)
    office.hand()()

    assert office.outbox.is_empty()
    assert len(office.workspace.calls.of("chat.postMessage")) < 10


def test_refused_metadata_is_left_out(office: Office) -> None:
    office.workspace.faults.refuse("chat.postMessage", "metadata_too_large")
    office.cards[1] = CARD
    office.ask()
    office.hand()()

    (card,) = office.workspace.messages()
    assert card.metadata is None
    assert len(card.blocks) == 3


def test_where_there_are_no_threads_replies_stand_in_the_channel_and_say_what_they_are_about(office: Office) -> None:
    send = office.hand()
    changed(office, is_non_threadable=True)
    ticket = office.ask()
    office.reply(ticket, "asked for this")
    send()

    card, reply = office.workspace.messages()
    assert reply.text.splitlines()[1] == "asked for this"
    assert f"/p{card.ts.replace('.', '')}|this request ↗>" in reply.text
    # The card is the root, as it was.
    office.turn(ticket, "is done")
    send()
    assert office.said[0] == "Ticket 1 is done"


# What somebody has deleted.


def test_a_reply_whose_card_is_gone_stands_beneath_a_new_card(office: Office) -> None:
    send = office.hand()
    ticket = office.ask()
    send()
    office.delete(office.workspace.messages()[0])
    office.reply(ticket, "done")
    office.reply(ticket, "AWS request id")
    send()

    assert office.threads == [["Ticket 1 waits", "done", "AWS request id"]]
    assert office.outbox.card_of(ticket)[2] == office.workspace.messages()[0].ts


def test_a_reply_that_went_astray_before_a_crash_is_found_and_taken_back(office: Office) -> None:
    ticket = office.ask()
    office.hand()()
    office.delete(office.workspace.messages()[0])
    office.reply(ticket, "done")
    office.workspace.faults.lose_answer("chat.postMessage")
    send = office.hand()
    send()
    assert office.threads == [["done"]]
    office.passes(MINUTE)
    send()

    assert office.threads == [["Ticket 1 waits", "done"]]


def test_slack_asks_to_wait_before_a_stray_reply_is_deleted(office: Office) -> None:
    ticket = office.ask()
    office.hand()()
    office.delete(office.workspace.messages()[0])
    office.reply(ticket, "done")
    office.workspace.faults.rate_limit("chat.delete", times=1, retry_after=0)
    office.hand()()

    assert office.threads == [["Ticket 1 waits", "done"]]


def test_what_is_left_of_an_answer_is_dropped_when_somebody_deletes_it(office: Office) -> None:
    send = office.hand()
    conversation = office.answer("root")
    send()
    office.delete(office.workspace.messages()[0])
    with office.store.transaction() as connection:
        for text in ("one", "two"):
            office.outbox.enqueue(connection, conversation, words(text))
    send()
    with office.store.transaction() as connection:
        office.outbox.enqueue(connection, conversation, words("three"))
    send()

    assert office.said == []
    assert office.outbox.is_empty()


def test_a_link_to_a_card_that_cannot_be_posted_keeps_nothing_else_waiting(office: Office) -> None:
    send = office.hand()
    conversation = office.answer("root", channel=GENERAL)
    send()
    office.workspace.faults.refuse("chat.postMessage", "is_archived")
    ticket = office.ask()
    with office.store.transaction() as connection:
        office.outbox.link(connection, conversation, ticket)
        office.outbox.enqueue(connection, conversation, words("more"))
    send()

    (root,) = office.workspace.messages("#general")
    assert [each.text for each in office.workspace.replies(root)] == ["more"]
    for _ in range(2):
        office.passes(MINUTE)
        send()
    assert office.workspace.replies(root)[-1].text.startswith("Asked: 1 at ")


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message", "message_not_found", "block_mismatch"])
def test_a_card_that_may_not_be_edited_is_posted_anew_and_counts_from_then_on(office: Office, error: str) -> None:
    send = office.hand()
    ticket = office.ask()
    send()
    office.workspace.faults.refuse("chat.update", error)
    office.turn(ticket, "is done")
    send()

    old, new = office.workspace.messages()
    assert (old.text, new.text) == ("Ticket 1 waits", "Ticket 1 is done")
    assert office.outbox.card_of(ticket)[2] == new.ts


def test_where_nobody_may_edit_for_long_an_edit_is_not_tried_each_time(office: Office) -> None:
    send = office.hand()
    office.workspace.rules = replace(office.workspace.rules, edit_seconds=0.0)
    ticket = office.ask()
    send()
    for n in range(5):
        office.turn(ticket, f"turns {n}")
        send()

    assert office.said[-1] == "Ticket 1 turns 4"
    assert len(office.workspace.calls.of("chat.update")) == 1


def test_a_card_posted_anew_whose_answer_was_lost_is_not_posted_twice(office: Office) -> None:
    send = office.hand()
    ticket = office.ask()
    send()
    office.delete(office.workspace.messages()[0])
    office.workspace.faults.lose_answer("chat.postMessage")
    office.turn(ticket, "is done")
    send()
    office.passes(MINUTE)
    send()

    assert office.said == ["Ticket 1 is done"]
    assert office.outbox.card_of(ticket)[2] == office.workspace.messages()[0].ts


# The token.


def test_a_refused_token_is_said_once_and_holds_everything(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []
    send = office.hand(hopeless=ended.append)
    office.workspace.faults.refuse("chat.postMessage", "token_revoked", times=1000)
    for n in range(5):
        office.converse(f"root {n}", channel=(SUPPORT, GENERAL)[n % 2])
    for _ in range(4):
        send()
        office.passes(MINUTE)

    (reason,) = ended
    assert reason.startswith("SLACK_BOT_TOKEN: Slack takes nothing from the desk (token_revoked).")
    assert "Install the app again" in reason
    # Whoever ends the program says it.
    assert not [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(office.workspace.calls.of("chat.postMessage")) == 4


def test_a_missing_scope_can_come_back(office: Office) -> None:
    ended: list[str] = []
    send = office.hand(hopeless=ended.append)
    office.workspace.faults.refuse("chat.postMessage", "missing_scope")
    office.answer("root")
    send()
    office.passes(MINUTE)
    send()

    assert ended == []
    assert office.said == ["root"]
