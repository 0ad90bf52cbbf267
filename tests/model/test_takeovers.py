"""How accounts and addresses were once got with one lead, step by step: none of it works any more."""

import pytest

from tests.model.bed import KINDS
from tests.model.conftest import Peopled
from tests.model.steps import (
    Approve,
    Change,
    ChangeAsCustomer,
    Create,
    EnterInTheApp,
    FollowUp,
    MakeAgain,
    Rewrite,
    Verify,
    Wait,
    played,
)
from tests.model.world import Start, World

ALICE, BERT, CLEO, DORA, EMIL = "U0ALICE", "U0BERT", "U0CLEO", "U0DORA", "U0EMIL"
ANA = Start(person="ana", name="ana-k", email="ana@example.com")
BO = Start(person="bo", name="bo-k", email="bo@example.com")
TOM = Start(person="tom", name="tom-k", email="tom@example.net")
THEFT = "tom@example.net"


def verified(world: World, person: str) -> bool:
    account = world.account_of(person)
    return account is not None and account.verified


def written(world: World, person: str = "ana") -> None:
    """Let an agent and one lead write the thief's address to somebody's account."""
    played(world, [Change(agent=ALICE, whose=person, address=THEFT, leads=(DORA,))])
    account = world.account_of(person)
    assert account is not None
    assert account.email == THEFT


@pytest.mark.parametrize("kind", ["alias", "plain", "folded"])
@pytest.mark.parametrize("hours", [0, 25, 24 * 90])
def test_an_address_that_the_desk_wrote_is_never_one_leads_to_verify(peopled: Peopled, kind: str, hours: int) -> None:
    world = peopled(kind, ANA)
    written(world)
    played(world, [Wait(hours=hours), Verify(agent=BERT, whose="ana", leads=(EMIL,))])
    assert not verified(world, "ana")
    # Nor has whoever asked for the address a vote, however long ago that was.
    played(world, [Change(agent=CLEO, whose="ana", address=BO.email, leads=(DORA,)), Wait(hours=hours)])
    played(world, [Verify(agent=BERT, whose="ana", leads=(EMIL, CLEO))])
    assert not verified(world, "ana")
    played(world, [Approve(lead=DORA)])
    assert verified(world, "ana")


def test_the_address_is_like_any_other_once_its_user_has_entered_the_code(peopled: Peopled) -> None:
    world = peopled("alias", ANA)
    address = "ana.new@example.com"
    played(world, [Change(agent=ALICE, whose="ana", address=address, leads=(DORA,)), EnterInTheApp(person="ana")])
    assert verified(world, "ana")


@pytest.mark.parametrize("name", ["Änne-k", "A\N{COMBINING DIAERESIS}nne-k", "BØ-k", "ana-k"])
def test_whoever_changed_an_address_as_the_customer_is_no_lead_for_it_whatever_the_user_is_called(
    peopled: Peopled, name: str
) -> None:
    world = peopled("alias", Start(person="ana", name=name, email="ana@example.com"))
    played(world, [ChangeAsCustomer(agent=CLEO, whose="ana", address="ana.new@example.com", caller="ana")])
    played(world, [Verify(agent=BERT, whose="ana", leads=(CLEO, EMIL))])
    assert not verified(world, "ana")
    played(world, [Approve(lead=DORA)])
    assert verified(world, "ana")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "login"])
def test_a_preferred_name_that_looks_like_somebodys_address_is_no_name(peopled: Peopled, kind: str) -> None:
    ana = Start(person="ana", name="ana-k", email="ana@example.com", verified=False)
    tom = Start(person="tom", name="tom-k", email="ana@example.com", verified=False)
    world = peopled(kind, ana, tom)
    played(world, [Rewrite(person="tom", attribute="preferred_username", address="ana@example.com")])
    played(world, [Verify(agent=ALICE, whose="ana", by="address", chooses=0, leads=(DORA,))])
    assert not verified(world, "tom")


def test_a_user_name_that_is_somebodys_address_is_a_choice_too(peopled: Peopled) -> None:
    ana = Start(person="ana", name="ana-k", email="ana@example.com", verified=False)
    tom = Start(person="tom", name="ana@example.com", email="tom@example.net", verified=False)
    world = peopled("plain", ana, tom)
    played(world, [Verify(agent=ALICE, whose="ana", by="address", chooses=0, leads=(DORA,))])


@pytest.mark.parametrize(("kind", "has"), [("alias", False), ("folded", False), ("plain", True), ("plain", False)])
@pytest.mark.parametrize("marked", [True, False])
def test_whoever_has_the_address_of_a_new_account_stands_on_its_card(
    peopled: Peopled, kind: str, has: bool, marked: bool
) -> None:
    world = peopled(kind, Start(person="bo", name="bo-k", email="bo@example.com", verified=has))
    before = world.accounts()
    played(world, [Create(agent=ALICE, name="tom-k", address="bo@example.com", verified=marked, leads=(DORA,))])
    if marked:
        assert world.accounts() == before


def test_one_lead_is_enough_for_an_address_that_nobody_else_has_and_the_desk_never_wrote(peopled: Peopled) -> None:
    world = peopled("alias", Start(person="ana", name="ana-k", email="ana@example.com", verified=False), BO)
    played(world, [Verify(agent=ALICE, whose="ana", leads=(DORA,))])
    assert verified(world, "ana")


def test_an_address_that_somebody_else_has_too_is_never_one_leads_to_give(peopled: Peopled) -> None:
    ana = Start(person="ana", name="ana-k", email="ana@example.com", verified=False)
    tom = Start(person="tom", name="tom-k", email="ana@example.com", verified=False)
    world = peopled("alias", ana, tom)
    played(world, [Verify(agent=ALICE, whose="tom", leads=(DORA,))])
    assert not verified(world, "tom")


def test_where_a_mailed_code_signs_in_no_lead_changes_an_address_alone(peopled: Peopled) -> None:
    world = peopled("mailed sign-in", ANA)
    played(world, [Change(agent=ALICE, whose="ana", address=THEFT, leads=(DORA,))])
    account = world.account_of("ana")
    assert account is not None
    assert account.email == ANA.email


def test_an_address_that_the_desk_moved_off_an_account_is_still_that_accounts(peopled: Peopled) -> None:
    tom = Start(person="tom", name="tom-k", email="tom@example.net", verified=False)
    world = peopled("alias", BO, tom)
    played(world, [Change(agent=ALICE, whose="bo", address="bo.new@example.com", leads=(DORA,))])
    played(world, [Rewrite(person="tom", attribute="email", address="bo@example.com")])
    played(world, [Verify(agent=BERT, whose="tom", leads=(EMIL,))])
    assert not verified(world, "tom")


def test_an_account_that_was_made_again_has_nothing_to_do_with_the_one_before(peopled: Peopled) -> None:
    world = peopled("alias", ANA)
    written(world)
    played(world, [MakeAgain(whose="ana", person="ana", address="ana@example.com")])
    played(world, [Verify(agent=BERT, whose="ana", leads=(DORA,))])
    assert verified(world, "ana")
    # What is undone is not what was done to it.
    played(world, [FollowUp(agent=BERT, action="undo", request=1, leads=(DORA, EMIL))])
