"""Draws words and the parts of an answer as Block Kit; a value becomes a bare text element, so it is never markup."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.answer import Bullets, Offer, Offers, Paragraph, Part, Quote, RemindButton, Table
from bot.slack import presses
from bot.tickets.message import Message
from bot.words import Words, escape, visible

Block = dict[str, Any]

LONGEST_TEXT = 3900
"""Characters of a message's ``text``: chat.update refuses more than 4,000 (`msg_too_long`)."""

REMIND = "nudge"  # what lists posted by earlier versions hold
"""The ``action_id`` of a button that has the leads of a ticket mentioned once more."""

DETAILS = "details"
"""The ``action_id`` of the button that shows an answer's details."""

DETAILS_LABEL = "Details"
_REMIND = "Remind the leads"
_HAND_OVER = "Hand over…"
_MOST_OPTIONS = 5
"""Options that Slack takes in an overflow menu."""

_MOST_BUTTONS = 3
_FEWEST_BUTTONS = 2
"""Offers in a row that needs no menu, and the least that one with a menu shows beside it."""

_MOST_TABLE = 9500
"""Characters in one table block; Slack takes 10,000."""

_UNITS = re.compile(r"<[^<>]*>|&\w+;|.", re.DOTALL)


def section(*words: Words, bold: bool = False) -> Block:
    """Return one rich text section that says the words one after the other."""
    elements = [element for each in words for element in each.elements()]
    if bold:
        for element in elements:
            element["style"] = {**element.get("style", {}), "bold": True}
    return {"type": "rich_text_section", "elements": elements}


def rich(*elements: Block) -> Block:
    """Return a rich text block."""
    return {"type": "rich_text", "elements": list(elements)}


def line(*words: Words, bold: bool = False) -> Block:
    """Return a block that is one line or paragraph."""
    return rich(section(*words, bold=bold))


def bullets(items: Iterable[Words]) -> Block:
    """Return a block that is a list, one item a line."""
    return rich({"type": "rich_text_list", "style": "bullet", "elements": [section(item) for item in items]})


def quote(words: Words) -> Block:
    """Return a block to hand on word for word."""
    return rich({"type": "rich_text_quote", "elements": words.elements()})


def preformatted(text: str) -> Block:
    """Return a block with a text to copy, of several lines perhaps, in which nothing is markup."""
    lines = map(visible, text.splitlines())
    return rich({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "\n".join(lines) or " "}]})


def table(heading: Sequence[str], rows: Iterable[Sequence[Words]]) -> Block:
    """Return a table. Rows past what Slack takes are counted in a last row instead of being dropped unsaid."""
    drawn = [[{"type": "raw_text", "text": title or " "} for title in heading]]
    room = _MOST_TABLE
    rows = list(rows)
    for n, row in enumerate(rows):
        room -= sum(len(cell.plain()) for cell in row)
        if room < 0 or (n == 98 and len(rows) > 99):
            left = Words(f"… and {len(rows) - n} more")
            drawn.append([_cell(left), *([_cell(Words(""))] * (len(heading) - 1))])
            break
        drawn.append([_cell(cell) for cell in row])
    return {"type": "table", "rows": drawn, "column_settings": [{"is_wrapped": True} for _ in heading]}


def buttons(row: Offers, *, pool: str, origin: int | None, user: str = "", first: int = 0) -> Block:
    """Return a row of offers. ``first``: the number of the first button; numbers are unique in a message.

    ``user``: whom the answer is about, as somebody typed it; empty for nobody.
    """
    shown, folded = _folded(row, pool=pool, origin=origin)
    drawn = [button(offer, pool=pool, origin=origin, n=n) for n, offer in enumerate(shown, first)]
    n = first + len(shown)
    if row.hand_over:
        held = presses.hand_over(row.hand_over, pool=pool, origin=origin, user=user)
        drawn.append({"type": "button", "action_id": f"hand-over:{n}", "text": label(_HAND_OVER), "value": held})
    if folded:
        options = [
            {"text": label(visible(offer.label)), "value": presses.offer(offer, pool=pool, origin=origin)}
            for offer in folded
        ]
        drawn.append({"type": "overflow", "action_id": f"more:{n}", "options": options})
    return {"type": "actions", "elements": drawn}


def button(offer: Offer, *, pool: str, origin: int | None, n: int) -> Block:
    """Return one offer as a button. Its value holds ids and what a form is filled in with, never a secret."""
    held = presses.offer_in_button(offer, pool=pool, origin=origin)
    drawn = {"type": "button", "action_id": f"offer:{n}", "text": label(visible(offer.label)), "value": held}
    return {**drawn, "style": "primary"} if offer.best else drawn


def details(scenario: str, fields: Mapping[str, str], *, pool: str, origin: int | None) -> Block | None:
    """Return the row with the button that shows an answer's details; None where what was asked doesn't fit in it."""
    held = presses.offer(Offer(label=DETAILS_LABEL, scenario=scenario, fields=fields), pool=pool, origin=origin)
    if len(held) > presses.IN_BUTTON:
        return None
    pressed = {"type": "button", "action_id": DETAILS, "text": label(DETAILS_LABEL), "value": held}
    return {"type": "actions", "elements": [pressed]}


def _folded(row: Offers, *, pool: str, origin: int | None) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
    """Split offers into buttons and a menu. An option holds all that it needs; where one can't, there is no menu."""
    offers = row.offers
    if row.all_shown or len(offers) <= _MOST_BUTTONS:
        return offers, ()
    n = max(_FEWEST_BUTTONS, len(offers) - _MOST_OPTIONS)
    fit = all(len(presses.offer(offer, pool=pool, origin=origin)) <= presses.IN_OPTION for offer in offers[n:])
    return (offers[:n], offers[n:]) if fit else (offers, ())


def label(text: str, limit: int = 75) -> Block:
    """Return a plain text object, for places that parse nothing."""
    return {"type": "plain_text", "text": shortened(text, limit), "emoji": False}


def shortened(text: str, limit: int) -> str:
    """Cut plain text to what a place takes."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def clipped(text: str, limit: int = LONGEST_TEXT) -> str:
    """Cut a message's ``text`` to the limit, never inside a mention, a link or an entity."""
    if len(text) <= limit:
        return text
    kept, length = [], 0
    for unit in _UNITS.findall(text):
        if length + len(unit) > limit - 1:
            break
        kept.append(unit)
        length += len(unit)
    return "".join(kept) + "…"


def message(parts: Sequence[Part], *, pool: str, origin: int | None, user: str = "") -> Message:
    """Return the parts of an answer as one message."""
    return Message(
        text=clipped("\n".join(map(written, parts))),
        blocks=tuple(drawn(parts, pool=pool, origin=origin, user=user)),
    )


def drawn(
    parts: Iterable[Part], *, pool: str, origin: int | None, user: str = "", in_modal: bool = False
) -> list[Block]:
    """Return the parts of an answer as blocks. Modals have no tables, so there a row becomes a line of a list."""
    found: list[Block] = []
    pressed = 0
    for part in parts:
        if isinstance(part, Offers):
            if part.offers or part.hand_over:
                found.append(buttons(part, pool=pool, origin=origin, user=user, first=pressed))
            pressed += len(part.offers) + (part.hand_over is not None)
        else:
            found += _block(part, in_modal=in_modal)
    return found


def written(part: Part) -> str:
    """Return one part for a message's ``text``."""
    match part:
        case Paragraph(words):
            return words.text()
        case Bullets(items):
            return "\n".join(f"• {item.text()}" for item in items)
        case Quote(words):
            return f"“{words.text()}”"
        case Table(heading, rows):
            head = " · ".join(escape(title) for title in heading)
            return "\n".join([head, *(" · ".join(cell.text() for cell in row) for row in rows)])
        case Offers(offers, hand_over):
            labels = [*(offer.label for offer in offers), *([_HAND_OVER] if hand_over else [])]
            return "  ".join(f"[ {escape(each)} ]" for each in labels)
        case RemindButton():
            return f"[ {_REMIND} ]"


def _block(part: Paragraph | Bullets | Quote | Table | RemindButton, *, in_modal: bool) -> list[Block]:
    match part:
        case Paragraph(words):
            return [line(words)] if words.template else []
        case Bullets(items):
            return [bullets(items)] if items else []
        case Quote(words):
            return [quote(words)]
        case Table(heading, rows):
            return [bullets(_as_lines(rows)) if in_modal else table(heading, rows)] if rows else []
        case RemindButton(ticket):
            pressed = {"type": "button", "action_id": REMIND, "text": label(_REMIND), "value": str(ticket)}
            return [{"type": "actions", "elements": [pressed]}]


def _cell(words: Words) -> Block:
    # Slack refuses a cell without text.
    return rich(section(words if words.elements() else Words("–")))


def _as_lines(rows: Iterable[Sequence[Words]]) -> Iterable[Words]:
    for row in rows:
        parts: list[str] = []
        values = []
        for n, cell in enumerate(row):
            # Each cell's placeholders get its number, so that two cells may use the same name.
            parts.append(re.sub(r"\{(\w+)\}", rf"{{c{n}_\1}}", cell.template))
            values += [(f"c{n}_{name}", value) for name, value in cell.values]
        yield Words(" · ".join(parts), tuple(values))
