"""A lead who reads no more than the first two lines of a high risk can say who loses what, or what the danger is."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from bot.plan import Plan, Risk
from bot.scenario import MOVE, Sources, remedies
from bot.slack import cards
from bot.ticket import Outcome, State, Ticket
from bot.tickets import follow_ups
from bot.tickets.planner import _FollowingUp
from sandbox.testing import texts_of
from tests.bot.sample_tickets import LEADS, NOON, ticket
from tests.commands.paper import ALIAS, KEEPS, REASON, SCENARIOS, Paper, PaperLedger, person, planned, run, written_by
from tests.commands.test_map_provider import EVERYONE

OLD = person("ben.old", "ben@example.com")
NEW = person("ben.new", "ben@example.com", verified=True, day=9)
SINA = person("sina", "ben@example.com", status="UNCONFIRMED")
TESS = person("tess", "tess@example.com", status="FORCE_CHANGE_PASSWORD")
BENS = Paper(ALIAS, OLD, NEW)
SIGNS_UP = Paper(ALIAS, SINA, NEW)
WROTE = written_by("U1", address="ben@example.com")
BY_US = {"how": "Verified now, by us"}

LOSES = "LOSES it: can't sign in or reset with it any more."
TAKES = "take ben@example.com from ben.new, give it to "

HIGH: list[tuple[str, Mapping[str, Any], Paper, PaperLedger | None, str, str]] = [
    ("verify-email", {"user": "ben.old"}, BENS, None, f"{TAKES}ben.old", LOSES),
    ("verify-email", {"user": "ben.old"}, Paper(ALIAS, OLD), WROTE, "ben.old", "The desk wrote this address"),
    (
        "change-email",
        {"user": "tess", "email": "ben@example.com", **BY_US},
        Paper(KEEPS, TESS, NEW),
        None,
        f"{TAKES}tess",
        LOSES,
    ),
    ("change-email", {"user": "ben.old", "email": "b@example.org", **BY_US}, BENS, None, "ben.old", "in one go"),
    (
        "change-email",
        {"user": "sina", "email": "s@example.org", **BY_US},
        SIGNS_UP,
        None,
        "sina",
        "An address is changed and verified in one go.",
    ),
    ("confirm-sign-up", {"user": "sina", "taken": MOVE}, SIGNS_UP, None, f"{TAKES}sina", LOSES),
    (
        "create-user",
        {"username": "ben2", "email": "ben@example.com", "verified": True, "taken": MOVE},
        BENS,
        None,
        f"{TAKES}the new account ben2",
        LOSES,
    ),
    (
        "create-user",
        {"username": "eva", "email": "eva@example.com", "verified": True},
        BENS,
        None,
        "create eva with eva@example.com",
        "counts as verified at once",
    ),
    ("enter-code", {"user": "ben.old"}, BENS, None, f"{TAKES}ben.old", LOSES),
    ("confirm-account", {"user": "sina"}, SIGNS_UP, None, f"{TAKES}sina", LOSES),
    ("send-code", {"user": "sina"}, SIGNS_UP, None, "ben.new may lose ben@example.com", "LOSES it once the code is"),
    ("resend-invitation", {"user": "tess"}, Paper(ALIAS, TESS), written_by("U1", address=""), "tess", "the desk wrote"),
    ("map-provider", {"provider": "Google"}, EVERYONE, None, "Google", "everyone who signs in through Google"),
    ("pool-email", {"codes": True, "keep": True}, Paper(ALIAS), None, "pool prod", "everyone in pool prod"),
]
"""A plan of high risk of each scenario: its form, the pool, what the desk did before, and what the two lines say."""

NEVER_HIGH = {"unsuppress", "sign-up"}
"""What takes nothing from anybody, and no pool-wide change either."""

OF_MANY = {name for name, scenario in SCENARIOS.items() if scenario.is_bulk}
"""What `tests.bot.slack.test_bulk_cards` looks at."""


def first_two_lines(plan: Plan) -> list[str]:
    """Return what the first two lines of a plan's card say, the same in its blocks and in its text."""
    made = ticket(plan=plan, created_at=NOON)
    card = cards.card(made, leads=LEADS)
    drawn = ["".join(texts_of(block["elements"])) for block in card.blocks[:2]]
    assert drawn == [re.sub(r"<@(\w+)>", r"\1", line) for line in card.text.splitlines()[:2]]
    return drawn


@pytest.mark.parametrize(("scenario", "form", "pool", "ledger", "headline", "danger"), HIGH)
def test_the_first_two_lines_say_who_loses_what_or_what_the_danger_is(
    scenario: str, form: Mapping[str, Any], pool: Paper, ledger: PaperLedger | None, headline: str, danger: str
) -> None:
    reason = {"reason": REASON} if "reason" in SCENARIOS[scenario].form.model_fields else {}
    plan = run(scenario, {**reason, **form}, pool, ledger)
    assert isinstance(plan, Plan)
    assert plan.risk is Risk.HIGH

    first, second = first_two_lines(plan)

    assert first.startswith("🔴 High risk · needs 2 leads: ")
    assert headline in first
    assert danger in second
    for loser in {change.subject.name for change in plan.changes if change.loses}:
        assert loser in first
        assert f"{loser} (" in second


def test_every_scenario_that_may_plan_is_looked_at() -> None:
    may_plan = {name for name, scenario in SCENARIOS.items() if scenario.sends}

    assert may_plan - {name for name, *_ in HIGH} <= NEVER_HIGH | OF_MANY


def undone(plan: Plan, *users: Any) -> Plan:
    """Plan the undo of what has been carried out, with the accounts as they are now."""
    original: Ticket = ticket(State.DONE, plan=plan, outcome=Outcome(sent_at=NOON))
    sources = _FollowingUp(
        directory=Paper(ALIAS, *users), ledger=PaperLedger(), remedies=remedies(SCENARIOS), original=original
    )
    assert isinstance(sources, Sources)
    scenario = follow_ups.undo_after(SCENARIOS.values())
    found = scenario.run(scenario.form.model_validate({"reason": REASON}), sources)
    assert isinstance(found, Plan)
    return found


def test_an_undo_says_who_loses_by_it_and_who_has_the_address_then() -> None:
    moved = planned("verify-email", {"user": "ben.old"}, BENS)
    now = (person("ben.old", "ben@example.com", verified=True), person("ben.new", "ben@example.com", day=9))

    first, second = first_two_lines(undone(moved, *now))

    assert first.endswith("undo: take ben@example.com from ben.old, give it to ben.new")
    assert second.startswith("ben.old (")
    assert second.endswith(LOSES)


def test_an_undo_by_which_nobody_gains_says_what_is_lost() -> None:
    ana = person("ana", "ana@example.com")
    flagged = planned("verify-email", {"user": "ana"}, Paper(ALIAS, ana))

    first, second = first_two_lines(undone(flagged, person("ana", "ana@example.com", verified=True)))

    assert first.endswith("undo: take ana@example.com from ana, as not verified any more")
    assert second.startswith("ana (")
