"""What names a customer goes, from every table; who did what, when, stays, and the seals still fit."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.ticket import Event, State
from bot.tickets import audit, resource_keys, tables, written
from bot.tickets.forgetting import Cleaner, Forgotten, Kept, StillOpen, forget
from bot.tickets.message import Message
from bot.tickets.records import Records
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.verify_seals import verify
from bot.words import say, to_json
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, LEAD1, Office

NAME, ADDRESS, NEW = "zuleika", "Zuleika@Example.com", "zz.new@example.org"
AT_ONCE = Kept(messages=timedelta(seconds=-1), details=timedelta(seconds=-1))
"""Everything that is over is old enough."""


@pytest.fixture
def sub(cognito: LittleCognito) -> str:
    cognito.add(NAME, ADDRESS)
    return cognito.directory("prod").one(NAME).sub


def _names(database: Store, *names: str) -> set[str]:
    """Return the tables that hold any of these names."""
    found = set()
    with database.reading() as connection:
        for table in tables.metadata.sorted_tables:
            rows = connection.execute(select(table)).mappings().all()
            text = json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False).lower()
            if any(name.lower() in text for name in names):
                found.add(table.name)
    return found


def _about_her(office: Office) -> None:
    """Let her have been asked for, denied, moved, and acted as."""
    moved = office.carried_out("move", user=NAME, email=NEW)
    assert moved.state is State.DONE
    denied = office.ask("verify", user=NAME)
    office.decisions.deny(denied.id, who=LEAD1, channel=CHANNEL, ts=denied.ts, reason=f"{NAME} is somebody else")
    with office.store.transaction() as connection:
        concerns = resource_keys.of_person("prod", reference=NAME)
        detail = {"operation": "SignUp", "pool": "prod", "user": NAME}
        audit.record(connection, office.store, Event.SENT, ticket=None, detail=detail, concerns=concerns)
        write = written.Write(account=resource_keys.name("prod", NAME), name=NAME, address=ADDRESS, signed_up=True)
        written.begin(connection, write, at=1.0, person=AGENT.id)
        office.outbox.enqueue(connection, denied.conversation, Message(text=f"About {NAME}", blocks=()))
        _case(office, connection, about=denied.id)


def _case(office: Office, connection: Connection, *, about: int, asked_at: float = 1.0) -> None:
    """Write a case of hers, which tells of a ticket."""
    place = {"conversation": office.outbox.converse(connection, CHANNEL)}
    case = {"scenario": "check", "pool": "prod", "form": {"user": NAME}, "asker": AGENT.id, "found": {"names": [NAME]}}
    connection.execute(tables.customer_case.insert(), {**place, **case, "asked_at": asked_at, "read_at": asked_at})
    connection.execute(tables.case_key.insert(), {**place, "key": resource_keys.address("prod", ADDRESS)})
    connection.execute(tables.case_ticket.insert(), {**place, "ticket": about})
    words = to_json(say("done for {name}", name=NAME))
    connection.execute(tables.case_action.insert(), {**place, "at": 1.0, "person": AGENT.id, "words": words})


def test_nothing_names_somebody_who_was_forgotten(office: Office, sub: str) -> None:
    _about_her(office)
    other = office.carried_out("move", email="ana.new@example.org")
    assert _names(office.store, NAME, NEW, f'"{sub}"', f":{sub}") >= {
        "ticket",
        "audit_detail",
        "concerned",
        "touched",
        "written",
        "outbox",
        "customer_case",
        "case_key",
        "case_action",
    }
    before = office.rows()

    gone = forget(office.store, NAME, by="root")

    assert _names(office.store, NAME, NEW, f'"{sub}"', f":{sub}") == set()
    assert (gone.tickets, gone.writes, gone.cases) == (2, 2, 1)
    # Others have lost nothing.
    assert office.read(other).plan.calls
    assert [row["detail"] for row in office.rows() if row["ticket"] == other.id] == [
        row["detail"] for row in before if row["ticket"] == other.id
    ]


def test_who_did_what_when_stays_and_the_chain_still_fits(office: Office, sub: str) -> None:
    _about_her(office)
    office.carried_out()
    before = office.rows()

    gone = forget(office.store, NAME.upper(), by="root")
    Sealer(office.store).seal_all()

    *after, forgotten = office.rows()
    plain = ("id", "at", "event", "person", "ticket", "state", "scenario", "pool", "requester")
    assert [[row[name] for name in plain] for row in after] == [[row[name] for name in plain] for row in before]
    assert sum(row["detail"] is None for row in after) == gone.rows
    assert forgotten["event"] == "forgotten"
    assert forgotten["detail"]["by"] == "root"
    assert sub not in json.dumps(forgotten)
    found = verify(office.store)
    assert found.fits
    assert (found.removed, found.unsealed) == (gone.rows, 0)


def test_however_much_of_the_audit_is_not_sealed_yet_it_is_before_anything_goes(office: Office, sub: str) -> None:
    with office.store.transaction() as connection:
        for _ in range(450):
            audit.record(connection, office.store, Event.REFUSED, ticket=None, person=AGENT.id, detail={"n": 1})
    office.carried_out("move", user=NAME, email=NEW)

    gone = forget(office.store, sub, by="root")

    Sealer(office.store).seal_all()
    found = verify(office.store)
    assert (found.misfit, found.removed) == ("", gone.rows)


@pytest.mark.parametrize("called", ["name", "sub", "address", "new address"])
def test_a_customer_may_be_named_by_any_of_their_names(office: Office, sub: str, called: str) -> None:
    office.carried_out("move", user=NAME, email=NEW)
    names = {"name": NAME, "sub": sub, "address": ADDRESS.lower(), "new address": NEW.upper()}
    assert forget(office.store, names[called], by="root").tickets == 1
    assert _names(office.store, NAME, NEW) == set()


@pytest.mark.usefixtures("sub")
def test_nobody_is_forgotten_while_a_request_about_them_is_open(office: Office) -> None:
    _about_her(office)
    office.post(waiting := office.ask("verify", user=NAME))
    before = office.rows()

    with pytest.raises(StillOpen, match=f"Nothing was removed: #{waiting.id} is still open"):
        forget(office.store, NAME, by="root")

    assert office.rows() == [{**row, "seal": after["seal"]} for row, after in zip(before, office.rows(), strict=True)]
    assert office.read(waiting).plan.calls


def test_of_somebody_unknown_nothing_is_removed_and_nothing_is_recorded(office: Office) -> None:
    office.carried_out()
    before = len(office.rows())
    assert forget(office.store, "an", by="root") == Forgotten(tickets=0, rows=0, cases=0, writes=0)
    assert len(office.rows()) == before


def test_what_is_over_loses_its_details_when_it_is_old_and_the_audit_loses_nothing(office: Office, sub: str) -> None:
    done = office.carried_out("move", user=NAME, email=NEW)
    waiting = office.ask("verify")
    before = office.rows()

    Cleaner(office.store, AT_ONCE).clean()

    cleared = office.read(done)
    assert (cleared.state, cleared.requester, cleared.plan.calls, cleared.form) == (State.DONE, AGENT.id, (), {})
    assert cleared.outcome.sent_at == done.outcome.sent_at
    assert office.read(waiting).plan.calls
    assert office.rows() == before
    assert "ticket" not in _names(office.store, NAME, NEW, sub)
    # The customer is still found by what they were called, and what the desk wrote is still known.
    filed = Records(office.store, "prod").history(NAME, (), most=9).tickets[done.id]
    assert filed.summary.plain() == "what was asked isn't kept any more"
    with office.store.reading() as connection:
        assert connection.execute(select(tables.written.c.address)).scalars().all() == [NEW]


@pytest.mark.usefixtures("sub")
def test_what_has_no_details_any_more_cannot_be_undone_and_that_is_said(office: Office) -> None:
    done = office.carried_out("move", user=NAME, email=NEW)
    Cleaner(office.store, AT_ONCE).clean()

    with pytest.raises(Exception, match="What was asked isn't kept any more, so it can't be taken back"):
        office.asks(scenario="undo", form={"reason": "a mistake"}, who=AGENT, parent=done.id)


def test_what_is_young_stays(office: Office) -> None:
    done = office.carried_out()
    with office.store.transaction() as connection:
        office.store.note_delivery(connection, "click 1")

    Cleaner(office.store, Kept(messages=timedelta(days=30), details=timedelta(days=365))).clean()

    assert office.read(done) == done
    with office.store.reading() as connection:
        assert connection.execute(select(tables.delivery.c.id)).scalars().all() == ["click 1"]


def test_what_slack_delivered_is_removed_however_much_it_is(office: Office) -> None:
    with office.store.transaction() as connection:
        connection.execute(tables.delivery.insert(), [{"id": f"click {n}", "at": 1.0} for n in range(501)])
    Cleaner(office.store, AT_ONCE).clean()
    with office.store.reading() as connection:
        assert connection.execute(select(tables.delivery.c.id)).first() is None


@pytest.mark.usefixtures("sub")
def test_a_case_is_removed_when_it_is_old_unless_something_of_it_is_young_or_waits(office: Office) -> None:
    old, waits = office.carried_out("move", user=NAME, email=NEW), office.ask()
    with office.store.transaction() as connection:
        _case(office, connection, about=old.id)
        _case(office, connection, about=waits.id)
    a_month = Kept(messages=timedelta(days=30), details=timedelta(days=365))
    Cleaner(office.store, a_month).clean()
    assert "customer_case" in _names(office.store, NAME)

    Cleaner(office.store, AT_ONCE).clean()

    with office.store.reading() as connection:
        assert connection.execute(select(tables.case_ticket.c.ticket)).scalars().all() == [waits.id]
        assert len(connection.execute(select(tables.customer_case.c.conversation)).all()) == 1


def test_what_is_open_stays_however_old_it_is_and_nothing_is_cleared_twice(office: Office) -> None:
    done, late = office.carried_out("move", email="ana.new@example.org"), office.ask("verify", user="ana")
    with office.store.transaction() as connection:
        row = tables.ticket.c
        old = {"created_at": 1.0, "expires_at": 1.0, "decided_at": 1.0}
        connection.execute(update(tables.ticket).where(row.id == late.id).values(old))
        _case(office, connection, about=late.id)
        _case(office, connection, about=done.id)
        due = update(tables.customer_case).where(
            tables.customer_case.c.conversation.in_(
                select(tables.case_ticket.c.conversation).where(tables.case_ticket.c.ticket == done.id)
            )
        )
        connection.execute(due.values(due_at=1.0))
    cleaner = Cleaner(office.store, AT_ONCE)

    cleaner.clean()

    assert office.read(late).plan.calls
    assert not office.read(done).plan.calls
    with office.store.transaction() as connection:
        assert set(connection.execute(select(tables.case_ticket.c.ticket)).scalars()) == {late.id, done.id}
        assert cleaner._details(connection) == 0


def test_a_write_that_its_user_has_confirmed_is_removed_and_one_that_waits_stays(office: Office) -> None:
    with office.store.transaction() as connection:
        for name in ("confirmed", "waits"):
            write = written.Write(account=resource_keys.name("prod", name), name=name, address=f"{name}@example.com")
            written.begin(connection, write, at=1.0)
        row = tables.written.c
        connection.execute(update(tables.written).where(row.name == "confirmed").values(confirmed_at=1.0))
    Cleaner(office.store, AT_ONCE).clean()
    with office.store.reading() as connection:
        assert connection.execute(select(tables.written.c.name)).scalars().all() == ["waits"]


# Two desks remove at a time on PostgreSQL alone.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_desk_removes_at_a_time(office: Office) -> None:
    with office.store.transaction() as connection:
        office.store.note_delivery(connection, "click 1")
    cleaner = Cleaner(office.store, AT_ONCE)
    with office.store.transaction() as other:
        assert not cleaner._is_anothers(other)
        cleaner.clean()
    with office.store.reading() as connection:
        assert connection.execute(select(tables.delivery.c.id)).scalars().all() == ["click 1"]
    cleaner.clean()
    with office.store.reading() as connection:
        assert connection.execute(select(tables.delivery.c.id)).first() is None
