"""How many offences of each kind did each community safety partnership record in a quarter?

The Home Office's open data tables: a sheet a financial year, England and Wales. A partnership is
a borough in London; elsewhere some serve several districts, so only their sum is kept.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "home_office_partnerships"
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
LAYOUT = strict.Layout(
    _COLUMNS,
    own=frozenset({"financialyear", "financialquarter", "cspname", "offencegroup"}),
    others="drop",
)
recognises = LAYOUT.recognises


def read(file: RawFile) -> Reading:
    """Offences by borough and quarter, and of England and Wales by whole financial year."""
    parts, tolerated = [], []
    for table in LAYOUT.tables(file):  # a year is summed up before the next is read
        parts.append(_summed(_checked(table)))
        tolerated += table.tolerated
    _check_once(file, parts)
    frame = pd.concat(parts, ignore_index=True)
    start = pd.to_datetime(frame["year"].str[:4] + "-04-01")
    frame["period"] = (start.dt.to_period("M") + 3 * (frame["quarter"] - 1)).dt.to_timestamp()
    whole = frame.groupby("year")["quarter"].nunique().eq(4)
    if short := sorted(whole.index[~whole]):
        tolerated.append(f"{', '.join(short)}: not all quarters, left out of the country's years")
    london = frame[frame["area_code"] != ""]
    yearly = frame[frame["year"].map(whole)].assign(period=start, area_code=ENGLAND_AND_WALES)
    tidy = [
        _sums(london, measure=BOROUGH, frequency="quarterly"),
        _sums(yearly, measure=COUNTRY, frequency="annual", area_type="country"),
    ]
    return kit.reading(SOURCE, pd.concat(tidy, ignore_index=True), tolerated)


def _check_once(file: RawFile, parts: list[pd.DataFrame]) -> None:
    """Raise for quarters that stand on two sheets, which would be added up."""
    quarters = pd.concat(
        [pd.DataFrame({"year": p["year"].str[:4], "quarter": p["quarter"]}).drop_duplicates()
         for p in parts]
    )  # fmt: skip
    faults = Faults(file.name)
    faults.each(
        [
            (f"{row.year}, quarter {row.quarter}", "two sheets of it")
            for row in quarters[quarters.duplicated()].itertuples()
        ],
        "each quarter on one sheet, hidden ones too",
        "delete the sheet that is not the publisher's, or download the file again",
        quote=False,
    )
    faults.check()


def _summed(table: strict.Table) -> pd.DataFrame:
    """Counts by year, quarter, offence group and borough ("" for all partnerships elsewhere)."""
    frame = table.frame.astype(str)
    ours = _of_force(frame)
    code = territory().codes_of(frame["place"]).where(ours, "")
    code = code.where(code.isin(territory().units), "")
    if left := sorted(set(frame["place"][ours & code.eq("")])):
        table.tolerated.append(
            f"{', '.join(left)} of the {FORCE}: no borough, in the country alone"
        )
    counts = frame["count"].astype(int)
    quarter = frame["quarter"].str[-1:].astype(int)
    keys = [frame["year"], quarter, code.rename("area_code"), frame["group"]]
    return counts.rename("value").groupby(keys, sort=True).sum().reset_index()


def _checked(table: strict.Table) -> strict.Table:
    frame = table.frame
    year = frame["year"].astype(str)
    kit.note(
        table,
        ~year.str.fullmatch(kit.FINANCIAL_YEAR),
        ["year"],
        "a financial year such as 2017/18",
    )
    quarter = frame["quarter"].astype(str)
    kit.note(table, ~quarter.str.fullmatch(r"Q?[1-4]"), ["quarter"], "a quarter, 1 to 4")
    count = frame["count"].astype(str)
    kit.note(table, ~count.str.fullmatch(r"-?\d{1,7}"), ["count"], "a whole number")
    if corrected := count.str.startswith("-").sum():
        table.tolerated.append(f"{corrected} counts below 0, which take back earlier ones")
    strict.unique(
        table, ["year", "quarter", "place", "offence", "code"], "offence of a partnership's quarter"
    )
    pairs = frame[["group", "part"]].drop_duplicates()
    twice = frame["part"].isin(pairs["part"][pairs["part"].duplicated()])
    kit.note(table, twice, ["group", "part"], "each offence subgroup in one offence group")
    london = frame[_of_force(frame)]
    if london.empty:
        every = f"all {territory().all_units}"
        raise kit.not_ours(table.faults.name, f"no partnership of the {FORCE}", every)
    held = territory().codes_of(london["place"]).groupby([year, quarter]).agg(set)
    table.faults.each(
        [
            (f"{y}, quarter {q}", f"no {name}")
            for (y, q), codes in held.items()
            for name in territory().missing(codes)
        ],
        f"all {territory().all_units} among the partnerships of the Metropolitan Police",
        quote=False,
    )
    table.faults.check()
    return table


def _of_force(frame: pd.DataFrame) -> pd.Series:
    """Whether each row is of the police force, whose name stands with or without Service."""
    return frame["force"].astype(str).str.casefold().str.startswith(FORCE.casefold())


def _sums(frame: pd.DataFrame, **said: str) -> pd.DataFrame:
    """The offences of each area and period, in all and by offence group."""
    keys = ["period", "area_code"]
    parts = frame.groupby([*keys, "group"], sort=True)["value"].sum().reset_index()
    totals = frame.groupby(keys, sort=True)["value"].sum().reset_index().assign(group="")
    sums = pd.concat([totals, parts], ignore_index=True).astype({"value": float})
    # a class of which more was taken back than recorded has no count
    return kit.tidy(sums[sums["value"] >= 0], SOURCE, unit="offences", **said)
