"""What stands on the sheets of a workbook? Each sheet as the CSV text that strict reading takes."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from functools import lru_cache

from sbpanalysis.data import extents
from sbpanalysis.data.faults import AGAIN
from sbpanalysis.data.parsing import meaning
from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.errors import DataError

_SEARCHED = 12  # a header stands within so many rows, under a title and notes


def with_columns(file: RawFile, wanted: set[str]) -> dict[str, RawFile]:
    """The sheets that have all the `wanted` headers (any case and blanks) in one of their rows.

    Each is given from that row on, as a CSV file of its own; columns without a header are left
    out, as notes beside a table are. A workbook that cannot be opened has none.
    """
    if not file.is_workbook:
        return {}
    found = {}
    for name, rows in _sheets(file).items():
        for place, row in enumerate(rows[:_SEARCHED]):
            if wanted <= {meaning(str(cell)) for cell in row}:
                found[name] = _csv(f"{file.name}, sheet {name}", rows[place:])
                break
    return found


# One file is asked by several readers, and then read: it is opened once
@lru_cache(maxsize=1)
def _sheets(file: RawFile) -> dict[str, list[list]]:
    from python_calamine import CalamineWorkbook

    extents.check(file)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        names = book.sheet_names
        return {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in names}
    except BaseException as error:  # what is written in Rust panics outside of Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise DataError(
            f"{plain(file.name)}: the workbook cannot be opened ({plain(error)}); {AGAIN}."
        ) from None


def _csv(name: str, rows: list[list]) -> RawFile:
    held = [column for column, header in enumerate(rows[0]) if str(header).strip()]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    kept = ([_text(row[column]) for column in held] for row in rows)
    writer.writerows(row for row in kept if any(row))
    return RawFile.of(name, stream.getvalue().encode())


def _text(cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return " ".join(str(cell).split())
