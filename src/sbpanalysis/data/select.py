"""What do an edition's files say of a measure, and which of them say it? One answer to both."""

from __future__ import annotations

import difflib
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sbpanalysis.data import areas, classification, reference
from sbpanalysis.data.contract import COLUMNS, LEVELS
from sbpanalysis.data.holdings import Holding
from sbpanalysis.data.values import protected, remembered, values
from sbpanalysis.data.withheld import Key, keys_of
from sbpanalysis.errors import DataError, NotHeldError, SbpWarning
from sbpanalysis.paths import CALENDAR
from sbpanalysis.periods import month

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition


@dataclass(frozen=True)
class Selection:
    """The values of a measure at a level, and the files that gave them.

    `holdings` are those of the one source that answers; `through` are lookups by which its
    areas were summed. Counts of persons are kept as counted inside, so that sums can be made of
    them, and leave as `rows` or `sums` only, protected.
    """

    measure: str
    level: str
    holdings: tuple[Holding, ...] = ()
    through: tuple[Holding, ...] = ()
    _counted: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=COLUMNS), repr=False
    )
    withheld: frozenset[Key] = frozenset()

    def __bool__(self) -> bool:
        return len(self._counted) > 0

    @property
    def sources(self) -> list[dict]:
        """The entries in data/reference/sources.yml of what the values come from."""
        entries = reference.entries("sources.yml")
        return [entries[source] for source in self._counted["source"].unique()]

    @property
    def of_persons(self) -> bool:
        """Whether the source counts persons, so that numbers are protected."""
        return any(entry.get("sensitive") == "persons" for entry in self.sources)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The values in the tidy contract; counts of persons protected."""
        if not (self and self.of_persons):
            return self._counted
        return self._counted.assign(value=protected(self._counted["value"]).mask(self._withheld))

    @property
    def _withheld(self) -> np.ndarray:
        """Which rows are of numbers that the edition withholds."""
        named = keys_of(self._counted) if self.withheld else [None] * len(self._counted)
        return np.array([key in self.withheld for key in named], dtype=bool)

    @cached_property
    def files(self) -> tuple[Holding, ...]:
        """The files that the values come from, and those that they were summed by."""
        given = set(self._counted["snapshot"])
        return (*(h for h in self.holdings if h.sha256 in given), *(self.through if self else ()))

    @property
    def vintage(self) -> str:
        """The wards or LSOAs that the values are of, of two the later; empty for other areas."""
        return max(self._counted["boundary_vintage"].unique(), default="")

    @property
    def periods(self) -> pd.Series:
        """The first month of each row."""
        return self._counted["period"].dt.to_period("M")

    @property
    def frequencies(self) -> pd.Series:
        """How long the period of each row is."""
        return self._counted["frequency"]

    def where(self, kept: pd.Series) -> Selection:
        """The selection with the rows that are `kept` only."""
        return replace(self, _counted=self._counted[kept.to_numpy()].reset_index(drop=True))

    def until(self, last: pd.Period) -> Selection:
        """The selection with what begins in or before the month `last`."""
        return self.where(self.periods <= last) if self else self

    def of_group(self, group: str | None) -> Selection:
        """The selection with the rows of one group; all of them for None and "all"."""
        whole = group in (None, "all") or not self
        return self if whole else self.where(self._counted["group"] == group)

    def cut(self, asked: str, start, end, last: pd.Period) -> Selection:
        """The selection from `start` to `end`, months as text, or to `last` where none is said.

        Raises `DataError`, with the name that was `asked` for, if they are not held.
        """
        periods, frequency = self.periods, self._counted["frequency"].iloc[0]
        first, newest = periods.min(), periods.max()
        until = newest + 11 if frequency == "annual" else newest
        for what, wanted in (("start", start), ("end", end)):
            if wanted is not None and not first <= month(wanted) <= until:
                raise DataError(
                    f"{asked}, {what} {wanted}: not held, expected months from {first} to {until}; "
                    "add the file that has them to the edition's data."
                )
        begin, stop = month(start or first), month(end or last)
        inside = self.where((periods >= begin) & (periods <= stop))
        if not inside:
            raise DataError(
                f"{asked}: no months from {begin} to {stop}, held are {first} to {newest}; give "
                "the edition files of those months, or ask for others."
            )
        return inside

    def tell_calendar(self, calendar: str) -> None:
        """Tell who listens that counts of persons of more than one month are given so."""
        monthly = self and set(self.frequencies) == {"monthly"}
        if monthly and self.of_persons and self.periods.nunique() > 1:
            sys.audit(CALENDAR, f"{self.measure} {calendar}")

    def sums(self, by: str, months: int | None = None) -> pd.Series:
        """Sums of the values by a column, of persons made from the counts and then protected.

        With `months` only of what has a value for each of so many periods: what lacks one is
        left out, for the rest would be told as the whole.
        """
        grouped = self._counted.groupby(by, sort=True)["value"]
        sums = grouped.sum(min_count=1)
        if months is not None:
            sums = sums[grouped.count() == months]
        if not (self and self.of_persons):
            return sums
        self.tell_calendar("totals")
        alone = self._counted.assign(withheld=self._withheld).groupby(by, sort=True)["withheld"]
        return protected(sums).mask(alone.all().reindex(sums.index))


def sources(edition: Edition, measure: str, level: str) -> list[str]:
    """The sources that offer a measure at a level, in the order of the edition's data.

    London is the sum of its boroughs where no source gives it itself.
    """
    offered = [held.source for held in edition.holdings if held.offers(measure, level)]
    if not offered and level == "region":
        return sources(edition, measure, "borough")
    return list(dict.fromkeys(offered))


def select(
    edition: Edition,
    measure: str,
    level: str,
    wanted: set[str] | None,
    group: str | None = None,
    last: pd.Period | None = None,
) -> Selection:
    """What the first source that has any says of the `wanted` areas, codes, None for all.

    `group` None selects totals, "all" every part, another name that part. Files that begin after
    the month `last` say nothing, not even that an area had none. An empty selection where no
    source has any. Raises `DataError` for a group that is the name of another misspelt.
    """
    found, end = Selection(measure, level), str(last or "9")
    for source in sources(edition, measure, level):
        holdings = tuple(
            held
            for held in edition.holdings
            if held.source == source and min(held.months, default="") <= end
        )
        found = _of_source(edition, holdings, measure, level, wanted, group is not None)
        if found := found.of_group(group):
            return found
    if (measure, level) == ("population", "ward"):
        found = _wards_from_lsoas(edition, wanted, group, last)
    if not found and group not in (None, "all"):
        _check_group(edition, measure, group)
    return found


def _of_source(edition, holdings, measure, level, wanted, parts: bool) -> Selection:
    if level == "region" and not any(h.offers(measure, level) for h in holdings):
        held = _london(edition, holdings, measure, parts)
    else:
        held = values(edition._store, holdings, measure, level, wanted, parts)
    held = _one_vintage(edition, held, level)
    return Selection(measure, level, holdings, (), held, edition.withheld)


def _wards_from_lsoas(edition, wanted: set[str] | None, group: str | None, last) -> Selection:
    """The population of wards as the sum of their LSOAs, by the edition's best-fit lookup."""
    lookups = [h for h in edition.holdings if h.source == "lookup_lsoa_ward"]
    parts = select(edition, "population", "lsoa", None, group, last) if lookups else None
    if not parts:
        return Selection("population", "ward")
    columns = ["lsoa_code", "ward_code"]
    lookup = edition._store.table(lookups[0].sha256, columns).astype(str)
    if wanted is not None:
        lookup = lookup[lookup["ward_code"].isin(wanted)]
    home = dict(zip(lookup["lsoa_code"], lookup["ward_code"], strict=True))
    rows = parts._counted[parts._counted["area_code"].isin(list(home))]
    per_year = rows.groupby("period")["area_code"].transform("nunique")
    if home and (rows.empty or (per_year < len(home)).all()):
        missing = sorted(set(home) - set(rows["area_code"])) or sorted(home)
        warnings.warn(
            f"Residents by ward cannot be summed: {len(missing)} of the {len(home)} LSOAs of the "
            f"wards, such as {missing[0]}, are not in the file of residents. Add residents on the "
            "LSOAs that the lookup of LSOAs and wards is of, or residents by ward.",
            SbpWarning,
            stacklevel=2,
        )
    rows = rows[per_year == len(home)]
    vintage = lookups[0].facts["vintages"][0]
    rows = rows.assign(
        area_code=rows["area_code"].map(home), area_type="ward", boundary_vintage=vintage
    )
    keys = [column for column in COLUMNS if column != "value"]
    wards = rows.groupby(keys, sort=False)["value"].sum().reset_index()[list(COLUMNS)]
    wards = _one_vintage(edition, wards, "ward").reset_index(drop=True)
    return Selection("population", "ward", parts.holdings, (lookups[0],), wards)


def _london(edition, holdings, measure: str, parts: bool) -> pd.DataFrame:
    """The sum of the 32 boroughs, for months that all of them have."""
    codes = set(areas.boroughs().index)
    held = values(edition._store, holdings, measure, "borough", codes, parts)
    if held.empty:
        return held
    keys = ["period", "frequency", "boundary_vintage", "measure", "group", "unit", "source"]

    def summed() -> pd.DataFrame:
        whole = held.groupby([*keys, "snapshot"], sort=False, dropna=False)["value"]
        whole = whole.agg(["sum", "count"]).reset_index()
        whole = whole[whole["count"] == len(codes)].rename(columns={"sum": "value"})
        whole = whole.assign(area_code=areas.LONDON, area_type="region")
        return whole[list(held.columns)].sort_values(["group", "period"]).reset_index(drop=True)

    offering = [one for one in holdings if one.offers(measure, "borough")]
    question = (measure, "sum of boroughs", parts)
    return remembered(edition._store, offering, question, summed).copy(deep=False)


def _one_vintage(edition, held: pd.DataFrame, level: str) -> pd.DataFrame:
    """Ward values on the wards that the edition counts offences in, and on no others.

    LSOAs are left as they are: no code of 2011 came to mean another place in 2021.
    """
    if level != "ward" or held.empty:
        return held
    own = edition.ward_vintage or max(held["boundary_vintage"])
    kept = held["boundary_vintage"] == own
    return held if kept.all() else held[kept]


def ward_vintage(holdings: Iterable[Holding]) -> str | None:
    """The vintage of wards that the counts of offences are on, or of other values."""
    for kind in ("categories", "values"):
        for held in holdings:
            if held.facts["kind"] == kind and "ward" in held.facts["levels"]:
                return max(held.facts["vintages"])
    return None


def held(
    edition: Edition,
    measure: str,
    level: str,
    wanted: set[str] | None,
    group: str | None = None,
    last: pd.Period | None = None,
) -> Selection:
    """As `select`; raises `DataError` where no source has any."""
    found = select(edition, measure, level, wanted, group, last)
    if not found:
        raise NotHeldError(_not_held(edition, measure, level, wanted, group), measure, level)
    return found


def _not_held(edition, measure: str, level: str, wanted, group: str | None) -> str:
    groups = _groups(edition, measure) if group not in (None, "all") else []
    if groups and group not in groups:
        return f"{measure}, group {group!r}: expected all, or one of {', '.join(groups)}."
    elsewhere = [at for at in LEVELS if at != level and sources(edition, measure, at)]
    if elsewhere:
        hint = f"it is held at {', '.join(elsewhere)} level."
    elif stand_in := classification.about(measure)["stand_in"]:
        hint = f"ask for the broader {stand_in!r}, or add a file that holds it."
    else:
        hint = "add a file that holds it to the edition's data."
    what = f"{measure} by group" if group else measure
    where = "for this area" if wanted is not None else "there"
    return f"{what} at {level} level: edition {edition.name!r} holds none {where}; {hint}"


def _check_group(edition, measure: str, group: str) -> None:
    """Refuse a group that is another's name misspelt; a band of other ages is another group."""
    digits = re.findall(r"\d+", group)
    groups = _groups(edition, measure)
    alike = [name for name in groups if re.findall(r"\d+", name) == digits]
    close = difflib.get_close_matches(group, alike, n=1, cutoff=0.8)
    if close and group not in groups:
        raise DataError(f"{measure}, group {group!r}: no such group; did you mean {close[0]!r}?")


def _groups(edition, measure: str) -> list[str]:
    """The groups of a measure that any file of the edition names, or the classification does."""
    found = set(classification.groups(measure))
    for one in edition.holdings:
        if one.facts["kind"] == "categories":
            found |= set(one.categories(measure).values())
        elif one.facts["kind"] == "values" and measure in one.facts["measures"]:
            rows = edition._store.table(one.sha256, ["group"], {"measure": {measure}})
            found |= set(rows["group"].unique())
    return sorted(found - {""})
