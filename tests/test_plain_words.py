"""The words that people read: one verb for one thing, and nothing told that nobody saw.

The first list holds for everything that somebody may read; the second one for claims, which say how things are.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

NOT_OURS = {
    "carries": "an account *has* an address",
    "carry": "an account *has* an address",
    "holds": "an account *has* an address; the one that signs in with it *owns* it",
    "holder": "whoever signs in with an address is its *owner*",
    "answers to": "an account *owns* an address",
    "took": "an account *loses* an address; Cognito *accepts* a code",
    "mend": "fix, repair",
    "mends": "fix, repair",
    "mended": "fixed, repaired",
    "slip of the pen": "a mistake",
    "whoever": "who",
    "likewise": "the same",
    "lapse": "expire",
    "lapsed": "expired",
    "asunder": "apart",
    "errand": "customer action",
    "nudge": "remind",
    "no scenario fits": "the desk can't …",
    "cannot": "can't",
}
"""What no text of ours says, and what it says in its place."""

STORIES = {
    "again": "that something was so before",
    "back": "that it was there before",
    "changed": "that it was another one before",
    "fixed": "that something was broken",
    "gave": "that somebody had it before",
    "moved": "that it was elsewhere before",
    "restored": "that it was there before",
    "returned": "that it was there before",
    "took": "that somebody had it before",
}
"""What no claim says, since it tells of a past that nobody saw."""

CLAIMS = frozenset({"accepted", "beside", "customer", "done", "headline", "headlines", "summary", "tell_customer"})
"""The arguments by which scenarios and findings say how things are."""

_UNREAD = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "fullmatch", "compile"})
"""Calls whose texts are for the operator's log, or are no texts."""


def _modules() -> Iterator[tuple[str, ast.AST]]:
    for folder in ("bot", "commands"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield every text of several words, but for docstrings, log lines and expressions."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr in _UNREAD:
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and " " in child.value.strip():
            yield child
        yield from _texts(child)


def _said(words: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE) is not None


def test_one_verb_for_one_thing() -> None:
    """An account has an address, owns it, or loses it; what nobody says at a desk stands in no text of ours."""
    found = [
        f"{place}:{text.lineno}: “{words}” in “{text.value!r}”: {instead}"
        for place, tree in _modules()
        for text in _texts(tree)
        for words, instead in NOT_OURS.items()
        if _said(words, str(text.value))
    ]

    assert found == []


def test_no_claim_tells_a_story() -> None:
    """A claim says what is. Cognito shows no past, so "changed", "again" and "back" would be made up."""
    found = [
        f"{place}:{text.lineno}: “{words}” says {why}, in “{text.value!r}”"
        for place, tree in _modules()
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg in CLAIMS
        for text in _texts(keyword)
        for words, why in STORIES.items()
        if _said(words, str(text.value))
    ]

    assert found == []
