"""A desk with several pools: an agent knows the customer's address, not where it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, View
from tests.stories.floor import PROOF, Floor, settings_for, text_of, workspace


@pytest.fixture
def floors(cognito: CognitoServer, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk serves three pools in two regions."""
    pools = {
        "prod": cognito.pools.create("prod"),
        "shop": cognito.pools.create("shop", region="eu-west-1"),
        "club": cognito.pools.create("club"),
    }
    pools["prod"].add("ada", email="ada@example.com", email_verified=False)
    pools["shop"].add("eva", email="eva@example.com", email_verified=False)
    for name in ("prod", "shop"):
        pools[name].add(f"tom.{name}", email="tom@example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, pools, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def labels(form: View) -> list[str]:
    return [field.label for field in form.inputs]


def asks_for_pool(floors: Floor, words: str) -> tuple[View, list[str]]:
    """Wait for a form that asks for the pool, and return it with the pools that there are to choose from."""
    form = floors.modal_says("agent", words)
    (pool,) = (field for field in form.inputs if field.label == "Pool")
    return form, [option.text for option in pool.options]


def test_a_check_finds_the_pool_by_itself(floors: Floor) -> None:
    floors.types("agent", "/cognito-check eva@example.com")
    root = floors.slack.wait_for_message("eva@example.com")

    assert "\nshop · " in root.text
    assert root.metadata is not None
    assert root.metadata["event_payload"]["pool"] == "shop"


def test_an_address_in_two_pools_is_checked_in_both_however_it_is_asked(floors: Floor) -> None:
    floors.types("agent", "/cognito-check tom@example.com")
    floors.slack.wait_for(lambda: len(floors.roots) == 2)

    floors.types("agent", "/cognito-check")
    assert labels(floors.form("agent")) == ["User"]
    floors.submits("agent", user="tom@example.com")
    floors.slack.wait_for(lambda: len(floors.roots) == 4)
    pools = [root.metadata["event_payload"]["pool"] for root in floors.roots if root.metadata]
    assert sorted(pools) == ["prod", "prod", "shop", "shop"]


def test_nobody_in_any_pool_is_said_to_the_person_alone_with_who_comes_close(floors: Floor) -> None:
    floors.types("agent", "/cognito-check evaa@example.com")
    ephemeral = floors.told("agent", 'No account in prod, shop, club has "evaa@example.com".')

    assert "Close to it: eva@example.com" in ephemeral.text
    assert floors.is_silent()

    floors.clicks("agent", "Check eva@example.com")
    assert "\nshop · " in floors.slack.wait_for_message("eva@example.com").text


def test_a_form_opens_in_the_pool_where_the_customer_is(floors: Floor) -> None:
    floors.types("agent", "/cognito-verify-email Eva Lopez <eva@example.com>")
    form = floors.form("agent")

    assert labels(form) == ["Proof", "Reason"]
    assert "shop · eva" in text_of(form)
    floors.submits("agent", reason="called back")
    assert "pool shop" in floors.reads_card("mark eva@example.com as verified").text


def test_without_a_customer_the_pool_is_found_when_the_form_is_submitted(floors: Floor) -> None:
    floors.types("agent", "/cognito-verify-email")
    assert labels(floors.form("agent")) == ["User", "Proof", "Reason"]
    floors.submits("agent", user="eva", reason="called back")

    assert "pool shop" in floors.reads_card("mark eva@example.com as verified").text


def test_only_what_is_ambiguous_is_asked_and_what_was_typed_stays_but_no_secret(floors: Floor) -> None:
    floors.types("agent", "/cognito-send-code")
    floors.form("agent")
    floors.submits("agent", user="tom@example.com", password="Correct-horse-1")
    form, pools = asks_for_pool(floors, "tom@example.com is in 2 pools: prod, shop. Which one?")
    assert pools == ["prod", "shop"]
    assert form.values["user"] == "tom@example.com"
    assert "Correct-horse-1" not in str(form.content)
    assert floors.is_silent()

    # The form of before says the same.
    floors.slack.reloads("agent")
    floors.types("agent", "/cognito-verify-email tom@example.com")
    form, pools = asks_for_pool(floors, "tom@example.com is in 2 pools: prod, shop. Which one?")
    assert form.title == "Mark as verified"
    assert pools == ["prod", "shop"]
    floors.submits("agent", pool="shop", reason="called back")
    assert "for tom.shop" in floors.reads_card("mark tom@example.com as verified").text


def test_nobody_is_said_in_the_form_with_who_comes_close_and_the_pool_can_be_chosen(floors: Floor) -> None:
    floors.types("agent", "/cognito-verify-email evaa@example.com")
    form, pools = asks_for_pool(floors, 'No account in prod, shop, club has "evaa@example.com".')
    assert pools == ["prod", "shop", "club"]
    assert form.values["user"] == "evaa@example.com"
    assert "Check eva@example.com" in [button.label for button in form.buttons]


def test_a_form_that_shows_its_pool_finds_it_by_the_customer_too(floors: Floor) -> None:
    floors.types("agent", "/cognito-change-email ada@example.com")
    form = floors.form("agent", "Change the e-mail")
    assert "prod · ada" in text_of(form)
    assert "Pool" not in labels(form)
    assert "User" not in labels(form)
    floors.submits("agent", email="ada@new.example.com", reason="asked for it")
    assert "pool prod" in floors.reads_card("change the e-mail of ada").text


def test_what_has_no_customer_asks_for_the_pool(floors: Floor) -> None:
    floors.types("agent", "/cognito-create-user eva2")
    assert labels(floors.form("agent"))[0] == "Pool"

    floors.slack.chooses("agent", "email", "eva2@example.com")
    floors.slack.chooses("agent", "pool", "shop")
    floors.modal_says("agent", "One lead has to agree.")
    floors.submits("agent", reason="Started to work here")
    assert "pool shop" in floors.reads_card("create eva2 with eva2@example.com").text


def test_a_plan_of_one_pool_is_not_asked_for_in_another(floors: Floor) -> None:
    floors.types("agent", "/cognito-create-user eva2")
    floors.form("agent")
    floors.slack.chooses("agent", "email", "eva2@example.com")
    floors.slack.chooses("agent", "pool", "shop")
    floors.modal_says("agent", "One lead has to agree.")
    # Quicker than Slack tells of the choice.
    floors.slack.submits("agent", {"pool": "prod", "proof": PROOF, "reason": "Started to work here"})
    floors.slack.wait_for(lambda: '"pool":"prod"' in floors.form("agent").content["private_metadata"])
    assert floors.is_silent()


def test_a_pool_that_can_not_be_read_may_be_the_one_so_nothing_is_asked(floors: Floor, cognito: CognitoServer) -> None:
    floors.types("agent", "/cognito-verify-email")
    floors.form("agent")
    cognito.faults.refuse_credentials()
    floors.submits("agent", user="eva@example.com", reason="called back")

    form, _ = asks_for_pool(floors, "tell the operator")
    assert form.values["reason"] == "called back"
    assert floors.is_silent()


def test_nobody_who_may_not_ask_has_anything_read_for_them(floors: Floor, cognito: CognitoServer) -> None:
    floors.types("guest", "/cognito-verify-email eva@example.com")
    floors.told("guest", "Only the support team can ask for this.")
    assert not cognito.calls.list()


def test_what_follows_up_on_a_request_stays_in_its_pool(floors: Floor) -> None:
    floors.asks("/cognito-verify-email eva")
    floors.clicks("lead1", "Approve")
    done = floors.reads_card("✅ Done: ")

    floors.clicks("agent", "Undo", done)
    assert labels(floors.form("agent", "Undo")) == ["Reason"]
    floors.submits("agent", reason="It was the wrong customer")
    floors.slack.wait_for(lambda: len(floors.cards) == 2)
    assert "pool shop" in floors.reads_card("undo: ").text
