"""Handing over, details and the menu of offers, as somebody sees and presses them on the sandbox's page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import commands
from bot.answer import Team
from bot.scenario import load
from sandbox.testing import LivePool, Rates, Rules, SlackServer, Workspace, mount_page
from tests.browser import browser
from tests.stories.floor import MANIFEST, UNHURRIED, Floor, settings_for
from tests.stories.look import look

__all__ = ["browser"]
pytestmark = [pytest.mark.page, pytest.mark.slow]


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor with a page, whose desk knows one team of the two that are asked for."""
    pool.add("ana", email="ana@example.com", email_verified=False)
    rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
    slack = Workspace(MANIFEST, rules=rules)
    server = SlackServer(slack)
    server.extend(lambda app: mount_page(app, slack, mails=list, title="Rehearsal", actions=[]))
    with server:
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db", teams={Team.ACCOUNTS: "S0TRUST"})
        floor = Floor(slack, server, settings)
        floor.scenarios = {**load(commands), "look": look}
        floor.opens()
        yield floor
        floor.closes()


@pytest.fixture(params=[1280, 390])
def window(browser: Browser, floor: Floor, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The agent's window with the thread of a case open, wide and narrow."""
    floor.types("agent", "/cognito look ana@example.com")
    root = floor.slack.wait_for_message("ana can't sign in")
    floor.reads_thread("Or else:", root)
    context = browser.new_context(viewport={"width": request.param, "height": 844})
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{floor.server.url}/?as=agent")
    page.get_by_role("article").filter(has_text="ana can't sign in").get_by_role("link", name="1 reply").click()
    yield page
    context.close()
    assert wrong == []


def test_the_text_is_changed_and_the_team_s_name_stands_in_the_thread(window: Page) -> None:
    thread = window.get_by_role("complementary")
    thread.get_by_role("button", name="Hand over…").first.click()
    form = window.get_by_role("dialog", name="Hand over")
    expect(form).to_contain_text("For the team that disables and enables accounts: @trust-team")
    text = form.get_by_label("Text")
    expect(text).to_have_value("ana is disabled.\nPlease say whether that was meant.")
    text.fill("ana is disabled.\nShe says <b>she</b> never asked for it.")
    form.get_by_role("button", name="Mention the team").click()
    expect(form).to_contain_text("Handed over: see #support")
    window.keyboard.press("Escape")

    reply = thread.get_by_role("article").filter(has_text="hands over:")
    expect(reply).to_contain_text("@trust-team: @agent hands over:")
    expect(reply).to_contain_text("She says <b>she</b> never asked for it.")
    expect(reply.locator(".mention")).to_have_text(["@trust-team", "@agent"])


def test_a_text_for_a_team_that_is_not_set_stands_there_to_be_copied(window: Page) -> None:
    window.get_by_role("complementary").get_by_role("button", name="Hand over…").last.click()
    shown = window.get_by_role("dialog", name="Hand over")
    expect(shown).to_contain_text("No team is set for this: copy the text.")
    expect(shown.locator("pre")).to_have_text(
        "ana is disabled.\nPlease say whether that was meant.", use_inner_text=True
    )
    expect(shown.get_by_role("button", name="Mention the team")).to_have_count(0)


def test_details_and_the_menu_of_offers_open_from_the_thread(window: Page) -> None:
    thread = window.get_by_role("complementary")
    thread.get_by_role("button", name="Details").click()
    shown = window.get_by_role("dialog", name="Details")
    expect(shown).to_contain_text("Read again just now, at")
    expect(shown).to_contain_text("ana · it is so")
    window.keyboard.press("Escape")
    expect(shown).to_have_count(0)

    thread.get_by_label("More actions").click()
    thread.get_by_role("menuitem", name="Mark as verified…").click()
    expect(window.get_by_role("dialog", name="Mark as verified").get_by_text("prod · ana")).to_be_visible()
