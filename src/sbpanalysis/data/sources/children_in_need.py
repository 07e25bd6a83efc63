"""In how many assessments of children did social workers see exploitation? The department's table.

Factors at the end of an assessment, by local authority and year. The layout is read off programs
in public use, not off a file of the publisher.
"""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

SOURCE = "dfe_assessment_factors"
ENGLAND = "E92000001"
FACTORS = {
    "Child_sexual_exploitation": "children_assessed_sexual_exploitation",
    "Child_criminal_exploitation": "children_assessed_criminal_exploitation",
    "Gangs": "children_assessed_gangs",
    "Going_missing": "children_assessed_missing",
    "Trafficking": "children_assessed_trafficking",
}
LAYOUT = strict.Layout(
    {
        "year": ("time_period",),
        "level": ("geographic_level",),
        "region": ("region_code",),
        "authority": ("new_la_code",),
        **dict.fromkeys(FACTORS, ()),
    },
    own=frozenset({"timeperiod", "geographiclevel", "newlacode", "childsexualexploitation"}),
    optional=tuple(FACTORS),
    blank=("region", "authority", *FACTORS),
    others="drop",
)
recognises = LAYOUT.recognises
# 2018 is the year that ends in March 2018, as is 201718
_YEAR = r"(20\d\d|20\d{4})"
_LEVELS = ("National", "Regional", "Local authority")
_NOT_SHOWN = r"[a-z:.~-]*"  # the publisher's symbols, such as c for a small number


def read(file: RawFile) -> Reading:
    """Assessments with a factor by borough, London and England, and year, dated by its April.

    Small numbers are suppressed by the publisher: those are missing.
    """
    table = LAYOUT.table(file)
    frame = table.frame.astype(str)
    held = [factor for factor in FACTORS if factor in frame]
    kit.note(table, ~frame["year"].str.fullmatch(_YEAR), ["year"], "a year such as 2018 or 201718")
    strict.known(table, "level", _LEVELS, " or ".join(_LEVELS), "keep the publisher's words")
    for factor in held:
        wrong = ~frame[factor].str.fullmatch(rf"\d+|{_NOT_SHOWN}")
        kit.note(table, wrong, [factor], "a whole number, or a symbol for one that is not shown")
    table.faults.check()
    code = frame["authority"].where(frame["level"].eq(_LEVELS[2]), frame["region"])
    code = code.mask(frame["level"].eq(_LEVELS[0]), ENGLAND)
    levels = {ENGLAND: "country", territory().whole: "region"}
    levels |= dict.fromkeys(territory().units, "borough")
    own = frame.assign(area_code=code, area_type=code.map(levels))[code.isin(levels)]
    if not own["area_type"].eq("borough").any():
        raise kit.not_ours(file.name, f"assessments of none of {territory().every_unit}")
    key = ["area_code", "year"]
    twice = frame.index.isin(own.index[own.duplicated(key)])
    kit.note(table, twice, ["year", "authority"], "each authority and year once")
    table.faults.check()
    ends = own["year"].str.len().eq(4)  # else it begins with the year in which it began
    first = own["year"].str[:4].astype(int) - ends
    own = own.assign(period=pd.to_datetime(first.astype(str) + "-04-01"))
    rows = own.melt(["area_code", "area_type", "period"], held, "factor", "value")
    rows["value"] = pd.to_numeric(rows["value"], errors="coerce")
    rows["measure"] = rows["factor"].map(FACTORS)
    rows["unit"] = rows["measure"].map(kit.published_unit)
    tidy = kit.tidy(rows.dropna(subset="value"), SOURCE, frequency="annual")
    return kit.reading(SOURCE, tidy, table.tolerated)
