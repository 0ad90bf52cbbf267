"""/cognito-confirm-account: two calls that finish a sign-up, who stands on the card, and whose sign-up isn't open."""

from dataclasses import replace

import pytest

from bot.answer import Refused
from bot.cognito import Pool, Provider, User
from bot.plan import Effect, Plan, Risk, Written
from bot.tickets.verification import VerificationResult, find
from tests.commands.paper import ALIAS, EMAIL_LOGIN, PLAIN, Paper, PaperLedger, person, planned

SINA = person("sina", "sina@example.com", status="UNCONFIRMED")
SILENT = replace(ALIAS, auto_verified=frozenset())
DONE = replace(SINA, status="CONFIRMED")


def confirmed(*others: User, user: User = SINA, pool: Pool = SILENT, ledger: PaperLedger | None = None) -> Plan:
    return planned("confirm-account", {"user": "sina"}, Paper(pool, user, *others), ledger)


def refused(user: User) -> Refused:
    with pytest.raises(Refused) as error:
        confirmed(user=user)
    assert error.value.field == "user"
    return error.value


def told(plan: Plan) -> str:
    return " ".join(note.plain() for note in plan.notes)


def test_it_confirms_first_and_sets_the_flag_second() -> None:
    plan = confirmed()
    first, second = plan.calls
    assert (first.operation, first.effect) == ("AdminConfirmSignUp", Effect.READABLE)
    assert first.parameters == {"UserPoolId": "us-east-1_Paper", "Username": "sina"}
    assert second.shown == "AdminUpdateUserAttributes(sina, email_verified=true)"
    assert [(each.what, each.before, each.after) for each in plan.changes] == [
        ("UserStatus", "UNCONFIRMED", "CONFIRMED"),
        ("email_verified", "false", "true"),
    ]
    assert (plan.risk, plan.undo) == (Risk.NORMAL, ())
    assert plan.undo_limits is not None
    assert "can't take a confirmation back" in plan.undo_limits.plain()


def test_each_call_is_settled_alone() -> None:
    plan = confirmed()
    first, second = plan.calls
    between = Paper(SILENT, DONE)
    assert find(Paper(SILENT, SINA), plan, first) is VerificationResult.INTACT
    assert find(between, plan, first) is VerificationResult.REACHED
    assert find(between, plan, second) is VerificationResult.INTACT
    verified = replace(DONE, attributes={**DONE.attributes, "email_verified": "true"})
    assert find(Paper(SILENT, verified), plan, second) is VerificationResult.REACHED


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (person("sina", status="UNCONFIRMED"), "the customer signs in with the user name"),
        (person("sina", "sina@example.com", verified=True, status="UNCONFIRMED"), ""),
    ],
)
def test_where_there_is_no_address_or_it_is_verified_already_the_first_call_is_all(user: User, said: str) -> None:
    plan = confirmed(user=user)
    assert [call.operation for call in plan.calls] == ["AdminConfirmSignUp"]
    assert [each.what for each in plan.changes] == ["UserStatus"]
    assert said in told(plan)
    assert plan.tell_customer is not None
    assert ("the user name sina" in plan.tell_customer.plain()) is not bool(user.email)


def test_the_owner_of_the_address_loses_it_and_two_leads_are_needed() -> None:
    plan = confirmed(person("old", "sina@example.com", verified=True))
    assert plan.risk is Risk.HIGH
    assert [each.subject.name for each in plan.changes if each.loses] == ["old"]
    assert plan.summary.plain() == "take sina@example.com from old, give it to sina and confirm the account"
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(old, email_verified=true)"]


@pytest.mark.parametrize("pool", [SILENT, replace(PLAIN, auto_verified=frozenset())])
@pytest.mark.parametrize("flag", [False, True])
def test_everybody_else_who_has_the_address_stands_on_the_card(pool: Pool, flag: bool) -> None:
    other = person("old", "Sina@example.com")
    sina = person("sina", "sina@example.com", verified=flag, status="UNCONFIRMED")
    plan = confirmed(other, user=sina, pool=pool)
    assert plan.risk is Risk.HIGH
    assert [each.plain() for each in plan.why_high] == [
        "sina@example.com is the address of somebody else too: old (confirmed, not verified, created Jan 1, 2025)."
    ]


@pytest.mark.parametrize("flag", [False, True])
def test_the_agent_who_signed_the_customer_up_has_to_be_approved_by_others(flag: bool) -> None:
    ledger = PaperLedger(Written(address="sina@example.com", authors=frozenset({"U1"}), signed_up=True))
    sina = person("sina", "sina@example.com", verified=flag, status="UNCONFIRMED")
    plan = confirmed(user=sina, ledger=ledger)
    assert (plan.risk, plan.authors) == (Risk.HIGH, frozenset({"U1"}))
    assert "The desk wrote this address to the account (U1 asked)" in plan.why_high[0].plain()


def test_a_function_of_the_pools_that_runs_by_it_is_named() -> None:
    plan = confirmed(pool=replace(SILENT, triggers={"PostConfirmation": "arn:aws:lambda:::function:welcome"}))
    assert "PostConfirmation: arn:aws:lambda:::function:welcome" in told(plan)
    assert "PostConfirmation" not in told(confirmed())


def test_where_a_code_could_come_the_leads_are_told_that_it_would_prove_more() -> None:
    assert "A code proves that the mailbox is theirs; this does not." in told(confirmed(pool=ALIAS))
    assert "A code proves" not in told(confirmed(pool=SILENT))
    assert "A code proves" not in told(confirmed(pool=replace(ALIAS, email_failure="paused")))


def test_the_customer_is_told_of_forgot_password_only_where_it_goes_by_e_mail() -> None:
    by_mail, by_phone = (
        confirmed(pool=replace(SILENT, recovery=ways)).tell_customer for ways in ((), ("verified_phone_number",))
    )
    assert by_mail is not None
    assert by_phone is not None
    assert "choose “forgot password”" in by_mail.plain()
    assert "forgot" not in by_phone.plain()


def test_only_where_an_address_can_move_must_a_lost_flag_be_looked_up_before_it_is_sent_again() -> None:
    assert confirmed(pool=ALIAS).calls[1].effect is Effect.READABLE
    assert confirmed(pool=EMAIL_LOGIN).calls[1].effect is Effect.SETTABLE


@pytest.mark.parametrize(
    ("user", "said", "ways"),
    [
        (replace(SINA, enabled=False), "nobody can sign in to it", ["check"]),
        (replace(SINA, status="FORCE_CHANGE_PASSWORD"), "An invitation helps", ["resend-invitation", "check"]),
        (DONE, "is confirmed already", ["verify-email", "check"]),
        (person("sina", "sina@example.com", verified=True), "is finished already (CONFIRMED)", ["check"]),
        (replace(SINA, status="RESET_REQUIRED"), "is finished already (RESET_REQUIRED)", ["check"]),
    ],
)
def test_whose_sign_up_is_not_open_is_refused_with_the_way_on(user: User, said: str, ways: list[str]) -> None:
    error = refused(user)
    assert said in str(error)
    assert [choice.scenario for choice in error.choices] == ways


def test_where_a_provider_writes_the_address_it_confirms_alone() -> None:
    linked = person("sina", "sina@example.com", status="UNCONFIRMED", through="Okta")
    okta = Provider(name="Okta", type="OIDC", mapping={"email": "email"})
    plan = planned("confirm-account", {"user": "sina"}, Paper(SILENT, linked, providers=[okta]))
    assert [call.operation for call in plan.calls] == ["AdminConfirmSignUp"]
    assert [change.what for change in plan.changes] == ["UserStatus"]
