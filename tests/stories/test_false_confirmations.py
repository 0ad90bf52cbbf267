"""Somebody with both of the desk's tokens draws confirmations of their own; a lead who submits one hasn't voted."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.ticket import State
from bot.tickets import audit
from sandbox.testing import LivePool
from tests.bot import wired
from tests.stories.inline import CARD, LEADS, SUPPORT, InlineDesk, desk

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
