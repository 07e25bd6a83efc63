"""What does the Metropolitan Police's monthly dashboard count? Knife, gun, abuse, hate, total.

A long table that mixes what must not be added up: boroughs with their neighbourhoods, offences
with positive outcomes, and subtypes with the type that contains them.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, reference, strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit, mps_checks
from sbpanalysis.data.territory import territory
from sbpanalysis.periods import financial_year, months

OFFENCES, OUTCOMES = "Offences", "Positive Outcomes"
# What stood in the place of positive outcomes until 2022 counts something else
_FORMER = "Outcomes"
_LEVELS = {"Borough": "borough", "Safer Neighbourhood Teams": "ward"}
_NOT_KNOWN = re.compile(r"(Borough|Safer Neighbourhood Teams) \(Geo\w+ Not Known\)", re.IGNORECASE)
LAYOUT = strict.Layout(
    {
        "month": ("Month_Year",),
        "level": ("Area Type",),
        "place": ("Borough_SNT",),
        "area_name": ("Area name",),
        "area_code": ("Area code",),
        "major": ("Crime Type", "Offence Group"),
        "minor": ("Crime Subtype", "Offence Subgroup"),
        "counted": ("Measure",),
        "year": ("Financial Year",),
        "year_index": ("FY_FYIndex",),
        "refreshed": ("Refresh Date", "Refreshed Date"),
        "sheet": (),
    },
    {"count": ("Count",)},
    own=frozenset(
        {"boroughsnt", "areatype", "monthyear", "areaname", "financialyear", "measure", "count"}
    ),
    least=5,
    optional=("year_index", "refreshed", "sheet"),
)
recognises = LAYOUT.recognises
# A month against the median month of London where that is not small, and the largest value of a
# row against the second largest: over the published file the extremes are 2.2 and 1.5
_LEAP_OF_LONDON, _LEAP = 3.0, 4.0


def read(file: RawFile) -> Reading:
    """Offences and positive outcomes by month, for boroughs and for wards, kept apart."""
    table = LAYOUT.table(file)
    frame = table.frame
    month = _months(table)
    counted = (OFFENCES, OUTCOMES, _FORMER)
    strict.known(table, "counted", counted, f"{OFFENCES} or {OUTCOMES}", "do not add them up")
    towards = _measures(table)
    code, vintage = _areas(table)
    # rows of no known place may be equal, each of another place that is not told
    by_meaning = frame[code != ""].assign(
        major=frame["major"].map(classification.key), minor=frame["minor"].map(classification.key)
    )
    placed = replace(table, frame=by_meaning)
    key = ["month", "level", "place", "area_name", "area_code", "major", "minor", "counted"]
    strict.unique(placed, key, "count")
    table.faults.check()
    kept = pd.DataFrame(
        {
            "area_type": frame["level"].map(_LEVELS).astype(str),
            "area_code": code,
            "measure": towards,
            "period": month,
            "count": frame["count"],
        }
    )
    kept = kept[code != ""].explode("measure").dropna()
    few = _counts_persons(kept["measure"]) & kept["area_type"].eq("ward")
    if few.any():
        table.tolerated.append("victims by ward: kept out, they are of few")
    values = _filled(kept[~few])
    if file.content_sha256 not in set(reference.table("confirmed.csv")["content_sha256"]):
        _plausible(table, values)
    table.faults.check()
    whole = classification.TOTAL in values.index.unique("measure")
    source = "mps_dashboard_total" if whole else "mps_dashboard"
    return kit.reading(source, _tidy(values, vintage, source), table.tolerated)


def _months(table: strict.Table) -> pd.Series:
    """The first day of each row's month; notes what is none or is not of its financial year."""
    first = kit.month(table, "month", "the first of a month such as 2018-03-01")
    held = pd.PeriodIndex(first.dropna().unique(), freq="M").sort_values()
    gaps = months(held[0], held[-1]).difference(held) if len(held) else held
    table.faults.each(
        [("months", f"no {gap}") for gap in gaps], "every month between first and last"
    )
    years = {
        month.to_timestamp(): "fy" + financial_year(str(month))[2:].replace("/", "-")
        for month in held
    }
    kit.note(
        table,
        first.notna() & first.map(years).ne(table.frame["year"].astype(str)),
        ["month", "year"],
        "the month's own financial year, such as fy17-18 for 2018-03-01",
    )
    return first


def _measures(table: strict.Table) -> np.ndarray:
    """The measures that each row counts towards, none for what is kept out."""
    frame, keys = table.frame, ["major", "minor", "counted"]
    pairs = frame[keys].drop_duplicates().astype(str)
    majors = pairs["major"].where(pairs["counted"] == OFFENCES, pairs["counted"])
    kinds = list(zip(majors, pairs["minor"], strict=True))
    strange = set(classification.unknown(mps_checks.PUBLISHER, kinds))
    wrong = pairs[[kind in strange and kind[0] not in (OUTCOMES, _FORMER) for kind in kinds]]
    kit.note(
        table,
        pd.MultiIndex.from_frame(frame[keys].astype(str)).isin(pd.MultiIndex.from_frame(wrong)),
        keys,
        f"a crime type {kit.LISTED}",
        kit.ADD_ROW,
    )
    known = [kind for kind in kinds if kind not in strange]
    rows = classification.classify(mps_checks.PUBLISHER, known)["measures"]
    counted = {kind: set(names) - {""} for kind, names in zip(known, rows, strict=True)}
    for said in (OFFENCES, OUTCOMES, _FORMER):
        of = pairs["counted"] == said
        out = sorted(
            {k[1] for k, here in zip(kinds, of, strict=True) if here and not counted.get(k)}
        )
        if out:
            table.tolerated.append(f"{said.lower()} of {', '.join(out)}: kept out")
    towards = pairs.assign(measure=[tuple(counted.get(kind, ())) for kind in kinds])
    return frame[keys].astype(str).merge(towards, on=keys, how="left")["measure"].to_numpy()


def _areas(table: strict.Table) -> tuple[np.ndarray, str]:
    """Each row's area code, empty for what is no borough or ward; the wards' vintage."""
    frame, boroughs = table.frame, territory().units
    level, code = frame["level"].astype(str), frame["area_code"].astype(str)
    unknown = level.str.fullmatch(_NOT_KNOWN)
    strange = ~(level.isin(list(_LEVELS)) | unknown)
    kit.note(table, strange, ["level"], " or ".join(_LEVELS), "another kind of area is not read")
    is_ward = level.eq("Safer Neighbourhood Teams")
    told = set(code[is_ward & code.str.startswith("E05")])
    vintage = max(territory().wards, key=lambda v: len(told & territory().wards[v].keys()))
    in_ward = is_ward & code.isin(territory().wards[vintage])
    named = territory().codes_of(frame["place"], unknown="?")
    # rows of neighbourhoods have names that no list holds, so boroughs' alone are asked about
    none = kit.no_units(frame["place"][level.eq("Borough")].astype(str), frame["count"])
    # "" names what is known to be no borough, as units of no place do
    nowhere = unknown | named.eq("") | frame["place"].eq("")
    nowhere |= frame["place"].isin(none) & ~code.isin(boroughs)
    in_borough = level.eq("Borough") & code.isin(boroughs) & named.eq(code)
    wrong = level.eq("Borough") & ~in_borough & ~nowhere
    kit.note(
        table,
        wrong,
        ["place", "area_code"],
        "a borough with its own code, or what data/reference/areas.csv lists as no borough",
        kit.LIST_IT,
    )
    out = ~in_ward & ~in_borough & ~wrong & ~strange
    if out.any():
        others = sorted(told - territory().wards[vintage].keys())
        said = f" ({', '.join(others[:5])} are no wards of {vintage})" if others else ""
        table.tolerated.append(
            f"{out.sum():,} rows of places that are no borough or ward, kept out{said}"
        )
    kit.every_unit(table.faults, code[in_borough | wrong])
    return np.where(in_ward | in_borough, code, ""), vintage


def _counts_persons(measures: pd.Series) -> pd.Series:
    persons = list(filter(classification.current().counts_persons, measures.unique()))
    return measures.isin(persons)


def _filled(kept: pd.DataFrame) -> pd.DataFrame:
    """Counts by area and measure (rows) and month: the publisher leaves out what is zero.

    What no area of a level has a row of is not counted by that level at all.
    """
    keys = ["area_type", "area_code", "measure"]
    wide = kept.groupby([*keys, "period"])["count"].sum().unstack(fill_value=0)
    held = wide.index.droplevel("measure").unique()
    measures = kept.groupby("area_type")["measure"].unique().map(sorted)
    grid = [(level, area, measure) for level, area in held for measure in measures[level]]
    return wide.reindex(pd.MultiIndex.from_tuples(grid, names=keys), fill_value=0)


def _plausible(table: strict.Table, values: pd.DataFrame) -> None:
    """Note months of all London that leap, and single values that leap out of their row."""
    london = values.xs("borough", level="area_type").groupby(level="measure").sum()
    usual = london.median(axis=1)
    odd = london[usual >= 100].gt(_LEAP_OF_LONDON * usual, axis=0).stack()
    top = np.sort(values.to_numpy(), axis=1)[:, -2:] if values.shape[1] > 2 else None
    leaps = np.zeros(len(values), bool)
    if top is not None:
        leaps = top[:, 1] > _LEAP * np.maximum(top[:, 0], 15)
    table.faults.each(
        [(f"{m} in {at:%Y-%m}", f"{london.at[m, at]:,} in all London") for m, at in odd.index[odd]]
        + [
            (f"{area}, {measure}", f"{row.max():,} in {row.idxmax():%Y-%m}")
            for (_, area, measure), row in values[leaps].iterrows()
        ],
        "a count in keeping with the other months",
        mps_checks.CONFIRM,
        quote=False,
    )


def _tidy(values: pd.DataFrame, vintage: str, source: str) -> pd.DataFrame:
    rows, periods = values.shape
    index = values.index.to_frame(index=False).astype("category")
    units = [kit.published_unit(measure) for measure in index["measure"].cat.categories]
    unit = pd.Categorical(np.array(units, dtype=object)[index["measure"].cat.codes])
    wards = index["area_type"].eq("ward")
    index = index.assign(unit=unit, boundary_vintage=pd.Categorical(np.where(wards, vintage, "")))
    tidy = index.loc[index.index.repeat(periods)].reset_index(drop=True)
    tidy = tidy.assign(
        period=np.tile(values.columns.to_numpy(), rows),
        value=values.to_numpy(float).ravel(),
    )
    return kit.tidy(tidy, source)
