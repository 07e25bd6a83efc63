"""Is this month outside what the series has been doing? Control charts with the NHS rules."""

from __future__ import annotations

import warnings
from dataclasses import field

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats.checks import numbers, refuse, whole
from sbpanalysis.stats.monthly import unbroken
from sbpanalysis.stats.result import columns_of, of_months, record

KINDS = ("xmr", "c", "u", "p", "u_prime", "p_prime")
COLUMNS = ("value", "centre", "lower", "upper", "astronomical", "shift", "trend", "two_in_three")

_NATURAL_LIMITS = 2.66  # 3 / d2 for ranges of two, as the NHS rounds it
_RANGE_LIMIT = 3.267  # D4: a moving range this many times the mean one is itself a signal
_D2 = 1.128


@record(eq=False)
class ControlChart:
    """Points, limits and signals; each field a Series, or a frame with one column a series."""

    value: pd.Series | pd.DataFrame
    centre: pd.Series | pd.DataFrame
    lower: pd.Series | pd.DataFrame
    upper: pd.Series | pd.DataFrame
    astronomical: pd.Series | pd.DataFrame
    shift: pd.Series | pd.DataFrame
    trend: pd.Series | pd.DataFrame
    two_in_three: pd.Series | pd.DataFrame
    kind: str
    baseline: int
    attrs: dict = field(default_factory=dict)

    frame = columns_of(*COLUMNS)

    @property
    def signal(self) -> pd.Series | pd.DataFrame:
        """Whether any rule marks the point."""
        return self.astronomical | self.shift | self.trend | self.two_in_three


def control_chart(
    values: pd.Series | pd.DataFrame,
    kind: str = "xmr",
    denominators: pd.Series | pd.DataFrame | float | None = None,
    baseline: int | None = None,
    screen: bool = True,
) -> ControlChart:
    """Control limits and the four NHS rules for one series or, at one go, for many.

    `values`: monthly Series or frame; counts for every kind but ``xmr``, which takes any number.
    `kind`: ``xmr``, ``c``, ``u``, ``p``, ``u_prime``, ``p_prime`` (the primed ones allow for
    variation between months beyond Poisson or binomial). `denominators`: what each value is a
    count of (persons, days, crimes), same months. `baseline`: limits from the first so many
    points. `screen`: drop moving ranges of 3.267 times their mean once (``xmr`` only).

    Returns a `ControlChart`: value, centre, lower, upper, astronomical (strictly outside), shift
    (7 or more on one side), trend (7 or more points rising or falling), two_in_three.
    Raises `DataError` for values that cannot be used, `BreakError` across a break.
    Source: NHS England, Making Data Count; Laney (2002), Quality Engineering 14, 531-537.

    >>> months = pd.period_range("2018-01", periods=13, freq="M")
    >>> chart = control_chart(pd.Series([10, 12, 9, 11, 10, 13, 9, 30, 10, 12, 11, 9, 10], months))
    >>> chart.value[chart.astronomical].to_dict()
    {Period('2018-08', 'M'): 30.0}
    """
    if kind not in KINDS:
        raise DataError(f"control_chart: kind is {kind!r}, expected one of {', '.join(KINDS)}.")
    counts = unbroken(values, "control_chart", at_least=2, counts=kind != "xmr")
    y, n = counts.to_numpy(), _denominators(denominators, counts, kind)
    first = _baseline(baseline, len(y))
    centre, width, floor, ceiling = _limits(y, n, kind, first, screen)
    deviation = y / n - centre
    # round-off must not put a constant series above or below its own mean
    deviation[np.abs(deviation) <= 1e-12 * np.abs(centre)] = 0
    columns = {
        "value": y / n,
        "centre": centre,
        "lower": np.maximum(centre - width, floor),
        "upper": np.minimum(centre + width, ceiling),
        **_rules(deviation, width),
    }
    return of_months(ControlChart, values, columns, counts.index, kind=kind, baseline=first)


def _baseline(baseline: int | None, points: int) -> int:
    first = whole("baseline", points if baseline is None else baseline, 2, points)
    if first < 12:
        warnings.warn(
            f"Control limits rest on {first} points; fewer than 12 make them uncertain.",
            SbpWarning,
            stacklevel=3,
        )
    return first


def _denominators(given, counts: pd.DataFrame, kind: str) -> np.ndarray:
    """Denominators in the shape of the counts; ones where the chart has none."""
    if given is None and kind not in ("xmr", "c"):
        raise DataError(
            f"control_chart: kind {kind!r} needs denominators (persons, days, crimes ...); "
            "give a Series with the same months."
        )
    if given is not None and kind == "c":
        raise DataError("control_chart: a c chart has no denominators; use kind='u'.")
    if given is None:
        return np.ones(counts.shape)
    if isinstance(given, pd.Series | pd.DataFrame):
        wide = isinstance(given, pd.DataFrame)
        given = given[~given.index.duplicated()].reindex(counts.index)
        given = given.reindex(columns=counts.columns) if wide else given.to_frame()
    elif not np.isscalar(given):
        raise DataError(
            f"control_chart: denominators are a {type(given).__name__}, expected a number, or a "
            "Series or frame with the months of the counts."
        )
    what, index = "control_chart: denominators", counts.index
    labels = None if np.isscalar(given) else index
    n = np.broadcast_to(numbers(what, given, labels, above=True), counts.shape)
    if kind.startswith("p"):
        refuse(what, counts.to_numpy() > n, n, "at least the count", index)
    return n


def _limits(y, n, kind, first, screen):
    """Centre and half-width of the limits for every point, and what the limits are cut at."""
    if kind == "xmr":
        x = (y / n)[:first]
        moving_range = _mean_range(np.abs(np.diff(x, axis=0)), screen)
        ones = np.ones_like(y)
        return x.mean(0) * ones, _NATURAL_LIMITS * moving_range * ones, -np.inf, np.inf
    mean = y[:first].sum(0) / n[:first].sum(0) * np.ones_like(y)
    spread = np.sqrt(np.maximum(mean * (1 - mean) if kind.startswith("p") else mean, 0) / n)
    if kind.endswith("prime"):
        z = np.divide(y / n - mean, spread, out=np.zeros_like(y), where=spread > 0)
        spread = spread * (np.abs(np.diff(z[:first], axis=0)).mean(0) / _D2)
    return mean, 3 * spread, 0.0, 1.0 if kind.startswith("p") else np.inf


def _mean_range(ranges: np.ndarray, screen: bool) -> np.ndarray:
    mean = ranges.mean(0)
    if not screen:
        return mean
    kept = (ranges < _RANGE_LIMIT * mean) | (mean == 0)
    return np.where(kept, ranges, 0).sum(0) / kept.sum(0)


def _rules(deviation: np.ndarray, width: np.ndarray) -> dict[str, np.ndarray]:
    """The four rules for every point and series at once."""
    step = np.sign(np.diff(deviation, axis=0))
    distance = np.abs(deviation)
    outside = distance > width
    outer = (distance > width * 2 / 3) & ~outside
    shift, trend, two = (np.zeros(deviation.shape, bool) for _ in range(3))
    for side in (1, -1):
        there, onward = np.equal(np.sign(deviation), side), np.equal(step, side)
        shift |= _spread(np.asarray(_windows(there, 7).all(-1)), 7, len(deviation))
        trend |= _spread(np.asarray(_windows(onward, 6).all(-1)), 7, len(deviation))
        threes = _windows(there, 3).all(-1) & (_windows(outer & there, 3).sum(-1) >= 2)
        two |= _spread(threes, 3, len(deviation)) & outer
    return {"astronomical": outside, "shift": shift, "trend": trend, "two_in_three": two}


def _windows(flags: np.ndarray, length: int) -> np.ndarray:
    if len(flags) < length:
        return np.zeros((0, flags.shape[1], length), bool)
    return np.lib.stride_tricks.sliding_window_view(flags, length, axis=0)


def _spread(starts: np.ndarray, points: int, length: int) -> np.ndarray:
    """Marks every one of the `points` that follow a start."""
    marked = np.zeros((length, starts.shape[1]), bool)
    for k in range(points):
        marked[k : k + len(starts)] |= starts
    return marked
