"""A list that somebody attaches to a form: fetched after the acknowledgement, read line by line, and kept nowhere."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import commands
from bot.operator.manifest import manifest
from bot.scenario import (
    AdminForm,
    Answer,
    Attached,
    AttachedLists,
    Call,
    Change,
    Directory,
    Effect,
    Form,
    Paragraph,
    Plan,
    Risk,
    Subject,
    load,
    say,
    scenario,
)
from bot.settings import SlackApp
from sandbox.testing import LivePool
from tests.stories.floor import Floor, settings_for, text_of, workspace


class Listed(Form):
    """Whom to look for."""

    list: Attached


class EnableListed(AdminForm):
    """Whom to enable."""

    list: Attached


@scenario("look-up", title="Look a list up")
def look_up(form: Listed, directory: Directory, lists: AttachedLists) -> Answer:
    """Say who of a list is there."""
    found = lists.lines(form.list)
    names = [directory.one(each.user).username for each in found.entries]
    bad = tuple(Paragraph(each.words) for each in found.bad)
    return Answer(emoji="🔎", headline=say("There: {names}", names=", ".join(names)), thread=bad)


@scenario("enable-listed", title="Enable a list", sends=("AdminEnableUser",))
def enable_listed(form: EnableListed, directory: Directory, lists: AttachedLists) -> Plan:
    """Let customers of a list sign in again."""
    users = [directory.one(each.user) for each in lists.lines(form.list).entries]
    return Plan(
        summary=say("Enable {n} accounts", n=len(users)),
        risk=Risk.NORMAL,
        calls=tuple(
            Call(
                operation="AdminEnableUser",
                parameters={"UserPoolId": directory.pool.id, "Username": each.username},
                shown=f"AdminEnableUser({each.username})",
                effect=Effect.SETTABLE,
            )
            for each in users
        ),
        changes=tuple(Change(subject=Subject.of(each), what="Enabled", before="false", after="true") for each in users),
        undo_limits=say("No undo."),
    )


def opened(pool: LivePool, folder: Path, *, files: bool) -> Iterator[Floor]:
    app, scenarios = SlackApp(files=files), {**load(commands), look_up.name: look_up, enable_listed.name: enable_listed}
    with workspace(manifest=manifest(scenarios.values(), app)) as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, folder / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=app))
        floor.scenarios = scenarios
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    yield from opened(pool, tmp_path, files=True)


@pytest.fixture
def floor_without(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    yield from opened(pool, tmp_path, files=False)


def attach(floor: Floor, command: str, content: bytes, name: str = "customers of March.csv") -> None:
    floor.types("agent", command)
    floor.form("agent")
    floor.slack.attaches("agent", "List", (name, content))


def test_a_list_is_read_line_by_line_and_each_bad_line_is_named(
    floor: Floor, pool: LivePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool.add("ana", email="ana@example.com")
    with caplog.at_level(logging.INFO):
        attach(floor, "/cognito-look-up", "User;E-Mail\r\nana;\r\nAna Lopez;\r\n;ana@example.com\r\n".encode("utf-16"))
        floor.submits("agent")
        root = floor.slack.wait_for_message("There: ana, ana")
        floor.slack.wait_for(lambda: floor.slack.replies(root))

    assert "Line 3: neither a user name nor an address." in floor.slack.replies(root)[0].text
    assert "March" not in caplog.text
    assert "files-pri" not in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"PK\x03\x04", "This is an Excel workbook. Save it as CSV, then attach that."),
        ("a.csv", b"\n", "There is no user name and no address in this file."),
    ],
)
def test_a_file_that_is_no_list_comes_back_with_the_reason(floor: Floor, name: str, content: bytes, told: str) -> None:
    attach(floor, "/cognito-look-up", content, name)
    floor.submits("agent")

    floor.modal_says("agent", told)


@pytest.mark.parametrize("fault", ["fail", "drop"])
def test_a_file_that_cannot_be_fetched_is_asked_for_once_more(floor: Floor, pool: LivePool, fault: str) -> None:
    pool.add("ana", email="ana@example.com")
    attach(floor, "/cognito-look-up", b"ana\n")
    getattr(floor.slack.faults, fault)("download")
    floor.submits("agent")
    floor.modal_says("agent", "The file can't be fetched from Slack. Attach it once more.")
    floor.form("agent")
    floor.slack.attaches("agent", "List", ("list.csv", b"ana\n"))
    floor.submits("agent")

    floor.slack.wait_for_message("There: ana")


def test_a_plan_is_made_from_a_list_shown_and_carried_out(floor: Floor, pool: LivePool) -> None:
    for name in ("ana", "bo"):
        pool.add(name, email=f"{name}@example.com", enabled=False)
    attach(floor, "/cognito-enable-listed", b"ana\nbo@example.com\n")
    floor.submits("agent", reason="Their company has paid")
    floor.reads_card("Enable 2 accounts")
    floor.clicks("lead1", "Approve")
    floor.reads_card("✅")

    assert pool.user("ana").enabled
    assert pool.user("bo").enabled


def test_the_file_stands_in_the_form_as_text_once_it_was_read(floor: Floor, pool: LivePool) -> None:
    pool.add("ana", email="ana@example.com", enabled=False)
    attach(floor, "/cognito-enable-listed", b"ana\n")
    floor.slack.submits("agent", {"reason": "Their company has paid"})
    shown = floor.modal_says("agent", "Enable 1 accounts")

    assert "File: customers of March.csv" in text_of(shown)
    assert [each.block_id for each in shown.inputs] == ["reason"]
    assert shown.values["reason"] == "Their company has paid"


def test_without_files_nothing_that_needs_one_is_offered(floor_without: Floor) -> None:
    floor = floor_without
    floor.types("agent", "/cognito-look-up")

    told = floor.slack.wait_for_ephemeral("agent", "The desk takes no files here.")
    assert "files under [slack]" in told.text
