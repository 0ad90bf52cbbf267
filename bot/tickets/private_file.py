"""Files that nobody but the desk's own user may read or write, whatever the umask says."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OURS_ALONE = 0o600


def make(path: Path) -> None:
    """Make an empty file, unless it is there. Raises `OSError`."""
    with suppress(FileExistsError):
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ALONE)
        try:
            # A umask could have taken away even what the desk itself needs.
            os.fchmod(made, _OURS_ALONE)
        finally:
            os.close(made)


def tighten(path: Path) -> None:
    """Take away everybody else's rights to a file, if it is there and is ours to change."""
    try:
        found = path.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(_OURS_ALONE)
    except OSError:
        # It has gone meanwhile, or its file system knows no modes. `desk doctor` tells who may read it.
        return
