"""How much does a monthly series scatter around its own drift, season and latest step?

The closed form of the methods page on change: what a smooth level, the calendar months, a step at
the last twelve and the extraordinary months leave over is set against what the boroughs of London
usually show. Everything but the counts depends on length and left-out months alone and is kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

# What monthly offences of London's boroughs show, 2010 to 2019 (bench/noise.py, on the published
# files): the coefficient of variation of a month beyond chance and drift (half of all offences lie
# between 0.05 and 0.11), and its correlation with the month before where it is large (0 to 0.5).
# How many degrees of freedom and months those beliefs are worth, and by how much a series must
# exceed them before they fade, is tuned in bench/verdicts.py.
VARIATION, VARIATION_DF = 0.08, 6
CORRELATION, CORRELATION_MONTHS, CORRELATION_MOST = 0.30, 60, 0.7
GUARD, GUARD_POWER = 1.5, 3
LAGS = range(1, 7)
FEW = 50  # fewer events than this in both years: no verdict
LEAST_DF = 6  # with fewer months left over, extraordinary ones are not left out


class Scatter(NamedTuple):
    """One value a series: variance of a month over its mean, never below 1; correlation of what
    exceeds 1; variance of a total over its mean; degrees of freedom of that."""

    dispersion: np.ndarray
    correlation: np.ndarray
    inflation: np.ndarray
    df: np.ndarray


class Projection(NamedTuple):
    """What turns a series into what is left over, its degrees, and the traces of its lags."""

    matrix: np.ndarray
    df: int
    traces: np.ndarray
    neighbours: float


def stabilised(values: np.ndarray) -> np.ndarray:
    """Counts on a scale on which Poisson noise has a variance of 1, whatever their mean."""
    return 2 * np.sqrt(values + 3 / 8)


def extraordinary(frame: pd.DataFrame) -> tuple[int, ...]:
    """The places of the months that the recorded breaks call extraordinary (`Break.until`)."""
    known = [b for b in frame.attrs.get("breaks", ()) if getattr(b, "until", None)]
    inside = [(frame.index >= b.date) & (frame.index <= b.until) for b in known]
    return tuple(np.flatnonzero(np.any(inside, axis=0)).tolist()) if inside else ()


def usual_dispersion(counts: np.ndarray, months: float = 12) -> np.ndarray:
    """Variance over mean of the count of so many months, where only the count is known."""
    return 1 + lever(CORRELATION) * VARIATION**2 * np.asarray(counts, float) / months


def lever(correlation: np.ndarray) -> np.ndarray:
    """Variance of a long total over that of as many independent months."""
    return (1 + correlation) / (1 - correlation)


def scatter(values: np.ndarray, left_out: tuple[int, ...] = (), step: int = 12) -> Scatter:
    """The noise of each column of `values` (months x series, at least 24 months), with a step
    allowed for at the last `step` of them."""
    projection = _projection(len(values), left_out, step)
    if projection.df < LEAST_DF:
        left_out, projection = (), _projection(len(values), (), step)
    rest = projection.matrix @ stabilised(values)
    variance = (rest**2).sum(0) / projection.df
    usual = np.delete(values, left_out, axis=0).mean(0)
    usual = 1 + usual * VARIATION**2
    with np.errstate(divide="ignore"):
        belief = VARIATION_DF * np.minimum(1, (GUARD * usual / variance) ** GUARD_POWER)
    correlation, weight = _correlation(rest, variance, projection)
    own = _own(variance, correlation, projection)
    df = belief + projection.df
    dispersion = np.maximum(1, (belief * usual + projection.df * own) / df)
    return Scatter(dispersion, correlation, *_of_totals(dispersion, correlation, weight, df))


def _own(variance, correlation, projection: Projection):
    """The dispersion whose residuals have this variance: fitting took a part of it away."""
    kept = sum(correlation**j * projection.traces[j - 1] for j in LAGS) / projection.df
    return 1 + (variance - 1) / (1 + kept)


def _correlation(rest, variance, projection: Projection):
    """Correlation of the excess, drawn towards the usual one; how many months the series counts."""
    excess = np.maximum(_own(variance, CORRELATION, projection) - 1, 1e-9)
    products = (rest[1:] * rest[:-1]).sum(0)
    expected = (1 + excess) * projection.traces[0] / 2
    found = (products - expected) / (excess * projection.neighbours)
    # what a series says of its excess is blurred by the Poisson noise around it
    weight = len(rest) * (excess / (1 + excess)) ** 2
    drawn = CORRELATION_MONTHS * CORRELATION + weight * found
    return np.clip(drawn / (CORRELATION_MONTHS + weight), 0, CORRELATION_MOST), weight


def _of_totals(dispersion, correlation, weight, df):
    """Variance of a total over its mean, and its degrees of freedom.

    A small excess multiplied is a shaky number, and so is a correlation that was estimated.
    """
    inflation = 1 + lever(correlation) * (dispersion - 1)
    df = df * np.minimum(1, inflation / (lever(correlation) * dispersion))
    slope = 2 / (1 - correlation) ** 2 * (dispersion - 1) / inflation
    error = slope**2 * weight / (CORRELATION_MONTHS + weight) ** 2
    return inflation, 1 / (1 / df + error / 2)


@lru_cache(maxsize=64)
def _projection(months: int, left_out: tuple[int, ...], step: int) -> Projection:
    base = basis(np.hstack([level(months, left_out, step), calendar_months(months)]))
    matrix = np.eye(months) - base @ base.T
    beside = np.eye(months, k=1) + np.eye(months, k=-1)
    traces = np.array([2 * np.trace(matrix, j) for j in LAGS])
    neighbours = float(((matrix @ beside @ matrix) * beside).sum() / 2)
    return Projection(matrix, months - base.shape[1], traces, neighbours)


def basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span what `columns` do."""
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, size > 1e-9 * size[0]]


def level(months: int, left_out: tuple[int, ...] = (), step: int = 12) -> np.ndarray:
    """A smooth drift with one coefficient a year, a step at the last months, and a level of its
    own for each month left out."""
    late = (np.arange(months) >= months - step).astype(float)[:, None]
    return np.hstack([spline(months), late, np.eye(months)[:, list(left_out)]])


def spline(months: int) -> np.ndarray:
    """Cubic B-splines, evenly spaced, one a whole year; of lower degree under four years."""
    years = months // 12
    degree = min(3, years - 1)
    knots = np.r_[[0.0] * degree, np.linspace(0, 1, years - degree + 1), [1.0] * degree]
    x = np.linspace(0, 1, months)[:, None]
    last = years - 1  # the last piece holds its right end
    pieces = (knots[:-1] <= x) & ((x < knots[1:]) | (np.arange(len(knots) - 1) == last))
    pieces = pieces & (knots[:-1] < knots[1:])
    columns = pieces.astype(float)
    for d in range(1, degree + 1):  # de Boor 1978, A Practical Guide to Splines, chapter X
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = (x - knots[: -d - 1]) / (knots[d:-1] - knots[: -d - 1]) * columns[:, :-1]
            fall = (knots[d + 1 :] - x) / (knots[d + 1 :] - knots[1:-d]) * columns[:, 1:]
        columns = np.nan_to_num(rise) + np.nan_to_num(fall)  # 0/0 where knots coincide
    return columns


def calendar_months(months: int) -> np.ndarray:
    """A column for each calendar month but one, whichever month comes first."""
    return np.eye(12)[np.arange(months) % 12][:, :11]
