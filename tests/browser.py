"""The headless Chromium that the page's tests look through."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

_NO_EMOJI = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <selectfont><rejectfont><pattern><patelt name="color"><bool>true</bool></patelt></pattern></rejectfont></selectfont>
</fontconfig>
"""
"""The machine's fonts but for those with emoji: a fresh machine has none, and a test here must see what lacks there."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for a module's tests; `make test` says by DESK_BROWSER where it is."""
    expect.set_options(timeout=60_000)
    fonts = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    fonts.write_text(_NO_EMOJI, encoding="utf-8")
    with sync_playwright() as playwright:
        path = os.environ.get("DESK_BROWSER", "/usr/bin/chromium")
        chromium = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(fonts)}
        )
        yield chromium
        chromium.close()
