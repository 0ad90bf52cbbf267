"""/cognito-confirm-sign-up: finish a sign-up, be told who owns the address, or have two leads decide that it moves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.answer import Refused
from bot.aws.failure import CallFailed
from bot.plan import Plan, Risk
from bot.slack import forms
from bot.tickets.verification import VerificationResult, find
from tests.commands.conftest import Open
from tests.commands.customer_actions import CustomerActions, told
from tests.commands.paper import ALIAS, SCENARIOS, Paper, person, run

STOP, MOVE = "Stop and tell me", "Move the e-mail to this account"
REASON = "Knew the old invoice number"


def signed_up(customer_actions: CustomerActions, name: str = "nina") -> str:
    username = "nina@example.com" if customer_actions.pool.name == "login" else name
    customer_actions.answer("sign-up", username=username, email="nina@example.com")
    return customer_actions.code("nina@example.com")


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain", "keeps"])
def test_the_code_finishes_the_sign_up_and_verifies_the_address(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    code = signed_up(customer_actions)
    answer = customer_actions.answer("confirm-sign-up", user="nina@example.com", code=code)
    (nina,) = customer_actions.pool.users
    assert (nina.status, nina.email_verified) == ("CONFIRMED", True)
    assert f"{nina.username} is signed up, and nina@example.com is verified" == answer.headline.plain()
    assert "email_verified is true now" in told(answer)
    (confirmed,) = (call for call in customer_actions.pool.calls if call.operation == "ConfirmSignUp")
    assert confirmed.parameters["ForceAliasCreation"] is False


@pytest.mark.parametrize("burns", [False, True])
def test_if_somebody_owns_the_address_they_are_named_and_nothing_changes(
    customer_actions: CustomerActions, burns: bool
) -> None:
    customer_actions.server.contested = replace(
        customer_actions.server.contested, refused_confirmation_burns_code=burns
    )
    customer_actions.pool.add("dora", email="nina@example.com", email_verified=True)
    code = signed_up(customer_actions)
    refused = customer_actions.refused("confirm-sign-up", user="nina", taken=STOP, code=code)
    assert "dora (created" in str(refused)
    assert "owns nina@example.com, so Cognito refused the code. Nothing was changed" in str(refused)
    assert "choose “Move the e-mail to this account” below" in str(refused)
    assert customer_actions.pool.user("nina").status == "UNCONFIRMED"
    assert customer_actions.pool.user("dora").email_verified


def test_moving_is_a_plan_that_names_who_loses_the_address(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("dora", email="nina@example.com", email_verified=True)
    signed_up(customer_actions)
    before = customer_actions.sent
    plan = customer_actions.run("confirm-sign-up", user="nina", taken=MOVE, reason=REASON)
    assert isinstance(plan, Plan)
    assert customer_actions.sent == before
    assert plan.risk is Risk.HIGH
    (call,) = plan.calls
    assert call.parameters == {
        "ClientId": customer_actions.pool.client_id,
        "Username": "nina",
        "ForceAliasCreation": True,
    }
    assert call.secrets == ("ConfirmationCode",)
    assert [change.subject.name for change in plan.changes if change.loses] == ["dora"]
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(dora, email_verified=true)"]


@pytest.mark.parametrize("kind", ["alias", "secret"])
def test_the_plan_is_carried_out_with_the_right_code_only(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    customer_actions.pool.add("dora", email="nina@example.com", email_verified=True)
    code = signed_up(customer_actions)
    plan = customer_actions.run("confirm-sign-up", user="nina", taken=MOVE, reason=REASON)
    assert isinstance(plan, Plan)
    (call,) = plan.calls
    with pytest.raises(CallFailed, match="CodeMismatchException"):
        customer_actions.gateway.send(kind, call, secrets={"ConfirmationCode": SecretStr("000000")})
    assert find(customer_actions.gateway.directory(kind), plan, call) is VerificationResult.INTACT
    customer_actions.gateway.send(kind, call, secrets={"ConfirmationCode": SecretStr(code)})
    assert find(customer_actions.gateway.directory(kind), plan, call) is VerificationResult.REACHED
    assert not customer_actions.pool.user("dora").email_verified


def test_made_anew_without_a_code_the_plan_is_the_same() -> None:
    nina = person("nina", "nina@example.com", status="UNCONFIRMED")
    dora = person("dora", "nina@example.com", verified=True)
    form = {"user": "nina", "taken": MOVE, "reason": REASON}
    assert isinstance(run("confirm-sign-up", form, Paper(ALIAS, nina, dora)), Plan)
    with pytest.raises(Refused, match="Nobody else owns") as error:
        run("confirm-sign-up", form, Paper(ALIAS, nina))
    assert error.value.field == "taken"


def test_an_old_code_leads_to_a_new_one(customer_actions: CustomerActions) -> None:
    code = signed_up(customer_actions)
    customer_actions.server.clock.forward(timedelta(hours=25))
    refused = customer_actions.refused("confirm-sign-up", user="nina", code=code)
    assert refused.field == "code"
    assert [choice.scenario for choice in refused.choices] == ["send-code"]
    customer_actions.answer("send-code", user="nina")
    customer_actions.answer("confirm-sign-up", user="nina", code=customer_actions.code("nina@example.com"))


def test_a_lost_answer_is_settled_by_reading(customer_actions: CustomerActions) -> None:
    code = signed_up(customer_actions)
    customer_actions.server.faults.lose_answer("ConfirmSignUp")
    assert "nina is signed up" in customer_actions.answer("confirm-sign-up", user="nina", code=code).headline.plain()
    assert customer_actions.sent.count("ConfirmSignUp") == 1


def test_a_code_that_went_to_the_telephone_verifies_no_address(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email", "phone_number"]})
    customer_actions.pool.add("phil", email="phil@example.com", phone="+15550100", status="UNCONFIRMED")
    customer_actions.answer("send-code", user="phil")
    moving = customer_actions.refused("confirm-sign-up", user="phil", taken=MOVE, reason=REASON)
    answer = customer_actions.answer("confirm-sign-up", user="phil", code=customer_actions.code("+15550100"))
    customer_actions.pool.configure({"AutoVerifiedAttributes": ["email"]})
    assert moving.field == "taken"
    assert answer.headline.plain() == "phil is signed up; the e-mail address is not verified by that"
    assert "The code had gone to the telephone" in told(answer)


def test_a_finished_sign_up_has_no_code_to_enter(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=False)
    refused = customer_actions.refused("confirm-sign-up", user="ana", code="123456")
    assert [choice.scenario for choice in refused.choices] == ["enter-code"]
    assert customer_actions.sent == []


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"taken": STOP}, {"code"}),
        ({"taken": MOVE}, {"proof", "reason"}),
        ({"taken": MOVE, "proof": "other", "reason": "x"}, {"reason"}),
    ],
)
def test_each_way_asks_for_what_it_needs(form: dict[str, str], fields: set[str]) -> None:
    _, errors = forms.submitted(SCENARIOS["confirm-sign-up"], {"user": "nina", **form})
    assert errors.keys() == fields
