"""What an agent needs first stands where it is seen at once: the customer's sentence and the first button."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page

from sandbox.testing import Message, Rates, Rules, Sample, SlackServer, Workspace, mount_page, seed
from tests.bot import wired
from tests.browser import browser
from tests.stories.floor import MANIFEST, UNHURRIED, Floor, settings_for

__all__ = ["browser"]
pytestmark = [pytest.mark.page, pytest.mark.slow]

WIDTH, HEIGHT = 1400, 900
NOBODY = "nobody@example.com"


@dataclass(frozen=True, slots=True)
class Seeded:
    """A floor with the sandbox's own people, and the agent's window."""

    floor: Floor
    samples: tuple[Sample, ...]
    page: Page

    def check(self, sample: Sample) -> Message:
        """Check a customer, and open the thread."""
        floor, before = self.floor, len(self.floor.roots)
        floor.types("agent", f"/cognito-check {sample.address}")
        floor.slack.wait_for(lambda: len(floor.roots) > before)
        floor.quiet()
        root = floor.roots[before]
        self.page.goto(f"{floor.server.url}/channels/support/{root.ts}?as=agent")
        return root

    @property
    def thread(self) -> Locator:
        """The open thread."""
        return self.page.get_by_role("complementary", name="Thread")


@pytest.fixture(scope="module")
def seeded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """The sandbox as it is delivered."""
    with wired.cognito() as cognito:
        samples = tuple(seed(cognito))
        rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
        slack = Workspace(MANIFEST, rules=rules)
        server = SlackServer(slack)
        server.extend(lambda app: mount_page(app, slack, mails=list, title="Sandbox", actions=[]))
        with server:
            pools = {pool.name: pool for pool in cognito.pools}
            database = tmp_path_factory.mktemp("seeded") / "desk.db"
            floor = Floor(slack, server, settings_for(slack, server, pools, database))
            floor.opens()
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
            page = context.new_page()
            page.set_default_timeout(60_000)
            yield Seeded(floor, samples, page)
            context.close()
            floor.closes()


def _bottom(place: Locator) -> float:
    place.wait_for()
    box = place.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    return box["y"] + box["height"]


def test_the_sentence_and_the_first_button_are_seen_without_scrolling(seeded: Seeded) -> None:
    too_low = {}
    for sample in seeded.samples:
        if sample.address == NOBODY:
            continue
        root = seeded.check(sample)
        reply = seeded.thread.get_by_role("article").nth(1)
        lowest = max(_bottom(reply.locator("blockquote").first), _bottom(reply.get_by_role("button").first))
        fold = seeded.page.locator("#thread-composer").bounding_box()
        assert fold is not None
        if lowest > fold["y"]:
            too_low[sample.address] = lowest
        if root.buttons:
            # The root's button is the first of the thread's.
            assert reply.get_by_role("button").first.inner_text() == root.buttons[0].label
    assert too_low == {}


def test_on_a_telephone_nothing_of_a_case_is_cut(seeded: Seeded) -> None:
    floor, page = seeded.floor, seeded.page
    root = seeded.check(next(each for each in seeded.samples if each.address == "ana@example.com"))
    place = floor.reads_thread("Mark as verified…", root)
    floor.clicks("agent", "Mark as verified…", place)
    floor.form("agent")
    floor.submits("agent", reason="Called back on the number on file")
    floor.slack.wait_for(lambda: "card ↗" in floor.slack.current(root).text)
    # The lead's telephone: the agent's may still have a form open.
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{floor.server.url}/channels/support?as=lead1")
    case = page.get_by_role("article").filter(has_text="Needs a lead: mark ana@example.com").first
    case.scroll_into_view_if_needed()
    cut = case.evaluate("""article => [article, ...article.querySelectorAll("*")].filter(each => {
      const box = each.getBoundingClientRect();
      return box.width && (box.right > window.innerWidth + 1 || box.left < -1);
    }).length""")
    assert cut == 0
