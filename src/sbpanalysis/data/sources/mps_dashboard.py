"""What does the Metropolitan Police's monthly dashboard count? Knife, gun, abuse, hate, total.

A long table that mixes what must not be added up: boroughs with their neighbourhoods, offences
with positive outcomes, and subtypes with the type that contains them.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sbpanalysis.data import areas, classification, reference, strict
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import mps_checks
from sbpanalysis.periods import financial_year, months

PUBLISHER = "Metropolitan Police Service"
OUTCOMES = "Positive Outcomes"
_COLUMNS = {
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
}
_OPTIONAL = ("year_index", "refreshed", "sheet")
_LEVELS = {"Borough": "borough", "Safer Neighbourhood Teams": "ward"}
_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-01(?: 00:00:00)?|01/(?P<m2>\d\d)/(?P<y2>\d{4})")
# A month against the median month of London where that is not small, and the largest value of a
# row against the second largest: over the published file the extremes are 2.2 and 1.5
_LEAP_OF_LONDON, _LEAP = 3.0, 4.0


def recognises(file: RawFile) -> bool:
    """The dashboard's own columns in the header, in either spelling."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    own = {"boroughsnt", "areatype", "monthyear", "areaname", "financialyear", "measure", "count"}
    return len(held & own) >= 5


def read(file: RawFile) -> Reading:
    """Offences and positive outcomes by month, for boroughs and for wards, kept apart."""
    table = strict.table(file, _COLUMNS, {"count": ("Count",)}, optional=_OPTIONAL)
    frame = table.frame
    month = _months(table)
    strict.known(table, "level", _LEVELS, " or ".join(_LEVELS), "another kind of area is not read")
    strict.known(
        table, "counted", ("Offences", OUTCOMES), f"Offences or {OUTCOMES}", "do not add them up"
    )
    key = ["month", "level", "place", "area_name", "area_code", "major", "minor", "counted"]
    strict.unique(table, key, "count")
    towards = _measures(table)
    code, vintage = _areas(table)
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
    values = _filled(kept[code != ""].explode("measure").dropna())
    if file.content_sha256 not in set(reference.table("confirmed.csv")["content_sha256"]):
        _plausible(table, values)
    table.faults.check()
    whole = classification.TOTAL in values.index.unique("measure")
    source = "mps_dashboard_total" if whole else "mps_dashboard"
    return Reading(
        source,
        PUBLISHER,
        "values",
        _tidy(values, vintage, source),
        tuple(dict.fromkeys(table.tolerated)),
    )


def _months(table: strict.Table) -> np.ndarray:
    """The first day of each row's month; notes what is none or is not of its financial year."""
    column = table.frame["month"].cat
    found = [_DATE.fullmatch(text) for text in column.categories]
    texts = [f"{m['y'] or m['y2']}-{m['m'] or m['m2']}" if m else "" for m in found]
    good = [t if strict.MONTH.fullmatch(t.replace("-", "")) else "" for t in texts]
    wrong = [text for text, ok in zip(column.categories, good, strict=True) if not ok]
    strict.known(
        table,
        "month",
        set(column.categories) - set(wrong),
        "the first of a month such as 2018-03-01",
        "dates that Excel has rewritten cannot be trusted, download the file again",
    )
    if wrong or not good:
        return np.zeros(len(table.frame), "datetime64[ns]")
    held = pd.PeriodIndex(sorted(set(good)), freq="M")
    gaps = months(held[0], held[-1]).difference(held)
    table.faults.each(
        [("months", f"no {gap}") for gap in gaps], "every month between first and last"
    )
    years = np.array(["fy" + financial_year(t)[2:].replace("/", "-") for t in good])
    other = table.frame["year"].astype(str).to_numpy() != years[column.codes]
    mps_checks.note(
        table,
        other,
        ["month", "year"],
        "the month's own financial year, such as fy17-18 for 2018-03-01",
    )
    return np.array(good, "datetime64[M]").astype("datetime64[ns]")[column.codes]


def _measures(table: strict.Table) -> np.ndarray:
    """The measures that each row counts towards, none for what is kept out."""
    frame, keys = table.frame, ["major", "minor", "counted"]
    pairs = frame[keys].drop_duplicates().astype(str)
    kinds = list(
        zip(
            pairs["major"].mask(pairs["counted"] == OUTCOMES, OUTCOMES), pairs["minor"], strict=True
        )
    )
    strange = set(classification.unknown(PUBLISHER, kinds))
    outcomes = sorted(minor for major, minor in strange if major == OUTCOMES)
    wrong = pairs[[kind in strange and kind[0] != OUTCOMES for kind in kinds]]
    mps_checks.note(
        table,
        frame.index.isin(wrong.index),
        keys,
        f"a crime type that {classification.TABLE} lists",
        "download the file again; if the publisher really uses it, add a row there",
    )
    if outcomes:
        table.tolerated.append(f"positive outcomes of {', '.join(outcomes)}: kept out")
    known = [kind for kind in kinds if kind not in strange]
    counted = dict(zip(known, classification.classify(PUBLISHER, known)["measures"], strict=True))
    towards = pairs.assign(measure=[counted.get(kind, ()) for kind in kinds])
    return frame[keys].astype(str).merge(towards, on=keys, how="left")["measure"].to_numpy()


def _areas(table: strict.Table) -> tuple[np.ndarray, str]:
    """Each row's area code, empty for what is no borough or ward; the wards' vintage."""
    frame = table.frame
    is_ward = frame["level"].eq("Safer Neighbourhood Teams").to_numpy()
    code = frame["area_code"].astype(str).to_numpy(dtype=object)
    wards = {c for c in set(code[is_ward]) if c.startswith("E05")}
    vintage = max(areas.WARD_VINTAGES, key=lambda v: len(wards & areas.wards_of_all(v)))
    known = areas.wards_of_all(vintage)
    borough = np.isin(code.astype(str), areas.boroughs().index.to_numpy(dtype=str))
    in_ward = np.isin(code.astype(str), sorted(known))
    label = frame["place"].map(lambda p: areas.lookup().get(areas.normal(p))).astype(object)
    agrees = label.to_numpy() == code
    elsewhere = label.eq("").to_numpy()
    wrong = ~is_ward & ~(borough & agrees) & ~elsewhere
    mps_checks.note(
        table,
        wrong,
        ["place", "area_code"],
        "a borough with its own code, or what data/reference/areas.csv lists as no borough",
    )
    kept = np.where(is_ward, in_ward, borough & ~elsewhere)
    out = ~kept & ~wrong
    if out.any():
        strange = sorted(
            set(code[is_ward & ~in_ward & np.char.startswith(code.astype(str), "E05")])
        )
        said = f" ({', '.join(strange[:5])} are no wards of {vintage})" if strange else ""
        table.tolerated.append(
            f"{out.sum():,} rows of places that are no borough or ward, kept out{said}"
        )
    missing = areas.boroughs().index.difference(pd.Index(code[~is_ward].astype(str)))
    names = areas.boroughs()
    table.faults.each(
        [("boroughs", f"no {names[m]}") for m in missing], "all 32 boroughs", quote=False
    )
    return np.where(kept, code, ""), vintage


def _filled(kept: pd.DataFrame) -> pd.DataFrame:
    """Counts by area and measure (rows) and month: the publisher leaves out what is zero."""
    keys = ["area_type", "area_code", "measure"]
    wide = kept.groupby([*keys, "period"])["count"].sum().unstack(fill_value=0)
    held = wide.index.droplevel("measure").unique()
    measures = sorted(kept["measure"].unique())
    grid = [(*area, measure) for area in held for measure in measures]
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
    units = [classification.about(m)["unit"] or "offences" for m in index["measure"].cat.categories]
    unit = pd.Categorical(np.array(units, dtype=object)[index["measure"].cat.codes])
    wards = index["area_type"].eq("ward")
    index = index.assign(unit=unit, boundary_vintage=pd.Categorical(np.where(wards, vintage, "")))
    tidy = index.loc[index.index.repeat(periods)].reset_index(drop=True)
    tidy = tidy.assign(
        period=np.tile(values.columns.to_numpy(), rows),
        value=values.to_numpy(float).ravel(),
        frequency="monthly",
        group="",
        source=source,
    )
    return tidy[[column for column in COLUMNS if column != "snapshot"]]
