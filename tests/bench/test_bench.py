"""The benchmark measures what it says; how fast the desk is, no test asks."""

import pytest

from tests.bench.__main__ import main


@pytest.mark.slow
def test_a_small_benchmark_prints_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    small = [
        "--rounds=1",
        "--alone=2",
        "--waves=1",
        "--starts=1",
        "--approvals=2",
        "--commands=50",
        "--flood=20",
        "--slow=1",
    ]
    small += ["--tickets=20", "--users=300", "--people=20"]

    assert main(small) == 0
    printed = capsys.readouterr().out
    for row in (
        "command → ack, one at a time",
        "command → first reply, fifty at once",
        "command → first reply, of a customer who was checked before",
        "start to connected, median",
        "Approve click → ack",
        "ack → AWS call that changes something",
        "a lead's Approve click → ack",
        "ack → AWS call that changes something, Cognito being quick for this ticket",
        "the agent's own commands → ack",
        "processor time for a command",
        "memory after 50 commands",
        "/cognito-history of an account",
        "a plan's look-ups",
        "people for whom exactly one call was made | 20",
    ):
        assert f"| {row} |" in printed
    assert "220 rows in" in printed
    assert printed.count("as it is") == 2
    assert "cores" in printed
