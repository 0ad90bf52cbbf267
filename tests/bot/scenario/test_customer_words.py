"""What the actions with a customer's own sign-in have in common."""

from bot.scenario import entering
from tests.commands.paper import ALIAS, Paper, person


def test_the_code_is_entered_for_whoever_it_was_sent_to_also_when_their_name_is_somebody_s_address() -> None:
    thief, ana = person("ana@example.com"), person("ana", "ana@example.com", verified=True)

    assert entering(ana, Paper(ALIAS, thief, ana)).fields == {"user": "ana"}
    assert entering(thief, Paper(ALIAS, thief, ana)).fields == {"user": "sub-ana@example.com"}
    assert entering(thief, Paper(ALIAS, thief)).fields == {"user": "ana@example.com"}
