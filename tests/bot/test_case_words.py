"""The words of a check: every template can be filled, says it plainly, and is short enough to be read."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from bot import case as case_module
from bot import causes, customer_sentence, evidence_words, hand_overs, outlook_words
from bot.case import Case, cases
from bot.causes import EXPLANATIONS
from bot.cognito import Identity, Provider, User
from bot.diagnosis import Cause
from bot.evidence_words import facts
from bot.outlook import Blocker, Doubt, Flag, Told
from bot.words import say
from tests.commands.paper import ALIAS, Paper, person

FORBIDDEN = re.compile(r"\b(mend\w*|whoever|carries|carry|took|gave back|slip of the pen)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
MODULES = (causes, customer_sentence, hand_overs, outlook_words, evidence_words, case_module)

LONG_ADDRESS = f"{'a' * 28}@example.com"
LONG_NAME = "0f8c2d1e-7b6a-4c3d-9e8f-1a2b3c4d5e6f"
OTHER_NAME = "1f8c2d1e-7b6a-4c3d-9e8f-1a2b3c4d5e6f"
LONG_PROVIDER = "CorporateDirectoryOfTheWholeName"


def texts(module: ModuleType) -> Iterator[str]:
    """Every text in a module's code that is a sentence or a part of one; docstrings and keys are none."""
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
    return (told.headline, *told.headlines.values(), told.why, *told.unseen, told.now, told.beside)


def test_every_cause_is_explained() -> None:
    assert EXPLANATIONS.keys() == set(Cause) - {Cause.NO_USER}
    assert all(EXPLANATIONS[cause].beside for cause in EXPLANATIONS)


@pytest.mark.parametrize("cause", EXPLANATIONS)
@pytest.mark.parametrize("found", [CASE, alone()], ids=["in company", "alone"])
def test_every_explanation_can_be_filled_in(cause: Cause, found: Case) -> None:
    for template in of_cause(cause):
        assert "{" not in say(template, **facts(found, cause)).plain()


@pytest.mark.parametrize("module", [causes, customer_sentence], ids=lambda module: module.__name__)
def test_every_template_names_only_what_can_be_filled_in(module: ModuleType) -> None:
    known = facts(CASE).keys()
    for text in texts(module):
        assert set(PLACEHOLDER.findall(text)) <= known, text


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("helpless", [True, False])
def test_every_hand_over_can_be_filled_in(cause: Cause, helpless: bool) -> None:
    case = replace(CASE, finding=replace(CASE.finding, cause=cause))
    handed = hand_overs.hand_over(case, facts(case), helpless=helpless)
    if helpless or cause in hand_overs.HAND_OVERS:
        assert handed is not None
        assert "{" not in handed.text.plain()
        assert handed.sub == CASE.user.sub
        assert CASE.user.sub in handed.text.plain()
        assert LONG_ADDRESS not in handed.text.plain(), "an address is no way to name an account to another team"
    else:
        assert handed is None


def test_every_blocker_doubt_and_told_word_has_its_words() -> None:
    said = inspect.getsource(outlook_words)
    for each in (*Blocker, *Doubt, *Told):
        assert f"{type(each).__name__}.{each.name}:" in said, each
    assert all(outlook_words.blocker_words(blocker) for blocker in Blocker)
    assert all("{provider}" in causes.flag_words(flag) for flag in Flag)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_words_are_plain_ones(module: ModuleType) -> None:
    said = list(texts(module))
    assert [text for text in said if FORBIDDEN.search(text)] == []
    if module is not case_module:
        assert len(said) > 5, "the texts were found"


def test_what_the_customer_is_told_is_short() -> None:
    for text in texts(customer_sentence):
        for sentence in re.split(r"(?<=[.?!:]) ", say(text, **facts(CASE)).plain()):
            assert len(sentence) <= 200, sentence


@pytest.mark.parametrize("cause", EXPLANATIONS)
def test_a_headline_fits_in_a_line_or_two(cause: Cause) -> None:
    assert len(LONG_ADDRESS) == 40
    told = EXPLANATIONS[cause]
    for template in (told.headline, *told.headlines.values()):
        drawn = say(template, **facts(CASE, cause)).plain()
        assert len(drawn) <= 150, drawn
