"""What a card says of a request over many people: who they are and who is left out, how fast it goes, how far it is."""

from collections.abc import Iterator, Sequence

from bot.plan import Act, Many
from bot.slack.blocks import Line
from bot.slack.how_far import bar, duration
from bot.tickets.bulk_items import ItemState, Progress, RunState
from bot.words import Moment, Person, Words, joined, listed, say, within

_MOST_REASONS = 6

_LIST = say("The whole list is a file in the thread.")
_NO_LIST = say(
    "The whole list comes as a file, and here the desk may not post any. What becomes of each person stands in that "
    "customer's history and in the audit."
)

_HEADLINES = {
    RunState.RUNNING: say("⏳ Running: "),
    RunState.PAUSED: say("⏸️ Paused: "),
    RunState.STOPPED: say("⏹️ Stopped: "),
}

_ENDED = {
    Act.VERIFY: "Cognito accepted {n} of {all}: addresses marked as verified",
    Act.UNVERIFY: "Cognito accepted {n} of {all}: addresses marked as not verified",
    Act.INVITE: "Cognito accepted {n} of {all}: invitations sent again",
}
"""What came of it. Only a re-read may call it done, and there is none of so many."""


def headline(progress: Progress | None) -> Words:
    """Return what stands before the summary while it runs."""
    return _HEADLINES.get(progress.run, _HEADLINES[RunState.RUNNING]) if progress else _HEADLINES[RunState.RUNNING]


def ended(many: Many, accepted: int) -> Words:
    """Return what a run came to. ``accepted``: for how many Cognito accepted the call."""
    return say(_ENDED[many.act], n=f"{accepted:,}", all=f"{many.people:,}")


def about(many: Many, sample: Sequence[str] = ()) -> Iterator[Line]:
    """Yield who is meant and why, how fast it goes, who is left out, and the names of some (``sample``)."""
    yield (many.ground,)
    yield (_pace(many),)
    if many.left_out:
        reasons = [
            within("{n} ({why})", n=f"{each.people:,}", why=each.words) for each in many.left_out[:_MOST_REASONS]
        ]
        others = sum(each.people for each in many.left_out[_MOST_REASONS:])
        more = [say("{n} for other reasons", n=f"{others:,}")] if others else []
        yield (say("Left out: "), joined([*reasons, *more], ", "))
    if many.later:
        yield (say("Up to {n} more may fit, and are too many for one run: ask again after it.", n=f"{many.later:,}"),)
    if sample := sample or many.sample:
        names = "Among them: {names}" if many.people > len(sample) else "They are: {names}"
        yield (say(names, names=listed(sample)),)


def where_listed(*, files: bool, ahead: bool) -> Iterator[Line]:
    """Yield where all of them can be seen. ``files``: whether the desk posts any; ``ahead``: whether it isn't over."""
    if not files:
        yield (_NO_LIST,)
    elif ahead:
        # Later it is deleted, after the days that the settings say.
        yield (_LIST,)


def how_far(progress: Progress) -> Iterator[Line]:
    """Yield how far a run is, and why it is paused."""
    over, every = progress.over, progress.over + progress.left
    percent = 100 * over // every if every else 100
    yield (say("`{bar}` {percent} % · ", bar=bar(percent), percent=percent), counts(progress))
    if progress.run is RunState.PAUSED:
        if progress.words is not None:
            yield (say("⚠️ The desk paused it: "), progress.words)
        else:
            yield (say("Paused by {who}. What was under way is finished.", who=Person(progress.person)),)
    if progress.run is RunState.STOPPED:
        yield (say("Stopped by {who}. What was under way is finished.", who=Person(progress.person)),)


def counts(progress: Progress) -> Words:
    """Return how many people came to which end: ``17,636 done · 3 failed · 11,273 left``."""
    said = {
        ItemState.DONE: "{n} done",
        ItemState.FAILED: "{n} failed",
        ItemState.IN_DOUBT: "{n} in doubt",
        ItemState.LEFT_OUT: "{n} left out",
    }
    told = [
        say(template, n=f"{n:,}")
        for state, template in said.items()
        if (n := progress.count(state)) or state is ItemState.DONE
    ]
    left = [say("{n} left", n=f"{progress.left:,}")] if progress.left else []
    return joined([*told, *left], " · ")


def _pace(many: Many) -> Words:
    return say(
        "{n} people, {seen} · {rate} a second, {duration}",
        n=f"{many.people:,}",
        seen=Moment(many.seen_at, before="as they were "),
        rate=max(1, round(many.a_second)),
        duration=duration(many.seconds),
    )
