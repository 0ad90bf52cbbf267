"""`make deployments`: follows `docs/operating.md` on a bare Debian, and makes and runs the image there.

Each time a desk has to answer a command in the sandbox's Slack. At the end it says what this machine could not try.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.deployments import image, service
from tests.deployments.room import Room
from tests.deployments.support import ROOT, support
from tests.deployments.trials import Trials


def main() -> int:
    """Try everything and return 0. Raises `SystemExit`, with what was said, at the first thing that doesn't work."""
    parser = argparse.ArgumentParser(prog="make deployments", description=__doc__)
    parser.add_argument("room", type=Path, help="the bare Debian that scripts/bare-debian has made")
    parser.add_argument("--only", choices=("service", "image"), help="one way alone")
    asked = parser.parse_args()
    # So that what runs in a room ends with this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bare, trials = Room.found(asked.room), Trials()
    with support() as team, tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "checkout")
        clone = [
            "git",
            "-c",
            "safe.directory=*",
            "-c",
            "advice.detachedHead=false",
            "clone",
            "--quiet",
            "--no-hardlinks",
            str(ROOT),
            str(checkout),
        ]
        subprocess.run(clone, check=True)
        if asked.only != "image":
            service.follow(trials, team, bare.copy(Path(folder, "service")), checkout)
        if asked.only != "service":
            image.make_and_run(trials, team, bare, Path(folder))
    sys.stdout.write("\nCould not be tried here:\n" + "".join(f"  - {each}\n" for each in trials.left))
    return 0


if __name__ == "__main__":
    sys.exit(main())
