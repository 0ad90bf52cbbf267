"""A plan as it stands in a form: how many leads have to agree, and why; all as somebody reads it."""

from dataclasses import replace
from typing import Any

from bot.desk.requests import Preview
from bot.plan import Change, Plan, Risk
from bot.slack import previews
from bot.words import Words, say
from sandbox.testing import check_message, texts_of
from tests.bot.sample_tickets import PLAN, subject

TAKEN = replace(PLAN.changes[1], subject=subject("ben.newer"))
MOVED = Change(subject=subject("ben.new"), what="email", before="ben@example.com", after="ben@example.org")
NO_LOSS = replace(PLAN, changes=PLAN.changes[:1])


def reads(plan: Plan = PLAN, *, needed: int = 2, out_of_reach: Words | None = None) -> str:
    drawn: list[Any] = previews.drawn(Preview(plan=plan, needed=needed, out_of_reach=out_of_reach, fingerprint="f"))
    assert check_message(drawn, "a form") == []
    return " ".join(texts_of(drawn))


def test_it_says_what_would_change_and_who_loses_by_it() -> None:
    text = reads()
    assert "Take ben@example.com from ben.new, give it to ben.old" in text
    assert "ben.new · verified: yes → no · LOSES it: can't sign in or reset with it any more" in text
    assert "Two leads have to agree: ben.new loses the address." in text
    several = reads(replace(PLAN, changes=(*PLAN.changes, TAKEN)))
    assert "Two leads have to agree: ben.new, ben.newer lose the address." in several


def test_who_gets_another_address_instead_is_not_said_to_lose_theirs() -> None:
    why = say("{name} gets another address.", name="ben.new")
    text = reads(replace(PLAN, changes=(MOVED, PLAN.changes[1]), why_high=(why,)))
    assert "Two leads have to agree. ben.new gets another address." in text
    assert "loses the address" not in text


def test_where_nobody_loses_anything_it_says_how_many_and_why() -> None:
    assert reads(replace(NO_LOSS, risk=Risk.NORMAL), needed=1).rstrip().endswith("One lead has to agree.")
    assert "Three leads have to agree. It is wide." in reads(replace(NO_LOSS, why_high=(say("It is wide."),)), needed=3)


def test_it_says_if_too_few_could_agree() -> None:
    assert "⚠️ Only lead2 could." in reads(out_of_reach=say("Only {lead} could.", lead="lead2"))
