"""How much does a monthly series vary beyond its own level and season?"""

from __future__ import annotations

import numpy as np

# What is believed of the correlation between neighbouring months before the series is seen,
# and how many months that belief is worth. Set in bench/verdicts.py: at a true correlation of
# 0.3 a lower belief lets more than 4 in 100 stable series be called changed.
CORRELATION, CORRELATION_MONTHS, CORRELATION_MOST = 0.45, 30, 0.8


def dispersion_of(values: np.ndarray):
    """Pearson residuals around each year's level and the common season, dispersion, degrees.

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
    return residual.reshape(-1, counts.shape[2]), dispersion, df


def noise(values: np.ndarray):
    """Dispersion, correlation of neighbouring months, inflation of totals, degrees of freedom.

    values: months x series, at least 24 months. Four arrays, one value a series; `inflation` is
    the variance of a year's total relative to Poisson.
    """
    residual, dispersion, df = dispersion_of(values)
    years = len(residual) // 12
    products = (residual[1:] * residual[:-1]).mean(0) * years / (years - 1)
    excess, inflation = _inflation(dispersion, CORRELATION)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(excess > 0, (products + inflation / 12) / excess, CORRELATION)
    # what the series says of its excess is blurred by the Poisson noise around it
    weight = len(residual) * (excess / (1 + excess)) ** 2
    correlation = (CORRELATION_MONTHS * CORRELATION + weight * found) / (
        CORRELATION_MONTHS + weight
    )
    correlation = np.clip(correlation, 0, CORRELATION_MOST)
    excess, inflation = _inflation(dispersion, correlation)
    lever = (1 + correlation) / (1 - correlation)
    df = df * np.minimum(1, inflation / (lever * dispersion))
    return dispersion, correlation, inflation, np.maximum(df, 2.0)


def _inflation(dispersion, correlation):
    """Variance beyond Poisson of one month, and variance of a year's total relative to Poisson.

    Residuals around a year's own mean have lost that mean's variance, a twelfth of what a
    total has: solved for the variance before that loss.
    """
    lever = (1 + correlation) / (1 - correlation)
    excess = (dispersion - 1) * (1 - 1 / 12) / (1 - lever / 12)
    return excess, 1 + lever * excess
