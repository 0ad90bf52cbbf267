"""Under a report stand the buttons that help everyone of a kind at once, and no others."""

from typing import Any

import commands
from bot.answer import Offer
from bot.pool_check.offers import offers
from bot.scenario import load

ALL = ("map-provider", "bulk-verify", "bulk-invite")


def found(**providers: dict[str, int]) -> dict[str, Any]:
    return {"findings": {}, "providers": {"": {"EMAIL_CHANGED": 5}, **providers}}


def labels(given: dict[str, Any], known: tuple[str, ...] = ALL) -> list[str]:
    return [each.label for each in offers(given, known)]


def test_a_claim_that_is_not_mapped_comes_first_and_then_those_whom_it_concerns() -> None:
    google = {"provider": "Google"}
    assert offers(found(Google={"FED_UNMAPPED": 28_912}), ALL) == (
        Offer(label="Map Google's claim…", scenario="map-provider", fields=google, best=True),
        Offer(label="Verify 28,912 of Google, once mapped…", scenario="bulk-verify", fields=google),
    )


def test_the_provider_with_the_most_people_is_the_first() -> None:
    given = {name: {"FED_UNMAPPED": n} for n, name in enumerate(("Okta", "Google", "Azure", "Apple"), start=1)}
    assert labels(found(**given), ("map-provider",)) == [
        "Map Apple's claim…",
        "Map Azure's claim…",
        "Map Google's claim…",
    ]


def test_where_the_claim_is_mapped_those_are_offered_whose_flag_is_not_set() -> None:
    assert labels(found(Okta={"FED_CLAIM": 7, "VERIFIED": 9})) == ["Verify those of Okta…"]


def test_invitations_are_offered_where_somebody_waits_for_the_first_sign_in() -> None:
    assert labels({"findings": {"TEMP_PASSWORD": 3}, "providers": {}}) == ["Send expired invitations again…"]


def test_nothing_is_offered_where_nothing_helps_everyone_or_what_would_is_not_there() -> None:
    assert labels(found(Google={"VERIFIED": 4, "FED_GONE": 2})) == []
    assert labels(found(Google={"FED_UNMAPPED": 4}), ()) == []


def test_a_label_fits_a_button_of_slack_s() -> None:
    longest = found(**{"x" * 32: {"FED_UNMAPPED": 40_000_000}})
    assert max(map(len, labels(longest))) <= 75


def test_each_scenario_is_there_and_takes_what_its_button_fills_in() -> None:
    given = found(Google={"FED_UNMAPPED": 1}, Okta={"FED_CLAIM": 1}) | {"findings": {"TEMP_PASSWORD": 1}}
    scenarios = load(commands)
    offered = offers(given, scenarios)
    assert {each.scenario for each in offered} == set(ALL)
    for each in offered:
        assert set(each.fields) <= set(scenarios[each.scenario].form.model_fields)
