"""What follows from the scenarios stands in the checkout as `make derive` would write it."""

import shutil
from pathlib import Path

import pytest

import commands
from bot.answer import Answer
from bot.operator import derive
from bot.scenario import Form, load, scenario
from bot.words import say

README = (derive.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", derive.derived(load(commands), README))
def test_a_derived_file_follows_its_scenarios(path: str) -> None:
    wanted = derive.derived(load(commands), README)[path]

    assert (derive.ROOT / path).read_text(encoding="utf-8") == wanted, "run `make derive`"


class Nothing(Form):
    """Asks nothing."""


@scenario("new-one", title="New one", usage="[this|that]")
def new_one(form: Nothing) -> Answer:
    """Do something new."""
    return Answer(emoji="", headline=say(""), thread=())


def test_a_new_scenario_is_written_into_every_file_that_names_scenarios(tmp_path: Path) -> None:
    shutil.copy(derive.ROOT / "README.md", tmp_path)
    (tmp_path / "docs").mkdir()

    written = derive.write(tmp_path, {"new-one": new_one})

    assert written == ["manifest.yml", "docs/iam-policy.json", "README.md", "docs/slack-errors.md"]
    row = "| `/cognito-new-one [this\\|that]` | Do something new | nobody: it only reads |"
    assert row in (tmp_path / "README.md").read_text("utf-8")
    assert "command: /cognito-new-one" in (tmp_path / "manifest.yml").read_text("utf-8")
    assert derive.write(tmp_path, {"new-one": new_one}) == [], "a second time there is nothing to write"


def test_the_table_says_two_leads_where_the_risk_is_always_high() -> None:
    rows = derive.table(load(commands).values()).splitlines()
    two = [row.split()[1].strip("`") for row in rows if row.endswith("| two leads |")]
    of_many = ["/cognito-bulk-invite", "/cognito-bulk-verify", "/cognito-verify-list"]
    assert sorted(two) == sorted([*of_many, "/cognito-map-provider", "/cognito-pool-email"])
    assert "leads alone may ask for it" in next(row for row in rows if "`/cognito-pool-check`" in row)


def test_a_readme_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="lost its marks"):
        derive.derived(load(commands), "# Another README\n")
