"""The moments are counted where the desk passes: what nothing goes through any more would kill nobody."""

from collections import Counter
from pathlib import Path

import pytest

from tests.crash.campaign import theatre
from tests.crash.deeds import DEEDS
from tests.crash.program import Child
from tests.crash.rounds import Round


@pytest.mark.slow
def test_an_undisturbed_desk_passes_every_kind_of_moment_that_it_may_be_killed_at() -> None:
    (deed,) = (each for each in DEEDS if each.name == "check and verify")
    with theatre(lambda folder: f"sqlite:///{folder}/desk.db", lanes=1) as play:
        (played,) = play([Round(deeds=(deed,))])

    assert played.verdict.faults == ()
    passed = Counter((point.what, point.when) for point in played.passed)
    for what in (
        "commit",
        "cognito AdminUpdateUserAttributes",
        "cognito ListUsers",
        "slack chat.postMessage",
        "slack chat.update",
        "slack views.open",
    ):
        assert passed[what, "before"] >= passed[what, "after"] >= 1, what


def test_a_desk_that_ended_before_it_could_write_has_an_empty_log(tmp_path: Path) -> None:
    child = object.__new__(Child)
    child._folder = tmp_path  # it never began

    assert child.log == ""
