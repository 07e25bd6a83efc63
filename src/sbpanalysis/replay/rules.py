"""How is each kind of published figure computed from data? One rule a statistic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.territory import normal
from sbpanalysis.periods import days_in_month
from sbpanalysis.replay.values import (
    Asked,
    Found,
    Window,
    earlier,
    figure,
    months_of,
    own,
    total,
    twelve,
)
from sbpanalysis.report import prose
from sbpanalysis.stats.change import change
from sbpanalysis.stats.intervals import UNCLEAR, verdict
from sbpanalysis.stats.ranking import order, ranks
from sbpanalysis.stats.rates import rate_ratio

IN_LINE = 0.01  # nearer to an average than this is neither above nor below it
APPROXIMATE = 0.1  # how far from the value "around" and "almost" may be
_WORDS = {"two": 2, "three": 3, "four": 4, "third": 3}
YEARS_APART = 36  # over longer windows the first year is compared with the last


def find(asked: Asked) -> Found | None:
    """What the edition's data give for a published figure; None if they cannot say."""
    rule = RULES.get(asked.statistic)
    return rule(asked) if rule else None


def is_of_persons(asked: Asked) -> bool:
    """Whether a figure is a count of persons, or is computed from one."""
    level = "borough" if asked.statistic == "mean_per_borough" else ""
    parts = [(name, asked.group) for name in asked.measure.split(" - ")]
    parts += [(name, "all") for name, group in parts if group]
    if asked.of:
        measure, _, group = asked.of.partition(": ")
        parts.append((measure, group))
    tables = (asked.known(measure=name, level=level, group=group) for name, group in parts)
    return any(known is not None and known.persons for known in tables)


def limits(asked: Asked) -> tuple[float, float] | None:
    """The least and the most that a figure of persons may be, given what may be shown of them."""
    if asked.statistic not in BOUNDED:
        return None
    least, most = (find(replace(asked, end=end)) for end in (-1, 1))
    return (least.value, most.value) if least and most else None


def _total(asked: Asked) -> Found | None:
    value = own(asked)
    return None if value is None else Found(value)


def _at_least(asked: Asked) -> Found | None:
    value = own(asked)
    return None if value is None else Found(value, value >= float(asked.value))


def _less_than(asked: Asked) -> Found | None:
    found = _total(asked) if asked.statistic.startswith("count") else _share(asked)
    return found and Found(found.value, found.value < float(asked.value))


def _near(value: float, asked: Asked) -> Found:
    published = float(asked.value)
    return Found(value, abs(value - published) <= APPROXIMATE * published)


def _typical_month(asked: Asked) -> Found | None:
    value = own(asked)
    return None if value is None else _near(value / asked.window.length, asked)


def _share_about(asked: Asked) -> Found | None:
    found = _share(asked)
    return found and _near(found.value, asked)


def _mean(asked: Asked) -> Found | None:
    sums = asked.sums(level="borough")
    return None if sums is None else Found(float(sums.mean()), said=f"mean of {len(sums)} boroughs")


def _share(asked: Asked) -> Found | None:
    """Percent of the wards together, of London, of the whole of a part, or of another measure."""
    part = own(asked)
    if part is None:
        return None
    if _is_share(asked):
        return Found(part)
    whole = _whole(asked.from_other_end)
    if not whole:
        return None
    return Found(100 * part / whole, said=f"{figure(part)} of {figure(whole)}")


def _is_share(asked: Asked) -> bool:
    """Whether the figures of the measure are percentages as they are published."""
    return classification.about(asked.measure)["unit"] == "percent"


def _whole(asked: Asked) -> float | None:
    if asked.of:
        measure, _, group = asked.of.partition(": ")
        return own(asked, measure=measure, group=group)
    if asked.unit == "percent of London":
        london = asked.sums(level="region")
        return None if london is None else float(london.iloc[0])
    if asked.level == "ward":
        return float(asked.sums().sum())
    return own(asked, group="") if asked.group else None


def _changed(asked: Asked) -> Found | None:
    after, before = own(asked), own(earlier(asked.from_other_end))
    if after is None or before is None or not before:
        return None
    text = f"from {figure(before)} to {figure(after)}"
    by_count = asked.statistic == "change_count"
    return Found(after - before if by_count else 100 * (after / before - 1), said=text)


def _among(asked: Asked) -> tuple[str, pd.Series] | None:
    """The one that is ranked and what it is ranked among: areas, or the groups of a measure."""
    if asked.group and "boroughs" not in asked.unit:
        mine, sums = asked.group, _by_group(asked, asked.measure)
        if sums is not None and asked.of:
            whole = _by_group(asked, asked.of)
            sums = None if whole is None else (sums / whole).dropna()
    else:
        mine, sums = asked.places[0], asked.sums()
    if sums is None or mine not in sums.index:
        return None
    known = asked.known(group="all" if mine == asked.group else None)
    return mine, order(sums) if known.persons else sums.dropna()


def _by_group(asked: Asked, measure: str) -> pd.Series | None:
    known = asked.known(measure=measure, group="all")
    if known is None:
        return None
    rows = known.rows[known.rows["area"].isin(asked.places) & known.rows["group"].ne("")]
    return total(replace(known, rows=rows), asked.window, by="group")


def _placed(mine: str, sums: pd.Series) -> tuple[int, int, int]:
    """Rank from the highest, from the lowest, and among how many; ties share the better."""
    return int(ranks(sums)[mine]), int(ranks(-sums)[mine]), len(sums)


def _rank(asked: Asked) -> Found | None:
    if (among := _among(asked)) is None:
        return None
    mine, sums = among
    lowest = asked.statistic == "rank_from_lowest"
    placed, published = _placed(mine, sums), int(asked.value)
    ordered = sums.sort_values(ascending=lowest, kind="stable")
    there = ordered.index[min(published, len(ordered)) - 1]
    text = f"{_in_words(placed)}, {figure(sums[mine])}"
    if placed[lowest] == published:
        return Found(published, True, text)
    gap = abs(sums[mine] / ordered[there] - 1) if ordered[there] else None
    return Found(placed[lowest], False, f"{text}; {there} has {figure(ordered[there])}", gap)


def _in_words(placed: tuple[int, int, int]) -> str:
    high, low, of = placed
    rank, end = (high, "highest") if high <= low else (low, "lowest")
    return f"{prose.ordinal(rank)} {end} of {of}" if rank > 1 else f"the {end} of {of}"


def _band(asked: Asked) -> Found | None:
    if (among := _among(asked)) is None:
        return None
    placed = _placed(*among)
    words = asked.value.split()
    top = next((_WORDS[w] for w in words if w in _WORDS), None)
    limit = placed[2] / 3 if top is None or "third" in words else top
    agrees = placed["highest" not in words] <= limit
    return Found(asked.value if agrees else _in_words(placed), agrees, _in_words(placed))


def _compared(mine: float, other: float) -> str:
    if not other or abs(mine / other - 1) < IN_LINE:
        return "in line"
    return "above" if mine > other else "below"


def _beside(asked: Asked, mine: float, other: float, name: str) -> Found:
    word = _compared(mine, other)
    text = f"{figure(mine)} beside {name} {figure(other)}"
    return Found(word, word == asked.value, text)


def _beside_mean(asked: Asked) -> Found | None:
    sums = asked.sums(level="borough")
    mine = own(asked)
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
    mine = 1000 * sums[asked.places[0]] / people[asked.places[0]]
    other = 1000 * sums[names].sum() / people[names].sum()
    return _beside(asked, mine, other, f"{part} London's")


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


def _extreme_month(asked: Asked) -> Found | None:
    """The named month or months if they are the most extreme of the window, else what is."""
    series = months_of(asked)
    series = series[asked.window.first : asked.window.last]
    named = pd.Period(asked.value, "M")
    if len(series) < asked.window.length or series.isna().any() or named not in series.index:
        return None
    lowest = asked.statistic == "min_month"
    ordered = series.sort_values(ascending=lowest, kind="stable")
    limit = ordered.iloc[len(asked.named) - 1]
    mine = series[named]
    agrees = bool(mine <= limit if lowest else mine >= limit)
    text = f"{figure(ordered.iloc[0])} in {prose.in_words(ordered.index[0])}"
    return Found(asked.value if agrees else str(ordered.index[0]), agrees, text)


def _largest(asked: Asked) -> Found | None:
    """The largest part of a measure; `group` lists the parts that the text's word stands for."""
    sums = _by_group(asked, asked.measure)
    if sums is None or sums.empty:
        return None
    sums = order(sums)
    meant = [part for part in asked.group.split(";") if part in sums.index]
    if meant:
        sums = pd.concat([sums.drop(meant), pd.Series({asked.value: sums[meant].sum()})])
    top = sums.sort_values(ascending=False, kind="stable").index[: len(asked.named)]
    agrees = all(
        any(normal(word) in normal(name) for name in top) for word in asked.value.split(";")
    )
    return Found(asked.value if agrees else top[0], agrees, f"largest: {'; '.join(top)}")


def direction(asked: Asked) -> Found | None:
    """What a test says of a change that the text states as one."""
    series = months_of(asked)
    series = series[: asked.window.last]
    if len(series) < 24 or series.isna().any():
        return _between_totals(asked)
    if asked.window.length < 24 and asked.window.length != 12:
        return _between_months(asked, series)
    if asked.window.length > YEARS_APART or (asked.window.in_years and asked.window.length > 12):
        first = series[asked.window.first :][:12]
        if first.index[0] != asked.window.first:
            return None
        years = pd.concat([first, series[-12:]])
        spans = f"{Window(first.index[0], first.index[-1]).words}, {twelve(series.index[-1]).words}"
        index = pd.period_range(end=series.index[-1], periods=24, freq="M")
        return _tested(asked, change(years.set_axis(index)), spans)
    return _tested(asked, change(series), f"against the 12 months before {series.index[-12]}")


def _tested(asked: Asked, result, spans: str) -> Found:
    between = prose.interval(result.percent_lower, result.percent_upper)
    counts = f"{figure(result.before)} to {figure(result.after)}"
    text = f"{counts} ({spans}): {result.word}, underlying change {between}"
    return _told(asked, result.verdict, text)


def _told(asked: Asked, word: str, text: str) -> Found:
    return Found(word, word == (UNCLEAR if asked.value == "none" else asked.value), text)


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
    word = verdict(r.lower, r.upper)
    counts = f"{figure(two.iloc[0])} in {two.index[0]}, {figure(two.iloc[1])} in "
    text = f"{counts}{two.index[1]}; per day {r.ratio:.2f} times ({r.lower:.2f} to {r.upper:.2f}"
    tail = f", allowing for {len(shown)} months to choose from)" if chosen else ")"
    return _told(asked, word, text + tail)


def _between_totals(asked: Asked) -> Found | None:
    """Where no months are held: the window, or the last of its years, against the one before."""
    now, then = asked, earlier(asked)
    if asked.window.in_years and asked.window.length > 12:
        now = replace(asked, window=twelve(asked.window.last))
        then = replace(asked, window=twelve(asked.window.first + 11))
    after, before = own(now), own(then)
    if after is None or before is None or not after + before > 0:
        return None
    r = rate_ratio(round(after), 1, round(before), 1)
    word = verdict(r.lower, r.upper)
    text = f"{figure(before)} ({then.window.words}) to {figure(after)} ({now.window.words}), "
    return _told(asked, word, f"{text}{r.lower:.2f} to {r.upper:.2f} times")


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
    "direction": direction,
    "largest_category": _largest,
}

# Statistics that grow with each count, or fall: their least and most are those of the counts
BOUNDED = (
    "count", "rolling12_count", "count_at_least", "count_less_than", "mean_per_borough",
    "share_pct", "percent", "share_pct_less_than", "pct_change", "change_count",
)  # fmt: skip
