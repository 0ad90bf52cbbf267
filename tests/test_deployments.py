"""The files that the desk is run by, and the page that tells how: what each promises stands in it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard, get_args

import pytest
from dotenv import dotenv_values
from pydantic import BaseModel

from bot.answer import Team
from bot.app import DECIDERS, LISTENERS, REFUSERS, RUNNERS, WORKERS
from bot.aws import clients
from bot.desk import rechecks
from bot.run import GAVE_UP, STOP_SECONDS
from bot.settings import File, secret_name
from tests.deployments.pages import Step, environment, let_in, stages, tried, unit

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/operating.md").read_text("utf-8")
DOCKERFILE = stages((ROOT / "deploy/Dockerfile").read_text("utf-8"))
UNIT = unit((ROOT / "deploy/cognito-desk.service").read_text("utf-8"))
IGNORED = (ROOT / ".dockerignore").read_text("utf-8")


def settings(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every setting by its name in the page: ``approvals.expires_after``, ``pools.NAME.id``, ``teams.app``."""
    for name, field in model.model_fields.items():
        tables = [each for each in (field.annotation, *get_args(field.annotation)) if _is_table(each)]
        if name == "teams":
            yield from (f"{before}{name}.{team}" for team in Team)
        elif tables:
            # A dictionary of tables has a name for each; one that may be left out is a union.
            inside = f"{before}{name}.NAME." if name == "pools" else f"{before}{name}."
            yield from settings(tables[0], inside)
        elif (before, name) != ("pools.NAME.", "client_secret"):
            yield f"{before}{name}"


def _is_table(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


@pytest.mark.parametrize("name", [*settings(File)])
def test_every_setting_is_explained(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(name)}`[^|]*\|", PAGE, re.MULTILINE), "a row of the table"


def test_every_variable_of_the_example_is_explained() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    names = set(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE)) - {secret_name("prod")} | {secret_name("name")}

    assert {name for name in names if not re.search(rf"^\| `{name}` \|", PAGE, re.MULTILINE)} == set()
    assert set(dotenv_values(ROOT / ".env.example")) <= names


def test_the_page_can_be_followed_by_its_commands() -> None:
    blocks = tried(PAGE)

    assert list(blocks) == ["packages", "install", "settings", "look", "start", "upgrade", "backup", "restore"]
    assert "requirements-install.lock" in blocks["install"]
    assert blocks["install"].strip() in blocks["upgrade"]
    assert not any(line.startswith(" ") for text in blocks.values() for line in text.splitlines())
    assert "useradd --system --user-group --home-dir /var/lib/cognito-desk" in blocks["settings"]


# The unit


def test_the_unit_ends_the_desk_in_its_own_time_and_leaves_it_stopped_when_waiting_changes_nothing() -> None:
    assert int(UNIT["TimeoutStopSec"][0]) > STOP_SECONDS
    assert UNIT["RestartPreventExitStatus"] == [f"2 {GAVE_UP}"]
    assert UNIT["Restart"] == ["always"]
    assert "KillSignal" not in UNIT, "SIGTERM is the usual one"


def test_the_unit_gives_the_desk_no_rights_and_one_folder_to_write_to() -> None:
    assert (UNIT["User"], UNIT["Group"]) == (["cognito-desk"], ["cognito-desk"])
    assert UNIT["CapabilityBoundingSet"] == [""]
    assert UNIT["ProtectSystem"] == ["strict"]
    assert UNIT["StateDirectory"] == ["cognito-desk"]
    assert "ReadWritePaths" not in UNIT
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictSUIDSGID"):
        assert UNIT[name] == ["yes"], name


def test_the_unit_lets_the_desk_have_all_its_threads() -> None:
    ours = (LISTENERS, WORKERS, DECIDERS, REFUSERS, RUNNERS, rechecks.AT_ONCE, clients.AT_ONCE, clients.FOR_TICKETS)
    assert int(UNIT["TasksMax"][0]) > sum(ours) + 100, "and those that look, and the libraries' own"


def test_the_page_makes_what_the_unit_expects() -> None:
    made = tried(PAGE)["settings"]
    home = environment(UNIT["Environment"])["HOME"]

    assert UNIT["WorkingDirectory"] == ["/etc/cognito-desk"]
    assert f"install -d -m 750 -g {UNIT['Group'][0]} {UNIT['WorkingDirectory'][0]}" in made
    assert home == f"/var/lib/{UNIT['StateDirectory'][0]}"
    assert f"DESK_DATABASE_URL=sqlite:///{home}/desk.db" in made
    assert UNIT["ExecStart"] == ["/opt/desk/bin/desk run"]


# The image


def _last(name: str) -> Step:
    return [step for step in DOCKERFILE[-1] if step.name == name][-1]


def test_the_image_runs_as_nobody_in_particular_and_never_as_root() -> None:
    user, group = _last("USER").text.split(":")

    assert int(user) > 0
    assert int(group) > 0
    names = [step.name for step in DOCKERFILE[-1]]
    assert "RUN" not in names[names.index("USER") :], "nothing is installed as the desk's user"


def test_the_image_has_what_an_operator_needs_in_its_locked_versions() -> None:
    installed = " ".join(step.text for step in DOCKERFILE[0] if step.name == "RUN")

    assert '--require-hashes -r "$LOCK"' in installed
    assert [step.text for step in DOCKERFILE[0] if step.name == "ARG"] == ["LOCK=requirements-install.lock"]
    assert {"requirements-install.lock", "requirements-report.lock"} <= {
        step.words[0] for step in DOCKERFILE[0] if step.name == "COPY"
    }
    assert "requirements.lock" not in installed
    assert installed.count("pip install") == installed.count("--no-deps") == 2
    for each in DOCKERFILE:
        assert each[0].words[0] == "${BASE}"


def test_the_image_ends_and_is_asked_as_the_desk_understands_it() -> None:
    assert _last("STOPSIGNAL").text == "SIGTERM"
    assert [*_last("ENTRYPOINT").words, *_last("CMD").words] == UNIT["ExecStart"][0].split()
    _, check = _last("HEALTHCHECK").text.split(" CMD ")
    program, option, source = Step("CMD", check.strip()).words
    assert (program, option) == ("/opt/desk/bin/python", "-c")
    compile(source, "the health check", "exec")
    assert "'/livez'" in source


def test_nothing_of_the_checkout_reaches_the_image_but_the_program() -> None:
    paths = [
        *(
            ".env",
            "desk.toml",
            "desk.db",
            "deploy/certificates/rds.pem",
            "deploy/fargate.yaml",
            "bot/run.py",
            "LICENSE",
        ),
        *("bot/__pycache__/run.pyc", "bot/slack/__pycache__/app.pyc", "commands/check.py", "tests/test_house.py"),
        *(
            "sandbox/run.py",
            "pyproject.toml",
            "requirements-install.lock",
            "requirements.lock",
            ".git/config",
            ".venv/x",
        ),
    ]

    assert sorted(let_in(IGNORED, paths)) == [
        *("LICENSE", "bot/run.py", "commands/check.py", "deploy/certificates/rds.pem"),
        *("pyproject.toml", "requirements-install.lock"),
    ]


def test_a_secret_is_in_no_file_that_the_desk_is_run_by() -> None:
    for file in (ROOT / "deploy").rglob("*"):
        if file.is_file() and file.suffix != ".pem":
            assert not re.search(r"xox[bp]-\w|xapp-\w|AKIA", file.read_text("utf-8")), file


def test_a_container_of_the_page_can_write_nowhere_and_gets_time_to_end() -> None:
    [command] = re.findall(r"docker run --detach(?:.*\\\n)*.*", PAGE)
    words = shlex.split(command.replace("\\\n", " "))

    assert "--read-only" in words
    assert words[words.index("--cap-drop") + 1] == "ALL"
    assert int(words[words.index("--stop-timeout") + 1]) > STOP_SECONDS
