"""The command line: each command does its one thing, and what is wrong is said in words with an exit code of 2."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from bot.cli import main
from bot.ticket import Event
from bot.tickets import audit, resource_keys
from bot.tickets.seals import Sealer
from bot.tickets.store import Store

ROOT = Path(__file__).parents[2]
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "DESK_DATABASE_URL": "sqlite:///desk.db",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's folder with right settings, where the commands run."""
    for name in (*ENVIRON, "DESK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in ENVIRON.items()))
    (tmp_path / "desk.toml").write_text((ROOT / "desk.example.toml").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    assert listed >= {"run", "sandbox", "doctor", "manifest", "iam-policy", "audit", "status"}


def test_the_manifest_that_is_printed_is_the_one_in_the_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0

    assert yaml.safe_load(capsys.readouterr().out) == yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))


def test_a_sandbox_that_was_not_installed_is_told_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in {"sandbox", "moto"}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "moto", None)

    assert main(["sandbox", "--port", "0", "--cognito-port", "0"]) == 2

    assert re.match(r"The sandbox needs moto\S*, which is not installed: make sandbox", capsys.readouterr().err)


def test_the_manifest_has_the_names_of_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "desk.toml").open("a") as file:
        file.write('\n[slack]\ncommand = "/cognito-staging"\nname = "Cognito Desk Staging"\n')

    assert main(["manifest"]) == 0

    printed = capsys.readouterr()
    made = yaml.safe_load(printed.out)
    assert made["display_information"]["name"] == "Cognito Desk Staging"
    assert "/cognito-staging-check" in {each["command"] for each in made["features"]["slash_commands"]}
    assert "typed like this: /cognito-staging resend-invitation" in printed.err


def test_the_manifest_needs_no_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "desk.toml").unlink()

    assert main(["manifest"]) == 0

    printed = capsys.readouterr()
    assert yaml.safe_load(printed.out) == yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    assert printed.err == ""


@pytest.mark.parametrize("command", ["/Cognito", "/cognito-check"])
def test_a_prefix_that_can_not_be_ends_it(folder: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "desk.toml").open("a") as file:
        file.write(f'\n[slack]\ncommand = "{command}"\n')

    assert main(["manifest"]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "slack.command: " in printed.err
    assert "For example:\n[slack]\n" in printed.err


def test_the_iam_policy_is_for_the_pools_of_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "desk.toml").read_text("utf-8")
    (folder / "desk.toml").write_text(text.replace("us-east-1_AbC123", "us-east-1_Mine"), "utf-8")

    assert main(["iam-policy"]) == 0

    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert {one for statement in statements if statement["Sid"] != "Rates" for one in statement["Resource"]} == {
        "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_Mine"
    }


def test_the_iam_policy_of_pools_with_roles_is_printed_by_role_with_whom_each_trusts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    role, desk = "arn:aws:iam::444455556666:role/desk", "arn:aws:iam::111122223333:role/desk"
    shop = f'id = "eu-west-1_Shop"\nregion = "eu-west-1"\nclient_id = "x"\nrole_arn = "{role}"\nexternal_id = "shop-42"'
    with (folder / "desk.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[pools.shop]\n{shop}\n")

    assert main(["iam-policy", "--desk-role", desk]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"the desk's own role or user", role}
    assert printed[role]["trust"]["Statement"][0]["Principal"] == {"AWS": desk}

    with pytest.raises(SystemExit):
        main(["iam-policy", "--desk-role", "desk"])
    assert "is not the ARN of a role or user" in capsys.readouterr().err


def test_the_iam_policy_has_the_bucket_of_the_audit_s_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bucket = '[audit]\nexport = "s3://example-audit/desk"\nbucket_owner = "123456789012"\nregion = "us-east-1"\n'
    file = folder / "desk.toml"
    file.write_text(bucket + file.read_text("utf-8"), "utf-8")
    assert main(["iam-policy"]) == 0
    assert json.loads(capsys.readouterr().out)["Statement"][-1]["Sid"] == "Export"

    pool = 'id = "us-east-1_S"\nregion = "us-east-1"\nclient_id = "x"\nrole_arn = "arn:aws:iam::444455556666:role/desk"'
    file.write_text(f"{file.read_text('utf-8')}\n[pools.shop]\n{pool}\n", "utf-8")
    assert main(["iam-policy"]) == 0
    printed = json.loads(capsys.readouterr().out)
    own = printed.pop("the desk's own role or user")
    assert own["policy"]["Statement"][-1]["Sid"] == "Export"
    assert "s3:" not in json.dumps(printed)


def test_the_iam_policy_needs_no_tokens(folder: Path) -> None:
    (folder / ".env").unlink()

    assert main(["iam-policy"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "audit"])
def test_a_wrong_setting_ends_a_command_with_the_key_and_without_a_traceback(folder: Path, command: str) -> None:
    (folder / ".env").write_text("SLACK_BOT_TOKEN=oops-secret\nSLACK_APP_TOKEN=xapp-1\n")

    ended = subprocess.run(
        [sys.executable, "-m", "bot.cli", command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN: doesn't begin with xoxb-" in ended.stderr
    assert "for example: SLACK_BOT_TOKEN=xoxb-" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "oops-secret" not in ended.stderr + ended.stdout


def test_run_says_which_setting_is_to_blame_when_slack_is_out_of_reach(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2

    assert "SLACK_API_URL" in capsys.readouterr().err


def test_a_kind_of_database_that_is_not_supported_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".env").write_text((folder / ".env").read_text().replace("sqlite:///desk.db", "mysql://u@h/d"))

    assert main(["audit"]) == 2

    assert "DESK_DATABASE_URL: mysql is not supported" in capsys.readouterr().err


def test_variables_that_are_set_win_over_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_CONFIG", "another.toml")

    assert main(["iam-policy"]) == 2

    assert capsys.readouterr().err.startswith("another.toml: can't be read")


def test_what_the_file_says_to_aws_reaches_it_and_the_desks_own_secrets_stay_out_of_the_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / ".env").open("a") as file:
        file.write("AWS_PROFILE=desk\n")
    # So that it is put back after the test.
    monkeypatch.setenv("AWS_PROFILE", "")
    monkeypatch.delenv("AWS_PROFILE")

    assert main(["iam-policy"]) == 0

    assert os.environ["AWS_PROFILE"] == "desk"
    assert "SLACK_BOT_TOKEN" not in os.environ


def _audited(folder: Path) -> None:
    database = Store(f"sqlite:///{folder / 'desk.db'}")
    database.prepare()
    with database.transaction() as connection:
        audit.record(connection, database, Event.REFUSED, ticket=None, person="U0AGENT", detail={"tried": "ask"})
        audit.record(connection, database, Event.REFUSED, ticket=None, person="U0LEAD1", detail={"tried": "Ümläut"})
    database.close()


def test_the_audit_comes_as_json_lines_and_can_be_narrowed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _audited(folder)

    assert main(["audit"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["person"] for row in rows] == ["U0AGENT", "U0LEAD1"]

    assert main(["audit", "--person", "U0LEAD1", "--since", "2020-01-01", "--until", "2999-01-01T00:00+01:00"]) == 0
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert row["detail"] == {"tried": "Ümläut"}

    assert main(["audit", "--since", "2999-01-01"]) == 0
    assert capsys.readouterr().out == ""


def test_the_audit_is_verified_and_a_head_that_was_kept_is_looked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _audited(folder)
    assert main(["audit", "verify"]) == 0
    assert "Rows that aren't sealed yet: 2, the oldest from 20" in capsys.readouterr().out
    Sealer(Store(f"sqlite:///{folder / 'desk.db'}")).seal_all()

    assert main(["audit", "verify"]) == 0
    said = capsys.readouterr().out
    assert "Sealed rows that fit: 2." in said
    head = said.partition("Head: ")[2].partition("\n")[0]
    assert main(["audit", "verify", "--head", head]) == 0
    assert f"The head that you gave, {head}, is in the chain." in capsys.readouterr().out
    assert main(["audit", "verify", "--head", f"2:{'0' * 64}"]) == 1
    assert "DOESN'T FIT: link 2 has the digest" in capsys.readouterr().out
    with closing(sqlite3.connect(folder / "desk.db")) as beside, beside:
        beside.execute("DROP TRIGGER audit_no_update")
        beside.execute("UPDATE audit SET person = 'U0THIEF' WHERE id = 2")
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert "DOESN'T FIT: row 2 of the audit (link 2) isn't what was sealed" in said
    assert "NOT PROTECTED: audit_no_update" in said


@pytest.mark.parametrize("command", ["verify", "forget"])
def test_a_database_that_does_not_let_it_be_done_is_told_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    _audited(folder)
    with closing(sqlite3.connect(folder / "desk.db")) as beside, beside:
        beside.execute("DROP TABLE audit_seal")
    assert main(["audit", command, *(["ana"] if command == "forget" else [])]) == 2
    assert "DESK_DATABASE_URL: the database can't be used (no such table: audit_seal)" in capsys.readouterr().err


def test_a_customer_is_forgotten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _audited(folder)
    assert main(["audit", "forget", "ana"]) == 1
    assert "Nothing is on record" in capsys.readouterr().out
    database = Store(f"sqlite:///{folder / 'desk.db'}")
    with database.transaction() as connection:
        concerns = resource_keys.of_person("prod", reference="ana")
        audit.record(connection, database, Event.SENT, ticket=None, detail={"user": "ana"}, concerns=concerns)

    assert main(["audit", "forget", "ana"]) == 0

    assert "from 0 requests, 1 rows of the audit and 0 checks" in capsys.readouterr().out
    assert main(["audit"]) == 0
    *_, forgotten = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (forgotten["event"], forgotten["detail"]["rows"]) == ("forgotten", [[3, 3]])


@pytest.mark.parametrize("wrong", [["verify", "--head", "12"], ["verify", "--head", "0:ab"], ["forget", " "]])
def test_what_is_no_head_and_nobody_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *wrong])
    assert ended.value.code == 2
    assert "N:DIGEST" in capsys.readouterr().err or wrong[0] == "forget"


def test_the_status_needs_the_database_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _audited(folder)
    (folder / "desk.toml").unlink()

    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^connections to Slack  none: no desk runs", said, re.MULTILINE)
    assert re.search(r"^waiting for leads     0$", said, re.MULTILINE)

    assert main(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["slack_connections"], found["in_doubt"], found["oldest_waiting_seconds"]) == (0, 0, None)
    assert found["newest_audit"].endswith("+00:00")


def test_the_status_of_what_can_not_be_read_ends_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 2
    assert capsys.readouterr().err.startswith("DESK_DATABASE_URL: this database is empty")

    (folder / "desk.db").write_text("no database")
    assert main(["status", "--json"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "DESK_DATABASE_URL: the database can't be" in printed.err) == ("", True)


@pytest.mark.parametrize("wrong", [["--since", "yesterday"], ["--state", "lost"]])
def test_what_the_audit_does_not_understand_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *wrong])

    assert ended.value.code == 2
    assert wrong[1] in capsys.readouterr().err


@pytest.mark.slow
def test_an_audit_whose_reader_stops_early_ends_quietly(folder: Path) -> None:
    _audited(folder)
    program = f"{sys.executable} -m bot.cli audit | true; exit ${{PIPESTATUS[0]}}"

    ended = subprocess.run(
        ["bash", "-c", program],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
def test_what_is_wrong_with_a_scenario_is_said_before_anything_begins(folder: Path) -> None:
    (folder / "commands").mkdir()
    (folder / "commands" / "__init__.py").touch()
    own = (ROOT / "commands" / "history.py").read_text("utf-8").replace('title="History"', 'title=""')
    (folder / "commands" / "broken.py").write_text(own, "utf-8")
    commands = ("run", "sandbox", "manifest", "iam-policy")

    # Started with -c, Python looks into the folder first.
    asked = subprocess.run(
        [sys.executable, "-c", f"from bot.cli import main; print([main([each]) for each in {commands}])"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    said = "commands/broken.py: the title has 0 characters. Write 1 to 24 instead.\n"
    assert (asked.stdout, asked.stderr) == ("[2, 2, 2, 2]\n", said * 4)
    assert not (folder / "desk.db").exists()
