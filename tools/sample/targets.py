"""Which published figures must the synthetic rows add up to?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sbpanalysis.periods import months

# The rolling burglary total is printed under a label that also says theft (see the claim's note).
_MEASURE_AS_COUNTED = {"burglary_and_theft_offences": "burglary_offences"}


@dataclass(frozen=True)
class Targets:
    """Rows of the transcription, looked up by measure, statistic and area."""

    claims: pd.DataFrame

    def rows(self, measure: str, *statistics: str, level: str | None = None) -> pd.DataFrame:
        """The claims on a measure, of these statistics (all if none), at this level."""
        c = self.claims
        keep = c.measure.eq(measure)
        if statistics:
            keep &= c.statistic.isin(statistics)
        if level:
            keep &= c.geography_type.eq(level)
        return c[keep]

    def values(self, measure: str, *statistics: str, level: str = "borough") -> pd.Series:
        """Published numbers by area name."""
        found = self.rows(measure, *statistics, level=level)
        return pd.Series(found.value.astype(float).to_numpy(), index=found.geography)

    def instead(self, values: pd.Series) -> Targets:
        """The same with other values, by the id of a claim."""
        given = self.claims["id"].map(values).fillna(self.claims["value"])
        return Targets(self.claims.assign(value=given))

    def period(self, measure: str, *statistics: str) -> pd.PeriodIndex:
        """The one period that these claims share, as months."""
        start, end = self.rows(measure, *statistics).period.iloc[0].split("/")
        return months(start, end)


def read_targets(claims_csv: Path) -> Targets:
    """The published figures of the 2018 assessment."""
    claims = pd.read_csv(claims_csv, dtype=str, keep_default_na=False)
    # minutes and reports speak of other periods and definitions than the assessment
    claims = claims[claims.section.str.match(r"\d")]
    return Targets(claims.assign(measure=claims.measure.replace(_MEASURE_AS_COUNTED)))


def ranked(weights: pd.Series, named: pd.DataFrame, lead: float = 1.2) -> pd.Series:
    """Weights in which the areas that the text ranks stand where the text puts them.

    `weights` by area name; `named` are claims with `geography`, `statistic`, `value`. The highest
    is at least `lead` times any other, and so is each of a highest band any outside it; the
    lowest is at most 1 / (2 `lead` squared) of any other. With a large `lead` ranks outlast chance.

    >>> claims = pd.DataFrame({"geography": ["A"], "statistic": ["rank"], "value": ["1"]})
    >>> float(ranked(pd.Series({"A": 1.0, "B": 4.0}), claims, lead=2)["A"])
    8.0
    """
    out = weights.astype(float).copy()
    of = {
        kind: named.geography[rows & named.geography.isin(out.index)].tolist()
        for kind, rows in {
            "top": named.statistic.eq("rank") & named.value.eq("1"),
            "band": named.statistic.eq("rank_band") & named.value.str.contains("highest"),
            "third": named.statistic.eq("rank_band") & named.value.eq("bottom third"),
            "bottom": named.statistic.eq("rank_from_lowest") & named.value.eq("1"),
        }.items()
    }
    unnamed = out.index.difference([a for areas in of.values() for a in areas])
    for step, area in enumerate(reversed(of["band"])):
        out[area] = out[unnamed].max() * lead * (1 + 0.03 * step)
    for area in of["third"]:
        out[area] = out[unnamed].quantile(0.2)
    for area in of["top"]:
        out[area] = max(out[area], out.drop(area).max() * lead)
    for area in of["bottom"]:
        out[area] = min(out[area], out.drop(area).min() / (2 * lead**2))
    return out


def whole(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers in proportion to `shares` that sum to `total` (largest remainder).

    Ties go to the first, so that the result never depends on the machine.

    >>> whole(np.array([1.0, 1.0, 1.0]), 4)
    array([2, 1, 1])
    """
    flat = np.asarray(shares, float).ravel()
    flat = np.ones_like(flat) if flat.sum() == 0 else flat
    exact = flat * (total / flat.sum())
    out = np.floor(exact).astype(int)
    largest = np.argsort(-(exact - out).round(9), kind="stable")
    out[largest[: total - out.sum()]] += 1
    return out.reshape(np.shape(shares))


def between(weights: pd.Series, total: int, fixed: pd.Series, lower, upper) -> pd.Series:
    """Whole totals by area: `fixed` ones as given, the others strictly inside their limits.

    `lower` and `upper` are numbers or Series by area; the sum is `total`.

    >>> between(pd.Series({"A": 1.0, "B": 1, "C": 9}), 30, pd.Series({"C": 12}), 2, 12).tolist()
    [9, 9, 12]
    """
    free = weights.index.difference(fixed.index, sort=False)
    low = pd.Series(lower, index=free, dtype=float).to_numpy() + 1
    high = pd.Series(upper, index=free, dtype=float).to_numpy() - 1
    natural = weights[free].to_numpy()
    rest = total - int(fixed.sum())
    scale = np.array([1e-6, 1e6])
    for _ in range(200):  # bisection: the clipped sum grows with the scale
        middle = np.sqrt(scale.prod())
        value = np.clip(natural * middle, low, high)
        scale[int(value.sum() > rest)] = middle
    out = pd.Series(whole(value, rest), index=free)
    return pd.concat([out, fixed.astype(int)])[weights.index]
