"""How do areas stand beside each other for their size? A dot an area, on one scale of rates."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from sbpanalysis.report import prose
from sbpanalysis.report.bars import short, title
from sbpanalysis.report.drawing import (
    EDGE,
    FULL,
    breadth,
    circle,
    group,
    picture,
    rectangle,
    stroke,
    words,
)
from sbpanalysis.report.figure import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PINK,
    TURQUOISE,
    Chart,
    alt_text,
    check_drawable,
    heading,
)
from sbpanalysis.stats.result import listed

_RADIUS, _SIZE, _ROW = 4.5, 9, 16  # points: of a dot, of letters, of a line
_SIDES = {"above": ORANGE, "not told apart": BLUE, "below": TURQUOISE}
WORDS = {
    "above": "clearly above",
    "not told apart": "not told apart",
    "below": "clearly below",
}


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
    check_drawable("strip", rates, pd.DataFrame)
    attrs, values = dict(rates.attrs), rates["value"].sort_values(kind="stable")
    overall = attrs.get("overall")
    top = float(values.max()) or 1.0
    place = lambda value: EDGE + _RADIUS + value / top * (FULL - 2 * (EDGE + _RADIUS))  # noqa: E731
    rows: list[int] = []
    ends: dict[int, float] = {}
    for x in map(place, values):
        row = next(n for n in range(len(values)) if x - ends.get(n, -FULL) >= 2 * _RADIUS + 1)
        ends[row] = x
        rows.append(row)
    foot = 3 * _ROW + (max(rows) + 1) * (2 * _RADIUS + 1)
    colours = [PINK if n == highlight else BLUE if n in alike else PALE for n in values.index]
    dots = [
        circle(place(value), foot - _RADIUS - row * (2 * _RADIUS + 1), _RADIUS, colour)
        for value, row, colour in zip(values, rows, colours, strict=True)
    ]
    said = {name: prose.number(value, 1) for name, value in values.items()}
    marks = [_named(highlight, said[highlight], place(values[highlight]), PINK, 0.5, foot)]
    if overall:
        marks.append(
            _named(_whole(attrs), prose.number(overall, 1), place(overall), GREY, 1.5, foot)
        )
    if (last := values.index[-1]) != highlight:
        at = words(
            FULL - EDGE,
            2.5 * _ROW,
            f"{short(last)} {said[last]}",
            _SIZE,
            fill=GREY,
            text_anchor="end",
        )
        marks.append(at)
    svg = picture([*marks, group("dots", dots), _axis(place, top, foot)], foot + _ROW + EDGE)
    what = subtitle or attrs.get("caption") or title(attrs)
    rank = int((values > values[highlight]).sum()) + 1
    alt = alt_text(
        f"A dot an area: {what}",
        f"{highlight}: {said[highlight]}, {prose.ordinal(rank)} of {len(values)}",
        f"all together {prose.number(overall, 1)}" if overall else "",
        f"highest {values.index[-1]}, {said[last]}; lowest {values.index[0]}, "
        f"{said[values.index[0]]}",
        f"half of them are below {prose.number(values.median(), 1)}",
    )
    notes = [f"Dark: {attrs['among']}; pale: others."] if attrs.get("among") else []
    table = _table(rates.loc[values.index[::-1]], attrs)
    return _chart(table, heading(headline, alt), what, alt, svg, attrs, notes)


def ranges(rates: pd.DataFrame, sides: pd.DataFrame, headline=None, subtitle=None) -> Chart:
    """A row an area, highest first: its rate as a dot on its range, coloured by its side.

    `rates`: of areas, from `rate`, with `value, lower, upper`; `sides`: of the same, from `sides`.
    Drawn as a line: the rate of all together.
    """
    check_drawable("ranges", rates, pd.DataFrame)
    attrs = dict(rates.attrs)
    ordered = rates.sort_values("value", ascending=False, kind="stable")
    side, count = sides["side"].loc[ordered.index], sides["count"].loc[ordered.index]
    overall = attrs["overall"]
    names = [short(str(name)) for name in ordered.index]
    left = EDGE + max(breadth(name, _SIZE) for name in names) + 5
    top = float(ordered["upper"].max()) or 1.0
    place = lambda value: left + value / top * (FULL - EDGE - _RADIUS - left)  # noqa: E731
    heights = _ROW * (1.5 + np.arange(len(ordered)))
    foot = _ROW * (1 + len(ordered))
    marks = [
        _named("All wards", prose.number(overall, 1), place(overall), GREY, 0.5, foot),
        *(
            words(left - 5, y, name, _SIZE, text_anchor="end")
            for name, y in zip(names, heights, strict=True)
        ),
    ]
    bands, dots = [], []
    for row, one, y in zip(ordered.itertuples(), side, heights, strict=True):
        width = place(row.upper) - place(row.lower)
        bands.append(rectangle(place(row.lower), y - 2.5, width, 5, PALE))
        dots.append(circle(place(row.value), y, _RADIUS, _SIDES[one]))
    drawn = [*marks, group("bands", bands), group("dots", dots), _axis(place, top, foot)]
    svg = picture(drawn, foot + _ROW + EDGE)
    what = subtitle or f"{attrs.get('caption') or title(attrs)}, with 95% range"
    alt = alt_text(
        f"A dot an area on its range: {what}",
        f"all wards together: {prose.number(overall, 1)}",
        f"highest {names[0]}, {prose.number(ordered['value'].iloc[0], 1)}; lowest {names[-1]}, "
        f"{prose.number(ordered['value'].iloc[-1], 1)}",
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
    finding = f"{most} had the most for its residents"
    return _chart(table, heading(headline, finding), what, alt, svg, attrs, notes)


def _whole(attrs: dict) -> str:
    """What all areas together are called."""
    return attrs.get("mean_label", "All").removesuffix(" mean")


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


def _named(name: str, number: str, x: float, colour: str, line: float, foot: float) -> str:
    """A line at a value, with its name and number above it and inside the picture."""
    text, y = f"{name} {number}", line * _ROW
    half = breadth(text, _SIZE, bold=True) / 2
    at = min(max(x, EDGE + half), FULL - EDGE - half)
    rule = stroke(f"M{x:.2f} {y + _SIZE / 2:.2f}V{foot:.2f}", colour, 1, stroke_dasharray="4 2")
    return rule + words(at, y, text, _SIZE, bold=True, fill=colour, text_anchor="middle")


def _axis(place: Callable[[float], float], top: float, foot: float) -> str:
    """The scale from nothing, below the dots."""
    step = next(
        s for n in range(-2, 6) for s in (10.0**n, 2 * 10.0**n, 5 * 10.0**n) if top / s <= 6
    )
    ticks = np.arange(0, top, step)
    line = stroke(f"M{place(0):.2f} {foot:.2f}H{place(top):.2f}", GREY, 0.8)
    return line + "".join(
        words(
            place(t),
            foot + _ROW / 2,
            prose.number(t, 0 if step >= 1 else 1),
            _SIZE,
            fill=GREY,
            text_anchor="middle",
        )
        for t in ticks
    )
