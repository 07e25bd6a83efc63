"""Is there a season that can be told, and which quarters are busy and quiet?"""

from __future__ import annotations

from dataclasses import field

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from sbpanalysis.periods import days_in_month
from sbpanalysis.stats.monthly import monthly, since_break, warn_of_few
from sbpanalysis.stats.noise import CORRELATION, basis, extraordinary, level, scatter, stabilised
from sbpanalysis.stats.result import as_frame, one_or_many, record

CLEAR = 0.0025  # a season is told when its pattern is this unlikely without one
HARMONICS = (1, 2)
DAYS = 365.25 / 12


@record
class Season:
    """The busiest and quietest three months of a year, per day, where a season is clear.

    Months are numbers, 1 to 12; percentages are above (or below) the average day. Where no
    season is clear there are no months and no percentages.
    """

    clear: bool
    p: float
    busiest: tuple[int, ...]
    quietest: tuple[int, ...]
    busiest_percent: float
    quietest_percent: float
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    frame = property(as_frame)


def season(counts: pd.Series | pd.DataFrame) -> Season | pd.DataFrame:
    """Whether a series has a season beyond what its own noise brings, and its quarters.

    counts: monthly counts, a Series or one column a series, at least 24 months (under 48 a
    warning) since the last break that forbids comparison; earlier ones are left out.

    Returns a `Season`, for a frame the same fields as columns: `clear` (p below 0.0025), `p`,
    `busiest, quietest` (three neighbouring months each, as numbers) and `busiest_percent,
    quietest_percent`, per day and relative to the average day; empty and missing if not clear.

    How: a yearly and a half-yearly wave are fitted to 2 sqrt(x + 3/8) of the counts at equal
    length of month, around the drift that `change` allows for. Their F statistic (4 degrees
    above) is held against the noise at their own frequencies: months that resemble their
    neighbours make slow waves of their own. The quarters are those of the fitted waves.

    Raises `DataError` for unusable counts.

    Source: spectral density of a first-order autoregression: Brockwell and Davis 1991, Time
    Series: Theory and Methods, 4.4; how often it is false: bench/season.py.

    >>> index = pd.period_range("2014-04", periods=60, freq="M")
    >>> wave = 1 + 0.3 * np.cos(2 * np.pi * (index.month - 1) / 12)
    >>> result = season(pd.Series((200 * wave).round(), index))
    >>> result.clear, result.busiest, result.quietest
    (True, (12, 1, 2), (6, 7, 8))
    """
    frame = since_break(monthly(counts, counts=True), at_least=24)
    warn_of_few(frame, "season", 48)
    left_out = extraordinary(frame)
    noise = scatter(frame.to_numpy(), left_out)
    per_day = stabilised(frame.to_numpy() * DAYS / days_in_month(frame.index)[:, None])
    f, wave = _waves(per_day, frame.index.month.to_numpy(), left_out, noise)
    p = fdtrc(2 * len(HARMONICS), noise.df, f)
    return one_or_many({"p": p, "clear": p < CLEAR, **_quarters(per_day, wave, p < CLEAR)},
                       frame.columns, Season, counts)  # fmt: skip


def _waves(scaled: np.ndarray, month: np.ndarray, left_out: tuple[int, ...], noise):
    """F of the waves against the noise at their frequencies; their height in months 1 to 12."""
    drift = basis(level(len(scaled), left_out))
    waves, every = _columns(month), _columns(np.arange(1, 13))
    waves = waves - drift @ (drift.T @ waves)
    height, *_ = np.linalg.lstsq(waves, scaled, rcond=None)
    unscaled = np.linalg.inv(waves.T @ waves)
    f = np.zeros(scaled.shape[1])
    for place, harmonic in enumerate(HARMONICS):
        pair = slice(2 * place, 2 * place + 2)
        squares = height[pair] * np.linalg.solve(unscaled[pair, pair], height[pair])
        f += squares.sum(0) / (2 * len(HARMONICS)) / _density(noise, harmonic)
    return f, every @ height


def _columns(month: np.ndarray) -> np.ndarray:
    angles = [2 * np.pi * harmonic * month / 12 for harmonic in HARMONICS]
    return np.column_stack([wave(angle) for angle in angles for wave in (np.cos, np.sin)])


def _density(noise, harmonic: int) -> np.ndarray:
    """Variance of a wave so many times a year, over that of Poisson noise."""
    c, turn = CORRELATION, np.cos(2 * np.pi * harmonic / 12)
    return 1 + (noise.dispersion - 1) * (1 - c**2) / (1 - 2 * c * turn + c**2)


def _quarters(scaled: np.ndarray, wave: np.ndarray, clear: np.ndarray) -> dict:
    """The three neighbouring months with most and with least, relative to the average day."""
    rate = np.maximum(scaled.mean(0) + wave, 0) ** 2
    relative = rate / rate.mean(0)
    three = sum(np.roll(relative, -ahead, axis=0) for ahead in range(3)) / 3
    columns: dict[str, np.ndarray] = {}
    for name, first in (("busiest", three.argmax(0)), ("quietest", three.argmin(0))):
        months = [tuple(int(f + i) % 12 + 1 for i in range(3)) for f in first]
        told = np.empty(len(first), dtype=object)
        told[:] = [m if sure else () for m, sure in zip(months, clear, strict=True)]
        percent = 100 * (np.take_along_axis(three, first[None], 0)[0] - 1)
        columns |= {name: told, f"{name}_percent": np.where(clear, percent, np.nan)}
    return columns
