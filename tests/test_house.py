"""The house keeps its own rules: what its documents, locks and examples say is so."""

import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import commands
from bot import reach
from bot.scenario import load
from bot.slash import SlashCommands

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_links_only_to_what_is_there(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_only_commands_targets_and_modules_that_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    slash = {"/cognito-"}
    for prefix in (SlashCommands(), SlashCommands("/cognito-staging")):
        slash |= {prefix.menu, *map(prefix.own, load(commands))}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    program = {"run", "sandbox", "doctor", "manifest", "iam-policy", "audit", "status"}

    assert set(re.findall(r"(?<!\w)/cognito[a-z-]*", text)) <= slash
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"\bdesk ([a-z-]+)`", text)) <= program
    for path in re.findall(r"`((?:bot|commands|sandbox|tests|docs|scripts)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path


NAMED = {"bot/settings.py", "bot/slash.py"}
"""Where the app's usual name and prefix stand; everybody else is given those of the settings."""
USUAL = re.compile(r"/cognito\b|cognito desk", re.IGNORECASE)


def test_no_word_that_people_read_has_the_usual_name_or_prefix_written_into_it() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for room in ("bot", "commands")
        for file in sorted((ROOT / room).rglob("*.py"))
        if str(file.relative_to(ROOT)) not in NAMED
        if USUAL.search(text := file.read_text("utf-8"))
        for node in _texts(ast.parse(text))
        if USUAL.search(str(node.value))
    ]

    assert found == [], "take them from `Settings.slack`; what scenarios say names other scenarios by their titles"


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text in a module but its docstrings; a scenario's is what people read too, and is one of these."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            is_scenario = isinstance(node, ast.FunctionDef) and bool(node.decorator_list)
            docstrings |= set() if is_scenario else {id(node.body[0].value)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


MOST_ARGUMENTS = 6
"""What takes more is several things at once, or takes things that belong together one by one."""


def test_no_constructor_takes_more_than_six_arguments() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {of.name} takes {taken}"
        for file in sorted((ROOT / "bot").rglob("*.py"))
        if "def __init__(" in (text := file.read_text("utf-8"))
        for of in ast.walk(ast.parse(text))
        if isinstance(of, ast.ClassDef)
        for made in of.body
        if isinstance(made, ast.FunctionDef) and made.name == "__init__"
        if (taken := len(made.args.posonlyargs + made.args.args + made.args.kwonlyargs) - 1) > MOST_ARGUMENTS
    ]

    assert found == [], "group what travels together in a record of its own"


LONG = 300
"""Lines of a module from which on it owes a reason."""


def test_a_long_module_says_why() -> None:
    found = [
        f"{file.relative_to(ROOT)} has {lines} lines"
        for room in ("bot", "commands", "sandbox")
        for file in sorted((ROOT / room).rglob("*.py"))
        if (lines := len((text := file.read_text("utf-8")).splitlines())) > LONG
        if "It is long because" not in (ast.get_docstring(ast.parse(text)) or "")
    ]

    assert found == [], "give the second idea a module of its own, or say in the docstring why there is only one"


def test_every_target_of_make_is_listed_and_knows_its_recipe() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [phony] = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for target in set(phony.split()) - {"help"}:
        assert f"make {target} " in listed
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)


def test_the_example_of_the_secrets_names_every_variable_that_the_desk_reads() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    source = (ROOT / "bot" / "settings.py").read_text("utf-8")
    read = set(re.findall(r'"((?:SLACK|DESK)_[A-Z_]+)"', source))

    assert {name for name in read if name not in example} == set()
    assert {name for name in (reach.OF_SLACK, reach.OF_AWS, "HTTPS_PROXY") if name not in example} == set()


@pytest.mark.slow
def test_an_import_that_breaks_the_layers_is_caught(tmp_path: Path) -> None:
    for package in ("bot", "commands", "sandbox"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "commands").unlink()
    (tmp_path / "commands").mkdir()
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    (tmp_path / "commands" / "__init__.py").write_text("")
    (tmp_path / "commands" / "broken.py").write_text(
        "import slack_sdk\nfrom bot import gateway\nfrom bot.plan.plan import Call\nimport sandbox.run\n"
    )

    checked = subprocess.run(
        [ROOT / ".venv/bin/lint-imports", "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 1
    for line in ("-> bot (", "-> bot.plan.plan (", "-> slack_sdk (", "-> sandbox.run ("):
        assert f"commands.broken {line}" in checked.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("variable", "exit_code"), [("CI", 1), ("LAPTOP", 0)])
def test_in_ci_a_skipped_test_is_a_failed_run(tmp_path: Path, variable: str, exit_code: int) -> None:
    (tmp_path / "conftest.py").symlink_to(ROOT / "tests" / "conftest.py")
    (tmp_path / "test_it.py").write_text("import pytest\n\ndef test_one():\n    pytest.skip('not here')\n")
    environ = {"PATH": os.environ["PATH"], variable: "true"}

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == exit_code, ended.stdout
    assert ("SKIPPED in CI" in ended.stdout) is (variable == "CI")


def test_a_postgresql_that_an_interrupted_worker_leaves_is_ended() -> None:
    # Not in pytest's folder: a second run of pytest on this machine would shut PostgreSQL's own user out of it.
    scratch = Path(tempfile.mkdtemp())
    leaving = "import os; from tests.databases import Postgres; Postgres(); os._exit(0)"
    environ = {**os.environ, "DESK_SCRATCH": str(scratch)}
    subprocess.run([sys.executable, "-c", leaving], cwd=ROOT, env=environ, check=True, timeout=60)
    (file,) = scratch.glob("*/data/postmaster.pid")
    server = int(file.read_text().splitlines()[0])
    assert not _has_ended(server)

    subprocess.run(["sh", "scripts/sweep", scratch], cwd=ROOT, check=True, timeout=300)

    assert _has_ended(server)
    assert not scratch.exists()


def _has_ended(process: int) -> bool:
    """Whether a process is over, be it that nobody takes note of its end, as in a container without an init."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{process}/status")
    return status.exists() and re.search(r"^State:\s*Z", status.read_text(encoding="utf-8"), re.MULTILINE) is not None
