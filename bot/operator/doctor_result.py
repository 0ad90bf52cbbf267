"""What `desk doctor` finds: one named thing, how it stands, and how to repair it."""

from dataclasses import dataclass
from enum import StrEnum


class DoctorStatus(StrEnum):
    """How a thing stands."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """One line of the doctor's report."""

    name: str
    verdict: DoctorStatus
    says: str
    fix: str = ""

    def __str__(self) -> str:
        line = f"{self.verdict:<12} {self.name:<20} {self.says}"
        return f"{line}\n{'':<12} {'':<20} → {self.fix}" if self.fix else line


def ok(name: str, says: str) -> DoctorResult:
    """All is well."""
    return DoctorResult(name, DoctorStatus.OK, says)


def problem(name: str, says: str, fix: str) -> DoctorResult:
    """The desk won't work like this."""
    return DoctorResult(name, DoctorStatus.PROBLEM, says, fix)


def not_checked(name: str, says: str, fix: str = "") -> DoctorResult:
    """It can't be seen from here without a further right, or without a write."""
    return DoctorResult(name, DoctorStatus.NOT_CHECKED, says, fix)
