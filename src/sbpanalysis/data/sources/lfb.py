"""How many fires did the London Fire Brigade attend? Incident records, one row each.

Whether a fire was deliberate is not published. Secondary fires (small ones, mostly outdoors, in
which nobody was hurt) stand in for deliberate ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "lfb_incidents"
DELIBERATE = "lfb_deliberate_incidents"
_COLUMNS = {
    "number": ("IncidentNumber",),
    "date": ("DateOfCall",),
    "year": ("CalYear",),
    "group": ("IncidentGroup",),
    "stop": ("StopCodeDescription",),
    "category": ("PropertyCategory",),
    "property": ("PropertyType",),
    "borough": ("IncGeo_BoroughCode",),
    "ward": ("IncGeo_WardCode",),
    "borough_name": ("IncGeo_BoroughName",),
}
_GROUPS = ("Fire", "False Alarm", "Special Service")
_SECONDARY = "Secondary Fire"
_MOST_ASTRAY = 0.5  # of calls, told to be in two boroughs: more are a column that was moved
_FIRES = ("Primary Fire", _SECONDARY, "Chimney Fire", "Late Call")  # what a fire is closed as


LAYOUT = strict.Layout(
    _COLUMNS,
    own=frozenset(
        {"incidentgroup", "stopcodedescription", "incgeoboroughcode", "dateofcall", "propertytype"}
    ),
    least=3,
    optional=("category", "borough_name"),
    others="drop",
    encodings=("utf-8", "cp1252"),
)
recognises = LAYOUT.recognises


def read(file: RawFile) -> Reading:
    """Secondary fires by month, borough and ward, in all and by what burned."""
    table = LAYOUT.table(file)
    frame = table.frame
    dates = kit.dates(frame["date"])
    kit.note(table, dates.isna(), ["date"], "dates such as 01 Jan 2009, all of one form")
    other = dates.dt.year.astype("Int64").astype(str).ne(frame["year"].astype(str)) & dates.notna()
    kit.note(table, other, ["date", "year"], "the year of the date")
    strict.known(table, "group", _GROUPS, " or ".join(_GROUPS), "another kind is not read")
    strange = frame["group"].eq("Fire") & ~frame["stop"].isin(_FIRES)
    kit.note(table, strange, ["group", "stop"], f"a fire closed as {' or '.join(_FIRES)}")
    if "category" in frame:
        pairs = frame[["property", "category"]].drop_duplicates()
        twice = frame["property"].isin(pairs["property"][pairs["property"].duplicated()])
        kit.note(table, twice, ["property", "category"], "each property type in one category")
    coded = frame["ward"].astype(str).str.fullmatch(r"E05\d{6}|")
    kit.note(table, ~coded, ["ward"], "a ward's code such as E05000114, or nothing")
    strict.unique(table, ["number"], "incident")
    borough = frame["borough"].astype(str)
    known = borough.isin([*territory().units, territory().code("City of London"), ""])
    kit.note(table, ~known, ["borough"], f"{territory().a_unit}'s code")
    table.faults.check()
    kit.one_borough(table, ["borough", "ward"], _MOST_ASTRAY)
    if "borough_name" in frame:
        kit.one_borough(table, ["borough", "borough_name"], _MOST_ASTRAY)
    table.faults.check()
    months = _whole_months(table, dates)
    if months.empty:
        table.faults.add("dates", f"{dates.min():%d %b %Y} to {dates.max():%d %b %Y}",
                         "calls of at least one whole month")  # fmt: skip
        table.faults.check()
    kept = frame["stop"].eq(_SECONDARY) & dates.dt.to_period("M").isin(months)
    vintage = _vintage(table, frame["ward"].astype(str))
    fires = pd.DataFrame(
        {
            "period": dates.dt.to_period("M").dt.to_timestamp(),
            "borough": borough,
            "ward": frame["ward"].astype(str),
            "group": frame["property"].astype(str).str.strip().replace("", "Not recorded"),
        }
    )[kept]
    tidy = pd.concat(
        [
            _counted(fires, "borough", _boroughs(table, borough), months, ""),
            _counted(fires, "ward", _wards(fires["ward"], vintage), months, vintage),
        ],
        ignore_index=True,
    )
    return kit.reading(SOURCE, tidy, table.tolerated)


def _boroughs(table: strict.Table, held: pd.Series) -> list[str]:
    """The boroughs that any call is of: of others nothing is known, as of a filtered file."""
    names, called = territory().units, set(held.unique())
    here = [code for code in names if code in called]
    if len(here) < len(names):
        table.tolerated.append(f"{len(here)} of the {len(names)} boroughs")
    return here


def _vintage(table: strict.Table, wards: pd.Series) -> str:
    """The wards that the calls are told by; notes calls that are told by others."""
    sizes = {v: wards.isin(territory().wards[v]).sum() for v in territory().wards}
    vintage = max(sizes, key=sizes.get)
    every = territory().every_ward
    other = wards.isin(every - territory().wards[vintage].keys())
    kit.note(table, other, ["ward"], f"wards of {vintage} throughout, as most calls have",
                    "calls told by two sets of wards cannot be counted by ward; give the years "
                    "of each set as a file of its own")  # fmt: skip
    table.faults.check()
    return vintage


def _wards(held: pd.Series, vintage: str) -> list[str]:
    """The wards of all boroughs that any of the fires was in."""
    home = territory().wards[vintage]
    boroughs = sorted({home[ward] for ward in set(held) & set(home)})
    return [ward for borough in boroughs for ward in territory().wards_of(borough, vintage)]


def _whole_months(table: strict.Table, dates: pd.Series) -> pd.PeriodIndex:
    """The months between first and last call, without a first or last that is cut short."""
    first, last = dates.min(), dates.max()
    months = pd.period_range(first, last, freq="M")
    # the brigade is called every hour of the year, so a day without a call is a day left out
    late, early = first.day > 2, last.day < last.days_in_month - 1
    for month, cut in ((months[0], late), (months[-1], early)):
        if cut:
            table.tolerated.append(f"{month} is not whole, left out")
    return months[int(late) : len(months) - int(early)]


def _counted(fires: pd.DataFrame, level: str, codes, months: pd.PeriodIndex, vintage: str):
    """Counts of a level: every area and month in all, and the kinds of property that burned."""
    fires = fires[fires[level].isin(list(codes))]
    grid = pd.MultiIndex.from_product([codes, months.to_timestamp()], names=[level, "period"])
    totals = fires.groupby([level, "period"]).size().reindex(grid, fill_value=0)
    kinds = fires.groupby([level, "period", "group"]).size()
    tidy = pd.concat(
        [totals.rename("value").reset_index().assign(group=""), kinds.rename("value").reset_index()]
    )
    tidy = tidy.rename(columns={level: "area_code"}).astype({"value": np.float64})
    return kit.tidy(
        tidy,
        SOURCE,
        area_type=level,
        boundary_vintage=vintage,
        measure=DELIBERATE,
        unit="incidents",
    )
