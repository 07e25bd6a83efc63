"""How does every kind of crime stand, in one table of one line each?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import change_words, prose
from sbpanalysis.report.drawing import circle, rectangle, stroke
from sbpanalysis.report.house import BLUE, GREY, ORANGE, PALE, PINK, TURQUOISE
from sbpanalysis.report.tables import Table
from sbpanalysis.stats.change import FELL, ROSE, Change

KEY = (
    "Change: the dot is the change, the bar the range of the underlying change, the triangle "
    "{region}'s own change. For its size: recorded offences per 1,000 residents; each tick is a "
    "borough, dark if it is one of the {count} other {peers}, of which it is said how many are "
    "clearly lower or higher. Over the years: totals of 12 months to {month}."
)
_COLOURS = {ROSE: ORANGE, FELL: TURQUOISE}
_AXIS = (-50.0, 100.0)  # per cent, the ends of the change's axis
EXACT = 6  # decimals in the CSV: what is rounded once for reading is not rounded twice
_WIDE, _TALL = 150.0, 20.0  # points of each small picture


@dataclass(frozen=True)
class Overview(Table):
    """A table of kinds of crime with small pictures; `table` holds the same numbers plainly.

    `lines` are what a reader sees of each kind: its words, and its pictures as SVG.
    """

    lines: tuple[dict, ...] = field(default=(), repr=False)
    key: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands under the table: how its small pictures are read."""
        return self.key


def overview(
    changes: Mapping[str, Change],
    region: Mapping[str, Change],
    rates: Mapping[str, pd.Series] | None = None,
    places: Mapping[str, pd.Series] | None = None,
    years: Mapping[str, pd.Series] | None = None,
    *,
    peers: tuple[str, list[str]] = ("boroughs", []),
    within: Mapping[str, str] | None = None,
    headline: str = "Every kind of recorded crime, largest first",
) -> Overview:
    """One line a kind of crime: number, change with its range, the region's own, rate, years.

    `changes` and `region`: by measure, of the area and of the whole region, as `change` gives
    them. `rates`: per 1,000 residents, by area. `places`: of a measure, how many of the `peers`
    are clearly `above` and `below`, as a row of `rank_sets`. `years`: totals of 12 months, a year
    apart, by their last month.
    `peers`: what the areas are called that are drawn dark, and their names. `within`: of a measure
    that is a part of another, that other; parts follow it where one of them rose or fell.

    Raises `DataError` if there is no change to tell.
    """
    if not changes:
        raise DataError("overview: no measure given; give the changes of at least one.")
    within = within or {}
    rates, places, years = (given or {} for given in (rates, places, years))
    moved = {within[m] for m in within if m in changes and changes[m].word in (ROSE, FELL)}
    changes = {m: c for m, c in changes.items() if within.get(m) in {None, *moved}}
    first = next(iter(changes.values()))
    area = first.attrs["area"]
    lines = [
        _Line(
            measure,
            one,
            region.get(measure),
            rates.get(measure),
            places.get(measure),
            years.get(measure),
            changes[within[measure]].attrs["title"] if measure in within else "none",
        )
        for measure, one in changes.items()
    ]
    size = {line.measure: line.change.after for line in lines}

    def place(line: _Line) -> tuple:
        whole = within.get(line.measure, line.measure)
        return -size[whole], whole, line.measure in within, -line.change.after

    lines.sort(key=place)
    table = pd.DataFrame([line.plain(area) for line in lines])
    span = prose.span(first.after_start, first.after_end)
    where = next((there.attrs["area"] for there in region.values()), "the region")
    month = prose.in_words(first.after_end).split()[0]
    return Overview(
        table,
        headline,
        f"{area}, recorded offences in {span}, against the 12 months before",
        source=tuple(dict.fromkeys(s for c in changes.values() for s in c.attrs.get("source", ()))),
        attrs=_together(changes.values()),
        lines=tuple(line.seen(area, peers) for line in lines),
        key=(KEY.format(region=where, count=len(peers[1]) - 1, peers=peers[0], month=month),),
    )


def _together(changes: Iterable[Change]) -> dict:
    """What is known of all of them: the files of each, and what the first says of the rest."""
    changes = list(changes)
    snapshots = sorted({s for c in changes for s in c.attrs.get("snapshots", ())})
    return {**changes[0].attrs, "snapshots": tuple(snapshots)}


@dataclass(frozen=True)
class _Line:
    """What is known of one kind of crime."""

    measure: str
    change: Change
    there: Change | None
    rate: pd.Series | None
    ranked: pd.Series | None
    past: pd.Series | None
    part_of: str = "none"  # the title of the kind that counts it too

    @property
    def few(self) -> bool:
        """Whether a per cent or a rate would make much of little."""
        return not change_words.in_percent(self.change.before, self.change.after)

    def rate_of(self, area: str) -> float:
        """Events per 1,000 residents of an area; NaN where that is not known."""
        if self.rate is None or area not in self.rate:
            return np.nan
        return float(self.rate[area])

    @property
    def elsewhere(self) -> str:
        """The region's own change, with its name."""
        if self.there is None or np.isnan(self.of_region):
            return ""
        return f"{self.there.attrs['area']} {prose.signed(self.of_region)}"

    @property
    def of_region(self) -> float:
        """The region's own change in per cent; NaN where that is not known, or of too few."""
        there = self.there
        if there is None or not change_words.in_percent(there.before, there.after):
            return np.nan
        return there.percent

    @property
    def moved(self) -> str:
        """Difference and per cent, the per cent only where both years have enough events."""
        difference = prose.difference(self.change.after - self.change.before)
        return difference if self.few else f"{difference} ({prose.signed(self.change.percent)})"

    def seen(self, area: str, peers: tuple[str, list[str]]) -> dict:
        """What a reader sees of the line: words, and small pictures beside theirs."""
        word = self.change.word
        rate = self.rate_of(area)
        rated = not self.few and np.isfinite(rate)
        size_words = [f"{rate:.1f} per 1,000", _place(self.ranked, peers)] if rated else []
        past = self.past if self.past is not None and len(self.past) > 2 else None
        begins = "" if past is None else f"{prose.number(past.iloc[0])} in {past.index[0].year}"
        return {
            "measure": self.measure,
            "title": ("" if self.part_of == "none" else "of which: ") + self.change.attrs["title"],
            "kind": word if word in _COLOURS else "",
            "word": change_words.shown(word),
            "number": prose.number(self.change.after),
            "moved": self.moved,
            "change": {
                "svg": "" if self.few else _range(self.change, self.there),
                "words": self.elsewhere,
            },
            "size": {
                "svg": _rates(self.rate, area, peers[1]) if rated else "",
                "words": "; ".join(filter(None, size_words)),
            },
            "years": {"svg": "" if past is None else _years(past), "words": begins},
        }

    def plain(self, area: str) -> dict:
        """The numbers of the line, for CSV, workbook and documents."""
        change = self.change
        percents = (change.percent, change.percent_lower, change.percent_upper)
        percent, low, high = (np.nan if self.few else round(p, EXACT) for p in percents)
        return {
            "Kind": change.attrs["title"],
            "Part of": self.part_of,
            "Number": int(change.after),
            "Before": int(change.before),
            "Difference": int(change.after - change.before),
            "Per cent": percent,
            "From": low,
            "To": high,
            "In words": change.word,
            "Whole region": round(self.of_region, EXACT),
            "Per 1,000": round(self.rate_of(area), 2),
            "Clearly lower": np.nan if self.ranked is None else int(self.ranked["below"]),
            "Higher": np.nan if self.ranked is None else int(self.ranked["above"]),
        }


def _place(place: pd.Series | None, peers: tuple[str, list[str]]) -> str:
    """How many of the peers are clearly lower and higher.

    >>> _place(pd.Series({"above": 1, "below": 12}), ("outer London boroughs", ["a"] * 19))
    '12 of 18 clearly lower, 1 higher'
    """
    if place is None:
        return ""
    lower, higher = int(place["below"]), int(place["above"])
    places = f"{lower or 'none'} of {len(peers[1]) - 1} clearly lower, {higher or 'none'} higher"
    return places if lower + higher else "not to be told apart from them"


def _small(parts: list[str]) -> str:
    """A picture that stands beside its words, so that nobody needs to hear it."""
    return (
        f'<svg aria-hidden="true" focusable="false" width="{_WIDE:.0f}" height="{_TALL:.0f}" '
        f'viewBox="0 0 {_WIDE:.0f} {_TALL:.0f}">{"".join(parts)}</svg>'
    )


def _at(value: float, low: float, high: float) -> float:
    """Where a value lies on the axis; what lies beyond an end is drawn at the end."""
    share = (min(max(value, low), high) - low) / (high - low)
    return 4 + share * (_WIDE - 8)


def _range(change: Change, there: Change | None) -> str:
    """The change as a dot on its range, zero as a line, the region's own as a triangle below."""
    middle, zero = _TALL * 0.4, _at(0, *_AXIS)
    low, high = (_at(limit, *_AXIS) for limit in (change.percent_lower, change.percent_upper))
    colour = _COLOURS.get(change.word, BLUE)
    beside = _at(there.percent, *_AXIS) if there is not None else None
    parts = [
        stroke(f"M{zero:.1f} 0V{_TALL:.0f}", PALE, 1),
        rectangle(low, middle - 2, high - low, 4, PALE),
        circle(_at(change.percent, *_AXIS), middle, 4, colour),
    ]
    if beside is not None:
        tip = f"M{beside - 3:.1f} 19L{beside:.1f} 14L{beside + 3:.1f} 19Z"
        parts.append(stroke(tip, GREY, 1))
    return _small(parts)


def _rates(rate: pd.Series, area: str, peers: list[str]) -> str:
    """All areas as ticks from nothing to the second highest rate, the peers dark."""
    high = float(np.sort(rate.to_numpy())[-2:].min()) * 1.05 or 1.0
    ticks = [
        stroke(f"M{_at(v, 0, high):.1f} 4V16", BLUE if name in peers else PALE, 1)
        for name, v in rate.items()
        if name != area
    ]
    return _small([*ticks, circle(_at(rate[area], 0, high), 10, 4.5, PINK)])


def _years(past: pd.Series) -> str:
    """Years as a line from nothing, its last one marked."""
    values = past.to_numpy(float)
    x = np.linspace(4, _WIDE - 6, len(values))
    y = _TALL - 3 - values / (values.max() or 1) * (_TALL - 6)
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return _small([stroke(f"M{path}", BLUE, 1.5), circle(x[-1], y[-1], 2.5, BLUE)])
