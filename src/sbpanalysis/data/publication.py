"""What does one publication of a source hold, be it one file or a history and its newest months?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.files import EditionFile
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

INDEX = ["area_code", "what"]


@dataclass(frozen=True)
class Publication:
    """One publication of a source: the facts of a file of it, its months, its rows.

    `table` has a row an area and category (area_code, major, minor, group, label; for values
    area_code and `what`) and a column a month.
    """

    facts: dict
    months: list[str]
    vintages: frozenset[str]
    generation: str
    table: pd.DataFrame


def publication(store: Store, files: Iterable[str | EditionFile]) -> Publication:
    """The publication that these snapshots, or files of an edition, make up."""
    held = [
        f
        if isinstance(f, EditionFile)
        else EditionFile(facts := store.facts(f), tuple(facts["months"]))
        for f in files
    ]
    held = [h for h in held if h.months]
    if not held:
        raise DataError("revisions: no snapshots given, expected those of two publications.")
    pieces, owner = [], {}
    for h in sorted(held, key=lambda h: (h.months[-1], h.months[0])):
        owner |= dict.fromkeys(h.months, h.sha256)  # the later file gives a month that two hold
    for h in held:
        months = [m for m in h.months if owner[m] == h.sha256]
        if months:
            pieces.append(_labelled(store, h, months))
    table = pd.concat(pieces, ignore_index=True)
    keys = [c for c in table if c not in owner]
    table = table.groupby(keys, sort=False, observed=True).sum(min_count=1).reset_index()
    generations = {h.generation for h in held} - {""}
    vintages = frozenset(v for h in held for v in h.facts.get("vintages", ()) if v)
    return Publication(held[0].facts, sorted(owner), vintages, "".join(sorted(generations)), table)


def _labelled(store: Store, held: EditionFile, months: list[str]) -> pd.DataFrame:
    """Rows by area with `group`, `label` and one column a month; `what` where they are values."""
    table = store.table(held.sha256)
    if held.facts["kind"] == "values":
        texts = table[["measure", "group"]].astype(str)
        what = texts["measure"] + texts["group"].where(texts["group"] == "", ": " + texts["group"])
        long = pd.DataFrame(
            {
                "area_code": table["area_code"].astype(str),
                "what": what,
                "month": table["period"].dt.strftime("%Y-%m"),
                "value": table["value"],
            }
        )
        long = long[long["month"].isin(months)]
        wide = long.pivot_table("value", INDEX, "month", aggfunc="sum", sort=False)
        return wide.reindex(columns=months).rename_axis(columns=None).reset_index()
    pairs = list(zip(table["major"].astype(str), table["minor"].astype(str), strict=True))
    rows = classification.classify(held.facts["publisher"], pairs)
    about = pd.DataFrame(
        {
            "area_code": table["area_code"].astype(str),
            "major": rows["major"],
            "minor": rows["minor"],
            "group": rows["group"],
            "label": [f"{classification.key(a)} / {classification.key(b)}" for a, b in pairs],
        }
    )
    return pd.concat([about, table[months].astype(float)], axis=1)


def measures(*sides: Publication) -> list[str]:
    """The measures that two publications both hold."""
    named = []
    for side in sides:
        pairs = side.table[["major", "minor"]].drop_duplicates().itertuples(index=False, name=None)
        named.append(list(classification.current().by_measure(side.facts["publisher"], pairs)))
    return [name for name in named[0] if name in named[1]]


def measured(side: Publication, name: str) -> pd.DataFrame:
    """A measure by area, one column a month."""
    pairs = list(zip(side.table["major"], side.table["minor"], strict=True))
    tables, publisher = classification.current(), side.facts["publisher"]
    counted = tables.by_measure(publisher, dict.fromkeys(pairs)).get(name, {})
    rows = side.table[[pair in counted for pair in pairs]]
    return rows.groupby("area_code")[side.months].sum(min_count=1)


def merged_away(side: Publication, name: str) -> list[str]:
    """The groups of a measure that the publisher's classes have, but this publication does not.

    Files of late 2024 on count threats with intent to damage among miscellaneous crimes, so
    their criminal damage is less without anything having been revised.
    """
    table = reference.table("offences.csv")
    own = table["generation"].isin(["", side.generation])
    counts = table["measures"].str.split(";").map(lambda names: name in names)
    groups = table.loc[(table["publisher"] == side.facts["publisher"]) & own & counts, "group"]
    return sorted(set(groups) - set(side.table["group"]))
