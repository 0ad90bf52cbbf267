"""A plan as it stands in a form: what would change, who loses what, and how many leads have to agree.

It is only shown. What is asked for is planned once more when the form is submitted.
"""

from bot.desk.requests import Preview
from bot.plan import Plan
from bot.slack import blocks, bulk_cards, cards
from bot.slack.blocks import Block
from bot.words import Words, listed, say


def drawn(preview: Preview) -> list[Block]:
    """Return what would change for whom, how many leads have to agree, and why not enough could, if that is so."""
    summary = preview.plan.summary
    told = [blocks.section(*line) for line in cards.change_lines(preview.plan)]
    return [
        blocks.line(Words(summary.template[:1].upper() + summary.template[1:], summary.values), bold=True),
        *([blocks.rich({"type": "rich_text_list", "style": "bullet", "elements": told})] if told else []),
        *(blocks.line(*line) for line in (bulk_cards.about(preview.plan.many) if preview.plan.many else ())),
        blocks.line(_have_to_agree(preview)),
        *blocks.warning(preview.out_of_reach),
    ]


def _have_to_agree(preview: Preview) -> Words:
    one = preview.needed == 1
    number = cards.number(preview.needed).capitalize()
    agree = f"{number} lead has to agree" if one else f"{number} leads have to agree"
    if loss := _loss(preview.plan):
        return Words(f"{agree}: {loss.template}", loss.values)
    why = next(iter(preview.plan.why_high), Words(""))
    return Words(f"{agree}. {why.template}".rstrip(), why.values)


def _loss(plan: Plan) -> Words | None:
    """Return who loses the address, None where nobody does."""
    gain = {change.subject.id for change in plan.changes if not change.loses}
    losers = dict.fromkeys(
        change.subject.name for change in plan.changes if change.loses and change.subject.id not in gain
    )
    if not losers:
        return None
    return say(f"{{losers}} {'lose' if len(losers) > 1 else 'loses'} the address.", losers=listed(losers))
