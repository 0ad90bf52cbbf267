"""Somebody with both of the desk's tokens draws confirmations of their own; a lead who submits one hasn't voted.

A confirmation is opened from the card, or from a list: there it is the vote for a normal risk as well.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Update, select, update

from bot.ticket import State
from bot.tickets import audit, tables
from sandbox.testing import LivePool
from tests.bot import wired
from tests.stories.inline import AGENT, CARD, LEADS, SUPPORT, InlineDesk, desk

LEAD1, LEAD2 = LEADS


@pytest.fixture
def inline(tmp_path: Path) -> Iterator[InlineDesk]:
    with wired.cognito() as server:
        pool = server.pools.create("prod")
        for name in ("ben", "eve"):
            _twice(pool, name)
        with desk(server, {"prod": wired.settings(pool)}, tmp_path / "desk.db") as opened:
            yield opened


def _twice(pool: LivePool, name: str) -> None:
    pool.add(f"{name}.old", email=f"{name}@example.com", email_verified=True)
    pool.add(f"{name}.new", email=f"{name}@example.com", email_verified=True)


def asks(inline: InlineDesk, user: str) -> int:
    """Ask for what two leads have to agree to, and return the ticket."""
    typed = {"user": user, "reason": "They called"}
    values = {name: {"value": {"value": value}} for name, value in typed.items()}
    inline.submits("form", {"scenario": "verify-email", "pool": "prod", "channel": SUPPORT}, values)
    return inline.posted()


def asks_normally(inline: InlineDesk) -> int:
    """Ask for what one lead has to agree to, and return the ticket."""
    inline.server.pools["prod"].add("ida", email="ida@example.com", email_verified=False)
    return asks(inline, "ida")


def opens(inline: InlineDesk, number: int, lead: str) -> dict[str, Any]:
    """Press Open at home, and return what the confirmation remembers."""
    (memory,) = inline.remembered_after(lambda: inline.presses_at_home("open:0", str(number), lead))
    return memory


def votes(inline: InlineDesk, number: int) -> list[str]:
    ticket = inline.program.decisions.ticket(number)
    assert ticket
    return [vote.person for vote in ticket.votes]


def confirms(inline: InlineDesk, memory: Mapping[str, Any], lead: str) -> str:
    """Submit a confirmation, and return what its modal says then."""
    inline.submits("confirmation", memory, {}, lead)
    return str(inline.slack.told[-1])


def test_a_view_that_the_desk_did_not_open_votes_nothing(inline: InlineDesk) -> None:
    number = asks(inline, "ben.old")
    false = {"ticket": number, "channel": SUPPORT, "ts": CARD}
    for made_up in ({}, {"nonce": "made-up"}, {"nonce": ""}):
        assert "This confirmation doesn't count" in confirms(inline, {**false, **made_up}, LEAD1)

    assert votes(inline, number) == []
    told = [row["event"] for row in audit.export(inline.program.database, audit.Wanted())]
    assert told == ["requested", "refused", "refused", "refused"]


def test_what_a_lead_was_shown_of_one_request_votes_for_no_other(inline: InlineDesk) -> None:
    harmless, meant = asks(inline, "ben.old"), asks(inline, "eve.old")
    (memory,) = inline.opened_by(harmless, LEAD1)

    assert "This confirmation doesn't count" in confirms(inline, {**memory, "ticket": meant}, LEAD1)
    assert (votes(inline, harmless), votes(inline, meant)) == ([], [])


def test_a_confirmation_that_was_kept_serves_nobody_else_and_not_twice(inline: InlineDesk) -> None:
    number = asks(inline, "ben.old")
    (memory,) = inline.opened_by(number, LEAD1)

    assert "This confirmation doesn't count" in confirms(inline, memory, LEAD2)
    assert "Your approval counts." in confirms(inline, memory, LEAD1)
    assert "You have approved this already" in confirms(inline, memory, LEAD1)
    assert votes(inline, number) == [LEAD1]
    assert memory["nonce"] not in inline.stored
    assert all(memory["nonce"] not in said for _, said in inline.log.said)


def test_the_desks_own_confirmations_count(inline: InlineDesk) -> None:
    number = asks(inline, "ben.old")
    inline.approved()

    ticket = inline.program.decisions.ticket(number)
    assert ticket
    assert ticket.state is State.DONE


def test_what_a_list_opens_is_bound_to_the_card_and_counts_once(inline: InlineDesk) -> None:
    number = asks_normally(inline)
    memory = opens(inline, number, LEAD1)

    assert (memory["channel"], memory["ts"], memory["ticket"]) == (SUPPORT, CARD, number)
    assert votes(inline, number) == []
    assert "Your approval counts." in confirms(inline, memory, LEAD1)
    assert "You were first yourself" in confirms(inline, memory, LEAD1)
    assert votes(inline, number) == [LEAD1]


def test_a_list_that_stands_in_a_message_opens_the_same(inline: InlineDesk) -> None:
    number = asks(inline, "ben.old")
    (memory,) = inline.remembered_after(lambda: inline.presses("open:3", str(number), LEAD1, ts="7.0"))

    assert memory["ts"] == CARD
    assert "Your approval counts." in confirms(inline, memory, LEAD1)


def test_a_false_view_votes_nothing_for_a_normal_risk_either(inline: InlineDesk) -> None:
    number = asks_normally(inline)
    false = {"ticket": number, "channel": SUPPORT, "ts": CARD}
    for made_up in ({}, {"nonce": "made-up"}, {"nonce": ""}):
        assert "This confirmation doesn't count" in confirms(inline, {**false, **made_up}, LEAD1)

    assert votes(inline, number) == []


def test_what_a_list_opened_votes_for_nobody_else_and_for_no_other_request(inline: InlineDesk) -> None:
    harmless, meant = asks_normally(inline), asks(inline, "ben.old")
    memory = opens(inline, harmless, LEAD1)

    assert "This confirmation doesn't count" in confirms(inline, memory, LEAD2)
    assert "This confirmation doesn't count" in confirms(inline, {**memory, "ticket": meant}, LEAD1)
    assert "not the request itself" in confirms(inline, {**memory, "ts": "9.0"}, LEAD1)
    assert (votes(inline, harmless), votes(inline, meant)) == ([], [])


@pytest.mark.parametrize(
    "meanwhile",
    [
        update(tables.ticket).values(reason="Another reason"),
        update(tables.ticket).values(requester="U0OTHER"),
        update(tables.confirmation).values(expires_at=0.0),
        update(tables.conversation).values(ts="2.0"),
    ],
    ids=["another reason", "another requester", "too old", "another card"],
)
def test_what_has_changed_since_a_list_opened_it_votes_nothing(inline: InlineDesk, meanwhile: Update) -> None:
    number = asks_normally(inline)
    memory = opens(inline, number, LEAD1)
    with inline.program.database.transaction() as connection:
        connection.execute(meanwhile)

    assert "counts." not in confirms(inline, memory, LEAD1)
    assert votes(inline, number) == []


def test_a_request_that_expires_while_its_confirmation_is_open_gets_no_vote(inline: InlineDesk) -> None:
    number = asks_normally(inline)
    memory = opens(inline, number, LEAD1)
    with inline.program.database.transaction() as connection:
        connection.execute(update(tables.ticket).values(expires_at=0.0))

    assert "nobody can decide it any more" in confirms(inline, memory, LEAD1)
    assert votes(inline, number) == []


def test_what_was_opened_may_be_denied_there(inline: InlineDesk) -> None:
    number = asks_normally(inline)
    memory = opens(inline, number, LEAD1)
    (form,) = inline.remembered_after(lambda: inline.presses_in(memory, "deny", str(number), LEAD1), "denial")
    inline.submits("denial", form, {"reason": {"value": {"value": "Call them back first"}}}, LEAD1)

    ticket = inline.program.decisions.ticket(number)
    assert ticket
    assert (ticket.state, ticket.outcome.by, ticket.outcome.reason) == (State.DENIED, LEAD1, "Call them back first")
    assert " was faster" in confirms(inline, memory, LEAD2)


@pytest.mark.parametrize(
    ("person", "said"),
    [(AGENT, "You asked for this, so someone else has to approve it"), ("U0GUEST", "Only leads can approve")],
)
def test_who_may_not_vote_is_shown_nothing_and_told_in_the_modal(inline: InlineDesk, person: str, said: str) -> None:
    number = asks_normally(inline)
    inline.forget()
    inline.presses_at_home("open:0", str(number), person)

    assert [method for method, _ in inline.slack.told if method.startswith(("views", "chat"))] == [
        "views.open",
        "views.update",
    ]
    assert said in str(inline.slack.told[-1])
    assert "ida@example.com" not in str(inline.slack.told)


def test_what_has_no_card_yet_is_not_opened(inline: InlineDesk) -> None:
    number = asks_normally(inline)
    with inline.program.database.transaction() as connection:
        connection.execute(update(tables.conversation).values(ts=""))
    inline.presses_at_home("open:0", str(number), LEAD1)

    assert "only just being posted" in str(inline.slack.told[-1])
    with inline.program.database.reading() as connection:
        assert connection.execute(select(tables.confirmation)).all() == []
