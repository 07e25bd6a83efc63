"""How is a published CSV file cut into columns? Decoding, line ends, headers, cells."""

from __future__ import annotations

import csv
import io
import re
import tarfile
import unicodedata
from contextlib import suppress
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from sbpanalysis.data.faults import AGAIN, Faults
from sbpanalysis.data.reading import RawFile, meaning, plain
from sbpanalysis.errors import DataError

MONTH = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])")
_LONGEST = 65_536  # of a header; the csv module stops at twice as many in one cell
_WHOLE = r"^[ \t]*[0-9]{1,9}[ \t]*$"


_FORMS = "a council's own figures come by a form of data/partner: `sbp new counts` writes one"
# How files begin that hold no text table, and what to do with each
_STARTS = (
    (b"version https://git-lfs.github.com", "a Git LFS pointer, not the file: download the file "
     "itself from the publisher"),
    (b"\xd0\xcf\x11\xe0", "a workbook of the old kind (.xls), or one that is locked with a "
     "password; open it, and save the sheet as CSV UTF-8"),
    (b"\x1f\x8b", "packed twice with gzip; unpack it once and give what comes out"),
    (b"%PDF", "a PDF document; ask the publisher for the table behind it"),
    (b"PAR1", "a Parquet file; save it as CSV UTF-8"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it and give the files in it"),
    (b"Rar!", "a RAR archive; unpack it and give the files in it"),
    (b"BZh", "packed with bzip2; unpack it and give the file in it"),
    (b"\xfd7zXZ", "packed with xz; unpack it and give the file in it"),
    (b"SQLite format 3\0", "a database, and no GeoPackage of boundaries that can be read; save "
     "the layer as GeoJSON in degrees"),
    (b"!table", "a MapInfo table; save it as GeoJSON in degrees"),
)  # fmt: skip
# How files begin that hold text of other kinds, which addresses also answer with for an error
_ANSWERS = (
    (b"<", "XML, no table: an error's message, if the address answered so, or boundaries (KML, "
     "GML), which are read as GeoJSON in degrees"),
    (b"{", "JSON, and no boundaries: an error's message, if the address answered so; save a "
     "table as CSV UTF-8"),
)  # fmt: skip
_SHAPES = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj")
_LOOKED_INTO = 64 * 2**20  # bytes of an archive of which no reader knows a file, unpacked
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<script", b"<body")


def what_is(file: RawFile) -> str | None:
    """Why a file cannot be a table of any publisher, if that is plain from its first bytes."""
    start = file.content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").lower()
    if not start:
        return "the file is empty"
    if not start.strip(b"\0"):
        return f"the file is of NUL bytes, it was not stored whole; {AGAIN}"
    if start.startswith(_PAGES):
        return "the file is an HTML page, not data: the address answered with a page"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16 text; save it as CSV UTF-8"
    for beginning, what in _STARTS:
        if start.startswith(beginning.lower()):
            return f"the file is {what}"
    if file.is_workbook:
        return "the file is a workbook; save the sheet as CSV UTF-8"
    if tarfile.is_tarfile(io.BytesIO(file.content)):
        return "the file is a tar archive; unpack it and give the files in it"
    if "xl/workbook.bin" in file.sizes:
        return "the file is a binary workbook (.xlsb); save it as .xlsx, or the sheet as CSV UTF-8"
    return None


def why_unknown(file: RawFile) -> str:
    """Why no reader knows a file, and what to do."""
    if file.is_workbook:
        return (
            "no sheet of the workbook has a header that a reader knows in its first 12 rows; "
            "delete what stands above it, save the sheet as CSV UTF-8, or use a form: "
            f"{_FORMS}"
        )
    if why := what_is(file):
        return why
    if file.is_zip:
        return _why_none(file)
    if file.name.lower().endswith(_SHAPES):
        return "the file is a part of a shapefile; give all its parts in one zip archive"
    for start, what in _ANSWERS:
        if file.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
            return f"the file is {what}"
    cells = [plain(cell, 30) for cell in file.header[:6]]
    if sum(map(bool, file.header)) < 2:
        return (
            f"no reader knows its layout; its first line is no header: {', '.join(cells)!r}; "
            "if the table begins further down, delete the lines above its header"
        )
    return (
        f"no reader knows its layout; its header begins {', '.join(cells)!r}; if a publisher of "
        f"the register gives it so, its header has changed: report it; {_FORMS}"
    )


def _why_none(archive: RawFile) -> str:
    """Why no reader knows any file of an archive: of its first ones, where it is not large."""
    names = [plain(name.rsplit("/", 1)[-1], 40) for name in archive.names]
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    why = f"no reader knows any file in the archive ({listed or 'it is empty'})"
    if sum(archive.sizes.values()) < _LOOKED_INTO:
        with suppress(DataError):
            first = list(islice(archive.members(), 3))
            why += "".join(f"; {plain(one.name, 40)}: {why_passed(one)}" for one in first)
    return why


def why_passed(member: RawFile) -> str:
    """Why a file of an archive is passed over, and what to do."""
    if member.is_zip and not what_is(member):
        return "an archive within the archive; unpack the outer one and give this by itself"
    return why_unknown(member)


def decoded(file: RawFile, encodings: tuple[str, ...], tolerated: list[str]) -> bytes:
    name, content = plain(file.name), file.content
    if reason := what_is(file):
        raise DataError(f"{name}: {reason}; expected a comma-separated table; {AGAIN}.")
    if (nul := content.find(b"\0")) >= 0:
        line = max(content.count(b"\n", 0, nul), content.count(b"\r", 0, nul)) + 1
        raise DataError(f"{name}: line {line}: found a NUL byte, expected text; {AGAIN}.")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        tolerated.append("a byte order mark at the start")
    if content[:1] in (b"\r", b"\n"):
        content = content.lstrip(b"\r\n")
        tolerated.append("empty lines before the header")
    if b"\r" in content and content.count(b"\r") > content.count(b"\r\n"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        tolerated.append("lines that end in a carriage return alone")
    first = _first_line(content)
    for byte, word in ((b";", "semicolons"), (b"\t", "tabs"), (b"|", "bars")):
        if first.count(byte) > first.count(b","):
            raise DataError(
                f"{name}: line 1: found {word} between the columns, expected commas; save it as "
                "CSV with commas, or download the publisher's own file."
            )
    if content.isascii():
        return content
    for encoding in encodings:
        try:
            return content.decode(encoding).encode()
        except UnicodeDecodeError as error:
            bad = error.start
    line = content.count(b"\n", 0, bad) + 1
    raise DataError(
        f"{name}: line {line}: found byte {content[bad : bad + 1].hex().upper()}, expected "
        f"{' or '.join(encodings)} text; save it as CSV UTF-8, or {AGAIN}."
    )


def _first_line(content: bytes) -> bytes:
    end = content.find(b"\n")
    return content if end < 0 else content[:end]


def lines(content: bytes, faults: Faults) -> None:
    last = content.count(b"\n") + 1
    if not content.endswith((b"\n", b"\r")):
        faults.add(
            f"line {last}",
            f"{plain(repr(content[-30:].decode(errors='replace')))} without a line end",
            "every line to end: the file may have been cut off in it",
        )
    body = memoryview(content)[content.find(b"\n") + 1 :]
    half = len(body) // 2
    if last > 20 and not len(body) % 2 and body[:half] == body[half:]:
        faults.add("table", "every line twice over", "each once", "give only one of the two parts")
    if b'"' in content:
        each = enumerate(io.BytesIO(content), 1)  # which does not copy it
        odd = [i for i, line in each if line.count(b'"') % 2]
        faults.each(
            [(f"line {i}", "a quotation mark that is not closed") for i in odd],
            "marks in pairs",
            quote=False,
        )
        # Where a text ends is then anybody's guess, so nothing after it can be judged
        if odd:
            faults.check()


def columns(content, layout, faults, tolerated):
    """Names for the columns of a file of a `strict.Layout` in its order, and the kind of each."""
    text, whole = layout.text, layout.whole
    line = _first_line(content).decode().strip("\r\n")
    if len(line) > _LONGEST:
        faults.add("line 1", f"{len(line):,} characters", f"a header of at most {_LONGEST:,}")
        faults.check()
    cells = next(csv.reader([line]))
    known_headers = {
        meaning(alias): name
        for name, aliases in (text | whole).items()
        for alias in aliases or (name,)
    }
    names, kinds = [], {}
    for position, cell in enumerate(cells, 1):
        bare = cell.strip()
        if layout.months and MONTH.fullmatch(bare):
            name, kind = f"{bare[:4]}-{bare[4:]}", "whole"
        elif meaning(bare) in known_headers:
            name = known_headers[meaning(bare)]
            kind = "whole" if name in whole else "text"
        elif not bare:
            name, kind = f"(column {position})", "blank"
        else:
            name, kind = bare, {"drop": "drop", "text": "text"}.get(layout.others, "strange")
        if name in kinds:
            faults.add("header", f"{plain(repr(bare))} twice", "each column once")
            name, kind = f"{name} (column {position})", "drop"
        names.append(name)
        kinds[name] = kind
    strange = [name for name, kind in kinds.items() if kind == "strange"]
    wanted = ", ".join([*text, *whole]) + (" and months such as 201803" if layout.months else "")
    faults.each([("header", name) for name in strange], f"only the columns {wanted}")
    missing = [n for n in (*text, *whole) if n not in kinds and n not in layout.optional]
    for name in missing:
        faults.add("header", f"no column for {name}", " or ".join((text | whole)[name] or (name,)))
    if any(kind == "blank" for kind in kinds.values()):
        tolerated.append("empty columns without a header")
    if missing or not kinds:
        faults.check()
    return names, kinds


def parsed(content, names, kinds, faults) -> pa.Table:
    """The body as an Arrow table; whole numbers at once, and as text only to find examples."""
    ragged = []

    def note(row):
        ragged.append((f"line {row.number}", f"{row.actual_columns} columns"))
        return "skip"

    def body(number_type):
        ragged.clear()
        texts = pa.dictionary(pa.int32(), pa.string())
        types = {n: number_type if kind == "whole" else texts for n, kind in kinds.items()}
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
            arrow_csv.ParseOptions(invalid_row_handler=note),
            arrow_csv.ConvertOptions(
                column_types=types,
                null_values=[],
                strings_can_be_null=False,
                include_columns=[n for n, kind in kinds.items() if kind != "drop"],
            ),
        )

    # Arrow reads 0x1F as 31, so a file with 0x in it takes the slow way
    hexadecimal = b"0x" in content or b"0X" in content
    try:
        parsed = body(pa.string() if hexadecimal else pa.uint32())
    except pa.ArrowInvalid:
        try:
            parsed = body(pa.string())
        except pa.ArrowInvalid as error:
            faults.add("table", plain(str(error)), "one row a line, its cells between commas")
            faults.check()
    faults.each(ragged, f"{len(names)} columns, as in the header", quote=False)
    whole = [n for n, kind in kinds.items() if kind == "whole"]
    if whole and parsed.num_rows and pa.types.is_string(parsed.schema.field(whole[0]).type):
        parsed = _numbers(parsed, whole, faults)
    return parsed


def _numbers(parsed: pa.Table, whole: list[str], faults: Faults) -> pa.Table:
    wrong = []
    for name in whole:
        column = parsed.column(name)
        good = pc.match_substring_regex(column, _WHOLE)
        for row in np.flatnonzero(~good.to_numpy(zero_copy_only=False)):
            wrong.append((f"line {row + 2}, column {plain(name)}", column[row].as_py()))
        safe = pc.if_else(good, pc.utf8_trim_whitespace(column), "0")
        position = parsed.schema.get_field_index(name)
        parsed = parsed.set_column(position, name, safe.cast(pa.uint32()))
    faults.each(wrong, "a whole number of 0 or more, in plain digits")
    return parsed


def _visible(text: str) -> str:
    """A text without controls, changes of direction and characters of no width.

    >>> _visible("Bick\\u200bley \\u202e(x)"), _visible("a\\tb")
    ('Bickley (x)', 'a b')
    """
    if text.isprintable():
        return text
    return "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )


def _is_bare(texts: pa.StringArray) -> bool:
    """Whether texts are plain as they are: nothing in them to take away."""
    plain = pc.and_(pc.string_is_ascii(texts), pc.ascii_is_printable(texts))
    return pc.all(pc.and_(plain, pc.equal(pc.ascii_trim_whitespace(texts), texts))).as_py() or False


def trimmed(name: str, column: pa.ChunkedArray, tolerated: list[str]) -> pd.Categorical:
    chunk = column.combine_chunks()
    if _is_bare(chunk.dictionary):
        texts = pd.Index(chunk.dictionary.to_pandas())
        return pd.Categorical.from_codes(chunk.indices.to_numpy(zero_copy_only=False), texts)
    texts = chunk.to_pandas().array
    seen = [_visible(text) for text in texts.categories]
    if seen != list(texts.categories):
        tolerated.append(f"characters that do not show in {plain(name)}, left out")
    bare = [text.strip() for text in seen]
    if bare != seen:
        tolerated.append(f"blanks around texts in {plain(name)}")
    codes, uniques = pd.factorize(np.array(bare, dtype=object))
    return pd.Categorical.from_codes(codes[texts.codes], uniques.astype(str))
