"""How is a table written for eyes, screen readers and spreadsheets alike?"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sbpanalysis.errors import DataError
from sbpanalysis.report import disclosure, prose

# the last four are what a spreadsheet set to Japanese or Chinese takes for the first four
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@dataclass(frozen=True)
class Table:
    """A table with its caption: a figure whose picture is the table itself."""

    table: pd.DataFrame
    headline: str
    subtitle: str = ""
    source: tuple[str, ...] = ()
    kind: str = "table"
    attrs: dict = field(default_factory=dict, repr=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands under the table: its own notes, and how counts of people are protected."""
        own = tuple(self.attrs.get("notes", ()))
        return (*own, disclosure.NOTE) if self.attrs.get("persons") else own

    def _ipython_display_(self) -> None:
        from sbpanalysis.report.figure import show

        show(self)


def table(
    frame: pd.DataFrame, caption: str, subtitle: str = "", source=(), protect: bool = False
) -> Table:
    """An accessible table of `frame`: caption, scoped headers, numbers to the right.

    The index becomes the first column if it has a name. With `protect` counts of events are
    rounded as those of persons beside them are. Raises `DataError` without a caption or rows.
    """
    if not caption.strip():
        raise DataError("table: no caption given; say in a few words what the table shows.")
    counting = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    flat = frame if counting else frame.rename_axis(frame.index.name or "Item").reset_index()
    if flat.empty:
        raise DataError(f"table {caption!r}: no rows; leave the table out or say what is missing.")
    source = tuple(source or frame.attrs.get("source", ()))
    attrs = {**frame.attrs, **({"persons": True} if protect else {})}
    if "digits" in attrs:
        numbers_of = flat.select_dtypes("number")
        flat = flat.assign(**prose.rounded(numbers_of, attrs["digits"]))
    flat = disclosure.protect(flat) if protect else flat
    flat = disclosure.shown(flat) if attrs.get("persons") else flat
    return Table(flat, prose.refuse_direction(caption, None), subtitle, source, attrs=attrs)


def cell(value, digits: int = 0) -> str:
    """One value as text: commas for thousands, a dash for nothing, `digits` decimals."""
    if isinstance(value, str):
        return value
    if any(value is nothing for nothing in (None, pd.NaT, pd.NA)) or (
        isinstance(value, float) and value != value
    ):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, numbers.Real):
        return prose.number(float(value), digits)
    return str(value)


def decimals(column: pd.Series) -> int:
    """The decimals that a column of numbers needs, four at most, the same for all its cells."""
    values = pd.to_numeric(column, errors="coerce").dropna().to_numpy()
    return next((d for d in range(4) if (abs(values - np.round(values, d)) < 1e-9).all()), 4)


def written(frame: pd.DataFrame) -> tuple[list[bool], list[list[str]]]:
    """Which columns are numbers, and the rows of `frame` with every cell as a reader sees it."""
    numeric = [bool(is_numeric_dtype(t) and not is_bool_dtype(t)) for t in frame.dtypes]
    numeric = [n or disclosure.are_counts(frame.iloc[:, i]) for i, n in enumerate(numeric)]
    digits = [decimals(frame.iloc[:, i]) if n else 0 for i, n in enumerate(numeric)]
    rows = [
        [cell(v, d) for v, d in zip(row, digits, strict=True)]
        for row in frame.itertuples(index=False, name=None)
    ]
    return numeric, rows


def plain(frame: pd.DataFrame) -> dict:
    """`frame` as values that JSON knows: `columns` and `rows`; nothing is null, a month its text.

    >>> plain(pd.DataFrame({"Month": pd.period_range("2018-01", periods=1, freq="M"), "n": [5]}))
    {'columns': ['Month', 'n'], 'rows': [['2018-01', 5]]}
    """
    rows = [[_plain(v) for v in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": [str(c) for c in frame.columns], "rows": rows}


def _plain(value):
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else str(value)


def html_table(
    frame: pd.DataFrame, caption: str, *, caption_shown: bool = True, attrs: dict | None = None
) -> str:
    """`frame` as HTML; every text escaped, first column as row headers.

    `attrs` may have `codes`: text of a row header -> the code by which the site knows what the
    row is about; `steps`: how dark each cell after the first is, 0 to 4 (the table then scrolls
    on its own); `stacked`: each cell below the other where the page is narrow. A figure gives its
    attrs and scrolls; a table that stands alone is stacked.
    """
    attrs = {"stacked": True} if attrs is None else attrs
    numeric, cells = written(frame)
    head = "".join(
        f'<th scope="col"{_kind(n)}>{escape(str(c))}</th>'
        for c, n in zip(frame.columns, numeric, strict=True)
    )
    rows, codes = [], attrs.get("codes") or {}
    names = [escape(str(c)) for c in frame.columns] if attrs.get("stacked") else []
    for number, row in enumerate(cells):
        code = f' data-code="{escape(codes[row[0]])}"' if row[0] in codes else ""
        rest = [_kind(n) for n in numeric[1:]]
        if "steps" in attrs:
            rest = [f' class="num step-{step}"' for step in attrs["steps"][number]]
        if names:
            rest = [f'{kind} data-label="{n}"' for kind, n in zip(rest, names[1:], strict=True)]
        told = "".join(f"<td{k}>{escape(v)}</td>" for k, v in zip(rest, row[1:], strict=True))
        rows.append(f'<tr><th scope="row"{code}>{escape(row[0])}</th>{told}</tr>')
    hidden = "" if caption_shown else " class=hidden"
    kind = " class=stacked" if names else ""
    table = (
        f"<table{kind}><caption{hidden}>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    if "steps" not in attrs:
        return table
    return f'<div class="scroll" role="region" aria-label="Table" tabindex="0">{table}</div>'


def _kind(numeric: bool) -> str:
    return " class=num" if numeric else ""


def defused(value):
    """`value`, with an apostrophe before text that a spreadsheet would run as a formula.

    >>> defused("=1+1"), defused(-1)
    ("'=1+1", -1)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_text(frame: pd.DataFrame) -> str:
    """`frame` as CSV; text cells that a spreadsheet would run as a formula get an apostrophe."""
    safe = frame.copy()
    safe.columns = [defused(str(c)) for c in frame.columns]
    for i, t in enumerate(safe.dtypes):
        if not is_numeric_dtype(t):
            safe.isetitem(i, [defused(v) for v in safe.iloc[:, i].astype(object)])
    return safe.to_csv(index=False, lineterminator="\n")
