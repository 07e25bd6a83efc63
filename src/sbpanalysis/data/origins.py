"""Where do an edition's figures come from, and what breaks them?"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sbpanalysis.data import classification, closed, reference, selection
from sbpanalysis.data.breaks import breaks_for
from sbpanalysis.periods import Break

COLUMNS = ("source", "publisher", "file", "snapshot", "received", "first", "last", "licence")


def breaks(edition, measure: str | None, level: str) -> list[Break]:
    """See `Edition.breaks`: those of the register, and the seams of declared joins."""
    if measure is None:
        every = [b for name in measures(edition, None) for b in breaks(edition, name, level)]
        return sorted(dict.fromkeys(every), key=lambda b: b.date)
    name = classification.measure(measure)
    held = selection.offering(edition, name, level)
    vintages = {v for h in held for v in h.facts["vintages"] if v}
    known = breaks_for(
        name,
        level,
        min(vintages, default=None),
        joined=len({h.generation() for h in held if h.months} - {""}) > 1,
    )
    sources = dict.fromkeys(h.source for h in held)
    seams = [seam for source in sources for seam in edition.seams.get(source, ())]
    return sorted([*known, *seams], key=lambda b: b.date)


def measures(edition, level: str | None) -> list[str]:
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


def provenance(edition, measure: str, level: str) -> pd.DataFrame:
    """See `Edition.provenance`: files of months after the edition's last are left out."""
    held = selection.offering(edition, classification.measure(measure), level)
    end = str(edition.period_end)
    used = [h for h in held if h.months and min(h.months) <= end] or held
    return snapshot_table(edition, [h.sha256 for h in used])


def snapshot_table(edition, names: Iterable[str]) -> pd.DataFrame:
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
