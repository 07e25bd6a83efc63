"""What does data.police.uk list of crimes by street? Monthly CSV files, one a police force.

Places are counted by LSOA, whichever force recorded the crime: the City's file holds crimes in
five boroughs around it.
"""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import lsoa_vintage, lsoa_vintages, territory

PUBLISHER = "data.police.uk"
ASB = "Anti-social behaviour"
NOWHERE = "No Location"
_COLUMNS = {
    "crime_id": ("Crime ID",),
    "month": ("Month",),
    "reported_by": ("Reported by",),
    "force": ("Falls within",),
    "longitude": ("Longitude",),
    "latitude": ("Latitude",),
    "location": ("Location",),
    "area_code": ("LSOA code",),
    "area_name": ("LSOA name",),
    "minor": ("Crime type",),
    "outcome": ("Last outcome category",),
    "context": ("Context",),
}
# None in files of old months or of the transport police; without a place all crimes may be
_BLANK = ("crime_id", "longitude", "latitude", "area_code", "area_name", "outcome", "context")
TRANSPORT = "police_uk_street_transport"
# of a borough's LSOAs: in each month from 2024-03 to 2026-02 recorded crime alone, without
# anti-social behaviour, has an offence in 0.939 or more of them
_WHOLE = 0.93
_FIRST_IDS = "2011-12"
# rows, or of the rows, of a force in a month; four a year are the most of the published ones seen
_FEW_BEYOND, _MOST_BEYOND = 4, 0.001
_MOST_AGAIN = 0.05  # of the rows of a file; 1 in 100 is the most of the published ones seen


def recognises(file: RawFile) -> bool:
    """Most of the twelve columns of the street file in the header."""
    held = file.meanings
    wanted = {strict.meaning(alias) for (alias,) in _COLUMNS.values()}
    return "crimetype" in held and len(held & wanted) >= 7


def elsewhere(head: bytes) -> bool:
    """Whether a file that begins with `head` is the street file of a force outside London."""
    lines = csv.reader(head.decode("utf-8", "replace").splitlines())
    names = [strict.meaning(cell) for cell in next(lines, [])]
    if "crimetype" not in names or "fallswithin" not in names:
        return False
    first = next(lines, [])
    place = names.index("fallswithin")
    return len(first) > place and first[place] not in territory().forces


def read(file: RawFile) -> Reading:
    """Crimes by LSOA and crime type of one force and month."""
    table = strict.Layout(_COLUMNS, blank=_BLANK).table(file)
    frame = table.frame
    month, source = _one_month(table), _one_force(table)
    _check_types(table)
    _check_ids(table, source, month)
    _check_places(table, source)
    table.faults.check()
    placed = frame[frame["area_code"] != ""]
    if away := len(frame) - len(placed):
        table.tolerated.append(f"{away:,} of {len(frame):,} crimes without a place, kept out")
    borough = placed["area_name"].map(territory().unit_of_lsoa)
    london = placed[borough.astype(str).fillna("") != ""]
    if london.empty:
        found = f"{len(frame):,} crimes, none in an LSOA of {territory().name}"
        raise kit.not_ours(file.name, found)
    if outside := len(placed) - len(london):
        table.tolerated.append(f"{outside:,} crimes in LSOAs outside London, kept out")
    kinds = london["minor"].unique()
    if len(kinds) < 5:
        table.tolerated.append(f"only {', '.join(sorted(kinds))}: nothing is known of other crime")
    counts = london.groupby(["area_code", "area_name", "minor"], observed=True).size()
    whole = _covers(table, london, borough)
    if not whole:  # what of other LSOAs is not known, of these it is
        counts = counts.unstack(fill_value=0).stack()
    out = counts.rename(month).astype(np.int32).reset_index()
    vintage = lsoa_vintages(out["area_code"])
    out = out.assign(area_type="lsoa", boundary_vintage=vintage, major="")
    keys = ["area_code", "area_name", "area_type", "boundary_vintage", "major", "minor"]
    rows = out[[*keys, month]]
    return kit.reading(source, rows, table.tolerated, "categories", partial=not whole)


def _covers(table: strict.Table, london: pd.DataFrame, borough: pd.Series) -> bool:
    """Whether an LSOA without a row had no crime: the file is whole for each of its boroughs.

    One filtered by place or kind of crime is not, nor one of a force that is called to few places.
    """
    held = london["area_code"].groupby(borough[london.index].astype(str)).nunique()
    full = pd.Series(territory().lsoas[lsoa_vintage(london["area_code"].unique())])
    share = (held / full).dropna()
    whole = bool((share >= _WHOLE).all()) and len(share) > 0
    if not whole:
        table.tolerated.append("not whole boroughs: of LSOAs without a row nothing is known")
    return whole


def _one_month(table: strict.Table) -> str:
    months = table.frame["month"].unique()
    wrong = [m for m in months if not strict.MONTH.fullmatch(str(m).replace("-", ""))]
    table.faults.each([("column month", m) for m in wrong], "a month such as 2018-03")
    if len(months) > 1:
        listed = ", ".join(sorted(map(str, months))[:5])
        table.faults.add("column month", f"{len(months)} months ({listed})", "one month a file")
    return str(months[0]) if len(months) else ""


def _one_force(table: strict.Table) -> str:
    forces = table.frame["force"].unique()
    known = territory().forces
    wrong = [force for force in forces if force not in known]
    table.faults.each(
        [("column force", force) for force in wrong],
        " or ".join(known),
        f"other forces' files are not of {territory().name}",
    )
    if len(forces) > 1:
        table.faults.add("column force", f"{len(forces)} forces", "one force a file")
    return known.get(forces[0], "") if len(forces) else ""


def _check_types(table: strict.Table) -> None:
    kinds = [("", str(kind)) for kind in table.frame["minor"].unique()]
    unknown = classification.unknown(PUBLISHER, kinds)
    listed = [kind for _, kind in set(kinds) - set(unknown)]
    strict.known(table, "minor", listed, f"a crime type {kit.LISTED}", kit.ADD_ROW)


def _check_ids(table: strict.Table, source: str, month: str) -> None:
    """Anti-social behaviour has no crime id; everything else has one of 64 digits.

    None has one before December 2011, nor of the British Transport Police.
    """
    frame = table.frame
    if (source == TRANSPORT or month < _FIRST_IDS) and frame["crime_id"].eq("").all():
        table.tolerated.append("no crime ids, as before December 2011 and of the transport police")
        return
    without = frame["crime_id"].eq("") & frame["minor"].ne(ASB)
    shaped = frame["crime_id"].astype(str).str.fullmatch(r"[0-9a-f]{64}|")
    table.faults.each(
        [(f"line {i + 2}, crime_id", frame["crime_id"][i]) for i in frame.index[without | ~shaped]],
        f"64 digits 0-9a-f, or nothing for {ASB}",
    )
    again = frame["crime_id"].ne("") & frame["crime_id"].duplicated()
    if again.mean() > _MOST_AGAIN:
        table.faults.add(
            "crime_id",
            f"{again.sum():,} of {len(frame):,} rows whose id stood before",
            "few such rows",
            "rows were put in twice, download the file again",
        )
    elif again.any():
        table.tolerated.append(f"rows whose crime id stood before: {again.sum()}; each row counts")


def _check_places(table: strict.Table, source: str) -> None:
    """A place is told wholly (LSOA and coordinates) or not at all.

    Coordinates alone have stations in Scotland, where there are no LSOAs, and now and then a crime
    of any force that is plotted on water: they are without a place.
    """
    frame = table.frame
    placed = frame["area_code"].ne("")
    beyond = ~placed & frame["area_name"].eq("")
    alone = int((beyond & frame["location"].ne(NOWHERE)).sum())
    if source != TRANSPORT and alone > max(_FEW_BEYOND, _MOST_BEYOND * len(frame)):
        beyond[:] = False
    shaped = frame["area_code"].astype(str).str.fullmatch(r"[EW]01\d{6}|")
    table.faults.each(
        [(f"line {i + 2}, area_code", frame["area_code"][i]) for i in frame.index[~shaped]],
        "an LSOA code such as E01000851, or nothing",
    )
    half = (
        frame["longitude"].ne("").ne(placed)
        | frame["latitude"].ne("").ne(placed)
        | frame["location"].ne(NOWHERE).ne(placed)
        | frame["area_name"].ne("").ne(placed)
    )
    table.faults.each(
        [(f"line {i + 2}", "a place told by half") for i in frame.index[half & shaped & ~beyond]],
        f"LSOA, coordinates and location together, or {NOWHERE!r} and none of them",
        quote=False,
    )
    bounds = (("latitude", 49.0, 61.0), ("longitude", -9.0, 2.5))
    for column, low, high in bounds:
        number = pd.to_numeric(frame[column].astype(str).where(placed), errors="coerce")
        wrong = placed & ~half & ~number.between(low, high)
        table.faults.each(
            [(f"line {i + 2}, {column}", frame[column][i]) for i in frame.index[wrong]],
            f"degrees between {low:g} and {high:g}",
        )
