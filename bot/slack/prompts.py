"""A scenario's form as a modal, and a refusal with the ways on that it offers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.answer import Offer, Offers, Paragraph, Part
from bot.plan import Refused
from bot.scenario import Prefill, Scenario
from bot.slack import blocks, forms, views
from bot.slack.blocks import Block
from bot.slack.typed_command import CHECK, Start, Unclear
from bot.slack.views import Frame, View
from bot.words import Words, say

FORM = "form"
"""The ``callback_id`` of every scenario's form; which one it is stands in its memory."""

MENU = "menu"
"""What a button holds in place of a scenario that opens the menu."""

_MOST_BUTTONS = 25
_LONGEST_READ = 60
"""Characters that are repeated of what nobody understood."""


def form(
    scenario: Scenario[Any],
    frame: Frame,
    *,
    pools: Sequence[str],
    typed: forms.Typed,
    prefilled: Mapping[str, Prefill] | None = None,
) -> View:
    """Return a scenario's form, filled in. ``prefilled`` is what its pool holds, by field."""
    inputs = forms.inputs(scenario, pools=pools, pool=frame.memory.pool, typed=typed, prefilled=prefilled)
    content = [*map(blocks.line, scenario.intro), *inputs]
    return views.modal(frame, content, callback=FORM, submit=forms.submit_label(scenario), close="Cancel")


def form_again(
    scenario: Scenario[Any],
    frame: Frame,
    refused: Refused,
    *,
    scenarios: Mapping[str, Scenario[Any]],
    pools: Sequence[str],
    typed: forms.Typed,
    prefilled: Mapping[str, Prefill] | None = None,
) -> View:
    """Return a form that comes back: why, everything typed but secrets, and what there is to choose from."""
    inputs = forms.inputs(
        scenario,
        pools=pools,
        pool=frame.memory.pool,
        typed=typed,
        field=refused.field or scenario.first_field,
        choices=refused.choices,
        prefilled=prefilled,
    )
    content = [*_why(refused, frame, scenarios), *inputs]
    return views.modal(frame, content, callback=FORM, submit=forms.submit_label(scenario), close="Cancel")


def pool_first(
    scenario: Scenario[Any],
    frame: Frame,
    *,
    scenarios: Mapping[str, Scenario[Any]],
    pools: Sequence[str],
    typed: forms.Typed,
    why: Refused | None = None,
) -> View:
    """Return the beginning of a form that shows what its pool holds: which pool, and ``why`` not the one before."""
    above = _why(why, frame, scenarios) if why else []
    if len(pools) < 2:
        return views.modal(frame, above)
    content = [*above, forms.pool_input(scenario, pools, frame.memory.pool)]
    # It shows no pool yet, whichever is chosen in it.
    known = {"pool": "", "typed": forms.without_secrets(scenario, typed)}
    frame = replace(frame, memory=frame.memory.model_copy(update=known))
    return views.modal(frame, content, callback=FORM, submit="Next", close="Cancel")


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
        *([Offers(tuple(here), all_shown=True)] if here else []),
        *_elsewhere(refused, scenarios),
    )


def instead(unclear: Unclear, scenarios: Mapping[str, Scenario[Any]], *, prefix: str) -> tuple[Part, ...]:
    """Return what to say of a command that isn't one, with what may have been meant as buttons.

    ``scenarios``: those that are offered; ``prefix``: what every command begins with.
    """
    near = [each for each in unclear.near if each.scenario in scenarios]
    offers = [_offered_as_typed(each, scenarios[each.scenario], prefix) for each in near]
    for each in unclear.customers:
        label = f"Check {each}" if "@" in each else f'Check the customer "{each}"'
        offers.append(Offer(label=label, scenario=CHECK, fields={scenarios[CHECK].first_field: each}))
    typed = blocks.shortened(unclear.typed, _LONGEST_READ)
    if unclear.is_mention:
        words = say("{typed} is in Slack, and no customer. Type the customer's user name or e-mail.", typed=typed)
    elif len(near) == 1:
        words = say("Did you mean `{command}`?", command=blocks.shortened(offers[0].label, 75))
    elif near:
        words = say('There is no command "{typed}". Did you mean one of these?', typed=typed)
    elif len(unclear.customers) > 1:
        words = say("There are several addresses in this: {found}. Which one?", found=", ".join(unclear.customers))
    elif unclear.customers and "@" in unclear.customers[0]:
        words = say("There is more in this than an address. Do you mean {address}?", address=unclear.customers[0])
    else:
        words = say('There is no command "{typed}".', typed=typed)
    return Paragraph(words), Offers((*offers, Offer(label="What can I do here?", scenario=MENU)), all_shown=True)


def _offered_as_typed(start: Start, scenario: Scenario[Any], prefix: str) -> Offer:
    fields = {scenario.first_field: start.text} if start.text and scenario.first_field else {}
    return Offer(label=f"{prefix} {scenario.name} {start.text}".rstrip(), scenario=scenario.name, fields=fields)


def explanation(scenario: Scenario[Any], *, prefix: str) -> list[Block]:
    """Return what a command is for, to stand above its form."""
    command = f"{prefix} {scenario.name} {scenario.usage}".rstrip()
    words = say("{summary}. Type `{command}`, or fill this in.", summary=scenario.summary, command=command)
    return [blocks.line(words)]


def _why(refused: Refused, frame: Frame, scenarios: Mapping[str, Scenario[Any]]) -> list[Block]:
    words = refused.words
    above = (Paragraph(Words(f"⚠️ {words.template}", words.values)), *_elsewhere(refused, scenarios))
    return blocks.drawn(above, pool=frame.memory.pool, origin=frame.memory.origin)


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
