"""In which pools a scenario is offered, by what the operator allows there."""

import pytest

from bot.plan import Refused
from bot.settings import PoolSettings
from bot.slack.offered import Offered
from tests.commands.paper import SCENARIOS

UNSUPPRESS, CHECK = SCENARIOS["unsuppress"], SCENARIOS["check"]
CLOSED = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="x")
OPEN = CLOSED.model_copy(update={"mail_evidence": True})


def test_what_concerns_ses_is_offered_only_where_the_desk_may_look_into_it() -> None:
    some = Offered({"closed": CLOSED, "open": OPEN})
    assert some.pools(UNSUPPRESS) == ("open",)
    assert some.pools(CHECK) == ("closed", "open")
    assert some.check(UNSUPPRESS, "", {}) == "open"
    assert "unsuppress" in some.scenarios(SCENARIOS)
    assert "unsuppress" not in Offered({"closed": CLOSED}).scenarios(SCENARIOS)


@pytest.mark.parametrize("pool", ["", "closed"])
def test_elsewhere_it_is_refused_with_what_would_allow_it(pool: str) -> None:
    with pytest.raises(Refused, match="allows it with mail_evidence") as refused:
        Offered({"closed": CLOSED}).check(UNSUPPRESS, pool, {"user": "mo"})
    assert [choice.scenario for choice in refused.value.choices] == ["check"]
