"""The picture of a report: a bar for each finding. It needs the extra `report`; without it there is none."""

import io
from collections.abc import Sequence
from importlib.util import find_spec

from bot.pool_check.report import Report, name, number

_INCHES_WIDE, _INCHES_A_BAR, _INCHES_AROUND = 8.0, 0.34, 1.2
_DOTS_AN_INCH = 144
_MOST_BARS = 14
_BAR, _QUIET, _INK = "#b3541e", "#8a8f98", "#1d1c1d"
_OTHERS = "everything else"


def is_installed() -> bool:
    """Whether what draws is there."""
    return find_spec("matplotlib") is not None


def drawn(report: Report) -> bytes:
    """Return the picture as a PNG. Only where `is_installed`, and where anything is the matter with anybody."""
    # It takes long to load, and few desks ever draw. No pyplot: that has a state that all threads share.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    bars = _bars(report.troubles)
    height = _INCHES_A_BAR * max(len(bars), 2) + _INCHES_AROUND
    figure = Figure(figsize=(_INCHES_WIDE, height), dpi=_DOTS_AN_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    counts = [count for _, count in bars]
    drawn_bars = axes.barh(range(len(bars)), counts, color=[_QUIET if label == _OTHERS else _BAR for label, _ in bars])
    axes.bar_label(drawn_bars, labels=[number(count) for count in counts], padding=4, color=_INK)
    # A name is a provider's in no place, and a dollar sign would begin a formula.
    axes.set_yticks(range(len(bars)), [label for label, _ in bars], parse_math=False)
    # The largest on top; a single bar isn't made as thick as two.
    axes.set_ylim(max(len(bars), 2) - 0.4, -0.6)
    axes.set_xlim(0, max(counts) * 1.12)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(int(value))))
    axes.set_xlabel("accounts")
    # Over the whole width: a pool's name may be long.
    figure.suptitle(_title(report), x=0.01, ha="left", size=11, parse_math=False, color=_INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _title(report: Report) -> str:
    every = number(report.found["users"])
    return f"{report.pool}: {number(report.troubled)} of {every} accounts have trouble, by the worst of each"


def _bars(troubles: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    shown = [(name(finding), count) for finding, count in troubles[:_MOST_BARS]]
    left = sum(count for _, count in troubles[_MOST_BARS:])
    return [*shown, *([(_OTHERS, left)] if left else [])]
