"""Which figures does an edition of the assessment stand on? Its area, period and files."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import cast

import pandas as pd

from sbpanalysis.absent import Absent, Missing
from sbpanalysis.data import (
    add,
    classification,
    closed,
    editions,
    figures,
    geometry,
    reference,
    withheld,
)
from sbpanalysis.data.classification import Classification, Registered
from sbpanalysis.data.contract import check_level
from sbpanalysis.data.figures import Population
from sbpanalysis.data.files import EditionFile, fit, gather, provenance_table, ward_vintage
from sbpanalysis.data.select import Catalogue, Selection, protected
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import Territory, normal, territory
from sbpanalysis.data.territory import level as level_of
from sbpanalysis.data.withheld import SUFFIX, Key
from sbpanalysis.errors import DataError, NotHeldError, SbpWarning
from sbpanalysis.paths import root as checkout
from sbpanalysis.periods import Break, Fixed, in_words, month, window

_COUNTRY = re.compile(r"[EWK]92\d{6}|K04\d{6}")
_WARD_OR_LSOA = re.compile(r"E(05|01)\d{6}")


BOUNDARIES = "Office for National Statistics (boundaries)"

_YEAR = 12  # months


def or_absent(method):
    """The method, which gives `Absent` for figures that the edition does not hold.

    Also for a measure that is empty, as an optional parameter of a notebook is.
    """

    @wraps(method)
    def answered(self, measure, *given, **named):
        for one in (measure, *given):
            if isinstance(one, Absent):
                return one
        if isinstance(measure, str) and not measure:
            return Absent(Missing("", "not asked for"))
        try:
            return method(self, measure, *given, **named)
        except NotHeldError as error:
            return Absent(_missing(error))

    return answered


def _missing(error: NotHeldError) -> Missing:
    by = "" if error.level in ("", "borough") else f" by {error.level}"
    whole = f", {territory().name}"
    by = {" by region": whole, " by country": ", nationally"}.get(by, by)
    title = classification.about(error.measure)["title"]
    holder, _, form = classification.holder(error.measure).partition("|")
    return Missing(f"{title}{by}", error.why, error.measure, holder, form)


@dataclass(frozen=True)
class Edition:
    """An edition: area, comparators, last month, and the snapshots its figures come from."""

    name: str
    title: str
    area: str
    area_code: str
    comparators: tuple[str, ...]
    period_end: pd.Period
    confidence: float
    sections: dict
    cards: tuple
    priorities: tuple[str, ...]
    is_sample: bool
    root: Path
    reference: str
    files: tuple[EditionFile, ...] = field(repr=False)
    seams: dict[str, list[Break]] = field(repr=False)
    ward_vintage: str | None  # of the wards that its figures are counted in
    territory: Territory = field(repr=False)
    classification: Classification = field(repr=False)
    register: dict[str, dict] = field(repr=False)  # what is known of each source
    registered: list[Registered] = field(repr=False)  # the rows of breaks.csv
    _store: Store = field(repr=False)
    folder: Path | None = field(default=None, repr=False)
    follows: str = ""
    published: str = ""  # the day, as the front page shows it
    next_release: str = ""  # when the next edition is due, in the same way
    current: bool = False
    max_age_months: int | None = None
    stale: str = "mark"
    # numbers of persons that are not shown, since others would then tell a hidden one
    withheld: frozenset[Key] = field(default=frozenset(), repr=False)
    # what each file is called on pages, by SHA-256: a closed one by a number, not by that
    names: dict[str, str] = field(init=False, repr=False, compare=False)
    _catalogue: Catalogue = field(init=False, repr=False, compare=False)

    @classmethod
    def open(
        cls, name_or_path: str | Path, data: str | Path | None = None, area: str | None = None
    ) -> Edition:
        """Open an edition by its name in book/editions, or from a YAML file anywhere.

        `data` is a folder of published files that need not have been added: those the edition
        names are taken from it. `area` is another borough than the edition's own.

        Raises `DataError` for faults of the file, and for data that is not there, is refused,
        or does not fit together.
        """
        root = checkout()
        path, entry = editions.locate(name_or_path, root), editions.load(name_or_path, root)
        here, store, folder = territory(), Store(root), editions.folder(data, root)
        readings = gather(entry.pop("data"), store, folder, entry["is_sample"])
        files, seams = fit(readings, entry.pop("joins"), here)
        own = here.code(area or entry["area"])
        if own not in here.units:
            raise DataError(f"area {area or entry['area']!r}: expected one of {here.every_unit}.")
        others = [here.names[here.code(name)] for name in entry["comparators"]]
        entry |= {
            "area": here.units[own],
            "area_code": own,
            "comparators": tuple(name for name in others if name != here.units[own]),
            "cards": tuple(entry["cards"]),
            "priorities": tuple(entry["priorities"]),
        }
        return cls(
            **entry,
            root=root,
            reference=str(name_or_path),
            files=tuple(files),
            seams=seams,
            ward_vintage=ward_vintage(files),
            territory=here,
            classification=classification.current(),
            register=reference.sources(),
            registered=reference.derived(classification.registered, "breaks.csv"),
            _store=store,
            folder=folder,
            withheld=withheld.read(path) if path.with_suffix(SUFFIX).is_file() else frozenset(),
        )

    def __new__(cls, *given, **fields):
        if len(given) == 1:
            raise DataError(f"Edition({given[0]!r}): open it with sbp.Edition.open({given[0]!r}).")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        catalogue = Catalogue(
            self.name,
            self.files,
            self._store,
            self.territory,
            self.classification,
            self.register,
            self.ward_vintage,
            self.withheld,
        )
        object.__setattr__(self, "_catalogue", catalogue)
        object.__setattr__(self, "names", closed.names(file.facts for file in self.files))

    @property
    def reads(self) -> set[str]:
        """SHA-256 of the snapshots really read so far, for the build's cache."""
        return self._store.reads

    def named(self, digests: Iterable[str]) -> list[str]:
        """Files of these SHA-256, as pages name them; those of no file here are left out."""
        return sorted(self.names[sha] for sha in set(digests) if sha in self.names)

    def verify(self) -> None:
        """Read again what was edited among the tables that the edition stands on, with a warning.

        Raises `DataError` for one that cannot be.
        """
        for file in self.files:
            if not add.facts(file.sha256, self._store):
                self._store.verified(file.sha256)

    @property
    def peers(self) -> tuple[str, list[str]]:
        """Whom the area is fairly set beside: what they are called, and their names, its own too.

        The boroughs of its part of London, as the Office for National Statistics divides it.
        """
        here = self.territory
        names = [here.units[code] for code in here.same_part(self.area_code)]
        return f"{here.parts[self.area_code]} {here.its_units}", names

    def splits(self, measure: str) -> list[str]:
        """The parts of a class of recorded crime of which the area's numbers are held."""
        return [name for name in self.classification.parts(measure) if self.has(name)]

    def classes(self) -> list[str]:
        """The measures of recorded crime, held for the area, that together are all of it."""
        return [name for name in self.classification.classes() if self.has(name)]

    @property
    def fingerprint(self) -> str:
        """A digest of all that the edition says and stands on, for the build's cache."""
        said: list = [self.name, self.title, self.area_code, self.comparators, str(self.period_end)]
        said += [self.confidence, self.sections, self.cards, self.priorities, self.is_sample]
        said += [sorted(self.withheld)]
        said += [[file.sha256, file.facts["table"], file.months] for file in self.files]
        said += [{s: [b.note for b in seams] for s, seams in self.seams.items()}]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def load(
        self,
        measure: str,
        level: str | None = None,
        start: str | None = None,
        end: str | None = None,
        group: str | None = None,
        within: str | None = None,
    ) -> pd.DataFrame:
        """The values of a measure as a tidy frame, one row a period and area.

        `level` is borough (the default: the 32 of London), ward or lsoa (of the edition's area,
        or of the borough `within`), region or country. `start` and `end` are months as text,
        both included; without them all months to the edition's last. `group` None gives totals,
        "all" the rows of the breakdown, a group's name its rows.

        Returns the tidy contract: period, frequency, area_code, area_type, boundary_vintage,
        measure, group, value, unit, source, snapshot; attrs as `series`. Raises `DataError` if
        the measure is not held, or not for those months.
        """
        name, last = self._known(measure), self._last(end)
        found = self._held(name, level or "borough", group, within, last)
        found = found.cut(measure, start, end, self.period_end)
        here = {"borough": self.territory.its_units, "region": self.territory.name}
        named = found.rows["snapshot"].map(self.names)
        found.announce_calendar("months")
        frame = found.rows.assign(measure=measure, snapshot=named)
        frame.attrs = self._attributes(measure, found)
        frame.attrs["area"] = here.get(found.level, within or self.area)
        return frame

    @or_absent
    def series(
        self,
        measure: str,
        area: str | None = None,
        group: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> pd.Series:
        """A measure of one area month by month: complete months up to the edition's last.

        `area` is a name or code, the edition's own if left out; "London" is the sum of the 32
        boroughs. A later `end` may be asked for. Where months are missing, the series begins
        after the last gap.

        Returns a Series with a monthly PeriodIndex, its name the measure; attrs measure, title,
        area, area_code, unit, level, source (titles), snapshots, breaks, persons, vintage, note.
        `Absent` if the measure is not held for the area, or not up to an `end` that other figures
        reach. Raises `DataError` for a measure that is none, and for months that nothing reaches.
        """
        name, code = self._known(measure), self._code(area)
        found = self._catalogue.held(name, level_of(code), {code}, group, self._last(end))
        self._check_reach(found, end)
        found = found.cut(measure, start, end or None, self.period_end)
        values = found.series(measure)
        where = {"area": self.area_name(code), "area_code": code}
        values.attrs = self._attributes(measure, found) | where
        return values

    def population(
        self, area: str | None = None, level: str | None = None, year: int | None = None
    ) -> Population | pd.Series:
        """Persons in an area (an int with `.source` and `.year`), or in each area of a level.

        The year is that of the edition's last month, or the nearest that is held. For a level:
        a Series by area code, attrs `source` and `year`; "London" is the 32 boroughs. `Absent`
        where none are held.
        """
        return or_absent(Edition._population)(self, "population", area, level, year)

    def _population(
        self, measure: str, area: str | None, level: str | None, year: int | None
    ) -> Population | pd.Series:
        """As `population`, by the measure of residents; raises `NotHeldError` for none."""
        code = self._code(area)
        at = check_level(level) if level else level_of(code)
        codes = self._codes(at, code) if level else {code}
        people, nearest = figures.nearest_year(
            self._catalogue.held(measure, at, codes), year, self.period_end.year
        )
        title, frame = people.sources[0]["title"], people.rows
        if not level:
            snapshots = self.named(file.sha256 for file in people.files)
            value = frame["value"].iloc[0]
            return Population(value, source=title, year=nearest, snapshots=snapshots)
        counts = pd.Series(frame["value"].to_numpy(), frame["area_code"].astype(str))
        counts = counts.rename("population")
        counts.attrs = {"source": title, "year": nearest, "area": self.area}
        return counts

    def has(
        self,
        measure: str,
        level: str = "borough",
        area: str | None = None,
        group: str | None = None,
    ) -> bool:
        """Whether a measure is held for the edition's area, or `area`, up to the last month.

        At level ward or lsoa for any within the area, at region or country for any of those;
        `group` as in `load`.
        """
        name, level = self._known(measure), check_level(level)
        if area is None and level == "borough":
            area = self.area_code
        return bool(self._select(name, level, group, area))

    def best_measure(self, measure: str, level: str = "borough") -> str | None:
        """The measure if it is held at a level, else the nearest broader one that is, or None."""
        broader = self.classification.broader(measure)
        return next((name for name in broader if self.has(name, level)), None)

    def stands_in(self, broader: str, measure: str) -> str:
        """That figures of a broader measure are shown for another; empty if they are the same."""
        if broader == measure:
            return ""
        missing, shown = (self.measure_title(name) for name in (measure, broader))
        return f"This edition does not hold “{missing}”: the page shows all of “{shown}”."

    def or_substitute(self, measure: str) -> tuple[str, str]:
        """The measure, or another that is shown in its place where it is not held for the area.

        Second is what a page says of the other one, empty for the measure itself. What may stand
        in whose place, and what it is not, is data/reference/substitutes.yml.
        """
        other = reference.entries("substitutes.yml").get(self._known(measure))
        if other is None or self._has_any(measure) or not self._has_any(other["measure"]):
            return measure, ""
        lacking, shown = map(self.measure_title, (measure, other["measure"]))
        words = f"This edition does not hold “{lacking}”: in its place stands “{shown}”."
        return other["measure"], f"{words} {other['note']}"

    def _has_any(self, measure: str) -> bool:
        """Whether a measure is held for the area itself, or by ward."""
        return any(self.has(measure, level) for level in ("borough", "ward"))

    def breaks(self, measure: str | None = None, level: str = "borough") -> list[Break]:
        """The known breaks of a measure, or of all that are held; oldest first.

        They are those of the files that `provenance` names, of totals, or else of the parts.
        """
        if measure is None:
            every = [b for name in self.measures(level) for b in self.breaks(name, level)]
            return sorted(dict.fromkeys(every), key=lambda b: b.date)
        return self._behind(measure, level).breaks(self.registered, self.seams)

    def measures(self, level: str | None = None) -> list[str]:
        """The names of all measures held, or of those at a level."""
        at = level and check_level(level)
        return list(dict.fromkeys(name for file in self.files for name in file.measures(at)))

    def provenance(
        self,
        measure: str,
        level: str = "borough",
        area: str | None = None,
        group: str | None = None,
    ) -> pd.DataFrame:
        """The files that the values of `load` come from, or those of one `area`.

        As `snapshot_table` lists them; `group` as in `load`, and None the parts where no totals
        are held.
        """
        return self.snapshot_table(self.files_behind(measure, level, area, group))

    def files_behind(
        self,
        measure: str,
        level: str = "borough",
        area: str | None = None,
        group: str | None = None,
    ) -> list[str]:
        """SHA-256 of the files that `provenance` lists."""
        given = {file.sha256 for file in self._behind(measure, level, area, group).files}
        return [file.sha256 for file in self.files if file.sha256 in given]

    def snapshot_table(self, names: Iterable[str]) -> pd.DataFrame:
        """The files of these names or SHA-256: source, publisher, file, snapshot, received, ...

        `snapshot` is the SHA-256. A file about persons, or from a partner, has a number in its
        place, the title of its source for its name, and the day on which it was received; the
        columns after that are first, last and licence.
        """
        wanted = set(names)
        files = [f for f in self.files if wanted & {f.sha256, self.names[f.sha256]}]
        end = str(self.period_end)
        return provenance_table(files, self.names, self.register, end, self.root)

    def boundaries(self, level: str = "ward", vintage: str | None = None):
        """Polygons of the area's wards or LSOAs, or of all boroughs; None if none are held.

        Returns a GeoDataFrame: area_code, name, geometry; attrs vintage, source. Of wards it
        gives those of `vintage`, or of the vintage that the edition's figures are counted in.
        Raises `DataError` if only another vintage is held: its borders are others.
        """
        check_level(level)
        wanted = vintage or (self.ward_vintage if level == "ward" else None)
        shapes = self._shapes(level, wanted)
        there = {v for file in self._with_shapes(level) for v in file.vintages}
        if shapes is None and there and wanted and wanted not in there:
            raise DataError(
                f"boundaries, {level}: found polygons of {', '.join(sorted(there))}, expected "
                f"those of {wanted}; borders differ, so add the {wanted} boundaries to the "
                "edition's data."
            )
        return shapes

    def tiles(self) -> pd.DataFrame | None:
        """One square a ward: area_code, name, row, column; None if none are of the vintage."""
        return geometry.tiles_of_wards(self.territory, self.area, self.ward_vintage)

    def shapes(self, level: str = "ward") -> pd.DataFrame | Absent:
        """What a map is drawn on: polygons if they are held, else squares in their place.

        `Absent` where neither is held: squares out of their place would be no map.
        """
        polygons = self._shapes(level, self.ward_vintage if level == "ward" else None)
        if polygons is None and level == "ward":
            polygons = self.tiles()
        elif polygons is None and level == "borough":
            polygons = geometry.tiles_of_units(self.territory)
        if polygons is None:
            return Absent(Missing(f"A map by {level}", "no boundaries held", holder=BOUNDARIES))
        return polygons

    @or_absent
    def totals(self, measure: str, level: str = "ward", months: int = 12, end=None):
        """Totals by area name over `months` months to `end`; `Absent` if the level has none.

        If only a broader measure is held at the level it is given instead, with an `SbpWarning`.
        Areas that lack a month are left out, with a warning. Totals of persons are summed as
        counted and then protected. A Series; attrs as `load`, with codes (name -> code), vintage,
        span, when, caption, mean_label, and stands_in: what the broader measure is and is not.
        """
        self._known(measure)
        name = self.best_measure(measure, check_level(level))
        if name is None:
            raise NotHeldError(f"{measure} by {level}: not held.", measure, level)
        title, index = self.measure_title(name), self._window(months, end)
        found = self._held(name, level, last=self._last(end))
        inside = found.where(found.periods.isin(index) & (found.frequencies == "monthly"))
        until = in_words(index[-1])
        if absent := months - inside.periods.nunique():
            why = f"held for {months - absent} of the {months} months to {until}"
            raise NotHeldError(f"{title} by {level}: {why}.", measure, level, why)
        stands_in = ""
        if name != measure:
            stands_in = (
                f"By {level}, only {title.lower()} is held, which is broader than "
                f"{self.measure_title(measure).lower()}."
            )
            _warn(stands_in)
        sums = inside.sums("area_code", months)
        if short := set(inside.rows["area_code"]) - set(sums.index):
            names = ", ".join(sorted(map(self.area_name, short)))
            _warn(f"{title}: {names} left out, for not all of the {months} months are held.")
        if sums.empty:
            raise NotHeldError(f"{title} by {level}: no area has all months.", measure, level)
        codes = Fixed({self.area_name(code): code for code in sums.index})
        sums.index = pd.Index(codes, name="Area")
        where = self.area if level in ("ward", "lsoa") else self._all_units
        sums.attrs = self._attributes(name, inside) | {
            "codes": codes,
            "area": where,
            "span": (index[0], index[-1]),
            "stands_in": stands_in,
            "mean_label": self._mean_label(level),
            "when": (when := f"{months} months to {until}"),
            "caption": f"{title}, {where}, {when}",
        }
        return sums

    @or_absent
    def history(self, measure: str, area: str | None = None, group: str | None = None):
        """A measure of one area period by period, by the periods' names, such as 2017/18.

        Of what is counted by month the periods are years, the latest to the edition's last month.
        """
        periods = self._history(measure, area, group)
        monthly = set(periods.attrs["lengths"].values()) == {1}
        return self._years(periods) if monthly and group is None else periods

    def _years(self, months: pd.Series) -> pd.Series:
        """Totals of 12 months, for as many years back as all months are held."""
        measure, level, area = (months.attrs[key] for key in ("measure", "level", "area"))
        years, end = {}, self.period_end
        while len(totals := self.totals(measure, level, end=end)) and area in totals.index:
            years[totals.attrs["when"]] = totals[area]
            end -= _YEAR
        if not years:
            why = f"held for fewer than 12 months to {in_words(end)}"
            raise NotHeldError(f"{measure}: {why}.", measure, level, why)
        names = list(years)[::-1]
        series = pd.Series(
            [years[n] for n in names], pd.Index(names, name="Period"), float, measure
        )
        series.attrs = months.attrs | {"lengths": Fixed(dict.fromkeys(names, _YEAR))}
        return series

    def _history(self, measure: str, area: str | None = None, group: str | None = None):
        code = self._code(area)
        at = level_of(code)
        frame = self.load(measure, at, group=group, within=area if at == "ward" else None)
        frame = frame[frame["area_code"] == code]
        if frame.empty:
            where = self.area_name(code)
            said = f"{measure}: none held for {where}; see Edition.has()."
            raise NotHeldError(said, measure, at)
        series = figures.by_period(frame, measure)
        series.attrs |= {"area": self.area_name(code), "area_code": code}
        return series

    @or_absent
    def snapshot(self, measure: str, level: str = "ward", period=None, group=None) -> pd.Series:
        """A measure by area name in one named period, the latest if left out; attrs as `totals`.

        Of what is counted by month the latest period is the last 12 months.
        """
        return self._one_period(measure, level, period, group)

    def _one_period(self, measure: str, level: str, period, group) -> pd.Series:
        frame = self.load(measure, level, group=group)
        if group is None and set(frame["frequency"]) == {"monthly"}:
            values = self.totals(measure, level, end=period and figures.last_month(period))
            values.attrs |= {"period": period or values.attrs["when"]}
            return values
        frame, name = figures.one_period(frame, measure, period)
        values = figures.by_area(frame, measure, self.area_name)
        where = {"ward": self.area, "borough": self.territory.its_units}.get(level, "")
        if level == "borough" and len(values) == len(self.territory.units):
            where = self._all_units
        values.attrs |= {
            "area": where,
            "period": name,
            "caption": f"{self.measure_title(measure)}, {where}, {name}",
            "mean_label": self._mean_label(level),
        }
        return values

    @or_absent
    def parts(self, measure: str, area: str | None = None, period: str | None = None) -> pd.Series:
        """The groups of a measure in one named period, the latest if left out."""
        return self._parts(measure, area, period)

    def _parts(self, measure: str, area: str | None = None, period: str | None = None):
        code = self._code(area)
        frame = self.load(measure, level_of(code), group="all")
        frame, name = figures.one_period(frame[frame["area_code"] == code], measure, period)
        groups = pd.Index(frame["group"], name="Group")
        parts = pd.Series(frame["value"].to_numpy(float), groups, name=measure)
        where, title = self.area_name(code), self.measure_title(measure)
        about = {"area": where, "area_code": code, "period": name}
        parts.attrs = frame.attrs | about | {"caption": f"{title}, {where}, {name}"}
        return parts

    @or_absent
    def pairs(self, kinds: list[str], part: str, whole: str, area=None) -> pd.DataFrame:
        """Two measures a kind, named by its word and these endings: the latest `part`, `whole`."""
        rows, titles, wholes = {}, {}, []
        for kind in kinds:
            names = (f"{kind}{part}", f"{kind}{whole}")
            if all(self.has(name, area=area or self.area) for name in names):
                both = [self._history(name, area) for name in names]
                row = self.measure_title(names[1])
                rows[row] = [one.iloc[-1] for one in both]
                titles[row] = self.measure_title(names[0])
                wholes.append(both[1])
        if not rows:
            what = f"{kinds[0]}{part}"
            raise NotHeldError(f"{what} of {kinds[0]}{whole}: not held.", what)
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["part", "whole"], dtype=float)
        table.index.name = "Kind"
        period = wholes[0].index[-1]
        about = {"period": period, "measure": part.strip("_"), "titles": Fixed(titles)}
        table.attrs = wholes[0].attrs | about
        return table

    @or_absent
    def crossed(self, measure: str, rows: str, columns: str) -> pd.DataFrame:
        """A measure by two breakdowns, such as age band and sex, with the sums as counted.

        The sums are the partner's own, each protected by itself.
        """
        cells = self._parts(f"{measure}_by_{rows}_and_{columns}")
        period = cells.attrs["period"]
        across, down = (
            self._parts(f"{measure}_by_{way}", period=period) for way in (columns, rows)
        )
        table = figures.crossed(cells, across, down, float(self._history(measure)[period]))
        return table.rename_axis(rows.replace("_", " ").capitalize())

    @or_absent
    def by_year(self, measure: str, area: str | None = None) -> dict[str, pd.Series]:
        """The history of each group of a measure."""
        code = self._code(area)
        frame = self.load(measure, level_of(code), group="all")
        groups = frame.loc[frame["area_code"] == code, "group"].unique()
        return {group: self._history(measure, area, group) for group in groups}

    @or_absent
    def beside(self, measures: list[str], areas: list[str], period: str = "") -> pd.DataFrame:
        """Measures of one named period, a row each, by area; months of a year are added up.

        Those that are not held are left out. Without a period it is the last whole one of the
        first that is. Beside counts of persons that are protected all others are rounded as those.
        """
        codes, rows, every = {name: self._code(name) for name in areas}, {}, []
        held = {m: self._select(self._known(m), "borough") for m in measures}
        for measure, selection in ((m, found) for m, found in held.items() if found):
            period = period or figures.last_whole(selection)
            title, sums = self.measure_title(measure), figures.whole_period(selection, period)
            lacking = [name for name, code in codes.items() if code not in sums.index]
            if lacking:
                _warn(
                    f"{title} is left out of the table: {', '.join(lacking)} not held for the "
                    f"whole of {period}."
                )
                continue
            rows[title] = sums[list(codes.values())].set_axis(areas)
            every.append(self._attributes(measure, selection))
        period = period or "any year"
        if not rows:
            raise NotHeldError(
                f"{', '.join(measures)}: none is held for the whole of {period} in "
                f"{', '.join(areas)}; ask for another period, or add the files that have it.",
                measures[0],
                why=f"not held for the whole of {period}",
            )
        table = pd.DataFrame(rows).T.rename_axis("Number of")
        persons = any(about["persons"] for about in every)
        table = table.apply(protected) if persons else table
        table.attrs = {
            "source": list(dict.fromkeys(t for about in every for t in about["source"])),
            "persons": persons,
            "as_published": any(about["as_published"] for about in every),
            "period": period,
        }
        return table

    @or_absent
    def kinds(self, measure: str, wards: list[str], months: int = 12, end=None) -> pd.Series:
        """What a measure was made up of in some wards together, by group, over `months`."""
        index, codes = self._window(months, end), [self._code(name) for name in wards]
        held = self._held(self._known(measure), "ward", "all", None, self._last(end))
        counted = held.where(held.periods.isin(index))  # a ward without one has no row of its own
        inside = counted.where(counted.rows["area_code"].isin(codes))
        if counted.periods.nunique() != months:
            why = f"not held for all of the {months} months to {index[-1]}"
            raise NotHeldError(
                f"{measure} by kind: {why}; ask for months that are, or add the file that has "
                "them.",
                measure,
                "ward",
                f"by kind {why}",
            )
        sums = inside.sums("group")
        sums.index.name = "Kind"
        where, title = " and ".join(wards), self.measure_title(measure)
        sums.attrs = self._attributes(measure, inside) | {
            "area": where,
            "span": (index[0], index[-1]),
            "caption": f"{title} by kind, {where}, {months} months to {in_words(index[-1])}",
        }
        return sums

    def by_ward(self, measures: list[str]) -> dict[str, pd.DataFrame]:
        """The series of measures by ward, or of what stands in for them, one column a ward.

        Monthly ones to the edition's last month, or years by name; attrs as `series`, and `codes`,
        `period`. Counts of persons, and series that have ended, are left out.
        """
        found = {}
        for measure in filter(self._known, measures):
            broader = map(self._by_ward, self.classification.broader(measure))
            if (frame := next((f for f in broader if f is not None), None)) is not None:
                found[frame.attrs["measure"]] = frame
        return found

    @or_absent
    def residents(self, values: pd.Series, share: str = "") -> pd.Series:
        """The population of the areas of `values` (from `totals`); `Absent` if any is not held.

        `share`: a measure, the percent of residents that are meant. attrs: area, source, year, and
        `exposure`, by which a rate of them is told.
        """
        codes, level = values.attrs["codes"], values.attrs["level"]
        people = cast(pd.Series, self._population("population", None, level, None))
        if not set(codes.values()) <= set(people.index):
            raise NotHeldError(f"population by {level}: not of every area.", "population", level)
        among = pd.Series({name: people[code] for name, code in codes.items()}, name="population")
        if share:
            among = among * self._one_period(share, level, None, None) / 100
        among.attrs = people.attrs | {"exposure": "residents"}
        return among

    def age_shares(self) -> pd.DataFrame:
        """Percent of residents by age band, a row a borough; `Absent` if no ages are held."""
        # Some publish the shares of one year and the persons of another
        shares = self.has("population_share", group="all")
        return self._age_shares("population_share" if shares else "population")

    @or_absent
    def _age_shares(self, measure: str) -> pd.DataFrame:
        frame = self.load(measure, "borough", group="all")
        shares = figures.age_shares(frame, self.period_end.year, self.area_name)
        period = shares.attrs["period"]
        shares.attrs["caption"] = f"Residents by age band, %, {self._all_units}, {period}"
        return shares

    def caption(self, measure: str, what: str, area: str | None = None) -> str:
        """A figure's statistical title: measure, area, what is shown of it."""
        return f"{self.measure_title(measure)}, {area or self.area}, {what}"

    def area_name(self, code: str) -> str:
        """An area's name; the code itself where no file of the edition names it."""
        if code in self.territory.names:
            return self.territory.names[code]
        return self._named("ward" if code.startswith("E05") else "lsoa").get(code, code)

    def measure_title(self, measure: str) -> str:
        """What a page calls a measure."""
        return self.classification.about(measure)["title"]

    @property
    def _all_units(self) -> str:
        return f"{len(self.territory.units)} {self.territory.its_units}"

    def _mean_label(self, level: str) -> str:
        return f"{self.territory.name} mean" if level == "borough" else "Mean"

    def _attributes(self, measure: str, selection: Selection) -> dict:
        """What travels with figures: title, unit, sources, snapshots, breaks, persons, vintage."""
        used, row = selection.sources, self.classification.about(measure)
        return {
            "measure": measure,
            "title": row["title"],
            "unit": selection.rows["unit"].iloc[0],
            "level": selection.level,
            "source": [entry["title"] for entry in used],
            "publisher": [entry["publisher"] for entry in used],
            "snapshots": self.named(file.sha256 for file in selection.files),
            "breaks": selection.breaks(self.registered, self.seams),
            "persons": selection.of_persons,
            "policing": self.classification.found_by_policing(measure),
            "as_published": selection.as_published,
            "vintage": selection.vintage,
            "note": " ".join(filter(None, (row["note"], *(e.get("note", "") for e in used)))),
        }

    def _by_ward(self, measure: str) -> pd.DataFrame | None:
        if not self._catalogue.sources(measure, "ward"):
            return None
        try:
            frame = self.load(measure, "ward")
        except DataError:  # held for other areas or months only
            return None
        return figures.by_ward(frame, self.period_end, self.area_name)

    def _check_reach(self, found: Selection, end: str | pd.Period | None) -> None:
        """Raise `NotHeldError` where the months up to `end` are not held, but those of others are.

        An `end` that nothing of the edition reaches is left to `Selection.cut`: a month is missing.
        """
        last, periods = self._month(end), found.periods
        begins_later = periods.min() > last
        ends_before = end and periods.max() < last and str(last) <= self._newest_month()
        if begins_later or ends_before:
            held = f"{periods.min()} to {periods.max()}"
            raise NotHeldError(
                f"{found.measure} to {last}: held are {held}; ask for an end inside, or add a "
                "file.",
                found.measure,
                found.level,
                f"held from {held} only",
            )

    def _newest_month(self) -> str:
        """The last month of any monthly figures: projections say nothing of what is over."""
        monthly = (f for f in self.files if f.facts.get("frequency", ["monthly"]) == ["monthly"])
        return max((file.months[-1] for file in monthly if file.months), default="")

    def _known(self, measure: str) -> str:
        """The name under which a measure is held; raises `DataError` for one that is none."""
        return self.classification.check(measure, self.measures)

    def _select(
        self, name: str, level: str, group: str | None = None, area: str | None = None
    ) -> Selection:
        """What is held of a measure at a level, or of one area, to the edition's last month."""
        code = self._code(area) if area else ""
        codes = {code} if code else self._codes(level, self.area_code)
        at = level_of(code) if code else check_level(level)
        found = self._catalogue.select(name, at, codes, group, self.period_end)
        return found.until(self.period_end)

    def _behind(
        self, measure: str, level: str, area: str | None = None, group: str | None = None
    ) -> Selection:
        """What stands behind a measure up to the edition's last month: totals, or else parts."""
        name = self._known(measure)
        kinds = (None, "all") if group is None else (group,)
        found = (self._select(name, level, kind, area) for kind in kinds)
        return next(filter(None, found), Selection(name, level))

    def _held(
        self,
        name: str,
        level: str,
        group: str | None = None,
        within: str | None = None,
        last: pd.Period | None = None,
    ) -> Selection:
        """What the files to the month `last` say, of all months; raises `DataError` for none."""
        unit = self.territory.code(within) if within else self.area_code
        codes = self._codes(check_level(level), unit)
        return self._catalogue.held(name, level, codes, group, last or self.period_end)

    def _counts(self, name: str, level: str, group: str | None) -> pd.DataFrame:
        """Values as counted, of persons too: for the replay's own judgement, never to be shown."""
        codes = self._codes(level, self.area_code)
        return self._catalogue.select(name, level, codes, group)._counted

    def _month(self, end: str | pd.Period | None) -> pd.Period:
        """The month `end`, the edition's last if none is asked for."""
        return month(end) if end else self.period_end

    def _last(self, end: str | pd.Period | None) -> pd.Period:
        """The month `end`, or the edition's last if that is later or none is asked for."""
        return max(self.period_end, self._month(end))

    def _window(self, months: int, end: str | pd.Period | None) -> pd.PeriodIndex:
        return window(self._month(end), months)

    def _codes(self, level: str, unit: str) -> set[str] | None:
        """The codes of a level: all units, the wards or LSOAs of one, or the whole."""
        if level == "borough":
            return set(self.territory.units)
        if level == "region":
            return {self.territory.whole}
        if level == "ward":
            return self.territory.all_wards_of(unit)
        if level == "lsoa":
            named = self._named("lsoa").items()
            return {c for c, name in named if self.territory.unit_of_lsoa(name) == unit}
        return None

    def _code(self, area: str | None) -> str:
        """The code of an area by its name or code, the edition's own if left out.

        Ward names are those of the edition's area. Raises `DataError`, with the name that is
        nearest, for one that is none.
        """
        if not area:
            return self.area_code
        if not isinstance(area, str):
            found = type(area).__name__
            raise DataError(f"area: found a {found}, expected one name; ask for one at a time.")
        here, wanted = self.territory, normal(area)
        if _WARD_OR_LSOA.fullmatch(area):
            return self._checked(area)
        if _COUNTRY.fullmatch(area):
            return area
        if wanted in here.codes:
            return here.codes[wanted] or here.code(area)
        wards = here.wards_of(self.area_code, self.ward_vintage or max(here.wards))
        exact = {self.area_name(ward): ward for ward in wards}  # two may differ in marks alone
        codes = {normal(name): ward for name, ward in exact.items()}
        if area in exact or wanted in codes:
            return exact.get(area) or codes[wanted]
        close = difflib.get_close_matches(wanted, codes, n=1)
        if close and not difflib.get_close_matches(wanted, here.codes, n=1):
            raise DataError(
                f"area: found {area[:60]!r}, expected a {here.unit} or a ward of {self.area}; "
                f"did you mean {self.area_name(codes[close[0]])!r}?"
            )
        return here.code(area)

    def _checked(self, code: str) -> str:
        """The code of a ward or LSOA; raises `DataError` for one that no list and no file has."""
        at = level_of(code)
        held = self._named(at)
        if code in held or code in self.territory.every_ward or (at == "lsoa" and not held):
            return code
        raise DataError(
            f"area {code}: no {at} of this code is in {self.territory.name}'s lists or the "
            "edition's files; give a code that is, or the area's name."
        )

    def _named(self, level: str) -> dict[str, str]:
        """Names by code of the wards or LSOAs in the edition's files."""
        return self._ward_names if level == "ward" else self._lsoa_names

    @cached_property
    def _ward_names(self) -> dict[str, str]:
        files = (f for f in self.files if "ward" in f.levels or f.kind == "lookup")
        return self._names_in(files)

    @cached_property
    def _lsoa_names(self) -> dict[str, str]:
        return self._names_in(file for file in self.files if "lsoa" in file.levels)

    def _names_in(self, files: Iterable[EditionFile]) -> dict[str, str]:
        found: dict[str, str] = {}
        apart = self._store.apart()  # a name that is looked up is no figure read
        columns = {
            "categories": ["area_code", "area_name"],
            "boundaries": ["area_code", "name"],
            "lookup": ["ward_code", "ward_name"],
        }
        for file in files:
            if file.kind in columns:
                table = apart.table(file.sha256, columns[file.kind]).drop_duplicates()
                found |= dict(table.astype(str).itertuples(index=False, name=None))
        return found

    def _with_shapes(self, level: str) -> list[EditionFile]:
        return [f for f in self.files if f.kind == "boundaries" and level in f.levels]

    def _shapes(self, level: str, vintage: str | None):
        """Polygons of a level and vintage; wards, where there are none, put together of LSOAs."""
        own = [f for f in self._with_shapes(level) if vintage is None or vintage in f.vintages]
        if own:
            return self._polygons(own, level)
        lookups = [
            f for f in self.files if f.kind == "lookup" and (not vintage or vintage in f.vintages)
        ]
        lsoas = [file for file in self._with_shapes("lsoa") if "2021" in file.vintages]
        if level != "ward" or not lookups or not lsoas:
            return None
        lookup = self._store.table(lookups[0].sha256)
        lookup = lookup[lookup["borough_code"] == self.area_code].astype(str)
        parts = self._polygons(lsoas, "lsoa")
        if (wards := geometry.dissolved(parts, lookup)) is None:
            return None
        title = self.register[lookups[0].source]["title"]
        of = self.territory.ward_vintage(wards["area_code"])
        wards.attrs = {"vintage": of, "source": [*parts.attrs["source"], title]}
        return wards

    def _polygons(self, files: list[EditionFile], level: str):
        frames = [self._store.boundaries(file.sha256) for file in files]
        frame = geometry.polygons(frames, level, self._codes(level, self.area_code))
        if frame is not None:
            titles = [self.register[file.source]["title"] for file in files]
            frame.attrs["source"] = list(dict.fromkeys(titles))
        return frame


def _warn(text: str) -> None:
    warnings.warn(text, SbpWarning, stacklevel=3)
