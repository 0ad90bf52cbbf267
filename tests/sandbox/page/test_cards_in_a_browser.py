"""The desk's cards on the page, wide and narrow: nothing is cut, nothing lies on something else."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.plan import Change, Plan, Subject, SubjectKind
from bot.slack import cards
from bot.ticket import LossTold, State, Ticket
from bot.words import say
from tests.bot.sample_tickets import LEADS, NOON, OUTCOMES, PLAN, subject, ticket
from tests.sandbox.page.conftest import Sandbox, Visit

pytestmark = pytest.mark.page

LONG = "a.very.long.user.name.without.any.place.to.break.it.0123456789.0123456789.0123456789"
NAMED = replace(
    PLAN,
    summary=say(
        "take {address} from {loser}, give it to {name}", address=f"{LONG}@example.com", loser=LONG, name="ben"
    ),
    changes=(
        replace(PLAN.changes[0], what="email", before=f"{LONG}@example.com", after=f"b{LONG}@example.com"),
        replace(PLAN.changes[1], subject=subject(LONG)),
    ),
)
SETTINGS = Plan(
    summary=say("set in pool {pool}: keep the old e-mail until the new one is verified", pool="prod"),
    risk=PLAN.risk,
    calls=PLAN.calls,
    changes=tuple(
        Change(
            subject=Subject(kind=SubjectKind.POOL, id="us-east-1_Paper", name="prod"),
            what=what,
            before="",
            after="email",
            note="the old e-mail stays until the new one's code is entered",
        )
        for what in (
            "AutoVerifiedAttributes",
            "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate",
        )
    ),
    why_high=(say("It concerns everyone in pool {pool}.", pool="prod"),),
)
TOLD = replace(OUTCOMES[State.DONE], told=(LossTold(name="ben.new", by="U0AGENT", at=NOON),))

DRAWN: dict[str, Ticket] = {
    "high risk": ticket(),
    "long names": ticket(plan=NAMED),
    "pool settings": ticket(plan=SETTINGS),
    "done": ticket(State.DONE),
    "done, long names": ticket(State.DONE, plan=NAMED),
    "told": ticket(State.DONE, outcome=TOLD),
    **{state.value: ticket(state) for state in State if state not in (State.PENDING, State.DONE)},
}

CUT = """article => {
  const wide = article.ownerDocument.documentElement.clientWidth;
  const parts = [...article.querySelectorAll("table, td, th, p, button, .accessory, pre, code, a, b, span")];
  return parts
    .filter(part => part.offsetWidth > 0)
    .filter(part => {
      const box = part.getBoundingClientRect();
      const cut = getComputedStyle(part).display !== "inline" && part.scrollWidth > part.clientWidth + 1;
      return cut || box.left < -0.5 || box.right > wide + 0.5;
    })
    .map(part => `${part.tagName} “${part.textContent.trim().slice(0, 60)}”`);
}"""
"""Everything in a message that shows less than it holds, or stands outside of the window."""

OVERLAPS = """article => {
  const parts = [...article.querySelectorAll("td, th, button")].filter(part => part.offsetWidth > 0);
  const boxes = parts.map(part => [part.textContent.trim().slice(0, 40), part.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], n) => boxes.slice(n + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  ).map(([other]) => `${one} × ${other}`));
}"""
"""Every two cells or buttons that lie on each other."""


def draws(sandbox: Sandbox, made: Ticket) -> None:
    drawn = cards.card(made, leads=LEADS)
    blocks: list[Any] = [dict(block) for block in drawn.blocks]
    sandbox.says(drawn.text, *blocks)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1400, 900)])
def test_no_cell_of_a_card_is_cut_and_nothing_overlaps(sandbox: Sandbox, visit: Visit, width: int, height: int) -> None:
    for made in DRAWN.values():
        draws(sandbox, made)
    window: Page = visit(width=width, height=height)
    articles = window.get_by_role("article").filter(has=window.locator("table"))
    expect(articles).to_have_count(len(DRAWN))

    for name, article in zip(DRAWN, articles.all(), strict=True):
        assert article.evaluate(CUT) == [], name
        assert article.evaluate(OVERLAPS) == [], name
        columns = article.locator("table tr").first.locator("td, th").count()
        assert columns == 2, name


def test_a_thread_beside_the_channel_cuts_nothing_either(sandbox: Sandbox, visit: Visit) -> None:
    root = sandbox.says("A case")
    drawn = cards.card(DRAWN["long names"], leads=LEADS)
    sandbox.says(drawn.text, *[dict(block) for block in drawn.blocks], thread=root)
    window = visit(f"/channels/support/{root.ts}?as=agent", width=1400, height=900)
    article = window.get_by_role("complementary").get_by_role("article").filter(has=window.locator("table"))
    expect(article).to_have_count(1)

    assert article.evaluate(CUT) == []
