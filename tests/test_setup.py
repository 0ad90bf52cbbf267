"""What `make` installs: enough for what is wanted, no more, the same everywhere, and nothing twice."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FILES = {
    "install": "requirements-install.lock",
    "report": "requirements-report.lock",
    "sandbox": "requirements-sandbox.lock",
    "all": "requirements.lock",
}


def _needed() -> dict[str, list[str]]:
    """What pyproject.toml asks for, by what is wanted."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras, groups = table["project"]["optional-dependencies"], table["dependency-groups"]
    base = table["project"]["dependencies"] + groups["build"]
    tools = [one for one in groups["dev"] if isinstance(one, str)]
    return {
        "install": base + extras["postgres"],
        "report": base + extras["postgres"] + extras["report"],
        "sandbox": base + extras["sandbox"],
        "all": base + [one for extra in extras.values() for one in extra] + tools,
    }


NEEDED = _needed()


def _locked(wanted: str) -> dict[str, tuple[str, frozenset[str]]]:
    """The version and the hashes of each package in a lock file."""
    text = (ROOT / FILES[wanted]).read_text("utf-8")
    entries = re.findall(r"^([\w.-]+)==([^\s;]+)(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: (version, frozenset(re.findall(r"--hash=sha256:\w+", rest))) for name, version, rest in entries}


def _with_what_they_need(requirements: Iterable[str]) -> set[str]:
    """The names of these packages and of all that those need in turn on this machine."""
    found, open_ones = set[tuple[str, str]](), [(Requirement(one), "") for one in requirements]
    while open_ones:
        one, extra = open_ones.pop()
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        for each in {"", *one.extras}:
            if (key := (canonicalize_name(one.name), each)) not in found:
                found.add(key)
                open_ones += [(Requirement(need), each) for need in requires(one.name) or ()]
    return {name for name, _ in found}


@pytest.mark.parametrize("wanted", FILES)
def test_everything_that_is_needed_is_locked_with_its_hashes_and_no_address(wanted: str) -> None:
    locked = _locked(wanted)
    text = (ROOT / FILES[wanted]).read_text("utf-8")

    assert _with_what_they_need(NEEDED[wanted]) - set(locked) == set()
    assert [name for name, (_, hashes) in locked.items() if not hashes] == []
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("part", ["install", "sandbox"])
def test_a_part_has_the_versions_of_the_whole_and_nothing_that_only_others_need(part: str) -> None:
    locked = _locked(part)
    others = {Requirement(one).name for one in NEEDED["all"]} - _with_what_they_need(NEEDED[part])

    assert {name: _locked("all").get(name) for name in locked} == locked
    assert set(locked) & others == set()


PYTHON = """\
#!/bin/sh
case "$1 $2" in
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip") echo "$*" | sed -n "s/.* -r //p" >> installed.txt ;;
esac
"""
"""Says yes to everything, and writes down the lock files that it was to install."""


class Checkout:
    """The script and what it reads, with a Python that installs nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/setup", folder / "scripts")
        for name in ("pyproject.toml", *FILES.values()):
            (folder / name).touch()
        (folder / "python").write_text(PYTHON)
        (folder / "python").chmod(0o755)

    def installs(self, *wanted: str) -> list[str]:
        """Run it, and return the lock files that were installed."""
        installed = self.folder / "installed.txt"
        installed.write_text("")
        environ = {"PATH": os.environ["PATH"], "PYTHON": str(self.folder / "python")}
        subprocess.run(["sh", "scripts/setup", *wanted], cwd=self.folder, env=environ, check=True, capture_output=True)
        return installed.read_text().split()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_what_is_there_is_not_installed_again_and_nothing_is_taken_away(checkout: Checkout) -> None:
    assert checkout.installs("sandbox") == ["requirements-sandbox.lock"]
    assert checkout.installs("sandbox") == []
    assert checkout.installs("install") == ["requirements-install.lock"]
    assert checkout.installs("sandbox") == []
    assert checkout.installs() == ["requirements.lock"]
    assert [checkout.installs(*wanted) for wanted in (["sandbox"], ["install"], [])] == [[], [], []]


def test_after_a_change_what_was_installed_for_something_else_counts_no_more(checkout: Checkout) -> None:
    checkout.installs("all")
    (checkout.folder / "requirements.lock").write_text("# other versions\n")

    assert checkout.installs("sandbox") == ["requirements-sandbox.lock"]
    (checkout.folder / "requirements.lock").write_text("")
    assert checkout.installs("all") == ["requirements.lock"], "the sandbox has other versions of the same packages"


def test_an_environment_that_was_moved_is_made_again(checkout: Checkout, tmp_path: Path) -> None:
    checkout.installs("install")
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    checkout.folder = moved

    assert checkout.installs("install") == ["requirements-install.lock"]
