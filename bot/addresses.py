"""How an address is judged and compared, and what can't be told by looking at one: look-alikes, hidden characters.

Its shape is judged by the RFCs, and which two are the same letters by Unicode; so are look-alikes, of user names too.
"""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import disarm

from bot.words import Words, character_name, is_unseen, listed, say

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

NEW_ADDRESS = "The new address"
ADDRESS = "The address"
NEW_NAME = "The new user name"
NAME = "The user name"

_MOST_NAMED = 6
_LATIN = "Latin"


def caseless(text: str) -> str:
    """Return the same text for any two that differ only in letter case or in how Unicode composes the same letters.

    Unicode's canonical caseless match (The Unicode Standard, D145). It takes a little too much for the same (ß and
    ss) rather than too little. Whatever compares addresses or names without regard to letter case compares these.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def spellings(text: str) -> tuple[str, ...]:
    """Return the forms under which Cognito may keep a text that somebody typed, as typed first."""
    composed = unicodedata.normalize("NFC", text)
    forms = (text, text.lower(), composed, composed.lower(), unicodedata.normalize("NFD", text))
    return tuple(dict.fromkeys(forms))


def composed(text: str) -> bool:
    """Whether the text is written as nearly all programs write it (NFC), so that equal looks are equal texts."""
    return unicodedata.is_normalized("NFC", text)


def flaw(address: str) -> str:
    """Return what keeps a new address from being taken, as a sentence; empty when nothing does.

    RFC 5321 and RFC 6531 decide about the shape: quoted local parts and other scripts are allowed. Whether Cognito
    takes each of them isn't known; nothing is ever rewritten.
    """
    if hidden := [character for character in address if is_unseen(character)]:
        return f"This address has a character in it that can't be seen: {character_name(hidden[0])}."
    if not composed(address):
        usual = unicodedata.normalize("NFC", address)
        return f"This address is written in an unusual form of Unicode (not NFC). Written as usual it is: {usual}"
    try:
        _parsed(address)
    except ValueError as error:
        return f"This doesn't look like an e-mail address (name@example.com). {error}"
    return ""


def masked(address: str) -> str:
    """Return an address as Cognito masks it when it says where a code went: ``a***@e***``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain[:1]}***"


def masked_number(number: str) -> str:
    """Return a telephone number as Cognito masks it: the last four digits."""
    return f"+*******{number[-4:]}"


def shown_domain(address: str) -> str:
    """Return the domain as mail programs show it (``почта.рф`` for ``xn--80a1acny.xn--p1ai``); empty for no address."""
    if "xn--" not in address.lower():
        return address.rpartition("@")[2] if "@" in address else ""
    try:
        return str(_parsed(address).domain)
    except ValueError:
        return ""


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


def _parsed(address: str) -> "ValidatedEmail":
    """Raises `ValueError`, with a sentence."""
    # Its tables of letters take long to load, and few requests have a new address in them.
    from email_validator import validate_email

    return validate_email(
        address, allow_quoted_local=True, allow_domain_literal=True, strict=True, check_deliverability=False
    )


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
    return listed(map(character_name, dict.fromkeys(characters)), most=_MOST_NAMED)
