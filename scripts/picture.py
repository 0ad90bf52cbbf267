"""Takes docs/sandbox.png: a check, its thread, and the request that came of it, on the sandbox's real page."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def take(page: Page, address: str) -> None:
    """Ask as the agent, and photograph the request beside the check's thread."""
    page.goto(f"{address}/?as=agent")
    page.locator("#composer").fill("/cognito-check ben@example.com")
    page.locator("#composer").press("Enter")
    check = page.locator("article", has_text="the address signs in to ben.new").last
    check.get_by_role("link", name=re.compile(r"\d repl")).click()
    thread = page.get_by_role("complementary")
    thread.get_by_text("Tell the customer").wait_for()
    thread.get_by_role("button", name="Take the address").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("called back on the number on file").check()
    dialog.get_by_label("Reason").fill("Knew the old invoice number")
    dialog.get_by_role("button", name="Ask the leads").click()
    page.get_by_role("button", name="Approve").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=ROOT / "docs" / "sandbox.png")


def main() -> int:
    """Start a sandbox on free ports, take the picture, and end it."""
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
                take(browser.new_page(viewport={"width": 1560, "height": 940}), address)
                browser.close()
        finally:
            sandbox.send_signal(signal.SIGINT)
    return sandbox.returncode


if __name__ == "__main__":
    sys.exit(main())
