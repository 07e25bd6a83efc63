"""How many offences are counted as violence against women and girls? The police's dashboard.

Two sheets are stacked in one table, each with every offence: by place, and by classification.
Only the first tells the borough. Counts are by the month of recording.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data import areas, strict
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import mps_checks
from sbpanalysis.errors import NotOursError
from sbpanalysis.periods import months

SOURCE = "mps_vawg"
PUBLISHER = "Metropolitan Police Service"
MEASURE = "violence_against_women_and_girls_offences"
_MOST_BEFORE = 0.01  # of the rows: 4 of 314,161 are of the published file
PLACE, CLASS = "Offence count location", "Offence count classification"
_COLUMNS = {
    "unit_of_command": ("BCU Location",),
    "place": ("Borough Name",),
    "ward": ("Ward Name Clean 2",),
    "recorded": ("Recorded Date Months",),
    "committed": ("Date Committed From Date Months",),
    "sheet": (),
    "crime_group": ("Crimsec Group",),
    "crime_class": ("CrimsecCodeExpansion",),
    "crime": ("Crimsec Offences",),
    "kind": ("VAWG Offence",),
}


def recognises(file: RawFile) -> bool:
    """The dashboard's own columns in the header."""
    held = {strict.meaning(cell) for cell in strict.header(file)}
    own = {"bculocation", "recordeddatemonths", "datecommittedfromdatemonths", "wardnameclean2"}
    return len(held & own) >= 2


def read(file: RawFile) -> Reading:
    """Offences by borough and month of recording, of the sheet by place alone."""
    table = strict.table(file, _COLUMNS, {"count": ()})
    strict.known(table, "sheet", (PLACE, CLASS), f"{PLACE} or {CLASS}", "keep the sheet's name")
    recorded = table.frame["recorded"].astype(str)
    mps_checks.note(
        table,
        ~recorded.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-01"),
        ["recorded"],
        "the first of a month such as 2018-03-01",
    )
    here = table.frame["sheet"].eq(PLACE)
    place = table.frame["place"].map(lambda p: areas.lookup().get(areas.normal(p), "?")).astype(str)
    unnamed = table.frame["place"].isin(["", "N/K"])
    mps_checks.note(table, here & place.eq("?") & ~unnamed, ["place"], "one of the 32 boroughs")
    _check_order(table, recorded)
    _check_sheets(table, recorded)
    table.faults.check()
    if table.frame["sheet"].nunique() > 1:
        table.tolerated.append(f"the sheet {CLASS!r} counts the same offences again, kept out")
    kept = here & place.isin(areas.boroughs().index)
    if not kept.any():
        raise NotOursError(
            f"{plain(file.name)}: found no offence by place in one of the 32 boroughs, expected "
            f"some on the sheet {PLACE!r}; it was filtered."
        )
    if len(held := set(place[kept])) < len(areas.boroughs()):
        table.tolerated.append(f"{len(held)} of the {len(areas.boroughs())} boroughs")
    if away := table.frame["count"][here & ~kept].sum():
        table.tolerated.append(f"{away:,} offences of no borough, kept out")
    tidy = _by_month(table.frame["count"][kept], place[kept], recorded[kept])
    return Reading(SOURCE, PUBLISHER, "values", tidy, tuple(dict.fromkeys(table.tolerated)))


def _check_order(table: strict.Table, recorded: pd.Series) -> None:
    """Note that offences are recorded before they are committed, as under exchanged headers."""
    before = recorded < table.frame["committed"].astype(str)
    if before.mean() > _MOST_BEFORE:
        table.faults.add(
            "recorded", f"{before.sum():,} of {len(before):,} rows committed after it",
            "months of recording, in or after that of the offence",
        )  # fmt: skip


def _check_sheets(table: strict.Table, recorded: pd.Series) -> None:
    """Note months in which the two sheets, both of every offence, do not agree."""
    sums = table.frame.groupby([recorded, "sheet"], observed=True)["count"].sum().unstack()
    if len(sums.columns) < 2:
        return
    off = sums[sums[PLACE].ne(sums[CLASS])]
    table.faults.each(
        [
            (month[:7], f"{row[PLACE]:,.0f} by place, {row[CLASS]:,.0f} by class")
            for month, row in off.iterrows()
        ],
        "the same number on both sheets",
        quote=False,
    )


def _by_month(counts: pd.Series, place: pd.Series, recorded: pd.Series) -> pd.DataFrame:
    sums = counts.groupby([place.to_numpy(), pd.to_datetime(recorded).to_numpy()]).sum()
    held = sums.index.get_level_values(1)
    span = months(str(held.min())[:7], str(held.max())[:7]).to_timestamp()
    # a borough without any row was left out by a filter, so that nothing is known of it
    boroughs = [code for code in areas.boroughs().index if code in set(place)]
    grid = pd.MultiIndex.from_product([boroughs, span])
    tidy = sums.reindex(grid, fill_value=0).rename_axis(["area_code", "period"])
    tidy = tidy.astype(np.float64).rename("value").reset_index()
    about = {
        "frequency": "monthly",
        "area_type": "borough",
        "boundary_vintage": "",
        "measure": MEASURE,
        "group": "",
        "unit": "offences",
        "source": SOURCE,
    }
    return tidy.assign(**about)[[name for name in COLUMNS if name != "snapshot"]]
