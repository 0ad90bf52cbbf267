"""High risk: two leads, each after reading what the database says, and everyone who loses named before."""

import json

from sandbox.testing import LivePool, Message
from tests.stories.floor import Floor, text_of


def two_bens(pool: LivePool) -> None:
    pool.add("ben.old", email="ben@example.com", email_verified=True)
    pool.add("ben.new", email="ben@example.com", email_verified=True)


def confirms(floor: Floor, lead: str, within: Message | None = None) -> None:
    floor.clicks(lead, "Approve…", within)
    floor.slack.wait_for_view(lead, "Approve")
    floor.modal_says(lead, "LOSES")
    floor.submits(lead)
    floor.modal_says(lead, "Your approval counts.")


def test_two_leads_read_it_once_more_and_move_an_address(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    card = floor.asks("/cognito-verify-email ben.old")
    assert "needs 2 leads" in card.text
    assert "ben.new · verified: yes → no · LOSES it" in card.text

    confirms(floor, "lead1")
    floor.reads_card("needs 1 more lead: take ben@example.com from ben.new")
    floor.reads_thread("<@U0LEAD1> approved this. It needs one more lead.")
    assert not pool.user("ben.old").email_verified

    confirms(floor, "lead2")
    floor.reads_card("Done")
    assert pool.user("ben.old").email_verified
    assert not pool.user("ben.new").email_verified


def test_one_lead_is_not_two(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    floor.asks("/cognito-verify-email ben.old")
    confirms(floor, "lead1")
    floor.reads_card("needs 1 more lead")

    floor.clicks("lead1", "Approve…", floor.card)
    floor.told("lead1", "You have approved this already")
    assert not pool.user("ben.old").email_verified


def test_a_lead_who_cancels_has_not_voted(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    floor.asks("/cognito-verify-email ben.old")
    floor.clicks("lead1", "Approve…")
    floor.modal_says("lead1", "LOSES")
    floor.slack.closes("lead1")

    floor.quiet()
    assert floor.audited == ["requested"]


def test_a_real_card_that_was_edited_shows_the_truth_before_the_vote(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    card = floor.asks("/cognito-verify-email ben.old")
    harmless = json.loads(json.dumps(list(card.blocks)).replace("LOSES", "keeps").replace("ben.new", "nobody"))
    floor.edits(card, text="harmless", blocks=harmless)

    floor.clicks("lead1", "Approve…", card)
    told = text_of(floor.modal_says("lead1", "LOSES"))
    assert "ben.new" in told


def test_a_forged_card_with_a_real_number_approves_nothing(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email ada")
    forged = floor.posts("a second card", [dict(block) for block in card.blocks])

    floor.clicks("lead1", "Approve", forged)
    floor.told("lead1", "This message is not the request itself, so nothing was decided here.")
    floor.clicks("lead1", "Deny", forged)
    floor.modal_says("lead1", "not the request itself")
    assert not pool.user("ada").email_verified
    assert floor.audited == ["requested", "refused", "refused"]


def test_a_button_with_another_ticket_s_number_decides_nothing(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email ada")
    for value in ("99", "-1", "1; DROP TABLE ticket", "９", ""):
        floor.edits(card, text="x", blocks=[_with_value(dict(block), value) for block in card.blocks])
        before = len(floor.slack.ephemeral("lead1"))
        floor.clicks("lead1", "Approve", card)
        floor.slack.wait_for(lambda seen=before: len(floor.slack.ephemeral("lead1")) > seen)  # type: ignore[misc]

    assert not pool.user("ada").email_verified


def test_a_holder_who_differs_only_in_letter_case_is_named(floor: Floor, pool: LivePool) -> None:
    pool.add("cara", email="Cara@example.com", email_verified=True)
    pool.add("cara.new", email="cara@example.com", email_verified=False)

    floor.types("agent", "/cognito-check cara@example.com")
    check = floor.slack.wait_for_message("cara@example.com")
    assert "cara" in floor.reads_thread("Cara@example.com", check).text


def test_changing_and_then_verifying_an_address_takes_two_leads(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.asks(
        "/cognito-change-email ada",
        email="ada.new@example.com",
        how="The customer confirms by code",
    )
    floor.clicks("lead1", "Approve")
    floor.reads_card("Done")
    assert pool.user("ada").email == "ada.new@example.com"

    card = floor.asks("/cognito-verify-email ada")
    assert "needs 2 leads" in card.text
    floor.clicks("agent", "Approve…", floor.card)
    floor.told("agent", "someone else has to approve it")
    assert not pool.user("ada").email_verified


def test_one_of_two_leads_is_told_before_asking_that_nobody_else_could_agree(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    floor.types("lead1", "/cognito-verify-email ben.old")
    floor.modal_says("lead1", "only U0LEAD2 could: you asked for it yourself. Ask somebody who isn't a lead")
    assert floor.form("lead1").submit == "Check again"
    assert floor.is_silent()
    assert floor.audited == []


def test_an_approval_of_a_lead_who_has_left_is_told_and_does_not_count(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    floor.asks("/cognito-verify-email ben.old")
    confirms(floor, "lead1")
    floor.reads_card("needs 1 more lead")
    floor.leaves_group("lead1", "leads")

    floor.clicks("lead2", "Approve…", floor.card)
    floor.modal_says("lead2", "LOSES")
    floor.submits("lead2")
    floor.modal_says("lead2", "isn't a lead any more, so their approval doesn't count; one more is needed.")
    floor.reads_thread("<@U0LEAD1> isn't a lead any more, so their approval doesn't count. It needs one more lead.")
    floor.reads_card("needs 1 more lead: take ben@example.com from ben.new")
    assert not pool.user("ben.old").email_verified


def _with_value(block: dict[str, object], value: str) -> dict[str, object]:
    if block["type"] != "actions":
        return block
    elements = [{**each, "value": value or "x"} for each in block["elements"]]  # type: ignore[attr-defined]
    return {**block, "elements": elements}


def test_a_holder_whom_listing_does_not_show_yet_is_named(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    pool.hide_from_listing("ben.new")

    card = floor.asks("/cognito-verify-email ben.old")

    assert "needs 2 leads" in card.text
    assert "ben.new · verified: yes → no · LOSES it" in card.text


def test_who_lost_the_address_is_told_and_the_card_keeps_that(floor: Floor, pool: LivePool) -> None:
    two_bens(pool)
    floor.asks("/cognito-verify-email ben.old")
    floor.both_leads_approve("LOSES it: can't sign in or reset with it any more")
    done = floor.reads_card("✅ Done: ben.old has ben@example.com, verified · approved by")
    assert "ben.new lost it · not told yet" in done.text
    assert "ben.new · verified: yes → no · LOSES it" in done.text
    floor.reads_thread("Tell ben.new: “You can't use the e-mail address ben@example.com with your account ben.new")

    floor.clicks("agent", "What to say", done)
    assert "Please sign in with the user name ben.new" in text_of(floor.modal_says("agent", "Tell ben.new"))
    floor.slack.closes("agent")

    floor.clicks("guest", "Told", done)
    floor.told("guest", "Only the support team can say who was told.")
    floor.closes()
    floor.opens()
    floor.clicks("lead1", "Told", floor.card)
    told = floor.reads_card("ben.new lost it · was told by <@U0LEAD1>")
    assert not [button for button in told.buttons if button.label == "Told"]
    floor.reads_thread("<@U0LEAD1> told ben.new.")
    assert floor.audited[-3:] == ["done", "refused", "told"]

    floor.edits(told, text=told.text, blocks=[dict(block) for block in done.blocks])
    floor.clicks("agent", "Told", floor.card)
    floor.told("agent", "<@U0LEAD1> was faster and told ben.new at")
    floor.types("agent", "/cognito-history ben.new")
    floor.reads_thread("told ben.new of the loss", floor.slack.wait_for_message("latest step"))


def test_one_of_two_leads_is_told_at_the_button_that_their_undo_could_never_be_approved(
    floor: Floor, pool: LivePool
) -> None:
    """Two leads there are. Who asks doesn't count, so for this undo there is only one."""
    two_bens(pool)
    floor.asks("/cognito-verify-email ben.old")
    floor.both_leads_approve("LOSES")
    done = floor.reads_card("✅ Done: ")

    floor.clicks("lead1", "Undo", done)
    floor.modal_says("lead1", "Two leads have to agree, and only U0LEAD2 could: you asked for it yourself.")
    floor.modal_says("lead1", "Ask somebody who isn't a lead to ask for it, or have the operator name more leads.")
    floor.slack.closes("lead1")

    floor.clicks("agent", "Undo", done)
    floor.form("agent", "Undo")
    floor.submits("agent", reason="It was the other one's")
    card = floor.reads_card("undo: take ben@example.com from ben.old, give it to ben.new")
    assert card.text.startswith("🔴 High risk · needs 2 leads: ")
    assert "ben.old (" in card.text.splitlines()[1]
    floor.both_leads_approve("LOSES")
    floor.reads_card("✅ Done: ben.new has ben@example.com, verified")
    assert pool.user("ben.new").email_verified
