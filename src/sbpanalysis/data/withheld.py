"""Which numbers of persons may an edition not show, because others would then tell a hidden one?

They are listed beside the edition's file, in <name>.withheld.csv, which `sbp build --protect`
writes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.errors import DataError

SUFFIX = ".withheld.csv"  # of the list, in place of that of the edition's file
KEYS = ("measure", "area_code", "group", "period", "frequency")
Key = tuple[str, str, str, str, str]


def keys_of(rows: pd.DataFrame) -> list[Key]:
    """What rows of the tidy contract are called: measure, area, group, first month, frequency."""
    months = rows["period"].dt.strftime("%Y-%m")
    named = rows.assign(period=months)[list(KEYS)].astype(str)
    return list(named.itertuples(index=False, name=None))


def path_of(edition: Path) -> Path:
    """Where the list of an edition lies."""
    return edition.with_suffix(SUFFIX)


def read(edition: Path) -> frozenset[Key]:
    """The numbers that an edition withholds; none where it has no list."""
    path = path_of(edition)
    if not path.is_file():
        return frozenset()
    with path.open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines) or [()]
    if tuple(header) != KEYS or any(len(row) != len(KEYS) for row in rows):
        raise DataError(
            f"{path.name}: expected columns {', '.join(KEYS)}; delete the file and run sbp build "
            "--protect, which writes it."
        )
    return frozenset(map(tuple, rows))


def write(edition: Path, keys: Iterable[Key]) -> Path:
    """List what an edition withholds; no list for nothing."""
    path = path_of(edition)
    rows = sorted(keys)
    if rows:
        text = pd.DataFrame(rows, columns=list(KEYS)).to_csv(index=False, lineterminator="\n")
        write_whole(path, text.encode())
    else:
        path.unlink(missing_ok=True)
    return path
