"""What a check offers as ways on, and when it offers none."""

from dataclasses import replace

import pytest

from bot.cognito import User
from bot.diagnosis import Case, Cause, Remedies, Remedy, cases
from bot.scenario import remedies
from tests.commands.paper import ALIAS, SCENARIOS, Paper, person

ALWAYS = Remedies([("check", Remedy(findings=dict.fromkeys(Cause, 10), label="Check"))])
"""A way on that fits whatever is wrong."""


def case_of(user: User, *others: User) -> Case:
    (found,) = cases((user,), Paper(ALIAS, user, *others))
    return found


@pytest.mark.parametrize("status", ["CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"])
def test_a_disabled_account_is_offered_nothing_whatever_is_wrong_with_it(status: str) -> None:
    ana = person("ana", "ana@example.com", status=status)

    for offered in (ALWAYS, remedies(SCENARIOS)):
        assert offered.fitting(case_of(ana))
        assert offered.fitting(case_of(replace(ana, enabled=False))) == ()
