"""Which is longer? Bars from zero, of areas, kinds or years."""

from __future__ import annotations

from itertools import pairwise
from textwrap import fill

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import disclosure, prose
from sbpanalysis.report.figure import BLUE, GREY, ORANGE, PINK, Chart, alt_text, canvas, heading
from sbpanalysis.report.figure import svg_of as drawn
from sbpanalysis.report.regions import regions

_NAME = 34  # characters of a name that fit beside a bar, in each of two lines
_KINDS = {"Kind": "kinds", "Group": "groups", "Period": "periods"}


def bar(
    values: pd.Series,
    headline=None,
    subtitle=None,
    highlight=None,
    mean=None,
    unit=None,
    ranked: bool = True,
) -> Chart:
    """Horizontal bars from zero, longest first, the area of the page marked and named in bold.

    `values`: one value an area, kind or period, index the names shown. `highlight`: a name.
    `mean`: a value drawn as a line (its label `attrs["mean_label"]`). `unit`: if another than the
    values' own. `ranked`: False keeps the order of `values`, for years. A count of persons that
    is hidden has no bar.
    """
    attrs = {**values.attrs, **({"unit": unit} if unit else {})}
    place = disclosure.order(values).sort_values(ascending=False, kind="stable").index
    ordered = values.loc[place] if ranked else values
    known = ordered.dropna()
    digits = 0 if np.allclose(known, known.round()) else 1
    figure = _drawn(ordered, attrs, highlight, mean, digits)
    svg = drawn(figure)
    what = subtitle or attrs.get("caption") or title(attrs)
    default, told = _told(ordered, ranked, highlight, digits, attrs)
    reference = f"{attrs.get('mean_label', 'Mean')}: {prose.number(mean, digits)}" if mean else ""
    return Chart(
        kind="bar",
        headline=heading(headline, default),
        subtitle=what,
        alt=alt_text(f"Bar chart: {what}", told[0], reference, *told[1:]),
        table=bar_table(ordered, attrs, digits, ranked),
        svg=svg,
        source=tuple(attrs.get("source", ())),
        notes=(disclosure.NOTE,) if attrs.get("persons") else (),
        attrs=attrs,
        regions=_rows(figure, ordered, attrs, digits) if ranked and "codes" in attrs else "",
    )


def pyramid(frame: pd.DataFrame, headline=None, subtitle=None) -> Chart:
    """Two groups back to back, such as women and men by age: bars from the middle, on one scale.

    `frame`: one row a band, the youngest first and drawn lowest; two columns, the sides. A count
    of persons that is hidden has no bar. Raises `DataError` for another number of columns.
    """
    if frame.shape[1] != 2:
        raise DataError(f"pyramid: {frame.shape[1]} columns, expected 2; choose the two sides.")
    attrs, rows = dict(frame.attrs), np.arange(len(frame))
    figure, axes = canvas(height=0.8 + 0.26 * len(frame))
    for side, colour, way, place in zip(frame, (BLUE, ORANGE), (-1, 1), ("left", "right"),
                                        strict=True):  # fmt: skip
        ends = way * frame[side].fillna(0).to_numpy(float)
        axes.barh(rows, ends, color=colour, height=0.72, gid=f"side-{place}")
        for row, end, value in zip(rows, ends, frame[side], strict=True):
            axes.annotate(disclosure.said(value), (end, row), (3 * way, 0), fontsize=8,
                          textcoords="offset points", va="center",
                          ha="left" if way > 0 else "right")  # fmt: skip
        axes.set_title(str(side), loc=place, fontsize=9, fontweight="bold")
    axes.axvline(0, color=GREY, lw=0.8)
    axes.set_yticks(rows, frame.index.astype(str))
    axes.grid(visible=False)
    axes.xaxis.set_visible(False)
    axes.spines[["bottom", "left"]].set_visible(False)
    most = float(np.nanmax(frame.to_numpy(float), initial=1))
    axes.set_xlim(-1.2 * most, 1.2 * most)
    what = subtitle or attrs.get("caption") or title(attrs)
    said = frame.map(lambda v: disclosure.SAID if pd.isna(v) else prose.number(v))
    told = [f"{band}: " + ", ".join(f"{side} {row[side]}" for side in frame)
            for band, row in said.iterrows()]  # fmt: skip
    return Chart("pyramid", heading(headline, told[0]), what,
                 alt_text(f"Bars to two sides: {what}", *told),
                 disclosure.shown(frame.rename_axis(frame.index.name or "Band").reset_index()),
                 drawn(figure), tuple(attrs.get("source", ())),
                 (disclosure.NOTE,) if attrs.get("persons") else (), attrs)  # fmt: skip


def _rows(figure, ordered: pd.Series, attrs: dict, digits: int) -> str:
    """The row of each bar, over the whole width."""
    axes, count = figure.axes[0], len(ordered)
    edges = [axes.transData.transform((0, count - 0.5 - i))[1] for i in range(count + 1)]
    height = figure.bbox.height
    rows = [
        [[(0, top / height), (1, top / height), (1, low / height), (0, low / height)]]
        for top, low in pairwise(edges)
    ]
    return regions(figure, dict(zip(ordered.index, rows, strict=True)), ordered, attrs, digits)


def _drawn(ordered: pd.Series, attrs: dict, highlight, mean, digits: int):
    from matplotlib.transforms import ScaledTranslation, TransformedPatchPath

    shown = [fill(str(name), _NAME, max_lines=2, placeholder="…") for name in ordered.index]
    pitch = 0.3 if any("\n" in name for name in shown) else 0.19
    figure, axes = canvas(height=0.9 + pitch * len(ordered))
    y = np.arange(len(ordered))[::-1]
    lengths = ordered.fillna(0).to_numpy(float)
    colours = [PINK if name == highlight else BLUE for name in ordered.index]
    axes.barh(y, lengths, color=colours, height=0.72, gid="bars")
    sign = "%" if attrs.get("unit") == "percent" else ""
    # Plain text, for a tick is five objects and an annotation four
    gap = ScaledTranslation(3 / 72, 0, figure.dpi_scale_trans)
    names, ends = axes.get_yaxis_transform() - gap, axes.transData + gap
    edge = TransformedPatchPath(axes.patch)  # each text would make one of its own
    longest = max(len(line) for name in shown for line in name.split("\n"))
    for row, name, label, value, length in zip(
        y, ordered.index, shown, ordered, lengths, strict=True
    ):
        left = axes.text(0, row, label, transform=names, ha="right", va="center", clip_path=edge,
                         fontsize=8.5, linespacing=1, color="#333333",
                         fontweight="bold" if name == highlight else "normal")  # fmt: skip
        wide = max(map(len, label.split("\n"))) >= 0.7 * longest
        left.set_in_layout(wide or name == highlight)  # the others are narrower than it
        text = disclosure.said(value, digits) + (sign if not pd.isna(value) else "")
        end = axes.text(max(length, 0), row, text, transform=ends, va="center", clip_path=edge,
                        fontsize=8,
                        color=GREY if pd.isna(value) else "black")  # fmt: skip
        if mean is not None and length < mean < length + 0.15 * lengths.max():
            end.set_gid("near")
        end.set_in_layout(length == lengths.max())  # the others end before it
    if mean is not None:
        axes.axvline(mean, color=ORANGE, lw=1.6, ls="--", gid="mean")
        label = f"{attrs.get('mean_label', 'Mean')} {prose.number(mean, digits)}"
        axes.annotate(label, (mean, 1), (0, 3), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="center", fontsize=8.5, color="#9A3B0B",
                      fontweight="bold")  # fmt: skip
    axes.grid(visible=False)
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)
    axes.spines[["bottom"]].set_visible(False)
    axes.margins(x=0.12, y=0.01)
    return figure


def _told(ordered: pd.Series, ranked: bool, highlight, digits: int, attrs: dict):
    """The usual headline, and sentences for those who hear the chart."""
    known, sign = ordered.dropna(), "%" if attrs.get("unit") == "percent" else ""
    number = lambda v: disclosure.said(v, digits) + (sign if v == v else "")  # noqa: E731
    kinds = _KINDS.get(ordered.index.name, "areas")
    if known.empty:
        return f"Every value is {disclosure.SAID}", [f"All values are {disclosure.SAID}"]
    say = lambda name: f"{name}, {number(ordered[name])}"  # noqa: E731
    if not ranked:
        ends = [f"{n}: {number(ordered[n])}" for n in ordered.index[[0, -1]]]
        return ends[1], [*ends, f"largest in {say(known.idxmax())}"]
    most, fewest = extremes(ordered, attrs, number)
    told = [""]
    if highlight in known.index:
        place = int((disclosure.order(ordered) > ordered[highlight]).sum()) + 1
        told = [f"{highlight}: {number(ordered[highlight])}, "
                f"{prose.ordinal(place)} of {prose.counted(len(ordered), kinds)}"]  # fmt: skip
    headline = most_of(ordered, attrs, most)
    hidden = len(ordered) - len(known)
    told += [most, fewest]
    told += [f"{prose.counted(hidden, kinds)} had {disclosure.SAID}"] if hidden else []
    return headline, told


def extremes(ordered: pd.Series, attrs: dict, number) -> tuple[str, str]:
    """Who has the most and who the fewest, or where a rate or share is highest and lowest."""
    top, low, unit = ordered.index[0], ordered.index[-1], attrs.get("unit", "")
    most, fewest = number(ordered.iloc[0]), number(ordered.iloc[-1])
    if unit == "percent" or unit.startswith("per "):
        place = "for" if ordered.index.name in _KINDS else "in"
        return f"highest {place} {top}, {most}", f"lowest {place} {low}, {fewest}"
    return f"{top} had the most, {most}", f"{low} had the fewest, {fewest}"


def most_of(ordered: pd.Series, attrs: dict, most: str) -> str:
    """The usual headline: what is shown, and of whom there is `most`."""
    unit = attrs.get("unit", "")
    per = f" {unit}" if unit.startswith("per ") else ""
    what = f"{attrs['title']}{per}: " if attrs.get("title") else ""
    return prose.sentence_case(f"{what}{most}")


def bar_table(ordered: pd.Series, attrs: dict, digits: int, ranked: bool = True) -> pd.DataFrame:
    """The table under a bar chart or map: name, value, rank."""
    shown = ordered.round(digits)
    whole = digits == 0 and not shown.isna().any()
    name = "Area" if ranked and "codes" in attrs else str(ordered.index.name or "Area")
    unit = prose.sentence_case(attrs.get("unit", "value"))
    values = shown.astype("int64") if whole else shown
    table = pd.DataFrame({name: ordered.index.astype(str), unit: values.to_numpy()})
    if ranked:
        rank = disclosure.ranks(ordered)
        table["Rank"] = (rank if rank.isna().any() else rank.astype(int)).to_numpy()
    return disclosure.shown(table)


def title(attrs: dict) -> str:
    """Measure and area, where the values know them."""
    where = f", {attrs['area']}" if attrs.get("area") else ""
    return f"{attrs.get('title', 'Values')}{where}"


def short(name: str) -> str:
    """A name cut to what fits in one line."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 2].rstrip()}…"
