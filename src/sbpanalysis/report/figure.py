"""How does one object become picture, headline, alt text, table and CSV?"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from sbpanalysis.data.documents import meant
from sbpanalysis.errors import DataError
from sbpanalysis.report import prose
from sbpanalysis.report.claims import Claim
from sbpanalysis.report.display import show
from sbpanalysis.report.house import GREY, LAID_OUT, READ, WIDTH, house_style
from sbpanalysis.stats.checks import refuse_text
from sbpanalysis.stats.result import listed

# What keeps a text readable where a line crosses it;
# texts of matplotlib whose gid begins with "near" have it
_NEAR = ".near text{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
_PAD = 3  # points between picture and its edge
LONGEST_ALT = 400  # characters of a text that is listened to
_SHORTEST_LINE, _LEVEL = 6, 1.1  # points of a line that has a shape; ratio of what is level


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A figure: what it shows (`table`), what it says (`headline`), how it reads aloud (`alt`)."""

    kind: str
    headline: str
    subtitle: str
    alt: str
    table: pd.DataFrame
    svg: str
    source: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attrs: dict = field(default_factory=dict, repr=False)
    regions: dict = field(default_factory=dict, repr=False)  # where its areas are: from `layer`
    explained: str = ""  # the methods page on what it draws; empty: that of what was computed

    def __repr__(self) -> str:
        return f"Chart({self.kind}, {self.headline!r}, {len(self.table)} rows)"

    def _ipython_display_(self) -> None:
        show(self)


def check_drawable(name: str, values: Any, *kinds: Any, columns: tuple[str, ...] = ()) -> None:
    """Raise `DataError` unless what a chart is asked to draw is of one of these kinds.

    It is to be all numbers, or to have these `columns` of numbers, as the frames of `rate` do.
    """
    if not isinstance(values, kinds):
        expected = " or ".join(f"a pandas {kind.__name__}" for kind in kinds)
        raise DataError(
            f"{name}: found {type(values).__name__}, expected {expected}; make one: "
            f"pd.{kinds[0].__name__}(values, index=names)."
        )
    if missing := [column for column in columns if column not in values]:
        raise DataError(
            f"{name}: found no column {listed(missing)}, expected what sbp.rate gives for areas; "
            f"write sbp.{name}(sbp.rate(counts, residents), ...)."
        )
    refuse_text(name, values[list(columns)] if columns else values)


def check_highlight(name: str, highlight, names: pd.Index) -> None:
    """Raise `DataError` if a chart is asked to mark what it does not draw."""
    if highlight is not None and highlight not in names:
        raise DataError(f"{name}: highlight is {highlight!r}, expected {meant(highlight, names)}.")


def check_result(name: str, given, kind: type, maker: str) -> None:
    """Raise `DataError` unless a chart of a result is given one, which `maker` makes."""
    if not isinstance(given, kind):
        raise DataError(
            f"{name}: found {type(given).__name__}, expected what sbp.{maker} gives; write "
            f"sbp.{name}(sbp.{maker}(...))."
        )


def canvas(height: float = 2.9):
    """A matplotlib figure and its axes in the house style, outside any global state."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(WIDTH, height), dpi=72)
        axes = figure.add_subplot()
    # No axis has a name: its place need not be looked for, which would measure every label
    axes.xaxis.set_label_coords(0.5, 0)
    axes.yaxis.set_label_coords(0, 0.5)
    return figure, axes


def plotted(axes, x, y, gid: str, *, color: str, size: float, **style) -> None:
    """A line that seaborn draws, with a dot of `size` at each point; broken where one is missing.

    `gid` is the id of the line in the picture. Nothing is resampled, sorted or named. Dots of no
    line: `linestyle=""`.
    """
    import seaborn  # here, for not every notebook draws

    with house_style():
        seaborn.lineplot(
            x=x, y=y, ax=axes, estimator=None, legend=False, color=color, gid=gid, marker="o",
            markersize=size, markeredgecolor=color, markeredgewidth=1, **style,
        )  # fmt: skip
    axes.lines[-1].set_data(x, y)  # seaborn leaves out what is missing, and would draw over it


def beside(axes, text: str, point, offset=(4, 0), **style) -> None:
    """Words beside a point of the axes, `offset` points of a line away."""
    usual = {"textcoords": "offset points", "va": "center", "color": GREY}
    axes.annotate(text, point, offset, **usual | style)


def svg_of(figure) -> str:
    """The picture as SVG text: no date, fixed ids, the reader's own sans-serif font."""
    from matplotlib.backends.backend_svg import RendererSVG

    buffer = io.StringIO()
    for text in _texts(figure):
        text.set_parse_math(False)
    for line in (line for axes in figure.axes for line in axes.lines):
        line.get_path().should_simplify = False  # a long line has every one of its points
    with house_style():
        # One renderer for the layout and the drawing, for it remembers how wide a text is
        none = {"Date": None, "Creator": None}
        width, height = figure.bbox.size
        renderer = RendererSVG(width, height, buffer, image_dpi=72, metadata=none)
        _fit(figure, renderer)
        figure.draw(renderer)
        renderer.finalize()
    text, near = as_read(buffer.getvalue()), '<g id="near'
    if near not in text:
        return text
    # by class: what sets the printed documents knows no beginnings of names
    marked = text.replace(near, near.replace("<g", '<g class="near"'))
    return marked.replace("</style>", f"{_NEAR}</style>", 1)


def as_read(svg: str) -> str:
    """SVG text without its metadata, in the reader's own font."""
    text = svg.replace(f"'{LAID_OUT}'", READ)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    return text[text.index("<svg") :]


def _texts(figure) -> Iterator:
    """The texts that were made after the canvas; ticks that the drawing makes are not yet there."""
    from matplotlib.text import Text

    for axes in figure.axes:
        yield from (one for one in axes.get_children() if isinstance(one, Text))
        for axis in (axes.xaxis, axes.yaxis):
            shown = axis.majorTicks if axes.axison else ()
            yield from (tick.label1 for tick in shown)
    for legend in figure.legends:
        yield from legend.get_texts()


def _fit(figure, renderer) -> None:
    """Make the axes as large as their labels, and a key below them, leave room for."""
    from matplotlib.ticker import FixedLocator

    [axes] = figure.axes
    width, height = figure.bbox.size
    key = sum(legend.get_window_extent(renderer).height + _PAD for legend in figure.legends)
    axes.autoscale_view()
    axes.set_position((0.12, 0.16, 0.8, 0.76))  # as a line chart comes out
    if axes.axison:  # these ticks, whatever the size comes to
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(axis.get_majorticklocs()))
    inner, outer = axes.bbox, axes.get_tightbbox(renderer, for_layout_only=True)
    left, bottom = inner.x0 - outer.x0 + _PAD, inner.y0 - outer.y0 + _PAD + key
    right, top = outer.x1 - inner.x1 + _PAD, outer.y1 - inner.y1 + _PAD
    room = (width - left - right) / width, (height - bottom - top) / height
    axes.set_position((left / width, bottom / height, *room))
    if axes.axison:
        _thin(axes.xaxis, renderer)


def _thin(axis, renderer) -> None:
    """Every second tick of an axis of numbers, as often as their words would nearly touch."""
    from matplotlib.ticker import FixedFormatter, FixedLocator

    if isinstance(axis.get_major_formatter(), FixedFormatter):
        return  # who names places by hand leaves room between them
    words = [label.get_window_extent(renderer) for label in axis.get_majorticklabels()]
    if any(right.x0 < left.x1 + 2 * _PAD for left, right in pairwise(words)):
        axis.set_major_locator(FixedLocator(axis.get_majorticklocs()[::2]))
        _thin(axis, renderer)


def heading(headline: str | Claim | None, default: str) -> str:
    """The finding over a figure: a claim's headline, text without a direction, or `default`.

    The default is made of the library's own words and names from data, which may say anything: a
    ward of Havering is called Rise Park.
    """
    if isinstance(headline, Claim):
        return headline.headline
    return prose.refuse_direction(headline, None) if headline else default


def alt_text(*parts: str) -> str:
    """The parts as sentences. None is cut: what is long is summed up by whoever tells it, and where
    all together are too long to listen to, the last are left to the table.

    >>> alt_text("Line chart: robbery", "", "12 in May")
    'Line chart: robbery. 12 in May.'
    >>> alt_text("Line chart: robbery", "12 in May", 60 * "very long ")
    'Line chart: robbery. 12 in May. The table says more.'
    """
    sentences = [f"{prose.sentence_case(p.rstrip('.'))}." for p in parts if p]
    if len(" ".join(sentences)) <= LONGEST_ALT:
        return " ".join(sentences)
    more = "The table says more."
    while len(sentences) > 1 and len(" ".join([*sentences, more])) > LONGEST_ALT:
        sentences.pop()
    return " ".join([*sentences, more])


def shape(values: pd.Series) -> str:
    """How a line runs from left to right, told by the means of its thirds; nothing of a short one.

    >>> shape(pd.Series([1, 2, 3, 4, 5, 6])), shape(pd.Series([9, 9, 2, 2, 9, 9]))
    ('each third above the one before', 'the middle third below the others')
    """
    known = values.dropna().to_numpy(float)
    if len(known) < _SHORTEST_LINE:
        return ""
    first, middle, last = (third.mean() for third in np.array_split(known, 3))
    if max(first, middle, last) <= _LEVEL * min(first, middle, last):
        return "about level throughout"
    if first < middle < last:
        return "each third above the one before"
    if first > middle > last:
        return "each third below the one before"
    return f"the middle third {'above' if middle > first else 'below'} the others"
