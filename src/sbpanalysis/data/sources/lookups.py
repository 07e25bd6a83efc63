"""Which area lies in which? LSOAs in wards in boroughs, and the wards of 2018 by borough."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

_BEST_FIT = re.compile(r"(lsoa\d\d|wd\d\d|lad\d\d)(cd|nm)")
_WARDS = {"ward_code": ("Unique Id",), "ward_name": ("Ward",), "borough_name": ("Area",)}
_COLUMNS = ["lsoa_code", "lsoa_name", "ward_code", "ward_name", "borough_code", "borough_name"]


_BOTH = (("2018", "2022"), ("2022", "2018"))


def recognises(file: RawFile) -> bool:
    """LSOA, ward and authority codes in the header, or the short list of ward ids."""
    held = file.meanings
    best_fit = sum(bool(_BEST_FIT.fullmatch(cell)) for cell in held) >= 4
    return best_fit or {"uniqueid", "ward", "area"} <= held


def read(file: RawFile) -> Reading:
    """Codes and names of LSOA (where told), ward and borough, one row the smallest area."""
    best_fit = not {"uniqueid", "ward", "area"} <= file.meanings
    if best_fit:
        _check_kind(file)
    columns = _best_fit(file.header) if best_fit else _WARDS
    table = strict.Layout(columns, others="drop").table(file)
    frame = table.frame.astype(str)
    strict.unique(table, ["lsoa_code" if best_fit else "ward_code"], "area")
    if not best_fit:
        codes = territory().codes_of(frame["borough_name"])
        frame = frame.assign(borough_code=codes, lsoa_code="", lsoa_name="")
        strange = frame["borough_code"].eq("")
        kit.note(table, strange, ["borough_name"], f"{territory().a_unit} by name")
    table = replace(table, frame=frame)
    _check_codes(table, best_fit)
    if best_fit:
        kit.one_borough(table, ["borough_code", "borough_name"])
    table.faults.check()
    london = frame["borough_code"].isin([*territory().units, territory().code("City of London")])
    if outside := (~london).sum():
        table.tolerated.append(f"{outside:,} rows outside London, kept out")
    vintage = _vintage(table, frame["ward_code"][london])
    table.faults.check()
    out = frame[london][_COLUMNS].assign(area_type="ward", boundary_vintage=vintage)
    _check_whole(table, out, vintage, best_fit)
    table.faults.check()
    source = "lookup_lsoa_ward" if best_fit else "lookup_ward_borough"
    return kit.reading(source, out.reset_index(drop=True), table.tolerated, "lookup")


def _check_kind(file: RawFile) -> None:
    """Raise for a lookup of other areas, or of smaller ones, of which an LSOA has several."""
    codes = [cell[:-2] for cell in map(strict.meaning, file.header) if cell.endswith("cd")]
    levels = {re.sub(r"\d+$", "", code) for code in codes}
    found = ""
    if "lsoa11" in codes:
        found = "LSOAs of 2011"
    elif not {"lsoa", "wd", "lad"} <= levels or levels & {"oa", "p"}:
        found = ", ".join(code.upper() for code in codes)
    if found:
        raise DataError(
            f"{plain(file.name)}: a lookup of {plain(found)}, expected one of LSOAs of 2021 to "
            "wards and local authorities, which alone is read; download the best-fit lookup of "
            "LSOAs of 2021 to wards."
        )


def _vintage(table: strict.Table, codes: pd.Series) -> str:
    """The wards that the file lists, judged by every ward of which the vintage is known."""
    known = territory().every_ward
    try:
        return territory().ward_vintage(code for code in codes.unique() if code in known)
    except DataError:
        old, new = (territory().wards[a].keys() - territory().wards[b].keys() for a, b in _BOTH)
        found = f"{min(old & set(codes))} of 2018 and {min(new & set(codes))} of 2022"
        table.faults.add("column ward code", found, "the wards of one vintage")
        return ""


def _best_fit(cells: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The columns by meaning: the two digits of the year in a header change with each release."""
    named = {"lsoa21": "lsoa", "wd": "ward", "lad": "borough"}
    wanted = {}
    for cell in cells:
        if match := _BEST_FIT.fullmatch(strict.meaning(cell)):
            what = next(name for start, name in named.items() if match[1].startswith(start))
            wanted[f"{what}_{'code' if match[2] == 'cd' else 'name'}"] = (cell,)
    return {name: wanted.get(name, ()) for name in _COLUMNS}


def _check_codes(table: strict.Table, best_fit: bool) -> None:
    frame = table.frame
    for column, start in (("lsoa_code", "E01"), ("ward_code", "E05"), ("borough_code", "E0")):
        if column == "lsoa_code" and not best_fit:
            continue
        wrong = ~frame[column].str.fullmatch(rf"{start}\d{{{9 - len(start)}}}|W0\d{{7}}")
        kit.note(table, wrong, [column], f"a code such as {start}{'0' * (8 - len(start))}1")
    told = frame["ward_code"].map(territory().homes)
    wrong = told.notna() & told.ne(frame["borough_code"])
    said = "the ward in the borough it is part of"
    kit.note(table, wrong, ["ward_code", "borough_name"], said)


def _check_whole(table: strict.Table, out: pd.DataFrame, vintage: str, best_fit: bool) -> None:
    for borough, said in kit.missing_wards(out["ward_code"], vintage):
        if best_fit or "," in said:  # several
            table.faults.add(borough, said, "every ward of the borough")
        else:  # the list of 2018 itself leaves one out
            table.tolerated.append(f"{borough}: {said}")
    if best_fit:
        kit.every_lsoa(table.faults, out["borough_code"], "2021")
