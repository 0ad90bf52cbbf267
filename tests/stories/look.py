"""A scenario for stories about what an answer can hold: many offers, hand-overs, and details."""

from typing import Annotated

from pydantic import Field

from bot.answer import Answer, Bullets, HandOver, Offer, Offers, Paragraph, Table, Team
from bot.cognito import Directory
from bot.scenario import Form, UserRef, scenario
from bot.words import say

WAYS = (
    ("Find out why", "check"),
    ("Show the history", "history"),
    ("Mark as verified…", "verify-email"),
    ("Change the e-mail…", "change-email"),
)


class Look(Form):
    """Whom to look at."""

    user: Annotated[UserRef, Field(title="User")]


@scenario("look", title="Look", usage="[user]")
def look(form: Look, directory: Directory) -> Answer:
    """Say how an account stands, and who has to help."""
    user = directory.one(form.user)
    words = say("{name} is disabled.\nPlease say whether that was meant.", name=user.username)
    accounts, identity = (HandOver(team=team, text=words, sub=user.sub) for team in (Team.ACCOUNTS, Team.IDENTITY))
    offers = tuple(Offer(label=label, scenario=name, fields={"user": user.username}) for label, name in WAYS)
    return Answer(
        emoji="⚠️",
        headline=say("{name} can't sign in", name=user.username),
        thread=(
            Offers(offers, hand_over=accounts),
            Paragraph(say("Or else:")),
            Offers((), hand_over=identity),
        ),
        details=(
            Table(("account", "seen"), ((say("{name}", name=user.username), say("it is so")),)),
            Bullets((say("e-mail {address}", address=user.email),)),
            Offers((), hand_over=accounts),
        ),
    )
