"""A case's root message is edited in its place, after all that others wait for, or stays as it is."""

from collections.abc import Iterator

import pytest

from bot.slack.writer import OVER_WAITS
from bot.tickets.message import MessageKind, Rank
from bot.tickets.outbox import SOON
from sandbox.testing import Rates
from tests.bot.writing import SCOPES, Office, words


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    place = Office(database_url, SCOPES, Rates.generous())
    yield place
    place.close()


def _acts(office: Office, case: int, text: str) -> None:
    """Answer a customer action in the thread of a case."""
    with office.store.transaction() as connection:
        kind = MessageKind.ACTION
        office.outbox.enqueue(connection, case, words(text), rank=Rank.ANSWER, person="U0AGENT", kind=kind)
    office.outbox.wake()


def _edits(office: Office) -> list[str]:
    return [str(call.arguments["text"]) for call in office.workspace.calls.of("chat.update")]


def test_several_changes_are_one_edit_as_it_is_when_it_leaves(office: Office) -> None:
    case, send = office.answer("ana can't sign in", "why"), office.hand()
    send()
    for state in ("asked", "approved", "done"):
        office.redraw(case, state)
    send()
    assert _edits(office) == []
    office.passes(2 * SOON)
    send()
    assert _edits(office) == ["Case done"]
    assert office.threads == [["Case done", "why"]]
    assert office.outbox.is_empty()


def test_cards_and_answers_leave_first(office: Office) -> None:
    case, send = office.answer("ana can't sign in"), office.hand()
    send()
    ticket = office.ask()
    send()
    office.redraw(case, "done")
    office.passes(2 * SOON)
    office.turn(ticket, "done")
    office.converse("another answer", rank=Rank.ANSWER)
    send()
    sent = [str(call.arguments["text"]) for call in office.workspace.calls.of() if call.method.startswith("chat.")]
    assert sent[-3:] == [f"Ticket {ticket} done", "another answer", "Case done"]


def test_an_edit_that_slack_makes_wait_keeps_nothing_in_its_thread_waiting(office: Office) -> None:
    case, send = office.answer("ana can't sign in"), office.hand()
    send()
    office.redraw(case, "done")
    office.passes(2 * SOON)
    office.workspace.faults.rate_limit("chat.update", retry_after=30)
    send()
    _acts(office, case, "A code was sent")
    send()
    assert office.threads == [["ana can't sign in", "A code was sent"]]
    office.passes(31)
    send()
    assert office.threads == [["Case done", "A code was sent"]]


def test_a_root_that_is_deleted_is_never_posted_again(office: Office) -> None:
    case, send = office.answer("ana can't sign in", "why"), office.hand()
    send()
    (root,) = office.workspace.messages()
    office.delete(root)
    for _ in range(2):
        office.redraw(case, "done")
        office.passes(2 * SOON)
        send()
    assert len(_edits(office)) == 1
    assert office.said == []
    assert office.outbox.is_empty()


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message", "nobody_knows_this_one"])
def test_a_root_that_can_not_be_edited_stays_as_it_is(office: Office, error: str) -> None:
    case, send = office.answer("ana can't sign in"), office.hand()
    send()
    office.workspace.faults.refuse("chat.update", error, times=99)
    office.redraw(case, "done")
    for _ in range(8):
        office.passes(OVER_WAITS / 4)
        send()
    assert office.said == ["ana can't sign in"]
    assert office.outbox.is_empty()


def test_where_the_channel_takes_nothing_it_is_edited_as_soon_as_it_does(office: Office) -> None:
    case, send = office.answer("ana can't sign in"), office.hand()
    send()
    office.workspace.faults.refuse("chat.update", "is_archived", times=1)
    office.redraw(case, "done")
    office.passes(2 * SOON)
    send()
    assert office.said == ["ana can't sign in"]
    for _ in range(4):
        office.passes(120)
        send()
    assert office.said == ["Case done"]
    assert office.outbox.is_empty()


def test_what_was_done_for_a_customer_is_posted_by_itself_where_the_thread_is_gone(office: Office) -> None:
    case, send = office.answer("ana can't sign in", "why"), office.hand()
    send()
    (root,) = office.workspace.messages()
    office.delete(root)
    _acts(office, case, "A code was sent")
    _acts(office, case, "Tell the customer")
    office.redraw(case, "sent")
    office.passes(2 * SOON)
    for _ in range(3):
        send()
    assert office.threads == [["A code was sent", "Tell the customer"]]
    assert office.outbox.is_empty()
