"""How many offences, and victims, of violence against women and girls? The police's dashboard.

Workbooks of sheets that each hold every offence: by place, and by classification. Only the first
tells the borough. A mirror stacks them in one table. Counts are by the month of recording.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, NotOursError

SOURCE = "mps_vawg"
MEASURE = "violence_against_women_and_girls_offences"
PLACE, CLASS = "Offence count location", "Offence count classification"
_MOST_BEFORE = 0.01  # of the rows: 4 of 314,161 are of the published file
_BY_PLACE = {
    "unit_of_command": ("BCU Location",),
    "place": ("Borough Name",),
    "ward": ("Ward Name Clean 2",),
}
_BY_CLASS = {
    "crime_group": ("Crimsec Group",),
    "crime_class": ("CrimsecCodeExpansion",),
    "crime": ("Crimsec Offences",),
    "kind": ("VAWG Offence",),
}
_WHEN = {
    "recorded": ("Recorded Date Months",),
    "committed": ("Date Committed From Date Months",),
}
_OWN = frozenset(
    {"bculocation", "recordeddatemonths", "datecommittedfromdatemonths", "wardnameclean2"}
)
# Either sheet of the workbook, or both stacked
LAYOUT = strict.Layout(
    {**_BY_PLACE, **_WHEN, **_BY_CLASS, "sheet": ()},
    {"count": ()},
    own=_OWN,
    least=2,
    optional=(*_BY_PLACE, *_BY_CLASS, "sheet"),
)
recognises = LAYOUT.recognises


def read(file: RawFile) -> Reading:
    """Offences by borough, and by ward where its name is known, and month of recording.

    Of the sheet by place alone.
    """
    tables = [_checked(table) for table in LAYOUT.tables(file)]
    _check_sheets(tables)
    tolerated = [text for table in tables for text in table.tolerated]
    if sum(table.frame["sheet"].nunique() for table in tables) > 1:
        tolerated.append(f"the sheet {CLASS!r} counts the same offences again, kept out")
    ours = [table for table in tables if table.frame["sheet"].eq(PLACE).any()]
    if not ours:
        raise NotOursError(f"{plain(file.name)}: found no sheet by place, expected {PLACE!r}.")
    if len(ours) > 1:
        raise DataError(
            f"{plain(file.name)}: found {len(ours)} sheets by place, hidden ones too, expected "
            "one; delete the other, or save each as a file of its own."
        )
    [table] = ours
    frame = table.frame[table.frame["sheet"].eq(PLACE)]
    kept = frame["code"].isin(territory().units)
    boroughs = kit.held_boroughs(file, table, frame["code"], "offences by place")
    if away := frame["count"][~kept].sum():
        tolerated.append(f"{away:,} offences of no borough, kept out")
    own = frame[kept]
    sums = kit.monthly(own["count"], own["code"], own["period"], boroughs)
    parts = [kit.tidy(sums, SOURCE, measure=MEASURE, unit="offences")]
    parts += [_by_ward(own, unit) for unit in boroughs if set(_wards(unit)) <= set(own["ward"])]
    tidy = pd.concat(parts, ignore_index=True)
    return kit.reading(SOURCE, tidy, [*tolerated, *table.tolerated])


def _wards(unit: str) -> dict[str, str]:
    """The codes of a borough's wards of today by name, where areas.csv has their names."""
    here = territory()
    codes = here.wards_of(unit, max(here.wards))
    return {here.names.get(code, code): code for code in codes}


def _by_ward(own: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Offences of a borough by ward, which the file gives by name alone."""
    codes, rows = _wards(unit), own[own["code"].eq(unit)]
    ward = rows["ward"].astype(str).map(codes)
    sums = kit.monthly(rows["count"], ward, rows["period"], sorted(codes.values()))
    kind = {"area_type": "ward", "boundary_vintage": max(territory().wards)}
    return kit.tidy(sums, SOURCE, measure=MEASURE, unit="offences", **kind)


def _checked(table: strict.Table) -> strict.Table:
    """A sheet, with columns `sheet`, `code` and `period` for what its rows are of."""
    frame = table.frame
    if "sheet" in frame:
        known = (PLACE, CLASS)
        strict.known(table, "sheet", known, f"{PLACE} or {CLASS}", "keep the sheet's name")
    else:
        frame = frame.assign(sheet=PLACE if "place" in frame else CLASS)
    first = "the first of a month such as 2018-03-01"
    period = kit.month(table, "recorded", first)
    here = frame["sheet"].eq(PLACE)
    code = pd.Series("", frame.index)
    if "place" in frame:
        by_place = strict.Table(frame[here], table.faults, table.tolerated)
        code = kit.place(by_place, counts=by_place.frame["count"])
        code = code.reindex(frame.index, fill_value="")
    before = period < kit.dates(frame["committed"])
    if before.mean() > _MOST_BEFORE:  # as under exchanged headers
        table.faults.add(
            "recorded",
            f"{before.sum():,} of {len(before):,} rows committed after it",
            "months of recording, in or after that of the offence",
        )
    table.faults.check()
    return strict.Table(frame.assign(code=code, period=period), table.faults, table.tolerated)


def _check_sheets(tables: list[strict.Table]) -> None:
    """Raise where the sheets, each of every offence, do not agree about a month."""
    if not tables:
        return
    every = pd.concat([table.frame[["period", "sheet", "count"]] for table in tables])
    sums = every.groupby(["period", "sheet"])["count"].sum().unstack()
    if len(sums.columns) < 2:
        return
    off = sums[sums[PLACE].ne(sums[CLASS])]
    tables[0].faults.each(
        [
            (f"{month:%Y-%m}", f"{row[PLACE]:,.0f} by place, {row[CLASS]:,.0f} by class")
            for month, row in off.iterrows()
        ],
        "the same number on both sheets",
        quote=False,
    )
    tables[0].faults.check()
