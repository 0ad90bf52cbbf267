"""Everything at DEBUG: every logger that is there, every one made later, and handlers that somebody attached."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

ATTACHED = ("botocore", "urllib3.connectionpool", "slack_sdk", "slack_bolt.desk", "sqlalchemy.engine.Engine", "bot")
"""Loggers to which somebody has attached a handler of their own, to see what is going on."""

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2,20}")
"""A customer's address as it stands in these tests; a masked one has stars in it."""


class Kept(logging.Handler):
    """Keeps whatever it finds in a record, not only what a format asks for, and what the record renders to."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        held = [repr(value) for value in vars(record).values()]
        self.said.append("\n".join([self.format(record), record.getMessage(), *held]))


class Loud(logging.Logger):
    """A logger made later, which stays at DEBUG whatever the program wants of it."""

    def __init__(self, name: str, level: int = logging.DEBUG) -> None:
        super().__init__(name, logging.DEBUG)

    def setLevel(self, level: int | str) -> None:  # noqa: N802 - as `logging` spells it
        super().setLevel(logging.DEBUG)


class Heard:
    """What anybody could have heard."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        """Everything, from every handler."""
        return "\n".join([*self.kept.said, self.stream.getvalue()])

    @property
    def addresses(self) -> list[str]:
        """The addresses in it that nobody has masked."""
        return sorted(set(ADDRESS.findall(self.text)))


@contextmanager
def loud() -> Iterator[Heard]:
    """Set everything to DEBUG after the start, and listen."""
    heard = Heard()
    written = logging.StreamHandler(heard.stream)
    root = logging.getLogger()
    there = [root, *(each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger))]
    before = [(each, each.level, each.disabled) for each in there]
    kind = logging.getLoggerClass()
    logging.setLoggerClass(Loud)
    attached = [root, *map(logging.getLogger, ATTACHED)]
    for each in there:
        each.setLevel(logging.DEBUG)
        each.disabled = False
    for each in attached:
        each.addHandler(heard.kept)
        each.addHandler(written)
    try:
        yield heard
    finally:
        logging.setLoggerClass(kind)
        for each in attached:
            each.removeHandler(heard.kept)
            each.removeHandler(written)
        for each, level, disabled in before:
            each.setLevel(level)
            each.disabled = disabled
