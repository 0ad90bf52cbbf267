"""The page on adding a scenario: what it shows is put into a package of its own, and works as it says."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.operator.derive import rights, table
from bot.operator.manifest import manifest
from bot.scenario import Scenario, ScenarioKind, load
from bot.settings import PoolSettings
from bot.slack import form_views
from bot.slack.commands import menu
from bot.slack.forms import Drawn
from bot.slack.modals import Frame, Memory
from sandbox.testing import check_view
from tests.commands import paper

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adding-a-scenario.md").read_text("utf-8")
CODE, TEST = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FRAME = Frame(title="Cognito Desk", memory=Memory(channel="C0SUPPORT", pool="prod"))
POOL = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="4example")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A package with nothing but the page's scenario in it."""
    home = tmp_path_factory.mktemp("page")
    (home / "added_by_the_page").mkdir()
    (home / "added_by_the_page" / "__init__.py").touch()
    (home / "added_by_the_page" / "unverify_email.py").write_text(CODE, "utf-8")
    sys.path.insert(0, str(home))
    yield importlib.import_module("added_by_the_page")
    sys.path.remove(str(home))


@pytest.fixture
def scenario(package: ModuleType) -> Scenario[Any]:
    """The page's scenario."""
    (found,) = load(package).values()
    return found


def test_it_is_found_with_the_kind_that_its_function_says(scenario: Scenario[Any]) -> None:
    assert scenario.name == "unverify-email"
    assert scenario.kind is ScenarioKind.PLAN
    assert scenario.summary == "Mark a customer's e-mail address as not verified"
    assert scenario.fields == ("user", "reason")


def test_its_form_is_a_view_that_slack_takes(scenario: Scenario[Any]) -> None:
    view = form_views.form_view(scenario, FRAME, Drawn(typed={"user": "ana"}))

    assert check_view(view) == []
    assert [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"] == ["User", "Reason"]


def test_the_menu_has_its_line_where_the_file_says(scenario: Scenario[Any]) -> None:
    view = menu(FRAME, {**paper.SCENARIOS, scenario.name: scenario}, waiting=0)
    words = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]

    assert check_view(view) == []
    before, after = (paper.SCENARIOS[name].menu[0].words for name in ("verify-email", "sign-up"))
    mine = scenario.menu[0].words
    assert words.index(before) < words.index(mine) < words.index(after)


def test_manifest_policy_and_readme_follow(scenario: Scenario[Any]) -> None:
    (_, command) = manifest([scenario])["features"]["slash_commands"]
    (fix,) = [each for each in rights([scenario], [POOL])["Statement"] if each["Sid"] == "Fix"]

    assert (command["command"], command["description"]) == ("/cognito-unverify-email", scenario.summary)
    assert fix["Action"] == ["cognito-idp:AdminUpdateUserAttributes"]
    assert "| `/cognito-unverify-email [user]` | Mark a customer's e-mail address as not verified | a lead |" in table(
        [scenario]
    )


def test_its_own_tests_pass(scenario: Scenario[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(paper.SCENARIOS, scenario.name, scenario)
    found: dict[str, Any] = {}
    exec(TEST, found)  # noqa: S102 - the page's own words, which this test is about
    tests = [value for name, value in found.items() if name.startswith("test_")]

    assert len(tests) == 2
    for test in tests:
        test()


@pytest.mark.parametrize(("name", "code"), [("commands/example.py", CODE), ("tests/test_example.py", TEST)])
def test_what_it_shows_is_clean(name: str, code: str) -> None:
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", name, "-"]
        checked = subprocess.run(ruff, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
