"""However a signal comes, the program that waits for it hears of it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIVEN_TO_ANOTHER_THREAD = """
def given():
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

with ending(signal.SIGTERM, signal.SIGINT) as wait:
    threading.Thread(target=given).start()
    wait()
"""
BEFORE_ANYONE_WAITS = """
with ending(signal.SIGTERM, signal.SIGINT) as wait:
    signal.raise_signal(signal.SIGINT)
    wait()
"""
OVER_AND_OVER = """
def given():
    for _ in range(500):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

with ending(signal.SIGTERM, signal.SIGINT) as wait:
    thread = threading.Thread(target=given)
    thread.start()
    wait()
    thread.join()
"""


FROM_A_THREAD = """
end = End()
with ending(signal.SIGTERM, end=end) as wait:
    assert wait(0) is False
    threading.Thread(target=lambda: [end.because("the token was revoked"), end.because("and so on")]).start()
    assert wait() is True
    assert wait(0) is True
assert end.reason == "the token was revoked"
end.because("nobody waits any more")
"""
BEFORE_ANYONE_WAITS_FROM_A_THREAD = """
end = End()
end.because("it was over before it began")
with ending(signal.SIGTERM, end=end) as wait:
    assert wait()
"""
WHILE_SOMETHING_ELSE_IS_DONE = """
with ending(signal.SIGTERM) as wait:
    assert wait(0) is False
    signal.raise_signal(signal.SIGTERM)
    while not wait(0.01):
        pass
    assert wait()
"""


@pytest.mark.parametrize("program", [FROM_A_THREAD, BEFORE_ANYONE_WAITS_FROM_A_THREAD])
def test_any_thread_can_ask_for_the_end_and_the_first_reason_is_logged(program: str) -> None:
    begin = "import signal, threading\nfrom bot.ending import End, ending\n"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", begin + program], cwd=ROOT, timeout=20, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr.count(b"the desk ends: ") == 1


@pytest.mark.parametrize(
    "program", [WHILE_SOMETHING_ELSE_IS_DONE, GIVEN_TO_ANOTHER_THREAD, BEFORE_ANYONE_WAITS, OVER_AND_OVER]
)
def test_a_signal_is_never_lost(program: str) -> None:
    begin = "import os, signal, threading, time\nfrom bot.ending import ending\n"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", begin + program], cwd=ROOT, timeout=20, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")


def test_what_was_there_before_is_there_again() -> None:
    program = (
        "import signal\nfrom bot.ending import ending\n"
        "with ending(signal.SIGTERM): pass\n"
        "assert signal.set_wakeup_fd(-1) == -1\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=20, check=True)
