"""How fast the desk reads a whole pool, what it takes for that, and whether it finds what is there."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.bench import crowd
from tests.bench.floor import DESK, ROOT, Bot, Floor, floor
from tests.desk_toml import desk_toml

SPEED = 10.0
"""Times AWS's rates, so that it ends."""

_LONGEST = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was measured of one reading."""

    users: int
    latency: float
    rate_used: float
    """Part of the allowed rate, from the first page to the last."""
    seconds: float
    """From the command to the report."""
    refused: int
    """Requests that were refused, and asked again."""
    seen: int
    """Refusals that somebody could see: in a message, or as a warning in the log."""
    megabytes: float
    """The most that the process took."""
    is_true: bool
    """Whether what was found is what is there."""


@contextmanager
def serving(users: int, latency: float, *options: str, speed: float = SPEED) -> Iterator[str]:
    """Serve a crowd, and give its address."""
    command = [sys.executable, "-m", "tests.bench.crowd", "--users", str(users), "--speed", str(speed)]
    process = subprocess.Popen(
        [*command, "--latency", str(latency), *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="ascii"
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


class PoolFloor(Floor):
    """A floor whose pool is a crowd."""

    def at(self, address: str) -> None:
        """Let the next desk work on the crowd at an address, at all of AWS's rate."""
        settings = desk_toml(pool=crowd.POOL, client=crowd.CLIENT).replace(
            f'client_id = "{crowd.CLIENT}"', f'client_id = "{crowd.CLIENT}"\nscan_share = 1.0'
        )
        (self.folder / "desk.toml").write_text(settings, encoding="utf-8")
        for file in self.folder.glob("desk.db*"):
            file.unlink()
        self._address = address

    @property
    def shown(self) -> str:
        """What stands in the channel."""
        return " ".join(each.text for each in self.slack.messages("#support"))

    @property
    def environ(self) -> Mapping[str, str]:
        """What the desk finds in its environment."""
        return {**Floor.environ.fget(self), "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self._address}  # type: ignore[attr-defined] # a property


def counts(address: str) -> dict[str, Any]:
    """Return what a crowd was asked for."""
    with urllib.request.urlopen(f"{address}/", timeout=30) as answer:
        return dict(json.load(answer))


@contextmanager
def highest(bot: Bot) -> Iterator[list[float]]:
    """Measure the most memory that a bot takes meanwhile; it stands in the list in the end."""
    most, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            most[0] = max(most[0], bot.megabytes)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def read(users: int, latency: float) -> Read:
    """Have a pool of so many users read."""
    with floor(PoolFloor) as here, serving(users, latency) as address:
        assert isinstance(here, PoolFloor)
        here.at(address)
        with here.bot(DESK) as bot:
            time.sleep(1)
            began = time.monotonic()
            with highest(bot) as most:
                here.slack.types("lead1", "/cognito-pool-check")
                here.slack.wait_for(lambda: "📊" in here.shown, _LONGEST)
                seconds = time.monotonic() - began
        told = counts(address)["rates"]["UserList"]
        return Read(
            users=users,
            latency=latency,
            rate_used=told["answered"] / told["seconds"] / (crowd.RATES["UserList"] * SPEED),
            seconds=seconds,
            refused=told["refused"],
            seen=here.shown.count("slow down") + here.log.count("WARNING"),
            megabytes=most[0],
            is_true=_found(here.folder) == crowd.truth(users),
        )


def _found(folder: Path) -> dict[str, Any]:
    with create_engine(f"sqlite:///{folder / 'desk.db'}").connect() as connection:
        found = json.loads(connection.execute(text("SELECT found FROM pool_check")).scalar_one())
    return {name: found[name] for name in crowd.truth(0)}


def table(reads: list[Read]) -> list[list[str]]:
    """Return the figures as a table."""
    return [
        ["users", "a page takes", "of the allowed rate", "whole check", "refused, seen", "memory", "result"],
        *(
            [
                f"{each.users:,}",
                f"{1000 * each.latency:.0f} ms",
                f"{100 * each.rate_used:.1f} %",
                f"{each.seconds:.0f} s",
                f"{each.refused}, {each.seen}",
                f"{each.megabytes:.0f} MB",
                "as it is" if each.is_true else "WRONG",
            ]
            for each in reads
        ),
    ]
