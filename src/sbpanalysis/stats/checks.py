"""Are these numbers that a method can use? One check, and one message of what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError

_TEN = 10  # times more events than persons: no place, but the two changed about


def numbers(name: str, values, labels=None, *, least: float = 0.0, above: bool = False):
    """The values as an array of floats, finite and at least `least` (with `above` above it).

    labels: of the rows, for the message. Raises `DataError` for anything else.

    >>> numbers("counts", [3, 4]).tolist()
    [3.0, 4.0]
    """
    refuse_text(name, values)
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: a value is not a number, as is expected ({error}).") from None
    bad = ~np.isfinite(array) | (array <= least if above else array < least)
    span = f" above {least:g}" if above else f" of {least:g} or more" if least > -np.inf else ""
    lost = "; missing is not zero" if np.isnan(array).any() else ""
    refuse(name, bad, array, f"a number{span}{lost}", labels)
    return array


def whole(name: str, value: Any, least: int = 1, most: float = np.inf) -> int:
    """A setting as the whole number that it must be, from `least` to `most`.

    Raises `DataError` for anything else.
    """
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not number or not least <= value <= most:
        span = f"of {least} or more" if most == np.inf else f"from {least} to {most}"
        raise DataError(f"{name}: found {value!r}, expected a whole number {span}.")
    return int(value)


def fraction(name: str, value: Any, such: float = 0.95, below: float = 1) -> None:
    """Raise `DataError` unless a setting is a fraction between 0 and `below`."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value < below:
        span = f"a fraction between 0 and {below:g}"
        raise DataError(f"{name}: found {value!r}, expected {span} such as {such:g}.")


def refuse_text(name: str, values: Any) -> None:
    """Raise `DataError` where numbers are text, as those of a file read without types are."""
    cells = values.to_numpy() if isinstance(values, pd.Series | pd.DataFrame) else values
    cells = np.asarray(cells, dtype=object) if not hasattr(cells, "dtype") else cells
    if cells.dtype.kind not in "OUT":
        return
    text = next((cell for cell in cells.ravel() if isinstance(cell, str)), None)
    if text is not None:
        raise DataError(
            f"{name}: found the text {str(text)[:20]!r}, expected numbers; make them so with "
            "pd.to_numeric(series), or frame.apply(pd.to_numeric)."
        )


def refuse_swapped(name: str, counts: np.ndarray, people: np.ndarray, per: float) -> None:
    """Raise `DataError` where events and persons seem to have changed places.

    A place that many visit may have more events than residents, but not ten times as many. A rate
    per 1 is of other things than persons, such as events in one period.
    """
    events, persons = float(np.sum(counts)), float(np.sum(people))
    if per > 1 and events > _TEN * persons:
        raise DataError(
            f"{name}: found {events:,.0f} events among {persons:,.0f} persons, expected the counts "
            f"first and the persons second; change them about: sbp.{name}(counts, persons)."
        )


def refuse(name: str, bad, values, expected: str, labels=None) -> None:
    """Raise `DataError` for the first of `values` (by row) that is `bad`, naming its row."""
    if not np.any(bad):
        return
    bad, values = np.atleast_1d(bad), np.atleast_1d(values)
    place = np.unravel_index(np.argmax(bad), np.shape(bad))
    where = f"at position {place[0]}" if labels is None else f"for {labels[place[0]]!r}"
    raise DataError(f"{name}: found {values[place]:g} {where}, expected {expected}.")
