"""What a contributor meets: the pages, GitHub's files and the hooks say what is so, in words that everybody knows."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
TEMPLATES = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
DECISIONS = ROOT / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _named(text: str) -> list[str]:
    """The files of the project that a text names, without what is a program's or a person's."""
    return re.findall(r"`((?:bot|commands|docs|scripts|tests)/[\w./-]+|[A-Z]+\.md|pyproject\.toml)`", text)


def test_the_newest_version_in_the_changelog_is_the_projects() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == project["version"]
    released = [(tuple(map(int, version.split("."))), day) for version, day in headings[1:]]
    assert released == sorted(released, reverse=True)
    assert all(day for _, day in released)
    assert len(re.findall(r"^## ", changelog, re.MULTILINE)) == len(headings)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", changelog, re.MULTILINE)) <= kinds


def test_github_runs_what_ci_runs_and_nothing_cleverer() -> None:
    (file,) = (GITHUB / "workflows").iterdir()
    workflow = _yaml(file)
    (job,) = workflow["jobs"].values()

    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"].removeprefix(
        ">="
    )
    assert job["strategy"]["matrix"]["python"] == [oldest, "3.x"]


def test_every_action_is_pinned_by_a_commit_that_says_its_version() -> None:
    for file in (GITHUB / "workflows").iterdir():
        for line in file.read_text("utf-8").splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_dependabot_looks_at_every_kind_of_dependency_once_a_week() -> None:
    updates = _yaml(GITHUB / "dependabot.yml")["updates"]

    assert {each["package-ecosystem"] for each in updates} == {"pip", "github-actions"}
    assert {each["schedule"]["interval"] for each in updates} == {"weekly"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_form_for_issues_is_one_that_github_takes_and_warns_of_secrets(template: Path) -> None:
    form = _yaml(template)
    fields = [each for each in form["body"] if each["type"] != "markdown"]

    assert {"name", "description", "body"} <= set(form)
    assert {each["type"] for each in fields} <= {"textarea", "input", "dropdown", "checkboxes"}
    identities = [each["id"] for each in fields]
    assert len(set(identities)) == len(identities)
    assert all(each["attributes"]["label"] for each in fields)
    first = form["body"][0]["attributes"]["value"]
    assert "Everybody can read this" in first
    assert "token" in first


@pytest.mark.parametrize("template", [*TEMPLATES, GITHUB / "pull_request_template.md"], ids=lambda path: path.stem)
def test_a_template_names_only_commands_and_files_that_there_are(template: Path) -> None:
    text = template.read_text("utf-8")
    program = subprocess.run(
        [ROOT / ".venv/bin/desk", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout

    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= TARGETS
    for command in re.findall(r"\bdesk ([a-z-]+)`", text):
        assert re.search(rf"^\s+{command}\b", program, re.MULTILINE), command
    for path in _named(text):
        assert (ROOT / path).exists(), path


def test_the_form_for_bugs_asks_for_what_was_typed_what_came_and_the_doctor() -> None:
    fields = {each.get("id"): each for each in _yaml(GITHUB / "ISSUE_TEMPLATE" / "bug.yml")["body"]}

    assert fields["typed"]["validations"]["required"]
    assert fields["came"]["validations"]["required"]
    assert "desk doctor" in fields["doctor"]["attributes"]["label"]


def test_gits_hooks_call_the_projects_own_checks_and_download_nothing() -> None:
    config = _yaml(ROOT / ".pre-commit-config.yaml")
    (repository,) = config["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    check = (ROOT / "scripts" / "check").read_text("utf-8")

    assert repository["repo"] == "local"
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    assert hooks["test-quick"]["stages"] == ["pre-push"]
    assert "test-quick" in TARGETS
    # The same programs as `make test`, so that a commit is judged alike.
    assert hooks["format"]["entry"].startswith(".venv/bin/ruff format --check")
    assert hooks["lint"]["entry"].startswith(".venv/bin/ruff check")
    assert "ruff format --check" in check
    assert "ruff check" in check


def test_every_decision_is_in_the_index_by_its_number_and_title() -> None:
    index = (DECISIONS / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", index, re.MULTILINE)

    there = [
        (re.findall(r"^# (\d+)\. (.+)$", record.read_text("utf-8"), re.MULTILINE)[0], record.name) for record in RECORDS
    ]
    assert listed == [(number, title, name) for (number, title), name in there]
    assert [int(name[:4]) for _, name in there] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_it_costs_and_when_to_look_again(record: Path) -> None:
    headings = re.findall(r"^\*\*([A-Z][\w ]+?)\.?\*\*", record.read_text("utf-8"), re.MULTILINE)

    wanted = ["Situation", "Decision", "What it costs", "Look again when"]
    assert [heading for heading in headings if heading in wanted] == wanted


PLAIN = {
    r"mend(s|ed|ing)?": "repair, fix",
    r"who(m)?(so)?ever": "the person who, everybody who",
    r"likewise": "the same, also",
    r"laps(e|ed|es|ing)": "expire",
    r"asunder": "apart",
    r"for good": "for ever, permanently",
    r"slips? of the pen": "typing mistake",
    r"thereby|hereby|hence|thus|albeit|notwithstanding|henceforth|heretofore": "so, but",
    r"anew|afresh": "again",
    r"meanwhile": "in the meantime, until then",
    r"errands?": "customer action",
    r"whisper(s|ed|ing)?": "ephemeral message",
    r"nudg(e|es|ed|ing)": "reminder",
    r"bystanders?": "others who are affected",
    r"get(s|ting)? along": "manage, work",
    r"stand(s)? in for": "replace",
    r"be it|in the face of|on the fly|under the hood|out of the box|rule of thumb|silver bullet": "say it literally",
    r"simply|just|obviously|of course|easily": "leave it out",
    r"leverag(e|es|ed|ing)|utili[sz](e|es|ed|ing)": "use",
}
"""What documents for readers from anywhere do without, and what they say in its place."""

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    GITHUB / "pull_request_template.md",
    *TEMPLATES,
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_relative)
def test_a_document_says_it_in_plain_english(document: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", document.read_text("utf-8"), flags=re.DOTALL)

    found = {
        f"{match[0]!r}: say {instead!r}"
        for words, instead in PLAIN.items()
        for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
    }
    assert found == set()
