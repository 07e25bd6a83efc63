"""Has it changed on last year, or is that chance? The verdict that decides the words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats.intervals import wilson_between
from sbpanalysis.stats.monthly import breaks_within, monthly, refuse_break, since_break
from sbpanalysis.stats.noise import noise
from sbpanalysis.stats.result import as_frame, check_confidence, one_or_many

UP, DOWN, UNCLEAR = "up", "down", "no clear change"
FEW = 10  # fewer events than this in both windows together: no comparison is made

METHOD = (
    "score interval for a ratio of counts, quasi-Poisson; dispersion around each year's own "
    "level and the common season, with an allowance for autocorrelation"
)
ADJUSTED = "; Benjamini-Hochberg over {} indicators"


@dataclass(frozen=True)
class Change:
    """The last months against the months before them; the fields are the columns of `change`."""

    before: float
    after: float
    ratio: float
    lower: float
    upper: float
    percent: float
    percent_lower: float
    percent_upper: float
    dispersion: float
    verdict: str
    method: str
    p: float
    confidence: float
    correlation: float
    inflation: float
    df: float
    before_start: pd.Period
    before_end: pd.Period
    after_start: pd.Period
    after_end: pd.Period
    p_adjusted: float | None = None
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    frame = property(as_frame)


def rolling_total(counts: pd.Series | pd.DataFrame, months: int = 12) -> pd.Series | pd.DataFrame:
    """The total of each month and the `months` - 1 before it: for the eye, not for tests.

    counts: monthly counts, a Series or one column a series. months: length of the window.

    Returns the same shape and index. The first `months` - 1 values are missing, and so is any
    window that spans a break across which figures are not comparable.

    Raises `DataError` for input that is not monthly, has gaps, or is shorter than `months`.

    Source: neighbouring totals share all but one month, so a chart of them is strongly
    autocorrelated and no control-chart rule applies (Montgomery, Introduction to Statistical
    Quality Control, on autocorrelated data).

    >>> counts = pd.Series(range(1, 15), pd.period_range("2017-01", periods=14, freq="M"))
    >>> rolling_total(counts).dropna().tolist()
    [78.0, 90.0, 102.0]
    """
    _check_months(months)
    frame = monthly(counts, at_least=months)
    total = frame.rolling(months).sum()
    for b in breaks_within(frame):
        if not b.comparable:
            total[(total.index >= b.date) & (total.index < b.date + months - 1)] = np.nan
    total.attrs = dict(counts.attrs)
    return total.iloc[:, 0].rename(counts.name) if isinstance(counts, pd.Series) else total


def change(
    counts: pd.Series | pd.DataFrame, months: int = 12, *, confidence: float = 0.95
) -> Change | pd.DataFrame:
    """The last `months` against the `months` before: ratio, interval and verdict.

    counts: monthly counts, a Series or one column a series, at least 24 months and twice
    `months`. The longer the history, the surer the verdict. months: 12, or a multiple, so that
    the season is the same on both sides; another length warns. confidence: a fraction.

    Returns a `Change` for a Series; for a frame the same fields as columns, one row a series:
    `before, after, ratio, lower, upper, percent, percent_lower, percent_upper, dispersion,
    verdict` (`up`, `down`, `no clear change`), `method, p, confidence, correlation, inflation,
    df, before_start, before_end, after_start, after_end`.

    How: (1) every whole year back from the last month gets its own level and all years share
    one season; what is left over, squared and divided by the expected count (Pearson), is the
    `dispersion`, never below 1. Own levels keep a true change out of the noise. (2) Poisson
    noise is independent from month to month, but what exceeds it lingers: that part is
    multiplied by (1 + c)/(1 - c), with c the `correlation` of neighbouring months, estimated
    from the leftovers and drawn towards 0.45, a belief worth 30 months. A year of leftovers
    sums to nothing, which hides part of both; that is put back. The result is `inflation`,
    the variance of a total relative to Poisson. (3) The interval holds the ratios that a score
    test does not reject, with t quantiles on `df` degrees: 11 for each year after the first,
    fewer when `inflation` rests on a small excess that is itself uncertain.

    Raises `DataError` for unusable input, `BreakError` if the two windows span a break across
    which figures are not comparable. History before such a break is left out.

    Source: McCullagh and Nelder 1989, Generalized Linear Models, 4.5 and 6.2 (dispersion);
    Graham, Mengersen and Morton 2003, Statistics in Medicine 22 (score interval); rates of
    false and right verdicts: bench/verdicts.py.

    >>> index = pd.period_range("2016-04", periods=24, freq="M")
    >>> robbery = pd.Series([40, 44] * 6 + [60, 66] * 6, index, name="robbery")
    >>> result = change(robbery)
    >>> result.verdict, round(result.percent), round(result.percent_lower)
    ('up', 50, 28)
    """
    _check_months(months)
    check_confidence(confidence)
    frame = monthly(counts, at_least=max(24, 2 * months), counts=True)
    window = frame.index[-2 * months :]
    refuse_break(frame, window, f"change over {months} months")
    if months % 12:
        warnings.warn(
            f"change: {months} months against the {months} before differ by season as well; "
            "use 12 for a verdict.",
            SbpWarning,
            stacklevel=2,
        )
    columns = {
        **_columns(since_break(frame, at_least=24).to_numpy(), months, confidence),
        "before_start": window[0],
        "before_end": window[months - 1],
        "after_start": window[months],
        "after_end": window[-1],
    }
    return one_or_many(columns, frame.columns, Change, counts)


def adjust_verdicts(
    results: Sequence[Change] | pd.DataFrame, confidence: float = 0.95
) -> list[Change] | pd.DataFrame:
    """The verdicts of one page, allowing for the number of indicators looked at.

    results: a list of `Change`, or the frame of a wide `change`. confidence: a fraction; one
    less it is the share of verdicts on the page that may be false (false discovery rate).

    Returns the same kind with `p_adjusted`, a `method` that says so, and intervals of the
    `confidence` at which interval and verdict agree: one is `up` or `down` if and only if its
    interval excludes no change, and on average no more than the same share of the intervals of
    those misses the truth (false coverage rate).

    Source: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57; Benjamini
    and Yekutieli 2005, Journal of the American Statistical Association 100 (intervals).

    >>> index = pd.period_range("2016-04", periods=24, freq="M")
    >>> pages = [change(pd.Series([50] * 12 + [n] * 12, index)) for n in (50, 65, 100)]
    >>> [(r.verdict, round(r.confidence, 3)) for r in adjust_verdicts(pages)]
    [('no clear change', 0.967), ('up', 0.967), ('up', 0.967)]
    """
    check_confidence(confidence)
    if isinstance(results, pd.DataFrame):
        return results.assign(**_adjusted(results, confidence))
    if not results:
        return []
    needed = ("before", "after", "inflation", "df", "p", "method")
    table = _adjusted(pd.DataFrame([{n: getattr(r, n) for n in needed} for r in results]),
                      confidence)  # fmt: skip
    rows = pd.DataFrame(table).to_dict("records")
    return [replace(r, **row) for r, row in zip(results, rows, strict=True)]


def _adjusted(table: pd.DataFrame, confidence: float) -> dict:
    """What `adjust_verdicts` changes, by column."""
    adjusted = false_discovery(table["p"].to_numpy(float))
    discovered = max(1, int((adjusted < 1 - confidence).sum()))
    confidence = 1 - (1 - confidence) * discovered / len(table)
    numbers = (table[name].to_numpy(float) for name in ("before", "after", "inflation", "df"))
    return {
        **limits(*numbers, confidence),
        "p_adjusted": adjusted,
        "confidence": confidence,
        "method": table["method"].to_numpy() + ADJUSTED.format(len(table)),
    }


def _check_months(months: int) -> None:
    if isinstance(months, bool) or not isinstance(months, int | np.integer) or months < 1:
        raise DataError(f"months: found {months!r}, expected a whole number of 1 or more.")


def _columns(values: np.ndarray, months: int, confidence: float) -> dict:
    before, after = values[-2 * months : -months].sum(0), values[-months:].sum(0)
    dispersion, correlation, inflation, df = noise(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = after / before
        t = np.abs(after - before) / np.sqrt(inflation * (after + before))
    return {
        "before": before,
        "after": after,
        "ratio": ratio,
        "percent": 100 * (ratio - 1),
        **limits(before, after, inflation, df, confidence),
        "dispersion": dispersion,
        "method": METHOD,
        "p": 2 * stdtr(df, -np.nan_to_num(t)),
        "confidence": confidence,
        "correlation": correlation,
        "inflation": inflation,
        "df": df,
    }


def limits(before, after, inflation, df, confidence: float) -> dict:
    """The limits, as ratio and in percent, and the verdict that they give."""
    lower, upper = _score_limits(before, after, inflation, stdtrit(df, 0.5 + confidence / 2))
    return {
        "lower": lower,
        "upper": upper,
        "percent_lower": 100 * (lower - 1),
        "percent_upper": 100 * (upper - 1),
        "verdict": np.select([lower > 1, upper < 1], [UP, DOWN], UNCLEAR),
    }


def _score_limits(before, after, inflation, quantile):
    """The ratios at which the score test just rejects; given the sum of both counts, `after` is
    binomial, so these are Wilson's limits of its share, turned into odds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = wilson_between(after, before + after, inflation, quantile)
        lower = np.where(after > 0, low / (1 - low), 0.0)
        upper = np.where(before > 0, high / (1 - high), np.inf)
    return lower, upper


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p: the least rate at which each is still a discovery."""
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(scaled))
    return adjusted
