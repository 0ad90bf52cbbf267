"""/cognito-change-email, the customer's own way: at once, by their own sign-in, and then a code."""

import pytest

from bot.plan import Plan
from sandbox.testing import PASSWORD
from tests.commands.conftest import Open
from tests.commands.customer_actions import CustomerActions, told
from tests.commands.paper import ALIAS, REASON, Paper, prepared

HOW = {"how": "As the customer", "email": "new@example.org", "reason": REASON}


@pytest.mark.parametrize("kind", ["alias", "secret", "login", "plain"])
def test_the_address_changes_at_once_and_the_code_goes_to_the_new_one(customer_actions_in: Open, kind: str) -> None:
    customer_actions = customer_actions_in(kind)
    name = customer_actions.pool.add("ana", email="ana@example.com", email_verified=True).username
    answer = customer_actions.answer("change-email", user=name, token=customer_actions.pool.token(name), **HOW)
    assert customer_actions.sent == ["GetUser", "UpdateUserAttributes"]
    assert answer.headline.plain() == "Cognito sent a code to n***@e*** (valid 24 hours)"
    assert (customer_actions.pool.user(name).email, customer_actions.pool.user(name).email_verified) == (
        "new@example.org",
        False,
    )
    assert "new@example.org · email_verified is false now" in told(answer)

    customer_actions.answer("enter-code", user=name, password=PASSWORD, code=customer_actions.code("new@example.org"))
    assert customer_actions.pool.user(name).email_verified


def test_where_the_old_address_is_kept_the_answer_says_so(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("keeps")
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    answer = customer_actions.answer("change-email", user="ana", password=PASSWORD, **HOW)
    assert "Until the code is entered, Cognito shows and uses the old address" in told(answer)
    assert "ana@example.com · email_verified is true now" in told(answer)
    again = customer_actions.answer("change-email", user="ana", password=PASSWORD, **HOW)
    assert "n***@e***" in again.headline.plain()
    customer_actions.answer("enter-code", user="ana", password=PASSWORD, code=customer_actions.code("new@example.org"))
    assert customer_actions.pool.user("ana").email == "new@example.org"


def test_an_address_that_someone_holds_is_refused_before_anything_is_sent(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    customer_actions.pool.add("nora", email="new@example.org", email_verified=True)
    refused = customer_actions.refused("change-email", user="ana", password=PASSWORD, **HOW)
    assert (refused.field, "nora owns new@example.org" in str(refused)) == ("email", True)
    assert customer_actions.sent == []


def test_a_lost_answer_is_settled_by_reading(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    customer_actions.server.faults.lose_answer("UpdateUserAttributes")
    answer = customer_actions.answer("change-email", user="ana", password=PASSWORD, **HOW)
    assert "is new@example.org now, not verified yet" in answer.headline.plain()
    assert customer_actions.sent.count("UpdateUserAttributes") == 1


def test_a_pool_without_codes_is_refused(customer_actions_in: Open) -> None:
    customer_actions = customer_actions_in("silent")
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    assert customer_actions.refused("change-email", user="ana", password=PASSWORD, **HOW).field == "how"
    assert customer_actions.sent == []


def test_the_other_ways_are_plans_still(customer_actions: CustomerActions) -> None:
    customer_actions.pool.add("ana", email="ana@example.com", email_verified=True)
    form = {**HOW, "user": "ana", "how": "The customer confirms by code"}
    assert isinstance(customer_actions.run("change-email", **form), Plan)
    assert customer_actions.sent == []


def test_where_the_desk_may_not_ask_for_credentials_the_form_does_without_them() -> None:
    prefills = prepared("change-email", Paper(ALIAS))
    assert [choice.value for choice in prefills["how"].choices] == [
        "Verified now, by us",
        "The customer confirms by code",
    ]
    assert prefills["token"].left_out
    assert prefills["password"].left_out
