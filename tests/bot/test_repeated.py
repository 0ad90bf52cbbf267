"""A thread that does something over and over: through what breaks it, sooner when woken, and not after its end."""

import threading

from bot.repeated import Repeated

PATIENCE, NEVER = 60.0, 3600.0
"""Seconds: of a test, and of what isn't to come by itself."""


class Work:
    """Counts how often it was done, and breaks at the first time if it is to."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.done = 0
        self.breaks = breaks
        self.changed = threading.Condition()

    def __call__(self) -> None:
        with self.changed:
            self.done += 1
            self.changed.notify_all()
            if self.breaks and self.done == 1:
                raise ValueError("once")

    def comes_to(self, times: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.done >= times, PATIENCE)


def test_what_breaks_it_is_told_and_does_not_end_it() -> None:
    told: list[Exception] = []
    work = Work(breaks=True)
    repeated = Repeated(work, name="test", every=0.001, broken=told.append)
    repeated.start()
    assert work.comes_to(3)
    repeated.stop(PATIENCE)
    assert [str(error) for error in told] == ["once"]


def test_it_is_done_at_once_and_sooner_when_it_is_woken() -> None:
    wake, work = threading.Event(), Work()
    repeated = Repeated(work, name="test", every=NEVER, broken=lambda _: None, wake=wake)
    repeated.start()
    assert work.comes_to(1)
    wake.set()
    assert work.comes_to(2)
    repeated.stop(PATIENCE)
    assert repeated.is_stopped


def test_nothing_is_done_after_its_end_nor_without_a_beginning() -> None:
    work = Work()
    ended = Repeated(work, name="test", every=0.001, broken=lambda _: None)
    ended.start()
    assert work.comes_to(1)
    ended.stop(PATIENCE)
    before = work.done
    assert not any(each.name == "test" for each in threading.enumerate())
    assert work.done == before

    Repeated(work, name="test", every=0.001, broken=lambda _: None).stop(PATIENCE)
    assert work.done == before
