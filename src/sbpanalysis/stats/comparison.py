"""Is this area's rate beyond what chance gives areas of its size? Funnel plots."""

from __future__ import annotations

from dataclasses import field

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.stats.checks import numbers, refuse, refuse_swapped
from sbpanalysis.stats.result import record

KINDS = ("poisson", "binomial")
FLAGS = ("below 99.8%", "below 95%", "within", "above 95%", "above 99.8%")
COLUMNS = ("rate", "lower95", "upper95", "lower998", "upper998", "flag", "denominator")

_TAILS = {"lower95": 0.025, "upper95": 0.975, "lower998": 0.001, "upper998": 0.999}


@record(eq=False)
class Funnel:
    """One row an area; rates and limits in the unit of the target."""

    rate: pd.Series
    lower95: pd.Series
    upper95: pd.Series
    lower998: pd.Series
    upper998: pd.Series
    flag: pd.Series
    denominator: pd.Series
    target: float
    per: float
    kind: str
    tau2: float
    dispersion: float
    attrs: dict = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """All columns side by side, a row an area."""
        frame = pd.DataFrame({name: getattr(self, name) for name in COLUMNS})
        frame.attrs = dict(self.attrs)
        return frame


def funnel(
    counts: pd.Series,
    denominators: pd.Series,
    per: float = 1000,
    target: float | None = None,
    kind: str = "poisson",
    adjust: bool = False,
) -> Funnel:
    """Each area's rate against the limits that chance would keep it in around the target.

    `counts` and `denominators`: Series by area, matched by area. `per`: the rate is per so many.
    `target`: in the unit of the rate; all counts over all denominators if left out. `kind`:
    ``poisson`` for counts per population, ``binomial`` for a part of a whole. `adjust`: widen
    the limits for overdispersion between areas.

    Returns a `Funnel`: rate, lower95, upper95, lower998, upper998 (exact, interpolated), flag
    (`within`, `above 95%`, `above 99.8%`, `below 95%`, `below 99.8%`), denominator. `.tau2` is
    the added variance on the log scale, `.dispersion` the mean squared winsorised z (1 is
    chance alone).
    Raises `DataError` for counts or denominators that cannot be used.
    Source: Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.

    >>> wards = pd.Series({"A": 95, "B": 60, "C": 150})
    >>> funnel(wards, pd.Series({"A": 10_000, "B": 10_000, "C": 9_000})).flag.to_dict()
    {'A': 'within', 'B': 'below 99.8%', 'C': 'above 99.8%'}
    """
    if kind not in KINDS:
        raise DataError(f"funnel: kind is {kind!r}, expected one of {', '.join(KINDS)}.")
    areas, y, n = _by_area(counts, denominators, kind)
    refuse_swapped("funnel", y, n, per)
    centre = y.sum() / n.sum() if target is None else target / per
    if not 0 <= centre <= (1 if kind == "binomial" else np.inf):
        raise DataError(
            f"funnel: target {target!r} per {per:g} is {centre:g} of the denominator, expected "
            + ("0 to 1." if kind == "binomial" else "0 or more.")
        )
    dispersion, tau2 = _overdispersion(y, n, centre, kind)
    limits = _exact(n, centre, kind)
    if adjust and tau2 > 0:
        limits = _widened(n, centre, kind, tau2)
    columns = {"rate": y / n * per} | {name: limit * per for name, limit in limits.items()}
    columns["flag"] = np.array(FLAGS, dtype=object)[2 + _position(y / n, limits)]
    columns["denominator"] = n
    return Funnel(
        **{name: pd.Series(value, index=areas) for name, value in columns.items()},
        target=float(centre * per),
        per=per,
        kind=kind,
        tau2=float(tau2 if adjust else 0),
        dispersion=float(dispersion),
        attrs=dict(getattr(counts, "attrs", {})),
    )


def _by_area(counts, denominators, kind) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Areas, counts and denominators as arrays in one order, checked."""
    if isinstance(counts, pd.DataFrame):
        raise DataError(
            f"funnel: counts is a frame with columns {list(counts.columns)[:5]}, expected a "
            "Series with one count an area; pick a column."
        )
    y = counts if isinstance(counts, pd.Series) else pd.Series(np.atleast_1d(counts))
    if not len(y):
        raise DataError("funnel: no areas given, expected at least one.")
    if y.index.has_duplicates:
        raise DataError(f"funnel: area {y.index[y.index.duplicated()][0]!r} occurs twice.")
    if isinstance(denominators, pd.Series):
        missing = y.index.difference(denominators.index)
        if len(missing):
            raise DataError(
                f"funnel: {len(missing)} areas have no denominator, first {missing[0]!r}; "
                "give one for every area."
            )
        n = denominators[~denominators.index.duplicated()].reindex(y.index)
    elif np.isscalar(denominators) or len(denominators) == len(y):
        n = pd.Series(denominators, index=y.index)
    else:
        raise DataError(
            f"funnel: {len(y)} counts but {len(denominators)} denominators; give a Series by area."
        )
    count = numbers("funnel: counts", y, y.index)
    base = numbers("funnel: denominators", n, y.index, above=True)
    if kind == "binomial":
        bad = (count > base) | (base != np.round(base))
        refuse("funnel: denominators", bad, base, "a whole number, at least the count", y.index)
    return y.index, count, base


def _exact(n, centre, kind) -> dict[str, np.ndarray]:
    """Exact quantiles, interpolated between the two counts that straddle the tail probability."""
    from scipy.stats import binom, poisson

    chance = poisson(centre * n) if kind == "poisson" else binom(n, centre)
    limits = {}
    for name, tail in _TAILS.items():
        r = np.maximum(chance.ppf(tail), 0)
        alpha = (chance.cdf(r) - tail) / chance.pmf(r)
        limits[name] = np.maximum(r - alpha, 0) / n
    return limits


def _overdispersion(y, n, centre, kind) -> tuple[float, float]:
    """Mean squared z and added variance between areas (DerSimonian and Laird), log scale.

    The tenth of areas at either end is drawn in to the 10 % and 90 % quantiles first, so that
    a few outliers do not widen the funnel until they fit. An area with no case counts as half
    a case, since zero has no logarithm.
    """
    spread = (1 - centre) if kind == "binomial" else 1.0
    if len(y) < 2 or centre <= 0 or spread <= 0:
        return 1.0, 0.0
    expected = centre * n
    z = np.log(np.maximum(y, 0.5) / expected) * np.sqrt(expected / spread)
    z = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    phi, precision = np.mean(z**2), expected / spread
    free = precision.sum() - (precision**2).sum() / precision.sum()
    return phi, max(0.0, (len(y) * phi - (len(y) - 1)) / free)


def _widened(n, centre, kind, tau2) -> dict[str, np.ndarray]:
    from scipy.special import ndtri

    spread = (1 - centre) if kind == "binomial" else 1.0
    sd = np.sqrt(spread / (centre * n) + tau2)
    most = 1.0 if kind == "binomial" else np.inf
    return {
        name: np.minimum(centre * np.exp(ndtri(tail) * sd), most) for name, tail in _TAILS.items()
    }


def _position(rate, limits) -> np.ndarray:
    """-2 to 2: how many pairs of limits the rate is strictly beyond, and on which side."""
    above = (rate > limits["upper95"]).astype(int) + (rate > limits["upper998"])
    below = (rate < limits["lower95"]).astype(int) + (rate < limits["lower998"])
    return above - below
