"""Which buttons stand under a report: what helps everyone of a kind at once."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.answer import Offer
from bot.diagnosis import Cause
from bot.pool_check.report import number

_MAP, _VERIFY, _INVITE = "map-provider", "bulk-verify", "bulk-invite"
_MOST_PROVIDERS = 3
"""How many providers have buttons of their own, those with the most people first."""


def offers(found: Mapping[str, Any], known: Collection[str]) -> tuple[Offer, ...]:
    """Return the buttons for what was found, the best first. ``known``: the scenarios that there are.

    ``found`` is as `bot.pool_check.judging.judge` returns it.
    """
    return tuple(each for each in _fitting(found) if each.scenario in known)


def _fitting(found: Mapping[str, Any]) -> Iterator[Offer]:
    unmapped = _most(found, Cause.FED_UNMAPPED)
    for place, (provider, _) in enumerate(unmapped):
        yield _offer(_MAP, f"Map {provider}'s claim…", provider, best=place == 0)
    # The form of this one says that the claim comes first, as long as it isn't mapped.
    for provider, count in unmapped:
        yield _offer(_VERIFY, f"Verify {number(count)} of {provider}, once mapped…", provider)
    mapped = [each for each in _most(found, Cause.FED_CLAIM) if each[0] not in dict(unmapped)]
    for provider, _ in mapped:
        yield _offer(_VERIFY, f"Verify those of {provider}…", provider)
    if found["findings"].get(Cause.TEMP_PASSWORD):
        yield Offer(label="Send expired invitations again…", scenario=_INVITE)


def _most(found: Mapping[str, Any], cause: Cause) -> list[tuple[str, int]]:
    counts = [(name, int(each.get(cause, 0))) for name, each in found["providers"].items() if name]
    return sorted((each for each in counts if each[1]), key=lambda each: (-each[1], each[0]))[:_MOST_PROVIDERS]


def _offer(scenario: str, label: str, provider: str, *, best: bool = False) -> Offer:
    return Offer(label=label, scenario=scenario, fields={"provider": provider}, best=best)
