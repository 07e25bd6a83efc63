"""What does a released file say, in pieces that a reader takes together?

A piece is a paragraph, a label, or a cell of a table with its headers; of each is given the text
that numbers stand in, and all that says what they are numbers of.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from itertools import chain
from pathlib import Path
from typing import NamedTuple

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_CAPTION = re.compile(r"<caption\b.*?</caption>", re.DOTALL)
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_BLOCK = re.compile(r"<(p|li|h\d|pre|title|desc|dt|dd|caption)\b[^>]*>(.*?)</\1>", re.DOTALL)
_NAMED = re.compile(r'\b(?:alt|content|aria-label|data-[\w-]+|title)="([^"]*)"')
_TEXT = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SENTENCE = re.compile(r"(?<=[.;!?]) +")
_PARTS = re.compile(r"%|percent|share|\brate|\bper\b", re.IGNORECASE)
_PLAIN = re.compile(r"[\d,. ]+")


class Piece(NamedTuple):
    """A text with numbers, the words that stand around it, itself among them, and above it."""

    text: str
    around: str
    title: str = ""


def files(site: Path) -> dict[str, bytes]:
    """Path -> content of every file of a site, and of those packed in one; what is packed just as
    it is a file of the site stands there once."""
    paths = sorted(path for path in site.rglob("*") if path.is_file())
    held = {path.relative_to(site).as_posix(): path.read_bytes() for path in paths}
    known = set(held.values())
    packed = [_packed(name, content, known) for name, content in held.items()]
    return held | dict(chain.from_iterable(packed))


def _packed(name: str, content: bytes, known: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """The files that are packed in a file, at any depth, each with its way there."""
    if content[:4] != b"PK\x03\x04":
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(f"{name}/{member}", archive.read(member)) for member in archive.namelist()]
    for path, inside in members:
        if inside not in known:
            yield path, inside
            yield from _packed(path, inside, known)


def words(html: str) -> str:
    """What a reader sees of HTML or SVG, in one line."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def rows_of(html: str) -> list[list[str]]:
    """The cells of each row of a table, as words."""
    return [[words(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(html)]


def pieces(
    name: str, content: bytes, left_out: Callable[[dict], bool] = lambda values: False
) -> Iterator[Piece]:
    """The pieces of a file of a site, by the kind that its name says.

    `left_out`: whether values of JSON, or a sheet of a workbook by its source, are.
    """
    kind = name.rpartition(".")[2]
    if kind == "xlsx":
        yield from _of_workbook(content, left_out)
        return
    text = content.decode("utf-8", "replace")
    if kind in ("html", "svg", "xml"):
        yield from of_html(text)
    elif kind == "csv":
        yield from of_table(list(csv.reader(io.StringIO(text))))
    elif kind == "json":
        yield from of_values(json.loads(text), left_out)
    elif name.endswith("search-index.js"):
        for line in text.splitlines():
            yield from of_values(json.loads(line.partition(" = ")[2].rstrip(";")), left_out)
    elif kind in ("txt", "md"):
        yield from map(_alone, text.splitlines())


def of_html(html: str) -> Iterator[Piece]:
    """Tables by cell, other blocks whole, what is said of pictures, all texts of one."""
    for table in _TABLE.findall(html):
        yield from of_table(rows_of(table), words(" ".join(_CAPTION.findall(table))))
    blocks = [inner for _, inner in _BLOCK.findall(_TABLE.sub(" ", html))]
    yield from (_alone(words(text)) for text in (*blocks, *_NAMED.findall(html)))
    if texts := _TEXT.findall(html):
        yield _alone(" | ".join(map(words, texts)))


def of_table(rows: list[list[str]], title: str = "") -> Iterator[Piece]:
    """Each cell with its column's header and the labels of its row; the header is a row too."""
    header = rows[0] if rows else []
    for row in rows:
        labels = " | ".join(cell for cell in row if not _PLAIN.fullmatch(cell))
        for column, cell in enumerate(row):
            above = header[column] if column < len(header) else ""
            above = "" if _PARTS.search(above) else above  # of what, it says, is not counted there
            if above.casefold() != "rank":
                yield Piece(cell, f"{above} | {labels} | {cell}", title)


def of_values(value: object, left_out: Callable[[dict], bool], name: str = "") -> Iterator[Piece]:
    """Plain values as JSON has them: tables as `columns` and `rows`, other texts by sentence."""
    if isinstance(value, dict):
        if left_out(value):
            return
        if "columns" in value and "rows" in value:
            rows = [value["columns"], *value["rows"]]
            yield from of_table([[str(cell) for cell in row] for row in rows])
            value = {k: v for k, v in value.items() if k not in ("columns", "rows")}
        for key, held in value.items():
            yield from of_values(held, left_out, key)
    elif isinstance(value, list):
        if name == "runs":
            value = ["".join(run["text"] for run in value)]
        for held in value:
            yield from of_values(held, left_out, name)
    elif isinstance(value, str):
        yield from map(_alone, _SENTENCE.split(value))


def _of_workbook(content: bytes, left_out: Callable[[dict], bool]) -> Iterator[Piece]:
    """Its sheets as tables, and the texts of its other parts."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for sheet in book.sheet_names:
        rows = [[_cell(v) for v in row] for row in book.get_sheet_by_name(sheet).to_python()]
        widest = max((sum(map(bool, row)) for row in rows), default=0)
        begins = next((n for n, row in enumerate(rows) if sum(map(bool, row)) == widest), 0)
        above = [" | ".join(filter(None, row)) for row in rows[:begins]]
        sources = [line for line in above if line.startswith("Source: ")]
        if sheet == "Sentences" or (sources and left_out({"source": sources[0]})):
            continue
        yield from map(_alone, above)
        yield from of_table(rows[begins:], " ".join(above))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for part in parts.namelist():
            if "worksheets/sheet" not in part:
                text = parts.read(part).decode("utf-8", "replace")
                yield from (_alone(unescape(t)) for t in re.findall(r">([^<]+)<", text))


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _alone(text: str) -> Piece:
    return Piece(text, text)
