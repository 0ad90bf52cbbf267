"""The page on the local Slack and Cognito for another app: its tests pass, its commands run, its lists are whole."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from slack_sdk import WebClient

from sandbox.cognito import sts_wire
from sandbox.cognito.operations import OVERLAY
from sandbox.cognito.ses_wire import OPERATIONS
from sandbox.slack.sockets import Sockets
from sandbox.slack.web_api import WebApi
from sandbox.testing import Workspace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "local-slack-and-cognito.md").read_text("utf-8")
(MANIFEST,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SLACK, COGNITO = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^    (python -m sandbox .*)$", PAGE, re.MULTILINE)


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def play(folder: Path, test: str) -> "subprocess.CompletedProcess[str]":
    """Run a test as the page's reader would, in a folder of its own with nothing else in it but the manifest."""
    (folder / "app.yml").write_text(MANIFEST, "utf-8")
    (folder / "test_it.py").write_text(test, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [(SLACK, "Hello to you, too.", "Go away."), (COGNITO, "email_verified", "pending")],
    ids=["slack", "cognito"],
)
def test_the_page_s_tests_pass_and_can_fail(test: str, right: str, wrong: str, tmp_path: Path) -> None:
    ended = play(tmp_path, test)
    assert ended.returncode == 0, ended.stdout

    before, found, after = test.rpartition(right)
    failed = play(tmp_path, f"{before}{wrong}{after}")
    assert found
    assert failed.returncode == 1, failed.stdout
    assert "AssertionError" in failed.stdout


@contextmanager
def running(command: str, folder: Path) -> Iterator[dict[str, str]]:
    """Run one of the page's commands on any free port, and read the environment that it prints."""
    arguments = re.sub(r"--port \d+", "--port 0", command).split()[1:]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = list(iter(process.stdout.readline, "# Ctrl-C ends it and forgets everything in it.\n"))
        yield dict(line.removeprefix("export ").strip().split("=", 1) for line in said if line.startswith("export "))
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def test_its_command_for_slack_runs_one_s_own_app_s_workspace(tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_text(MANIFEST, "utf-8")
    (command,) = (one for one in COMMANDS if " slack " in one)

    with running(command, tmp_path) as environ:
        slack = WebClient(environ["SLACK_BOT_TOKEN"], base_url=environ["SLACK_API_URL"])
        assert slack.auth_test()["user"] == "greeter"
        with urllib.request.urlopen(environ["SLACK_API_URL"].removesuffix("api/")) as page:
            assert "Greeter" in page.read().decode()


def test_its_command_for_cognito_runs_pools_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = (one for one in COMMANDS if " cognito " in one)

    with running(f"{command} --samples", tmp_path) as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        aws = boto3.session.Session().client("cognito-idp")
        created = aws.create_user_pool(PoolName="mine")["UserPool"]["Id"]
        assert aws.describe_user_pool(UserPoolId=created)["UserPool"]["Name"] == "mine"


def test_a_manifest_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_text("features: []\n", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "slack", "--manifest", "app.yml", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("app.yml is no app's manifest: ")
    assert "Traceback" not in ended.stderr


def test_its_list_of_slack_s_methods_is_whole() -> None:
    (listed,) = re.findall(r"\*\*Web API\*\*: (.*?)\. Any other", section("What the local Slack plays"), re.DOTALL)

    workspace = Workspace({"display_information": {"name": "x"}})

    assert set(re.findall(r"`([\w.]+)`", listed)) == WebApi(workspace, Sockets(workspace).methods).methods


def test_its_lists_of_aws_s_operations_are_whole() -> None:
    written = section("What the local Cognito plays")
    (own,) = re.findall(r"These are the operations (.*?)\.\n", written, re.DOTALL)
    (sts,) = re.findall(r"\*\*STS\*\*: (.*?)\. ", written, re.DOTALL)
    (ses,) = re.findall(r"\*\*SES \(v2\)\*\*: (.*?)\.\n", written, re.DOTALL)

    assert set(re.findall(r"`(\w+)`", own)) == set(OVERLAY)
    assert set(re.findall(r"`(\w+)`", sts)) == set(sts_wire.OPERATIONS)
    assert set(re.findall(r"`(\w+)`", ses)) == {name for name, _, _ in OPERATIONS.values()}
