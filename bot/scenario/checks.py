"""What is wrong with a scenario's declaration, found before anybody can type its command."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints

from bot import slash
from bot.answer import Answer, EphemeralAnswer
from bot.attached_list import AttachedLists
from bot.cognito import Directory
from bot.customer import Customer
from bot.diagnosis import EXPLANATIONS, REMARKS, Cause, Remedies, Remedy
from bot.plan import NEVER_SENT, SENDABLE_OPERATIONS, Everyone, Ledger, Plan
from bot.scenario.declaration import Scenario, ScenarioKind, WholePool
from bot.scenario.forms import LONGEST_LABEL, condition_mistakes, field_mistakes

RESERVED = frozenset({"help", "menu", "undo"})
"""Names of what the desk itself asks for."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_USAGE = 1000
_LONGEST_TITLE = 24
_LONGEST_SUMMARY = 75
_LONGEST_LINE = 3000
_SOURCES = (Directory, Ledger, Customer, Remedies, WholePool, AttachedLists, Everyone)
_NAMES = ("{account}", "{other}")
"""The placeholders of a label: the account's user name, and the one of the account that owns its address."""
_ROOM = 36
"""Characters that a label leaves for a user name: a sub's, which is what many pools call their users."""


def mistakes(scenario: Scenario[Any], known: Collection[str]) -> Iterator[str]:
    """Yield everything that is wrong with a declaration, each with the cure. ``known``: `bot.plan.known_operations`."""
    yield from _name(scenario)
    yield from _words(scenario)
    fields = {name: scenario.form.model_fields[name] for name in scenario.fields}
    for name, info in fields.items():
        yield from field_mistakes(name, info)
    yield from condition_mistakes(fields)
    yield from _signature(scenario)
    yield from _operations(scenario, known)
    yield from _prepares(scenario)
    if scenario.secrets and scenario.kind is ScenarioKind.ANSWER:
        yield "what only reads is asked again by a button, so it takes no secret. Leave the field out."
    for remedy in scenario.remedies:
        yield from offered(scenario, remedy)
        yield from _findings(remedy)


def together(scenarios: Collection[Scenario[Any]]) -> Iterator[str]:
    """Yield what is wrong with scenarios beside each other, each with its file and the cure."""
    taken: dict[str, str] = {}
    for scenario in scenarios:
        places = (f"the place {line.place} in the menu" for line in scenario.menu)
        for what in (f"the title {scenario.title!r}", *places):
            if what in taken:
                yield f"{scenario.file}: {what} is that of {taken[what]} too. Write another one instead."
            taken.setdefault(what, scenario.file)
    if not any(Remedies in scenario.wants.values() for scenario in scenarios):
        return
    answered = {cause for scenario in scenarios for remedy in scenario.remedies for cause in remedy.findings}
    for cause in Cause:
        explained = EXPLANATIONS.get(cause)
        if explained is None or not (cause in REMARKS or explained.headline):
            yield f"{_EXPLANATIONS}: {cause} is not explained. Write Cause.{cause}: Explanation(…) with its headline."
        elif cause not in REMARKS and explained.team is None and cause not in answered:
            yield (
                f"{_EXPLANATIONS}: nothing answers {cause}. Write team= and ask= into its Explanation, or "
                f"Cause.{cause} into the findings of a scenario's Remedy."
            )


_EXPLANATIONS = "bot/diagnosis/explanations.py"


def _findings(remedy: Remedy) -> Iterator[str]:
    label = remedy.label
    if not remedy.findings:
        yield f"the remedy {label!r} names no finding. Write findings={{Cause.…: 10}}."
    for cause in remedy.findings:
        if not isinstance(cause, Cause):
            near = next(iter(get_close_matches(str(cause), list(Cause), n=1)), "…")
            yield f"the remedy {label!r} names {cause!r}, which is no finding. Write Cause.{near} instead."


def offered(scenario: Scenario[Any], remedy: Remedy) -> Iterator[str]:
    """Yield what is wrong with the button by which a check offers a scenario, each with the cure."""
    named = [each for each in _NAMES if each in remedy.label]
    longest = LONGEST_LABEL - _ROOM * len(named)
    words = remedy.label
    for name in named:
        words = words.replace(name, "")
    if not words or len(words) > longest:
        room = f" beside {' and '.join(named)}, which needs room for {_ROOM}" if named else ""
        yield f"the label {remedy.label!r} has {len(words)} characters. Write 1 to {longest} of them{room} instead."
    for gap in re.findall(r"{[^{}]*}", words):
        yield f"the label {remedy.label!r} has the placeholder {gap}. Write {' or '.join(_NAMES)} instead."
    for name in sorted(remedy.fills):
        if name not in scenario.fields:
            yield f"{remedy.label!r} fills in {name}, which the form lacks. Write {_one_of(scenario)} instead."
        elif name in scenario.secrets:
            yield f"{remedy.label!r} fills in {name}, which is a secret. Write nothing: people type it themselves."


def _name(scenario: Scenario[Any]) -> Iterator[str]:
    name, command = scenario.name, f"{slash.DEFAULT}-{scenario.name}"
    if not _NAME.fullmatch(name):
        usual = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789") or "verify-email"
        yield f"{name!r} can't be a command's name. Write lower case with hyphens instead: \"{usual}\"."
    if len(command) > slash.LONGEST:
        most = slash.LONGEST - len(command) + len(name)
        yield (
            f"{command} has {len(command)} characters, and Slack takes {slash.LONGEST}. Write a name of at most "
            f"{most} instead."
        )
    if name in RESERVED:
        yield f"{name} is a name of the desk's own. Write another one instead."


def _words(scenario: Scenario[Any]) -> Iterator[str]:
    for called, text, least, most in (
        ("the title", scenario.title, 1, _LONGEST_TITLE),
        ("the docstring's first line, which is the summary,", scenario.summary, 1, _LONGEST_SUMMARY),
        ("usage", scenario.usage, 0, _LONGEST_USAGE),
        *(("a line of the menu", line.words, 1, _LONGEST_LINE) for line in scenario.menu),
        *(("the button of a line of the menu", line.button, 0, LONGEST_LABEL) for line in scenario.menu),
    ):
        if not least <= len(text) <= most:
            yield f"{called} has {len(text)} characters. Write {f'{least} to ' if least else 'at most '}{most} instead."


def _signature(scenario: Scenario[Any]) -> Iterator[str]:
    for name, wanted in scenario.wants.items():
        if wanted not in _SOURCES:
            written = getattr(wanted, "__name__", str(wanted))
            sources = ", ".join(each.__name__ for each in _SOURCES)
            yield f"{name} asks for {written}, which is no source. Write one of {sources} instead."
    returned = get_type_hints(scenario.function)["return"]
    ways = set(get_args(returned) or (returned,))
    if not ways <= {Plan, Answer, EphemeralAnswer}:
        yield "the function returns something else than Plan, Answer and EphemeralAnswer. Write one of these."
    elif scenario.kind is ScenarioKind.PLAN and Plan not in ways:
        yield "an AdminForm waits for a lead, and the function returns no Plan. Write (Form) or -> Plan instead."
    elif Plan in ways and Directory not in scenario.wants.values():
        yield "a plan is made from a pool, and none is asked for. Write directory: Directory into the signature."
    if Plan in ways and not scenario.sends:
        yield 'a plan sends something, and nothing is declared. Write sends=("…",) with its operations.'
    if scenario.sends and Plan not in ways:
        yield "only a plan sends anything. Write no sends=, or return a Plan."


def _operations(scenario: Scenario[Any], known: Collection[str]) -> Iterator[str]:
    for operation in sorted(scenario.sends):
        if operation in NEVER_SENT:
            yield (
                f"{operation} is never sent: it could hand an account to someone else, or destroy it. Write another "
                "operation into sends= instead, or leave this to the cloud team."
            )
        elif operation not in known:
            near = next((each for each in sorted(known) if each.lower() == operation.lower()), "")
            cure = f'"{near}"' if near else "the name as the API reference has it"
            services = ", ".join(sorted(SENDABLE_OPERATIONS))
            yield f"{operation} is no operation that may be sent ({services}). Write {cure} into sends= instead."


def _prepares(scenario: Scenario[Any]) -> Iterator[str]:
    prepare = scenario.prepare
    if prepare is None:
        return
    if not isinstance(getattr(prepare, "fields", None), tuple):
        yield "prepare= is no Prepare. Write prepare=Prepare(fields=(…), read=…) with the fields that it may fill in."
        return
    for name in prepare.fields:
        if name not in scenario.fields:
            yield f"prepare= names a field {name}, which the form lacks. Write {_one_of(scenario)} instead."


def _one_of(scenario: Scenario[Any]) -> str:
    return f"one of {', '.join(scenario.fields)}" if scenario.fields else "no field, since the form has none,"
