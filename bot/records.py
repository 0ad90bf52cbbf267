"""What the desk has done before, read from its tickets: the `Ledger` that plans may ask."""

from dataclasses import dataclass

from sqlalchemy import select

from bot import codec, store, subjects
from bot.cognito import User
from bot.ledger import Past
from bot.store import Store, moment

_REFUSED = "failed"
"""The state of a call that Cognito refused or never saw; every other call may have changed something."""


@dataclass(frozen=True, slots=True)
class Records:
    """The tickets of one pool."""

    store: Store
    pool: str

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
        return tuple(found.values())
