"""Cases as rows, on both kinds of database: what they tell of, when they are checked again, and by whom."""

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.answer import AccountNow, Answer, CaseSubject, Offer
from bot.tickets import tables
from bot.tickets.cases import Cases, Due, Found, found
from bot.tickets.message import MessageKind
from bot.words import say
from tests.bot.office import CHANNEL, LEAD1, Office
from tests.bot.tickets.test_undo import follow_up

MINUTE = 60.0


def _subject(sub: str = "sub-ana", address: str = "ana@example.com", *, works: bool = False) -> CaseSubject:
    account = AccountNow(sub=sub, name="ana", works=works, headline=say("ana can't sign in"))
    return CaseSubject(accounts=(account,), addresses=(address,), again={"user": sub})


def _answer(emoji: str = "⚠️") -> Answer:
    best = Offer(label="Mark as verified…", scenario="verify", fields={"user": "ana"})
    return Answer(
        emoji=emoji,
        headline=say("{who} can't sign in", who="ana"),
        thread=(),
        best=best,
        event_type="desk_check",
        event={"cause": "EMAIL_CHANGED", "pool": "prod", "outlook": {"sign_in": "no"}},
    )


@pytest.fixture
def cases(office: Office) -> Cases:
    return office.tickets.cases


def _begin(office: Office, *, channel: str = CHANNEL, subject: CaseSubject | None = None) -> int:
    user = office.cognito.directory("prod").one("ana")
    with office.tickets.transaction() as connection:
        place = office.outbox.converse(connection, channel)
        office.tickets.cases.begin(
            connection,
            place,
            channel,
            scenario="check",
            pool="prod",
            user="ana@example.com",
            asker="U0AGENT",
            answer=_answer(),
            subject=subject or _subject(user.sub),
        )
    return place


def _read(office: Office, place: int) -> Any:
    with office.store.reading() as connection:
        return office.tickets.cases.read(connection, place)


def _redrawn(office: Office) -> list[int]:
    row = tables.outbox.c
    with office.store.reading() as connection:
        query = select(row.conversation).where(row.kind == MessageKind.CASE).distinct().order_by(row.conversation)
        return list(connection.execute(query).scalars())


def _want(office: Office, place: int) -> None:
    with office.tickets.transaction() as connection:
        office.tickets.cases.acted(connection, place, person="U0AGENT", words=say("A code was sent."))


def _taken(cases: Cases) -> Due:
    due = cases.take_up(MINUTE)
    assert due is not None
    return due


def test_what_is_asked_for_the_same_customer_is_told_by_the_newest_case_of_the_channel(office: Office) -> None:
    older, elsewhere, newest = _begin(office), _begin(office, channel="C0OTHER"), _begin(office)
    ticket = office.ask("verify", user="ana")
    assert [_read(office, each).tickets for each in (older, elsewhere, newest)] == [(), (), (ticket.id,)]
    assert _redrawn(office) == [newest]
    assert _read(office, newest).earlier == older


def test_a_new_case_tells_of_what_waits_already(office: Office) -> None:
    ticket = office.ask("verify", user="ana")
    place = _begin(office)
    assert _read(office, place).tickets == (ticket.id,)
    # Somebody else's is no business of it.
    assert _read(office, _begin(office, subject=_subject("sub-other", "other@example.com"))).tickets == ()


def test_a_new_case_does_not_tell_of_what_nobody_can_decide_any_more(office: Office) -> None:
    office.ask("verify", user="ana")
    with office.store.transaction() as connection:
        # Its time is over, and nobody has written that down yet.
        connection.execute(update(tables.ticket).values(expires_at=office.store.now(connection)))
    assert _read(office, _begin(office)).tickets == ()


def test_a_remedy_makes_every_case_due_that_tells_of_it(office: Office, cases: Cases) -> None:
    place = _begin(office)
    ticket = office.post(office.ask("verify", user="ana"))
    assert cases.take_up(MINUTE) is None
    assert office.approve(ticket, LEAD1).accepted
    office.settled(ticket)
    due = _taken(cases)
    assert (due.conversation, due.scenario, due.pool, due.asker) == (place, "check", "prod", "U0AGENT")
    assert due.form == _read_again(office)
    assert cases.due.is_set()


def test_only_one_of_two_takes_a_case_up_until_its_time_is_over(office: Office, cases: Cases) -> None:
    place = _begin(office)
    _want(office, place)
    other = Cases(office.store, office.outbox)
    _taken(cases)
    assert other.take_up(MINUTE) is None
    with office.store.transaction() as connection:
        connection.execute(update(tables.customer_case).values(due_at=tables.customer_case.c.due_at - 2 * MINUTE))
    assert _taken(other).tries == 2


def test_an_older_check_writes_nothing_over_what_came_after_it(office: Office, cases: Cases) -> None:
    place = _begin(office)
    _want(office, place)
    first = _taken(cases)
    # While it is read, something else is done.
    _want(office, place)
    cases.settle(first, _seen("✅"), None)
    assert _read(office, place).found.emoji == "⚠️"
    cases.settle(_taken(cases), _seen("✅"), None)
    case = _read(office, place)
    assert (case.found.emoji, case.is_due, case.read_at is not None) == ("✅", False, True)
    assert cases.take_up(MINUTE) is None


def test_a_check_that_comes_to_nothing_is_tried_a_few_times(office: Office, cases: Cases) -> None:
    place = _begin(office)
    _want(office, place)
    tries = 0
    while _read(office, place).is_due:
        cases.fail(_taken(cases), say("Cognito didn't answer."))
        tries += 1
        with office.store.transaction() as connection:
            connection.execute(update(tables.customer_case).values(due_at=tables.customer_case.c.due_at - 3600))
    assert tries == 5
    assert _read(office, place).unread == say("Cognito didn't answer.")
    # What is done later makes it due anew.
    _want(office, place)
    assert _read(office, place).unread is None
    assert _taken(cases).tries == 1


def test_nothing_is_drawn_or_read_where_nothing_is_posted_any_more(office: Office, cases: Cases) -> None:
    place = _begin(office)
    with office.store.transaction() as connection:
        connection.execute(update(tables.conversation).values(ended=True))
    _want(office, place)
    assert _redrawn(office) == []
    assert cases.take_up(MINUTE) is None


def test_what_a_button_says_of_a_case_may_be_made_up(office: Office, cases: Cases) -> None:
    place, ticket = _begin(office), office.ask("verify", user="ana")

    def lives(conversation: int | None, channel: str = CHANNEL, pool: str = "prod") -> bool:
        with office.store.reading() as connection:
            return cases.lives(connection, conversation, channel=channel, pool=pool)

    assert lives(place)
    assert not lives(place, channel="C0OTHER")
    assert not lives(place, pool="other")
    assert not lives(None)
    assert not lives(place + 1000)
    assert not lives(ticket.conversation)
    with office.store.transaction() as connection:
        connection.execute(update(tables.conversation).values(ended=True))
    assert not lives(place)


def test_what_follows_up_on_a_ticket_is_told_where_that_was(office: Office) -> None:
    place = _begin(office)
    ticket = office.carried_out("verify", user="ana")
    undo = follow_up(office, ticket)
    assert _read(office, place).tickets == (ticket.id, undo.id)


def _read_again(office: Office) -> dict[str, str]:
    """By the sub: the address may be another one by now."""
    return {"user": office.cognito.directory("prod").one("ana").sub}


def _seen(emoji: str) -> Found:
    return found(_answer(emoji), _subject(works=emoji == "✅"))
