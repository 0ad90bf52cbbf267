"""What somebody typed into a field: undone of what Slack and keyboards add, and judged."""

import html
import re
import unicodedata

from bot.addresses import composed, flaw
from bot.characters import called, is_unseen
from bot.references import readings

_MAILTO = re.compile(r"<mailto:([^<|>]+)(?:\|[^<>]*)?>")


def from_slack(value: object) -> object:
    """Undo what Slack does to an address on its way: the mailto link, the three entities, stray blanks."""
    return html.unescape(_MAILTO.sub(r"\1", value)).strip() if isinstance(value, str) else value


def without_phone_quotes(value: object) -> object:
    """Undo what a phone's keyboard does besides: quotes that no new name is meant to have."""
    value = from_slack(value)
    return value.strip("“”„").strip() if isinstance(value, str) else value


def _can_be_looked_up(value: str) -> bool:
    """Whether an account can be called this: no blanks, but for those in the quotes of ``"ana lopez"@example.com``."""
    if any(character.isspace() or not character.isprintable() for character in value):
        return value.isprintable() and value.startswith('"') and not flaw(value)
    return True


def reference(value: str) -> str:
    """Return it as typed wherever it can be looked up so; `bot.references` knows what else it may mean.

    Raises `ValueError` when nobody can be called this in any reading.
    """
    for reading in readings(value):
        if _can_be_looked_up(reading):
            return reading
    raise ValueError("A user name, an e-mail address or a sub has no blanks or hidden characters in it.")


def new_name(value: str) -> str:
    """Return a new user name as typed. Raises `ValueError` when it can't be told from another by looking."""
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("A user name has no blanks or hidden characters in it.")
    if hidden := [character for character in value if is_unseen(character)]:
        raise ValueError(f"This user name has a character in it that can't be seen: {called(hidden[0])}.")
    if not composed(value):
        usual = unicodedata.normalize("NFC", value)
        raise ValueError(f"This is written in an unusual form of Unicode (not NFC). Written as usual it is: {usual}")
    return value


def new_address(value: str) -> str:
    """Return a new address as typed. Raises `ValueError` with what keeps it from being one."""
    if found := flaw(value):
        raise ValueError(found)
    return value
