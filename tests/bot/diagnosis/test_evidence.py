"""How long the password of an invitation works: what an account's dates tell of it, and what they don't."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.diagnosis.evidence import Valid, estimate, invitation_valid
from tests.commands.paper import ALIAS, BEGAN, person

DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("changed_after", "looked_after", "valid", "said"),
    [
        (0, 7, Valid.YES, "works until Jan 8, 2025, 00:00 UTC at least"),
        (3, 7, Valid.YES, "works until Jan 8, 2025, 00:00 UTC at least"),
        (0, 8, Valid.NO, "stopped working Jan 8, 2025, 00:00 UTC."),
        (3, 8, Valid.UNKNOWN, "between Jan 8, 2025, 00:00 UTC and Jan 11, 2025, 00:00 UTC"),
        (3, 10, Valid.UNKNOWN, "can't be told"),
        (3, 11, Valid.NO, "stopped working between Jan 8, 2025, 00:00 UTC and Jan 11, 2025, 00:00 UTC"),
    ],
)
def test_it_is_counted_between_the_day_of_creation_and_that_of_the_last_change(
    changed_after: int, looked_after: int, valid: Valid, said: str
) -> None:
    tess = replace(
        person("tess", "tess@example.com", status="FORCE_CHANGE_PASSWORD"), modified=BEGAN + changed_after * DAYS
    )
    late = timedelta(seconds=1) if valid is Valid.NO else timedelta()
    now = BEGAN + looked_after * DAYS + late
    assert invitation_valid(tess, ALIAS, now) is valid
    assert said in estimate(tess, ALIAS, now).plain()


def test_the_pool_says_how_many_days_it_works() -> None:
    tess = person("tess", "tess@example.com", status="FORCE_CHANGE_PASSWORD")
    assert invitation_valid(tess, replace(ALIAS, temporary_password_days=30), BEGAN + 30 * DAYS) is Valid.YES
