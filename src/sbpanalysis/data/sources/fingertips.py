"""What do the published local health profiles say? Rates by area and period, with intervals.

The layout is that of the CSV download of Fingertips; only persons of both sexes, and only the
boroughs, London and England, are taken.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "phe_profiles"
LOWER, UPPER = "Lower 95% limit", "Upper 95% limit"
_COLUMNS = {
    "number": ("Indicator ID",),
    "indicator": ("Indicator Name",),
    "code": ("Area Code",),
    "name": ("Area Name",),
    "type": ("Area Type",),
    "sex": ("Sex",),
    "age": ("Age",),
    "category": ("Category",),
    "period": ("Time period",),
    "value": ("Value",),
    LOWER: ("Lower CI 95.0 limit",),
    UPPER: ("Upper CI 95.0 limit",),
}
LAYOUT = strict.Layout(
    _COLUMNS,
    own=frozenset(
        {"indicatorname", "areacode", "timeperiod", "lowerci950limit", "upperci950limit"}
    ),
    least=4,
    optional=("number", "name", "type"),
    blank=("category", "value", LOWER, UPPER),  # of an indicator that has none of them
    others="drop",
)
recognises = LAYOUT.recognises
# the publisher's number of an indicator -> its whole name and its age, as patterns, and the
# measure; many indicators have nearly the same name, for other ages or conditions
INDICATORS = {
    "10401": (
        r"first time entrants to the youth justice system( \(10-17 (yrs|years)\))?",
        r"10-17 (yrs|years)",
        "first_time_entrants_rate",
    ),
    "90808": (
        r"hospital admissions due to substance misuse( \(15( to |-)24 (yrs|years)( old)?\))?",
        r"15-24 (yrs|years)",
        "hospital_admissions_substance_misuse_aged_15_24",
    ),
}
_PERIOD = re.compile(r"(\d{4})(?:/\d\d)?(?: - (?:\d\d)?(\d\d)(?:/(\d\d))?)?")
_NUMBER = r"\d+(?:\.\d+)?(?:[eE]-?\d+)?"


def read(file: RawFile) -> Reading:
    """Rates with their 95% limits as groups; a rate that is not given is missing."""
    table = LAYOUT.table(file)
    table.faults.check()
    table = _known(table)
    frame = table.frame.astype("str")
    when = {text: _PERIOD.fullmatch(text) for text in frame["period"].unique()}
    unread = frame["period"].isin([text for text, found in when.items() if not found])
    kit.note(table, unread, ["period"], "a period such as 2017/18 or 2014/15 - 16/17")
    for column in ("value", LOWER, UPPER):
        wrong = ~frame[column].str.fullmatch(rf"({_NUMBER})?")
        kit.note(table, wrong, [column], "a rate of 0 or more, or nothing")
    rates = frame[[LOWER, "value", UPPER]].apply(pd.to_numeric, errors="coerce")
    astray = rates["value"].lt(rates[LOWER]) | rates["value"].gt(rates[UPPER])
    kit.note(table, astray, [LOWER, "value", UPPER], "a rate within its own limits")
    if "name" in frame:
        kit.one_borough(table, ["code", "name"])
    table.faults.check()
    ours = frame["code"].map({c: _level(c) for c in frame["code"].unique()})
    kept = frame[ours.ne("") & frame["sex"].eq("Persons") & frame["category"].eq("")]
    if kept.empty:
        found = "no row of a London borough, London or England for all persons"
        raise kit.not_ours(file.name, found, remedy="choose London's boroughs for the download")
    if len(kept) < len(frame):
        table.tolerated.append(f"{len(frame) - len(kept)} rows of other areas, sexes or categories")
    key = ["measure", "code", "period"]
    if "type" in kept:  # a download of several area types gives a borough under each
        same = [*key, "value", LOWER, UPPER]
        again = kept.duplicated(same) & ~kept.duplicated([*same, "type"])
        if again.any():
            table.tolerated.append(f"{again.sum()} rates that stand again, under another area type")
        kept = kept[~again]
    kit.note(table, frame.index.to_series().isin(kept.index[kept.duplicated(key)]), key,
                    "each indicator, area and period once")  # fmt: skip
    table.faults.check()
    return kit.reading(SOURCE, _tidy(kept, when), table.tolerated)


def _known(table: strict.Table) -> strict.Table:
    """The rows of known indicators, each with its measure; the others are named."""
    frame = table.frame.astype("str")
    keys = [name for name in ("number", "indicator", "age") if name in frame]
    kinds = frame[keys].drop_duplicates()
    kinds["measure"] = [_measure(row) for row in kinds.to_dict("records")]
    measure = frame[keys].merge(kinds, on=keys, how="left")["measure"].to_numpy()
    others = kinds[kinds["measure"].eq("")]
    if len(others) == len(kinds):
        kit.note(table, table.frame.index.isin(others.index), keys, _EXPECTED, _REMEDY)
        table.faults.check()
    elif len(others):
        named = ", ".join(sorted(set(others["indicator"])))
        table.tolerated.append(f"other indicators, kept out: {named}")
    kept = measure != ""
    return replace(table, frame=table.frame.assign(measure=measure)[kept])


_EXPECTED = "an indicator of this project: " + ", ".join(
    f"{number} {pattern.split('(')[0].strip()}" for number, (pattern, *_) in INDICATORS.items()
)
_REMEDY = "leave it out, or add it to INDICATORS in data/sources/fingertips.py"


def _measure(row: dict[str, str]) -> str:
    """The measure of an indicator whose name and age, and number where it is told, all agree."""
    for number, (name, age, measure) in INDICATORS.items():
        if (
            row.get("number", number) == number
            and re.fullmatch(name, row["indicator"], re.IGNORECASE)
            and re.fullmatch(age, row["age"], re.IGNORECASE)
        ):
            return measure
    return ""


def _level(code: str) -> str:
    if code in territory().units:
        return "borough"
    return {"E12000007": "region", "E92000001": "country"}.get(code, "")


def _span(found: re.Match) -> tuple[pd.Timestamp, str]:
    """First month and frequency: one year, or several years together."""
    first, last = int(found[1]), found[2]
    start = pd.Timestamp(first, 4 if "/" in found[0] else 1, 1)
    if last is None:
        return start, "annual"
    years = int(last) - first % 100 + 1
    return start, f"{12 * years} months"


def _tidy(kept: pd.DataFrame, when: dict) -> pd.DataFrame:
    spans = {text: _span(found) for text, found in when.items()}
    about = pd.DataFrame(
        {
            "period": [spans[text][0] for text in kept["period"]],
            "frequency": [spans[text][1] for text in kept["period"]],
            "area_code": kept["code"].to_numpy(),
            "area_type": kept["code"].map(_level).to_numpy(),
            "measure": kept["measure"].to_numpy(),
        }
    )
    parts = [
        about.assign(
            group=group, value=pd.to_numeric(kept[column], errors="coerce").to_numpy(float)
        )
        for column, group in (("value", ""), (LOWER, LOWER), (UPPER, UPPER))
    ]
    tidy = pd.concat(parts, ignore_index=True).dropna(subset="value")
    return kit.tidy(tidy, SOURCE, unit="per 100,000 people")
