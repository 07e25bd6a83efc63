"""A broken file gives no wrong number: it is refused with place, finding and remedy."""

from __future__ import annotations

import re
import shutil

import pytest

from recorded_crime import as_csv, borough_frame, ward_frame
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.errors import DataError

WHOLE = {
    "borough": as_csv(borough_frame("2024", start="2022-11")),
    "ward": as_csv(ward_frame()),
}


def lines(content: bytes) -> list[bytes]:
    return content.split(b"\r\n")


def joined(parts: list[bytes]) -> bytes:
    return b"\r\n".join(parts)


def cell(content: bytes, new: bytes, line: int = 5, column: int = -3) -> bytes:
    """`content` with one cell replaced."""
    parts = lines(content)
    cells = parts[line].split(b",")
    cells[column] = new
    parts[line] = b",".join(cells)
    return joined(parts)


def header(content: bytes, old: bytes, new: bytes) -> bytes:
    first, rest = content.split(b"\r\n", 1)
    assert old in first
    return first.replace(old, new, 1) + b"\r\n" + rest


def column(content: bytes, change) -> bytes:
    """`content` with the cells of every line changed."""
    return joined([b",".join(change(p.split(b","), i)) if p else p
                   for i, p in enumerate(lines(content))])  # fmt: skip


def tenfold(cells: list[bytes], line: int) -> list[bytes]:
    return [*cells[:-4], cells[-4] + b"0" if line else cells[-4], *cells[-3:]]


def without(content: bytes, word: bytes) -> bytes:
    return joined([p for p in lines(content) if word not in p.lower()])


def swapped(content: bytes, one: bytes, two: bytes) -> bytes:
    """`content` with two headers exchanged."""
    return header(header(header(content, one, b"@"), two, one), b"@", two)


def ahead(content: bytes) -> bytes:
    """`content` with its months a lifetime on."""
    return (
        re.sub(rb"20([12])(\d{3})(?=[,\r])", rb"209\g<2>", lines(content)[0])
        + content[len(lines(content)[0]) :]
    )


def summed(content: bytes, name: bytes) -> bytes:
    """`content` with a last line that is called by the name of no area."""
    areas = (b"Bromley", b"Barking and Dagenham", b"E05013987")
    last = lines(content)[1]
    for area in areas:
        last = last.replace(area, name)
    return content + last + b"\r\n"


def mixed(content: bytes) -> bytes:
    """`content` with one category named as before 2019."""
    new = rb"(?i)burglary,burglary business and community"
    return re.sub(new, b"Burglary,Burglary in Other Buildings", content)


# what was done to the file -> how, and words of the refusal
BROKEN = {
    "cut off in the middle of a line": (lambda c: c[: len(c) // 2 - 7], "line"),
    "cut off in the last number": (lambda c: c[:-3], "without a line end"),
    "cut off between two lines": (lambda c: joined([*lines(c)[:-30], b""]), "found no"),
    "header only": (lambda c: lines(c)[0] + b"\r\n", "no rows"),
    "a column renamed": (lambda c: header(c, b"MajorText", b"Kind"), "no column for major"),
    "a column missing": (lambda c: column(c, lambda x, i: x[1:]), "no column for"),
    "a column too many": (lambda c: column(c, lambda x, i: [*x, b"1" if i else b"More"]), "More"),
    "two columns of texts swapped": (
        lambda c: column(c, lambda x, i: [x[1], x[0], *x[2:]] if i else x),
        "offences.csv",
    ),
    "headers of texts swapped": (lambda c: swapped(c, b"MajorText", b"MinorText"), "offences.csv"),
    "a month twice": (lambda c: header(c, b"202301", b"202302"), "twice"),
    "a month missing": (lambda c: column(c, lambda x, i: [*x[:9], *x[10:]]), "every month between"),
    "a month of a wrong year": (lambda c: header(c, b"202303", b"203303"), "every month between"),
    "months still to come": (ahead, "months that are over"),
    "a month as Excel writes it": (lambda c: header(c, b"202301", b"Jan-23"), "Jan-23"),
    "a line twice": (lambda c: joined([*lines(c)[:4], *lines(c)[3:]]), "once"),
    "the file twice": (lambda c: c + c.split(b"\r\n", 1)[1], "once"),
    "the file twice with its header": (lambda c: c + c, "once"),
    "a comma for thousands": (lambda c: cell(c, b'"1,234"'), "whole number"),
    "a comma for thousands, unquoted": (lambda c: cell(c, b"1,234"), "columns"),
    "a decimal": (lambda c: cell(c, b"12.0"), "whole number"),
    "an exponent": (lambda c: cell(c, b"1.2E+03"), "whole number"),
    "a formula error": (lambda c: cell(c, b"#REF!"), "#REF!"),
    "a negative": (lambda c: cell(c, b"-12"), "-12"),
    "an empty cell": (lambda c: cell(c, b""), "whole number"),
    "a word for a number": (lambda c: cell(c, b"none"), "none"),
    "a hexadecimal": (lambda c: cell(c, b"0x1F"), "0x1F"),
    "a number too large for anything": (lambda c: cell(c, b"99999999999"), "whole number"),
    "digits of another script": (lambda c: cell(c, "١٢".encode()), "whole number"),
    "a date for a number": (lambda c: cell(c, b"12-Mar"), "12-Mar"),
    "one value ten times too large": (lambda c: cell(c, b"1999"), "in keeping"),
    "a month ten times too large": (lambda c: column(c, tenfold), "offences in all"),
    "a month without crime": (
        lambda c: column(c, lambda x, i: [*x[:-4], b"0" if i else x[-4], *x[-3:]]),
        "offences in all",
    ),
    "a total row": (lambda c: summed(c, b"Total"), "Total"),
    "a row of all London": (lambda c: summed(c, b"London"), "London"),
    "a footer": (lambda c: c + b"Source: Metropolitan Police\r\n", "columns"),
    "a remark in the first column": (
        lambda c: c + b"*" + b"," * lines(c)[0].count(b",") + b"\r\n",
        "whole number",
    ),
    "semicolons": (lambda c: c.replace(b",", b";"), "semicolons"),
    "tabs": (lambda c: c.replace(b",", b"\t"), "tabs"),
    "an unclosed quotation mark": (lambda c: cell(c, b'"12'), "not closed"),
    "a NUL byte": (lambda c: c[:900] + b"\0" + c[901:], "NUL"),
    "UTF-16": (lambda c: c.decode().encode("utf-16"), "UTF-16"),
    "bytes of another encoding": (lambda c: c.replace(b"Bromley", b"Broml\xe9y", 3), "utf-8"),
    "an unknown area": (
        lambda c: re.sub(rb"(?<=[\n,])Bromley(?=,)", b"Brumley", c, count=1),
        "Brumley",
    ),
    "an unknown category": (lambda c: re.sub(b"(?i)shoplifting", b"Cyber", c), "Cyber"),
    "a class of crime missing": (lambda c: without(c, b"robbery,"), "nothing of Robbery"),
    "the last category missing": (lambda c: without(c, b"interfering"), "nothing of Interfering"),
    "one row missing": (lambda c: joined([*lines(c)[:20], *lines(c)[21:]]), "no row of"),
    "categories of two generations": (mixed, "generations"),
}
WARDS_ONLY = {
    "an unknown ward": (lambda c: c.replace(b"E05013990", b"E05099990"), "E05099990"),
    "a ward of the old borders": (lambda c: c.replace(b"E05013990", b"E05000109"), "E05000109"),
    "a ward missing": (lambda c: without(c, b"e05013990"), "E05013990"),
    "a ward under another borough": (
        lambda c: c.replace(b"E05013990,Bromley", b"E05013990,Croydon"),
        "part of",
    ),
    "ward code and name swapped": (lambda c: swapped(c, b"WardName", b"WardCode"), "ward code"),
}
BOROUGHS_ONLY = {
    "a borough missing": (lambda c: without(c, b"bromley"), "no Bromley"),
    "every value ten times too large": (
        lambda c: re.sub(rb",(\d{3})(?=[,\r])", rb",\g<1>0", c),
        "offences in all",
    ),
}
CASES = [
    *((level, what) for level in WHOLE for what in BROKEN),
    *(("ward", what) for what in WARDS_ONLY),
    *(("borough", what) for what in BOROUGHS_ONLY),
]


@pytest.mark.parametrize(("level", "what"), CASES)
def test_a_broken_file_is_refused_with_place_finding_and_remedy(level, what):
    change, words = (BROKEN | WARDS_ONLY | BOROUGHS_ONLY)[what]
    content = change(WHOLE[level])
    assert content != WHOLE[level]
    with pytest.raises(DataError) as refusal:
        read(RawFile.of("crime.csv", content))
    message = str(refusal.value)
    assert message.startswith("crime.csv: ")
    assert words in message
    assert "expected" in message
    assert "again" in message or "save it" in message or "each by itself" in message
    assert message.isprintable() or message.replace("\n", "").isprintable()


@pytest.mark.parametrize("content", [b"", b"  \r\n", b"<!DOCTYPE html><html></html>", b"\0\0\0\0"])
def test_what_is_no_table_at_all_is_not_recognised(content):
    assert read(RawFile.of("crime.csv", content)) is None


HARMLESS = {
    "a byte order mark": lambda c: b"\xef\xbb\xbf" + c,
    "lines that end in LF": lambda c: c.replace(b"\r\n", b"\n"),
    "headers in another case": lambda c: header(c, b"MajorText", b"MAJORTEXT"),
    "blanks in a header": lambda c: header(c, b"MinorText", b" Minor Text "),
    "blanks at the end of a text": lambda c: c.replace(b"Bromley,", b"Bromley ,"),
    "texts in upper case": lambda c: re.sub(rb"Bromley(?=,)", b"BROMLEY", c),
    "columns in another order": lambda c: column(c, lambda x, i: [*x[-2:], *x[:-2]]),
    "rows in another order": lambda c: joined([lines(c)[0], *sorted(lines(c)[1:-1]), b""]),
    "empty lines at the end": lambda c: c + b"\r\n\r\n",
    "empty columns at the end": lambda c: column(c, lambda x, i: [*x, b"", b""]),
    "every cell quoted": lambda c: column(c, lambda x, i: [b'"' + v + b'"' for v in x]),
    "blanks around a number": lambda c: cell(c, b" 112 "),
}


@pytest.mark.parametrize("what", HARMLESS)
@pytest.mark.parametrize("level", WHOLE)
def test_what_is_harmless_is_taken_and_changes_nothing(level, what):
    plain = cell(WHOLE[level], b"112") if "number" in what else WHOLE[level]
    changed = HARMLESS[what](plain)
    assert changed != plain
    keys = ["area_code", "major", "minor"]
    one, two = (
        read(RawFile.of("crime.csv", content))
        .table.astype(dict.fromkeys(keys, str))
        .set_index(keys)
        .drop(columns="area_name")
        .sort_index()
        for content in (plain, changed)
    )
    assert one.equals(two[one.columns])


def test_all_faults_of_a_file_are_reported_together():
    content = cell(cell(WHOLE["borough"], b"12.5"), b"x", line=9)
    content = content.replace(b"202301", b"Jan-23", 1)
    with pytest.raises(DataError) as refusal:
        read(RawFile.of("crime.csv", content))
    for words in ("'12.5'", "'x'", "Jan-23", "line 6", "line 10"):
        assert words in str(refusal.value)


def test_at_most_five_examples_of_a_fault_are_shown():
    content = column(WHOLE["borough"], lambda x, i: [*x[:-1], b"?" if i else x[-1]])
    with pytest.raises(DataError) as refusal:
        read(RawFile.of("crime.csv", content))
    assert str(refusal.value).count("'?'") == 5
    assert "more such places" in str(refusal.value)


def test_control_characters_of_a_file_do_not_reach_the_message():
    content = WHOLE["borough"].replace(b"Bromley", b"\x1b[31mBromley\x07")
    with pytest.raises(DataError) as refusal:
        read(RawFile.of("crime\x1b[2J.csv", content))
    assert str(refusal.value).replace("\n", "").isprintable()


def test_a_leap_that_the_publisher_confirmed_is_taken(checkout):
    tables = checkout / "data" / "reference"
    published = tables.resolve()
    tables.unlink()
    shutil.copytree(published, tables)
    file = RawFile.of("crime.csv", cell(WHOLE["borough"], b"1999"))
    with pytest.raises(DataError, match=r"confirmed\.csv"):
        read(file)
    (tables / "confirmed.csv").write_text(
        f"content_sha256,reason\n{file.content_sha256},Confirmed by the force\n"
    )
    assert read(file).source == "mps_borough"
