"""A case's root message: how everything born from it stands, and a button only for what nobody does already."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.answer import Offer
from bot.slack import cases
from bot.slack.cases import Around
from bot.ticket import Outcome, Reading, State, Ticket
from bot.tickets.cases import Acted, Found, LiveCase
from bot.tickets.follow_ups import UNDO
from bot.tickets.message import Message
from bot.words import say
from sandbox.testing import check_message
from tests.bot.sample_tickets import HOSTILE, NOON, OUTCOMES, ticket

WAY = Offer(label="Give it back…", scenario="verify-email", fields={"user": "ben.old"}, best=True)
FOUND = Found(
    emoji="⚠️", headline=say("ben.old can't reset the password"), names=("ben.old",), about="sub-of-ben.old", best=WAY
)
SAYS = {
    State.PENDING: "🔴 High risk · needs two leads: take ben@example.com from ben.new, give it to ben.old",
    State.APPROVED: "🟢 Approved: take ben@example.com from ben.new, give it to ben.old · approved by <@U0LEAD1>",
    State.RUNNING: "⏳ Being sent: take ben@example.com",
    State.DONE: "✅ Done: ben.old has ben@example.com, verified · approved by <@U0LEAD1> and <@U0LEAD2>",
    State.FAILED: "❌ Failed: take ben@example.com",
    State.IN_DOUBT: "❓ In doubt, a lead has to look: take ben@example.com",
    State.STALE: "↻ Not sent, something has changed since it was asked: take ben@example.com",
    State.DENIED: "⛔ Denied by <@U0LEAD1>: “Call them back first” · take ben@example.com",
    State.WITHDRAWN: "↩ Withdrawn by <@U0AGENT>: take ben@example.com",
    State.EXPIRED: "⌛ No decision by ",
}


def live(*tickets: Ticket, **changed: Any) -> LiveCase:
    given: dict[str, Any] = {
        "conversation": 3,
        "pool": "prod",
        "user": "ben@example.com",
        "asker": "U0AGENT",
        "asked_at": NOON - timedelta(minutes=5),
        "found": FOUND,
        "read_at": None,
        "is_due": False,
        "unread": None,
        "earlier": None,
        "tickets": tuple(each.id for each in tickets),
        "actions": (),
    }
    return LiveCase(**{**given, **changed})


def drawn(*tickets: Ticket, undone: frozenset[int] = frozenset(), **changed: Any) -> Message:
    message = cases.root(live(*tickets, **changed), Around(tickets=tickets, undone=undone))
    assert check_message(list(message.blocks), message.text) == []
    return message


def acted(text: str, at: datetime = NOON) -> Acted:
    return Acted(at=at, person="U0AGENT", words=say("{text}", text=text))


def has_button(message: Message) -> bool:
    return any(block["type"] == "actions" for block in message.blocks)


@pytest.mark.parametrize("state", list(State))
def test_it_says_how_a_request_stands(state: State) -> None:
    assert SAYS[state] in drawn(ticket(state)).text


@pytest.mark.parametrize("state", list(State))
def test_nobody_gets_a_button_for_what_is_under_way(state: State) -> None:
    assert has_button(drawn(ticket(state))) == state.is_final
    # Something else that waits is no reason to keep it from them.
    assert has_button(drawn(ticket(state, scenario="change-email")))


def test_there_is_no_button_while_it_is_not_known_how_the_customer_stands() -> None:
    assert has_button(drawn())
    assert not has_button(drawn(is_due=True))
    assert "⏳ I am checking how it stands now." in drawn(is_due=True).text


def test_what_no_re_read_has_shown_is_not_called_done() -> None:
    assert "✅ Cognito accepted it: take" in drawn(ticket(State.DONE, outcome=Outcome(sent_at=NOON))).text
    other = Reading(subject="ben.old", what="email_verified", planned="true", found="false")
    text = drawn(ticket(State.DONE, outcome=replace(OUTCOMES[State.DONE], readings=(other,)))).text
    assert "✅ Cognito accepted it: take" in text
    assert "✅ Done" not in text


def test_what_was_undone_is_not_said_to_stand() -> None:
    done, undo = ticket(State.DONE), ticket(State.DONE, id=8, scenario=UNDO, parent=7)
    text = drawn(done, undo, undone=frozenset({7})).text
    assert "↩ Done, and undone since: take ben@example.com" in text
    assert text.count("✅ Done: ") == 1


def test_it_tells_the_newest_steps_in_their_order_and_where_the_others_are() -> None:
    steps = tuple(acted(f"step {n}", NOON + timedelta(minutes=n)) for n in range(8))
    between = ticket(State.DENIED, created_at=NOON + timedelta(minutes=6, seconds=30))
    text = drawn(between, actions=steps).text
    assert "3 earlier steps: see the thread." in text
    assert "step 2" not in text
    assert text.index("step 3") < text.index("step 6") < text.index("⛔ Denied") < text.index("step 7")


def test_nothing_that_somebody_typed_is_read_as_slack_s_markup() -> None:
    denied = ticket(State.DENIED, outcome=Outcome(by="U0LEAD1", reason=HOSTILE))
    message = drawn(denied, actions=(acted(HOSTILE),), found=replace(FOUND, headline=say("{who}", who=HOSTILE)))
    assert "<!channel>" not in message.text
    assert "<https://evil.example|" not in message.text
