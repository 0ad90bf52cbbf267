"""Who may do what, by Slack's own lists; nobody may when Slack doesn't say."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.answer import Refused
from bot.desk.people import Roster, Unreadable, Who
from bot.desk.rules import Judging
from bot.plan import Risk
from bot.settings import LeadsNeeded, People, SettingsError
from bot.slack import app as slack_app
from bot.ticket import State
from sandbox.testing import (
    AGENT,
    GROUPS,
    GUEST,
    LEAD1,
    LEAD2,
    OTHER_TEAM,
    OUTSIDER,
    PEOPLE,
    TEAM_ID,
    GridUser,
    Person,
    Rates,
    Rules,
    SlackServer,
    Workspace,
)
from tests.bot.sample_tickets import ticket
from tests.stories.floor import MANIFEST

BOT = replace(LEAD2, id="U0BOT", name="robot", is_bot=True)
GONE = replace(LEAD2, id="U0GONE", name="gone", deleted=True)
EVERYONE = (*PEOPLE, BOT, GONE)
LISTED = People(agents=("S0SUPPORT", GUEST.id), leads=("S0LEADS", BOT.id, GONE.id, GUEST.id, OUTSIDER.id))


def who(person: Person) -> Who:
    return Who(person.id, person.team_id)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    workspace = Workspace(MANIFEST, people=EVERYONE, rules=Rules(rates=Rates.generous()))
    with SlackServer(workspace) as server:
        yield server


def roster(slack: SlackServer, people: People = LISTED) -> Roster:
    client = WebClient(slack.workspace.bot_token, base_url=slack.api_url)
    return Roster(client, {"prod": people}, home=TEAM_ID)


def refusal(of: Roster, person: Person, *, home: str = "") -> str:
    with pytest.raises(Refused) as refused:
        of.lead(Who(person.id, home or person.team_id), "prod")
    return refused.value.words.text()


def test_a_member_of_a_listed_group_may(slack: SlackServer) -> None:
    people = roster(slack)

    people.agent(who(AGENT), "prod")
    people.lead(who(LEAD1), "prod")
    people.lead(who(LEAD2), "prod", fresh=True)
    assert set(people.leads("prod")) == {LEAD1.id, LEAD2.id, BOT.id, GONE.id, GUEST.id, OUTSIDER.id}


def test_whoever_is_not_listed_is_told_whom_to_ask(slack: SlackServer) -> None:
    few = People(agents=("S0SUPPORT",), leads=("S0LEADS",))

    assert refusal(roster(slack, few), AGENT) == (
        "Only leads can approve. You can ask one of them: <@U0LEAD1>, <@U0LEAD2>."
    )


@pytest.mark.parametrize("person", [GUEST, OUTSIDER, BOT, GONE], ids=lambda person: person.name)
def test_guests_outsiders_bots_and_the_deactivated_may_not_even_when_listed(slack: SlackServer, person: Person) -> None:
    assert "Only leads can approve" in refusal(roster(slack), person)
    assert "Only leads can approve" in refusal(roster(slack), person, home=TEAM_ID)


def test_a_name_from_another_organisation_is_nobody_here(slack: SlackServer) -> None:
    assert "Only leads can approve" in refusal(roster(slack), LEAD1, home=OTHER_TEAM)


def test_an_empty_list_means_nobody(slack: SlackServer) -> None:
    nobody = roster(slack, People(agents=(), leads=()))

    assert "nobody is a lead at the moment" in refusal(nobody, LEAD1)
    with pytest.raises(Refused):
        nobody.agent(who(AGENT), "prod")


@pytest.mark.parametrize(
    ("leads", "said"),
    [
        ((), "people.leads: this is nobody"),
        (("S0EMPTY",), "people.leads: this is nobody"),
        (("S0NOSUCH",), "people.leads: Slack doesn't say who is in these groups"),
    ],
)
def test_a_desk_without_anyone_to_approve_does_not_start(slack: SlackServer, leads: tuple[str, ...], said: str) -> None:
    slack.workspace.roll.put_group(replace(GROUPS[0], id="S0EMPTY", handle="empty", members=()))

    slack_app.check_leads(roster(slack), LeadsNeeded(), pool="prod")
    with pytest.raises(SettingsError, match=said):
        slack_app.check_leads(roster(slack, People(agents=("S0SUPPORT",), leads=leads)), LeadsNeeded(), pool="prod")


def test_a_desk_with_fewer_leads_than_have_to_agree_does_not_start(slack: SlackServer) -> None:
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS", LEAD1.id, GONE.id)))

    slack_app.check_leads(few, LeadsNeeded(normal=2, high=2), pool="prod")
    with pytest.raises(SettingsError) as refused:
        slack_app.check_leads(few, LeadsNeeded(normal=1, high=3), pool="prod")
    assert str(refused.value).startswith(
        "approvals.leads_needed: high = 3, but there are only 2 leads (1 more can't: deactivated, guests, bots, or from"
    )
    assert "For example:\n[people]" in str(refused.value)


def test_somebody_of_whom_slack_knows_nothing_is_nobody(slack: SlackServer) -> None:
    people = roster(slack, People(agents=("U0NOBODY",), leads=("U0NOBODY", LEAD1.id)))

    assert not people.may_ask("U0NOBODY", "prod", fresh=True)
    assert not people.able_leads(["U0NOBODY"], "prod", fresh=True)
    assert people.able_leads([LEAD1.id], "prod", fresh=True)


@pytest.mark.slow
def test_a_hundred_who_need_it_fresh_at_once_stay_below_slacks_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackServer(Workspace(MANIFEST, people=EVERYONE, rules=Rules(rates=Rates.slack()))) as slack:
        people = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",)))
        judging, approved = Judging(people, LeadsNeeded()), ticket(State.APPROVED)
        began = time.monotonic()
        with ThreadPoolExecutor(100) as tickets:
            judged = list(tickets.map(lambda _: judging.standing(approved), range(100)))
        assert all(each.suffices(approved) and each.may_ask and not each.lost for each in judged)
        # As many as may come at once, and one every five seconds besides.
        allowed = 11 + (time.monotonic() - began) / 5
        assert 0 < len(slack.workspace.calls.of("usergroups.users.list")) <= allowed


def test_however_many_voted_the_lists_are_read_once(slack: SlackServer) -> None:
    judging = Judging(roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",))), LeadsNeeded())

    judging.standing(ticket(State.APPROVED), voters=("U0AGENT",))
    assert len(slack.workspace.calls.of("usergroups.users.list")) == 2


@pytest.mark.slow
def test_who_is_told_to_wait_by_slack_waits(slack: SlackServer) -> None:
    people = roster(slack)
    slack.workspace.faults.rate_limit("usergroups.users.list", retry_after=3)
    with pytest.raises(Unreadable):
        people.able_leads([LEAD1.id], "prod", fresh=True)
    before = time.monotonic()

    assert people.able_leads([LEAD1.id], "prod", fresh=True)
    # Well over the pause of one second that is made when Slack says nothing.
    assert time.monotonic() - before > 1.5
    assert len(slack.workspace.calls.of("usergroups.users.list")) == 2


@pytest.mark.parametrize("method", ["usergroups.users.list", "users.info"])
def test_when_slack_does_not_say_nobody_may_and_everybody_may_again_afterwards(slack: SlackServer, method: str) -> None:
    people = roster(slack)
    slack.workspace.faults.fail(method, times=100)

    assert "nobody can approve until it can" in refusal(people, LEAD1)
    slack.workspace.faults.clear()
    people.lead(who(LEAD1), "prod")


def test_a_missing_scope_means_nobody(slack: SlackServer) -> None:
    gone = People(agents=("S0SUPPORT",), leads=("S0NOSUCH", LEAD1.id))

    assert "nobody can approve until it can" in refusal(roster(slack, gone), LEAD1)
    with pytest.raises(Unreadable):
        roster(slack, gone).leads("prod")


def test_whoever_has_left_the_group_is_noticed_at_once_where_it_matters(slack: SlackServer) -> None:
    people = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",)))
    people.lead(who(LEAD1), "prod")
    for group in GROUPS:
        slack.workspace.roll.put_group(replace(group, members=(LEAD2.id,)))

    people.lead(who(LEAD1), "prod")
    with pytest.raises(Refused):
        people.lead(who(LEAD1), "prod", fresh=True)


def test_whoever_has_left_the_group_is_noticed_within_a_minute(slack: SlackServer) -> None:
    clock = [1000.0]
    client = WebClient(slack.workspace.bot_token, base_url=slack.api_url)
    few = People(agents=("S0SUPPORT",), leads=("S0LEADS",))
    people = Roster(client, {"prod": few}, home=TEAM_ID, clock=lambda: clock[0])
    people.lead(who(LEAD1), "prod")
    for group in GROUPS:
        slack.workspace.roll.put_group(replace(group, members=(LEAD2.id,)))

    clock[0] += 59
    people.lead(who(LEAD1), "prod")
    clock[0] += 2
    with pytest.raises(Refused):
        people.lead(who(LEAD1), "prod")


def test_what_is_kept_is_known_without_asking(slack: SlackServer) -> None:
    people = roster(slack)

    assert not people.knows_agent(who(AGENT), ["prod"])
    people.agent(who(AGENT), "prod")
    assert people.knows_agent(who(AGENT), ["prod"])


# Enterprise Grid.

GRID = GridUser(id="W0LEAD1", teams=(OTHER_TEAM, TEAM_ID))
ON_GRID = replace(LEAD1, team_id=OTHER_TEAM, grid=GRID)


def grid(slack: SlackServer, **changed: object) -> Person:
    """Make a lead somebody whom their organisation knows by another id, and whose own team is another one."""
    person = replace(ON_GRID, **changed)  # type: ignore[arg-type] # fields of a person
    slack.workspace.roll.put_person(person)
    return person


def lead_group(slack: SlackServer, *members: str) -> None:
    slack.workspace.roll.put_group(replace(slack.workspace.roll.group("leads"), members=members))


@pytest.mark.parametrize("named", ["U0LEAD1", "W0LEAD1"])
@pytest.mark.parametrize("team", [TEAM_ID, OTHER_TEAM, "E0DESK", ""])
@pytest.mark.parametrize("changed", [{}, {"shows_team": False}, {"team_id": "E0DESK"}])
def test_whoever_shares_our_workspace_is_ours_wherever_they_come_from(
    slack: SlackServer, named: str, team: str, changed: dict[str, object]
) -> None:
    grid(slack, **changed)
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS", "U0LEAD2")))

    few.agent(Who(named, team), "prod")
    few.lead(Who(named, team), "prod", fresh=True)


@pytest.mark.parametrize("named", ["U0LEAD1", "W0LEAD1"])
@pytest.mark.parametrize("listed", [("U0LEAD1",), ("W0LEAD1",), ("S0LEADS",)])
@pytest.mark.parametrize("member", ["U0LEAD1", "W0LEAD1"])
def test_people_may_be_listed_by_either_id(
    slack: SlackServer, named: str, listed: tuple[str, ...], member: str
) -> None:
    grid(slack)
    lead_group(slack, member, "U0LEAD2")

    roster(slack, People(agents=listed, leads=listed)).lead(Who(named, TEAM_ID), "prod")
    assert roster(slack, People(agents=listed, leads=listed)).may_ask(named, "prod", fresh=True)


def test_of_a_large_group_nobody_is_read_to_find_somebody_in_it(slack: SlackServer) -> None:
    grid(slack)
    lead_group(slack, *(f"U0MANY{n}" for n in range(30)), "U0LEAD1")
    few = roster(slack, People(agents=(), leads=("S0LEADS", "U0LEAD2")))

    few.lead(Who("U0LEAD1", TEAM_ID), "prod")
    # What is stored is the id that was named, so it is judged by that one too.
    assert few.able_leads(["U0LEAD1"], "prod", fresh=True)
    with pytest.raises(Refused):
        few.lead(Who("W0LEAD1", TEAM_ID), "prod")
    read = {call.arguments["user"] for call in slack.workspace.calls.of("users.info")}
    assert read == {"U0LEAD1", "W0LEAD1", "U0LEAD2"}


@pytest.mark.parametrize("team", [OTHER_TEAM, "E0DESK"])
def test_a_click_from_elsewhere_is_nobodys_who_does_not_share_our_workspace(slack: SlackServer, team: str) -> None:
    assert "Only leads can approve" in refusal(roster(slack), LEAD1, home=team)
    grid(slack, team_id=TEAM_ID, grid=replace(GRID, teams=(OTHER_TEAM,)))
    assert "Only leads can approve" in refusal(roster(slack), LEAD1, home=team)
    roster(slack).lead(Who(LEAD1.id, TEAM_ID), "prod")


def test_somebody_of_no_workspace_is_nobodys(slack: SlackServer) -> None:
    grid(slack, shows_team=False, grid=None)

    assert "Only leads can approve" in refusal(roster(slack), LEAD1, home=TEAM_ID)
    assert roster(slack).rule(LEAD1.id) == "Slack doesn't say which workspace they belong to"


def test_two_ids_of_one_lead_are_one_lead(slack: SlackServer) -> None:
    grid(slack)
    twice = roster(slack, People(agents=("S0SUPPORT",), leads=("U0LEAD1", "W0LEAD1")))

    with pytest.raises(SettingsError, match=r"high = 2, but there is only 1 lead, so nothing of high risk"):
        slack_app.check_leads(twice, LeadsNeeded(), pool="prod")
    slack_app.check_leads(twice, LeadsNeeded(high=1), pool="prod")
    judging = Judging(twice, LeadsNeeded())
    words = judging.out_of_reach("prod", Risk.HIGH, requester=AGENT.id, authors=frozenset({AGENT.id}))
    assert words is not None
    assert words.text().startswith("Two leads have to agree, and only <@U0LEAD1> could.")
    # Nobody else is left for what one of both ids has asked for.
    for author in ("U0LEAD1", "W0LEAD1"):
        words = judging.out_of_reach("prod", Risk.NORMAL, requester=author, authors=frozenset({author}))
        assert words is not None
        assert words.text().startswith("A lead has to agree, and nobody else could: you asked for it yourself.")
    assert not judging.is_within_reach(ticket(State.PENDING, needed=2))
    assert twice.to_mention("prod") == ("U0LEAD1",)


def test_who_votes_by_two_ids_is_judged_as_one(slack: SlackServer) -> None:
    grid(slack)
    judging = Judging(roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",))), LeadsNeeded())

    standing = judging.standing(ticket(authors=frozenset({"W0LEAD1"})), voters=("U0LEAD1",))
    assert standing.ids_of("W0LEAD1") == {"U0LEAD1", "W0LEAD1"}


# Whom to ask instead.


@pytest.mark.parametrize(
    ("leads", "named"),
    [
        (("U0LEAD2", GONE.id, GUEST.id, BOT.id), "<@U0LEAD2>."),
        (("U0LEAD2", "U0NOBODY", OUTSIDER.id), "<@U0LEAD2>."),
        (("U0LEAD1", "W0LEAD1", "U0LEAD2"), "<@U0LEAD1>, <@U0LEAD2>."),
        (("S0LEADS", *(f"U0NOBODY{n}" for n in range(9)), GONE.id), "<!subteam^S0LEADS>."),
        (("S0LEADS", *(f"U0NOBODY{n}" for n in range(9)), "U0LEAD2"), "<!subteam^S0LEADS>."),
        ((*(f"U0NOBODY{n}" for n in range(9)), "U0LEAD2"), "<@U0LEAD2>."),
    ],
)
def test_only_those_who_may_are_named_and_nobody_twice(slack: SlackServer, leads: tuple[str, ...], named: str) -> None:
    grid(slack)
    said = refusal(roster(slack, People(agents=("S0SUPPORT",), leads=leads)), AGENT)
    assert said == f"Only leads can approve. You can ask one of them: {named}"


def test_nobody_is_sent_to_themselves(slack: SlackServer) -> None:
    grid(slack, team_id=TEAM_ID, grid=replace(GRID, teams=()))
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",)))

    for named in ("U0LEAD1", "W0LEAD1"):
        with pytest.raises(Refused) as refused:
            few.lead(Who(named, OTHER_TEAM), "prod")
        assert refused.value.words.text() == "Only leads can approve. You can ask one of them: <@U0LEAD2>."
    alone = roster(slack, People(agents=("S0SUPPORT",), leads=("U0LEAD1", GONE.id)))
    assert "nobody is a lead at the moment" in refusal(alone, LEAD1, home=OTHER_TEAM)


def test_nobody_is_named_while_slack_does_not_say_who_they_are(slack: SlackServer) -> None:
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS", GONE.id)))
    few.member(who(AGENT))
    slack.workspace.faults.fail("users.info", times=100)

    assert refusal(few, AGENT) == "Only leads can approve."


def test_a_call_for_the_leads_names_nobody_of_whom_slack_has_said_that_they_can_not_be_one(slack: SlackServer) -> None:
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS", GONE.id, "U0LEAD1", GUEST.id, "U0NOBODY")))

    assert few.to_mention("prod", look=True) == few.to_mention("prod") == ("S0LEADS", "U0LEAD1")
    before = len(slack.workspace.calls.of("users.info"))
    few.to_mention("prod")
    assert len(slack.workspace.calls.of("users.info")) == before


def test_without_a_grid_one_read_of_a_person_is_all_it_takes(slack: SlackServer) -> None:
    few = roster(slack, People(agents=("S0SUPPORT",), leads=("S0LEADS",)))

    few.agent(who(AGENT), "prod")
    few.member(who(AGENT))
    assert few.known_key(AGENT.id) == AGENT.id
    assert [call.arguments["user"] for call in slack.workspace.calls.of("users.info")] == [AGENT.id]
