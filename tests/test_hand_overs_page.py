"""The page on hand-overs: it names the team of every finding that is handed over."""

import re
from pathlib import Path

import pytest

from bot.diagnosis import Cause
from bot.hand_overs import HAND_OVERS

PAGE = (Path(__file__).parent.parent / "docs" / "hand-overs.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\|.*\| `([A-Z_]+)` \|.*\| `(\w+)` \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("cause", HAND_OVERS)
def test_the_page_says_who_is_handed_a_finding(cause: Cause) -> None:
    team, _ = HAND_OVERS[cause]
    assert ROWS[cause] == team
