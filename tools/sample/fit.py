"""How are simulated offences made to add up to the totals that the assessment printed?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample.targets import Targets, between, ranked, whole
from sbpanalysis.periods import months

MONTHS = months("2006-04", "2018-09")
BURGLARY, SEXUAL, TOTAL = "burglary_offences", "sexual_offences", "total_notifiable_offences"


def at(index: pd.PeriodIndex) -> slice:
    """Where a run of months stands among `MONTHS`."""
    first = MONTHS.get_loc(index[0])
    return slice(first, first + len(index))


def yearly_totals(targets: Targets, measure: str, size: pd.Series, natural: float) -> pd.Series:
    """A year's offences by borough: the printed values, ranks and mean, and in between by size."""
    named = targets.rows(measure, level="borough")
    weights = ranked(size, named)
    fixed = targets.values(measure, "count", "rolling12_count")
    mean = targets.values(measure, "mean_per_borough", level="region")
    if len(mean):
        total = int(mean.iloc[0]) * len(size)
    elif measure != BURGLARY and len(fixed):  # "slightly below the average", which is not printed
        above = "above" in set(targets.rows(measure, "vs_london_average").value)
        total = round(fixed["Bromley"] * (0.97 if above else 1.04) * len(size))
    else:
        total = int(natural)
    lower, upper = pd.Series(0.0, size.index), pd.Series(np.inf, size.index)
    by_statistic = {s: g.geography.iloc[0] for s, g in named.groupby("statistic")}
    if (top := by_statistic.get("rank")) in fixed.index:
        upper[:] = fixed[top]
    for claim in named[named.statistic.eq("rank_from_lowest")].itertuples():
        below = weights.drop(claim.geography).nsmallest(int(claim.value) - 1).index
        lower[weights.index.difference(below)] = fixed[claim.geography]
        upper[below] = fixed[claim.geography]
    free = weights.index.difference(fixed.index)
    return between(weights, total, fixed, lower[free], upper[free])


def _two_windows(
    block: np.ndarray, year: slice, year_total: int, other: slice, other_total: int
) -> None:
    """Scale a block of (offences, months) so that two overlapping years hold their totals."""
    common = slice(max(year.start, other.start), min(year.stop, other.stop))
    in_year, in_other = (block[:, w].sum() for w in (year, other))
    share = block[:, common].sum() / max(in_year, in_other, 1)
    held = round(share * min(year_total, other_total))
    first = slice(min(year.start, other.start), common.start)
    last = slice(common.stop, max(year.stop, other.stop))
    before, after = (
        (year_total, other_total) if year.start < other.start else (other_total, year_total)
    )
    for part, total in ((common, held), (first, before - held), (last, after - held)):
        block[:, part] = whole(block[:, part], total)


def fit_measure(
    targets: Targets, measure: str, counts: np.ndarray, rows: pd.Index, total: pd.Series
) -> None:
    """Make a measure's years hold its printed totals, borough by borough, in `counts` itself.

    `total` is by borough, in the order of the first axis of `counts`.
    """
    if measure in (SEXUAL, TOTAL) or targets.rows(measure, "rolling12_count").empty:
        return
    fy, window = targets.period(TOTAL, "count"), targets.period(measure, "rolling12_count")
    for b, (name, value) in enumerate(total.items()):
        if measure == BURGLARY and name != "Bromley":  # no other borough's burglary is printed
            continue
        block = counts[b, rows]
        year = _exact_share(block[:, at(fy)].sum(), targets) if measure == BURGLARY else value
        _two_windows(block, at(fy), year, at(window), value)
        counts[b, rows] = block


def _exact_share(near: int, targets: Targets) -> int:
    """The yearly count next to `near` of which the four wards can hold their share exactly."""
    share = targets.values(BURGLARY, "share_pct", level="ward_group").iloc[0]
    candidates = np.arange(near - 20, near + 21)
    fits = (100 * np.round(candidates * share / 100) / candidates).round(2) == share
    return int(min(candidates[fits], key=lambda n: abs(n - near)))


def fit_rest(targets: Targets, counts: np.ndarray, rows: pd.Index, grand: pd.Series) -> None:
    """Let the other offences fill each borough's year, and London's change on the year before."""
    fy = targets.period(TOTAL, "count")
    year, before = at(fy), at(fy - 12)
    for b, total in enumerate(grand):
        known = counts[b, :, year].sum() - counts[b, rows, year].sum()
        counts[b, rows, year] = whole(counts[b, rows, year], total - known)
    rise = float(targets.rows(TOTAL, "pct_change", level="region").value.iloc[0])
    wanted = round(grand.sum() / (1 + rise / 100))
    block = counts[:, rows, before]
    known = counts[:, :, before].sum() - block.sum()
    counts[:, rows, before] = whole(block, wanted - known)
