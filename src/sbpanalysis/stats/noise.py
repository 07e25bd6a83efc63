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
from numpy.typing import ArrayLike

# What monthly offences of London's boroughs show, 2010 to 2019 (bench/noise.py, on the published
# files): the coefficient of variation of a month beyond chance and drift (median 0.08, half of all
# offences between 0.05 and 0.11), and the correlation of that with the month before (median 0.1,
# from 0 to 0.5). A single series says next to nothing of the correlation, so one value serves all,
# and errs towards too much: too little would take lingering noise for change. How many degrees of
# freedom the variation is worth, and by how much a series must exceed it before it fades, is
# tuned, as the correlation is, in bench/verdicts.py.
VARIATION, VARIATION_DF = 0.08, 6
GUARD, GUARD_POWER = 1.3, 2
CORRELATION = 0.32
LEVER = (1 + CORRELATION) / (1 - CORRELATION)  # variance of a long total over that if independent
FEW = 50  # fewer events than this in both years: no verdict
LEAST_DF = 6  # with fewer months left over, extraordinary ones are not left out


class Scatter(NamedTuple):
    """One value a series: variance of a month over its mean, never below 1; variance of a total
    over its mean; degrees of freedom of that."""

    dispersion: np.ndarray
    inflation: np.ndarray
    df: np.ndarray


class Projection(NamedTuple):
    """What turns a series into what is left over, its degrees of freedom, and by how much its
    lingering noise is smaller there than it is in the series."""

    matrix: np.ndarray
    df: int
    kept: float


def stabilised(values: np.ndarray) -> np.ndarray:
    """Counts on a scale on which Poisson noise has a variance of 1, whatever their mean."""
    return 2 * np.sqrt(values + 3 / 8)


def extraordinary(frame: pd.DataFrame) -> tuple[int, ...]:
    """The places of the months that the recorded breaks call extraordinary (`Break.until`)."""
    known = [b for b in frame.attrs.get("breaks", ()) if getattr(b, "until", None)]
    inside = [(frame.index >= b.date) & (frame.index <= b.until) for b in known]
    return tuple(np.flatnonzero(np.any(inside, axis=0)).tolist()) if inside else ()


def usual_dispersion(counts: ArrayLike, months: float = 12) -> np.ndarray:
    """Variance over mean of the count of so many months, where only the count is known."""
    return 1 + LEVER * VARIATION**2 * np.asarray(counts, float) / months


def scatter(values: np.ndarray, left_out: tuple[int, ...] = (), step: int = 12) -> Scatter:
    """The noise of each column of `values` (months x series, at least 24 months), with a step
    allowed for at the last `step` of them.

    In the symbols of the methods page: s2 and s0 the variance found and believed, d and D their
    degrees of freedom, phi the dispersion, V the inflation.
    """
    projection = _projection(len(values), left_out, step)
    if projection.df < LEAST_DF:
        left_out, projection = (), _projection(len(values), (), step)
    d = projection.df
    s2 = ((projection.matrix @ stabilised(values)) ** 2).sum(0) / d
    s0 = 1 + VARIATION**2 * np.delete(values, left_out, axis=0).mean(0)
    with np.errstate(divide="ignore"):
        D = VARIATION_DF * np.minimum(1, (GUARD * s0 / s2) ** GUARD_POWER)
    own = 1 + (s2 - 1) / projection.kept
    phi = np.maximum(1, (D * s0 + d * own) / (D + d))
    V = 1 + LEVER * (phi - 1)
    # a small excess multiplied is a shaky number
    return Scatter(phi, V, (D + d) * np.minimum(1, V / (LEVER * phi)))


@lru_cache(maxsize=64)
def _projection(months: int, left_out: tuple[int, ...], step: int) -> Projection:
    base = basis(np.hstack([level(months, left_out, step), calendar_months(months)]))
    matrix, df = np.eye(months) - base @ base.T, months - base.shape[1]
    apart = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    # fitting takes away more of noise that lingers than of noise that does not
    return Projection(matrix, df, float((matrix * CORRELATION**apart).sum() / df))


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
