"""What did the publisher change in months it had published before? Cell by cell, names joined.

Two publications of one source are set against each other over the months that both hold. Names
that changed are joined by data/reference/offences.csv: within one generation of categories by
group, across two by the measures that data/reference/breaks.csv says may be compared. What
cannot be joined is refused: listed, never counted as a revision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, reference
from sbpanalysis.data.files import EditionFile
from sbpanalysis.data.select import breaks_for, protected
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError
from sbpanalysis.periods import financial_year

CELLS = ("area_code", "area", "what", "month", "before", "after", "change", "kind")
INDEX = ["area_code", "what"]
SWITCHES = ("group", "ends", "begins", "month", "joined")
# A name of fewer offences a month in all areas together may just not happen for a while
_RARE = 20


@dataclass(frozen=True)
class Revisions:
    """What changed in the months that two publications of one source share.

    `cells` has a row for each area, category (`what`) and month that differs: before, after,
    change, kind ("added", "removed", "changed"); a missing row of a file that leaves out zeros
    is zero. `totals` has the measures by area and financial year on both sides. `refused` says
    what could not be joined; `joined` which names were; `months` are those compared, `compared`
    the sum of what was published before.
    """

    source: str
    months: tuple[str, ...]
    new_months: tuple[str, ...]
    cells: pd.DataFrame
    totals: pd.DataFrame
    joined: pd.DataFrame
    refused: pd.DataFrame
    compared: float

    @property
    def share(self) -> float:
        """The sum of all changes without sign, as a fraction of what was published before."""
        return float(self.cells["change"].abs().sum() / self.compared) if self.compared else 0.0


def revisions(
    store: Store, before: Iterable[str | EditionFile], after: Iterable[str | EditionFile]
) -> Revisions:
    """What differs between two publications of one source, each a list of snapshots.

    `before` and `after` are SHA-256 of stored snapshots, or an edition's files of a source
    (which give only the months that are theirs). Counts of persons are protected before they are
    compared. Raises `DataError` for two sources, two vintages of wards, or no month in common.
    """
    one, two = (publication(store, files) for files in (before, after))
    _fit(one, two)
    shared = sorted(set(one.months) & set(two.months))
    categories = one.facts["kind"] == "categories"
    if categories and one.generation and two.generation and one.generation != two.generation:
        old, new, refused = _by_measure(one, two)
        joined = pd.DataFrame({"what": sorted({w for _, w in old.index}), "how": "measure"})
    elif categories:
        old, new, joined, refused = _by_category(one, two)
    else:
        old, new = (side.table.groupby(INDEX)[side.months].sum(min_count=1) for side in (one, two))
        joined = refused = pd.DataFrame(columns=["what", "how"])
    zero = categories and not (one.facts["partial"] or two.facts["partial"])
    persons = reference.sources()[one.facts["source"]].get("sensitive") == "persons"
    return Revisions(
        one.facts["source"],
        tuple(shared),
        tuple(sorted(set(two.months) - set(one.months))),
        _cells(old[shared], new[shared], zero, persons),
        _totals(one, two, shared) if categories else _value_totals(old, new, shared, persons),
        joined,
        refused,
        float(old[shared].to_numpy(dtype=float)[~old[shared].isna().to_numpy()].sum()),
    )


def of_editions(before, after) -> dict[str, Revisions]:
    """The revisions of every source that two editions hold in different snapshots, by source."""
    found = {}
    for source in dict.fromkeys(h.source for h in after.files):
        old, new = ([h for h in e.files if h.source == source] for e in (before, after))
        monthly = all(h.months and h.facts["kind"] in ("categories", "values") for h in old + new)
        if not old or not monthly or {h.sha256 for h in old} == {h.sha256 for h in new}:
            continue
        if {m for h in old for m in h.months} & {m for h in new for m in h.months}:
            found[source] = revisions(after._store, old, new)
    return found


def _fit(one: Publication, two: Publication) -> None:
    sources = {one.facts["source"], two.facts["source"]}
    if len(sources) > 1:
        raise DataError(f"revisions: found {' and '.join(sorted(sources))}, expected one source.")
    if one.vintages != two.vintages:
        raise DataError(
            f"revisions of {one.facts['source']}: found wards of {', '.join(sorted(one.vintages))} "
            f"and of {', '.join(sorted(two.vintages))}, whose borders differ; compare with the "
            "publisher's history that is re-mapped to the new wards."
        )
    if not set(one.months) & set(two.months):
        raise DataError(
            f"revisions of {one.facts['source']}: no month in common ({one.months[0]} to "
            f"{one.months[-1]}, {two.months[0]} to {two.months[-1]}); nothing can be compared."
        )


def _by_category(one: Publication, two: Publication):
    """Both sides by label where a group has the same labels on both, else by group."""
    labels = [side.table.groupby("group")["label"].agg(set) for side in (one, two)]
    both = labels[0].index.intersection(labels[1].index)
    same = {group for group in both if labels[0][group] == labels[1][group]}
    sides = []
    for side in (one, two):
        table = side.table[side.table["group"].isin(both)]
        fine = table["group"].isin(same) & table["group"].map(labels[0].map(len)).gt(1)
        what = table["group"].where(~fine, table["group"] + " (" + table["minor"] + ")")
        sides.append(table.assign(what=what).groupby(INDEX)[side.months].sum(min_count=1))
    joined = [(g, "; ".join(sorted(labels[0][g] ^ labels[1][g]))) for g in both if g not in same]
    lone = [
        (group, f"only {when}: {'; '.join(sorted(mine[group]))}")
        for when, mine, other in (("before", *labels), ("after", *labels[::-1]))
        for group in mine.index.difference(other.index)
    ]
    columns = ["what", "how"]
    return *sides, pd.DataFrame(joined, columns=columns), pd.DataFrame(lone, columns=columns)


def _by_measure(one: Publication, two: Publication):
    """Both sides by the measures that may be compared across generations; those that may not."""
    held, barred = [], _merged(one, two)
    for name in measures(one, two):
        if name in dict(barred):
            continue
        crossing = [b for b in breaks_for(name, joined=True) if b.kind == "category"]
        ruled = [b for b in crossing if b not in breaks_for(name, joined=False)]
        if ruled and all(b.comparable for b in ruled):
            held.append(name)
        else:
            barred.append((name, ruled[0].note if ruled else "no link is registered"))
    sides = []
    for side in (one, two):
        frames = [measured(side, name).assign(what=name) for name in held]
        sides.append(pd.concat(frames).set_index("what", append=True).rename_axis(INDEX))
    return *sides, pd.DataFrame(barred, columns=["what", "how"])


def _merged(one: Publication, two: Publication) -> list[tuple[str, str]]:
    """The measures of which one side counts a part among other offences, and which part."""
    found = []
    for name in measures(one, two):
        parts = sorted({part for side in (one, two) for part in merged_away(side, name)})
        if parts and set(merged_away(one, name)) != set(merged_away(two, name)):
            found.append((name, f"not told apart on one side: {', '.join(parts)}"))
    return [(name, why) for name, why in found if name != classification.TOTAL]


def _cells(old: pd.DataFrame, new: pd.DataFrame, zero: bool, persons: bool) -> pd.DataFrame:
    """The cells that differ, of areas that both sides hold."""
    every = old.index.union(new.index)
    old, new = (frame.reindex(every) for frame in (old, new))
    if persons:
        old, new = (frame.apply(protected) for frame in (old, new))
    if zero:
        old, new = old.fillna(0), new.fillna(0)
    a, b = old.to_numpy(dtype=float), new.to_numpy(dtype=float)
    row, column = np.nonzero(~((a == b) | (np.isnan(a) & np.isnan(b))))
    before, after = a[row, column], b[row, column]
    index = every.take(row).to_frame(index=False) if len(row) else pd.DataFrame(columns=INDEX)
    names = territory().names
    kind = np.select(
        [np.nan_to_num(before) == 0, np.nan_to_num(after) == 0], ["added", "removed"], "changed"
    )
    return pd.DataFrame(
        {
            "area_code": index["area_code"],
            "area": index["area_code"].map(lambda c: names.get(c, c)),
            "what": index["what"],
            "month": old.columns.to_numpy()[column],
            "before": before,
            "after": after,
            "change": np.nan_to_num(after) - np.nan_to_num(before)
            if not persons
            else after - before,
            "kind": kind,
        }
    )[list(CELLS)].sort_values(["area_code", "what", "month"], ignore_index=True)


def _totals(one: Publication, two: Publication, shared: list[str]) -> pd.DataFrame:
    """Each measure of both sides, by area and financial year of shared months."""
    frames, merged = [], dict(_merged(one, two))
    for name in (name for name in measures(one, two) if name not in merged):
        pair = [_yearly(measured(side, name)[shared]) for side in (one, two)]
        frames.append(pd.concat(pair, axis=1, keys=["before", "after"]).assign(measure=name))
    return _finished(pd.concat(frames), shared)


def _value_totals(old, new, shared: list[str], persons: bool) -> pd.DataFrame:
    if persons:  # sums of protected parts say little, and of raw ones too much
        return pd.DataFrame(columns=["area_code", "year", "before", "after", "measure", "change"])
    pair = [_yearly(side[shared].groupby(level=INDEX).sum()) for side in (old, new)]
    frame = pd.concat(pair, axis=1, keys=["before", "after"]).rename_axis(
        ["area_code", "measure", "year"]
    )
    return _finished(frame.reset_index("measure"), shared)


def _yearly(wide: pd.DataFrame) -> pd.Series:
    years = [financial_year(month) for month in wide.columns]
    long = wide.T.groupby(years).sum().T.stack()
    return long.rename_axis([*long.index.names[:-1], "year"])


def _finished(frame: pd.DataFrame, shared: list[str]) -> pd.DataFrame:
    years = pd.Series([financial_year(month) for month in shared]).value_counts()
    frame = frame.reset_index().fillna({"before": 0, "after": 0})
    frame = frame.assign(change=frame["after"] - frame["before"])
    return frame.assign(months=frame["year"].map(years))


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


def switches(store: Store, sha256: str) -> pd.DataFrame:
    """The names of categories that end inside a stored file, and those that take their place.

    A name takes the place of another if it has at least half its numbers afterwards and had less
    than a tenth before. Returns group, ends, begins (names as published), month (the first
    without the old name), `joined`: whether the classification puts both into one group, so that
    a series by group or measure runs on. Empty for files without categories.
    """
    facts = store.facts(sha256)
    if facts["kind"] != "categories" or len(facts["months"]) < 2:
        return pd.DataFrame(columns=SWITCHES)
    table, months = store.table(sha256), facts["months"]
    sums = table.groupby(["major", "minor"])[months].sum()
    rows = classification.classify(facts["publisher"], sums.index)
    sums = sums.groupby([rows["group"].to_numpy(), rows["minor"].to_numpy()]).sum()
    found = []
    for (group, label), counts in sums.iterrows():
        held = [month for month in months if counts[month]]
        if not held or held[-1] == months[-1] or counts[: held[-1]].mean() < _RARE:
            continue
        until, since = sums.loc[:, : held[-1]], sums.loc[:, months[months.index(held[-1]) + 1] :]
        usual = until.loc[(group, label)].median()
        heirs = sums[(since.mean(axis=1) >= usual / 2) & (until.mean(axis=1) < usual / 10)]
        own = [name for family, name in heirs.index if family == group]
        other = [name for family, name in heirs.index if family != group]
        found.append((group, label, ", ".join(own or other), since.columns[0], bool(own)))
    return pd.DataFrame(found, columns=SWITCHES)


def of_edition(edition) -> pd.DataFrame:
    """The switches inside every file of categories that an edition holds, with its `file` name."""
    store = edition._store
    frames = [
        switches(store, file.sha256).assign(file=file.facts["name"])
        for file in edition.files
        if file.kind == "categories" and len(file.months) > 1
    ]
    return pd.concat(frames) if frames else pd.DataFrame(columns=[*SWITCHES, "file"])
