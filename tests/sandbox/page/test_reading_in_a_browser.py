import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from slack_bolt import App

from tests.sandbox.page.conftest import Mail, Sandbox, Visit
from tests.sandbox.page.rehearsal import card, form
from tests.sandbox.slack.made_up_app import section

pytestmark = pytest.mark.page

ROOT = Path(__file__).parents[3]
COLOURFUL = """sign => {
  const paper = new OffscreenCanvas(64, 64).getContext("2d");
  paper.font = '40px "Desk Emoji", monospace';
  paper.fillText(sign, 4, 48);
  const { data } = paper.getImageData(0, 0, 64, 64);
  return data.some((_, n) => n % 4 === 0 && data[n + 3] > 0 && (data[n] !== data[n + 1] || data[n] !== data[n + 2]));
}"""


def test_escape_puts_the_list_of_commands_away_and_keeps_what_was_typed(visit: Visit) -> None:
    window = visit()
    window.keyboard.type("/cognito-v")
    window.keyboard.press("Escape")
    expect(window.get_by_role("listbox")).to_be_hidden()
    expect(window.locator("#composer")).to_have_value("/cognito-v")


def test_a_message_is_sent_by_enter_and_lines_are_broken_by_shift_enter(sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    window.keyboard.type("one")
    window.keyboard.press("Shift+Enter")
    window.keyboard.type("two <b> @lead1")
    window.keyboard.press("Enter")
    expect(window.locator("#log .words").last).to_have_text("onetwo <b> @lead1")
    assert sandbox.workspace.messages()[-1].text == "one\ntwo &lt;b&gt; <@U0LEAD1>"


def test_a_thread_opens_beside_the_channel_and_is_answered_there(sandbox: Sandbox, visit: Visit) -> None:
    root = sandbox.says("The root")
    sandbox.says("The evidence", thread=root)
    window = visit()
    window.get_by_role("link", name="1 reply").click()
    panel = window.get_by_role("complementary", name="Thread")
    expect(panel).to_contain_text("The evidence")
    assert window.url == f"{sandbox.url}/channels/support/{root.ts}?as=agent"
    expect(window.locator("#thread-composer")).to_be_focused()
    window.keyboard.type("Thank you")
    window.keyboard.press("Enter")
    expect(panel).to_contain_text("Thank you")
    expect(window.get_by_role("link", name="2 replies")).to_be_visible()
    window.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    window.go_back()
    expect(panel).to_contain_text("Thank you")


def test_a_thread_opened_while_the_page_fetches_itself_gets_the_focus_too(sandbox: Sandbox, visit: Visit) -> None:
    root = sandbox.says("The root")
    sandbox.says("The evidence", thread=root)
    window = visit("/channels/support?as=agent")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if route.request.resource_type == "fetch" and not held:
            held.append(route)
        else:
            route.continue_()

    window.route("**/channels/**", hold_the_first)
    sandbox.says("Something new")
    while not held:
        window.wait_for_timeout(10)
    window.get_by_role("link", name="1 reply").click()
    window.wait_for_url(f"{sandbox.url}/channels/support/{root.ts}?as=agent")
    held[0].continue_()
    expect(window.locator("#thread-composer")).to_be_focused()


def test_one_becomes_somebody_else_by_keyboard_and_the_address_says_so(sandbox: Sandbox, visit: Visit) -> None:
    sandbox.says("<!subteam^S0LEADS>, please")
    window = visit("/channels/support?as=agent")
    expect(window.get_by_text("You are:")).to_be_visible()
    window.keyboard.press("Alt+p")
    lead = window.get_by_role("menuitem", name="Lena Brandt")
    expect(lead).to_contain_text("lead1")
    expect(lead.get_by_label("1 new mention")).to_be_visible()
    window.keyboard.press("2")
    window.wait_for_url(f"{sandbox.url}/channels/support?as=lead1")
    expect(window.locator(".who summary")).to_contain_text("Lena Brandt")
    window.keyboard.type("Hello from Lena")
    window.keyboard.press("Enter")
    expect(window.locator("#log")).to_contain_text("Hello from Lena")
    assert sandbox.workspace.messages()[-1].user == "U0LEAD1"


def test_two_windows_are_two_people(sandbox: Sandbox, visit: Visit) -> None:
    agent, lead = visit("/?as=agent"), visit("/?as=lead1")
    agent.locator("#composer").fill("Can you look?")
    agent.locator("#composer").press("Enter")
    expect(lead.locator("#log")).to_contain_text("Can you look?")


def test_what_is_being_typed_survives_everything_that_happens_around_it(sandbox: Sandbox, visit: Visit) -> None:
    message = sandbox.says("A card", card())
    window = visit()
    window.locator("#composer").press_sequentially("half a sent")
    sandbox.redraws(message, "Done", section("Done"))
    sandbox.says("More news")
    expect(window.locator("#log")).to_contain_text("More news")
    window.keyboard.type("ence")
    expect(window.locator("#composer")).to_have_value("half a sentence")
    window.reload()
    expect(window.locator("#composer")).to_have_value("half a sentence")


def test_a_message_that_goes_leaves_the_others_alone(sandbox: Sandbox, visit: Visit) -> None:
    first, second = sandbox.says("first", card()), sandbox.says("second", card())
    window = visit()
    kept = window.locator(f"[id='message-{second.ts}']")
    kept.evaluate("message => { message.isTheVeryOne = true }")
    sandbox.workspace.conversations.delete(first)
    expect(window.get_by_role("article")).to_have_count(1)
    assert kept.evaluate("message => message.isTheVeryOne")


def test_a_redrawn_card_keeps_the_focus_near(sandbox: Sandbox, visit: Visit) -> None:
    message = sandbox.says("A card", card())
    window = visit()
    approve = window.get_by_role("button", name="Approve")
    approve.focus()
    sandbox.redraws(message, "A card", section("One more lead needed"), card())
    expect(window.locator("#log")).to_contain_text("One more lead needed")
    expect(approve).to_be_focused()
    sandbox.redraws(message, "Done", section("Done"))
    expect(window.locator("#log")).to_contain_text("Done")
    expect(window.locator(f"[id='message-{message.ts}']")).to_be_focused()


def test_who_reads_older_messages_is_left_there_and_told_of_new_ones(sandbox: Sandbox, visit: Visit) -> None:
    for number in range(40):
        sandbox.says(f"number {number}")
    window = visit()
    expect(window.get_by_text("number 39")).to_be_in_viewport()
    window.locator("#log").evaluate(
        "log => new Promise(seen => {"
        "  log.addEventListener('scroll', () => requestAnimationFrame(seen));"
        "  log.scrollTop = 0;"
        "})"
    )
    sandbox.says("the newest")
    pill = window.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert window.locator("#log").evaluate("log => log.scrollTop") == 0
    pill.click()
    expect(window.get_by_text("the newest")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_who_scrolls_up_in_the_moment_that_news_are_taken_over_is_left_there_too(
    sandbox: Sandbox, visit: Visit
) -> None:
    for number in range(40):
        sandbox.says(f"number {number}")
    window = visit()
    expect(window.get_by_text("number 39")).to_be_in_viewport()
    window.evaluate(
        "() => {"
        "  const parse = DOMParser.prototype.parseFromString;"
        "  DOMParser.prototype.parseFromString = function (...given) {"
        "    document.getElementById('log').scrollTop = 0;"
        "    return parse.apply(this, given);"
        "  };"
        "}"
    )
    sandbox.says("the newest")
    expect(window.get_by_role("button", name="New messages")).to_be_visible()
    assert window.locator("#log").evaluate("log => log.scrollTop") == 0


def test_hostile_words_do_nothing_in_a_real_browser(sandbox: Sandbox, visit: Visit) -> None:
    for words in (
        "<script>window.hit=1</script>",
        '"><img src=x onerror="window.hit=1">',
        "\u202e&lt;svg onload=hit=1&gt;",
    ):
        sandbox.says(words, section(words))
        sandbox.says(words, user="U0LEAD1")
    window = visit()
    expect(window.locator("#log article")).to_have_count(6)
    assert window.evaluate("window.hit") is None


def test_a_mail_arrives_and_its_code_is_copied(sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    sandbox.mails.append(Mail("ana@example.com", "Your code", "Your code is 482913."))
    link = window.get_by_role("link", name="Customer mailbox")
    expect(link.get_by_label("1 new mail")).to_be_visible()
    link.click()
    expect(window.get_by_role("heading", name="Your code")).to_be_visible()
    window.get_by_role("button", name="Copy code").click()
    expect(window.get_by_text("Copied.")).to_be_visible()
    assert window.evaluate("navigator.clipboard.readText()") == "482913"


def test_the_sandboxs_own_buttons_say_what_they_did(sandbox: Sandbox, visit: Visit) -> None:
    window = visit()
    window.get_by_role("button", name="Customer signs in with Google").click()
    expect(window.get_by_text("gil@example.com signed in.")).to_be_visible()
    window.get_by_role("button", name="Pass 24 hours").click()
    expect(window.get_by_text("Done: Pass 24 hours.")).to_be_visible()
    assert sandbox.done == ["signed in", "a day passed"]


def test_everything_fits_on_a_phone(app: App, sandbox: Sandbox, visit: Visit) -> None:
    cells = [[{"type": "raw_text", "text": "a rather long cell that goes on"} for _ in range(6)] for _ in range(3)]
    root = sandbox.says("x" * 300, section("`" + "y" * 300 + "` https://a.example/" + "z" * 200), card())
    sandbox.says("reply", {"type": "table", "rows": cells}, thread=root)
    sandbox.mails.append(Mail("a" * 120 + "@example.com", "s" * 200, "b" * 300 + " 482913"))
    window = visit(width=390, height=844)
    fits = "document.documentElement.scrollWidth <= 390 && document.body.scrollWidth <= 390"
    assert window.evaluate(fits)
    window.get_by_role("link", name="1 reply").click()
    panel = window.get_by_role("complementary", name="Thread")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    assert window.evaluate(fits)
    window.get_by_role("link", name="Back to the channel").click()
    expect(panel).to_have_count(0)
    sandbox.workspace.modals.open("U0AGENT", form())
    modal = window.get_by_role("dialog").bounding_box()
    assert modal
    assert (modal["width"], modal["height"]) == (390, 844)
    window.get_by_role("button", name="Cancel").click()
    window.get_by_role("link", name="Customer mailbox").click()
    expect(window.get_by_role("button", name="Copy code")).to_be_visible()
    expect(window.get_by_role("link", name="Customer mailbox")).to_be_in_viewport(ratio=1)
    assert window.evaluate(fits)


def test_the_signs_that_messages_begin_with_are_drawn_where_no_font_has_emoji(sandbox: Sandbox, visit: Visit) -> None:
    sources = [path.read_text("utf-8") for folder in ("bot", "commands") for path in (ROOT / folder).rglob("*.py")]
    signs = sorted(set(re.findall("[\u2300-\u23ff\u2600-\u27bf\U0001f300-\U0001faff]", "".join(sources))))
    assert {"✅", "❌", "❓", "⚠"} <= set(signs)
    sandbox.says(" ".join(signs))
    window = visit()
    expect(window.locator("#log")).to_contain_text("❌")
    window.wait_for_function("[...document.fonts].some(({ status }) => status === 'loaded')")
    # The page's own font alone, and as the last resort one that has none of them: a box, in shades of black.
    assert [sign for sign in signs if not window.evaluate(COLOURFUL, sign)] == []


def test_a_reader_can_skip_to_the_messages(sandbox: Sandbox, visit: Visit) -> None:
    sandbox.says("hello")
    window = visit()
    skip = window.get_by_role("link", name="Skip to the messages")
    assert window.locator("a, button, summary").first.inner_text() == skip.inner_text()
    skip.focus()
    expect(skip).to_be_in_viewport()
    window.keyboard.press("Enter")
    expect(window.get_by_role("log", name="Messages in support")).to_be_focused()
