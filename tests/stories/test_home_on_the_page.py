"""The Home tab and a message's menu, as somebody sees and presses them on the sandbox's page, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.testing import LivePool, Rates, Rules, SlackServer, Workspace, mount_page
from tests.browser import browser
from tests.stories.floor import MANIFEST, UNHURRIED, Floor, settings_for

__all__ = ["browser"]
pytestmark = [pytest.mark.page, pytest.mark.slow]

_OVERFLOWS = "document.scrollingElement.scrollWidth > innerWidth"
_CUT = """[...document.querySelectorAll("main button, main .rich")].filter(
    (each) => each.getBoundingClientRect().right > innerWidth || each.scrollWidth > each.clientWidth + 1).length"""

_LIES_ON_WORDS = """(message) => {
  const menu = message.querySelector(".tools").getBoundingClientRect();
  return [...message.querySelectorAll(".author, .time, .words, .rich, .face")].some((each) => {
    const box = each.getBoundingClientRect();
    return getComputedStyle(each).visibility !== "hidden" && box.left < menu.right && menu.left < box.right
      && box.top < menu.bottom && menu.top < box.bottom;
  });
}"""


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor with a page, on which a request of high risk waits."""
    pool.add("ben.old", email="ben@example.com", email_verified=False)
    pool.add("ben.new", email="ben@example.com", email_verified=True)
    rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
    slack = Workspace(MANIFEST, rules=rules)
    server = SlackServer(slack)
    server.extend(lambda app: mount_page(app, slack, mails=list, title="Rehearsal", actions=[]))
    with server:
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


@pytest.fixture(params=[1400, 390])
def window(browser: Browser, floor: Floor, request: pytest.FixtureRequest) -> Iterator[Page]:
    height = 900 if request.param > 400 else 844
    context = browser.new_context(viewport={"width": request.param, "height": height}, has_touch=request.param <= 400)
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def test_a_lead_opens_home_reads_the_danger_first_and_approves(floor: Floor, window: Page) -> None:
    floor.asks("/cognito-verify-email ben.old")
    window.goto(f"{floor.server.url}/?as=lead1")
    window.get_by_role("navigation").get_by_role("link", name="Cognito Desk").click()
    home = window.get_by_role("main")
    expect(home).to_contain_text("Waits for you (1)")
    expect(home).to_contain_text("take ben@example.com from ben.new, give it to ben.old")
    expect(home).to_contain_text("LOSES it")
    assert not window.evaluate(_OVERFLOWS)
    assert window.evaluate(_CUT) == 0

    home.get_by_role("button", name="Open…").click()
    confirmation = window.get_by_role("dialog")
    expect(confirmation).to_contain_text("AdminUpdateUserAttributes")
    confirmation.get_by_role("button", name="Approve").click()
    expect(confirmation).to_contain_text("Your approval counts.")
    confirmation.get_by_role("button", name="Close").last.click()
    # It is drawn anew by itself.
    expect(home).to_contain_text("Waits for you (0)")


def test_a_message_s_menu_checks_its_customer(floor: Floor, window: Page) -> None:
    floor.slack.types("lead2", "A customer is on the line.")
    floor.slack.types("lead2", "ben@example.com can't sign in. Who helps?")
    window.goto(f"{floor.server.url}/?as=agent")
    is_telephone = window.evaluate("innerWidth <= 400")
    for words in ("on the line", "Who helps?"):
        message = window.get_by_role("article").filter(has_text=words)
        message.tap() if is_telephone else message.hover()
        menu = message.get_by_role("button", name="Check this customer")
        expect(menu).to_be_in_viewport(ratio=1)
        # Beside a pointer it may lie on the end of a line; who has none can't move it away.
        assert not (is_telephone and message.evaluate(_LIES_ON_WORDS))
    menu.click()
    message.get_by_role("link", name="replies").click()
    expect(window.get_by_role("complementary")).to_contain_text("the address signs in to ben.new")
    assert not window.evaluate(_OVERFLOWS)
