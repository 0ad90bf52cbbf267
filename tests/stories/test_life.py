"""The whole life of a request: nobody decides, the world changes, it fails, it is asked again, it is undone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.settings import Approvals
from sandbox.testing import CognitoServer, LivePool, Message
from tests.stories.floor import PROOF, Floor, text_of

LEADS = "<!subteam^S0LEADS>"


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


@pytest.fixture
def hurried(floor: Floor) -> Floor:
    """A floor whose desk looks at deadlines all the time; requests expire after four hours."""
    floor.closes()
    floor.timings = replace(floor.timings, pauses=(0.0, 0.02), sweep=0.1)
    floor.opens()
    return floor


def buttons(card: Message) -> list[str]:
    return [button.label for button in card.buttons]


def replies(floor: Floor, words: str, card: Message) -> list[str]:
    return [each.text for each in floor.slack.replies(card) if words in each.text]


def done(floor: Floor, lead: str = "lead1") -> Message:
    floor.clicks(lead, "Approve", floor.card)
    return floor.reads_card("✅ Done: ")


def test_nobody_decides_and_it_expires(hurried: Floor, pool: LivePool) -> None:
    floor = hurried
    floor.asks("/cognito-verify-email ada")
    floor.time_passes(hours=2.1)
    floor.reads_thread("this still waits")
    floor.time_passes(hours=2)

    card = floor.reads_card("⌛ No decision by ")
    assert "ada · verified: no → yes" in card.text
    assert buttons(card) == ["Ask again"]
    assert "nobody decided in time" in floor.reads_thread("<@U0AGENT>: ").text
    assert replies(floor, "this still waits", card) == [f"{LEADS}: this still waits for a decision."]
    assert floor.audited == ["requested", "reminded", "expired"]
    assert not pool.user("ada").email_verified


def test_at_half_time_the_leads_are_reminded_once(hurried: Floor) -> None:
    floor = hurried
    floor.asks("/cognito-verify-email ada")
    floor.time_passes(hours=2.1)
    floor.closes()
    # Neither a restart nor many more looks remind anyone twice.
    floor.opens()

    floor.reads_thread(f"{LEADS}: this still waits for a decision.")
    floor.closes()
    floor.opens()
    floor.clicks("lead1", "Approve")
    card = floor.reads_card("✅ Done: ")
    assert len(replies(floor, "this still waits", card)) == 1
    assert floor.audited.count("reminded") == 1


def test_somebody_else_is_told_once_what_nobody_decides_and_gets_no_right(hurried: Floor, pool: LivePool) -> None:
    floor = hurried
    floor.closes()
    told = Approvals(escalate_to=("U0AGENT",), escalate_after=timedelta(hours=1))
    floor.settings = replace(floor.settings, approvals=told)
    floor.opens()
    floor.asks("/cognito-verify-email ada", person="lead2")
    floor.time_passes(hours=1.1)
    floor.reads_thread("<@U0AGENT>: nobody has decided this since")
    floor.closes()
    # Neither a restart nor many more looks tell anybody twice.
    floor.opens()
    floor.clicks("agent", "Approve")
    floor.told("agent", "Only leads can approve")
    floor.clicks("lead1", "Approve")
    card = floor.reads_card("✅ Done: ")
    assert len(replies(floor, "nobody has decided this", card)) == 1
    assert floor.audited.count("escalated") == 1

    floor.types("agent", "/cognito-history ada")
    floor.reads_thread("nobody had decided, so others were asked to find a lead", floor.slack.wait_for_message("🕘"))


def test_a_click_that_comes_too_late_approves_nothing(floor: Floor, pool: LivePool) -> None:
    floor.closes()
    floor.timings = replace(floor.timings, sweep=86400)
    floor.opens()
    card = floor.asks("/cognito-verify-email ada")
    floor.time_passes(hours=4.1)

    floor.clicks("lead1", "Approve", card)
    floor.told("lead1", "This expired at")
    floor.reads_card("⌛ No decision by ")
    assert not pool.user("ada").email_verified


def test_an_expired_request_is_asked_again_as_it_was(hurried: Floor, pool: LivePool) -> None:
    floor = hurried
    first = floor.asks("/cognito-verify-email ada", reason="Called back on the number on file")
    floor.time_passes(hours=4.1)
    floor.reads_card("⌛ No decision by ")

    floor.clicks("lead2", "Ask again", first)
    form = floor.form("lead2", "Mark as verified")
    assert "prod · ada" in text_of(form)
    assert form.values == {"proof": PROOF, "reason": "Called back on the number on file"}
    floor.submits("lead2")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    again = floor.reads_card("the earlier request ↗")
    assert f"/p{first.ts.replace('.', '')}|the earlier request ↗>" in again.text
    assert f"/p{again.ts.replace('.', '')}|to the card ↗>" in floor.reads_thread("<@U0LEAD2> asked: ", first).text

    def said_so() -> bool:
        old = floor.slack.current(first)
        return "Asked again by <@U0LEAD2>" in old.text and again.ts.replace(".", "") in old.text

    floor.slack.wait_for(said_so)
    assert buttons(floor.slack.current(first)) == []


def test_whoever_asked_anywhere_up_the_chain_does_not_count(floor: Floor, pool: LivePool) -> None:
    first = floor.asks("/cognito-verify-email ada", person="lead1")
    pool.write("ada", {"email": "ada2@example.com"})
    floor.clicks("lead2", "Approve")
    stale = floor.reads_card("↻ Not sent")
    assert "e-mail of ada was ada@example.com, is ada2@example.com" in stale.text
    assert buttons(stale) == ["Ask again"]
    assert "e-mail of ada was" in floor.reads_thread("<@U0LEAD1>: nothing was sent.").text

    floor.clicks("agent", "Ask again", first)
    floor.form("agent", "Mark as verified")
    floor.submits("agent")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    floor.clicks("lead1", "Approve", floor.card)
    floor.told("lead1", "You asked for what this builds on, so someone else has to approve it.")
    floor.clicks("agent", "Approve", floor.card)
    floor.told("agent", "You asked for this, so someone else has to approve it.")
    assert not pool.user("ada").email_verified

    done(floor, "lead2")
    assert pool.user("ada").email_verified


def test_what_was_done_is_undone_by_a_new_request(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-change-email ada", email="ada.new@example.com", how="The customer confirms by code")
    first = done(floor)
    assert buttons(first) == ["Undo"]

    floor.clicks("agent", "Undo", first)
    form = floor.form("agent", "Undo")
    assert "change the e-mail of ada to ada.new@example.com" in text_of(form)
    assert "One lead has to agree." in text_of(form)
    floor.submits("agent", reason="It was the wrong customer")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    card = floor.reads_card("🟡 Needs a lead: undo: change the e-mail of ada")
    assert "ada · e-mail: ada.new@example.com → ada@example.com" in card.text
    assert "It was the wrong customer" in card.text
    assert f"/p{first.ts.replace('.', '')}|the earlier request ↗>" in card.text
    floor.slack.wait_for(lambda: "Undo asked by <@U0AGENT>: <" in floor.slack.current(first).text)
    assert buttons(floor.slack.current(first)) == []
    assert "asked: undo: change the e-mail" in floor.reads_thread("to the card ↗", first).text
    assert pool.user("ada").email == "ada.new@example.com"

    floor.clicks("agent", "Approve", floor.card)
    floor.told("agent", "someone else has to approve it")
    assert buttons(done(floor)) == []
    assert pool.user("ada").email == "ada@example.com"
    floor.slack.wait_for(lambda: "Undone, asked by <@U0AGENT>" in floor.slack.current(first).text)


def test_an_undo_that_is_refused_leaves_the_way_open_for_another(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-change-email ada", email="ada.new@example.com", how="The customer confirms by code")
    first = done(floor)
    (undo,) = first.buttons
    floor.clicks("agent", "Undo", first)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was the wrong customer")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)

    # As seen on a screen that has not been redrawn yet.
    floor.slack.clicks("lead2", undo, first)
    floor.told("lead2", "<@U0AGENT> has asked to undo this already.")
    floor.clicks("lead1", "Deny", floor.card)
    floor.form("lead1")
    floor.submits("lead1", reason="It was the right one")
    floor.reads_card("⛔ Denied by ")

    floor.slack.wait_for(lambda: buttons(floor.slack.current(first)) == ["Undo"])
    assert pool.user("ada").email == "ada.new@example.com"


def test_an_undo_says_when_there_is_nothing_left_to_take_back(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-change-email ada", email="ada.new@example.com", how="The customer confirms by code")
    first = done(floor)
    pool.write("ada", {"email": "ada@example.com"})

    floor.clicks("agent", "Undo", first)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was the wrong customer")
    floor.modal_says("agent", "Everything is as it was before already.")
    assert len(floor.cards) == 1


def test_a_failure_can_be_asked_again_once_the_operator_has_mended_it(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    first = floor.asks("/cognito-verify-email ada")
    cognito.faults.deny("AdminUpdateUserAttributes")
    floor.clicks("lead1", "Approve")
    failed = floor.reads_card("❌ Failed at call ")
    assert "Failed at call 1 of 1: " in failed.text
    assert buttons(failed) == ["Ask again"]

    cognito.faults.clear()
    floor.clicks("agent", "Ask again", first)
    floor.form("agent")
    floor.submits("agent")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    done(floor)
    assert pool.user("ada").email_verified


def test_what_nobody_can_know_is_put_before_the_leads(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    floor.asks("/cognito-change-email ada", email="ada.new@example.com", how="The customer confirms by code")
    gate = cognito.faults.hold("AdminUpdateUserAttributes", times=1)
    cognito.faults.reset("AdminUpdateUserAttributes", times=1)
    floor.clicks("lead1", "Approve")
    floor.slack.wait_for(lambda: gate.has_somebody)
    pool.write("ada", {"email": "third@example.com"})
    gate.open()

    doubt = floor.reads_card("❓ In doubt: ")
    assert f"{LEADS}, please look" in doubt.text
    assert buttons(doubt) == []
    assert floor.reads_thread(f"{LEADS}, please look").text.count("<@U0AGENT>") == 1


@pytest.mark.parametrize("person", ["guest", "outsider", "robot"])
def test_some_people_never_count_whatever_they_click(floor: Floor, pool: LivePool, person: str) -> None:
    roll = floor.slack.roll
    if person == "robot":
        roll.put_person(replace(roll.person("lead2"), id="U0ROBOT", name=person, display_name=person, is_bot=True))
        roll.joins("U0ROBOT", "C0SUPPORT")
    for group in roll.groups:
        # Listed, by mistake or by somebody who may edit the group.
        roll.put_group(replace(group, members=(*group.members, roll.person(person).id)))
    floor.asks("/cognito-verify-email ada")

    for label in ("Approve", "Deny"):
        before = len(floor.slack.ephemeral(person))
        floor.clicks(person, label, floor.card)
        floor.slack.wait_for(lambda seen=before: len(floor.slack.ephemeral(person)) > seen)  # type: ignore[misc]
        assert f"Only leads can {label.lower()}." in floor.slack.ephemeral(person)[-1].text
    first = done(floor)
    floor.clicks(person, "Undo", first)
    floor.told(person, "Only the support team can ask for this.")
    assert "approved" in floor.audited
    assert len(floor.cards) == 1


def test_whoever_is_deactivated_while_their_click_is_on_its_way_counts_for_nothing(
    floor: Floor, pool: LivePool
) -> None:
    floor.asks("/cognito-verify-email ada")
    gate = floor.slack.faults.hold("users.info", times=1)
    floor.clicks("lead2", "Approve")
    floor.slack.wait_for(lambda: gate.has_somebody)
    floor.slack.roll.put_person(replace(floor.slack.person("lead2"), deleted=True))
    gate.open()

    floor.slack.wait_for(lambda: "refused" in floor.audited)
    assert "approved" not in floor.audited
    assert not pool.user("ada").email_verified


def test_whoever_left_the_group_no_longer_counts_for_a_high_risk(floor: Floor, pool: LivePool) -> None:
    pool.add("ada.new", email="ada@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Deny")
    floor.form("lead1", "Deny")
    floor.slack.closes("lead1")
    # The list was read a moment ago, and is read anew for what is at stake here.
    floor.leaves_group("lead1", "leads")

    floor.clicks("lead1", "Approve…")
    floor.told("lead1", "Only leads can approve.")
    assert "approved" not in floor.audited


def test_while_slack_does_not_say_who_leads_nobody_does(floor: Floor, pool: LivePool) -> None:
    pool.add("ada.new", email="ada@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ada")
    floor.slack.faults.fail("usergroups.users.list", times=10)

    floor.clicks("lead1", "Approve…")
    floor.told("lead1", "nobody can approve until it can")
    floor.slack.faults.clear()
    assert "approved" not in floor.audited


def test_whoever_lost_the_role_between_click_and_submission_counts_for_nothing(floor: Floor, pool: LivePool) -> None:
    pool.add("ada.new", email="ada@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Approve…")
    floor.modal_says("lead1", "LOSES")
    floor.leaves_group("lead1", "leads")

    floor.submits("lead1")
    floor.modal_says("lead1", "Only leads can approve.")
    assert "approved" not in floor.audited


def test_an_undo_that_two_leads_could_never_agree_to_is_not_asked_for(floor: Floor, pool: LivePool) -> None:
    """Two leads there are. One of them asked for what is to be undone, so there is only one for the undo."""
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada", person="lead1")
    floor.clicks("lead2", "Approve", floor.card)
    card = floor.reads_card("✅ Done: ")

    floor.clicks("agent", "Undo", card)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was the wrong customer")
    floor.modal_says("agent", "only U0LEAD2 could. Those who asked for what this builds on don't count.")
    floor.modal_says("agent", "Please have the operator name more leads.")
    assert len(floor.cards) == 1


def test_a_card_that_too_few_can_approve_any_more_says_so(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    pool.add("ada.new", email="ada@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ada")
    for lead in ("lead1", "lead2"):
        if lead == "lead2":
            floor.leaves_group("lead1", "leads")
        floor.clicks(lead, "Approve…", floor.card)
        floor.modal_says(lead, "LOSES")
        floor.submits(lead)
        floor.modal_says(lead, "Your approval counts.")

    stuck = floor.reads_card("A lead still has to agree, and nobody can.")
    assert "Please have the operator name more leads." in stuck.text
    assert "of you please" not in stuck.text
