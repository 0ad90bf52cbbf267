"""Takes the pictures of the README on the sandbox's real page: an answer, a request of high risk, and its end."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def opened(browser: Browser, address: str, person: str, width: int = 1040) -> Page:
    """Return the page as one person sees it."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/?as={person}")
    return page


def checks(page: Page, user: str, headline: str) -> Locator:
    """Check a customer, open the thread, and return it."""
    page.locator("#composer").fill(f"/cognito-check {user}")
    page.locator("#composer").press("Enter")
    page.locator("article", has_text=headline).last.get_by_role("link", name=re.compile(r"\d repl")).click()
    thread = page.get_by_role("complementary")
    thread.get_by_text("Tell the customer").wait_for()
    return thread


def approves(browser: Browser, address: str, lead: str) -> None:
    """Confirm the newest request of high risk, as a lead."""
    page = opened(browser, address, lead)
    page.get_by_role("button", name="Approve…").last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("LOSES").first.wait_for()
    dialog.get_by_role("button", name="Approve", exact=True).click()
    dialog.get_by_text("Your approval counts.").wait_for()
    page.close()


def take(browser: Browser, address: str) -> None:
    """Ask as the agent, approve as two leads, and photograph what they see."""
    page = opened(browser, address, "agent", width=1400)
    checks(page, "ana@example.com", "ana@example.com can't reset the password")
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / "1-answer.png")

    thread = checks(page, "ben@example.com", "the address signs in to ben.new")
    thread.get_by_role("button", name="Take the address").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("called back on the number on file").check()
    dialog.get_by_label("Reason").fill("Knew the old invoice number")
    dialog.get_by_role("button", name="Ask the leads").click()
    page.get_by_role("button", name="Approve…").wait_for()
    page.close()

    lead = opened(browser, address, "lead1")
    card = lead.locator("article", has_text="Account numbers").last
    lead.get_by_role("button", name="Approve…").wait_for()
    lead.mouse.move(0, 0)
    card.screenshot(path=PICTURES / "2-danger.png")
    lead.close()

    for person in ("lead1", "lead2"):
        approves(browser, address, person)
    lead = opened(browser, address, "lead1")
    # A modal that says that an approval counts is still open.
    lead.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    lead.get_by_role("button", name="Told").wait_for()
    lead.mouse.move(0, 0)
    lead.locator("article", has_text="Account numbers").last.screenshot(path=PICTURES / "3-done.png")
    lead.close()


def main() -> int:
    """Start a sandbox on free ports, take the pictures, and end it."""
    PICTURES.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "bot.cli", "sandbox", "--port", "0", "--cognito-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        address = ""
        for line in sandbox.stdout:
            found = re.match(r"Slack\s+(http://[\d.:]+)", line)
            address = found[1] if found else address
            if line.startswith("The desk is ready"):
                break
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=os.environ["DESK_BROWSER"], args=list(QUIET))
                take(browser, address)
                browser.close()
        finally:
            sandbox.send_signal(signal.SIGINT)
    return sandbox.returncode


if __name__ == "__main__":
    sys.exit(main())
