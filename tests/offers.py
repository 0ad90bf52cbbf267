"""Holds every way on that a scenario offers to the scenarios that there are: a button for nothing opens nothing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.answer import Answer, EphemeralAnswer, Offer, Offers, Part
from bot.plan import BadScenario, Choice, Plan, Refused
from bot.scenario import Scenario
from bot.slack.prompts import MENU

Scenarios = Mapping[str, Scenario[Any]]


def mistake(scenario: str, fields: Iterable[str], scenarios: Scenarios) -> str:
    """Return what is wrong with a button that starts a scenario; empty where nothing is."""
    if scenario == MENU:
        return "" if not list(fields) else "the button for the menu fills something in. Leave it out."
    if scenario not in scenarios:
        return (
            f"a button starts {scenario!r}, which is no scenario. Write one of {', '.join(sorted(scenarios))} instead."
        )
    found = scenarios[scenario]
    for name in fields:
        if name not in found.fields:
            known = ", ".join(found.fields) or "no field"
            return f"a button fills in {name!r} of {scenario}, which its form lacks. Write {known} instead."
        if name in found.secrets:
            return f"a button fills in {name!r} of {scenario}, which is a secret. Leave it out."
    return ""


@contextmanager
def held(scenarios: Scenarios) -> Iterator[None]:
    """Hold a refusal to what it offers. Raises `BadScenario` in its stead."""
    try:
        yield
    except Refused as refused:
        _hold((_of_choice(each, scenarios) for each in refused.choices if each.scenario), scenarios)
        raise


def hold(result: Answer | EphemeralAnswer | Plan, scenarios: Scenarios) -> None:
    """Raise `BadScenario` where an answer offers what can't be started or filled in."""
    if isinstance(result, Plan):
        return
    parts = result.thread if isinstance(result, Answer) else result.parts
    best = (result.best,) if isinstance(result, Answer) and result.best else ()
    _hold(((each.scenario, tuple(each.fields)) for each in (*best, *_in(parts))), scenarios)


def _in(parts: Iterable[Part]) -> Iterator[Offer]:
    return (offer for part in parts if isinstance(part, Offers) for offer in part.offers)


def _of_choice(choice: Choice, scenarios: Scenarios) -> tuple[str, tuple[str, ...]]:
    found = scenarios.get(choice.scenario)
    return choice.scenario, (found.first_field,) if found else ()


def _hold(started: Iterable[tuple[str, tuple[str, ...]]], scenarios: Scenarios) -> None:
    found = [each for each in (mistake(name, fields, scenarios) for name, fields in started) if each]
    if found:
        raise BadScenario(*found)
