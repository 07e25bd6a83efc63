"""What do files say of a measure, and which of them say it? One answer to both."""

from __future__ import annotations

import difflib
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.classification import Classification, Registered, breaks_among, registered
from sbpanalysis.data.contract import COLUMNS, LEVELS
from sbpanalysis.data.files import EditionFile
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import Territory
from sbpanalysis.data.withheld import Key, keys_of
from sbpanalysis.errors import DataError, NotHeldError, SbpWarning
from sbpanalysis.paths import CALENDAR
from sbpanalysis.periods import Break, month

LEAST, STEP = 8, 5  # of persons: the least count that is shown, and what each is rounded to
_KEYS = ["area_code", "group"]
_NONE = pd.DataFrame(columns=COLUMNS)


@dataclass(frozen=True)
class Selection:
    """The values of a measure at a level, and the files that gave them.

    `offering` are the files of the one source that answers; `through` are lookups by which its
    areas were summed; `register` is `reference.sources()`. Counts of persons are kept as
    counted inside, so that sums can be made of them, and leave as `rows` or `sums` only,
    protected.
    """

    measure: str
    level: str
    offering: tuple[EditionFile, ...] = ()
    through: tuple[EditionFile, ...] = ()
    _counted: pd.DataFrame = field(default_factory=lambda: _NONE, repr=False)
    register: Mapping[str, dict] = field(default_factory=dict, repr=False)
    withheld: frozenset[Key] = frozenset()

    def __bool__(self) -> bool:
        return len(self._counted) > 0

    @cached_property
    def sources(self) -> list[dict]:
        """What is known of the sources that the values come from."""
        return [self.register[source] for source in self._counted["source"].unique()]

    @property
    def of_persons(self) -> bool:
        """Whether persons are counted, so that numbers are protected.

        Not where everybody finds the same counts at the publisher's: `as_published`.
        """
        if any(entry.get("sensitive") == "persons" for entry in self.sources):
            return True
        return self._counts_persons and not self.as_published

    @property
    def as_published(self) -> bool:
        """Whether it counts persons, and shows them as their publisher does to everybody."""
        shown = [self.level in (entry.get("as_published") or ()) for entry in self.sources]
        return self._counts_persons and bool(shown) and all(shown)

    @property
    def _counts_persons(self) -> bool:
        known = (file.classification for file in self.offering[:1])
        return any(one.counts_persons(self.measure) for one in known)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The values in the tidy contract; counts of persons protected."""
        if not self.of_persons:
            return self._counted
        return self._counted.assign(value=protected(self._counted["value"]).mask(self._withheld))

    @property
    def _withheld(self) -> np.ndarray:
        """Which rows are of numbers that the edition withholds."""
        named = keys_of(self._counted) if self.withheld else [None] * len(self._counted)
        return np.array([key in self.withheld for key in named], dtype=bool)

    @cached_property
    def files(self) -> tuple[EditionFile, ...]:
        """The files that the values come from, and those that they were summed by."""
        given = set(self._counted["snapshot"].unique())
        return (*(f for f in self.offering if f.sha256 in given), *(self.through if self else ()))

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
        if kept.all():
            return self
        return replace(self, _counted=self._counted[kept.to_numpy()].reset_index(drop=True))

    def until(self, last: pd.Period) -> Selection:
        """The selection with what begins in or before the month `last`."""
        return self.where(self._counted["period"] <= last.to_timestamp()) if self else self

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
        begin, stop = (text if text is None else month(text) for text in (start, end))
        for what, text, wanted in (("start", start, begin), ("end", end, stop)):
            if wanted is not None and not first <= wanted <= until:
                raise DataError(
                    f"{asked}, {what} {text}: not held, expected months from {first} to {until}; "
                    "add the file that has them to the edition's data."
                )
        begin = first if begin is None else begin
        stop = last if stop is None else stop
        inside = self.where((periods >= begin) & (periods <= stop))
        if not inside:
            raise DataError(
                f"{asked}: no months from {begin} to {stop}, held are {first} to {newest}; give "
                "the edition files of those months, or ask for others."
            )
        return inside

    def announce_calendar(self, calendar: str) -> None:
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
        if not self.of_persons:
            return sums
        self.announce_calendar("totals")
        alone = self._counted.assign(withheld=self._withheld).groupby(by, sort=True)["withheld"]
        return protected(sums).mask(alone.all().reindex(sums.index))

    def series(self, name: str) -> pd.Series:
        """The values of one area by month, or year, after the last month that is missing."""
        self.announce_calendar("months")
        rows, frequency = self.rows, self.rows["frequency"].iloc[0]
        index = pd.PeriodIndex(rows["period"], freq="Y" if frequency == "annual" else "M")
        values = pd.Series(rows["value"].to_numpy(), index=index, name=name).sort_index()
        values = after_last_gap(values) if frequency == "monthly" else values
        values.index.name = "period"
        return values

    def breaks(self, registered: Iterable[Registered], seams: dict[str, list[Break]]):
        """The breaks of the files behind the values: those registered, and seams of their joins."""
        files = [file for file in self.files if file.months]
        joined = len({file.generation for file in files} - {""}) > 1
        known = breaks_among(
            registered, self.measure, self.level, self.vintage or None, joined=joined
        )
        given = {(file.source, month) for file in files for month in file.months}
        own = [
            seam
            for source in dict.fromkeys(file.source for file in files)
            for seam in seams.get(source, ())
            if (source, str(seam.date)) in given
        ]
        return sorted([*known, *own], key=lambda b: b.date)


def protected(counts: pd.Series) -> pd.Series:
    """Counts of persons as they may leave the library: 1 to 7 hidden, the rest to the nearest 5.

    >>> protected(pd.Series([0.0, 7.0, 8.0, 13.0])).tolist()
    [0.0, nan, 10.0, 15.0]
    """
    rounded = np.floor(counts / STEP + 0.5) * STEP
    return rounded.mask((counts > 0) & (counts < LEAST))


def after_last_gap(series: pd.Series) -> pd.Series:
    """The months after the last one that is missing."""
    steps = series.index[1:].asi8 - series.index[:-1].asi8
    gaps = [position for position, step in enumerate(steps, 1) if step != 1]
    return series.iloc[gaps[-1] :] if gaps else series


def values(
    store: Store,
    files: Iterable[EditionFile],
    measure: str,
    level: str,
    areas: set[str] | None,
    *,
    parts: bool,
) -> pd.DataFrame:
    """The values of a measure at a level from the files of one source, in the tidy contract.

    `areas` are codes, None for all. With `parts` the rows of every group, else totals only.
    Counts of persons are not protected yet.
    """
    offering = [file for file in files if file.offers(measure, level)]
    if not offering:
        return _NONE
    read = _of_categories if offering[0].kind == "categories" else _of_values
    found = read(store, offering, measure, level, areas, parts)
    return found[list(COLUMNS)].reset_index(drop=True)


def _of_values(store, offering, measure, level, areas, parts) -> pd.DataFrame:
    matching = {"measure": {measure}, "area_type": {level}}
    matching |= {"area_code": areas} if areas is not None else {}
    frames = []
    for file in offering:
        frame = store.table(file.sha256, matching=matching)
        months = pd.to_datetime(list(file.months), format="%Y-%m")
        frames.append(frame[frame["period"].isin(months)].assign(snapshot=file.sha256))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[(frame["group"] != "") == parts]
    _check_once(frame, measure, offering[0].source)
    return frame.sort_values(["area_code", "group", "period"], kind="stable")


def _check_once(frame: pd.DataFrame, measure: str, source: str) -> None:
    twice = frame.duplicated(["period", "area_code", "group", "boundary_vintage"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise DataError(
            f"{source}, {measure}: found two values for {row['area_code']} in "
            f"{row['period']:%Y-%m}, expected one; two files of the edition hold the same months, "
            "leave one out."
        )


def _of_categories(store, offering, measure, level, areas, parts) -> pd.DataFrame:
    wide = _by_month(store, offering, measure, areas, parts)
    owner = {month: file.sha256 for file in offering for month in file.months}
    rows, months = wide.shape
    index = wide.index.to_frame(index=False)
    return pd.DataFrame(
        {
            "period": np.tile(pd.PeriodIndex(wide.columns, freq="M").to_timestamp(), rows),
            "frequency": "monthly",
            "area_code": np.repeat(index["area_code"].to_numpy(dtype=object), months),
            "area_type": level,
            "boundary_vintage": _vintages(store, offering, index["area_code"]).repeat(months),
            "measure": measure,
            "group": np.repeat(index["group"].to_numpy(dtype=object), months),
            "value": wide.to_numpy(dtype=float).ravel(),
            "unit": offering[0].classification.about(measure)["unit"] or "offences",
            "source": offering[0].source,
            "snapshot": np.tile([owner[month] for month in wide.columns], rows),
        }
    ).dropna(subset="value")


def _by_month(store, offering, measure, areas, parts) -> pd.DataFrame:
    """Areas and groups down, months across, of all files together."""
    frames = [_grid(store, f, f.categories(measure), areas, parts) for f in offering if f.months]
    wide = pd.concat(frames, axis=1)
    if wide.columns.duplicated().any():
        wide = wide.T.groupby(level=0).sum(min_count=1).T
    # of an area or group that only other files name there was none, but for a part of a month
    unsure = {month for file in offering if file.facts["partial"] for month in file.months}
    zeros = dict.fromkeys((m for m in wide if m not in unsure), 0) if unsure else 0
    return wide.fillna(zeros).sort_index().sort_index(axis=1)


def _grid(store, file: EditionFile, categories: dict, areas, parts: bool) -> pd.DataFrame:
    """Areas (and groups) by month of one file."""
    months = list(file.months)
    matching = {"area_code": areas} if areas is not None else {}
    table = store.table(file.sha256, ["area_code", "major", "minor", *months], matching)
    pairs = zip(table["major"].tolist(), table["minor"].tolist(), strict=True)
    labels = np.array([categories.get(pair, "") for pair in pairs], dtype=object)
    counted = table.loc[labels != "", ["area_code", *months]]
    group = labels[labels != ""] if parts else np.full(len(counted), "", dtype=object)
    keys = [counted["area_code"].to_numpy(dtype=object), group]
    return counted[months].groupby(keys).sum().rename_axis(_KEYS)


def _vintages(store, offering, codes: pd.Series) -> np.ndarray:
    """The vintage of each area; files of LSOAs may hold codes of two censuses."""
    held = {vintage for one in offering for vintage in one.vintages}
    if len(held) == 1:
        return np.full(len(codes), held.pop(), dtype=object)
    known = {}
    for one in offering:  # a code of both is of the later one
        table = store.table(one.sha256, ["area_code", "boundary_vintage"]).drop_duplicates()
        for code, vintage in table.itertuples(index=False, name=None):
            known[code] = max(vintage, known.get(code, ""))
    return codes.map(known).to_numpy(dtype=object)


@lru_cache(maxsize=2)
def _answers_of(root: Path, rules: str, held: tuple) -> dict:
    """What files, read by these rules, say of all units: editions of any area ask it alike."""
    return {}


@dataclass(frozen=True)
class Catalogue:
    """What the files of an edition, by its name, hold, asked by measure, level and area.

    `wards` is the vintage of wards that figures are counted in, None for any; `register` is
    `reference.sources()`; `withheld` are numbers of persons that are not shown.
    """

    edition: str
    files: tuple[EditionFile, ...]
    store: Store
    territory: Territory
    classification: Classification
    register: Mapping[str, dict]
    wards: str | None
    withheld: frozenset[Key]
    _answers: dict = field(default_factory=dict, repr=False, compare=False)

    def sources(self, measure: str, level: str) -> list[str]:
        """The sources that offer a measure at a level, in the order of the files.

        The whole territory is the sum of its units where no source gives it itself.
        """
        offered = [file.source for file in self.files if file.offers(measure, level)]
        if not offered and level == "region":
            return self.sources(measure, "borough")
        return list(dict.fromkeys(offered))

    def select(
        self,
        measure: str,
        level: str,
        codes: set[str] | None,
        group: str | None = None,
        last: pd.Period | None = None,
    ) -> Selection:
        """What the first source that has any says of the areas of these codes, None for all.

        `group` None selects totals, "all" every part, another name that part. Files that begin
        after the month `last` say nothing, not even that an area had none. An empty selection
        where no source has any. Raises `DataError` for a group that is another's misspelt.
        """
        found, end = Selection(measure, level), str(last or "9")
        for source in self.sources(measure, level):
            own = (file for file in self.files if file.source == source)
            files = tuple(file for file in own if min(file.months, default="") <= end)
            held = self._values(files, measure, level, codes, parts=group is not None)
            found = Selection(measure, level, files, (), held, self.register, self.withheld)
            if found := found.of_group(group):
                return found
        if (measure, level) == ("population", "ward"):
            found = self._wards_from_lsoas(codes, group, last)
        if group is None and (part := self.classification.about(measure)["less"]):
            found = self._difference(measure, part, level, codes, last)
        if not found and group not in (None, "all"):
            self._check_group(measure, group)
        return found

    def _values(self, files, measure: str, level: str, codes, *, parts: bool) -> pd.DataFrame:
        """The values that files give; a page asks for the same ones again and again.

        Of units all are read at once, for the editions of each. Those of persons are not kept:
        they are as counted, and nothing holds such longer than it must.
        """
        summed = level == "region" and not any(file.offers(measure, level) for file in files)
        at = "borough" if summed else level
        files = tuple(file for file in files if file.offers(measure, at))  # no other is read
        if any(self.register[file.source].get("sensitive") == "persons" for file in files):
            return self._read(files, measure, level, at, codes, parts=parts)
        units = set(self.territory.units)
        of_units = level == "borough" and codes is not None and codes <= units
        read = units if of_units else codes
        kept = self._of_all_units if of_units or level == "region" else self._answers
        digests = tuple(file.sha256 for file in files)
        question = (digests, measure, level, parts, read if read is None else frozenset(read))
        if question in kept:
            self.store.consult(*digests)
        else:
            kept[question] = self._read(files, measure, level, at, read, parts=parts)
        held = kept[question]
        if codes == read or held.empty:
            return held
        return held[held["area_code"].isin(codes)].reset_index(drop=True)

    @cached_property
    def _of_all_units(self) -> dict:
        held = tuple((file.sha256, file.months) for file in self.files)
        return _answers_of(self.store.root, self.store.rules, held)

    def _read(self, files, measure: str, level: str, at: str, codes, *, parts: bool):
        """The values at a level; where they are held `at` that of units only, their sums."""
        if at != level:
            units = set(self.territory.units)
            held = self._values(files, measure, at, units, parts=parts)
            return held if held.empty else _sum_of_units(held, len(units), self.territory.whole)
        held = values(self.store, files, measure, level, codes, parts=parts)
        return self._of_one_vintage(held) if level == "ward" else held

    def _of_one_vintage(self, held: pd.DataFrame) -> pd.DataFrame:
        """Ward values on the wards that the edition counts offences in, and on no others.

        LSOAs are left as they are: no code of 2011 came to mean another place in 2021.
        """
        if held.empty:
            return held
        kept = held["boundary_vintage"] == (self.wards or max(held["boundary_vintage"]))
        return held if kept.all() else held[kept]

    def _difference(self, measure: str, less: str, level: str, codes, last) -> Selection:
        """The broader measure less a part of it, of the areas and months that both files have.

        As the Greater London Authority computes what is not published itself.
        """
        broader = self.classification.about(measure)["stand_in"]
        whole, part = (self.select(name, level, codes, None, last) for name in (broader, less))
        if not whole or not part:
            return Selection(measure, level)
        where = ["period", "area_code"]
        flagged = part._counted.set_index(where)["value"].rename("flagged")
        rows = whole._counted.join(flagged, on=where, how="inner")
        # the two are of different days: a flag may be set on what was counted elsewhere since
        left = (rows["value"] - rows["flagged"]).clip(lower=0)
        rows = rows.assign(measure=measure, value=left)[list(COLUMNS)].reset_index(drop=True)
        through = (*whole.through, *part.files)
        return Selection(measure, level, whole.offering, through, rows, self.register)

    def _wards_from_lsoas(self, codes: set[str] | None, group: str | None, last) -> Selection:
        """The population of wards as the sum of their LSOAs, by the best-fit lookup held."""
        lookups = [file for file in self.files if file.source == "lookup_lsoa_ward"]
        parts = self.select("population", "lsoa", None, group, last) if lookups else None
        if not parts:
            return Selection("population", "ward")
        lookup = self.store.table(lookups[0].sha256, ["lsoa_code", "ward_code"]).astype(str)
        if codes is not None:
            lookup = lookup[lookup["ward_code"].isin(codes)]
        home = dict(zip(lookup["lsoa_code"], lookup["ward_code"], strict=True))
        rows = parts._counted[parts._counted["area_code"].isin(list(home))]
        per_year = rows.groupby("period")["area_code"].transform("nunique")
        if home and (rows.empty or (per_year < len(home)).all()):
            missing = sorted(set(home) - set(rows["area_code"])) or sorted(home)
            warnings.warn(
                f"Residents by ward cannot be summed: {len(missing)} of the {len(home)} LSOAs of "
                f"the wards, such as {missing[0]}, are not in the file of residents. Add residents "
                "on the LSOAs that the lookup of LSOAs and wards is of, or residents by ward.",
                SbpWarning,
                stacklevel=2,
            )
        wards = rows[per_year == len(home)].assign(
            area_code=lambda table: table["area_code"].map(home),
            area_type="ward",
            boundary_vintage=lookups[0].vintages[0],
        )
        keys = [column for column in COLUMNS if column != "value"]
        wards = wards.groupby(keys, sort=False)["value"].sum().reset_index()[list(COLUMNS)]
        wards = self._of_one_vintage(wards).reset_index(drop=True)
        through = (lookups[0],)
        return Selection("population", "ward", parts.offering, through, wards, self.register)

    def held(
        self,
        measure: str,
        level: str,
        codes: set[str] | None,
        group: str | None = None,
        last: pd.Period | None = None,
    ) -> Selection:
        """As `select`; raises `NotHeldError`, with what to ask for in its place, for nothing."""
        if found := self.select(measure, level, codes, group, last):
            return found
        groups = self._groups(measure) if group not in (None, "all") else []
        if groups and group not in groups:
            listed = ", ".join(groups)
            raise DataError(f"{measure}, group {group!r}: expected all, or one of {listed}.")
        raise NotHeldError(self._not_held(measure, level, codes, group), measure, level)

    def _not_held(self, measure: str, level: str, codes, group: str | None) -> str:
        elsewhere = [at for at in LEVELS if at != level and self.sources(measure, at)]
        if elsewhere:
            hint = f"it is held at {', '.join(elsewhere)} level."
        elif stand_in := self.classification.about(measure)["stand_in"]:
            hint = f"ask for the broader {stand_in!r}, or add a file that holds it."
        else:
            hint = "add a file that holds it to the edition's data."
        what = f"{measure} by group" if group else measure
        where = "for this area" if codes is not None else "there"
        return f"{what} at {level} level: edition {self.edition!r} holds none {where}; {hint}"

    def _check_group(self, measure: str, group: str) -> None:
        """Refuse a group that is another's name misspelt; a band of other ages is another."""
        digits = re.findall(r"\d+", group)
        groups = self._groups(measure)
        alike = [name for name in groups if re.findall(r"\d+", name) == digits]
        close = difflib.get_close_matches(group, alike, n=1, cutoff=0.8)
        if close and group not in groups:
            raise DataError(
                f"{measure}, group {group!r}: no such group; did you mean {close[0]!r}?"
            )

    def _groups(self, measure: str) -> list[str]:
        """The groups of a measure that any file names, or the classification does."""
        found = set(self.classification.groups(measure))
        for file in self.files:
            found |= set(file.categories(measure).values())
            if file.kind == "values" and measure in file.facts["measures"]:
                rows = self.store.table(file.sha256, ["group"], {"measure": {measure}})
                found |= set(rows["group"].unique())
        return sorted(found - {""})


def _sum_of_units(held: pd.DataFrame, units: int, whole: str) -> pd.DataFrame:
    """The values of a whole as the sum of its units, for periods that all of them have."""
    keys = ["period", "frequency", "boundary_vintage", "measure", "group", "unit", "source"]
    sums = held.groupby([*keys, "snapshot"], sort=False, dropna=False)["value"]
    sums = sums.agg(["sum", "count"]).reset_index()
    sums = sums[sums["count"] == units].rename(columns={"sum": "value"})
    sums = sums.assign(area_code=whole, area_type="region")
    return sums[list(held.columns)].sort_values(["group", "period"]).reset_index(drop=True)


def breaks_for(
    measure: str,
    level: str = "borough",
    boundary_vintage: str | None = None,
    *,
    joined: bool = True,
) -> list[Break]:
    """The breaks of a measure that data/reference/breaks.csv registers, oldest first.

    `level` is borough, ward, lsoa, region or country. `boundary_vintage` says that the whole
    series is on the wards of one vintage, re-mapped by the publisher: then the new boundaries
    break nothing. `joined` is whether the series crosses from one generation of categories to
    another; a publisher that re-classifies its whole history leaves no such break.

    >>> [str(b.date) for b in breaks_for("burglary_residential_offences", joined=False)]
    ['2011-08', '2017-04', '2020-03', '2021-08', '2024-03']
    """
    name = classification.current().held_as(measure)
    rows = reference.derived(registered, "breaks.csv")
    return breaks_among(rows, name, level, boundary_vintage, joined=joined)
