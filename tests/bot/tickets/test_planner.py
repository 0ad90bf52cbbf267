"""What has changed since a plan was approved, told in words of which nobody has to ask the meaning."""

from typing import Any

import pytest

from bot.tickets.planner import Planned, changed
from tests.bot.sample_tickets import PLAN

ANA = {"username": "ana", "email": "ana@example.com", "status": "CONFIRMED", "identities": []}


def told(before: dict[str, Any], after: dict[str, Any]) -> str:
    return str(changed(PLAN, before, Planned(plan=PLAN, form={}, observed=after)) or "")


def test_a_crowd_of_holders_stays_within_a_sentence() -> None:
    crowd = ", ".join(f"user{n}" for n in range(300))
    words = told({"address:a@x.com": {"holders": crowd}}, {"address:a@x.com": {"holders": f"{crowd}, eve"}})
    assert len(words) < 500


def test_what_is_as_it_was_is_no_reason() -> None:
    assert told({"user:1": ANA}, {"user:1": dict(ANA)}) == ""


def test_what_an_older_desk_did_not_record_is_no_difference() -> None:
    assert (
        told({"pool": {"aliases": []}, "user:1": ANA}, {"pool": {"aliases": [], "x": 1}, "user:1": {**ANA, "y": 2}})
        == ""
    )
    assert told({"pool": {"aliases": [], "x": 1}}, {"pool": {"aliases": []}}) != ""


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            {"address:a@example.com": {"holders": "ana", "signs_in": "ana"}},
            {"address:a@example.com": {"holders": "ana, eve", "signs_in": ""}},
            "who has a@example.com was ana, is ana, eve; who signs in with a@example.com was ana, is nobody or "
            "nothing.",
        ),
        ({"address:a@example.com": {"holders": ""}}, {}, "what is known of a@example.com is no longer the same."),
        (
            {"name:ben2": {"sub": ""}},
            {"user:7": {**ANA, "username": "ben2"}},
            "there is an account called ben2 now; ben2 was not there.",
        ),
        ({}, {"name:ben2": {"sub": ""}}, "there is no account called ben2 any more."),
        ({"user:1": ANA}, {}, "ana is not there any more."),
        (
            {"user:1": ANA},
            {"user:1": {**ANA, "identities": ["Google"]}},
            "the providers that ana signs in through were nobody or nothing, are Google.",
        ),
        (
            {"provider:Google": {"mapping": {"email": "email"}}},
            {"provider:Google": {"mapping": {"email": "mail"}}},
            "what is mapped from Google was email ← email, is email ← mail.",
        ),
        (
            {"pool": {"aliases": ["email"]}},
            {"pool": {"aliases": []}},
            "aliases of pool was email, is nobody or nothing.",
        ),
    ],
)
def test_each_difference_has_its_words(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert told(before, after) == words
