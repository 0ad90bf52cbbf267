"""Forms that show what a pool holds: providers to choose from, present settings, and the way from there to the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, LivePool, View
from tests.stories.floor import Floor, settings_for, text_of, workspace

GIL = {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"}


@pytest.fixture
def google(pool: LivePool) -> LivePool:
    """The pool, with Gil who signs in through Google, whose word on his address nobody asks for."""
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    pool.add_provider("Facebook", "Facebook", {"email": "email"})
    pool.sign_in("Google", GIL)
    return pool


@pytest.fixture
def several(cognito: CognitoServer, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk serves a pool that mails codes, one that doesn't, and one that Terraform looks after."""
    pools = {
        "prod": cognito.pools.create("prod"),
        "shop": cognito.pools.create("shop", region="eu-west-1", auto_verify=()),
        "infra": cognito.pools.create("infra", settings={"UserPoolTags": {"managed-by": "terraform"}}),
    }
    pools["prod"].add_provider("Google", "Google", {"email": "email"})
    pools["shop"].add_provider("Okta", "OIDC", {"email": "email"})
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, pools, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def choices(view: View, label: str) -> list[str]:
    (field,) = (each for each in view.inputs if each.label == label)
    return [option.text for option in field.options]


def shows(floor: Floor, field: str, value: object) -> None:
    """Wait until a field of the form shows this."""

    def there() -> bool:
        form = floor.form("agent")
        return field in form.values and form.values[field] == value

    floor.slack.wait_for(there)


def test_after_the_claim_is_mapped_a_federated_sign_in_keeps_the_flag(floor: Floor, google: LivePool) -> None:
    floor.types("agent", "/cognito-check gil@example.com")
    floor.slack.wait_for_message("gil@example.com")
    floor.clicks("agent", "Map the claim…")
    form = floor.form("agent", "Map a provider")
    assert form.values["provider"] == "Google"
    assert form.values["claim"] == "email_verified"
    floor.submits("agent", reason="Google says who owns the mailbox")
    card = floor.reads_card("needs 2 leads")
    assert "Google · “verified” comes from: (none) → email_verified" in card.text

    floor.both_leads_approve("High risk")
    floor.reads_card("✅ Done: email_verified of Google is mapped to email_verified")
    floor.reads_thread("Tell the customer: “Please sign out, then sign in through Google.”")
    assert google.providers["Google"] == {
        "username": "sub",
        "email": "email",
        "name": "name",
        "email_verified": "email_verified",
    }

    assert google.sign_in("Google", GIL).email_verified
    floor.types("agent", "/cognito-check gil@example.com")
    floor.slack.wait_for(lambda: [each for each in floor.roots if _cause(each) == "VERIFIED"])


def test_the_providers_are_there_to_choose_from_with_what_each_is_mapped_to(floor: Floor, google: LivePool) -> None:
    floor.types("agent", "/cognito-map-provider")
    form = floor.form("agent", "Map a provider")

    assert choices(form, "Identity provider") == [
        "Google · email_verified is not mapped",
        "Facebook · email_verified is not mapped",
    ]
    assert form.values["provider"] == "Google"


def test_a_refused_form_keeps_its_choices_and_what_was_chosen(floor: Floor, google: LivePool) -> None:
    floor.types("agent", "/cognito-map-provider")
    floor.form("agent")
    floor.submits("agent", provider="Facebook", reason="trying it all the same")

    again = floor.modal_says("agent", "Facebook says nothing about whether an address is verified.")
    assert len(choices(again, "Identity provider")) == 2
    assert again.values["provider"] == "Facebook"
    assert again.values["reason"] == "trying it all the same"
    assert floor.is_silent()


def test_a_pool_without_providers_shows_no_form(floor: Floor) -> None:
    floor.types("agent", "/cognito-map-provider Google")
    view = floor.modal_says("agent", "Pool prod has no identity providers.")
    assert view.inputs == ()
    assert view.submit is None


def test_what_is_typed_before_a_form_that_begins_with_a_box_to_tick_opens_that_form(
    floor: Floor, pool: LivePool
) -> None:
    floor.types("agent", "/cognito pool-email foo")

    assert floor.form("agent", "Pool settings").values["codes"] == ["yes"]


def test_an_untouched_form_means_as_it_is(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-pool-email")
    form = floor.form("agent", "Pool settings")
    assert (form.values["codes"], form.values["keep"]) == (["yes"], [])
    floor.submits("agent", reason="only looking")

    again = floor.modal_says("agent", "Pool prod is set like that already.")
    assert again.values["codes"] == ["yes"]
    assert floor.is_silent()


def test_a_pool_learns_to_keep_old_addresses_and_nothing_else_moves(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    floor.asks("/cognito-pool-email", keep=True, reason="Typing errors lock people out")
    card = floor.reads_card("needs 2 leads")
    assert "prod · when an e-mail changes: use it at once → keep the old one" in card.text

    floor.both_leads_approve("High risk")
    floor.reads_card("✅ Done: pool prod is set: keep the old e-mail until the new one is verified")
    pool.change_own("ada", {"email": "ada@new.example.com"})
    assert pool.user("ada").email == "ada@example.com"
    assert pool.user("ada").email_verified


def test_with_several_pools_the_form_asks_for_the_pool_and_then_reads_it(several: Floor) -> None:
    several.types("agent", "/cognito-pool-email")
    first = several.form("agent", "Pool settings")
    assert [each.label for each in first.inputs] == ["Pool"]

    several.slack.chooses("agent", "Pool", "prod")
    shows(several, "codes", ["yes"])
    several.slack.chooses("agent", "reason", "because")
    several.slack.chooses("agent", "Pool", "shop")
    shows(several, "codes", [])
    form = several.form("agent")
    assert form.values["reason"] == "because"

    several.submits("agent", codes=True)
    card = several.reads_card("needs 2 leads")
    assert "set in pool shop: send a code when an e-mail changes" in card.text


def test_whoever_lost_the_right_meanwhile_is_shown_no_other_pool(several: Floor) -> None:
    several.types("agent", "/cognito-pool-email")
    several.form("agent", "Pool settings")
    several.leaves_group("agent", "S0SUPPORT")
    # The desk remembers who is who for a minute, but not longer than it lives.
    several.closes()
    several.opens()
    several.slack.chooses("agent", "Pool", "prod")
    several.modal_says("agent", "Only the support team can ask for this.")
    assert several.audited == ["refused"]


def test_whoever_lost_the_right_meanwhile_is_read_nothing_for(floor: Floor, google: LivePool) -> None:
    floor.types("agent", "/cognito-map-provider Google")
    floor.form("agent")
    floor.leaves_group("agent", "S0SUPPORT")
    floor.closes()
    floor.opens()
    before = len(google.calls)
    floor.submits("agent", reason="because")
    floor.told("agent", "Only the support team can ask for this.")
    assert not floor.slack.stack("agent")
    assert len(google.calls) == before


def test_a_provider_chosen_in_one_pool_is_not_taken_for_one_of_another(several: Floor) -> None:
    several.types("agent", "/cognito-map-provider Google")
    several.form("agent")
    several.slack.chooses("agent", "Pool", "prod")
    shows(several, "provider", "Google")
    several.slack.chooses("agent", "Pool", "shop")

    shows(several, "provider", "Okta")
    assert choices(several.form("agent"), "Identity provider") == ["Okta · email_verified is not mapped"]


def test_what_shows_one_pool_is_not_submitted_for_another(several: Floor) -> None:
    several.types("agent", "/cognito-pool-email")
    several.form("agent")
    several.slack.chooses("agent", "Pool", "prod")
    shows(several, "codes", ["yes"])

    # Faster than the desk could read: chosen and submitted in one go.
    several.submits("agent", pool="shop", reason="in a hurry")
    again = several.modal_says("agent", "These are the settings of pool shop.")
    assert again.values["codes"] == []
    assert again.values["reason"] == "in a hurry"
    assert several.is_silent()


def test_a_pool_that_others_manage_is_refused_and_another_can_be_chosen(several: Floor) -> None:
    several.types("agent", "/cognito-pool-email")
    several.form("agent")
    several.slack.chooses("agent", "Pool", "infra")
    refused = several.modal_says("agent", "Pool infra is managed by Terraform")
    assert [each.label for each in refused.inputs] == ["Pool"]

    several.slack.chooses("agent", "Pool", "prod")
    shows(several, "codes", ["yes"])
    assert "Terraform" not in text_of(several.form("agent"))


def _cause(message: object) -> str:
    metadata = getattr(message, "metadata", None) or {}
    return str(metadata.get("event_payload", {}).get("cause", ""))
