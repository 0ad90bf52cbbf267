"""The page that says of each of Slack's errors what the desk does and who is told, from the table that it goes by."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bot.settings import SlackApp
from bot.slack_errors import TABLE, UNKNOWN, Meaning, SlackError, Way

_DOES = {
    Meaning.AGAIN: "Waits, for as long as Slack says where it says so, and sends it again",
    Meaning.UNSURE: "Looks whether it has arrived (with the optional history scopes), then sends it again",
    Meaning.PERSON: "Posts a card as soon as the channel takes it; drops an answer at once",
    Meaning.OPERATOR: "Holds everything, and tries one message every minute",
    Meaning.STOP: "Drops it",
}
_GIVES = {
    Way.BLOCKS: "Only the refused block gives way: a table becomes lines, another its text; buttons stay to the last",
    Way.METADATA: "Sends it without metadata",
    Way.THREAD: "Posts the reply in the channel, with a link to what it is about",
    Way.EDIT: "Posts a new card, on which clicks count from then on; those on the old one don't",
    Way.MODAL: "Says it to the person alone, with a button that opens the form where there is one",
}
_WHO = {
    Meaning.AGAIN: "nobody, unless an answer has waited for a quarter of an hour: then its person, by direct message",
    Meaning.UNSURE: "nobody, unless an answer has waited for a quarter of an hour: then its person, by direct message",
    Meaning.GIVE_WAY: "the log",
    Meaning.PERSON: "whoever asked, at once, where they typed it or by direct message: “{told}”",
    Meaning.OPERATOR: "the operator, once, in the log: “{told}”",
    Meaning.STOP: "the log, as an error; whoever asked, by direct message",
}


def page() -> str:
    """Return `docs/slack-errors.md`."""
    rows = [_row(list(each)) for _, each in groupby((*TABLE, UNKNOWN), key=lambda one: replace(one, name=""))]
    head = ["| Slack says | When | What the desk does | Who is told |", "|---|---|---|---|"]
    return "\n".join([*_INTRODUCTION, *head, *rows]) + "\n"


def _row(alike: Sequence[SlackError]) -> str:
    error = alike[0]
    does = _GIVES[error.way] if error.way else _DOES[error.meaning]
    said = " ".join(filter(None, (error.why, error.cure)))
    said = said.format(channel="#channel", name=SlackApp().name)
    who = _WHO[error.meaning].format(told=said)
    if error is UNKNOWN:
        does = "Tries again, less and less often; an answer for a quarter of an hour, a card until its request is over"
        who = who.replace("at once", "in the end")
    if error.final:
        does = "Holds everything. Nothing changes by waiting, so the program ends with exit code 3"
    if error.of_person:
        does, who = "Drops what was for this person alone, after one try", "the log"
    if error.does:
        does, who = error.does, "the log"
    names = ", ".join(f"`{each.name}`" for each in alike) if error.name else "anything else"
    return f"| {names} | {error.when} | {does} | {who} |"


_INTRODUCTION = (
    "# What Slack refuses, and what the desk does",
    "",
    "Written by `make derive` from `bot/slack_errors.py`. *An answer* is what one person asked for; *a card* is a",
    "request's, with what is said beneath it. Nothing is tried for ever: an answer waits for a quarter of an hour, a",
    "direct message for a day, a card and its replies until a day after the request is over.",
    "",
)
