"""Draws forms that have to be read for first: behind "Loading…", for one pool, and anew when another pool is chosen."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.desk.on_record import OnRecord
from bot.plan import Refused
from bot.scenario import Prefill, Scenario
from bot.slack import forms, prompts, views
from bot.slack.boundary import Boundary
from bot.slack.modals import Modal, Modals
from bot.slack.offered import Offered
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.slack.whispers import Whispers
from bot.tickets.planner import Views
from bot.words import Words, say


class Preparing:
    """Draws every scenario's form; most of them at once."""

    def __init__(
        self,
        *,
        scenarios: Mapping[str, Scenario[Any]],
        offered: Offered,
        directories: Views,
        on_record: OnRecord,
        boundary: Boundary,
        whispers: Whispers,
        modals: Modals,
    ) -> None:
        self._scenarios = scenarios
        self._offered = offered
        self._directories = directories
        self._on_record = on_record
        self._boundary = boundary
        self._whispers = whispers
        self._modals = modals

    def form(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed, *, why: Refused | None = None) -> View:
        """Return a form, filled in; ``why`` it comes back stands above it. May read the pool."""
        memory = frame.memory
        # What follows up on a request stays in its pool.
        pools = self._offered.pools(scenario) if memory.parent is None else (memory.pool,)
        prefilled: Mapping[str, Prefill] = self._offered.left_out(scenario, pools)
        if scenario.prepare is not None:
            pool = frame.memory.pool
            if pool not in pools:
                return prompts.pool_first(scenario, frame, scenarios=self._scenarios, pools=pools, typed=typed)
            try:
                prefilled = {**prefilled, **scenario.prepare(self._directories.directory(pool))}
            except Refused as refused:
                return prompts.pool_first(
                    scenario, frame, scenarios=self._scenarios, pools=pools, typed=typed, why=refused
                )
        if why is None:
            return prompts.form(scenario, frame, pools=pools, typed=typed, prefilled=prefilled)
        return prompts.form_again(
            scenario, frame, why, scenarios=self._scenarios, pools=pools, typed=typed, prefilled=prefilled
        )

    def is_for_another_pool(self, scenario: Scenario[Any], memory: Memory, values: Mapping[str, Any]) -> bool:
        """Whether a submitted form shows what belongs to another pool than the one that is chosen in it."""
        chosen = forms.pool_in(values)
        return scenario.prepare is not None and chosen in self._offered.pools(scenario) and chosen != memory.pool

    def choose(self, request: Request, view_id: str, memory: Memory, values: Mapping[str, Any]) -> None:
        """Draw a form anew for the pool that was chosen in it. Called after the acknowledgement."""
        scenario = self._scenarios.get(memory.scenario)
        if scenario is None or not self.is_for_another_pool(scenario, memory, values):
            return
        modal = self._modals.pressed(view_id, _frame(scenario, memory), otherwise=self._teller(request))
        self._boundary.run(lambda: self._redraw(request, modal, scenario, memory, values), modal.tell, request=request)

    def submitted(self, request: Request, modal: Modal, memory: Memory, values: Mapping[str, Any]) -> None:
        """Draw a form anew that was submitted for a pool which it doesn't show, and ask to look again."""
        scenario = self._scenarios[memory.scenario]
        again = say("These are the settings of pool {pool}. Please look at them once more.", pool=forms.pool_in(values))
        why = Refused(again) if memory.pool else None
        self._boundary.run(
            lambda: self._redraw(request, modal, scenario, memory, values, why=why), modal.tell, request=request
        )

    def _redraw(
        self,
        request: Request,
        modal: Modal,
        scenario: Scenario[Any],
        memory: Memory,
        values: Mapping[str, Any],
        *,
        why: Refused | None = None,
    ) -> None:
        # What was typed is in our hands now, and a form that is away can't be submitted for the wrong pool.
        modal.show(views.waiting(modal.frame, views.LOADING))
        self._on_record.agent(request.who)
        chosen = memory.model_copy(update={"pool": forms.pool_in(values), "typed": {}})
        typed = {**memory.typed, **forms.without_secrets(scenario, forms.typed_freely(scenario.form, values))}
        modal.show(self.form(scenario, _frame(scenario, chosen), typed, why=why))

    def _teller(self, request: Request) -> Callable[[Words], None]:
        return lambda words: self._whispers.say(request, words)


def _frame(scenario: Scenario[Any], memory: Memory) -> Frame:
    return Frame(title=scenario.title, memory=memory)
