"""How an e-mail address is judged and compared: its shape by the RFCs, and which two are the same letters."""

import unicodedata

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from bot.characters import called, is_unseen


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
        return f"This address has a character in it that can't be seen: {called(hidden[0])}."
    if not composed(address):
        usual = unicodedata.normalize("NFC", address)
        return f"This address is written in an unusual form of Unicode (not NFC). Written as usual it is: {usual}"
    try:
        _parsed(address)
    except EmailNotValidError as error:
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
    except EmailNotValidError:
        return ""


def _parsed(address: str) -> ValidatedEmail:
    return validate_email(
        address, allow_quoted_local=True, allow_domain_literal=True, strict=True, check_deliverability=False
    )
