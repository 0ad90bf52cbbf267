"""What `desk doctor` finds: one named thing, how it stands, and how to repair it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a thing stands."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    verdict: Verdict
    says: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.verdict:<12} {self.name:<20} {self.says}"
        return f"{line}\n{'':<12} {'':<20} → {self.mend}" if self.mend else line


def ok(name: str, says: str) -> Finding:
    """All is well."""
    return Finding(name, Verdict.OK, says)


def problem(name: str, says: str, mend: str) -> Finding:
    """The desk won't work like this."""
    return Finding(name, Verdict.PROBLEM, says, mend)


def not_checked(name: str, says: str, mend: str = "") -> Finding:
    """It can't be seen from here without a further right, or without a write."""
    return Finding(name, Verdict.NOT_CHECKED, says, mend)
