"""Whatever agents, leads, customers and time do, nobody gets an account, an address or a flag that isn't theirs."""

import pytest

from tests.model.bed import Bed
from tests.model.campaign import campaign

PLAYED = (
    "approve from a list: then done",
    "verify-email: carried out, 1 leads",
    "verify-email: one lead was enough",
    "change-email: carried out, 2 leads",
    "change-email: sent",
    "create-user: asked",
    "enter-code: sent",
    "send-code: sent",
    "sign-up: sent",
    "undo: asked",
    "in the app, email: done",
    "in the app, preferred_username: done",
    "made again",
    "time",
)
"""What has to have happened, or nothing was tried."""


@pytest.mark.timeout(600)
def test_no_sequence_of_steps_hands_anything_over(opened: dict[str, Bed]) -> None:
    tally = campaign(opened, sequences=200, begins=7)
    assert tally.sequences == 200
    assert [kind for kind in PLAYED if not tally.came_of_it[kind]] == []
