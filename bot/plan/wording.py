"""How people read what a plan changes: the plain name of a value, the value itself, and who loses what.

Cognito's own terms stay in what is stored and compared; they are put into plain words where they are drawn.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.cognito import STATUSES
from bot.plan.plan import Change, Plan, Risk
from bot.words import Words, age, listed, say

_KEEPS = "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"

_NAMES: Mapping[str, str] = {
    "AttributeMapping.email_verified": "“verified” comes from",
    "AutoVerifiedAttributes": "a code is sent for",
    "Enabled": "may sign in",
    "SuppressedDestination": "mail is stopped because of",
    "UserStatus": "account",
    "email": "e-mail",
    "email_verified": "verified",
    "phone_number": "phone number",
    "phone_number_verified": "phone number verified",
    _KEEPS: "when an e-mail changes",
}
"""The plain name of each value that our plans change, by what Cognito calls it."""

_FLAGS = frozenset({"Enabled", "email_verified", "phone_number_verified"})

_SETTINGS: Mapping[str, str] = {"": "nothing", "email": "e-mail", "phone_number": "phone number"}

_MOST_NAMED = 5
"""Accounts that are named in one sentence."""


def plain_name(what: str) -> str:
    """Return what people call a value that a change is about; what has no plain name goes by its own."""
    return _NAMES.get(what, what)


def cognito_name(what: str) -> str:
    """Return Cognito's own term for a value that has a plain name; empty for what is none of Cognito's."""
    return what if what in _NAMES else ""


def shown(what: str, value: str) -> str:
    """Return a value as people read it: yes and no for flags, a word for nothing."""
    if what in _FLAGS:
        return "yes" if value.lower() == "true" else "no"
    if what == _KEEPS:
        return "keep the old one" if "email" in value.split(", ") else "use it at once"
    if what == "UserStatus":
        return STATUSES.get(value, value) if value else "not there"
    if what == "AutoVerifiedAttributes":
        return ", ".join(_SETTINGS.get(each, each) for each in value.split(", "))
    return value or "(none)"


def danger(plan: Plan, *, at: datetime) -> Iterator[Words]:
    """Yield who loses what by a plan, then why else its risk is high. ``at``: when an account is how old."""
    losing = [change for change in plan.changes if change.loses]
    for lost in dict.fromkeys(map(lost_by, losing)):
        losers = {each.subject.name: each for each in losing if lost_by(each) == lost}
        verb = "*LOSES*" if len(losers) == 1 else "*LOSE*"
        told = listed((_described(each, at) for each in losers.values()), most=_MOST_NAMED)
        yield say(f"*{{losers}}* {verb} {{lost}}.", losers=told, lost=lost)
    if plan.risk is Risk.HIGH:
        yield from plan.why_high


def lost_by(change: Change) -> str:
    """Return what somebody loses by a change, in the words after "loses"."""
    return change.note.removeprefix("LOSES ") or "it"


def _described(change: Change, at: datetime) -> str:
    created = change.subject.created
    return f"{change.subject.name} ({age(created, at)})" if created is not None else change.subject.name
