"""How is a table of numbers written down: as a reader, a program or a spreadsheet takes it?"""

from __future__ import annotations

import numbers

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sbpanalysis.report import disclosure, prose

# the last four are what a spreadsheet set to Japanese or Chinese takes for the first four
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


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


def frame_of(table: dict) -> pd.DataFrame:
    """The frame that `plain` wrote down; whole numbers stay whole where some are missing.

    >>> frame_of({"columns": ["n"], "rows": [[5], [None]]})["n"].dtype
    Int64Dtype()
    """
    frame = pd.DataFrame(table["rows"], columns=table["columns"])
    for at, values in enumerate(zip(*table["rows"], strict=True)):
        if None in values and {type(v) for v in values} == {int, type(None)}:
            frame.isetitem(at, pd.array(values, dtype="Int64"))
    return frame


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
