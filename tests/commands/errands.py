"""Errands over the wire: scenarios run with the sandbox's Cognito behind the customer's own calls."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.answer import Answer, Bullets, Offers, Paragraph, Quote, Table
from bot.customer import Challenge, ChallengeNeeded, Reply
from bot.gateway import Gateway
from bot.live_customer import LiveCustomer
from bot.plan import Plan, Refused
from bot.scenario import Sources
from bot.ticket import Event
from sandbox.cognito.server import CognitoServer
from tests.bot import wired
from tests.commands.paper import SCENARIOS, PaperLedger

READS = frozenset(
    {"AdminGetUser", "ListUsers", "DescribeUserPool", "ListIdentityProviders", "DescribeIdentityProvider"}
)
KINDS: dict[str, dict[str, Any]] = {
    "alias": {},
    "secret": {"client_secret": True},
    "login": {"email_login": True},
    "plain": {"alias": False},
    "keeps": {"keep_original": True},
    "silent": {"auto_verify": ()},
    "wants": {"required": ["email", "family_name"]},
}
SENDS = frozenset(operation for each in SCENARIOS.values() for operation in each.sends)


class Errands:
    """One pool, and an agent who runs errands in it."""

    def __init__(self, server: CognitoServer, gateway: Gateway, pool: str) -> None:
        self.server = server
        self.gateway = gateway
        self.pool = server.pools[pool]
        self.ledger = PaperLedger()
        self.journal: list[tuple[Event, Mapping[str, Any]]] = []

    def customer(self, reply: Reply | None = None) -> LiveCustomer:
        def write(event: Event, detail: Mapping[str, Any]) -> None:
            self.journal.append((event, detail))

        return self.gateway.customer(self.pool.name, journal=write, pauses=(0.0, 0.01), reply=reply)

    def run(self, scenario: str, reply: Reply | None = None, /, **form: str) -> Answer | Plan:
        """Run a scenario. Raises `Refused` and `ChallengeNeeded`."""
        found = SCENARIOS[scenario]
        directory = self.gateway.directory(self.pool.name)
        sources = Sources(directory=directory, ledger=self.ledger, customer=self.customer(reply))
        result = found.run(found.form.model_validate(form), sources)
        assert isinstance(result, Answer | Plan)
        return result

    def answer(self, scenario: str, reply: Reply | None = None, /, **form: str) -> Answer:
        answer = self.run(scenario, reply, **form)
        assert isinstance(answer, Answer)
        return answer

    def refused(self, scenario: str, reply: Reply | None = None, /, **form: str) -> Refused:
        with pytest.raises(Refused) as error:
            self.run(scenario, reply, **form)
        return error.value

    def asked(self, scenario: str, reply: Reply | None = None, /, **form: str) -> Challenge:
        with pytest.raises(ChallengeNeeded) as error:
            self.run(scenario, reply, **form)
        return error.value.challenge

    def code(self, to: str) -> str:
        return self.server.mailbox.code(to)

    @property
    def sent(self) -> list[str]:
        """The operations that reached the pool and were no reads of ours."""
        return [call.operation for call in self.pool.calls if call.operation not in READS]


def reply(challenge: Challenge, answer: str) -> Reply:
    return Reply(challenge=challenge, answer=SecretStr(answer))


def told(answer: Answer) -> str:
    """Everything that an answer says, as plain text."""
    lines = [answer.headline.plain()]
    for part in answer.thread:
        match part:
            case Paragraph(words) | Quote(words):
                lines.append(words.plain())
            case Bullets(items):
                lines += [item.plain() for item in items]
            case Offers(offers):
                lines += [offer.label for offer in offers]
            case Table():
                lines.append("a table")
    return "\n".join(lines)


@contextmanager
def wire() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wired.cognito() as server:
        for name, kind in KINDS.items():
            server.pools.create(name, **kind)
        with wired.gateway(server, SENDS) as gateway:
            yield server, gateway
