"""What do single months look like beside what was to be expected of them?"""

from __future__ import annotations

import numpy as np

from sbpanalysis.periods import in_words
from sbpanalysis.report import prose
from sbpanalysis.report.bars import title
from sbpanalysis.report.charts import draw_breaks, scale_name, thousands, time_axis
from sbpanalysis.report.figure import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    Chart,
    alt_text,
    canvas,
    check_result,
    heading,
    plotted,
    shape,
)
from sbpanalysis.report.figure import svg_of as drawn
from sbpanalysis.report.tell import out_of_the_ordinary
from sbpanalysis.stats.signals import Signals

_TOLD = 3  # of the months out of the ordinary, the latest


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
        table=_tabulated(frame),
        svg=drawn(figure),
        source=tuple(attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
        explained="signals",
    )


def _tabulated(frame):
    """A row a month: its count, what was expected, the range, and what marks it."""
    table = prose.rounded(frame[["value", "expected", "lower", "upper"]], 1).reset_index(drop=True)
    table["value"] = table["value"].astype("Int64")  # months to come have none
    table.insert(0, "Month", frame.index.astype(str))
    table.columns = ["Month", "Recorded", "Expected", "Lower", "Upper"]
    by = np.select(
        [frame["marked"], frame["marked_three"]], ["the month", "three months together"], "none"
    )
    return table.assign(**{"Marked by": by})
