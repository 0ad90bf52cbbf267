"""The message of a check of a whole pool, drawn from its row, and its button **Stop**."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.answer import Offers, Paragraph
from bot.desk.pool_checks import PoolCheckStops
from bot.pool_check.checks import CheckState, PoolCheck
from bot.pool_check.files import report_of
from bot.pool_check.offers import offers
from bot.pool_check.report import NO_FILES, NO_PICTURE
from bot.slack import blocks
from bot.slack.answers import replies
from bot.slack.blocks import Line, Topic
from bot.slack.how_far import bar, duration
from bot.slack.interaction import Interaction
from bot.tickets.message import Message
from bot.words import Person, Words, say

STOP_CHECK = "pool-stop"
"""The ``action_id`` of the button that ends a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCheckMessages:
    """Draws the messages of checks."""

    files: bool = False
    """Whether the list of those concerned and the picture are posted."""
    picture: bool = False
    """Whether what draws it is there."""
    scenarios: Collection[str] = ()
    """Those that there are, so that a report has buttons for them."""

    def message(self, check: PoolCheck) -> Message:
        """Return a check's message as it stands now."""
        head, *below = self._lines(check)
        drawn = [blocks.line(*head, bold=True), *(blocks.line(*each) for each in below)]
        asked = _asked(check)
        drawn.append({"type": "context", "elements": [{"type": "mrkdwn", "text": asked.text()}]})
        told = [*(blocks.text(each) for each in (head, *below)), asked.text()]
        if not check.state.is_over:
            stop = {"type": "button", "action_id": STOP_CHECK, "text": blocks.label("Stop"), "value": str(check.id)}
            drawn.append({"type": "actions", "elements": [stop]})
            told.append("[ Stop ]")
        elif check.state is CheckState.DONE and (found := offers(check.found, self.scenarios)):
            row = Offers(found)
            drawn.append(blocks.buttons(row, Topic(check.pool, check.conversation)))
            told.append(blocks.written(row))
        return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn))

    def thread(self, check: PoolCheck) -> Sequence[Message]:
        """Return the report of a check that is done."""
        report = report_of(check)
        chapters = list(report.thread)
        if report.troubles and not self.files:
            chapters.append((Paragraph(NO_FILES),))
        elif report.troubles and not self.picture:
            chapters.append((Paragraph(NO_PICTURE),))
        topic = Topic(check.pool, check.conversation)
        return tuple(message for chapter in chapters for message in replies(chapter, topic))

    def _lines(self, check: PoolCheck) -> Iterator[Line]:
        users = f"{check.progress.users:,}"
        match check.state:
            case CheckState.READING:
                yield (say("🔎 Checking everybody in {pool}", pool=check.pool),)
                yield (_bar(check),)
                yield (_pace(check),)
            case CheckState.JUDGING:
                yield (say("🔎 Checking everybody in {pool}", pool=check.pool),)
                yield (say("All {users} users have been read. What was found is being counted.", users=users),)
            case CheckState.DONE:
                report = report_of(check)
                yield (report.headline,)
                yield from ((each,) for each in report.lines)
            case CheckState.STOPPED:
                yield (say("⏹ The check of {pool} was stopped", pool=check.pool),)
                yield (check.words or say("Somebody stopped it."),)
            case CheckState.FAILED:
                yield (say("❌ The check of {pool} couldn't be finished", pool=check.pool),)
                yield (check.words or say("Please start it again."),)


def _asked(check: PoolCheck) -> Words:
    if check.person:
        return say("{pool} · asked by {who}", pool=check.pool, who=Person(check.person))
    return say("{pool} · by the schedule", pool=check.pool)


def _bar(check: PoolCheck) -> Words:
    users, estimate = check.progress.users, max(check.plan.estimate, 1)
    # The estimate may be too low, and only the end is the end.
    percent = min(99, 100 * users // estimate)
    return say(
        "`{bar}` {percent} % · {users} of about {estimate} users",
        bar=bar(percent),
        percent=percent,
        users=f"{users:,}",
        estimate=f"{check.plan.estimate:,}",
    )


def _pace(check: PoolCheck) -> Words:
    users, seconds = check.progress.users, check.now - check.asked_at
    if users and seconds > 0 and (left := check.plan.estimate - users) > 0:
        template = "{pages} requests a second at most · {left} left"
        return say(template, pages=_number(check.plan.per_second), left=duration(left / (users / seconds)))
    return say("{pages} requests a second at most", pages=_number(check.plan.per_second))


def _number(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 1 else f"{rate:.1f}"


class PoolCheckActions:
    """Takes the button **Stop** to the desk."""

    def __init__(self, stops: PoolCheckStops) -> None:
        self._stops = stops

    def stop(self, interaction: Interaction) -> None:
        """End a check."""
        number = int(interaction.value) if interaction.value.isdigit() else 0
        words = self._stops.stop(number, who=interaction.who, channel=interaction.channel, ts=interaction.ts)
        if words is not None:
            interaction.tell(words)
