"""People of a pool as a reading of it leaves them in the database."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert

from bot.addresses import caseless
from bot.cognito import Pool, User
from bot.diagnosis import name_key, shape_of
from bot.tickets import tables
from bot.tickets.store import Store


def spooled(store: Store, pool: Pool, users: Iterable[User], *, at: datetime) -> int:
    """Write down a check of a pool that has read these people, and return its number."""
    with store.transaction() as connection:
        place = insert(tables.conversation).values(channel="C0POOL", created_at=1.0).returning(tables.conversation.c.id)
        conversation = connection.execute(place).scalar_one()
        asked = {"pool": pool.name, "state": "judging", "person": "U1", "conversation": conversation, "asked_at": 1.0}
        begun = insert(tables.pool_check).values(**asked, plan={}, found={}).returning(tables.pool_check.c.id)
        check = int(connection.execute(begun).scalar_one())
        rows = [
            {
                "pool_check": check,
                "sub": user.sub,
                "name": user.username,
                "address": user.email,
                "key": caseless(user.email),
                "name_key": name_key(user),
                "shape": shape_of(user, pool, at),
                "provider": next(iter(user.providers), ""),
                "month": user.created.strftime("%Y-%m"),
            }
            for user in users
        ]
        if rows:
            connection.execute(insert(tables.pool_user), rows)
    return check
