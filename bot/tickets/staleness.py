"""Compares what was approved with what would be done now, and says in words what is different."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.plan import Change, Plan, Risk
from bot.tickets import codec
from bot.tickets.planner import Planned
from bot.words import Value, Words, say

_MOST = 4
"""How many differences are told; one is reason enough."""

_LONGEST = 200
"""Characters of one value: an address can have hundreds of accounts."""

_SAID = {
    "email": "e-mail of {name} was {old}, is {new}",
    "email_verified": "whether {name} is verified was {old}, is {new}",
    "enabled": "whether {name} is enabled was {old}, is {new}",
    "holders": "who has {name} was {old}, is {new}",
    "identities": "the providers that {name} signs in through were {old}, are {new}",
    "mapping": "what is mapped from {name} was {old}, is {new}",
    "signs_in": "who signs in with {name} was {old}, is {new}",
    "status": "state of {name} was {old}, is {new}",
    "username": "the account that was called {old} is called {new}",
}
"""How a difference reads, by what was observed; anything else goes by Cognito's own term."""

_GONE = {
    "address": "what is known of {name} is no longer the same",
    "name": "there is an account called {name} now",
    "provider": "the provider {name} is not there any more",
    "user": "{name} is not there any more",
}
"""How it reads when a subject is no longer observed. A name is observed for as long as it is free."""

_NEW = {
    "address": "what is known of {name} is no longer the same",
    "name": "there is no account called {name} any more",
    "provider": "the provider {name} was not there",
    "user": "{name} was not there",
}

_RECORDED_WHOLE = frozenset({"user", "pool", "provider"})
"""Subjects of which every field is recorded whenever they are read."""

_VALUES = {"true": "yes", "false": "no", "": "nobody or nothing"}


def changed(plan: Plan, observed: Mapping[str, Any], now: Planned) -> Words | None:
    """Return what keeps an approved plan from being sent, or None when it still fits what was seen."""
    told = list(_observed(observed, now.observed))
    if told:
        return _joined(told[:_MOST])
    if codec.plain(plan.calls) != codec.plain(now.plan.calls) or _bare(plan.changes) != _bare(now.plan.changes):
        return say("What would be sent now is no longer what was approved.")
    if plan.risk is Risk.NORMAL and now.plan.risk is Risk.HIGH:
        return _joined([*now.plan.why_high[:1]] or [say("More leads have to agree to it now than when it was asked.")])
    return None


def _bare(changes: tuple[Change, ...]) -> list[Any]:
    return [{name: value for name, value in each.items() if name != "note"} for each in codec.effects(changes)]


def _observed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Words]:
    for subject in sorted({*then, *now}):
        before, after = then.get(subject), now.get(subject)
        if before == after:
            continue
        kind, _, rest = subject.partition(":")
        name = str((before or after or {}).get("username", rest or subject))
        if after is None:
            yield say(_GONE.get(kind, "{name} is not there any more"), name=name)
        elif before is None:
            yield say(_NEW.get(kind, "{name} was not there"), name=name)
        else:
            # An older desk, before an upgrade, may have recorded less of a user, a pool or a provider.
            fields = {*before} if kind in _RECORDED_WHOLE else {*before, *after}
            for field in sorted(fields):
                if before.get(field) != after.get(field):
                    yield _difference(field, name, before.get(field), after.get(field))


def _difference(field: str, name: str, old: object, new: object) -> Words:
    template = _SAID.get(field, "{field} of {name} was {old}, is {new}")
    return say(template, field=field, name=name, old=_shown(old), new=_shown(new))


def _shown(value: object) -> str:
    match value:
        case None:
            text = ""
        case Mapping():
            text = ", ".join(f"{name} ← {item}" for name, item in sorted(value.items()))
        case list() | tuple():
            text = ", ".join(map(str, value))
        case _:
            text = str(value)
    return _VALUES.get(text.lower(), text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _joined(told: list[Words]) -> Words:
    templates, values = [], list[tuple[str, Value]]()
    for number, words in enumerate(told):
        template = words.template
        for name, value in words.values:
            template = template.replace(f"{{{name}}}", f"{{{name}{number}}}")
            values.append((f"{name}{number}", value))
        templates.append(template.rstrip("."))
    return Words("; ".join(templates) + ".", tuple(values))
