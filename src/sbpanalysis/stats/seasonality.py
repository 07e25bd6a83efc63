"""Which part of a series is season, which is trend, and what is left?"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sbpanalysis.errors import DataError
from sbpanalysis.periods import days_in_month
from sbpanalysis.stats.checks import fraction
from sbpanalysis.stats.intervals import wilson_between
from sbpanalysis.stats.monthly import shaped_like, unbroken
from sbpanalysis.stats.result import columns_of, record

_FIT = ("inner_iter", "outer_iter")


@record(eq=False)
class Decomposition:
    """Trend, seasonal and remainder that add up to the series (or its logarithm)."""

    trend: pd.Series | pd.DataFrame
    seasonal: pd.Series | pd.DataFrame
    remainder: pd.Series | pd.DataFrame
    seasonal_strength: float | pd.Series
    trend_strength: float | pd.Series
    log: bool
    robust: bool
    name: str | None = None
    attrs: dict = field(default_factory=dict, repr=False)
    observed: pd.Series | pd.DataFrame | None = field(default=None, repr=False)

    @property
    def with_trend(self) -> pd.DataFrame:
        """One series as it was given, `Recorded`, and its `Trend`, as a chart shows them."""
        trend = np.exp(self.trend) if self.log else self.trend
        both = pd.DataFrame({"Recorded": self.observed, "Trend": trend})
        both.attrs = dict(self.attrs)
        return both

    frame = columns_of("trend", "seasonal", "remainder")

    @property
    def resid(self) -> pd.Series | pd.DataFrame:
        """The remainder, by the name that statsmodels gives it."""
        return self.remainder


@record(eq=False)
class SeasonalIndex:
    """Level of each calendar month (1 to 12) relative to the average day of the year."""

    value: pd.Series | pd.DataFrame
    lower: pd.Series | pd.DataFrame
    upper: pd.Series | pd.DataFrame
    dispersion: float | pd.Series
    confidence: float
    name: str | None = None
    attrs: dict = field(default_factory=dict, repr=False)

    frame = columns_of("value", "lower", "upper")


def decompose(
    counts: pd.Series | pd.DataFrame,
    robust: bool = True,
    seasonal: int | None = None,
    log: bool = False,
    **stl: int | None,
) -> Decomposition:
    """Seasonal-trend decomposition by loess (STL) of one series or of many.

    counts: monthly values, at least 24 months (under 48 a warning), one column a series.
    robust: whether outlying months lose their weight. seasonal: odd window of the seasonal
    smoother in years; None for a season that does not change. log: work on log(n + 0.5), so
    that the season is a factor. Further keywords are those of statsmodels' `STL` and its `fit`
    (`trend`, `low_pass`, `seasonal_deg`, `inner_iter`, ...), with its defaults.

    Returns a `Decomposition`: `trend, seasonal, remainder` (Series, or frames for a frame),
    `seasonal_strength, trend_strength` = 1 - var(R)/var(S + R), cut at 0 (numbers, or a Series).
    Without `robust` STL is linear in the values, so a wide frame costs one matrix product.

    Raises `DataError` for unusable values or settings, `BreakError` across a break over which
    figures are not comparable.

    Source: Cleveland, Cleveland, McRae and Terpenning 1990, Journal of Official Statistics 6;
    strength: Wang, Smith and Hyndman 2006, Data Mining and Knowledge Discovery 13.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> burglary = pd.Series(200 + 40 * np.cos(2 * np.pi * index.month / 12), index)
    >>> parts = decompose(burglary)
    >>> round(parts.seasonal_strength, 3), parts.seasonal.idxmax().month
    (1.0, 12)
    """
    frame = unbroken(counts, "decompose", at_least=24, counts=log, wanted=48)
    values = np.log(frame.to_numpy() + 0.5) if log else frame.to_numpy()
    settings = tuple(sorted({**_window(seasonal, len(frame)), **stl}.items()))
    trend, season = _fit(values, bool(robust), seasonal is None, settings)
    remainder = values - season
    with_trend = _variance(remainder)
    with_season = _variance(np.subtract(values, trend, out=remainder))
    alone = _variance(np.subtract(remainder, season, out=remainder))
    strength = [_strength(whole, alone, values) for whole in (with_season, with_trend)]
    return Decomposition(
        trend=shaped_like(counts, trend, frame.index),
        seasonal=shaped_like(counts, season, frame.index),
        remainder=shaped_like(counts, remainder, frame.index),
        seasonal_strength=_number_each(counts, strength[0]),
        trend_strength=_number_each(counts, strength[1]),
        log=log,
        robust=robust,
        name=getattr(counts, "name", None),
        attrs=dict(counts.attrs),
        observed=counts,
    )


def _number_each(counts: pd.Series | pd.DataFrame, values: np.ndarray) -> float | pd.Series:
    """A number for a Series; for a frame one a column."""
    if isinstance(counts, pd.Series):
        return float(values[0])
    return pd.Series(values, counts.columns)


def seasonal_index(counts: pd.Series | pd.DataFrame, *, confidence: float = 0.95) -> SeasonalIndex:
    """How much busier or quieter a day of each calendar month is; 1.0 is the average day.

    counts: monthly counts, at least 24 months (under 48 a warning), one column a series.
    Only whole years count, back from the last month. confidence: a fraction.

    Returns a `SeasonalIndex`: `value, lower, upper` by calendar month 1 to 12 (Series, or
    frames with one column a series). The value is the month's count over the count that its
    days would have had at each year's own daily average, so neither a trend nor a short
    February is taken for season. The interval is Wilson's, widened by the dispersion around
    year and month, with t quantiles.

    Raises `DataError` for unusable counts, `BreakError` as `decompose`.

    Source: Makridakis, Wheelwright and Hyndman 1998, Forecasting: Methods and Applications,
    chapter 3; limits: Wilson 1927; dispersion: McCullagh and Nelder 1989.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> daily = np.where(index.month == 12, 12, 10)
    >>> result = seasonal_index(pd.Series(daily * index.days_in_month, index))
    >>> result.value.round(2).loc[[2, 12]].tolist()
    [0.98, 1.18]
    """
    fraction("confidence", confidence)
    frame = unbroken(counts, "seasonal_index", at_least=24, wanted=48)
    frame = frame.iloc[len(frame) % 12 :]
    days = days_in_month(frame.index).reshape(-1, 12, 1).astype(float)
    values = frame.to_numpy().reshape(len(days), 12, -1)
    dispersion, df = _dispersion(frame.to_numpy())
    expected = (values.sum(1, keepdims=True) * days / days.sum(1, keepdims=True)).sum(0)
    observed, total = values.sum(0), values.sum((0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share, value = expected / total, observed / expected
        lower, upper = wilson_between(
            observed, total, dispersion, stdtrit(df, 0.5 + confidence / 2)
        )
        limits = np.nan_to_num(lower / share), np.where(total > 0, upper / share, np.inf)
    months = pd.Index(frame.index.month[:12], name="month")
    value, lower, upper = (shaped_like(counts, t, months).sort_index() for t in (value, *limits))
    return SeasonalIndex(
        value=value,
        lower=lower,
        upper=upper,
        dispersion=_number_each(counts, dispersion),
        confidence=confidence,
        name=getattr(counts, "name", None),
        attrs=dict(counts.attrs),
    )


def _dispersion(values: np.ndarray):
    """The dispersion around each year's level and the common season, and its degrees of freedom.

    Only whole years count, back from the last month. The dispersion is never below 1.
    """
    years = len(values) // 12
    counts = values[-12 * years :].reshape(years, 12, -1)
    by_year, by_month = counts.sum(1, keepdims=True), counts.sum(0, keepdims=True)
    used_years, used_months = (by_year > 0).sum((0, 1)), (by_month > 0).sum((0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = by_year * by_month / counts.sum((0, 1))
        # with one year or month in use the margins explain all: then the year's mean alone
        alone = (used_years < 2) | (used_months < 2)
        expected = np.where(alone, by_year / 12, expected)
        residual = np.where(expected > 0, (counts - expected) / np.sqrt(expected), 0.0)
    df = np.where(alone, 11 * np.maximum(used_years, 1), (used_years - 1) * (used_months - 1))
    dispersion = np.maximum(1, (residual**2).sum((0, 1)) / df)
    return dispersion, df


def _window(seasonal: int | None, months: int) -> dict[str, int]:
    if seasonal is not None:
        return {"seasonal": seasonal}
    # a window of ten times the series weighs all years alike: R's s.window = "periodic"
    return {"seasonal": 10 * months + 1, "seasonal_deg": 0}


def _fit(values: np.ndarray, robust: bool, periodic: bool, settings: tuple):
    """Trend and seasonal of each column."""
    months, series = values.shape
    if robust or series < months:
        trend, season = _each(values, robust, settings)
        return trend, _by_calendar_month(season) if periodic else season
    # transposed, since a frame keeps each of its series together in memory
    return np.split((values.T @ _operator(months, periodic, settings).T).T, 2)


@lru_cache(maxsize=8)
def _operator(months: int, periodic: bool, settings: tuple):
    """STL as a matrix, trend above season: what it makes of a 1 in each month in turn."""
    mirrored = all(v == 1 for k, v in settings if k.endswith("_jump"))
    # loess looks the same forwards and backwards unless it jumps: half the months then do
    size = (months + 1) // 2 if mirrored else months
    parts = _each(np.eye(months)[:, :size], False, settings)
    trend, season = (np.hstack([p, p[::-1, : months - size][:, ::-1]]) for p in parts)
    return np.vstack([trend, _by_calendar_month(season) if periodic else season])


def _each(values: np.ndarray, robust: bool, settings: tuple):
    from statsmodels.tsa.stl._stl import STL

    fit = {k: v for k, v in settings if k in _FIT}
    options = {k: v for k, v in settings if k not in _FIT}
    trend, season = np.empty_like(values), np.empty_like(values)
    try:
        for i, column in enumerate(values.T):
            part = STL(column, period=12, robust=robust, **options).fit(**fit)
            trend[:, i], season[:, i] = part.trend, part.seasonal
    except ValueError as error:
        raise DataError(f"decompose: {error}; see statsmodels' STL for the settings.") from None
    return trend, season


def _by_calendar_month(season: np.ndarray) -> np.ndarray:
    means = np.stack([season[m::12].mean(0) for m in range(12)])
    return means[np.arange(len(season)) % 12]


def _variance(values: np.ndarray) -> np.ndarray:
    # in blocks, since memory touched for the first time costs more than the arithmetic
    blocks = np.array_split(values, 1 + values.shape[1] // 500, axis=1)
    return np.concatenate([block.var(0) for block in blocks])


def _strength(whole: np.ndarray, remainder: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of the variance `whole` of a part and the remainder that is the part's."""
    # a constant series has no season and no trend, only rounding
    nothing = whole <= 1e-24 * np.square(values[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(nothing, 0.0, np.maximum(0, 1 - remainder / whole))
