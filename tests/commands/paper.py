"""A user pool on paper: what a plan may ask, answered from a list of people."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import commands
from bot import references
from bot.answer import Answer, EphemeralAnswer, Refused, Unread
from bot.cognito import Client, Identity, Pool, Provider, User
from bot.mail import Mail
from bot.plan import Deciding, Earlier, History, MovedOff, Plan, Waiting, Written
from bot.scenario import Prefill, Sources, load, remedies
from bot.words import say
from tests import offers

SCENARIOS = load(commands)
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
REASON = "Called back on the number on file"

ALIAS = Pool(
    name="prod",
    id="us-east-1_Paper",
    region="us-east-1",
    aliases=frozenset({"email"}),
    auto_verified=frozenset({"email"}),
)
EMAIL_LOGIN = replace(ALIAS, aliases=frozenset(), username_attributes=frozenset({"email"}))
PLAIN = replace(ALIAS, aliases=frozenset())
SHOWS = Client(hides_users=False)
HIDES = Client(hides_users=True)
KEEPS = replace(ALIAS, verified_before_update=frozenset({"email"}))


def person(
    name: str,
    email: str = "",
    *,
    verified: bool = False,
    status: str = "CONFIRMED",
    day: int = 0,
    enabled: bool = True,
    phone_verified: bool = False,
    through: str = "",
) -> User:
    attributes = {"sub": f"sub-{name}", "email_verified": str(verified).lower()}
    if email:
        attributes["email"] = email
    if phone_verified:
        attributes |= {"phone_number": "+15550100", "phone_number_verified": "true"}
    linked = (Identity(provider=through, provider_type="OIDC", subject="1"),) if through else ()
    born = BEGAN + timedelta(days=day)
    return User(
        username=name,
        sub=f"sub-{name}",
        status=status,
        enabled=enabled,
        attributes=attributes,
        created=born,
        modified=born,
        identities=linked,
    )


class Paper:
    """Implements `bot.cognito.Directory`."""

    def __init__(
        self,
        pool: Pool,
        *users: User,
        providers: Iterable[Provider] = (),
        client: Client | None = SHOWS,
        mail: Mail | None = None,
    ) -> None:
        """``mail`` is what is seen of the mail to anybody; None: what is seen where the desk doesn't look."""
        self.pool = pool
        self.at = BEGAN + timedelta(days=60)
        self._client = client
        self._mail = mail or Mail(sender=pool.sender)
        self._users = users
        self._providers = tuple(providers)

    def look_ahead(self, user: User | None = None) -> None:
        pass

    def fresh(self, users: Iterable[User]) -> tuple[User, ...]:
        return tuple(users)

    def client(self) -> Client:
        if self._client is None:
            raise Unread(say("I have no right to look at it."))
        return self._client

    def find(self, reference: str) -> tuple[User, ...]:
        return tuple(
            user
            for user in self._users
            if reference in (user.username, user.sub) or (user.email and self.pool.same(user.email, reference))
        )

    def one(self, reference: str) -> User:
        found = self.find(reference)
        if len(found) != 1:
            raise Refused(say("{n} accounts match.", n=len(found)), field="user")
        return found[0]

    def read(self, username: str) -> User | None:
        return next((user for user in self._users if references.is_name(user, username, self.pool)), None)

    def holders(self, address: str, *, other_than: User | None = None) -> tuple[User, ...]:
        return tuple(user for user in self._users if user.email.lower() == address.lower() and user != other_than)

    def signs_in_with(self, address: str) -> User | None:
        holding = (user for user in self.holders(address) if self.pool.same(user.email, address))
        if self.pool.email_is_username:
            return next(holding, None)
        return next((user for user in holding if self.pool.email_is_alias and user.email_verified), None)

    def losers(self, address: str, *, to: User | None) -> tuple[User, ...]:
        owner = self.signs_in_with(address)
        return (owner,) if owner and owner != to and self.pool.email_is_alias else ()

    def providers(self) -> tuple[Provider, ...]:
        return self._providers

    def provider(self, name: str) -> Provider:
        for provider in self._providers:
            if provider.name == name:
                return provider
        raise Refused(say("There is no {name}.", name=name), field="provider")

    def providers_of(self, user: User) -> tuple[Provider, ...]:
        linked = {identity.provider for identity in user.identities}
        return tuple(provider for provider in self._providers if provider.name in linked)

    def mail(self, address: str) -> Mail:
        return self._mail


NOTHING = History(steps=(), tickets={}, earlier=0)


class PaperLedger:
    """Implements `bot.plan.Ledger`."""

    def __init__(
        self,
        *written: Written,
        waiting: Iterable[Waiting] = (),
        deciding: Deciding = Deciding(words=say(""), reader=False),  # noqa: B008 - it is frozen
        history: History = NOTHING,
        earlier: Earlier = Earlier(),  # noqa: B008 - it is frozen
        moved_off: Iterable[MovedOff] = (),
    ) -> None:
        self._written = written
        self._earlier = earlier
        self._moved_off = tuple(moved_off)
        self._waiting = tuple(waiting)
        self._deciding = deciding
        self._history = history

    def waiting(self) -> tuple[Waiting, ...]:
        return self._waiting

    def deciding(self, ticket: int) -> Deciding:
        return self._deciding

    def history(self, reference: str, users: Iterable[User], *, most: int) -> History:
        return self._history

    def written(self, user: User) -> tuple[Written, ...]:
        return self._written

    def moved_off(self, address: str, *, other_than: User | None) -> tuple[MovedOff, ...]:
        return self._moved_off

    def earlier(self, plan: Plan) -> Earlier:
        return self._earlier


def written_by(*people: str, address: str = "ana@example.com") -> PaperLedger:
    return PaperLedger(Written(address=address, authors=frozenset(people)))


def run(
    scenario: str, form: Mapping[str, Any], directory: Paper, ledger: PaperLedger | None = None
) -> Plan | Answer | EphemeralAnswer:
    """Run a scenario, and hold it to what it offers: only there, and in the stories, all scenarios are known."""
    found = SCENARIOS[scenario]
    sources = Sources(directory=directory, ledger=ledger or PaperLedger(), remedies=remedies(SCENARIOS))
    with offers.held(SCENARIOS):
        result = found.run(found.form.model_validate(dict(form)), sources)
    offers.hold(result, SCENARIOS)
    return result


def prepared(scenario: str, directory: Paper) -> Mapping[str, Prefill]:
    prepare = SCENARIOS[scenario].prepare
    assert prepare is not None
    return prepare(directory)


def planned(scenario: str, form: Mapping[str, Any], directory: Paper, ledger: PaperLedger | None = None) -> Plan:
    plan = run(scenario, {"reason": REASON, **form}, directory, ledger)
    assert isinstance(plan, Plan)
    return plan


def answered(user: str, directory: Paper) -> Answer:
    answer = run("check", {"user": user}, directory)
    assert isinstance(answer, Answer)
    return answer
