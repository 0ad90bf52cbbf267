"""What Slack has delivered, so that the same delivered again has no second effect."""

from sqlalchemy import Connection, insert

from bot.tickets import store
from bot.tickets.store import Store


def note(connection: Connection, database: Store, delivery: str) -> None:
    """Write down what Slack delivered. One that is there already is an `IntegrityError`, see `store.taken`."""
    row = {"id": delivery, "at": database.now(connection)}
    connection.execute(insert(store.delivery).values(row))
