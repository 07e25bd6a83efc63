"""How much of it is in how few places, and do such places lie together? Lorenz, Gini, Moran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.stats.checks import numbers, whole
from sbpanalysis.stats.result import record


@record(eq=False)
class Concentration:
    """Numbers for a Series of places; Series by column for a frame."""

    gini: float | pd.Series
    gini_generalised: float | pd.Series
    places: int
    total: float | pd.Series
    lorenz: pd.Series | pd.DataFrame
    attrs: dict = field(default_factory=dict)

    def share_of_top(self, k: int) -> float | pd.Series:
        """Share of the total in the `k` places that have most; `k` counts places.

        >>> concentration(pd.Series([1, 2, 7])).share_of_top(1)
        0.7
        """
        top = 1 - self.lorenz.iloc[self.places - whole("share_of_top: k", k, 0, self.places)]
        return top.rename(None) if isinstance(top, pd.Series) else float(top)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a series: places, total, gini, gini_generalised."""
        columns = {
            name: getattr(self, name) for name in ("places", "total", "gini", "gini_generalised")
        }
        index = self.gini.index if isinstance(self.gini, pd.Series) else [0]
        frame = pd.DataFrame(columns, index=index)
        frame.attrs = dict(self.attrs)
        return frame


def concentration(counts: pd.Series | pd.DataFrame) -> Concentration:
    """How unequally counts are spread over places.

    `counts`: Series of counts by place, places without any included as 0; or a frame, one
    column a series.

    Returns a `Concentration`: gini (uncorrected), gini_generalised (which does not call a few
    crimes in many places concentrated only because most places must have none), share_of_top(k),
    lorenz (share of the total by share of places, ascending from (0, 0)).
    Raises `DataError` for no places, missing or negative counts, or a total of 0.
    Source: Bernasco and Steenbeek (2017), Journal of Quantitative Criminology 33, 451-467.

    >>> spread = concentration(pd.Series([0, 0, 0, 1, 3]))
    >>> round(spread.gini, 2), round(spread.gini_generalised, 2)
    (0.7, 0.62)
    """
    x = _places(counts)
    n, total = len(x), x.sum(0)
    ordered = np.sort(x, axis=0)
    rank = 2 * np.arange(1, n + 1)[:, None] - n - 1
    gini = (rank * ordered).sum(0) / (n * total)
    generalised = np.maximum(1, n / total) * (gini - 1) + 1
    curve = np.vstack([np.zeros_like(total), np.cumsum(ordered, axis=0) / total])
    share = pd.Index(np.arange(n + 1) / n, name="share_of_places")
    if isinstance(counts, pd.DataFrame):
        lorenz = pd.DataFrame(curve, index=share, columns=counts.columns)
        gini, generalised, total = (
            pd.Series(v, index=counts.columns) for v in (gini, generalised, total)
        )
    else:
        lorenz = pd.Series(curve[:, 0], index=share, name="share_of_total")
        gini, generalised, total = float(gini[0]), float(generalised[0]), float(total[0])
    return Concentration(gini, generalised, n, total, lorenz, dict(counts.attrs))


def _places(counts: pd.Series | pd.DataFrame) -> np.ndarray:
    if not isinstance(counts, pd.Series | pd.DataFrame):
        raise DataError(
            f"concentration: found {type(counts).__name__}, expected a Series of counts by place."
        )
    frame = counts.to_frame() if isinstance(counts, pd.Series) else counts
    if frame.index.has_duplicates:
        twice = frame.index[frame.index.duplicated()][0]
        raise DataError(f"concentration: {twice!r} occurs twice; add up its counts first.")
    x = numbers("concentration", frame, frame.index)
    if not x.size:
        raise DataError("concentration: no places given, expected at least one.")
    if (x.sum(0) == 0).any():
        raise DataError(
            f"concentration: {frame.columns[np.argmin(x.sum(0))]!r} is 0 in every place, so there "
            "is nothing to be concentrated; leave it out or take a longer period."
        )
    return x


@record(eq=False)
class Moran:
    """Moran's I: observed, expected without pattern, and how far beyond chance."""

    i: float
    expected: float
    z: float
    p: float
    p_sim: float
    permutations: int
    attrs: dict = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """One row: i, expected, z, p, p_sim."""
        names = ("i", "expected", "z", "p", "p_sim")
        frame = pd.DataFrame({name: [getattr(self, name)] for name in names})
        frame.attrs = dict(self.attrs)
        return frame


def moran(values: pd.Series, neighbours: Mapping, permutations: int = 999, seed: int = 0) -> Moran:
    """Do places with high values lie beside each other more than chance would have it?

    `values`: Series by place, rates rather than counts. `neighbours`: place to the places that
    touch it; every place of `values` is a key (an island has an empty list). Weights are
    row-standardised. `permutations`, `seed`: for the permutation p.

    Returns a `Moran`: i, expected, z and p under randomisation, two-sided; p_sim, two-sided, by
    permutation (NaN for none). Raises `DataError` for fewer than 4 places, places that do not
    match, or values that are all the same.
    Source: Cliff and Ord (1981), Spatial Processes; computed by esda.

    >>> row = {k: [j for j in (k - 1, k + 1) if 0 <= j < 8] for k in range(8)}
    >>> result = moran(pd.Series([1, 2, 3, 4, 5, 6, 7, 9]), row)
    >>> round(result.i, 2), result.p < 0.05
    (0.78, True)
    """
    x = _checked(values, neighbours, permutations)
    observed, weights = _esda(x, values.index, neighbours)
    p_sim = _permutation_p(observed, weights, x - x.mean(), permutations, seed)
    # where every arrangement gives the same I (one case on a ring), none is unusual
    fixed = observed.VI_rand < 1e-12
    return Moran(
        i=float(observed.I),
        expected=float(observed.EI),
        z=0.0 if fixed else float(observed.z_rand),
        p=1.0 if fixed else float(observed.p_rand),
        p_sim=p_sim,
        permutations=permutations,
        attrs=dict(values.attrs),
    )


def _esda(x, places, neighbours):
    import warnings

    with warnings.catch_warnings():
        # libpysal announces islands, which are legitimate here, and its own deprecations
        warnings.simplefilter("ignore")
        from esda.moran import Moran as EsdaMoran
        from libpysal.weights import W

        weights = W(
            {place: list(neighbours[place]) for place in places},
            id_order=list(places),
            silence_warnings=True,
        )
        observed = EsdaMoran(x, weights, transformation="r", permutations=0)
        return observed, weights.sparse


def _permutation_p(observed, weights, z, permutations, seed) -> float:
    """Twice the smaller tail; with a generator of its own, where esda draws from a global one."""
    if not permutations:
        return float("nan")
    shuffled = np.random.default_rng(seed).permuted(np.tile(z, (permutations, 1)), axis=1)
    simulated = (shuffled * (weights @ shuffled.T).T).sum(1) * len(z) / weights.sum() / (z @ z)
    # a tie counts on both sides, whatever order its terms were added in
    gap = simulated - observed.I
    smaller = min((gap > -1e-12).sum(), (gap < 1e-12).sum())
    return float(min(1, 2 * (smaller + 1) / (permutations + 1)))


def _checked(values: pd.Series, neighbours: Mapping, permutations: int) -> np.ndarray:
    if not isinstance(values, pd.Series) or not isinstance(neighbours, Mapping):
        raise DataError(
            f"moran: found {type(values).__name__} and {type(neighbours).__name__}, expected a "
            "Series by place and a mapping of each place to its neighbours."
        )
    whole("moran: permutations", permutations, 0)
    x, places = numbers("moran", values, values.index, least=-np.inf), values.index
    if places.has_duplicates:
        raise DataError(f"moran: {places[places.duplicated()][0]!r} occurs twice.")
    if len(x) < 4:
        raise DataError(f"moran: {len(x)} places given, at least 4 needed.")
    lost = [place for place in places if place not in neighbours]
    strangers = {other for place in places if place in neighbours for other in neighbours[place]}
    strangers -= set(places)
    if lost or strangers:
        first = lost[0] if lost else sorted(strangers, key=str)[0]
        raise DataError(
            f"moran: {len(lost)} places have no entry in neighbours and {len(strangers)} "
            f"neighbours have no value, first {first!r}; use one set of places for both."
        )
    if not any(len(neighbours[place]) for place in places):
        raise DataError("moran: no place has a neighbour; check the ids.")
    if np.ptp(x) == 0:
        raise DataError("moran: every place has the same value; there is no pattern to test.")
    return x
