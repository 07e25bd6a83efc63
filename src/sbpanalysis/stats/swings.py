"""Between which years did a series clearly fall or rise? And what would be told as a change?"""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sbpanalysis.periods import financial_year, in_words
from sbpanalysis.stats.checks import fraction
from sbpanalysis.stats.intervals import ratio_limits
from sbpanalysis.stats.monthly import monthly, since_break
from sbpanalysis.stats.noise import FEW, extraordinary, scatter
from sbpanalysis.stats.result import as_frame, one_or_many, record

LEAST = 36
# Variance of a year beyond chance over that of its months, at a correlation of 0.45: over many
# pairs of years noise that lingers more than usual would be told as swings (bench/swings.py).
LASTING = (1 + 0.45) / (1 - 0.45)
YEARS = ("from_year", "to_year")
NUMBERS = ("from_value", "to_value", "percent", "percent_lower", "percent_upper")


def swings(counts: pd.Series | pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """The falls and rises between years that differ even after allowing for all pairs of years.

    counts: monthly counts, a Series or one column a series, at least 36 months since the last
    break that forbids comparison; earlier ones are left out. Years are 12 months each, back from
    the last month. confidence: a fraction, of all comparisons of a series together.

    Returns a frame with a row a swing, oldest first (for a wide frame the index says of which
    column): `from_year, to_year` (`2017/18` where years end in March, `2017` where they end in
    December, else `year to September 2018`), `from_value, to_value`, `percent, percent_lower,
    percent_upper`. Each swing runs from a highest to a lowest year or back, and begins where the
    one before ended. Empty where nothing can be told. It says what was: after a rise the next
    year rises in about half of all cases.

    How: two years differ if a score test rejects at (1 - confidence) over the number of pairs
    of years; the noise is that of `change`, its part beyond chance in proportion to the size of
    the two years. Two years that both have fewer than 50 events are never told apart.

    Raises `DataError` for unusable counts.

    Source: Bonferroni over all pairs: Miller 1981, Simultaneous Statistical Inference; false
    and right swings: bench/swings.py.

    >>> index = pd.period_range("2014-04", periods=48, freq="M")
    >>> robbery = pd.Series([60] * 12 + [40] * 24 + [62] * 12, index)
    >>> told = swings(robbery)
    >>> told[["from_year", "to_year", "to_value"]].values.tolist()
    [['2014/15', '2015/16', 480.0], ['2015/16', '2017/18', 744.0]]
    """
    fraction("confidence", confidence)
    frame = since_break(monthly(counts, counts=True), at_least=LEAST)
    values = frame.to_numpy()
    years = values[len(values) % 12 :].reshape(-1, 12, values.shape[1]).sum(1)
    labels = [_year(frame.index[-1 - 12 * back]) for back in reversed(range(len(years)))]
    first, second = np.triu_indices(len(years), 1)
    pairs = _Pairs(scatter(values, extraordinary(frame)), values.mean(0), len(first), confidence)
    differ = np.zeros((len(years), *years.shape), bool)
    differ[first, second] = pairs.differ(years[first], years[second])
    rows, names = [], []
    for column, name in enumerate(frame.columns):
        for start, end in _zigzag(years[:, column], differ[:, :, column]):
            a, b = years[start, column], years[end, column]
            limits = pairs.limits(a, b, column)
            percent = (100 * (ratio - 1) for ratio in (_ratio(a, b), *limits))
            rows.append((labels[start], labels[end], a, b, *percent))
            names.append(name)
    index = pd.Index(names, name=frame.columns.name) if isinstance(counts, pd.DataFrame) else None
    table = pd.DataFrame(rows, index, columns=[*YEARS, *NUMBERS]).astype(
        dict.fromkeys(NUMBERS, float)
    )
    table.attrs = dict(counts.attrs)
    return table


def _ratio(before: float, after: float) -> float:
    return after / before if before else np.inf


def _year(end: pd.Period) -> str:
    if end.month == 3:
        return financial_year(end)
    return str(end.year) if end.month == 12 else f"year to {in_words(end)}"


class _Pairs:
    """Comparisons of two years with the noise of a series, allowing for their number."""

    def __init__(self, noise, mean, number: int, confidence: float):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(mean > 0, (noise.dispersion - 1) / mean, 0)
        self.excess = LASTING * share
        self.quantile = stdtrit(noise.df, 1 - (1 - confidence) / (2 * number))

    def differ(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        inflation = 1 + self.excess * (before + after) / 24
        far = np.abs(after - before) > self.quantile * np.sqrt(inflation * (before + after))
        return far & (np.maximum(before, after) >= FEW)

    def limits(self, before: float, after: float, column: int):
        inflation = 1 + self.excess[column] * (before + after) / 24
        return map(float, ratio_limits(before, after, inflation, self.quantile[column]))


def _zigzag(years: np.ndarray, differ: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of years, each from one turning point to the next."""
    turns: list[int] = []
    high = low = 0  # the extremes since the last turn
    rising = None
    for year in range(1, len(years)):
        fell = differ[high, year] and years[year] < years[high]
        rose = differ[low, year] and years[year] > years[low]
        if fell and rising is not False:
            turns.append(high)
            rising, low = False, year
        elif rose and rising is not True:
            turns.append(low)
            rising, high = True, year
        high = year if years[year] > years[high] else high
        low = year if years[year] < years[low] else low
    if rising is not None:
        turns.append(high if rising else low)
    return list(pairwise(turns))


@record
class Thresholds:
    """Which totals of the next 12 months would be told as a change on the last 12."""

    last: float
    fall_at: float
    rise_at: float
    inflation: float
    df: float
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    frame = property(as_frame)


def thresholds(
    counts: pd.Series | pd.DataFrame, *, confidence: float = 0.95
) -> Thresholds | pd.DataFrame:
    """The totals of the next 12 months that would be told as a fall or a rise on the last 12.

    counts: monthly counts, a Series or one column a series, at least 24 months since the last
    break that forbids comparison; earlier ones are left out. confidence: a fraction.

    Returns a `Thresholds`, for a frame the same fields as columns: `last`, the total of the last
    12 months; `fall_at`, the highest total that would be told as a fall, missing where none
    would; `rise_at`, the lowest that would be told as a rise; `inflation` and `df` of the noise.
    It holds while the noise is what it was: the months to come will speak of it as well. Below
    50 events in both years nothing is told.

    Raises `DataError` for unusable counts.

    Source: the score test of `change`, solved for the later count.

    >>> index = pd.period_range("2016-04", periods=24, freq="M")
    >>> result = thresholds(pd.Series([48, 52] * 12, index))
    >>> result.last, result.fall_at, result.rise_at
    (600.0, 523.0, 682.0)
    """
    fraction("confidence", confidence)
    frame = since_break(monthly(counts, counts=True), at_least=24)
    noise = scatter(frame.to_numpy(), extraordinary(frame))
    last = frame.to_numpy()[-12:].sum(0)
    # (n - last)^2 = w (n + last), solved for n
    w = noise.inflation * stdtrit(noise.df, 0.5 + confidence / 2) ** 2
    root = np.sqrt(w**2 + 8 * w * last)
    fall = np.ceil(last + (w - root) / 2) - 1
    rise = np.floor(last + (w + root) / 2) + 1
    columns = {
        "last": last,
        "fall_at": np.where((fall >= 0) & (last >= FEW), fall, np.nan),
        "rise_at": np.where(last >= FEW, rise, np.maximum(rise, FEW)),
        "inflation": noise.inflation,
        "df": noise.df,
    }
    return one_or_many(columns, frame.columns, Thresholds, counts)
