"""Is a recorded-crime file whole and believable? Known categories and areas, no hole, no leap."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, strict
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory

PUBLISHER = "Metropolitan Police Service"
# Groups of offences that every published file holds, whatever its level and generation
_ALWAYS = (
    "Residential burglary",
    "Business and community burglary",
    "Possession of drugs",
    "Drug trafficking",
    "Robbery of personal property",
    "Robbery of business property",
    "Shoplifting",
    "Bicycle theft",
    "Other theft",
    "Theft from the person",
    "Theft from a vehicle",
    "Theft or taking of a vehicle",
    "Interfering with a vehicle",
    "Violence with injury",
    "Violence without injury",
)
# How many times the second largest value of its row the largest may be, by the size of the
# second; over all files published from 2008 to 2026 the extremes are, for boroughs, 5.6, 3.0
# and 1.6, and for wards 10.9, 3.1, 1.8 and 1.5
_LEAPS = {
    "borough": ((15, 6.5), (80, 4.5), (300, 3.0)),
    "ward": ((15, 12.0), (40, 6.5), (80, 4.5), (300, 3.0)),
    "lsoa": ((15, 12.0), (40, 6.5), (80, 4.5), (300, 3.0)),
}
_MONTH_OF_LONDON = (20_000, 200_000)
CONFIRM = (
    "download the file again; if the publisher confirms the figure, add the file's content "
    "SHA-256 and the reason to data/reference/confirmed.csv"
)


def categories(table: strict.Table) -> None:
    """Note categories that the classification table does not list, or of two generations."""
    frame = table.frame
    pairs = frame[["major", "minor"]].drop_duplicates()
    unknown = classification.unknown(PUBLISHER, pairs.itertuples(index=False, name=None))
    if unknown:
        wrong = pd.MultiIndex.from_frame(frame[["major", "minor"]]).isin(unknown)
        kit.note(table, wrong, ["major", "minor"], f"a category {kit.LISTED}", kit.ADD_ROW)
        return
    generations = set(classification.classify(PUBLISHER, pairs.to_numpy())["generation"]) - {""}
    if len(generations) > 1:
        table.faults.add(
            "categories",
            f"names of two generations ({', '.join(sorted(generations))})",
            "one",
            "two files were put together, give each by itself",
        )


def wards(table: strict.Table, frame: pd.DataFrame) -> str:
    """Note ward codes that are unknown or of another borough or vintage; give the vintage."""
    codes = set(frame["area_code"].cat.categories)
    sizes = {v: len(codes & territory().wards[v].keys()) for v in territory().wards}
    vintage = max(sizes, key=sizes.get)
    home = territory().wards[vintage]
    kit.note(
        table,
        ~frame["area_code"].isin(home),
        ["area_code", "area_name"],
        f"a ward code of London's wards of {vintage}",
    )
    its_own = frame["area_code"].map(home).astype(object).to_numpy() == frame["borough_code"]
    elsewhere = frame["inside"] & frame["area_code"].isin(home) & ~its_own
    kit.note(table, elsewhere, ["area_code", "borough"], "the ward under the borough it is part of")
    return vintage


def lsoas(table: strict.Table, frame: pd.DataFrame) -> None:
    """Note LSOA codes that are none, or whose name is not that of the borough."""
    code = frame["area_code"].cat
    wrong = [c for c in code.categories if not (c[:3] == "E01" and len(c) == 9 and c[3:].isdigit())]
    kit.note(table, frame["area_code"].isin(wrong), ["area_code"], "an LSOA code such as E01000851")
    here = territory()
    by_name = frame["area_name"].map(here.unit_of_lsoa)
    elsewhere = by_name.ne(frame["borough_code"]) & frame["borough_code"].isin(here.units)
    kit.note(table, elsewhere, ["area_name", "borough"], "the LSOA under the borough it is part of")


def complete(table: strict.Table, frame: pd.DataFrame, level: str, months: list[str]) -> None:
    """Note boroughs, wards, LSOAs and categories that are missing from the file."""
    faults, names = table.faults, territory().units
    if level != "borough":
        vintage = frame["boundary_vintage"].max()
        parts = frame.drop_duplicates("area_code")
        home = parts["borough_code"]
        if level == "ward":
            home = parts["area_code"].astype(str).map(territory().wards[vintage])
            short = kit.missing_wards(parts["area_code"], vintage)
        else:  # codes of two censuses may stand in one file
            held, full = home.value_counts().sort_index(), territory().lsoas[vintage]
            short = [(names[b], f"{n} LSOAs of {full[b]}") for b, n in held.items() if n < full[b]]
        faults.each(short, f"every {level} of the borough", quote=False)
        if number := len(territory().missing(home)):
            table.tolerated.append(f"{len(names) - number} of {territory().every_unit}")
    else:
        kit.every_unit(faults, frame["area_code"])
    pairs = frame[["major", "minor"]].drop_duplicates()
    rows = classification.classify(PUBLISHER, pairs.itertuples(index=False, name=None))
    gone = [group for group in _ALWAYS if group not in set(rows["group"])]
    faults.each(
        [("categories", f"nothing of {g}") for g in gone],
        "the offences that every published file holds",
        quote=False,
    )
    if level != "lsoa":
        _holes(faults, frame, months)


def _holes(faults, frame: pd.DataFrame, months: list[str]) -> None:
    """Note categories that some areas lack though all others count ten or more.

    The publisher leaves out rows that are all zero, so only where zero is out of the question:
    in no published file does a category that an area lacks count more than two elsewhere.
    """
    cells = [frame["minor"].map(classification.key), frame["area_code"].astype(str)]
    grid = frame[months].sum(axis=1).groupby(cells, observed=True).sum().unstack()
    common = grid.min(axis=1) >= 10
    holes = grid[common].isna().stack()
    names = frame.drop_duplicates("area_code").set_index("area_code")["area_name"]
    faults.each(
        [(str(names[area]), f"no row of {minor}") for minor, area in holes.index[holes]],
        "a row of it in every area, as all others have",
        quote=False,
    )


def plausible(table: strict.Table, frame: pd.DataFrame, level: str, months: list[str]) -> None:
    """Note months and values that leap out of everything that was ever published."""
    totals = frame[months].sum()
    usual = totals.median()
    inner = totals.iloc[1:-1] if len(totals) > 2 else totals
    odd = pd.concat([inner[inner < usual / 3], totals[totals > usual * 3]])
    if level == "borough":
        low, high = _MONTH_OF_LONDON
        odd = pd.concat([odd, totals[~totals.between(low, high)]])
    odd = odd[~odd.index.duplicated()]
    table.faults.each(
        [(f"column {m}", f"{n:,} offences in all") for m, n in odd.items()],
        f"about {usual:,.0f}, as in the other months",
        CONFIRM,
        quote=False,
    )
    if len(months) < 3:
        return
    values = frame[months].to_numpy()
    leaps = _LEAPS[level]
    high = np.flatnonzero(values.max(axis=1) > min(size * times for size, times in leaps))
    second, largest = np.partition(values[high], -2, axis=1)[:, -2:].T
    leap = high[np.any([(second >= s) & (largest > t * second) for s, t in leaps], axis=0)]
    where = values[leap].argmax(axis=1)
    table.faults.each(
        [
            (f"line {line + 2}, column {months[column]}", f"{values[row, column]:,}")
            for line, row, column in zip(frame.index[leap], leap, where, strict=True)
        ],
        "a value in keeping with its row",
        CONFIRM,
        quote=False,
    )
