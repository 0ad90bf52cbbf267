"""Runs a scenario over a fresh view of its pool: what it answers, or what it plans and from what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from bot import slack_errors
from bot.answer import Answer, EphemeralAnswer
from bot.cognito import Directory
from bot.customer import Customer
from bot.plan import Plan, Refused
from bot.scenario import Form, Scenario, Sources, remedies
from bot.slack_errors import Told
from bot.ticket import Ticket
from bot.tickets import codec, undo
from bot.tickets.records import Links, Records, no_links
from bot.tickets.store import Store
from bot.words import say


class Snapshot(Directory, Protocol):
    """A directory that remembers what it was asked for, as far as it matters to what was planned from it."""

    @property
    def observed(self) -> Mapping[str, Mapping[str, Any]]:
        """What has been read, by subject, without what changes by itself."""


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


class Planner:
    """Runs scenarios. Sends nothing."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario[Any]],
        snapshots: SnapshotSource,
        database: Store,
        *,
        links: Links = no_links,
        standing: Links | None = None,
        told: Told = slack_errors.told,
    ) -> None:
        # Nobody types it, so it is in no menu and no manifest; a card's button asks for it.
        self._scenarios = {**scenarios, undo.NAME: undo.after(scenarios.values())}
        self._remedies = remedies(scenarios)
        self._snapshots = snapshots
        self._store = database
        self._links = links
        self._standing = standing
        self._told = told

    def answer(self, scenario: str, pool: str, form: Mapping[str, Any]) -> Answer | EphemeralAnswer:
        """Run a scenario that reads; ``pool`` may be empty where it reads none. Raises `Refused`."""
        found = self._scenarios[scenario]
        snapshot = self._snapshots.directory(pool) if found.reads_a_pool else None
        result = found.run(
            _filled(found, form), Sources(directory=snapshot, ledger=self._records(pool), remedies=self._remedies)
        )
        assert not isinstance(result, Plan), "a plan is asked for, not answered"
        return result

    def plan(self, scenario: str, pool: str, form: Mapping[str, Any], *, original: Ticket | None = None) -> Planned:
        """Run a scenario that plans. ``original`` is the ticket that it follows up on, if any. Raises `Refused`."""
        found = self._scenarios[scenario]
        filled = _filled(found, form)
        snapshot = self._snapshots.directory(pool)
        plan = found.run(filled, self._sources(pool, snapshot, original))
        assert isinstance(plan, Plan), "only a plan can be asked for"
        return _planned(found, filled, snapshot, plan)

    def customer_action(
        self, scenario: str, pool: str, form: Mapping[str, Any], customer: Customer
    ) -> Answer | Planned:
        """Run a scenario that may use a customer's own credential: it has happened, or has become a plan.

        Raises `Refused` and `bot.customer.ChallengeNeeded`.
        """
        found = self._scenarios[scenario]
        filled = _filled(found, form)
        snapshot = self._snapshots.directory(pool)
        sources = Sources(directory=snapshot, ledger=self._records(pool), customer=customer)
        result = found.run(filled, sources)
        assert not isinstance(result, EphemeralAnswer), "what an customer action did is told to everyone"
        return result if isinstance(result, Answer) else _planned(found, filled, snapshot, result)

    def _sources(self, pool: str, snapshot: Snapshot, original: Ticket | None) -> Sources:
        return _FollowingUp(directory=snapshot, ledger=self._records(pool), original=original)

    def _records(self, pool: str) -> Records:
        return Records(self._store, pool, self._links, self._standing, self._told)


def _planned(scenario: Scenario[Any], form: Form, snapshot: Snapshot, plan: Plan) -> Planned:
    if plan.address:
        # Whoever carries the address is on record before anything is sent, whether the scenario looked or not.
        snapshot.holders(plan.address)
    kept = form.model_dump(mode="json", exclude=set(scenario.secrets))
    return Planned(plan=plan, form=kept, observed=codec.plain(snapshot.observed))


def _filled(scenario: Scenario[Any], form: Mapping[str, Any]) -> Form:
    try:
        filled = scenario.form.model_validate(dict(form))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        message = problem["msg"].removeprefix("Value error, ")
        field = str(problem["loc"][0]) if problem["loc"] else None
        raise Refused(say("{message}", message=message), field=field) from None
    assert isinstance(filled, Form)
    return filled
