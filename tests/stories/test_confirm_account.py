"""A sign-up whose code can't come is finished by a lead's approval, and then the customer can do everything."""

import pytest

from sandbox.testing import PASSWORD, CognitoServer, LivePool
from tests.stories.customer import Customer
from tests.stories.floor import Floor

FLAG = "AdminUpdateUserAttributes"


@pytest.fixture
def pool(cognito: CognitoServer) -> LivePool:
    """A pool in which an address is an alias, and that verifies nothing by itself."""
    pool = cognito.pools.create("prod", auto_verify=())
    pool.sign_up("sina", email="sina@example.com")
    return pool


def test_a_lead_approves_and_the_customer_signs_in_and_resets_the_password(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    customer = Customer(cognito, pool)
    assert "User is not confirmed" in customer.is_refused("sina", PASSWORD)

    card = floor.asks("/cognito-confirm-account sina@example.com")
    assert "confirm the account sina and mark sina@example.com as verified" in card.text
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("sina is confirmed and has sina@example.com, verified")
    floor.reads_thread("sign in with the password that you chose when you signed up")

    assert customer.signs_in("sina", PASSWORD)["AuthenticationResult"]
    assert customer.signs_in("sina@example.com", PASSWORD)["AuthenticationResult"]
    customer.resets_password("sina@example.com", "sina@example.com", "Another-1!")
    assert customer.signs_in("sina@example.com", "Another-1!")["AuthenticationResult"]


def test_the_owner_of_the_address_is_named_and_two_leads_have_to_agree(floor: Floor, pool: LivePool) -> None:
    pool.add("old", email="sina@example.com", email_verified=True)
    card = floor.asks("/cognito-confirm-account sina")
    assert "needs 2 leads" in card.text
    floor.both_leads_approve("old")
    floor.reads_card("sina is confirmed and has sina@example.com, verified")
    assert not pool.user("old").email_verified

    floor.clicks("agent", "Undo", floor.card)
    floor.modal_says("agent", "Undo gives the address back to old, and sina loses it; sina stays confirmed.")
    floor.submits("agent", reason="It was the other one's")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    assert "needs 2 leads" in floor.card.text


def test_where_the_flag_is_refused_the_card_says_that_the_account_is_confirmed(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    card = floor.asks("/cognito-confirm-account sina")
    cognito.faults.fail("NotAuthorizedException", "Not today", FLAG)
    floor.clicks("lead1", "Approve", card)
    said = floor.reads_card("Failed at call 2 of 2")
    assert "Done before that: AdminConfirmSignUp(sina)" in said.text
    assert (pool.user("sina").status, pool.user("sina").email_verified) == ("CONFIRMED", False)


def test_a_lost_answer_to_the_first_call_is_settled_by_reading_and_the_second_is_sent_once(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    card = floor.asks("/cognito-confirm-account sina")
    cognito.faults.lose_answer("AdminConfirmSignUp", times=1)
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("sina is confirmed and has sina@example.com, verified")
    sent = [call.operation for call in pool.calls if call.operation in ("AdminConfirmSignUp", FLAG)]
    assert sent == ["AdminConfirmSignUp", FLAG]


def test_a_sign_up_that_the_customer_finishes_meanwhile_is_left_alone(floor: Floor, pool: LivePool) -> None:
    card = floor.asks("/cognito-confirm-account sina")
    pool.set_status("sina", "CONFIRMED")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("sina is confirmed already")
    assert FLAG not in [call.operation for call in pool.calls]
