"""The desk as `desk run` starts it, for a workspace without rates: it asks who leads as often as it wants to know."""

import os
import sys
from dataclasses import replace

from bot import run
from bot.settings import load
from bot.timings import UNHURRIED

if __name__ == "__main__":
    # At Slack's rate of reads of user groups a benchmark of approvals, one after the other, would measure that rate.
    sys.exit(
        run.main(
            load(os.environ), timings=replace(UNHURRIED, group_reads=60_000, person_reads=60_000, channel_reads=60_000)
        )
    )
