"""Do two counts, or two shares, differ by more than chance gives? And which area has the most?"""

from __future__ import annotations

from dataclasses import field, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sbpanalysis.errors import DataError, ShortError
from sbpanalysis.stats.change import FELL, PROBABLY, ROSE, TOO_FEW
from sbpanalysis.stats.checks import fraction, numbers
from sbpanalysis.stats.intervals import ABOVE, BELOW, DOWN, LEVEL, UP, compare, verdict
from sbpanalysis.stats.noise import FEW, usual_dispersion
from sbpanalysis.stats.rates import proportion, proportion_difference, rate_ratio
from sbpanalysis.stats.result import listed, record

_PROBABLY = {UP: PROBABLY[ROSE], DOWN: PROBABLY[FELL]}


@record
class TwoCounts:
    """A count as a multiple of an earlier one of the same length; NaN where one is hidden."""

    before: float
    after: float
    before_label: object
    after_label: object
    ratio: float
    lower: float
    upper: float
    p: float
    verdict: str
    method: str
    attrs: dict = field(default_factory=dict, repr=False)


def two_counts(
    counts: pd.Series,
    before=None,
    after=None,
    dispersion: float | None = None,
    *,
    months: float = 12,
    confidence: float = 0.95,
) -> TwoCounts:
    """The count of period `after` as a multiple of that of `before`.

    counts: by period (months are set against their days); where `attrs["lengths"]` gives the months
    of each, only those as long as `after` are compared, for a part of a year is not set against a
    year. before, after: labels of its index, the last two if left out. dispersion: variance over
    mean; if left out counts scatter as those of London's boroughs do, the more the larger they
    are, by `months` in a period; 1 for chance alone, `change(series).inflation` where the months
    of the series are known. confidence: a fraction.

    Returns a `TwoCounts`: `verdict` is `up`, `down`, `no clear change`, `too few` under 50 events
    in both, or empty where a count is missing, as hidden counts of persons are, or where there is
    only one period. A series that knows the cut-off of its family (`p_limit` in its attrs, as
    those of an edition do) needs a p below it for `up` and `down`, else they are `probably rose`
    and `probably fell`. Raises `DataError` for labels that are not there.

    Source: as `rate_ratio` at dispersion 1; else the score interval of `change`.

    >>> two = two_counts(pd.Series({"2016/17": 2288, "2017/18": 1898}))
    >>> round(two.ratio, 3), two.verdict
    (0.83, 'down')
    """
    fraction("confidence", confidence)
    counts = _of_one_length(counts, after)
    if len(counts) == 1 and before is None:
        return _alone(counts)
    labels = [_label(counts, before, -2), _label(counts, after, -1)]
    x0, x = (float(counts[label]) for label in labels)
    monthly = isinstance(counts.index, pd.PeriodIndex)
    t0, t = (label.days_in_month if monthly else 1 for label in labels)
    if dispersion is None:
        dispersion = float(usual_dispersion((x + x0) / 2, months))
    told: dict = {"ratio": np.nan, "lower": np.nan, "upper": np.nan, "p": np.nan, "verdict": ""}
    if np.isfinite([x, x0]).all() and x + x0 > 0:
        if dispersion <= 1:
            r = rate_ratio(x, t, x0, t0, confidence=confidence)
            told = {name: getattr(r, name) for name in ("ratio", "lower", "upper", "p")}
            told["verdict"] = verdict(r.lower, r.upper)
        else:
            told = compare(x0, x, dispersion, confidence=confidence, exposure=t / t0)
            told |= {name: float(told[name]) for name in ("ratio", "lower", "upper", "p")}
        told["verdict"] = _heeded(told, x0, x, counts.attrs.get("p_limit", 1.0))
    kind = "exact" if dispersion <= 1 else "quasi-Poisson"
    told |= {"method": f"{kind} ratio of two counts", "attrs": dict(counts.attrs)}
    return TwoCounts(x0, x, *labels, **told)


def _heeded(told: dict, before: float, after: float, p_limit: float) -> str:
    """The verdict of a test, if there are enough events and the family bears it out."""
    if max(before, after) < FEW:
        return TOO_FEW
    verdict = str(told["verdict"])
    return verdict if told["p"] < p_limit else _PROBABLY.get(verdict, verdict)


def _of_one_length(counts: pd.Series, after=None) -> pd.Series:
    """The periods that are as long as `after`, or as the last one, where lengths are known."""
    lengths = counts.attrs.get("lengths")
    if not lengths or counts.empty:
        return counts
    wanted = lengths[counts.index[-1] if after is None else after]
    return counts[[lengths[label] == wanted for label in counts.index]]


def _alone(counts: pd.Series) -> TwoCounts:
    label, nan = counts.index[-1], np.nan
    return TwoCounts(nan, float(counts.iloc[-1]), None, label, nan, nan, nan, nan, "",
                     "no earlier period", dict(counts.attrs))  # fmt: skip


def _label(counts: pd.Series, wanted, place: int):
    if wanted is None:
        if counts.empty:
            raise DataError("two_counts: no period, expected at least one.")
        return counts.index[place]
    label = pd.Period(wanted, "M") if isinstance(counts.index, pd.PeriodIndex) else wanted
    if label not in counts.index:
        held = f"{counts.index[0]} to {counts.index[-1]}" if len(counts) else "none"
        raise DataError(f"two_counts: {wanted!r} is not held, expected one of {held}.")
    return label


@record
class TwoShares:
    """Two shares and their difference with its interval, in fractions."""

    first: float
    second: float
    count1: float
    n1: float
    count2: float
    n2: float
    difference: float
    lower: float
    upper: float
    verdict: str
    method: str
    design_effect: float = 1.0
    attrs: dict = field(default_factory=dict, repr=False)


def two_shares(
    count1, n1, count2, n2, *, design_effect: float = 1.0, confidence: float = 0.95
) -> TwoShares:
    """The share of one group set against that of another.

    count1 of n1, count2 of n2: numbers. design_effect: of a survey, the variance of its shares
    over that of a simple random sample as large; answers that are weighted or come in clusters say
    less than as many that are not. confidence: a fraction.

    Returns a `TwoShares`: `verdict` is `above`, `below`, `no clear difference`, or empty where a
    number is missing, as hidden counts of persons are.

    Raises `DataError` for a design effect below 1.

    Source: Newcombe 1998, as `proportion_difference`; Kish 1965, Survey Sampling, 8.2 (design
    effect).

    >>> two_shares(288, 400, 8576, 12800).verdict
    'above'
    """
    numbers("two_shares: design_effect", [design_effect], least=1)
    count1, n1, count2, n2 = map(float, (count1, n1, count2, n2))
    if not np.isfinite([count1, n1, count2, n2]).all() or not (n1 and n2):
        nan = np.nan
        return TwoShares(nan, nan, count1, n1, count2, n2, nan, nan, nan, "", "newcombe")
    # rounding to 5 can leave a part above its whole
    count1, count2 = min(count1, n1), min(count2, n2)
    counted = (count / design_effect for count in (count1, n1, count2, n2))
    d = proportion_difference(*counted, confidence=confidence)
    return TwoShares(
        first=count1 / n1,
        second=count2 / n2,
        count1=count1,
        n1=n1,
        count2=count2,
        n2=n2,
        difference=float(d.value),
        lower=float(d.lower),
        upper=float(d.upper),
        verdict=verdict(d.lower, d.upper, 0.0, (ABOVE, BELOW, LEVEL)),
        method=str(d.method),
        design_effect=design_effect,
    )


def two_shares_of(
    here: pd.DataFrame, there: pd.DataFrame, *, design_effect: float = 1.0
) -> dict[str, TwoShares]:
    """Each row's `part` of its `whole` set against that of the row of the same name in `there`.

    design_effect: as in `two_shares`.

    Returns a dict by the rows' names, of those that both have; attrs are those of `here`, with the
    title that its attrs `titles` give the row.

    >>> here = pd.DataFrame({"part": [288.0], "whole": [400.0]}, ["Trust"])
    >>> two_shares_of(here, 32 * here)["Trust"].verdict
    'no clear difference'
    """
    titles, tests = here.attrs.get("titles", {}), {}
    for name in here.index.intersection(there.index, sort=False):
        pair = (*here.loc[name, ["part", "whole"]], *there.loc[name, ["part", "whole"]])
        attrs = {**here.attrs, "title": titles.get(name, name)}
        tests[name] = replace(two_shares(*pair, design_effect=design_effect), attrs=attrs)
    return tests


@record
class Largest:
    """The area or kind with most, the next, and how many there are and are hidden.

    `name` and `next` name all that are level there; `level` is how many have the most;
    `told_apart` whether one with the most clearly exceeds one of the next.
    """

    name: str
    value: float
    next: str
    next_value: float
    of: int
    hidden: int
    level: int = 1
    told_apart: bool = False
    attrs: dict = field(default_factory=dict, repr=False)


def largest(values: pd.Series) -> Largest:
    """Which of `values` (index: names) is the largest; missing ones are hidden counts.

    Names are empty where none, or only one, is shown.

    >>> largest(pd.Series({"North": 10.0, "South": 30.0, "West": float("nan")})).name
    'South'
    """
    known = values.dropna()
    top = [known.index[known == value] for value in sorted(known.unique(), reverse=True)[:2]]
    level = len(top[0]) if top else 0
    ends = [(listed(names), float(known[names[0]])) for names in top]
    first, second = (*ends, ("", np.nan), ("", np.nan))[:2]
    hidden = len(values) - len(known)
    x, y = float(first[1]), float(second[1])
    dispersion = usual_dispersion((x + y) / 2)
    apart = x > y and bool(compare(y, x, dispersion)["lower"] > 1)
    return Largest(*first, *second, len(values), hidden, level, apart, dict(values.attrs))


@record
class Part:
    """A part of a whole with Wilson's interval; NaN where the part is hidden."""

    name: str
    count: float
    whole: float
    value: float
    lower: float
    upper: float
    attrs: dict = field(default_factory=dict, repr=False)


def part(parts: pd.Series, name: str, whole: float) -> Part:
    """What share of `whole` the part `name` of `parts` is.

    Returns a `Part`; its value is NaN where either is a hidden count. Raises `DataError` for a
    part that is not there.

    >>> round(part(pd.Series({"Male": 205.0}), "Male", 245).value, 3)
    0.837
    """
    if name not in parts.index:
        raise DataError(f"part {name!r}: expected one of {', '.join(map(str, parts.index))}.")
    count = float(parts[name])
    ends = (np.nan, np.nan, np.nan)
    if np.isfinite([count, whole]).all() and whole > 0:
        # rounding to 5 can leave a part above its whole
        p = proportion(min(count, whole), whole)
        ends = (float(p.value), float(p.lower), float(p.upper))
    return Part(name, count, float(whole), *ends, dict(parts.attrs))


def parts_of(pairs: pd.DataFrame) -> list[Part]:
    """Each row's `part` as a share of its `whole`.

    >>> frame = pd.DataFrame({"part": [5.0], "whole": [20.0]}, index=["A"])
    >>> parts_of(frame)[0].value
    0.25
    """
    found = pairs["part"].copy()
    found.attrs = dict(pairs.attrs)
    return [part(found, name, pairs["whole"][name]) for name in pairs.index]


def percent_of(part: pd.Series, whole: pd.Series, title: str) -> pd.Series:
    """`part` in percent of `whole`, period by period; attrs of `part` with that title.

    >>> a, b = pd.Series({"2016": 10.0}), pd.Series({"2016": 40.0})
    >>> percent_of(a, b, "Share who reoffended").tolist()
    [25.0]
    """
    share = 100 * part / whole.reindex(part.index)
    share.attrs = {**part.attrs, "title": title, "unit": "percent", "digits": 1}
    return share


def two_rates(
    rates: pd.Series,
    lower: pd.Series,
    upper: pd.Series,
    *,
    at_least: int = 1,
    confidence: float = 0.95,
) -> TwoCounts:
    """The last of published rates as a multiple of the first, from their published 95% limits.

    rates, lower, upper: by period, the first and last of which must not overlap. Raises
    `DataError` if there are fewer than `at_least`.

    Source: the difference of two log rates, each with the standard error that its interval gives
    (Altman and Bland 2003, British Medical Journal 326).

    >>> rates = pd.Series({"2010": 50.0, "2017": 80.0})
    >>> two_rates(rates, 0.9 * rates, 1.1 * rates).verdict
    'up'
    """
    fraction("confidence", confidence)
    if len(rates) < at_least:
        short = f"{len(rates)} periods given, at least {at_least} needed"
        raise ShortError(f"two_rates: {short}.", short)
    if len(rates) == 1:
        return _alone(rates)
    x0, x = float(rates.iloc[0]), float(rates.iloc[-1])
    width = np.log(upper.to_numpy(float)) - np.log(lower.to_numpy(float))
    error = float(np.hypot(width[0], width[-1])) / (2 * ndtri(0.975))
    ratio, z = x / x0, ndtri(0.5 + confidence / 2)
    low, high = ratio * np.exp(-z * error), ratio * np.exp(z * error)
    p = float(2 * ndtr(-abs(np.log(ratio)) / error))
    labels = (rates.index[0], rates.index[-1])
    method = "ratio of two published rates"
    told = verdict(low, high)
    return TwoCounts(x0, x, *labels, ratio, low, high, p, told, method, dict(rates.attrs))


def per_hundred(kinds: dict[str, pd.Series]) -> pd.Series:
    """The last count of each kind for each 100 of the one before.

    >>> per_hundred({"Robbery": pd.Series({"2016": 50.0, "2017": 60.0})}).tolist()
    [120.0]
    """
    kinds = {kind: _of_one_length(years) for kind, years in kinds.items()}
    index = pd.Series(
        {k: 100 * y.iloc[-1] / y.iloc[-2] for k, y in kinds.items() if len(y) > 1}, dtype=float
    )
    if index.empty:
        raise ShortError("per_hundred: one period given, two needed.", "one year held, two needed")
    index.index.name = "Kind"
    years = max(kinds.values(), key=len)
    before, after = (*years.index[-1:], *years.index)[-2:]
    about = {"unit": "per 100 of the year before", "mean_label": "No change"}
    index.attrs = {**years.attrs, **about, "caption": f"{after} for each 100 in {before}"}
    return index
