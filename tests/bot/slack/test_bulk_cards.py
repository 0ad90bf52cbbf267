"""The card of a request over many people: what leads read before they agree, and how far it is."""

from dataclasses import replace
from typing import Any

import pytest

from bot.plan import Act, Listing, Plan, Somebody
from bot.slack import cards
from bot.slack.notices import notice
from bot.ticket import PLANS, Event, Outcome, State, Ticket
from bot.tickets.bulk_items import ItemState, Progress, RunState
from bot.words import say
from commands.bulk_verify import BulkVerify, bulk_verify
from tests.bot.sample_tickets import NOON, ticket
from tests.bot.tickets.many_people import GOOGLE, Pool

LEADS = ("S0LEADS",)


class Crowd:
    """Implements `bot.plan.Everyone`: thirty thousand people through Google, of whom some are left out."""

    def unverified(self, provider: str) -> Listing:
        people = [Somebody(f"sub-{n}", f"user{n}", f"user{n}@example.com") for n in range(28_912)]
        shared = [Somebody(f"s{n}", f"s{n}", "", say("another account has the same address")) for n in range(214)]
        off = [Somebody(f"o{n}", f"o{n}", "", say("the account is disabled")) for n in range(12)]
        return Listing(everyone=(*people, *shared, *off), seen_at=NOON, a_second=25 / 3)

    invited = listed = done = unverified


def plan() -> Plan:
    everyone: Any = Crowd()
    pool = Pool()
    pool.providers = {"Google": GOOGLE}
    found = bulk_verify.function(BulkVerify(reason="they asked", provider="Google"), pool.directory("prod"), everyone)
    assert isinstance(found, Plan)
    return found


def lines(made: Ticket, progress: Progress | None = None) -> list[str]:
    return cards.card(made, leads=LEADS, progress=progress).text.splitlines()


def buttons(made: Ticket, progress: Progress | None = None) -> list[str]:
    card = cards.card(made, leads=LEADS, progress=progress)
    return [each["text"]["text"] for block in card.blocks if block["type"] == "actions" for each in block["elements"]]


def test_danger_first_then_why_how_fast_and_who_is_left_out() -> None:
    made = ticket(plan=plan(), created_at=NOON, needed=2)
    told = lines(made)
    assert told[0] == "🔴 High risk · needs 2 leads: mark 28,912 addresses as verified"
    assert told[1] == "It concerns 28,912 people at once."
    ground = "Google's claim email_verified is mapped: at each sign-in, the pool writes down what Google says"
    assert f"{ground} of the address." in told
    assert any(each.startswith("28,912 people, <!date^") for each in told)
    assert any("^as they were {date_short_pretty}, {time}|" in each for each in told)
    assert any("8 a second, about 58 min" in each for each in told)
    assert "Left out: 214 (another account has the same address), 12 (the account is disabled)" in told
    assert any(each.startswith("Among them: user0, user2891, ") for each in told)
    assert any("AdminUpdateUserAttributes(each of the 28,912, email_verified=true)" in each for each in told)
    assert buttons(made) == ["Approve…", "Deny", "Withdraw"]


def test_it_says_where_the_whole_list_can_be_seen_also_where_no_file_is_posted() -> None:
    made = ticket(plan=plan(), created_at=NOON, needed=2)
    assert "The whole list is a file in the thread." in lines(made)
    bare = cards.card(made, leads=LEADS, files=False).text
    assert "here the desk may not post any. What becomes of each person stands in that customer's history" in bare
    done = ticket(State.DONE, plan=plan(), outcome=Outcome(sent_at=NOON, accepted=28_912))
    assert "The whole list is a file" not in cards.card(done, leads=LEADS).text
    assert "in that customer's history and in the audit" in cards.card(done, leads=LEADS, files=False).text


def at(run: RunState, **more: Any) -> Progress:
    states = {ItemState.DONE: 17_636, ItemState.FAILED: 3, ItemState.LEFT_OUT: 226, ItemState.TODO: 11_273}
    return Progress(run=run, states=states, **more)


def test_while_it_runs_it_says_how_far_it_is() -> None:
    made = ticket(State.RUNNING, plan=plan())
    told = lines(made, at(RunState.RUNNING))
    assert told[0] == "⏳ Running: mark 28,912 addresses as verified"
    assert "████████████░░░░░░░░ 61 % · 17,636 done · 3 failed · 226 left out · 11,273 left" in told
    assert buttons(made, at(RunState.RUNNING)) == ["Pause", "Stop"]


def test_before_anything_is_done_there_is_a_track_to_be_filled() -> None:
    begun = Progress(run=RunState.RUNNING, states={ItemState.TODO: 140})
    assert "░░░░░░░░░░░░░░░░░░░░ 0 % · 0 done · 140 left" in lines(ticket(State.RUNNING, plan=plan()), begun)


def test_a_pause_says_whose_it_is_or_what_is_wrong() -> None:
    made = ticket(State.RUNNING, plan=plan())
    assert "Paused by <@U0LEAD1>. What was under way is finished." in lines(made, at(RunState.PAUSED, person="U0LEAD1"))
    told = lines(made, at(RunState.PAUSED, words=say("the desk may not do this.")))
    assert "⚠️ The desk paused it: the desk may not do this." in told
    assert buttons(made, at(RunState.PAUSED)) == ["Resume", "Stop"]
    assert buttons(made, at(RunState.STOPPED, person="U0LEAD1")) == []


def test_at_its_end_it_says_what_became_of_all_and_offers_the_undo() -> None:
    outcome = Outcome(sent_at=NOON, words=say("28,900 done, 3 failed, 235 left out."), accepted=28_900)
    made = ticket(State.DONE, plan=plan(), outcome=outcome)
    told = lines(made)
    assert told[0].startswith("⚠️ Cognito accepted 28,900 of 28,912: addresses marked as verified")
    whole = ticket(State.DONE, plan=plan(), outcome=replace(outcome, accepted=28_912))
    assert lines(whole)[0].startswith("✅ Cognito accepted 28,912 of 28,912: addresses marked as verified")
    assert "28,900 done, 3 failed, 235 left out." in told
    assert buttons(made) == ["Undo"]


@pytest.mark.parametrize(
    ("act", "said"),
    [(Act.INVITE, "invitations sent again"), (Act.UNVERIFY, "addresses marked as not verified")],
)
def test_each_kind_of_run_says_what_was_accepted(act: Act, said: str) -> None:
    made = plan()
    assert made.many is not None
    done = ticket(State.DONE, plan=replace(made, many=replace(made.many, act=act)), outcome=Outcome(accepted=28_912))
    assert f"Cognito accepted 28,912 of 28,912: {said}" in lines(done)[0]
    told = notice(Event.DONE, done, leads=LEADS)
    assert told is not None
    assert told.text.startswith(f"<@U0AGENT>: Cognito accepted 28,912 of 28,912: {said}")


def test_who_could_not_be_taken_in_one_run_is_said() -> None:
    found = plan()
    assert found.many is not None
    made = ticket(plan=replace(found, many=replace(found.many, later=1_204)))
    assert "Up to 1,204 more may fit, and are too many for one run: ask again after it." in lines(made)


def test_the_confirmation_says_the_same() -> None:
    waits = Progress(run=RunState.WAITING, states={ItemState.TODO: 28_912}, sample=("ana", "ben"))
    # A stored plan names nobody.
    stored = ticket(plan=PLANS.validate_python(PLANS.dump_python(plan(), mode="json")))
    drawn = str(cards.confirmation(stored, waits))
    for said in ("28,912", "Left out: ", "at each sign-in", "Among them: ", "ana, ben"):
        assert said in drawn
