"""One round: people do their deeds, the desk is killed in the midst of them, lives again, and all is counted."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.testing import CognitoServer
from tests.crash import points
from tests.crash.deeds import Deed, Party
from tests.crash.place import Died, Place, Stuck, place
from tests.crash.points import Point
from tests.crash.verdict import Verdict, ahead_of_the_fact, judge

_POOLS: Mapping[str, Mapping[str, Any]] = {
    "alias": {},
    "plain": {"alias": False},
    "keeps": {"keep_original": True},
    "mails nothing": {"auto_verify": ()},
}
"""The kinds of pool by what `Pools.create` takes."""

_MOST_LIVES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Who does what, and when the desk dies: at a point in each of its first lives, or after some seconds."""

    deeds: Sequence[Deed]
    deaths: Sequence[Point | float] = ()

    def __str__(self) -> str:
        when = ", ".join(str(each) if isinstance(each, Point) else f"after {each:.2f} s" for each in self.deaths)
        return f"{' + '.join(deed.name for deed in self.deeds)}, killed {when or 'never'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a round."""

    kills: int
    verdict: Verdict
    passed: Sequence[Point] = ()
    """Every moment that the last life passed, if that was the only one."""


class Theatre:
    """Plays rounds. Safe to share between threads."""

    def __init__(self, cognito: CognitoServer, fresh: Callable[[Path], str]) -> None:
        self._cognito = cognito
        self._fresh = fresh
        self._counted = 0
        self._lock = threading.Lock()

    def play(self, round_: Round) -> Played:
        """Play one round to its end and judge it."""
        with self._set(round_) as here:
            parties = [Party(here, n) for n in range(len(round_.deeds))]
            for party, deed in zip(parties, round_.deeds, strict=True):
                deed.customers(here.pool, party.user)
            here.calls_before, here.mails_before = len(here.pool.calls), len(here.pool.mail)
            kills, ahead = 0, list[str]()
            try:
                for life in range(_MOST_LIVES):
                    if self._lived(here, round_, parties, round_.deaths[life : life + 1]):
                        break
                    assert here.child
                    if here.child.was_killed:
                        kills += 1
                        ahead += ahead_of_the_fact(here)
                    elif here.child.exit_code:
                        raise Stuck(f"the desk ended by itself ({here.child.exit_code}):\n{here.child.log[-4000:]}")
                assert here.child
                if not here.rests():
                    raise Stuck(f"after {_MOST_LIVES} lives something was still due:\n{here.child.log[-4000:]}")
                passed = points.read(here.child.passed) if not kills else ()
                verdict = judge(here, round_.deeds, parties)
            except Stuck as stuck:
                verdict, passed = Verdict(lost=(str(stuck),)), ()
            return Played(kills=kills, verdict=verdict.also(lies=ahead), passed=passed)

    def _lived(self, here: Place, round_: Round, parties: Sequence[Party], deaths: Sequence[Point | float]) -> bool:
        """Live one life; return whether everybody got what they wanted in it."""
        death = deaths[0] if deaths else None
        doom = threading.Timer(death, here.kill) if isinstance(death, float) else None
        try:
            here.start(death if isinstance(death, Point) else None)
            if doom:
                doom.start()
            here.recovered()
            with ThreadPoolExecutor(len(parties)) as people:
                doing = [people.submit(deed.does, party) for deed, party in zip(round_.deeds, parties, strict=True)]
            _raise_first(doing)
            here.recovered()
        except Died:
            return False
        finally:
            if doom:
                doom.cancel()
        assert here.child
        # Whatever became due in its last moments is for the next life; nothing that only came late counts as lost.
        return here.child.end() == 0 and here.rests()

    @contextmanager
    def _set(self, round_: Round) -> Iterator[Place]:
        with self._lock:
            self._counted += 1
            name = f"round-{self._counted}"
        (kind,) = {deed.pool for deed in round_.deeds}
        (lifetime,) = {deed.expires_after for deed in round_.deeds}
        pool = self._cognito.pools.create(name, **_POOLS[kind])
        folder = Path(tempfile.mkdtemp(prefix="desk-crash-"))
        try:
            with place(
                self._cognito,
                pool,
                folder,
                self._fresh(folder),
                people=len(round_.deeds),
                expires_after=lifetime,
            ) as here:
                yield here
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _raise_first(doing: Sequence[Future[None]]) -> None:
    """Raise what kept people from their deeds; that the desk has died explains everything else."""
    errors = [error for each in doing if (error := each.exception()) is not None]
    for error in sorted(errors, key=lambda error: not isinstance(error, Died)):
        raise error
