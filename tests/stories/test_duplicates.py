"""Signing up with somebody else's address: refused with the owner named, or moved by two leads and a code."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.testing import PASSWORD, CognitoServer, Contested, Envelope, LivePool, Message
from tests.stories.floor import Floor, settings_for, workspace

MOVE = "Move the e-mail to this account"


@pytest.fixture
def dora(pool: LivePool) -> str:
    """Dora, who owns the address."""
    return pool.add("dora", email="dora@example.com", email_verified=True).username


@pytest.fixture(autouse=True)
def _uncontested(cognito: CognitoServer) -> Iterator[None]:
    yield
    cognito.contested = Contested()


def signs_up(floor: Floor) -> Message:
    """Sign somebody up with Dora's address."""
    floor.types("agent", "/cognito-sign-up dora.new")
    floor.form("agent", "Sign someone up")
    floor.submits("agent", email="dora@example.com")
    return floor.slack.wait_for_message("dora.new is signed up")


def both_agree(floor: Floor) -> None:
    """Let two leads confirm what the newest card says."""
    for lead in ("lead1", "lead2"):
        floor.clicks(lead, "Approve…", floor.card)
        floor.modal_says(lead, "LOSES")
        floor.submits(lead)
        floor.modal_says(lead, "Your approval counts.")


def moves(floor: Floor) -> Message:
    """Ask for the address to be moved, have two leads agree, and wait for the code."""
    card = floor.asks("/cognito-confirm-sign-up dora.new", taken=MOVE)
    assert "needs 2 leads" in card.text
    assert "dora · verified: yes → no · LOSES it" in card.text
    assert "ConfirmSignUp(dora.new, ForceAliasCreation=true)" in card.text
    both_agree(floor)
    floor.reads_thread("please press Enter the code on the card once the customer has it")
    return floor.reads_card("Waits for <@U0AGENT> to enter the customer's code")


def enters(floor: Floor, code: str, *, person: str = "agent", **credential: str) -> Envelope:
    floor.clicks(person, "Enter the code", floor.card)
    floor.form(person, "Enter the code")
    sent = floor.submits(person, code=code, **credential)
    assert sent
    return sent


def test_the_owner_is_named_at_the_sign_up_and_again_when_the_code_is_refused(
    floor: Floor, pool: LivePool, cognito: CognitoServer, dora: str
) -> None:
    signed = signs_up(floor)
    assert "Cognito sent a code to d***@e***" in signed.text
    floor.reads_thread("dora (created", signed)

    floor.clicks("agent", "Enter the code", signed)
    floor.form("agent", "Confirm a sign-up")
    floor.submits("agent", code=cognito.mailbox.code("dora@example.com"))
    floor.modal_says("agent", "owns dora@example.com, so Cognito refused the code. Nothing was changed")
    assert pool.user("dora.new").status == "UNCONFIRMED"
    assert pool.user(dora).email_verified
    assert "AliasExistsException" in [call.outcome for call in pool.calls]


def test_two_leads_let_the_address_move_and_a_wrong_code_keeps_their_approval(
    floor: Floor, pool: LivePool, cognito: CognitoServer, dora: str
) -> None:
    signs_up(floor)
    moves(floor)
    code = cognito.mailbox.code("dora@example.com")

    entered = enters(floor, "000000")
    floor.modal_says("agent", "The code is on its way to Cognito.")
    floor.reads_thread("That code is wrong.")
    floor.reads_thread("The approval stands: press Enter the code once more.")
    floor.server.sockets.redeliver(entered)
    floor.slack.wait_for(lambda: len(entered.connections) == 2)
    assert pool.user("dora.new").status == "UNCONFIRMED"

    enters(floor, code)
    floor.reads_card("Done")
    floor.reads_thread("dora.new, verified: yes · dora, verified: no")
    assert (pool.user("dora.new").status, pool.user("dora.new").email_verified) == ("CONFIRMED", True)
    assert not pool.user(dora).email_verified
    assert floor.audited.count("approved") == 2
    # Entered twice, although one of them was delivered twice.
    assert [call.operation for call in pool.calls].count("ConfirmSignUp") == 2
    assert code not in str(floor.audit())


def test_only_the_one_who_asked_enters_the_code(floor: Floor, dora: str) -> None:
    assert dora
    signs_up(floor)
    moves(floor)
    floor.clicks("lead1", "Enter the code", floor.card)
    floor.told("lead1", "Only <@U0AGENT>, who asked for this, can enter the code.")


def test_a_request_that_waits_for_its_code_can_be_withdrawn(floor: Floor, pool: LivePool, dora: str) -> None:
    signs_up(floor)
    moves(floor)
    floor.clicks("agent", "Withdraw", floor.card)
    floor.reads_card("Withdrawn")
    assert pool.user(dora).email_verified


@pytest.mark.parametrize("contested", ["migrates", "alias_exists"])
def test_a_code_that_would_take_an_address_waits_for_two_leads_and_then_tells_what_cognito_did(
    floor: Floor, pool: LivePool, cognito: CognitoServer, contested: str, dora: str
) -> None:
    cognito.contested = replace(cognito.contested, verify_on_taken_alias=contested)  # type: ignore[arg-type] # one of its two values
    pool.add("dora.old", email="dora@example.com", email_verified=False)
    floor.types("agent", "/cognito-send-code dora.old")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    sent = floor.slack.wait_for_message("Cognito sent a code")
    floor.reads_thread("dora owns dora@example.com now", sent)
    code = cognito.mailbox.code("dora@example.com")

    floor.clicks("agent", "Enter the code", sent)
    floor.form("agent", "Enter a code")
    floor.submits("agent", code=code, password=PASSWORD)
    floor.modal_says("agent", "Asked")
    card = floor.reads_card("LOSES it")
    assert "If it refuses, nothing changes." in card.text
    assert pool.user(dora).email_verified
    both_agree(floor)
    floor.reads_card("Waits for <@U0AGENT>")

    enters(floor, code, token=pool.token(dora))
    floor.modal_says("agent", "This is the sign-in of another user than dora.old, so nothing was sent.")
    refused = floor.audit()[-1]
    assert (refused["event"], refused["person"]) == ("refused", "U0AGENT")
    assert refused["detail"]["tried"] == "enter code"
    floor.submits("agent", code=code, password=PASSWORD)
    if contested == "migrates":
        floor.reads_card("Done")
        assert pool.user("dora.old").email_verified
        assert not pool.user(dora).email_verified
    else:
        floor.reads_card("Another account already owns this address.")
        assert pool.user(dora).email_verified
    told = str(floor.audit())
    assert code not in told
    assert PASSWORD not in told


def stops_at_the_second_factor(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    """Go from a new code to the approved request whose sign-in asks for one more thing."""
    pool.add("dora.old", email="dora@example.com", email_verified=False, mfa=["SOFTWARE_TOKEN_MFA"])
    token = pool.token("dora.old")
    floor.types("agent", "/cognito-send-code dora.old")
    floor.form("agent")
    floor.submits("agent", token=token)
    sent = floor.slack.wait_for_message("Cognito sent a code")
    floor.clicks("agent", "Enter the code", sent)
    floor.form("agent")
    floor.submits("agent", code="later")
    floor.reads_card("LOSES it")
    both_agree(floor)
    floor.reads_card("Waits for")

    enters(floor, cognito.mailbox.code("dora@example.com"), password=PASSWORD)
    floor.modal_says("agent", "Code from the authenticator app")


def test_a_second_factor_is_asked_for_when_the_code_is_entered_too(
    floor: Floor, pool: LivePool, cognito: CognitoServer, dora: str
) -> None:
    stops_at_the_second_factor(floor, pool, cognito)
    floor.submits("agent", answer=pool.authenticator_code("dora.old"))
    floor.reads_card("Done")
    assert pool.user("dora.old").email_verified
    assert not pool.user(dora).email_verified


def test_a_request_that_was_denied_meanwhile_signs_nobody_in(
    floor: Floor, pool: LivePool, cognito: CognitoServer, dora: str
) -> None:
    stops_at_the_second_factor(floor, pool, cognito)
    floor.clicks("lead1", "Deny", floor.card)
    floor.form("lead1", "Deny")
    floor.submits("lead1", reason="It is somebody else")
    floor.reads_card("Denied")
    floor.submits("agent", answer=pool.authenticator_code("dora.old"))
    floor.modal_says("agent", "was faster: denied at")
    assert "RespondToAuthChallenge" not in [call.operation for call in pool.calls]
    assert pool.user(dora).email_verified


def test_time_runs_on_while_the_code_is_awaited(floor: Floor, pool: LivePool, dora: str) -> None:
    floor.closes()
    floor.timings = replace(floor.timings, sweep=0.1)
    floor.opens()
    signs_up(floor)
    moves(floor)
    floor.time_passes(hours=4.1)
    floor.reads_card("⌛ No")
    assert pool.user(dora).email_verified


def test_an_app_client_with_a_secret_works_throughout(cognito: CognitoServer, tmp_path: Path) -> None:
    shop = cognito.pools.create("shop", client_secret=True)
    shop.add("dora", email="dora@example.com", email_verified=True)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"shop": shop}, tmp_path / "desk.db"))
        floor.opens()
        signs_up(floor)
        moves(floor)
        enters(floor, cognito.mailbox.code("dora@example.com"))
        floor.reads_card("Done")
        floor.types("agent", "/cognito-send-code dora")
        floor.form("agent")
        floor.submits("agent", password=PASSWORD)
        floor.slack.wait_for_message("Cognito sent a code to d***@e***")
        floor.closes()
    assert shop.client_secret not in (tmp_path / "desk.db").read_bytes().decode("latin-1")
