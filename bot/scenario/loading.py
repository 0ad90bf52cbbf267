"""Finds the scenarios of a package, and lets nothing load that has a mistake in it.

What a declaration holds is judged by `bot.scenario.checks`; here is what only the text of a file shows: where else its
buttons lead, and what its plans change. As far as its code writes that out in full, it is held to what there is; what
it works out is held to the same when it runs.
"""

import ast
import functools
import importlib
import pkgutil
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.answer import Way
from bot.plan import SubjectKind, known_operations, lacks_reason, unreadable
from bot.scenario import checks
from bot.scenario.declaration import BadScenario, Scenario, path_of
from bot.scenario.forms import LONGEST_LABEL

MENU = "menu"
"""What a button starts that opens the menu."""

Scenarios = Mapping[str, Scenario[Any]]


def load(package: ModuleType) -> dict[str, Scenario[Any]]:
    """Return the scenarios that a package's modules hold, by name.

    Raises `BadScenario` with everything that is wrong in any of them, a line each, by file: mistake and cure. What
    concerns several of them is told once each is right by itself.
    """
    wrong: list[str] = []
    modules = []
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        try:
            modules.append(importlib.import_module(each.name))
        except BadScenario as bad:
            wrong.append(str(bad))
        except Exception as error:  # whatever keeps a file from loading is for its author to read
            wrong.append(_not_loaded(each.name, error))
    wrong += _alone(modules)
    found = {scenario.name: scenario for module in modules for scenario in _held(module)}
    if not wrong:
        wrong += checks.together(found.values())
        for module in modules:
            wrong += (f"{path_of(module.__name__)}:{line}: {it}" for line, it in _in_text(module, found))
    if wrong:
        raise BadScenario(*sorted(dict.fromkeys(wrong), key=lambda line: line.partition(":")[0]))
    return found


def _held(module: ModuleType) -> tuple[Scenario[Any], ...]:
    return tuple(value for value in vars(module).values() if isinstance(value, Scenario))


def _alone(modules: Iterable[ModuleType]) -> Iterator[str]:
    """Yield what is wrong with each scenario by itself, and names that are taken."""
    known = known_operations()
    named: dict[str, str] = {}
    for module in modules:
        held = _held(module)
        if not held:
            yield f"{path_of(module.__name__)}: it declares no scenario. Write @scenario(…) above its function."
        for each in held:
            if each.name in named:
                yield f"{each.file}: {named[each.name]} is called {each.name} too. Write another name instead."
            named.setdefault(each.name, each.file)
            yield from (f"{each.file}: {mistake}" for mistake in checks.mistakes(each, known))


def _not_loaded(module: str, error: Exception) -> str:
    """Return why Python can't load a file, with the last line of it that was reached."""
    path = path_of(module)
    told = traceback.TracebackException.from_exception(error)
    lines = [frame.lineno for frame in told.stack if frame.filename.endswith(path)]
    line = told.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else 1
    return f"{path}:{line}: {[*told.format_exception_only()][-1].strip()}. Python can't load the file so."


def leads_nowhere(name: str, fields: Iterable[str], scenarios: Scenarios) -> str:
    """Return what is wrong with a button that starts the scenario ``name`` and fills in ``fields``; "" for nothing."""
    if name == MENU:
        return "" if not list(fields) else "the button for the menu fills something in. Leave it out."
    if name not in scenarios:
        return f"a button starts {name!r}, which is no scenario. Write one of {', '.join(sorted(scenarios))} instead."
    started = scenarios[name]
    for field in fields:
        if field not in started.fields:
            known = ", ".join(started.fields) or "no field"
            return f"a button fills in {field!r} of {name}, which its form lacks. Write {known} instead."
        if field in started.secrets:
            return f"a button fills in {field!r} of {name}, which is a secret. Leave it out."
    return ""


def _in_text(module: ModuleType, scenarios: Scenarios) -> Iterator[tuple[int, str]]:
    """Yield what a scenario's file gets wrong, each with its line and the cure."""
    for node in _judged(Path(str(module.__file__)).read_text("utf-8")):
        match node:
            case ast.Attribute(attr=name) if name in Way.__members__:
                yield from _at(node, (_of_way(Way[name], scenarios),))
            case ast.Call(func=ast.Name(id=made)):
                yield from _at(node, _CHECKS[made](_Written(node, module), scenarios))
            case _:
                pass


@functools.cache
def _judged(text: str) -> tuple[ast.Attribute | ast.Call, ...]:
    """Return the ways and calls in a file's text that can be wrong; to parse is nearly all the work of loading."""
    found: list[ast.Attribute | ast.Call] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=ast.Name(id="Way")) | ast.Call(func=ast.Name(id="Offer" | "Choice" | "Change")):
                found.append(node)
            case _:
                pass
    return tuple(found)


def _at(node: ast.expr, found: Iterable[str]) -> Iterator[tuple[int, str]]:
    return ((node.lineno, each) for each in found if each)


class _Written:
    """The arguments of a call, as far as they are written out or are constants of the module."""

    def __init__(self, call: ast.Call, module: ModuleType) -> None:
        self._known = vars(module)
        self._positional = call.args
        self._named = {each.arg: each.value for each in call.keywords if each.arg}

    def node(self, name: str, place: int | None = None) -> ast.expr | None:
        """Return an argument by its name or its place; None where it isn't given."""
        if place is not None and place < len(self._positional):
            return self._positional[place]
        return self._named.get(name)

    def text(self, name: str, place: int | None = None) -> str | None:
        """Return an argument's text; None where it isn't given, or is only known when the scenario runs."""
        match self.node(name, place):
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=constant) if isinstance(self._known.get(constant), str):
                return str(self._known[constant])
            case _:
                return None


def _of_way(way: Way, scenarios: Scenarios) -> str:
    wrong = leads_nowhere(way.scenario, (), scenarios)
    if wrong or scenarios[way.scenario].first_field == way.field:
        return wrong
    return (
        f"Way.{way.name} fills in {way.field}, and the first field of {way.scenario} is "
        f"{scenarios[way.scenario].first_field}. Write that one into bot/answer.py instead."
    )


def _of_offer(offer: _Written, scenarios: Scenarios) -> Iterator[str]:
    name, filled = offer.text("scenario"), offer.node("fields")
    keys = filled.keys if isinstance(filled, ast.Dict) else []
    fields = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    yield _of_label(offer.text("label"))
    yield leads_nowhere(name, fields, scenarios) if name is not None else ""


def _of_choice(choice: _Written, scenarios: Scenarios) -> Iterator[str]:
    name = choice.text("scenario", 2)
    yield _of_label(choice.text("label", 0))
    if name:
        started = scenarios.get(name)
        yield leads_nowhere(name, (started.first_field or "user",) if started else (), scenarios)


def _of_label(label: str | None) -> str:
    if label is None or 0 < len(label) <= LONGEST_LABEL:
        return ""
    return f"the label {label!r} has {len(label)} characters. Write 1 to {LONGEST_LABEL} of them instead."


def _of_change(change: _Written, _: Scenarios) -> Iterator[str]:
    what, readable = change.text("what"), change.node("readable")
    kind: SubjectKind | None = None
    match change.node("subject"):
        case ast.Call(func=ast.Attribute(value=ast.Name(id="Subject"), attr="of")):
            kind = SubjectKind.USER
        case ast.Call(keywords=[ast.keyword(arg="kind", value=ast.Attribute(attr=name)), *_]):
            kind = SubjectKind.__members__.get(name)
        case _:
            pass
    if readable is None and what is not None:
        yield unreadable(what, kind)
    if isinstance(readable, ast.Constant) and readable.value is False and change.node("unseen_because") is None:
        yield lacks_reason(what or "a value")


_CHECKS = {"Offer": _of_offer, "Choice": _of_choice, "Change": _of_change}
