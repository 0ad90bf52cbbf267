"""What is done with a customer's own credential: who may, only where it is allowed, written down, never twice."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from bot.answer import Answer, Refused
from bot.aws.failure import Fate
from bot.aws.live_customer import Journal, LiveCustomer, not_allowed
from bot.cognito import User
from bot.customer import ChallengeNeeded, Reply
from bot.desk.members import Member
from bot.scenario import ScenarioKind
from bot.settings import PoolSettings
from bot.ticket import Event, Ticket
from bot.tickets import audit, resource_keys, written
from bot.tickets.planner import Planned, Planner, SnapshotSource
from bot.tickets.store import Store
from bot.tickets.written import Write
from bot.words import say

if TYPE_CHECKING:
    from bot.desk.requests import Request


class Customers(SnapshotSource, Protocol):
    """Where the customer's own calls are made from."""

    def customer(
        self, pool: str, *, journal: Journal, pauses: Sequence[float], reply: Reply | None = None
    ) -> LiveCustomer:
        """Return what may be done in one pool with a customer's credential."""


_NOTHING_DONE = frozenset({Fate.REFUSED.value, Fate.UNSENT.value})


class CustomerActions:
    """Runs customer actions for people. Its methods may be called from any thread."""

    def __init__(
        self,
        *,
        pools: Mapping[str, PoolSettings],
        planner: Planner,
        customers: Customers,
        database: Store,
        pauses: Sequence[float],
    ) -> None:
        self._pools = pools
        self._planner = planner
        self._customers = customers
        self._store = database
        self._pauses = tuple(pauses)

    def run(self, request: "Request", asker: Member, reply: Reply | None = None) -> Answer | Planned:
        """Run a customer action, and return what came of it; or the plan that it turned out to be.

        ``reply`` answers the challenge at which it stopped before. Raises `Refused`, `ChallengeNeeded` and
        `DeliveredTwice`.
        """
        scenario, pool, form = request.scenario, request.pool, request.form
        if reply is None:
            self.only_once(request.submission)
        whose = getattr(form, "user", "") or getattr(form, "username", "")
        write = self._journal(asker, {"scenario": scenario.name, "pool": pool, "user": str(whose)})
        try:
            if scenario.needs_credential and not self._pools[pool].customer_credentials:
                raise Refused(not_allowed(pool))
            customer = self._customers.customer(pool, journal=write, pauses=self._pauses, reply=reply)
            result = self._planner.customer_action(scenario.name, pool, form, customer)
        except Refused as refused:
            # A plan that is refused was no attempt to use anybody's credential.
            used = reply or any(getattr(form, name) is not None for name in scenario.secrets)
            if used or scenario.kind is ScenarioKind.CUSTOMER_ACTION:
                write(Event.REFUSED, audit.told(refused.words))
            raise
        except ChallengeNeeded as needed:
            write(Event.CHALLENGED, {"challenge": needed.challenge.kind.value})
            raise
        if isinstance(result, Answer):
            write(Event.DONE, audit.told(result.headline))
        return result

    def only_once(self, submission: str) -> None:
        """Remember what Slack delivered, empty for nothing. Raises `DeliveredTwice` if it has been here already."""
        if submission:
            with self._store.transaction() as connection:
                self._store.note_delivery(connection, submission)

    def credential(
        self,
        ticket: Ticket,
        asker: Member,
        *,
        token: SecretStr | None,
        password: SecretStr | None,
        reply: Reply | None = None,
    ) -> SecretStr:
        """Return an access token that has shown to be the one that an approved plan needs.

        Raises `Refused` and `ChallengeNeeded`.
        """
        about = {"scenario": ticket.scenario, "pool": ticket.pool, "user": ticket.plan.bearer.name}
        write = self._journal(asker, about, ticket=ticket.id)
        try:
            customer = self._customers.customer(ticket.pool, journal=write, pauses=self._pauses, reply=reply)
            return customer.prove(self._bearer(ticket), token=token, password=password).token
        except Refused as refused:
            write(Event.REFUSED, {"tried": "enter code", **audit.told(refused.words)})
            raise
        except ChallengeNeeded as needed:
            write(Event.CHALLENGED, {"challenge": needed.challenge.kind.value})
            raise

    def _bearer(self, ticket: Ticket) -> User:
        subject = ticket.plan.bearer
        user = self._customers.directory(ticket.pool).read(subject.name)
        if user is None or user.sub != subject.id:
            raise Refused(say("{name} is not there any more.", name=subject.name))
        return user

    def _journal(self, asker: Member, about: Mapping[str, Any], *, ticket: int | None = None) -> Journal:
        begun: list[int] = []
        """The row of the address that is being written as the customer, until it is known what came of it."""

        def write(event: Event, detail: Mapping[str, Any]) -> None:
            told = {**about, **detail}
            pool, sub = told["pool"], told.get("sub", "")
            concerns = resource_keys.of_person(pool, reference=str(told["user"]), sub=sub)
            with self._store.transaction() as connection:
                concerned = () if ticket is not None else concerns
                audit.record(
                    connection,
                    self._store,
                    event,
                    ticket=ticket,
                    person=asker.id,
                    detail=told,
                    concerns=concerned,
                )
                now = self._store.now(connection)
                match event, told.get("operation"):
                    case Event.SENDING, "SignUp" | "UpdateUserAttributes" as operation:
                        address = Write(
                            account=resource_keys.user(pool, sub) if sub else resource_keys.name(pool, told["user"]),
                            name=told["user"],
                            address=told["address"],
                            signed_up=operation == "SignUp",
                        )
                        begun.append(written.begin(connection, address, at=now, person=asker.id))
                    case Event.CALL_FAILED, "SignUp" | "UpdateUserAttributes" if told["fate"] in _NOTHING_DONE:
                        written.forget(connection, begun.pop())
                    case Event.SENT | Event.REREAD, "SignUp" if sub:
                        written.identify(connection, pool, told["user"], sub)
                    case Event.CONFIRMED, _:
                        written.confirm(connection, pool, sub, told["address"], at=now)
                    case _:
                        pass

        return write
