"""How is a result handed back? One frozen record for one series, a frame for many."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from html import escape
from typing import Any, dataclass_transform

import numpy as np
import pandas as pd

from sbpanalysis.stats.monthly import shaped_like

# fields of a record that describe it rather than being one of its columns
_ABOUT = ("name", "attrs")
_FIELDS, _ROWS = 8, 12  # that a prompt, and a table in a notebook, show at first


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(kind: Any = None, *, eq: bool = True) -> Any:
    """A frozen dataclass of results that shows itself: a line at a prompt, a table in a notebook.

    The line has the fields named in the class's `short`, or else the first that are numbers or
    words. eq: whether two are equal by their fields, which those that hold Series are not.
    """
    if kind is None:
        return partial(record, eq=eq)
    kind.__repr__ = _line
    kind._repr_html_ = _table
    return dataclass(frozen=True, eq=eq, repr=False)(kind)


def _line(result: Any) -> str:
    said = {f.name: _brief(getattr(result, f.name)) for f in fields(result)
            if f.name not in _ABOUT and getattr(result, f.name) is not None}  # fmt: skip
    names = getattr(result, "short", list(said)[:_FIELDS])
    name = f"{result.name!r}, " if getattr(result, "name", None) is not None else ""
    listed = ", ".join(f"{one}={said[one]}" for one in names if one in said)
    return f"{type(result).__name__}({name}{listed})"


def _brief(value: Any) -> str:
    if isinstance(value, pd.Series | pd.DataFrame | np.ndarray | list | tuple | dict):
        return f"<{type(value).__name__} of {len(value)}>"
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:.4g}" if abs(number) < 1000 else f"{number:,.0f}"
    return repr(value) if isinstance(value, str) else str(value)


def _table(result: Any) -> str:
    frame = getattr(result, "frame", None)
    if frame is None or len(frame) == 1:
        said = {f.name: _brief(getattr(result, f.name)) for f in fields(result)
                if f.name not in _ABOUT}  # fmt: skip
        frame = pd.Series(said, name=getattr(result, "name", None) or "").to_frame()
    body = frame.head(_ROWS).to_html(border=0, classes="sbp-result", float_format="{:.4g}".format)
    left: int = len(frame) - _ROWS
    more = f"<p>{left} more rows: see .frame</p>" if left > 0 else ""
    return f"<p>{escape(_line(result))}</p>{body}{more}" if len(frame) else escape(_line(result))


def as_frame(result: Any) -> pd.DataFrame:
    """The columns of a record as a frame of one row, labelled with the record's name."""
    row = {f.name: [getattr(result, f.name)] for f in fields(result) if f.name not in _ABOUT}
    return pd.DataFrame(row, index=[getattr(result, "name", None) or 0])


def columns_of(*names: str) -> property:
    """The fields of these names as columns, a row a month, for records of many months."""

    def frame(result: Any) -> pd.DataFrame:
        return pd.concat({name: getattr(result, name) for name in names}, axis=1)

    return property(frame)


def of_months(
    kind: type, given: pd.Series | pd.DataFrame, columns: dict, index: pd.Index, /, **about: Any
) -> Any:
    """A record of `kind` whose fields `columns` (arrays, months by series) are as `given` was."""
    shaped = {name: shaped_like(given, array, index) for name, array in columns.items()}
    return kind(**shaped, **about, attrs=dict(given.attrs))


def one_or_many(columns: dict[str, Any], index: pd.Index | None, kind: type, given: Any) -> Any:
    """A record of `kind` if `given` was a Series or a number, else a frame of its columns.

    columns: arrays with a value a series, or one value for all, in any order. The attributes of
    what was given (source, unit, breaks) travel with the result.
    """
    attrs = dict(getattr(given, "attrs", {}))
    columns = {f.name: columns[f.name] for f in fields(kind) if f.name in columns}
    if isinstance(given, pd.DataFrame) or not (isinstance(given, pd.Series) or np.isscalar(given)):
        frame = pd.DataFrame(columns, index=index)
        frame.attrs = attrs
        return frame
    about = {"name": given.name, "attrs": attrs} if isinstance(given, pd.Series) else {}
    return kind(**{name: _first(value) for name, value in columns.items()}, **about)


def _first(value: Any) -> Any:
    value = value[0] if isinstance(value, np.ndarray) else value
    return value.item() if isinstance(value, np.generic) else value


def listed(names) -> str:
    """Names as one text.

    >>> listed(["Bexley"]), listed(["Bexley", "Bromley", "Sutton"])
    ('Bexley', 'Bexley, Bromley and Sutton')
    """
    *rest, last = map(str, names)
    return f"{', '.join(rest)} and {last}" if rest else last
