"""How many offences per 1,000 people in each financial year? The Greater London Authority's table.

Counts and rates stand side by side, so a rate says which population it was made with.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "gla_crime_rates"
ALL = "All recorded offences"
_COLUMNS = {
    "place": ("Borough",),
    "year": ("years", "Year"),
    "group": ("Offences",),
    "rate": ("Rate", "Rate per 1,000 population"),
}
_COUNT = {"count": ("recordedOffences", "Number of offences")}


LAYOUT = strict.Layout(
    _COLUMNS,
    _COUNT,
    own=frozenset(
        {"recordedoffences", "numberofoffences", "rate", "rateper1000population", "years"}
    ),
    least=2,
)
recognises = LAYOUT.recognises


def read(file: RawFile) -> Reading:
    """Offences and rates by borough, financial year (dated by its April) and class."""
    table = LAYOUT.table(file)
    frame = table.frame
    code = kit.place(table, expected=territory().a_unit)
    year = frame["year"].astype(str)
    kit.note(table, ~year.str.fullmatch(kit.FINANCIAL_YEAR), ["year"], "a year such as 2016-17")
    rate = pd.to_numeric(frame["rate"].astype(str), errors="coerce")
    kit.note(table, ~rate.ge(0), ["rate"], "a rate of 0 or more")
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
            "group": frame["group"].astype(str).replace(ALL, ""),
        }
    )[code.isin(territory().units)]
    counts = about.assign(measure="recorded_offences", value=frame["count"], unit="offences")
    rates = about.assign(
        measure="crime_rate_per_1000_population", value=rate, unit="per 1,000 people"
    )
    tidy = pd.concat([counts, rates], ignore_index=True).astype({"value": float})
    return kit.reading(SOURCE, kit.tidy(tidy, SOURCE), table.tolerated)


def _check_rates(table: strict.Table, code: pd.Series, year: pd.Series, rate: pd.Series) -> None:
    """Note rows whose count and rate do not share the population of the borough's other rows."""
    frame = table.frame
    totals = frame["group"].eq(ALL)
    key = pd.MultiIndex.from_arrays([code, year])
    people = pd.Series((frame["count"] / rate)[totals].to_numpy(), key[totals])
    expected = frame["count"] / people.reindex(key).to_numpy()
    off = (rate - expected).abs() > 0.06 + 0.01 * expected
    kit.note(
        table,
        off | ~np.isfinite(expected),
        ["place", "year", "group", "count"],
        "a count and a rate that go with the population of the borough's total",
    )


def _check_whole(table: strict.Table, code: pd.Series, year: pd.Series) -> None:
    names, groups = territory().units, table.frame["group"].nunique()
    held = table.frame.groupby([code.rename("code"), year.rename("year")]).size().unstack()
    held = held.reindex(list(names))
    gaps = held.ne(groups).stack()
    table.faults.each(
        [(f"{names[b]}, {y}", "a class left out") for b, y in gaps.index[gaps]],
        "every class in every borough and year",
        quote=False,
    )
