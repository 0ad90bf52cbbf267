"""In which pools a scenario is offered: errands only where the operator lets the desk ask for credentials."""

from collections.abc import Mapping
from typing import Any

from bot.aws.live_customer import not_allowed
from bot.plan import Choice, Refused
from bot.scenario import Kind, Scenario
from bot.settings import PoolSettings


class Offered:
    """Answers from the settings alone."""

    def __init__(self, pools: Mapping[str, PoolSettings]) -> None:
        self._pools = pools

    def pools(self, scenario: Scenario[Any]) -> tuple[str, ...]:
        """Return the pools in which it may be asked for, in the settings' order."""
        return tuple(
            name for name, pool in self._pools.items() if scenario.kind is not Kind.ERRAND or pool.customer_credentials
        )

    def scenarios(self, every: Mapping[str, Scenario[Any]]) -> dict[str, Scenario[Any]]:
        """Return those that are offered anywhere."""
        return {name: scenario for name, scenario in every.items() if self.pools(scenario)}

    def check(self, scenario: Scenario[Any], pool: str, fields: Mapping[str, str]) -> str:
        """Return the pool that is meant, empty where there is a choice. Raises `Refused` where it isn't offered."""
        allowed = self.pools(scenario)
        if not allowed or (pool and pool not in allowed):
            user = fields.get("user", "")
            ways = (Choice("Find out why", user, "check"),) if user else ()
            raise Refused(not_allowed(pool or ", ".join(self._pools)), choices=ways)
        return pool or (allowed[0] if len(allowed) == 1 else "")
