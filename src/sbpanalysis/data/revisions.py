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
from sbpanalysis.data.publication import INDEX, Publication, measured, measures, merged_away
from sbpanalysis.data.publication import publication as publication_of
from sbpanalysis.data.select import breaks_for, protected
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError
from sbpanalysis.periods import financial_year

CELLS = ("area_code", "area", "what", "month", "before", "after", "change", "kind")


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
    one, two = (publication_of(store, files) for files in (before, after))
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
