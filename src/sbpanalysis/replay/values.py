"""What do the edition's data say for an area and a window? Each table is read once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.select import after_last_gap, protected
from sbpanalysis.periods import length as months_in
from sbpanalysis.periods import month
from sbpanalysis.report import prose
from sbpanalysis.report.disclosure import text_of

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition

LEAST_SHOWN = 8  # the least count of persons that is not hidden


@dataclass(frozen=True)
class Window:
    """Whole months, both ends included; `in_years` where the text names years only."""

    first: pd.Period
    last: pd.Period
    in_years: bool = False

    @property
    def length(self) -> int:
        """How many months."""
        return (self.last - self.first).n + 1

    @property
    def words(self) -> str:
        """As a reader says it."""
        whole_year = self.length == 12 and self.first.month == 1
        return f"the year {self.first.year}" if whole_year else prose.span(self.first, self.last)

    def back(self, months: int) -> Window:
        """The same window so many months earlier."""
        return replace(self, first=self.first - months, last=self.last - months)


def twelve(last: str | pd.Period) -> Window:
    """The 12 months to `last`.

    >>> twelve("2018-09").words
    'the 12 months to September 2018'
    """
    return Window(month(last) - 11, month(last))


def stated(period: str) -> Window | None:
    """The window that a claim's period names; None where it names none.

    >>> stated("2018").length, stated("2017-04/2018-03").words, stated("not stated")
    (12, 'the financial year 2017/18', None)
    """
    ends = [re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-\d\d)?", end) for end in period.split("/")]
    if not all(ends):
        return None
    first, last = ends[0], ends[-1]
    return Window(
        month(f"{first[1]}-{first[2] or '01'}"),
        month(f"{last[1]}-{last[2] or '12'}"),
        not first[2] and not last[2],
    )


@dataclass(frozen=True)
class Table:
    """A measure's values at a level: `rows` of start and stop (month ordinals), area, value."""

    rows: pd.DataFrame
    title: str
    persons: bool
    sources: tuple[str, ...]
    snapshots: tuple[str, ...]
    # by window: many figures are of the same year
    sums: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def last(self) -> pd.Period:
        """The last month that any row covers."""
        return pd.Period(ordinal=int(self.rows["stop"].max()), freq="M")


@dataclass(frozen=True)
class Held:
    """What an edition holds, counts of persons as they may be shown: nothing is asked of others."""

    edition: Edition
    tables: dict = field(default_factory=dict, repr=False)


def table(held: Held, measure: str, level: str, group: str = "") -> Table | None:
    """A measure's values at a level, all areas and months; None if the edition has none."""
    key = (measure, level, group)
    if key not in held.tables:
        held.tables[key] = _read(held, measure, level, group)
    return held.tables[key]


def _read(held: Held, measure: str, level: str, group: str) -> Table | None:
    edition = held.edition
    name = classification.current().held_as(measure)
    frame = edition._counts(name, level, "all" if group else None)
    if group and group != "all":
        frame = frame[frame["group"] == group]
    if frame.empty:
        return None
    entries = reference.sources()
    used = [entries[source] for source in frame["source"].unique()]
    codes = {code: _name(held, code) for code in frame["area_code"].unique()}
    start = pd.PeriodIndex(frame["period"], freq="M").asi8
    rows = pd.DataFrame(
        {
            "start": start,
            "stop": start + frame["frequency"].map(months_in).to_numpy(int) - 1,
            "area": frame["area_code"].map(codes),
            "group": frame["group"],
            "value": frame["value"],
        }
    )
    about = classification.about(name)
    persons = classification.current().counts_persons(name)
    persons = persons or any(e.get("sensitive") == "persons" for e in used)
    titles = dict.fromkeys(f"{e['publisher']}: {e['title']}" for e in used)
    return Table(rows, about["title"], persons, (*titles,), (*sorted(set(frame["snapshot"])),))


def _name(held: Held, code: str) -> str:
    if code not in held.tables:
        held.tables[code] = held.edition.area_name(code)
    return held.tables[code]


def total(known: Table, window: Window, by: str = "area") -> pd.Series | None:
    """Sums over a window by area (or group), of persons protected; None unless rows of one length
    fill it exactly.
    """
    first, last = window.first.ordinal, window.last.ordinal
    key = (first, last, by)
    if key not in known.sums:
        known.sums[key] = _summed(known, first, last, by)
    sums = known.sums[key]
    return protected(sums) if known.persons and sums is not None else sums


def _summed(known: Table, first: int, last: int, by: str) -> pd.Series | None:
    rows = known.rows[(known.rows["start"] >= first) & (known.rows["stop"] <= last)]
    lengths = rows["stop"] - rows["start"] + 1
    for length in sorted(lengths.unique(), reverse=True):
        part = rows[lengths == length]
        if part["start"].nunique() * length == last - first + 1:
            sums = part.groupby(by)["value"].agg(["sum", "count"])
            return sums["sum"][sums["count"] == sums["count"].max()]
    return None


def monthly(known: Table, area: str) -> pd.Series:
    """A measure of one area month by month; empty if it is not held by month."""
    rows = known.rows[(known.rows["start"] == known.rows["stop"]) & (known.rows["area"] == area)]
    index = pd.PeriodIndex.from_ordinals(rows["start"], freq="M")
    series = pd.Series(rows["value"].to_numpy(), index)
    series = after_last_gap(series.sort_index())
    return protected(series) if known.persons else series


def nearest(known: Table, window: Window) -> Window | None:
    """The window of the same length next to the one asked for that is held throughout."""
    starts = known.rows["start"].unique()
    for start in sorted(starts, key=lambda start: abs(start - window.first.ordinal)):
        first = pd.Period(ordinal=int(start), freq="M")
        found = Window(first, first + window.length - 1)
        if total(known, found) is not None:
            return found
    return None


@dataclass(frozen=True)
class Asked:
    """One published figure with where to look: what it counts, at which level, over which months.

    `group` is a part of the measure and `of` another measure that it is a share of; `named` is
    how many months or categories the text names for the one place. `end` is -1 for the least that
    counts of persons may be, given what may be shown of them, 1 for the most, 0 for what is shown.
    """

    held: Held
    statistic: str
    value: str
    unit: str
    measure: str
    level: str
    places: tuple[str, ...]
    window: Window
    group: str = ""
    of: str = ""
    named: tuple[str, ...] = ()
    end: int = 0

    @property
    def from_other_end(self) -> Asked:
        """The same figure where it is taken away, or divided by."""
        return replace(self, end=-self.end)

    def known(self, measure: str = "", level: str = "", group: str | None = None) -> Table | None:
        """The table of the measure asked for, or of another measure, level or group."""
        group = self.group if group is None else group
        return table(self.held, measure or self.measure, level or self.level, group)

    def sums(self, **other) -> pd.Series | None:
        """Totals by area over the window; None if they are not held."""
        known = self.known(**other)
        sums = None if known is None else total(known, self.window)
        if sums is None or not (self.end and known.persons):
            return sums
        return possible(sums)[self.end > 0]


class Found(NamedTuple):
    """What the data give; `agrees` where that is no matter of rounding; `said` in words.

    `gap` is how far, relatively, a rank is from being another.
    """

    value: float | str
    agrees: bool | None = None
    said: str = ""
    gap: float | None = None


def own(asked: Asked, **other) -> float | None:
    """The sum over the places asked for; None if it is not held. "A - B" is A without B."""
    first, _, second = (other.get("measure") or asked.measure).partition(" - ")
    sums = asked.sums(**(other | {"measure": first}))
    if sums is None or not set(asked.places) <= set(sums.index):
        return None
    value = float(sums[list(asked.places)].sum(skipna=False))
    if not second:
        return value
    less = own(asked.from_other_end, **(other | {"measure": second}))
    return None if less is None else value - less


def possible(counts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The least and the most that protected counts may stand for.

    >>> [list(ends) for ends in possible(pd.Series([0.0, float("nan"), 10.0]))]
    [[0.0, 1.0, 8.0], [0.0, 7.0, 12.0]]
    """
    low = (counts - 2).clip(lower=LEAST_SHOWN).where(counts > 0, counts).fillna(1)
    return low, (counts + 2).where(counts > 0, counts).fillna(LEAST_SHOWN - 1)


def earlier(asked: Asked) -> Asked:
    """The same figure for the window of the same length before."""
    return replace(asked, window=asked.window.back(asked.window.length))


def months_of(asked: Asked) -> pd.Series:
    """The one place month by month; empty if it is not held so."""
    known = asked.known()
    if known is None:
        return pd.Series(index=pd.PeriodIndex([], freq="M"), dtype=float)
    return monthly(known, asked.places[0])


def figure(value: float) -> str:
    """A number with a decimal only where it is no whole one, or the symbol for a hidden one."""
    return text_of(value, 0 if math.isnan(value) or value == round(value) else 1)
