"""In which pools a scenario is offered: what needs a credential, or concerns SES, only where that is allowed."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.aws.live_customer import not_allowed
from bot.plan import Choice, Refused
from bot.scenario import Prefill, Scenario
from bot.settings import PoolSettings
from bot.words import Words, say


class Offered:
    """Answers from the settings alone."""

    def __init__(self, pools: Mapping[str, PoolSettings]) -> None:
        self._pools = pools

    def pools(self, scenario: Scenario[Any]) -> tuple[str, ...]:
        """Return the pools in which it may be asked for, in the settings' order."""
        return tuple(name for name, pool in self._pools.items() if _allows(pool, scenario))

    def scenarios(self, every: Mapping[str, Scenario[Any]]) -> dict[str, Scenario[Any]]:
        """Return those that are offered anywhere."""
        return {name: scenario for name, scenario in every.items() if self.pools(scenario)}

    def left_out(self, scenario: Scenario[Any], pools: Iterable[str]) -> dict[str, Prefill]:
        """Return the fields that its form does without: a credential's, where the desk may ask for one in no pool."""
        if any(self._pools[name].customer_credentials for name in pools if name in self._pools):
            return {}
        return {name: Prefill(left_out=True) for name in scenario.secrets}

    def check(self, scenario: Scenario[Any], pool: str, fields: Mapping[str, str]) -> str:
        """Return the pool that is meant, empty where there is a choice. Raises `Refused` where it isn't offered."""
        allowed = self.pools(scenario)
        if not allowed or (pool and pool not in allowed):
            user = fields.get("user", "")
            ways = (Choice("Find out why", user, "check"),) if user else ()
            raise Refused(_why(scenario, pool or ", ".join(self._pools)), choices=ways)
        return pool or (allowed[0] if len(allowed) == 1 else "")


def _allows(pool: PoolSettings, scenario: Scenario[Any]) -> bool:
    if scenario.needs_mail_evidence and not pool.mail_evidence:
        return False
    return pool.customer_credentials or not scenario.needs_credential


def _why(scenario: Scenario[Any], pool: str) -> Words:
    if not scenario.needs_mail_evidence:
        return not_allowed(pool)
    return say(
        "In pool {pool} the desk may not look into the mail system. The cloud team can do this there; or the operator "
        "allows it with mail_evidence in desk.toml.",
        pool=pool,
    )
