"""What gives way when Slack takes no message as it is: a part of it, or the time at which it is tried again.

It is long because it has a step for each part of a message that Slack can refuse.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.slack import blocks
from bot.slack.blocks import Block
from bot.tickets.message import EVERYWHERE, Hold, Message, Method
from bot.tickets.outbox import LONGEST_PAUSE
from bot.words import Words, escape

_POINTER = re.compile(r"json-pointer:/blocks/(\d+)(?:/elements/(\d+))?")
"""How Slack names what it refuses: ``[ERROR] unsupported type: table [json-pointer:/blocks/1/type]``."""

_LONGEST_SECTION = 3000
"""Characters that a section takes."""


def problems(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Slack says of the refused blocks, in its own words; empty where it names none."""
    metadata = answer.get("response_metadata") or {}
    return tuple(str(each) for each in (*(answer.get("errors") or ()), *(metadata.get("messages") or ())))


def lesser(message: Message, told: Iterable[str]) -> Message | None:
    """Return a message with less than this one that Slack may take; None when there is nothing left to leave out.

    ``told``: what Slack says of its blocks. What it names gives way: a table becomes lines, any other block its text,
    a refused button goes. If it names nothing, the table gives way; next everything but the buttons; last of all they.
    """
    if not message.blocks:
        return None
    named = _named(told, len(message.blocks))
    if named:
        return replace(message, blocks=tuple(_without(message.blocks, named)))
    if any(map(_is_table, message.blocks)):
        lines = (_as_lines(block) if _is_table(block) else block for block in message.blocks)
        return replace(message, blocks=tuple(lines))
    buttons = [block for block in message.blocks if block["type"] == "actions"]
    bare = [*_sections(message.text), *map(_bare, buttons)]
    return replace(message, blocks=tuple(bare) if buttons and bare != [*map(_bare, message.blocks)] else ())


def about(message: Message, what: Words) -> Message:
    """Return a reply that stands by itself in the channel: first it says what it is about."""
    text = blocks.clipped(f"{what.text()}\n{message.text}")
    # Without blocks Slack shows the text.
    return replace(message, text=text, blocks=(blocks.line(what), *message.blocks) if message.blocks else ())


def _named(told: Iterable[str], count: int) -> dict[int, set[int]]:
    """Return the numbers of the blocks that Slack names, and of each those of the elements that it names."""
    found: dict[int, set[int]] = {}
    for each in told:
        for match in _POINTER.finditer(each):
            if int(match[1]) < count:
                elements = found.setdefault(int(match[1]), set())
                elements.update({int(match[2])} if match[2] else ())
    return found


def _without(given: Sequence[Mapping[str, Any]], named: Mapping[int, set[int]]) -> Iterator[Mapping[str, Any]]:
    for n, block in enumerate(given):
        yield from [block] if n not in named else _less(block, named[n])


def _less(block: Mapping[str, Any], elements: set[int]) -> list[Mapping[str, Any]]:
    """Return what becomes of a block that is refused."""
    if _is_table(block):
        return [_as_lines(block)]
    if block["type"] == "actions":
        left = [each for n, each in enumerate(block["elements"]) if n not in elements] if elements else []
        return [{**block, "elements": left}] if left else []
    if block["type"] == "section":
        # There is nothing plainer that could stand in its place.
        return []
    return list(_sections(_written(block)))


def _is_table(block: Mapping[str, Any]) -> bool:
    return bool(block["type"] == "table")


def _as_lines(table: Mapping[str, Any]) -> Block:
    """Return what a table says as a list, below its heading."""
    heading, *rows = table["rows"]
    return blocks.rich(
        {"type": "rich_text_section", "elements": [*_joined(heading, bold=True), {"type": "text", "text": "\n"}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": list(_joined(row))} for row in rows],
        },
    )


def _joined(row: Sequence[Mapping[str, Any]], *, bold: bool = False) -> Iterator[Block]:
    cells = [elements for cell in row if (elements := _cell(cell))]
    for n, cell in enumerate(cells):
        if n:
            yield {"type": "text", "text": " · "}
        for element in cell:
            yield {**element, "style": {**element.get("style", {}), "bold": True}} if bold else element


def _cell(cell: Mapping[str, Any]) -> list[Block]:
    if cell["type"] == "rich_text":
        return [dict(element) for part in cell["elements"] for element in part["elements"]]
    return [{"type": "text", "text": cell["text"]}] if str(cell["text"]).strip() else []


def _bare(block: Mapping[str, Any]) -> Block:
    """Return a block without the id that was given to it."""
    return {name: held for name, held in block.items() if name != "block_id"}


def _sections(text: str) -> Iterator[Block]:
    """Yield a text, escaped as a message's ``text`` is, as blocks that any workspace takes."""
    piece = ""
    for line in text.splitlines():
        whole = blocks.clipped(line, _LONGEST_SECTION)
        if piece and len(piece) + len(whole) + 1 > _LONGEST_SECTION:
            yield _section(piece)
            piece = ""
        piece = f"{piece}\n{whole}" if piece else whole
    if piece.strip():
        yield _section(piece)


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _written(block: Mapping[str, Any]) -> str:
    """Return what a block says, escaped as a message's ``text`` is."""
    kind = block["type"]
    if kind in ("rich_text_section", "rich_text_preformatted"):
        return "".join(map(_inline, block["elements"]))
    if kind == "rich_text_quote":
        return "> " + "".join(map(_inline, block["elements"])).replace("\n", "\n> ")
    if kind == "rich_text_list":
        return "\n".join(f"• {_written(item)}" for item in block["elements"])
    if kind in ("rich_text", "context"):
        return "\n".join(map(_written, block["elements"]))
    if kind == "mrkdwn":
        return str(block["text"])
    if kind == "plain_text":
        return escape(str(block["text"]))
    return _written(block["text"]) if isinstance(block.get("text"), Mapping) else ""


def _inline(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "user":
            return f"<@{element['user_id']}>"
        case "usergroup":
            return f"<!subteam^{element['usergroup_id']}>"
        case "channel":
            return f"<#{element['channel_id']}>"
        case "date":
            return f"<!date^{element['timestamp']}^{element['format']}|{escape(element['fallback'])}>"
        case "link":
            return f"<{element['url']}|{escape(element.get('text') or element['url'])}>"
        case _:
            return escape(str(element.get("text", "")))


_DOUBLINGS = 6
"""After which a pause is as long as it gets."""

_PERHAPS_ITS_OWN = 3
"""Refusals of different messages in a row, none of which has to mean the channel, after which they do."""


WRITE_AGAIN = 10.0
"""Seconds between two tries to write down that a message has left, while the database doesn't take it."""


def _open(_channel: str) -> str:
    return ""


class Pauses:
    """Back-off by method, channel and conversation; in one process's memory, for one thread.

    A channel that refuses costs one try each time its pause is over, however many messages about tickets wait for it;
    and the next channel never waits for it.
    """

    def __init__(
        self,
        *,
        closed: Callable[[str], str] = _open,
        clock: Callable[[], float] = time.monotonic,
        write_again: float = WRITE_AGAIN,
    ) -> None:
        """``closed`` returns why nothing may be posted in a channel, by the name of an error; empty if it may."""
        self.refuses = closed
        self.write_again = write_again
        self._clock = clock
        self._until: dict[Hold, float] = {}
        self._closed_until: dict[str, float] = {}
        self._limited: dict[str, float] = {}
        """Until when posts to a channel are limited; one that refuses them is not among these."""
        self._refusals: dict[str, int] = {}
        self._stuck: dict[int, int] = {}

    def held(self) -> frozenset[Hold]:
        """Return where nothing may be sent now."""
        now = self._clock()
        self._until = {hold: until for hold, until in self._until.items() if until > now}
        return frozenset(self._until)

    def closed(self) -> frozenset[str]:
        """Return the channels that refused what is about tickets, and aren't asked again yet."""
        now = self._clock()
        self._closed_until = {channel: until for channel, until in self._closed_until.items() if until > now}
        return frozenset(self._closed_until)

    def seconds_left(self) -> float:
        """Return after how many seconds the next of them is over, 0 where one is; infinity where there is none."""
        now = self._clock()
        ends = (*self._until.values(), *self._closed_until.values())
        return min((max(0.0, until - now) for until in ends), default=float("inf"))

    def limited(self, method: Method, channel: str, seconds: float) -> None:
        """Hold what Slack has answered 429 to.

        Slack limits posts by channel, and all of them together only far above that, and doesn't say which it was: the
        channel is held, and everything once a second channel is limited meanwhile. Edits it limits by method alone.
        """
        now = self._clock()
        self._limited = {where: until for where, until in self._limited.items() if until > now and where != channel}
        if method is Method.POST and not self._limited:
            self._hold(method, channel, seconds)
        else:
            self._hold(method, EVERYWHERE, seconds)
        if method is Method.POST:
            self._limited[channel] = now + seconds

    def refused(self, channel: str) -> None:
        """Hold a channel that takes nothing, or `EVERYWHERE` when it is us whom Slack refuses; longer each time."""
        self._refusals[channel] = self._refusals.get(channel, 0) + 1
        self._close(channel, pause(self._refusals[channel]))

    def refused_one(self, conversation: int, channel: str) -> float:
        """Return for how many seconds a conversation waits whose message was refused for a reason that we don't know.

        If nothing else arrives in its channel meanwhile, it is the channel's.
        """
        self._stuck[conversation] = self._stuck.get(conversation, 0) + 1
        here = self._refusals[channel] = self._refusals.get(channel, 0) + 1
        if here > _PERHAPS_ITS_OWN:
            self._close(channel, pause(here - _PERHAPS_ITS_OWN))
        return pause(self._stuck[conversation])

    def arrived(self, conversation: int, channel: str) -> None:
        """Forget what was refused here: Slack has taken something."""
        self._stuck.pop(conversation, None)
        self._closed_until.pop(channel, None)
        for where in (channel, EVERYWHERE):
            self._refusals.pop(where, None)

    def _close(self, channel: str, seconds: float) -> None:
        if channel != EVERYWHERE:
            self._closed_until[channel] = self._clock() + seconds
            return
        for method in Method:
            self._hold(method, channel, seconds)

    def _hold(self, method: Method, channel: str, seconds: float) -> None:
        self._until[method, channel] = max(self._until.get((method, channel), 0.0), self._clock() + seconds)


def pause(times: int) -> float:
    """Return how many seconds to wait after something has failed so many times in a row."""
    return float(min(LONGEST_PAUSE, 2 ** min(times, _DOUBLINGS)))


_WINDOWS = (0.0, 60.0, 300.0, 1800.0, 3600.0, 86400.0, 604800.0)
"""Seconds for which a workspace may let messages be edited, as its settings offer them."""

_WINDOW_HOLDS = 3600.0
"""Seconds for which what is known of that setting is believed: somebody may change it."""


class EditWindow:
    """For how long the workspace lets a message be edited, as far as it has said so."""

    def __init__(self) -> None:
        self._seconds = float("inf")
        self._learnt = 0.0

    def closed(self, ts: str) -> None:
        """Learn that a message is too old to be edited."""
        window = max((each for each in _WINDOWS if each <= _age(ts)), default=0.0)
        self._seconds, self._learnt = min(self._seconds, window), time.monotonic()

    def is_closed(self, ts: str) -> bool:
        """Whether a message is too old to be edited, as far as is known."""
        if time.monotonic() - self._learnt > _WINDOW_HOLDS:
            self._seconds = float("inf")
        return _age(ts) >= self._seconds


def _age(ts: str) -> float:
    """Return how many seconds ago a message was posted."""
    return time.time() - float(ts)
