"""The picture of a report shows a bar for each finding, and is drawn by any thread."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor

from matplotlib.image import imread

from bot.diagnosis import REMARKS, Cause
from bot.pool_check.picture import drawn, is_installed
from tests.bot.pool_check.test_report import report

ALL = {
    cause.value: 10_000 // (place + 1) for place, cause in enumerate(cause for cause in Cause if cause not in REMARKS)
}


def height(content: bytes) -> int:
    return int(imread(io.BytesIO(content), format="png").shape[0])


def test_it_is_a_picture_that_grows_with_the_findings_but_not_for_ever() -> None:
    assert is_installed()
    one, some, all_there_are = (
        drawn(report(findings=found)) for found in ({"SIGNUP_OPEN": 1}, report().found["findings"], ALL)
    )
    assert one.startswith(b"\x89PNG")
    assert height(one) < height(some) < height(all_there_are) < 1500


def test_threads_draw_side_by_side_without_a_state_that_all_of_them_share() -> None:
    with ThreadPoolExecutor(4) as threads:
        pictures = list(threads.map(drawn, [report(), report(findings=ALL)] * 4))
    assert len(set(pictures[::2])) == len(set(pictures[1::2])) == 1
    assert "matplotlib.pyplot" not in sys.modules
