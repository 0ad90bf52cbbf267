"""What was tried, and what a desk has to do in each trial."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.deployments.room import Confined, Room, end
from tests.deployments.support import Support

QUIET: Mapping[str, str] = {
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_QUIET": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}
"""For what installs something: nobody is there to be asked."""

_NEVER = (
    "the image as Docker builds and runs it, on the base image of its registry",
    "ECS, Fargate, RDS and Secrets Manager, and AWS's own word on the template",
    "a real Slack and a real Cognito",
)


class Trials:
    """What was tried, told line by line, and what could not be."""

    def __init__(self) -> None:
        self.left = list(_NEVER)

    def well(self, what: str) -> None:
        """Say what works."""
        sys.stdout.write(f"ok    {what}\n")
        sys.stdout.flush()

    def leave(self, what: str) -> None:
        """Keep in mind what could not be tried."""
        self.left.append(what)


def answers_and_ends(
    team: Support, room: Room, command: Sequence[str], held: Confined, *, healthy: Sequence[str] = ()
) -> None:
    """Start a confined desk, have it answer and found healthy, and ask it to end. Raises `SystemExit` with its log."""
    with room.start(command, held) as running:
        try:
            team.slack.wait_for(lambda: team.is_connected() or running.poll() is not None)
            if running.poll() is None:
                team.sees_an_answer()
                if healthy:
                    code, said = room.run(healthy, held)
                    assert code == 0, f"the health check finds it unwell: {said}"
            code, said = end(running)
        except BaseException:
            sys.stderr.write(end(running)[1])
            raise
    if code or "stopped" not in said:
        raise SystemExit(f"{said}\nThe desk ended with exit code {code}.")
    team.sees_everybody_go()


def run(command: Sequence[str]) -> str:
    """Run a program of this machine and return what it said. Raises `CalledProcessError`."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
