"""/cognito-sign-up: an account as the app would make it, and whose address it is told before anybody is surprised."""

import pytest

from sandbox.cognito.triggers import PreSignUp
from tests.commands.conftest import Open
from tests.commands.errands import Errands, told

FORM = {"username": "nina", "email": "nina@example.com"}
LOGIN = {"username": "nina@example.com", "email": "nina@example.com"}


@pytest.mark.parametrize("kind", ["alias", "secret", "plain", "keeps"])
def test_the_code_goes_to_the_new_address_and_nobody_sees_the_password(errands_in: Open, kind: str) -> None:
    errands = errands_in(kind)
    answer = errands.answer("sign-up", **FORM)
    assert errands.sent == ["SignUp"]
    assert errands.pool.user("nina").status == "UNCONFIRMED"
    assert errands.code("nina@example.com")
    assert answer.headline.plain() == "nina is signed up. Cognito sent a code to n***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert (answer.best.scenario, answer.best.fields) == ("confirm-sign-up", {"user": "nina"})
    assert "a random one that nobody knows" in told(answer)
    assert str(errands.pool._found("nina").password) not in told(answer)


def test_the_random_password_satisfies_the_strictest_policy(errands: Errands) -> None:
    strict = {
        "MinimumLength": 99,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
    errands.pool.configure({"Policies": {"PasswordPolicy": strict}})
    for n in range(5):
        errands.answer("sign-up", username=f"nina{n}", email="nina@example.com")
    errands.pool.configure({"Policies": {"PasswordPolicy": {**strict, "MinimumLength": 8}}})
    assert len({errands.pool._found(f"nina{n}").password for n in range(5)}) == 5


def test_a_given_password_is_the_accounts(errands: Errands) -> None:
    answer = errands.answer("sign-up", password="Chosen-42!", **FORM)
    assert errands.pool._found("nina").password == "Chosen-42!"
    assert "random" not in told(answer)


def test_a_weak_password_is_told_under_its_field_and_not_repeated(errands: Errands) -> None:
    refused = errands.refused("sign-up", password="weakling", **FORM)
    assert refused.field == "password"
    assert "weakling" not in str(refused)


def test_where_people_sign_in_with_the_address_it_is_the_user_name(errands_in: Open) -> None:
    errands = errands_in("login")
    assert errands.refused("sign-up", **FORM).field == "username"
    errands.answer("sign-up", **LOGIN)
    assert errands.pool.user("nina@example.com").email == "nina@example.com"


def test_a_taken_address_is_signed_up_all_the_same_and_the_owner_named(errands: Errands) -> None:
    errands.pool.add("dora", email="nina@example.com", email_verified=True)
    answer = errands.answer("sign-up", **FORM)
    assert "dora (created" in told(answer)
    assert "owns nina@example.com at present" in told(answer)
    assert errands.pool.user("dora").email_verified


def test_where_two_accounts_cannot_share_an_address_the_owner_is_named_and_nothing_sent(errands_in: Open) -> None:
    errands = errands_in("login")
    eli = errands.pool.add("", email="nina@example.com", email_verified=False)
    refused = errands.refused("sign-up", **LOGIN)
    assert f"nina@example.com belongs to {eli.username}" in str(refused)
    assert errands.sent == []


def test_a_taken_user_name_is_told_under_its_field(errands: Errands) -> None:
    errands.pool.add("nina", email="other@example.com")
    refused = errands.refused("sign-up", **FORM)
    assert (refused.field, "nina is taken" in str(refused)) == ("username", True)


def test_where_the_pools_own_code_might_take_the_address_nothing_is_sent(errands: Errands) -> None:
    errands.pool.add("dora", email="nina@example.com", email_verified=True)
    errands.pool.configure({"LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:1:function:f"}})
    errands.pool.trigger(PreSignUp(auto_confirm=True, auto_verify_email=True))
    refused = errands.refused("sign-up", **FORM)
    errands.pool.configure({"LambdaConfig": {}})
    assert "might take the address from them" in str(refused)
    assert errands.sent == []


def test_an_account_that_the_pool_confirms_at_once_is_told_as_such(errands: Errands) -> None:
    errands.pool.trigger(PreSignUp(auto_confirm=True, auto_verify_email=True))
    assert "confirmed it at once" in errands.answer("sign-up", **FORM).headline.plain()


def test_a_pool_that_mails_no_codes_is_refused(errands_in: Open) -> None:
    errands = errands_in("silent")
    refused = errands.refused("sign-up", **FORM)
    assert [choice.scenario for choice in refused.choices] == ["create-user"]
    assert errands.sent == []


def test_an_account_that_was_made_although_its_mail_failed_is_told_as_such(errands: Errands) -> None:
    errands.server.faults.lose_answer("SignUp")
    refused = errands.refused("sign-up", **FORM)
    assert "nina was created all the same" in str(refused)
    assert [choice.scenario for choice in refused.choices] == ["send-code", "check"]


def test_a_user_name_that_looks_like_an_address_is_refused_where_addresses_are_aliases(errands: Errands) -> None:
    assert errands.refused("sign-up", **LOGIN).field == "username"
    assert errands.sent == []


def test_a_pool_that_asks_for_more_is_refused(errands_in: Open) -> None:
    errands = errands_in("wants")
    assert "asks for family_name at sign-up" in str(errands.refused("sign-up", **FORM))
    assert errands.sent == []
