"""What may be asked for in which pool, and each scenario's form as a modal, filled in.

In which pool a customer is the desk finds by itself. It asks only where the customer is in several or in none, and
where there is no customer.

It is long because what a form offers and how it comes back after a mistake follow from the same pools.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.answer import Barred, Offer, Offers, Paragraph, Part, Refused, Way
from bot.attached_list import NO_FILES, BadList
from bot.aws.live_customer import not_allowed
from bot.desk.audited_access import AuditedAccess, no_such_pool
from bot.desk.people import Who
from bot.desk.requests import Preview, Request, Requests
from bot.desk.which_pool import WhichPool
from bot.plan import Plan, SubjectKind
from bot.scenario import ASKED_LAST, Prefill, Scenario, ScenarioKind
from bot.settings import PoolSettings, Settings
from bot.slack import blocks, forms, modals, previews
from bot.slack.blocks import Block
from bot.slack.forms import Drawn
from bot.slack.interaction import Next
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

ASK = "Ask the leads"
"""The label of the button by which leads are asked."""


class Catalogue:
    """What may be asked for at all, from the settings alone. In which pools, says `of`."""

    def __init__(self, scenarios: Mapping[str, Scenario[Any]], settings: Settings) -> None:
        self.scenarios = scenarios
        """By name, those that can be typed."""
        self.app = settings.slack
        """What the desk and its commands are called."""
        self._pools = settings.pools

    def askable(self, name: str) -> Scenario[Any] | None:
        """Return what a form may be of, which is more than can be typed; None where there is no such scenario."""
        return follow_ups.undo if name == follow_ups.UNDO else self.scenarios.get(name)

    def of(self, pools: Iterable[str]) -> "PoolsHere":
        """Return what may be asked for in some pools, which are those that somebody may ask about where they are."""
        return PoolsHere(self.scenarios, {each: self._pools[each] for each in pools}, files=self.app.files)


class PoolsHere:
    """What may be asked for in some pools; of others nothing is offered, found or said.

    What needs a credential or a file, or concerns SES, is offered only where the operator allows that.
    """

    def __init__(
        self, scenarios: Mapping[str, Scenario[Any]], pools: Mapping[str, PoolSettings], *, files: bool = False
    ) -> None:
        self._files = files
        self._scenarios = scenarios
        self._pools = pools

    @property
    def pools(self) -> tuple[str, ...]:
        """Their names, in the settings' order."""
        return tuple(self._pools)

    @property
    def only_pool(self) -> str:
        """The name of the pool if there is one alone; empty where there are several."""
        return self.pools[0] if len(self._pools) == 1 else ""

    @property
    def offered(self) -> dict[str, Scenario[Any]]:
        """The scenarios that are offered in some pool."""
        return {name: scenario for name, scenario in self._scenarios.items() if self.pools_of(scenario)}

    def pools_of(self, scenario: Scenario[Any]) -> tuple[str, ...]:
        """Return the pools in which it may be asked for, in the settings' order."""
        if scenario.needs_file and not self._files:
            return ()
        return tuple(name for name, pool in self._pools.items() if _allows(pool, scenario))

    def finds_pool(self, scenario: Scenario[Any]) -> bool:
        """Whether the customer decides in which of several pools a scenario works."""
        return USER in scenario.fields and scenario.reads_a_pool and len(self.pools_of(scenario)) > 1

    def left_out(self, scenario: Scenario[Any], pools: Iterable[str]) -> dict[str, Prefill]:
        """Return the fields that its form does without: a credential's, where the desk may ask for one in no pool, and
        a file's, where it takes none.
        """
        asks = any(self._pools[name].customer_credentials for name in pools if name in self._pools)
        without = (frozenset() if asks else scenario.secrets) | (frozenset() if self._files else scenario.attached)
        return {name: Prefill(left_out=True) for name in without}

    def check_pool(self, pool: str) -> None:
        """Return if a pool that something names is among them; empty is none. Raises `Refused`."""
        if pool and pool not in self._pools:
            raise Barred(no_such_pool(pool))

    def check(self, scenario: Scenario[Any], pool: str, fields: Mapping[str, str]) -> str:
        """Return the pool that is meant, empty where there is a choice. Raises `Refused` where it isn't offered."""
        self.check_pool(pool)
        allowed = self.pools_of(scenario)
        if not allowed or (pool and pool not in allowed):
            user = fields.get(USER, "")
            ways = (Way.CHECK.choice(user),) if user else ()
            raise Refused(_why_not(scenario, pool or ", ".join(self._pools)), choices=ways)
        return pool or (allowed[0] if len(allowed) == 1 else "")


class FormViews:
    """Draws every scenario's form, with the plan that it would ask for as soon as that is known."""

    def __init__(
        self,
        catalogue: Catalogue,
        access: AuditedAccess,
        requests: Requests,
        directories: SnapshotSource,
        which_pool: WhichPool,
    ) -> None:
        self._catalogue = catalogue
        self._access = access
        self._requests = requests
        self._directories = directories
        self._which_pool = which_pool

    def there(self, channel: str) -> PoolsHere:
        """Return what anybody may be shown in a channel: asks nobody. Who is shown it, may be shown less."""
        return self._catalogue.of(self._access.pools_in(channel))

    def _here(self, who: Who, memory: Memory) -> PoolsHere:
        """Return what somebody may be shown. Raises `Refused`, also where the form is about a pool that isn't theirs.

        It may ask Slack.
        """
        here = self._catalogue.of(self._access.offered(who, memory.channel))
        here.check_pool(memory.pool)
        return here

    def form(
        self,
        scenario: Scenario[Any],
        frame: Frame,
        typed: forms.Typed,
        who: Who,
        *,
        why: Refused | None = None,
        among: Sequence[str] = (),
        again: bool = False,
    ) -> Next:
        """Return a form, filled in, and with its plan if there is no reason ``why`` it comes back. May read the pool.

        ``who`` fills it in. ``among``: the pools to choose from, where they are fewer than those in which it is
        offered. ``again``: somebody is filling it in at this moment.
        """
        memory = frame.memory
        here = self._here(who, memory)
        try:
            drawn = self._drawn(scenario, frame, typed, here=here, among=among, again=again)
        except Refused as refused:
            drawn, why = None, refused
        if drawn is None:
            return Next(self._pool_first(scenario, frame, typed, here=here, why=why), why.words if why else None)
        frame = frame.remembering({"typed": {}, "plan": "", "values": ""})
        preview: Preview | None = None
        if memory.pool in here.pools_of(scenario):
            if why is None:
                try:
                    preview = self._preview(scenario, frame, drawn, who)
                except Refused as refused:
                    # Of what nobody has touched yet, nobody has to be told what is wrong with it.
                    why = refused if typed or not scenario.deciding else None
            try:
                frame, drawn = self._known(scenario, frame, drawn, preview, why, before=memory.typed.get(USER))
            except Refused as refused:
                why = why or refused
        frame, drawn = _with_files(scenario, frame, drawn, why, before=memory.typed)
        if preview is not None and not preview.out_of_reach:
            made_from = forms.decided(scenario, drawn.values)
            assert made_from is not None, "it was planned from this"
            shown = {"plan": preview.fingerprint, "values": forms.digest(scenario, made_from, memory.pool)}
            frame = frame.remembering(shown)
        view = form_view(scenario, frame, drawn, preview=preview, why=why, scenarios=self._catalogue.scenarios)
        return Next(view, why.words if why else None)

    def _pools(self, scenario: Scenario[Any], memory: Memory, here: PoolsHere) -> tuple[str, ...]:
        """Return the pools to choose from."""
        pools = here.pools_of(scenario)
        is_known = memory.origin is not None and memory.pool in pools
        if memory.parent is not None or memory.found or is_known:
            # What follows up on a request or on a check stays in its pool, and who was found is where they were found.
            return (memory.pool,)
        return pools

    def _drawn(
        self,
        scenario: Scenario[Any],
        frame: Frame,
        typed: forms.Typed,
        *,
        here: PoolsHere,
        among: Sequence[str],
        again: bool,
    ) -> Drawn | None:
        """Return what a form shows of its fields; None where the pool isn't known that it has to show.

        Raises `Refused` where that pool has nothing to show.
        """
        memory = frame.memory
        pools = tuple(among) or self._pools(scenario, memory, here)
        prefilled: Mapping[str, Prefill] = here.left_out(scenario, pools)
        if scenario.prepare is not None:
            if memory.pool not in pools:
                return None
            prefilled = {**prefilled, **scenario.prepare(self._directories.directory(memory.pool))}
        if not among and not memory.pool and here.finds_pool(scenario):
            pools = ()
        return Drawn(pools=pools, pool=memory.pool, typed=typed, prefilled=prefilled, again=again)

    def _pool_first(
        self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed, *, here: PoolsHere, why: Refused | None
    ) -> View:
        """Return the beginning of a form that shows what its pool holds: which pool, and ``why`` not the one before."""
        above = _above(why, frame, self._catalogue.scenarios) if why else []
        pools = self._pools(scenario, frame.memory, here)
        if len(pools) < 2:
            return modals.drawn(frame, above)
        content = [*above, forms.pool_input(scenario, pools, frame.memory.pool)]
        # It shows no pool yet, whichever is chosen in it.
        frame = frame.remembering({"pool": "", "typed": forms.without_secrets(scenario, typed)})
        return modals.drawn(frame, content, callback=FORM, submit="Next")

    def _preview(self, scenario: Scenario[Any], frame: Frame, drawn: Drawn, who: Who) -> Preview | None:
        """Return what the form would ask for; None where leads aren't asked, or too little is filled in."""
        form = forms.decided(scenario, drawn.values) if scenario.asks_leads(drawn.values) else None
        if form is None:
            return None
        memory = frame.memory
        request = Request(
            scenario=scenario,
            pool=memory.pool,
            form=form,
            who=who,
            channel=memory.channel,
            origin=memory.origin,
            parent=memory.parent,
        )
        return self._requests.preview(request, self._access.asker(who, memory.channel))

    def _known(
        self,
        scenario: Scenario[Any],
        frame: Frame,
        drawn: Drawn,
        preview: Preview | None,
        why: Refused | None,
        *,
        before: object,
    ) -> tuple[Frame, Drawn]:
        """Turn the customer, once found, from a field into text. Raises `Refused` where there is none, or several.

        ``before``: who stood there as text already.
        """
        typed = str(drawn.typed.get(USER) or "")
        doubted = why is not None and (why.field or scenario.first_field) == USER
        if USER not in scenario.fields or not typed or doubted or scenario.kind is ScenarioKind.ANSWER:
            return frame, drawn
        name = _whom(preview.plan) if preview is not None else typed if typed == before else ""
        name = name or self._directories.directory(frame.memory.pool).one(typed).username
        found = {"found": name} if frame.memory.found else {}
        frame = frame.remembering({"typed": {USER: name}, **found})
        return frame, replace(drawn, typed={**drawn.typed, USER: name}, known=(USER,))

    def form_of(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed, who: Who) -> Next:
        """Return a form, filled in, in the pool where the customer is; it asks for the pool if there are several.

        Reads every pool in which the scenario is offered to this person.
        """
        found = self._found(scenario, frame, typed, who)
        return found if isinstance(found, Next) else self.form(scenario, found[0], typed, who)

    def reads(self, scenario: Scenario[Any], pool: str, typed: forms.Typed, here: PoolsHere) -> bool:
        """Whether a pool has to be read before the form can be drawn."""
        if scenario.prepare is not None or (not pool and USER in typed and here.finds_pool(scenario)):
            return True
        plans = scenario.asks_leads(typed) and forms.decided(scenario, typed) is not None
        return bool(pool) and (USER in typed or plans)

    def pools_of(self, scenario: Scenario[Any], user: str, among: Sequence[str]) -> tuple[str, ...]:
        """Return the pools where a customer is, of some in which the scenario is offered. Raises `Refused`."""
        return self._which_pool.of(user, among=among, also_gone=scenario.looks_back)

    def has_to_look(self, scenario: Scenario[Any], memory: Memory, typed: forms.Typed) -> bool:
        """Whether the pool of a submitted form isn't known, or was found by another customer than its own.

        Asks nobody; who looks then, looks only where they may.
        """
        fixed = memory.parent is not None or (memory.pool and not memory.found)
        return not fixed and self.there(memory.channel).finds_pool(scenario) and typed.get(USER) != memory.found

    def look(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed, who: Who) -> tuple[Frame, ...] | Next:
        """Return the frame of a submitted form with the pool of its customer, or the form once more. Raises `Refused`.

        Only what reads gets more than one: it reads in each of them.
        """
        free = forms.without_secrets(scenario, typed)
        found = self._found(scenario, frame, free, who)
        if isinstance(found, Next) or scenario.prepare is None or found[0].memory.pool == frame.memory.pool:
            return found
        return self.form(scenario, found[0], free, who, why=Refused(look_again(found[0].memory.pool)))

    def _found(self, scenario: Scenario[Any], frame: Frame, typed: forms.Typed, who: Who) -> tuple[Frame, ...] | Next:
        user = str(typed[USER])
        among = self._here(who, frame.memory).pools_of(scenario)
        unknown = frame.remembering({"pool": "", "found": "", "typed": {}})
        try:
            pools = self.pools_of(scenario, user, among)
        except Refused as nowhere:
            return self.form(scenario, unknown, typed, who, why=nowhere, among=among)
        if len(pools) == 1 or scenario.kind is ScenarioKind.ANSWER:
            return tuple(frame.remembering({"pool": pool, "found": user}) for pool in pools)
        several = Refused(
            say("{user} is in {n} pools: {pools}. Which one?", user=_bare(user), n=len(pools), pools=listed(pools)),
            field=forms.POOL,
        )
        return self.form(scenario, unknown, typed, who, why=several, among=pools)


def form_view(
    scenario: Scenario[Any],
    frame: Frame,
    drawn: Drawn,
    *,
    preview: Preview | None = None,
    why: Refused | None = None,
    scenarios: Mapping[str, Scenario[Any]] | None = None,
) -> View:
    """Return a scenario's form, filled in.

    ``why`` it comes back stands above its field, with the ways on that lead to ``scenarios``; what there is to choose
    from takes the field's place. ``preview``: its plan, which stands above what leads go by.
    """
    field = (why.field if why else "") or scenario.first_field
    if why and why.choices:
        chosen = replace(drawn.prefilled.get(field, Prefill()), choices=why.choices, value="")
        drawn = replace(drawn, prefilled={**drawn.prefilled, field: chosen})
    asked = drawn.asked_for(scenario)
    above: dict[str, list[Block]] = {}
    if why:
        stands = field if field in asked or (field == forms.POOL and len(drawn.pools) > 1) else ""
        above[stands] = _above(why, frame, scenarios or {})
    if preview is not None:
        last = next(name for name in asked if name in ASKED_LAST)
        above[last] = [*previews.drawn(preview), *above.get(last, [])]
    content = [
        *_where(scenario, frame, drawn),
        *above.get("", []),
        *([] if why or drawn.again else map(blocks.line, scenario.intro)),
        *forms.inputs(scenario, drawn, above=above),
        *_agreement(scenario, drawn, preview),
    ]
    if not content:
        content = [blocks.line(say("{summary}.", summary=scenario.summary))]
    return modals.drawn(frame, content, callback=FORM, submit=_submit(scenario, drawn, preview))


def _with_files(
    scenario: Scenario[Any], frame: Frame, drawn: Drawn, why: Refused | None, *, before: Mapping[str, object]
) -> tuple[Frame, Drawn]:
    """Turn files that were attached from fields into text: Slack fills such a field in for nobody, and forgets what was
    in it while the form says that it is being looked at. ``before``: what stood as text already.

    A file that is no list is asked for once more.
    """
    for name in sorted(scenario.attached & drawn.typed.keys()):
        if isinstance(why, BadList) or (why is not None and why.field == name) or (drawn.again and name not in before):
            continue
        frame = frame.remembering({"typed": {**frame.memory.typed, name: drawn.typed[name]}})
        drawn = replace(drawn, known=(*drawn.known, name))
    return frame, drawn


def _where(scenario: Scenario[Any], frame: Frame, drawn: Drawn) -> list[Block]:
    """Return what is known already, as text: in which pool, who, and from which file."""
    known = []
    if USER in drawn.known:
        known.append(say("{pool} · {user}", pool=frame.memory.pool, user=str(drawn.typed[USER])))
    for name in scenario.attached & {*drawn.known}:
        file = forms.attached(drawn.typed, name)
        known.append(say("File: {file}", file=file.name if file else ""))
    return [blocks.line(each, bold=True) for each in known]


def _agreement(scenario: Scenario[Any], drawn: Drawn, preview: Preview | None) -> list[Block]:
    """Return who has to agree to what the form asks for; nothing where it only reads, or its plan says so."""
    if scenario.kind is ScenarioKind.ANSWER or preview is not None:
        return []
    if scenario.asks_leads(drawn.values):
        return [blocks.line(say("Nothing is asked yet: first you see what would change, and who has to agree."))]
    # Where another way of the form asks the leads, this one takes no address.
    takes = scenario.sends and "reason" not in scenario.fields
    unless = ", unless it would take an e-mail address from another account" if takes else ""
    return [blocks.line(say(f"No lead has to agree{unless}. It is sent at once."))]


def _submit(scenario: Scenario[Any], drawn: Drawn, preview: Preview | None) -> str:
    if scenario.kind is ScenarioKind.ANSWER:
        return "Check"
    if not scenario.asks_leads(drawn.values):
        return "Send"
    if preview is None:
        return "Next"
    return "Check again" if preview.out_of_reach else ASK


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


def _whom(plan: Plan) -> str:
    """Return the user name of the customer whom a plan is for; empty where it changes something else."""
    users = (each.subject for each in plan.changes if each.subject.kind is SubjectKind.USER and not each.loses)
    return next((user.name for user in users), "")


def _bare(typed: str) -> str:
    """Return what was typed as the desk has read it."""
    return readings(typed)[-1]


def look_again(pool: str) -> Words:
    """Return why a form comes back that showed what another pool holds."""
    return say("These are the settings of pool {pool}. Please look at them once more.", pool=pool)


def _allows(pool: PoolSettings, scenario: Scenario[Any]) -> bool:
    if scenario.needs_mail_evidence and not pool.mail_evidence:
        return False
    return pool.customer_credentials or not scenario.needs_credential


def _why_not(scenario: Scenario[Any], pool: str) -> Words:
    if scenario.needs_file:
        return NO_FILES
    if not scenario.needs_mail_evidence:
        return not_allowed(pool)
    return say(
        "In pool {pool} the desk may not look into the mail system. The cloud team can do this there; or the operator "
        "allows it with mail_evidence in desk.toml.",
        pool=pool,
    )
