"""What of persons did editions publish? Their protected numbers, kept beside their files."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from sbpanalysis.data.select import protected
from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.data.withheld import KEYS, Key
from sbpanalysis.errors import DataError

_COLUMNS = (*KEYS, "published")
HIDDEN, WITHHELD = "1 to 7", "withheld"


def path_of(edition: Path) -> Path:
    """Where the ledger of an edition lies."""
    return edition.with_suffix(".released.csv")


def write(edition: Path, counts: dict[Key, float], withheld: Iterable[Key]) -> Path:
    """Write down what an edition publishes of `counts`, as counted."""
    shown = protected(pd.Series(counts.values(), dtype=float))
    texts = [HIDDEN if value != value else f"{value:.0f}" for value in shown]
    gone = set(withheld)
    rows = [
        (*key, WITHHELD if key in gone else text) for key, text in zip(counts, texts, strict=True)
    ]
    table = pd.DataFrame(sorted(rows), columns=list(_COLUMNS))
    path = path_of(edition)
    text = table.to_csv(index=False, lineterminator="\n")
    write_whole(path, f"{text}{_seal(text)}\n".encode())
    return path


def _seal(text: str) -> str:
    """The last line, by which an edit is noticed; all above it was published."""
    return f"seal {hashlib.sha256(text.encode()).hexdigest()}"


def before(editions: Path) -> dict[str, dict[Key, float | None]]:
    """Ledger -> what it says was published: NaN for a hidden number, None for a withheld one."""
    return {path.name: _read(path) for path in sorted(editions.glob("*.released.csv"))}


def _read(path: Path) -> dict[Key, float | None]:
    text, _, seal = path.read_text("utf-8").replace("\r\n", "\n").rpartition("seal ")
    header, *rows = csv.reader(io.StringIO(text)) if text else [()]
    meaning = {HIDDEN: np.nan, WITHHELD: None}
    try:
        if tuple(header) != _COLUMNS or _seal(text) != f"seal {seal.strip()}":
            raise ValueError
        return {tuple(k): meaning[v] if v in meaning else float(v) for *k, v in rows}
    except ValueError:
        raise DataError(
            f"{path.name}: not as `sbp release` wrote it, which keeps it against numbers that "
            "would tell a person with those of a later edition; take it back from git."
        ) from None
