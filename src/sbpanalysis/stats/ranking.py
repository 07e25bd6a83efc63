"""Which places have most, and which order is chance?"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.special import gammainc, gammaincinv, gammaln, ndtr

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats.checks import fraction, numbers, whole
from sbpanalysis.stats.intervals import central_p
from sbpanalysis.stats.monthly import monthly
from sbpanalysis.stats.noise import usual_dispersion

NODES = 200  # values of a rate at which its rank is worked out
MANY = 60  # places beyond which fewer do
LEAST_PLACES, LEAST_MEAN = 5, 3
LARGEST_SHARE = 0.3
PAST_YEARS = 5  # from which it is found how much places scatter from year to year
SMALL_AREAS = 2.0  # variance over mean of a ward's year, around what the ward has every year
ERRORS = np.linspace(-6, 6, 121)  # of an estimate, in its standard errors


def rank_chances(
    counts: pd.DataFrame,
    exposure: pd.Series | None = None,
    top: int = 5,
    years: int = 3,
    dispersion: float | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How likely each place is among the `top` highest, and between which ranks it lies.

    counts: one column a place; monthly periods or years down, of which the last `years` years
    are taken. exposure: residents, households or whatever the rate is of, by place; alike for
    all if left out. dispersion: variance over mean of a place's count; found from the
    last five years if left out, from the size of the count where there is one. confidence: a
    fraction.

    Returns a frame with a row a place: `count` (of the years taken), `rate` (a year, per unit of
    exposure), `shrunk` (drawn towards the mean by what chance explains), `lower, upper` (of the
    rate behind it), `rank` (of the rate, 1 the highest, ties share the better), `rank_lower,
    rank_upper`, `chance_top`, `of`, `dispersion`, `prior_shape`. Nothing is drawn at random.

    How: count/dispersion is taken as Poisson, the rates behind it as a gamma distribution fitted
    to all places; a place's rank given its rate is a sum of unlike yes-or-nos (Poisson-binomial),
    averaged over quantiles of its rate.

    Raises `DataError` under 5 places, under 3 events (after division by the dispersion) a place
    on average, or for counts that cannot be used. Warns if one place has more than 30 % of all:
    the distribution of the others then says little of it.

    Source: Clayton and Kaldor 1987, Biometrics 43 (gamma-Poisson); Laird and Louis 1989, Journal
    of Educational Statistics 14 (ranks); how well the chances hold: bench/ranks.py.

    >>> years = ["2015/16", "2016/17", "2017/18"]
    >>> wards = {name: [n, n, n] for name, n in zip("ABCDEF", (90, 60, 55, 40, 38, 20))}
    >>> table = rank_chances(pd.DataFrame(wards, years), top=1)
    >>> table.loc["A", ["rank", "rank_lower", "rank_upper"]].astype(int).tolist()
    [1, 1, 1]
    """
    fraction("confidence", confidence)
    window, found = _window(counts, years)
    places = window.shape[1]
    whole("top", top, 1, places - 1)
    phi = np.maximum(1.0, found if dispersion is None else dispersion) + np.zeros(places)
    total = window.sum().to_numpy(float)
    _refuse(total, phi)
    length = len(window) / (12 if isinstance(window.index, pd.PeriodIndex) else 1)  # in years
    exposed = length * _exposure(exposure, window.columns)
    shape, scale = _prior(total / phi, exposed / phi)
    a, b = shape + total / phi, scale + exposed / phi
    ranks = _ranks(a, b)
    tail = (1 - confidence) / 2
    rate = total / exposed
    table = {
        "count": total,
        "rate": rate,
        "shrunk": a / b,
        "lower": gammaincinv(a, tail) / b,
        "upper": gammaincinv(a, 1 - tail) / b,
        "rank": _places(rate),
        "rank_lower": 1 + (ranks < tail).sum(1),
        "rank_upper": np.minimum(places, 1 + (ranks < 1 - tail).sum(1)),
        "chance_top": ranks[:, top - 1],
        "of": places,
        "dispersion": phi,
        "prior_shape": shape,
    }
    result = pd.DataFrame(table, window.columns)
    result.attrs = dict(counts.attrs)
    return result


def sides(
    counts: pd.Series,
    exposure: pd.Series | None = None,
    *,
    dispersion: float | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which places lie clearly above and below the mean of all, each drawn towards it by chance.

    counts: one a place, of a year. exposure: as in `rank_chances`. dispersion: variance over mean
    of a place's year around what it is every year; if left out 2, as wards of London show, or what
    large counts show where that is more. confidence: a fraction, of each place by itself.

    Returns a frame with a row a place: `count, shrunk` (drawn towards the mean by what chance
    explains, in the unit of the counts), `chance_above` and `side`: `above`, `below` or `not told
    apart`.

    Raises `DataError` as `rank_chances` does.

    Source: Clayton and Kaldor 1987, Biometrics 43; how many are on the same side a year later:
    bench/ranks.py, on published files.

    >>> wards = pd.Series([120, 55, 50, 48, 45, 10], list("ABCDEF"))
    >>> sides(wards)["side"].tolist()[::5]
    ['above', 'below']
    """
    fraction("confidence", confidence)
    if len(counts) < LEAST_PLACES:
        raise DataError(f"sides: found {len(counts)} places, expected {LEAST_PLACES} or more.")
    x = numbers("sides", counts, counts.index)
    size = _exposure(exposure, counts.index)
    if dispersion is None:
        dispersion = max(SMALL_AREAS, float(usual_dispersion(x.mean())))
    numbers("sides: dispersion", [dispersion], least=1)
    if x.mean() / dispersion < LEAST_MEAN:
        raise DataError(
            f"sides: {x.mean():.1f} events a place at a dispersion of {dispersion:g}, expected "
            f"{LEAST_MEAN} or more after division; take more years or larger places."
        )
    shape, scale = _prior(x / dispersion, size / dispersion)
    a, b = shape + x / dispersion, scale + size / dispersion
    above = 1 - gammainc(a, b * x.sum() / size.sum())
    side = np.select(
        [above > confidence, above < 1 - confidence], ["above", "below"], "not told apart"
    )
    table = {"count": x, "shrunk": a / b * size, "chance_above": above, "side": side}
    result = pd.DataFrame(table, counts.index)
    result.attrs = dict(counts.attrs)
    return result


def _window(counts: pd.DataFrame, years: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows of the last years, and the dispersion of a place's count in them."""
    if not isinstance(counts, pd.DataFrame) or counts.shape[1] < LEAST_PLACES:
        size = f"{counts.shape[1]} columns" if isinstance(counts, pd.DataFrame) else type(counts)
        raise DataError(
            f"rank_chances: found {size}, expected a DataFrame with a column for each of "
            f"{LEAST_PLACES} or more places."
        )
    if isinstance(counts.index, pd.PeriodIndex) and counts.index.freqstr == "M":
        frame = monthly(counts, counts=True, at_least=12)
        of_years = frame.to_numpy()[len(frame) % 12 :].reshape(-1, 12, frame.shape[1]).sum(1)
        window = frame.iloc[-12 * min(years, len(of_years)) :]
    else:
        of_years = numbers("rank_chances", counts.T, counts.columns).T
        window = counts.tail(years).astype(float)
    if len(of_years) > 1:
        return window, np.full(window.shape[1], _between(of_years[-PAST_YEARS:]))
    return window, usual_dispersion(of_years[-1])


def _between(years: np.ndarray) -> float:
    """How much places scatter from year to year around their usual part of each year's total,
    over what chance gives (Pearson's chi squared by its degrees of freedom)."""
    some = years[:, years.sum(0) > 0]
    expected = some.sum(1, keepdims=True) * some.sum(0) / max(1, some.sum())
    squares = ((some - expected) ** 2 / np.maximum(expected, 1e-9)).sum()
    return squares / max(1, (some.shape[0] - 1) * (some.shape[1] - 1))


def _refuse(total: np.ndarray, dispersion: np.ndarray) -> None:
    if (total / dispersion).mean() < LEAST_MEAN:
        raise DataError(
            f"rank_chances: {total.mean():.1f} events a place at a dispersion of "
            f"{dispersion.mean():.1f}, expected {LEAST_MEAN} or more after division; take more "
            "years or larger places."
        )
    if total.max() > LARGEST_SHARE * total.sum() and len(total) >= 2 / LARGEST_SHARE:
        warnings.warn(
            f"rank_chances: one place has {total.max() / total.sum():.0%} of all events; what the "
            "others show says little of it.",
            SbpWarning,
            stacklevel=3,
        )


def _exposure(exposure: pd.Series | None, places: pd.Index) -> np.ndarray:
    if exposure is None:
        return np.ones(len(places))
    return numbers("exposure", pd.Series(exposure).reindex(places), places, above=True)


def _prior(counts: np.ndarray, exposed: np.ndarray) -> tuple[float, float]:
    """Shape and rate of the gamma distribution that makes these counts likeliest."""
    from scipy.optimize import minimize_scalar

    mean = counts.sum() / exposed.sum()

    def unlikely(log_shape: float) -> float:
        a = np.exp(log_shape)
        b = a / mean
        whole = gammaln(a + counts) - gammaln(a) + a * np.log(b / (b + exposed))
        return -(whole - counts * np.log(b + exposed)).sum()

    shape = float(np.exp(minimize_scalar(unlikely, bounds=(-3, 10), method="bounded").x))
    return shape, shape / mean


def _ranks(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Chance that a place's rank is k or better: places x ranks; rates are gamma(a)/b."""
    places = len(a)
    nodes = NODES if places <= MANY else NODES // 4
    middle = (np.arange(nodes) + 0.5) / nodes
    chances = np.empty((places, places))
    for place in range(places):
        rate = gammaincinv(a[place], middle) / b[place]
        above = 1 - gammainc(np.delete(a, place)[:, None], np.delete(b, place)[:, None] * rate)
        number = np.zeros((places, nodes))  # chance that so many of the others are above
        number[0] = 1
        for p in above:
            number[1:] = number[1:] * (1 - p) + number[:-1] * p
            number[0] *= 1 - p
        chances[place] = number.mean(1).cumsum()
    return chances


def order(values: pd.Series) -> pd.Series:
    """Values as they rank: a hidden one (NaN) is less than any that is shown, more than none."""
    least = values[values > 0].min()
    return values.fillna(least / 2 if least > 0 else 1.0)


def ranks(values: pd.Series) -> pd.Series:
    """Rank from the highest, ties share the better; NaN for what is hidden.

    >>> ranks(pd.Series([10.0, float("nan"), 0.0])).tolist()
    [1.0, nan, 3.0]
    """
    return order(values).rank(method="min", ascending=False).mask(values.isna())


def _places(values: np.ndarray) -> np.ndarray:
    return ranks(pd.Series(values)).to_numpy(int)


def rank_sets(
    values: pd.Series | None = None,
    variances: pd.Series | None = None,
    counts: pd.Series | None = None,
    exposure: pd.Series | None = None,
    simultaneous: bool = True,
    *,
    dispersion: float | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Between which ranks each place can be said to lie, by tests against each other place.

    Either values and variances (of normal estimates), or counts of a year, with exposure if places
    differ in size: Series by place. dispersion: variance over mean of a count; if left out each
    scatters as those of London's boroughs do, the more the larger it is; 1 for chance alone,
    `change(series).inflation` where months are known. simultaneous: whether all ranks hold
    together with `confidence`, or those of each place by itself, which is what a sentence about
    one place needs. "Highest" needs `rank_upper` to be 1.

    Returns a frame with a row a place: `rank` (1 the highest, ties share the better),
    `rank_lower, rank_upper`, `above, below` (how many places are clearly higher and lower).

    How: values: pairwise differences beyond the quantile of the largest difference; of one place
    with all others, stepping down, or (Tukey and Kramer) of all pairs. Counts: exact tests of two
    counts, Holm's adjustment over the pairs of one place or of all.

    Raises `DataError` for anything missing, negative or of another length.

    Source: Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91; Bazylik,
    Mogstad, Romano, Shaikh and Wilhelm 2021 (counts); Hayter 1984, Annals of Statistics 12.

    >>> counts = pd.Series({"North": 210, "East": 120, "South": 110, "West": 30})
    >>> rank_sets(counts=counts, dispersion=1)[["rank_lower", "rank_upper"]].values.tolist()
    [[1, 1], [2, 3], [2, 3], [4, 4]]
    """
    fraction("confidence", confidence)
    given = values if counts is None else counts
    if given is None or (values is None or variances is None) == (counts is None):
        raise DataError("rank_sets: expected values and variances, or counts.")
    index = given.index
    if counts is not None:
        x = _by_place("counts", counts)
        size = _exposure(exposure, index)
        rates = x / size
        times = usual_dispersion(x) if dispersion is None else max(1.0, dispersion)
        differ = _counts_differ(x / times, size / times, simultaneous, 1 - confidence)
    else:
        rates = _by_place("values", values, least=-np.inf)
        variance = _by_place("variances", pd.Series(variances).reindex(index))
        differ = _values_differ(rates, variance, simultaneous, confidence)
    higher = differ & (rates[None, :] > rates[:, None])
    lower = differ & (rates[None, :] < rates[:, None])
    above, below = higher.sum(1), lower.sum(1)
    table = {"rank": _places(rates), "rank_lower": above + 1, "rank_upper": len(rates) - below}
    result = pd.DataFrame({**table, "above": above, "below": below}, index)
    result.attrs = dict(given.attrs)
    return result


def _by_place(name: str, values: pd.Series, least: float = 0) -> np.ndarray:
    if len(values) < 2:
        raise DataError(f"rank_sets: {len(values)} places given, expected two or more.")
    return numbers(f"rank_sets: {name}", values, values.index, least=least)


def _counts_differ(x, size, simultaneous: bool, error: float) -> np.ndarray:
    """Which pairs differ: so many times fewer events at as many times less exposure (both divided
    by the dispersion) have the same rate and are taken as Poisson."""
    p = central_p(x[:, None] + 0 * x, x[None, :] + 0 * x[:, None],
                  size[:, None] / (size[:, None] + size[None, :]))  # fmt: skip
    p[x[:, None] + x[None, :] == 0] = 1
    if simultaneous:
        first, second = np.triu_indices(len(x), 1)
        differ = np.zeros(p.shape, bool)
        differ[first, second] = _holm(p[first, second], error)
        return differ | differ.T
    np.fill_diagonal(p, 1)
    return np.array([_holm(row, error, len(x) - 1) for row in p])


def _holm(p: np.ndarray, error: float, number: int | None = None) -> np.ndarray:
    """Which of these p are rejected at a family-wise error, stepping down."""
    order = np.argsort(p, kind="stable")
    allowed = error / np.maximum(1, (number or len(p)) - np.arange(len(p)))
    passed = np.logical_and.accumulate(p[order] <= allowed)
    rejected = np.empty(len(p), bool)
    rejected[order] = passed
    return rejected


def _values_differ(values, variance, simultaneous: bool, confidence: float) -> np.ndarray:
    spread = np.sqrt(variance[:, None] + variance[None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num(np.abs(values[:, None] - values[None, :]) / spread, posinf=np.inf)
    if simultaneous:
        from scipy.stats import studentized_range

        limit = studentized_range.ppf(confidence, len(values), np.inf) / np.sqrt(2)
        return z > limit
    return np.array([beyond(z[i], variance, i, confidence) for i in range(len(values))])


def beyond(z: np.ndarray, variance: np.ndarray, place: int, confidence: float) -> np.ndarray:
    """Which others differ from `place`, stepping down; z: its standardised differences."""
    rejected = np.zeros(len(z), bool)
    while True:
        others = ~rejected
        others[place] = False
        if not others.any():
            return rejected
        new = others & (z > largest(variance[place], variance[others], confidence))
        if not new.any():
            return rejected
        rejected |= new


def largest(own: float, others: np.ndarray, confidence: float) -> float:
    """The quantile of the largest standardised difference of one estimate from the others.

    Given its own error the others are independent: one integral, nothing drawn at random.
    """
    from scipy.optimize import brentq

    share, rest = np.sqrt(own / (own + others)), np.sqrt(others / (own + others))
    middle, rest = share * ERRORS[:, None], np.maximum(rest, 1e-9)
    weight = np.exp(-(ERRORS**2) / 2) / np.exp(-(ERRORS**2) / 2).sum()

    def inside(limit: float) -> float:
        between = ndtr((limit - middle) / rest) - ndtr((-limit - middle) / rest)
        return weight @ between.prod(1) - confidence

    return brentq(inside, 0.5, 10, xtol=1e-4)
