"""Where the desk may post at this moment, as Slack shows its channels; nowhere when Slack doesn't say."""

import copy
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.desk.channels import ChannelStates, Obstacle
from bot.timings import UNHURRIED
from sandbox.testing import Rates, Rules, SlackServer, Workspace
from tests.stories.floor import MANIFEST, SUPPORT

INFO = "conversations.info"


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackServer(Workspace(MANIFEST, rules=Rules(rates=Rates.generous()))) as server:
        yield server


class Looking:
    """The desk's look at channels, with a clock that a test turns."""

    def __init__(self, slack: SlackServer, *, shared: tuple[str, ...] = (), reads: float = 60_000) -> None:
        self.slack = slack.workspace
        self.now = 1000.0
        client = WebClient(slack.workspace.bot_token, base_url=slack.api_url, retry_handlers=[])
        self.states = ChannelStates(client, shared=shared, name="Cognito Desk", reads=reads, clock=self._clock)

    def _clock(self) -> float:
        self.now += 0.001
        return self.now

    def says(self, channel: str = SUPPORT, *, fresh: bool = False, elsewhere: bool = False) -> str:
        words = self.states.objection(channel, fresh=fresh, elsewhere=elsewhere)
        return words.plain() if words else ""

    @property
    def reads(self) -> int:
        return len(self.slack.calls.of(INFO))


@pytest.fixture
def looking(slack: SlackServer) -> Looking:
    return Looking(slack)


def test_nothing_speaks_against_a_channel_that_the_desk_is_in(looking: Looking) -> None:
    assert looking.says() == ""
    assert looking.states.closed(SUPPORT) == ""


def _leaves_private(slack: Workspace) -> None:
    slack.roll.alter_channel(SUPPORT, is_private=True)
    slack.roll.leaves("cognito-desk", SUPPORT)


CHANGES: dict[str, tuple[Callable[[Workspace], object], str, str]] = {
    "left": (
        lambda slack: slack.roll.leaves("cognito-desk", SUPPORT),
        "Type /invite @Cognito Desk, then try again.",
        "",
    ),
    "left, private": (_leaves_private, "Type /invite @Cognito Desk, then try again.", ""),
    "archived": (lambda slack: slack.roll.alter_channel(SUPPORT, is_archived=True), "This channel is archived", ""),
    "shared": (
        lambda slack: slack.roll.alter_channel(SUPPORT, is_ext_shared=True),
        "shared with another organisation, which could read customers' addresses",
        "is_ext_shared",
    ),
    "about to be shared": (
        lambda slack: slack.roll.alter_channel(SUPPORT, is_pending_ext_shared=True),
        "shared with another organisation",
        "is_ext_shared",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_speaks_against_a_channel_is_said_with_its_cure_and_forgotten_once_cured(
    looking: Looking, change: str
) -> None:
    makes_it_so, words, closed = CHANGES[change]
    before = looking.slack.channel(SUPPORT)
    assert looking.says() == ""
    makes_it_so(looking.slack)

    # What was open a moment ago is taken for open, but not by whoever asks anew.
    assert looking.says() == ""
    assert words in looking.says(fresh=True)
    assert words in looking.says()
    assert looking.states.closed(SUPPORT) == closed

    looking.slack.roll.put_channel(before)
    assert looking.says() == ""


def test_words_for_somebody_elsewhere_name_the_channel(looking: Looking) -> None:
    looking.slack.roll.leaves("cognito-desk", SUPPORT)

    assert looking.says(elsewhere=True).startswith(f"I'm not in {SUPPORT}, so I can't post there.")


@pytest.mark.parametrize("flag", ["is_org_shared", "is_non_threadable", "is_read_only"])
def test_what_does_no_harm_or_may_do_none_speaks_against_nothing(looking: Looking, flag: str) -> None:
    looking.slack.roll.alter_channel(SUPPORT, **{flag: True})

    assert looking.says() == ""


def test_a_channel_that_may_be_shared_is_open(slack: SlackServer) -> None:
    looking = Looking(slack, shared=(SUPPORT,))
    looking.slack.roll.alter_channel(SUPPORT, is_ext_shared=True)

    assert looking.says() == ""
    assert looking.states.closed(SUPPORT) == ""


def test_an_open_channel_is_remembered_for_a_moment(looking: Looking) -> None:
    for _ in range(3):
        looking.says()
    looking.now += UNHURRIED.open_channels + 1
    looking.says()

    assert looking.reads == 2


def test_those_who_come_at_once_share_a_read(looking: Looking) -> None:
    gate = looking.slack.faults.hold(INFO)
    with ThreadPoolExecutor(20) as crowd:
        asked = [crowd.submit(looking.says, fresh=True) for _ in range(20)]
        looking.slack.wait_for(lambda: gate.has_somebody)
        gate.open()
        assert {each.result() for each in asked} == {""}

    assert looking.reads <= 3


TROUBLES: dict[str, Callable[[Workspace], None]] = {
    "429": lambda slack: slack.faults.rate_limit(INFO, times=100, retry_after=30),
    "500": lambda slack: slack.faults.fail(INFO, times=100),
    "dropped": lambda slack: slack.faults.drop(INFO, times=100),
    "an error of Slack's own": lambda slack: slack.faults.refuse(INFO, "internal_error", times=100),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_while_slack_does_not_answer_the_last_answer_counts_for_ten_minutes(looking: Looking, trouble: str) -> None:
    assert looking.says() == ""
    TROUBLES[trouble](looking.slack)

    looking.now += 590
    assert looking.says(fresh=True) == ""
    assert looking.states.closed(SUPPORT) == ""
    looking.now += 20
    assert "Please try again in a minute." in looking.says(fresh=True)
    assert looking.states.closed(SUPPORT) == "unreadable"


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_was_last_seen_closed_stays_closed_while_slack_does_not_answer(looking: Looking, trouble: str) -> None:
    assert looking.says() == ""
    looking.slack.roll.alter_channel(SUPPORT, is_ext_shared=True)
    assert "shared" in looking.says(fresh=True)
    TROUBLES[trouble](looking.slack)

    assert "Please try again in a minute." in looking.says()
    assert looking.states.closed(SUPPORT) == "unreadable"


def test_a_slack_that_says_nothing_is_left_alone_for_a_while(looking: Looking) -> None:
    looking.says()
    looking.slack.faults.drop(INFO, times=100)

    assert [looking.says(fresh=True) for _ in range(5)] == [""] * 5
    assert looking.reads == 2


def test_slack_is_asked_no_more_often_than_it_allows(slack: SlackServer) -> None:
    looking = Looking(slack, reads=1)
    assert {looking.says(fresh=True) for _ in range(40)} == {""}

    assert looking.reads == 10


def test_without_the_scopes_nothing_is_posted_and_the_operator_is_told_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    manifest = copy.deepcopy(MANIFEST)
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = [each for each in scopes["bot"] if not each.endswith(":read") or each.startswith("user")]
    with SlackServer(Workspace(manifest, rules=Rules(rates=Rates.generous()))) as server:
        looking = Looking(server)

        assert "I lack the scopes channels:read and groups:read" in looking.says()
        assert looking.states.closed(SUPPORT) == "unreadable"
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "install it again" in told.getMessage()


def test_a_refusal_that_nobody_knows_is_no_leave_to_post(looking: Looking) -> None:
    looking.slack.faults.refuse(INFO, "some_new_refusal", times=2)

    assert "Please tell the operator" in looking.says()
    assert looking.states.closed(SUPPORT) == "unreadable"


def test_the_operator_is_told_once_for_each_change(looking: Looking, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.desk.channels")
    for is_shared in (True, False, True):
        looking.slack.roll.alter_channel(SUPPORT, is_ext_shared=is_shared)
        for _ in range(3):
            looking.says(fresh=True)

    told = [(record.levelname, SUPPORT in record.getMessage()) for record in caplog.records]
    assert told == [("ERROR", True), ("INFO", True), ("ERROR", True)]
    assert "channels.shared in desk.toml" in caplog.text


def test_every_obstacle_has_words_for_both_places(looking: Looking) -> None:
    for obstacle in Obstacle:
        looking.states._found = lambda channel, obstacle=obstacle: (obstacle, channel)  # type: ignore[method-assign,misc]

        assert looking.says(fresh=True)
        assert SUPPORT in looking.says(fresh=True, elsewhere=True)


def fill(looking: Looking, people: frozenset[str]) -> None:
    """Let these be in the channel."""
    looking.slack.roll.put_channel(replace(looking.slack.channel(SUPPORT), members=people))


def test_who_is_in_a_channel_is_read_page_by_page(looking: Looking) -> None:
    everybody = frozenset(looking.slack.channel(SUPPORT).members)
    assert {"U0AGENT", "U0LEAD1"} < everybody
    assert looking.states.people(SUPPORT) == everybody

    crowd = frozenset(f"U{number:04}" for number in range(2500))
    fill(looking, crowd | everybody)
    assert looking.states.people(SUPPORT) == everybody
    looking.now += 60
    assert looking.states.people(SUPPORT) == crowd | everybody
    assert len(looking.slack.calls.of("conversations.members")) == 4


def test_who_is_in_a_channel_may_not_be_known(looking: Looking) -> None:
    looking.slack.faults.refuse("conversations.members", "fetch_members_failed")
    assert looking.states.people(SUPPORT) is None
    looking.now += 60
    crowd = frozenset(f"U{number:04}" for number in range(6000))
    fill(looking, crowd)
    assert looking.states.people(SUPPORT) is None
