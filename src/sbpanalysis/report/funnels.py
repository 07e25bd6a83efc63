"""Which areas are out of the ordinary for their size? The funnel plot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.report import prose
from sbpanalysis.report.bars import short, title
from sbpanalysis.report.charts import scale_name, thousands
from sbpanalysis.report.figure import (
    Chart,
    alt_text,
    beside,
    canvas,
    check_highlight,
    check_result,
    heading,
    plotted,
    svg_of,
)
from sbpanalysis.report.house import BLUE, GREY, ORANGE, PINK
from sbpanalysis.stats.comparison import Funnel

# a limit -> its words in the table
_LIMITS = {
    "lower95": "Lower 95% limit",
    "upper95": "Upper 95% limit",
    "lower998": "Lower 99.8% limit",
    "upper998": "Upper 99.8% limit",
}
_LETTER, _LINE = 4.7, 10  # points that a letter of a name and its line take
# Where a name may lie from its point: offset in points, and which end of it is there
_PLACES = (
    (6, 3, "left"),
    (-6, 3, "right"),
    (6, -10, "left"),
    (-6, -10, "right"),
    (0, 7, "center"),
    (0, -15, "center"),
)


def funnel_plot(funnel, headline=None, subtitle=None, highlight=None) -> Chart:
    """Rates against size with 95% and 99.8% limits; areas outside are marked and named."""
    check_result("funnel_plot", funnel, Funnel, "funnel")
    frame, attrs = funnel.frame, dict(getattr(funnel, "attrs", {}))
    check_highlight("funnel_plot", highlight, frame.index)
    frame = frame.sort_values("denominator", kind="stable")
    figure, axes = canvas(height=3.4)
    x, y = frame["denominator"].to_numpy(float), frame["rate"].to_numpy(float)
    _limits(axes, x, frame)
    outside = (frame["flag"] != "within").to_numpy()
    own = frame.index == highlight
    plotted(axes, x, y, "series-0", color=BLUE, size=5, linestyle="")
    axes.plot(x[outside], y[outside], "D", color=ORANGE, ms=6, gid="marked")
    axes.plot(x[own], y[own], "D" if (own & outside).any() else "o", color=PINK, ms=8, gid="own")
    scale_name(axes, f"Per {prose.number(funnel.per)}, from small areas to large")
    _name(axes, frame, outside, highlight)
    thousands(axes.xaxis)
    thousands(axes.yaxis)
    what = subtitle or f"{title(attrs)}: funnel plot"
    count = f"{prose.counted(int(outside.sum()), 'areas')} outside the 95% limits"
    table = prose.rounded(frame[["denominator", "rate", *_LIMITS]], 2).assign(flag=frame["flag"])
    per = f"Rate per {prose.number(funnel.per)}"
    heads = ["Population", per, *_LIMITS.values(), "Where it lies"]
    table = table.set_axis(heads, axis=1).rename_axis("Area").reset_index()
    most, least = frame["rate"].idxmax(), frame["rate"].idxmin()
    ends = [f"{name}, {prose.number(frame['rate'][name], 1)}" for name in (most, least)]
    named = f"{count}: {prose.first_of(list(frame.index[outside]), 6)}" if outside.any() else count
    mine = f"{highlight}: {prose.number(frame['rate'][highlight], 1)}" if highlight else ""
    return Chart(
        kind="line",
        headline=heading(headline, count),
        subtitle=what,
        alt=alt_text(
            f"Funnel plot: {what}", mine, named, "as recorded highest {}; lowest {}".format(*ends)
        ),
        table=table,
        svg=svg_of(figure),
        source=tuple(attrs.get("source", ())),
        attrs=attrs,
        explained="funnel-plots",
    )


def _limits(axes, x: np.ndarray, frame: pd.DataFrame) -> None:
    for name in _LIMITS:
        style, words = ("-", "99.8%") if name.endswith("998") else ("--", "95%")
        axes.plot(x, frame[name], color=GREY, lw=1.1, ls=style, gid=name)
        beside(axes, words, (x[-1], frame[name].iloc[-1]), fontsize=8)


def _name(axes, frame: pd.DataFrame, outside: np.ndarray, highlight) -> None:
    """Names beside the highlighted point and those outside, the farthest first; each where it
    covers no point and no other name, and no limit if that can be. One that finds no such place
    is left to the table, unless it is the highlighted one.
    """
    axes.autoscale_view()

    def placed(column: str) -> np.ndarray:
        return axes.transData.transform(frame[["denominator", column]]) * 72 / axes.figure.dpi

    far = (frame["rate"] - frame["rate"].median()).abs()[outside].sort_values(ascending=False)
    at = dict(zip(frame.index, placed("rate"), strict=True))
    right = axes.bbox.x1 * 72 / axes.figure.dpi
    taken = [(x - 3, x + 3, y - 3, y + 3) for x, y in at.values()]
    lines = [(x - 8, x + 8, y - 1, y + 1) for limit in _LIMITS for x, y in placed(limit)]
    for name in dict.fromkeys([*([highlight] if highlight else []), *far.index]):
        label, own = short(str(name)), name == highlight
        boxes = [_box(at[name], place, _LETTER * len(label)) for place in _PLACES]
        covered = [
            1000 * (box[1] > right)
            + 100 * sum(_meet(box, b) for b in taken)
            + sum(_meet(box, b) for b in lines)
            for box in boxes
        ]
        best = int(np.argmin(covered))
        if covered[best] < 100 or own:
            taken.append(boxes[best])
            dx, dy, side = _PLACES[best]
            bold = {"color": PINK, "fontweight": "bold"} if own else {"color": "black"}
            point, style = frame.loc[name, ["denominator", "rate"]], {"ha": side, "va": "baseline"}
            beside(axes, label, point, (dx, dy), fontsize=8, gid="near", **style, **bold)


def _box(point: np.ndarray, place: tuple, width: float) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a name at a place beside a point."""
    (x, y), (dx, dy, side) = point, place
    left = x + dx - {"left": 0, "right": width, "center": width / 2}[side]
    return left, left + width, y + dy, y + dy + _LINE


def _meet(one: tuple, other: tuple) -> bool:
    """Do two boxes overlap?"""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
