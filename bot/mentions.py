"""Lists of people and groups as words, so that each name stays a live mention."""

from collections.abc import Sequence

from bot.words import Words, mention


def listed(ids: Sequence[str], *, last: str = ", ") -> Words:
    """Mention everyone: ``@a, @b and @c``. ``last`` joins the last two."""
    slots = [f"{{m{n}}}" for n in range(len(ids))]
    template = slots[0] if len(slots) == 1 else f"{', '.join(slots[:-1])}{last}{slots[-1]}" if slots else ""
    return Words(template, tuple((f"m{n}", mention(each)) for n, each in enumerate(ids)))


def leads(template: str, ids: Sequence[str]) -> Words:
    """Fill it with whom to mention when leads are called; where that is nobody, with the word for them."""
    return within(template, ids) if ids else Words(template.replace("%s", "Leads"))


def within(template: str, ids: Sequence[str], *, last: str = ", ") -> Words:
    """Fill a sentence's one gap, ``%s``, with mentions of everyone."""
    everyone = listed(ids, last=last)
    return Words(template.replace("%s", everyone.template), everyone.values)
