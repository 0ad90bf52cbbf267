"""Holds every way on that a scenario offers to the scenarios that there are: a button for nothing opens nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.answer import Answer, Choice, EphemeralAnswer, Offer, Offers, Part, Refused
from bot.plan import Plan
from bot.scenario import BadScenario
from bot.scenario.loading import Scenarios, leads_nowhere


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
    found = [each for each in (leads_nowhere(name, fields, scenarios) for name, fields in started) if each]
    if found:
        raise BadScenario(*found)
