"""How far does a workbook's sheet reach? Asked before it is opened, since that lays out each cell.

A sheet with one cell at A1 and one at ALL60000 is a kilobyte, and fills gigabytes once opened.
Only marks of places are looked for, part by part, so neither time nor memory grows with what a
file claims.
"""

from __future__ import annotations

import io
import re
import string
import zipfile
from collections.abc import Iterator

from sbpanalysis.data.reading import RawFile, opened, plain
from sbpanalysis.errors import DataError

# So many cells are laid out without harm; beyond, a table has more bytes than cells
_HARMLESS = 1_000_000
_PART = 2**20
_LETTERS, _DIGITS = string.ascii_letters.encode(), string.digits.encode()
_PLACE = re.compile(rb"""\sr=["']([A-Za-z]{0,3}\d{1,9})["']""")
# Cells that are not closed at once, so hold something, with their place
_FILLED = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*\s)?r=["']([A-Za-z]{1,3}\d{1,9})["'][^<>]*(?<!/)>"""
)
_ROW = re.compile(rb"<table:table-row\b([^<>]*)>")
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^<>]*)>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated=["'](\d{1,9})["']""")


def check(file: RawFile) -> None:
    """Raise `DataError` if an .ods is broken, or lays out to far more than stands in it."""
    with opened(file.name, io.BytesIO(file.content)) as archive:
        infos = archive.infolist()
        size = sum(info.file_size for info in infos)
        sheets = [sheet for info in infos for sheet in _reaches(file, archive, info)]
    if sum(rows * columns for rows, columns in sheets) > max(_HARMLESS, size):
        rows, columns = max(sheets, key=lambda sheet: sheet[0] * sheet[1])
        raise _far_cells(file, rows, columns, size)


def check_rows(
    file: RawFile, text: bytes, prefix: bytes, above: tuple[int, int] | None = None
) -> tuple[int, int]:
    """The same of the text of some rows of an .xlsx, whose elements begin with `prefix`.

    Returns the last row and column in it. It is `above` of the rows before, between which and
    these no row is told, so that they are blank. The first may begin far down, and cells that
    do not tell their place stand one after another.
    """
    height, size = text.count(b"<%brow" % prefix), len(text)
    rows = text.split(b"row>")
    width = max(row.count(b"<%bc" % prefix) for row in rows)
    # blank cells with a border may stand far out: only if they would be too many is asked
    # which are filled
    for pattern in (_PLACE, _FILLED):
        places, columns = _places(rows, pattern)
        columns = max(width, columns)
        last, beside = above or (places[0] - 1, 0)
        blank = max(0, places[0] - last - 1) * max(columns, beside)
        spread = max(height, places[-1] - places[0] + 1) * columns
        if spread + blank <= max(_HARMLESS, size):
            return places[-1], columns
    raise _far_cells(file, max(places[-1], height), columns, size)


def _far_cells(file: RawFile, rows: int, columns: int, size: int) -> DataError:
    return DataError(
        f"{plain(file.name)}: found a sheet with cells down to row {rows:,} and out to column "
        f"{columns:,} in {size:,} bytes, expected a table; delete what stands far outside "
        "the table and save the workbook again, or save the sheet as CSV UTF-8."
    )


def _reaches(file: RawFile, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> list:
    """Rows and columns of each sheet in a part of a workbook, which is read to its end."""
    try:
        with archive.open(info) as stream:
            parts = iter(lambda: stream.read(_PART), b"")
            return _ods(parts) if info.filename == "content.xml" else [(0, 0) for _ in parts][:0]
    except Exception as error:  # encryption, unknown methods, cut or overlapping entries
        raise DataError(
            f"{plain(file.name)}: the workbook cannot be opened ({plain(error)}); download it "
            "again, or save it again."
        ) from None


def _places(rows: list[bytes], pattern: re.Pattern) -> tuple[list[int], int]:
    """The numbers of rows that are named in these, in order, 0 for none; the last column."""
    numbers, letters = set(), set()
    for row in rows:
        places = b" ".join(pattern.findall(row))
        numbers.update(places.translate(None, _LETTERS).split())
        letters.update(places.translate(None, _DIGITS).split())
    return sorted(map(int, numbers)) or [0], max(map(_column, letters), default=1)


def _column(name: bytes) -> int:
    """The number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in name.upper():
        number = 26 * number + letter - 64
    return number


def _ods(parts: Iterator[bytes]) -> list[tuple[int, int]]:
    """Rows and columns of each sheet, each cell and row as often as it is repeated.

    Empty cells and rows count where something follows them.
    """
    sheets, row, held, width, rest = [], 0, 0, 0, b""
    for part in parts:
        *whole, rest = (rest + part).split(b"</table:table-row>")
        if len(rest) > 64 * _PART:
            raise zipfile.BadZipFile("a row without an end")
        for piece in whole:
            if (start := piece.rfind(b"<table:table ")) >= 0:
                sheets.append((held, width))
                row, held, width, piece = 0, 0, 0, piece[start:]
            row += sum(_times(about) for about in _ROW.findall(piece))
            if here := _width(piece):
                held, width = row, max(width, here)
    return [*sheets, (held, width)]


def _times(about: bytes) -> int:
    found = _REPEATED.search(about)
    return int(found[1]) if found else 1


def _width(row: bytes) -> int:
    """The columns out to the last cell of a row that holds something."""
    if b"value-type" not in row:
        return 0
    if b"columns-repeated" not in row:
        return row.count(b"table-cell")
    place, last = 0, 0
    for about in _CELL.findall(row):
        place += _times(about)
        last = place if b"value-type" in about else last
    return last
