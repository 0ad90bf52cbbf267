"""The customers' mailbox, as the page and `/mailbox.json` show it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

_CODE: Final = re.compile(r"(?<![\w.-])\d{6}(?![\w-])")


class Mail(Protocol):
    """What the page needs to know of a mail; `at` is a moment, or seconds since 1970."""

    @property
    def to(self) -> str:
        """The address that it went to."""

    @property
    def subject(self) -> str:
        """Its subject."""

    @property
    def body(self) -> str:
        """Its text."""

    @property
    def at(self) -> datetime | float:
        """When it was sent."""


@dataclass(frozen=True, slots=True)
class ShownMail:
    """A mail as the mailbox shows it; `codes` are those that a customer would enter somewhere."""

    number: int
    to: str
    subject: str
    body: str
    at: datetime
    codes: tuple[str, ...]
    is_new: bool


class Mailbox:
    """Everything that was mailed to customers, oldest first."""

    def __init__(self, mails: Callable[[], Sequence[Mail]] | Sequence[Mail]) -> None:
        self._mails = mails

    def _now(self) -> Sequence[Mail]:
        return self._mails() if callable(self._mails) else self._mails

    def count(self) -> int:
        """How many mails there are."""
        return len(self._now())

    def newest_first(self, seen: float) -> tuple[ShownMail, ...]:
        """The mails as they are shown to somebody who has seen the first so many."""
        shown = [
            ShownMail(
                number=number,
                to=one.to,
                subject=one.subject,
                body=one.body,
                at=_moment(one.at),
                codes=tuple(dict.fromkeys(_CODE.findall(one.body))),
                is_new=number > seen,
            )
            for number, one in enumerate(self._now(), start=1)
        ]
        return tuple(reversed(shown))

    def as_json(self) -> list[dict[str, str]]:
        """The mails for programs: oldest first."""
        return [{"to": one.to, "subject": one.subject, "body": one.body} for one in self._now()]


def _moment(at: datetime | float) -> datetime:
    if isinstance(at, datetime):
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return datetime.fromtimestamp(at, tz=UTC)
