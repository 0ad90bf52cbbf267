"""`docs/operating.md` followed by its commands, and the unit: by hand as it says, and by systemd."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deployments.pages import environment, tried, unit
from tests.deployments.room import Confined, Machine, Room
from tests.deployments.support import Support
from tests.deployments.trials import QUIET, Trials, answers_and_ends

_SOURCE = "/usr/local/src/cognito-desk"
_UNIT = "/etc/systemd/system/cognito-desk.service"
_MOST_EXPOSED = 20
"""In tenths, of systemd's scale of 10: how much a service may do that it needn't. Without any limit it is 96."""


def follow(trials: Trials, team: Support, room: Room, checkout: Path) -> None:
    """Follow the page's commands; then start the program as the unit says, by hand and by systemd."""
    page = tried((checkout / "docs/operating.md").read_text("utf-8"))
    # Every Debian that starts has it; one that debootstrap makes for a chroot hasn't.
    room.sh("apt-get update -qq && apt-get install -qq --no-install-recommends systemd dbus", environ=QUIET)
    shutil.copytree(checkout, room.path / _SOURCE.lstrip("/"))
    for name in ("packages", "install", "settings"):
        room.sh(page[name], environ=QUIET)
    _fill_in(team, room)
    room.sh(page["look"])
    trials.well("docs/operating.md: installed and filled in, and the doctor finds no problem")

    room.sh(f"install -m 644 {_SOURCE}/deploy/cognito-desk.service {_UNIT} && systemd-analyze verify {_UNIT}")
    room.sh(f"systemd-analyze security --offline=true --no-pager --threshold={_MOST_EXPOSED} {_UNIT}")
    trials.well(f"the unit: right for systemd, and no more exposed than {_MOST_EXPOSED / 10}")
    lines = unit((room.path / _UNIT.lstrip("/")).read_text("utf-8"))
    answers_and_ends(team, room, lines["ExecStart"][0].split(), _as_the_unit_says(room, lines))
    trials.well("the unit: its ExecStart, by hand and as confined as it says, answers /cognito-check and ends")

    with room.booted() as machine:
        if machine is None:
            trials.leave("the unit started by systemd: it doesn't start in a folder of this machine")
            return
        with _telling(machine):
            _by_systemd(trials, team, machine, page)


def _by_systemd(trials: Trials, team: Support, machine: Machine, page: dict[str, str]) -> None:
    def answers(after: str) -> None:
        team.slack.wait_for(lambda: _has_started(machine, team))
        trials.well(f"docs/operating.md, by systemd: {after}, it answers “{team.sees_an_answer()}”")

    machine.sh(page["start"])
    answers("started")
    first = machine.sh("systemctl show --property=MainPID --value cognito-desk").strip()
    machine.sh(f"kill -9 {first}")
    team.sees_everybody_go()
    answers("killed and started again by itself")
    assert machine.sh(page["backup"]).splitlines()[-1] == "ok"
    machine.sh(page["restore"])
    answers("restored from its backup")
    machine.sh(page["upgrade"])
    answers("upgraded")
    machine.sh("systemctl stop cognito-desk")
    assert machine.sh("systemctl show --property=Result --value cognito-desk").strip() == "success"
    team.sees_everybody_go()
    _stays_stopped(machine)
    trials.well("the unit: with a wrong setting systemd leaves it stopped, with exit code 2")


def _stays_stopped(machine: Machine) -> None:
    machine.sh("sed -i 's/^SLACK_BOT_TOKEN=.*/SLACK_BOT_TOKEN=/' /etc/cognito-desk/.env; systemctl start cognito-desk")
    machine.sh("while systemctl is-active --quiet cognito-desk; do sleep 0.1; done; systemctl is-failed cognito-desk")
    shown = machine.sh("systemctl show --property=ExecMainStatus,NRestarts cognito-desk").split()
    assert set(shown) == {"ExecMainStatus=2", "NRestarts=0"}, shown


def _has_started(machine: Machine, team: Support) -> bool:
    state = machine.sh("systemctl is-active cognito-desk || true").strip()
    assert state in {"active", "activating"}, state
    return state == "active" and team.is_connected()


@contextmanager
def _telling(machine: Machine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sys.stderr.write(machine.sh("journalctl --no-pager --lines=60 || true"))
        raise


def _fill_in(team: Support, room: Room) -> None:
    """Write into the two files what a person would, and no more."""
    secrets, settings = (room.path / "etc/cognito-desk" / name for name in (".env", "desk.toml"))
    kept = [line for line in secrets.read_text("utf-8").splitlines() if line.partition("=")[0] not in team.environ]
    secrets.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in team.environ.items()), ""]), "utf-8")
    settings.write_text(team.filled_in(settings.read_text("utf-8")), "utf-8")


def _as_the_unit_says(room: Room, lines: dict[str, list[str]]) -> Confined:
    [user], [group] = lines["User"], lines["Group"]
    return Confined(
        user=int(room.sh(f"id -u {user}")),
        group=int(room.sh(f"getent group {group}").split(":")[2]),
        folder=lines["WorkingDirectory"][0],
        environ=environment(lines["Environment"]),
        writable=f"/var/lib/{lines['StateDirectory'][0]}",
    )
