"""How many custodial sentences do children get? The Youth Justice Board's local tables, by service.

A row is a year, a youth justice service and a kind of caution or sentence. The layout is read off
programs in public use, not off a file of the publisher.
"""

from __future__ import annotations

import re

import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import normal, territory

SOURCE = "yjb_outcomes"
MEASURE = "custodial_sentences"
CUSTODY = "custody"
TIERS = ("pre court", "first tier", "community", CUSTODY)
LAYOUT = strict.Layout(
    {
        "year": ("Financial_Year",),
        "place": ("YJS", "YOT"),
        "kind": ("Caution_or_sentence_type",),
        "tier": ("Caution_or_sentence_tier",),
    },
    {"count": ("Number_Cautioned_Sentenced",)},
    own=frozenset({"financialyear", "cautionorsentencetier", "numbercautionedsentenced"}),
    others="drop",
)
recognises = LAYOUT.recognises
_NOTE = re.compile(r"\s*\[note[^\]]*\]", re.IGNORECASE)


def read(file: RawFile) -> Reading:
    """Sentences to custody by borough and financial year, dated by its April.

    A service of two boroughs is of neither. A borough without such a sentence in a year of which
    it has other rows had none.
    """
    table = LAYOUT.table(file)
    frame = table.frame.astype({"year": str, "place": str, "tier": str})
    place = frame["place"].str.replace(_NOTE, "", regex=True)
    tier = frame["tier"].map(normal)
    kit.note(
        table, ~frame["year"].str.fullmatch(kit.FINANCIAL_YEAR), ["year"], "a year such as 2016-17"
    )
    kit.note(table, ~tier.isin(TIERS), ["tier"], f"one of {', '.join(TIERS)}")
    table.faults.check()
    code = territory().codes_of(place)
    boroughs = kit.held_boroughs(file, table, code, "services")
    if others := sorted(set(place[code.eq("")])):
        table.tolerated.append(f"{len(others)} services of no one borough, kept out")
    own = frame.assign(code=code, tier=tier)[code.isin(boroughs)]
    # every borough and year that has a row at all, of whatever sentence
    counts = own["count"].where(own["tier"].eq(CUSTODY), 0)
    sums = counts.groupby([own["code"], own["year"].str[:4]]).sum()
    said = {"measure": MEASURE, "unit": kit.published_unit(MEASURE), "frequency": "annual"}
    tidy = pd.DataFrame(
        {
            "area_code": sums.index.get_level_values(0),
            "period": pd.to_datetime(sums.index.get_level_values(1) + "-04-01"),
            "value": sums.to_numpy(float),
        }
    )
    return kit.reading(SOURCE, kit.tidy(tidy, SOURCE, **said), table.tolerated)
