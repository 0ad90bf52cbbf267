import json
import time
import urllib.error
import urllib.request
from http.client import HTTPResponse
from urllib.parse import urlencode

import pytest

from tests.sandbox.page.conftest import Mail, Sandbox
from tests.sandbox.page.drawing import Page
from tests.sandbox.page.rehearsal import card
from tests.sandbox.slack.made_up_app import actions, button, field, modal


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), KeepRedirects)


def ask(request: str | urllib.request.Request) -> HTTPResponse | urllib.error.HTTPError:
    """The answer, whatever its status."""
    try:
        answer: HTTPResponse = OPENER.open(request, timeout=60)
    except urllib.error.HTTPError as refused:
        return refused
    return answer


def read(sandbox: Sandbox, path: str) -> str:
    with ask(sandbox.url + path) as answer:
        assert answer.status == 200, path
        return answer.read().decode()


def post(sandbox: Sandbox, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> int:
    """The status of a post that the page itself could have made, unless the headers say otherwise."""
    headers = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
    request = urllib.request.Request(sandbox.url + path, urlencode(fields).encode(), headers)
    with ask(request) as answer:
        return int(answer.status or 0)


def test_the_page_allows_its_own_files_only_and_no_script_or_style_in_the_text(sandbox: Sandbox) -> None:
    sandbox.says("hello")
    with ask(sandbox.url + "/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = Page(answer.read().decode())
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not page.unclosed
    assert page.one("script")["src"].startswith("/page/static/")
    assert not page.all("style")
    assert not any("style" in attributes or "onclick" in attributes for _, attributes in page.tags)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("verb", ["send", "act", "submit", "close", "dismiss", "read", "action"])
def test_only_the_page_itself_may_change_anything(sandbox: Sandbox, verb: str, headers: dict[str, str]) -> None:
    fields = {"channel": "C0SUPPORT", "text": "sent by a stranger", "number": "0"}
    status = post(sandbox, f"/page/{verb}?as=agent", fields, headers)
    assert status == 403
    assert not sandbox.workspace.messages("#support")
    assert not sandbox.done


def test_a_post_without_any_origin_changes_nothing(sandbox: Sandbox) -> None:
    request = urllib.request.Request(f"{sandbox.url}/page/send?as=agent", b"channel=C0SUPPORT&text=x")
    with ask(request) as answer:
        assert answer.status == 403


def test_a_message_with_markup_in_it_is_shown_as_text(sandbox: Sandbox) -> None:
    sandbox.says("<script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt; \u202eevil", user="U0AGENT")
    html = read(sandbox, "/?as=lead1")
    assert len(Page(html).all("script")) == 1
    assert not Page(html).all("img")
    assert "<script>alert(1)</script> <img src=x onerror=alert(1)>" in Page(html).words


def test_half_a_character_does_not_keep_the_page_from_being_drawn(sandbox: Sandbox) -> None:
    sandbox.says("half \ud81d of it")
    sandbox.says("a card", actions(button("Press \ud81d", "press\ud81d")))
    words = Page(read(sandbox, "/?as=agent")).words
    assert "half ? of it" in words
    assert "Press ?" in words


def test_a_name_with_markup_in_it_is_shown_as_text(sandbox: Sandbox) -> None:
    sandbox.mails.append(Mail("<b>@example.com", "<i>Subject</i>", "<script>x</script>\n482913"))
    page = Page(read(sandbox, "/mailbox?as=agent"))
    assert {"b", "i"}.isdisjoint(tag for tag, _ in page.tags)
    for words in ("<b>@example.com", "<i>Subject</i>", "<script>x</script>"):
        assert words in page.words


def test_the_mailbox_is_newest_first_on_the_page_and_last_in_json(sandbox: Sandbox) -> None:
    sandbox.mails.append(Mail("a@example.com", "First", "Code 111111."))
    sandbox.mails.append(Mail("b@example.com", "Second", "no code 1234567"))
    words = Page(read(sandbox, "/mailbox?as=agent")).words
    assert words.index("Second") < words.index("First")
    assert json.loads(read(sandbox, "/mailbox.json")) == [
        {"to": "a@example.com", "subject": "First", "body": "Code 111111."},
        {"to": "b@example.com", "subject": "Second", "body": "no code 1234567"},
    ]


def test_only_a_whole_code_can_be_copied(sandbox: Sandbox) -> None:
    sandbox.mails.append(Mail("a@example.com", "Code", "Your code is 482913. Not 1234567, not 12-345678."))
    page = Page(read(sandbox, "/mailbox?as=agent"))
    assert [one["data-copy"] for one in page.all("button") if "data-copy" in one] == ["482913"]


def test_an_ephemeral_message_is_shown_to_its_reader_alone(sandbox: Sandbox) -> None:
    sandbox.says("psst", ephemeral_to="U0AGENT")
    assert "psst" in read(sandbox, "/?as=agent")
    assert "Only visible to you" in read(sandbox, "/?as=agent")
    assert "psst" not in read(sandbox, "/?as=lead1")


def test_nobody_dismisses_or_presses_in_what_another_alone_was_told(sandbox: Sandbox) -> None:
    ephemeral = sandbox.says("psst", actions(button("Press", "press")) | {"block_id": "b"}, ephemeral_to="U0AGENT")
    about = {"channel": "C0SUPPORT", "place": ephemeral.ts}
    assert post(sandbox, "/page/dismiss?as=lead1", about) == 410
    assert post(sandbox, "/page/act?as=lead1", about | {"block": "b", "action": "press"}) == 410
    assert sandbox.workspace.ephemeral("agent") == (ephemeral,)
    assert post(sandbox, "/page/dismiss?as=agent", about) == 204
    assert not sandbox.workspace.ephemeral("agent")


def test_nobody_dismisses_a_message_that_everyone_sees(sandbox: Sandbox) -> None:
    message = sandbox.says("for all")
    assert post(sandbox, "/page/dismiss?as=agent", {"channel": "C0SUPPORT", "place": message.ts}) == 410
    assert sandbox.workspace.messages("#support") == (message,)


def test_a_button_that_was_redrawn_away_cannot_be_pressed(sandbox: Sandbox) -> None:
    message = sandbox.says("card", card())
    sandbox.redraws(message, "done")
    pressed = {"channel": "C0SUPPORT", "place": message.ts, "block": "decision", "action": "approve"}
    status = post(sandbox, "/page/act?as=lead1", pressed)
    assert status == 410
    assert not sandbox.workspace.envelopes.sent


def test_only_the_modal_on_top_of_ones_own_stack_can_be_used(sandbox: Sandbox) -> None:
    lower = sandbox.workspace.modals.open("U0AGENT", modal("Lower", field("a", "A")))
    upper = sandbox.workspace.modals.push("U0AGENT", modal("Upper", field("a", "A")))
    assert post(sandbox, "/page/submit?as=agent", {"place": lower.id}) == 410
    assert post(sandbox, "/page/close?as=lead1", {"place": upper.id, "which": "one"}) == 410
    assert len(sandbox.workspace.stack("agent")) == 2
    assert post(sandbox, "/page/close?as=agent", {"place": upper.id, "which": "one"}) == 204
    assert [one.id for one in sandbox.workspace.stack("agent")] == [lower.id]


def test_an_option_that_is_not_offered_is_refused(sandbox: Sandbox) -> None:
    choice = {"type": "static_select", "options": [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}]}
    view = sandbox.workspace.modals.open("U0AGENT", modal("Form", field("pick", "Pick", choice)))
    assert post(sandbox, "/page/submit?as=agent", {"place": view.id, '["pick", "value"]': "forged"}) == 400
    assert sandbox.workspace.view("agent") is not None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?as=nobody", 404),
        ("/channels/nowhere?as=agent", 404),
        ("/channels/support/1.000001?as=agent", 404),
        ("/channels/support/..%2f..%2fetc?as=agent", 404),
        ("/archives/C0SUPPORT/p1000001", 404),
        ("/archives/C0SUPPORT/p..", 404),
        ("/page/static/../routes.py", 404),
        ("/page/static/%2e%2e/routes.py", 404),
    ],
)
def test_what_is_not_there_is_not_found(sandbox: Sandbox, path: str, status: int) -> None:
    with ask(sandbox.url + path) as answer:
        assert answer.status == status


def test_a_permalink_leads_to_the_message_in_its_thread(sandbox: Sandbox) -> None:
    root = sandbox.says("root")
    reply = sandbox.says("reply", thread=root)
    with ask(f"{sandbox.url}/archives/C0SUPPORT/p{reply.ts.replace('.', '')}?as=lead2") as answer:
        assert answer.status == 302
        address = answer.headers["Location"]
    assert address == f"/channels/support/{root.ts}?as=lead2#reply-{reply.ts}"
    assert f'id="reply-{reply.ts}"' in read(sandbox, address.partition("#")[0])


def test_mentions_count_for_those_who_are_called_until_they_have_read_them(sandbox: Sandbox) -> None:
    sandbox.says("<!subteam^S0LEADS>, please")
    newest = sandbox.says("Hello <@U0LEAD1>").ts
    badges = {one["data-person"]: one for one in Page(read(sandbox, "/?as=agent")).all("a") if "data-person" in one}
    assert set(badges) == {"agent", "lead1", "lead2", "guest", "outsider"}
    assert calls(read(sandbox, "/?as=agent")) == {"lead1": "2", "lead2": "1"}
    assert post(sandbox, "/page/read?as=lead1", {"place": "C0SUPPORT", "until": newest}) == 204
    assert calls(read(sandbox, "/?as=agent")) == {"lead2": "1"}


def calls(html: str) -> dict[str, str]:
    """How many mentions wait for whom, by the menu of people."""
    found, person = {}, ""
    for _tag, attributes in Page(html).tags:
        person = attributes.get("data-person", person)
        if attributes.get("class") == "badge" and person and "mention" in attributes["aria-label"]:
            found[person] = attributes["aria-label"].split()[0]
        if attributes.get("class") == "rail":
            break
    return found


def test_a_guest_sees_only_channels_that_they_are_in(sandbox: Sandbox) -> None:
    sandbox.workspace.roll.leaves("guest", "general")
    sandbox.workspace.roll.leaves("lead1", "general")
    with ask(f"{sandbox.url}/channels/general?as=guest") as answer:
        assert answer.status == 404
    assert "You are not in" in read(sandbox, "/channels/general?as=lead1")
    assert post(sandbox, "/page/send?as=lead1", {"channel": "C0GENERAL", "text": "let me in"}) == 403


def test_a_long_channel_shows_its_newest_messages_first(sandbox: Sandbox) -> None:
    for number in range(160):
        sandbox.says(f"number-{number}-")
    html = read(sandbox, "/?as=agent")
    assert "number-159-" in html
    assert "number-9-" not in html
    assert "Show earlier messages" in html
    assert "number-9-" in read(sandbox, "/channels/support?as=agent&everything=1")


def test_the_stream_says_when_to_look_and_ends_with_the_server(sandbox: Sandbox) -> None:
    with ask(f"{sandbox.url}/page/live?as=agent") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert next_event(stream) == "data: look"
        sandbox.says("news")
        assert next_event(stream) == "data: look"
        sandbox.mails.append(Mail("a@example.com", "x", "y"))
        assert next_event(stream) == "data: look"
        sandbox.server.stop()
        assert b"data" not in stream.read()


def next_event(stream: HTTPResponse | urllib.error.HTTPError) -> str:
    """The next line of data."""
    while True:
        line = stream.readline().decode().strip()
        if line.startswith("data:"):
            return line


def test_the_stream_keeps_ephemeral_messages_to_others_to_itself(sandbox: Sandbox) -> None:
    with ask(f"{sandbox.url}/page/live?as=lead1") as stream:
        assert next_event(stream) == "data: look"
        sandbox.says("psst", ephemeral_to="U0AGENT")
        gathered()
        sandbox.says("for all")
        assert next_event(stream) == "data: look"
        gathered()
        sandbox.server.stop()
        assert b"data" not in stream.read()


def gathered() -> None:
    """Wait for longer than changes are gathered, so that the next one has an event of its own."""
    time.sleep(0.2)
