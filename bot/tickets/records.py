"""What the desk has done before, read from its tickets and its audit: the `Ledger` that scenarios may ask."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Row, Table, and_, exists, func, select, union

from bot import slack_errors
from bot.addresses import caseless
from bot.cognito import User
from bot.plan import Deciding, Earlier, Filed, History, MovedOff, Plan, Related, Risk, Step, Waiting, Written, danger
from bot.slack_errors import Told
from bot.ticket import OUTCOMES, PLANS, Event, State, Ticket
from bot.tickets import audit, resource_keys, tables, transitions, written
from bot.tickets.store import Store, moment
from bot.words import say

Links = Callable[[Iterable[int]], Mapping[int, str]]
"""Finds the permalinks of the cards of tickets; one that isn't posted yet has none."""

REMINDED_EVERY = timedelta(minutes=15)
"""Between two reminders of one request that are asked for by hand."""

_OPEN = tuple(state.value for state in State if not state.is_final)


def no_links(_: Iterable[int]) -> Mapping[int, str]:
    """Find none."""
    return {}


@dataclass(frozen=True, slots=True)
class Records:
    """The tickets of one pool, and what waits in those that its reader may see."""

    store: Store
    pool: str
    reader_pools: Collection[str] = ()
    """In which `waiting` looks."""
    links: Links = no_links
    standing: Links | None = None
    """The same, for somebody who is about to open one: asks Slack whether it stands there still. None: as `links`."""
    told: Told = slack_errors.told
    judged: Callable[[Ticket], Deciding] | None = None
    """Says who can decide about a request that waits. None: nobody is asked."""

    def written(self, user: User) -> tuple[Written, ...]:
        """Return the addresses that the desk wrote to this account and that its user has not confirmed since."""
        with self.store.reading() as connection:
            return written.of(connection, self.pool, user)

    def moved_off(self, address: str, *, other_than: User | None) -> tuple[MovedOff, ...]:
        """Return the other accounts that the desk took this address off, and whose users have not confirmed that."""
        with self.store.reading() as connection:
            return written.moved_off(connection, self.pool, address, other_than=other_than)

    def earlier(self, plan: Plan) -> Earlier:
        """Return the requests for a plan's accounts and address that were denied, and those that wait now."""
        touched = select(tables.touched.c.ticket).where(
            tables.touched.c.key.in_(resource_keys.of_accounts(self.pool, plan))
        )
        told = (*_OPEN, State.DENIED.value)
        query = select(tables.ticket).where(tables.ticket.c.id.in_(touched), tables.ticket.c.state.in_(told))
        with self.store.reading() as connection:
            now = self.store.now(connection)
            rows = connection.execute(query.order_by(tables.ticket.c.id.desc()).limit(_MOST_RELATED)).all()
        rows = [row for row in rows if row.state == State.DENIED or row.expires_at > now]
        links = self.links(row.id for row in rows)
        related = [(row.state, _related(row, links.get(row.id, ""))) for row in rows]
        return Earlier(
            denied=tuple(each for state, each in related if state == State.DENIED),
            waiting=tuple(each for state, each in related if state != State.DENIED),
        )

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits for a decision in the reader's pools; what expires first comes first."""
        votes = select(func.count()).where(tables.vote.c.ticket == tables.ticket.c.id).scalar_subquery()
        place = tables.conversation.c
        query = (
            select(tables.ticket, votes.label("votes"), place.channel, place.refused)
            .join(tables.conversation, place.id == tables.ticket.c.conversation)
            .order_by(tables.ticket.c.expires_at, tables.ticket.c.id)
        )
        with self.store.reading() as connection:
            now = self.store.now(connection)
            rows = connection.execute(query.where(_pending(now, self.reader_pools))).all()
            reminders = _last_reminders(connection, [row.id for row in rows])
        links = (self.standing or self.links)(row.id for row in rows)
        return tuple(
            self._waiting(row, now, card=links.get(row.id, ""), reminded_by_hand=reminders.get(row.id)) for row in rows
        )

    def _waiting(self, row: Row[Any], now: float, *, card: str, reminded_by_hand: float | None) -> Waiting:
        plan = PLANS.validate_python(row.plan)
        reminded = moment(reminded_by_hand) if reminded_by_hand is not None else None
        again = reminded + REMINDED_EVERY if reminded is not None else None
        return Waiting(
            ticket=row.id,
            pool=row.pool,
            risk=plan.risk,
            summary=plan.summary,
            danger=next(danger(plan, at=moment(row.created_at)), None) if plan.risk is Risk.HIGH else None,
            requester=row.requester,
            waited=timedelta(seconds=now - row.created_at),
            until=moment(row.expires_at),
            left=row.needed - row.votes,
            reminded_by_hand=reminded,
            remind_from=again if again is not None and again > moment(now) else None,
            card=card,
            unseen=self.told(row.refused, row.channel) if row.refused else None,
        )

    def deciding(self, ticket: int) -> Deciding:
        """Return who can decide about a request that waits. May ask Slack."""
        with self.store.reading() as connection:
            found = transitions.read(connection, ticket)
        if found is None or self.judged is None:
            return Deciding(words=say(""), reader=False)
        return self.judged(found)

    def history(self, reference: str, users: Iterable[User], *, most: int) -> History:
        """Return the newest steps that concern these users, or a user name, sub or address that is on record."""
        with self.store.reading() as connection:
            rows = self._rows(connection, reference, tuple(users)).subquery()
            newest = select(rows.c.id).order_by(rows.c.id.desc()).limit(most).subquery()
            chosen = (
                select(tables.audit, tables.audit_detail.c.detail)
                .join(newest, newest.c.id == tables.audit.c.id)
                .outerjoin(tables.audit_detail, tables.audit_detail.c.audit == tables.audit.c.id)
                .order_by(newest.c.id.desc())
            )
            steps = connection.execute(chosen).all()
            count = connection.execute(select(func.count()).select_from(rows)).scalar_one()
            numbers = sorted({row.ticket for row in steps if row.ticket is not None})
            tickets = connection.execute(select(tables.ticket).where(tables.ticket.c.id.in_(numbers))).all()
        links = self.links(numbers)
        return History(
            steps=tuple(
                Step(
                    at=moment(row.at),
                    event=row.event,
                    person=row.person,
                    ticket=row.ticket,
                    detail=row.detail or {},
                    words=audit.said(row.detail or {}),
                )
                for row in reversed(steps)
            ),
            tickets={
                row.id: Filed(
                    summary=PLANS.validate_python(row.plan).summary,
                    reason=row.reason,
                    proof=str(row.form.get("proof") or ""),
                    state=row.state,
                    card=links.get(row.id, ""),
                )
                for row in tickets
            },
            earlier=count - len(steps),
        )

    def _rows(self, connection: Connection, reference: str, users: tuple[User, ...]) -> CompoundSelect[Any]:
        """Choose the ids of the audit's rows about somebody. Unions of look-ups by key: no database scans for these."""
        accounts, names = self._keys(connection, reference, users)
        by_ticket, alone = tables.touched.c, tables.concerned.c
        tickets = union(
            select(by_ticket.ticket).where(by_ticket.key.in_(accounts)),
            select(by_ticket.ticket).where(by_ticket.key.in_(names), ~self._identified(tables.touched, "ticket")),
        ).subquery()
        return union(
            select(tables.audit.c.id).join(tickets, tickets.c.ticket == tables.audit.c.ticket),
            select(alone.audit.label("id")).where(alone.key.in_(accounts)),
            select(alone.audit.label("id")).where(alone.key.in_(names), ~self._identified(tables.concerned, "audit")),
        )

    def _keys(
        self, connection: Connection, reference: str, users: tuple[User, ...]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the keys that are these users' alone, and the names that count only where no sub says whose they are.

        A name may have been another account's before. Where nobody goes by the reference now, it means them all.
        """
        address, name = resource_keys.address(self.pool, reference), resource_keys.name(self.pool, reference)
        touched = tables.touched.c
        about = select(touched.ticket).where(touched.key == address)
        beside = connection.execute(select(touched.ticket, touched.key).where(touched.ticket.in_(about))).all()
        identified = {row.ticket for row in beside if resource_keys.is_sub(self.pool, row.key)}
        # A request about an address concerns everyone who had it, or was to get it.
        carried = {row.key for row in beside if resource_keys.is_account(row.key)}
        loose = {row.key for row in beside if row.ticket not in identified}
        accounts = {
            address,
            resource_keys.user(self.pool, reference),
            *(resource_keys.user(self.pool, user.sub) for user in users),
        }
        names = {
            resource_keys.name(self.pool, each) for user in users for each in {user.username, caseless(user.username)}
        }
        if not users:
            accounts |= {name, resource_keys.name(self.pool, caseless(reference))}
        accounts |= {key for key in carried if resource_keys.is_sub(self.pool, key)}
        return frozenset(accounts), frozenset(names | (carried & loose) - accounts)

    def _identified(self, keys: Table, owner: str) -> ColumnElement[bool]:
        """Whether a ticket, or a row of the audit, says by a sub whom it concerns."""
        beside = keys.alias()
        by_sub = beside.c.key.startswith(resource_keys.user(self.pool, ""), autoescape=True)
        return exists().where(beside.c[owner] == keys.c[owner], by_sub)


_MOST_RELATED = 50
"""Requests that are looked at for one card: nobody reads more."""


def _related(row: Row[Any], card: str) -> Related:
    outcome = OUTCOMES.validate_python(row.outcome)
    return Related(
        ticket=row.id,
        summary=PLANS.validate_python(row.plan).summary,
        requester=row.requester,
        at=moment(row.created_at if row.decided_at is None else row.decided_at),
        by=outcome.by,
        reason=outcome.reason,
        card=card,
    )


def count_waiting(database: Store, pools: Collection[str]) -> int:
    """Return how many requests wait for a decision in some pools."""
    with database.reading() as connection:
        pending = select(func.count()).select_from(tables.ticket).where(_pending(database.now(connection), pools))
        return int(connection.execute(pending).scalar_one())


def last_remind(connection: Connection, ticket: int) -> float | None:
    """Return when the leads were last mentioned again for a ticket, at somebody's wish."""
    return _last_reminders(connection, [ticket]).get(ticket)


def _last_reminders(connection: Connection, tickets: list[int]) -> dict[int, float]:
    row = tables.audit.c
    query = select(row.ticket, func.max(row.at).label("at")).where(
        row.ticket.in_(tickets), row.event == Event.REMINDED_BY_HAND
    )
    return {each.ticket: each.at for each in connection.execute(query.group_by(row.ticket))}


def remembers(database: Store, pool: str, reference: str) -> bool:
    """Whether a user name, sub or address is on record in a pool."""
    return bool(Records(database, pool).history(reference, (), most=1).steps)


def _pending(now: float, pools: Collection[str]) -> ColumnElement[bool]:
    row = tables.ticket.c
    return and_(row.state == State.PENDING.value, row.expires_at > now, row.pool.in_(tuple(pools)))
