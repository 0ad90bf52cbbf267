"""/cognito-enter-code: the flag is true on re-reading, or the words say why not; nobody loses an address unasked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.answer import Refused
from bot.aws.failure import CallFailed
from bot.plan import Effect, Plan, Risk
from bot.ticket import Event
from bot.tickets.verification import VerificationResult, find
from sandbox.testing import PASSWORD
from tests.commands.conftest import Open
from tests.commands.customer_actions import CustomerActions, told
from tests.commands.paper import ALIAS, Paper, person, run, written_by


def sent_to_ana(customer_actions: CustomerActions) -> dict[str, str]:
    """Add ana, have a code sent to her, and return who she is and her token."""
    name = customer_actions.pool.add("ana", email="ana@example.com", email_verified=False).username
    form = {"user": name, "token": customer_actions.pool.token(name)}
    customer_actions.answer("send-code", **form)
    return form


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain"])
def test_the_code_from_the_mailbox_verifies_the_address(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    form = sent_to_ana(customer_actions)
    answer = customer_actions.answer("enter-code", code=customer_actions.code("ana@example.com"), **form)
    assert customer_actions.pool.user(form["user"]).email_verified
    assert answer.headline.plain() == f"ana@example.com is verified for {form['user']}"
    assert "email_verified is true now" in told(answer)
    assert customer_actions.sent[-2:] == ["GetUser", "VerifyUserAttribute"]


def test_with_the_password_it_works_too(customer_actions: CustomerActions) -> None:
    form = sent_to_ana(customer_actions)
    customer_actions.answer(
        "enter-code", user=form["user"], password=PASSWORD, code=customer_actions.code("ana@example.com")
    )
    assert customer_actions.pool.user("ana").email_verified


def test_blanks_in_a_code_are_taken_off(customer_actions: CustomerActions) -> None:
    form = sent_to_ana(customer_actions)
    code = customer_actions.code("ana@example.com")
    customer_actions.answer("enter-code", code=f" {code[:3]} {code[3:]}\n", **form)


def test_an_expired_code_leads_to_a_new_one(customer_actions: CustomerActions) -> None:
    sent_to_ana(customer_actions)
    old = customer_actions.code("ana@example.com")
    customer_actions.server.clock.forward(timedelta(hours=25))
    refused = customer_actions.refused("enter-code", code=old, user="ana", password=PASSWORD)
    assert refused.field == "code"
    assert "too old" in str(refused)
    assert [(choice.label, choice.scenario, choice.value) for choice in refused.choices] == [
        ("Send a new code", "send-code", "ana")
    ]
    customer_actions.answer("send-code", user="ana", password=PASSWORD)
    customer_actions.answer("enter-code", user="ana", password=PASSWORD, code=customer_actions.code("ana@example.com"))
    assert customer_actions.pool.user("ana").email_verified


def test_a_wrong_code_is_told_under_its_field(customer_actions: CustomerActions) -> None:
    form = sent_to_ana(customer_actions)
    refused = customer_actions.refused("enter-code", code="000000", **form)
    assert (refused.field, "That code is wrong" in str(refused)) == ("code", True)
    assert not customer_actions.pool.user("ana").email_verified


def test_a_lost_answer_is_settled_by_reading_and_never_sent_again(customer_actions: CustomerActions) -> None:
    form = sent_to_ana(customer_actions)
    customer_actions.server.faults.lose_answer("VerifyUserAttribute")
    answer = customer_actions.answer("enter-code", code=customer_actions.code("ana@example.com"), **form)
    assert "is verified for ana" in answer.headline.plain()
    assert customer_actions.sent.count("VerifyUserAttribute") == 1


def test_a_call_that_never_arrived_is_no_success(customer_actions: CustomerActions) -> None:
    form = sent_to_ana(customer_actions)
    customer_actions.server.faults.reset("VerifyUserAttribute")
    refused = customer_actions.refused("enter-code", code=customer_actions.code("ana@example.com"), **form)
    assert "broke before the answer came" in str(refused)
    assert not customer_actions.pool.user("ana").email_verified


def test_a_pending_address_comes_into_force(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("keeps")
    customer_actions.pool.add("pia", email="pia@example.com", email_verified=True)
    customer_actions.pool.change_own("pia", {"email": "new@example.org"})
    answer = customer_actions.answer(
        "enter-code",
        user="pia",
        token=customer_actions.pool.token("pia"),
        code=customer_actions.code("new@example.org"),
    )
    assert customer_actions.pool.user("pia").email == "new@example.org"
    assert answer.headline.plain() == "new@example.org is verified for pia"


def test_whoever_lost_a_pending_address_is_named_afterwards(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("keeps")
    customer_actions.pool.add("pia", email="pia@example.com", email_verified=True)
    customer_actions.pool.add("nora", email="new@example.org", email_verified=True)
    customer_actions.pool.change_own("pia", {"email": "new@example.org"})
    answer = customer_actions.answer(
        "enter-code",
        user="pia",
        token=customer_actions.pool.token("pia"),
        code=customer_actions.code("new@example.org"),
    )
    sub = customer_actions.pool.user("nora").sub
    assert f"nora ({sub}) has new@example.org too and can't sign in with it now" in told(answer)


def test_the_code_of_a_sign_up_is_sent_to_the_other_form(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("sina", email="sina@example.com", status="UNCONFIRMED")
    refused = customer_actions.refused("enter-code", user="sina", code="123456", token="x")
    assert [choice.scenario for choice in refused.choices] == ["confirm-sign-up"]
    assert customer_actions.sent == []


def moving(customer_actions: CustomerActions) -> Plan:
    customer_actions.pool.add("ben.old", email="ben@example.com", email_verified=False)
    customer_actions.pool.add("ben.new", email="ben@example.com", email_verified=True)
    plan = customer_actions.run(
        "enter-code", user="ben.old", code="123456", token=customer_actions.pool.token("ben.old")
    )
    assert isinstance(plan, Plan)
    return plan


def test_a_code_that_would_take_an_address_from_someone_is_put_before_two_leads(
    customer_actions: CustomerActions,
) -> None:
    plan = moving(customer_actions)
    assert customer_actions.sent == []
    assert plan.risk is Risk.HIGH
    assert plan.secrets == ("AccessToken", "Code")
    assert [call.shown for call in plan.calls] == ["VerifyUserAttribute(ben.old, email)"]
    assert plan.calls[0].effect is Effect.READABLE
    assert [change.subject.name for change in plan.changes if change.loses] == ["ben.new"]
    assert plan.summary.plain() == "take ben@example.com from ben.new, give it to ben.old by the customer's code"
    assert "123456" not in repr(plan)


@pytest.mark.parametrize("kind", ["alias", "plain", "keeps"])
def test_the_customer_s_own_code_confirms_the_address_that_it_was_mailed_to(
    customer_actions_in: Open, kind: str
) -> None:
    customer_actions = customer_actions_in(kind)
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=kind == "keeps")
    token = customer_actions.pool.token("ana")
    customer_actions.answer(
        "change-email", user="ana", email="new@example.com", how="As the customer", token=token, reason="yes"
    )
    customer_actions.journal.clear()
    customer_actions.answer("enter-code", user="ana", code=customer_actions.code("new@example.com"), token=token)
    confirmed = [detail for event, detail in customer_actions.journal if event is Event.CONFIRMED]
    sub = customer_actions.pool.user("ana").sub
    assert [(each["sub"], each["address"]) for each in confirmed] == [(sub, "new@example.com")]


def test_a_code_that_changes_nothing_confirms_nothing(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("keeps")
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    token = customer_actions.pool.token("ana")
    customer_actions.answer("send-code", user="ana", token=token)
    customer_actions.answer("enter-code", user="ana", code=customer_actions.code("ana@example.com"), token=token)
    assert [event for event, _ in customer_actions.journal if event is Event.CONFIRMED] == []


def test_whoever_had_the_address_changed_does_not_count_for_its_code(customer_actions: CustomerActions) -> None:
    customer_actions.ledger = written_by("U1", "U2")
    assert moving(customer_actions).authors == {"U1", "U2"}


@pytest.mark.parametrize("contested", ["migrates", "alias_exists"])
def test_such_a_plan_tells_the_truth_whichever_way_cognito_takes_it(
    customer_actions: CustomerActions, contested: str
) -> None:
    customer_actions.server.contested = replace(customer_actions.server.contested, verify_on_taken_alias=contested)  # type: ignore[arg-type] # one of its two values
    plan = moving(customer_actions)
    customer_actions.customer().prove(
        customer_actions.gateway.directory("alias").one("ben.old"),
        token=SecretStr(token := customer_actions.pool.token("ben.old")),
        password=None,
    ).send_code()
    secrets = {"AccessToken": SecretStr(token), "Code": SecretStr(customer_actions.code("ben@example.com"))}
    (call,) = plan.calls
    if contested == "migrates":
        customer_actions.gateway.send("alias", call, secrets=secrets)
        assert find(customer_actions.gateway.directory("alias"), plan, call) is VerificationResult.REACHED
        return
    with pytest.raises(CallFailed, match="AliasExistsException"):
        customer_actions.gateway.send("alias", call, secrets=secrets)
    assert find(customer_actions.gateway.directory("alias"), plan, call) is VerificationResult.INTACT
    assert "If it refuses, nothing changes." in " ".join(note.plain() for note in plan.notes)


def test_made_anew_without_a_credential_the_plan_is_the_same() -> None:
    old, new = person("ben.old", "ben@example.com"), person("ben.new", "ben@example.com", verified=True)
    plan = run("enter-code", {"user": "ben.old"}, Paper(ALIAS, old, new))
    assert isinstance(plan, Plan)
    with pytest.raises(Refused, match="nobody would lose the address by it any more"):
        run("enter-code", {"user": "ben.old"}, Paper(ALIAS, old))
