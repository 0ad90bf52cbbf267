"""What people do with a run, and what the desk does by itself: pause, resume, stop, half, trouble."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, insert

from bot.aws.failure import CallFailed, Fate
from bot.desk.approvals import ClickResult
from bot.desk.people import Who
from bot.plan import Call
from bot.ticket import Event, State, Ticket
from bot.tickets import resource_keys, tables
from bot.tickets.bulk_items import RunState
from bot.tickets.store import Store
from tests.bot.little_cognito import failed
from tests.bot.office import AGENT, LEAD1, LEAD2, LEAD3
from tests.bot.tickets.many_people import DONE, FAILED, GOOGLE, IN_DOUBT, LEFT_OUT, UNMAPPED, Desk, Pool, checked


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def desk(database: Store, pool: Pool) -> Iterator[Desk]:
    opened = Desk(database, pool)
    # One person at a time, so that something is left when somebody presses a button.
    opened.pace.a_second = 1.0
    yield opened
    opened.close()


@pytest.fixture
def ticket(desk: Desk, pool: Pool) -> Ticket:
    pool.crowd(30)
    checked(desk.store, pool)
    return desk.agree(desk.verify_all())


def pressed(desk: Desk, ticket: Ticket, what: str, who: Who = LEAD1) -> ClickResult:
    steer: Callable[..., ClickResult] = getattr(desk.decisions, what)
    return steer(ticket.id, who=who, channel=ticket.channel, ts=ticket.ts)


def after(pool: Pool, count: int, then: Callable[[], object]) -> None:
    """Do something once when so many calls were sent."""
    once = iter([then])

    def sent(_: Call) -> None:
        # Several are sent side by side.
        if len(pool.sent) >= count:
            next(once, lambda: None)()

    pool.after_send = sent


def refuse(pool: Pool, error: CallFailed, *names: str, times: int = 1_000) -> None:
    left = Counter(dict.fromkeys(names or pool.users, times))

    def before(call: Call) -> None:
        name = call.parameters["Username"]
        if left[name] > 0:
            left[name] -= 1
            raise error

    pool.before_send = before


def test_a_pause_lets_finish_what_is_under_way_and_nothing_more(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    progress = desk.paused(ticket)
    assert progress.person == LEAD1.id
    assert 10 <= len(pool.sent) < 20
    assert Counter(desk.states(ticket).values()) == {DONE: len(pool.sent), "todo": 30 - len(pool.sent)}
    assert desk.read(ticket).state is State.RUNNING


def test_a_lead_lets_it_go_on(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    assert pressed(desk, ticket, "resume", LEAD2).accepted
    assert not pressed(desk, ticket, "resume", LEAD2).accepted
    assert desk.carried(ticket).state is State.DONE
    assert len(pool.sent) == len(set(pool.sent)) == 30


@pytest.mark.parametrize("what", ["pause", "resume", "stop"])
def test_only_leads_steer(desk: Desk, ticket: Ticket, what: str) -> None:
    desk.runs.look()
    desk.runs.wait()
    result = pressed(desk, ticket, what, AGENT)
    assert not result.accepted
    assert "Only leads" in str(result.words)


def test_it_does_not_go_on_in_the_name_of_who_is_no_lead_any_more(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    sent = len(pool.sent)
    desk.roster.deposed = {LEAD3}
    result = pressed(desk, ticket, "resume")
    assert "Too few of those who approved this are leads still" in str(result.words)
    desk.looks()
    assert len(pool.sent) == sent


def test_nor_in_the_name_of_an_asker_who_may_not_ask_any_more(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    desk.roster.left = {LEAD1}
    assert "may not ask for anything here any more" in str(pressed(desk, ticket, "resume", LEAD2).words)


def test_a_lead_who_lost_the_right_before_the_start_opens_it_again(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    desk.roster.deposed = {LEAD3}
    desk.looks()
    assert desk.read(ticket).state is State.PENDING
    assert pool.sent == []


def test_while_slack_says_nothing_it_waits(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    desk.roster.unreadable = True
    desk.looks()
    assert (desk.read(ticket).state, pool.sent) == (State.APPROVED, [])
    assert desk.audited(ticket).count(Event.WAITING) == 1
    desk.roster.unreadable = False
    desk.runs.forget()
    assert desk.carried(ticket).state is State.DONE


def test_a_stop_keeps_what_is_done_and_leaves_out_the_rest(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "stop"))
    ended = desk.carried(ticket)
    assert ended.state is State.DONE
    sent = len(pool.sent)
    assert Counter(desk.states(ticket).values()) == {DONE: sent, LEFT_OUT: 30 - sent}
    assert set(desk.why(ticket).values()) == {"it was stopped before their turn"}
    assert desk.progress(ticket).run is RunState.OVER


def test_a_paused_run_can_be_stopped(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    assert pressed(desk, ticket, "stop", LEAD3).accepted
    assert desk.carried(ticket).state is State.DONE


def test_half_is_told_once(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 20, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    pressed(desk, ticket, "resume")
    desk.carried(ticket)
    assert desk.audited(ticket).count(Event.HALF_DONE) == 1


def test_what_the_desk_may_not_do_pauses_it_at_once(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    refuse(pool, failed("AccessDeniedException", Fate.REFUSED))
    progress = desk.paused(ticket)
    assert (progress.person, str(progress.words)) == ("", "AccessDeniedException happened.")
    assert set(desk.states(ticket).values()) == {"todo"}
    assert any("paused" in each for each in desk.thread(ticket))


def test_twenty_failures_in_a_row_pause_it(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    refuse(pool, failed("InvalidParameterException", Fate.REFUSED))
    progress = desk.paused(ticket)
    assert str(progress.words).startswith("20 in a row did not work, the last one with:")
    assert 20 <= Counter(desk.states(ticket).values())[FAILED] < 30


def test_one_that_is_refused_fails_with_words_and_the_others_go_on(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    refuse(pool, failed("InvalidParameterException", Fate.REFUSED), "user003")
    assert desk.carried(ticket).state is State.DONE
    assert Counter(desk.states(ticket).values()) == {DONE: 29, FAILED: 1}
    assert desk.why(ticket) == {"user003": "{code} happened."}


def test_one_that_is_throttled_is_tried_again_and_the_pace_hears_of_it(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    refuse(pool, failed("TooManyRequestsException", Fate.REFUSED), "user003", times=2)
    assert desk.carried(ticket).state is State.DONE
    assert (len(pool.sent), desk.pace.refused) == (30, 2)
    assert Counter(desk.states(ticket).values()) == {DONE: 30}


def test_a_lost_answer_is_settled_by_reading(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    lost = failed("lost", Fate.UNKNOWN)

    def after_send(call: Call) -> None:
        if call.parameters["Username"] == "user003":
            raise lost

    pool.after_send = after_send
    refuse(pool, lost, "user004", times=1)
    refuse_twice(pool, lost, "user005")
    assert desk.carried(ticket).state is State.IN_DOUBT
    assert Counter(desk.states(ticket).values()) == {DONE: 29, IN_DOUBT: 1}
    assert desk.why(ticket) == {"user005": "the answer was lost twice"}
    assert len(pool.sent) == len(set(pool.sent)) == 29


def refuse_twice(pool: Pool, error: CallFailed, name: str) -> None:
    before, left = pool.before_send, [2]

    def refusing(call: Call) -> None:
        before(call)
        if call.parameters["Username"] == name and left[0]:
            left[0] -= 1
            raise error

    pool.before_send = refusing


def test_a_claim_that_is_not_mapped_any_more_pauses_it(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    after(pool, 10, lambda: pressed(desk, ticket, "pause"))
    desk.paused(ticket)
    pool.providers = {"Google": UNMAPPED}
    desk.runs.forget()
    assert pressed(desk, ticket, "resume").accepted
    sent = len(pool.sent)
    desk.looks()
    assert desk.progress(ticket).run is RunState.PAUSED
    assert "isn't mapped any more" in str(desk.progress(ticket).words)
    assert len(pool.sent) == sent
    pool.providers = {"Google": GOOGLE}


def test_whose_request_runs_waits_for_their_turn(desk: Desk, pool: Pool, ticket: Ticket) -> None:

    key = resource_keys.address("prod", "user003@example.com")
    with desk.store.transaction() as connection:
        connection.execute(insert(tables.busy).values(key=key, ticket=ticket.id))
    for _ in range(3):
        desk.looks()
    assert desk.states(ticket)["user003"] == "todo"
    assert desk.read(ticket).state is State.RUNNING
    with desk.store.transaction() as connection:
        connection.execute(delete(tables.busy).where(tables.busy.c.key == key))
        connection.execute(tables.bulk_item.update().values(lease_until=None))
    assert desk.carried(ticket).state is State.DONE
    assert desk.states(ticket)["user003"] == DONE


def test_where_cognito_has_a_fault_for_a_moment_they_are_tried_again(desk: Desk, pool: Pool, ticket: Ticket) -> None:
    refuse(pool, failed("EndpointConnectionError", Fate.UNSENT), "user003", times=1)
    desk.looks()
    desk.looks()
    assert desk.states(ticket)["user003"] == "todo"
    with desk.store.transaction() as connection:
        connection.execute(tables.bulk_item.update().values(lease_until=None))
    assert desk.carried(ticket).state is State.DONE
    assert len(pool.sent) == 30
