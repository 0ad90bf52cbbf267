"""What the desk has done before, read from its tickets and its audit: the `Ledger` that scenarios may ask."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bot.aws.failure import Fate
from bot.cognito import User
from bot.ledger import Filed, History, Past, Step, Waiting
from bot.ticket import Event, State
from bot.tickets import codec, store, subjects
from bot.tickets.store import Store, moment

Links = Callable[[Iterable[int]], Mapping[int, str]]
"""Finds the permalinks of the cards of tickets; one that isn't posted yet has none."""

_REFUSED = "failed"
"""The state of a call that Cognito refused or never saw; every other call may have changed something."""


_CHANGES_EMAIL = "UpdateUserAttributes"
_NOT_CHANGED = frozenset({Fate.REFUSED.value, Fate.UNSENT.value})


def no_links(_: Iterable[int]) -> Mapping[int, str]:
    """Find none."""
    return {}


@dataclass(frozen=True, slots=True)
class Records:
    """The tickets of one pool, and what waits in any."""

    store: Store
    pool: str
    links: Links = no_links

    def changed_email(self, user: User, *, within_hours: int) -> tuple[Past, ...]:
        """Return the desk's own changes of this user's address in the last hours, newest first."""
        called = store.call.c
        query = (
            select(store.ticket.c.id, store.ticket.c.plan, called.at)
            .join(store.touched, store.touched.c.ticket == store.ticket.c.id)
            .join(store.call, called.ticket == store.ticket.c.id)
            .where(store.touched.c.key == subjects.user(self.pool, user.sub), called.state != _REFUSED)
            .order_by(called.at.desc())
        )
        found: dict[int, Past] = {}
        with self.store.reading() as connection:
            since = self.store.now(connection) - within_hours * 3600
            for row in connection.execute(query.where(called.at >= since)):
                changes = codec.plan(row.plan).changes
                if row.id in found or not any(c.what == "email" and c.subject.id == user.sub for c in changes):
                    continue
                authors = connection.execute(select(store.author.c.person).where(store.author.c.ticket == row.id))
                found[row.id] = Past(ticket=row.id, at=moment(row.at), authors=frozenset(authors.scalars()))
            past = [*found.values(), *self._changed_on_errands(connection, user, since)]
        return tuple(sorted(past, key=lambda each: each.at, reverse=True))

    def _changed_on_errands(self, connection: Connection, user: User, since: float) -> list[Past]:
        """Return the changes that were made as the customer: they, too, verify nothing by themselves."""
        query = select(store.audit).where(
            self._errands(frozenset({user.username.lower()})),
            store.audit.c.detail["operation"].as_string() == _CHANGES_EMAIL,
            store.audit.c.at >= since,
        )
        sent: list[Past] = []
        for row in connection.execute(query.order_by(store.audit.c.id)):
            if row.event == Event.SENDING:
                sent.append(Past(ticket=None, at=moment(row.at), authors=frozenset({row.person})))
            elif sent and row.event == Event.CALL_FAILED and row.detail["fate"] in _NOT_CHANGED:
                sent.pop()
        return sent

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits for a decision in any pool, oldest first."""
        votes = select(func.count()).where(store.vote.c.ticket == store.ticket.c.id).scalar_subquery()
        query = select(store.ticket, votes.label("votes")).order_by(store.ticket.c.created_at, store.ticket.c.id)
        with self.store.reading() as connection:
            now = self.store.now(connection)
            rows = connection.execute(query.where(_pending(now))).all()
            nudges = {row.id: last_nudge(connection, row.id) for row in rows}
        links = self.links(row.id for row in rows)
        return tuple(
            Waiting(
                ticket=row.id,
                pool=row.pool,
                summary=codec.plan(row.plan).summary,
                requester=row.requester,
                waited=timedelta(seconds=now - row.created_at),
                until=moment(row.expires_at),
                left=row.needed - row.votes,
                nudged=moment(nudged) if (nudged := nudges[row.id]) is not None else None,
                card=links.get(row.id, ""),
            )
            for row in rows
        )

    def history(self, reference: str, users: Iterable[User], *, most: int) -> History:
        """Return the newest steps that concern these users, or a user name, sub or address that is on record."""
        with self.store.reading() as connection:
            users = tuple(users)
            keys = self._keys(connection, reference, users)
            touched = select(store.touched.c.ticket).where(store.touched.c.key.in_(keys))
            concern = or_(store.audit.c.ticket.in_(touched), self._errands(_names(self.pool, keys, reference, users)))
            steps = connection.execute(
                select(store.audit).where(concern).order_by(store.audit.c.id.desc()).limit(most)
            ).all()
            count = connection.execute(select(func.count()).select_from(store.audit).where(concern)).scalar_one()
            numbers = sorted({row.ticket for row in steps if row.ticket is not None})
            tickets = connection.execute(select(store.ticket).where(store.ticket.c.id.in_(numbers))).all()
        links = self.links(numbers)
        return History(
            steps=tuple(
                Step(at=moment(row.at), event=row.event, person=row.person, ticket=row.ticket, detail=row.detail)
                for row in reversed(steps)
            ),
            tickets={
                row.id: Filed(
                    summary=codec.plan(row.plan).summary,
                    reason=row.reason,
                    state=row.state,
                    card=links.get(row.id, ""),
                )
                for row in tickets
            },
            earlier=count - len(steps),
        )

    def _keys(self, connection: Connection, reference: str, users: tuple[User, ...]) -> frozenset[str]:
        """Return every key under which these users, and whoever else the reference means, are on record."""
        address = subjects.address(self.pool, reference)
        keys = {address, subjects.user(self.pool, reference), subjects.name(self.pool, reference)}
        for user in users:
            keys |= {subjects.user(self.pool, user.sub), subjects.name(self.pool, user.username)}
        beside = store.touched.alias()
        carried = (
            select(beside.c.key)
            .join(store.touched, store.touched.c.ticket == beside.c.ticket)
            .where(store.touched.c.key == address)
        )
        # Whomever a request about an address touches has carried it, or was to get it.
        accounts = (key for key in connection.execute(carried).scalars() if subjects.is_account(key))
        return frozenset(keys.union(accounts))

    def _errands(self, names: frozenset[str]) -> ColumnElement[bool]:
        """Return whether a row is about an errand for one of these people, however they were called."""
        detail = store.audit.c.detail
        return and_(
            store.audit.c.ticket.is_(None),
            detail["pool"].as_string() == self.pool,
            func.lower(detail["user"].as_string()).in_(names),
        )


def count_waiting(database: Store) -> int:
    """Return how many requests wait for a decision in any pool."""
    with database.reading() as connection:
        pending = select(func.count()).select_from(store.ticket).where(_pending(database.now(connection)))
        return int(connection.execute(pending).scalar_one())


def last_nudge(connection: Connection, ticket: int) -> float | None:
    """Return when the leads were last mentioned again for a ticket, at somebody's wish."""
    at: float | None = connection.execute(
        select(func.max(store.audit.c.at)).where(store.audit.c.ticket == ticket, store.audit.c.event == Event.NUDGED)
    ).scalar()
    return at


def remembers(database: Store, pool: str, reference: str) -> bool:
    """Whether a user name, sub or address is on record in a pool."""
    return bool(Records(database, pool).history(reference, (), most=1).steps)


def _names(pool: str, keys: Iterable[str], reference: str, users: tuple[User, ...]) -> frozenset[str]:
    accounts = {name for key in keys if (name := subjects.account(pool, key))}
    known = {name for user in users for name in (user.username, user.sub, user.email)}
    return frozenset(name.lower() for name in {reference, *accounts, *known} if name)


def _pending(now: float) -> ColumnElement[bool]:
    return and_(store.ticket.c.state == State.PENDING.value, store.ticket.c.expires_at > now)
