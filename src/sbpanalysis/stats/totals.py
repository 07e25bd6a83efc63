"""How many, and where does the area stand among its comparators?"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.periods import financial_year, month, window
from sbpanalysis.stats.monthly import monthly


@dataclass(frozen=True)
class Total:
    """A count over a window of whole months, both ends included."""

    value: float
    start: pd.Period
    end: pd.Period
    attrs: dict = field(default_factory=dict, repr=False)


def total(counts: pd.Series, months: int = 12, end: str | pd.Period | None = None) -> Total:
    """The sum of the `months` months that end with `end` (default: the last of the series).

    Raises `DataError` if a month of the window is missing.

    >>> import pandas as pd
    >>> year = pd.Series(10, index=pd.period_range("2017-04", periods=12, freq="M"))
    >>> total(year).value
    120.0
    """
    frame = monthly(counts, counts=True, at_least=1)
    index = window(frame.index[-1] if end is None else month(end), months)
    missing = index.difference(frame.index)
    if len(missing):
        raise DataError(
            f"total: {missing[0]} is not in the series ({frame.index[0]} to {frame.index[-1]}); "
            "ask for a window inside it."
        )
    value = float(frame.loc[index].to_numpy().sum())
    return Total(value, index[0], index[-1], dict(counts.attrs))


@dataclass(frozen=True)
class Standing:
    """One area among others: its value, its rank, the mean of all, the extremes."""

    area: str
    value: float
    rank: int
    rank_from_lowest: int
    of: int
    mean: float
    highest: str
    highest_value: float
    lowest: str
    lowest_value: float
    share: float
    attrs: dict = field(default_factory=dict, repr=False)

    def is_highest(self) -> bool:
        """Whether no other area has more."""
        return self.rank == 1


def standing(values: pd.Series, area: str) -> Standing:
    """Where `area` stands in `values` (one value an area; index: area names).

    Ties share the better rank. `share` is the area's part of the sum, a fraction. The mean is
    over the areas given, so leave out anything that is not an area of the same kind.

    >>> import pandas as pd
    >>> s = standing(pd.Series({"Bromley": 10, "Croydon": 30, "Sutton": 5}), "Bromley")
    >>> s.rank, s.rank_from_lowest, s.of, s.mean, s.highest
    (2, 2, 3, 15.0, 'Croydon')
    """
    if area not in values.index:
        raise DataError(f"standing: {area!r} is not among {len(values)} areas; check the name.")
    if values.isna().any():
        raise DataError(f"standing: {values[values.isna()].index[0]!r} has no value; leave it out.")
    mine = values[area]
    whole = float(values.sum())
    return Standing(
        area=area,
        value=float(mine),
        rank=int((values > mine).sum()) + 1,
        rank_from_lowest=int((values < mine).sum()) + 1,
        of=len(values),
        mean=float(values.mean()),
        highest=str(values.idxmax()),
        highest_value=float(values.max()),
        lowest=str(values.idxmin()),
        lowest_value=float(values.min()),
        share=float(mine) / whole if whole else float("nan"),
        attrs=dict(values.attrs),
    )


def yearly_totals(counts: pd.Series) -> pd.Series:
    """Totals of whole financial years (April to March); part years are left out.

    Index: `2017/18` and so on; attributes are kept.

    >>> import pandas as pd
    >>> counts = pd.Series(1, index=pd.period_range("2016-01", "2018-03", freq="M"))
    >>> yearly_totals(counts).to_dict()
    {'2016/17': 12.0, '2017/18': 12.0}
    """
    frame = monthly(counts, counts=True)
    grouped = frame.iloc[:, 0].groupby(frame.index.map(financial_year))
    totals = grouped.sum()[grouped.size() == 12]
    totals.index.name, totals.name, totals.attrs = "Financial year", counts.name, dict(counts.attrs)
    return totals
