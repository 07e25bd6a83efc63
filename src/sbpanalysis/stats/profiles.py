"""How does each of many small areas stand, and which of their changes are more than chance?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field, fields

import numpy as np
import pandas as pd
from scipy.special import stdtr

from sbpanalysis.errors import BreakError, DataError
from sbpanalysis.stats.change import (
    FALSE_DISCOVERY,
    FELL,
    ROSE,
    TOO_FEW,
    Change,
    change,
    false_discovery,
    family,
    judged,
    rolling_total,
)
from sbpanalysis.stats.monthly import breaks_within
from sbpanalysis.stats.noise import usual_dispersion
from sbpanalysis.stats.ranking import sides
from sbpanalysis.stats.rates import rate
from sbpanalysis.stats.result import record

NOT_COMPARED = "not compared"


@record
class Profiles:
    """Many areas on many measures: `frame` has a row an area and measure, `counts` the series."""

    frame: pd.DataFrame
    counts: Mapping[str, pd.DataFrame]
    attrs: dict = field(default_factory=dict, repr=False)

    @property
    def areas(self) -> list[str]:
        """The areas in alphabetical order."""
        return sorted(self.frame["area"].unique())

    @property
    def codes(self) -> dict[str, str]:
        """The code of each area."""
        return self.attrs["codes"]

    def of(self, area: str) -> pd.DataFrame:
        """The rows of one area, by measure."""
        rows = self.frame[self.frame["area"] == area].set_index("measure")
        rows.attrs = self.attrs
        return rows

    def named(self, measure: str) -> str:
        """A measure with the span of its latest count, as a sentence says it."""
        about = self.counts[measure].attrs
        return f"{about['title']} in the {about['period']}"

    def across(self, measure: str) -> pd.Series:
        """The latest count of a measure by area, with what a figure of it says of itself."""
        rows = self.frame[self.frame["measure"] == measure].set_index("area")
        values = rows["after"].rename_axis("Area")
        about = self.counts[measure].attrs
        caption = f"{about['title']}, {self.attrs['area']}, {about['period']}"
        values.attrs = about | {"area": self.attrs["area"], "caption": caption}
        return values

    def scatter(self, measure: str) -> pd.Series:
        """Variance over mean of each area's latest count, by area: its own months' or the usual."""
        rows = self.frame[self.frame["measure"] == measure]
        return rows.set_index("area")["scatter"]

    def changes(self, area: str, always: int = 1) -> list[Change]:
        """The changes of an area: of the first measures, then what chance does not explain."""
        rows = self.of(area)
        monthly = [m for m in rows.index if isinstance(self.counts[m].index, pd.PeriodIndex)]
        compared = [m for m in monthly if rows.at[m, "word"] != NOT_COMPARED]
        clear = [m for m in compared if rows.at[m, "word"] in (ROSE, FELL)]
        first = [m for m in list(self.counts)[:always] if m in compared]
        chosen = dict.fromkeys(first + clear)
        return [self._change(rows.loc[m], area, m) for m in chosen]

    def _change(self, row: pd.Series, area: str, measure: str) -> Change:
        known = [f.name for f in fields(Change) if f.name in row.index]
        about = self.counts[measure].attrs | {"area": area, "whole": self._whole(measure)}
        return Change(**{k: row[k] for k in known}, attrs=about)

    def _whole(self, measure: str) -> dict:
        """The counts of all areas together in the two windows, beside which each is told."""
        rows = self.frame[self.frame["measure"] == measure]
        before, after = rows[["before", "after"]].sum().tolist()
        return {"area": self.attrs["area"], "before": before, "after": after}

    def rolling(self, months: int = 60) -> pd.DataFrame:
        """12-month totals of the last `months`: columns by area, then by the measure's title."""
        monthly = [f for f in self.counts.values() if isinstance(f.index, pd.PeriodIndex)]
        totals = {f.attrs["title"]: rolling_total(f) for f in monthly}
        wide = pd.concat(totals, axis=1).swaplevel(axis=1).sort_index()
        wide = wide.dropna(how="all").tail(months)
        wide.attrs = {"source": list(dict.fromkeys(s for f in monthly for s in f.attrs["source"]))}
        return wide


def profiles(
    counts: Mapping[str, pd.DataFrame],
    residents: pd.Series | None = None,
    *,
    confidence: float = 0.95,
) -> Profiles:
    """Each area's latest 12 months (or year) of each measure: count, change, rate, rank, share.

    counts: measure -> counts, one column an area, monthly periods or names of years down.
    residents: persons by area. confidence: a fraction.

    Returns `Profiles`; its frame has `area, measure, before, after, percent, percent_lower,
    percent_upper, verdict, rate, rate_lower, rate_upper, of, share` besides the fields of `change`;
    `scatter`, the variance over the mean of the latest count;
    `earlier`, the count two windows back; `shrunk` and `side` as `sides` gives them, missing where
    it cannot; `whole_percent`, the change of all areas together, and `moved`: `more` or `less`
    where the area changed otherwise than the rest of them, else empty. Ranges are those of each
    comparison alone; the words are those of one `family` of all areas and measures, and so is
    `moved`. `word` and `verdict` are "not compared" where a break forbids it or there is no earlier
    window.

    Source: `change`; rates per 1,000 with Byar's or exact limits; two changes by the difference of
    their logarithms (Altman and Bland 2003, British Medical Journal 326).

    >>> months = pd.period_range("2016-04", periods=24, freq="M")
    >>> counts = pd.DataFrame({"North": [9] * 12 + [30] * 12, "South": [0] * 23 + [1]}, months)
    >>> profiles({"robbery": counts}).frame[["area", "after", "word"]].values.tolist()
    [['North', 360.0, 'rose'], ['South', 1.0, 'too few']]
    """
    parts = [_compared(m, frame, residents, confidence) for m, frame in counts.items()]
    if not parts:
        raise DataError("profiles: no measure given; ask for one that is held by ward.")
    rows = pd.concat(parts, ignore_index=True)
    compared = rows["word"] != NOT_COMPARED
    if compared.any():
        told = pd.DataFrame(family(rows[compared]))
        rows.loc[compared, ["word", "q"]] = told[["word", "q"]]
        rows["moved"] = _otherwise(rows)
    about = next(iter(counts.values())).attrs
    return Profiles(rows, dict(counts), {k: about.get(k) for k in ("area", "codes")})


def _compared(measure: str, frame: pd.DataFrame, residents, confidence: float) -> pd.DataFrame:
    monthly = isinstance(frame.index, pd.PeriodIndex)
    after = frame.tail(12 if monthly else 1).sum()
    rows = pd.DataFrame({"after": after, "before": np.nan, "verdict": NOT_COMPARED})
    rows["word"] = NOT_COMPARED
    if len(frame) >= (24 if monthly else 2):
        with suppress(BreakError):  # the two windows then count different things
            rows = (change if monthly else _years)(frame, confidence=confidence)
    rows.attrs = {}
    rows = rows.rename_axis("area").reset_index().assign(measure=measure)
    after = rows["after"]
    rows["of"], rows["share"] = len(rows), after / (after.sum() or np.nan)
    rows["whole_percent"] = 100 * (after.sum() / (rows["before"].sum() or np.nan) - 1)
    back = frame.iloc[-36:-24] if monthly else frame.iloc[-3:-2]
    cut = monthly and any(not b.comparable for b in breaks_within(frame.tail(36)))
    known = len(back) == (12 if monthly else 1) and not cut
    rows["earlier"] = back.sum().to_numpy(float) if known else np.nan
    rows["moved"], rows["shrunk"], rows["side"] = "", np.nan, ""
    with suppress(DataError):  # few areas, or few events
        rows[["shrunk", "side"]] = sides(after)[["shrunk", "side"]]
    usual = pd.Series(usual_dispersion(after), rows.index)
    rows["scatter"] = rows["inflation"].fillna(usual) if "inflation" in rows else usual
    if residents is not None:
        people = residents.reindex(rows["area"]).to_numpy(float)
        rates = rate(after, people, per=1000, dispersion=rows["scatter"])
        for column, name in (("value", "rate"), ("lower", "rate_lower"), ("upper", "rate_upper")):
            rows[name] = np.asarray(rates[column], float)
    return rows


def _otherwise(rows: pd.DataFrame) -> np.ndarray:
    """Whether each area changed more or less than the rest of them, over the whole family."""
    groups = rows.groupby("measure")[["before", "after"]]
    rest = groups.transform("sum") - rows[["before", "after"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log(rows["after"] / rows["before"] / (rest["after"] / rest["before"]))
        variance = sum(
            dispersion * (1 / counts["before"] + 1 / counts["after"])
            for counts, dispersion in (
                (rows, rows["inflation"]),
                (rest, usual_dispersion(rest["after"])),
            )
        )
        t = (apart / np.sqrt(variance)).to_numpy(float)
    tried = np.isfinite(t) & ~rows["word"].isin([NOT_COMPARED, TOO_FEW]).to_numpy()
    p = 2 * stdtr(rows["df"].to_numpy(float), -np.abs(t))
    clear = np.zeros(len(rows), bool)
    if tried.any():
        clear[tried] = (p[tried] < 0.05) & (false_discovery(p[tried]) < FALSE_DISCOVERY)
    return np.select([clear & (t > 0), clear & (t < 0)], ["more", "less"], "")


def _years(frame: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """The last named year against the one before, area by area."""
    before, after = frame.iloc[-2].to_numpy(float), frame.iloc[-1].to_numpy(float)
    dispersion = usual_dispersion((before + after) / 2)
    told = judged(before, after, dispersion, np.inf, confidence=confidence)
    return pd.DataFrame(told, frame.columns).assign(method="quasi-Poisson ratio of two years")
