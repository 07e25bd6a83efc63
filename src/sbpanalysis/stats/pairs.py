"""Do later months exceed earlier ones, and by how much? What rank tests and slopes are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

_SIGNIFICANT = ndtri(0.975)  # Hamed and Rao keep correlations beyond this over root n


def concordance(x: np.ndarray, step: int):
    """Kendall's S over pairs a multiple of `step` months apart, its variance allowing for ties,
    the number of pairs and of tied pairs."""
    s, equal = np.zeros(x.shape[1]), np.ones_like(x)
    for lag in range(step, len(x), step):
        difference = x[lag:] - x[:-lag]
        s += np.sign(difference).sum(0)
        tied = difference == 0
        equal[lag:] += tied
        equal[:-lag] += tied
    sizes = [len(x[start::step]) for start in range(step)]
    # each of t tied values sees t, so a sum over values of f(t)/t is one over groups of f(t)
    lost = ((equal - 1) * (2 * equal + 5)).sum(0)
    var_s = (sum(n * (n - 1) * (2 * n + 5) for n in sizes) - lost) / 18
    return s, var_s, sum(n * (n - 1) / 2 for n in sizes), ((equal - 1) / 2).sum(0)


def pair_slopes(x: np.ndarray, step: int) -> np.ndarray:
    """Slopes a month between all pairs of months a multiple of `step` apart."""
    lags = range(step, len(x), step)
    return np.concatenate([(x[lag:] - x[:-lag]) / lag for lag in lags])


def at_rank(ordered: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """The value at a 1-based rank of each column, between two ranks interpolated."""
    place = np.clip(rank - 1, 0, len(ordered) - 1)
    below = np.floor(place).astype(int)
    above, columns = np.minimum(below + 1, len(ordered) - 1), np.arange(ordered.shape[1])
    low, high = ordered[below, columns], ordered[above, columns]
    return low + (place - below) * (high - low)


def _ranks(x: np.ndarray) -> np.ndarray:
    return pd.DataFrame(x).rank().to_numpy(copy=True)


def hamed_rao(x: np.ndarray, lags: int | None) -> np.ndarray:
    """By what autocorrelation of the ranks multiplies the variance of S."""
    n = len(x)
    slope = np.median(pair_slopes(x, 1), axis=0)
    ranks = _ranks(x - slope * np.arange(1, n + 1)[:, None])
    ranks -= ranks.mean(0)
    whole = (ranks**2).sum(0)
    factor = np.ones(x.shape[1])
    for lag in range(1, min(n - 3, n if lags is None else lags) + 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.nan_to_num((ranks[lag:] * ranks[:-lag]).sum(0) / whole)
        r[np.abs(r) <= _SIGNIFICANT / np.sqrt(n)] = 0
        factor += 2 * (n - lag) * (n - lag - 1) * (n - lag - 2) * r / (n * (n - 1) * (n - 2))
    return factor


def hirsch_slack(x: np.ndarray) -> np.ndarray:
    """By what correlation between calendar months multiplies the variance of the seasonal S.

    Estimated from whole years, back from the last month.
    """
    years = len(x) // 12
    table = x[-years * 12 :].reshape(years, 12, -1)
    ranks = np.stack([_ranks(table[:, m]) for m in range(12)], axis=1) - (years + 1) / 2
    signs = sum(
        np.einsum("yms,yns->mns", a, a)
        for a in (np.sign(table[lag:] - table[:-lag]) for lag in range(1, years))
    )
    covariance = (signs + 4 * np.einsum("yms,yns->mns", ranks, ranks)) / 3
    alone = np.einsum("mms->s", covariance)
    return np.where(alone > 0, covariance.sum((0, 1)) / np.where(alone > 0, alone, 1), 1.0)
