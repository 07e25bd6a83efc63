"""How many offences of each kind did each community safety partnership record in a quarter?

The Home Office's open data tables: a sheet a financial year, England and Wales. A partnership is
a borough in London; elsewhere some serve several districts, so only their sum is kept.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import areas, strict, workbooks
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources.mps_checks import note

SOURCE = "home_office_partnerships"
PUBLISHER = "Home Office"
BOROUGH, COUNTRY = "partnership_recorded_offences", "recorded_offences_by_partnerships"
ENGLAND_AND_WALES = "K04000001"
FORCE = "Metropolitan Police"
_COLUMNS = {
    "year": ("Financial Year",),
    "quarter": ("Financial Quarter",),
    "force": ("Police Force", "Force Name"),
    "place": ("CSP Name",),
    "offence": ("Offence Description",),
    "group": ("Offence Group",),
    "part": ("Offence Subgroup",),
    "code": ("Offence Code",),
    "count": ("Offence Count", "Number of Offences"),
}
_OWN = {"financialyear", "financialquarter", "cspname", "offencegroup"}


def recognises(file: RawFile) -> bool:
    """The columns of the open data tables on a sheet, or in a sheet saved as CSV."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    return held >= _OWN or bool(workbooks.with_columns(file, _OWN))


def read(file: RawFile) -> Reading:
    """Offences by borough and quarter, and of England and Wales by whole financial year."""
    sheets = workbooks.with_columns(file, _OWN) or {"": file}
    tables = [_checked(sheet) for sheet in sheets.values()]
    tolerated = [text for table in tables for text in table.tolerated]
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    frame["year"] = frame["year"].astype(str)
    start = pd.to_datetime(frame["year"].str[:4] + "-04-01")
    quarter = frame["quarter"].astype(str).str[-1:].astype(int)
    frame["period"] = (start.dt.to_period("M") + 3 * (quarter - 1)).dt.to_timestamp()
    whole = frame.groupby("year")["period"].nunique().eq(4)
    if parts := sorted(whole.index[~whole]):
        tolerated.append(f"{', '.join(parts)}: not all quarters, left out of the country's years")
    yearly = frame[frame["year"].map(whole)].assign(period=start, area_code=ENGLAND_AND_WALES)
    codes = frame["place"].astype(str).map(lambda p: areas.lookup().get(areas.normal(p), ""))
    london = frame.assign(area_code=codes)
    london = london[frame["force"].eq(FORCE) & codes.isin(areas.boroughs().index)]
    tidy = pd.concat(
        [
            _sums(london, BOROUGH, "quarterly", "borough"),
            _sums(yearly, COUNTRY, "annual", "country"),
        ],
        ignore_index=True,
    )
    return Reading(SOURCE, PUBLISHER, "values", tidy, tuple(dict.fromkeys(tolerated)))


def _checked(sheet: RawFile) -> strict.Table:
    table = strict.table(sheet, _COLUMNS, others="drop")
    frame = table.frame
    year = frame["year"].astype(str)
    note(
        table,
        ~year.str.fullmatch(r"20\d\d[/-]\d\d"),
        ["year"],
        "a financial year such as 2017/18",
    )
    quarter = frame["quarter"].astype(str)
    note(table, ~quarter.str.fullmatch(r"Q?[1-4]"), ["quarter"], "a quarter, 1 to 4")
    count = frame["count"].astype(str)
    note(table, ~count.str.fullmatch(r"-?\d{1,7}"), ["count"], "a whole number")
    if corrected := count.str.startswith("-").sum():
        table.tolerated.append(f"{corrected} counts below 0, which take back earlier ones")
    strict.unique(
        table, ["year", "quarter", "place", "offence", "code"], "offence of a partnership's quarter"
    )
    pairs = frame[["group", "part"]].drop_duplicates()
    twice = frame["part"].isin(pairs["part"][pairs["part"].duplicated()])
    note(table, twice, ["group", "part"], "each offence subgroup in one offence group")
    london = frame[frame["force"].eq(FORCE)]
    held = london.groupby([year, quarter])["place"].agg(lambda names: set(map(_code, names)))
    names = areas.boroughs()
    table.faults.each(
        [
            (f"{y}, quarter {q}", f"no {names[code]}")
            for (y, q), codes in held.items()
            for code in sorted(set(names.index) - codes)
        ],
        "all 32 boroughs among the partnerships of the Metropolitan Police",
        quote=False,
    )
    table.faults.check()
    return table


def _code(place: str) -> str:
    return areas.lookup().get(areas.normal(place), "")


def _sums(frame, measure: str, frequency: str, level: str) -> pd.DataFrame:
    """The offences of each area and period, in all and by offence group."""
    frame = frame.assign(
        group=frame["group"].astype(str), value=frame["count"].astype(str).astype(float)
    )
    keys = ["period", "area_code"]
    parts = frame.groupby([*keys, "group"], sort=True)["value"].sum().reset_index()
    totals = frame.groupby(keys, sort=True)["value"].sum().reset_index().assign(group="")
    about = {
        "frequency": frequency, "area_type": level, "boundary_vintage": "", "measure": measure,
        "unit": "offences", "source": SOURCE,
    }  # fmt: skip
    tidy = pd.concat([totals, parts], ignore_index=True).assign(**about)
    tidy = tidy[tidy["value"] >= 0]  # a class of which more was taken back than recorded
    return tidy[[name for name in COLUMNS if name != "snapshot"]]
