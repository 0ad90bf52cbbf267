"""/cognito-resend-invitation: who gets a new password by mail, what becomes of the earlier one, and who gets none."""

from dataclasses import replace

import pytest

from bot.answer import Refused
from bot.cognito import User
from bot.plan import Effect, Risk
from tests.commands.paper import ALIAS, EMAIL_LOGIN, Paper, person, planned, written_by

TESS = person("tess", "tess@example.com", status="FORCE_CHANGE_PASSWORD")


def refused(user: User, pool_failure: str = "") -> Refused:
    with pytest.raises(Refused) as error:
        planned("resend-invitation", {"user": "tess"}, Paper(replace(ALIAS, email_failure=pool_failure), user))
    return error.value


def test_it_sends_the_name_and_the_medium_and_nothing_that_could_overwrite_the_account() -> None:
    plan = planned("resend-invitation", {"user": "tess@example.com"}, Paper(ALIAS, TESS))
    (call,) = plan.calls
    assert (call.operation, call.effect) == ("AdminCreateUser", Effect.NEITHER)
    assert call.parameters == {
        "UserPoolId": "us-east-1_Paper",
        "Username": "tess",
        "MessageAction": "RESEND",
        "DesiredDeliveryMediums": ["EMAIL"],
    }
    assert plan.risk is Risk.NORMAL


def test_where_the_address_is_the_user_name_cognito_is_given_that() -> None:
    user = replace(TESS, username=TESS.sub)
    (call,) = planned("resend-invitation", {"user": TESS.sub}, Paper(EMAIL_LOGIN, user)).calls
    assert call.parameters["Username"] == "tess@example.com"


def test_the_card_says_who_gets_it_how_long_it_works_and_that_the_earlier_one_dies() -> None:
    pool = replace(ALIAS, temporary_password_days=3)
    plan = planned("resend-invitation", {"user": "tess"}, Paper(pool, TESS))
    assert [(change.subject.name, change.after, change.readable) for change in plan.changes] == [
        ("tess", "tess@example.com", False)
    ]
    told = " ".join(note.plain() for note in plan.notes)
    assert "to tess@example.com; it works for 3 days. The earlier one stops working as soon as this is sent." in told
    assert "the earlier password works until Jan 4, 2025" in told
    assert plan.tell_customer is not None
    assert "within 3 days" in plan.tell_customer.plain()
    assert not plan.undo
    assert plan.undo_limits is not None
    assert plan.undo_limits.plain().startswith("No undo")


def test_it_may_be_asked_for_while_the_earlier_invitation_is_valid() -> None:
    later = replace(TESS, modified=person("tess", day=4).created)
    plan = planned("resend-invitation", {"user": "tess"}, Paper(ALIAS, later))
    assert any(
        "until Jan 8, 2025, 00:00 UTC at least, and until Jan 12, 2025" in note.plain() for note in plan.notes
    ), [note.plain() for note in plan.notes]


def test_an_address_that_the_desk_wrote_needs_two_leads_who_did_not_ask_for_it() -> None:
    ledger = written_by("U1", address="tess@example.com")
    plan = planned("resend-invitation", {"user": "tess"}, Paper(ALIAS, TESS), ledger)
    assert (plan.risk, plan.authors) == (Risk.HIGH, frozenset({"U1"}))
    assert "The mail lets its reader in, and the desk wrote the address that it goes to" in plan.why_high[0].plain()


def test_where_the_address_is_the_user_name_the_desk_s_own_writing_counts_too() -> None:
    ledger = written_by("U1", address="tess@example.com")
    plan = planned(
        "resend-invitation", {"user": TESS.sub}, Paper(EMAIL_LOGIN, replace(TESS, username=TESS.sub)), ledger
    )
    assert (plan.risk, plan.authors) == (Risk.HIGH, frozenset({"U1"}))


@pytest.mark.parametrize(
    ("status", "said", "ways"),
    [
        ("CONFIRMED", "has chosen a password already", ["check"]),
        ("UNCONFIRMED", "signed up without an invitation", ["send-code", "check"]),
        ("RESET_REQUIRED", "the password has to be reset", ["check"]),
        ("EXTERNAL_PROVIDER", "has no password here", ["check"]),
        ("ARCHIVED", "before the first sign-in", ["check"]),
    ],
)
def test_only_before_the_first_sign_in_is_there_an_invitation_to_send_again(
    status: str, said: str, ways: list[str]
) -> None:
    error = refused(replace(TESS, status=status))
    assert said in str(error)
    assert error.field == "user"
    assert [choice.scenario for choice in error.choices] == ways


def test_where_it_would_not_help_it_is_refused_with_the_way_on() -> None:
    disabled, nowhere = refused(replace(TESS, enabled=False)), refused(person("tess", status="FORCE_CHANGE_PASSWORD"))
    assert "is disabled" in str(disabled)
    assert [choice.scenario for choice in disabled.choices] == ["check"]
    assert "no e-mail address" in str(nowhere)
    assert [choice.scenario for choice in nowhere.choices] == ["change-email"]
    assert "can't send mail at present (SES is paused)" in str(refused(TESS, "SES is paused"))
