"""`desk status`: what waits, what is in doubt, and whether a desk is connected, from the database alone."""

import json

from bot.ticket import State
from bot.tickets.figures import Figures, figures
from bot.tickets.store import SCHEMA_VERSION, Store


def read(database: Store) -> Figures:
    """Return the figures. Raises `StoreError` when the database can't be read, or is another version's."""
    with database.reachable():
        database.check()
        return figures(database)


def as_json(found: Figures) -> str:
    """Return the figures as one JSON object, for programs. Ages are in seconds; null where there is nothing."""
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "slack_connections": found.connections,
            "tickets": [
                {"state": state, "scenario": scenario, "tickets": n} for (state, scenario), n in _sorted(found)
            ],
            "in_doubt": found.in_doubt,
            "oldest_waiting_seconds": found.oldest_waiting,
            "outbox_messages": found.outbox,
            "outbox_oldest_seconds": found.oldest_unsent,
            "newest_audit": found.newest_audit.isoformat(timespec="milliseconds") if found.newest_audit else None,
        }
    )


def as_text(found: Figures) -> str:
    """Return the figures as lines for people."""
    waiting = found.by_state[State.PENDING]
    audit = found.newest_audit.isoformat(" ", "seconds") if found.newest_audit else "empty"
    connected = str(found.connections) if found.connections else "none: no desk runs on this database, or is connected"
    lines = [
        ("connections to Slack", connected),
        ("waiting for leads", _with_age(waiting, found.oldest_waiting)),
        ("in doubt", str(found.in_doubt)),
        ("messages for Slack", _with_age(found.outbox, found.oldest_unsent)),
        ("newest audit row", audit),
        ("schema version", str(SCHEMA_VERSION)),
        *((f"{state}, {scenario}", str(n)) for (state, scenario), n in _sorted(found)),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)


def _sorted(found: Figures) -> list[tuple[tuple[State, str], int]]:
    """Return how many tickets there are, by state in the order of a ticket's life, and by scenario."""
    order = list(State)
    return sorted(found.tickets.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))


def _with_age(number: int, oldest: float | None) -> str:
    return str(number) if oldest is None else f"{number}, the oldest for {_long(oldest)}"


def _long(seconds: float) -> str:
    """Return how long that is in the two largest units that fit: ``2 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((n for n, (value, _) in enumerate(units) if value), len(units) - 1)
    return " ".join(f"{value} {unit}" for value, unit in units[first : first + 2])
