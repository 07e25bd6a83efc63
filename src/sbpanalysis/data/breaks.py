"""When did a series change its meaning, and may figures before and after be compared?"""

from __future__ import annotations

from fnmatch import fnmatchcase

from sbpanalysis.data import reference
from sbpanalysis.data.classification import measure as held_as
from sbpanalysis.periods import Break, month


def breaks_for(
    measure: str,
    level: str = "borough",
    boundary_vintage: str | None = None,
    *,
    joined: bool = True,
) -> list[Break]:
    """The breaks of a measure that data/reference/breaks.csv registers, oldest first.

    `level` is borough, ward, lsoa, region or country. `boundary_vintage` says that the whole
    series is on the wards of one vintage, re-mapped by the publisher: then the new boundaries
    break nothing. `joined` is whether the series crosses from one generation of categories to
    another; a publisher that re-classifies its whole history leaves no such break.

    >>> [str(b.date) for b in breaks_for("burglary_residential_offences", joined=False)]
    ['2011-08', '2017-04', '2020-03', '2021-08', '2024-03']
    """
    name, found = held_as(measure), []
    for row in reference.table("breaks.csv").itertuples(index=False):
        patterns, levels = row.measures.split(";"), row.levels.split(";")
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            continue
        if row.levels and level not in levels:
            continue
        if (row.vintage == "mixed" and boundary_vintage) or (row.when == "joined" and not joined):
            continue
        until = month(row.until) if row.until else None
        comparable = row.comparable == "yes"
        found.append(Break(month(row.date), row.kind, row.note, comparable, until))
    return _strictest(found)


def _strictest(found: list[Break]) -> list[Break]:
    """One break a month and kind: of several, the one that forbids more."""
    kept = {}
    for one in found:
        held = kept.get((one.date, one.kind))
        if held is None or (held.comparable and not one.comparable):
            kept[one.date, one.kind] = one
    return sorted(kept.values(), key=lambda one: one.date)
