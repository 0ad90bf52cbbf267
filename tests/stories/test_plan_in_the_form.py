"""The form shows what it would ask for: what would change, who loses what, and how many leads have to agree."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import People
from sandbox.testing import CognitoServer, LivePool, View
from tests.stories.floor import ASK, PROOF, Floor, settings_for, text_of, workspace


@pytest.fixture
def contested(pool: LivePool) -> LivePool:
    """A pool in which ben.new owns the address that ben.old has, too."""
    pool.add("ben.old", email="ben@example.com", email_verified=True)
    pool.add("ben.new", email="ben@example.com", email_verified=True)
    return pool


@pytest.fixture
def one_of_two(contested: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor with two leads, of whom one is an agent as well."""
    with workspace() as (slack, server):
        people = People(agents=("S0SUPPORT", "U0LEAD1"), leads=("S0LEADS",))
        floor = Floor(
            slack, server, settings_for(slack, server, {"prod": contested}, tmp_path / "desk.db", people=people)
        )
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def labels(view: View) -> list[str]:
    return [each.label for each in view.inputs]


def plan_says(floor: Floor, words: str) -> View:
    """Wait until the agent's form says something, and can be filled in."""
    floor.modal_says("agent", words)
    return floor.form("agent")


def test_from_a_check_to_a_sent_remedy_it_takes_two_presses_one_text_and_one_lead(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")
    before = len(floor.slack.envelopes.sent)

    floor.clicks("agent", "Mark as verified…")
    form = floor.form("agent")
    assert labels(form) == ["Proof", "Reason"]
    floor.submits("agent", reason="Knew the last invoice")
    card = floor.reads_card("Needs a lead")
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("✅ Done: ada has ada@example.com, verified")
    assert pool.user("ada").email_verified
    sent = [(each.person, each.payload["type"]) for each in floor.slack.envelopes.sent[before:]]
    assert sent == [("U0AGENT", "block_actions"), ("U0AGENT", "view_submission"), ("U0LEAD1", "block_actions")]


def test_the_form_says_who_loses_what_and_how_many_leads_have_to_agree(floor: Floor, contested: LivePool) -> None:
    floor.types("agent", "/cognito-verify-email ben.old")
    form = floor.form("agent")

    assert "prod · ben.old" in text_of(form)
    assert "ben.old · verified: no → yes · gets it" in text_of(form).replace("  ", " ")
    assert "Two leads have to agree: ben.new loses the address." in text_of(form)
    assert form.submit == ASK
    # It stands where it is seen, above what leads go by.
    assert "have to agree" in str(form.blocks[: [each["block_id"] for each in form.blocks].index("proof")])
    # Typing starts where something is left to fill in.
    (proof,) = (each for each in form.inputs if each.label == "Proof")
    assert proof.element["focus_on_load"]


def test_the_proof_has_to_be_chosen_and_stands_on_the_card_and_in_the_confirmation(
    floor: Floor, contested: LivePool
) -> None:
    floor.types("agent", "/cognito-verify-email ben.old")
    form = floor.form("agent")
    (proof,) = (each for each in form.inputs if each.label == "Proof")
    assert [each.text for each in proof.options] == [
        "called back on the number on file",
        "answered from the mailbox",
        "identity seen",
        "other",
    ]
    # The client keeps it back.
    assert floor.slack.submits("agent", {"reason": "Knew the last invoice"}) is None

    floor.submits("agent", proof="identity seen")
    card = floor.reads_card("needs 2 leads")
    assert "asked by <@U0AGENT> · “Knew the last invoice” · proof: identity seen · <!date^" in card.text
    floor.clicks("lead1", "Approve…", card)
    floor.modal_says("lead1", "proof: identity seen")
    (asked,) = (row for row in floor.audit() if row["event"] == "requested")
    assert asked["detail"]["proof"] == "identity seen"


def test_what_is_not_about_a_customer_asks_for_no_proof(floor: Floor) -> None:
    floor.types("agent", "/cognito-pool-email")
    assert "Proof" not in labels(floor.form("agent"))


def test_a_form_whose_customer_is_not_known_shows_its_plan_before_anything_is_asked(
    floor: Floor, pool: LivePool
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email")
    form = floor.form("agent")
    assert form.submit == "Next"
    floor.slack.submits("agent", {"user": "ada@example.com", "proof": PROOF, "reason": "Knew the last invoice"})

    form = plan_says(floor, "One lead has to agree.")
    assert "prod · ada" in text_of(form)
    assert labels(form) == ["Proof", "Reason"]
    assert form.values["reason"] == "Knew the last invoice"
    assert form.values["proof"] == PROOF
    assert floor.is_silent()
    floor.slack.submits("agent")
    floor.reads_card("Needs a lead")
    assert floor.slack.view("agent") is None


def test_enter_in_the_customer_s_field_looks_for_them(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email")
    floor.form("agent")
    floor.slack.chooses("agent", "reason", "Knew the last invoice")
    floor.slack.enters("agent", "user", "ada@example.com")

    form = plan_says(floor, "One lead has to agree.")
    assert labels(form) == ["Proof", "Reason"]
    assert form.values["reason"] == "Knew the last invoice"


def test_the_fields_and_the_plan_follow_the_chosen_way(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ada")
    form = floor.form("agent")
    assert labels(form) == ["New e-mail", "How", "Proof", "Reason"]
    assert form.submit == "Next"

    floor.slack.chooses("agent", "reason", "Has a new address")
    floor.slack.enters("agent", "email", "ada@new.example.com")
    form = plan_says(floor, "Change the e-mail of ada to ada@new.example.com; the customer confirms by code")
    assert form.values["reason"] == "Has a new address"
    assert form.submit == ASK

    floor.slack.chooses("agent", "how", "Verified now, by us")
    form = plan_says(floor, "Two leads have to agree. An address is changed and verified")
    assert "verified by us" in text_of(form)
    assert form.values["reason"] == "Has a new address"

    floor.slack.chooses("agent", "how", "As the customer")
    form = plan_says(floor, "No lead has to agree")
    assert labels(form) == ["New e-mail", "How", "Access token", "Password"]
    assert form.values["email"] == "ada@new.example.com"
    assert form.submit == "Send"

    floor.slack.chooses("agent", "how", "The customer confirms by code")
    form = plan_says(floor, "the customer confirms by code")
    floor.submits("agent", reason="Has a new address")
    floor.reads_card("the customer confirms by code")


def test_a_plan_that_comes_late_takes_the_place_of_no_newer_one(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ada")
    floor.form("agent")
    floor.slack.chooses("agent", "email", "ada@new.example.com")
    gate = cognito.faults.hold("ListUsers", times=1)
    floor.slack.chooses("agent", "how", "Verified now, by us")
    floor.slack.wait_for(lambda: gate.has_somebody)
    floor.slack.chooses("agent", "how", "The customer confirms by code")
    plan_says(floor, "the customer confirms by code")
    drawn = len(floor.slack.calls.of("views.update"))

    gate.open()
    floor.slack.wait_for(lambda: floor.program and not floor.program._background._under_way)
    assert len(floor.slack.calls.of("views.update")) == drawn
    floor.submits("agent", reason="Has a new address")
    floor.reads_card("the customer confirms by code")


def test_a_plan_that_comes_after_the_form_was_submitted_brings_no_form_back(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ada")
    floor.form("agent")
    floor.slack.chooses("agent", "email", "ada@new.example.com")
    gate = cognito.faults.hold("ListUsers", times=1)
    floor.slack.chooses("agent", "how", "As the customer")
    form = plan_says(floor, "No lead has to agree")
    floor.slack.chooses("agent", "how", "Verified now, by us")
    floor.slack.wait_for(lambda: gate.has_somebody)
    # As fast as this nobody reads: what is submitted is what was on the screen before.
    floor.slack.submits("agent", {"how": "As the customer", "token": pool.token("ada")}, form)
    floor.modal_says("agent", "Sent: see")
    gate.open()

    floor.slack.wait_for(lambda: floor.program and not floor.program._background._under_way)
    assert "Sent: see" in text_of(floor.slack.stack("agent")[-1])


def test_a_way_chosen_in_a_form_that_does_not_show_its_fields_yet_shows_them(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ada")
    floor.form("agent")
    # Quicker than Slack tells of the choice.
    floor.slack.submits(
        "agent", {"email": "ada@new.example.com", "how": "As the customer", "proof": PROOF, "reason": "asked"}
    )

    form = plan_says(floor, "No lead has to agree")
    assert "Access token" in labels(form)
    assert form.values["email"] == "ada@new.example.com"
    assert floor.is_silent()


def test_moving_an_address_brings_the_fields_that_leads_go_by(floor: Floor, contested: LivePool) -> None:
    contested.add("ben.3", email="ben@example.com", status="UNCONFIRMED")
    floor.types("agent", "/cognito-confirm-sign-up ben.3")
    form = floor.form("agent")
    assert labels(form) == ["If another account owns this e-mail", "Code"]
    assert form.submit == "Send"

    floor.slack.chooses("agent", "taken", "Move the e-mail to this account")
    form = plan_says(floor, "Two leads have to agree: ben.new loses the address.")
    assert labels(form) == ["If another account owns this e-mail", "Proof", "Reason"]
    floor.submits("agent", reason="Had both accounts")
    floor.reads_card("needs 2 leads")


def test_a_refusal_stands_above_its_field(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.types("agent", "/cognito-verify-email ada")

    form = plan_says(floor, "ada@example.com is verified already.")
    assert labels(form) == ["User", "Proof", "Reason"]
    above = [block for block in form.blocks if block["type"] != "input"]
    assert "verified already" in str(above[0])
    assert form.submit == "Next"


def test_whom_too_few_leads_could_agree_to_is_said_in_the_form_with_the_cure(one_of_two: Floor) -> None:
    one_of_two.types("lead1", "/cognito-verify-email ben.old")
    one_of_two.modal_says("lead1", "Two leads have to agree: ben.new loses the address.")
    form = one_of_two.modal_says("lead1", "U0LEAD2 could: you asked for it yourself.")
    assert "Ask somebody who isn't a lead to ask for it" in text_of(form)
    assert form.submit == "Check again"

    one_of_two.submits("lead1", reason="Knew the last invoice")
    again = one_of_two.form("lead1")
    assert again.values["reason"] == "Knew the last invoice"
    assert one_of_two.is_silent()


def test_who_asks_for_what_waits_already_is_told_in_the_form(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito-verify-email ada")
    plan_says(floor, "Already asked by")


def test_another_plan_than_the_form_showed_is_not_asked_for_but_shown(floor: Floor, pool: LivePool) -> None:
    pool.add("ben.old", email="ben@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email ben.old")
    assert "One lead has to agree." in text_of(floor.form("agent"))
    pool.add("ben.new", email="ben@example.com", email_verified=True)

    floor.submits("agent", reason="Knew the last invoice")
    floor.told("agent", "This isn't what the form showed any more, so nothing was asked.")
    assert floor.slack.view("agent") is None
    assert floor.is_silent()

    floor.clicks("agent", "Open the form")
    form = plan_says(floor, "Two leads have to agree: ben.new loses the address.")
    assert form.values["reason"] == "Knew the last invoice"
    assert form.values["proof"] == PROOF
    floor.slack.submits("agent")
    floor.reads_card("needs 2 leads")


def test_what_is_refused_after_the_form_has_closed_can_be_opened_as_it_was(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    pool.write("ada", {"email_verified": "true"})
    floor.submits("agent", reason="Knew the last invoice")

    floor.told("agent", "ada@example.com is verified already.")
    assert floor.is_silent()
    floor.clicks("agent", "Open the form")
    form = plan_says(floor, "ada@example.com is verified already.")
    assert form.values["reason"] == "Knew the last invoice"


def test_an_undo_that_is_refused_opens_again_as_an_undo(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Approve")
    done = floor.reads_card("✅ Done")
    floor.clicks("agent", "Undo", done)
    form = floor.form("agent", "Undo")
    assert "Undo: take ada@example.com" in text_of(form)
    assert labels(form) == ["Reason"]
    # Somebody else has it now, too.
    pool.add("ada.2", email="ada@example.com", email_verified=True)
    floor.submits("agent", reason="It was the wrong customer")
    floor.told("agent", "Everything is as it was before already.")

    floor.clicks("agent", "Open the form")
    again = floor.form("agent", "Undo")
    assert again.values["reason"] == "It was the wrong customer"


def test_a_form_that_is_delivered_twice_is_one_request(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    sent = floor.submits("agent", reason="Knew the last invoice")
    assert sent is not None
    floor.reads_card("Needs a lead")
    floor.server.sockets.redeliver(sent)
    floor.quiet()

    assert len(floor.cards) == 1
    assert floor.audited == ["requested"]


def test_what_is_shown_is_never_taken_from_the_form(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    """A fingerprint that somebody made up leads to what the desk plans, or to nothing."""
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-verify-email ada")
    form = floor.form("agent")
    memory = form.content["private_metadata"]
    forged = {**form.content, "private_metadata": memory.replace('"plan":"', '"plan":"00')}
    changed = floor.slack.modals.update(form.id, forged)
    assert changed.content != form.content

    floor.slack.submits("agent", {"proof": PROOF, "reason": "Knew the last invoice"})
    floor.told("agent", "nothing was asked")
    assert floor.is_silent()
