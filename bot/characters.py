"""Which characters can't be seen, by Unicode's own properties, and what they are called."""

import unicodedata

import regex

_UNSEEN = regex.compile(
    # Default_Ignorable_Code_Point is what a font may leave out. Those named by number are letters and symbols by
    # their category, and have an empty picture: Braille blank, null notehead, Khitan filler, hieroglyphs' blanks.
    r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800\U0001D159\U00016FE4\U00013441\U00013442]"
)


def is_unseen(character: str) -> bool:
    """Whether nothing of a character can be seen, or it only changes how others are drawn. Spaces can be seen."""
    return bool(_UNSEEN.match(character))


def called(character: str) -> str:
    """Return a character and its name: ``а (CYRILLIC SMALL LETTER A)``; by its number when it shows nothing alone."""
    alone = not (is_unseen(character) or character.isspace() or unicodedata.combining(character))
    name = unicodedata.name(character, "")
    shown = character if alone else f"U+{ord(character):04X}"
    return f"{shown} ({name})" if name else shown
