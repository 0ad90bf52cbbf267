"""In which pools a scenario is offered, by what the operator allows there."""

from dataclasses import replace

import pytest

from bot.answer import Refused
from bot.settings import PoolSettings
from bot.slack.form_views import Catalogue, PoolsHere
from tests.bot.office import settings
from tests.commands.paper import SCENARIOS

UNSUPPRESS, CHECK = SCENARIOS["unsuppress"], SCENARIOS["check"]
CLOSED = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="x")
OPEN = CLOSED.model_copy(update={"mail_evidence": True})


def catalogue(pools: dict[str, PoolSettings]) -> PoolsHere:
    return Catalogue(SCENARIOS, replace(settings(), pools=pools)).of(pools)


def test_what_concerns_ses_is_offered_only_where_the_desk_may_look_into_it() -> None:
    some = catalogue({"closed": CLOSED, "open": OPEN})
    assert some.pools_of(UNSUPPRESS) == ("open",)
    assert some.pools_of(CHECK) == ("closed", "open")
    assert some.check(UNSUPPRESS, "", {}) == "open"
    assert "unsuppress" in some.offered
    assert "unsuppress" not in catalogue({"closed": CLOSED}).offered


@pytest.mark.parametrize("pool", ["", "closed"])
def test_elsewhere_it_is_refused_with_what_would_allow_it(pool: str) -> None:
    with pytest.raises(Refused, match="allows it with mail_evidence") as refused:
        catalogue({"closed": CLOSED}).check(UNSUPPRESS, pool, {"user": "mo"})
    assert [choice.scenario for choice in refused.value.choices] == ["check"]
