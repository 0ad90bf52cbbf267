"""Cards: what a lead reads before deciding, and what everyone reads afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from bot.plan import Change, Risk
from bot.slack import cards, modals
from bot.slack.modals import Frame, Memory
from bot.ticket import Outcome, Reading, State, Ticket, Vote
from bot.tickets.follow_ups import ALONE, FollowUp, RelatedTickets
from bot.words import say
from sandbox.testing import check_message, check_view
from tests.bot.sample_tickets import CALL, HOSTILE, LEADS, NOON, OUTCOMES, PLAN, READINGS, subject, ticket


def buttons(made: Ticket, related: RelatedTickets = ALONE) -> list[str]:
    drawn = cards.card(made, leads=LEADS, related=related).blocks
    return [each["text"]["text"] for block in drawn if block["type"] == "actions" for each in block["elements"]]


def text(made: Ticket, related: RelatedTickets = ALONE) -> str:
    return cards.card(made, leads=LEADS, related=related).text


def table(made: Ticket) -> Any:
    return next(block for block in cards.card(made, leads=LEADS).blocks if block["type"] == "table")


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_a_message_that_slack_takes(state: State) -> None:
    drawn = cards.card(ticket(state), leads=LEADS)

    assert check_message(list(drawn.blocks), drawn.text) == []
    assert drawn.metadata == {"event_type": "desk_ticket", "event_payload": {"ticket": 7, "state": state.value}}


def test_a_waiting_card_says_everything_that_a_lead_has_to_know() -> None:
    assert text(ticket()).splitlines() == [
        "🟡 Mark ben@example.com as verified for ben.old · waits for 2 leads",
        "asked by <@U0AGENT>: “Knew the old invoice number” · until "
        "<!date^1795536000^{date_short_pretty}, {time}|24 Nov 2026, 16:00 UTC>",
        "ben.old · email_verified: no → yes · gets the address",
        "ben.new · email_verified: yes → no · LOSES the address: can no longer sign in or reset with it",
        "⚠️ High risk: ben.new would lose the address.",
        "Will be sent: AdminUpdateUserAttributes(ben.old, email_verified=true) · pool prod · eu-west-1",
        "<!subteam^S0LEADS>, two of you please.   <https://desk.example/archives/C0SUPPORT/p1|from the check ↗>",
    ]


def test_the_table_has_a_row_for_everyone_and_shows_a_loss_in_bold() -> None:
    rows = table(ticket())["rows"]
    cells = [["".join(part["text"] for part in cell["elements"][0]["elements"]) for cell in row] for row in rows[1:]]

    assert cells == [
        ["ben.old", "email_verified", "no → yes", "gets the address"],
        ["ben.new", "email_verified", "yes → no", "LOSES the address: can no longer sign in or reset with it"],
    ]
    assert rows[2][3]["elements"][0]["elements"][0]["style"] == {"bold": True}


@pytest.mark.parametrize("state", list(State))
def test_a_card_has_buttons_only_where_there_is_something_to_press(state: State) -> None:
    offered = {
        State.PENDING: ["Approve", "Deny", "Withdraw"],
        State.DONE: ["Undo"],
        **{over: ["Ask again"] for over in (State.EXPIRED, State.STALE, State.FAILED)},
    }
    way_back = replace(PLAN, undo=(CALL,))

    assert buttons(ticket(state, plan=way_back)) == offered.get(state, [])
    assert "Undo" not in buttons(ticket(state))


def test_what_was_done_before_a_failure_can_be_undone_and_asked_again() -> None:
    halfway = replace(OUTCOMES[State.FAILED], sent_at=NOON, failed_call=2, done_before=("AdminX(ben.old)",))

    assert buttons(ticket(State.FAILED, plan=replace(PLAN, undo=(CALL,)), outcome=halfway)) == ["Ask again", "Undo"]


@pytest.mark.parametrize(
    ("state", "offers", "says"),
    [
        (State.PENDING, [], "Undo asked by <@U0LEAD2>: <https://desk.example/p8|to the card ↗>"),
        (State.DONE, [], "Undone, asked by <@U0LEAD2>: <https://desk.example/p8|to the card ↗>"),
        (State.DENIED, ["Undo"], ""),
        (State.STALE, ["Undo"], ""),
    ],
)
def test_an_undo_is_shown_and_not_offered_twice(state: State, offers: list[str], says: str) -> None:
    undo = FollowUp(ticket=8, scenario="undo", state=state, requester="U0LEAD2")
    related = RelatedTickets(after=(undo,), links={8: "https://desk.example/p8"})
    made = ticket(State.DONE, plan=replace(PLAN, undo=(CALL,)))

    assert buttons(made, related) == offers
    assert says in text(made, related)
    assert ("asked by <@U0LEAD2>" in text(made, related)) == bool(says)


def test_what_was_asked_again_is_shown_and_its_card_links_back() -> None:
    again = FollowUp(ticket=8, scenario="verify-email", state=State.DENIED, requester="U0LEAD2")
    expired = ticket(State.EXPIRED)

    assert buttons(expired, RelatedTickets(after=(again,))) == []
    assert "Asked again by <@U0LEAD2>" in text(expired, RelatedTickets(after=(again,)))
    assert "<https://desk.example/p7|the earlier request ↗>" in text(
        ticket(parent=7), RelatedTickets(links={7: "https://desk.example/p7"})
    )


def test_an_undo_is_asked_again_on_the_card_of_what_it_undoes() -> None:
    assert buttons(ticket(State.EXPIRED, scenario="undo")) == []


def test_an_expired_card_says_what_was_missing() -> None:
    votes = (Vote(person="U0LEAD1", at=NOON), Vote(person="U0LEAD2", at=NOON))
    with_code = replace(PLAN, calls=(replace(CALL, secrets=("ConfirmationCode",)),))

    assert "no decision by" in text(ticket(State.EXPIRED))
    assert "no code was entered by" in text(ticket(State.EXPIRED, votes=votes, plan=with_code))
    assert "approved, but not sent by" in text(ticket(State.EXPIRED, votes=votes))


def test_the_table_has_no_column_for_notes_that_nobody_made() -> None:
    plain = replace(PLAN, changes=(replace(PLAN.changes[0], note=""),))

    assert [cell["text"] for cell in table(ticket(plan=plain))["rows"][0]] == ["Account", "What", "Change"]
    assert len(table(ticket(plan=plain))["rows"][1]) == 3
    assert table(ticket(State.IN_DOUBT))["rows"][0][2]["text"] == "Planned"


def test_the_buttons_hold_nothing_but_the_ticket_s_number() -> None:
    (row,) = (block for block in cards.card(ticket(), leads=LEADS).blocks if block["type"] == "actions")

    assert [each["value"] for each in row["elements"]] == ["7", "7", "7"]
    assert len({each["action_id"] for each in row["elements"]}) == 3


def test_after_the_first_of_two_votes_the_card_waits_for_one_more_lead() -> None:
    voted = ticket(votes=(Vote(person="U0LEAD1", at=NOON),))

    assert "approved by <@U0LEAD1> · one more lead needed" in text(voted)
    assert "<!subteam^S0LEADS>, one more of you please." in text(voted)


def test_a_normal_risk_waits_for_one_lead() -> None:
    normal = ticket(needed=1, plan=replace(PLAN, risk=Risk.NORMAL, why_high=()))

    assert "waits for a lead" in text(normal)
    assert "High risk" not in text(normal)


def test_done_is_said_only_when_the_reread_shows_it() -> None:
    late = Reading(subject="ben.old", what="email_verified", planned="true", found="false")
    accepted = replace(OUTCOMES[State.DONE], readings=())
    differs = replace(OUTCOMES[State.DONE], readings=(late,))

    assert text(ticket(State.DONE)).startswith("✅ Done: ben@example.com is verified for ben.old")
    assert "re-read" in text(ticket(State.DONE))
    assert "ben.old email_verified: yes · ben.new email_verified: no" in text(ticket(State.DONE))
    assert "approved by <@U0LEAD1> and <@U0LEAD2>" in text(ticket(State.DONE))
    assert text(ticket(State.DONE, outcome=accepted)).startswith("✅ Cognito accepted the change: ")
    assert text(ticket(State.DONE, outcome=differs)).startswith("⚠️ Cognito accepted the change: Mark ben@")
    assert "ben.old email_verified: no (planned: yes)" in text(ticket(State.DONE, outcome=differs))


def test_a_failure_says_at_which_call_and_what_was_done_before() -> None:
    plan = replace(PLAN, calls=(CALL, CALL))
    second = Outcome(failed_call=2, words=say("Cognito refuses this."), done_before=("AdminX(ben.old)",))

    assert "Failed at call 1 of 1: Cognito says there is no such user any more. Nothing was changed." in text(
        ticket(State.FAILED)
    )
    assert "Failed at call 2 of 2: Cognito refuses this.\nDone before that: AdminX(ben.old)" in text(
        ticket(State.FAILED, plan=plan, outcome=second)
    )
    says_so = Outcome(
        failed_call=1, words=say("Cognito refuses this. Nothing at all was changed."), says_unchanged=True
    )
    assert text(ticket(State.FAILED, outcome=says_so)).count("was changed") == 1
    assert "Failed before anything was sent: Broken." in text(
        ticket(State.FAILED, outcome=Outcome(words=say("Broken.")))
    )


def test_the_plan_of_a_failure_is_shown_only_where_something_of_it_was_done() -> None:
    halfway = replace(OUTCOMES[State.FAILED], failed_call=2, done_before=("AdminX(ben.old)",))

    assert "no → yes" not in text(ticket(State.FAILED))
    assert "no → yes" in text(ticket(State.FAILED, outcome=halfway))


def test_nothing_that_anyone_typed_becomes_markup() -> None:
    hostile = replace(
        PLAN,
        summary=say("Mark {address}", address=HOSTILE),
        changes=(Change(subject=subject(HOSTILE), what="email", before=HOSTILE, after="", note=""),),
    )
    made = ticket(reason=HOSTILE, plan=hostile)
    drawn = cards.card(made, leads=LEADS)

    assert check_message(list(drawn.blocks), drawn.text) == []
    for told in (drawn.text, repr(drawn.blocks)):
        assert "\u202e" not in told
    assert "<!channel>" not in drawn.text
    assert "<@U0LEAD1>" not in drawn.text
    assert "<https://evil" not in drawn.text
    assert _kinds(drawn.blocks) == {"text", "user", "usergroup", "date", "link"}
    assert "mrkdwn" not in repr(drawn.blocks)


def test_a_very_long_card_still_fits_into_what_slack_takes() -> None:
    many = tuple(
        Change(subject=subject(f"user-{n}-{'x' * 100}"), what="email", before="a" * 300, after="b" * 300)
        for n in range(200)
    )
    drawn = cards.card(ticket(plan=replace(PLAN, changes=many)), leads=LEADS)

    assert check_message(list(drawn.blocks), drawn.text) == []
    assert len(drawn.text) <= 4000
    assert "more" in repr(drawn.blocks)


def test_the_confirmation_shows_the_same_from_the_row_in_a_modal_that_slack_takes() -> None:
    memory = Memory(ticket=7, channel="C0SUPPORT", ts="1.0")
    view = modals.drawn(
        Frame(title="Approve", memory=memory), cards.confirmation(ticket()), callback="confirmation", submit="Approve"
    )

    assert check_view(view) == []
    assert "LOSES the address" in repr(view)
    assert "AdminUpdateUserAttributes(ben.old, email_verified=true)" in repr(view)


def test_the_check_s_thread_links_to_the_card() -> None:
    drawn = cards.created_from(ticket(), "https://desk.example/archives/C0SUPPORT/p9")

    assert drawn.text == (
        "<@U0AGENT> asked: Mark ben@example.com as verified for ben.old · "
        "<https://desk.example/archives/C0SUPPORT/p9|to the card ↗>"
    )


def test_flags_are_yes_and_no_and_an_empty_value_is_said() -> None:
    readings = (
        *READINGS,
        Reading(subject="ana", what="email", planned="a@b.c", found=""),
    )
    made = ticket(State.DONE, outcome=replace(OUTCOMES[State.DONE], readings=readings))

    assert "ana email: (none) (planned: a@b.c)" in text(made)


def _kinds(node: Any) -> set[str]:
    """Return the kinds of rich text elements in a message."""
    if isinstance(node, list | tuple):
        return set().union(*map(_kinds, node))
    if not isinstance(node, dict):
        return set()
    leaf = {"text", "user", "usergroup", "date", "link", "broadcast", "channel", "emoji"} & {str(node.get("type"))}
    return leaf.union(*map(_kinds, node.values()))
