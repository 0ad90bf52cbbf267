"""The Home tab: what it shows to whom, when it is drawn again, and what is left of it without rights."""

from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import select, update

from bot.desk.people import Who
from bot.settings import People
from bot.slack import interaction
from bot.slack.home import HomeTabs, home
from bot.tickets import tables
from bot.tickets.records import Records
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, GUEST, LEAD1, LEAD2, Office


class Slack(WebClient):
    """Takes what is published, or refuses it."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.asked = 0
        """How often it was asked to take something."""
        self.refuses = ""
        self.breaks: BaseException | None = None
        """What becomes of the answer to what was taken."""

    def views_publish(self, *, user_id: str, view: Any, **_: Any) -> Any:
        self.asked += 1
        if self.refuses:
            raise SlackApiError("refused", {"error": self.refuses})  # type: ignore[no-untyped-call]
        self.published.append((user_id, view))
        if self.breaks is not None:
            raise self.breaks

    def of(self, who: Who) -> list[str]:
        """Return the texts of everything that was published for somebody, the newest last."""
        return [text(view) for user, view in self.published if user == who.id]


def text(view: dict[str, Any]) -> str:
    """Return what can be read in a view, and the labels of its buttons in brackets."""
    found: list[str] = []
    for block in view["blocks"]:
        for part in block.get("elements", ()):
            if part["type"] == "button":
                found.append(f"[{part['text']['text']}]")
            pieces = part.get("elements", ())
            found += (str(each.get("text") or each.get("user_id") or each.get("fallback") or "") for each in pieces)
    return " ".join(found)


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def tabs(office: Office, slack: Slack) -> HomeTabs:
    def records(pool: str, reader: str, reader_pools: Collection[str]) -> Records:
        return Records(
            office.store,
            pool,
            reader_pools,
            lambda tickets: {each: f"https://example.slack.com/{each}" for each in tickets},
            judged=partial(office.judging.deciding, reader=reader),
        )

    return HomeTabs(slack, office.store, office.roster, records)


def opens(tabs: HomeTabs, who: Who) -> None:
    body = {"event": {"user": who.id, "tab": "home"}, "team_id": who.team}
    tabs.opened(interaction.of_event(body, cast("Any", _Nothing())))


class _Nothing:
    modals = None


def later(office: Office, seconds: float) -> None:
    """Let time pass for every tab: all that was noted of them was so much earlier."""
    row = tables.home_tab.c
    with office.store.transaction() as connection:
        passed = {"drawn_at": row.drawn_at - seconds, "opened_at": row.opened_at - seconds}
        connection.execute(update(tables.home_tab).values(**passed))


def test_a_lead_sees_what_waits_for_them_and_opens_it(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    office.ask("verify", who=AGENT)
    opens(tabs, LEAD1)

    (seen,) = slack.of(LEAD1)
    assert seen.startswith("Waits for you ( 1 )")
    assert "[Open…]" in seen
    assert "card ↗" in str(slack.published[0][1])
    assert "You asked ( 0 )" in seen
    assert "[Check a customer] [History] [More…]" in seen


def test_nobody_is_shown_what_they_cannot_decide(
    office: Office, cognito: LittleCognito, tabs: HomeTabs, slack: Slack
) -> None:
    cognito.add("ana.old", "ana@example.com", verified=True)
    ticket = office.ask("verify", who=LEAD1)
    opens(tabs, LEAD1)
    opens(tabs, AGENT)
    opens(tabs, LEAD2)
    office.approve(ticket, LEAD2)
    opens(tabs, LEAD2)

    (own,) = slack.of(LEAD1)
    assert own.startswith("Waits for you ( 0 ) You asked ( 1 ) 🔴 High risk")
    assert "[Open…]" not in own
    assert slack.of(AGENT)[0].startswith("Waits for you ( 0 ) You asked ( 0 )")
    assert [seen.startswith("Waits for you ( 1 )") for seen in slack.of(LEAD2)] == [True, False]


def test_who_is_neither_agent_nor_lead_sees_nothing(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    office.ask("verify", who=AGENT)
    opens(tabs, GUEST)
    assert slack.of(GUEST)[0].startswith("Nothing here is for you")
    assert "ana" not in slack.of(GUEST)[0]


def test_it_is_drawn_again_after_what_its_person_did(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    ticket = office.ask("verify", who=AGENT)
    opens(tabs, LEAD1)
    tabs.look()
    assert len(slack.of(LEAD1)) == 1

    office.approve(ticket, LEAD1)
    tabs.look()
    office.settled(ticket)
    assert slack.of(LEAD1)[-1].startswith("Waits for you ( 0 )")


def test_before_anybody_has_done_anything_it_is_drawn_all_the_same(
    office: Office, tabs: HomeTabs, slack: Slack
) -> None:
    slack.refuses = "ratelimited"
    opens(tabs, AGENT)
    slack.refuses = ""
    later(office, 31)
    tabs.look()
    assert len(slack.of(AGENT)) == 1

    office.ask("verify", who=AGENT)
    tabs.look()
    assert "You asked ( 1 )" in slack.of(AGENT)[-1]


def test_of_what_others_do_it_is_drawn_again_every_half_minute(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    opens(tabs, LEAD1)
    office.ask("verify", who=AGENT)
    tabs.look()
    assert len(slack.of(LEAD1)) == 1

    later(office, 31)
    tabs.look()
    tabs.look()
    assert len(slack.of(LEAD1)) == 2
    assert slack.of(LEAD1)[-1].startswith("Waits for you ( 1 )")


def test_nobody_is_drawn_for_who_has_not_opened_it_for_ten_minutes(
    office: Office, tabs: HomeTabs, slack: Slack
) -> None:
    opens(tabs, LEAD1)
    later(office, 601)
    office.ask("verify", who=AGENT)
    tabs.look()
    assert len(slack.of(LEAD1)) == 1


def test_of_two_replicas_one_draws_it(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    opens(tabs, LEAD1)
    office.ask("verify", who=AGENT)
    later(office, 31)
    due = tabs._due()
    tabs.look()
    # The other one has looked at the same moment.
    assert [tabs._claim(each) for each in due] == [False]
    assert len(slack.of(LEAD1)) == 2


def test_what_slack_refuses_is_drawn_once_more(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    slack.refuses = "ratelimited"
    opens(tabs, LEAD1)
    assert slack.published == []

    slack.refuses = ""
    later(office, 31)
    office.ask("verify", who=AGENT)
    tabs.look()
    assert slack.of(LEAD1)[-1].startswith("Waits for you ( 1 )")


def test_it_is_emptied_for_who_has_lost_their_rights(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    office.ask("verify", who=AGENT)
    opens(tabs, LEAD1)
    office.roster.deposed.add(LEAD1)
    office.roster.left.add(LEAD1)
    later(office, 901)
    tabs.look()
    tabs.look()

    assert len(slack.of(LEAD1)) == 2
    assert slack.of(LEAD1)[-1].startswith("Nothing here is for you")
    with office.store.reading() as connection:
        assert connection.execute(select(tables.home_tab.c.shows)).scalar_one() is False


class Ended(BaseException):
    """The process ends at this point."""


@pytest.mark.parametrize("breaks", [TimeoutError(), Ended()], ids=["no answer", "the process ends"])
def test_what_slack_has_taken_is_emptied_though_nobody_lived_to_note_it(
    office: Office, tabs: HomeTabs, slack: Slack, breaks: BaseException
) -> None:
    office.ask("verify", who=AGENT)
    slack.breaks = breaks
    with suppress(Ended):
        opens(tabs, LEAD1)
    assert slack.of(LEAD1)[-1].startswith("Waits for you ( 1 )")

    slack.breaks = None
    office.roster.deposed.add(LEAD1)
    office.roster.left.add(LEAD1)
    later(office, 1501)
    tabs.look()
    assert slack.of(LEAD1)[-1].startswith("Nothing here is for you")


def test_an_emptying_that_slack_refuses_is_tried_again(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    office.ask("verify", who=AGENT)
    opens(tabs, LEAD1)
    office.roster.deposed.add(LEAD1)
    office.roster.left.add(LEAD1)
    slack.refuses = "ratelimited"
    later(office, 901)
    tabs.look()
    slack.refuses = ""
    later(office, 901)
    tabs.look()
    assert slack.of(LEAD1)[-1].startswith("Nothing here is for you")


def test_what_slack_refuses_waits_its_time_whatever_its_person_has_done(
    office: Office, tabs: HomeTabs, slack: Slack
) -> None:
    office.ask("verify", who=AGENT)
    slack.refuses = "ratelimited"
    opens(tabs, AGENT)
    for _ in range(3):
        tabs.look()
    assert slack.asked == 1
    later(office, 31)
    tabs.look()
    assert slack.asked == 2


def test_who_still_has_them_keeps_what_they_see(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    opens(tabs, LEAD1)
    later(office, 901)
    tabs.look()
    assert len(slack.of(LEAD1)) == 1


def test_how_a_day_ended_is_counted(office: Office, tabs: HomeTabs, slack: Slack) -> None:
    office.carried_out("verify")
    opens(tabs, AGENT)
    assert "Last 24 hours:  1 done" in slack.of(AGENT)[-1]


def test_of_many_some_are_shown_and_the_rest_is_counted() -> None:
    drawn = home([], [], "nothing was decided")
    assert "Last 24 hours:  nothing was decided" in text(drawn)
    assert len(drawn["blocks"]) < 100


def test_where_pools_have_people_of_their_own_it_is_drawn_again_for_who_may_have_lost_some(
    office: Office, tabs: HomeTabs, slack: Slack
) -> None:
    opens(tabs, LEAD1)
    for drawn, people in ((1, {}), (2, {"shop": People(agents=("U0SHOP",), leads=())})):
        office.roster.has_pools(people)
        later(office, 901)
        tabs.look()
        assert len(slack.of(LEAD1)) == drawn
