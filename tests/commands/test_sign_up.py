"""/cognito-sign-up: an account as the app would make it, and whose address it is told before anybody is surprised."""

import pytest

from bot.ticket import Event
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


def test_an_account_that_was_made_although_the_answer_was_lost_is_told_as_such(errands: Errands) -> None:
    errands.server.faults.lose_answer("SignUp")
    answer = errands.answer("sign-up", **FORM)
    assert answer.headline.plain() == "The account nina exists, not confirmed; whether a code was sent isn't known"
    assert "broke before the answer came" in told(answer)


@pytest.mark.parametrize(("kind", "form"), [("alias", FORM), ("secret", FORM), ("login", LOGIN), ("plain", FORM)])
def test_where_the_mails_of_the_day_are_used_up_the_account_exists_and_nobody_is_blamed(
    errands_in: Open, kind: str, form: dict[str, str]
) -> None:
    errands = errands_in(kind)
    errands.server.world.default_sender.limit(0)
    answer = errands.answer("sign-up", **form)
    errands.server.world.default_sender.limit(None)
    (made,) = errands.pool.users
    assert made.status == "UNCONFIRMED"
    assert answer.headline.plain() == f"The account {form['username']} exists now, not confirmed, and no code was sent"
    assert "No mail leaves in any pool until 09:00 UTC. Tell the cloud team" in told(answer)
    assert "this person" not in told(answer)
    assert answer.best is not None
    assert (answer.best.scenario, answer.best.fields) == ("send-code", {"user": made.username})
    assert errands.journal[-1] == (
        Event.REREAD,
        {
            "operation": "SignUp",
            "pool": kind,
            "user": form["username"],
            "sub": made.sub,
            "status": "UNCONFIRMED",
        },
    )

    errands.answer("send-code", user=made.username)
    assert errands.code("nina@example.com")


def test_another_limit_after_which_the_account_is_there_is_told_by_the_hour(errands: Errands) -> None:
    errands.pool.sign_up("nina", email="nina@example.com")
    errands.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    answer = errands.answer("sign-up", **FORM)
    assert "Send the code in an hour." in told(answer)
    assert "09:00" not in told(answer)


def test_a_limit_after_which_no_account_is_there_is_told_as_a_refusal(errands: Errands) -> None:
    errands.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    assert "Too many codes or tries" in str(errands.refused("sign-up", **FORM))


def test_an_account_whose_mail_could_not_be_delivered_is_told_as_such(errands: Errands) -> None:
    errands.pool.sign_up("nina", email="nina@example.com")
    errands.server.faults.fail("CodeDeliveryFailureException", "It failed to deliver.", "SignUp")
    answer = errands.answer("sign-up", **FORM)
    assert answer.headline.plain() == "The account nina exists now, not confirmed, and no code was sent"
    assert "could not hand the message to the mail system" in told(answer)


def test_a_mail_that_could_not_be_delivered_and_no_account_is_told_as_a_refusal(errands: Errands) -> None:
    errands.server.faults.fail("CodeDeliveryFailureException", "It failed to deliver.", "SignUp")
    refused = errands.refused("sign-up", **FORM)
    assert "could not hand the message to the mail system" in str(refused)


def test_the_next_try_leads_to_the_account_that_is_there(errands: Errands) -> None:
    errands.server.world.default_sender.limit(0)
    errands.answer("sign-up", **FORM)
    errands.server.world.default_sender.limit(None)
    refused = errands.refused("sign-up", **FORM)
    assert "There is an account nina with the address nina@example.com already" in str(refused)
    assert [(choice.scenario, choice.value) for choice in refused.choices] == [("send-code", "nina"), ("check", "nina")]


def test_where_the_address_is_the_user_name_the_next_try_leads_there_too(errands_in: Open) -> None:
    errands = errands_in("login")
    errands.server.world.default_sender.limit(0)
    errands.answer("sign-up", **LOGIN)
    errands.server.world.default_sender.limit(None)
    (made,) = errands.pool.users
    refused = errands.refused("sign-up", **LOGIN)
    assert "its sign-up was never finished" in str(refused)
    assert [(choice.scenario, choice.value) for choice in refused.choices] == [
        ("send-code", made.username),
        ("check", made.username),
    ]


def test_somebody_elses_account_of_that_name_is_not_taken_for_the_new_one(errands: Errands) -> None:
    errands.pool.add("nina", email="other@example.com", email_verified=False, status="UNCONFIRMED")
    errands.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    refused = errands.refused("sign-up", **FORM)
    assert "There is an account nina now (UNCONFIRMED)." in str(refused)
    assert [choice.scenario for choice in refused.choices] == ["check"]
    assert Event.REREAD not in [event for event, _ in errands.journal]


def test_in_a_pool_that_confirms_by_link_nobody_is_asked_to_enter_a_code(errands: Errands) -> None:
    errands.pool.configure({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    answer = errands.answer("sign-up", **FORM)
    errands.pool.configure({"VerificationMessageTemplate": {}})
    assert answer.headline.plain() == "nina is signed up. Cognito sent a link to n***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert answer.best.scenario == "check"
    assert "Please follow the link in it." in told(answer)


def test_a_user_name_that_looks_like_an_address_is_refused_where_addresses_are_aliases(errands: Errands) -> None:
    assert errands.refused("sign-up", **LOGIN).field == "username"
    assert errands.sent == []


def test_a_pool_that_asks_for_more_is_refused(errands_in: Open) -> None:
    errands = errands_in("wants")
    assert "asks for family_name at sign-up" in str(errands.refused("sign-up", **FORM))
    assert errands.sent == []
