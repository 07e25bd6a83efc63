"""Is this a monthly series that a method may be applied to?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.errors import BreakError, DataError, ShortError
from sbpanalysis.periods import breaks_within


def monthly(
    values: pd.Series | pd.DataFrame, *, at_least: int = 1, counts: bool = False
) -> pd.DataFrame:
    """The input as a float frame, one column a series, months in order and without gaps.

    A Series becomes a frame of one column. Attributes (source, breaks) are kept.

    Raises `DataError` if the index is not monthly periods, a month is missing or doubled, a
    value is missing or infinite, there are fewer than `at_least` months, or, with `counts`,
    a value is negative.
    """
    if not isinstance(values, pd.Series | pd.DataFrame):
        raise DataError(
            f"series: found {type(values).__name__}, expected a pandas Series or DataFrame "
            "with a monthly PeriodIndex."
        )
    if not isinstance(values.index, pd.PeriodIndex) or values.index.freqstr != "M":
        raise DataError(
            f"series: the index is {type(values.index).__name__}, expected a PeriodIndex of "
            "months; use series.to_period('M')."
        )
    frame = values.to_frame() if isinstance(values, pd.Series) else values
    frame = frame.sort_index()
    frame.attrs = dict(values.attrs)
    _check_months(frame.index, at_least)
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"series: a value is not a number ({error}).") from None
    _check_values(frame, counts)
    return frame


def shaped_like(
    values: pd.Series | pd.DataFrame, array: np.ndarray, index: pd.Index
) -> pd.Series | pd.DataFrame:
    """`array` (months by series) as what `values` was: a Series, or a frame with its columns.

    The attributes of `values` (source, breaks) travel along.
    """
    if isinstance(values, pd.Series):
        shaped = pd.Series(array[:, 0], index=index, name=values.name)
    else:
        shaped = pd.DataFrame(array, index=index, columns=values.columns, copy=False)
    shaped.attrs = dict(values.attrs)
    return shaped


def _check_months(index: pd.PeriodIndex, at_least: int) -> None:
    if len(index) < at_least:
        short = f"{len(index)} months given, at least {at_least} needed"
        raise ShortError(f"series: {short}; use a longer window.", short)
    if index.has_duplicates:
        raise DataError(f"series: {index[index.duplicated()][0]} occurs more than once.")
    if len(index) and len(index) != (index[-1] - index[0]).n + 1:
        missing = pd.period_range(index[0], index[-1], freq="M").difference(index)
        raise DataError(
            f"series: {len(missing)} months missing, first {missing[0]}; missing is not zero: "
            "fill it with a known value or take a window without gaps."
        )


def _check_values(frame: pd.DataFrame, counts: bool) -> None:
    bad = ~np.isfinite(frame.to_numpy())
    if counts:
        bad |= frame.to_numpy() < 0
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"series {frame.columns[column]!r}: {frame.index[row]} is {frame.iat[row, column]}, "
            f"expected a {'count of 0 or more' if counts else 'finite number'}."
        )


def refuse_break(frame: pd.DataFrame | pd.Series, index: pd.PeriodIndex, what: str) -> None:
    """Raise `BreakError` if `index` spans a break that forbids comparison."""
    for b in breaks_within(frame, index):
        if not b.comparable:
            raise BreakError(
                f"{what} from {index[0]} to {index[-1]} spans {b.date}: {b.note} "
                f"Compare months on one side of {b.date} only."
            )


def since_break(frame: pd.DataFrame, at_least: int = 1) -> pd.DataFrame:
    """The months since the last break that forbids comparison; all of them if there is none.

    frame: monthly counts, a Series or one column a series; attrs are kept.

    Raises `DataError` if they are fewer than `at_least`.

    Source: none needed: figures on the two sides of such a break count different things.

    >>> from sbpanalysis.periods import Break
    >>> counts = pd.Series(1, pd.period_range("2016-04", periods=24, freq="M"))
    >>> cut = Break(pd.Period("2017-04", "M"), "category", "Other offences.", comparable=False)
    >>> counts.attrs["breaks"] = [cut]
    >>> len(since_break(counts))
    12
    """
    dates = [b.date for b in breaks_within(frame) if not b.comparable]
    since = frame.loc[max(dates) :] if dates else frame
    _check_months(since.index, at_least)
    return since
