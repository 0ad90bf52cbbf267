"""Runs a scenario over a fresh view of its pool: what it answers, or what it plans and from what.

What was approved is compared with what would be planned now, and a difference is said in words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from bot.answer import Answer, EphemeralAnswer, Refused
from bot.attached_list import AttachedLists, NoLists
from bot.cognito import Directory
from bot.customer import Customer
from bot.plan import Everyone, Plan, Risk
from bot.scenario import Form, Scenario, Sources, WholePool, remedies
from bot.ticket import Ticket, as_compared
from bot.tickets import follow_ups
from bot.tickets.records import Records
from bot.tickets.store import Store
from bot.words import Words, joined, say

_MOST = 4
"""How many differences are told; one is reason enough."""

_LONGEST = 200
"""Characters of one value: an address can have hundreds of accounts."""

_SAID = {
    "email": "e-mail of {name} was {old}, is {new}",
    "email_verified": "whether {name} is verified was {old}, is {new}",
    "enabled": "whether {name} is enabled was {old}, is {new}",
    "holders": "who has {name} was {old}, is {new}",
    "identities": "the providers that {name} signs in through were {old}, are {new}",
    "mapping": "what is mapped from {name} was {old}, is {new}",
    "signs_in": "who signs in with {name} was {old}, is {new}",
    "status": "state of {name} was {old}, is {new}",
    "username": "the account that was called {old} is called {new}",
}
"""How a difference reads, by what was observed; anything else goes by Cognito's own term."""

_GONE = {
    "address": "what is known of {name} is no longer the same",
    "name": "there is an account called {name} now",
    "provider": "the provider {name} is not there any more",
    "user": "{name} is not there any more",
}
"""How it reads when a subject is no longer observed. A name is observed for as long as it is free."""

_NEW = {
    "address": "what is known of {name} is no longer the same",
    "name": "there is no account called {name} any more",
    "provider": "the provider {name} was not there",
    "user": "{name} was not there",
}

_RECORDED_WHOLE = frozenset({"user", "pool", "provider"})
"""Subjects of which every field is recorded whenever they are read."""

_VALUES = {"true": "yes", "false": "no", "": "nobody or nothing"}


class Snapshot(Directory, Protocol):
    """A directory that remembers what it was asked for, as far as it matters to what was planned from it."""

    @property
    def observed(self) -> Mapping[str, Mapping[str, Any]]:
        """What has been read, by subject, without what changes by itself."""

    def look_for(self, reference: str) -> None:
        """Start reading whatever may show whom a reference means, so that it's read side by side."""


class SnapshotSource(Protocol):
    """Where fresh views of the pools come from."""

    def directory(self, pool: str) -> Snapshot:
        """Return a view of a pool that has read nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what it was made from."""

    plan: Plan
    form: Mapping[str, Any]
    """The form as it was understood, JSON-ready."""
    observed: Mapping[str, Any]
    """JSON-ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FollowingUp(Sources):
    """The sources of a scenario that follows up on a ticket."""

    original: Ticket | None

    def of(self, wanted: type) -> Any:
        """Return the source of the wanted type."""
        return self.original if wanted is Ticket else Sources.of(self, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSources:
    """Where scenarios get what they ask for besides a view of their pool."""

    records: Callable[[str, str, Collection[str]], Records] | None = None
    """What is on record of a pool, as a person reads it who may see what waits in some pools; None for what the
    database alone has."""
    whole_pool: Callable[[str, str, str], WholePool] | None = None
    """Begins a check of a whole pool, by the pool, the channel and the person's Slack id."""
    lists: AttachedLists = field(default_factory=NoLists)
    """Fetches what people attach."""
    everyone: Callable[[str], Everyone] | None = None
    """A pool's users, as its last check read them."""


class Planner:
    """Runs scenarios. Sends nothing."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario[Any]],
        snapshots: SnapshotSource,
        database: Store,
        others: "OtherSources | None" = None,
    ) -> None:
        # Nobody types it, so it is in no menu and no manifest; a card's button asks for it.
        self._scenarios = {**scenarios, follow_ups.UNDO: follow_ups.undo_after(scenarios.values())}
        self._remedies = remedies(scenarios)
        self._snapshots = snapshots
        self._others = others or OtherSources()
        self._records = self._others.records or (lambda pool, _, pools: Records(database, pool, pools))

    def answer(
        self,
        scenario: str,
        pool: str,
        form: Form | Mapping[str, Any],
        *,
        reader: str = "",
        reader_pools: Collection[str] = (),
        channel: str = "",
    ) -> Answer | EphemeralAnswer:
        """Run a scenario that reads; ``pool`` may be empty where it reads none. Raises `Refused`.

        ``reader``: the Slack id of the one who asks. ``reader_pools``: in which they may see what waits. ``channel``:
        where they ask.
        """
        found = self._scenarios[scenario]
        sources = Sources(
            directory=self._snapshots.directory(pool) if found.reads_a_pool else None,
            ledger=self._records(pool, reader, reader_pools),
            remedies=self._remedies,
            whole_pool=self._others.whole_pool(pool, channel, reader) if self._others.whole_pool else None,
            lists=self._others.lists,
        )
        result = found.run(understood(found, form), sources)
        assert not isinstance(result, Plan), "a plan is asked for, not answered"
        return result

    def plan(
        self,
        scenario: str,
        pool: str,
        form: Form | Mapping[str, Any],
        *,
        original: Ticket | None = None,
        address: str = "",
    ) -> Planned:
        """Run a scenario that plans. Raises `Refused`.

        ``original``: the ticket that it follows up on, if any. ``address``: what the plan is known to be about, so
        that its holders are read beside everything else.
        """
        found = self._scenarios[scenario]
        filled = understood(found, form)
        snapshot = self._snapshots.directory(pool)
        if address:
            snapshot.look_for(address)
        plan = found.run(filled, self._sources(pool, snapshot, original))
        assert isinstance(plan, Plan), "only a plan can be asked for"
        return _planned(found, filled, snapshot, plan)

    def customer_action(
        self, scenario: str, pool: str, form: Form | Mapping[str, Any], customer: Customer
    ) -> Answer | Planned:
        """Run a scenario that may use a customer's own credential: it has happened, or has become a plan.

        Raises `Refused` and `bot.customer.ChallengeNeeded`.
        """
        found = self._scenarios[scenario]
        filled = understood(found, form)
        snapshot = self._snapshots.directory(pool)
        sources = Sources(directory=snapshot, ledger=self._records(pool, "", ()), customer=customer)
        result = found.run(filled, sources)
        assert not isinstance(result, EphemeralAnswer), "what a customer action did is told to everyone"
        return result if isinstance(result, Answer) else _planned(found, filled, snapshot, result)

    def _sources(self, pool: str, snapshot: Snapshot, original: Ticket | None) -> Sources:
        ledger = self._records(pool, "", ())
        others = self._others
        return _FollowingUp(
            directory=snapshot,
            ledger=ledger,
            original=original,
            lists=others.lists,
            everyone=others.everyone(pool) if others.everyone is not None else None,
        )


def _planned(scenario: Scenario[Any], form: Form, snapshot: Snapshot, plan: Plan) -> Planned:
    if plan.address:
        # Everybody who has the address is on record before anything is sent, whether the scenario looked or not.
        snapshot.holders(plan.address)
    kept = form.model_dump(mode="json", exclude=set(scenario.secrets))
    return Planned(plan=plan, form=kept, observed=to_jsonable_python(snapshot.observed))


def understood(scenario: Scenario[Any], form: Form | Mapping[str, Any]) -> Form:
    """Return a form as its scenario understands it; one that was judged before as it is. Raises `Refused`."""
    if isinstance(form, Form):
        return form
    try:
        filled = scenario.form.model_validate(dict(form))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        message = problem["msg"].removeprefix("Value error, ")
        field = str(problem["loc"][0]) if problem["loc"] else None
        raise Refused(say("{message}", message=message), field=field) from None
    assert isinstance(filled, Form)
    return filled


def changed(plan: Plan, observed: Mapping[str, Any], now: Planned) -> Words | None:
    """Return what keeps an approved plan from being sent, or None when it still fits what was seen."""
    told = list(_observed(observed, now.observed))
    if told:
        return _joined(told[:_MOST])
    if _bare(plan) != _bare(now.plan):
        return say("What would be sent now is no longer what was approved.")
    if plan.risk is Risk.NORMAL and now.plan.risk is Risk.HIGH:
        return _joined([*now.plan.why_high[:1]] or [say("More leads have to agree to it now than when it was asked.")])
    return None


def _bare(plan: Plan) -> list[dict[str, Any]]:
    """Return what would be sent and what that changes, without what is only said of it."""
    calls, changes = as_compared(plan)
    return [*calls, *({name: value for name, value in each.items() if name != "note"} for each in changes)]


def _observed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Words]:
    for subject in sorted({*then, *now}):
        before, after = then.get(subject), now.get(subject)
        if before == after:
            continue
        kind, _, rest = subject.partition(":")
        name = str((before or after or {}).get("username", rest or subject))
        if after is None:
            yield say(_GONE.get(kind, "{name} is not there any more"), name=name)
        elif before is None:
            yield say(_NEW.get(kind, "{name} was not there"), name=name)
        else:
            # An older desk, before an upgrade, may have recorded less of a user, a pool or a provider.
            fields = {*before} if kind in _RECORDED_WHOLE else {*before, *after}
            for field in sorted(fields):
                if before.get(field) != after.get(field):
                    yield _difference(field, name, before.get(field), after.get(field))


def _difference(field: str, name: str, old: object, new: object) -> Words:
    template = _SAID.get(field, "{field} of {name} was {old}, is {new}")
    return say(template, field=field, name=name, old=_shown(old), new=_shown(new))


def _shown(value: object) -> str:
    match value:
        case None:
            text = ""
        case Mapping():
            text = ", ".join(f"{name} ← {item}" for name, item in sorted(value.items()))
        case list() | tuple():
            text = ", ".join(map(str, value))
        case _:
            text = str(value)
    return _VALUES.get(text.lower(), text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _joined(told: list[Words]) -> Words:
    whole = joined([replace(each, template=each.template.rstrip(".")) for each in told], "; ")
    return replace(whole, template=f"{whole.template}.")
