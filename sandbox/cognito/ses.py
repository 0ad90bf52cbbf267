"""What one AWS account's SES holds, by Region: its standing, who may send, and to whom it has stopped sending."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

BOUNCE, COMPLAINT = "BOUNCE", "COMPLAINT"


class Undeliverable(Exception):
    """SES refuses a mail: it is paused, the sender isn't verified, or its sandbox doesn't know the recipient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One address on the suppression list."""

    address: str
    reason: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Region:
    """The SES of one Region. A new one may send to everybody; what a test or a person changes stays."""

    production_access: bool = True
    sending_enabled: bool = True
    enforcement: Literal["HEALTHY", "PROBATION", "SHUTDOWN"] = "HEALTHY"
    suppressed_reasons: tuple[str, ...] = (BOUNCE, COMPLAINT)
    """For which reasons the account holds mail back."""
    identities: dict[str, bool] = field(default_factory=dict)
    """Addresses and domains, and whether SES has verified each."""
    suppressed: dict[str, Entry] = field(default_factory=dict)


class Mailing:
    """The SES of every Region; safe to use from several threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._regions: dict[str, Region] = {}

    def __getitem__(self, region: str) -> Region:
        """Return one Region's, which is there from the first question on."""
        with self._lock:
            return self._regions.setdefault(region, Region())

    def clear(self) -> None:
        """Forget everything, in all Regions."""
        with self._lock:
            self._regions.clear()

    def verify(self, region: str, identity: str, verified: bool = True) -> None:
        """Let SES have verified an address or a domain, or not yet."""
        with self._lock:
            self[region].identities[identity] = verified

    def suppress(self, region: str, address: str, reason: str = BOUNCE, *, at: datetime | None = None) -> None:
        """Put an address on the suppression list, as SES does after a bounce or a complaint."""
        with self._lock:
            self[region].suppressed[address] = Entry(address=address, reason=reason, at=at or self._now())

    def lift(self, region: str, address: str) -> bool:
        """Take an address off the suppression list; return whether it was there."""
        with self._lock:
            return self[region].suppressed.pop(address, None) is not None

    def is_verified(self, region: str, address: str) -> bool:
        """Whether an address or its domain is verified."""
        known = self[region].identities
        return known.get(address, False) or known.get(address.rpartition("@")[2], False)

    def sends(self, configuration: Mapping[str, Any], destination: str) -> bool:
        """Return whether a mail of a pool with this EmailConfiguration arrives. Raises `Undeliverable`.

        A mail to a suppressed address is accepted and never sent, and nobody is told.
        """
        if configuration.get("EmailSendingAccount") != "DEVELOPER":
            return True
        _, _, _, region, _, name = configuration["SourceArn"].split(":", 5)
        with self._lock:
            here = self[region]
            if not here.sending_enabled or here.enforcement == "SHUTDOWN":
                raise Undeliverable("Sending paused for this account.")
            if not self.is_verified(region, name.removeprefix("identity/")):
                raise Undeliverable("Email address is not verified.")
            if not here.production_access and not self.is_verified(region, destination):
                raise Undeliverable("Email address is not verified.")
            entry = here.suppressed.get(destination)
            return entry is None or entry.reason not in here.suppressed_reasons
