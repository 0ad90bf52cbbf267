"""Draws forms: those that have to be read for first behind "Loading…", and in the pool where the customer is.

Which pool that is the desk finds by itself. It is asked for only where the customer is in several or in none, and where
there is no customer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.desk.audited_access import AuditedAccess
from bot.desk.which_pool import WhichPool
from bot.plan import Refused
from bot.scenario import Prefill, Scenario, ScenarioKind
from bot.slack import blocks, forms, prompts, views
from bot.slack.background_work import BackgroundWork
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals
from bot.slack.offered import Offered
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.tickets.planner import SnapshotSource
from bot.words import Words, listed, say
from bot.wrappings import readings

USER = "user"
"""The field of every form that means one customer; with it, the pool is found by that customer."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Why a submitted form is shown once more, before anything is done with it."""

    view: View
    words: Words
    """The same for a person who has closed it."""


class Preparing:
    """Draws every scenario's form; most of them at once."""

    def __init__(
        self,
        *,
        scenarios: Mapping[str, Scenario[Any]],
        offered: Offered,
        directories: SnapshotSource,
        audited_access: AuditedAccess,
        which_pool: WhichPool,
        background: BackgroundWork,
        ephemeral: Ephemeral,
        modals: Modals,
    ) -> None:
        self._scenarios = scenarios
        self._offered = offered
        self._directories = directories
        self._audited_access = audited_access
        self._which_pool = which_pool
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals

    def finds_pool(self, scenario: Scenario[Any]) -> bool:
        """Whether the customer decides in which of several pools a scenario works."""
        return USER in scenario.fields and scenario.reads_a_pool and len(self._offered.pools(scenario)) > 1

    def form(
        self,
        scenario: Scenario[Any],
        frame: Frame,
        typed: forms.Typed,
        *,
        why: Refused | None = None,
        among: Sequence[str] = (),
    ) -> View:
        """Return a form, filled in; ``why`` it comes back stands above it. May read the pool.

        ``among``: the pools to choose from, where they are fewer than those in which it is offered.
        """
        memory = frame.memory
        if memory.parent is not None or memory.found:
            # What follows up on a request stays in its pool, and who was found is where they were found.
            pools: Sequence[str] = (memory.pool,)
        else:
            pools = among or self._offered.pools(scenario)
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
        if not among and not memory.pool and self.finds_pool(scenario):
            pools = ()
        return _found_in(memory, self._drawn(scenario, frame, typed, pools, prefilled, why))

    def _drawn(
        self,
        scenario: Scenario[Any],
        frame: Frame,
        typed: forms.Typed,
        pools: Sequence[str],
        prefilled: Mapping[str, Prefill],
        why: Refused | None,
    ) -> View:
        if why is None:
            return prompts.form(scenario, frame, pools=pools, typed=typed, prefilled=prefilled)
        return prompts.form_again(
            scenario, frame, why, scenarios=self._scenarios, pools=pools, typed=typed, prefilled=prefilled
        )

    def form_of(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed) -> View:
        """Return a form, filled in, in the pool where the customer is; it asks for the pool if there are several.

        Reads every pool in which the scenario is offered.
        """
        found = self._found(scenario, frame, typed)
        return found.view if isinstance(found, NotYet) else self.form(scenario, found[0], typed)

    def has_to_look(self, scenario: Scenario[Any], memory: Memory, typed: forms.Typed) -> bool:
        """Whether the pool of a submitted form isn't known, or was found by another customer than its own."""
        fixed = memory.parent is not None or (memory.pool and not memory.found)
        return not fixed and self.finds_pool(scenario) and typed.get(USER) != memory.found

    def look(
        self, request: Request, scenario: Scenario[Any], frame: Frame, typed: forms.Typed
    ) -> tuple[Frame, ...] | NotYet:
        """Return the head of a submitted form with the pool of its customer, or the form once more. Raises `Refused`.

        Only what reads gets more than one: it reads in each of them.
        """
        self._audited_access.agent(request.who)
        free = forms.without_secrets(scenario, typed)
        found = self._found(scenario, frame, free)
        if isinstance(found, NotYet) or scenario.prepare is None or found[0].memory.pool == frame.memory.pool:
            return found
        again = _look_again(found[0].memory.pool)
        return NotYet(self.form(scenario, found[0], free, why=Refused(again)), again)

    def _found(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed) -> tuple[Frame, ...] | NotYet:
        user = str(typed[USER])
        unknown = replace(frame, memory=frame.memory.model_copy(update={"pool": "", "found": ""}))
        among = self._offered.pools(scenario)
        try:
            pools = self._which_pool.of(user, among=among, also_gone=scenario.looks_back)
        except Refused as nowhere:
            return NotYet(self.form(scenario, unknown, typed, why=nowhere, among=among), nowhere.words)
        if len(pools) == 1 or scenario.kind is ScenarioKind.ANSWER:
            memories = (frame.memory.model_copy(update={"pool": pool, "found": user}) for pool in pools)
            return tuple(replace(frame, memory=memory) for memory in memories)
        several = Refused(
            say("{user} is in {n} pools: {pools}. Which one?", user=_bare(user), n=len(pools), pools=listed(pools)),
            field=forms.POOL,
        )
        return NotYet(self.form(scenario, unknown, typed, why=several, among=pools), several.words)

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
        self._background.run(
            lambda: self._redraw(request, modal, scenario, memory, values), modal.tell, request=request
        )

    def submitted(self, request: Request, modal: Modal, memory: Memory, values: Mapping[str, Any]) -> None:
        """Draw a form anew that was submitted for a pool which it doesn't show, and ask to look again."""
        scenario = self._scenarios[memory.scenario]
        why = Refused(_look_again(forms.pool_in(values))) if memory.pool else None
        self._background.run(
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
        self._audited_access.agent(request.who)
        chosen = memory.model_copy(update={"pool": forms.pool_in(values), "typed": {}})
        typed = {**memory.typed, **forms.without_secrets(scenario, forms.typed_freely(scenario.form, values))}
        modal.show(self.form(scenario, _frame(scenario, chosen), typed, why=why))

    def _teller(self, request: Request) -> Callable[[Words], None]:
        return lambda words: self._ephemeral.say(request, words)


def _found_in(memory: Memory, view: View) -> View:
    """Return a form that says where its customer was found."""
    if not memory.found:
        return view
    where = say("{user} is in pool {pool}.", user=_bare(memory.found), pool=memory.pool)
    return {**view, "blocks": [blocks.line(where), *view["blocks"]]}


def _bare(typed: str) -> str:
    """Return what was typed as the desk has read it."""
    return readings(typed)[-1]


def _look_again(pool: str) -> Words:
    return say("These are the settings of pool {pool}. Please look at them once more.", pool=pool)


def _frame(scenario: Scenario[Any], memory: Memory) -> Frame:
    return Frame(title=scenario.title, memory=memory)
