"""The built program works away from the checkout: nothing that it needs is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "commands", "sandbox")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy: building leaves files behind, and takes in what an earlier build left."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), str(source))
    [built] = made.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``desk`` in an environment that has everybody else's packages, and doesn't know the checkout."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    # What such a file names is searched for packages, but not for more such files, of which one leads to the checkout.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    _pip("--python", str(environment / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel))
    return environment / "bin" / "desk"


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-qq", *arguments], check=True, timeout=300)


def _run(program: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_three_packages_and_no_other(wheel: Path) -> None:
    there = [
        path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("[!.]*") if path.is_file()
    ]

    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert inside == {str(path) for path in there if path.parent.name != "__pycache__"}


@pytest.mark.slow
def test_the_installed_program_lists_its_commands_and_prints_the_manifest(program: Path, tmp_path: Path) -> None:
    usage = _run(program, tmp_path, "--help")
    manifest = _run(program, tmp_path, "manifest")

    assert (usage.returncode, usage.stderr) == (0, "")
    assert "iam-policy" in usage.stdout
    assert (manifest.returncode, manifest.stderr) == (0, "")
    assert manifest.stdout == (ROOT / "manifest.yml").read_text("utf-8")


@pytest.mark.slow
def test_the_installed_doctor_says_how_to_begin(program: Path, tmp_path: Path) -> None:
    asked = _run(program, tmp_path, "doctor")

    assert asked.returncode == 1
    assert "cp desk.example.toml desk.toml" in asked.stdout
    assert asked.stderr == ""


@pytest.mark.slow
def test_the_installed_sandbox_gets_ready_and_ends(program: Path, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [str(program), "sandbox", "--port", "0", "--cognito-port", "0", "--slack-waits", "60"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as sandbox:
        assert sandbox.stdout is not None
        said = ""
        try:
            for line in sandbox.stdout:
                said += line
                if "The desk is ready." in line:
                    break
        finally:
            sandbox.send_signal(signal.SIGINT)
        said += sandbox.stdout.read()

    assert "The desk is ready." in said
    assert (sandbox.returncode, "Traceback" in said) == (0, False), said
