"""The words of a check: every template can be filled, says it plainly, and is short enough to be read."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from bot.cognito import Identity, Provider, User
from bot.diagnosis import (
    EXPLANATIONS,
    REMARKS,
    Case,
    Cause,
    advice,
    cases,
    evidence_words,
    explained,
    explanations,
    outlook,
    passed_on,
)
from bot.diagnosis import case as case_module
from bot.diagnosis.explained import facts
from bot.diagnosis.outlook import Attempt, Blocker, Doubt, Flag, Told, Works
from bot.words import say
from tests.commands.paper import ALIAS, Paper, person

FORBIDDEN = re.compile(r"\b(mend\w*|whoever|carries|carry|took|gave back|slip of the pen)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
MODULES = (explanations, explained, passed_on, outlook, evidence_words, case_module)

LONG_ADDRESS = f"{'a' * 28}@example.com"
LONG_NAME = "0f8c2d1e-7b6a-4c3d-9e8f-1a2b3c4d5e6f"
OTHER_NAME = "1f8c2d1e-7b6a-4c3d-9e8f-1a2b3c4d5e6f"
LONG_PROVIDER = "CorporateDirectoryOfTheWholeName"


def texts(module: ModuleType | Callable[..., object]) -> Iterator[str]:
    """Every text in a module's or a function's code that is a sentence or a part of one; no docstring, no key."""
    tree = ast.parse(inspect.getsource(module))
    described = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in described:
            text = node.value
            if isinstance(text, str) and " " in text.strip():
                yield text


def linked_to(user: User, provider: str) -> User:
    return replace(user, identities=(Identity(provider=provider, provider_type="OIDC", subject="1"),))


def a_case() -> Case:
    """Somebody with long names beside others with long names, linked to a provider with a long name."""
    ana = linked_to(person(LONG_NAME, LONG_ADDRESS), LONG_PROVIDER)
    owner = person(OTHER_NAME, LONG_ADDRESS, verified=True)
    twin = person(f"{LONG_PROVIDER}_1", LONG_ADDRESS, status="EXTERNAL_PROVIDER", through=LONG_PROVIDER)
    provider = Provider(name=LONG_PROVIDER, type="OIDC", mapping={"email": "email"})
    (found,) = cases((ana,), Paper(ALIAS, ana, owner, twin, providers=(provider,)))
    return found


CASE = a_case()


def alone() -> Case:
    """Somebody without an address, a provider or anybody beside them."""
    (found,) = cases((person("ana"),), Paper(ALIAS, person("ana")))
    return found


def of_cause(cause: Cause) -> tuple[str, ...]:
    told = EXPLANATIONS[cause]
    return (
        told.headline,
        *told.headlines.values(),
        told.why,
        *told.unseen,
        told.now,
        told.beside,
        told.customer,
        told.ask,
    )


def test_every_cause_is_explained() -> None:
    assert EXPLANATIONS.keys() == set(Cause)
    assert all(EXPLANATIONS[cause].beside for cause in EXPLANATIONS)


def test_every_headline_can_be_counted_by_words_of_its_own() -> None:
    counted = {cause: told.counted for cause, told in EXPLANATIONS.items() if told.counted}
    assert counted.keys() == set(Cause) - REMARKS
    assert len(set(counted.values())) == len(counted)
    # They stand at the bars of a picture, and in a table beside numbers.
    assert max(map(len, counted.values())) <= 50


@pytest.mark.parametrize("cause", EXPLANATIONS)
@pytest.mark.parametrize("found", [CASE, alone()], ids=["in company", "alone"])
def test_every_explanation_can_be_filled_in(cause: Cause, found: Case) -> None:
    for template in of_cause(cause):
        assert "{" not in say(template, **facts(found, cause)).plain()


ONLY_PASSED_ON = {"sub", "status", "cause", "seen"}


@pytest.mark.parametrize(
    ("source", "more"),
    [(explanations, set()), (explained._headline, set()), (advice, set()), (passed_on, ONLY_PASSED_ON)],
    ids=["explanations", "headline", "to_do", "passed_on"],
)
def test_every_template_names_only_what_can_be_filled_in(
    source: ModuleType | Callable[..., object], more: set[str]
) -> None:
    known = facts(CASE).keys() | more
    for text in texts(source):
        assert set(PLACEHOLDER.findall(text)) <= known, text


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("helpless", [True, False])
def test_every_hand_over_can_be_filled_in(cause: Cause, helpless: bool) -> None:
    case = replace(CASE, finding=replace(CASE.finding, cause=cause))
    handed = passed_on.hand_over(case, facts(case), helpless=helpless)
    if helpless or EXPLANATIONS[cause].team:
        assert handed is not None
        assert "{" not in handed.text.plain()
        assert handed.sub == CASE.user.sub
        assert CASE.user.sub in handed.text.plain()
        assert LONG_ADDRESS not in handed.text.plain(), "an address is no way to name an account to another team"
    else:
        assert handed is None


def test_every_blocker_doubt_and_told_word_is_said() -> None:
    for blocker in Blocker:
        assert outlook._line("Sign in", Attempt(works=Works.NO, blocker=blocker)).plain() == f"❌ Sign in: {blocker}"
    for doubt in Doubt:
        line = outlook._line("Sign in", Attempt(works=Works.UNKNOWN, doubt=doubt)).plain()
        assert line == f"❓ Sign in: can't be told; {doubt}"
    for told in Told:
        assert outlook._line("Sign in", Attempt(works=Works.YES, told=told)).plain() == f"✅ Sign in. {told}"
    assert outlook._FLAG_WORDS.keys() == set(Flag)
    assert all("{provider}" in words for words in outlook._FLAG_WORDS.values())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_words_are_plain_ones(module: ModuleType) -> None:
    said = list(texts(module))
    assert [text for text in said if FORBIDDEN.search(text)] == []
    if module is not case_module:
        assert len(said) > 5, "the texts were found"


def test_what_the_customer_is_told_is_short() -> None:
    by_case = (passed_on.sentence, *passed_on._BY_CASE.values())
    said = [*(told.customer for told in EXPLANATIONS.values()), *(text for one in by_case for text in texts(one))]
    for text in said:
        for sentence in re.split(r"(?<=[.?!:]) ", say(text, **facts(CASE)).plain()):
            assert len(sentence) <= 200, sentence


@pytest.mark.parametrize("cause", EXPLANATIONS)
def test_a_headline_fits_in_a_line_or_two(cause: Cause) -> None:
    assert len(LONG_ADDRESS) == 40
    told = EXPLANATIONS[cause]
    for template in (told.headline, *told.headlines.values()):
        drawn = say(template, **facts(CASE, cause)).plain()
        assert len(drawn) <= 150, drawn
