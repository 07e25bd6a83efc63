"""How is a form filled in with a column a month? It is read as one with a row a month."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

import pandas as pd

from sbpanalysis.data import parsing
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile

_KEYS = {"measure", "wardcode"}  # that each row has, whatever else
_BESIDE = {"ward", "wardname"}  # a name beside its code is for who fills it in
_WHOLE = re.compile(r" *[0-9]{1,9} *")
_WRITTEN = ("%b%y", "%b%Y", "%B%Y", "%m%Y")
_DATED = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(?:01(?:000000)?)?")  # Excel adds day and hour


def month(text: str) -> str:
    """A header as the month that it names, such as 2018-03; "" for another.

    >>> month("Mar-18"), month("2018-03-01 00:00:00"), month("March 2018"), month("Total")
    ('2018-03', '2018-03', '2018-03', '')
    """
    text = parsing.meaning(text)
    if dated := _DATED.fullmatch(text):
        return "-".join(dated.groups())
    found = (pd.to_datetime(text, format=form, errors="coerce") for form in _WRITTEN)
    return next((f"{one:%Y-%m}" for one in found if pd.notna(one)), "")


def meant(headers: Iterable[str]) -> set[str]:
    """The columns that a header stands for, as `parsing.meaning` writes them."""
    columns = {parsing.meaning(text) for text in headers}
    if not columns >= _KEYS:
        return columns
    months = {column for column in columns if month(column)}
    return columns - months - _BESIDE | ({"month", "number"} if months else set())


def long(file: RawFile) -> RawFile:
    """A form with a column a month as one with a row a month; any other as it is.

    A month without any number is one to come. Lines of the first month are those of the file.
    Raises `DataError` for what is no number, with its place.
    """
    first = parsing.header(file)
    columns = [parsing.meaning(text) for text in first]
    if not set(columns) >= _KEYS:
        return file
    lines = parsing.decoded(file, ("utf-8", "cp1252"), []).decode("utf-8").splitlines()
    _, *rows = csv.reader(lines)
    rows = [row + [""] * (len(first) - len(row)) for row in rows if any(row)]
    months = {i: named for i, text in enumerate(first) if (named := month(text))}
    months = {i: named for i, named in months.items() if any(row[i].strip() for row in rows)}
    kept = [i for i, text in enumerate(first) if not month(text) and columns[i] not in _BESIDE]
    faults, text = Faults(file.name), io.StringIO()
    wrong = [
        (f"line {n}, {first[i]}", row[i])
        for n, row in enumerate(rows, 2)
        for i in months
        if not _WHOLE.fullmatch(row[i])
    ]
    faults.each(wrong, "a whole number, 0 where there is none", "mend the cell")
    faults.check()
    out = csv.writer(text, lineterminator="\n")
    out.writerow([*(first[i] for i in kept), *(("month", "number") if months else ())])
    for place, named in months.items():
        out.writerows([*(row[i] for i in kept), named, row[place]] for row in rows)
    if not months:
        out.writerows([row[i] for i in kept] for row in rows)
    return RawFile.of(file.name, text.getvalue().encode())
