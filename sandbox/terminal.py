"""What a server on this machine needs of its terminal: words, an end by Ctrl-C, and ports that nobody else has."""

import signal
import socket
import sys
from collections.abc import Sequence


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def asked_to_stop() -> Sequence[int]:
    """Return the signals that asked this process to end, as they come: Ctrl-C, SIGTERM or a closed terminal."""
    # Looked at every moment; a handler that took a lock could meet itself there.
    stop: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _: stop.append(number))
    return stop


def port_is_taken(port: int, option: str) -> bool:
    """Whether another program has the port; if so, say which command takes another one. Port 0 is always free."""
    with socket.socket() as probe:
        # As the servers do it, so that a port whose last connections are only closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            print(
                f"Port {port} is in use, perhaps by another sandbox. End that one, or choose another port: "
                f"{option} {port + 10}",
                file=sys.stderr,
            )
            return True
    return False
