"""Which way is it going over the years, and did the level shift?"""

from __future__ import annotations

import warnings
from dataclasses import field

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats.checks import fraction
from sbpanalysis.stats.monthly import breaks_within, monthly, unbroken
from sbpanalysis.stats.result import as_frame, one_or_many, record

_YEAR = 12
_SIGNIFICANT = ndtri(0.975)  # Hamed and Rao keep correlations beyond this over root n


@record
class MannKendall:
    """A test for a one-way trend; the fields are the columns of `mann_kendall`."""

    s: float
    var_s: float
    z: float
    p: float
    tau_a: float
    tau_b: float
    var_s_corrected: float
    z_corrected: float
    p_corrected: float
    method: str
    start: pd.Period
    end: pd.Period
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    frame = property(as_frame)


@record
class SenSlope:
    """Median change a year; the fields are the columns of `sen_slope`."""

    slope: float
    lower: float
    upper: float
    intercept: float
    method: str
    confidence: float
    start: pd.Period
    end: pd.Period
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    frame = property(as_frame)


@record(eq=False)
class ChangePoints:
    """Suggested shifts of level, never verdicts."""

    last_index: list[int]
    first_month: list[pd.Period]
    means: list[float]
    penalty: float
    min_segment: int
    name: str | None = None
    attrs: dict = field(default_factory=dict, repr=False)
    segments: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a segment: `start, end, last_index, mean`."""
        return self.segments


def mann_kendall(
    values: pd.Series | pd.DataFrame, seasonal: bool = False, *, lags: int | None = 3
) -> MannKendall | pd.DataFrame:
    """Do the values go one way over the years? Mann and Kendall's rank test.

    values: monthly values, at least 4 months, or 24 with `seasonal`, one column a series.
    seasonal: compare each month with its own calendar month only; use it for monthly counts
    with a season. lags: how many months back correlation is corrected for when not
    `seasonal`; None for all, which on seasonal values takes the season for correlation.

    Returns a `MannKendall`, or a frame with a row a series: `s, var_s, z, p, tau_a, tau_b`
    (two-sided, tie-corrected, with continuity correction; the taus are NaN when `seasonal`)
    and the same test allowing for autocorrelation, `var_s_corrected, z_corrected,
    p_corrected`: Hamed and Rao's, or with `seasonal` Hirsch and Slack's, which lets calendar
    months correlate. Report the corrected one where the two differ.

    Raises `DataError` for unusable values, `BreakError` across a break over which figures are
    not comparable.

    Source: Kendall 1975, Rank Correlation Methods; Hirsch, Slack and Smith 1982, Water
    Resources Research 18; Hirsch and Slack 1984, Water Resources Research 20; Hamed and Rao
    1998, Journal of Hydrology 204.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> result = mann_kendall(pd.Series(range(48), index))
    >>> result.s, result.tau_a, result.p < 0.001
    (1128.0, 1.0, True)
    """
    if lags is not None and not lags >= 0:
        raise DataError(f"lags: found {lags!r}, expected 0 or more, or None for all.")
    least = 2 * _YEAR if seasonal else 4
    frame = unbroken(values, "mann_kendall", at_least=least, counts=False)
    x = frame.to_numpy()
    step = _YEAR if seasonal else 1
    s, var_s, pairs, tied = concordance(x, step)
    with np.errstate(divide="ignore", invalid="ignore"):
        taus = s / pairs, s / np.sqrt((pairs - tied) * pairs)
    corrected = var_s * (hirsch_slack(x) if seasonal else hamed_rao(x, lags))
    plain = "seasonal Mann-Kendall" if seasonal else "Mann-Kendall"
    allowed = "Hirsch-Slack" if seasonal else f"Hamed-Rao, {'all' if lags is None else lags} lags"
    columns = {
        **{"s": s, "var_s": var_s, **_z_and_p(s, var_s)},
        **dict(zip(("tau_a", "tau_b"), (np.nan, np.nan) if seasonal else taus, strict=True)),
        "var_s_corrected": corrected,
        **{f"{k}_corrected": v for k, v in _z_and_p(s, corrected).items()},
        "method": f"{plain}; corrected: {allowed}",
        "start": frame.index[0],
        "end": frame.index[-1],
    }
    return one_or_many(columns, frame.columns, MannKendall, values)


def sen_slope(
    values: pd.Series | pd.DataFrame, seasonal: bool = False, *, confidence: float = 0.95
) -> SenSlope | pd.DataFrame:
    """How much a year? The median of the slopes between all pairs of months.

    values: monthly values as in `mann_kendall`. seasonal: pairs of the same calendar month
    only. confidence: a fraction.

    Returns a `SenSlope`, or a frame with a row a series: `slope, lower, upper` in units of
    `values` a year, `intercept` (level at the first month), `method, confidence, start, end`.
    Limits are the slopes at Gilbert's ranks, between two slopes interpolated; they do not
    allow for autocorrelation.

    Raises as `mann_kendall`.

    Source: Sen 1968, Journal of the American Statistical Association 63; Gilbert 1987,
    Statistical Methods for Environmental Pollution Monitoring, 16.5.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> sen_slope(pd.Series(np.arange(48) / 2, index)).slope
    6.0
    """
    fraction("confidence", confidence)
    least = 2 * _YEAR if seasonal else 4
    frame = unbroken(values, "sen_slope", at_least=least, counts=False)
    step = _YEAR if seasonal else 1
    x = frame.to_numpy()
    slopes = np.sort(_YEAR * pair_slopes(x, step), axis=0)
    _, var_s, _, _ = concordance(x, step)
    reach = ndtri(0.5 + confidence / 2) * np.sqrt(var_s)
    slope = np.median(slopes, axis=0)
    years = np.arange(len(x)) / _YEAR
    columns = {
        "slope": slope,
        "lower": at_rank(slopes, (len(slopes) - reach) / 2),
        "upper": at_rank(slopes, (len(slopes) + reach) / 2 + 1),
        "intercept": np.median(x, axis=0) - slope * np.median(years),
        "method": "seasonal Sen slope" if seasonal else "Sen slope",
        "confidence": confidence,
        "start": frame.index[0],
        "end": frame.index[-1],
    }
    return one_or_many(columns, frame.columns, SenSlope, values)


def change_points(
    values: pd.Series | pd.DataFrame, min_segment: int = 6, penalty: float | None = None
) -> ChangePoints | pd.DataFrame:
    """Where may the level have shifted? Suggestions to look up, never verdicts.

    values: monthly values, best deseasonalised; at least twice `min_segment` months.
    min_segment: fewest months between two shifts. penalty: what a shift must save, in squared
    units of `values`; None for 3 log(n) times the variance of month-to-month differences over
    two, from their median absolute deviation. A season or autocorrelation brings false ones.

    Returns `ChangePoints`: `last_index` (1-based, the last month of each segment but the last
    one), `first_month` of each new level, `means` of the segments, `.frame` with a row a
    segment; for a frame, those rows of all series one under another.

    Raises `DataError` for unusable values or settings. Warns if a recorded break lies inside.

    Source: Killick, Fearnhead and Eckley 2012, Journal of the American Statistical Association
    107 (PELT, least squares), through ruptures.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> shifted = pd.Series([20.0, 22.0] * 15 + [40.0, 42.0] * 9, index)
    >>> change_points(shifted).last_index
    [30]
    """
    if min_segment < 1 or (penalty is not None and not penalty >= 0):
        raise DataError(
            f"change_points: found min_segment={min_segment!r}, penalty={penalty!r}, expected 1 "
            "or more and 0 or more."
        )
    frame = monthly(values, at_least=2 * min_segment)
    for b in breaks_within(frame):
        warnings.warn(
            f"change_points: {b.note} ({b.date}): a shift there may be the record's.",
            SbpWarning,
            stacklevel=2,
        )
    tables = {name: _segments(frame[name], min_segment, penalty) for name in frame}
    if isinstance(values, pd.DataFrame):
        table = pd.concat(tables, names=["series", "segment"])
        table.attrs = dict(values.attrs)
        return table
    table = tables[frame.columns[0]]
    return ChangePoints(
        table["last_index"].tolist()[:-1],
        table["start"].tolist()[1:],
        table["mean"].tolist(),
        float(table["penalty"].iloc[0]),
        min_segment,
        values.name,
        dict(values.attrs),
        table,
    )


def _z_and_p(s: np.ndarray, var_s: np.ndarray) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(var_s > 0, np.sign(s) * (np.abs(s) - 1) / np.sqrt(var_s), 0.0)
    z = np.where(s == 0, 0.0, z)
    return {"z": z, "p": np.minimum(1, 2 * ndtr(-np.abs(z)))}


def _segments(series: pd.Series, min_segment: int, penalty: float | None) -> pd.DataFrame:
    import ruptures

    x = series.to_numpy()
    penalty = _penalty(x) if penalty is None else penalty
    search = ruptures.Pelt(model="l2", min_size=min_segment, jump=1).fit(x)
    ends = search.predict(pen=penalty)
    starts = [0, *ends[:-1]]
    return pd.DataFrame(
        {
            "start": series.index[starts],
            "end": series.index[[end - 1 for end in ends]],
            "last_index": ends,
            "mean": [x[a:b].mean() for a, b in zip(starts, ends, strict=True)],
            "penalty": penalty,
        }
    )


def _penalty(x: np.ndarray) -> float:
    difference = np.diff(x)
    spread = np.median(np.abs(difference - np.median(difference))) * 1.4826
    variance = (spread**2 or difference.var()) / 2
    return float(3 * np.log(len(x)) * variance)


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
