"""The benchmark measures what it says; how fast the desk is, no test asks."""

import sys

import pytest

from tests.bench.__main__ import main


@pytest.mark.slow
def test_a_small_benchmark_prints_every_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--alone=2", "--waves=1", "--starts=1", "--approvals=2", "--commands=50"]
    monkeypatch.setattr(sys, "argv", ["bench", *small])

    assert main() == 0
    printed = capsys.readouterr().out
    for row in (
        "command → ack, one at a time",
        "command → first reply, fifty at once",
        "start to connected, median",
        "Approve click → AWS call, p50 / p99",
        "memory after 50 commands",
    ):
        assert f"| {row} |" in printed
    assert "cores" in printed
