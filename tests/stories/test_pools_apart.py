"""Pools with people and channels of their own: whoever has no right in one doesn't learn that it is there.

Two teams share a desk. Nothing that anybody does shows them, or has the desk read, what is of the other's pool.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import commands
from bot.scenario import load
from bot.settings import Approvals, Channels, People, PoolSettings, SettingsError
from sandbox.testing import LivePool
from tests.bot import wired
from tests.stories.inline import CARD, SUPPORT, InlineDesk, Told, desk

FISHES, TOGETHER, NOWHERE = "C0FISH", "C0BOTH", "C0RANDOM"
BIRDER, ANGLER, BOTH, STRANGER = "U0BIRDER", "U0ANGLER", "U0BOTH", "U0STRANGER"
BIRD_LEADS, FISH_LEADS = ("U0BIRDLEAD1", "U0BIRDLEAD2"), ("U0FISHLEAD1", "U0FISHLEAD2")
EVERYONE = (BIRDER, ANGLER, BOTH, STRANGER, *BIRD_LEADS, *FISH_LEADS)

ASKS = {"birdshop": {BIRDER, BOTH}, "fishclub": {ANGLER, BOTH}}
LEADS = {"birdshop": {*BIRD_LEADS}, "fishclub": {*FISH_LEADS}}
WORKS_IN = {"birdshop": {SUPPORT, TOGETHER}, "fishclub": {FISHES, TOGETHER}}
SCENARIOS = load(commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody by what nobody types who isn't of their pool's team, and by what they do type."""

    username: str
    email: str
    sub: str
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams:
    """The desk, and what there is to see in each pool."""

    desk: InlineDesk
    pools: Mapping[str, LivePool]
    customers: Mapping[str, Customer]
    settings: Mapping[str, PoolSettings]
    folder: Path

    def told(self) -> str:
        """Everything that Slack was told since it was forgotten, but for who somebody is, and what it was typed for."""
        self.desk.posts()
        return "\n".join(json.dumps(given, ensure_ascii=False) for _, given in self.desk.slack.told)

    def leaks(self, pool: str, *, typed: str = "") -> list[str]:
        """What Slack was told, and Cognito asked, of a pool; what was typed may be said once more."""
        customer, told = self.customers[pool], self.told()
        signs = (pool, self.pools[pool].id, customer.username, customer.email, customer.sub)
        read = [call.operation for call in self.desk.server.calls.list() if self.pools[pool].id in str(call)]
        return [sign for sign in signs if sign != typed and sign in told] + read

    def forget(self) -> None:
        self.desk.posts()
        self.desk.forget()


def asked(opened: InlineDesk, pool: str, person: str, channel: str, user: str) -> int:
    """Ask to verify a customer's address, and return the request's number."""
    values = {"user": {"value": {"value": user}}, "reason": {"value": {"value": "called back on file"}}}
    opened.submits("form", {"scenario": "verify-email", "pool": pool, "channel": channel}, values, person)
    return opened.posted()


@pytest.fixture
def teams(tmp_path: Path) -> Iterator[Teams]:
    with wired.cognito() as server:
        pools = {name: server.pools.create(name) for name in ("birdshop", "fishclub")}
        known = {"birdshop": ("robin7", "eve@nest.example"), "fishclub": ("pike7", "finn@pond.example")}
        subs = {
            name: pools[name].add(username, email=email, email_verified=False).sub
            for name, (username, email) in known.items()
        }
        fish = wired.settings(pools["fishclub"]).model_copy(
            update={
                "people": People(agents=(ANGLER, BOTH), leads=FISH_LEADS),
                "channels": Channels(allowed=(FISHES, TOGETHER)),
            }
        )
        settings = {"birdshop": wired.settings(pools["birdshop"]), "fishclub": fish}
        with desk(
            server,
            settings,
            tmp_path / "desk.db",
            slack=Told(agents=(BIRDER, BOTH), leads=BIRD_LEADS),
            channels=Channels(allowed=(SUPPORT, TOGETHER)),
            approvals=Approvals(direct_messages=True),
        ) as opened:
            requests = {
                "birdshop": asked(opened, "birdshop", BIRDER, SUPPORT, "robin7"),
                "fishclub": asked(opened, "fishclub", ANGLER, FISHES, "pike7"),
            }
            opened.posts()
            yield Teams(
                desk=opened,
                pools=pools,
                settings=settings,
                folder=tmp_path,
                customers={
                    name: Customer(username=username, email=email, sub=subs[name], request=requests[name])
                    for name, (username, email) in known.items()
                },
            )


def others(person: str, channel: str) -> list[str]:
    """The pools about which somebody may learn nothing in a channel."""
    return [pool for pool in ASKS if person not in ASKS[pool] or channel not in WORKS_IN[pool]]


@pytest.mark.parametrize("channel", [SUPPORT, FISHES, TOGETHER, NOWHERE])
@pytest.mark.parametrize("person", EVERYONE)
def test_no_command_shows_or_reads_what_is_of_a_pool_that_is_not_theirs(
    teams: Teams, person: str, channel: str
) -> None:
    closed = others(person, channel)
    for typed in ("", *(getattr(each, name) for each in teams.customers.values() for name in ("username", "email"))):
        for name in ("", *SCENARIOS):
            teams.forget()
            teams.desk.types("/cognito" + (f"-{name}" if name else ""), typed, person, channel)
            for pool in closed:
                # Whom a command is about is said once more; their other names are not.
                assert teams.leaks(pool, typed=typed) == [], (name, typed)


@pytest.mark.parametrize("channel", [SUPPORT, FISHES, TOGETHER])
@pytest.mark.parametrize("person", [BIRDER, ANGLER, BOTH])
def test_everything_of_their_own_pool_is_there(teams: Teams, person: str, channel: str) -> None:
    for pool in ASKS.keys() - others(person, channel):
        teams.forget()
        teams.desk.types("/cognito-check", teams.customers[pool].email, person, channel)
        assert f"{pool} · " in teams.told()
        teams.forget()
        teams.desk.types("/cognito-requests", "", person, channel)
        assert f"in pool {pool}" in teams.told()


@pytest.mark.parametrize(
    ("person", "channel", "pools"),
    [
        (BIRDER, TOGETHER, {"birdshop"}),
        (ANGLER, FISHES, {"fishclub"}),
        (BOTH, SUPPORT, {"birdshop"}),
        (BOTH, TOGETHER, {"birdshop", "fishclub"}),
    ],
)
def test_a_pool_is_asked_for_only_where_somebody_may_ask_about_several(
    teams: Teams, person: str, channel: str, pools: set[str]
) -> None:
    teams.forget()
    teams.desk.types("/cognito-create-user", "", person, channel)
    told = teams.told()
    assert {each for each in ASKS if each in told} == pools
    assert ('"block_id": "pool"' in told) == (len(pools) > 1)


def test_a_form_is_opened_before_slack_is_asked_who_somebody_is(teams: Teams) -> None:
    for command in ("/cognito", "/cognito-verify-email", "/cognito-check"):
        with desk(teams.desk.server, teams.settings, teams.folder / "new.db", slack=teams.desk.slack) as opened:
            teams.forget()
            opened.types(command, "", BOTH)
            assert teams.desk.slack.told[0][0] == "views.open", command


@pytest.mark.parametrize("person", EVERYONE)
def test_home_keeps_to_the_pools_of_its_person(teams: Teams, person: str) -> None:
    teams.forget()
    teams.desk.opens_home(person)
    for pool, asked_by in (("birdshop", BIRDER), ("fishclub", ANGLER)):
        assert bool(teams.leaks(pool)) == (person in {asked_by, *LEADS[pool]})
    # What has ended there is counted for them alone, too.
    teams.desk.presses("approve", str(teams.customers["fishclub"].request), FISH_LEADS[0], channel=FISHES)
    teams.forget()
    teams.desk.opens_home(person)
    sees = person in ASKS["fishclub"] | LEADS["fishclub"]
    assert ("1 done" in teams.told()) == sees


def decisions(teams: Teams, pool: str) -> list[Mapping[str, Any]]:
    """What came of a pool's request."""
    found = teams.desk.program.decisions.ticket(teams.customers[pool].request)
    assert found is not None
    return [{"state": found.state.value, "votes": len(found.votes)}]


@pytest.mark.parametrize("channel", [SUPPORT, FISHES, TOGETHER])
@pytest.mark.parametrize("person", [BIRDER, *BIRD_LEADS, STRANGER])
def test_no_button_of_a_request_does_anything_for_those_of_another_pool(
    teams: Teams, person: str, channel: str
) -> None:
    number, before = str(teams.customers["fishclub"].request), decisions(teams, "fishclub")
    for action in ("approve", "deny", "withdraw", "undo", "again", "enter", "told:0", "tell", "nudge", "open:0"):
        teams.forget()
        teams.desk.presses(action, number, person, channel=channel)
        assert teams.leaks("fishclub") == [], action
    for callback in ("confirmation", "denial", "entry"):
        memory = {"ticket": int(number), "channel": FISHES, "ts": CARD, "nonce": "made-up"}
        teams.desk.submits(callback, memory, {"reason": {"value": {"value": "because"}}}, person)
    assert decisions(teams, "fishclub") == before


def test_what_is_over_is_followed_up_by_its_own_pool_s_people_alone(teams: Teams) -> None:
    number = str(teams.customers["fishclub"].request)
    teams.desk.presses("approve", number, FISH_LEADS[0], channel=FISHES)
    for person in (BIRDER, *BIRD_LEADS, STRANGER):
        for action in ("undo", "again", "tell", "told:0"):
            teams.forget()
            teams.desk.presses(action, number, person, channel=FISHES)
            assert teams.leaks("fishclub") == [], action
    teams.forget()
    teams.desk.presses("undo", number, ANGLER, channel=FISHES)
    assert "pike7" in teams.told()


def test_a_reminder_mentions_the_leads_of_its_pool(teams: Teams) -> None:
    for pool, person, lead in (("birdshop", BIRDER, "<!subteam^S0LEADS>"), ("fishclub", ANGLER, f"<@{FISH_LEADS[0]}>")):
        teams.forget()
        teams.desk.presses("nudge", str(teams.customers[pool].request), person, channel=TOGETHER)
        teams.told()
        (said,) = [given for method, given in teams.desk.slack.told if "asks for a decision" in given.get("text", "")]
        assert said["text"].startswith(lead)


@pytest.mark.parametrize(("person", "channels"), [(BIRDER, {SUPPORT, TOGETHER}), (ANGLER, {FISHES, TOGETHER})])
def test_who_begins_elsewhere_is_led_only_to_channels_of_their_pools(
    teams: Teams, person: str, channels: set[str]
) -> None:
    teams.forget()
    press: dict[str, Any] = {"scenario": "check", "pool": "", "origin": None, "fields": {}}
    teams.desk.presses_at_home("offer:0", json.dumps(press), person)
    assert {each for each in (SUPPORT, FISHES, TOGETHER) if each in teams.told()} == channels
    teams.forget()
    teams.desk.types("/cognito-check", "eve@nest.example", person, NOWHERE)
    assert "The desk doesn't work in this channel." in teams.told()
    assert {each for each in (SUPPORT, FISHES, TOGETHER) if each in teams.told()} == channels
    teams.forget()
    teams.desk.types("/cognito-check", "eve@nest.example", STRANGER, NOWHERE)
    assert not any(each in teams.told() for each in (SUPPORT, FISHES, TOGETHER))


def test_only_the_leads_of_a_request_s_pool_approve_it(teams: Teams) -> None:
    for pool, wrong in (("birdshop", FISH_LEADS), ("fishclub", BIRD_LEADS)):
        channel = SUPPORT if pool == "birdshop" else FISHES
        number = str(teams.customers[pool].request)
        for lead in wrong:
            teams.desk.presses("approve", number, lead, channel=channel)
        assert decisions(teams, pool) == [{"state": "pending", "votes": 0}]
        teams.desk.presses("approve", number, min(LEADS[pool]), channel=channel)
        assert decisions(teams, pool) == [{"state": "done", "votes": 1}]
        assert teams.pools[pool].user(teams.customers[pool].username).email_verified


def test_a_card_and_direct_messages_call_for_the_leads_of_its_pool(teams: Teams) -> None:
    told = [given for method, given in teams.desk.slack.told if method in ("chat.postMessage", "chat.update")]
    for pool, mentioned, foreign in (
        ("birdshop", "<!subteam^S0LEADS>, one of you please", FISH_LEADS),
        ("fishclub", f"<@{FISH_LEADS[0]}>, <@{FISH_LEADS[1]}>, one of you please", BIRD_LEADS),
    ):
        about = [given for given in told if teams.customers[pool].email in json.dumps(given)]
        assert any(mentioned in given["text"] for given in about)
        direct = {given["channel"] for given in told if f"pool {pool}" in given["text"]} - {SUPPORT, FISHES}
        assert direct == LEADS[pool]
        assert not [each for each in foreign if each in json.dumps(about)]


@pytest.mark.parametrize("action", ["offer:0", "details", "hand-over:0"])
def test_a_button_that_names_another_s_pool_is_answered_as_one_that_names_none(teams: Teams, action: str) -> None:
    def answered(pool: str) -> str:
        held: dict[str, Any] = {"pool": pool, "origin": None}
        if action == "hand-over:0":
            held |= {"team": "app", "user": "", "sub": "", "text": "Look."}
        else:
            held |= {"scenario": "check", "fields": {"user": "someone"}}
        teams.forget()
        teams.desk.presses(action, json.dumps(held), BIRDER)
        told = [(method, given) for method, given in teams.desk.slack.told if method != "users.info"]
        said = json.dumps(told).replace(pool, "POOL")
        return "".join(letter for letter in said if not letter.isdigit())

    assert "There is no pool " in answered("fishclub")
    assert answered("fishclub") == answered("nosuch")
    assert teams.leaks("fishclub", typed="fishclub") == []


@pytest.mark.parametrize("pool", ["fishclub", "nosuch", ""])
@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_no_form_asks_about_another_s_pool_whatever_it_says(teams: Teams, scenario: str, pool: str) -> None:
    fields = {"user": "pike7", "reason": "because I can", "username": "pike8", "email": "new@pond.example"}
    values = {name: {"value": {"value": fields.get(name, "x")}} for name in SCENARIOS[scenario].fields}
    # Somebody of both teams may ask about a pool only where it may be asked about.
    for person, channel in ((BIRDER, SUPPORT), (BIRDER, FISHES), (BIRDER, TOGETHER), (BOTH, SUPPORT)):
        for found in ("", "pike7"):
            teams.forget()
            memory = {"scenario": scenario, "pool": pool, "channel": channel, "found": found}
            teams.desk.submits("form", memory, values, person)
            assert [each for each in teams.leaks("fishclub", typed=pool) if each != "pike7"] == []
    newest = teams.desk.posted()
    assert newest == max(each.request for each in teams.customers.values())


def test_a_message_of_another_s_customer_is_not_looked_up_in_their_pool(teams: Teams) -> None:
    teams.forget()
    message = {"ts": "1700000000.000100", "user": BIRDER, "text": "Who can help finn@pond.example?"}
    for channel in (SUPPORT, TOGETHER, FISHES):
        teams.desk.chooses(message, person=BIRDER, channel=channel)
    assert teams.leaks("fishclub", typed="finn@pond.example") == []


def test_of_a_pool_that_was_taken_out_of_the_settings_nobody_decides_or_sees_anything(
    teams: Teams, tmp_path: Path
) -> None:
    left = {"birdshop": wired.settings(teams.pools["birdshop"])}
    everybody = Told(agents=EVERYONE, leads=EVERYONE)
    with desk(teams.desk.server, left, tmp_path / "desk.db", slack=everybody) as opened:
        now = replace(teams, desk=opened)
        number = str(teams.customers["fishclub"].request)
        for person in EVERYONE:
            now.forget()
            for action in ("approve", "deny", "withdraw", "nudge", "open:0"):
                opened.presses(action, number, person, channel=FISHES)
            opened.types("/cognito-requests", "", person)
            opened.opens_home(person)
            assert now.leaks("fishclub") == []
        assert decisions(now, "fishclub") == [{"state": "pending", "votes": 0}]


@pytest.mark.parametrize(
    ("fish", "words"),
    [
        (People(agents=(ANGLER,), leads=()), "pools.fishclub.people.leads: this is nobody"),
        (People(agents=(ANGLER,), leads=FISH_LEADS[:1]), "Name more people in pools.fishclub.people.leads"),
    ],
)
def test_a_desk_with_a_pool_of_which_nobody_could_approve_anything_does_not_start(
    teams: Teams, tmp_path: Path, fish: People, words: str
) -> None:
    pools = {name: wired.settings(pool) for name, pool in teams.pools.items()}
    pools["fishclub"] = pools["fishclub"].model_copy(update={"people": fish})
    with (
        pytest.raises(SettingsError, match=words) as refused,
        desk(teams.desk.server, pools, tmp_path / "other.db", slack=Told(agents=(BIRDER,), leads=BIRD_LEADS)),
    ):
        pass
    assert "For example:\n[pools.fishclub.people]\nleads = " in str(refused.value)


def test_slack_is_asked_no_more_where_all_pools_have_the_same_people(tmp_path: Path) -> None:
    """As many questions as with one pool, however many there are."""
    asked: list[list[str]] = []
    for names in (["birdshop"], ["birdshop", "fishclub", "catclub"]):
        with wired.cognito() as server:
            pools = {name: wired.settings(server.pools.create(name)) for name in names}
            with desk(server, pools, tmp_path / f"{len(names)}.db", slack=Told(agents=(BIRDER,))) as opened:
                opened.opens_home(BIRDER)
                opened.types("/cognito-requests", "", BIRDER)
                opened.types("/cognito", "", BIRDER)
                asked.append([method for method, _ in opened.slack.told])
    assert asked[0] == asked[1]
