"""How do many short series look beside each other? One small panel a series, drawn alike."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
import pandas as pd

from sbpanalysis.periods import in_words
from sbpanalysis.report import prose
from sbpanalysis.report.bars import extremes, title
from sbpanalysis.report.drawing import ACROSS, FULL, circle, group, layer, picture, stroke, words
from sbpanalysis.report.figure import Chart, alt_text, check_drawable, heading
from sbpanalysis.report.house import BLUE, GREY

SIZE, PALER = 10.5, "#4b5663"  # points of letters; the years' colour
GAP, PLOT, LINE, FOOT = 14, 46, 12, 15  # points: between columns, of a plot, of a line of text
LETTER = 7.4  # points: of a letter of the widest fonts that a reader may have


def small_multiples(
    frame: pd.DataFrame, headline=None, subtitle=None, columns: int = 2, common: bool = False
) -> Chart:
    """One panel a column of `frame`, each from zero, its latest value beside its last point.

    frame: monthly series, one column a panel, missing where a series has no value; attrs as of
    a series. columns: panels side by side. common: all panels on one scale, else each on its own.
    """
    check_drawable("small_multiples", frame, pd.DataFrame)
    attrs = dict(frame.attrs)
    wide = (FULL - GAP * (columns - 1)) / columns
    names = [wrap(str(c), int(wide / LETTER)) for c in frame]
    longest = max((len(_number(v)) for v in frame.iloc[-1].dropna()), default=0)
    heads = max(len(lines) for lines in names) * LINE
    tall = heads + PLOT + FOOT + 6
    height = tall * -(-len(names) // columns)
    top = float(np.nanmax(frame.to_numpy(float)))
    panels, places = [], {}
    for i, column in enumerate(frame):
        x, y = (i % columns) * (wide + GAP), (i // columns) * tall
        scale = top if common else float(frame[column].max())
        panels.append(
            _panel(frame[column], names[i], i, (x, y + heads), wide - 6 - LETTER * longest, scale)
        )
        places[str(column)] = (x, y, wide, tall)
    codes = attrs.get("codes", {})
    scale_note = (
        f"{'All panels on one scale' if common else 'Each panel on its own scale'}, from zero"
    )
    what = subtitle or f"{title(attrs)}, 12-month totals"
    ends = [f"{c}: {_number(s.iloc[-1])}" for c in frame if len(s := frame[c].dropna())]
    last, latest = in_words(frame.index[-1]), frame.iloc[-1]
    lead = f"{ends[0]} in the 12 months to {last}" if ends else f"{len(names)} series"
    table = frame.map(lambda v: int(v) if v == v and v == round(v) else v)
    table.insert(0, "Month", frame.index.astype(str))
    return Chart(
        kind="multiples",
        headline=heading(headline, lead),
        subtitle=what,
        alt=alt_text(
            f"{len(names)} small line charts: {what}",
            f"Latest, {last}: {'; '.join(filter(None, extremes(latest, attrs, _number)))}",
        ),
        table=table.reset_index(drop=True),
        svg=picture(panels, height),
        source=tuple(attrs.get("source", ())),
        notes=(f"{scale_note}. The number is the latest 12 months.",),
        attrs={k: v for k, v in attrs.items() if k != "codes"},
        regions=_regions(places, frame, codes, attrs.get("unit", ""), height) if codes else {},
    )


def _number(value: float) -> str:
    return prose.number(value, 0 if value == round(value) else 1)


def _panel(series: pd.Series, name: list[str], number: int, corner, wide: float, top: float) -> str:
    """Name, base line, series and the latest value, which stands right of the plot's width."""
    left, upper = corner
    right, base = left + wide, upper + PLOT
    values = series.to_numpy(float)
    x = np.linspace(left, right, max(len(values), 2))[: len(values)]
    y = base - values / (top or 1) * (PLOT - 4)
    held = np.flatnonzero(~np.isnan(values))
    starts = {i for i in held if i == 0 or np.isnan(values[i - 1])}
    path = " ".join(f"{'M' if i in starts else 'L'} {x[i]:.2f} {y[i]:.3f}" for i in held)
    rows = [
        words(left, upper - LINE * (len(name) - i) + 4, line, SIZE, bold=True)
        for i, line in enumerate(name)
    ]
    if not len(held):
        return "".join(rows)
    first, last = series.index[held[0]], series.index[held[-1]]
    end = held[-1]
    return "".join(
        (
            *rows,
            stroke(f"M {left:.1f} {base} H {right:.1f}", GREY, 0.8),
            group(f"series-{number}", [stroke(path, BLUE, 1.6)]),
            circle(x[end], y[end], 2.4, BLUE),
            words(x[end] + 5, y[end], _number(values[end]), SIZE, bold=True, fill=BLUE),
            words(x[held[0]], base + FOOT - 6, first.year, 9, fill=PALER),
            words(right, base + FOOT - 6, last.year, 9, fill=PALER, text_anchor="end"),
        )
    )


def _regions(places: dict, frame: pd.DataFrame, codes: dict, unit: str, height: float) -> dict:
    """Each panel as a place to point at."""
    scale = ACROSS / FULL
    shapes = []
    for name, (x, y, wide, tall) in places.items():
        path = f"M{x * scale:.0f} {y * scale:.0f}h{wide * scale:.0f}v{tall * scale:.0f}"
        label = f"{name}: {prose.counted(frame[name].iloc[-1], unit)}"
        shapes.append((codes[name], f"{path}h-{wide * scale:.0f}z", label))
    return layer(shapes, round(height * scale))
