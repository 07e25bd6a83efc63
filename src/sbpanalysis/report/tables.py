"""How does a frame become a table of the page?"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import disclosure, prose
from sbpanalysis.report.display import show


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
        return (*self.attrs.get("notes", ()), *disclosure.notes(self.attrs))

    def _ipython_display_(self) -> None:
        show(self)


def table(frame: pd.DataFrame, caption: str, subtitle: str = "", source=()) -> Table:
    """An accessible table of `frame`: caption, scoped headers, numbers to the right.

    The index becomes the first column if it has a name. Raises `DataError` without a caption or
    rows.
    """
    if not isinstance(frame, pd.DataFrame | pd.Series):
        found = type(frame).__name__
        raise DataError(f"table: found {found}, expected a pandas DataFrame; make one of it.")
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if not caption.strip():
        raise DataError("table: no caption given; say in a few words what the table shows.")
    counting = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    flat = frame if counting else frame.rename_axis(frame.index.name or "Item").reset_index()
    if flat.empty:
        raise DataError(f"table {caption!r}: no rows; leave the table out or say what is missing.")
    source = tuple(source or frame.attrs.get("source", ()))
    attrs = dict(frame.attrs)
    if "digits" in attrs:
        numbers_of = flat.select_dtypes("number")
        flat = flat.assign(**prose.rounded(numbers_of, attrs["digits"]))
    flat = disclosure.shown(flat) if attrs.get("persons") else flat
    return Table(flat, prose.refuse_direction(caption, None), subtitle, source, attrs=attrs)
