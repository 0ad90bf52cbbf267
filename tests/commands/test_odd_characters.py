"""Look-alikes and characters that can't be seen, on the cards and answers of every scenario that takes an address."""

from typing import Any

import pytest

from bot.answer import Bullets
from tests.commands.customer_actions import CustomerActions, told
from tests.commands.paper import ALIAS, PLAIN, REASON, Paper, answered, person, planned

LOOK_ALIKE = "аna@example.com"
"""Its first letter is Cyrillic."""
SAID = "has а (CYRILLIC SMALL LETTER A) among Latin letters."


@pytest.mark.parametrize(
    ("scenario", "form"),
    [
        ("change-email", {"user": "ben", "email": LOOK_ALIKE, "how": "Verified now, by us"}),
        ("change-email", {"user": "ben", "email": LOOK_ALIKE, "how": "The customer confirms by code"}),
        ("create-user", {"username": "nina", "email": LOOK_ALIKE}),
        ("create-user", {"username": "аna", "email": "nina@example.com"}),
        ("verify-email", {"user": "odd"}),
    ],
)
def test_a_look_alike_is_pointed_out_on_the_card(scenario: str, form: dict[str, Any]) -> None:
    people = Paper(ALIAS, person("ben", "ben@example.com", verified=True), person("odd", LOOK_ALIKE))
    notes = [note.plain() for note in planned(scenario, form, people).notes]
    assert any(SAID in note for note in notes)


def test_a_new_address_that_looks_like_the_present_one_is_pointed_out() -> None:
    form = {"user": "pay", "email": "paypaI@example.com", "how": "The customer confirms by code"}
    plan = planned("change-email", form, Paper(ALIAS, person("pay", "paypal@example.com", verified=True)))
    assert any("looks like the present one, paypal@example.com" in note.plain() for note in plan.notes)


def test_where_the_user_name_is_the_address_it_is_pointed_out_once() -> None:
    plan = planned("create-user", {"username": LOOK_ALIKE, "email": LOOK_ALIKE}, Paper(PLAIN))
    assert sum(SAID in note.plain() for note in plan.notes) == 1


def test_plain_letters_add_nothing_to_a_card() -> None:
    plan = planned("verify-email", {"user": "ben"}, Paper(ALIAS, person("ben", "ben@example.com")))
    assert plan.notes == ()


@pytest.mark.parametrize(("name", "email"), [("odd", LOOK_ALIKE), ("аna", "odd@example.com")])
def test_a_check_shows_it_among_the_evidence(name: str, email: str) -> None:
    answer = answered(name, Paper(ALIAS, person(name, email)))
    seen = [item.plain() for part in answer.details if isinstance(part, Bullets) for item in part.items]
    assert any(SAID in item for item in seen)


def test_a_sign_up_and_a_customers_own_change_say_it_too(customer_actions: CustomerActions) -> None:
    assert SAID in told(customer_actions.answer("sign-up", username="nina", email=LOOK_ALIKE))
    customer_actions.pool.add("ben", email="ben@example.com", email_verified=True)
    form = {"user": "ben", "token": customer_actions.pool.token("ben"), "how": "As the customer", "reason": REASON}
    assert SAID in told(customer_actions.answer("change-email", email=LOOK_ALIKE, **form))
