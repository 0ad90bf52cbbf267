"""What refuses to be told something costs one try for each pause, and keeps nothing else waiting."""

from bot.slack.pauses import Pauses
from bot.tickets.outbox import EVERYWHERE, LONGEST_PAUSE, Hold, Method


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def both(channel: str) -> frozenset[Hold]:
    return frozenset({(Method.POST, channel), (Method.UPDATE, channel)})


def tries(pauses: Pauses, clock: Clock, channel: str, seconds: float) -> int:
    """Refuse in a channel whatever is tried in it, as soon as it may be, and count how often that is."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        if channel not in pauses.closed():
            pauses.refused(channel)
            count += 1
        clock.now += 0.5
    return count


def test_a_channel_that_refuses_is_tried_more_and_more_seldom_and_never_given_up() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)

    assert tries(pauses, clock, "C0OLD", 60) <= 6
    assert 9 <= tries(pauses, clock, "C0OLD", 600) <= 11
    assert pauses.seconds_left() <= LONGEST_PAUSE
    assert pauses.closed() == {"C0OLD"}
    assert pauses.held() == frozenset()


def test_a_channel_that_takes_something_again_begins_anew() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    tries(pauses, clock, "C0OLD", 300)
    assert pauses.closed() == {"C0OLD"}

    pauses.arrived(1, "C0OLD")
    assert pauses.closed() == frozenset()
    pauses.refused("C0OLD")
    assert pauses.seconds_left() == 2


def test_a_limit_on_posts_holds_the_channel_until_a_second_one_shows_that_it_is_all_of_them() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    pauses.limited(Method.POST, "C0ONE", 30)
    assert pauses.held() == {(Method.POST, "C0ONE")}

    pauses.limited(Method.POST, "C0TWO", 10)
    assert (Method.POST, EVERYWHERE) in pauses.held()
    clock.now += 11
    assert pauses.held() == {(Method.POST, "C0ONE")}
    clock.now += 20
    pauses.limited(Method.POST, "C0TWO", 10)
    assert pauses.held() == {(Method.POST, "C0TWO")}


def test_a_closed_channel_makes_no_limit_of_another_one_everybodys() -> None:
    pauses = Pauses(clock=Clock())
    pauses.refused("C0OLD")
    pauses.limited(Method.POST, "C0SUPPORT", 10)

    assert pauses.held() == {(Method.POST, "C0SUPPORT")}
    assert pauses.closed() == {"C0OLD"}


def test_edits_are_limited_together() -> None:
    pauses = Pauses(clock=Clock())
    pauses.limited(Method.UPDATE, "C0ONE", 30)

    assert pauses.held() == {(Method.UPDATE, EVERYWHERE)}


def test_a_refusal_that_nobody_knows_is_the_messages_own_until_others_share_it() -> None:
    clock = Clock()
    pauses = Pauses(clock=clock)
    assert [pauses.refused_one(1, "C0ODD") for _ in range(3)] == [2, 4, 8]
    assert pauses.held() == frozenset()
    pauses.arrived(2, "C0ODD")
    assert pauses.refused_one(1, "C0ODD") == 16
    assert pauses.closed() == frozenset()

    for conversation in range(3, 6):
        pauses.refused_one(conversation, "C0ODD")
    assert pauses.closed() == {"C0ODD"}


def test_who_is_refused_everywhere_tries_nowhere() -> None:
    pauses = Pauses(clock=Clock())
    pauses.refused(EVERYWHERE)

    assert pauses.held() == both(EVERYWHERE)
    pauses.arrived(1, "C0ANY")
