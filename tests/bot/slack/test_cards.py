"""Cards: what a lead reads before deciding, and what everyone reads afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from bot.plan import Change, Risk
from bot.slack import cards, modals
from bot.slack.modals import Frame, Memory
from bot.ticket import MAY_HAVE_CHANGED, LossTold, Outcome, Reading, State, Ticket, Vote
from bot.tickets.follow_ups import ALONE, FollowUp, RelatedTickets
from bot.words import say
from sandbox.testing import check_message, check_view
from tests.bot.sample_tickets import CALL, HOSTILE, LEADS, NOON, OUTCOMES, PLAN, READINGS, subject, ticket

FLAG = [{"Name": "email_verified", "Value": "true"}]


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
        "🔴 High risk · needs 2 leads: take ben@example.com from ben.new, give it to ben.old",
        "ben.new (5 days old) LOSES it: can't sign in or reset with it any more.",
        "asked by <@U0AGENT> · “Knew the old invoice number” · "
        "<!date^1795536000^until {date_short_pretty}, {time}|until Nov 24, 2026, 16:00 UTC> · "
        "<https://desk.example/archives/C0SUPPORT/p1|from the case ↗>",
        "ben.old · verified: no → yes · gets it",
        "ben.new · verified: yes → no · LOSES it: can't sign in or reset with it any more",
        "Will be sent: AdminUpdateUserAttributes(ben.old, email_verified=true) · pool prod · eu-west-1",
        "Account numbers (sub): ben.old sub-of-ben.old, ben.new sub-of-ben.new",
        "<!subteam^S0LEADS>, two of you please.",
    ]


def cells(made: Ticket) -> list[list[str]]:
    """Return what stands in each cell of the card's table, its heading apart."""
    rows = table(made)["rows"][1:]
    return [["".join(part["text"] for part in cell["elements"][0]["elements"]) for cell in row] for row in rows]


def test_the_table_has_two_columns_plain_names_and_a_loss_in_bold() -> None:
    assert cells(ticket()) == [
        ["ben.old · verified\nemail_verified", "no → yes\ngets it"],
        ["ben.new · verified", "yes → no\nLOSES it: can't sign in or reset with it any more"],
    ]
    lost = table(ticket())["rows"][2]
    assert [part.get("style") for cell in lost for part in cell["elements"][0]["elements"] if part["text"].strip()] == [
        {"bold": True}
    ] * len([part for cell in lost for part in cell["elements"][0]["elements"] if part["text"].strip()])
    assert {"type": "text", "text": "email_verified", "style": {"code": True}} in (
        table(ticket())["rows"][1][0]["elements"][0]["elements"]
    )


@pytest.mark.parametrize(
    ("what", "before", "after", "drawn"),
    [
        ("email", "", "ana@example.com", "ana · e-mail: (none) → ana@example.com"),
        ("UserStatus", "", "FORCE_CHANGE_PASSWORD", "ana · account: not there → waits for the first sign-in"),
        ("UserStatus", "UNCONFIRMED", "CONFIRMED", "ana · account: sign-up not finished → confirmed"),
        (
            "AutoVerifiedAttributes",
            "",
            "email, phone_number",
            "ana · a code is sent for: nothing → e-mail, phone number",
        ),
        (
            "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate",
            "",
            "email",
            "ana · when an e-mail changes: use it at once → keep the old one",
        ),
        ("AttributeMapping.email_verified", "", "verified", "ana · “verified” comes from: (none) → verified"),
        ("custom:tier", "1", "2", "ana · custom:tier: 1 → 2"),
    ],
)
def test_values_and_their_names_are_plain(what: str, before: str, after: str, drawn: str) -> None:
    change = Change(subject=subject("ana"), what=what, before=before, after=after)

    assert drawn in text(ticket(plan=replace(PLAN, changes=(change,)))).splitlines()


def test_what_is_mailed_says_where_to_and_no_value_before() -> None:
    mailed = replace(PLAN.changes[0], what="invitation", before="", after="eva@example.com", note="", readable=False)

    assert "ben.old · invitation: eva@example.com" in text(ticket(plan=replace(PLAN, changes=(mailed,)))).splitlines()


@pytest.mark.parametrize("state", list(State))
def test_a_card_has_buttons_only_where_there_is_something_to_press(state: State) -> None:
    offered = {
        State.PENDING: ["Approve…", "Deny", "Withdraw"],
        State.DONE: ["What to say", "Undo"],
        State.IN_DOUBT: ["What to say"],
        **{over: ["Ask again"] for over in (State.EXPIRED, State.STALE, State.FAILED)},
    }
    way_back = replace(PLAN, undo=(CALL,))

    assert buttons(ticket(state, plan=way_back)) == offered.get(state, [])
    assert "Undo" not in buttons(ticket(state))


def test_what_was_done_before_a_failure_can_be_undone_and_asked_again() -> None:
    halfway = replace(OUTCOMES[State.FAILED], sent_at=NOON, failed_call=2, done_before=("AdminX(ben.old)",))

    made = ticket(State.FAILED, plan=replace(PLAN, undo=(CALL,)), outcome=halfway)

    assert buttons(made) == ["What to say", "Ask again", "Undo"]


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

    assert buttons(made, related) == ["What to say", *offers]
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


def beside(made: Ticket) -> list[tuple[str, str, str]]:
    """Return the lines of a card with a button: what they say, the button, and what it holds."""
    drawn = cards.card(made, leads=LEADS).blocks
    rows = [(block["text"]["text"], block["accessory"]) for block in drawn if block["type"] == "section"]
    return [(words, button["text"]["text"], button["value"]) for words, button in rows]


def test_after_the_end_it_says_who_lost_something_and_is_not_told_yet() -> None:
    done = ticket(State.DONE)

    assert beside(done) == [("ben.new lost it · not told yet", "Told", "7:0")]
    assert text(done).splitlines()[1] == "ben.new lost it · not told yet"
    assert text(ticket(State.IN_DOUBT)).splitlines()[1:3] == [
        "<!subteam^S0LEADS>, please look at it in Cognito before anyone asks for it again.",
        "ben.new may have lost it · not told yet",
    ]


def test_who_told_them_and_when_takes_the_place_of_the_button() -> None:
    told = replace(OUTCOMES[State.DONE], told=(LossTold(name="ben.new", by="U0AGENT", at=NOON),))
    made = ticket(State.DONE, outcome=told)

    assert beside(made) == []
    assert text(made).splitlines()[1] == (
        "ben.new lost it · was told by <@U0AGENT>, <!date^1795521600^{time}|Nov 24, 2026, 12:00 UTC>"
    )


@pytest.mark.parametrize("state", [each for each in State if each not in MAY_HAVE_CHANGED])
def test_nobody_has_lost_anything_before_something_was_sent(state: State) -> None:
    assert beside(ticket(state)) == []
    assert "What to say" not in buttons(ticket(state))


def test_a_failure_tells_of_losses_only_as_far_as_it_came() -> None:
    confirming = replace(CALL, operation="AdminConfirmSignUp", parameters={"UserPoolId": "p", "Username": "ben.old"})
    settling = replace(CALL, parameters={"Username": "ben.old", "UserAttributes": FLAG})
    second = Outcome(failed_call=2, words=say("Cognito refuses this."), done_before=("x",), sent_at=NOON)

    def lost(*calls: Any) -> list[tuple[str, str, str]]:
        return beside(ticket(State.FAILED, plan=replace(PLAN, calls=calls), outcome=second))

    assert lost(confirming, settling) == []
    assert lost(settling, confirming) == [("ben.new lost it · not told yet", "Told", "7:0")]
    assert beside(ticket(State.FAILED)) == []


def test_who_still_has_it_lost_nothing_and_who_was_not_named_did() -> None:
    still = Reading(subject="ben.new", what="email_verified", planned="false", found="true")
    kept = replace(OUTCOMES[State.DONE], readings=(READINGS[0], still), unnamed=("zoe",))

    assert beside(ticket(State.DONE, outcome=kept)) == [("zoe lost it · not told yet", "Told", "7:0")]


def test_the_customer_whom_it_was_for_has_no_line_as_a_loser() -> None:
    theirs = (
        replace(PLAN.changes[0], what="email", before="a@b.c", after="b@b.c"),
        replace(PLAN.changes[1], subject=PLAN.changes[0].subject),
    )

    assert beside(ticket(State.DONE, plan=replace(PLAN, changes=theirs), outcome=Outcome(sent_at=NOON))) == []
    assert beside(
        ticket(State.DONE, plan=replace(PLAN, changes=theirs, tell_customer=None), outcome=Outcome(sent_at=NOON))
    ) == [("ben.old lost it · not told yet", "Told", "7:0")]


def test_of_a_crowd_that_lost_something_the_first_ones_have_a_line() -> None:
    many = tuple(replace(PLAN.changes[1], subject=subject(f"user-{n}")) for n in range(12))
    made = ticket(State.DONE, plan=replace(PLAN, changes=many), outcome=Outcome(sent_at=NOON))
    drawn = cards.card(made, leads=LEADS)

    assert check_message(list(drawn.blocks), drawn.text) == []
    assert len(beside(made)) == 10
    assert "… and 2 more, whom the thread names" in drawn.text


def test_an_undo_is_asked_again_on_the_card_of_what_it_undoes() -> None:
    assert buttons(ticket(State.EXPIRED, scenario="undo")) == []


def test_an_expired_card_says_what_was_missing() -> None:
    votes = (Vote(person="U0LEAD1", at=NOON), Vote(person="U0LEAD2", at=NOON))
    with_code = replace(PLAN, calls=(replace(CALL, secrets=("ConfirmationCode",)),))

    assert text(ticket(State.EXPIRED)).startswith("⌛ No decision by <!date^1795536000^{time}|")
    assert text(ticket(State.EXPIRED, votes=votes, plan=with_code)).startswith("⌛ No code was entered by <!date")
    assert text(ticket(State.EXPIRED, votes=votes)).startswith("⌛ Approved, but not sent by <!date")


@pytest.mark.parametrize("state", [State.DENIED, State.WITHDRAWN, State.EXPIRED, State.STALE, State.FAILED])
def test_what_was_asked_stands_in_full_below_what_became_of_it(state: State) -> None:
    asked = "asked by <@U0AGENT>: take ben@example.com from ben.new, give it to ben.old · “Knew the old invoice number”"
    headline, below, *rest = text(ticket(state)).splitlines()

    assert "take ben@" not in headline
    assert below.startswith(asked)
    assert rest[:2] == text(ticket()).splitlines()[3:5]
    assert "Asked for: AdminUpdateUserAttributes(ben.old, email_verified=true) · pool prod · eu-west-1" in rest
    assert "LOSES" not in below, "nobody has lost anything"


def test_the_first_line_says_what_became_of_it() -> None:
    first = {state: text(ticket(state)).splitlines()[0] for state in State}

    assert first[State.DENIED] == "⛔ Denied by <@U0LEAD1>: “Call them back first”"
    assert first[State.WITHDRAWN] == "↩ Withdrawn by <@U0AGENT>"
    assert first[State.STALE] == "↻ Not sent, something has changed: e-mail of ben was a@b.c, is b@b.c."
    assert first[State.IN_DOUBT] == "❓ In doubt: The answer was lost."
    assert first[State.FAILED] == (
        "❌ Failed at call 1 of 1: Cognito says there is no such user any more. Nothing was changed."
    )
    assert first[State.DONE] == (
        "✅ Done: ben.old has ben@example.com, verified · approved by <@U0LEAD1> and <@U0LEAD2> · "
        "sent <!date^1795521600^{time_secs}|Nov 24, 2026, 12:00 UTC>, "
        "seen <!date^1795521600^{time_secs}|Nov 24, 2026, 12:00 UTC>"
    )


def test_approving_a_high_risk_is_red_and_opens_something_and_denying_is_plain() -> None:
    normal = ticket(needed=1, plan=replace(PLAN, risk=Risk.NORMAL))
    styles = []
    for made in (ticket(), normal):
        *_, row = cards.card(made, leads=LEADS).blocks
        styles.append([(each["text"]["text"], each.get("style")) for each in row["elements"]])

    assert styles == [
        [("Approve…", "danger"), ("Deny", None), ("Withdraw", None)],
        [("Approve", "primary"), ("Deny", None), ("Withdraw", None)],
    ]


def test_the_buttons_hold_nothing_but_the_ticket_s_number() -> None:
    (row,) = (block for block in cards.card(ticket(), leads=LEADS).blocks if block["type"] == "actions")

    assert [each["value"] for each in row["elements"]] == ["7", "7", "7"]
    assert len({each["action_id"] for each in row["elements"]}) == 3


def test_after_the_first_of_two_votes_the_card_waits_for_one_more_lead() -> None:
    voted = ticket(votes=(Vote(person="U0LEAD1", at=NOON),))

    assert text(voted).startswith("🔴 High risk · needs 1 more lead: take ben@example.com")
    assert "· approved by <@U0LEAD1> · <!date^1795536000^until {date_short_pretty}, {time}|" in text(voted)
    assert "<!subteam^S0LEADS>, one more of you please." in text(voted)


def test_a_card_that_too_few_can_approve_says_so_instead_of_calling_them() -> None:
    stuck = say("Two leads still have to agree, and nobody can. Please have the operator name more leads.")
    drawn = cards.card(ticket(), leads=LEADS, stuck=stuck).text

    assert drawn.endswith("⚠️ Two leads still have to agree, and nobody can. Please have the operator name more leads.")
    assert "of you please" not in drawn


def test_a_normal_risk_waits_for_one_lead() -> None:
    normal = ticket(needed=1, plan=replace(PLAN, risk=Risk.NORMAL))

    assert text(normal).startswith("🟡 Needs a lead: take ben@")
    assert text(replace(normal, needed=3)).startswith("🟡 Needs 3 leads: ")
    assert "High risk" not in text(normal)


def test_without_a_loser_the_second_line_says_the_danger() -> None:
    pool_wide = replace(PLAN, changes=PLAN.changes[:1], why_high=(say("It concerns everyone in pool {p}.", p="prod"),))

    assert text(ticket(plan=pool_wide)).splitlines()[1] == "It concerns everyone in pool prod."


def test_several_who_lose_the_same_stand_in_one_line() -> None:
    two = (*PLAN.changes, replace(PLAN.changes[1], subject=subject("dora")))

    assert text(ticket(plan=replace(PLAN, changes=two))).splitlines()[1] == (
        "ben.new (5 days old), dora (2 years old) LOSE it: can't sign in or reset with it any more."
    )


def test_done_is_said_only_when_the_reread_shows_it() -> None:
    late = Reading(subject="ben.old", what="email_verified", planned="true", found="false")
    accepted = replace(OUTCOMES[State.DONE], readings=())
    differs = replace(OUTCOMES[State.DONE], readings=(late,))

    assert text(ticket(State.DONE)).startswith("✅ Done: ben.old has ben@example.com, verified")
    assert text(ticket(State.DONE, outcome=accepted)).startswith("✅ Cognito accepted the change: ")
    assert text(ticket(State.DONE, outcome=differs)).startswith("⚠️ Cognito accepted the change: take ben@")
    assert "seen" not in text(ticket(State.DONE, outcome=differs)).splitlines()[0]
    assert "ben.old, verified: no (planned: yes)" in text(ticket(State.DONE, outcome=differs))


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


def test_nothing_that_anyone_typed_becomes_markup() -> None:
    hostile = replace(
        PLAN,
        summary=say("mark {address}", address=HOSTILE),
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
    assert "🔴 High risk · needs 2 leads: " in repr(view)
    assert "LOSES" in repr(view)
    assert "AdminUpdateUserAttributes(ben.old, email_verified=true)" in repr(view)


def test_the_check_s_thread_links_to_the_card() -> None:
    drawn = cards.created_from(ticket(), "https://desk.example/archives/C0SUPPORT/p9")

    assert drawn.text == (
        "<@U0AGENT> asked: take ben@example.com from ben.new, give it to ben.old · "
        "<https://desk.example/archives/C0SUPPORT/p9|to the card ↗>"
    )


def test_flags_are_yes_and_no_and_an_empty_value_is_said() -> None:
    readings = (
        *READINGS,
        Reading(subject="ana", what="email", planned="a@b.c", found=""),
    )
    made = ticket(State.DONE, outcome=replace(OUTCOMES[State.DONE], readings=readings))

    assert "ana, e-mail: (none) (planned: a@b.c)" in text(made)


def _kinds(node: Any) -> set[str]:
    """Return the kinds of rich text elements in a message."""
    if isinstance(node, list | tuple):
        return set().union(*map(_kinds, node))
    if not isinstance(node, dict):
        return set()
    leaf = {"text", "user", "usergroup", "date", "link", "broadcast", "channel", "emoji"} & {str(node.get("type"))}
    return leaf.union(*map(_kinds, node.values()))
