"""How much violence against women and girls does the synthetic dashboard show, and of what kind?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample.crime import MONTHS, Crime
from sbpanalysis.data.territory import territory

# Recorded offence -> the share that is also of this kind, and how the second sheet calls it
CLASSES = {
    "VIOLENCE WITH INJURY": (0.45, "Violence with Injury", "Assault with injury"),
    "RAPE": (0.85, "Rape", "Rape of a female aged 16 and over"),
}
NOT_KNOWN = "N/K"
RECORDED, COMMITTED = "Recorded Date Months", "Date Committed From Date Months"


def sheets(rng: np.random.Generator, crime: Crime, first: str) -> dict[str, pd.DataFrame]:
    """Offences recorded since month `first`: two sheets, each of all of them.

    One in five was committed the month before. Wards are named for Bromley alone.
    """
    months = MONTHS[first <= MONTHS]
    boroughs = crime.areas[crime.areas["area_code"].ne("")]
    parts = []
    for minor, (share, group, kind) in CLASSES.items():
        at = crime.offences["minor"].tolist().index(minor)
        counts = rng.binomial(crime.counts[boroughs.index, at, -len(months) :], share)
        late = rng.binomial(counts, 0.2)
        for values, before in ((counts - late, 0), (late, 1)):
            table = pd.DataFrame(values, boroughs["name"], months).stack().rename("Count")
            part = table.rename_axis(["Borough Name", "month"]).reset_index()
            part[RECORDED] = part["month"].dt.start_time.dt.date
            part[COMMITTED] = (part.pop("month") - before).dt.start_time.dt.date
            parts.append(part.assign(**{"CRIMSEC Group": group, "CRIMSECCodeExpansion": kind}))
    rows = pd.concat(parts).query("Count > 0")
    kinds = ["CRIMSEC Group", "CRIMSECCodeExpansion", RECORDED, COMMITTED]
    by_kind = rows.groupby(kinds, sort=False)["Count"].sum().reset_index()
    for place, name in enumerate(("CRIMSEC Offences", "VAWG Offence"), 2):
        by_kind.insert(place, name, by_kind["CRIMSECCodeExpansion"])
    return {"Offence count location": _by_place(rng, rows), "Offence count classification": by_kind}


def _by_place(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    here = territory()
    [code] = [code for code, name in here.units.items() if name == "Bromley"]
    wards = [here.names[ward] for ward in sorted(here.wards_of(code, max(here.wards)))]
    sums = rows.groupby(["Borough Name", RECORDED, COMMITTED], sort=False)["Count"].sum()
    lines = []
    for (borough, *dates), count in sums.items():
        named = wards if borough == "Bromley" else [NOT_KNOWN]
        dealt = rng.multinomial(count, np.full(len(named), 1 / len(named)))
        lines += [
            ("Unknown", borough, w, *dates, n) for w, n in zip(named, dealt, strict=True) if n
        ]
    names = ["BCU Location", "Borough Name", "Ward Name Clean 2", RECORDED, COMMITTED, "Count"]
    return pd.DataFrame(lines, columns=names)
