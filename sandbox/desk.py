"""The unmodified desk as a process of its own; only its settings say that this Slack and this Cognito are local."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.seed import LEGACY, SHOP

ROOT = Path(__file__).parent.parent
STOPPING_SECONDS = 30.0

_FILE = """\
[slack]
files = true
[people]
agents = ["S0SUPPORT"]
leads = ["S0LEADS"]
[channels]
allowed = ["C0SUPPORT"]
[teams]
app = "S0APP"
cloud = "S0CLOUD"
accounts = "S0TRUST"
"""
_POOL = """\
[pools.{name}]
id = "{id}"
region = "{region}"
client_id = "{client_id}"
customer_credentials = {customer_credentials}
mail_evidence = {mail_evidence}
"""


class DeskProcess:
    """One ``desk run`` in a folder that holds its settings and its database."""

    def __init__(self, folder: Path, environ: Mapping[str, str], pools: Iterable[LivePool]) -> None:
        pools = tuple(pools)
        secrets = {f"DESK_POOL_{_upper(pool)}_CLIENT_SECRET": pool.client_secret for pool in pools}
        written = {**environ, **{name: secret for name, secret in secrets.items() if secret}}
        (folder / "desk.toml").write_text(_FILE + "".join(_section(pool) for pool in pools), encoding="utf-8")
        secret = folder / ".env"
        secret.touch(mode=0o600)
        secret.write_text("".join(f"{name}='{value}'\n" for name, value in written.items()), "utf-8")
        self._folder = folder
        self._process = self._started()

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def restart(self) -> None:
        """Start it anew, on the same database."""
        self._process = self._started()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        # Nothing of the caller's environment but what a program needs to run at all: no profile, no proxy, no token.
        environ = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        environ |= {"HOME": str(self._folder), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "bot.cli", "run"]
        return subprocess.Popen(command, cwd=self._folder, env=environ, stdin=subprocess.DEVNULL)  # noqa: S603 - our own program


def _section(pool: LivePool) -> str:
    # One pool says no, so that one can see what the desk does then.
    allowed = "false" if pool.name == LEGACY else "true"
    return _POOL.format(
        name=pool.name,
        id=pool.id,
        region=pool.region,
        client_id=pool.client_id,
        customer_credentials=allowed,
        mail_evidence="true" if pool.name == SHOP else "false",
    )


def _upper(pool: LivePool) -> str:
    return pool.name.upper().replace("-", "_")
