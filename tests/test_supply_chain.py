"""What an operator installs is listed with its licence, and what looks at it never says more than it was told."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TOOLS = (ROOT / "requirements-tools.lock").read_text("utf-8")


def _locked(file: str) -> list[Requirement]:
    text = (ROOT / file).read_text("utf-8")
    return [Requirement(line.rstrip(" \\")) for line in re.findall(r"^[\w.-]+==.*$", text, re.MULTILINE)]


def test_every_library_that_is_installed_is_listed_with_its_licence() -> None:
    rows = re.findall(r"^\| ([\w.-]+) +\| (.+?) +\|$", (ROOT / "docs/licences.md").read_text("utf-8"), re.MULTILINE)
    listed = {canonicalize_name(name): licence for name, licence in rows if name != "Name"}
    locked = _locked("requirements-report.lock")
    here = {canonicalize_name(one.name) for one in locked if one.marker is None or one.marker.evaluate()}

    # It was written on one machine, and others may need more or less: for Windows, or for an older Python.
    assert set(listed) <= {canonicalize_name(one.name) for one in locked}, "run `make sbom`"
    assert here - set(listed) - {"setuptools"} == set(), "run `make sbom`"
    assert all(licence not in {"", "UNKNOWN"} for licence in listed.values())


def test_what_looks_from_outside_is_locked_by_itself_and_installed_with_nothing() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["tools"]
    locked = {canonicalize_name(one.name) for one in _locked("requirements-tools.lock")}
    names = {canonicalize_name(Requirement(one).name) for one in wanted}

    assert names <= locked
    assert "://" not in TOOLS
    assert len(re.findall(r"^[\w.-]+==(?:.*\\\n) +--hash=sha256:", TOOLS, re.MULTILINE)) == len(
        _locked("requirements-tools.lock")
    )
    for other in ("requirements.lock", "requirements-install.lock", "requirements-sandbox.lock"):
        assert names & {canonicalize_name(one.name) for one in _locked(other)} == set(), other


def _told(said: object) -> tuple[int, str]:
    given = said if isinstance(said, str) else f"Some words before.\n{json.dumps(said)}\n"
    asked = [sys.executable, "scripts/audited.py"]
    ended = subprocess.run(asked, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout


@pytest.mark.slow
def test_no_answer_is_never_taken_for_no_flaw() -> None:
    def of(**more: Any) -> dict[str, Any]:
        return {"name": "boto3", "version": "1.44.5", "vulns": [], **more}

    flaw = of(vulns=[{"id": "PYSEC-2026-1", "fix_versions": []}])
    assert _told({"dependencies": [of(), of()]}) == (0, "2 libraries, no known flaw.\n")
    assert _told({"dependencies": [of(), flaw]}) == (1, "boto3 1.44.5: PYSEC-2026-1\n")
    assert _told({"dependencies": [{"name": "boto3", "skip_reason": "not found"}, flaw]})[0] == 1
    code, told = _told({"dependencies": [{"name": "boto3", "skip_reason": "not found"}, of()]})
    assert (code, told) == (3, "Not checked: of 1 of 2 libraries the service knows nothing.\n")
    silences: list[object] = ["", "requests.exceptions.ConnectionError: no way\n", {"dependencies": []}]
    for silent in silences:
        assert _told(silent)[0] == 3, silent
