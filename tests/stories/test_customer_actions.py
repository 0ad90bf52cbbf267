"""As the customer: codes sent and entered with their own sign-in, from typing the command to re-reading the pool."""

from datetime import timedelta

import pytest

from sandbox.testing import PASSWORD, CognitoServer, LivePool, Message
from tests.stories.floor import Floor, text_of


@pytest.fixture
def ana(pool: LivePool) -> str:
    """Ana, who changed her address and never entered the code."""
    return pool.add("ana", email="ana@example.com", email_verified=False).username


def done(floor: Floor, words: str) -> Message:
    """Wait for an answer in the channel."""
    return floor.slack.wait_for_message(words)


def test_a_code_is_sent_and_entered_by_the_button_under_it(
    floor: Floor, pool: LivePool, cognito: CognitoServer, ana: str
) -> None:
    floor.types("agent", "/cognito-send-code ana@example.com")
    form = floor.form("agent", "Send a new code")
    assert [each.label for each in form.inputs] == ["Access token", "Password"]
    assert "Easiest: ask the customer to choose verify e-mail in the app" in text_of(form)
    floor.submits("agent", token=pool.token(ana))
    floor.modal_says("agent", "Sent")
    sent = done(floor, "Cognito sent a code to a***@e***")
    assert "(valid 24 hours)" in sent.text
    floor.reads_thread("No lead was needed", sent)

    floor.clicks("agent", "Enter the code", sent)
    form = floor.form("agent", "Enter a code")
    assert [each.label for each in form.inputs] == ["Code", "Access token", "Password"]
    floor.submits("agent", code=cognito.mailbox.code("ana@example.com"), token=pool.token(ana))
    entered = done(floor, "ana@example.com is verified for ana")
    floor.reads_thread("email_verified is true now", entered)
    floor.reads_thread("Tell the customer", entered)
    assert pool.user(ana).email_verified


def test_with_the_password_and_an_expired_code_a_new_one_is_sent_and_entered(
    floor: Floor, pool: LivePool, cognito: CognitoServer, ana: str
) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    done(floor, "Cognito sent a code")
    old = cognito.mailbox.code("ana@example.com")
    cognito.clock.forward(timedelta(hours=25))

    floor.types("agent", "/cognito-enter-code ana")
    floor.form("agent")
    floor.submits("agent", code=old, password=PASSWORD)
    floor.modal_says("agent", "The code is too old or was used already")
    floor.clicks("agent", "Send a new code")
    floor.form("agent", "Send a new code")
    floor.submits("agent", password=PASSWORD)
    floor.slack.wait_for(lambda: cognito.mailbox.code("ana@example.com") != old)
    floor.slack.wait_for(lambda: len(floor.roots) == 2)

    floor.clicks("agent", "Enter the code", floor.roots[-1])
    floor.form("agent", "Enter a code")
    floor.submits("agent", code=cognito.mailbox.code("ana@example.com"), password=PASSWORD)
    done(floor, "ana@example.com is verified for ana")
    assert pool.user(ana).email_verified


def test_the_address_is_changed_as_the_customer_and_the_code_from_the_mailbox_entered(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    pool.add("ana", email="ana@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ana")
    floor.form("agent")
    floor.submits(
        "agent",
        email="new@example.org",
        how="As the customer",
        token=pool.token("ana"),
    )
    sent = done(floor, "Cognito sent a code to n***@e***")
    assert pool.user("ana").email == "new@example.org"
    assert not pool.user("ana").email_verified

    floor.clicks("agent", "Enter the code", sent)
    floor.form("agent", "Enter a code")
    floor.submits("agent", code=cognito.mailbox.code("new@example.org"), token=pool.token("ana"))
    done(floor, "new@example.org is verified for ana")
    assert pool.user("ana").email_verified
    assert floor.cards == []


@pytest.mark.parametrize(
    ("factor", "label", "contact"),
    [
        ("SMS_MFA", "Code from the text message", "+15550100"),
        ("EMAIL_OTP", "Code from the sign-in mail", "ana@example.com"),
        ("SOFTWARE_TOKEN_MFA", "Code from the authenticator app", ""),
    ],
)
def test_a_second_factor_is_asked_for_in_the_same_modal(
    floor: Floor, pool: LivePool, cognito: CognitoServer, factor: str, label: str, contact: str
) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False, phone="+15550100", mfa=[factor])
    floor.types("agent", "/cognito-send-code ana")
    first = floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    step = floor.modal_says("agent", label)
    assert step.id == first.id
    assert [each.label for each in step.inputs] == [label]
    assert PASSWORD not in str(step.content)

    digits = cognito.mailbox.code(contact) if contact else pool.authenticator_code("ana")
    floor.submits("agent", answer=f"{(int(digits) + 1) % 10**6:06}")
    floor.modal_says("agent", "⚠️")
    floor.submits("agent", answer=digits)
    done(floor, "Cognito sent a code to a***@e***")
    assert "challenged" in floor.audited


def test_a_first_password_is_replaced_on_the_way(floor: Floor, pool: LivePool) -> None:
    pool.add("tess", email="tess@example.com", email_verified=False, status="FORCE_CHANGE_PASSWORD")
    floor.types("agent", "/cognito-send-code tess")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    floor.modal_says("agent", "New password")
    floor.submits("agent", answer="Another-1!")
    done(floor, "Cognito sent a code to t***@e***")
    assert pool.user("tess").status == "CONFIRMED"


def test_a_token_of_another_user_sends_nothing_and_is_audited(floor: Floor, pool: LivePool, ana: str) -> None:
    pool.add("eve", email="eve@example.com", email_verified=False)
    before = len(pool.mail)
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", token=pool.token("eve"))
    form = floor.modal_says("agent", "This is the sign-in of another user than ana, so nothing was sent.")
    assert [each.label for each in form.inputs] == ["Access token", "Password"]
    assert len(pool.mail) == before
    assert floor.is_silent()
    (row,) = floor.audit()
    assert (row["event"], row["person"], row["ticket"]) == ("refused", "U0AGENT", None)
    assert row["detail"]["user"] == ana
    assert "eyJ" not in str(row)


def test_a_token_of_another_pool_sends_nothing_and_is_audited(
    floor: Floor, pool: LivePool, cognito: CognitoServer, ana: str
) -> None:
    other = cognito.pools.create("other")
    other.add("ana", email="ana@example.com", email_verified=False)
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", token=other.token(ana))
    floor.modal_says("agent", "This token is of another pool than prod, so nothing was sent.")
    assert floor.audited == ["refused"]
    assert not pool.mail
    assert not other.mail


def test_in_pending_mode_the_desk_says_that_the_code_went_to_the_old_address(
    floor: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    settings = {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}
    pool.configure(settings)
    pool.add("pia", email="pia@example.com", email_verified=True)
    pool.change_own("pia", {"email": "new@example.org"})
    floor.types("agent", "/cognito-send-code pia")
    floor.form("agent")
    floor.submits("agent", token=pool.token("pia"))
    sent = done(floor, "Cognito sent a code to p***@e***")
    floor.reads_thread("which is pia@example.com", sent)
    floor.reads_thread("have the change made once more with the new address", sent)

    floor.types("agent", "/cognito-change-email pia")
    floor.form("agent")
    floor.submits("agent", email="new@example.org", how="As the customer", token=pool.token("pia"))
    done(floor, "Cognito sent a code to n***@e***")
    floor.types("agent", "/cognito-enter-code pia")
    floor.form("agent")
    floor.submits("agent", code=cognito.mailbox.code("new@example.org"), token=pool.token("pia"))
    done(floor, "new@example.org is verified for pia")
    assert pool.user("pia").email == "new@example.org"


def test_a_code_sent_by_a_request_that_slack_delivers_twice_is_sent_once(
    floor: Floor, pool: LivePool, ana: str
) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    sent = floor.slack.submits("agent", {"token": pool.token(ana)})
    assert sent is not None
    floor.server.sockets.redeliver(sent)
    done(floor, "Cognito sent a code")
    floor.quiet()
    assert len(pool.mail) == 1
    assert len(floor.roots) == 1


def waits_for_a_factor(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", email_verified=False, mfa=["SOFTWARE_TOKEN_MFA"])
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    floor.modal_says("agent", "Code from the authenticator app")


def test_after_a_restart_a_sign_in_has_to_start_again(floor: Floor, pool: LivePool) -> None:
    waits_for_a_factor(floor, pool)
    floor.closes()
    floor.opens()
    floor.submits("agent", answer=pool.authenticator_code("ana"))
    floor.modal_says("agent", "Nothing was sent; please start again.")
    assert not pool.mail


def test_an_answer_that_slack_delivers_twice_counts_once(floor: Floor, pool: LivePool) -> None:
    waits_for_a_factor(floor, pool)
    sent = floor.slack.submits("agent", {"answer": pool.authenticator_code("ana")})
    assert sent is not None
    floor.server.sockets.redeliver(sent)
    done(floor, "Cognito sent a code")
    floor.modal_says("agent", "Sent")
    floor.quiet()
    assert len(pool.mail) == 1
    assert [call.operation for call in pool.calls].count("RespondToAuthChallenge") == 1


def test_a_form_that_was_closed_meanwhile_leaves_its_answer_in_the_channel(
    floor: Floor, pool: LivePool, cognito: CognitoServer, ana: str
) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    gate = cognito.faults.hold("GetUserAttributeVerificationCode", times=1)
    floor.submits("agent", token=pool.token(ana))
    floor.slack.closes("agent")
    gate.open()
    done(floor, "Cognito sent a code to a***@e***")


def test_a_refusal_reaches_the_person_who_has_closed_the_form(
    floor: Floor, pool: LivePool, cognito: CognitoServer, ana: str
) -> None:
    floor.types("agent", "/cognito-send-code ana")
    floor.form("agent")
    gate = cognito.faults.hold("InitiateAuth", times=1)
    floor.submits("agent", password="Wrong-1!")
    floor.slack.closes("agent")
    gate.open()
    floor.told("agent", "User name and password don't fit.")
    assert pool.mail == ()


def test_an_address_that_was_changed_as_the_customer_needs_two_leads_to_be_marked_as_verified(
    floor: Floor, pool: LivePool
) -> None:
    pool.add("ana", email="ana@example.com", email_verified=True)
    floor.types("agent", "/cognito-change-email ana")
    floor.form("agent")
    floor.submits("agent", email="new@example.org", how="As the customer", password=PASSWORD)
    done(floor, "Cognito sent a code to n***@e***")
    card = floor.asks("/cognito-verify-email ana")
    assert "needs 2 leads" in card.text
    assert "The desk wrote this address to the account (<@U0AGENT> asked)" in card.text
