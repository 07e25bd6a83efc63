"""Is this a monthly series that a method may be applied to?"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from sbpanalysis.errors import BreakError, DataError, SbpWarning, ShortError
from sbpanalysis.periods import breaks_within
from sbpanalysis.stats.checks import refuse_text


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
    _check_index(values.index)
    frame = values.to_frame() if isinstance(values, pd.Series) else values
    frame = frame.sort_index()
    frame.attrs = dict(values.attrs)
    _check_months(frame.index, at_least)
    refuse_text("series", frame)
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"series: a value is not a number ({error}).") from None
    _check_values(frame, counts)
    return frame


def unbroken(
    values: pd.Series | pd.DataFrame,
    what: str,
    *,
    at_least: int,
    counts: bool = True,
    wanted: int = 0,
) -> pd.DataFrame:
    """`monthly` values for the method `what`, across no break that forbids comparison.

    Warns where there are fewer than `wanted` months; raises as `monthly` and `refuse_break` do.
    """
    frame = monthly(values, at_least=at_least, counts=counts)
    refuse_break(frame, frame.index, what)
    warn_of_few(frame, what, wanted, stacklevel=4)
    return frame


def warn_of_few(frame: pd.DataFrame, what: str, wanted: int, stacklevel: int = 3) -> None:
    """Warn where there are fewer months than a season can be told by."""
    if len(frame) < wanted:
        warnings.warn(
            f"{what}: {len(frame)} months are few to tell a season by; {wanted} are wanted.",
            SbpWarning,
            stacklevel=stacklevel,
        )


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


_ADD_UP = "add them up: series.groupby({}).sum()"
_TOO_LONG = "they cannot be split; load the months, or compare years with sbp.two_counts"
# frequency that is not months, by its first letters -> what its values are of, and what to do
_OTHER = {
    "Q": ("quarters", _TOO_LONG),
    "Y": ("years", _TOO_LONG),
    "W": ("weeks", "a week lies in two months; load days or months"),
    "D": ("days", _ADD_UP.format("series.index.asfreq('M')")),
    "B": ("days", _ADD_UP.format("series.index.asfreq('M')")),
    "h": ("hours", _ADD_UP.format("series.index.asfreq('M')")),
}
_NAME_THEM = "say which: series.index = pd.period_range('2017-04', periods=len(series), freq='M')"


def _check_index(index: pd.Index) -> None:
    """Raise `DataError` unless the index is of months, with the way to make it so."""
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr == "M":
            return
        of, remedy = next(
            (said for key, said in _OTHER.items() if index.freqstr.startswith(key)),
            (f"periods of {index.freqstr}", "load the months"),
        )
        raise DataError(f"series: the index is of {of}, expected months; {remedy}.")
    if isinstance(index, pd.DatetimeIndex):
        of, remedy = "dates", "use series.to_period('M')"
        if index.to_period("M").has_duplicates:
            of, remedy = "days", _ADD_UP.format("series.index.to_period('M')")
    else:
        of = f"{type(index).__name__} ({index[0]!r}, ...)" if len(index) else "empty"
        remedy = _NAME_THEM
        if not pd.api.types.is_numeric_dtype(index) and _are_months(index):
            remedy = "use series.index = pd.PeriodIndex(series.index, freq='M')"
    raise DataError(f"series: the index is of {of}, expected a PeriodIndex of months; {remedy}.")


def _are_months(index: pd.Index) -> bool:
    try:
        return bool(len(pd.PeriodIndex(index.astype(str), freq="M")))
    except (ValueError, TypeError):
        return False


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
