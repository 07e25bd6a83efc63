"""Are these numbers that a method can use? One check, and one message of what is not."""

from __future__ import annotations

import numpy as np

from sbpanalysis.errors import DataError


def numbers(name: str, values, labels=None, *, least: float = 0.0, above: bool = False):
    """The values as an array of floats, finite and at least `least` (with `above` above it).

    labels: of the rows, for the message. Raises `DataError` for anything else.

    >>> numbers("counts", [3, 4]).tolist()
    [3.0, 4.0]
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: a value is not a number, as is expected ({error}).") from None
    bad = ~np.isfinite(array) | (array <= least if above else array < least)
    span = f" above {least:g}" if above else f" of {least:g} or more" if least > -np.inf else ""
    lost = "; missing is not zero" if np.isnan(array).any() else ""
    refuse(name, bad, array, f"a number{span}{lost}", labels)
    return array


def refuse(name: str, bad, values, expected: str, labels=None) -> None:
    """Raise `DataError` for the first of `values` (by row) that is `bad`, naming its row."""
    if not np.any(bad):
        return
    bad, values = np.atleast_1d(bad), np.atleast_1d(values)
    place = np.unravel_index(np.argmax(bad), np.shape(bad))
    where = f"at position {place[0]}" if labels is None else f"for {labels[place[0]]!r}"
    raise DataError(f"{name}: found {values[place]:g} {where}, expected {expected}.")
