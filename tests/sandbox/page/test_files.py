"""Files on the page: shown where they are shared, to those who are there, chosen in a form, and taken out of it."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sandbox.slack.controls import Json
from sandbox.slack.files import SlackFile, file_json
from tests.sandbox.page.conftest import Sandbox, Visit
from tests.sandbox.page.drawing import Page
from tests.sandbox.page.test_routes import ask, post, read
from tests.sandbox.slack.made_up_app import field, modal

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p8l5xQAAAABJRU5ErkJggg=="
)


def shared(sandbox: Sandbox, name: str, content: bytes, **more: str) -> SlackFile:
    """A file of the app's in #support."""
    files, channel = sandbox.workspace.files, sandbox.workspace.channel("#support")
    announced, _ = files.announce(user="U0DESK", name=name, size=len(content), alt_text=more.get("alt_text", ""))
    files.receive(announced, content)
    file = files.complete(files.received(announced.id), title=more.get("title"))
    message = sandbox.workspace.conversations.post(
        channel=channel.id,
        user="U0DESK",
        text="",
        from_app=True,
        files=[file_json(file, sandbox.url, channel)],
    )
    return files.share(file, channel=channel.id, thread_ts=None, message_ts=message.ts)


def test_a_file_is_shown_with_its_size_and_kept_as_it_is(sandbox: Sandbox) -> None:
    file = shared(sandbox, "report.csv", b"=1+1\r\n" * 300, title="Report <b>")
    page = Page(read(sandbox, "/?as=agent"))

    assert "Report <b>" in page.words
    assert "report.csv · 1.8 KB" in page.words
    [link] = [one for one in page.all("a") if "download" in one]
    with ask(sandbox.url + link["href"]) as answer:
        assert answer.read() == sandbox.workspace.files.known(file.id).content
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''report.csv"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_picture_is_shown_as_one(sandbox: Sandbox) -> None:
    shared(sandbox, "bars.png", PNG, alt_text="Bars by finding")
    [picture] = [one for one in Page(read(sandbox, "/?as=agent")).all("img") if one.get("class") == "file-picture"]

    assert picture["alt"] == "Bars by finding"
    with ask(sandbox.url + picture["src"]) as answer:
        assert (answer.headers["Content-Type"], answer.read()) == ("image/png", PNG)


def test_who_is_not_there_does_not_get_a_file(sandbox: Sandbox) -> None:
    file = shared(sandbox, "report.csv", b"x")
    sandbox.workspace.roll.leaves("guest", "#support")

    with ask(f"{sandbox.url}/page/files/{file.id}/report.csv?as=guest") as answer:
        assert answer.status == 404


def test_a_deleted_file_says_that_it_is(sandbox: Sandbox) -> None:
    file = shared(sandbox, "report.csv", b"x")
    gone = sandbox.workspace.files.delete(file)
    sandbox.workspace.conversations.bury("C0SUPPORT", file.message_ts, file_json(gone, sandbox.url))
    page = read(sandbox, "/?as=agent")

    assert "This file was deleted." in page
    assert "report.csv" not in page
    with ask(f"{sandbox.url}/page/files/{file.id}/report.csv?as=agent") as answer:
        assert answer.status == 404


def test_nobody_else_attaches_to_a_form(sandbox: Sandbox) -> None:
    sandbox.workspace.modals.open("U0AGENT", form())

    assert post(sandbox, "/page/attach?as=agent", {"place": "V1"}, {"Origin": "https://evil.example"}) == 403


def form() -> Json:
    return modal(
        "A list",
        field("list", "List", {"type": "file_input", "filetypes": ["csv"], "max_files": 2}),
        field("reason", "Reason"),
    )


@pytest.mark.page
def test_files_are_chosen_taken_out_and_submitted(sandbox: Sandbox, visit: Visit, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("ana\n", "utf-8")
    window = visit()
    view = sandbox.workspace.modals.open("U0AGENT", form())
    dialog = window.get_by_role("dialog", name="A list")
    dialog.get_by_label("Reason").fill("Called back")
    dialog.get_by_label("List").set_input_files([tmp_path / "a.csv", tmp_path / "b.csv"])
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_label("List").set_input_files(tmp_path / "c.csv")
    expect(window.locator(".toast")).to_have_text("You can attach up to 2 files.")
    dialog.get_by_role("button", name="Remove a.csv").click()
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog).to_contain_text("b.csv")
    expect(dialog.get_by_label("Reason")).to_have_value("Called back")

    assert sandbox.workspace.modals.known(view.id).values == {"list": ["b.csv"], "reason": "Called back"}
