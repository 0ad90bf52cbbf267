"""The README's table of the article: all of its commands, in its order, each beside what the desk really has for it."""

import re
from pathlib import Path
from typing import Any, get_args

import botocore.session
import pytest
from botocore import xform_name

import commands
from bot.aws.live_customer import OPERATIONS
from bot.scenario import load

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
(SECTION,) = re.findall(r"^## The article behind it\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
ROWS = [[cell.strip() for cell in row.strip("|\n").split("|")] for row in re.findall(r"^\|.*\n", SECTION, re.MULTILINE)]
ROWS = [row for row in ROWS[2:] if row[2]]
SCENARIOS = load(commands)
MODEL = botocore.session.get_session().get_service_model("cognito-idp")
COGNITO = {xform_name(name, "-"): name for name in MODEL.operation_names}

THE_ARTICLES_OWN = [
    "update-user-attributes",
    "admin-update-user-attributes",
    "verify-user-attribute",
    "get-user-attribute-verification-code",
    "sign-up",
    "confirm-sign-up --force-alias-creation",
    "confirm-sign-up --no-force-alias-creation",
    "admin-create-user … --force-alias-creation",
]
"""The command lines that the article prints, in its order."""


def told(cell: str) -> str:
    return " ".join(re.findall(r"`([^`]+)`", cell))


def choices(name: str) -> set[str]:
    """Everything that a scenario's form shows: its labels and what there is to choose."""
    fields: dict[str, Any] = SCENARIOS[name].form.model_fields
    return {choice for info in fields.values() for choice in (info.title, *map(str, get_args(info.annotation)))}


def test_every_command_of_the_article_is_there_in_its_order() -> None:
    listed = iter(told(cli) for _, cli, _ in ROWS)
    # Each is found behind the one before it.
    assert [command for command in THE_ARTICLES_OWN if command not in listed] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_the_agent_types_is_there_and_can_send_that_call(row: list[str]) -> None:
    _, cli, typed = row
    operation = COGNITO[told(cli).split()[0]]
    names = [command.removeprefix("/cognito-") for command in re.findall(r"`(/cognito-[a-z-]+)`", typed)]

    assert set(names) <= set(SCENARIOS)
    for name in names:
        scenario = SCENARIOS[name]
        assert operation in scenario.sends or (scenario.acts_as_customer and operation in OPERATIONS)
        assert set(re.findall(r"\*([^*]+)\*", typed)) <= choices(name)


def test_the_sign_in_is_a_field_of_the_commands_that_need_it() -> None:
    for name in ("send-code", "enter-code"):
        assert "Password" in choices(name)
