"""The confirmations that the desk has opened: each has a nonce, which is worth one vote of one person on one ticket.

Slack carries the nonce in the view, so that a view which somebody else drew has none that counts.
"""

import hashlib
import json
import secrets
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, update

from bot.ticket import PLANS, Ticket
from bot.tickets import tables
from bot.tickets.store import Store

LIFETIME = timedelta(minutes=30)
"""How long a confirmation can be submitted, unless its ticket expires before."""


class Confirmations:
    """The rows of the confirmations. Its methods run in the caller's transaction, with the ticket's row locked."""

    def __init__(self, database: Store) -> None:
        self._store = database

    def open(self, connection: Connection, ticket: Ticket, person: str) -> str:
        """Return the nonce of a new confirmation: for this person, this ticket, its card, and what it shows now."""
        now = self._store.now(connection)
        connection.execute(delete(tables.confirmation).where(tables.confirmation.c.expires_at <= now))
        nonce = secrets.token_urlsafe(32)
        row = {
            "nonce": _hashed(nonce),
            "ticket": ticket.id,
            "person": person,
            "channel": ticket.channel,
            "ts": ticket.ts,
            "shown": _shown(ticket),
            "made_at": now,
            "expires_at": min(now + LIFETIME.total_seconds(), ticket.expires_at.timestamp()),
        }
        connection.execute(insert(tables.confirmation).values(row))
        return nonce

    def redeem(self, connection: Connection, nonce: str, ticket: Ticket, person: str) -> bool:
        """Use up a nonce. Return whether it was this person's for this ticket as it is now, and still counted."""
        row = tables.confirmation.c
        now = self._store.now(connection)
        used = connection.execute(
            update(tables.confirmation)
            .where(
                row.nonce == _hashed(nonce),
                row.ticket == ticket.id,
                row.person == person,
                row.channel == ticket.channel,
                row.ts == ticket.ts,
                row.shown == _shown(ticket),
                row.expires_at > now,
                row.used_at.is_(None),
            )
            .values(used_at=now)
        )
        return used.rowcount == 1


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(ticket: Ticket) -> str:
    """Return a mark of everything that a confirmation shows and that a vote is about."""
    plan = PLANS.dump_python(ticket.plan, mode="json")
    about = [ticket.scenario, ticket.pool, ticket.requester, ticket.reason, ticket.proof, plan]
    return _hashed(json.dumps(about, sort_keys=True))
