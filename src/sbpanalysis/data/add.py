"""Which files are taken, which refused, and why? Each wholly or not at all, by itself."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pandas as pd

from sbpanalysis.data import closed, forms, reference, snapshots, strict, workbooks
from sbpanalysis.data.large import (
    digest_of,
    is_large,
    reasons,
    take_large,
    take_small,
)
from sbpanalysis.data.reading import RawFile, Reading, hidden, plain
from sbpanalysis.data.sources import READERS
from sbpanalysis.data.store import Store, facts_of
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, EditedWarning, NotOursError, system_fault
from sbpanalysis.paths import root as checkout

TAKEN, HELD, REFUSED, UNKNOWN = "taken", "held already", "refused", "not recognised"
KNOWN = (TAKEN, HELD)
COLUMNS = (
    "file", "status", "why", "publisher", "source", "first", "last",
    "rows", "areas", "tolerated", "sha256", "error",
)  # fmt: skip


def add(paths: Iterable[str | Path], root: Path | None = None) -> pd.DataFrame:
    """Take published files, and those inside folders and archives, into the store.

    Returns one row a file: file, status ("taken", "held already", "refused", "not recognised"),
    why, publisher, source, first and last month, rows, areas, tolerated, sha256, and `error`:
    whether the command failed on it. A file that no reader knows is an error only if it was
    named itself. No control character of a file reaches the frame.
    """
    store = Store(root or checkout())
    rows = [row for path in paths for row in _added(Path(path), store)]
    return pd.DataFrame([dict.fromkeys(COLUMNS, "") | row for row in rows], columns=COLUMNS)


def take(
    file: RawFile,
    store: Store,
    origin: str = "",
    headers: dict[str, str] | None = None,
    approve: Callable[[dict], None] = lambda known: None,
) -> dict | None:
    """Keep and store one file, or the files of an archive; the facts, or None if unknown.

    `origin` and the `headers` of a download are kept beside the bytes; `approve` sees the facts
    of a file before anything is kept, and may raise. Raises `DataError` with every fault if the
    file, or one of an archive, is refused.
    """
    forms.refuse_example(file, store.root)
    if known := facts(file.sha256, store):
        approve(known)
        return known
    return _taken(file, store, origin, headers, approve)


def facts(sha256: str, store: Store) -> dict | None:
    """The facts of a kept snapshot, which is read again if readers or tables have changed since.

    None if its bytes are gone or are now refused.
    """
    if (known := store.facts(sha256)) and store.is_intact(sha256):
        return known
    if known:
        warnings.warn(
            f"data/store, a table of {known['source']}: edited; made again from the file that was "
            "kept.",
            EditedWarning,
            stacklevel=2,
        )
    try:
        return _taken(snapshots.reopen(sha256, store.root), store)
    except DataError:
        return None


def _taken(
    file: RawFile, store: Store, origin="", headers=None, approve=lambda known: None
) -> dict | None:
    if reading := read(file):
        approve(facts_of(reading))
        private = closed.is_closed(reading.source)
        snapshots.keep(file, store.root, origin, headers, closed=private)
        return store.put(file, reading)
    if not file.is_zip or strict.what_is(file):
        return None
    return take_small(file, store, read, origin)


def read(file: RawFile) -> Reading | None:
    """What the one reader that recognises `file` makes of it; None if none does.

    Raises `DataError` for every fault of the file, and where a reader itself fails.
    """
    knowing = _knowing(file)
    if len(knowing) > 1:
        names = ", ".join(module.__name__.rsplit(".", 1)[-1] for module in knowing)
        raise DataError(
            f"{plain(file.name)}: recognised by {names}, expected by one; mend `recognises`."
        )
    if not knowing:
        return _of_a_sheet(file)
    reading = _asked(file, knowing[0], knowing[0].read)
    if reading.source not in reference.sources():
        raise DataError(
            f"{plain(file.name)}: read as {reading.source!r}, which data/reference/order.yml "
            "does not list; add it there, and its file in data/reference/sources."
        )
    if reading.table.empty:
        of = f"{territory().name}'s {territory().unit}s"
        raise NotOursError(
            f"{plain(file.name)}: found nothing of {of} in it, expected figures of "
            "at least one; it may be of another place, or filtered to nothing."
        )
    if reading.kind == "values":
        _check_past(file, reading)
        from sbpanalysis.data.contract import check

        check(reading.table, file.name)
    return reading


def _knowing(file: RawFile) -> list:
    """The readers that recognise a file."""
    modules = [import_module(f"sbpanalysis.data.sources.{name}") for name in READERS]
    return [m for m in modules if _asked(file, m, m.recognises)]


def _of_a_sheet(file: RawFile) -> Reading | None:
    """The reading of a workbook with a table on one sheet that its publisher gives as CSV."""
    tables = workbooks.tables(file, lambda part: bool(_knowing(part)))
    if len(tables) > 1:
        names = "; ".join(plain(table.name) for table in tables)
        raise DataError(
            f"{names}: found {len(tables)} tables that readers know, expected one; save each "
            "sheet as a file of its own."
        )
    return read(tables[0]) if tables else None


def _check_past(file: RawFile, reading: Reading) -> None:
    """Raise for counted figures of months to come; a projection of population is of those."""
    monthly = reading.table[reading.table["frequency"].isin(["monthly", "quarterly"])]
    if len(monthly) and (last := monthly["period"].max()) > pd.Timestamp.now():
        raise DataError(
            f"{plain(file.name)}: found figures of {last:%Y-%m}, expected months that are over; "
            "download the file again and compare it with the publisher's page."
        )


def _asked(file: RawFile, module, question: Callable):
    """What a reader answers; a failure of its own is told of this file, and never ends the run."""
    try:
        return question(file)
    except DataError:
        raise
    except Exception as failure:
        at = traceback.extract_tb(failure.__traceback__)[-1]
        raise DataError(
            f"{plain(file.name)}: the reader {module.__name__.rsplit('.', 1)[-1]} failed on this "
            f"file ({type(failure).__name__} in {Path(at.filename).name}, line {at.lineno}); "
            "nothing of it is taken. Compare it with the publisher's page, and report this with "
            "the file's first lines."
        ) from failure


def _added(path: Path, store: Store) -> Iterator[dict]:
    if not path.is_dir():
        yield from _rows(path, path.name, store, named=True)
        return
    for inside in sorted(p for p in path.rglob("*") if p.is_file()):
        if not any(hidden(part) for part in inside.relative_to(path).parts):
            yield from _rows(inside, str(inside.relative_to(path)), store, named=False)


def _rows(path: Path, name: str, store: Store, *, named: bool) -> Iterator[dict]:
    """The row of a file, and one for each file of an archive that was refused."""
    row = {"file": plain(name, 200), "error": False}
    origin = "/".join(path.parts[-3:])
    try:
        if large := path.is_file() and is_large(path):
            row["sha256"] = digest_of(path)
        else:
            file = RawFile.open(path)
            forms.refuse_example(file, store.root)
            row["sha256"] = file.sha256
        taken = facts(row["sha256"], store)
        held = taken is not None
        if not held and large:
            taken = take_large(path, row["sha256"], store, read)
        elif not held:
            taken = take(file, store, origin)
    except DataError as error:
        yield row | {"status": REFUSED, "why": str(error), "error": True}
        return
    except OSError as error:
        why = system_fault(error) or f"{error.strerror}; check rights and room."
        why = f"cannot be read or kept: {why}"
        yield row | {"status": REFUSED, "why": why, "error": True}
        return
    if taken is None:
        none = f"no file in the archive is of {territory().name}"
        why = none if large else strict.why_unknown(file)
        yield row | {"status": UNKNOWN, "why": why, "error": named}
        return
    snapshots.also(row["sha256"], path.name, store.root, origin)
    yield row | {"status": HELD if held else TAKEN} | _said(taken, store)
    for inside, why in taken.get("refused", {}).items():
        yield {"file": f"{row['file']}, {inside}", "status": REFUSED, "why": why, "error": True}


def _said(taken: dict, store: Store) -> dict:
    if taken["kind"] == "archive":
        parts = [store.facts(sha) for sha in taken["members"]]
        return {
            "tolerated": f"{len(parts)} files inside{reasons(taken)}",
            "rows": sum(p["rows"] for p in parts if p),
        }
    months = taken.get("months") or [""]
    return {
        "publisher": taken["publisher"],
        "source": taken["source"],
        "first": months[0],
        "last": months[-1],
        "rows": taken["rows"],
        "areas": taken.get("areas", ""),
        "tolerated": "; ".join(map(plain, taken["tolerated"])),
    }
