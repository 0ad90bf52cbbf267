"""A sign-up code is sent also where the desk may ask for no credential: nothing of the customer's is needed for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.testing import PASSWORD, CognitoServer, LivePool
from tests.bot import wired
from tests.stories.customer import Customer
from tests.stories.floor import Floor, settings_for, text_of, workspace


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose one pool is set as the desk is shipped."""
    pool.sign_up("sina", email="sina@example.com")
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {}, tmp_path / "desk.db")
        closed = wired.settings(pool).model_copy(update={"customer_credentials": False})
        floor = Floor(slack, server, replace(settings, pools={"prod": closed}))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def mails(pool: LivePool) -> int:
    return len(pool.mail)


def test_the_customer_gets_a_new_code_and_finishes_the_sign_up_in_the_app(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    first = cognito.mailbox.code("sina@example.com")
    floor.types("agent", "/cognito-send-code sina@example.com")
    form = floor.form("agent", "Send a new code")
    assert "prod · sina" in text_of(form)
    assert form.inputs == ()
    assert "For a sign-up that was never finished, the name alone will do." in text_of(form)
    floor.submits("agent")
    sent = floor.slack.wait_for_message("Cognito sent a code to s***@e***")
    assert [button.label for button in sent.buttons] == ["Find out why"]
    floor.reads_thread("Please enter the newest one in the app.", sent)

    customer = Customer(cognito, pool)
    newest = cognito.mailbox.code("sina@example.com")
    assert newest != first
    customer.enters_sign_up_code("sina", newest)
    assert customer.signs_in("sina@example.com", PASSWORD)["AuthenticationResult"]
    assert floor.audited == ["sending", "sent", "done"]


def test_the_menu_offers_it(floor: Floor) -> None:
    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")
    assert "Send a new code" in {button.label for button in menu.buttons}
    missing = text_of(menu).partition("Not offered here: ")[2]
    assert missing
    assert "Send a new code" not in missing


def test_an_account_that_is_confirmed_is_refused_with_what_works(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False)
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent")
    again = floor.modal_says("agent", "only the customer can ask for this code: in the app, signed in")
    assert "Find out why" in {button.label for button in again.buttons}
    assert mails(pool) == 1


def test_somebody_who_was_invited_and_never_signed_in_is_led_to_the_invitation(floor: Floor, pool: LivePool) -> None:
    pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    floor.types("agent", "/cognito-send-code tess")
    floor.form("agent")
    floor.submits("agent")
    floor.modal_says("agent", "The password for the first sign-in is in the invitation")
    floor.clicks("agent", "Resend the invitation")
    floor.form("agent", "Resend the invitation")


def test_an_older_account_with_the_address_is_named_to_two_leads_before_anything_is_sent(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    pool.add("older", email="sina@example.com", email_verified=False)
    floor.types("agent", "/cognito-send-code sina")
    floor.form("agent")
    floor.submits("agent")
    card = floor.reads_card("needs 2 leads")
    assert "older" in card.text
    assert "has sina@example.com too, not verified" in card.text
    assert mails(pool) == 1

    floor.both_leads_approve("older")
    floor.reads_card("Accepted: Cognito sends the sign-up code to sina@example.com.")
    Customer(cognito, pool).enters_sign_up_code("sina", cognito.mailbox.code("sina@example.com"))
    assert pool.holder("sina@example.com") == pool.user("sina")


def test_where_the_older_account_is_gone_by_then_no_lead_is_needed_and_nothing_is_sent(
    floor: Floor, pool: LivePool
) -> None:
    pool.add("older", email="sina@example.com", email_verified=False)
    floor.types("agent", "/cognito-send-code sina")
    floor.form("agent")
    floor.submits("agent")
    floor.reads_card("needs 2 leads")
    pool.delete("older")
    for lead in ("lead1", "lead2"):
        floor.clicks(lead, "Approve…", floor.card)
        floor.modal_says(lead, "older")
        floor.submits(lead)
    floor.reads_card("so it needs no lead")
    assert mails(pool) == 1


def test_where_no_code_can_come_the_account_is_confirmed_instead(floor: Floor, pool: LivePool) -> None:
    pool.configure({"AutoVerifiedAttributes": []})
    floor.types("agent", "/cognito-send-code sina")
    floor.form("agent")
    floor.submits("agent")
    floor.modal_says("agent", "No code can come in this pool. Confirm the account instead.")
    floor.clicks("agent", "Confirm the account")
    floor.form("agent", "Confirm the account")
    floor.submits("agent", reason="Called back on the number on file")
    floor.clicks("lead1", "Approve", floor.reads_card("Needs a lead"))
    floor.reads_card("sina is confirmed and has sina@example.com, verified")
