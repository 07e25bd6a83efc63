"""What did a partner send, or an analyst key in from a document? One reader, many templates.

The form of a source in data/reference/sources says which columns a file has and what may
stand in them; a file is known by its header.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, parsing, reference, strict, workbooks
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.sources.partner_checks import check_rows, periods_of
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

ALL = "All"
# A header with so many of a template's columns means it, so that a broken one is refused by name
_ENOUGH = 0.6
# Of a form with a column a month
_KEYS = {"measure", "wardcode"}  # that each row has, whatever else
_BESIDE = {"ward", "wardname"}  # a name beside its code is for who fills it in
_WHOLE = re.compile(r" *[0-9]{1,9} *")
_WRITTEN = ("%b%y", "%b%Y", "%B%Y", "%m%Y")
_DATED = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(?:01(?:000000)?)?")  # Excel adds day and hour


def recognises(file: RawFile) -> bool:
    """Most columns of one template in the header, of a file or of a sheet."""
    return _template(file.meanings) is not None or bool(workbooks.headers(file, _template))


def read(file: RawFile) -> Reading:
    """The figures by period, area, measure and group, true as the partner counts them."""
    file = _a_row_a_month(_sheet(file) if file.is_workbook else file)
    template = _template(file.meanings)
    entry = reference.forms()[template]
    columns = entry["columns"]
    texts = {name: (name,) for name, kind in columns.items() if kind != "number"}
    numbers = {name: (name,) for name, kind in columns.items() if kind == "number"}
    table = strict.Layout(texts, numbers, encodings=("utf-8", "cp1252")).table(file)
    check_rows(table, entry)
    table.faults.check()
    return kit.reading(entry["source"], _tidy(table.frame, entry), table.tolerated)


def _sheet(file: RawFile) -> RawFile:
    """The one sheet of a form, its months as the form writes them: Excel makes dates of them."""
    sheets = workbooks.with_columns(file, _template)
    if len(sheets) > 1:
        raise DataError(
            f"{plain(file.name)}: found forms on {len(sheets)} sheets ({', '.join(sheets)}), "
            "expected one; save each as a file of its own."
        )
    [sheet] = sheets.values()
    months = re.sub(rb"(?m)(^|,)(\d{4}-\d\d)-01(?=,|$)", rb"\1\2", sheet.content)
    return RawFile.of(sheet.name, months)


def month_of(text: str) -> str:
    """A header as the month that it names, such as 2018-03; "" for another.

    >>> [month_of(t) for t in ("Mar-18", "2018-03-01 00:00:00", "March 2018", "Total")]
    ['2018-03', '2018-03', '2018-03', '']
    """
    text = parsing.meaning(text)
    if dated := _DATED.fullmatch(text):
        return "-".join(dated.groups())
    found = (pd.to_datetime(text, format=form, errors="coerce") for form in _WRITTEN)
    return next((f"{one:%Y-%m}" for one in found if pd.notna(one)), "")


def _meant(headers: Iterable[str]) -> set[str]:
    """The columns that a header stands for, as `parsing.meaning` writes them."""
    columns = {parsing.meaning(text) for text in headers}
    if not columns >= _KEYS:
        return columns
    months = {column for column in columns if month_of(column)}
    return columns - months - _BESIDE | ({"month", "number"} if months else set())


def _a_row_a_month(file: RawFile) -> RawFile:
    """A form with a column a month as one with a row a month; any other as it is.

    A month without any number is one to come. Lines of the first month are those of the file.
    Raises `DataError` for what is no number, with its place.
    """
    first = file.header
    columns = [parsing.meaning(text) for text in first]
    if not set(columns) >= _KEYS:
        return file
    lines = parsing.decoded(file, ("utf-8", "cp1252"), []).decode("utf-8").splitlines()
    _, *rows = csv.reader(lines)
    rows = [row + [""] * (len(first) - len(row)) for row in rows if any(row)]
    months = {i: named for i, text in enumerate(first) if (named := month_of(text))}
    months = {i: named for i, named in months.items() if any(row[i].strip() for row in rows)}
    kept = [i for i, text in enumerate(first) if not month_of(text) and columns[i] not in _BESIDE]
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


def _template(held: set[str]) -> str | None:
    held = _meant(held)
    share = {
        name: len(held & wanted) / len(held | wanted)
        for name, entry in reference.forms().items()
        if (wanted := {strict.meaning(column) for column in entry["columns"]})
    }
    best = max(share, key=share.get)
    return best if share[best] >= _ENOUGH else None


def _named(entry: dict, kind: str) -> list[str]:
    return [name for name, is_ in entry["columns"].items() if is_ == kind]


def _tidy(frame: pd.DataFrame, entry: dict) -> pd.DataFrame:
    frame = frame.astype({c: "str" for c in frame if frame[c].dtype == "category"})
    first, frequency = periods_of(frame[_named(entry, "period")[0]])
    code = frame[_named(entry, "area")[0]]
    group, filled = _groups(frame, _named(entry, "group"))
    parts = [
        pd.DataFrame(
            {
                "period": first,
                "frequency": frequency,
                "area_code": code,
                "measure": _measures(frame, entry, number) + filled,
                "group": group,
                "value": frame[number].astype(float),
            }
        )
        for number in _named(entry, "number")
    ]
    tidy = pd.concat(parts, ignore_index=True)
    if entry.get("sums"):
        tidy = _summed(tidy)
    levels = {code: territory().level_of(code) for code in tidy["area_code"].unique()}
    tidy["area_type"] = tidy["area_code"].map(levels)
    wards = tidy["area_type"].eq("ward")
    vintage = territory().ward_vintage(tidy.loc[wards, "area_code"]) if wards.any() else ""
    tidy["boundary_vintage"] = np.where(wards, vintage, "")
    units = {m: classification.about(m)["unit"] or entry["unit"] for m in tidy["measure"].unique()}
    return kit.tidy(tidy.assign(unit=tidy["measure"].map(units)), entry["source"])


def _measures(frame: pd.DataFrame, entry: dict, number: str) -> pd.Series:
    chosen = _named(entry, "what")
    if not chosen:
        return pd.Series(entry["measures"].format(number), index=frame.index)
    meant = classification.choices(entry)
    return frame[chosen[0]].map(meant).map(lambda name: name.format(number))


def _groups(frame: pd.DataFrame, columns: list[str]) -> tuple[pd.Series, pd.Series]:
    """Each row's group, and what a measure of several group columns is called after."""
    group, filled = pd.Series("", index=frame.index), pd.Series("", index=frame.index)
    for column in columns:
        part = frame[column].where(frame[column].ne(ALL), "")
        group = group + np.where(group.ne("") & part.ne(""), ": ", "") + part
        filled = filled + np.where(part.ne(""), np.where(filled.eq(""), "_by_", "_and_"), "")
        filled = filled + np.where(part.ne(""), column, "")
    return group, filled if len(columns) > 1 else pd.Series("", index=frame.index)


def _summed(parts: pd.DataFrame) -> pd.DataFrame:
    """Parts by ward and group, with the wholes they add up to."""
    home = territory().homes
    boroughs = parts.assign(area_code=parts["area_code"].map(home))
    every = pd.concat([parts, boroughs])
    every = pd.concat([every, every[every["group"] != ""].assign(group="")])
    keys = [column for column in parts if column != "value"]
    return every.groupby(keys, sort=False)["value"].sum().reset_index()


def header(name: str) -> str:
    """The header line of a template.

    >>> header("gang_flagged_offences")
    'month,area_code,gang_flagged_offences'
    """
    templates = reference.forms()
    if name not in templates:
        raise DataError(f"template {name[:40]!r}: expected one of {', '.join(templates)}.")
    return ",".join(templates[name]["columns"])
