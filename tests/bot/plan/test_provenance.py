"""What the desk holds against a plan by itself: its own writing, mail that opens an account, and what was denied."""

from dataclasses import replace
from typing import Any

import pytest

from bot.cognito import Pool, User
from bot.plan import Call, Change, Earlier, Effect, Plan, Related, Risk, Subject, Written, weigh
from bot.words import say
from tests.commands.paper import ALIAS, BEGAN, KEEPS, PLAIN, Paper, PaperLedger, person

ANA = person("ana", "ana@example.com")
NO_PASSWORD = replace(ALIAS, first_factors=frozenset({"PASSWORD", "EMAIL_OTP"}))
OWN_CHALLENGE = replace(ALIAS, triggers={"CreateAuthChallenge": "arn:aws:lambda:::function:code"})


def planned(*calls: Call, pool: Pool = ALIAS, user: User = ANA, others: tuple[User, ...] = (), **ledger: Any) -> Plan:
    """Weigh a plan that its scenario thought harmless."""
    change = Change(subject=Subject.of(user), what="email", before="", after="")
    plan = Plan(summary=say("Do it"), risk=Risk.NORMAL, calls=calls, changes=(change,), notes=(say("A note."),))
    written = ledger.pop("written", ())
    return weigh(plan, Paper(pool, user, *others), PaperLedger(*written, **ledger))


def sets(user: User = ANA, **attributes: str) -> Call:
    return Call.set_attributes(ALIAS, user, attributes, effect=Effect.SETTABLE)


def mails(operation: str, **parameters: str) -> Call:
    given = {"Username": "ana", **parameters}
    return Call(operation=operation, parameters=given, shown=operation, effect=Effect.NEITHER)


def why(plan: Plan) -> str:
    return " ".join(each.plain() for each in plan.why_high)


@pytest.mark.parametrize("pool", [ALIAS, PLAIN, KEEPS])
def test_the_flag_of_an_address_that_nobody_else_has_and_the_desk_did_not_write_stays_normal(pool: Pool) -> None:
    plan = planned(sets(email_verified="true"), pool=pool)
    assert (plan.risk, plan.why_high, plan.authors) == (Risk.NORMAL, (), frozenset())
    assert [note.plain() for note in plan.notes] == ["A note."]


def test_a_new_address_of_a_confirmed_account_stays_normal_where_no_mail_signs_in() -> None:
    assert planned(sets(email="new@example.com")).risk is Risk.NORMAL


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UNCONFIRMED", "can have the sign-up code sent there"),
        ("FORCE_CHANGE_PASSWORD", "an invitation, with a password in it, would go to the new address"),
        ("RESET_REQUIRED", "is not confirmed (RESET_REQUIRED)"),
        ("ARCHIVED", "is not confirmed (ARCHIVED)"),
    ],
)
def test_a_new_address_before_a_mail_that_lets_somebody_in_needs_two_leads(status: str, said: str) -> None:
    plan = planned(sets(email="thief@example.com"), user=replace(ANA, status=status))
    assert plan.risk is Risk.HIGH
    assert said in why(plan)


@pytest.mark.parametrize("pool", [NO_PASSWORD, OWN_CHALLENGE])
def test_a_new_address_where_a_mailed_code_signs_in_needs_two_leads(pool: Pool) -> None:
    plan = planned(sets(email="thief@example.com"), pool=pool)
    assert plan.risk is Risk.HIGH
    assert "a code by e-mail may be all that a sign-in takes" in why(plan)


def test_a_new_address_where_the_second_step_is_a_mailed_code_needs_two_leads() -> None:
    plan = planned(sets(email="thief@example.com"), user=replace(ANA, mfa=frozenset({"EMAIL_OTP"})))
    assert plan.risk is Risk.HIGH
    assert "second step" in why(plan)


def test_an_address_that_is_changed_and_verified_in_one_go_needs_two_leads() -> None:
    assert why(planned(sets(email="new@example.com", email_verified="true"))) == (
        "An address is changed and verified in one go."
    )


@pytest.mark.parametrize("call", [mails("ResendConfirmationCode"), mails("AdminCreateUser", MessageAction="RESEND")])
def test_a_mail_that_lets_somebody_in_to_an_address_of_the_desk_s_needs_two_leads_who_did_not_ask(call: Call) -> None:
    ours = Written(address="ana@example.com", authors=frozenset({"U1", "U2"}))
    plan = planned(call, written=(ours,))
    assert plan.risk is Risk.HIGH
    assert why(plan) == "The mail lets its reader in, and the desk wrote the address that it goes to (U1, U2 asked)."
    assert plan.authors == {"U1", "U2"}
    assert planned(call).risk is Risk.NORMAL
    assert planned(call, written=(replace(ours, address="other@example.com"),)).authors == frozenset()
    assert planned(call, written=(replace(ours, signed_up=True),)).risk is Risk.NORMAL


def test_many_who_have_the_address_are_named_as_far_as_there_is_room() -> None:
    others = tuple(person(f"ana{n}", "ana@example.com", day=n) for n in range(8))
    assert why(planned(sets(email_verified="true"), others=others)).endswith(
        "ana4 (confirmed, not verified, created Jan 5, 2025) and 3 more."
    )


def test_somebody_whom_the_plan_names_is_not_told_twice() -> None:
    other = person("ben", "ana@example.com", verified=True)
    change = Change(subject=Subject.of(other), what="email_verified", before="true", after="false", loses=True)
    plan = Plan(summary=say("Do it"), risk=Risk.HIGH, calls=(sets(email_verified="true"),), changes=(change,))
    assert weigh(plan, Paper(ALIAS, ANA, other), PaperLedger()).why_high == ()


def test_taking_a_flag_back_gives_nobody_anything() -> None:
    other = person("ben", "ana@example.com")
    ours = Written(address="ana@example.com", authors=frozenset({"U1"}))
    plan = planned(sets(email_verified="false"), others=(other,), written=(ours,))
    assert (plan.risk, plan.authors) == (Risk.NORMAL, frozenset())


def test_what_was_denied_and_what_waits_stands_before_everything_else() -> None:
    denied = Related(
        ticket=7,
        summary=say("Mark it as verified"),
        requester="U1",
        at=BEGAN,
        by="U2",
        reason="it is a thief",
        card="https://example.slack.com/7",
    )
    waiting = Related(ticket=8, summary=say("Change it"), requester="U3", at=BEGAN)
    plan = planned(sets(email_verified="true"), earlier=Earlier(denied=(denied,), waiting=(waiting,)))
    told = [note.plain() for note in plan.notes]
    assert told[0].startswith("Denied before, Jan 1, 2025, 00:00 UTC, by U2: “it is a thief” (“Mark it as verified”")
    assert told[1].startswith("Another request waits here too: “Change it”, asked by U3")
    assert told[2:] == ["A note."]


def test_a_long_record_is_counted_beyond_what_is_read() -> None:
    denied = tuple(
        Related(ticket=n, summary=say("Change it"), requester="U1", at=BEGAN, by="U2", reason="no") for n in range(5)
    )
    plan = planned(sets(email_verified="true"), earlier=Earlier(denied=denied))
    assert plan.notes[3].plain() == "2 more of these are in the history."
