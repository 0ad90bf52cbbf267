"""What is left of a message when Slack refuses a part of it: as much as it takes, and buttons to the last."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.slack import blocks
from bot.slack.blocks import Block
from bot.tickets.message import Message
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
