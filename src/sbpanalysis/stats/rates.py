"""How often, per head, and with what uncertainty? Rates, ratios and proportions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.stats.checks import fraction, numbers, refuse, refuse_swapped
from sbpanalysis.stats.intervals import byar, central_p, exact, exact_share, wilson
from sbpanalysis.stats.noise import usual_dispersion
from sbpanalysis.stats.result import as_frame, one_or_many, record

# Byar's approximation is good from about ten events (PHE/APHO technical briefing 3)
BYAR_FROM = 10
METHODS = ("auto", "exact", "byar")


@record
class Rate:
    """A rate with its interval, per so many of the population."""

    value: float
    lower: float
    upper: float
    method: str
    per: float
    confidence: float
    dispersion: float = 1.0

    frame = property(as_frame)


@record
class RateRatio:
    """A rate as a multiple of a reference rate."""

    ratio: float
    lower: float
    upper: float
    p: float
    method: str
    confidence: float

    frame = property(as_frame)


@record
class Proportion:
    """A proportion, or a difference of two, with its interval."""

    value: float
    lower: float
    upper: float
    method: str
    confidence: float

    frame = property(as_frame)


def rate(
    count,
    population,
    per: float = 1000,
    method: str = "auto",
    *,
    dispersion: Any = 1.0,
    confidence: float = 0.95,
):
    """Events per `per` of the population.

    count: events, 0 or more; population: persons, households or person-years, above 0; numbers,
    arrays or Series. method: `exact` (Garwood), `byar`, or `auto`: exact below 10 events, Byar
    from 10. dispersion: variance of the count over that of chance alone, one or one each: for a
    year of a monthly series `change(series).inflation`, so that the interval is that of the
    level behind the count; None where only the year's count is known: then it scatters as those
    of London's boroughs do. confidence: a fraction.

    Returns a `Rate` for numbers, else a frame with a row each: `value, lower, upper, method,
    per, confidence, dispersion`. A negative Byar limit is 0. attrs: those of `count`, and if the
    population's name its `exposure` (as `Edition.residents` does), that, its area and source, and
    `overall`, the rate of all of them together.

    Raises `DataError` for negative or missing counts, populations that are not above 0 and
    dispersions below 1.

    Source: Garwood 1936, Biometrika 28; Breslow and Day 1987, volume II, p. 69 (Byar, with x
    below and x + 1 above); APHO Technical Briefing 3, 2008, for the rule of ten; McCullagh and
    Nelder 1989, Generalized Linear Models, 6.2 (dispersion).

    >>> r = rate(587, 330_000)
    >>> round(r.value, 2), round(r.lower, 2), round(r.upper, 2), r.method
    (1.78, 1.64, 1.93, 'byar')
    """
    fraction("confidence", confidence)
    if method not in METHODS:
        raise DataError(f"method: found {method!r}, expected one of {', '.join(METHODS)}.")
    given = dispersion
    if dispersion is None:
        given = usual_dispersion(_numbers("count", count))
    x, n, times, index = _columns("rate", count=count, population=population, dispersion=given)
    refuse("dispersion", times < 1, times, "a number of 1 or more")
    refuse("population", n <= 0, n, "a number above 0")
    refuse_swapped("rate", x, n, per)
    refuse("per", np.array([per]) <= 0, np.array([per]), "a number above 0")
    by_byar = x >= BYAR_FROM if method == "auto" else np.full(x.shape, method == "byar")
    # so many times fewer independent events would have the same relative spread
    limits = zip(byar(x / times, confidence), exact(x / times, confidence), strict=True)
    lower, upper = (times * np.where(by_byar, *pair) for pair in limits)
    columns = {k: v / n * per for k, v in (("value", x), ("lower", lower), ("upper", upper))}
    columns["method"] = np.where(by_byar, "byar", "exact")
    columns |= {"per": per, "confidence": confidence, "dispersion": times}
    rates = _give(columns, index, Rate, count, population, dispersion)
    of = getattr(population, "attrs", {})
    if "exposure" in of:
        sources = [*rates.attrs.get("source", ()), f"{of['source']}, {of['year']}"]
        named = {"area": of["area"], "exposure": of["exposure"], "per": per, "source": sources}
        named |= {"overall": float(x.sum() / n.sum() * per)}
        named |= {"unit": f"per {per:,.0f} {of['exposure']}"}
        if "caption" in rates.attrs:
            named["caption"] = f"{rates.attrs['caption']}, {named['unit']}"
        rates.attrs |= named
    return rates


def rate_ratio(count, exposure, ref_count, ref_exposure, *, confidence: float = 0.95):
    """A rate as a multiple of a reference rate, exact given the sum of both counts.

    count, ref_count: events, whole numbers of 0 or more; exposure, ref_exposure: population or
    time, above 0; numbers, arrays or Series. confidence: a fraction.

    Returns a `RateRatio` for numbers, else a frame: `ratio, lower, upper, p, method,
    confidence`. The interval is central; p is twice the smaller tail, at most 1, so that the
    two agree. With no reference event the ratio is infinite, with no event at all undefined.

    Raises `DataError` for negative, missing or broken counts and exposures not above 0.

    Source: Przyborowski and Wilenski 1940, Biometrika 31; Clopper and Pearson 1934, Biometrika
    26. Agrees with R's `poisson.test` interval.

    >>> r = rate_ratio(25, 1, 18, 1)
    >>> round(r.ratio, 3), round(r.lower, 3), round(r.upper, 3), round(r.p, 3)
    (1.389, 0.728, 2.702, 0.36)
    """
    fraction("confidence", confidence)
    x, t, x0, t0, index = _columns(
        "rate_ratio", count=count, exposure=exposure, ref_count=ref_count, ref_exposure=ref_exposure
    )
    for name, values in (("exposure", t), ("ref_exposure", t0)):
        refuse(name, values <= 0, values, "a number above 0")
    for name, values in (("count", x), ("ref_count", x0)):
        refuse(name, values != np.round(values), values, "a whole number")
    scale = t0 / t
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = x / x0 * scale
        lower, upper = (share / (1 - share) * scale for share in exact_share(x, x0, confidence))
    columns = {"ratio": ratio, "lower": lower, "upper": upper, "p": central_p(x, x0, t / (t + t0))}
    columns |= {"method": "exact conditional, central", "confidence": confidence}
    return _give(columns, index, RateRatio, count, exposure, ref_count, ref_exposure)


def proportion(count, n, *, confidence: float = 0.95):
    """A share of respondents or cases, with Wilson's interval.

    count: those that have the property; n: all; numbers, arrays or Series. confidence: a
    fraction.

    Returns a `Proportion` for numbers, else a frame: `value, lower, upper, method, confidence`.

    Raises `DataError` for counts below 0 or above n, and n not above 0.

    Source: Wilson 1927, Journal of the American Statistical Association 22.

    >>> p = proportion(12, 40)
    >>> p.value, round(p.lower, 3), round(p.upper, 3)
    (0.3, 0.181, 0.454)
    """
    fraction("confidence", confidence)
    x, n_, index = _columns("proportion", count=count, n=n)
    value, lower, upper = _wilson("count", x, "n", n_, confidence)
    columns = {"value": value, "lower": lower, "upper": upper}
    columns |= {"method": "wilson", "confidence": confidence}
    return _give(columns, index, Proportion, count, n)


def proportion_difference(count1, n1, count2, n2, *, confidence: float = 0.95):
    """The first proportion less the second, with Newcombe's interval.

    count1, n1, count2, n2: as in `proportion`. confidence: a fraction.

    Returns a `Proportion` for numbers, else a frame: `value, lower, upper, method, confidence`.

    Raises `DataError` as `proportion` does.

    Source: Newcombe 1998, Statistics in Medicine 17, p. 873, method 10.

    >>> d = proportion_difference(20, 60, 12, 55)
    >>> round(d.value, 3), round(d.lower, 3), round(d.upper, 3)
    (0.115, -0.049, 0.269)
    """
    fraction("confidence", confidence)
    x1, m1, x2, m2, index = _columns(
        "proportion_difference", count1=count1, n1=n1, count2=count2, n2=n2
    )
    p1, l1, u1 = _wilson("count1", x1, "n1", m1, confidence)
    p2, l2, u2 = _wilson("count2", x2, "n2", m2, confidence)
    value = p1 - p2
    columns = {
        "value": value,
        "lower": value - np.hypot(p1 - l1, u2 - p2),
        "upper": value + np.hypot(u1 - p1, p2 - l2),
        "method": "newcombe",
        "confidence": confidence,
    }
    return _give(columns, index, Proportion, count1, n1, count2, n2)


def standardised_rate(
    counts, population, standard, per: float = 100_000, *, confidence: float = 0.95
):
    """The rate an area would have with the standard's age structure (direct standardisation).

    counts, population, standard: events, persons and standard persons of each age band, in the
    same order (arrays or Series of equal length). For many areas at once give frames of counts
    and population, one row an age band and one column an area. confidence: a fraction.

    Returns a `Rate` for one area, else a frame with a row an area: `value, lower, upper,
    method, per, confidence`.

    Raises `DataError` for fewer than 10 events in an area (too few for the method) and for
    bands that do not match.

    Source: Dobson, Kuulasmaa, Eberle and Scherer 1991, Statistics in Medicine 10, with Byar's
    limits of the total inside; the tool of the Office for Health Improvement and Disparities.

    >>> r = standardised_rate([10, 20, 40], [5000, 4000, 2000], [55, 30, 15])
    >>> round(r.value, 1), round(r.lower, 1), round(r.upper, 1)
    (560.0, 435.1, 709.3)
    """
    fraction("confidence", confidence)
    x, n, w = _bands(counts, population, standard)
    weight = w / w.sum()
    total, value = x.sum(0), (weight * x / n).sum(0)
    few = total < BYAR_FROM
    refuse("counts", few, total, f"at least {BYAR_FROM} events in all")
    spread = np.sqrt((weight**2 * x / n**2).sum(0) / total)
    lower, upper = byar(total, confidence)
    columns = {
        "value": per * value,
        "lower": per * (value + spread * (lower - total)),
        "upper": per * (value + spread * (upper - total)),
        "method": "dobson, byar inside",
        "per": per,
        "confidence": confidence,
    }
    areas = isinstance(counts, pd.DataFrame)
    return one_or_many(columns, counts.columns if areas else None, Rate, counts if areas else 0)


def _wilson(name: str, x: np.ndarray, n_name: str, n: np.ndarray, confidence: float):
    refuse(n_name, n <= 0, n, "a number above 0")
    refuse(name, x > n, x, f"at most {n_name}")
    return x / n, *wilson(x, n, confidence)


def _columns(what: str, **given: Any) -> list:
    """Each argument as a float array of the same length, then the index of the first Series."""
    labels = [v.index for v in given.values() if isinstance(v, pd.Series)]
    for other in labels[1:]:
        if not other.equals(labels[0]):
            raise DataError(
                f"{what}: the Series have different labels, expected the same in the same order; "
                "use series.reindex()."
            )
    arrays = [_numbers(name, v) for name, v in given.items()]
    try:
        arrays = list(np.broadcast_arrays(*arrays))
    except ValueError:
        sizes = ", ".join(f"{k} {a.size}" for k, a in zip(given, arrays, strict=True))
        raise DataError(f"{what}: found lengths {sizes}, expected one length.") from None
    return [*arrays, labels[0] if labels else None]


def _numbers(name: str, values: Any) -> np.ndarray:
    array = np.atleast_1d(numbers(name, values))
    if array.ndim > 1:
        raise DataError(f"{name}: found {array.ndim} dimensions, expected one; use a column.")
    return array


def _bands(counts: Any, population: Any, standard: Any):
    """The three as age bands x areas."""
    w = _numbers("standard", standard)[:, None]
    x, n = _areas("counts", counts), _areas("population", population)
    if x.shape != n.shape or len(x) != len(w):
        raise DataError(
            f"standardised_rate: found {len(x)} bands of counts, {len(n)} of population, "
            f"{len(w)} of the standard, expected the same bands in the same order."
        )
    refuse("population", n <= 0, n, "a number above 0 in every band")
    refuse("standard", w.sum(0) <= 0, w.sum(0), "a sum above 0")
    return x, n, w


def _areas(name: str, values: Any) -> np.ndarray:
    if not isinstance(values, pd.DataFrame):
        return _numbers(name, values)[:, None]
    return numbers(name, values)


def _give(columns: dict, index: pd.Index | None, kind: type, *given: Any):
    """A record if every argument was a single number, else a frame."""
    if all(np.isscalar(v) for v in given):
        return one_or_many(columns, index, kind, 0)
    frame = pd.DataFrame(columns, index=index)
    frame.attrs = next((dict(v.attrs) for v in given if isinstance(v, pd.Series)), {})
    return frame
