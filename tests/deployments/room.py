"""A bare Debian in a folder, and programs in it: as a chroot, or with systemd as its first process.

Each program has mounts and processes of its own, which end with it. The network is this machine's.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.deployments.pages import environment

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PATIENCE = 120.0

_MOUNTED = """\
set -e
room=$1 read_only=$2 writable=$3
shift 3
mount --bind "$room" "$room"
mount -t proc proc "$room/proc"
if [ "$read_only" = yes ]; then
    if [ -n "$writable" ]; then
        mount -t tmpfs tmpfs "$room/tmp"
        mount --bind "$room$writable" "$room$writable"
    fi
    mount -o remount,bind,ro "$room"
fi
exec chroot "$room" "$@"
"""

_BOOTED = """\
set -e
room=$1
mount --bind "$room" "$room"
mount -t proc proc "$room/proc"
# What systemd sets of the kernel would be this machine's.
mount --bind "$room/proc/sys" "$room/proc/sys"
mount -o remount,bind,ro "$room/proc/sys"
mount -t sysfs -o ro sysfs "$room/sys"
mount -t cgroup2 cgroup2 "$room/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$room/run"
mount -t tmpfs -o mode=755 tmpfs "$room/dev"
for device in null zero full random urandom tty; do
    touch "$room/dev/$device"
    mount --bind "/dev/$device" "$room/dev/$device"
done
mkdir "$room/dev/shm" "$room/dev/pts"
mount -t devpts -o newinstance devpts "$room/dev/pts"
ln -s pts/ptmx "$room/dev/ptmx"
ln -s /proc/self/fd "$room/dev/fd"
# What systemd mounts for its services, it mounts from the root of everything: a chroot has none of its own.
cd "$room"
pivot_root . .
umount -l .
exec chroot . env -i container=chroot PATH="$2" /lib/systemd/systemd
"""

_NO_NEW_MACHINE_CODE = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""As systemd's ``MemoryDenyWriteExecute`` has it; a kernel before Linux 6.3 only says that it doesn't know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """How a program is held as a service or a container is: without any right, on files that it may only read."""

    user: int
    group: int
    folder: str
    environ: Mapping[str, str]
    writable: str = ""
    """The one folder that it may write to, besides ``/tmp``; empty: nowhere, and not to ``/tmp`` either."""

    def holding(self, command: Sequence[str]) -> list[str]:
        """Return the command with its confinement around it."""
        ids = [f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups"]
        least = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        variables = [f"{name}={value}" for name, value in {"PATH": PATH, **self.environ}.items()]
        denied = ["python3", "-c", _NO_NEW_MACHINE_CODE]
        return ["setpriv", *ids, *least, "env", "-i", "-C", self.folder, *variables, *denied, *command]


@dataclass(frozen=True, slots=True)
class Room:
    """A Debian in a folder; ``network`` is how this machine reaches its package registries, for those who install."""

    path: Path
    network: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def found(cls, path: Path) -> "Room":
        """Return the room that `scripts/bare-debian` has made."""
        return cls(path, environment((path / "root/environment").read_text("utf-8").splitlines()))

    def copy(self, path: Path) -> "Room":
        """Return another room with the same in it."""
        subprocess.run(["cp", "-a", self.path, path], check=True)
        return Room(path, self.network)

    def sh(self, script: str, *, folder: str = "/", environ: Mapping[str, str] | None = None, given: str = "") -> str:
        """Run a script as root and return what it said; it may read ``given``. Raises `SystemExit` when it fails."""
        return _said(self._command(False, "", self._rooted(script, folder, environ or {})), script, given)

    @contextmanager
    def start(self, command: Sequence[str], held: Confined) -> Iterator["subprocess.Popen[str]"]:
        """Start a confined program; what it says comes by its output. If it still runs at the end, it is killed."""
        whole = self._command(True, held.writable, held.holding(command))
        with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            try:
                yield running
            finally:
                # `unshare` can't end what has changed its user.
                if running.poll() is None and (first := child_of(running.pid)) is not None:
                    os.kill(first, signal.SIGKILL)

    def run(self, command: Sequence[str], held: Confined) -> tuple[int, str]:
        """Run a confined program, and return its exit code and what it said; the network is all that others share."""
        with self.start(command, held) as running:
            said, _ = running.communicate(timeout=_PATIENCE)
            return running.returncode, said

    @contextmanager
    def booted(self) -> Iterator["Machine | None"]:
        """Start systemd in the room, and end everything at the end. None where this machine doesn't let it start."""
        new = ["--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--cgroup"]
        script = ["sh", "-c", _BOOTED, "sh", str(self.path), PATH]
        with subprocess.Popen(
            ["unshare", *new, *script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as holder:
            try:
                yield self._once_up(holder)
            finally:
                holder.kill()

    def _once_up(self, holder: "subprocess.Popen[bytes]") -> "Machine | None":
        deadline = time.monotonic() + _PATIENCE
        while holder.poll() is None and time.monotonic() < deadline:
            first = child_of(holder.pid)
            if first is not None:
                machine = Machine(self, first)
                asked = subprocess.run(
                    machine.entering(["systemctl", "is-system-running"]), capture_output=True, text=True, check=False
                )
                if asked.stdout.strip() in {"running", "degraded"}:
                    return machine
            time.sleep(0.1)
        return None

    def _command(self, read_only: bool, writable: str, command: Sequence[str]) -> list[str]:
        new = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        script = ["sh", "-c", _MOUNTED, "sh", str(self.path), "yes" if read_only else "no", writable]
        return [*new, *script, *command]

    def _rooted(self, script: str, folder: str, environ: Mapping[str, str]) -> list[str]:
        whole = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": PATH, **self.network, **environ}
        return [
            "env",
            "-i",
            "-C",
            folder,
            *(f"{name}={value}" for name, value in whole.items()),
            "sh",
            "-e",
            "-c",
            script,
        ]


@dataclass(frozen=True, slots=True)
class Machine:
    """A room that systemd has started."""

    room: Room
    first: int
    """This machine's number of the room's first process."""

    def sh(self, script: str) -> str:
        """Run a script as root and return what it said. Raises `SystemExit` when a command of it fails."""
        return _said(self.entering(self.room._rooted(script, "/", {})), script)

    def entering(self, command: Sequence[str]) -> list[str]:
        """Return a command of this machine's that runs the given one there."""
        target = f"--target={self.first}"
        return ["nsenter", target, "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd", *command]


def child_of(process: int) -> int | None:
    """Return the number of a process's only child; None while it has none."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()
    except OSError:
        return None
    return int(children[0]) if children else None


def end(running: "subprocess.Popen[str]") -> tuple[int, str]:
    """Ask a confined program to end, as a service manager does; return its exit code and what it said."""
    first = child_of(running.pid)
    if first is not None:
        os.kill(first, signal.SIGTERM)
    said, _ = running.communicate(timeout=_PATIENCE)
    return running.returncode, said


def _said(command: Sequence[str], script: str, given: str = "") -> str:
    ended = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"{ended.stdout[-4000:]}\nThis failed, with exit code {ended.returncode}:\n{script}")
    return ended.stdout
