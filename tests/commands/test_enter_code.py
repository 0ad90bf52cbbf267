"""/cognito-enter-code: the flag is true on re-reading, or the words say why not; nobody loses an address unasked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.aws.failure import CallFailed
from bot.plan import Effect, Plan, Refused, Risk
from bot.ticket import Event
from bot.tickets.reread import Finding, find
from sandbox.cognito.livepool import PASSWORD
from tests.commands.conftest import Open
from tests.commands.errands import Errands, told
from tests.commands.paper import ALIAS, Paper, person, run, written_by


def sent_to_ana(errands: Errands) -> dict[str, str]:
    """Add ana, have a code sent to her, and return who she is and her token."""
    name = errands.pool.add("ana", email="ana@example.com", email_verified=False).username
    form = {"user": name, "token": errands.pool.token(name)}
    errands.answer("send-code", **form)
    return form


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain"])
def test_the_code_from_the_mailbox_verifies_the_address(errands_in: Open, kind: str) -> None:
    errands = errands_in(kind)
    form = sent_to_ana(errands)
    answer = errands.answer("enter-code", code=errands.code("ana@example.com"), **form)
    assert errands.pool.user(form["user"]).email_verified
    assert answer.headline.plain() == f"ana@example.com is verified for {form['user']}"
    assert "email_verified is true now" in told(answer)
    assert errands.sent[-2:] == ["GetUser", "VerifyUserAttribute"]


def test_with_the_password_it_works_too(errands: Errands) -> None:
    form = sent_to_ana(errands)
    errands.answer("enter-code", user=form["user"], password=PASSWORD, code=errands.code("ana@example.com"))
    assert errands.pool.user("ana").email_verified


def test_blanks_in_a_code_are_taken_off(errands: Errands) -> None:
    form = sent_to_ana(errands)
    code = errands.code("ana@example.com")
    errands.answer("enter-code", code=f" {code[:3]} {code[3:]}\n", **form)


def test_an_expired_code_leads_to_a_new_one(errands: Errands) -> None:
    sent_to_ana(errands)
    old = errands.code("ana@example.com")
    errands.server.clock.forward(timedelta(hours=25))
    refused = errands.refused("enter-code", code=old, user="ana", password=PASSWORD)
    assert refused.field == "code"
    assert "too old" in str(refused)
    assert [(choice.label, choice.scenario, choice.value) for choice in refused.choices] == [
        ("Send a new code", "send-code", "ana")
    ]
    errands.answer("send-code", user="ana", password=PASSWORD)
    errands.answer("enter-code", user="ana", password=PASSWORD, code=errands.code("ana@example.com"))
    assert errands.pool.user("ana").email_verified


def test_a_wrong_code_is_told_under_its_field(errands: Errands) -> None:
    form = sent_to_ana(errands)
    refused = errands.refused("enter-code", code="000000", **form)
    assert (refused.field, "That code is wrong" in str(refused)) == ("code", True)
    assert not errands.pool.user("ana").email_verified


def test_a_lost_answer_is_settled_by_reading_and_never_sent_again(errands: Errands) -> None:
    form = sent_to_ana(errands)
    errands.server.faults.lose_answer("VerifyUserAttribute")
    answer = errands.answer("enter-code", code=errands.code("ana@example.com"), **form)
    assert "is verified for ana" in answer.headline.plain()
    assert errands.sent.count("VerifyUserAttribute") == 1


def test_a_call_that_never_arrived_is_no_success(errands: Errands) -> None:
    form = sent_to_ana(errands)
    errands.server.faults.reset("VerifyUserAttribute")
    refused = errands.refused("enter-code", code=errands.code("ana@example.com"), **form)
    assert "broke before the answer came" in str(refused)
    assert not errands.pool.user("ana").email_verified


def test_a_pending_address_comes_into_force(errands_in: Open) -> None:
    errands = errands_in("keeps")
    errands.pool.add("pia", email="pia@example.com", email_verified=True)
    errands.pool.change_own("pia", {"email": "new@example.org"})
    answer = errands.answer(
        "enter-code", user="pia", token=errands.pool.token("pia"), code=errands.code("new@example.org")
    )
    assert errands.pool.user("pia").email == "new@example.org"
    assert answer.headline.plain() == "new@example.org is verified for pia"


def test_whoever_lost_a_pending_address_is_named_afterwards(errands_in: Open) -> None:
    errands = errands_in("keeps")
    errands.pool.add("pia", email="pia@example.com", email_verified=True)
    errands.pool.add("nora", email="new@example.org", email_verified=True)
    errands.pool.change_own("pia", {"email": "new@example.org"})
    answer = errands.answer(
        "enter-code", user="pia", token=errands.pool.token("pia"), code=errands.code("new@example.org")
    )
    sub = errands.pool.user("nora").sub
    assert f"nora ({sub}) has new@example.org too and can't sign in with it now" in told(answer)


def test_the_code_of_a_sign_up_is_sent_to_the_other_form(errands: Errands) -> None:
    errands.pool.add("sina", email="sina@example.com", status="UNCONFIRMED")
    refused = errands.refused("enter-code", user="sina", code="123456", token="x")
    assert [choice.scenario for choice in refused.choices] == ["confirm-sign-up"]
    assert errands.sent == []


def moving(errands: Errands) -> Plan:
    errands.pool.add("ben.old", email="ben@example.com", email_verified=False)
    errands.pool.add("ben.new", email="ben@example.com", email_verified=True)
    plan = errands.run("enter-code", user="ben.old", code="123456", token=errands.pool.token("ben.old"))
    assert isinstance(plan, Plan)
    return plan


def test_a_code_that_would_take_an_address_from_someone_is_put_before_two_leads(errands: Errands) -> None:
    plan = moving(errands)
    assert errands.sent == []
    assert plan.risk is Risk.HIGH
    assert plan.secrets == ("AccessToken", "Code")
    assert [call.shown for call in plan.calls] == ["VerifyUserAttribute(ben.old, email)"]
    assert plan.calls[0].effect is Effect.READABLE
    assert [change.subject.name for change in plan.changes if change.loses] == ["ben.new"]
    sub = errands.pool.user("ben.new").sub
    assert [why.plain() for why in plan.why_high] == [f"ben.new ({sub}) loses the address."]
    assert "123456" not in repr(plan)


@pytest.mark.parametrize("kind", ["alias", "plain", "keeps"])
def test_the_customer_s_own_code_confirms_the_address_that_it_was_mailed_to(errands_in: Open, kind: str) -> None:
    errands = errands_in(kind)
    errands.pool.add("ana", email="ana@example.com", email_verified=kind == "keeps")
    token = errands.pool.token("ana")
    errands.answer(
        "change-email", user="ana", email="new@example.com", how="As the customer", token=token, reason="yes"
    )
    errands.journal.clear()
    errands.answer("enter-code", user="ana", code=errands.code("new@example.com"), token=token)
    confirmed = [detail for event, detail in errands.journal if event is Event.CONFIRMED]
    sub = errands.pool.user("ana").sub
    assert [(each["sub"], each["address"]) for each in confirmed] == [(sub, "new@example.com")]


def test_a_code_that_changes_nothing_confirms_nothing(errands_in: Open) -> None:
    errands = errands_in("keeps")
    errands.pool.add("ana", email="ana@example.com", email_verified=True)
    token = errands.pool.token("ana")
    errands.answer("send-code", user="ana", token=token)
    errands.answer("enter-code", user="ana", code=errands.code("ana@example.com"), token=token)
    assert [event for event, _ in errands.journal if event is Event.CONFIRMED] == []


def test_whoever_had_the_address_changed_does_not_count_for_its_code(errands: Errands) -> None:
    errands.ledger = written_by("U1", "U2")
    assert moving(errands).authors == {"U1", "U2"}


@pytest.mark.parametrize("contested", ["migrates", "alias_exists"])
def test_such_a_plan_tells_the_truth_whichever_way_cognito_takes_it(errands: Errands, contested: str) -> None:
    errands.server.contested = replace(errands.server.contested, verify_on_taken_alias=contested)  # type: ignore[arg-type] # one of its two values
    plan = moving(errands)
    errands.customer().prove(
        errands.gateway.directory("alias").one("ben.old"),
        token=SecretStr(token := errands.pool.token("ben.old")),
        password=None,
    ).send_code()
    secrets = {"AccessToken": SecretStr(token), "Code": SecretStr(errands.code("ben@example.com"))}
    (call,) = plan.calls
    if contested == "migrates":
        errands.gateway.send("alias", call, secrets=secrets)
        assert find(errands.gateway.directory("alias"), plan, call) is Finding.REACHED
        return
    with pytest.raises(CallFailed, match="AliasExistsException"):
        errands.gateway.send("alias", call, secrets=secrets)
    assert find(errands.gateway.directory("alias"), plan, call) is Finding.INTACT
    assert "If it refuses, nothing changes." in " ".join(note.plain() for note in plan.notes)


def test_made_anew_without_a_credential_the_plan_is_the_same() -> None:
    old, new = person("ben.old", "ben@example.com"), person("ben.new", "ben@example.com", verified=True)
    plan = run("enter-code", {"user": "ben.old"}, Paper(ALIAS, old, new))
    assert isinstance(plan, Plan)
    with pytest.raises(Refused, match="nobody would lose the address by it any more"):
        run("enter-code", {"user": "ben.old"}, Paper(ALIAS, old))
