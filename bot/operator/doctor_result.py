"""What `desk doctor` finds: one named thing, how it stands, and how to repair it; and files open to everybody."""

import shlex
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_EVERYBODY = stat.S_IRWXO
"""A group may be meant, for a backup; everybody never is."""


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


def exposed(name: str, *files: Path) -> DoctorResult | None:
    """Return what is wrong when everybody may read or write one of these files; those that aren't there are no harm."""
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in files if file.exists()}
    bare = {file: mode for file, mode in modes.items() if mode & _EVERYBODY}
    if not bare:
        return None
    told = ", ".join(f"{file} (mode {mode:o})" for file, mode in bare.items())
    fix = f"chmod 600 {' '.join(shlex.quote(str(file)) for file in bare)}"
    return problem(name, f"everybody on this machine may read or write {told}", fix)
