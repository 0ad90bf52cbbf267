"""An invitation whose password ran out is mailed once more: asked for, approved, and used by the customer."""

from datetime import timedelta

import pytest

from sandbox.testing import PASSWORD, CognitoServer, LivePool
from tests.stories.customer import Customer
from tests.stories.floor import Floor, text_of


@pytest.fixture
def tess(pool: LivePool) -> str:
    """Tess, whom an administrator invited nine days ago."""
    ago = timedelta(days=9)
    return pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD", created=ago).username


def test_a_lead_approves_and_the_customer_signs_in_with_the_password_from_the_mail(
    floor: Floor, pool: LivePool, cognito: CognitoServer, tess: str
) -> None:
    customer = Customer(cognito, pool)
    assert "Temporary password has expired" in customer.is_refused(tess, PASSWORD)

    card = floor.asks("/cognito-resend-invitation tess@example.com")
    assert "send tess an invitation to tess@example.com" in card.text
    assert "Needs a lead" in card.text
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("Accepted: Cognito mails a new invitation to tess@example.com.")
    floor.reads_thread("The password of an earlier invitation doesn't work any more.")

    (mail,) = pool.mail
    assert mail.to == "tess@example.com"
    mailed = mail.body.partition("temporary password is ")[2].removesuffix(". ")
    assert "Incorrect username or password" in customer.is_refused(tess, PASSWORD)
    customer.chooses_password(tess, mailed, "My-own-1!")
    assert customer.signs_in(tess, "My-own-1!")["AuthenticationResult"]
    assert pool.user(tess).status == "CONFIRMED"


def test_a_lost_answer_is_told_to_the_leads_and_never_followed_by_a_second_mail(
    floor: Floor, pool: LivePool, cognito: CognitoServer, tess: str
) -> None:
    card = floor.asks("/cognito-resend-invitation tess")
    cognito.faults.lose_answer("AdminCreateUser", times=1)
    floor.clicks("lead1", "Approve", card)
    said = floor.reads_card("please look at it in Cognito")
    assert "might mail the customer twice" in said.text
    assert len(pool.mail) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UnsupportedUserStateException", "Invitations can be sent again only before the first sign-in."),
        ("CodeDeliveryFailureException", "Cognito could not hand the message to the mail system"),
    ],
)
def test_a_refusal_of_cognitos_ends_in_plain_words(
    floor: Floor, cognito: CognitoServer, tess: str, code: str, said: str
) -> None:
    card = floor.asks("/cognito-resend-invitation tess")
    cognito.faults.fail(code, "Resend not possible. tess status is not FORCE_CHANGE_PASSWORD", "AdminCreateUser")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card(said)


def test_a_customer_who_has_signed_in_meanwhile_gets_no_mail(floor: Floor, pool: LivePool, tess: str) -> None:
    card = floor.asks("/cognito-resend-invitation tess")
    pool.set_status(tess, "CONFIRMED")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("has chosen a password already")
    assert not pool.mail


def test_a_confirmed_account_is_refused_with_a_button_to_the_check(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False)
    floor.types("agent", "/cognito-resend-invitation ana")
    floor.form("agent", "Resend the invitation")
    floor.submits("agent", reason="Called back on the number on file")
    again = floor.modal_says("agent", "ana has chosen a password already (CONFIRMED)")
    assert "Find out why" in text_of(again)
    floor.clicks("agent", "Find out why")
    floor.slack.wait_for_message("ana@example.com")
