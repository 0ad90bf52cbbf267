"""Draws words and the parts of an answer as Block Kit, and packs into its buttons what a press of them needs.

A value becomes a bare text element, so it is never markup. Nothing is kept for a button, so that it works after a
restart, in any replica, and however old it is. What comes back may be old, or made up: everything in it is looked up or
judged again. There is never a secret in it.

It is long because how a part is drawn and what its buttons hold have to fit each other.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.answer import Bullets, Offer, Offers, Paragraph, Part, Quote, Refused, RequestButtons, Table, Team
from bot.tickets.message import Message
from bot.words import Words, escape, joined, say, visible

Block = dict[str, Any]

Line = Sequence[Words]
"""What stands on one line, piece by piece."""

LONGEST_TEXT = 3900
"""Characters of a message's ``text``: chat.update refuses more than 4,000 (`msg_too_long`)."""

REMIND = "nudge"  # what lists posted by earlier versions hold
"""The ``action_id`` of a button that has the leads of a ticket mentioned once more."""

DETAILS = "details"
"""The ``action_id`` of the button that shows an answer's details."""

DETAILS_LABEL = "Details"
_REMIND = "Remind the leads"
_OPEN = "Open…"
_HAND_OVER = "Hand over…"
_MOST_OPTIONS = 5
"""Options that Slack takes in an overflow menu."""

_MOST_BUTTONS = 3
_FEWEST_BUTTONS = 2
"""Offers in a row that needs no menu, and the least that one with a menu shows beside it."""

_IN_BUTTON = 2000
"""Characters that a button may hold, https://docs.slack.dev/reference/block-kit/block-elements/button-element."""

_IN_OPTION = 150
"""The same for one option of a menu, https://docs.slack.dev/reference/block-kit/composition-objects/option-object."""

_CUT = "… (This was too long for a button. See the thread for the rest.)"
_LONGEST_WORD = 40
"""Characters that are left out so as not to cut a word; not every language has spaces."""

_MOST_TABLE = 9500
"""Characters in one table block; Slack takes 10,000."""

_UNITS = re.compile(r"<[^<>]*>|&\w+;|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Topic:
    """What an answer is about, as far as a press of its buttons has to know it."""

    pool: str = ""
    origin: int | None = None
    """The conversation of the answer; None for an answer that one person alone sees."""
    user: str = field(default="", repr=False)
    """Whom it is about, as somebody typed it; empty for nobody."""
    parent: int | None = None
    """The ticket that what it offers follows up on; None for none."""


class _Held(BaseModel):
    """What every button holds of its topic."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    pool: str
    origin: int | None

    def packed(self) -> str:
        """Return what the button holds."""
        return json.dumps(
            self.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, separators=(",", ":")
        )


class Press(_Held):
    """What an offer holds, or the button **Details**."""

    scenario: str
    fields: Mapping[str, str]
    parent: int | None = None
    """The ticket that it follows up on."""


class Handed(_Held):
    """What the button **Hand over…** holds."""

    team: Team
    user: str = Field(repr=False)
    sub: str
    text: str = Field(repr=False)


_Kind = TypeVar("_Kind", Press, Handed)


def pressed(kind: type[_Kind], value: str) -> _Kind:
    """Read what a pressed button holds. Raises `Refused` where that means nothing any more.

    Whether there is such a pool, for the person who pressed it, is still to be seen.
    """
    try:
        return kind.model_validate_json(value)
    except ValidationError:
        raise Refused(say("This button is of an older kind. Please type the command instead.")) from None


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


def beside(words: Words, button: Block) -> Block:
    """Return a line with a button beside it. It stands for itself: nothing in it is a mention or a date."""
    text = {"type": "plain_text", "text": words.plain(), "emoji": False}
    return {"type": "section", "text": text, "accessory": button}


def warning(words: Words | None) -> list[Block]:
    """Return what stands above a form that comes back, saying why; nothing where there is no reason."""
    return [line(Words(f"⚠️ {words.template}", words.values))] if words is not None else []


def text(said: Line) -> str:
    """Return a line for a message's ``text``."""
    return "".join(words.text() for words in said)


def lines(*said: Line) -> Message:
    """Return a message, a line each."""
    return Message(text=clipped("\n".join(map(text, said))), blocks=tuple(line(*each) for each in said))


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


def buttons(row: Offers, topic: Topic, *, first: int = 0) -> Block:
    """Return a row of offers. ``first``: the number of the first button; numbers are unique in a message."""
    shown, folded = _folded(row, topic)
    drawn = [button(offer, topic, n=n) for n, offer in enumerate(shown, first)]
    n = first + len(shown)
    if what := row.hand_over:
        pool, origin, user, text = topic.pool, topic.origin, topic.user, what.text.plain()
        held = _fitting(Handed(team=what.team, pool=pool, origin=origin, user=user, sub=what.sub, text=text))
        drawn.append({"type": "button", "action_id": f"hand-over:{n}", "text": label(_HAND_OVER), "value": held})
    if folded:
        options = [{"text": label(visible(offer.label)), "value": _held(offer, topic)} for offer in folded]
        drawn.append({"type": "overflow", "action_id": f"more:{n}", "options": options})
    return {"type": "actions", "elements": drawn}


def button(offer: Offer, topic: Topic, *, n: int) -> Block:
    """Return one offer as a button. With too much for Slack its form still opens, only not filled in."""
    held = _held(offer, topic)
    if len(held) > _IN_BUTTON:
        held = _held(replace(offer, fields={}), topic)
    drawn = {"type": "button", "action_id": f"offer:{n}", "text": label(visible(offer.label)), "value": held}
    return {**drawn, "style": "primary"} if offer.best else drawn


def details(asked: Press) -> Block | None:
    """Return the row with the button that shows an answer's details; None where what was asked doesn't fit in it."""
    held = asked.packed()
    return _alone(DETAILS, DETAILS_LABEL, held) if len(held) <= _IN_BUTTON else None


def open_button(ticket: int, *, n: int) -> Block:
    """Return a button that shows one person what their vote on a ticket has to confirm. ``n`` as in `button`."""
    return {"type": "button", "action_id": f"open:{n}", "text": label(_OPEN), "value": str(ticket)}


def _request_buttons(listed: RequestButtons) -> list[Block]:
    """Return the row of buttons of a request in a list, if it has any."""
    held = str(listed.ticket)
    remind = {"type": "button", "action_id": REMIND, "text": label(_REMIND), "value": held}
    # Its number tells a request from the others of a list.
    row = [*([open_button(listed.ticket, n=listed.ticket)] if listed.opens else []), *([remind] * listed.reminds)]
    return [{"type": "actions", "elements": row}] if row else []


def _alone(action: str, words: str, held: str) -> Block:
    """Return a row with one button."""
    button = {"type": "button", "action_id": action, "text": label(words), "value": held}
    return {"type": "actions", "elements": [button]}


def _held(offer: Offer, topic: Topic) -> str:
    fields = dict(offer.fields)
    pressed = Press(scenario=offer.scenario, pool=topic.pool, fields=fields, origin=topic.origin, parent=topic.parent)
    return pressed.packed()


def _fitting(handed: Handed) -> str:
    """Return what a button holds. A text that is too long is cut between two words, and says so."""
    packed, text = handed.packed(), handed.text
    if len(packed) <= _IN_BUTTON:
        return packed

    def with_only(kept: str) -> str:
        return handed.model_copy(update={"text": kept + _CUT}).packed()

    # How much room a character takes depends on the character.
    over = bisect_left(range(len(text)), _IN_BUTTON + 1, key=lambda n: len(with_only(text[:n])))
    return with_only(_whole_words(text[: max(0, over - 1)]))


def _whole_words(text: str) -> str:
    """Cut off the end of a text that may be the beginning of a word."""
    end = text[-_LONGEST_WORD:]
    last = max(end.rfind(" "), end.rfind("\n"))
    return text if last < 0 else text[: len(text) - len(end) + last].rstrip()


def _folded(row: Offers, topic: Topic) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
    """Split offers into buttons and a menu. An option holds all that it needs; where one can't, there is no menu."""
    offers = row.offers
    if row.all_shown or len(offers) <= _MOST_BUTTONS:
        return offers, ()
    n = max(_FEWEST_BUTTONS, len(offers) - _MOST_OPTIONS)
    fit = all(len(_held(offer, topic)) <= _IN_OPTION for offer in offers[n:])
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


def message(parts: Sequence[Part], topic: Topic) -> Message:
    """Return the parts of an answer as one message."""
    return Message(
        text=clipped("\n".join(map(written, parts))),
        blocks=tuple(drawn(parts, topic)),
    )


def drawn(parts: Iterable[Part], topic: Topic, *, in_modal: bool = False) -> list[Block]:
    """Return the parts of an answer as blocks. Modals have no tables, so there a row becomes a line of a list."""
    found: list[Block] = []
    number = 0
    for part in parts:
        if isinstance(part, Offers):
            if part.offers or part.hand_over:
                found.append(buttons(part, topic, first=number))
            number += len(part.offers) + (part.hand_over is not None)
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
            return "  ".join(f"[ {escape(visible(each))} ]" for each in labels)
        case RequestButtons(opens=opens, reminds=reminds):
            return "  ".join(f"[ {each} ]" for each in [_OPEN] * opens + [_REMIND] * reminds)


def _block(part: Paragraph | Bullets | Quote | Table | RequestButtons, *, in_modal: bool) -> list[Block]:
    match part:
        case Paragraph(words):
            return [line(words)] if words.template else []
        case Bullets(items):
            return [bullets(items)] if items else []
        case Quote(words):
            return [quote(words)]
        case Table(heading, rows):
            return [bullets(_as_lines(rows)) if in_modal else table(heading, rows)] if rows else []
        case RequestButtons():
            return _request_buttons(part)


def _cell(words: Words) -> Block:
    # Slack refuses a cell without text.
    return rich(section(words if words.elements() else Words("–")))


def _as_lines(rows: Iterable[Sequence[Words]]) -> Iterable[Words]:
    return (joined(row, " · ") for row in rows)
