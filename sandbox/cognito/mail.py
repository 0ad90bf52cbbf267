"""The customers' mailbox: everything the pools send ends up here, text messages included."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.cognito.errors import daily_mail_used_up

PER_DAY = 50
_BEGINS = timedelta(hours=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to a customer; ``to`` is an address, or a phone number for a text message."""

    to: str
    subject: str
    body: str
    at: datetime
    pool_id: str

    @property
    def code(self) -> str:
        """The six digits in the message, or an empty string."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.body)
        return found.group() if found else ""


class DefaultSender:
    """Cognito's own sender, with so many mails a day for all pools of an account; by default it counts none."""

    def __init__(self) -> None:
        self.per_day: int | None = None
        """How many mails go out a day; None is no end of them."""
        self._day = datetime.min.replace(tzinfo=UTC)
        self._sent = 0

    def limit(self, per_day: int | None = PER_DAY) -> None:
        """Count from now on, beginning with none sent; None ends it."""
        self.per_day, self._sent = per_day, 0

    def spend(self, *, now: datetime) -> None:
        """Count one mail, or raise LimitExceeded; the count begins anew at 09:00 UTC."""
        if self.per_day is None:
            return
        day = (now - _BEGINS).replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day:
            self._day, self._sent = day, 0
        if self._sent >= self.per_day:
            raise daily_mail_used_up()
        self._sent += 1


class Mailbox:
    """All messages in the order in which they were sent; safe to use from several threads."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._readers: list[Callable[[Mail], None]] = []
        self._lock = threading.Lock()

    def deliver(self, mail: Mail) -> None:
        """Put a message at the end, and show it to those who asked to be told."""
        with self._lock:
            self._mails.append(mail)
            readers = tuple(self._readers)
        for reader in readers:
            reader(mail)

    def list(self, to: str = "", *, pool_id: str = "") -> tuple[Mail, ...]:
        """Return the messages, newest last: all of them, or one recipient's, or one pool's."""
        with self._lock:
            mails = tuple(self._mails)
        return tuple(m for m in mails if m.to == (to or m.to) and m.pool_id == (pool_id or m.pool_id))

    def code(self, to: str, *, pool_id: str = "") -> str:
        """Return the newest code that was sent to this recipient, by this pool or by any."""
        codes = [mail.code for mail in self.list(to, pool_id=pool_id) if mail.code]
        if not codes:
            raise LookupError(f"No code was sent to {to}.")
        return codes[-1]

    def tell(self, reader: Callable[[Mail], None]) -> None:
        """Call ``reader`` with every message from now on, on the thread that sends it."""
        with self._lock:
            self._readers.append(reader)

    def clear(self) -> None:
        """Throw all messages away."""
        with self._lock:
            self._mails.clear()
