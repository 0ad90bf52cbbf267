"""What a scenario offers is held to the scenarios that there are, wherever a test sees it."""

import pytest

from bot.answer import Answer, Choice, EphemeralAnswer, Offer, Offers, Refused
from bot.scenario import BadScenario
from bot.words import say
from tests import offers
from tests.commands.paper import SCENARIOS

GOOD = Offer(label="Change", scenario="change-email", fields={"user": "ana"})
MISTAKES = [
    (Offer(label="Fix", scenario="fix-email"), "a button starts 'fix-email', which is no scenario. Write one of "),
    (
        Offer(label="Change", scenario="change-email", fields={"name": "ana"}),
        "a button fills in 'name' of change-email, which its form lacks. Write user, email, how, token, password, "
        "proof, reason instead.",
    ),
    (
        Offer(label="Change", scenario="change-email", fields={"password": "x"}),
        "a button fills in 'password' of change-email, which is a secret. Leave it out.",
    ),
]


def test_what_there_is_may_be_offered() -> None:
    offers.hold(EphemeralAnswer(parts=(Offers((GOOD,)),)), SCENARIOS)


@pytest.mark.parametrize(("offer", "why"), MISTAKES)
def test_what_there_is_not_may_not(offer: Offer, why: str) -> None:
    said = say("It is so")
    for answer in (
        Answer(emoji="🔎", headline=said, thread=(), best=offer),
        Answer(emoji="🔎", headline=said, thread=(Offers((GOOD, offer)),)),
        EphemeralAnswer(parts=(Offers((offer,)),)),
    ):
        with pytest.raises(BadScenario) as bad:
            offers.hold(answer, SCENARIOS)
        assert str(bad.value).startswith(why)


@pytest.mark.parametrize(
    ("scenario", "why"), [("fix-email", "'fix-email', which is no scenario"), ("requests", "which its form lacks")]
)
def test_a_refusal_is_held_to_its_choices(scenario: str, why: str) -> None:
    with pytest.raises(BadScenario, match=why), offers.held(SCENARIOS):
        raise Refused(say("No"), choices=(Choice("Check", "ana", "check"), Choice("Other", "ana", scenario)))
    with pytest.raises(Refused), offers.held(SCENARIOS):
        raise Refused(say("No"), choices=(Choice("ana", "ana"), Choice("Check", "ana", "check")))
