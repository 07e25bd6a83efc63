"""How many offences per 1,000 people in each financial year? The Greater London Authority's table.

Counts and rates stand side by side, so a rate says which population it was made with.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data import areas, strict
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import mps_checks

SOURCE = "gla_crime_rates"
PUBLISHER = "Greater London Authority"
ALL = "All recorded offences"
_COLUMNS = {
    "place": ("Borough",),
    "year": ("years", "Year"),
    "group": ("Offences",),
    "rate": ("Rate", "Rate per 1,000 population"),
}
_COUNT = {"count": ("recordedOffences", "Number of offences")}
_YEAR = r"(19|20)\d\d-\d\d"


def recognises(file: RawFile) -> bool:
    """Offences, rate and number of offences in the header."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    counts = {strict.meaning(alias) for alias in _COUNT["count"]}
    return bool(held & counts) and len(held & {"borough", "years", "year", "offences", "rate"}) >= 2


def read(file: RawFile) -> Reading:
    """Offences and rates by borough, financial year (dated by its April) and class."""
    table = strict.table(file, _COLUMNS, _COUNT)
    frame = table.frame
    code = frame["place"].map(lambda p: areas.lookup().get(areas.normal(p), "?")).astype(str)
    mps_checks.note(table, code.eq("?"), ["place"], "a London borough")
    year = frame["year"].astype(str)
    mps_checks.note(table, ~year.str.fullmatch(_YEAR), ["year"], "a year such as 2016-17")
    rate = pd.to_numeric(frame["rate"].astype(str), errors="coerce")
    mps_checks.note(table, ~rate.ge(0), ["rate"], "a rate of 0 or more")
    strict.unique(table, ["place", "year", "group"], "class of a borough and year")
    table.faults.check()
    _check_rates(table, code, year, rate)
    _check_whole(table, code, year)
    table.faults.check()
    about = pd.DataFrame(
        {
            "period": pd.to_datetime(year.str[:4] + "-04-01"),
            "frequency": "annual",
            "area_code": code,
            "area_type": "borough",
            "boundary_vintage": "",
            "group": frame["group"].astype(str).replace(ALL, ""),
            "source": SOURCE,
        }
    )[code.isin(areas.boroughs().index)]
    counts = about.assign(measure="recorded_offences", value=frame["count"], unit="offences")
    rates = about.assign(
        measure="crime_rate_per_1000_population", value=rate, unit="per 1,000 people"
    )
    tidy = pd.concat([counts, rates], ignore_index=True).astype({"value": float})
    columns = [name for name in COLUMNS if name != "snapshot"]
    tolerated = tuple(dict.fromkeys(table.tolerated))
    return Reading(SOURCE, PUBLISHER, "values", tidy[columns], tolerated)


def _check_rates(table: strict.Table, code: pd.Series, year: pd.Series, rate: pd.Series) -> None:
    """Note rows whose count and rate do not share the population of the borough's other rows."""
    frame = table.frame
    totals = frame["group"].eq(ALL)
    key = pd.MultiIndex.from_arrays([code, year])
    people = pd.Series((frame["count"] / rate)[totals].to_numpy(), key[totals])
    expected = frame["count"] / people.reindex(key).to_numpy()
    off = (rate - expected).abs() > 0.06 + 0.01 * expected
    mps_checks.note(
        table,
        off | ~np.isfinite(expected),
        ["place", "year", "group", "count"],
        "a count and a rate that go with the population of the borough's total",
    )


def _check_whole(table: strict.Table, code: pd.Series, year: pd.Series) -> None:
    names, groups = areas.boroughs(), table.frame["group"].nunique()
    held = table.frame.groupby([code.rename("code"), year.rename("year")]).size().unstack()
    held = held.reindex(names.index)
    gaps = held.ne(groups).stack()
    table.faults.each(
        [(f"{names[b]}, {y}", "a class left out") for b, y in gaps.index[gaps]],
        "every class in every borough and year",
        quote=False,
    )
