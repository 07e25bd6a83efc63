"""Is this table exactly what the publisher publishes?

Half-broken files are the danger: `pandas.read_csv` reads most of them without a word. Here a
file is either what it should be, or refused with every fault it has, five examples of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sbpanalysis.data import parsing, workbooks
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.parsing import MONTH, meaning, what_is, why_passed, why_unknown
from sbpanalysis.data.reading import RawFile, plain
from sbpanalysis.errors import DataError

__all__ = [
    "MONTH",
    "Layout",
    "Table",
    "known",
    "meaning",
    "run_of_months",
    "unique",
    "what_is",
    "why_passed",
    "why_unknown",
]


Headers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """A table as read: texts are categories without outer blanks, whole numbers are int64.

    Row i of `frame` is line i + 2 of the file. `faults` may be added to by the reader, which
    calls `faults.check()` when it is through; `tolerated` likewise.
    """

    frame: pd.DataFrame
    faults: Faults
    tolerated: list[str]


@dataclass(frozen=True)
class Layout:
    """A table as its publisher lays it out, in a CSV file or on sheets of a workbook.

    `text` and `whole` map a column's name here to the headers (any case, blanks and order) that
    mean it, to none where the header is the name itself; the `whole` ones hold whole numbers of 0
    or more. `own` are headers, as `meaning` gives them, that tell the table from any other;
    `least` says how many of them do, so that a broken file is known too (all, if 0). With
    `months`, headers of six digits are months of whole numbers and are renamed such as 2018-03.
    Columns named in `optional` may be absent, and those and `blank` may hold nothing in any row.
    `others` says what becomes of further columns: "refuse", "drop", or "text" (kept under their
    own header).
    """

    text: Headers
    whole: Headers = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    least: int = 0
    months: bool = False
    optional: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    others: str = "refuse"
    encodings: tuple[str, ...] = ("utf-8",)

    def recognises(self, file: RawFile) -> bool:
        """Whether the file, or a sheet of it, has enough of the table's own headers."""
        return self._fits(file.meanings) or bool(workbooks.headers(file, self._fits))

    def tables(self, file: RawFile) -> Iterator[Table]:
        """The file read strictly, or each sheet of it that has the table's own headers."""
        yield from map(self._read, self.parts(file))

    def table(self, file: RawFile) -> Table:
        """The one table of the file; raises `DataError` where several sheets are of the layout."""
        parts = self.parts(file)
        if len(parts) > 1:
            raise DataError(
                f"{plain(file.name)}: found {len(parts)} sheets of one layout "
                f"({', '.join(plain(part.name.rsplit(', sheet ', 1)[-1]) for part in parts)}), "
                "hidden ones too, expected one; delete the others, or save each as a file of its "
                "own."
            )
        return self._read(parts[0])

    def parts(self, file: RawFile) -> list[RawFile]:
        """The file as CSV text: itself, or each sheet that has the table's own headers."""
        if not file.is_workbook:
            return [file]
        columns = (self.text | self.whole).items()
        known = {meaning(text) for name, headers in columns for text in headers or (name,)}
        drop = self.others == "drop"
        only = (lambda text: meaning(text) in known) if drop else (lambda text: True)
        return list(workbooks.with_columns(file, self._fits, only).values())

    def _fits(self, held: set[str]) -> bool:
        return len(held & self.own) >= (self.least or len(self.own))

    def _read(self, file: RawFile) -> Table:
        """Raises `DataError` at once where nothing can be parsed; else collects in the faults."""
        faults, tolerated = Faults(file.name), []
        content = parsing.decoded(file, self.encodings, tolerated)
        parsing.lines(content, faults)
        names, kinds = parsing.columns(content, self, faults, tolerated)
        frame = _frame(parsing.parsed(content, names, kinds, faults), kinds, tolerated)
        for name in [n for n, kind in kinds.items() if kind == "blank"]:
            filled = np.flatnonzero(frame[name].to_numpy() != "")
            faults.each(
                [(f"line {i + 2}", frame[name].iloc[i]) for i in filled],
                "nothing under a column without a header",
            )
        frame = frame[[name for name, kind in kinds.items() if kind in ("text", "whole")]]
        if not len(frame):
            faults.add("line 2", "no rows", "at least one row under the header")
        needed = [n for n in self.text if n in frame and n not in (*self.optional, *self.blank)]
        _filled(frame, {name: self.text[name] or (name,) for name in needed}, faults)
        return Table(frame, faults, tolerated)


def unique(table: Table, key: list[str], what: str) -> None:
    """Note rows whose `key` columns stand in an earlier row already; `what` names them."""
    repeated = table.frame.duplicated(key).to_numpy()
    if repeated.any():
        rows = table.frame.loc[repeated, key]
        table.faults.each(
            [
                (f"line {i + 2}", ", ".join(map(str, row)))
                for i, row in zip(rows.index, rows.itertuples(index=False, name=None), strict=True)
            ],
            f"each {what} once",
        )


def known(table: Table, column: str, allowed: Iterable[str], what: str, remedy: str) -> None:
    """Note values of a text `column` that are not among `allowed`, compared as they are."""
    present = table.frame[column].cat.categories
    strange = present.difference(pd.Index(list(allowed)))
    if len(strange):
        first = table.frame[column].isin(strange)
        lines = table.frame.loc[first, column].drop_duplicates()
        table.faults.each(
            [(f"line {i + 2}, {column}", value) for i, value in lines.items()], what, remedy
        )


def run_of_months(table: Table, columns: list[str]) -> None:
    """Note months that are missing between the first and last, or still to come."""
    if not columns:
        table.faults.add("header", "no month columns", "headers of six digits such as 201803")
        return
    held = pd.PeriodIndex(columns, freq="M")
    gaps = pd.period_range(held.min(), held.max(), freq="M").difference(held)
    table.faults.each(
        [("header", f"no {gap:%Y%m}") for gap in gaps], "every month between first and last"
    )
    ahead = held[held >= pd.Timestamp.now().to_period("M")]
    table.faults.each(
        [("header", f"{m:%Y%m}") for m in ahead], "only months that are over", quote=False
    )


def _filled(frame: pd.DataFrame, columns: Mapping[str, tuple[str, ...]], faults: Faults) -> None:
    """Note columns that hold nothing in any row, as one whose cells were moved or deleted."""
    last = len(frame) + 1
    empty = [name for name in columns if last > 1 and _is_empty(frame[name].cat.categories)]
    faults.each(
        [(f"lines 2 to {last}, column {' or '.join(columns[name])}", "no text") for name in empty],
        "a column that is filled in",
        quote=False,
    )


def _is_empty(texts: pd.Index) -> bool:
    return len(texts) == 1 and texts[0] == ""


def _frame(arrow, kinds: dict[str, str], tolerated: list[str]) -> pd.DataFrame:
    held = arrow.column_names
    texts = {n: parsing.trimmed(n, arrow.column(n), tolerated) for n in held if kinds[n] != "whole"}
    numbers = [n for n in held if kinds[n] == "whole"]
    # One block of numbers: a frame of 170 single columns is slow to work with
    block = np.empty((arrow.num_rows, len(numbers)), dtype=np.int64, order="F")
    for position, name in enumerate(numbers):
        block[:, position] = arrow.column(name).to_numpy()
    return pd.concat(
        [pd.DataFrame(texts), pd.DataFrame(block, columns=numbers, copy=False)], axis=1
    )
