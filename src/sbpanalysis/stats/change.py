"""Has it changed on last year, or is that chance? The verdict that decides the words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import field, replace

import numpy as np
import pandas as pd
from scipy.special import stdtr

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats import checks
from sbpanalysis.stats.intervals import DOWN, UP, compare, score
from sbpanalysis.stats.monthly import breaks_within, monthly, refuse_break, since_break
from sbpanalysis.stats.noise import FEW, extraordinary, scatter
from sbpanalysis.stats.result import as_frame, one_or_many, record

ROSE, FELL, SAME, CANNOT_TELL, TOO_FEW = "rose", "fell", "about the same", "cannot tell", "too few"
PROBABLY = {ROSE: "probably rose", FELL: "probably fell"}
SURE, LIKELY = 0.90, 0.80  # chance of "probably", and of lying within the margin
# Sd of the log of a true yearly change: wards of London show 0.16 to 0.22, its boroughs 0.12. It
# matters for chances from small counts alone, which without it are surer than they should be.
BELIEVED = 0.20
FALSE_DISCOVERY = 0.20  # of the comparisons of an edition: with p, what "rose" and "fell" need

METHOD = (
    "score interval for a ratio of counts, quasi-Poisson; noise around a smooth drift, the season "
    "and a step, drawn towards that of London's boroughs, with an allowance for autocorrelation"
)


@record
class Change:
    """The last months against the months before them; the fields are the columns of `change`."""

    before: float
    after: float
    difference: float
    ratio: float
    lower: float
    upper: float
    percent: float
    percent_lower: float
    percent_upper: float
    dispersion: float
    verdict: str
    word: str
    method: str
    p: float
    p_up: float
    within: float
    confidence: float
    inflation: float
    df: float
    before_start: pd.Period
    before_end: pd.Period
    after_start: pd.Period
    after_end: pd.Period
    q: float | None = None
    name: str | None = field(default=None, compare=False)
    attrs: dict = field(default_factory=dict, compare=False, repr=False)

    short = ("before", "after", "percent", "percent_lower", "percent_upper", "word", "p")
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
    checks.whole("months", months)
    frame = monthly(counts, at_least=months)
    total = frame.rolling(months).sum()
    for b in breaks_within(frame):
        if not b.comparable:
            total[(total.index >= b.date) & (total.index < b.date + months - 1)] = np.nan
    total.attrs = dict(counts.attrs)
    return total.iloc[:, 0].rename(counts.name) if isinstance(counts, pd.Series) else total


def _refuse_rates(frame: pd.DataFrame) -> None:
    """Raise `DataError` for values that are no counts: their noise would be taken for a count's."""
    parts = np.abs(frame - frame.round()) > 1e-6
    if parts.to_numpy().any():
        row, column = np.argwhere(parts.to_numpy())[0]
        raise DataError(
            f"change: {frame.columns[column]!r} is {frame.iat[row, column]:.4g} in "
            f"{frame.index[row]}, expected whole counts; give it the counts themselves, and "
            "compare rates with sbp.rate_ratio or sbp.two_rates."
        )


def change(
    counts: pd.Series | pd.DataFrame,
    months: int = 12,
    *,
    whole: pd.Series | None = None,
    margin: float = 0.10,
    confidence: float = 0.95,
) -> Change | pd.DataFrame:
    """The last `months` against the `months` before: ratio, interval, verdict and word.

    counts: monthly counts, a Series or one column a series, at least 24 months and twice
    `months`. The longer the history, the surer the verdict. months: 12, or a multiple, so that
    the season is the same on both sides; another length warns. whole: counts of the whole
    territory, whose own change is told beside (attrs `whole`: area, before, after). margin: the
    change that still counts as "about the same", a fraction. confidence: a fraction.

    Returns a `Change` for a Series; for a frame the same fields as columns, one row a series:
    `before, after, difference, ratio, lower, upper, percent, percent_lower, percent_upper` (the
    limits are those of the change in the level behind the counts), `dispersion, verdict` (`up`,
    `down`, `no clear change`), `word, method, p, p_up` (chance that the level rose), `within`
    (chance that it changed by less than `margin`), `confidence, inflation, df, before_start,
    before_end, after_start, after_end`.

    `word` is `too few` under 50 events in both windows; `rose` or `fell` where the verdict is
    clear; `probably rose` or `probably fell` where p_up is above 0.90 or below 0.10; `about the
    same` where `within` is 0.80 or more; else `cannot tell`. Of many comparisons `family` makes
    the words; a series that knows the cut-off of its family (`p_limit` in its attrs, as those of
    an edition do) has them at once.

    How: (1) on the scale 2 sqrt(x + 3/8), where chance has a variance of 1, a smooth drift of
    one coefficient a year, the calendar months and a step at the last `months` are fitted; months
    that the recorded breaks call extraordinary (`Break.until`) are left out. The mean square of
    what is left over, drawn towards 1 + 0.08^2 x mean, a belief worth 6 degrees of freedom that
    fades when a series plainly scatters more, is the `dispersion`, never below 1. (2) Poisson
    noise is independent from month to month, but what exceeds it lingers: that part is
    multiplied by (1 + c)/(1 - c), with c = 0.32 the correlation of neighbouring months. The
    result is `inflation`, the variance of a total relative to Poisson. (3) The interval holds the
    ratios that a score test does not reject, with t quantiles on `df` degrees. (4) For the two
    chances the ratio seen is drawn towards 1, as true yearly changes have a standard deviation of
    about 0.2 on the log scale: that matters where counts are small.

    Raises `DataError` for unusable input, `BreakError` if the two windows span a break across
    which figures are not comparable. History before such a break is left out.

    Source: Anscombe 1948, Biometrika 35 (scale); Smyth 2004, Statistical Applications in
    Genetics and Molecular Biology 3 (drawing variances towards a common one); Graham, Mengersen
    and Morton 2003, Statistics in Medicine 22 (score interval); rates of false and right
    verdicts: bench/verdicts.py, and on published history bench/hindsight.py.

    >>> index = pd.period_range("2016-04", periods=24, freq="M")
    >>> robbery = pd.Series([40, 44] * 6 + [60, 66] * 6, index, name="robbery")
    >>> result = change(robbery)
    >>> result.verdict, result.word, round(result.percent), round(result.percent_lower)
    ('up', 'rose', 50, 32)
    """
    checks.whole("months", months)
    checks.fraction("confidence", confidence)
    checks.fraction("margin", margin, 0.1)
    frame = monthly(counts, at_least=max(24, 2 * months), counts=True)
    _refuse_rates(frame)
    window = frame.index[-2 * months :]
    refuse_break(frame, window, f"change over {months} months")
    if months % 12:
        warnings.warn(
            f"change: {months} months against the {months} before differ by season as well; "
            "use 12 for a verdict.",
            SbpWarning,
            stacklevel=2,
        )
    known = since_break(frame, at_least=24)
    limit = counts.attrs.get("p_limit", 1.0)
    columns = {
        **_columns(known.to_numpy(), extraordinary(known), months, margin, confidence, limit),
        "before_start": window[0],
        "before_end": window[months - 1],
        "after_start": window[months],
        "after_end": window[-1],
    }
    result = one_or_many(columns, frame.columns, Change, counts)
    result.attrs.update(_beside(whole, window, months))
    return result


def _beside(whole: pd.Series | None, window: pd.PeriodIndex, months: int) -> dict:
    """The counts of the whole territory in the same two windows, if it has them."""
    if whole is None or not window.isin(whole.index).all():
        return {}
    of_each = whole[window].to_numpy(float).reshape(2, months).sum(1)
    before, after = of_each.tolist()
    return {"whole": {"area": whole.attrs.get("area", ""), "before": before, "after": after}}


def family(
    results: Sequence[Change] | pd.DataFrame, false_discovery_rate: float = FALSE_DISCOVERY
) -> list[Change] | pd.DataFrame:
    """The words of comparisons that are told together, such as all of an edition.

    results: a list of `Change`, or the frame of a wide `change`. false_discovery_rate: a fraction.

    Returns the same kind with `q`, the adjusted p over all that are not `too few`, and words that
    heed it: what would be `rose` or `fell` alone but has q at or above the rate is `probably rose`
    or `probably fell`. Verdict, p and range stay those of the single comparison.

    Raises `DataError` for a rate that is no fraction.

    Source: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57.

    >>> index = pd.period_range("2016-04", periods=24, freq="M")
    >>> all_ = [change(pd.Series([50] * 12 + [n] * 12, index)) for n in (50, 59, 52, 51, 48, 53)]
    >>> [r.word for r in all_][1], [r.word for r in family(all_)][1]
    ('rose', 'rose')
    """
    checks.fraction("false_discovery_rate", false_discovery_rate, 0.2)
    if isinstance(results, pd.DataFrame):
        return results.assign(**_of_family(results, false_discovery_rate))
    table = pd.DataFrame({name: [getattr(r, name) for r in results] for name in ("word", "p")})
    rows = pd.DataFrame(_of_family(table, false_discovery_rate)).to_dict("records")
    return [replace(r, **row) for r, row in zip(results, rows, strict=True)]


def _of_family(table: pd.DataFrame, rate: float) -> dict:
    word, q = table["word"].to_numpy(object), np.full(len(table), np.nan)
    compared = word != TOO_FEW
    if compared.any():
        q[compared] = false_discovery(table["p"].to_numpy(float)[compared])
    return {"q": q, "word": _demoted(word, q >= rate)}


def cut_off(q: Sequence[float], false_discovery_rate: float = FALSE_DISCOVERY) -> float:
    """The p below which a comparison of a family keeps `rose` or `fell`; 1 for an empty one.

    q: the adjusted p of all that were compared, NaN for others. Benjamini and Hochberg's k-th of
    m lies below rate x k / m, the next does not.

    >>> cut_off([0.01, 0.15, 0.6, 0.9])
    0.1
    """
    compared = np.asarray(q, float)
    compared = compared[~np.isnan(compared)]
    if not len(compared):
        return 1.0
    return float(false_discovery_rate * (compared < false_discovery_rate).sum() / len(compared))


def _demoted(word, failed) -> np.ndarray:
    """The words, "probably" before those that the family does not bear out."""
    pairs = zip(word, np.broadcast_to(failed, np.shape(word)), strict=True)
    return np.array([PROBABLY.get(w, w) if fails else w for w, fails in pairs], object)


def _columns(
    values, left_out, months: int, margin: float, confidence: float, p_limit: float
) -> dict:
    before, after = values[-2 * months : -months].sum(0), values[-months:].sum(0)
    noise = scatter(values, left_out, months)
    seen = before, after, noise.inflation, noise.df
    return {
        "difference": after - before,
        **judged(*seen, margin, confidence, p_limit),
        "dispersion": noise.dispersion,
        "method": METHOD,
    }


def judged(
    before, after, inflation, df, margin: float = 0.10, confidence: float = 0.95, p_limit=1.0
) -> dict:
    """Two counts with all that a test of them gives: limits, verdict, word, p, chances."""
    told = compare(before, after, inflation, df, confidence)
    p_up = stdtr(df, -_believed(1, before, after, inflation))
    ends = (stdtr(df, _believed(1 + m, before, after, inflation)) for m in (margin, -margin))
    within = np.subtract(*ends)
    word = _words(before, after, told["verdict"], p_up, within)
    return {
        "before": before,
        "after": after,
        **told,
        "percent": 100 * (told["ratio"] - 1),
        "percent_lower": 100 * (told["lower"] - 1),
        "percent_upper": 100 * (told["upper"] - 1),
        "word": _demoted(word, told["p"] >= p_limit),
        "p_up": p_up,
        "within": within,
        "confidence": confidence,
        "inflation": inflation,
        "df": df,
    }


def _believed(ratio: float, before, after, inflation) -> np.ndarray:
    """The score of a ratio, drawn towards no change as far as the counts say little."""
    known, belief = np.add(before, after) / (4 * inflation), BELIEVED**-2  # inverse variances
    drawn = score(ratio, before, after, inflation) * np.sqrt(known)
    return (drawn + belief * np.log(ratio)) / np.sqrt(known + belief)


def _words(before, after, verdict, p_up, within) -> np.ndarray:
    rules = {
        TOO_FEW: np.maximum(before, after) < FEW,
        ROSE: verdict == UP,
        FELL: verdict == DOWN,
        PROBABLY[ROSE]: p_up > SURE,
        PROBABLY[FELL]: p_up < 1 - SURE,
        SAME: within >= LIKELY,
    }
    return np.select(list(rules.values()), list(rules), CANNOT_TELL)


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p, as scipy.stats.false_discovery_control, which takes
    longer to import than all this takes to run."""
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(scaled))
    return adjusted
