"""Does a spoiled file ever give a wrong figure, or end the command?

Real files of every reader, the large ones cut to a part (whole months, whole boroughs), are
spoiled in ways that were met in public and at random, and given to the reading door.

How a wrong figure is known: the values that a file gives are a mapping from place, level,
vintage, measure or category, group and period to a number. A spoiled file that is taken is wrong
- for a kind that changes nothing, or must be refused, if any value differs from the whole file's;
- for a kind that makes all of it another force's, at once;
- for a kind that takes places away, and for a file cut off just behind a line, if a value is
  left that differs: what is gone is unknown, and no zero;
- for a kind that touches one row or a few bytes, if more values differ than these can touch;
- for any kind, if a place, measure, category or period is there that the whole file has not.
A figure that the spoiled file really states in its place (a digit changed in one cell) is right:
no reader can know better, and the snapshot's digest shows it as a revision.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import random
import re
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from sbpanalysis.data import classification
from sbpanalysis.data.add import read
from sbpanalysis.data.parsing import MONTH
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.errors import DataError

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SBP_SHARED", ROOT.parent / "shared"))
# what a kind may change in a file that is taken: nothing, few values, or which places are there;
# or it may not be taken at all
NONE, FEW, LESS, NEVER = "nothing", "few", "less", "never"
MOST_OF_A_ROW = 80  # a row of a wide table holds so many months or bands; of a record, few values


@dataclass(frozen=True)
class Base:
    """A whole file, and what it gives."""

    name: str
    content: bytes
    source: str
    values: dict


# --- what is spoiled ---------------------------------------------------------------------------

# files below ../shared/data or ../shared/cases -> what is kept of their rows (None: all)
FILES: dict[str, Callable[[dict, int], bool] | None] = {
    "data/real/mps_recorded_crime/*Borough*24m_201701*": None,
    "data/real/mps_recorded_crime/*Borough*24m_202306*": None,
    "data/real/mps_recorded_crime/*Ward*24m_202306*": lambda r, i: (
        r["LookUp_BoroughName"] in ("Bromley", "Bexley")
    ),
    "data/real/mps_recorded_crime/*Ward*24m_202009*": lambda r, i: (
        r["LookUp_BoroughName"] == "Bromley"
    ),
    "data/real/mps_recorded_crime/*LSOA*": lambda r, i: r["Borough"] == "E09000006",
    "data/real/mps_dashboards/*Knife*": lambda r, i: r["month_year"][:7] in ("2024-01", "2024-02"),
    "data/real/mps_dashboards/VAWG*": lambda r, i: r["recorded_date_months"][:7] == "2024-01",
    "data/real/mps_dashboards/Homicide*": None,
    "data/real/police_uk/2018-06-*stop-and-search*": lambda r, i: i % 8 == 0,
    "data/real/police_uk/city-of-london/2018-0[4-6]*": None,
    "data/real/police_uk/metropolitan_burglary_bromley/2017-0[4-6]*": None,
    "data/real/police_uk/api_sample_2018-03/*": None,
    "data/real/gla_population/census2021-ts007a-ltla*": None,
    "data/real/gla_population/census2021-ts007a-lsoa*": lambda r, i: (
        r["geography"][:7] == "Bromley"
    ),
    "data/real/gla_population/housing-density-ward*": lambda r, i: r["Borough"] == "Bromley",
    "data/real/gla_population/london-borough-profiles*": None,
    "data/real/gla_population/ward-profiles*": None,
    "data/published/population/housing-density-borough*": lambda r, i: r["Year"] < "2005",
    "data/real/recorded_crime_rates/*": lambda r, i: r["years"] > "2013",
    "data/real/boundaries/wards_2013/E09000006*": None,
    "data/real/boundaries/LSOA21*": lambda r, i: "Bromley" in r.values(),
    "data/real/boundaries/ward_ids*": None,
    "cases/04-*/*.csv": None,
    "cases/07-*/*.csv": None,
    "cases/08-*/both.csv": None,
    "cases/09-*/*.xlsx": None,
    "cases/12-*/*.zip": None,
    "cases/15-*/*.gpkg": None,
    "cases/15-*/*.json": None,
    "cases/17-*/*.csv": None,
    "cases/20-*/*.csv": None,
    "cases/21-*/*.csv": None,
}
_SAMPLE = ("partner_*.csv", "fingertips*", "PAS*.xlsx", "*Borough*24m*")


def bases(sample: Path | None = None) -> list[Base]:
    """The whole files: of publishers where they lie beside the checkout, and of the sample."""
    found = [
        base
        for pattern, kept in FILES.items()
        for path in sorted(SHARED.glob(pattern))
        if (base := _base(path, kept))
    ]
    if sample:
        paths = {path for pattern in _SAMPLE for path in sample.rglob(pattern)}
        found += [base for path in sorted(paths) if (base := _base(path, None))]
    return found


def _base(path: Path, kept) -> Base | None:
    content = RawFile.open(path).content
    if path.name.removesuffix(".gz").endswith(".csv"):
        content = _cut(content, kept)
    name = path.name.removesuffix(".gz")
    reading = read(RawFile.of(name, content))
    return Base(name, content, reading.source, values(reading)) if reading else None


def _cut(content: bytes, kept) -> bytes:
    """The rows that are kept, and of many columns of months the first eight."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content
    header, *rows = csv.reader(io.StringIO(text))
    months = [i for i, name in enumerate(header) if MONTH.fullmatch(name)]
    columns = [i for i in range(len(header)) if i not in months[8:]]
    if kept:
        rows = [row for i, row in enumerate(rows) if kept(dict(zip(header, row, strict=False)), i)]
    elif not months[8:]:
        return content
    return _written([[row[i] for i in columns] for row in [header, *rows] if row])


def _written(rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


NAMED = 5  # the first parts of a key: area, level, vintage, measure or category, period


def values(reading: Reading) -> dict:
    """What a reading says: a mapping from all that names a figure to the figure."""
    table = reading.table
    place = ["area_code", "area_type", "boundary_vintage"]
    if reading.kind == "categories":
        keys = [*place, "major", "minor"]
        months = [c for c in table if c not in (*keys, "area_name")]
        named = [
            (*area, f"{classification.key(major)} / {classification.key(minor)}")
            for *area, major, minor in table[keys].astype(str).to_numpy().tolist()
        ]
        return {
            (*key, month): int(number)
            for month in months
            for key, number in zip(named, table[month].tolist(), strict=True)
            if number or reading.partial
        }
    if reading.kind == "boundaries":
        size = table.geometry.set_crs(None, allow_override=True).area * 1e7
        keys = table[place].astype(str).to_numpy().tolist()
        # a border that is drawn a little otherwise is no figure: an area is of its size or not
        return dict(zip(map(tuple, keys), [float(f"{s:.0e}") for s in size], strict=True))
    if reading.kind == "lookup":
        keys = table[["lsoa_code", "ward_code", "borough_code", "boundary_vintage"]].astype(str)
        return dict.fromkeys(map(tuple, keys.to_numpy().tolist()), 1)
    table = table.assign(period=table["period"].dt.strftime("%Y-%m"))
    keys = [*place, "measure", "period", "frequency", "group", "unit"]
    texts = table[keys].astype(str).to_numpy().tolist()
    return {tuple(key): round(n, 6) for key, n in zip(texts, table["value"], strict=True)}


# --- how it is spoiled -------------------------------------------------------------------------

Kind = Callable[[bytes, random.Random], bytes | None]
KINDS: dict[str, tuple[str, Kind]] = {}


def kind(name: str, changes: str = NONE):
    """Register a way of spoiling bytes; None from it means that it does not fit the file."""

    def registered(function: Kind) -> Kind:
        KINDS[name] = (changes, function)
        return function

    return registered


def table_kind(name: str, changes: str = NONE):
    """Register a way of spoiling the rows of a CSV file, the header first."""

    def registered(function):
        def spoiled(content: bytes, rng: random.Random) -> bytes | None:
            rows = _rows(content)
            made = function(rows, rng) if rows else None
            return None if made is None else made if isinstance(made, bytes) else _written(made)

        KINDS[name] = (changes, spoiled)
        return function

    return registered


def _rows(content: bytes) -> list[list[str]]:
    if content[:2] == b"PK" or content[:1] in (b"{", b"[") or content[:6] == b"SQLite":
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    return rows if len(rows) > 1 and len({len(row) for row in rows}) == 1 else []


def _cell(rows, rng, text) -> list[list[str]]:
    """One cell, more often one of a number, set to `text` or to what it makes of the cell."""
    places = [(i, j) for i in rng.sample(range(1, len(rows)), min(50, len(rows) - 1))
              for j in range(len(rows[0])) if rows[i][j].strip().isdigit()]  # fmt: skip
    if not places or rng.random() < 0.2:
        places = [(rng.randrange(1, len(rows)), rng.randrange(len(rows[0])))]
    i, j = rng.choice(places)
    rows[i][j] = text(rows[i][j]) if callable(text) else text
    return rows


for _name, _text in {
    "a comma for thousands": "1,234", "a date of Excel": "12-Mar", "an exponent": "1.2E+03",
    "a formula error": "#REF!", "a negative": lambda c: f"-{c or 1}", "a hexadecimal": "0x1F",
    "a decimal comma": "0,71", "not a number": "nan", "infinite": "inf", "a very large number":
    "99999999999", "a word": "none", "digits of another script": "١٢", "markup": "<b>1</b>",
}.items():  # fmt: skip
    # a text column may hold any text: then one cell of a record changes, and its group
    table_kind(_name, FEW)(lambda rows, rng, text=_text: _cell(rows, rng, text))
table_kind("an empty cell", FEW)(lambda rows, rng: _cell(rows, rng, ""))
table_kind("one number ten times too large", FEW)(lambda rows, rng: _cell(rows, rng, "{}0".format))

kind("lines that end in CR")(lambda c, rng: _lines_end(c, b"\r"))
kind("lines that end in CRLF")(lambda c, rng: _lines_end(c, b"\r\n"))
kind("some lines that end in CR")(
    lambda c, rng: (
        re.sub(rb"\n", lambda m: rng.choice([b"\r", b"\n", b"\r\n"]), c)
        if _rows(c) and b'"' not in c
        else None
    )
)
kind("a byte order mark")(lambda c, rng: b"\xef\xbb\xbf" + c if _rows(c) else None)
kind("packed with gzip")(lambda c, rng: gzip.compress(c))
kind("packed with gzip, cut off")(lambda c, rng: gzip.compress(c)[: -rng.randint(1, 400)])
kind("UTF-16")(lambda c, rng: c.decode("cp1252", "replace").encode("utf-16") if _rows(c) else None)
kind("UTF-16 without its mark")(
    lambda c, rng: c.decode("cp1252", "replace").encode("utf-16-le") if _rows(c) else None
)
kind("empty")(lambda c, rng: b"")
kind("an HTML page")(lambda c, rng: b"<!DOCTYPE html><html><title>404</title></html>")
kind("an HTML page before it")(lambda c, rng: b"<html>\n" + c)
kind("a Git LFS pointer")(lambda c, rng: b"version https://git-lfs.github.com/spec/v1\noid x\n")
kind("NUL bytes for its end")(lambda c, rng: c[: rng.randrange(len(c))] + bytes(999))
kind("a NUL byte")(lambda c, rng: _at(c, rng, b"\0", 1))
kind("cut off anywhere")(lambda c, rng: c[: rng.randrange(1, len(c))])
kind("cut off in the last line")(lambda c, rng: c[: -rng.randint(2, 30)])
kind("a part left out")(lambda c, rng: _at(c, rng, b"", rng.randint(20, 4000)))
kind("a part twice")(lambda c, rng: _twice(c, rng))
kind("bytes changed", FEW)(lambda c, rng: _flipped(c, rng, 3))
kind("many bytes changed")(lambda c, rng: _flipped(c, rng, max(40, len(c) // 50)))
kind("the file twice")(lambda c, rng: c + c.partition(b"\n")[2] if _rows(c) else None)
kind("the file twice with its header")(lambda c, rng: c + c)
kind("rubbish behind it")(lambda c, rng: c + bytes(rng.randrange(256) for _ in range(200)))
kind("an unclosed quotation mark")(lambda c, rng: _at(c, rng, b'"', 0) if _rows(c) else None)


def _lines_end(content: bytes, end: bytes) -> bytes | None:
    return content.replace(b"\r\n", b"\n").replace(b"\n", end) if _rows(content) else None


def _at(content: bytes, rng: random.Random, put: bytes, over: int) -> bytes:
    place = rng.randrange(len(content))
    return content[:place] + put + content[place + over :]


def _twice(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    part = content[start : start + rng.randint(200, 4000)]
    return content[:start] + part + content[start:]


def _flipped(content: bytes, rng: random.Random, number: int) -> bytes:
    changed = bytearray(content)
    for _ in range(number):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


@table_kind("rows in another order")
def _(rows, rng):
    body = rows[1:]
    rng.shuffle(body)
    return [rows[0], *body]


@table_kind("columns in another order")
def _(rows, rng):
    order = list(range(len(rows[0])))
    rng.shuffle(order)
    return [[row[i] for i in order] for row in rows]


table_kind("every cell quoted")(
    lambda rows, rng: "".join(",".join(f'"{c}"' for c in r) + "\n" for r in rows).encode()
    if not any('"' in c for r in rows for c in r) else None
)  # fmt: skip
table_kind("blanks around texts")(
    lambda rows, rng: [rows[0], *([f" {c} " if c else c for c in r] for r in rows[1:])]
)
table_kind("headers in capitals")(lambda rows, rng: [[c.upper() for c in rows[0]], *rows[1:]])
table_kind("empty lines behind")(lambda rows, rng: _written(rows) + b"\n\n\n")
table_kind("empty columns behind")(lambda rows, rng: [[*row, "", ""] for row in rows])
table_kind("semicolons")(lambda rows, rng: "".join(";".join(r) + "\n" for r in rows).encode())
table_kind("tabs")(lambda rows, rng: "".join("\t".join(r) + "\n" for r in rows).encode())
table_kind("the header alone")(lambda rows, rng: rows[:1])
table_kind("no header")(lambda rows, rng: rows[1:])
table_kind("the header again in the middle")(
    lambda rows, rng: [*rows[: len(rows) // 2], rows[0], *rows[len(rows) // 2 :]]
)
table_kind("a footer")(lambda rows, rng: _written(rows) + b"Source: the publisher\n")
table_kind("a footer of full width")(
    lambda rows, rng: [*rows, ["Source", *([""] * (len(rows[0]) - 1))]]
)
table_kind("a row twice", FEW)(lambda rows, rng: [*rows, rng.choice(rows[1:])])
table_kind("a row left out", FEW)(
    lambda rows, rng: rows[: (i := rng.randrange(1, len(rows)))] + rows[i + 1 :]
)


@table_kind("a column renamed")
def _(rows, rng):
    rows[0][rng.randrange(len(rows[0]))] = "Renamed"
    return rows


@table_kind("a column left out", LESS)
def _(rows, rng):
    gone = rng.randrange(len(rows[0]))
    return [[c for i, c in enumerate(row) if i != gone] for row in rows]


@table_kind("a column blank throughout", LESS)
def _(rows, rng):
    return blanked(rows, rng.randrange(len(rows[0])))


def blanked(rows, column: int) -> list[list[str]]:
    """The rows with nothing in one column, its header kept."""
    return [rows[0], *([*row[:column], "", *row[column + 1 :]] for row in rows[1:])]


@table_kind("a column twice")
def _(rows, rng):
    again = rng.randrange(len(rows[0]))
    return [[*row, row[again]] for row in rows]


@table_kind("a column moved under its header")
def _(rows, rng):
    """Two columns of which one holds texts change places, their headers stay."""
    one, two = _unlike(rows, rng)
    for row in rows[1:]:
        row[one], row[two] = row[two], row[one]
    return rows


@table_kind("two headers exchanged")
def _(rows, rng):
    one, two = _unlike(rows, rng)
    rows[0][one], rows[0][two] = rows[0][two], rows[0][one]
    return rows


def _unlike(rows, rng) -> tuple[int, int]:
    """Two columns, of which the first holds texts; no reader can tell two columns of numbers."""
    words = [j for j in range(len(rows[0])) if not _numeric(rows, j)] or [0]
    one = rng.choice(words)
    return one, rng.choice([j for j in range(len(rows[0])) if j != one] or [one])


def _numeric(rows, column: int) -> bool:
    held = [row[column] for row in rows[1:200] if row[column] not in ("", ".")]
    return bool(held) and all(re.fullmatch(r"-?[\d,.]+", text) for text in held)


@table_kind("another force", NEVER)
def _(rows, rng):
    ours = re.compile(r"Metropolitan Police(?: Service)?|City of London Police|British Tran.*")
    made = [[ours.sub("Kent Police", c) for c in row] for row in rows]
    return made if made != rows else None


@table_kind("places elsewhere", NEVER)
def _(rows, rng):
    """Every coordinate is moved to Liverpool."""
    held = {name.strip().lower(): j for j, name in enumerate(rows[0])}
    if not {"latitude", "longitude", "object of search"} <= held.keys():
        return None  # elsewhere the place is told by a code
    for row in rows[1:]:
        if row[held["latitude"]]:
            row[held["latitude"]], row[held["longitude"]] = "53.41", "-2.98"
    return rows


@table_kind("codes of another place", LESS)
def _(rows, rng):
    made = [[re.sub(r"^E09(?=\d{6}$)", "E08", c) for c in row] for row in rows]
    return made if made != rows else None


@table_kind("names of another place", LESS)
def _(rows, rng):
    made = [[re.sub(r"^Bromley(?= \d|$)", "Birmingham", c) for c in row] for row in rows]
    return made if made != rows else None


@table_kind("a borough filtered out", LESS)
def _(rows, rng):
    made = [row for row in rows if not {"Bexley", "E09000004", "BEXLEY"} & set(row)]
    return made if 1 < len(made) < len(rows) else None


@table_kind("two vintages of wards")
def _(rows, rng):
    """The first ward of Bromley's is told by its code of the other list."""
    turned = {"E05000106": "E05013987", "E05013987": "E05000106"}
    made = [[turned.get(c, c) for c in row] for row in rows]
    return made if made != rows else None


@table_kind("two vintages of LSOAs")
def _(rows, rng):
    made = [[re.sub(r"^E01000851$", "E01000010", c) for c in row] for row in rows]
    return made if made != rows else None


@table_kind("another indicator", LESS)
def _(rows, rng):
    """The rows of one indicator become another's, with rates of its own."""
    if "Indicator Name" not in rows[0]:
        return None
    name = rows[0].index("Indicator Name")
    rates = [j for j, header in enumerate(rows[0]) if header == "Value" or " CI 95.0 " in header]
    for row in rows[1:]:
        if "substance misuse" in row[name]:
            row[name] = "Hospital admissions due to alcohol (Under 18s)"
            for j in rates:
                row[j] = "1.5"
    return rows


@table_kind("a month of a wrong year")
def _(rows, rng):
    months = [j for j, name in enumerate(rows[0]) if MONTH.fullmatch(name)]
    if not months:
        return None
    month = rng.choice(months)
    rows[0][month] = f"20{rng.randint(30, 99)}{rows[0][month][4:]}"
    return rows


@table_kind("a month twice")
def _(rows, rng):
    months = [j for j, name in enumerate(rows[0]) if MONTH.fullmatch(name)]
    if len(months) < 2:
        return None
    one, two = rng.sample(months, 2)
    rows[0][one] = rows[0][two]
    return rows


@table_kind("a month left out")
def _(rows, rng):
    months = [j for j, name in enumerate(rows[0]) if MONTH.fullmatch(name)][1:-1]
    if not months:
        return None
    gone = rng.choice(months)
    return [[c for j, c in enumerate(row) if j != gone] for row in rows]


@table_kind("days as months as Excel writes them")
def _(rows, rng):
    made = [[re.sub(r"^(20\d\d)(\d\d)$", r"Mar-\2", c) for c in rows[0]], *rows[1:]]
    return made if made != rows else None


def _parts(content: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        return None


def _zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def part_kind(name: str):
    """Register a way of spoiling what is inside a zip archive or workbook."""

    def registered(function):
        def spoiled(content: bytes, rng: random.Random) -> bytes | None:
            parts = _parts(content)
            made = function(parts, rng) if parts else None
            return made and _zipped(made)

        KINDS[name] = (NONE, spoiled)
        return function

    return registered


@part_kind("a far cell on each sheet in turn")
def _(parts, rng):
    sheets = [name for name in parts if re.fullmatch(r"xl/worksheets/.*xml", name)]
    if not sheets:
        return None
    far = rng.choice(["XFD1048576", "ALL60000", "J1000000", "XFD2"])
    cell = f'<row r="{re.sub("[A-Z]", "", far)}"><c r="{far}" t="n"><v>1</v></c></row></sheetData>'
    name = rng.choice(sheets)
    return parts | {name: parts[name].replace(b"</sheetData>", cell.encode())}


part_kind("parts in another order")(
    lambda parts, rng: {name: parts[name] for name in rng.sample(list(parts), len(parts))}
)


@part_kind("a part spoiled inside")
def _(parts, rng):
    name = rng.choice(list(parts))
    content = parts[name]
    how = rng.choice([lambda c: c[: len(c) // 2], lambda c: b"", lambda c: b"<html>" + c])
    return parts | {name: how(content)}


@part_kind("a part left out of the archive")
def _(parts, rng):
    gone = rng.choice(list(parts))
    return {name: content for name, content in parts.items() if name != gone} or None


# --- what comes of it --------------------------------------------------------------------------


def judged(base: Base, changes: str, content: bytes) -> tuple[str, str]:
    """What became of a spoiled file (taken, refused, ...), and what is wrong about it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reading = read(RawFile.of(base.name, content))
    except DataError as error:
        failed = " failed on this file (" in str(error)
        return ("a reader failed", str(error)) if failed else ("refused", "")
    except Exception as error:
        return "traceback", repr(error)
    if reading is None:
        return "not recognised", ""
    if base.content.startswith(content) and content.endswith(b"\n"):
        changes = LESS  # cut off behind a whole line: it states what it still holds
    why = wrong(base, values(reading), changes)
    return ("wrong figure" if why else "taken"), why


def wrong(base: Base, found: dict, changes: str) -> str:
    """Why what a spoiled file gave is wrong; empty if it is not."""
    keys = base.values.keys() | found.keys()
    if changes == NEVER:
        return "it is none of ours"
    keys = found.keys() if changes == LESS else keys
    differ = [key for key in keys if base.values.get(key) != found.get(key)]
    known = [{key[:NAMED][i] for key in base.values} for i in range(_width(base.values))]
    strange = [key for key in found if any(key[i] not in known[i] for i in range(len(known)))]
    most = MOST_OF_A_ROW if changes == FEW else 0
    if strange:
        return f"{strange[0]} is not in the whole file"
    if len(differ) > most:
        return f"{len(differ)} of {len(keys)} values differ, such as {differ[0]}"
    return ""


def _width(held: dict) -> int:
    return min(NAMED, len(next(iter(held))))


_BASES: list[Base] = []


def _begin(sample: str) -> None:
    os.chdir(ROOT)
    _BASES[:] = bases(Path(sample))


def _one(task: tuple[int, str, int]) -> tuple[str, str, str, str]:
    number, name, seed = task
    base = _BASES[number]
    changes, spoil = KINDS[name]
    rng = random.Random(f"{number} {name} {seed}")
    content = spoil(base.content, rng)
    if content is None or content == base.content:
        return name, base.source, "not fitting", ""
    return name, base.source, *judged(base, changes, content)


def tasks(count: int, seed: int, most: int) -> list[tuple[int, str, int]]:
    """`most` draws of a file and a kind, each pair about as often."""
    rng = random.Random(seed)
    every = [(number, name) for number in range(count) for name in KINDS]
    drawn = [(*pair, again) for again in range(-(-most // len(every))) for pair in every]
    rng.shuffle(drawn)
    return drawn[:most]


def main() -> None:
    """Spoil, read, judge; print what came of each kind, and each that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few hundred files")
    parser.add_argument("--most", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    from sbpanalysis.data.sample import ensure_sample

    os.chdir(ROOT)
    ensure_sample(ROOT)
    sample = str(ROOT / "data" / "sample")
    _begin(sample)
    drawn = tasks(len(_BASES), chosen.seed, 300 if chosen.quick else chosen.most)
    began, results = time.monotonic(), []
    with ProcessPoolExecutor(chosen.workers, initializer=_begin, initargs=(sample,)) as pool:
        try:
            results = list(pool.map(_one, drawn, chunksize=20))
        except BrokenProcessPool:
            raise SystemExit("a reader ended its process: a traceback, or worse") from None
    report(results, len(_BASES), time.monotonic() - began)


def report(results: list[tuple[str, str, str, str]], count: int, seconds: float) -> None:
    """The table by kind, and what is wrong."""
    results = [r for r in results if r[2] != "not fitting"]
    outcomes = (
        "taken",
        "refused",
        "not recognised",
        "a reader failed",
        "traceback",
        "wrong figure",
    )
    by_kind: dict[str, Counter] = {}
    for name, _, outcome, _ in results:
        by_kind.setdefault(name, Counter())[outcome] += 1
    print(f"{'kind':42s}" + "".join(f"{o:>16s}" for o in outcomes))
    for name in KINDS:
        if name in by_kind:
            print(f"{name:42s}" + "".join(f"{by_kind[name][o]:16d}" for o in outcomes))
    total = Counter(outcome for _, _, outcome, _ in results)
    print(f"{'in all':42s}" + "".join(f"{total[o]:16d}" for o in outcomes))
    sources = len({source for _, source, _, _ in results})
    print(f"{len(results):,} spoiled files from {count} whole ones of {sources} sources, "
          f"{seconds:.0f} s")  # fmt: skip
    for name, source, outcome, why in results:
        if outcome in ("wrong figure", "traceback", "a reader failed"):
            print(f"{outcome}: {source}, {name}: {why}"[:300])


if __name__ == "__main__":
    main()
