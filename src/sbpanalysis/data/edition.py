"""Which figures does an edition of the assessment stand on? Its area, period and files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path

import pandas as pd

from sbpanalysis.absent import Absent, Missing
from sbpanalysis.data import (
    areas,
    classification,
    closed,
    editions,
    figures,
    persons,
    places,
    select,
    spans,
    wards,
    withheld,
)
from sbpanalysis.data import provenance as origin
from sbpanalysis.data.contract import check_level
from sbpanalysis.data.holdings import Holding, fit, gather
from sbpanalysis.data.persons import Population
from sbpanalysis.data.select import Selection
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, NotHeldError
from sbpanalysis.paths import root as checkout
from sbpanalysis.periods import Break, month


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
    by = {" by region": ", London", " by country": ", nationally"}.get(by, by)
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
    holdings: tuple[Holding, ...] = field(repr=False)
    seams: dict[str, list[Break]] = field(repr=False)
    ward_vintage: str | None  # of the wards that its figures are counted in
    _store: Store = field(repr=False)
    folder: Path | None = field(default=None, repr=False)
    follows: str = ""
    published: str = ""  # the day, as the front page shows it
    next_release: str = ""  # when the next edition is due, in the same way
    current: bool = False
    max_age_months: int | None = None
    stale: str = "mark"

    @classmethod
    def open(
        cls,
        name_or_path: str | Path,
        data: str | Path | None = None,
        area: str | None = None,
    ) -> Edition:
        """Open an edition by its name in book/editions, or from a YAML file anywhere.

        `data` is a folder of published files that need not have been added: those the edition
        names are taken from it. `area` is another borough than the edition's own.

        Raises `DataError` for faults of the file, and for data that is not there, is refused,
        or does not fit together.
        """
        here = checkout()
        said = editions.load(name_or_path, here)
        store = Store(here)
        where = editions.folder(data, here)
        readings = gather(said.pop("data"), store, where, said["is_sample"])
        holdings, seams = fit(readings, said.pop("joins"))
        code = areas.code(area or said["area"])
        if code not in territory().units:
            every = territory().every_unit
            raise DataError(f"area {area or said['area']!r}: expected one of {every}.")
        others = [areas.names()[areas.code(name)] for name in said.pop("comparators")]
        said |= {"area": areas.names()[code], "area_code": code}
        return cls(
            **(said | {"cards": tuple(said["cards"]), "priorities": tuple(said["priorities"])}),
            comparators=tuple(name for name in others if name != said["area"]),
            root=here,
            reference=str(name_or_path),
            holdings=tuple(holdings),
            seams=seams,
            ward_vintage=select.ward_vintage(holdings),
            _store=store,
            folder=where,
        )

    @property
    def reads(self) -> set[str]:
        """SHA-256 of the snapshots really read so far, for the build's cache."""
        return self._store.reads

    @cached_property
    def names(self) -> dict[str, str]:
        """What each file is called on pages, by SHA-256: a closed one by a number, not by that."""
        return closed.names(held.facts for held in self.holdings)

    def named(self, digests) -> list[str]:
        """Files of these SHA-256, as pages name them; those of no holding are left out."""
        return sorted(self.names[sha] for sha in set(digests) if sha in self.names)

    def verify(self) -> None:
        """Read again what was edited among the tables that the edition stands on, with a warning.

        Raises `DataError` for one that cannot be.
        """
        for held in self.holdings:
            self._store.verified(held.sha256)

    @cached_property
    def withheld(self) -> frozenset[withheld.Key]:
        """Numbers of persons that are not shown, since others would then tell a hidden one."""
        return withheld.read(editions.locate(self.reference, self.root))

    @property
    def peers(self) -> tuple[str, list[str]]:
        """Whom the area is fairly set beside: what they are called, and their names, its own too.

        The boroughs of its part of London, as the Office for National Statistics divides it.
        """
        here = territory()
        names = [here.units[code] for code in here.same_part(self.area_code)]
        return f"{here.parts[self.area_code]} {here.its_units}", names

    def classes(self) -> list[str]:
        """The measures of recorded crime, held for the area, that together are all of it."""
        return [name for name in classification.classes() if self.has(name)]

    @property
    def fingerprint(self) -> str:
        """A digest of all that the edition says and stands on, for the build's cache."""
        said = [self.name, self.title, self.area_code, self.comparators, str(self.period_end)]
        said += [self.confidence, self.sections, self.cards, self.priorities, self.is_sample]
        said += [sorted(self.withheld)]
        said += [[held.sha256, held.facts["table"], held.months] for held in self.holdings]
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
        where = {"borough": "London boroughs", "region": "London"}
        named = found.rows["snapshot"].map(self.names)
        found.tell_calendar("months")
        frame = found.rows.assign(measure=measure, snapshot=named)
        about = figures.about(self, measure, found)
        frame.attrs = about | {"area": where.get(found.level, within or self.area)}
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
        name, code = self._known(measure), places.code(self, area or self.area_code)
        found = select.held(self, name, areas.level(code), {code}, group, self._last(end))
        figures.check_reach(self, found, end)
        found = found.cut(measure, start, end or None, self.period_end)
        return figures.series(self, measure, found)

    def population(
        self, area: str | None = None, level: str | None = None, year: int | None = None
    ) -> Population | pd.Series:
        """Persons in an area (an int with `.source` and `.year`), or in each area of a level.

        The year is that of the edition's last month, or the nearest that is held. For a level:
        a Series by area code, attrs `source` and `year`; "London" is the 32 boroughs. `Absent`
        where none are held.
        """
        return or_absent(persons.population)(self, "population", area, level, year)

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
        while measure and not self.has(measure, level):
            measure = classification.about(measure)["stand_in"]
        return measure or None

    def breaks(self, measure: str | None = None, level: str = "borough") -> list[Break]:
        """The known breaks of a measure, or of all that are held; oldest first.

        They are those of the files that `provenance` names, of totals, or else of the parts.
        """
        if measure is None:
            every = [b for name in self.measures(level) for b in self.breaks(name, level)]
            return sorted(dict.fromkeys(every), key=lambda b: b.date)
        return origin.breaks(self, self._behind(measure, level))

    def measures(self, level: str | None = None) -> list[str]:
        """The names of all measures held, or of those at a level."""
        return origin.measures(self, level and check_level(level))

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
        found = self._behind(measure, level, area, group)
        return origin.snapshot_table(self, {held.sha256 for held in found.files})

    def snapshot_table(self, names: Iterable[str]) -> pd.DataFrame:
        """The files of these names or SHA-256: source, publisher, file, snapshot, received, ...

        `snapshot` is the SHA-256. A file about persons, or from a partner, has a number in its
        place, the title of its source for its name, and the day on which it was received; the
        columns after that are first, last and licence.
        """
        return origin.snapshot_table(self, names)

    def boundaries(self, level: str = "ward", vintage: str | None = None):
        """Polygons of the area's wards or LSOAs, or of all boroughs; None if none are held.

        Returns a GeoDataFrame: area_code, name, geometry; attrs vintage, source. Of wards it
        gives those of `vintage`, or of the vintage that the edition's figures are counted in.
        Raises `DataError` if only another vintage is held: its borders are others.
        """
        return places.boundaries(self, level, vintage)

    def tiles(self) -> pd.DataFrame | None:
        """One square a ward: area_code, name, row, column; None if none are of the vintage."""
        return places.tiles(self)

    def shapes(self, level: str = "ward") -> pd.DataFrame | None:
        """What a map is drawn on: polygons if they are held, else the squares of `tiles`."""
        shapes = places.boundaries(self, level, None, strict=False)
        drawn = level in ("ward", "borough")
        return places.tiles(self, level) if shapes is None and drawn else shapes

    @or_absent
    def totals(self, measure: str, level: str = "ward", months: int = 12, end=None):
        """Totals by area name over `months` months to `end`; `Absent` if the level has none.

        A Series; attrs codes, vintage, span, caption besides those of `load`. If only a broader
        measure is held at the level it is given, with an `SbpWarning`.
        """
        self._known(measure)
        return figures.totals(self, measure, check_level(level), months, end or None)

    @or_absent
    def history(self, measure: str, area: str | None = None, group: str | None = None):
        """A measure of one area period by period, by the periods' names, such as 2017/18."""
        return spans.by_period(self, measure, area, group)

    @or_absent
    def snapshot(self, measure: str, level: str = "ward", period=None, group=None) -> pd.Series:
        """A measure by area name in one named period, the latest if left out; attrs as `totals`."""
        return spans.at_latest(self, measure, level, period, group)

    @or_absent
    def parts(self, measure: str, area: str | None = None, period: str | None = None) -> pd.Series:
        """The groups of a measure in one named period, the latest if left out."""
        return spans.by_group(self, measure, area, period)

    @or_absent
    def pairs(self, kinds: list[str], part: str, whole: str, area=None) -> pd.DataFrame:
        """Two measures a kind, named by its word and these endings: the latest `part`, `whole`."""
        return spans.pairs(self, kinds, part, whole, area)

    @or_absent
    def crossed(self, measure: str, rows: str, columns: str) -> pd.DataFrame:
        """A measure by two breakdowns, such as age band and sex, with the sums as counted."""
        return spans.crossed(self, measure, rows, columns)

    @or_absent
    def by_year(self, measure: str, area: str | None = None) -> dict[str, pd.Series]:
        """The history of each group of a measure."""
        return spans.by_year(self, measure, area)

    @or_absent
    def beside(self, measures: list[str], areas: list[str], period: str) -> pd.DataFrame:
        """Measures of one named period, a row each, by area; months of a year are added up."""
        return spans.beside(self, measures, areas, period)

    @or_absent
    def kinds(self, measure: str, wards: list[str], months: int = 12, end=None) -> pd.Series:
        """What a measure was made up of in some wards together, by group, over `months`."""
        return spans.kinds(self, measure, wards, months, end or None)

    def by_ward(self, measures: list[str]) -> dict[str, pd.DataFrame]:
        """The series of measures by ward, or of what stands in for them, one column a ward.

        Monthly ones to the edition's last month, or years by name; attrs as `series`, and `codes`,
        `period`. Counts of persons, and series that have ended, are left out.
        """
        return wards.by_ward(self, [m for m in measures if self._known(m)])

    @or_absent
    def residents(self, values: pd.Series, share: str = "") -> pd.Series:
        """The population of the areas of `values` (from `totals`); `Absent` if any is not held.

        `share`: a measure, the percent of residents that are meant. attrs: area, source, year, and
        `exposure`, by which a rate of them is told.
        """
        people = figures.residents(self, values)
        if not share:
            return people
        percent = spans.at_latest(self, share, values.attrs["level"], None, None)
        among = people * percent / 100
        among.attrs = people.attrs
        return among

    def age_shares(self) -> pd.DataFrame:
        """Percent of residents by age band, a row a borough; `Absent` if no ages are held."""
        return or_absent(figures.age_shares)(self, "population")

    def caption(self, measure: str, what: str, area: str | None = None) -> str:
        """A figure's statistical title: measure, area, what is shown of it."""
        return f"{self.measure_title(measure)}, {area or self.area}, {what}"

    def area_name(self, code: str) -> str:
        """An area's name."""
        return places.name(self, code)

    def measure_title(self, measure: str) -> str:
        """What a page calls a measure."""
        return classification.about(measure)["title"]

    def _known(self, measure: str) -> str:
        """The name under which a measure is held; raises `DataError` for one that is none."""
        return classification.check_measure(measure, self.measures)

    def _select(
        self, name: str, level: str, group: str | None = None, area: str | None = None
    ) -> Selection:
        """What is held of a measure at a level, or of one area, to the edition's last month."""
        codes = {places.code(self, area)} if area else self._codes(level)
        at = areas.level(next(iter(codes))) if area else check_level(level)
        found = select.select(self, name, at, codes, group, self.period_end)
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
        codes = self._codes(check_level(level), within)
        return select.held(self, name, level, codes, group, last or self.period_end)

    def _last(self, end: str | pd.Period | None) -> pd.Period:
        """The month `end`, or the edition's last if that is later or none is asked for."""
        return max(self.period_end, month(end or self.period_end))

    def _codes(self, level: str, within: str | None = None) -> set[str] | None:
        """The areas of a level; of wards and LSOAs those of the edition's area, or `within`."""
        return places.codes(self, level, areas.code(within) if within else self.area_code)

    def _counts(self, name: str, level: str, group: str | None) -> pd.DataFrame:
        """Values as counted, of persons too: for the replay's own judgement, never to be shown."""
        return select.select(self, name, level, self._codes(level), group)._counted
