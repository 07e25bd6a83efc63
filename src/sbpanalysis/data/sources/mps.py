"""What does the Metropolitan Police publish of recorded crime, by borough, ward and LSOA?

Wide tables, one row an area and category, one column a month. Columns are matched by meaning:
five generations of headers are out there, and ward columns may come first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, reference, strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit, mps_checks
from sbpanalysis.data.territory import lsoa_vintages, territory

_CATEGORY = {
    "major": ("Major Category", "MajorText", "Group"),
    "minor": ("Minor Category", "MinorText", "SubGroup"),
}
_BOROUGH = {"borough": ("Borough", "BoroughName", "LookUp_BoroughName", "BOCU")}
_WARD = {"area_code": ("WardCode", "Ward Code"), "area_name": ("WardName", "Ward Name")}
_LSOA = {"area_code": ("LSOA Code",), "area_name": ("LSOA Name",)}
_REFRESHED = {"refreshed": ("Refreshed Date", "Refresh Date")}


def recognises(file: RawFile) -> bool:
    """Categories beside an area or months in the header, or an area beside many months."""
    held = file.meanings
    months = sum(bool(strict.MONTH.fullmatch(cell)) for cell in held)
    category = bool(held & _meanings(_CATEGORY))
    area = bool(held & _meanings(_BOROUGH | _WARD | _LSOA))
    return (category and (area or months > 5)) or (area and months > 5)


def read(file: RawFile) -> Reading:
    """The file as publisher's categories by area and month; refuses whatever it does not know."""
    held = file.meanings
    level = next(
        (name for name, columns in (("lsoa", _LSOA), ("ward", _WARD)) if held & _meanings(columns)),
        "borough",
    )
    place = {"lsoa": _LSOA, "ward": _WARD, "borough": {}}[level]
    columns = _CATEGORY | place | _BOROUGH | _REFRESHED
    table = strict.Layout(columns, months=True, optional=("refreshed",)).table(file)
    months = sorted(c for c in table.frame if c not in columns)
    if table.frame.empty or not months:
        table.faults.check()
    strict.run_of_months(table, months)
    by_meaning = table.frame.assign(
        major=table.frame["major"].map(classification.key),
        minor=table.frame["minor"].map(classification.key),
        borough=table.frame["borough"].map(lambda label: territory().find(label) or label),
    )
    key = ["major", "minor", *list(place)[:1], "borough"]
    strict.unique(replace(table, frame=by_meaning), key, "category of an area")
    mps_checks.categories(table)
    frame = _with_areas(table, level)
    if frame.empty and not table.faults.found:
        of = f"{territory().every_unit} of the Metropolitan Police"
        raise kit.not_ours(file.name, f"{len(table.frame):,} rows, none of {of}")
    if not table.faults.found:
        mps_checks.complete(table, frame, level, months)
        if file.content_sha256 not in set(reference.table("confirmed.csv")["content_sha256"]):
            mps_checks.plausible(table, frame, level, months)
    table.faults.check()
    months = _whole_months(frame, months, table.tolerated)
    if len(months) != 24 and len(months) < 36:
        table.tolerated.append(f"{len(months)} months")
    keys = ["area_code", "area_name", "area_type", "boundary_vintage", "major", "minor"]
    rows = _one_row_a_category(frame, keys, months)
    return kit.reading(f"mps_{level}", rows, table.tolerated, "categories")


def _meanings(columns: dict[str, tuple[str, ...]]) -> set[str]:
    return {strict.meaning(alias) for aliases in columns.values() for alias in aliases}


def _with_areas(table: strict.Table, level: str) -> pd.DataFrame:
    """The frame with area_code, area_name, area_type and boundary_vintage of known areas.

    Rows of what is no borough are kept out, but at ward level a row belongs to its ward: the
    airport's police record crimes of a ward of Hillingdon.
    """
    frame, labels = table.frame, table.frame["borough"].cat
    by_label = {label: territory().find(label) for label in labels.categories}
    if None in by_label.values():
        counts = frame.select_dtypes("number").sum(axis=1)
        by_label |= dict.fromkeys(kit.no_units(frame["borough"].astype(str), counts), "")
    strange = [label for label, code in by_label.items() if code in (None, territory().whole)]
    kit.note(
        table,
        frame["borough"].isin(strange),
        ["borough"],
        f"one of {territory().every_unit}, or what data/reference/areas.csv lists as no borough",
        kit.LIST_IT,
    )
    london = territory().units
    borough = frame["borough"].map(by_label).astype(object).fillna("")
    inside = borough.isin(london)
    out = sorted({label for label, code in by_label.items() if code not in london} - set(strange))
    if out and level != "ward":
        table.tolerated.append(f"rows of {', '.join(map(plain, out))}: no boroughs, kept out")
    frame = frame.assign(borough_code=borough, area_type=level, boundary_vintage="")
    if level == "borough":
        frame = frame.assign(area_code=borough)[inside]
        return frame.assign(area_name=frame["area_code"].map(london))
    if level == "ward":
        vintage = mps_checks.wards(table, frame.assign(inside=inside))
        return frame.assign(boundary_vintage=vintage)
    mps_checks.lsoas(table, frame)
    return frame[inside].assign(boundary_vintage=lsoa_vintages(frame["area_code"][inside]))


def _whole_months(frame: pd.DataFrame, months: list[str], tolerated: list[str]) -> list[str]:
    """The months without a first or last one that holds only its first or last days."""
    totals = frame[months].sum()
    scanty = [m for m in (months[0], months[-1]) if totals[m] < totals.median() / 3]
    for month in scanty:
        tolerated.append(
            f"{month} holds {totals[month]:,} of a usual {totals.median():,.0f} offences: "
            "not a whole month, left out"
        )
    return [m for m in months if m not in scanty]


def _one_row_a_category(frame: pd.DataFrame, keys: list[str], months: list[str]) -> pd.DataFrame:
    """The sum of rows of one area and category, under the first spelling of the area's name."""
    category = ["area_code", "major", "minor"]
    again = frame.duplicated(category).to_numpy()
    counts = np.array(frame.loc[~again, months], np.int32)
    held = frame.loc[~again, keys]
    if again.any():
        row = frame.groupby(category, observed=True, sort=False).ngroup().to_numpy()
        np.add.at(counts, row[again], frame.loc[again, months].to_numpy())
        first = frame.drop_duplicates("area_code").set_index("area_code")["area_name"]
        held = held.assign(area_name=held["area_code"].map(first))
    held = held.astype("category").reset_index(drop=True)
    return pd.concat([held, pd.DataFrame(counts, columns=months, copy=False)], axis=1)
