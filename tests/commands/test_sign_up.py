"""/cognito-sign-up: an account as the app would make it, and whose address it is told before anybody is surprised."""

import pytest

from bot.ticket import Event
from sandbox.testing import PreSignUp
from tests.commands.conftest import Open
from tests.commands.customer_actions import CustomerActions, told

FORM = {"username": "nina", "email": "nina@example.com"}
LOGIN = {"username": "nina@example.com", "email": "nina@example.com"}


@pytest.mark.parametrize("kind", ["alias", "secret", "plain", "keeps"])
def test_the_code_goes_to_the_new_address_and_nobody_sees_the_password(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    answer = customer_actions.answer("sign-up", **FORM)
    assert customer_actions.sent == ["SignUp"]
    assert customer_actions.pool.user("nina").status == "UNCONFIRMED"
    assert customer_actions.code("nina@example.com")
    assert answer.headline.plain() == "nina is signed up. Cognito sent a code to n***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert (answer.best.scenario, answer.best.fields) == ("confirm-sign-up", {"user": "nina"})
    assert "a random one that nobody knows" in told(answer)
    assert str(customer_actions.pool.record("nina").password) not in told(answer)


def test_the_random_password_satisfies_the_strictest_policy(customer_actions: CustomerActions) -> None:
    strict = {
        "MinimumLength": 99,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
    customer_actions.pool.configure({"Policies": {"PasswordPolicy": strict}})
    for n in range(5):
        customer_actions.answer("sign-up", username=f"nina{n}", email="nina@example.com")
    customer_actions.pool.configure({"Policies": {"PasswordPolicy": {**strict, "MinimumLength": 8}}})
    assert len({customer_actions.pool.record(f"nina{n}").password for n in range(5)}) == 5


def test_a_given_password_is_the_accounts(customer_actions: CustomerActions) -> None:
    answer = customer_actions.answer("sign-up", password="Chosen-42!", **FORM)
    assert customer_actions.pool.record("nina").password == "Chosen-42!"
    assert "random" not in told(answer)


def test_a_weak_password_is_told_under_its_field_and_not_repeated(customer_actions: CustomerActions) -> None:
    refused = customer_actions.refused("sign-up", password="weakling", **FORM)
    assert refused.field == "password"
    assert "weakling" not in str(refused)


def test_where_people_sign_in_with_the_address_it_is_the_user_name(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("login")
    assert customer_actions.refused("sign-up", **FORM).field == "username"
    customer_actions.answer("sign-up", **LOGIN)
    assert customer_actions.pool.user("nina@example.com").email == "nina@example.com"


def test_a_taken_address_is_signed_up_all_the_same_and_the_owner_named(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("dora", email="nina@example.com", email_verified=True)
    answer = customer_actions.answer("sign-up", **FORM)
    assert "dora (created" in told(answer)
    assert "owns nina@example.com at present" in told(answer)
    assert customer_actions.pool.user("dora").email_verified


def test_where_two_accounts_cannot_share_an_address_the_owner_is_named_and_nothing_sent(
    customer_actions_in: Open,
) -> None:
    customer_actions = customer_actions_in("login")
    eli = customer_actions.pool.add("", email="nina@example.com", email_verified=False)
    refused = customer_actions.refused("sign-up", **LOGIN)
    assert f"nina@example.com belongs to {eli.username}" in str(refused)
    assert customer_actions.sent == []


def test_a_taken_user_name_is_told_under_its_field(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("nina", email="other@example.com")
    refused = customer_actions.refused("sign-up", **FORM)
    assert (refused.field, "nina is taken" in str(refused)) == ("username", True)


def test_where_the_pools_own_code_might_take_the_address_nothing_is_sent(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("dora", email="nina@example.com", email_verified=True)
    customer_actions.pool.configure({"LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:1:function:f"}})
    customer_actions.pool.trigger(PreSignUp(auto_confirm=True, auto_verify_email=True))
    refused = customer_actions.refused("sign-up", **FORM)
    customer_actions.pool.configure({"LambdaConfig": {}})
    assert "might take the address from them" in str(refused)
    assert customer_actions.sent == []


def test_an_account_that_the_pool_confirms_at_once_is_told_as_such(customer_actions: CustomerActions) -> None:
    customer_actions.pool.trigger(PreSignUp(auto_confirm=True, auto_verify_email=True))
    assert "confirmed it at once" in customer_actions.answer("sign-up", **FORM).headline.plain()


def test_a_pool_that_mails_no_codes_is_refused(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("silent")
    refused = customer_actions.refused("sign-up", **FORM)
    assert [choice.scenario for choice in refused.choices] == ["create-user"]
    assert customer_actions.sent == []


def test_an_account_that_was_made_although_the_answer_was_lost_is_told_as_such(
    customer_actions: CustomerActions,
) -> None:
    customer_actions.server.faults.lose_answer("SignUp")
    answer = customer_actions.answer("sign-up", **FORM)
    assert answer.headline.plain() == "The account nina exists, not confirmed; whether a code was sent isn't known"
    assert "broke before the answer came" in told(answer)


@pytest.mark.parametrize(("kind", "form"), [("alias", FORM), ("secret", FORM), ("login", LOGIN), ("plain", FORM)])
def test_where_the_mails_of_the_day_are_used_up_the_account_exists_and_nobody_is_blamed(
    customer_actions_in: Open, kind: str, form: dict[str, str]
) -> None:
    customer_actions = customer_actions_in(kind)
    customer_actions.server.default_sender.limit(0)
    answer = customer_actions.answer("sign-up", **form)
    customer_actions.server.default_sender.limit(None)
    (made,) = customer_actions.pool.users
    assert made.status == "UNCONFIRMED"
    assert answer.headline.plain() == f"The account {form['username']} exists now, not confirmed, and no code was sent"
    assert "No mail leaves in any pool until 09:00 UTC. Tell the cloud team" in told(answer)
    assert "this person" not in told(answer)
    assert answer.best is not None
    assert (answer.best.scenario, answer.best.fields) == ("send-code", {"user": made.username})
    assert customer_actions.journal[-1] == (
        Event.REREAD,
        {
            "operation": "SignUp",
            "pool": kind,
            "user": form["username"],
            "sub": made.sub,
            "status": "UNCONFIRMED",
        },
    )

    customer_actions.answer("send-code", user=made.username)
    assert customer_actions.code("nina@example.com")


def test_another_limit_after_which_the_account_is_there_is_told_by_the_hour(customer_actions: CustomerActions) -> None:
    customer_actions.pool.sign_up("nina", email="nina@example.com")
    customer_actions.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    answer = customer_actions.answer("sign-up", **FORM)
    assert "Send the code in an hour." in told(answer)
    assert "09:00" not in told(answer)


def test_a_limit_after_which_no_account_is_there_is_told_as_a_refusal(customer_actions: CustomerActions) -> None:
    customer_actions.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    assert "Too many codes or tries" in str(customer_actions.refused("sign-up", **FORM))


def test_an_account_whose_mail_could_not_be_delivered_is_told_as_such(customer_actions: CustomerActions) -> None:
    customer_actions.pool.sign_up("nina", email="nina@example.com")
    customer_actions.server.faults.fail("CodeDeliveryFailureException", "It failed to deliver.", "SignUp")
    answer = customer_actions.answer("sign-up", **FORM)
    assert answer.headline.plain() == "The account nina exists now, not confirmed, and no code was sent"
    assert "could not hand the message to the mail system" in told(answer)


def test_a_mail_that_could_not_be_delivered_and_no_account_is_told_as_a_refusal(
    customer_actions: CustomerActions,
) -> None:
    customer_actions.server.faults.fail("CodeDeliveryFailureException", "It failed to deliver.", "SignUp")
    refused = customer_actions.refused("sign-up", **FORM)
    assert "could not hand the message to the mail system" in str(refused)


def test_the_next_try_leads_to_the_account_that_is_there(customer_actions: CustomerActions) -> None:
    customer_actions.server.default_sender.limit(0)
    customer_actions.answer("sign-up", **FORM)
    customer_actions.server.default_sender.limit(None)
    refused = customer_actions.refused("sign-up", **FORM)
    assert "There is an account nina with the address nina@example.com already" in str(refused)
    assert [(choice.scenario, choice.value) for choice in refused.choices] == [("send-code", "nina"), ("check", "nina")]


def test_where_the_address_is_the_user_name_the_next_try_leads_there_too(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("login")
    customer_actions.server.default_sender.limit(0)
    customer_actions.answer("sign-up", **LOGIN)
    customer_actions.server.default_sender.limit(None)
    (made,) = customer_actions.pool.users
    refused = customer_actions.refused("sign-up", **LOGIN)
    assert "its sign-up was never finished" in str(refused)
    assert [(choice.scenario, choice.value) for choice in refused.choices] == [
        ("send-code", made.username),
        ("check", made.username),
    ]


def test_somebody_elses_account_of_that_name_is_not_taken_for_the_new_one(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("nina", email="other@example.com", email_verified=False, status="UNCONFIRMED")
    customer_actions.server.faults.fail(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", "SignUp"
    )
    refused = customer_actions.refused("sign-up", **FORM)
    assert "There is an account nina now (sign-up not finished)." in str(refused)
    assert [choice.scenario for choice in refused.choices] == ["check"]
    assert Event.REREAD not in [event for event, _ in customer_actions.journal]


def test_in_a_pool_that_confirms_by_link_nobody_is_asked_to_enter_a_code(customer_actions: CustomerActions) -> None:
    customer_actions.pool.configure({"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    answer = customer_actions.answer("sign-up", **FORM)
    customer_actions.pool.configure({"VerificationMessageTemplate": {}})
    assert answer.headline.plain() == "nina is signed up. Cognito sent a link to n***@e*** (valid 24 hours)"
    assert answer.best is not None
    assert answer.best.scenario == "check"
    assert "Please follow the link in it." in told(answer)


def test_a_user_name_that_looks_like_an_address_is_refused_where_addresses_are_aliases(
    customer_actions: CustomerActions,
) -> None:
    assert customer_actions.refused("sign-up", **LOGIN).field == "username"
    assert customer_actions.sent == []


def test_a_pool_that_asks_for_more_is_refused(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("wants")
    assert "asks for family_name at sign-up" in str(customer_actions.refused("sign-up", **FORM))
    assert customer_actions.sent == []
