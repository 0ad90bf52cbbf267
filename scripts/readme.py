"""Does what the README says first, as somebody with a new machine does it: `make sandbox`, Ctrl-C, `make test`.

It runs before anything is installed, so it knows the standard library alone.
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

READY = "The desk is ready."
WAIT = 60.0
"""Seconds for what Ctrl-C has to end; a machine that is slow needs a few."""


def sandbox() -> None:
    """Run the sandbox until it is ready, look at its page, and press Ctrl-C. Raises `SystemExit`."""
    before = set(processes())
    print("$ make sandbox", flush=True)
    # A session of its own, so that the signal reaches what Ctrl-C would reach, and not this program.
    with subprocess.Popen(["make", "sandbox"], stdout=subprocess.PIPE, text=True, start_new_session=True) as running:
        assert running.stdout is not None
        try:
            address = until_ready(running.stdout)
            with urllib.request.urlopen(address) as page:  # noqa: S310 - the address that the sandbox has printed
                print(f"The page answers {page.status}, with {len(page.read())} bytes. Ctrl-C.", flush=True)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGINT)
        print(running.stdout.read(), end="", flush=True)
    until = time.monotonic() + WAIT
    while left := set(processes()) - before:
        if time.monotonic() > until:
            raise SystemExit(f"make sandbox left this running: {[name_of(each) for each in left]}")
        time.sleep(0.1)


def until_ready(said: Iterable[str]) -> str:
    """Pass on what the sandbox says until it is ready, and return where its page is. Raises `SystemExit`."""
    address = ""
    for line in said:
        print(line, end="", flush=True)
        found = re.match(r"Slack\s+(http://\S+)", line)
        address = found[1] if found else address
        if line.startswith(READY):
            return address
    raise SystemExit("make sandbox ended before it was ready.")


def processes() -> Iterator[int]:
    """Return the number of every process that there is."""
    return (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())


def name_of(number: int) -> str:
    """Return how a process was started, or its number when it is gone."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return str(number)


def test() -> int:
    """Run every check and return its exit code."""
    print("$ make test", flush=True)
    return subprocess.run(["make", "test"], check=False).returncode


if __name__ == "__main__":
    sandbox()
    sys.exit(test())
