"""Simulated monthly series with a level that wanders, a season and noise that lingers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from verdicts import autoregressive


def levels(rng, mean, months, series, drift=0.0, season=0.15) -> np.ndarray:
    """Months x series: a random walk of `drift` a month on the log scale, and a yearly wave."""
    walk = np.exp(np.cumsum(rng.normal(0, drift, (months, series)), axis=0))
    wave = 1 + season * np.cos(2 * np.pi * (np.arange(months) - 6) / 12)
    return mean * walk / walk.mean(0) * wave[:, None]


def counted(rng, level, spread=0.075, correlation=0.3) -> pd.DataFrame:
    """Counts around these levels: Poisson, and a first-order autoregression on the log scale."""
    noise = autoregressive(rng, level.shape, spread, correlation) - spread**2 / 2
    index = pd.period_range("2008-04", periods=len(level), freq="M")
    return pd.DataFrame(rng.poisson(level * np.exp(noise)), index)
