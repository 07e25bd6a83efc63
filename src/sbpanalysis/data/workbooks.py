"""What stands on the sheets of a workbook? Each sheet as the CSV text that strict reading takes.

An .ods of usual size is opened whole, a larger one sheet by sheet, and an .xlsx some thousand rows
at a time: opened, a sheet takes more than twice the memory of its text.
"""

from __future__ import annotations

import csv
import ctypes
import html
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import islice
from xml.etree import ElementTree

import numpy as np

from sbpanalysis.data import extents
from sbpanalysis.data.faults import AGAIN
from sbpanalysis.data.parsing import meaning
from sbpanalysis.data.reading import RawFile, plain, swells
from sbpanalysis.errors import DataError

_NARROWEST = 3  # cells that a header has
_SEARCHED = 12  # a header stands within so many rows, under a title and notes
_OPENED_WHOLE = 320 * 2**20  # unpacked
# Unpacked; five years of all partnerships in England and Wales are 1.4 GB
MOST_BYTES = 2 * 2**30

_CONTENT = "content.xml"
_SHEET, _END = b"<table:table ", b"</table:table>"
_AFTER = b"</office:spreadsheet></office:body></office:document-content>"
_NAME = re.compile(rb'table:name="([^"]*)"')
_PART = 2**20
# Of the text of a sheet of an .xlsx: its first rows, and then so much at a time
_FIRST, _NEXT = 2**18, 2**23
_DATA = re.compile(rb"<((?:\w+:)?)sheetData(?:\s[^<>]*)?>")
_TEXTS = "xl/sharedStrings.xml"
# Where a shared text begins, and the number by which a cell names it
_TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
_NUMBER = re.compile(rb">\s*(\d{1,9})\s*<")
# What is needed to read a sheet, besides the sheet
_BESIDE = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
           "xl/styles.xml", _TEXTS)  # fmt: skip

Rows = Iterable[list]


def with_columns(
    file: RawFile,
    fits: Callable[[set[str]], bool],
    only: Callable[[str], bool] = lambda header: True,
) -> dict[str, RawFile]:
    """The sheets of which one of the first rows `fits`, as a header by its `meaning`.

    Each is given from that row on, as a CSV file of its own. Columns without a header are left
    out, as notes beside a table are, and those whose header is none of `only`.
    """
    found = {
        name: _csv(f"{file.name}, sheet {name}", islice(_opened(file)[name](), place, None), only)
        for name, place in headers(file, fits).items()
    }
    _opened.cache_clear()
    _give_back()
    return found


def tables(file: RawFile, known: Callable[[RawFile], bool]) -> list[RawFile]:
    """The sheets that are `known` by their first rows as CSV, each so from its header on."""
    if not file.is_workbook:
        return []
    found = []
    for name, rows in _beginnings(file).items():
        filled = (place for place, row in enumerate(rows) if sum(map(bool, row)) >= _NARROWEST)
        place = next(filled, None)
        if place is not None and known(_csv(name, rows[place:], lambda _: True)):
            rows = islice(_opened(file)[name](), place, None)
            found.append(_csv(f"{file.name}, sheet {name}", rows, lambda _: True))
    return found


def headers(file: RawFile, fits: Callable[[set[str]], bool]) -> dict[str, int]:
    """The sheets of which one of the first rows `fits`, each with how many rows are above it."""
    if not file.is_workbook:
        return {}
    found = {}
    for name, rows in _beginnings(file).items():
        for place, row in enumerate(rows):
            if fits({meaning(_text(cell)) for cell in row}):
                found[name] = place
                break
    return found


# One file is asked by several readers, and then read: its beginning is looked up once
@lru_cache(maxsize=2)
def _beginnings(file: RawFile) -> dict[str, Rows]:
    return {name: list(islice(rows(), _SEARCHED)) for name, rows in _opened(file).items()}


@lru_cache(maxsize=1)
def _opened(file: RawFile) -> dict[str, Callable[[], Rows]]:
    """By the name of each sheet, what gives its rows from the first on."""
    size = sum(file.sizes.values())
    if size > MOST_BYTES or swells(size, len(file.content)):
        raise DataError(
            f"{plain(file.name)}: a workbook of more than {MOST_BYTES >> 30} GB unpacked, or of "
            "far more than its size allows, as no publisher's is; delete the sheets that are not "
            "needed, or save the sheet that is needed as CSV UTF-8, and give that."
        )
    if "xl/workbook.xml" in file.sizes:
        return _part_by_part(file)
    extents.check(file)
    if size <= _OPENED_WHOLE:
        return {sheet.name: sheet.iter_rows for sheet in _sheets(file, file.content)}
    return _sheet_by_sheet(file)


def _sheets(file: RawFile, content: bytes, only: str | None = None) -> list:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [only] if only is not None else book.sheet_names
        return [book.get_sheet_by_name(name) for name in names]
    except BaseException as error:  # what is written in Rust panics outside of Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _unreadable(file, error) from None


def _sheet_by_sheet(file: RawFile) -> dict[str, Callable[[], Rows]]:
    """The sheets of an .ods, each opened only while it is read."""

    def rows(content: bytes) -> Iterator[list]:
        [sheet] = _sheets(file, content)
        yield from sheet.iter_rows()

    try:
        return {name: partial(rows, content) for name, content in _apart(file)}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise _unreadable(file, error) from None


def _apart(file: RawFile) -> Iterator[tuple[str, bytes]]:
    """The name of each sheet of an .ods, and an .ods of that sheet alone."""
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive, archive.open(_CONTENT) as stream:
        parts = iter(lambda: stream.read(_PART), b"")
        before, rest = _until(_SHEET, b"", parts)
        while rest:
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as alone:
                alone.writestr("mimetype", archive.read("mimetype"), zipfile.ZIP_STORED)
                alone.writestr("META-INF/manifest.xml", archive.read("META-INF/manifest.xml"))
                with alone.open(_CONTENT, "w", force_zip64=True) as target:
                    target.write(before)
                    tag, *_ = rest.partition(b">")
                    while _END not in rest and (part := next(parts, b"")):
                        target.write(rest[: -len(_END)])
                        rest = rest[-len(_END) :] + part
                    inside, end, rest = rest.partition(_END)
                    target.write(inside + end + _AFTER)
            if not end:
                raise ValueError("a sheet without an end")
            yield html.unescape(_NAME.search(tag)[1].decode()), made.getvalue()
            _, rest = _until(_SHEET, rest, parts)


def _until(mark: bytes, rest: bytes, parts: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What comes before `mark`, and what is read already from it on; nothing if it never comes."""
    while mark not in rest and (part := next(parts, b"")):
        rest += part
    before, found, after = rest.partition(mark)
    return (before, found + after) if found else (rest, b"")


def _part_by_part(file: RawFile) -> dict[str, Callable[[], Rows]]:
    """The sheets of an .xlsx, of each of which a part is opened at a time."""

    def rows(name: str, member: str) -> Iterator[list]:
        try:
            yield from _rows_of(file, name, member)
        except DataError:
            raise
        except Exception as error:  # encryption, unknown methods, cut or overlapping entries
            raise _unreadable(file, error) from None

    try:
        return {name: partial(rows, name, member) for name, member in _members(file)}
    except Exception as error:  # no XML, or not that of a workbook
        raise _unreadable(file, error) from None


def _members(file: RawFile) -> Iterator[tuple[str, str]]:
    """The name of each sheet of an .xlsx, and where in it the sheet is."""
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet")
    targets = {link.get("Id"): link.get("Target") for link in links}
    for sheet in sheets:
        link = next(value for key, value in sheet.items() if key.endswith("}id"))
        yield sheet.get("name"), posixpath.join("/xl", targets[link])[1:]


def _rows_of(file: RawFile, name: str, member: str) -> Iterator[list]:
    """The rows of a sheet of an .xlsx, each part of it opened as a workbook of its own."""
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive, archive.open(member) as stream:
        beside = {part: archive.read(part) for part in _BESIDE if part in file.sizes}
        texts = _SharedTexts(beside.get(_TEXTS, b""))
        part = stream.read(_FIRST)
        start = _DATA.search(part) or _DATA.search(part := part + stream.read(_NEXT))
        if not start:
            return
        before, rest, prefix = part[: start.end()], part[start.end() :], start[1]
        mark, after = b"</%brow>" % prefix, b"</%bsheetData></%bworksheet>" % (prefix, prefix)
        above = None
        while part:
            whole, found, rest = rest.rpartition(mark)
            if found:
                above = extents.check_rows(file, whole, prefix, above)
                beside[member] = b"".join((before, whole, mark, after))
                if _TEXTS in beside:
                    beside[_TEXTS] = texts.of(whole)
                yield from _opened_rows(file, name, beside)
            if len(rest) > 4 * _NEXT:
                raise ValueError("a row without an end")
            part = stream.read(_NEXT)
            rest += part
        if b"</%bsheetData" % prefix not in rest:
            raise ValueError("a sheet without an end")


class _SharedTexts:
    """The texts that the cells of an .xlsx name by number: of a part of it only those it names."""

    def __init__(self, whole: bytes):
        starts = np.fromiter((text.start() for text in _TEXT.finditer(whole)), np.int64)
        self._whole, self._places = whole, np.append(starts, whole.rfind(b"</"))
        # a tag in a comment is no text, and would put those after it at a wrong number
        self._apart = len(starts) > 0 and b"<!" not in whole

    def of(self, rows: bytes) -> bytes:
        """All texts, those that no cell of `rows` can name empty."""
        if not self._apart:
            return self._whole
        places, count = self._places, len(self._places) - 1
        named = sorted(n for n in map(int, set(_NUMBER.findall(rows))) if n < count)
        parts, last = [self._whole[: places[0]]], -1
        for number in named:
            parts.append(b"<si/>" * (number - last - 1))
            parts.append(self._whole[places[number] : places[number + 1]])
            last = number
        return b"".join([*parts, self._whole[places[-1] :]])


def _opened_rows(file: RawFile, name: str, parts: dict[str, bytes]) -> list[list]:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as alone:
        for part, content in parts.items():
            alone.writestr(part, content)
    [sheet] = _sheets(file, made.getvalue(), name)
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    return [margin + row for row in sheet.to_python()]


def _give_back() -> None:
    """Give memory that the parts left free, in pieces, back to the system: 110 of 400 MB.

    Only the C library of Linux keeps it, and has the call.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _unreadable(file: RawFile, error: BaseException) -> DataError:
    return DataError(
        f"{plain(file.name)}: the workbook cannot be opened ({plain(error)}); {AGAIN}."
    )


def _csv(name: str, rows: Rows, only: Callable[[str], bool]) -> RawFile:
    rows = iter(rows)
    header = [_text(cell) for cell in next(rows)]
    held = [place for place, text in enumerate(header) if text and only(text)]
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, "utf-8", newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_text(header[place]) for place in held)
    for row in rows:
        cells = [_text(row[place]) if place < len(row) else "" for place in held]
        if any(cells):
            writer.writerow(cells)
    stream.flush()
    return RawFile.of(name, content.getvalue())


def _text(cell) -> str:
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)
