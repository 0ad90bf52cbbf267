"""Fifty people at once, while Cognito is slow and Slack takes few messages a second."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.testing import (
    AGENT,
    CHANNELS,
    GROUPS,
    PEOPLE,
    CognitoServer,
    LivePool,
    Rates,
    Rules,
    SlackServer,
    Workspace,
)
from tests.stories.floor import MANIFEST, UNHURRIED, Floor, settings_for

MANY = 50
A_SECOND = 10
"""Messages that Slack takes. In Slack's own measure, one, the same story lasts a hundred seconds."""

CROWD = tuple(replace(AGENT, id=f"U0AGENT{n}", name=f"agent{n}", display_name=f"agent{n}") for n in range(MANY))


@pytest.fixture
def crowded(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor with fifty agents, in a workspace that answers 429 past its rate."""
    everyone = frozenset(one.id for one in CROWD)
    slack = Workspace(
        MANIFEST,
        rules=Rules(
            rates=replace(Rates.generous(), posts_per_second=A_SECOND, post_burst=A_SECOND), ack_seconds=UNHURRIED
        ),
        people=(*PEOPLE, *CROWD),
        groups=[replace(group, members=(*group.members, *everyone)) for group in GROUPS],
        channels=[replace(channel, members=channel.members | everyone) for channel in CHANNELS],
    )
    with SlackServer(slack) as server:
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


@pytest.mark.slow
def test_fifty_people_check_at_once_and_everybody_gets_their_thread_once_and_in_order(
    crowded: Floor, pool: LivePool, cognito: CognitoServer
) -> None:
    for n in range(MANY):
        pool.add(f"user{n}", email=f"user{n}@example.com", email_verified=False)
    gate = cognito.faults.hold()

    sent = [crowded.slack.types(f"agent{n}", f"/cognito-check user{n}@example.com") for n in range(MANY)]
    for envelope in sent:
        assert envelope is not None
        envelope.wait()
    # While Cognito answers nobody.
    assert Counter(envelope.outcome for envelope in sent if envelope) == {"acked": MANY}
    crowded.slack.wait_for(lambda: gate.has_somebody)
    assert crowded.roots == []
    gate.open()

    crowded.slack.wait_for(lambda: len(crowded.roots) == MANY)
    assert crowded.program
    crowded.slack.wait_for(crowded.program.outbox.is_empty)
    assert 429 in {call.status for call in crowded.slack.calls.of("chat.postMessage")}
    for n in range(MANY):
        (root,) = (each for each in crowded.roots if f" user{n}@example.com" in each.text)
        assert f"asked by <@U0AGENT{n}>" in root.text
        replies = crowded.slack.replies(root)
        assert len({reply.text for reply in replies}) == len(replies) >= 1
        assert replies[0].text.startswith("Tell the customer")


@pytest.mark.slow
def test_a_thousand_commands_at_once_are_all_acknowledged(crowded: Floor) -> None:
    sent = [crowded.slack.types("agent0", "/cognito-check nobody@example.com") for _ in range(1000)]

    assert Counter(str(envelope.wait().outcome) for envelope in sent if envelope) == {"acked": 1000}
    assert crowded.server.sockets.opened == 1, "over one connection, which nothing has broken"
