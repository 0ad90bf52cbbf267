"""The page on hand-overs: it names the team of every finding that is handed over."""

import re
from pathlib import Path

import pytest

from bot.diagnosis import EXPLANATIONS, Cause

PAGE = (Path(__file__).parent.parent / "docs" / "hand-overs.md").read_text("utf-8")
TEAMS = {cause: explained.team for cause, explained in EXPLANATIONS.items() if explained.team}
ROWS = dict(re.findall(r"^\|.*\| `([A-Z_]+)` \|.*\| `(\w+)` \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("cause", TEAMS)
def test_the_page_says_who_is_handed_a_finding(cause: Cause) -> None:
    assert ROWS[cause] == TEAMS[cause]
