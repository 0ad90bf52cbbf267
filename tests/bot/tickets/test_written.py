"""What the desk wrote stays written until the account's own user has confirmed it, however long that takes."""

import pytest
from sqlalchemy import update

from bot.aws.failure import Fate
from bot.cognito import Directory
from bot.plan import Call, Change, Effect, Plan, Risk, Subject
from bot.scenario import scenario
from bot.ticket import State
from bot.tickets import resource_keys, tables, written
from bot.tickets.records import Records
from bot.tickets.store import Store
from bot.tickets.written import Write
from bot.words import say
from tests.bot.little_cognito import LittleCognito, failed
from tests.bot.office import AGENT, LEAD1, LEAD2, SCENARIOS, Office, UserForm, digits

_YEAR = 365 * 86400.0


def ours(office: Office, cognito: LittleCognito, name: str = "ana") -> list[tuple[str, list[str]]]:
    found = Records(office.store, "prod").written(cognito.users[name])
    return [(each.address, sorted(each.authors)) for each in found]


def make_old(office: Office) -> None:
    with office.store.transaction() as connection:
        for column in (tables.written.c.at, tables.call.c.at, tables.ticket.c.created_at, tables.ticket.c.decided_at):
            connection.execute(update(column.table).values({column.name: column - _YEAR}))


def test_a_change_counts_a_year_later_and_who_asked_for_it_still_is_no_lead_for_what_follows(
    office: Office, cognito: LittleCognito
) -> None:
    assert office.carried_out("move", who=LEAD1, email="thief@example.com").state is State.DONE
    make_old(office)
    assert ours(office, cognito) == [("thief@example.com", [LEAD1.id])]

    ticket = office.ask("verify", who=AGENT)
    assert (ticket.plan.risk, ticket.needed) == (Risk.HIGH, 2)
    assert ticket.authors == {LEAD1.id, AGENT.id}
    assert "You asked for what this builds on" in office.told(ticket, LEAD1)


@pytest.mark.parametrize(("fate", "counts"), [(Fate.UNKNOWN, True), (Fate.REFUSED, False), (Fate.UNSENT, False)])
def test_a_write_counts_unless_it_certainly_did_not_happen(
    office: Office, cognito: LittleCognito, fate: Fate, counts: bool
) -> None:
    def fail(_: object) -> None:
        raise failed("ReadTimeoutError", fate)

    cognito.before_send = fail
    assert office.carried_out("move", email="thief@example.com", mails=True).state is not State.DONE
    assert ours(office, cognito) == ([("thief@example.com", [AGENT.id])] if counts else [])


def test_an_account_that_is_made_again_under_the_same_name_is_another_account(
    office: Office, cognito: LittleCognito
) -> None:
    before = office.carried_out("move", email="thief@example.com")
    gone = cognito.users.pop("ana")
    again = cognito.add("ana", "thief@example.com")
    assert again.sub != gone.sub
    assert ours(office, cognito) == []
    assert office.ask("verify").plan.risk is Risk.NORMAL
    assert before.id not in Records(office.store, "prod").history("ana", (again,), most=50).tickets
    assert before.id in Records(office.store, "prod").history("ana", (), most=50).tickets


@pytest.mark.parametrize("name", ["Änne", "ÅSA", "İpek", "straße"])
def test_letters_outside_ascii_hide_nothing(office: Office, cognito: LittleCognito, name: str) -> None:
    user = cognito.add(name, f"{name}@example.com")
    ticket = office.carried_out("move", user=name, email=f"NEW.{name}@example.com")
    assert ours(office, cognito, name) == [(f"NEW.{name}@example.com", [AGENT.id])]
    assert list(Records(office.store, "prod").history(name, (user,), most=50).tickets) == [ticket.id]
    assert office.ask("verify", user=name).plan.risk is Risk.HIGH


def test_a_confirmed_address_is_the_customer_s_own_from_then_on(office: Office, cognito: LittleCognito) -> None:
    ana = cognito.users["ana"]
    for address in ("one@example.com", "two@example.com"):
        office.carried_out("move", email=address)
    with office.store.transaction() as connection:
        written.confirm(connection, "prod", ana.sub, "TWO@example.com", at=office.store.now(connection))
    assert ours(office, cognito) == [("one@example.com", [AGENT.id])]
    assert office.ask("verify").plan.risk is Risk.NORMAL


def test_an_account_goes_by_its_sub_as_soon_as_it_has_one(office: Office, cognito: LittleCognito) -> None:
    with office.store.transaction() as connection:
        write = Write(account=resource_keys.name("prod", "new"), name="new", address="new@example.com", signed_up=True)
        written.begin(connection, write, at=office.store.now(connection), person=AGENT.id)
    made = cognito.add("new", "new@example.com")
    assert ours(office, cognito, "new") == [("new@example.com", [AGENT.id])]
    with office.store.transaction() as connection:
        written.identify(connection, "prod", "new", made.sub)
    cognito.users.pop("new")
    cognito.add("new", "new@example.com")
    assert ours(office, cognito, "new") == []


def test_what_was_denied_and_what_waits_is_told_with_who_why_and_when(office: Office, cognito: LittleCognito) -> None:
    denied = office.ask()
    office.decisions.deny(denied.id, who=LEAD1, channel=denied.channel, ts=denied.ts, reason="it is a thief")
    waiting = office.ask("move", email="new@example.com")
    notes = [note.plain() for note in office.ask().plan.notes]
    assert (
        f"by {LEAD1.id}: “it is a thief” (“Mark ana@example.com as verified for ana”, asked by {AGENT.id})" in notes[0]
    )
    assert notes[1].startswith(f"Another request waits here too: “{waiting.plan.summary.plain()}”")
    cognito.add("eve", "eve@example.com")
    assert office.ask(user="eve").plan.notes == ()


def test_a_request_that_is_over_or_too_old_is_not_told_as_waiting(office: Office, cognito: LittleCognito) -> None:
    late = office.ask("move", email="new@example.com")
    gone = office.ask("move", email="other@example.com")
    office.decisions.withdraw(gone.id, who=AGENT, channel=gone.channel, ts=gone.ts)
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == late.id).values(expires_at=1.0))
    assert office.ask().plan.notes == ()


def test_an_address_that_the_desk_took_off_somebody_is_not_free_for_one_lead_to_give(
    office: Office, cognito: LittleCognito
) -> None:
    cognito.add("tom", "tom@example.com")
    office.carried_out("move", who=LEAD1, email="ana.new@example.com")
    cognito.set("tom", email="ANA@example.com")
    ticket = office.ask("verify", user="tom")
    assert ticket.plan.risk is Risk.HIGH
    assert LEAD1.id in ticket.authors
    assert ticket.plan.why_high[0].plain() == (
        f"ANA@example.com was the address of ana until the desk changed it ({LEAD1.id} asked), and the user of ana has "
        "not confirmed that by a code since."
    )
    # Once its user has confirmed the new one, the old one is nobody's.
    with office.store.transaction() as connection:
        now, sub = office.store.now(connection), cognito.users["ana"].sub
        written.confirm(connection, "prod", sub, "ana.new@example.com", at=now)
    office.decisions.withdraw(ticket.id, who=AGENT, channel=ticket.channel, ts=ticket.ts)
    assert office.ask("verify", user="tom").plan.risk is Risk.NORMAL


@scenario("own-code", title="Own code", sends=("VerifyUserAttribute",))
def own_code(form: UserForm, directory: Directory) -> Plan:
    """Have a code entered with the customer's own sign-in."""
    user = directory.one(form.user)
    call = Call(
        operation="VerifyUserAttribute",
        parameters={"Username": user.username},
        shown=f"VerifyUserAttribute({user.username}, email)",
        effect=Effect.READABLE,
        secrets=("ConfirmationCode",),
    )
    flag = Change(subject=Subject.of(user), what="email_verified", before="false", after="true")
    summary = say("enter the code for {name}", name=user.username)
    return Plan(summary=summary, risk=Risk.NORMAL, calls=(call,), changes=(flag,), address=user.email)


def test_a_customer_s_own_code_that_leads_agreed_to_confirms_the_address(
    database: Store, cognito: LittleCognito
) -> None:
    office = Office(database, cognito, scenarios={**SCENARIOS, own_code.name: own_code})
    office.carried_out("move", email="ana.new@example.com")
    ticket = office.ask("own-code")
    for lead in (LEAD1, LEAD2):
        assert office.told(ticket, lead) == ""
    assert ours(office, cognito) == [("ana.new@example.com", [AGENT.id])]
    entered = office.decisions.enter(
        ticket.id, who=AGENT, channel=ticket.channel, ts=ticket.ts, secrets=digits("123456")
    )
    assert entered.accepted
    assert office.settled(ticket).state is State.DONE
    assert ours(office, cognito) == []
    office.close()
