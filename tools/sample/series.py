"""What does a plausible series of monthly counts look like before it is fitted to totals?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample.targets import Targets, whole
from sbpanalysis.periods import days_in_month, month, months


def shape(index: pd.PeriodIndex, amplitude: float, peak: int) -> np.ndarray:
    """Days in the month times a yearly wave that is highest in calendar month `peak`."""
    wave = 1 + amplitude * np.cos(2 * np.pi * (index.month.to_numpy() - peak) / 12)
    return days_in_month(index) * wave / 30.4


def overdispersed(rng: np.random.Generator, mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Negative binomial counts with variance mean + dispersion * mean squared."""
    return rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, size=np.shape(mean)))


def _first_of(period: str) -> pd.Period:
    return month(period.split("/")[0])


def pinned_path(
    rng: np.random.Generator, expected: pd.Series, targets: Targets, measure: str, area: str
) -> pd.Series:
    """A monthly series about `expected` that meets the months the text names.

    Named counts are exact; the named highest and lowest month are so alone in their window.
    """
    claims = targets.rows(measure)
    claims = claims[claims.geography.eq(area)]
    path = pd.Series(overdispersed(rng, expected.to_numpy(), 0.004), expected.index)
    counts = claims[claims.statistic.eq("count")]
    pinned = {_first_of(p): int(v) for p, v in zip(counts.period, counts.value, strict=True)}
    free = pd.Series(True, path.index)
    for claim in claims[claims.statistic.isin(["max_month", "min_month"])].itertuples():
        window = months(*claim.period.split("/"))
        sign = 1 if claim.statistic == "max_month" else -1
        named = month(claim.value)
        # an extreme without a printed value lies a little outside the typical month
        pinned.setdefault(named, round(expected[window].mean() * (1 + 0.12 * sign)))
        limit = pinned[named] - sign
        path[window] = path[window].clip(**{"upper" if sign == 1 else "lower": limit})
    for when, value in pinned.items():
        path[when] = value
        free[when] = False
    return _yearly_change(path, free, claims)


def _yearly_change(path: pd.Series, free: pd.Series, claims: pd.DataFrame) -> pd.Series:
    """Scale the free months of a window so that the change on the year before is as printed."""
    for claim in claims[claims.statistic.eq("pct_change")].itertuples():
        window = months(*claim.period.split("/"))
        total = round(path[window - 12].sum() * (1 + float(claim.value) / 100))
        inside = window[free[window].to_numpy()]
        path[inside] = whole(path[inside].to_numpy(), total - path[window.difference(inside)].sum())
    return path


def steady_share(counts: np.ndarray, share: float, anchor: int) -> np.ndarray:
    """Part of each month's count such that any run of months from `anchor` holds `share`.

    Rounds the running total, not the month, so that no window is off by more than one.

    >>> steady_share(np.array([3, 3, 4]), 0.5, anchor=0).tolist()
    [2, 1, 2]
    """
    running = np.cumsum(counts) - (counts[:anchor].sum() if anchor else 0)
    held = np.floor(running * share + 0.5).astype(int)
    before = np.floor((running[0] - counts[0]) * share + 0.5).astype(int)
    return np.diff(held, prepend=before).clip(0, counts)
