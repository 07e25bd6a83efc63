"""Where do figures come from? The files behind them, as pages may name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from sbpanalysis.data import closed
from sbpanalysis.data.files import EditionFile

COLUMNS = ("source", "publisher", "file", "snapshot", "received", "first", "last", "licence")


def table(
    files: Iterable[EditionFile], names: Mapping[str, str], register: Mapping, end: str, root: Path
) -> pd.DataFrame:
    """A row a file, `COLUMNS`; `last` is at most the month `end`.

    `names` says what each is called, by SHA-256. A closed one has that for its snapshot, the
    title of its source for its name, and the day on which it was received.
    """
    rows = []
    for file in files:
        name, entry, span = names[file.sha256], register[file.source], file.months or ("",)
        last = min(span[-1], end) if span[0] <= end else span[-1]
        # partners count in whole years, which may reach beyond the edition's last month
        if set(file.facts.get("frequency", ())) - {"monthly"}:
            last = file.facts.get("until", last)
        is_closed = name != file.sha256  # its own name may be somebody's
        called = entry["title"] if is_closed else file.facts["name"]
        came = closed.received(file.sha256, root) if is_closed else ""
        row = (entry["title"], entry["publisher"], called, name, came)
        rows.append((*row, span[0], last, entry["licence"]))
    return pd.DataFrame(rows, columns=COLUMNS)
