"""How do areas stand beside each other for their size? A dot an area, on one scale of rates."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from sbpanalysis.report import prose
from sbpanalysis.report.bars import short, title
from sbpanalysis.report.charts import thousands
from sbpanalysis.report.drawing import FULL, breadth
from sbpanalysis.report.figure import (
    Chart,
    alt_text,
    canvas,
    check_drawable,
    check_highlight,
    heading,
    svg_of,
)
from sbpanalysis.report.house import BLUE, GREY, ORANGE, PALE, PINK, TURQUOISE, house_style
from sbpanalysis.stats.ranking import ranks
from sbpanalysis.stats.result import listed

_DOT, _SIZE, _ROW = 9, 10, 16  # points: across a dot, of letters, of a line
_SIDES = {"above": ORANGE, "not told apart": BLUE, "below": TURQUOISE}
WORDS = {"above": "clearly above", "not told apart": "not told apart", "below": "clearly below"}


def strip(
    rates: pd.DataFrame,
    headline=None,
    subtitle=None,
    *,
    highlight: str,
    alike: Collection[str] = (),
) -> Chart:
    """A dot an area along one axis of rates: the own named, those `alike` dark, the others pale.

    `rates`: of areas, from `rate`, with `value`; those level with each other stand one on another.
    `highlight`: the own area. Drawn as a line: the rate of all together.
    """
    check_drawable("strip", rates, pd.DataFrame, columns=("value",))
    check_highlight("strip", highlight, rates.index)
    attrs, values = dict(rates.attrs), rates["value"].sort_values(kind="stable")
    overall = attrs.get("overall")
    said = {name: prose.number(value, 1) for name, value in values.items()}
    together = attrs.get("mean_label", "All").removesuffix(" mean")
    svg = _swarm(values, highlight, alike, overall, together, said)
    what = subtitle or attrs.get("caption") or title(attrs)
    rank = int(ranks(values)[highlight])
    alt = alt_text(
        f"A dot an area: {what}",
        f"{highlight}: {said[highlight]}, {prose.ordinal(rank)} of {len(values)}",
        f"all together {prose.number(overall, 1)}" if overall else "",
        f"as recorded highest {values.index[-1]}, {said[values.index[-1]]}; lowest "
        f"{values.index[0]}, {said[values.index[0]]}",
        f"half of them are below {prose.number(values.median(), 1)}",
    )
    notes = [f"Dark: {attrs['among']}; pale: others."] if attrs.get("among") else []
    table = _table(rates.loc[values.index[::-1]], attrs)
    return _chart(table, heading(headline, alt), what, alt, svg, attrs, notes)


def _swarm(values: pd.Series, highlight: str, alike, overall, whole: str, said: dict) -> str:
    """The picture of a strip, its dots in the order of `values`, which rise."""
    import seaborn  # here, for not every notebook draws

    order = values.to_numpy()
    beside = np.searchsorted(order, order + _DOT / FULL * order[-1], "right")
    pile = (beside - np.arange(len(order))).max()  # at most so many dots lie one on another
    figure, axes = canvas(height=(4 * _ROW + 1.25 * (_DOT + 1) * (pile + 1)) / 72)
    colours = [PINK if n == highlight else BLUE if n in alike else PALE for n in values.index]
    with house_style():
        look = {"palette": colours, "legend": False, "size": _DOT, "ax": axes}
        seaborn.swarmplot(x=order, hue=values.index, hue_order=values.index, **look)
    _scale(axes, order[-1])
    axes.set_ylim(0.45, -0.45)  # the swarm takes 0.8
    axes.yaxis.set_visible(False)
    own, last = float(values[highlight]), values.index[-1]
    side = "left" if own > (overall or 0) else "right"  # away from the other line
    other = "right" if side == "left" else "left"
    if last != highlight:
        _above(axes, f"{short(last)} {said[last]}", order[-1], GREY, 0, "right")
    if overall:
        _named(axes, f"{whole} {prose.number(overall, 1)}", overall, GREY, 1, other)
    _named(axes, f"{highlight} {said[highlight]}", own, PINK, 2, side)
    return svg_of(figure)


def ranges(rates: pd.DataFrame, sides: pd.DataFrame, headline=None, subtitle=None) -> Chart:
    """A row an area, highest first: its rate as a dot on its range, coloured by its side.

    `rates`: of areas, from `rate`, with `value, lower, upper`; `sides`: of the same, from `sides`.
    Drawn as a line: the rate of all together.
    """
    check_drawable("ranges", rates, pd.DataFrame, columns=("value", "lower", "upper"))
    attrs = dict(rates.attrs)
    ordered = rates.sort_values("value", ascending=False, kind="stable")
    side, count = sides["side"].loc[ordered.index], sides["count"].loc[ordered.index]
    overall = attrs.get("overall")
    names = [short(str(name)) for name in ordered.index]
    what = subtitle or f"{attrs.get('caption') or title(attrs)}, with 95% range"
    alt = alt_text(
        f"A dot an area on its range: {what}",
        f"all wards together: {prose.number(overall, 1)}" if overall else "",
        f"as recorded highest {names[0]}, {prose.number(ordered['value'].iloc[0], 1)}; lowest "
        f"{names[-1]}, {prose.number(ordered['value'].iloc[-1], 1)}",
        "; ".join(f"{prose.number((side == one).sum())} {told}" for one, told in WORDS.items()),
    )
    table = _table(ordered, attrs, ["lower", "upper"])
    table.insert(
        4, prose.sentence_case(sides.attrs.get("unit", "number")), count.to_numpy().astype(int)
    )
    table["Beside the rate of all"] = [WORDS[one] for one in side]
    most = listed(ordered.index[ordered["value"] == ordered["value"].max()])
    notes = [
        "Orange: clearly above the rate of all wards; green: clearly below; blue: not told apart. "
        "What has no known ward is left out."
    ]
    finding = f"As recorded {most} had the most for its residents"
    svg = _rows(ordered, side, names, overall)
    return _chart(table, heading(headline, finding), what, alt, svg, attrs, notes)


def _rows(ordered: pd.DataFrame, side: pd.Series, names: list[str], overall) -> str:
    """The picture of ranges, a row an area from the top."""
    import seaborn

    rows = np.arange(len(ordered))
    figure, axes = canvas(height=_ROW * (3 + len(ordered)) / 72)
    with house_style():
        axes.hlines(rows, ordered["lower"], ordered["upper"], color=PALE, lw=5, gid="bands")
        look = {"palette": _SIDES, "s": _DOT**2, "linewidth": 0, "legend": False, "ax": axes}
        seaborn.scatterplot(x=ordered["value"].to_numpy(), y=rows, hue=side.to_numpy(), **look)
    _scale(axes, float(ordered["upper"].max()))
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    axes.set_yticks(rows, names, fontsize=_SIZE)
    axes.grid(visible=False)
    if overall:
        _named(axes, f"All wards {prose.number(overall, 1)}", overall, GREY, 0)
    return svg_of(figure)


def _scale(axes, top: float) -> None:
    """The axis of rates, from nothing; what was drawn last are the dots."""
    axes.collections[-1].set(gid="dots", clip_on=False, zorder=3)
    axes.set(xlabel="", ylabel="", xlim=(0, 1.02 * (top or 1)))
    axes.spines["left"].set_visible(False)
    axes.tick_params("x", labelsize=_SIZE)
    thousands(axes.xaxis)


def _named(axes, text: str, value: float, colour: str, row: int, side: str = "left") -> None:
    """A line up from a value to its name and number, in a row above the axes."""
    line = {"arrowstyle": "-", "ls": (0, (4, 2)), "color": colour, "shrinkA": 0, "shrinkB": 0}
    _above(axes, text, value, colour, row, side, fontweight="bold", arrowprops=line)


def _above(axes, text: str, value: float, colour: str, row: int, side: str, **style) -> None:
    """Words over a value, to its left or right, in a row above the axes, inside the picture."""
    from matplotlib.transforms import offset_copy

    x, wide = value / axes.get_xlim()[1] * FULL, breadth(text, _SIZE, bold=True)
    side = "right" if x + wide > FULL else "left" if x < wide else side
    if "arrowprops" in style:
        style["arrowprops"]["relpos"] = (0 if side == "left" else 1, 0)
    place = axes.get_xaxis_transform()
    over = offset_copy(place, axes.figure, 0, 3 + row * _ROW, units="points")
    style |= {"ha": side, "color": colour, "xycoords": place, "textcoords": over}
    axes.annotate(text, (value, 0), (value, 1), fontsize=_SIZE, gid="near", zorder=1, **style)


def _chart(table, headline: str, what: str, alt: str, svg: str, attrs: dict, notes) -> Chart:
    return Chart(
        kind="dots",
        headline=headline,
        subtitle=what,
        alt=alt,
        table=table,
        svg=svg,
        source=tuple(attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
    )


def _table(rates: pd.DataFrame, attrs: dict, more: Collection[str] = ()) -> pd.DataFrame:
    """A row an area: its rate, and its range if asked for."""
    heads = {
        "value": prose.sentence_case(attrs.get("unit", "rate")),
        "lower": "Lower",
        "upper": "Upper",
    }
    shown = prose.rounded(rates[["value", *more]].astype(float), 1).rename(columns=heads)
    return shown.rename_axis("Area").reset_index()
