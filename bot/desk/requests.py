"""What somebody asks for, and what becomes of it: an answer, something done for a customer, or a ticket.

It is long because what is shown before it is asked, and what is asked, are judged by the same lines.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bot import slack_errors
from bot.answer import Answer, EphemeralAnswer, Refused
from bot.customer import Reply
from bot.desk import rules
from bot.desk.audited_access import Asker, AuditedAccess, no_such_pool
from bot.desk.customer_actions import CustomerActions
from bot.desk.members import Member
from bot.desk.mentions import LeadsElsewhere
from bot.desk.people import Unreadable, Who
from bot.desk.rules import Judging
from bot.plan import Plan
from bot.scenario import Form, Scenario, ScenarioKind
from bot.settings import Settings
from bot.ticket import State, Ticket, Unjudged
from bot.tickets import follow_ups, tables
from bot.tickets.planner import Planned, Planner
from bot.tickets.records import Links, no_links
from bot.tickets.store import moment, taken
from bot.tickets.transitions import Asked, Tickets
from bot.words import Link, Moment, Person, Words, say

_PLANNED_OTHERWISE = say("This isn't what the form showed any more, so nothing was asked. Open the form to see why.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for. It is made once, from what Slack delivered, and handed on as it is."""

    scenario: Scenario[Any]
    pool: str
    """Empty where the scenario reads none, or where it isn't known yet."""
    form: Form = field(repr=False)
    """As it was understood; there may be secrets in it."""
    who: Who
    channel: str
    origin: int | None = None
    """The conversation of the check it was created from, as a button named it; one of another channel is none."""
    parent: int | None = None
    """The ticket that it follows up on."""
    submission: str = ""
    """What Slack calls what it delivered: the same one delivered again has no second effect. Empty for none."""
    shown: str = ""
    """The fingerprint of the plan that the form showed: another plan isn't asked for. Empty where it showed none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be asked for now, shown to the person who asks before they do."""

    plan: Plan
    needed: int
    """How many leads have to agree."""
    out_of_reach: Words | None
    """Why not enough leads could ever agree, and what to do; None where enough could."""
    fingerprint: str
    """What tells it from every plan that sends, changes or needs something else."""


class Requests:
    """What is asked for goes through here. Its methods may be called from any thread."""

    def __init__(
        self, *, access: AuditedAccess, planner: Planner, proposals: "Proposals", customer_actions: CustomerActions
    ) -> None:
        self._access = access
        self._planner = planner
        self._proposals = proposals
        self._customer_actions = customer_actions

    def check(self, who: Who, channel: str, *, fresh: bool = True) -> Asker:
        """Return who this is, if they may ask for anything here. Raises `Refused`, and writes that down.

        It is the way to the ``asker`` of `submit`. ``fresh``: how the channel was a moment ago doesn't count.
        """
        asker = self._access.asker(who, channel)
        self._access.place(who, channel, fresh=fresh)
        return asker

    def submit(
        self, request: Request, asker: Asker, *, reply: Reply | None = None
    ) -> Answer | EphemeralAnswer | Ticket:
        """Do what is asked for. Raises `Refused`; nothing is asked then.

        What only reads answers. What needs a lead becomes a ticket, the same one if the same was submitted before. What
        uses the customer's own credential has happened, or has become a ticket too: then ``reply`` answers the
        challenge at which it stopped before, and `ChallengeNeeded` and `DeliveredTwice` may be raised.
        """
        scenario, who = request.scenario, asker.member
        self._check_pool(request, asker)
        if scenario.acts_as_customer:
            self._proposals.original(request)
            result = self._customer_actions.run(request, who, reply)
            return result if isinstance(result, Answer) else self._proposals.put(request, result, who)
        if scenario.kind is ScenarioKind.ANSWER:
            return self._planner.answer(
                scenario.name,
                request.pool,
                request.form,
                reader=who.id,
                reader_pools=asker.pools,
                channel=request.channel,
            )
        earlier = self._proposals.earlier(request)
        return earlier or self._proposals.put(request, self._plan(request), who)

    def preview(self, request: Request, asker: Asker) -> Preview:
        """Return what would be asked for, and ask for nothing. Raises `Refused`, as `submit` would."""
        self._check_pool(request, asker)
        return self._proposals.preview(request, self._plan(request), asker.member)

    def _check_pool(self, request: Request, asker: Asker) -> None:
        """Return if this person may ask about the pool here. Raises `Refused`: whatever named it, it decides nothing.

        Only what reads no pool needs none.
        """
        needs = request.scenario.reads_a_pool or request.scenario.kind is not ScenarioKind.ANSWER
        if (needs or request.pool) and request.pool not in asker.pools:
            raise self._access.refusal(asker.member, no_such_pool(request.pool))
        if request.scenario.is_for_leads:
            self._access.lead(request.who, request.pool)

    def _plan(self, request: Request) -> Planned:
        original = self._proposals.original(request)
        return self._planner.plan(request.scenario.name, request.pool, request.form, original=original)


class Proposals:
    """Puts plans before the leads: a ticket each, written once."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        access: AuditedAccess,
        judging: Judging,
        settings: Settings,
        links: Links = no_links,
        elsewhere: LeadsElsewhere | None = None,
    ) -> None:
        """``elsewhere`` finds the leads who are told directly; None: nobody is."""
        self._tickets = tickets
        self._store = tickets.store
        self._access = access
        self._judging = judging
        self._settings = settings
        self._links = links
        self._elsewhere = elsewhere

    def original(self, request: Request) -> Ticket | None:
        """Return the ticket that this follows up on, None where it follows up on none. Raises `Refused`."""
        if request.parent is None and request.scenario.name != follow_ups.UNDO:
            return None
        with self._store.reading() as connection:
            original = self._tickets.get(connection, request.parent) if request.parent is not None else None
        if original is None or original.pool != request.pool or not original.state.is_final:
            raise Refused(say("There is no finished request in this pool to follow up on."))
        return original

    def earlier(self, request: Request) -> Ticket | None:
        """Return the ticket that the same submission has already become; None where it is the first of its kind."""
        with self._store.reading() as connection:
            return self._tickets.submitted(connection, request.submission)

    def put(self, request: Request, planned: Planned, asker: Member) -> Ticket:
        """Write the ticket. Raises `Refused` where it waits already, or not enough leads could ever agree to it."""
        asked = self._asked(request, planned, asker)
        with self._store.reading() as connection:
            authors = self._tickets.authors(connection, asked)
        if request.shown and request.shown != _fingerprint(asked):
            raise Refused(_PLANNED_OTHERWISE)
        # This asks Slack, so that no transaction is open meanwhile.
        if words := self._out_of_reach(asked, authors):
            raise self._access.refusal(asker, words)
        told = self._elsewhere.of(asked.channel, pool=asked.pool, authors=authors) if self._elsewhere else ()
        return self._write(self._recognised(asker), asked, told)

    def preview(self, request: Request, planned: Planned, asker: Member) -> Preview:
        """Return what `put` would ask for. Raises `Refused` where it waits already."""
        asked = self._asked(request, planned, asker)
        with self._store.reading() as connection:
            same = self._tickets.same(connection, asked)
            waits = same is not None and same.expires_at > moment(self._store.now(connection))
            authors = self._tickets.authors(connection, asked)
        if same is not None and waits:
            raise self._already(same)
        try:
            out_of_reach = self._out_of_reach(asked, authors)
        except Unjudged as unjudged:
            out_of_reach = unjudged.words
        return Preview(plan=asked.plan, needed=asked.needed, out_of_reach=out_of_reach, fingerprint=_fingerprint(asked))

    def _out_of_reach(self, asked: Asked, authors: frozenset[str]) -> Words | None:
        return self._judging.out_of_reach(asked.pool, asked.plan.risk, requester=asked.requester, authors=authors)

    def _asked(self, request: Request, planned: Planned, asker: Member) -> Asked:
        return Asked(
            scenario=request.scenario.name,
            pool=request.pool,
            form=planned.form,
            plan=planned.plan,
            observed=planned.observed,
            needed=self._judging.needed(planned.plan.risk),
            requester=asker.id,
            reason=str(planned.form.get("reason", "")),
            lifetime=self._settings.approvals.expires_after,
            channel=request.channel,
            origin=self._origin(request),
            parent=request.parent,
            submission=request.submission,
        )

    def _origin(self, request: Request) -> int | None:
        """Return the conversation that a button named, if it is one of this channel's."""
        if request.origin is None:
            return None
        query = select(tables.conversation.c.channel).where(tables.conversation.c.id == request.origin)
        with self._store.reading() as connection:
            return request.origin if connection.execute(query).scalar() == request.channel else None

    def _recognised(self, asker: Member) -> Member:
        """Return who asks with those ids by which something of theirs may wait. Asks Slack, if there is a grid."""
        if not asker.on_grid:
            return asker
        with self._store.reading() as connection:
            waiting = self._tickets.open_requesters(connection)
        try:
            return asker.named(each for each in waiting if self._access.key(each) == asker.key)
        except Unreadable:
            return asker

    def _write(self, asker: Member, asked: Asked, told: Sequence[str]) -> Ticket:
        """Write a ticket. ``told``: the leads who are told directly that it waits."""
        try:
            with self._tickets.transaction() as connection:
                # In this order: the ticket of the same submission, written in this moment, must not look like another.
                same = self._tickets.same(connection, asked)
                earlier = self._tickets.submitted(connection, asked.submission)
                if earlier is not None:
                    return earlier
                if asked.scenario == follow_ups.UNDO and asked.parent is not None:
                    self._tickets.lock(connection, asked.parent)
                    if words := rules.undone(follow_ups.undoing(connection, asked.parent)):
                        raise Refused(words)
                if same is None or self._tickets.expired(connection, same):
                    self._refuse_too_many(connection, asker)
                    ticket = self._tickets.add(connection, asked)
                    for lead in told:
                        self._tickets.outbox.tell_lead(connection, lead, ticket.id)
                    return ticket
        except IntegrityError as error:
            if not taken(error):
                raise
            # Another thread or replica wrote its ticket in this moment, for the same submission or for the same calls.
            with self._store.reading() as connection:
                earlier = self._tickets.submitted(connection, asked.submission)
                same = self._tickets.same(connection, asked)
        if earlier is not None:
            return earlier
        if same is not None:
            raise self._already(same)
        raise Refused(say("Somebody asked for the same in this moment. Please look at the card, then try again."))

    def _refuse_too_many(self, connection: Connection, asker: Member) -> None:
        """Refuse more than one person should have waiting."""
        most = self._settings.approvals.open_requests
        if self._tickets.open_of(connection, asker.ids) >= most:
            raise Refused(
                say(
                    "You have {most} requests waiting for a decision, and nobody may have more. Withdraw some, or wait "
                    "for the leads.",
                    most=most,
                )
            )

    def _already(self, ticket: Ticket) -> Refused:
        """Lead to the card that is there instead of asking the leads a second time."""
        card, who, at = self._links([ticket.id]).get(ticket.id, ""), Person(ticket.requester), Moment(ticket.created_at)
        with self._store.reading() as connection:
            refused = self._tickets.outbox.refusal(connection, ticket.id)
        if refused and not card:
            # Nobody finds a card that can't be posted.
            words = say("Already asked by {who}, {at}.", who=who, at=at)
            why = slack_errors.told(refused, ticket.channel, name=self._settings.slack.name)
            return Refused(Words(f"{words.template} {why.template}", words.values + why.values))
        waits = "It waits for a lead." if ticket.state is State.PENDING else "It is approved and not over yet."
        return Refused(
            say(
                f"Already asked by {{who}}, {{at}}. {waits} {{card}}",
                who=who,
                at=at,
                card=Link(card, "Open the card ↗") if card else "Look for its card in the channel.",
            )
        )


def _fingerprint(asked: Asked) -> str:
    seen = f"{asked.same} {asked.plan.risk.value} {asked.needed}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]
