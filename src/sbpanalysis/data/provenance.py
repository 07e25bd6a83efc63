"""Where do an edition's figures come from, and what breaks them?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.data import classification, closed, reference
from sbpanalysis.data.breaks import breaks_for
from sbpanalysis.data.select import Selection
from sbpanalysis.periods import Break

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition

COLUMNS = ("source", "publisher", "file", "snapshot", "received", "first", "last", "licence")


def breaks(edition: Edition, selection: Selection) -> list[Break]:
    """The breaks of the files behind values: those registered, and the seams of their joins."""
    files = [held for held in selection.files if held.months]
    known = breaks_for(
        selection.measure,
        selection.level,
        selection.vintage or None,
        joined=len({held.generation() for held in files} - {""}) > 1,
    )
    given = {(held.source, month) for held in files for month in held.months}
    seams = [
        seam
        for source in dict.fromkeys(held.source for held in files)
        for seam in edition.seams.get(source, ())
        if (source, str(seam.date)) in given
    ]
    return sorted([*known, *seams], key=lambda b: b.date)


def measures(edition: Edition, level: str | None) -> list[str]:
    """See `Edition.measures`."""
    found = {}
    for held in edition.holdings:
        facts = held.facts
        if facts["kind"] == "values":
            names = [m for m, at in facts["measures"].items() if not level or level in at]
        elif facts["kind"] == "categories" and (not level or level in facts["levels"]):
            names = classification.measures(facts["publisher"], map(tuple, facts["categories"]))
        else:
            names = []
        found.update(dict.fromkeys(names))
    return list(found)


def snapshot_table(edition: Edition, names: Iterable[str]) -> pd.DataFrame:
    """See `Edition.snapshot_table`: `last` is at most the edition's last month."""
    entries, rows, end = reference.entries("sources.yml"), [], str(edition.period_end)
    wanted = set(names)
    for held in edition.holdings:
        name = edition.names[held.sha256]
        if wanted & {held.sha256, name}:
            entry, span = entries[held.source], held.months or ("",)
            last = min(span[-1], end) if span[0] <= end else span[-1]
            # partners count in whole years, which may reach beyond the edition's last month
            if set(held.facts.get("frequency", ())) - {"monthly"}:
                last = held.facts.get("until", last)
            is_closed = name != held.sha256  # its own name may be somebody's
            file = entry["title"] if is_closed else held.facts["name"]
            came = closed.received(held.sha256, edition.root) if is_closed else ""
            row = (entry["title"], entry["publisher"], file, name, came)
            rows.append((*row, span[0], last, entry["licence"]))
    return pd.DataFrame(rows, columns=COLUMNS)
