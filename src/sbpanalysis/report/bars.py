"""Which is longer? Bars from zero, of areas, kinds or years."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from textwrap import fill

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import disclosure, prose
from sbpanalysis.report.drawing import (
    EDGE,
    FULL,
    breadth,
    group,
    picture,
    rectangle,
    regions,
    stroke,
    words,
)
from sbpanalysis.report.figure import Chart, alt_text, check_drawable, check_highlight, heading
from sbpanalysis.report.house import BLUE, GREY, ORANGE, PINK
from sbpanalysis.stats import ranking
from sbpanalysis.stats.result import listed

_NAME = 34  # characters of a name that fit beside a bar, in each of two lines
_SIZE, _NAME_SIZE = 9, 9.5  # points: of numbers, and of names
_GAP, _LINE, _HEAD = 3, 10.5, 16  # points: beside a bar, of a line of a name, of what stands above
_ONE, _TWO, _BAND = 15, 24, 19  # points: a row with names of one line, of two, and of a pyramid
_INK = "#333333"
_KINDS = {"Kind": "kinds", "Group": "groups", "Period": "periods"}


def bar(
    values: pd.Series,
    headline=None,
    subtitle=None,
    highlight=None,
    mean=None,
    unit=None,
    ranked: bool = True,
    what: str = "",
) -> Chart:
    """Horizontal bars from zero, longest first, the area of the page marked and named in bold.

    `values`: one value an area, kind or period, index the names shown. `highlight`: a name.
    `mean`: a value drawn as a line (its label `attrs["mean_label"]`). `unit`: if another than the
    values' own. `ranked`: False keeps the order of `values`, for years. `what`: what of
    the measure is shown, where no `subtitle` is given. A count of persons that is hidden has no
    bar.
    """
    check_drawable("bar", values, pd.Series)
    check_highlight("bar", highlight, values.index)
    attrs = {**values.attrs, **({"unit": unit} if unit else {})}
    place = ranking.order(values).sort_values(ascending=False, kind="stable").index
    ordered = values.loc[place] if ranked else values
    known = ordered.dropna()
    digits = decimals(known, attrs)
    svg, edges, height = _drawn(ordered, attrs, highlight, mean, digits)
    caption = f"{title(attrs)}, {what}" if what else attrs.get("caption") or title(attrs)
    what = subtitle or caption
    default, described = _headline_and_alt(ordered, ranked, highlight, digits, attrs)
    reference = f"{attrs.get('mean_label', 'Mean')}: {prose.number(mean, digits)}" if mean else ""
    return Chart(
        kind="bar",
        headline=heading(headline, default),
        subtitle=what,
        alt=alt_text(f"Bar chart: {what}", described[0], reference, *described[1:]),
        table=bar_table(ordered, attrs, digits, ranked),
        svg=svg,
        source=tuple(attrs.get("source", ())),
        notes=disclosure.notes(attrs),
        attrs=attrs,
        regions=_rows(edges, height, ordered, attrs, digits) if ranked and "codes" in attrs else {},
    )


def decimals(known: pd.Series, attrs: dict) -> int:
    """The decimals that a chart of values and its table have: `attrs["digits"]`, else 0 or 1."""
    return attrs.get("digits", 0 if np.allclose(known, known.round()) else 1)


def pyramid(frame: pd.DataFrame, headline=None, subtitle=None) -> Chart:
    """Two groups back to back, such as women and men by age: bars from the middle, on one scale.

    `frame`: one row a band, the youngest first and drawn lowest; two columns, the sides. A count
    of persons that is hidden has no bar. Raises `DataError` for another number of columns.
    """
    check_drawable("pyramid", frame, pd.DataFrame)
    if frame.shape[1] != 2:
        raise DataError(f"pyramid: {frame.shape[1]} columns, expected 2; choose the two sides.")
    attrs = dict(frame.attrs)
    what = subtitle or attrs.get("caption") or title(attrs)
    said = frame.map(lambda v: disclosure.SAID if pd.isna(v) else prose.number(v))
    bands = [
        f"{band}: " + ", ".join(f"{side} {row[side]}" for side in frame)
        for band, row in said.iterrows()
    ]
    return Chart(
        kind="pyramid",
        headline=heading(headline, bands[0]),
        subtitle=what,
        alt=alt_text(f"Bars to two sides: {what}", *bands),
        table=disclosure.shown(frame.rename_axis(frame.index.name or "Band").reset_index()),
        svg=_back_to_back(frame),
        source=tuple(attrs.get("source", ())),
        notes=disclosure.notes(attrs),
        attrs=attrs,
    )


def _back_to_back(frame: pd.DataFrame) -> str:
    """The sides of a pyramid with their bands at the left, from the lowest row up."""
    left = EDGE + max(breadth(str(band), _NAME_SIZE) for band in frame.index) + _GAP
    middle = (left + FULL - EDGE) / 2
    numbers = frame.map(disclosure.text_of)
    widest = max(breadth(n, _SIZE) for n in numbers.to_numpy().flat)
    most = float(np.nanmax(frame.to_numpy(float), initial=1))
    scale = (middle - left - 2 * _GAP - widest) / most
    height = 2 * EDGE + _HEAD + _BAND * len(frame)
    rows = height - EDGE - _BAND * (np.arange(len(frame)) + 0.5)
    parts = [
        words(left - _GAP, y, band, _NAME_SIZE, fill=_INK, text_anchor="end")
        for band, y in zip(frame.index, rows, strict=True)
    ]
    for side, way, colour in zip(frame, (-1, 1), (BLUE, ORANGE), strict=True):
        place, inner, outer = ("left", "end", "start") if way < 0 else ("right", "start", "end")
        lengths = scale * frame[side].fillna(0)
        bars = [
            rectangle(middle - (w if way < 0 else 0), y - 0.36 * _BAND, w, 0.72 * _BAND, colour)
            for w, y in zip(lengths, rows, strict=True)
        ]
        parts.append(group(f"side-{place}", bars))
        parts += [
            words(middle + way * (w + _GAP), y, number, _SIZE, text_anchor=inner)
            for w, y, number in zip(lengths, rows, numbers[side], strict=True)
        ]
        end = left if way < 0 else FULL - EDGE
        parts.append(words(end, EDGE + _HEAD / 2, side, _NAME_SIZE, True, text_anchor=outer))
    parts.append(stroke(f"M{middle:.2f} {EDGE + _HEAD}V{height - EDGE}", GREY, 0.8))
    return picture(parts, height)


def _rows(edges: np.ndarray, height: float, ordered: pd.Series, attrs: dict, digits: int) -> dict:
    """The row of each bar, over the whole width."""
    rows = [[[(0, top), (1, top), (1, low), (0, low)]] for top, low in pairwise(1 - edges / height)]
    places = dict(zip(ordered.index, rows, strict=True))
    return regions(height / FULL, places, ordered, attrs, digits)


def _drawn(ordered: pd.Series, attrs: dict, highlight, mean, digits: int):
    """The picture, and the edges of its rows and its height in points."""
    names = [fill(str(n), _NAME, max_lines=2, placeholder="…").split("\n") for n in ordered.index]
    bold = [name == highlight for name in ordered.index]
    sign = "%" if attrs.get("unit") == "percent" else ""
    numbers = [disclosure.text_of(v, digits) + ("" if pd.isna(v) else sign) for v in ordered]
    shown = prose.rounded(ordered, digits)  # as the table says it
    ends = shown.fillna(0).to_numpy(float)
    all_lines = [(line, b) for lines, b in zip(names, bold, strict=True) for line in lines]
    left = EDGE + max(breadth(line, _NAME_SIZE, b) for line, b in all_lines) + _GAP
    place = _scale(left, ends, numbers, mean)
    pitch = _TWO if any(len(lines) > 1 for lines in names) else _ONE
    head = EDGE + (0 if mean is None else _HEAD)
    edges = head + pitch * np.arange(len(ordered) + 1)
    rows, foot = edges[:-1] + pitch / 2, edges[-1]
    wide, zero = 0.72 * pitch, place(0)
    bars = [
        rectangle(place(min(v, 0)), y - wide / 2, abs(place(v) - zero), wide, PINK if b else BLUE)
        for v, y, b in zip(ends, rows, bold, strict=True)
    ]
    parts = [group("bars", bars), stroke(f"M{zero:.2f} {head}V{foot:.2f}", GREY, 0.8)]
    lengths = [place(max(v, 0)) for v in ends]
    widths = [_GAP + breadth(number, _SIZE) + 1 for number in numbers]
    if mean is not None:
        label = f"{attrs.get('mean_label', 'Mean')} {prose.number(mean, digits)}"
        clear = [
            not end <= place(mean) <= end + width
            for end, width in zip(lengths, widths, strict=True)
        ]
        parts += _mean(label, place(mean), head, edges, clear)
    for lines, b, value, number, y in zip(names, bold, shown, numbers, rows, strict=True):
        middle, style = (len(lines) - 1) / 2, {"fill": _INK, "text_anchor": "end"}
        parts += [
            words(left - _GAP, y + _LINE * (at - middle), line, _NAME_SIZE, b, **style)
            for at, line in enumerate(lines)
        ]
        end = place(0 if pd.isna(value) else max(value, 0))
        parts.append(words(end + _GAP, y, number, _SIZE, fill=GREY if pd.isna(value) else "black"))
    return picture(parts, foot + EDGE), edges, foot + EDGE


def _scale(left: float, ends: np.ndarray, numbers: list[str], mean) -> Callable[[float], float]:
    """Value -> place, such that all bars, the numbers at their ends and the mean lie inside."""
    lowest = min(0.0, ends.min())
    reach = [(max(v, 0) - lowest, breadth(n, _SIZE)) for v, n in zip(ends, numbers, strict=True)]
    reach += [] if mean is None else [(mean - lowest, 0)]
    room = FULL - EDGE - left - _GAP
    scale = min(((room - width) / far for far, width in reach if far > 0), default=1.0)
    return lambda value: left + scale * (value - lowest)


def _mean(label: str, x: float, head: float, edges: np.ndarray, clear: list[bool]) -> list[str]:
    """The mean as a line, its name above it and inside the picture; it stops where a number is.

    `edges`: of the rows; `clear`: whether the line may pass each row.
    """
    half = EDGE + breadth(label, _NAME_SIZE, bold=True) / 2
    line = f"M{x:.2f} {head:.2f}"
    for (top, low), free, before in zip(pairwise(edges), clear, [True, *clear], strict=False):
        line += ("" if before else f"M{x:.2f} {top:.2f}") + f"V{low:.2f}" if free else ""
    at, style = min(max(x, half), FULL - half), {"fill": "#9A3B0B", "text_anchor": "middle"}
    return [
        stroke(line, ORANGE, 1.6, id="mean", stroke_dasharray="5.9 2.6"),
        words(at, head - _HEAD / 2, label, _NAME_SIZE, True, **style),
    ]


def _headline_and_alt(ordered: pd.Series, ranked: bool, highlight, digits: int, attrs: dict):
    """The usual headline, and sentences for those who hear the chart."""
    known, sign = ordered.dropna(), "%" if attrs.get("unit") == "percent" else ""
    number = lambda v: disclosure.text_of(v, digits) + (sign if v == v else "")  # noqa: E731
    kinds = _KINDS.get(ordered.index.name, "areas")
    if known.empty:
        return f"Every value is {disclosure.SAID}", [f"All values are {disclosure.SAID}"]
    if not ranked:
        ends = [f"{n}: {number(ordered[n])}" for n in ordered.index[[0, -1]]]
        top = listed(known.index[known == known.max()])
        return ends[1], [*ends, f"as recorded largest in {top}, {number(known.max())}"]
    most, fewest = extremes(ordered, attrs, number)
    own = [""]
    if highlight in known.index:
        place = int(ranking.ranks(ordered)[highlight])
        own = [
            f"{highlight}: {number(ordered[highlight])}, "
            f"{prose.ordinal(place)} of {prose.counted(len(ordered), kinds)}"
        ]
    headline = most_of(ordered, attrs, most)
    return headline, [*own, most, fewest, hidden_words(ordered)]


def extremes(ordered: pd.Series, attrs: dict, number) -> tuple[str, str]:
    """Who has the most and who the fewest, or where a rate or share is highest and lowest.

    As recorded: no test says that others have fewer. All that are level are named, or counted if
    they are more than three. Where the fewest are hidden nobody is said to have them.
    """
    known, unit = ordered.dropna(), attrs.get("unit", "")
    if known.empty:
        return f"every value is {disclosure.SAID}", ""
    order = ranking.order(ordered)
    top, low = (level(ordered, end) for end in (order.max(), order.min()))
    most, fewest = number(known.max()), number(known.min())
    hidden = ordered[order == order.min()].isna().any()
    if unit == "percent" or unit.startswith("per "):
        place = "for" if ordered.index.name in _KINDS else "in"
        high, least = (
            f"as recorded highest {place} {top}, {most}",
            f"lowest {place} {low}, {fewest}",
        )
        return high, "" if hidden else least
    return (
        f"as recorded {top} had the most, {most}",
        "" if hidden else f"{low} had the fewest, {fewest}",
    )


def level(values: pd.Series, value: float) -> str:
    """The names of all that have a value, or how many if they are more than three.

    >>> level(pd.Series({"North": 2, "South": 1, "West": 1}), 1)
    'South and West'
    """
    names = values.index[values == value]
    if len(names) <= 3:
        return listed(names) if len(names) else ""
    return prose.counted(len(names), _KINDS.get(values.index.name, "areas"))


def hidden_words(values: pd.Series) -> str:
    """How many have a hidden number; "" if none has."""
    kinds, hidden = _KINDS.get(values.index.name, "areas"), int(values.isna().sum())
    return f"{prose.counted(hidden, kinds)} had {disclosure.SAID}" if hidden else ""


def most_of(ordered: pd.Series, attrs: dict, most: str) -> str:
    """The usual headline: what is shown, and of whom there is `most`."""
    unit = attrs.get("unit", "")
    per = f" {unit}" if unit.startswith("per ") else ""
    what = f"{attrs['title']}{per}: " if attrs.get("title") else ""
    return prose.sentence_case(f"{what}{most}")


def bar_table(ordered: pd.Series, attrs: dict, digits: int, ranked: bool = True) -> pd.DataFrame:
    """The table under a bar chart or map: name, value, rank."""
    shown = prose.rounded(ordered, digits)
    whole = digits == 0 and not shown.isna().any()
    name = "Area" if ranked and "codes" in attrs else str(ordered.index.name or "Area")
    unit = prose.sentence_case(attrs.get("unit", "value"))
    values = shown.astype("int64") if whole else shown
    table = pd.DataFrame({name: ordered.index.astype(str), unit: values.to_numpy()})
    if ranked:
        rank = ranking.ranks(ordered)
        table["Rank"] = (rank if rank.isna().any() else rank.astype(int)).to_numpy()
    return disclosure.shown(table)


def title(attrs: dict) -> str:
    """Measure and area, where the values know them."""
    where = f", {attrs['area']}" if attrs.get("area") else ""
    return f"{attrs.get('title', 'Values')}{where}"


def short(name: str) -> str:
    """A name cut to what fits in one line."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 2].rstrip()}…"
