"""Which changes does an edition tell together? Its figures, with the one family of comparisons."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from functools import cached_property

import pandas as pd

from sbpanalysis.absent import Absent
from sbpanalysis.data import edition as figures
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError, SbpWarning
from sbpanalysis.stats.change import change, cut_off, family

FAMILIES = "SBP_FAMILIES"  # the environment's name of fingerprint -> p_limit, as JSON


class Edition(figures.Edition):
    """An edition: area, comparators, last month, and the snapshots its figures come from.

    Its series know how sure a change must be to be told, since many are told together.
    """

    def __repr__(self) -> str:
        held = f"{len(self.files)} files"
        return f"Edition({self.name!r}, {self.area}, data up to {self.period_end}, {held})"

    def series(
        self,
        measure: str,
        area: str | None = None,
        group: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> pd.Series:
        counts = super().series(measure, area, group, start, end)
        return self._of_family(counts)

    series.__doc__ = figures.Edition.series.__doc__

    def history(self, measure: str, area: str | None = None, group: str | None = None) -> pd.Series:
        return self._of_family(super().history(measure, area, group))

    history.__doc__ = figures.Edition.history.__doc__

    # Notebooks that analysts wrote before `Absent` ask in these two ways: they go on to run
    def series_or_none(self, measure: str, area: str | None = None, end=None) -> pd.Series | None:
        """As `series`, but None where nothing is held."""
        counts = self.series(measure, area, end=end)
        return None if isinstance(counts, Absent) else counts

    def per_residents(self, values: pd.Series) -> dict:
        """What a rate of `values` per 1,000 residents says of itself."""
        return {"area": self.area, "per": 1000, "exposure": "residents"}

    def family(self) -> pd.DataFrame:
        """Every change of the area over the last 12 months that the edition can tell, together.

        Of each monthly measure that is held of the borough, but of none that counts persons.

        Returns `measure, area, word, p, q` and the other fields of `sbp.change`, a row a measure:
        `word` as `sbp.family` makes it, `q` the p adjusted for all of them.
        """
        apart = replace(self, _store=Store(self.root))  # what is read here is on no page
        rows = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SbpWarning)
            for measure in self.measures("borough"):
                try:
                    counts = figures.Edition.series(apart, measure)
                    persons = self.classification.counts_persons(measure)
                    if not isinstance(counts, Absent) and not persons:
                        rows[measure] = change(counts)
                except DataError:  # less than two years, say, or a break within them
                    continue
        judged = family(list(rows.values()))
        frame = pd.DataFrame([r.frame.iloc[0] for r in judged], index=range(len(judged)))
        frame.insert(0, "measure", list(rows))
        frame.insert(1, "area", self.area)
        first = ["measure", "area", "word", "p", "q"]
        return frame[first + [c for c in frame if c not in first]] if rows else frame

    @cached_property
    def p_limit(self) -> float:
        """The p below which a change of the area is told as such: the cut-off of `family`.

        A build has found it out before its notebooks run, and tells them.
        """
        known = json.loads(os.environ.get(FAMILIES) or "{}")
        if self.fingerprint in known:
            return known[self.fingerprint]
        judged = self.family()
        return cut_off(judged["q"]) if len(judged) else 1.0

    def knows(self, p_limit: float) -> None:
        """Take the cut-off of `family` as found out before, on the same figures."""
        self.__dict__["p_limit"] = p_limit

    def _of_family(self, counts: pd.Series) -> pd.Series:
        if counts.attrs["area_code"] == self.area_code:
            counts.attrs["p_limit"] = self.p_limit
        return counts
