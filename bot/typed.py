"""What somebody typed into a field: undone of what clients, mails and keyboards add, and judged."""

import unicodedata
from collections.abc import Sequence

from bot import wrappings
from bot.addresses import composed, flaw
from bot.answer import Refused, Way, refused
from bot.words import character_name, is_unseen, listed

_MENTION = "This is a person, a channel or a group in Slack, not a customer. Type the customer's user name or e-mail."


class NotOne(ValueError):
    """A text that isn't one name."""

    def __init__(self, words: str, addresses: Sequence[str] = ()) -> None:
        super().__init__(words)
        self.choices = tuple(Way.CHECK.choice(each, f"Check {each}") for each in addresses)
        """A check of each address that stands in it."""


def reference(value: object) -> object:
    """Return a text as typed wherever it can be looked up so; `bot.wrappings` knows what else it may stand for.

    Raises `NotOne` when nobody can be called this in any reading. What is no text is returned as it is.
    """
    if not isinstance(value, str):
        return value
    text = wrappings.from_slack(value)
    layers = wrappings.layers(text)
    for layer in layers:
        if (layer.may_be_name or layer is layers[-1]) and _can_be_looked_up(layer.text):
            return layer.text
    raise not_one(text)


def not_one(text: str) -> NotOne:
    """Return what to say of a text that means no single customer."""
    if wrappings.is_mention(text):
        return NotOne(_MENTION)
    found = wrappings.addresses(text)
    if len(found) > 1:
        return NotOne(f"There are several addresses in this: {listed(found)}. Which one do you mean?", found)
    if found:
        return NotOne(f"This is more than a name. Do you mean {found[0]}?", found)
    return NotOne("A user name, an e-mail address or a sub has no blanks or hidden characters in it.")


def unclear(text: str) -> Refused | None:
    """Return what to say of a text that nobody is called and that clearly is no single customer's; None otherwise."""
    if not wrappings.is_mention(text) and len(wrappings.addresses(text)) < 2:
        return None
    problem = not_one(text)
    return refused("{problem}", field="user", choices=problem.choices, problem=str(problem))


def name_as_typed(value: object) -> object:
    """Undo what surely is no part of a new user name: Slack's link, quotes of a phone, and blanks at its ends.

    Where it is an address, which some pools ask for, also what can't be part of that. What is no text is returned as
    it is.
    """
    if not isinstance(value, str):
        return value
    text = wrappings.from_slack(value)
    if text.rstrip(".,;:") != text:
        # A user name may end in these.
        return text
    found = _first_address(text)
    return found if found is not None else wrappings.trimmed(text.strip("“”„"))


def address_as_typed(value: object) -> object:
    """Undo what can't be part of a new address. What is left is exactly what was typed inside.

    Raises `ValueError`, with what it was read as, where something can be undone and it is no address all the same.
    What is no text is returned as it is.
    """
    if not isinstance(value, str):
        return value
    text = wrappings.from_slack(value)
    found = _first_address(text)
    if found is not None:
        return found
    barest = wrappings.layers(text, new=True)[-1].text
    if barest != text:
        raise ValueError(f"This was read as {barest}. {flaw(barest)}")
    return text


def new_name(value: str) -> str:
    """Return a new user name as typed. Raises `ValueError` when it can't be told from another by looking."""
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("A user name has no blanks or hidden characters in it.")
    if hidden := [character for character in value if is_unseen(character)]:
        raise ValueError(f"This user name has a character in it that can't be seen: {character_name(hidden[0])}.")
    if not composed(value):
        usual = unicodedata.normalize("NFC", value)
        raise ValueError(f"This is written in an unusual form of Unicode (not NFC). Written as usual it is: {usual}")
    return _without_wrapping(value)


def new_address(value: str) -> str:
    """Return a new address as typed. Raises `ValueError` with what keeps it from being one."""
    if found := flaw(value):
        raise ValueError(found)
    return value


def _without_wrapping(name: str) -> str:
    """Return a new user name. Raises `ValueError` where something stands around it that it isn't meant to have."""
    quoted = name[:1] in wrappings.QUOTES and name.rstrip(".,;:")[-1:] in wrappings.QUOTES
    if len(name) > 2 and (quoted or ("<" in name[:-1] and name.endswith(">"))):
        raise ValueError(f"This was read as {name}. Write the name alone, without quotes or brackets.")
    return name


def _first_address(text: str) -> str | None:
    return next((each.text for each in wrappings.layers(text, new=True) if not flaw(each.text)), None)


def _can_be_looked_up(value: str) -> bool:
    """Whether an account can be called this: no blanks, but for those in the quotes of ``"ana lopez"@example.com``."""
    if any(character.isspace() or not character.isprintable() for character in value):
        return value.isprintable() and value.startswith('"') and not flaw(value)
    return True
