"""How is each kind of published figure computed from data? One rule a statistic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from sbpanalysis.data import areas, reference
from sbpanalysis.periods import days_in_month
from sbpanalysis.report import prose
from sbpanalysis.report.replay_values import (
    Held,
    Table,
    Window,
    monthly,
    table,
    total,
    twelve,
)
from sbpanalysis.stats.change import UNCLEAR, change
from sbpanalysis.stats.rates import rate_ratio

IN_LINE = 0.01  # nearer to an average than this is neither above nor below it
APPROXIMATE = 0.1  # how far from the value "around" and "almost" may be
YEARS_APART = 36  # over longer windows the first year is compared with the last
_WORDS = {"two": 2, "three": 3, "four": 4, "third": 3}


@dataclass(frozen=True)
class Asked:
    """One published figure with where to look: what it counts, at which level, over which months.

    `group` is a part of the measure and `of` another measure that it is a share of; `named` is
    how many months or categories the text names for the one place.
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

    def known(self, measure: str = "", level: str = "", group: str | None = None) -> Table | None:
        """The table of the measure asked for, or of another measure, level or group."""
        group = self.group if group is None else group
        return table(self.held, measure or self.measure, level or self.level, group)

    def sums(self, **other) -> pd.Series | None:
        """Totals by area over the window; None if they are not held."""
        known = self.known(**other)
        return None if known is None else total(self.held, known, self.window)


class Found(NamedTuple):
    """What the data give; `agrees` where that is no matter of rounding; `said` in words.

    `gap` is how far, relatively, a rank is from being another.
    """

    value: float | str
    agrees: bool | None = None
    said: str = ""
    gap: float | None = None


def find(asked: Asked) -> Found | None:
    """What the edition's data give for a published figure; None if they cannot say."""
    rule = RULES.get(asked.statistic)
    return rule(asked) if rule else None


def _own(asked: Asked, **other) -> float | None:
    sums = asked.sums(**other)
    if sums is None or not set(asked.places) <= set(sums.index):
        return None
    return float(sums[list(asked.places)].sum(skipna=False))


def _total(asked: Asked) -> Found | None:
    value = _own(asked)
    return None if value is None else Found(value)


def _at_least(asked: Asked) -> Found | None:
    value = _own(asked)
    return None if value is None else Found(value, value >= float(asked.value))


def _less_than(asked: Asked) -> Found | None:
    found = _total(asked) if asked.statistic.startswith("count") else _share(asked)
    return found and Found(found.value, found.value < float(asked.value))


def _near(value: float, asked: Asked) -> Found:
    published = float(asked.value)
    return Found(value, abs(value - published) <= APPROXIMATE * published)


def _typical_month(asked: Asked) -> Found | None:
    value = _own(asked)
    return None if value is None else _near(value / asked.window.length, asked)


def _share_about(asked: Asked) -> Found | None:
    found = _share(asked)
    return found and _near(found.value, asked)


def _mean(asked: Asked) -> Found | None:
    sums = asked.sums(level="borough")
    return None if sums is None else Found(float(sums.mean()), said=f"mean of {len(sums)} boroughs")


def _share(asked: Asked) -> Found | None:
    """Percent of the wards together, of London, of the whole of a part, or of another measure."""
    part = _own(asked)
    known = asked.known()
    if part is None or known is None:
        return None
    if asked.of:
        whole = _own(asked, measure=asked.of, group="")
    elif asked.unit == "percent of London":
        london = asked.sums(level="region")
        whole = None if london is None else float(london.iloc[0])
    elif asked.level == "ward":
        whole = float(asked.sums().sum())
    elif asked.measure.endswith("_share"):
        return Found(part)
    else:
        whole = _own(asked, group="") if asked.group else None
    if not whole or not np.isfinite(whole):
        return None
    return Found(100 * part / whole, said=f"{prose.number(part)} of {prose.number(whole)}")


def _changed(asked: Asked) -> Found | None:
    after, before = _own(asked), _own(_earlier(asked))
    if after is None or before is None or not before:
        return None
    said = f"from {prose.number(before)} to {prose.number(after)}"
    by_count = asked.statistic == "change_count"
    return Found(after - before if by_count else 100 * (after / before - 1), said=said)


def _earlier(asked: Asked) -> Asked:
    return replace(asked, window=asked.window.back(asked.window.length))


def _placed(asked: Asked) -> tuple[int, int, int] | None:
    """Rank from the highest, from the lowest, and among how many; ties share the better."""
    sums = asked.sums()
    if sums is None or asked.places[0] not in sums.index or sums.isna().any():
        return None
    mine = sums[asked.places[0]]
    return int((sums > mine).sum()) + 1, int((sums < mine).sum()) + 1, len(sums)


def _rank(asked: Asked) -> Found | None:
    placed = _placed(asked)
    if placed is None:
        return None
    lowest = asked.statistic == "rank_from_lowest"
    rank, published = placed[1 if lowest else 0], int(asked.value)
    ordered = asked.sums().sort_values(ascending=lowest, kind="stable")
    mine, there = ordered[asked.places[0]], ordered.index[min(published, len(ordered)) - 1]
    said = f"{_in_words(placed)}, {prose.number(mine)}"
    if rank == published:
        return Found(rank, True, said)
    gap = abs(mine / ordered[there] - 1) if ordered[there] else None
    return Found(rank, False, f"{said}; {there} has {prose.number(ordered[there])}", gap)


def _in_words(placed: tuple[int, int, int]) -> str:
    high, low, of = placed
    rank, end = (high, "highest") if high <= low else (low, "lowest")
    return f"{prose.ordinal(rank)} {end} of {of}" if rank > 1 else f"the {end} of {of}"


def _band(asked: Asked) -> Found | None:
    placed = _placed(asked)
    if placed is None:
        return None
    words = asked.value.split()
    top = next((_WORDS[w] for w in words if w in _WORDS), None)
    rank = placed[0 if "highest" in words else 1]
    limit = placed[2] / 3 if top is None or "third" in words else top
    agrees = rank <= limit
    return Found(asked.value if agrees else _in_words(placed), agrees, _in_words(placed))


def _compared(mine: float, other: float) -> str:
    if not other or abs(mine / other - 1) < IN_LINE:
        return "in line"
    return "above" if mine > other else "below"


def _beside(asked: Asked, mine: float, other: float, name: str, digits: int = 0) -> Found:
    word = _compared(mine, other)
    said = f"{prose.number(mine, digits)} beside {name} {prose.number(other, digits)}"
    return Found(word, word == asked.value, said)


def _beside_mean(asked: Asked) -> Found | None:
    sums = asked.sums(level="borough")
    mine = _own(asked)
    if sums is None or mine is None:
        return None
    return _beside(asked, mine, float(sums.mean()), "a London mean of")


def _beside_part(asked: Asked) -> Found | None:
    """A rate per 1,000 residents beside that of inner or outer London as a whole."""
    sums, edition = asked.sums(), asked.held.edition
    if sums is None or not edition.has("population", "borough"):
        return None
    people = edition.population(level="borough")
    people.index = [edition.area_name(code) for code in people.index]
    part = asked.statistic.split("_")[1]
    listed = reference.table("areas.csv")
    names = listed.loc[listed["part"] == part, "name"]
    own = 1000 * sums[asked.places[0]] / people[asked.places[0]]
    other = 1000 * sums[names].sum() / people[names].sum()
    return _beside(asked, own, other, f"{part} London's", 1)


def _beside_wards(asked: Asked) -> Found | None:
    """One ward beside the next; several beside all others together."""
    sums = asked.sums()
    if sums is None:
        return None
    others = sums.drop(list(asked.places))
    mine = float(sums[list(asked.places)].sum())
    if len(asked.places) > 1:
        return _beside(asked, mine, float(others.sum()), "all other wards together")
    found = _beside(asked, mine, float(others.max()), f"{others.idxmax()}, the next,")
    lower = rate_ratio(mine, 1, float(others.max()), 1).lower
    return Found(found.value if lower > 1 else UNCLEAR, found.agrees and lower > 1, found.said)


def _months(asked: Asked) -> pd.Series:
    """The one place month by month; empty if it is not held so."""
    known = asked.known()
    if known is None:
        return pd.Series(index=pd.PeriodIndex([], freq="M"), dtype=float)
    return monthly(asked.held, known, asked.places[0])


def _extreme_month(asked: Asked) -> Found | None:
    """The named month or months if they are the most extreme of the window, else what is."""
    series = _months(asked)
    series = series[asked.window.first : asked.window.last]
    if len(series) < asked.window.length or series.isna().any():
        return None
    lowest = asked.statistic == "min_month"
    ordered = series.sort_values(ascending=lowest, kind="stable")
    limit = ordered.iloc[len(asked.named) - 1]
    mine = series[pd.Period(asked.value, "M")]
    agrees = bool(mine <= limit if lowest else mine >= limit)
    said = f"{prose.number(ordered.iloc[0])} in {prose.in_words(ordered.index[0])}"
    return Found(asked.value if agrees else str(ordered.index[0]), agrees, said)


def _direction(asked: Asked) -> Found | None:
    """What a test says of a change that the text states as one."""
    series = _months(asked)
    series = series[: asked.window.last]
    if len(series) < 24 or series.isna().any():
        return _between_totals(asked)
    if asked.window.length < 24 and asked.window.length != 12:
        return _between_months(asked, series)
    if asked.window.length > YEARS_APART or (asked.window.in_years and asked.window.length > 12):
        first = series[asked.window.first :][:12]
        years = pd.concat([first, series[-12:]])
        spans = f"{Window(first.index[0], first.index[-1]).words}, {twelve(series.index[-1]).words}"
        index = pd.period_range(end=series.index[-1], periods=24, freq="M")
        return _tested(asked, change(years.set_axis(index)), spans)
    return _tested(asked, change(series), f"against the 12 months before {series.index[-12]}")


def _tested(asked: Asked, result, spans: str) -> Found:
    between = prose.interval(result.percent_lower, result.percent_upper)
    counts = f"{prose.number(result.before)} to {prose.number(result.after)}"
    return _told(asked, result.verdict, f"{counts} ({spans}), {between} at 95% confidence")


def _told(asked: Asked, word: str, said: str) -> Found:
    return Found(word, word == (UNCLEAR if asked.value == "none" else asked.value), said)


def _between_months(asked: Asked, series: pd.Series) -> Found | None:
    """First month against last, per day; a month chosen as an extreme could have been any."""
    window = series[asked.window.first :]
    if len(window) < 2:
        return None
    two = window.iloc[[0, -1]]
    days = days_in_month(two.index)
    shown = series[-25:]
    chosen = any(value in (shown.min(), shown.max()) for value in two)
    confidence = 1 - 0.05 / (len(shown) if chosen else 1)
    r = rate_ratio(two.iloc[1], days[1], two.iloc[0], days[0], confidence=confidence)
    word = "up" if r.lower > 1 else "down" if r.upper < 1 else UNCLEAR
    counts = f"{prose.number(two.iloc[0])} in {two.index[0]}, {prose.number(two.iloc[1])} in "
    said = f"{counts}{two.index[1]}; per day {r.ratio:.2f} times ({r.lower:.2f} to {r.upper:.2f}"
    tail = f", allowing for {len(shown)} months to choose from)" if chosen else ")"
    return _told(asked, word, said + tail)


def _between_totals(asked: Asked) -> Found | None:
    """Where no months are held: the window against the one before it."""
    after, before = _own(asked), _own(_earlier(asked))
    if after is None or before is None or not before + after:
        return None
    r = rate_ratio(round(after), 1, round(before), 1)
    word = "up" if r.lower > 1 else "down" if r.upper < 1 else UNCLEAR
    said = f"{prose.number(before)} to {prose.number(after)}, {r.lower:.2f} to {r.upper:.2f} times"
    return _told(asked, word, said)


def _largest(asked: Asked) -> Found | None:
    """The largest part of a measure; `group` lists the parts that the text's word stands for."""
    known = asked.known(group="all")
    if known is None:
        return None
    rows = known.rows[known.rows["area"].isin(asked.places)]
    sums = total(asked.held, replace(known, rows=rows), asked.window, by="group")
    if sums is None or sums.isna().any():
        return None
    meant = [part for part in asked.group.split(";") if part in sums.index]
    if meant:
        sums = pd.concat([sums.drop(meant), pd.Series({asked.value: sums[meant].sum()})])
    top = sums.sort_values(ascending=False, kind="stable").index[: len(asked.named)]
    agrees = all(
        any(areas.normal(word) in areas.normal(name) for name in top)
        for word in asked.value.split(";")
    )
    return Found(asked.value if agrees else top[0], agrees, f"largest: {'; '.join(top)}")


RULES: dict[str, Callable[[Asked], Found | None]] = {
    "count": _total,
    "rolling12_count": _total,
    "count_at_least": _at_least,
    "count_less_than": _less_than,
    "count_approx": _typical_month,
    "mean_per_borough": _mean,
    "share_pct": _share,
    "percent": _share,
    "share_pct_approx": _share_about,
    "share_pct_less_than": _less_than,
    "pct_change": _changed,
    "change_count": _changed,
    "rank": _rank,
    "rank_from_lowest": _rank,
    "rank_band": _band,
    "vs_london_average": _beside_mean,
    "vs_inner_london": _beside_part,
    "vs_outer_london": _beside_part,
    "vs_other_wards": _beside_wards,
    "min_month": _extreme_month,
    "max_month": _extreme_month,
    "direction": _direction,
    "largest_category": _largest,
}
