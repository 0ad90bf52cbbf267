"""/cognito-requests: what waits for a decision, who can decide, and a way to do so or to have the leads reminded."""

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
    RequestButtons,
    Risk,
    Waiting,
    Words,
    joined,
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
    """List what waits for a decision: open it, or remind the leads."""
    waiting = ledger.waiting()
    if not waiting:
        return EphemeralAnswer(parts=(paragraph("Nothing waits for a decision."),))
    heading = "One request waits" if len(waiting) == 1 else "{n} requests wait"
    order = "" if len(waiting) == 1 else " The first one expires first."
    left = len(waiting) - _MOST
    more = (paragraph("… and {left} more, which expire later.", left=left),) if left > 0 else ()
    listed = tuple(part for each in waiting[:_MOST] for part in _listed(each, ledger))
    return EphemeralAnswer(parts=(paragraph(f"*{heading} for a decision.*{order}", n=len(waiting)), *listed, *more))


def _listed(waiting: Waiting, ledger: Ledger) -> tuple[Part, ...]:
    deciding = ledger.deciding(waiting.ticket)
    is_posted = waiting.unseen is None
    lines = (
        _headline(waiting),
        *([waiting.danger] if waiting.danger else []),
        say(
            "Asked by {who} in pool {pool}, {waited} ago · until {until}" + (" · {card}" if waiting.card else ""),
            who=Person(waiting.requester),
            pool=waiting.pool,
            waited=_in_words(waiting.waited),
            until=Moment(waiting.until),
            card=Link(waiting.card, "card ↗"),
        ),
        *([] if waiting.card else [_NO_CARD[is_posted]]),
        *([deciding.words] if is_posted and deciding.words.template else []),
        *_reminded(waiting),
    )
    words = Paragraph(joined(lines, "\n"))
    if waiting.unseen is not None:
        return (words, Paragraph(waiting.unseen))
    # What Slack, or a reminder of a moment ago, would refuse anyway is not offered.
    reminds = waiting.remind_from is None and not deciding.is_closed
    return (words, RequestButtons(ticket=waiting.ticket, opens=deciding.reader and bool(waiting.card), reminds=reminds))


def _headline(waiting: Waiting) -> Words:
    needs = "a lead" if waiting.left == 1 else f"{waiting.left} leads"
    begins = f"🔴 High risk · needs {needs}" if waiting.risk is Risk.HIGH else f"🟡 Needs {needs}"
    return say(f"{begins}: *{{summary}}*", summary=waiting.summary.plain())


def _reminded(waiting: Waiting) -> tuple[Words, ...]:
    """Say when the leads were reminded by hand, and from when on that can be done once more."""
    if not waiting.reminded_by_hand:
        return ()
    at, again = Moment(waiting.reminded_by_hand, "{time}"), waiting.remind_from
    if again is None:
        return (say("The leads were reminded at {at}.", at=at),)
    return (
        say(
            "The leads were reminded at {at}. You can remind them again at {again}.",
            at=at,
            again=Moment(again, "{time}"),
        ),
    )


_NO_CARD = {
    True: say("Its card is just being posted."),
    False: say("Nobody can see it: its card is posted as soon as I can post there."),
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
