"""No text, however it was made, keeps a regular expression of ours busy for longer than in proportion to its length."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import bot
import commands
import sandbox
from bot.redaction import redacted
from tests.linear import Unproven, prove

ROOT = Path(__file__).parent.parent
PACKAGES = (bot, commands, sandbox)
AT_ONE_PLACE = {"match", "fullmatch"}
USES = {*AT_ONE_PLACE, "compile", "findall", "finditer", "search", "split", "sub", "subn"}

GIVEN_ON = {"_matching", "matching"}
"""Our own functions that take a pattern for a whole text."""

ELSEWHERE = {
    "bot/settings.py: pattern": "given to `_matching`, and looked at there",
    "sandbox/slack/blockkit/report.py: pattern": "given to `matching`, and looked at there",
    "sandbox/cognito/constraints.py: translated.replace('\\\\p{Z}', '\\\\s')": (
        "AWS's own patterns; the sandbox alone asks them, of what the desk sends it"
    ),
}

ARGUED = {
    "sandbox.slack.page.mrkdwn._STYLED": (
        "a search begins on a mark that no letter stands before; a repeat reads a mark only behind a letter, so that "
        "no search begins inside what it has read"
    ),
}


@dataclass(frozen=True)
class Pattern:
    """One regular expression of the program."""

    where: str
    text: str
    flags: int
    searches: bool

    def __str__(self) -> str:
        return self.where


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package.__name__).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


SOURCES = dict(sources())


def searched() -> set[tuple[str, str]]:
    """Where which names are used otherwise than to match at one place: searched with, or handed to somebody."""
    found: set[tuple[str, str]] = set()
    for path, tree in SOURCES.items():
        asked = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute) and asked.get(id(node)) not in AT_ONE_PLACE:
                name = node.id if isinstance(node, ast.Name) else node.attr
                # A private name means something in its own module only.
                if isinstance(node.ctx, ast.Load):
                    found.add((path if name.startswith("_") else "", name))
    return found


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from patterns_in(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from patterns_in(each)


def compiled() -> Iterator[Pattern]:
    """Every pattern that a module holds, as Python has compiled it."""
    names = searched()
    for package in PACKAGES:
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            module = import_module(found.name)
            path = str(Path(str(module.__file__)).relative_to(ROOT))
            for name, value in vars(module).items():
                alone = isinstance(value, re.Pattern) and (path if name.startswith("_") else "", name) not in names
                for each in patterns_in(value):
                    yield Pattern(f"{found.name}.{name}", each.pattern, each.flags, searches=not alone)


def written() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call that takes a pattern: where it stands, and what it is called."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
                if called.attr in USES:
                    yield path, node, called.attr
            elif isinstance(called, ast.Name | ast.Attribute):
                name = called.id if isinstance(called, ast.Name) else called.attr
                if name in GIVEN_ON:
                    yield path, node, "fullmatch"


def in_calls() -> Iterator[Pattern]:
    """Every pattern that stands in a call, but for those that a module compiles for itself: it holds them."""
    for path, call, method in written():
        text = text_of(call.args[0])
        if text is not None and call not in at_the_top(SOURCES[path]):
            flags = sum(getattr(re, name) for name in map(flag, ast.walk(call)) if name)
            yield Pattern(f"{path}:{call.lineno}", text, flags, searches=method not in AT_ONE_PLACE)


def at_the_top(tree: ast.Module) -> set[ast.AST]:
    assigned = (each for each in tree.body if isinstance(each, ast.Assign | ast.AnnAssign))
    compiling = (node for each in assigned for node in ast.walk(each) if isinstance(node, ast.Call))
    return {node for node in compiling if ast.unparse(node.func) == "re.compile"}


def text_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)
    return None


def flag(node: ast.AST) -> str:
    """Return the name of a flag such as `re.ASCII`; empty for what is none."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "re" and node.attr.isupper():
        return node.attr
    return ""


HELD = list(compiled())
PATTERNS = [*HELD, *in_calls()]


@pytest.mark.parametrize("pattern", [each for each in PATTERNS if each.where not in ARGUED], ids=str)
def test_it_needs_time_in_proportion_to_its_text(pattern: Pattern) -> None:
    prove(pattern.text, pattern.flags, searches=pattern.searches)


def test_none_is_left_out_and_none_is_excused_that_is_not_there() -> None:
    unseen = {f"{path}: {ast.unparse(call.args[0])}" for path, call, _ in written() if text_of(call.args[0]) is None}

    assert unseen == ELSEWHERE.keys()
    assert ARGUED.keys() <= {each.where for each in HELD}
    assert len(PATTERNS) > 40


@pytest.mark.parametrize(
    ("pattern", "searches"),
    [
        (r"(a+)+b", False),
        (r"(?:a|aa)*b", False),
        (r"(?:a|ab|b)*c", False),
        (r"(?:a{1,3}a{1,3})+b", False),
        (r"a*a*b", False),
        (r"\w+\d+x", False),
        (r".*,.*,.*;", False),
        (r"a+b?a+c", False),
        (r"(\s*x?)*y", False),
        (r"[\w.]+@", True),
        (r"x[^y]*y", True),
        (r"\bhttps?://[^\s]+/x", True),
        (r"(?<![a-z])[a-z.]+@", True),
        (r"\s+$", True),
        (r"^a.*b", True),
        (r"(?=.*x)y", False),
        # As this log's own masks of addresses and response addresses once were.
        (r"([^\s@<>\"'(),:;=|\[\]{}])[^\s@<>\"'(),:;=|\[\]{}]*@([\w-])[\w.-]*?\.([A-Za-z]{2,})\b", True),
        (r"\bhttps?://[^\s\"']+/(?:services|commands|actions|workflows|hooks)/[^\s\"']+", True),
        (r"<mailto:([^|>]+)(?:\|[^>]*)?>", True),
    ],
)
def test_what_takes_longer_is_found(pattern: str, searches: bool) -> None:
    flags = re.MULTILINE if pattern.startswith("^") else 0
    with pytest.raises(Unproven):
        prove(pattern, flags, searches=searches)


@pytest.mark.parametrize(
    ("pattern", "searches"),
    [
        (r"[\w.]+@", False),
        (r"<[^<>]*>", True),
        (r"(?<![\w.])[\w.]+@", True),
        (r"\b\w+!", True),
        (r"(?<=//)[^/@]+@", True),
        (r"\A.*x", True),
        (r"(?:[^\"\\]|\\.)*\"", False),
        (r"(?:\.[a-z]+)+;", False),
        (r"token[\w-]+", True),
        (r"[a-z]{1,64}@", True),
    ],
)
def test_what_does_not_is_let_through(pattern: str, searches: bool) -> None:
    prove(pattern, searches=searches)


@pytest.mark.parametrize(
    "unit", ["a", "a.", "x@", "%40", "http://", "https://a@", "eyJ", "xoxb-", "-eyJ", '"', '"a', "://", "wss:", "1."]
)
def test_a_million_characters_without_a_blank_are_redacted_in_the_end(unit: str) -> None:
    # With time in proportion to the square, as it once was, this would take hours.
    assert isinstance(redacted(unit * (1_000_000 // len(unit))), str)
