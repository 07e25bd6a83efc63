"""What is counted ward by ward, and which wards lie beside each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.data import classification, select
from sbpanalysis.data.figures import after_last_gap
from sbpanalysis.errors import DataError
from sbpanalysis.periods import Fixed, in_words, label

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition


def by_ward(edition: Edition, measures: list[str]) -> dict[str, pd.DataFrame]:
    """See `Edition.by_ward`."""
    held = (_nearest(edition, measure) for measure in measures)
    return {frame.attrs["measure"]: frame for frame in held if frame is not None}


def any_by_ward(edition: Edition, measures: list[str]) -> bool:
    """Whether `by_ward` gives any."""
    return any(_nearest(edition, measure) is not None for measure in measures)


def _nearest(edition: Edition, measure: str) -> pd.DataFrame | None:
    """A measure, or the nearest broader one that is held by ward."""
    names = classification.broader(measure)
    return next((f for name in names if (f := _wide(edition, name)) is not None), None)


def _wide(edition: Edition, measure: str) -> pd.DataFrame | None:
    """A measure, one column a ward; None for counts of persons, odd spans, and what has ended."""
    if not select.sources(edition, measure, "ward"):
        return None
    try:
        frame = edition.load(measure, "ward")
    except DataError:  # held for other areas or months only
        return None
    frequency = frame["frequency"].iloc[0]
    if frame.attrs["persons"] or frequency not in ("monthly", "annual"):
        return None
    wide = frame.pivot(index="period", columns="area_code", values="value").dropna()
    if frequency == "monthly":
        wide = after_last_gap(wide.set_axis(wide.index.to_period("M")))
        if len(wide) < 12 or wide.index[-1] != edition.period_end:
            return None
        period = f"12 months to {in_words(edition.period_end)}"
    else:
        wide = wide.set_axis([label(p, frequency) for p in wide.index])
        period = wide.index[-1]
    codes = Fixed({edition.area_name(str(code)): str(code) for code in wide.columns})
    wide.columns = pd.Index(codes, name="Ward")
    wide.attrs = frame.attrs | {"codes": codes, "period": period}
    return wide


def neighbours(shapes: pd.DataFrame | None) -> dict[str, list[str]]:
    """The wards that touch each ward, by code; of squares, those beside, above and below.

    >>> places = {"row": [0, 0, 2], "column": [0, 1, 1]}
    >>> squares = pd.DataFrame({"area_code": ["a", "b", "c"]} | places)
    >>> neighbours(squares)
    {'a': ['b'], 'b': ['a'], 'c': []}
    """
    if shapes is None:
        return {}
    codes = [str(code) for code in shapes["area_code"]]
    if "geometry" in shapes:
        touching = shapes.sindex.query(shapes.geometry, predicate="intersects")
        pairs = {(codes[a], codes[b]) for a, b in zip(*touching, strict=True)}
    else:
        places = dict(zip(zip(shapes["row"], shapes["column"], strict=True), codes, strict=True))
        beside = ((0, 1), (1, 0), (0, -1), (-1, 0))
        pairs = {
            (code, places.get((row + down, column + right)))
            for (row, column), code in places.items()
            for down, right in beside
        }
    return {c: sorted(b for a, b in pairs if a == c and b not in (c, None)) for c in codes}
