"""The main job as a newcomer does it: one command, one page, an agent's window and a lead's."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser
from tests.sandbox.test_run import READY, Running, started

__all__ = ["browser"]
pytestmark = [pytest.mark.page, pytest.mark.slow]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Running]:
    """`desk sandbox`, as people start it."""
    with started(tmp_path) as running:
        running.said(READY)
        yield running


def window(browser: Browser, sandbox: Running, person: str, width: int = 1280) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{sandbox.page}/?as={person}")
    return page


def types(page: Page, command: str) -> None:
    composer = page.get_by_label("Message #support")
    composer.click()
    page.keyboard.type(command)
    page.keyboard.press("Enter")


def test_from_the_agents_command_to_the_leads_approval(browser: Browser, sandbox: Running) -> None:
    agent = window(browser, sandbox, "agent")
    # What follows is what the welcome tells people to do.
    expect(agent.get_by_role("log")).to_contain_text("type /cognito-check ana@example.com below and open its thread")
    expect(agent.get_by_role("log")).to_contain_text("Press Mark as verified… there")
    types(agent, "/cognito-check ana@example.com")
    root = agent.get_by_role("article").filter(
        has_text="ana@example.com can't reset the password: the address is not verified"
    )
    root.get_by_role("link", name="1 reply").click()
    thread = agent.get_by_role("complementary")
    expect(thread.get_by_text("Tell the customer")).to_be_visible()

    thread.get_by_role("button", name="Mark as verified…").first.click()
    form = agent.get_by_role("dialog")
    expect(form.get_by_text("prod · ana")).to_be_visible()
    expect(form.get_by_text("One lead has to agree.")).to_be_visible()
    form.get_by_label("called back on the number on file").check()
    form.get_by_label("Reason").fill("Knew the last invoice")
    form.get_by_role("button", name="Ask the leads").click()
    expect(form).to_have_count(0)

    agent.get_by_role("button", name="Approve").last.click()
    expect(agent.get_by_text("someone else has to approve it")).to_be_visible()
    expect(agent.get_by_text("Only visible to you")).to_be_visible()

    lead = window(browser, sandbox, "lead1", width=390)
    lead.get_by_role("button", name="Approve").last.click()
    for page in (lead, agent):
        expect(page.get_by_role("article").filter(has_text="approved by").last).to_contain_text("Done")
    assert _in_the_pool(sandbox, "ana")["email_verified"] == "true"


def _in_the_pool(sandbox: Running, username: str) -> dict[str, str]:
    """Ask the sandbox's Cognito as any program would."""
    address = next(line.split()[1] for line in sandbox.text.splitlines() if line.startswith("Cognito"))
    with urllib.request.urlopen(f"{address}/_control/pools", timeout=60) as answer:
        pool = next(each for each in json.loads(answer.read()) if each["name"] == "prod")
    client = boto3.client(
        "cognito-idp",
        endpoint_url=address,
        region_name=pool["region"],
        aws_access_key_id="anyone",
        aws_secret_access_key="anything",
    )
    user = client.admin_get_user(UserPoolId=pool["id"], Username=username)
    return {each["Name"]: each["Value"] for each in user["UserAttributes"]}
