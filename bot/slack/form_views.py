"""What may be asked for in which pool, and each scenario's form as a modal, filled in.

In which pool a customer is the desk finds by itself. It asks only where the customer is in several or in none, and
where there is no customer.

It is long because what a form offers and how it comes back after a mistake follow from the same pools.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.answer import Offer, Offers, Paragraph, Part, Refused, Way
from bot.aws.live_customer import not_allowed
from bot.desk.audited_access import AuditedAccess
from bot.desk.which_pool import WhichPool
from bot.scenario import Prefill, Scenario, ScenarioKind
from bot.settings import PoolSettings, Settings
from bot.slack import blocks, forms, modals
from bot.slack.background_work import Piece
from bot.slack.blocks import Block
from bot.slack.interaction import Interaction, Next
from bot.slack.modals import Frame, Memory, View
from bot.tickets import follow_ups
from bot.tickets.planner import SnapshotSource
from bot.words import Words, listed, say
from bot.wrappings import readings

FORM = "form"
"""The ``callback_id`` of every scenario's form; which one it is stands in its memory."""

USER = "user"
"""The field of every form that means one customer; with it, the pool is found by that customer."""

_MOST_BUTTONS = 25
_SUBMIT = {ScenarioKind.PLAN: "Ask", ScenarioKind.CUSTOMER_ACTION: "Send", ScenarioKind.ANSWER: "Check"}


class Catalogue:
    """What may be asked for, and in which pools: from the settings alone.

    What needs a credential, or concerns SES, is offered only where the operator allows that.
    """

    def __init__(self, scenarios: Mapping[str, Scenario[Any]], settings: Settings) -> None:
        self.scenarios = scenarios
        """By name, those that can be typed."""
        self.app = settings.slack
        """What the desk and its commands are called."""
        self._pools = settings.pools
        self.channels = settings.channels.allowed
        """The ids of the channels that the desk works in, in the settings' order."""

    @property
    def pools(self) -> tuple[str, ...]:
        """The names of all pools, in the settings' order."""
        return tuple(self._pools)

    @property
    def only_pool(self) -> str:
        """The name of the pool if there is one alone; empty where there are several."""
        return self.pools[0] if len(self._pools) == 1 else ""

    @property
    def offered(self) -> dict[str, Scenario[Any]]:
        """The scenarios that are offered in some pool."""
        return {name: scenario for name, scenario in self.scenarios.items() if self.pools_of(scenario)}

    def askable(self, name: str) -> Scenario[Any] | None:
        """Return what a form may be of, which is more than can be typed; None where there is no such scenario."""
        return follow_ups.undo if name == follow_ups.UNDO else self.scenarios.get(name)

    def pools_of(self, scenario: Scenario[Any]) -> tuple[str, ...]:
        """Return the pools in which it may be asked for, in the settings' order."""
        return tuple(name for name, pool in self._pools.items() if _allows(pool, scenario))

    def finds_pool(self, scenario: Scenario[Any]) -> bool:
        """Whether the customer decides in which of several pools a scenario works."""
        return USER in scenario.fields and scenario.reads_a_pool and len(self.pools_of(scenario)) > 1

    def left_out(self, scenario: Scenario[Any], pools: Iterable[str]) -> dict[str, Prefill]:
        """Return the fields that its form does without: a credential's, where the desk may ask for one in no pool."""
        if any(self._pools[name].customer_credentials for name in pools if name in self._pools):
            return {}
        return {name: Prefill(left_out=True) for name in scenario.secrets}

    def check(self, scenario: Scenario[Any], pool: str, fields: Mapping[str, str]) -> str:
        """Return the pool that is meant, empty where there is a choice. Raises `Refused` where it isn't offered."""
        allowed = self.pools_of(scenario)
        if not allowed or (pool and pool not in allowed):
            user = fields.get(USER, "")
            ways = (Way.CHECK.choice(user),) if user else ()
            raise Refused(_why_not(scenario, pool or ", ".join(self._pools)), choices=ways)
        return pool or (allowed[0] if len(allowed) == 1 else "")


class FormViews:
    """Draws every scenario's form; those that show what their pool holds read it for that."""

    def __init__(
        self, catalogue: Catalogue, access: AuditedAccess, directories: SnapshotSource, which_pool: WhichPool
    ) -> None:
        self._catalogue = catalogue
        self._access = access
        self._directories = directories
        self._which_pool = which_pool

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
        memory, scenarios = frame.memory, self._catalogue.scenarios
        if memory.parent is not None or memory.found:
            # What follows up on a request stays in its pool, and who was found is where they were found.
            pools: Sequence[str] = (memory.pool,)
        else:
            pools = among or self._catalogue.pools_of(scenario)
        prefilled: Mapping[str, Prefill] = self._catalogue.left_out(scenario, pools)
        if scenario.prepare is not None:
            if memory.pool not in pools:
                return pool_first(scenario, frame, scenarios=scenarios, pools=pools, typed=typed)
            try:
                prefilled = {**prefilled, **scenario.prepare(self._directories.directory(memory.pool))}
            except Refused as refused:
                return pool_first(scenario, frame, scenarios=scenarios, pools=pools, typed=typed, why=refused)
        if not among and not memory.pool and self._catalogue.finds_pool(scenario):
            pools = ()
        view = form(scenario, frame, scenarios=scenarios, pools=pools, typed=typed, prefilled=prefilled, why=why)
        if not memory.found:
            return view
        where = say("{user} is in pool {pool}.", user=_bare(memory.found), pool=memory.pool)
        return {**view, "blocks": [blocks.line(where), *view["blocks"]]}

    def form_of(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed) -> View:
        """Return a form, filled in, in the pool where the customer is; it asks for the pool if there are several.

        Reads every pool in which the scenario is offered.
        """
        found = self._found(scenario, frame, typed)
        return found.view if isinstance(found, Next) else self.form(scenario, found[0], typed)

    def pools_of(self, scenario: Scenario[Any], user: str) -> tuple[str, ...]:
        """Return the pools where a customer is, of those in which the scenario is offered. Raises `Refused`."""
        among = self._catalogue.pools_of(scenario)
        return self._which_pool.of(user, among=among, also_gone=scenario.looks_back)

    def has_to_look(self, scenario: Scenario[Any], memory: Memory, typed: forms.Typed) -> bool:
        """Whether the pool of a submitted form isn't known, or was found by another customer than its own."""
        fixed = memory.parent is not None or (memory.pool and not memory.found)
        return not fixed and self._catalogue.finds_pool(scenario) and typed.get(USER) != memory.found

    def look(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed) -> tuple[Frame, ...] | Next:
        """Return the frame of a submitted form with the pool of its customer, or the form once more. Raises `Refused`.

        Only what reads gets more than one: it reads in each of them.
        """
        free = forms.without_secrets(scenario, typed)
        found = self._found(scenario, frame, free)
        if isinstance(found, Next) or scenario.prepare is None or found[0].memory.pool == frame.memory.pool:
            return found
        again = _look_again(found[0].memory.pool)
        return Next(self.form(scenario, found[0], free, why=Refused(again)), again)

    def _found(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed) -> tuple[Frame, ...] | Next:
        user = str(typed[USER])
        unknown = frame.remembering({"pool": "", "found": ""})
        try:
            pools = self.pools_of(scenario, user)
        except Refused as nowhere:
            among = self._catalogue.pools_of(scenario)
            return Next(self.form(scenario, unknown, typed, why=nowhere, among=among), nowhere.words)
        if len(pools) == 1 or scenario.kind is ScenarioKind.ANSWER:
            return tuple(frame.remembering({"pool": pool, "found": user}) for pool in pools)
        several = Refused(
            say("{user} is in {n} pools: {pools}. Which one?", user=_bare(user), n=len(pools), pools=listed(pools)),
            field=forms.POOL,
        )
        return Next(self.form(scenario, unknown, typed, why=several, among=pools), several.words)

    def is_for_another_pool(self, scenario: Scenario[Any], interaction: Interaction) -> bool:
        """Whether a form shows what belongs to another pool than the one that is chosen in it."""
        chosen = forms.pool_in(interaction.values)
        in_it = scenario.prepare is not None and chosen in self._catalogue.pools_of(scenario)
        return in_it and chosen != interaction.memory.pool

    def pool_chosen(self, interaction: Interaction) -> None:
        """Draw a form anew for the pool that was chosen in it. Called after the acknowledgement."""
        scenario = self._catalogue.askable(interaction.memory.scenario)
        if scenario is not None and self.is_for_another_pool(scenario, interaction):
            self._redraw(scenario, interaction)

    def submitted(self, scenario: Scenario[Any], interaction: Interaction) -> Piece:
        """Draw a form anew, after its acknowledgement, that was submitted for a pool which it doesn't show."""
        memory = interaction.memory
        interaction.accept(Frame(title=scenario.title, memory=memory), modals.LOADING)
        why = Refused(_look_again(forms.pool_in(interaction.values))) if memory.pool else None
        return interaction.piece(lambda: self._redraw(scenario, interaction, why=why))

    def _redraw(self, scenario: Scenario[Any], interaction: Interaction, *, why: Refused | None = None) -> None:
        memory, values = interaction.memory, interaction.values
        # What was typed is in our hands now, and a form that is away can't be submitted for the wrong pool.
        interaction.load(Frame(title=scenario.title, memory=memory))
        self._access.agent(interaction.who)
        chosen = interaction.modal.frame.remembering({"pool": forms.pool_in(values), "typed": {}})
        typed = {**memory.typed, **forms.without_secrets(scenario, forms.typed_freely(scenario.form, values))}
        interaction.modal.show(self.form(scenario, chosen, typed, why=why))


def form(
    scenario: Scenario[Any],
    frame: Frame,
    *,
    pools: Sequence[str],
    typed: forms.Typed,
    prefilled: Mapping[str, Prefill] | None = None,
    why: Refused | None = None,
    scenarios: Mapping[str, Scenario[Any]] | None = None,
) -> View:
    """Return a scenario's form, filled in. ``prefilled`` is what its pool holds, by field.

    ``why`` it comes back stands above it, with the ways on that lead to ``scenarios``; what there is to choose from
    takes its field's place.
    """
    inputs = forms.inputs(
        scenario,
        pools=pools,
        pool=frame.memory.pool,
        typed=typed,
        field=(why.field if why else "") or scenario.first_field,
        choices=why.choices if why else (),
        prefilled=prefilled,
    )
    above = _above(why, frame, scenarios or {}) if why else map(blocks.line, scenario.intro)
    content = [*above, *inputs]
    return modals.drawn(frame, content, callback=FORM, submit=_SUBMIT[scenario.kind])


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
    above = _above(why, frame, scenarios) if why else []
    if len(pools) < 2:
        return modals.drawn(frame, above)
    content = [*above, forms.pool_input(scenario, pools, frame.memory.pool)]
    # It shows no pool yet, whichever is chosen in it.
    frame = frame.remembering({"pool": "", "typed": forms.without_secrets(scenario, typed)})
    return modals.drawn(frame, content, callback=FORM, submit="Next")


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


def _above(why: Refused, frame: Frame, scenarios: Mapping[str, Scenario[Any]]) -> list[Block]:
    return [*blocks.warning(why.words), *blocks.drawn(_elsewhere(why, scenarios), frame.memory.topic)]


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


def _bare(typed: str) -> str:
    """Return what was typed as the desk has read it."""
    return readings(typed)[-1]


def _look_again(pool: str) -> Words:
    return say("These are the settings of pool {pool}. Please look at them once more.", pool=pool)


def _allows(pool: PoolSettings, scenario: Scenario[Any]) -> bool:
    if scenario.needs_mail_evidence and not pool.mail_evidence:
        return False
    return pool.customer_credentials or not scenario.needs_credential


def _why_not(scenario: Scenario[Any], pool: str) -> Words:
    if not scenario.needs_mail_evidence:
        return not_allowed(pool)
    return say(
        "In pool {pool} the desk may not look into the mail system. The cloud team can do this there; or the operator "
        "allows it with mail_evidence in desk.toml.",
        pool=pool,
    )
