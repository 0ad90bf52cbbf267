"""What a payload says of who and where, also one from Enterprise Grid that names no team."""

from typing import Any

import pytest

from bot.desk.people import Who
from bot.slack import request

COMMAND = {
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/1",
}
CLICK = {"container": {"channel_id": "C1", "message_ts": "1.0"}, "trigger_id": "1.2.3"}
ENTERPRISE = {"enterprise": {"id": "E1", "name": "all of us"}, "is_enterprise_install": False}


@pytest.mark.parametrize(("body", "team"), [({"team_id": "T1"}, "T1"), ({"team_id": None}, ""), ({}, "")])
def test_a_command_may_name_no_team(body: dict[str, Any], team: str) -> None:
    read = request.of_command({**COMMAND, **body, "enterprise_id": "E1"})

    assert (read.who, read.channel) == (Who("U1", team), "C1")


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"user": {"id": "U1", "team_id": "T2"}, "team": {"id": "T1"}}, "T2"),
        ({"user": {"id": "U1", "team_id": "E1"}, "team": None}, "E1"),
        ({"user": {"id": "U1", "team_id": None}, "team": {"id": "T1"}}, "T1"),
        ({"user": {"id": "U1"}, "team": {"id": "T1"}}, "T1"),
        ({"user": {"id": "U1"}, "team": None}, ""),
        ({"user": {"id": "U1"}, "team": {}}, ""),
        ({"user": {"id": "U1"}}, ""),
    ],
)
def test_a_click_and_a_submission_may_name_no_team_or_another(body: dict[str, Any], team: str) -> None:
    assert request.of_click({**CLICK, **ENTERPRISE, **body}).who == Who("U1", team)
    assert request.in_modal({**ENTERPRISE, **body}, "C1").who == Who("U1", team)
