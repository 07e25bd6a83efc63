"""Is this month higher than the same season of past years allows? Improved Farrington."""

from __future__ import annotations

from dataclasses import field

import numpy as np
import pandas as pd

from sbpanalysis.stats.checks import fraction, whole
from sbpanalysis.stats.monthly import unbroken
from sbpanalysis.stats.result import columns_of, of_months, record

COLUMNS = ("observed", "expected", "upper", "alarm", "p")

_FAR = 40.0  # a log mean beyond this is a fit on its way to zero or infinity


@record(eq=False)
class EarlyWarning:
    """One row a month that has a baseline; each field a Series, or a frame for many series."""

    observed: pd.Series | pd.DataFrame
    expected: pd.Series | pd.DataFrame
    upper: pd.Series | pd.DataFrame
    alarm: pd.Series | pd.DataFrame
    p: pd.Series | pd.DataFrame
    years: int
    alpha: float
    attrs: dict = field(default_factory=dict)

    frame = columns_of(*COLUMNS)


def early_warning(
    counts: pd.Series | pd.DataFrame, years: int = 5, alpha: float = 0.01, trend: bool = True
) -> EarlyWarning:
    """Months whose count exceeds what the same months of past years predict.

    `counts`: monthly counts, Series or frame. `years`: how many past years make the baseline
    (the same calendar month and its neighbours). `alpha`: chance of exceeding the limit in a
    month when nothing happens, one-sided. `trend`: allow for a log-linear trend over the
    baseline; it is dropped below three years, and where it would predict more than was ever seen.

    Returns an `EarlyWarning` for every month with `years` of baseline: observed, expected, upper
    (negative-binomial quantile at 1 - alpha), alarm (above it, and at least 5 cases in 4 months),
    p (chance of as many or more). Raises `DataError`, or `BreakError` across a break.
    Source: Noufaily et al. (2013), Statistics in Medicine 32, 1206-1222.

    >>> months = pd.period_range("2012-01", periods=75, freq="M")
    >>> counts = pd.Series([20, 24, 18, 22, 21] * 15, index=months)
    >>> counts.iloc[-1] = 60
    >>> early_warning(counts).frame.query("alarm").index.astype(str).to_list()
    ['2018-03']
    """
    years = whole("years", years)
    fraction("alpha", alpha, 0.01, below=0.5)
    frame = unbroken(counts, "early_warning", at_least=12 * years + 2)
    y = frame.to_numpy()
    lags, baseline = _baselines(y, years)
    expected, dispersion = _predict(baseline, lags, trend and years >= 3)
    observed = y[12 * years + 1 :]
    upper, p = _negative_binomial(expected, dispersion, observed, alpha)
    columns = {
        "observed": observed,
        "expected": expected,
        "upper": upper,
        # five cases in four months, Noufaily's guard against alarms on a handful
        "alarm": (observed > upper) & (_last_four(y)[12 * years + 1 :] >= 5),
        "p": p,
    }
    index = frame.index[12 * years + 1 :]
    return of_months(EarlyWarning, counts, columns, index, years=years, alpha=alpha)


def _baselines(y: np.ndarray, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Lags in months, and the baseline counts: (months evaluated, series, lags).

    The window of one month either side of last year's month ends 11 months back, so the
    current and the previous month are never in it.
    """
    lags = np.sort([-12 * year + side for year in range(1, years + 1) for side in (-1, 0, 1)])
    now = np.arange(12 * years + 1, len(y))
    return lags, np.moveaxis(y[now[:, None] + lags], 1, 2)


def _last_four(y: np.ndarray) -> np.ndarray:
    total = np.cumsum(np.vstack([np.zeros((4, y.shape[1])), y]), axis=0)
    return total[4:] - total[:-4]


def _predict(y, lags, trend) -> tuple[np.ndarray, np.ndarray]:
    """Expected count now and dispersion; the trend only where it does not overshoot."""
    flat = _farrington(y, np.zeros(len(lags)))
    if not trend:
        return flat
    sloped = _farrington(y, lags.astype(float))
    kept = sloped[0] <= y.max(-1)
    return np.where(kept, sloped[0], flat[0]), np.where(kept, sloped[1], flat[1])


def _farrington(y: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit, weigh down past outbreaks (Anscombe residuals above 2.58), fit again, predict at 0."""
    ones = np.ones_like(y)
    _, mu, hat = _loglinear(y, t, ones)
    freedom = len(t) - (2 if t.any() else 1)
    phi = _dispersion(y, mu, ones, freedom)
    residual = 1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - np.sqrt(mu))
    residual /= np.sqrt(phi * np.maximum(1 - hat, 1e-9))
    weight = np.where(residual > 2.58, np.maximum(residual, 2.58) ** -2.0, 1.0)
    weight *= len(t) / weight.sum(-1, keepdims=True)
    level, mu, _ = _loglinear(y, t, weight)
    phi = _dispersion(y, mu, weight, freedom)
    return np.exp(np.clip(level, -_FAR, _FAR))[..., 0], phi[..., 0]


def _dispersion(y, mu, weight, freedom):
    """Pearson's, never below the Poisson's 1."""
    pearson = (weight * (y - mu) ** 2 / mu).sum(-1, keepdims=True)
    return np.maximum(1, pearson / freedom)


def _loglinear(y, t, weight):
    """Poisson log-linear fits by reweighted least squares, all series and months at once.

    Every month has the same lags, so only the counts differ and 2 x 2 sums are enough.
    Returns the log mean at t = 0 (last axis of length 1), fitted counts and hat values.
    """
    eta = np.log(y + 0.1)
    deviance = np.full((*y.shape[:-1], 1), np.inf)
    level, slope, settled = np.zeros_like(deviance), np.zeros_like(deviance), False
    for _ in range(25):
        mu = np.exp(eta)
        w, z = weight * mu, eta + (y - mu) / mu
        s0 = w.sum(-1, keepdims=True)
        centre = (w * t).sum(-1, keepdims=True) / s0
        spread = (w * (t - centre) ** 2).sum(-1, keepdims=True)
        flat = spread <= 1e-9 * s0
        cross = (w * (t - centre) * z).sum(-1, keepdims=True)
        new_slope = np.where(flat, 0, cross / np.where(flat, 1, spread))
        new_level = (w * z).sum(-1, keepdims=True) / s0 - new_slope * centre
        level, slope = np.where(settled, level, new_level), np.where(settled, slope, new_slope)
        eta = np.clip(level + slope * t, -_FAR, _FAR)
        now = _deviance(y, np.exp(eta), weight)
        settled = np.abs(now - deviance) <= 1e-8 * (np.abs(now) + 0.1)
        deviance = now
        if settled.all():
            break
    hat = w * (1 / s0 + np.where(flat, 0, (t - centre) ** 2 / np.where(flat, 1, spread)))
    return level, np.exp(eta), hat


def _deviance(y, mu, weight):
    from scipy.special import xlogy

    return 2 * (weight * (xlogy(y, y / mu) - (y - mu))).sum(-1, keepdims=True)


def _negative_binomial(mean, dispersion, observed, alpha):
    """Upper limit and P(X >= observed); Poisson where the dispersion is 1."""
    from scipy.stats import nbinom, poisson

    over = np.maximum(dispersion - 1, 1e-12)
    size, chance = mean / over, 1 / (1 + over)
    plain, below = dispersion - 1 < 1e-9, np.ceil(observed) - 1
    upper = np.where(plain, poisson.ppf(1 - alpha, mean), nbinom.ppf(1 - alpha, size, chance))
    p = np.where(plain, poisson.sf(below, mean), nbinom.sf(below, size, chance))
    return upper, p
