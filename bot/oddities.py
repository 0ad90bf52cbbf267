"""What can't be told by looking at an address or a name: look-alikes, several scripts, characters without a picture."""

import unicodedata
from collections.abc import Iterable

import disarm

from bot.addresses import caseless, composed, shown_domain
from bot.characters import called, is_unseen
from bot.words import Words, listed, say

NEW_ADDRESS = "The new address"
ADDRESS = "The address"
NEW_NAME = "The new user name"
NAME = "The user name"

_MOST_NAMED = 6
_LATIN = "Latin"


def oddities(text: str, *, what: str) -> tuple[Words, ...]:
    """Return what a reader should know of a text that doesn't look like what it is; nothing for plain ASCII.

    ``what`` begins each sentence: `NEW_ADDRESS`, `NAME`. Scripts and look-alikes are judged by Unicode's security
    mechanisms (UTS 39).
    """
    if (domain := shown_domain(text)) and not domain.isascii() and domain not in text:
        shown = f"{text.rpartition('@')[0]}@{domain}"
        return (
            say("{what} is shown by mail programs as {shown}.", what=what, shown=shown),
            *oddities(shown, what=what),
        )
    if text.isascii() and text.isprintable():
        return ()
    found: list[Words] = []
    if unseen := _named(each for each in text if is_unseen(each) or (each.isspace() and each != " ")):
        found.append(say("{what} has characters that can't be seen: {unseen}.", what=what, unseen=unseen))
    if not composed(text):
        usual = unicodedata.normalize("NFC", text)
        found.append(
            say(
                "{what} is written in an unusual form of Unicode (not NFC); {usual}, written as usual, is another one.",
                what=what,
                usual=usual,
            )
        )
    found += _letters(text, what)
    plain = _plain(text)
    if plain != text and plain.isascii() and plain.isprintable():
        found.append(say("{what} can be taken for {plain}, which is another one.", what=what, plain=plain))
    return tuple(found)


def resemblance(new: str, present: str) -> tuple[Words, ...]:
    """Say so when a new address can be taken for the present one and is another, as ``paypaI`` for ``paypal``."""
    if caseless(new) == caseless(present) or _skeleton(new) != _skeleton(present):
        return ()
    return (say("The new address looks like the present one, {present}, but it is another one.", present=present),)


def _plain(text: str) -> str:
    """Return what somebody sees who expects plain Latin letters."""
    seen = "".join(each for each in text if not is_unseen(each))
    return disarm.normalize_confusables(unicodedata.normalize("NFKC", seen))


def _skeleton(text: str) -> str:
    return disarm.skeleton_key(text, digit_policy="tr39")


def _letters(text: str, what: str) -> Iterable[Words]:
    foreign = [each for each in text if not each.isascii() and not is_unseen(each) and not each.isspace()]
    if not foreign:
        return
    mixed = [part for part in _parts(text) if disarm.is_mixed_script(part)]
    scripts = list(dict.fromkeys(script for part in mixed for script in _scripts(part)))
    if _LATIN in scripts:
        strange = _named(each for part in mixed for each in part if _scripts(each) not in ([], [_LATIN]))
        yield say("{what} has {strange} among Latin letters.", what=what, strange=strange)
    elif scripts:
        named = " and ".join(scripts)
        yield say(
            "{what} mixes {scripts} letters: {foreign}.", what=what, scripts=named, foreign=_named("".join(mixed))
        )
    else:
        yield say("{what} has other letters than a to z: {foreign}.", what=what, foreign=_named(foreign))


def _parts(text: str) -> tuple[str, ...]:
    """Return what is read in one script each: what stands before the @, and each label of the domain."""
    name, _, domain = text.rpartition("@")
    return tuple(part for part in (name, *domain.split(".")) if part)


def _scripts(text: str) -> list[str]:
    # What can't be seen belongs to no script that anybody reads.
    return [script.value for script in disarm.detect_scripts("".join(each for each in text if not is_unseen(each)))]


def _named(characters: Iterable[str]) -> str:
    return listed(map(called, dict.fromkeys(characters)), most=_MOST_NAMED)
