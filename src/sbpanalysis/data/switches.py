"""Which names end inside a file while others take their place? Series read by name break there."""

from __future__ import annotations

import pandas as pd

from sbpanalysis.data import classification
from sbpanalysis.data.store import Store

COLUMNS = ("group", "ends", "begins", "month", "joined")
# A name of fewer offences a month in all areas together may just not happen for a while
_RARE = 20


def switches(store: Store, sha256: str) -> pd.DataFrame:
    """The names of categories that end inside a stored file, and those that take their place.

    A name takes the place of another if it has at least half its numbers afterwards and had less
    than a tenth before. Returns group, ends, begins (names as published), month (the first
    without the old name), `joined`: whether the classification puts both into one group, so that
    a series by group or measure runs on. Empty for files without categories.
    """
    facts = store.facts(sha256)
    if facts["kind"] != "categories" or len(facts["months"]) < 2:
        return pd.DataFrame(columns=COLUMNS)
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
    return pd.DataFrame(found, columns=COLUMNS)


def of_edition(edition) -> pd.DataFrame:
    """The switches inside every file of categories that an edition holds, with its `file` name."""
    store = edition._store
    frames = [
        switches(store, file.sha256).assign(file=file.facts["name"])
        for file in edition.files
        if file.kind == "categories" and len(file.months) > 1
    ]
    return pd.concat(frames) if frames else pd.DataFrame(columns=[*COLUMNS, "file"])
