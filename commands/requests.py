"""/cognito-requests: what waits for a decision, and a way to have the leads reminded of it."""

from datetime import timedelta

from bot.scenario import (
    EphemeralAnswer,
    Form,
    Ledger,
    Link,
    MenuLine,
    Moment,
    Paragraph,
    Part,
    Person,
    RemindButton,
    Waiting,
    paragraph,
    say,
    scenario,
)

_MOST = 15
"""Requests that are listed; a message has room for no more."""


class Requests(Form):
    """There is nothing to fill in: everything that waits is listed, in every pool."""


@scenario(
    "requests",
    title="Waiting requests",
    menu=(MenuLine(60, "Waiting for a decision: {waiting}", button="Show"),),
)
def requests(form: Requests, ledger: Ledger) -> EphemeralAnswer:
    """List what waits for a decision, and have the leads reminded of it."""
    waiting = ledger.waiting()
    if not waiting:
        return EphemeralAnswer(parts=(paragraph("Nothing waits for a decision."),))
    heading = "One request waits for a decision." if len(waiting) == 1 else "{n} requests wait, the oldest first."
    left = len(waiting) - _MOST
    more = (paragraph("… and {left} younger ones.", left=left),) if left > 0 else ()
    listed = tuple(part for each in waiting[:_MOST] for part in _listed(each))
    return EphemeralAnswer(parts=(paragraph(f"*{heading}*", n=len(waiting)), *listed, *more))


def _listed(waiting: Waiting) -> tuple[Part, ...]:
    words = say(
        "*{summary}*\nAsked by {who} in pool {pool}, {waited} ago. Still needs {needed}, until {until}."
        + (" Leads mentioned again at {again}. {card}" if waiting.reminded_by_hand else " {card}"),
        summary=waiting.summary.plain(),
        who=Person(waiting.requester),
        pool=waiting.pool,
        waited=_in_words(waiting.waited),
        needed="one lead" if waiting.left == 1 else f"{waiting.left} leads",
        until=Moment(waiting.until),
        again=Moment(waiting.reminded_by_hand or waiting.until, "{time}"),
        card=Link(waiting.card, "To the card ↗") if waiting.card else _NO_CARD[waiting.unseen is not None],
    )
    if waiting.unseen is None:
        return (Paragraph(words), RemindButton(waiting.ticket))
    return (Paragraph(words), Paragraph(waiting.unseen))


_NO_CARD = {
    False: "Its card is just being posted.",
    True: "Nobody can see it: its card is posted as soon as I can post there.",
}


def _in_words(waited: timedelta) -> str:
    minutes = int(waited.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    return "1 day" if hours < 48 else f"{hours // 24} days"
