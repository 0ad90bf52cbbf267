"""Emoji shortcodes such as `:tada:`, drawn as the emoji that Slack shows for them."""

import re
from typing import Final

import emoji

# Slack's own names that the emoji package does not know under any of its aliases.
_SLACK_NAMES: Final = {
    "female-technologist": "👩‍💻",
    "large_brown_circle": "🟤",
    "large_brown_square": "🟫",
    "large_blue_square": "🟦",
    "large_green_circle": "🟢",
    "large_green_square": "🟩",
    "large_orange_circle": "🟠",
    "large_orange_square": "🟧",
    "large_purple_circle": "🟣",
    "large_purple_square": "🟪",
    "large_red_circle": "🔴",
    "large_red_square": "🟥",
    "large_yellow_circle": "🟡",
    "large_yellow_square": "🟨",
    "male-technologist": "👨‍💻",
    "man-shrugging": "🤷‍♂️",
    "octagonal_sign": "🛑",
    "simple_smile": "🙂",
    "woman-shrugging": "🤷‍♀️",
}
_SKIN_TONES: Final = {str(number): chr(0x1F3FB + number - 2) for number in range(2, 7)}

SHORTCODE: Final = re.compile(r":([a-z0-9_+'-]{1,64}):(?::skin-tone-([2-6]):)?")


def emoji_named(name: str, tone: str | None = None) -> str | None:
    """The emoji that has this name; None when there is none."""
    found = _SLACK_NAMES.get(name) or emoji.emojize(f":{name}:", language="alias")
    if found == f":{name}:":
        return None
    return found + _SKIN_TONES.get(tone or "", "")


def with_emoji(text: str) -> str:
    """A text with its shortcodes replaced; what names no emoji stays as it was typed."""
    return SHORTCODE.sub(lambda found: emoji_named(found[1], found[2]) or found[0], text)
