"""What the doctor looks at in files that hold secrets or customers: whether everybody on the machine may read them."""

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.operator.doctor_result import DoctorResult, ok, problem

_EVERYBODY = stat.S_IRWXO
"""A group may be meant, for a backup; everybody never is."""


def examine(secrets: Path) -> Iterator[DoctorResult]:
    """Look at the file with the secrets, if there is one: they may all come from the environment."""
    if secrets.exists():
        yield exposed(secrets.name, secrets) or ok(secrets.name, "only its owner and group may read it")


def exposed(name: str, *files: Path) -> DoctorResult | None:
    """Return what is wrong when everybody may read or write one of these files; those that aren't there are no harm."""
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in files if file.exists()}
    bare = {file: mode for file, mode in modes.items() if mode & _EVERYBODY}
    if not bare:
        return None
    told = ", ".join(f"{file} (mode {mode:o})" for file, mode in bare.items())
    fix = f"chmod 600 {' '.join(shlex.quote(str(file)) for file in bare)}"
    return problem(name, f"everybody on this machine may read or write {told}", fix)
