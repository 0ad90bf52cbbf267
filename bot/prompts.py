"""A scenario's form as a modal, and a refusal with the ways on that it offers."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot import blocks, forms, views
from bot.answer import Offer, Offers, Paragraph, Part
from bot.plan import Refused
from bot.scenario import Scenario
from bot.views import Frame, View
from bot.words import Words

FORM = "form"
"""The ``callback_id`` of every scenario's form; which one it is stands in its memory."""

_MOST_BUTTONS = 25


def form(scenario: Scenario[Any], frame: Frame, *, pools: Sequence[str], typed: forms.Typed) -> View:
    """Return a scenario's form, filled in."""
    inputs = forms.inputs(scenario, pools=pools, pool=frame.memory.pool, typed=typed)
    return views.modal(frame, inputs, callback=FORM, submit=forms.submit_label(scenario), close="Cancel")


def form_again(
    scenario: Scenario[Any],
    frame: Frame,
    refused: Refused,
    *,
    scenarios: Mapping[str, Scenario[Any]],
    pools: Sequence[str],
    typed: forms.Typed,
) -> View:
    """Return a form that comes back: why, everything typed but secrets, and what there is to choose from."""
    words = refused.words
    above = (Paragraph(Words(f"⚠️ {words.template}", words.values)), *_elsewhere(refused, scenarios))
    inputs = forms.inputs(
        scenario,
        pools=pools,
        pool=frame.memory.pool,
        typed=typed,
        field=refused.field or scenario.first_field,
        choices=refused.choices,
    )
    content = [*blocks.drawn(above, pool=frame.memory.pool, origin=frame.memory.origin), *inputs]
    return views.modal(frame, content, callback=FORM, submit=forms.submit_label(scenario), close="Cancel")


def refusal(refused: Refused, scenario: Scenario[Any], scenarios: Mapping[str, Scenario[Any]]) -> tuple[Part, ...]:
    """Return a refusal where there is no form: its choices are buttons that start over with the chosen one."""
    field = refused.field or scenario.first_field
    here = [
        Offer(label=choice.label, scenario=scenario.name, fields={field: choice.value})
        for choice in refused.choices[:_MOST_BUTTONS]
        if not choice.scenario
    ]
    return (
        Paragraph(refused.words),
        *([Offers(tuple(here))] if here else []),
        *_elsewhere(refused, scenarios),
    )


def _elsewhere(refused: Refused, scenarios: Mapping[str, Scenario[Any]]) -> list[Part]:
    offers = [
        Offer(
            label=choice.label,
            scenario=choice.scenario,
            fields={scenarios[choice.scenario].first_field: choice.value},
        )
        for choice in refused.choices[:_MOST_BUTTONS]
        if choice.scenario in scenarios
    ]
    return [Offers(tuple(offers))] if offers else []
