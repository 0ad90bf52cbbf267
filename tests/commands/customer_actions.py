"""Errands over the wire: scenarios run with the sandbox's Cognito behind the customer's own calls."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.answer import Answer, Bullets, Offers, Paragraph, Quote, Refused, Table
from bot.aws.gateway import Gateway
from bot.aws.live_customer import LiveCustomer
from bot.customer import Challenge, ChallengeNeeded, Reply
from bot.plan import Plan
from bot.scenario import Sources, remedies
from bot.ticket import Event
from bot.tickets import verification
from sandbox.testing import CognitoServer
from tests import offers
from tests.bot import wired
from tests.commands.paper import REASON, SCENARIOS, PaperLedger

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


class CustomerActions:
    """One pool, and an agent who runs customer actions in it."""

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

    def run(self, scenario: str, reply: Reply | None = None, /, **form: Any) -> Answer | Plan:
        """Run a scenario. Raises `Refused` and `ChallengeNeeded`."""
        found = SCENARIOS[scenario]
        directory = self.gateway.directory(self.pool.name)
        sources = Sources(
            directory=directory, ledger=self.ledger, customer=self.customer(reply), remedies=remedies(SCENARIOS)
        )
        with offers.held(SCENARIOS):
            result = found.run(found.form.model_validate(form), sources)
        offers.hold(result, SCENARIOS)
        assert isinstance(result, Answer | Plan)
        return result

    def answer(self, scenario: str, reply: Reply | None = None, /, **form: str) -> Answer:
        answer = self.run(scenario, reply, **form)
        assert isinstance(answer, Answer)
        assert isinstance(answer.thread[-1], Quote), "after each remedy there is a line for the customer"
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


class Desk(CustomerActions):
    """One pool, and somebody who asks for what leads then approve."""

    def planned(self, scenario: str, **form: Any) -> Plan:
        plan = self.run(scenario, reason=REASON, **form)
        assert isinstance(plan, Plan)
        assert plan.tell_customer, "after each remedy there is a line for the customer"
        return plan

    def done(self, scenario: str, *, secret: str = "", **form: Any) -> Plan:
        """Plan it, send precisely that, and read that it has come as planned."""
        plan = self.planned(scenario, **form)
        for call in plan.calls:
            given = {name: SecretStr(secret) for name in call.secrets}
            self.gateway.send(self.pool.name, call, secrets=given)
        readings = verification.read(self.gateway.directory(self.pool.name), verification.readable(plan))
        assert [reading for reading in readings if not reading.as_planned] == []
        return plan

    def refuses(self, scenario: str, words: str, **form: Any) -> None:
        before = self.accounts
        with pytest.raises(Refused, match=words):
            self.run(scenario, **form)
        assert self.accounts == before

    def check(self, reference: str) -> Answer:
        answer = self.run("check", user=reference)
        assert isinstance(answer, Answer)
        return answer

    def checked(self, reference: str) -> str:
        return str(self.check(reference).event["cause"])

    def add(self, name: str, address: str, *, verified: bool, **more: Any) -> str:
        return self.pool.add(name, email=address, email_verified=verified, **more).username

    @property
    def accounts(self) -> dict[str, tuple[str, bool, str]]:
        return {user.username: (user.email, user.email_verified, user.status) for user in self.pool.users}

    @property
    def mailed(self) -> list[str]:
        return [mail.to for mail in self.pool.mail]


def reply(challenge: Challenge, answer: str) -> Reply:
    return Reply(challenge=challenge, answer=SecretStr(answer))


def told(answer: Answer) -> str:
    """Everything that an answer says, as plain text."""
    lines = [answer.headline.plain()]
    for part in (*answer.thread, *answer.details):
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
def wire(kinds: Mapping[str, Mapping[str, Any]] = KINDS) -> Iterator[tuple[CognitoServer, Gateway]]:
    with wired.cognito() as server:
        for name, kind in kinds.items():
            server.pools.create(name, **kind)
        with wired.gateway(server, SENDS) as gateway:
            yield server, gateway
