"""What happens while somebody fills a form in: for what they choose it is drawn once more, with other fields or a plan.

What was typed stays in every field that is still there; Slack's client keeps it.
"""

import threading
from collections import OrderedDict
from typing import Any

from bot.answer import Barred, Refused
from bot.desk.audited_access import AuditedAccess
from bot.scenario import Scenario, only_with
from bot.slack import forms, modals
from bot.slack.background_work import Piece
from bot.slack.form_views import USER, Catalogue, FormViews, look_again
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame

_MOST = 1000
"""Forms of which it is remembered how they were drawn last: far more than are open at any time."""


class FormChanges:
    """Draws forms anew. Each is drawn for the latest change in it that this process has heard of."""

    def __init__(self, catalogue: Catalogue, access: AuditedAccess, form_views: FormViews) -> None:
        self._catalogue = catalogue
        self._access = access
        self._form_views = form_views
        self._lock = threading.Lock()
        self._latest: OrderedDict[str, int] = OrderedDict()
        self._drawn: dict[str, str] = {}
        """What Slack calls a form as it was drawn here last, by its id."""

    def changed(self, interaction: Interaction) -> None:
        """Draw a form anew for what was chosen in it. Called after the acknowledgement."""
        scenario = self._catalogue.askable(interaction.memory.scenario)
        if scenario is None:
            return
        try:
            if self.is_for_another_pool(scenario, interaction):
                self._load(scenario, interaction)
            else:
                self._redraw(scenario, interaction)
        except Barred as barred:
            # The form may show what was read for it.
            interaction.tell(barred.words)

    def _redraw(self, scenario: Scenario[Any], interaction: Interaction) -> None:
        turn = self._begin(interaction.view_id)
        view = self._anew(scenario, interaction)
        with self._lock:
            if self._latest.get(interaction.view_id) != turn:
                return
            seen = self._drawn.get(interaction.view_id) or interaction.seen
        # One that was submitted meanwhile isn't as it was seen, so Slack doesn't take it.
        if now := interaction.modal.redraw(view, seen):
            with self._lock:
                self._drawn[interaction.view_id] = now

    def is_for_another_pool(self, scenario: Scenario[Any], interaction: Interaction) -> bool:
        """Whether a form shows what belongs to another pool than the one that is chosen in it."""
        chosen = forms.pool_in(interaction.values)
        there = self._form_views.there(interaction.channel)
        in_it = scenario.prepare is not None and chosen in there.pools_of(scenario)
        return in_it and chosen != interaction.memory.pool

    def lacks_fields(self, scenario: Scenario[Any], interaction: Interaction) -> bool:
        """Whether a form doesn't show a field yet that goes with what was chosen in it."""
        known = interaction.memory.typed
        there = {*interaction.values, *known}
        asked = scenario.asked_for(forms.typed(scenario, interaction.values, known))
        return any(name not in there for name in asked if only_with(scenario.form.model_fields[name]))

    def submitted(self, scenario: Scenario[Any], interaction: Interaction) -> Piece:
        """Draw a form anew, after its acknowledgement, that was submitted for what it doesn't show."""
        memory = interaction.memory
        interaction.accept(Frame(title=scenario.title, memory=memory), modals.LOADING)
        other = memory.pool and self.is_for_another_pool(scenario, interaction)
        why = Refused(look_again(forms.pool_in(interaction.values))) if other else None
        return interaction.piece(lambda: self._load(scenario, interaction, why=why))

    def _load(self, scenario: Scenario[Any], interaction: Interaction, *, why: Refused | None = None) -> None:
        memory, values = interaction.memory, interaction.values
        # What was typed is in our hands now, and a form that is away can't be submitted for the wrong pool.
        interaction.load(Frame(title=scenario.title, memory=memory))
        self._access.asker(interaction.who, memory.channel)
        free = forms.typed_freely(scenario.form, values)
        typed = {**memory.typed, **forms.without_secrets(scenario, free)}
        chosen = interaction.modal.frame.remembering({"pool": forms.pool_in(values) or memory.pool, "typed": {}})
        interaction.modal.show(self._form_views.form(scenario, chosen, typed, interaction.who, why=why).view)

    def _anew(self, scenario: Scenario[Any], interaction: Interaction) -> modals.View:
        memory, who = interaction.memory, interaction.who
        self._access.asker(who, memory.channel)
        typed = forms.without_secrets(scenario, forms.typed(scenario, interaction.values, memory.typed))
        frame = interaction.modal.frame.remembering({"pool": forms.pool_in(interaction.values) or memory.pool})
        for name in scenario.deciding:
            try:
                if isinstance(typed.get(name), str) and name not in scenario.attached:
                    typed[name] = forms.cleaned(scenario, name, typed[name])
            except Refused as refused:
                return self._form_views.form(scenario, frame, typed, who, why=refused, again=True).view
        if typed.get(USER) and self._form_views.has_to_look(scenario, frame.memory, typed):
            return self._form_views.form_of(scenario, frame, typed, who).view
        return self._form_views.form(scenario, frame, typed, who, again=True).view

    def _begin(self, view_id: str) -> int:
        with self._lock:
            turn = self._latest.pop(view_id, 0) + 1
            self._latest[view_id] = turn
            while len(self._latest) > _MOST:
                forgotten, _ = self._latest.popitem(last=False)
                self._drawn.pop(forgotten, None)
            return turn
