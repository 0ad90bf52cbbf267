"""A desk over a real database and a Cognito, for tests of what happens between a request and its end."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Annotated, Any

from pydantic import Field, SecretStr
from sqlalchemy import select, update

from bot.answer import Refused
from bot.cognito import Directory, User
from bot.customer import Nobody
from bot.desk.approvals import ClickResult, Decisions, NeedsConfirmation
from bot.desk.audited_access import AuditedAccess
from bot.desk.channels import ChannelStates
from bot.desk.customer_actions import CustomerActions
from bot.desk.members import Member
from bot.desk.people import Roster, Unreadable, Who
from bot.desk.requests import Proposals, Request, Requests
from bot.desk.rules import Judging
from bot.plan import Call, Change, Effect, Everyone, Plan, Risk, Secrets, Subject, Unseen
from bot.scenario import AdminForm, Scenario, UserRef, scenario
from bot.settings import Approvals, Channels, LeadsNeeded, People, PoolSettings, Settings
from bot.ticket import Event, State, Ticket
from bot.tickets import audit, follow_ups, tables
from bot.tickets.execution import Cognito
from bot.tickets.leases import Leases
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox
from bot.tickets.planner import OtherSources, Planner, understood
from bot.tickets.runner import Runner
from bot.tickets.store import Store
from bot.tickets.transitions import Tickets
from bot.words import Words, say

CHANNEL = "C0SUPPORT"


class UserForm(AdminForm):
    user: Annotated[UserRef, Field(title="User")]


def _shown(user: User) -> str:
    return user.attributes.get("email_verified", "")


def _flag(directory: Directory, user: User, *, effect: Effect = Effect.SETTABLE) -> tuple[Call, tuple[Change, ...]]:
    losers = directory.losers(user.email, to=user)
    return (
        Call.set_attributes(directory.pool, user, {"email_verified": "true"}, effect=effect),
        (
            Change(subject=Subject.of(user), what="email_verified", before=_shown(user), after="true"),
            *(
                Change(subject=Subject.of(each), what="email_verified", before=_shown(each), after="false", loses=True)
                for each in losers
            ),
        ),
    )


@scenario("verify", title="Verify", sends=("AdminUpdateUserAttributes",))
def verify(form: UserForm, directory: Directory) -> Plan:
    """Mark an address as verified."""
    user = directory.one(form.user)
    if user.email_verified:
        raise Refused(say("{email} is verified already.", email=user.email))
    call, changes = _flag(directory, user)
    risky = len(changes) > 1
    return Plan(
        summary=say("Mark {email} as verified for {user}", email=user.email, user=user.username),
        risk=Risk.HIGH if risky else Risk.NORMAL,
        calls=(call,),
        changes=changes,
        address=user.email,
        undo=(Call.set_attributes(directory.pool, user, {"email_verified": "false"}, effect=Effect.SETTABLE),),
    )


class MoveForm(UserForm):
    email: str
    mails: bool = False
    shows: bool = True


@scenario("move", title="Move", sends=("AdminUpdateUserAttributes",))
def move(form: MoveForm, directory: Directory) -> Plan:
    """Change an address, in one call that may mail a code."""
    user = directory.one(form.user)
    effect = Effect.NEITHER if form.mails else Effect.READABLE
    subject = Subject.of(user)
    before = {"email": user.email, **({"email_verified": "true"} if user.email_verified else {})}
    return Plan(
        summary=say("Change the e-mail of {user}", user=user.username),
        risk=Risk.NORMAL,
        calls=(Call.set_attributes(directory.pool, user, {"email": form.email}, effect=effect),),
        changes=(
            Change(
                subject=subject,
                what="email",
                before=user.email,
                after=form.email,
                readable=form.shows,
                unseen_because=None if form.shows else Unseen.PENDING,
            ),
        ),
        undo=(Call.set_attributes(directory.pool, user, before, effect=effect),),
        accepted=say("Accepted; waiting for the customer's code.") if form.mails else None,
    )


@scenario("pair", title="Pair", sends=("AdminUpdateUserAttributes",))
def pair(form: UserForm, directory: Directory) -> Plan:
    """Change an address and then verify it, in two calls."""
    user = directory.one(form.user)
    subject = Subject.of(user)
    email = f"new-{user.email}"
    return Plan(
        summary=say("Change and verify {user}", user=user.username),
        risk=Risk.NORMAL,
        calls=(
            Call.set_attributes(directory.pool, user, {"email": email}, effect=Effect.READABLE),
            Call.set_attributes(directory.pool, user, {"email_verified": "true"}, effect=Effect.SETTABLE),
        ),
        changes=(
            Change(subject=subject, what="email", before=user.email, after=email),
            Change(subject=subject, what="email_verified", before=_shown(user), after="true"),
        ),
    )


@scenario("code", title="Code", sends=("ConfirmSignUp",))
def code(form: UserForm, directory: Directory) -> Plan:
    """Confirm with a code that is asked for last."""
    user = directory.one(form.user)
    return Plan(
        summary=say("Confirm {user}", user=user.username),
        risk=Risk.NORMAL,
        calls=(
            Call(
                operation="ConfirmSignUp",
                parameters={"Username": user.username},
                shown=f"ConfirmSignUp({user.username})",
                effect=Effect.READABLE,
                secrets=("ConfirmationCode",),
            ),
        ),
        changes=(Change(subject=Subject.of(user), what="email_verified", before=_shown(user), after="true"),),
    )


SCENARIOS: dict[str, Scenario[Any]] = {each.name: each for each in (verify, move, pair, code)}


_NAMES = ("AGENT", "LEAD1", "LEAD2", "LEAD3", "GUEST")
AGENT, LEAD1, LEAD2, LEAD3, GUEST = (Who(f"U0{name}", "T1") for name in _NAMES)


class FixedRoster(Roster):
    """Who is what, without a Slack to ask."""

    def __init__(self) -> None:
        self._people: Mapping[str, People] = {"prod": People(agents=(), leads=())}
        self.left: set[Who] = set()
        """Who is no agent any more."""
        self.deposed: set[Who] = set()
        """Who is no lead any more."""
        self.unreadable = False
        """Whether Slack says nothing to who asks anew."""
        self.silent = False
        """Whether Slack says nothing at all."""
        self.mentioned: tuple[str, ...] = ("S0LEADS",)
        self.goes_by: dict[str, str] = {}
        """What people go by who have two ids, by the other one. On this Slack's user objects only the first is seen."""
        self.read_anew: list[Who] = []
        """About whom nothing that was read before counted."""
        self.before_judging: Callable[[], None] = lambda: None
        """Called whenever it is asked anew who may approve."""

    def has_pools(self, people: Mapping[str, People]) -> None:
        """Let there be other pools, with people of their own; who may do what is the same in all."""
        self._people = {**self._people, **people}

    def member(self, who: Who) -> Member:
        key = self.key(who.id)
        on_grid = key in {*self.goes_by, *self.goes_by.values()}
        return Member(id=who.id, key=key, ids=frozenset({who.id, key}), on_grid=on_grid)

    def key(self, person: str) -> str:
        return self.goes_by.get(person, person)

    def known_key(self, person: str) -> str:
        return self.key(person)

    def to_mention(self, pool: str, *, look: bool = False) -> tuple[str, ...]:
        return self.mentioned

    def agent(self, who: Who, pool: str, *, fresh: bool = False, to: str = "ask") -> None:
        if fresh:
            self.read_anew.append(who)
        if not self._asks(who):
            raise Refused(say("Only agents can ask."))

    def lead(self, who: Who, pool: str, *, fresh: bool = False, to: str = "approve") -> None:
        if not self._leads(who):
            raise Refused(say("Only leads can {to}.", to=to))

    def leads(self, pool: str, *, fresh: bool = False) -> tuple[str, ...]:
        self._read(fresh)
        able = [each.id for each in (LEAD1, LEAD2, LEAD3) if each not in self.deposed]
        return (*able, *(other for other, key in self.goes_by.items() if key in able))

    def able_leads(self, people: Iterable[str], pool: str, *, fresh: bool = False) -> frozenset[str]:
        if fresh:
            self.before_judging()
        self._read(fresh)
        return frozenset(each for each in people if self._leads(Who(each, "T1")))

    def may_ask(self, person: str, pool: str, *, fresh: bool = False) -> bool:
        self._read(fresh)
        return self._asks(Who(person, "T1"))

    def _found(self, who: Who) -> Who:
        return Who(self.goes_by[who.id], AGENT.team) if who.id in self.goes_by else who

    def _asks(self, who: Who) -> bool:
        found = self._found(who)
        return found != GUEST and found not in self.left

    def _leads(self, who: Who) -> bool:
        found = self._found(who)
        return found in (LEAD1, LEAD2, LEAD3) and found not in self.deposed

    def _read(self, fresh: bool) -> None:
        if self.silent or (fresh and self.unreadable):
            raise Unreadable


class FixedChannels(ChannelStates):
    """What speaks against channels, without a Slack to ask: nothing, until a test says so."""

    def __init__(self) -> None:
        self.against: dict[str, Words] = {}
        self.read_anew: list[str] = []
        """About which nothing that was read before counted."""
        self.people_in: frozenset[str] | None = frozenset()
        """Who is in every channel; None where Slack doesn't say."""

    def people(self, channel: str) -> frozenset[str] | None:
        return self.people_in

    def objection(self, channel: str, *, fresh: bool = False, elsewhere: bool = False) -> Words | None:
        if fresh:
            self.read_anew.append(channel)
        return self.against.get(channel)


def settings(expires_after: timedelta = timedelta(hours=4), needed: LeadsNeeded | None = None) -> Settings:
    return Settings(
        bot_token=SecretStr("xoxb-1"),
        app_token=SecretStr("xapp-1"),
        slack_api_url="http://127.0.0.1/",
        database_url=SecretStr("sqlite://"),
        people=People(agents=("S0SUPPORT",), leads=("S0LEADS",)),
        channels=Channels(allowed=(CHANNEL,)),
        approvals=Approvals(expires_after=expires_after, leads_needed=needed or LeadsNeeded()),
        pools={"prod": PoolSettings(id="us-east-1_Little", region="us-east-1", client_id="1")},
    )


def notice(event: Event, ticket: Ticket, by: str) -> Message | None:
    return Message(text=f"{event} {ticket.state} {by}".strip(), blocks=())


class Office:
    """One process of the desk. Several may share a database."""

    def __init__(
        self,
        database: Store,
        cognito: Cognito,
        *,
        scenarios: Mapping[str, Scenario[Any]] = SCENARIOS,
        expires_after: float = 14400,
        needed: LeadsNeeded | None = None,
        everyone: Callable[[str], Everyone] | None = None,
    ) -> None:
        self.scenarios = scenarios
        self.store = database
        self.cognito = cognito
        self.outbox = Outbox(database)
        self.tickets = Tickets(database, self.outbox, notice)
        self.leases = Leases(self.tickets)
        self.planner = Planner(scenarios, cognito, database, OtherSources(everyone=everyone))
        self.pool = ThreadPoolExecutor(4)
        self.roster = FixedRoster()
        self.channels = FixedChannels()
        chosen = settings(timedelta(seconds=expires_after), needed)
        self.access = AuditedAccess(self.roster, database, self.channels, chosen)
        self.judging = Judging(self.roster, chosen.approvals.leads_needed)
        self.runner = Runner(
            self.leases, self.planner, cognito, self.pool, judge=self.judging.standing, pauses=(0.0, 0.01)
        )
        self.decisions = Decisions(
            tickets=self.tickets,
            runner=self.runner,
            roster=self.roster,
            audited_access=self.access,
            judging=self.judging,
        )
        self.requests = self.judged_by(self.judging, chosen)

    def judged_by(self, judging: Judging, settings: Settings) -> Requests:
        """Return the door for requests, with rules of its own. Nobody here acts with a customer's credential."""
        proposals = Proposals(tickets=self.tickets, access=self.access, judging=judging, settings=settings)
        nobody: Any = SimpleNamespace(customer=lambda pool, **_: Nobody())
        actions = CustomerActions(pools={}, planner=self.planner, customers=nobody, database=self.store, pauses=())
        return Requests(access=self.access, planner=self.planner, proposals=proposals, customer_actions=actions)

    def asks(
        self,
        *,
        scenario: str,
        form: Mapping[str, Any],
        who: Who,
        channel: str = CHANNEL,
        pool: str = "prod",
        **more: Any,
    ) -> Ticket:
        """Ask, in the way of every submitted form."""
        asker = self.requests.check(who, channel)
        found = {**self.scenarios, follow_ups.UNDO: follow_ups.undo}[scenario]
        judged = understood(found, form)
        request = Request(scenario=found, pool=pool, form=judged, who=who, channel=channel, **more)
        ticket = self.requests.submit(request, asker)
        assert isinstance(ticket, Ticket)
        return ticket

    def ask(self, scenario: str = "verify", *, who: Who = AGENT, **form: Any) -> Ticket:
        """Ask, and let the card be posted."""
        about = {"user": "ana"} if "user" in self.scenarios[scenario].fields else {}
        ticket = self.asks(
            scenario=scenario,
            pool="prod",
            form={"reason": "called back", **about, **form},
            who=who,
            channel=CHANNEL,
        )
        return self.post(ticket)

    def post(self, ticket: Ticket) -> Ticket:
        with self.store.transaction() as connection:
            card = select(tables.ticket.c.conversation).where(tables.ticket.c.id == ticket.id).scalar_subquery()
            connection.execute(
                update(tables.conversation).where(tables.conversation.c.id == card).values(ts=f"{ticket.id}.0")
            )
        return self.read(ticket)

    def read(self, ticket: Ticket) -> Ticket:
        found = self.decisions.ticket(ticket.id)
        assert found is not None
        return found

    def clicks(self, ticket: Ticket, who: Who) -> ClickResult | NeedsConfirmation:
        """Click Approve."""
        return self.decisions.approve(ticket.id, who=who, channel=ticket.channel, ts=ticket.ts)

    def submits(self, ticket: Ticket, who: Who, nonce: str) -> ClickResult:
        """Submit a confirmation."""
        verdict = self.decisions.approve(ticket.id, who=who, channel=ticket.channel, ts=ticket.ts, nonce=nonce)
        assert isinstance(verdict, ClickResult)
        return verdict

    def approve(self, ticket: Ticket, who: Who) -> ClickResult:
        """Click Approve, and submit what it opens."""
        result = self.clicks(ticket, who)
        return self.submits(ticket, who, result.nonce) if isinstance(result, NeedsConfirmation) else result

    def told(self, ticket: Ticket, who: Who) -> str:
        """Click Approve and return the ephemeral message; empty when the click counted."""
        verdict = self.approve(ticket, who)
        assert verdict.accepted == (verdict.words.template == "")
        return str(verdict.words)

    def settled(self, ticket: Ticket) -> Ticket:
        """Wait until nothing runs here any more."""
        self.runner.wait()
        return self.read(ticket)

    def carried_out(self, scenario: str = "verify", **form: Any) -> Ticket:
        """Ask, approve and run."""
        ticket = self.ask(scenario, **form)
        for lead in [lead for lead in (LEAD1, LEAD2, LEAD3) if lead.id not in ticket.authors][: ticket.needed]:
            assert self.told(ticket, lead) == ""
        return self.settled(ticket)

    def audited(self, ticket: Ticket) -> list[str]:
        return [row["event"] for row in self.rows() if row["ticket"] == ticket.id]

    def rows(self) -> list[Mapping[str, Any]]:
        return list(audit.export(self.store, audit.Wanted()))

    def thread(self, ticket: Ticket) -> list[str]:
        """Return the notices that wait to be posted beneath a ticket's card."""
        with self.store.reading() as connection:
            rows = connection.execute(
                select(tables.outbox.c.message)
                .join(tables.ticket, tables.ticket.c.conversation == tables.outbox.c.conversation)
                .where(tables.ticket.c.id == ticket.id, tables.outbox.c.kind == "say")
                .order_by(tables.outbox.c.id)
            )
            return [message["text"] for message in rows.scalars()]

    def close(self) -> None:
        self.runner.stop(60)
        self.pool.shutdown()


def digits(entered: str) -> Secrets:
    """Return the code as somebody entered it."""
    return {"ConfirmationCode": SecretStr(entered)}


def ended(ticket: Ticket) -> tuple[State, str]:
    """Return a ticket's state and the words of its outcome."""
    return ticket.state, str(ticket.outcome.words or "")
