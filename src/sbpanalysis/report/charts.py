"""What does a series, a comparison or a season look like?"""

from __future__ import annotations

import re
from textwrap import fill

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.periods import Break, changes_of_meaning, financial_year, in_words
from sbpanalysis.report import prose
from sbpanalysis.report.bars import decimals, short, title
from sbpanalysis.report.bars import title as _title
from sbpanalysis.report.figure import (
    Chart,
    alt_text,
    beside,
    canvas,
    check_drawable,
    check_result,
    heading,
    plotted,
    shape,
    svg_of,
)
from sbpanalysis.report.house import BLUE, COLOURS, GREY, ORANGE, PALE, TURQUOISE
from sbpanalysis.report.sentences import out_of_the_ordinary
from sbpanalysis.stats.control_chart import ControlChart
from sbpanalysis.stats.result import listed
from sbpanalysis.stats.seasonality import SeasonalIndex
from sbpanalysis.stats.signals import Signals

# What marks a month in a control chart, in words
_RULES = {
    "astronomical": "outside the limits",
    "shift": "in a run of seven or more on one side of the mean",
    "trend": "in a run of seven or more that goes one way",
    "two_in_three": "near a limit like a neighbour (two of three)",
}
# What the kinds of breaks are called in a chart
_BREAKS = {
    "system": "New record system",
    "category": "New classes",
    "boundary": "New wards",
    "counting": "New counting rules",
}
_NAME_HEIGHT = 12  # points that a line's name takes
_TOLD = 3  # of the months out of the ordinary, the latest


def line(series, headline=None, subtitle=None, band=None, window=None, what="") -> Chart:
    """Lines over months or years, at most four, each labelled at its end; recorded breaks drawn.

    `series`: Series, or DataFrame of one column a line, with monthly periods or year labels.
    `band`: optional DataFrame with `lower` and `upper` on the same index, drawn behind.
    `window`: optional number of last points to draw. `what`: what of the measure is shown, such
    as `by month`, where no `subtitle` is given.
    """
    check_drawable("line", series, pd.Series, pd.DataFrame)
    frame = series.to_frame() if isinstance(series, pd.Series) else series
    frame = frame.sort_index() if isinstance(frame.index, pd.PeriodIndex) else frame
    if frame.shape[1] > len(COLOURS):
        raise DataError(f"line: {frame.shape[1]} series, at most 4 can be told apart; choose.")
    if window is not None and window < 1:
        raise DataError(f"line: window is {window}, expected a number of points from 1.")
    attrs = dict(series.attrs)
    frame = frame.iloc[-window:] if window else frame
    names = _names(frame, attrs)
    figure, axes = canvas()
    x = np.arange(len(frame))
    if band is not None:
        band = band.reindex(frame.index)
        axes.fill_between(x, band["lower"], band["upper"], color=PALE, alpha=0.6, lw=0, gid="band")
    dot = 3.5 if len(x) <= 36 else 0
    for i, column in enumerate(frame):
        y = frame[column].to_numpy(float)
        plotted(axes, x, y, f"series-{i}", color=COLOURS[i], size=dot, lw=2)
    time_axis(axes, frame.index)
    if attrs.get("unit", "").startswith("index"):  # from zero it would be flat: 100 is its base
        axes.axhline(100, color=GREY, lw=1)
    else:
        axes.set_ylim(bottom=0)
    if frame.shape[1] > 1:
        _label_ends(axes, frame.to_numpy(float).T, names)
    thousands(axes.yaxis)
    scale_name(axes, attrs.get("unit", ""))
    broken = draw_breaks(axes, frame.index, attrs.get("breaks", ()))
    notes = []
    if attrs.get("unit", "").startswith("index"):
        notes.append("The vertical axis does not begin at zero.")
    what = subtitle or f"{_title(attrs)}, {what or _span(frame.index)}"
    sign = "%" if attrs.get("unit") == "percent" else ""
    table = _tabulated(frame, [f"{n} (%)" if sign else n for n in names], band)
    return Chart(
        kind="line",
        headline=heading(headline, _first_and_last(frame, attrs)),
        subtitle=what,
        alt=alt_text(f"Line chart: {what}", *_ends(frame, names, sign), *broken, *notes),
        table=table,
        svg=svg_of(figure),
        source=tuple(attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
    )


def seasonal_plot(index, headline=None, subtitle=None) -> Chart:
    """The seasonal index of each calendar month with its interval; 1.0 is the average day."""
    check_result("seasonal_plot", index, SeasonalIndex, "seasonal_index")
    frame, attrs = index.frame, dict(index.attrs)
    figure, axes = canvas()
    x = np.arange(12)
    names = [pd.Timestamp(2001, m, 1).strftime("%b") for m in range(1, 13)]
    axes.vlines(x, frame["lower"], frame["upper"], color=PALE, lw=6, gid="band")
    plotted(axes, x, frame["value"].to_numpy(), "series-0", color=BLUE, size=4, lw=2)
    axes.axhline(1, color=GREY, lw=1)
    axes.set_xticks(x, names)
    scale_name(axes, "Ratio to the average day")
    what = subtitle or f"{_title(attrs)}: seasonal index per day with 95% interval"
    top, low = frame["value"].idxmax(), frame["value"].idxmin()
    full = [pd.Timestamp(2001, m, 1).strftime("%B") for m in range(1, 13)]
    table = prose.rounded(frame[["value", "lower", "upper"]], 3).reset_index(drop=True)
    table.insert(0, "Month", full)
    table.columns = ["Month", "Index (1 = average day)", "Lower", "Upper"]
    extremes = (
        f"As recorded largest in {full[int(top) - 1]}, {frame['value'][top]:.2f}, smallest in "
        f"{full[int(low) - 1]}, {frame['value'][low]:.2f}"
    )
    last = f"December {frame['value'].iloc[-1]:.2f}"
    return Chart(
        kind="line",
        headline=heading(headline, extremes),
        subtitle=what,
        alt=alt_text(f"Line chart: {what}", extremes, last),
        table=table,
        svg=svg_of(figure),
        source=tuple(attrs.get("source", ())),
        attrs=attrs,
        explained="seasonal-index",
    )


def control_plot(chart, headline=None, subtitle=None) -> Chart:
    """A control chart: values, centre, limits, and the points that a rule marks.

    `chart`: a result of `control_chart`, or several of following months, each with limits of its
    own, such as those between the breaks of a series.
    """
    charts = list(chart) if isinstance(chart, list | tuple) else [chart]
    for one in charts:
        check_result("control_plot", one, ControlChart, "control_chart")
    frame, attrs = pd.concat([c.frame for c in charts]), dict(charts[-1].attrs)
    figure, axes = canvas()
    x = np.arange(len(frame))
    plotted(axes, x, frame["value"].to_numpy(), "series-0", color=BLUE, size=3, lw=1.6)
    ends = np.cumsum([len(c.frame) for c in charts])
    for column, style in (("centre", "-"), ("lower", "--"), ("upper", "--")):
        for part in np.split(x, ends[:-1]):  # a step, not a slope, where limits start anew
            axes.plot(
                part, frame[column].to_numpy()[part], color=GREY, lw=1.2, ls=style, gid=column
            )
        name = "Mean" if column == "centre" else f"{column.capitalize()} limit"
        beside(axes, name, (x[-1], frame[column].iloc[-1]), fontsize=8.5)
    scale_name(axes, attrs.get("unit", ""))
    rules = [*_RULES]
    marked = frame[rules].any(axis=1).to_numpy()
    axes.plot(x[marked], frame["value"].to_numpy()[marked], "D", color=ORANGE, ms=6, gid="marked")
    time_axis(axes, frame.index)
    thousands(axes.yaxis)
    draw_breaks(axes, frame.index, attrs.get("breaks", ()))
    notes = []
    what = subtitle or f"{_title(attrs)}: control chart, {_span(frame.index)}"
    marked_by = [
        f"{prose.counted(int(frame[rule].sum()), 'months')} {words}"
        for rule, words in _RULES.items()
        if frame[rule].any()
    ]
    notes += [f"Diamonds: {'; '.join(marked_by)}."] if marked_by else []
    notes += ["Mean and limits start anew at each break."] if len(charts) > 1 else []
    number, verb = prose.number(marked.sum()), "stands" if marked.sum() < 2 else "stand"
    of = prose.counted(len(frame), "months")
    count = f"{number if marked.any() else 'None'} of {of} {verb} out"
    shown = prose.rounded(frame[["value", "centre", "lower", "upper"]], 2)
    table = shown.reset_index(names="Month")
    table["Marked by"] = [
        ", ".join(r.replace("_", " ") for r in rules if row[r]) or "none"
        for row in frame[rules].to_dict("records")
    ]
    table["Month"] = table["Month"].astype(str)
    table.columns = [str(c).capitalize() for c in table.columns]
    return Chart(
        kind="line",
        headline=heading(headline, count),
        subtitle=what,
        alt=alt_text(f"Control chart: {what}", count, *_ends(frame[["value"]], [""])),
        table=table,
        svg=svg_of(figure),
        source=tuple(attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
        explained="control-charts",
    )


def _names(frame: pd.DataFrame, attrs: dict) -> list[str]:
    if frame.shape[1] == 1:
        return [_title(attrs) if attrs.get("title") else str(frame.columns[0])]
    return [str(c) for c in frame.columns]


def _label(key) -> str:
    return in_words(key) if isinstance(key, pd.Period) else str(key)


def _span(index: pd.Index) -> str:
    return f"{_label(index[0])} to {_label(index[-1])}"


def _label_ends(axes, lines: np.ndarray, names: list[str]) -> None:
    """Each line's name beside its last point; names that would lie on each other move apart."""
    last = [np.flatnonzero(np.isfinite(y))[-1] for y in lines]
    ends = np.array([(x, y[x]) for x, y in zip(last, lines, strict=True)])
    heights = axes.transData.transform(ends)[:, 1] * 72 / axes.figure.dpi
    order = np.argsort(heights)
    spread = heights[order]
    for i in range(1, len(spread)):
        spread[i] = max(spread[i], spread[i - 1] + _NAME_HEIGHT)
    spread -= (spread - heights[order]).mean()  # half up, half down
    for i, at in zip(order, spread, strict=True):
        style = {"color": COLOURS[i], "fontweight": "bold"}
        beside(axes, names[i], ends[i], (4, at - heights[i]), **style)


def _first_and_last(frame: pd.DataFrame, attrs: dict) -> str:
    y = frame.iloc[:, 0].dropna()
    digits = decimals(y, attrs)
    first = f"{prose.counted(y.iloc[0], attrs.get('unit', ''), digits).strip()} in"
    last = prose.number(y.iloc[-1], digits) + ("%" if attrs.get("unit") == "percent" else "")
    return f"{first} {_label(y.index[0])}, {last} in {_label(y.index[-1])}"


def _ends(frame: pd.DataFrame, names: list[str], sign: str = "") -> list[str]:
    """First, latest, largest and smallest value of each line, and its shape, as sentences."""
    out = []
    for name, column in zip(names, frame, strict=True):
        y = frame[column]
        digits = decimals(y.dropna(), {})
        number = lambda v, digits=digits: f"{prose.number(v, digits)}{sign}"  # noqa: E731
        top, low = (
            listed([_label(k) for k in at]) if len(at) <= 3 else f"{len(at)} of {len(y)}"
            for at in (y.index[y == y.max()], y.index[y == y.min()])
        )
        first, last = number(y.iloc[0]), number(y.iloc[-1])
        lead = f"{name}: " if frame.shape[1] > 1 else ""
        out.append(
            f"{lead}{first} in {_label(y.index[0])}, {last} in {_label(y.index[-1])}, "
            f"largest {number(y.max())} in {top}, smallest {number(y.min())} in {low}"
            f"{f'; {form}' if (form := shape(y)) else ''}"
        )
    return out


def _tabulated(frame: pd.DataFrame, names: list[str], band) -> pd.DataFrame:
    table = prose.rounded(frame, 1)
    whole = table.columns[(table == table.round()).all()]
    table = table.astype(dict.fromkeys(whole, "int64"))
    table.columns = names
    if band is not None:
        table = table.assign(
            Lower=prose.rounded(band["lower"], 1), Upper=prose.rounded(band["upper"], 1)
        )
    first = "Month" if isinstance(frame.index, pd.PeriodIndex) else str(frame.index.name or "Year")
    table = table.rename_axis(first).reset_index()
    table[first] = table[first].astype(str)
    return table


def time_axis(axes, index: pd.Index) -> None:
    """Ticks at Januaries or Aprils of a monthly axis, at every so many labels otherwise."""
    if not isinstance(index, pd.PeriodIndex):
        labels = [fill(str(label), 12) for label in index]
        room = 54 // (1 + max(len(row) for label in labels for row in label.split("\n")))
        step = max(1, -(-len(index) // min(7, room)))
        places = list(range(len(index)))[::-step][::-1]
        axes.set_xticks(places, [labels[p] for p in places])
        return
    january = [i for i, p in enumerate(index) if p.month == 1]
    step = max(1, -(-len(january) // 7))
    places = january[::step] or [0, len(index) - 1]
    axes.set_xticks(
        places, [f"Jan\n{index[p].year}" if index[p].month == 1 else str(index[p]) for p in places]
    )


def scale_name(axes, words: str) -> None:
    """What the vertical axis counts, above it."""
    axes.set_title(prose.sentence_case(words), loc="left", y=1, fontsize=9, color=GREY)


def thousands(axis) -> None:
    """Numbers with commas on an axis."""
    axis.set_major_formatter(lambda v, _: prose.number(v, 0 if v == round(v) else 1))


def draw_breaks(axes, index: pd.Index, breaks: tuple[Break, ...]) -> list[str]:
    """A rule at each recorded break inside the axis, with its name; returns them in words."""
    names: dict[float, tuple[str, str]] = {}  # of those at one place, the first
    monthly = isinstance(index, pd.PeriodIndex)
    for b in changes_of_meaning(breaks):
        key = b.date if monthly else financial_year(b.date)
        if key in index[1:]:
            names.setdefault(index.get_loc(key) - 0.5, (_break_name(b), in_words(b.date)))
    for row, (place, (name, _)) in enumerate(sorted(names.items())):
        axes.axvline(place, color=TURQUOISE, lw=1.3, ls=(0, (4, 2)), gid="break")
        side, offset = ("left", 3) if place < 0.6 * len(index) else ("right", -3)
        style = {"xycoords": ("data", "axes fraction"), "ha": side, "va": "top", "fontsize": 8}
        beside(axes, name, (place, 1 - 0.07 * (row % 4)), (offset, 0), gid="near", **style)
    bottom, top = axes.get_ylim()
    room = 0.07 * min(4, len(names))  # for their names, so that none hides a point
    axes.set_ylim(bottom, bottom + (top - bottom) / (1 - room))
    return [f"{name} at {date}" for _, (name, date) in sorted(names.items())]


def _break_name(b: Break) -> str:
    """What a break is called in a chart: by its kind, an event by the first words of its note."""
    return _BREAKS.get(b.kind) or short(re.split("[,;.]", b.note)[0])


def signal_plot(signals: Signals, headline=None, subtitle=None) -> Chart:
    """Months beside the band in which each was to be expected; those out of the ordinary marked.

    `signals`: a result of `signals` of one series. Months to come have their band alone.
    """
    check_result("signal_plot", signals, Signals, "signals")
    frame, attrs = signals.frame, dict(signals.attrs)
    figure, axes = canvas()
    x, y = np.arange(len(frame)), frame["value"].to_numpy(float)
    axes.fill_between(x, frame["lower"], frame["upper"], color=PALE, alpha=0.6, lw=0, gid="band")
    axes.plot(x, frame["expected"].to_numpy(), color=GREY, lw=1.2, ls="--", gid="expected")
    plotted(axes, x, y, "series-0", color=BLUE, size=3.5, lw=2)
    marked = frame["marked"].to_numpy(bool)
    axes.plot(x[marked], y[marked], "D", color=ORANGE, ms=6, gid="marked")
    time_axis(axes, frame.index)
    axes.set_ylim(bottom=0)
    thousands(axes.yaxis)
    scale_name(axes, attrs.get("unit", ""))
    past = frame[frame["value"].notna()]
    broken = draw_breaks(axes, frame.index, attrs.get("breaks", ()))
    notes = ["Grey: what the months before led to expect, and the range of it."]
    notes += ["Diamonds: months outside that range."] if marked.any() else []
    if len(past) < len(frame):
        notes.append(f"Beyond {in_words(past.index[-1])}: the range that would be usual.")
    what = subtitle or f"{title(attrs)}, by month, with the range to be expected"
    marked_words = out_of_the_ordinary(signals)
    earlier = len(marked_words) - _TOLD
    summary = (
        f"Out of the ordinary: {'; '.join(marked_words[-_TOLD:])}"
        f"{f'; and {earlier} before these, in the table' if earlier > 0 else ''}"
        if marked_words
        else "No month out of the ordinary"
    )
    ends = [past["value"].idxmax(), past["value"].idxmin()]
    most, least = (f"{prose.number(past['value'][m])} in {in_words(m)}" for m in ends)
    first = f"{prose.number(past['value'].iloc[0])} in {in_words(past.index[0])}"
    latest = f"{prose.number(past['value'].iloc[-1])} in {in_words(past.index[-1])}"
    return Chart(
        kind="line",
        headline=heading(
            headline, summary if not marked_words else f"{len(marked_words)} out of the ordinary"
        ),
        subtitle=what,
        alt=alt_text(
            f"Line chart with a band: {what}",
            f"From {first} to {latest}, as recorded highest {most}, lowest {least}",
            shape(past["value"]),
            summary,
            *broken,
        ),
        table=_months_tabulated(frame),
        svg=svg_of(figure),
        source=tuple(attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
        explained="signals",
    )


def _months_tabulated(frame):
    """A row a month: its count, what was expected, the range, and what marks it."""
    table = prose.rounded(frame[["value", "expected", "lower", "upper"]], 1).reset_index(drop=True)
    table["value"] = table["value"].astype("Int64")  # months to come have none
    table.insert(0, "Month", frame.index.astype(str))
    table.columns = ["Month", "Recorded", "Expected", "Lower", "Upper"]
    by = np.select(
        [frame["marked"], frame["marked_three"]], ["the month", "three months together"], "none"
    )
    return table.assign(**{"Marked by": by})
