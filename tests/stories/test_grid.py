"""Enterprise Grid: one person by two ids, clicks that name another workspace or none, and leads who aren't any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import People
from sandbox.testing import (
    AGENT,
    GUEST,
    LEAD1,
    LEAD2,
    OTHER_TEAM,
    PEOPLE,
    TEAM_ID,
    GridUser,
    LivePool,
    Organisation,
    Person,
)
from tests.stories.floor import Floor, settings_for, workspace
from tests.stories.test_high_risk import confirms, two_bens

SHARED = (OTHER_TEAM, TEAM_ID)
GONE = replace(LEAD2, id="U0GONE", name="gone", deleted=True)
AT_HOME_ELSEWHERE = replace(
    AGENT, team_id=OTHER_TEAM, grid=GridUser(id="W0AGENT", teams=SHARED), shows_team=False, acts_from="E0DESK"
)
ELSEWHERE_TOO = replace(LEAD1, grid=GridUser(id="W0LEAD1", teams=SHARED), acts_from=OTHER_TEAM)
OF_NO_TEAM = replace(LEAD2, grid=GridUser(id="W0LEAD2"), acts_from="")


@contextmanager
def opened(pool: LivePool, folder: Path, people: tuple[Person, ...], leads: tuple[str, ...]) -> Iterator[Floor]:
    with workspace(people=people, organisation=Organisation(hides_team=True)) as (slack, server):
        listed = People(agents=("S0SUPPORT",), leads=leads)
        settings = settings_for(slack, server, {"prod": pool}, folder / "desk.db", people=listed)
        floor = Floor(slack, server, settings)
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


@pytest.mark.slow
def test_one_person_stays_one_by_whichever_id_slack_names_them(pool: LivePool, tmp_path: Path) -> None:
    two_bens(pool)
    people = (AT_HOME_ELSEWHERE, ELSEWHERE_TOO, OF_NO_TEAM)
    with opened(pool, tmp_path, people, ("S0LEADS",)) as floor:
        assert "needs 2 leads" in floor.asks("/cognito-verify-email ben.old").text

        floor.clicks("W0AGENT", "Approve…", floor.card)
        floor.told("agent", "You asked for this, so someone else has to approve it.")

        confirms(floor, "lead1")
        floor.reads_card("needs 1 more lead")
        floor.clicks("W0LEAD1", "Approve…", floor.card)
        floor.told("lead1", "You have approved this already; it needs 1 more.")
        assert not pool.user("ben.old").email_verified

        confirms(floor, "W0LEAD2")
        floor.reads_card("Done")
        assert pool.user("ben.old").email_verified
        who = [(row["event"], row["person"]) for row in floor.audit() if row["person"]]
        assert who == [
            ("requested", "U0AGENT"),
            ("refused", "W0AGENT"),
            ("approved", "U0LEAD1"),
            ("refused", "W0LEAD1"),
            ("approved", "W0LEAD2"),
        ]


@pytest.mark.slow
def test_only_those_who_may_are_called_and_named(pool: LivePool, tmp_path: Path) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    listed = ("W0LEAD1", LEAD1.id, GUEST.id, LEAD2.id, GONE.id, "U0NOBODY")
    with opened(pool, tmp_path, (*PEOPLE[:1], ELSEWHERE_TOO, LEAD2, GUEST, GONE), listed) as floor:
        card = floor.asks("/cognito-verify-email ada")
        assert "<@W0LEAD1>, <@U0LEAD2>, one of you please." in card.text

        floor.clicks("guest", "Approve", floor.card)
        told = floor.told("guest", "Only leads can approve.").text
        assert told == "Only leads can approve. You can ask one of them: <@W0LEAD1>, <@U0LEAD2>."
        floor.clicks("agent", "Approve", floor.card)
        floor.told("agent", "<@W0LEAD1>, <@U0LEAD2> have been told.")
        floor.clicks("W0LEAD1", "Approve", floor.card)
        floor.reads_card("Done")
