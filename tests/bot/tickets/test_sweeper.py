"""What time brings, and what a crash leaves behind: taken up by whichever replica looks first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.aws.failure import Fate
from bot.plan import NONE, Call, Secrets
from bot.ticket import State, Ticket
from bot.tickets import tables
from bot.tickets.leases import LostLease
from bot.tickets.runner import Runner
from bot.tickets.store import Store, StoreError, only_one
from bot.tickets.sweeper import Escalation, Sweeper
from tests.bot.little_cognito import LittleCognito, failed
from tests.bot.office import AGENT, LEAD1, LEAD2, Office, digits, ended


class Killed(BaseException):
    """Stands for kill -9: nothing that catches exceptions gets to write a word."""


def pass_time(office: Office, ticket: Ticket, share: float) -> None:
    """Let a share of a ticket's time go by, by moving its beginning and its end into the past."""
    with office.store.transaction() as connection:
        row = connection.execute(select(tables.ticket).where(tables.ticket.c.id == ticket.id)).one()
        back = (row.expires_at - row.created_at) * share
        moved = {"created_at": row.created_at - back, "expires_at": row.expires_at - back}
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(moved))


def lapse(office: Office, ticket: Ticket) -> None:
    with office.store.transaction() as connection:
        past = office.store.now(connection) - 1
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(lease_until=past))


@contextmanager
def replica(office: Office) -> Iterator[Office]:
    """Another process on the same database."""
    other = Office(office.store, office.cognito)
    try:
        yield other
    finally:
        other.close()


def sweep(office: Office) -> None:
    Sweeper(office.tickets, office.runner).sweep()
    assert office.runner.wait()


def kill(office: Office, ticket: Ticket, *, secrets: Secrets = NONE) -> None:
    """Run an approved ticket in a process that dies on its way."""
    office.runner.start(ticket.id, secrets=secrets)
    assert office.runner.wait()
    assert office.read(ticket).state is State.RUNNING
    lapse(office, ticket)


def approved(office: Office, scenario: str = "verify", **form: Any) -> Ticket:
    """Return an approved ticket that nobody has begun to run: its process died right after the vote."""
    ticket = office.ask(scenario, **form)
    with office.store.transaction() as connection:
        office.tickets.vote(connection, ticket, LEAD1.id)
    return office.read(ticket)


def test_one_reminder_at_half_time(office: Office) -> None:
    ticket = office.ask()
    sweep(office)
    assert "reminded" not in office.audited(ticket)
    pass_time(office, ticket, 0.5)
    with replica(office) as other:
        sweep(office)
        sweep(other)
        sweep(office)
    assert office.audited(ticket) == ["requested", "reminded"]
    assert office.thread(ticket)[-1] == "reminded pending"


def escalate(office: Office, *, after: float) -> None:
    Sweeper(office.tickets, office.runner, escalation=Escalation(to=("S0MANAGERS", "U0BOSS"), after=after)).sweep()


def test_what_nobody_decides_is_brought_before_others_once_whoever_looks(office: Office) -> None:
    ticket = office.ask()
    pass_time(office, ticket, 0.3)
    old = (office.read(ticket).expires_at - office.read(ticket).created_at).total_seconds() * 0.3
    escalate(office, after=old + 60)
    assert office.audited(ticket) == ["requested"]
    with replica(office) as other:
        for each in (office, other, office):
            escalate(each, after=old - 60)
    assert office.audited(ticket) == ["requested", "escalated"]
    assert office.thread(ticket)[-1] == "escalated pending"
    (row,) = [row for row in office.rows() if row["event"] == "escalated"]
    assert (row["person"], row["detail"]) == (None, {"to": ["S0MANAGERS", "U0BOSS"]})


def test_nobody_else_is_told_of_what_is_decided_or_over_or_where_nobody_is_named(office: Office) -> None:
    decided, over, waiting = office.ask(), office.ask("pair"), office.ask("move", email="new@example.com")
    office.decisions.withdraw(decided.id, who=AGENT, channel=decided.channel, ts=decided.ts)
    pass_time(office, over, 1)
    sweep(office)
    escalate(office, after=0)

    assert office.audited(decided) == ["requested", "withdrawn"]
    assert office.audited(over) == ["requested", "expired"]
    assert office.audited(waiting) == ["requested", "escalated"]


@pytest.mark.parametrize(
    ("share", "escalation", "event"),
    [(0.5, None, "reminded"), (0.3, Escalation(to=("S0MANAGERS",), after=0.0), "escalated")],
)
def test_two_who_find_it_due_in_the_same_moment_say_it_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, share: float, escalation: Escalation | None, event: str
) -> None:
    ticket = office.ask()
    pass_time(office, ticket, share)
    both_have_looked = threading.Barrier(2)
    transaction = office.tickets.transaction

    def after_both() -> AbstractContextManager[Connection]:
        both_have_looked.wait(60)
        return transaction()

    monkeypatch.setattr(office.tickets, "transaction", after_both)
    looking = [Sweeper(office.tickets, office.runner, escalation=escalation) for _ in range(2)]
    sweepers = [threading.Thread(target=each.sweep) for each in looking]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert office.audited(ticket) == ["requested", event]


def test_what_nobody_decides_expires_once(office: Office) -> None:
    ticket = office.ask()
    pass_time(office, ticket, 1)
    with replica(office) as other:
        threads = [threading.Thread(target=sweep, args=(each,)) for each in (office, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert office.read(ticket).state is State.EXPIRED
    assert office.audited(ticket) == ["requested", "expired"]


def test_an_approval_that_waits_for_its_code_expires_too(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "code")
    sweep(office)
    assert office.read(ticket).state is State.APPROVED
    pass_time(office, ticket, 1)
    sweep(office)
    assert office.read(ticket).state is State.EXPIRED
    assert cognito.sent == []


def test_an_approved_ticket_whose_process_died_is_carried_out(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    with replica(office) as other:
        sweep(other)
    assert office.read(ticket).state is State.DONE
    assert len(cognito.sent) == 1


def test_two_replicas_carry_an_orphan_out_once(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    with replica(office) as other:
        for each in (office, other):
            each.runner.start(ticket.id)
        assert office.runner.wait()
        assert other.runner.wait()
    assert office.read(ticket).state is State.DONE
    assert len(cognito.sent) == 1
    assert office.audited(ticket).count("started") == 1


def test_an_approval_that_comes_too_late_to_be_sent_expires(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    pass_time(office, ticket, 1)
    office.runner.start(ticket.id)
    assert office.settled(ticket).state is State.EXPIRED
    assert cognito.sent == []


def tries_again(office: Office, ticket: Ticket) -> None:
    """Let the time come at which a ticket that waits for Slack is tried again, and look."""
    with office.store.transaction() as connection:
        past = office.store.now(connection) - 1
        waits = update(tables.ticket).where(tables.ticket.c.id == ticket.id, tables.ticket.c.lease_until.is_not(None))
        connection.execute(waits.values(lease_until=past))
    sweep(office)


def test_while_slack_does_not_say_who_leads_an_approved_ticket_waits(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    office.roster.unreadable = True
    sweep(office)
    assert office.read(ticket).state is State.APPROVED
    started = office.audited(ticket).count("started")
    # It isn't tried again at every look, and is said once, however often it is tried.
    sweep(office)
    for _ in range(3):
        tries_again(office, ticket)
    assert office.read(ticket).state is State.APPROVED
    assert "Slack doesn't say right now who is a lead" in str(office.read(ticket).outcome.words)
    assert office.audited(ticket).count("started") == started == 1
    assert [each for each in office.thread(ticket) if "waiting" in each] == ["waiting approved"]
    assert cognito.sent == []

    office.roster.unreadable = False
    tries_again(office, ticket)
    ticket = office.read(ticket)
    assert (ticket.state, ticket.outcome.words) == (State.DONE, None)
    assert len(cognito.sent) == 1


def test_slack_that_falls_silent_between_two_looks_is_said_once_too(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    office.roster.unreadable = True
    sweep(office)
    # Once more it says who leads, and right after that nothing.
    office.roster.unreadable = False
    after_planning(office, lambda: setattr(office.roster, "unreadable", True))
    with office.store.transaction() as connection:
        later = office.store.now(connection) + 3600
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(lease_until=later))
    sweep(office)
    assert office.audited(ticket).count("started") == 1
    tries_again(office, ticket)
    assert office.read(ticket).state is State.APPROVED
    assert [each for each in office.thread(ticket) if "waiting" in each] == ["waiting approved"]
    assert office.audited(ticket).count("waiting") == 2
    assert cognito.sent == []


def test_what_waits_for_slack_can_be_denied_and_expires_in_the_end(office: Office, cognito: LittleCognito) -> None:
    cognito.add("eve", "eve@example.com")
    expires, denied = approved(office), approved(office, user="eve")
    office.roster.unreadable = True
    sweep(office)
    verdict = office.decisions.deny(denied.id, who=LEAD2, channel=denied.channel, ts=denied.ts, reason="too long ago")
    assert verdict.accepted
    pass_time(office, expires, 1)
    office.roster.unreadable = False
    tries_again(office, expires)
    tries_again(office, denied)
    assert (office.read(expires).state, office.read(denied).state) == (State.EXPIRED, State.DENIED)
    assert cognito.sent == []


def test_the_account_is_free_for_others_while_a_ticket_waits_for_slack(office: Office) -> None:
    ticket = approved(office)
    office.roster.unreadable = True
    sweep(office)
    with office.store.reading() as connection:
        assert connection.execute(select(tables.busy)).all() == []
    assert office.read(ticket).state is State.APPROVED


def test_it_is_tried_again_less_and_less_often(office: Office, cognito: LittleCognito) -> None:
    office.roster.unreadable = True
    pauses = []
    for waited in (0, 20, 3600):
        name = cognito.add(f"user{waited}", f"user{waited}@example.com").username
        ticket = approved(office, user=name)
        with office.store.transaction() as connection:
            earlier = tables.ticket.c.decided_at - waited
            connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(decided_at=earlier))
        office.runner.start(ticket.id)
        assert office.runner.wait()
        with office.store.reading() as connection:
            until = select(tables.ticket.c.lease_until).where(tables.ticket.c.id == ticket.id)
            pauses.append(connection.execute(until).scalar_one() - office.store.now(connection))
    first, second, third = pauses
    assert first < second < third <= 60


def after_planning(office: Office, act: Callable[[], None]) -> None:
    """Do something when a plan has been made again, and before anything is sent."""
    plan = office.planner.plan

    def acted(*given: Any, **named: Any) -> Any:
        planned = plan(*given, **named)
        act()
        return planned

    office.planner.plan = acted  # type: ignore[method-assign]


@pytest.mark.parametrize("scenario", ["verify", "code"])
def test_a_ticket_whose_time_ends_on_its_way_to_cognito_is_not_sent(
    office: Office, cognito: LittleCognito, scenario: str
) -> None:
    ticket = approved(office, scenario)
    after_planning(office, lambda: pass_time(office, ticket, 1))
    office.runner.start(ticket.id, secrets=digits("123456") if scenario == "code" else NONE)
    assert office.settled(ticket).state is State.EXPIRED
    assert office.audited(ticket)[-2:] == ["started", "expired"]
    assert cognito.sent == []
    with office.store.reading() as connection:
        assert connection.execute(select(tables.busy)).all() == []


def test_what_has_begun_in_time_is_finished_after_it(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "pair")
    cognito.after_send = lambda call: pass_time(office, ticket, 1)
    office.runner.start(ticket.id)
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 2


def _die_before(cognito: LittleCognito, n: int) -> None:
    """Die when the nth call has been written and is about to leave."""
    count = [0]

    def fail(call: Call) -> None:
        count[0] += 1
        if count[0] == n:
            raise Killed

    cognito.before_send = fail


def _die_after(cognito: LittleCognito, n: int) -> None:
    """Die when the nth call has been applied and its answer is on its way."""
    count = [0]

    def fail(call: Call) -> None:
        count[0] += 1
        if count[0] == n:
            raise Killed

    cognito.after_send = fail


def revive(office: Office, cognito: LittleCognito) -> None:
    cognito.before_send = cognito.after_send = lambda call: None
    with replica(office) as other:
        sweep(other)


@pytest.mark.parametrize("scenario", ["verify", "move", "pair"])
@pytest.mark.parametrize("die", [_die_before, _die_after])
@pytest.mark.parametrize("n", [1, 2])
def test_a_crash_around_a_call_neither_loses_nor_doubles_it(
    office: Office, cognito: LittleCognito, scenario: str, die: Callable[[LittleCognito, int], None], n: int
) -> None:
    ticket = approved(office, scenario, **({"email": "ana@example.org"} if scenario == "move" else {}))
    calls = len(ticket.plan.calls)
    if n > calls:
        n = calls
    die(cognito, n)
    kill(office, ticket)
    revive(office, cognito)
    ticket = office.read(ticket)
    assert ended(ticket) == (State.DONE, "")
    assert len(cognito.sent) == len(set(cognito.sent)) == calls


@pytest.mark.parametrize(("die", "sent"), [(_die_before, 0), (_die_after, 1)])
def test_what_may_mail_is_in_doubt_after_a_crash_and_not_repeated(
    office: Office, cognito: LittleCognito, die: Callable[[LittleCognito, int], None], sent: int
) -> None:
    ticket = approved(office, "move", email="ana@example.org", mails=True, shows=False)
    die(cognito, 1)
    kill(office, ticket)
    revive(office, cognito)
    assert office.read(ticket).state is State.IN_DOUBT
    assert len(cognito.sent) == sent


def test_a_crash_before_anything_was_begun_plans_again(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    assert office.leases.take(ticket.id) is not None
    lapse(office, ticket)
    cognito.set("ana", email="b@example.com")
    revive(office, cognito)
    assert office.read(ticket).state is State.STALE
    assert cognito.sent == []


def test_what_a_crash_kept_from_being_begun_in_time_expires(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    assert office.leases.take(ticket.id) is not None
    lapse(office, ticket)
    pass_time(office, ticket, 1)
    revive(office, cognito)
    assert office.read(ticket).state is State.EXPIRED
    assert cognito.sent == []
    assert approved(office).state is State.APPROVED
    sweep(office)
    assert len(cognito.sent) == 1


def test_what_was_begun_in_time_is_brought_to_its_end_afterwards(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "pair")
    _die_after(cognito, 1)
    kill(office, ticket)
    pass_time(office, ticket, 1)
    revive(office, cognito)
    assert office.read(ticket).state is State.DONE
    assert len(cognito.sent) == 2


def test_a_world_that_changed_during_the_crash_stops_the_next_call(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "pair")
    _die_after(cognito, 1)
    kill(office, ticket)
    cognito.set("ana", email_verified="maybe")
    revive(office, cognito)
    ticket = office.read(ticket)
    assert ticket.state is State.FAILED
    assert ticket.outcome.failed_call == 2
    assert ticket.outcome.done_before == ("AdminUpdateUserAttributes(ana, email=new-ana@example.com)",)
    assert len(cognito.sent) == 1


def test_half_a_ticket_waits_for_credentials_and_then_goes_on(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "pair")
    _die_after(cognito, 1)
    kill(office, ticket)
    cognito.without_credentials = True
    revive(office, cognito)
    assert office.read(ticket).state is State.RUNNING
    assert len(cognito.sent) == 1
    cognito.without_credentials = False
    lapse(office, ticket)
    revive(office, cognito)
    assert ended(office.read(ticket)) == (State.DONE, "")
    assert len(cognito.sent) == 2


def test_a_process_that_only_seemed_dead_writes_no_more(office: Office, cognito: LittleCognito) -> None:
    sending, go_on = threading.Event(), threading.Event()

    def hang(call: Call) -> None:
        cognito.before_send = lambda call: None
        sending.set()
        assert go_on.wait(60)
        raise failed("ReadTimeoutError", Fate.UNKNOWN)

    ticket = approved(office)
    cognito.before_send = hang
    office.runner.start(ticket.id)
    assert sending.wait(60)
    lapse(office, ticket)
    with replica(office) as other:
        sweep(other)
        assert office.read(ticket).state is State.DONE
    trail = office.audited(ticket)
    go_on.set()
    assert office.runner.wait()
    assert office.audited(ticket) == trail
    assert len(cognito.sent) == 1


def test_a_ticket_that_another_process_runs_is_out_of_reach(office: Office) -> None:
    ticket = approved(office)
    mine = office.leases.take(ticket.id)
    assert mine is not None
    lapse(office, ticket)
    with replica(office) as other:
        assert other.leases.take(ticket.id) is not None
        with pytest.raises(LostLease):
            office.leases.sending(mine.ticket, 1)
    assert "sending" not in office.audited(ticket)


def test_a_process_that_lives_keeps_its_tickets(office: Office, cognito: LittleCognito) -> None:
    sending, go_on = threading.Event(), threading.Event()

    def hang(call: Call) -> None:
        sending.set()
        assert go_on.wait(60)

    ticket = approved(office)
    cognito.before_send = hang
    office.runner.start(ticket.id)
    assert sending.wait(60)
    lapse(office, ticket)
    Sweeper(office.tickets, office.runner).sweep()
    with replica(office) as other:
        sweep(other)
        assert other.leases.take(ticket.id) is None
    go_on.set()
    assert office.settled(ticket).state is State.DONE
    assert office.audited(ticket).count("started") == 1


def test_an_unreadable_cognito_settles_nothing_until_it_can_be_read(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    _die_after(cognito, 1)
    kill(office, ticket)
    cognito.unreadable = True
    revive(office, cognito)
    assert office.read(ticket).state is State.RUNNING
    cognito.unreadable = False
    lapse(office, ticket)
    revive(office, cognito)
    assert office.read(ticket).state is State.DONE
    assert len(cognito.sent) == 1


def test_a_cognito_that_stays_unreadable_is_for_people_to_look_at(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office)
    _die_after(cognito, 1)
    kill(office, ticket)
    with office.store.transaction() as connection:
        connection.execute(update(tables.call).values(at=office.store.now(connection) - 3600))
    cognito.unreadable = True
    revive(office, cognito)
    state, words = ended(office.read(ticket))
    assert state is State.IN_DOUBT
    assert "Cognito can't be read" in words


def test_a_code_that_died_before_anything_was_begun_is_asked_for_again(office: Office, cognito: LittleCognito) -> None:
    ticket = approved(office, "code")
    assert office.leases.take(ticket.id, with_secret=True) is not None
    lapse(office, ticket)
    revive(office, cognito)

    ticket = office.read(ticket)
    assert ended(ticket) == (
        State.APPROVED,
        "The desk was restarted before the code was used. Please enter it once more.",
    )
    assert office.rows()[-1]["detail"]["words"] == str(ticket.outcome.words)
    assert cognito.sent == []


@pytest.mark.parametrize(("die", "state"), [(_die_before, State.APPROVED), (_die_after, State.DONE)])
def test_a_code_that_a_crash_swallowed_is_asked_for_again(
    office: Office, cognito: LittleCognito, die: Callable[[LittleCognito, int], None], state: State
) -> None:
    ticket = approved(office, "code")
    die(cognito, 1)
    kill(office, ticket, secrets=digits("123456"))
    revive(office, cognito)
    assert office.read(ticket).state is state
    if state is State.APPROVED:
        verdict = office.decisions.enter(
            ticket.id, who=AGENT, channel=ticket.channel, ts=ticket.ts, secrets=digits("123456")
        )
        assert verdict.accepted
        assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1


def test_the_thread_sweeps_by_itself(office: Office) -> None:
    ticket = approved(office)
    sweeper = Sweeper(office.tickets, office.runner, every=0.01)
    sweeper.start()
    for _ in range(500):
        if office.read(ticket).state is State.DONE:
            break
        threading.Event().wait(0.01)
    sweeper.stop(60)
    assert office.read(ticket).state is State.DONE


def test_the_thread_outlives_what_nobody_foresaw(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter([RuntimeError("never seen before")])
    keep = office.runner.keep

    def fail_once() -> None:
        for fault in faults:
            raise fault
        keep()

    monkeypatch.setattr(office.runner, "keep", fail_once)
    test_the_thread_sweeps_by_itself(office)


def test_stopping_finishes_what_runs_and_starts_nothing_more(office: Office, cognito: LittleCognito) -> None:
    sending, go_on = threading.Event(), threading.Event()

    def hang(call: Call) -> None:
        sending.set()
        assert go_on.wait(60)

    cognito.add("ben", "ben@example.com")
    cognito.before_send = hang
    running, waiting = approved(office), approved(office, user="ben")
    office.runner.start(running.id)
    assert sending.wait(60)
    assert not office.runner.stop(0.01)
    office.runner.start(waiting.id)
    go_on.set()
    assert office.runner.stop(60)
    assert office.read(running).state is State.DONE
    assert office.read(waiting).state is State.APPROVED


def test_what_was_approved_and_found_no_thread_before_the_end_is_free_for_others_at_once(
    office: Office, cognito: LittleCognito
) -> None:
    sending, go_on = threading.Event(), threading.Event()

    def hang(_call: Call) -> None:
        sending.set()
        assert go_on.wait(60)

    cognito.add("ben", "ben@example.com")
    cognito.before_send = hang
    running, waiting = office.ask(), office.ask(user="ben")
    runner = Runner(
        office.leases, office.planner, cognito, ThreadPoolExecutor(1), judge=office.judging.standing, pauses=(0.0,)
    )
    for ticket in (running, waiting):
        with office.store.transaction() as connection:
            voted = office.tickets.vote(connection, office.tickets.reload(connection, ticket.id), LEAD1.id)
            claim = runner.claim(connection, voted)
            assert claim is not None
        runner.start(ticket.id, claim=claim)
    assert sending.wait(60)
    assert not runner.stop(0.01)
    cognito.before_send = lambda _call: None
    assert office.read(waiting).state is State.RUNNING

    with replica(office) as other:
        sweep(other)
        assert other.read(waiting).state is State.DONE
        go_on.set()
        assert runner.stop(60)
    assert office.read(running).state is State.DONE
    assert len(cognito.sent) == 2


def test_only_one_desk_runs_on_sqlite(database: Store) -> None:
    other = Store(database.engine.url.render_as_string(hide_password=False))
    with only_one(database):
        if database.dialect == "sqlite":
            with pytest.raises(StoreError, match="Another desk is running"), only_one(other):
                pass
        else:
            with only_one(other):
                pass
    with only_one(other):
        pass
    other.close()


def test_a_link_leads_to_the_same_desk(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    real, link = (Store(f"sqlite:///{tmp_path / name}") for name in ("real.db", "link.db"))
    with only_one(real), pytest.raises(StoreError, match="Another desk is running"), only_one(link):
        pass


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    nowhere = Store(f"sqlite:///{tmp_path / 'nowhere' / 'desk.db'}")
    with pytest.raises(StoreError, match=r"DESK_DATABASE_URL: .*No such file or directory"), only_one(nowhere):
        pass


def test_votes_of_two_replicas_count_together(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.ask()
    with replica(office) as other:
        assert office.told(ticket, LEAD1) == ""
        assert other.told(ticket, LEAD2) == ""
        # Every vote lets its replica look whether that was the last one: either may have found that it was.
        other.runner.wait()
        assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1
