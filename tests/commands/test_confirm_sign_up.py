"""/cognito-confirm-sign-up: finish a sign-up, be told who owns the address, or have two leads decide that it moves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from bot.aws.failure import CallFailed
from bot.plan import Plan, Refused, Risk
from bot.tickets.reread import Finding, find
from tests.commands.conftest import Open
from tests.commands.errands import Errands, told
from tests.commands.paper import ALIAS, SCENARIOS, Paper, person, run

STOP, MOVE = "Stop and tell me", "Move the e-mail to this account"
REASON = "Knew the old invoice number"


def signed_up(errands: Errands, name: str = "nina") -> str:
    username = "nina@example.com" if errands.pool.name == "login" else name
    errands.answer("sign-up", username=username, email="nina@example.com")
    return errands.code("nina@example.com")


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain", "keeps"])
def test_the_code_finishes_the_sign_up_and_verifies_the_address(errands_in: Open, kind: str) -> None:
    errands = errands_in(kind)
    code = signed_up(errands)
    answer = errands.answer("confirm-sign-up", user="nina@example.com", code=code)
    (nina,) = errands.pool.users
    assert (nina.status, nina.email_verified) == ("CONFIRMED", True)
    assert f"{nina.username} is signed up, and nina@example.com is verified" == answer.headline.plain()
    assert "email_verified is true now" in told(answer)
    (confirmed,) = (call for call in errands.pool.calls if call.operation == "ConfirmSignUp")
    assert confirmed.parameters["ForceAliasCreation"] is False


@pytest.mark.parametrize("burns", [False, True])
def test_if_somebody_owns_the_address_they_are_named_and_nothing_changes(errands: Errands, burns: bool) -> None:
    errands.server.contested = replace(errands.server.contested, refused_confirmation_burns_code=burns)
    errands.pool.add("dora", email="nina@example.com", email_verified=True)
    code = signed_up(errands)
    refused = errands.refused("confirm-sign-up", user="nina", taken=STOP, code=code)
    assert "dora (created" in str(refused)
    assert "owns nina@example.com, so Cognito refused the code. Nothing was changed" in str(refused)
    assert "choose “Move the e-mail to this account” below" in str(refused)
    assert errands.pool.user("nina").status == "UNCONFIRMED"
    assert errands.pool.user("dora").email_verified


def test_moving_is_a_plan_that_names_who_loses_the_address(errands: Errands) -> None:
    errands.pool.add("dora", email="nina@example.com", email_verified=True)
    signed_up(errands)
    before = errands.sent
    plan = errands.run("confirm-sign-up", user="nina", taken=MOVE, reason=REASON)
    assert isinstance(plan, Plan)
    assert errands.sent == before
    assert plan.risk is Risk.HIGH
    (call,) = plan.calls
    assert call.parameters == {
        "ClientId": errands.pool.client_id,
        "Username": "nina",
        "ForceAliasCreation": True,
    }
    assert call.secrets == ("ConfirmationCode",)
    assert [change.subject.name for change in plan.changes if change.loses] == ["dora"]
    assert [call.shown for call in plan.undo] == ["AdminUpdateUserAttributes(dora, email_verified=true)"]


@pytest.mark.parametrize("kind", ["alias", "secret"])
def test_the_plan_is_carried_out_with_the_right_code_only(errands_in: Open, kind: str) -> None:
    errands = errands_in(kind)
    errands.pool.add("dora", email="nina@example.com", email_verified=True)
    code = signed_up(errands)
    plan = errands.run("confirm-sign-up", user="nina", taken=MOVE, reason=REASON)
    assert isinstance(plan, Plan)
    (call,) = plan.calls
    with pytest.raises(CallFailed, match="CodeMismatchException"):
        errands.gateway.send(kind, call, secrets={"ConfirmationCode": SecretStr("000000")})
    assert find(errands.gateway.directory(kind), plan, call) is Finding.INTACT
    errands.gateway.send(kind, call, secrets={"ConfirmationCode": SecretStr(code)})
    assert find(errands.gateway.directory(kind), plan, call) is Finding.REACHED
    assert not errands.pool.user("dora").email_verified


def test_made_anew_without_a_code_the_plan_is_the_same() -> None:
    nina = person("nina", "nina@example.com", status="UNCONFIRMED")
    dora = person("dora", "nina@example.com", verified=True)
    form = {"user": "nina", "taken": MOVE, "reason": REASON}
    assert isinstance(run("confirm-sign-up", form, Paper(ALIAS, nina, dora)), Plan)
    with pytest.raises(Refused, match="Nobody else owns") as error:
        run("confirm-sign-up", form, Paper(ALIAS, nina))
    assert error.value.field == "taken"


def test_an_old_code_leads_to_a_new_one(errands: Errands) -> None:
    code = signed_up(errands)
    errands.server.clock.forward(timedelta(hours=25))
    refused = errands.refused("confirm-sign-up", user="nina", code=code)
    assert refused.field == "code"
    assert [choice.scenario for choice in refused.choices] == ["send-code"]
    errands.answer("send-code", user="nina")
    errands.answer("confirm-sign-up", user="nina", code=errands.code("nina@example.com"))


def test_a_lost_answer_is_settled_by_reading(errands: Errands) -> None:
    code = signed_up(errands)
    errands.server.faults.lose_answer("ConfirmSignUp")
    assert "nina is signed up" in errands.answer("confirm-sign-up", user="nina", code=code).headline.plain()
    assert errands.sent.count("ConfirmSignUp") == 1


def test_a_code_that_went_to_the_telephone_verifies_no_address(errands: Errands) -> None:
    errands.pool.configure({"AutoVerifiedAttributes": ["email", "phone_number"]})
    errands.pool.add("phil", email="phil@example.com", phone="+15550100", status="UNCONFIRMED")
    errands.answer("send-code", user="phil")
    moving = errands.refused("confirm-sign-up", user="phil", taken=MOVE, reason=REASON)
    answer = errands.answer("confirm-sign-up", user="phil", code=errands.code("+15550100"))
    errands.pool.configure({"AutoVerifiedAttributes": ["email"]})
    assert moving.field == "taken"
    assert answer.headline.plain() == "phil is signed up; the e-mail address is not verified by that"
    assert "The code had gone to the telephone" in told(answer)


def test_a_finished_sign_up_has_no_code_to_enter(errands: Errands) -> None:
    errands.pool.add("ana", email="ana@example.com", email_verified=False)
    refused = errands.refused("confirm-sign-up", user="ana", code="123456")
    assert [choice.scenario for choice in refused.choices] == ["enter-code"]
    assert errands.sent == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"taken": STOP}, "code"),
        ({"taken": MOVE}, "reason"),
        ({"taken": MOVE, "reason": "x"}, "reason"),
    ],
)
def test_each_way_asks_for_what_it_needs(form: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        SCENARIOS["confirm-sign-up"].form.model_validate({"user": "nina", **form})
    assert [problem["loc"] for problem in error.value.errors()] == [(field,)]
