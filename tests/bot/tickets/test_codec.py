"""What the database keeps of a plan: a field that came later is there only where it says something."""

from bot.plan import Call, Effect
from bot.tickets import codec

CALL = Call(operation="ses:GetAccount", parameters={}, shown="", effect=Effect.READABLE)


def test_a_field_that_older_plans_lack_is_left_out_while_it_says_nothing() -> None:
    assert "region" not in codec.plain(CALL)
    assert "secrets" in codec.plain(CALL)


def test_a_field_that_older_plans_lack_is_kept_where_it_says_something() -> None:
    elsewhere = Call(operation="ses:GetAccount", parameters={}, shown="", effect=Effect.READABLE, region="eu-west-1")
    assert codec.plain(elsewhere)["region"] == "eu-west-1"
