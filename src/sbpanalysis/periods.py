"""Which months is a figure about? Months, financial years, windows, and breaks between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month(text: str | pd.Period) -> pd.Period:
    """A calendar month from text such as ``2018-03``.

    Raises `DataError` for anything else.

    >>> month("2018-03")
    Period('2018-03', 'M')
    """
    if isinstance(text, pd.Period) and text.freqstr == "M":
        return text
    if not isinstance(text, str) or not _MONTH.fullmatch(text):
        raise DataError(f"month: found {text!r}, expected YYYY-MM such as '2018-03'.")
    return pd.Period(text, freq="M")


def months(start: str | pd.Period, end: str | pd.Period) -> pd.PeriodIndex:
    """All months from `start` to `end`, both included.

    >>> len(months("2017-04", "2018-03"))
    12
    """
    first, last = month(start), month(end)
    if first > last:
        raise DataError(f"months: start {first} is after end {last}; swap them.")
    return pd.period_range(first, last, freq="M")


def window(end: str | pd.Period, length: int = 12) -> pd.PeriodIndex:
    """The `length` months that end with `end`.

    >>> window("2018-03")[0]
    Period('2017-04', 'M')
    """
    return pd.period_range(end=month(end), periods=length, freq="M")


def financial_year(period: str | pd.Period) -> str:
    """The financial year (April to March) that a month belongs to.

    >>> financial_year("2018-03"), financial_year("2018-04")
    ('2017/18', '2018/19')
    """
    p = month(period)
    first = p.year if p.month >= 4 else p.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def days_in_month(index: pd.PeriodIndex) -> np.ndarray:
    """Days in each month: February is a tenth shorter than January, and counts follow.

    >>> days_in_month(months("2018-01", "2018-02"))
    array([31, 28])
    """
    return index.days_in_month.to_numpy()


def in_words(period: str | pd.Period) -> str:
    """A month as a reader says it.

    >>> in_words("2018-03")
    'March 2018'
    """
    return month(period).strftime("%B %Y")


@dataclass(frozen=True)
class Break:
    """A date at which a series changes meaning: the first month of the new meaning.

    `kind` is one of category, boundary, system, counting, event or join (of two files of one
    publication, which changes nothing but the file); `comparable` says whether figures before and
    after may be set against each other. `until` is set where the months from `date` to it, both
    included, are extraordinary: they do not say how much a series scatters.
    """

    date: pd.Period
    kind: str
    note: str
    comparable: bool
    until: pd.Period | None = None

    def __deepcopy__(self, memo) -> Break:
        """Itself: what never changes need not be copied with each step of a computation."""
        return self


class Fixed(dict):
    """A mapping that travels with figures and never changes: a copy of them shares it."""

    def __deepcopy__(self, memo) -> Fixed:
        return self


def changes_of_meaning(breaks) -> list[Break]:
    """The breaks at which what is counted, or how, may change; a join of files is none of them."""
    return [b for b in breaks if b.kind != "join"]


def between_breaks(values: pd.Series) -> list[pd.Series]:
    """The parts of a monthly series between its recorded breaks, in order; attributes are kept.

    >>> counts = pd.Series(1, index=months("2018-01", "2018-12"))
    >>> counts.attrs["breaks"] = [Break(month("2018-04"), "system", "A new system.", True)]
    >>> [len(part) for part in between_breaks(counts)]
    [3, 9]
    """
    dates = {b.date for b in changes_of_meaning(breaks_within(values))}
    starts = [values.index[0], *sorted(dates)]
    ends = [*(start - 1 for start in starts[1:]), values.index[-1]]
    return [values.loc[start:end] for start, end in zip(starts, ends, strict=True)]


def breaks_within(series: pd.Series | pd.DataFrame, index: pd.PeriodIndex | None = None):
    """The breaks carried in ``series.attrs['breaks']`` that fall inside its months.

    A break on the first month is not inside: everything after it is one regime.
    """
    index = series.index if index is None else index
    known = series.attrs.get("breaks", ())
    return [b for b in known if len(index) and index[0] < b.date <= index[-1]]


_LENGTHS = {"monthly": 1, "quarterly": 3, "annual": 12}


def length(frequency: str) -> int:
    """Months in a period of a frequency.

    >>> length("annual"), length("9 months")
    (12, 9)
    """
    return _LENGTHS.get(frequency) or int(re.match(r"\d+", frequency)[0])


def until(first: pd.Timestamp, frequency: str) -> str:
    """The last month of a period.

    >>> until(pd.Timestamp("2017-04-01"), "annual")
    '2018-03'
    """
    return str(pd.Period(first, "M") + length(frequency) - 1)


def label(first: pd.Timestamp, frequency: str) -> str:
    """What a period is called, from its first day and frequency.

    >>> label(pd.Timestamp("2017-04-01"), "annual"), label(pd.Timestamp("2018-01-01"), "annual")
    ('2017/18', '2018')
    >>> label(pd.Timestamp("2018-05-01"), "9 months")
    'May 2018 to January 2019'
    """
    start, months = pd.Period(first, "M"), length(frequency)
    end = start + months - 1
    if months == 12 and start.month in (1, 4):
        return str(start.year) if start.month == 1 else financial_year(start)
    if months % 12 == 0 and start.month in (1, 4):
        return f"{label(first, 'annual')} to {label((end - 11).to_timestamp(), 'annual')}"
    return in_words(start) if months == 1 else f"{in_words(start)} to {in_words(end)}"
