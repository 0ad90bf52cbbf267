"""Files as Slack takes them: announced, sent, completed into a thread, told of, fetched and deleted."""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.rules import Rates, Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.made_up_app import SCOPES, client_for, field, manifest, modal

SUPPORT = "C0SUPPORT"
ALL = [*SCOPES, "files:read", "files:write"]
LIST = b"user name\r\nana\r\n"


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(manifest(scopes=ALL), rules=Rules.quick())


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), KeepRedirects)


def answered(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with OPENER.open(request, timeout=60) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def sent(address: str, content: bytes) -> tuple[int, bytes]:
    return answered(urllib.request.Request(address, content, {"Content-Type": "application/octet-stream"}))


def fetched(address: str, token: str) -> tuple[int, bytes]:
    return answered(urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {}))


def uploaded(client: WebClient, name: str = "list.csv", content: bytes = LIST) -> str:
    begun = client.files_getUploadURLExternal(filename=name, length=len(content))
    assert sent(begun["upload_url"], content)[0] == 200
    return str(begun["file_id"])


def completed(client: WebClient, file: str, **where: Any) -> Any:
    return client.files_completeUploadExternal(files=[{"id": file, "title": "The list"}], **where)


def test_a_file_is_shared_in_a_thread_and_fetched_with_the_token(workspace: Workspace, client: WebClient) -> None:
    root = str(client.chat_postMessage(channel=SUPPORT, text="root")["ts"])
    file = uploaded(client)
    answer = completed(client, file, channel_id=SUPPORT, thread_ts=root, initial_comment="Here it is")

    [told] = answer["files"]
    assert (told["name"], told["title"], told["size"], told["shares"]) == ("list.csv", "The list", len(LIST), {})
    [reply] = workspace.replies(workspace.messages()[0])
    assert reply.text == "Here it is"
    assert [one["id"] for one in reply.files] == [file]
    info = client.files_info(file=file)["file"]
    assert info["shares"]["public"][SUPPORT][0] == {
        "ts": reply.ts,
        "thread_ts": root,
        "channel_name": "support",
        "team_id": "T0DESK",
    }
    assert fetched(info["url_private_download"], workspace.bot_token) == (200, LIST)
    [kept] = client.conversations_replies(channel=SUPPORT, ts=root)["messages"][1:]
    assert kept["files"][0]["id"] == file


def test_the_sdks_own_way_to_upload_works(workspace: Workspace, client: WebClient) -> None:
    client.files_upload_v2(content="ana\n", filename="a.csv", title="A", channel=SUPPORT, initial_comment="x")

    assert workspace.messages()[0].files[0]["title"] == "A"


def test_where_a_file_is_shared_is_told_a_moment_later(workspace: Workspace, client: WebClient) -> None:
    workspace.rules = replace(workspace.rules, sharing_seconds=1000.0)
    file = uploaded(client)
    completed(client, file, channel_id=SUPPORT)

    assert client.files_info(file=file)["file"]["shares"] == {}
    assert len(workspace.messages()) == 1


def test_a_file_without_a_channel_stays_private(workspace: Workspace, client: WebClient) -> None:
    file = uploaded(client)
    completed(client, file)

    assert workspace.messages() == ()
    assert client.files_info(file=file)["file"]["shares"] == {}


def test_nothing_is_known_of_a_file_that_was_not_completed(workspace: Workspace, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_info(file=uploaded(client))
    begun = client.files_getUploadURLExternal(filename="x.csv", length=3)
    with pytest.raises(SlackApiError, match="file_not_found"):
        completed(client, begun["file_id"], channel_id=SUPPORT)
    assert workspace.messages() == ()


def test_bytes_of_another_length_or_for_nobody_are_not_taken(server: SlackServer, client: WebClient) -> None:
    begun = client.files_getUploadURLExternal(filename="x.csv", length=3)

    assert sent(begun["upload_url"], b"four")[0] == 400
    assert sent(begun["upload_url"], b"22")[0] == 400
    assert sent(f"{server.url}/upload/v1/unknown", b"333")[0] == 404
    assert sent(begun["upload_url"], b"333") == (200, b"OK - 3")


def test_a_file_larger_than_a_form_holds_is_taken(workspace: Workspace, client: WebClient) -> None:
    uploaded(client, "big.csv", b"x" * 5_000_000)

    assert workspace.files.all()[0].size == 5_000_000


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "x.csv", "length": 0}, "missing_argument"),
        ({"filename": "", "length": 1}, "missing_argument"),
        ({"filename": "x.png", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ],
)
def test_an_announcement_that_slack_refuses(arguments: dict[str, Any], error: str, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match=error):
        client.api_call("files.getUploadURLExternal", params=arguments)


@pytest.mark.parametrize(
    ("refuses", "name", "error"),
    [
        ("file_uploads_disabled", "x.png", "file_uploads_disabled"),
        ("file_uploads_except_images_disabled", "x.csv", "file_uploads_except_images_disabled"),
        ("file_uploads_except_images_disabled", "x.png", ""),
    ],
)
def test_a_workspace_may_take_no_files(
    refuses: str, name: str, error: str, workspace: Workspace, client: WebClient
) -> None:
    workspace.rules = replace(workspace.rules, refuses_uploads=refuses)
    if not error:
        uploaded(client, name)
        return
    with pytest.raises(SlackApiError, match=error):
        client.files_getUploadURLExternal(filename=name, length=1)


@pytest.mark.parametrize(
    ("channel", "where", "error"),
    [
        ({}, "C0NOWHERE", "channel_not_found"),
        ({}, "C0RANDOM", "not_in_channel"),
        ({"is_archived": True}, SUPPORT, "is_archived"),
        ({"is_read_only": True}, SUPPORT, "restricted_action_read_only_channel"),
    ],
)
def test_a_channel_that_takes_no_file_of_the_app(
    channel: dict[str, bool], where: str, error: str, workspace: Workspace, client: WebClient
) -> None:
    workspace.roll.alter_channel("#support", **channel)
    file = uploaded(client)
    with pytest.raises(SlackApiError, match=error):
        completed(client, file, channel_id=where)
    # It can be completed elsewhere.
    completed(client, file)


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("files.getUploadURLExternal", "files:write"),
        ("files.completeUploadExternal", "files:write"),
        ("files.delete", "files:write"),
        ("files.info", "files:read"),
    ],
)
def test_a_method_for_files_needs_its_scope(method: str, scope: str) -> None:
    workspace = Workspace(manifest(scopes=[one for one in ALL if one != scope]), rules=Rules.quick())
    with SlackServer(workspace) as server, pytest.raises(SlackApiError) as refused:
        client_for(server).api_call(method)
    assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", scope)


def test_deleting_goes_by_a_slower_tier_than_the_rest() -> None:
    rules = replace(Rules.quick(), rates=Rates(per_minute={3: 2, 4: 100, 5: 600}, burst_share=1.0))
    with SlackServer(Workspace(manifest(scopes=ALL), rules=rules)) as server:
        client = client_for(server)
        for _ in range(5):
            client.files_getUploadURLExternal(filename="x", length=1)
        for expected in ("file_not_found", "file_not_found", "ratelimited"):
            with pytest.raises(SlackApiError, match=expected):
                client.files_delete(file="F0")


def test_who_may_not_read_a_file_is_sent_to_sign_in(workspace: Workspace, client: WebClient) -> None:
    file = uploaded(client)
    completed(client, file)
    address = client.files_info(file=file)["file"]["url_private"]

    assert fetched(address, "")[0] == 302
    assert fetched(address, "xoxb-stolen")[0] == 302
    assert fetched(address, workspace.bot_token) == (200, LIST)


def test_a_deleted_file_is_gone_and_its_message_says_so(workspace: Workspace, client: WebClient) -> None:
    file = uploaded(client)
    completed(client, file, channel_id=SUPPORT)
    address = client.files_info(file=file)["file"]["url_private"]
    client.files_delete(file=file)

    assert workspace.messages()[0].files == ({"id": file, "mode": "tombstone"},)
    assert fetched(address, workspace.bot_token)[0] == 404
    for call in (client.files_delete, client.files_info):
        with pytest.raises(SlackApiError, match="file_deleted"):
            call(file=file)


def test_uploads_and_downloads_fail_on_demand(workspace: Workspace, client: WebClient) -> None:
    begun = client.files_getUploadURLExternal(filename="x.csv", length=3)
    workspace.faults.fail("upload", status=503)
    workspace.faults.lose_answer("upload")

    assert sent(begun["upload_url"], b"333")[0] == 503
    with pytest.raises((OSError, urllib.error.URLError)):
        sent(begun["upload_url"], b"333")
    assert workspace.files.all()[0].content == b"333"


# Files that people choose in a form.

FORM = modal("A list", field("list", "List", {"type": "file_input", "filetypes": ["csv"], "max_files": 2}))


def test_a_form_with_a_field_for_files_needs_the_scope() -> None:
    workspace = Workspace(manifest(scopes=SCOPES), rules=Rules.quick())
    with SlackServer(workspace) as server, pytest.raises(SlackApiError, match="missing_scope"):
        client_for(server).views_open(trigger_id=workspace.permits.trigger("U0AGENT"), view=FORM)


def opened(workspace: Workspace, client: WebClient) -> None:
    client.views_open(trigger_id=workspace.permits.trigger("U0AGENT"), view=FORM)


def test_chosen_files_are_submitted_as_slack_tells_them(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client)
    workspace.attaches("agent", "List", ("a.csv", b"ana\n"))
    workspace.attaches("agent", "List", ("b.csv", b"bo\n"))
    envelope = workspace.submits("agent")

    assert envelope is not None
    state = envelope.payload["view"]["state"]["values"]["list"]["value"]
    assert state["type"] == "file_input"
    [first, second] = state["files"]
    assert (first["name"], first["mimetype"], first["size"], first["user"]) == ("a.csv", "text/csv", 4, "U0AGENT")
    assert fetched(second["url_private_download"], workspace.bot_token) == (200, b"bo\n")
    json.dumps(envelope.payload)


def test_a_form_whose_files_are_missing_is_kept_back(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client)
    workspace.attaches("agent", "List", ("a.csv", b"ana\n"))
    workspace.detaches("agent", "List", workspace.files.all()[0].id)

    assert workspace.submits("agent") is None


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("a.csv", b"a"), ("b.csv", b"b"), ("c.csv", b"c")], "up to 2 files"),
        ([("a.exe", b"a")], "a.exe can’t be attached"),
        ([("a.csv", b"a" * 10_000_001)], "a.csv is too large"),
        ([("a.csv", b"")], "a.csv is empty"),
    ],
)
def test_what_the_client_does_not_let_one_choose(
    files: list[tuple[str, bytes]], told: str, workspace: Workspace, client: WebClient
) -> None:
    opened(workspace, client)
    with pytest.raises(ValueError, match=told):
        workspace.attaches("agent", "List", *files)
    view = workspace.view("agent")
    assert view is not None
    assert view.values == {"list": []}


def test_a_field_for_files_takes_no_words(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client)
    with pytest.raises(LookupError, match="takes files"):
        workspace.submits("agent", {"List": "ana"})


def test_a_person_cannot_have_the_apps_files_deleted_nor_the_app_theirs(
    workspace: Workspace, client: WebClient
) -> None:
    opened(workspace, client)
    workspace.attaches("agent", "List", ("a.csv", b"ana\n"))
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        client.files_delete(file=workspace.files.all()[0].id)
