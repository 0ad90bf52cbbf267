"""What the database keeps of plans and outcomes: the same JSON as ever, read and written."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.plan import Call, Effect, Unseen
from bot.ticket import OUTCOMES, PLANS, Outcome
from bot.tickets.transitions import Asked
from bot.words import Channel, Group, Link, Moment, Person, say
from tests.bot.sample_tickets import PLAN

CALL = Call(operation="ses:GetAccount", parameters={}, shown="", effect=Effect.READABLE)
AT = datetime(2025, 3, 4, 5, 6, 7, 891000, tzinfo=UTC)

STORED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "version_3" / "tickets.json").read_text("utf-8"))
"""Rows as an older desk of this schema wrote them, by a codec of its own."""

ROWS = pytest.mark.parametrize("row", STORED, ids=lambda row: row["scenario"])


def call(**changed: Any) -> dict[str, Any]:
    plan = replace(PLAN, calls=(replace(CALL, **changed),))
    found: dict[str, Any] = PLANS.dump_python(plan, mode="json")["calls"][0]
    return found


@ROWS
def test_what_an_older_desk_stored_is_read_and_written_as_it_was(row: dict[str, Any]) -> None:
    plan, outcome = PLANS.validate_python(row["plan"]), OUTCOMES.validate_python(row["outcome"])

    assert json.dumps(PLANS.dump_python(plan, mode="json")) == json.dumps(row["plan"])
    if row["outcome"]:
        assert json.dumps(OUTCOMES.dump_python(outcome, mode="json")) == json.dumps(row["outcome"])
    else:
        assert outcome == Outcome()


@pytest.mark.parametrize("row", [row for row in STORED if row["same"]], ids=lambda row: row["scenario"])
def test_what_an_older_desk_has_open_is_still_known_as_the_same(row: dict[str, Any]) -> None:
    plan = PLANS.validate_python(row["plan"])
    asked = Asked(
        scenario=row["scenario"], pool=row["pool"], form={}, plan=plan, observed={}, needed=1, requester="U1",
        reason="", lifetime=timedelta(hours=1), channel="C1",
    )  # fmt: skip

    assert asked.same == row["same"]


def test_every_kind_of_value_comes_back_as_it_was() -> None:
    row = STORED[-1]
    plan, outcome = PLANS.validate_python(row["plan"]), OUTCOMES.validate_python(row["outcome"])

    assert dict(plan.notes[0].values) == {
        "who": Person("U1"),
        "group": Group("S1"),
        "channel": Channel("C1"),
        "at": Moment(AT),
        "link": Link("https://desk.example/p1", "card"),
        "n": 3,
    }
    assert plan.authors == {"U1", "U2", "W3"}
    assert (plan.calls[-1].effect, plan.calls[-1].region) == (Effect.NEITHER, "eu-west-1")
    assert plan.calls[-1].parameters["Nested"] == {"List": [1, True, None, {"x": "y"}]}
    assert (outcome.sent_at, outcome.request_ids, outcome.unnamed) == (AT, ("r1", "r2"), ("u1", "u2"))
    assert outcome.words is not None
    assert dict(outcome.words.values) == {"at": Moment(AT, "{time}"), "who": Person("U1")}


def test_a_field_that_older_plans_lack_is_left_out_while_it_says_nothing() -> None:
    assert "region" not in call()
    assert "secrets" in call()


def test_a_field_that_older_plans_lack_is_kept_where_it_says_something() -> None:
    assert call(region="eu-west-1")["region"] == "eu-west-1"


def test_whatever_a_parameter_is_made_of_is_written_as_json() -> None:
    odd = {"Flags": ("a", "b"), "Why": Unseen.PENDING, "Deep": {"x": [1, (2,)]}}

    assert json.dumps(call(parameters=odd)["parameters"]) == json.dumps(
        {"Flags": ["a", "b"], "Why": Unseen.PENDING.value, "Deep": {"x": [1, [2]]}}
    )


def test_people_are_written_in_one_order() -> None:
    many = frozenset(hashlib.sha256(bytes([n])).hexdigest() for n in range(40))

    assert PLANS.dump_python(replace(PLAN, authors=many), mode="json")["authors"] == sorted(many)


def test_what_a_failure_says_of_itself_is_kept_and_an_older_desk_kept_nothing_of_it() -> None:
    said = Outcome(failed_call=1, words=say("No. Nothing was changed."), says_unchanged=True)

    assert OUTCOMES.validate_python(OUTCOMES.dump_python(said, mode="json")) == said
    older = {"failed_call": 1, "words": {"$words": {"template": "No. Nothing was changed.", "values": {}}}}
    assert not OUTCOMES.validate_python(older).says_unchanged
