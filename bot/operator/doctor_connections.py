"""Whether only desks of this database are connected to Slack as this app, as the desks have written it down.

The doctor opens no connection to look for itself: it would get a share of the commands.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.operator.doctor_result import DoctorResult, not_checked, ok, problem
from bot.settings import Settings
from bot.tickets import connections
from bot.tickets.store import Store, StoreError

_NAME = "connections"


def examine(settings: Settings) -> DoctorResult:
    """Look, and change nothing."""
    try:
        database = Store(settings.database_url.get_secret_value())
        if database.path is not None and not Path(database.path).exists():
            # Connecting would make the file.
            return _nobody()
        try:
            database.check()
            with database.reading() as connection:
                now = database.now(connection)
                counted = connections.newest(connection, now)
        finally:
            database.close()
    except (StoreError, SQLAlchemyError):
        return not_checked(_NAME, "they are read from the database, once a desk has run on it")
    if counted is None:
        return _nobody()
    if now - counted.at < connections.SETTLING:
        return not_checked(_NAME, "a desk has only just connected", "Ask again in half a minute.")
    at = datetime.fromtimestamp(counted.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    says = f"Slack counted {counted.told} of this app at {at}"
    if counted.strangers:
        return problem(_NAME, f"{says}; the desks on this database had {counted.ours}", connections.CURE)
    return ok(_NAME, f"{says}; all of them the desks' on this database")


def _nobody() -> DoctorResult:
    return not_checked(_NAME, "no desk is running on this database, and only a desk is told how many there are")
