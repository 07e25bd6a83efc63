"""How many people were proceeded against for homicide? The Metropolitan Police's dashboard file.

Its rows are accused persons by the month of the proceedings, not victims and not offences.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import areas, strict
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import mps_checks
from sbpanalysis.errors import NotOursError
from sbpanalysis.periods import months

SOURCE = "mps_homicide_accused"
PUBLISHER = "Metropolitan Police Service"
MEASURE = "homicide_accused"
_COLUMNS = {
    "place": ("Borough",),
    "gender": ("Gender",),
    "age": ("Age Group",),
    "ethnicity": ("Self Classified Ethnicity",),
    "offence": ("Offence Type",),
    "charged": ("Charged/Summonsed",),
    "date": ("Proceedings Date",),
}
_OFFENCES = ("Murder", "Manslaughter", "Corporate Manslaughter", "Infanticide")
_LONGEST_GAP = 366  # days; one or two months are the longest of the published years
_AIRPORT = "heathrow"


def recognises(file: RawFile) -> bool:
    """The count of persons proceeded against, or most other columns of the file."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    wanted = {strict.meaning(alias) for (alias,) in _COLUMNS.values()} - {"borough", "gender"}
    return "countofppa" in held or len(held & wanted) >= 4


def read(file: RawFile) -> Reading:
    """Persons accused by borough and month; months and boroughs without a row have none."""
    table = strict.table(file, _COLUMNS, {"value": ("Count of PPA",)})
    frame = table.frame
    strict.known(table, "offence", _OFFENCES, " or ".join(_OFFENCES), "it is no homicide")
    texts = frame["date"].astype(str)
    dates = pd.to_datetime(texts, format="%b-%y", errors="coerce")
    mps_checks.note(table, dates.isna(), ["date"], "a month such as Mar-18")
    mps_checks.note(table, dates.gt(pd.Timestamp.now()), ["date"], "a month that is over")
    held = dates.dropna().drop_duplicates().sort_values()
    lonely = dates.isin(
        held[held.diff().dt.days.gt(_LONGEST_GAP) | held.diff(-1).dt.days.lt(-_LONGEST_GAP)]
    )
    mps_checks.note(table, lonely, ["date"], "no year without anybody accused in all London")
    place = frame["place"].map(lambda p: areas.lookup().get(areas.normal(p), "?")).astype(str)
    airport = frame["place"].map(areas.normal).astype(str).eq(_AIRPORT)
    mps_checks.note(table, place.eq("?") & ~airport, ["place"], "one of the 32 boroughs")
    table.faults.check()
    inside = place.isin(areas.boroughs().index)
    # a borough without any row of years was left out by a filter: nothing is known of it
    boroughs = [code for code in areas.boroughs().index if code in set(place)]
    if not boroughs:
        raise NotOursError(
            f"{plain(file.name)}: found no row of one of the 32 boroughs, expected some; it was "
            "filtered."
        )
    if len(boroughs) < len(areas.boroughs()):
        table.tolerated.append(f"{len(boroughs)} of the {len(areas.boroughs())} boroughs")
    if (~inside).any():
        table.tolerated.append(f"{(~inside).sum()} rows of no borough, kept out")
    span = months(str(dates.min().to_period("M")), str(dates.max().to_period("M"))).to_timestamp()
    keys = [place.rename("area_code"), dates.rename("period")]
    counts = frame["value"][inside].groupby([key[inside] for key in keys]).sum()
    grid = pd.MultiIndex.from_product([boroughs, span], names=["area_code", "period"])
    tidy = counts.reindex(grid, fill_value=0).astype(float).rename("value").reset_index()
    tidy = tidy.assign(
        frequency="monthly",
        area_type="borough",
        boundary_vintage="",
        measure=MEASURE,
        group="",
        unit="persons",
        source=SOURCE,
    )
    columns = [name for name in COLUMNS if name != "snapshot"]
    tolerated = tuple(dict.fromkeys(table.tolerated))
    return Reading(SOURCE, PUBLISHER, "values", tidy[columns], tolerated)
