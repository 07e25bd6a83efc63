"""Monthly counts by borough and offence, as the Metropolitan Police publish them, for measurements.

Read plainly, apart from the library's own readers: what is measured is the statistics.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

NO_BOROUGH = "Heathrow|Unknown|Aviation|London City|Airport|^NK"
LEAST = 8  # counts a month, on average, of an offence in a borough
LEAST_BOROUGHS = 32


def offences(paths: list[Path]) -> dict[str, pd.DataFrame]:
    """Months x boroughs of all offences, each major and each minor category of these files."""
    parts = [_one(path) for path in paths]
    wide = parts[0]
    for part in parts[1:]:
        wide = wide.join(part[part.columns.difference(wide.columns)], how="outer")
    wide = wide.fillna(0).sort_index(axis=1)
    wide.columns = pd.PeriodIndex([f"{c[:4]}-{c[4:]}" for c in wide.columns], freq="M")
    groups = {"all": wide.groupby("borough").sum().T}
    for major, rows in wide.groupby("major"):
        groups[major] = rows.groupby("borough").sum().T
    for (major, minor), rows in wide.groupby(["major", "minor"]):
        groups[f"{major} / {minor}"] = rows.groupby("borough").sum().T
    found: dict[str, pd.DataFrame] = {}
    for name, frame in groups.items():
        enough = frame.shape[1] >= LEAST_BOROUGHS and frame.to_numpy().mean() >= LEAST
        held = any(np.array_equal(frame.to_numpy(), other.to_numpy()) for other in found.values())
        if enough and (frame.sum(axis=1) > 0).all() and not held:
            found[name] = frame
    return found


def _one(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, encoding="utf-8-sig")
    months = [c for c in frame if c.isdigit() and len(c) == 6]
    names = {c: part for part in ("major", "minor", "borough") for c in frame if part in c.lower()}
    frame = frame.rename(columns=names)
    keys = ["major", "minor", "borough"]
    frame = frame[~frame["borough"].str.contains(NO_BOROUGH, case=False)]
    for key in keys:
        frame[key] = frame[key].str.strip().str.upper()
    return frame.groupby(keys)[months].sum()


def wards(path: Path, least: float = LEAST) -> dict[tuple[str, str], pd.DataFrame]:
    """Months x wards by offence and borough, of a ward file, with `least` a ward and year."""
    frame = pd.read_csv(path, encoding="utf-8-sig")
    months = [c for c in frame if c.isdigit() and len(c) == 6]
    names = {"MajorText": "major", "WardCode": "ward", "LookUp_BoroughName": "borough"}
    frame = frame.rename(columns=names)
    frame = frame[~frame["borough"].str.contains(NO_BOROUGH, case=False)]
    frame["major"] = frame["major"].str.strip().str.upper()
    found = {}
    for (major, borough), rows in frame.groupby(["major", "borough"]):
        wide = rows.groupby("ward")[months].sum().T
        wide.index = pd.PeriodIndex([f"{c[:4]}-{c[4:]}" for c in months], freq="M")
        if 12 * wide.to_numpy().mean() >= least:
            found[major, borough] = wide
    return found
