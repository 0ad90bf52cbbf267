"""An account can't be moved in slices, each of which looks harmless to one lead."""

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor


def changed_by_code(floor: Floor, pool: LivePool) -> None:
    """Have the address of an account changed with one lead's word, as if its customer confirmed it by code."""
    pool.add("ana", email="ana@example.com", email_verified=True)
    card = floor.asks("/cognito-change-email ana", email="thief@example.org", reason="They have a new address")
    assert "Needs a lead" in card.text
    floor.clicks("lead1", "Approve", floor.card)
    floor.reads_card("✅ Done: ")
    assert pool.user("ana").email == "thief@example.org"


def test_an_address_that_the_desk_wrote_is_marked_as_verified_only_by_two_leads(floor: Floor, pool: LivePool) -> None:
    changed_by_code(floor, pool)

    card = floor.asks("/cognito-verify-email ana")

    assert "needs 2 leads" in card.text
    assert "The desk wrote this address to the account (<@U0AGENT> asked)" in card.text
    assert not pool.user("ana").email_verified


def test_the_customer_s_own_code_makes_the_address_theirs(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    changed_by_code(floor, pool)
    code = cognito.mailbox.code("thief@example.org")
    floor.types("agent", "/cognito-enter-code ana")
    floor.form("agent")
    floor.submits("agent", code=code, token=pool.token("ana"))
    floor.slack.wait_for_message("thief@example.org is verified for ana")
    pool.write("ana", {"email_verified": "false"})

    assert "Needs a lead" in floor.asks("/cognito-verify-email ana").text


def test_a_lead_reads_on_the_card_that_another_lead_has_said_no_and_why(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False)
    denied = floor.asks("/cognito-verify-email ana")
    floor.clicks("lead1", "Deny", denied)
    floor.form("lead1", "Deny")
    floor.submits("lead1", reason="It is a thief")
    floor.reads_card("⛔ Denied")

    card = floor.asks("/cognito-verify-email ana")

    assert "Denied before" in card.text
    assert "by <@U0LEAD1>: “It is a thief”" in card.text


def test_the_same_asked_twice_leads_to_the_card_that_is_there(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ana")
    floor.types("agent", "/cognito-verify-email ana@example.com")
    floor.form("agent")
    floor.submits("agent", reason="Once more")

    shown = floor.modal_says("agent", "Already asked by ")
    assert "Open the card" in str(shown)
    assert len(floor.cards) == 1


def test_somebody_who_has_the_address_too_stands_on_the_card_of_a_new_account(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False)

    card = floor.asks("/cognito-create-user ana2", email="ana@example.com", reason="They need another account")

    assert "needs 2 leads" in card.text
    assert "ana@example.com is the address of somebody else too: ana (confirmed, not verified" in card.text


def test_an_account_that_the_desk_made_is_known_by_its_sub_also_when_another_gets_its_name(
    floor: Floor, pool: LivePool
) -> None:
    floor.asks("/cognito-create-user ana2", email="ana2@example.com", reason="They need an account")
    floor.clicks("lead1", "Approve", floor.card)
    floor.reads_card("✅ Done: ")
    card = floor.asks("/cognito-verify-email ana2")
    assert "The desk wrote this address to the account (<@U0AGENT> asked)" in card.text
    floor.clicks("agent", "Withdraw", card)
    floor.reads_card("Withdrawn")

    pool.delete(pool.user("ana2").sub)
    pool.add("ana2", email="ana2@example.com", email_verified=False)

    assert "Needs a lead" in floor.asks("/cognito-verify-email ana2").text


def test_a_change_that_cognito_refused_is_nothing_that_the_desk_wrote(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    pool.add("ana", email="ana@example.com", email_verified=True)
    cognito.faults.fail("InvalidParameterException", "No.", "UpdateUserAttributes", times=1)
    floor.types("agent", "/cognito-change-email ana")
    floor.form("agent")
    new = "ana.new@example.org"
    floor.submits("agent", email=new, how="As the customer", token=pool.token("ana"))
    floor.slack.wait_for(lambda: "call failed" in floor.audited)
    # What they do by themselves in the app is theirs.
    pool.change_own("ana", {"email": new})

    assert "Needs a lead" in floor.asks("/cognito-verify-email ana").text
