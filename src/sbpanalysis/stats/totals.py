"""How many, and where does the area stand among its comparators?"""

from __future__ import annotations

from dataclasses import field

import pandas as pd

from sbpanalysis.errors import DataError, ShortError
from sbpanalysis.periods import financial_year, month, window
from sbpanalysis.stats.checks import fraction
from sbpanalysis.stats.monthly import monthly
from sbpanalysis.stats.ranking import order, rank_sets, ranks
from sbpanalysis.stats.result import listed, record


@record
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
        short = f"{missing[0]} is not in the series ({frame.index[0]} to {frame.index[-1]})"
        raise ShortError(f"total: {short}; ask for a window inside it.", short)
    value = float(frame.loc[index].to_numpy().sum())
    return Total(value, index[0], index[-1], dict(counts.attrs))


def leading(values: pd.Series, count: int = 1) -> list[str]:
    """The names of the `count` largest values, with all that are level with the last of them.

    Where so many are level that more than twice `count` would be named, those level in the last
    place are left out, unless they are in the first. Zero and missing values are never named.

    >>> leading(pd.Series({"North": 9, "East": 5, "South": 5, "West": 1}), 2)
    ['North', 'East', 'South']
    """
    known = values[values > 0].sort_values(ascending=False, kind="stable")
    if known.empty:
        return []
    floor = known.iloc[:count].iloc[-1]
    named = known[known >= floor]
    if len(named) > 2 * count and named.iloc[0] > floor:
        named = known[known > floor]
    return [str(name) for name in named.index]


@record
class Share:
    """What part of a whole some of its parts hold; `of` is how many parts there are."""

    parts: tuple[str, ...]
    value: float
    count: float
    whole: float
    of: int = 1
    attrs: dict = field(default_factory=dict, repr=False)


def share(values: pd.Series, parts) -> Share:
    """The part of the sum of `values` that `parts` (index labels) hold together, a fraction.

    Raises `DataError` for a part that is not there, or a sum of zero.

    >>> import pandas as pd
    >>> share(pd.Series({"North": 3, "South": 1}), ["North"]).value
    0.75
    """
    parts = tuple(parts)
    unknown = [p for p in parts if p not in values.index]
    if unknown or not values.sum():
        raise DataError(
            f"share: {unknown or 'a sum of zero'} found; expected labels of the values "
            "and values that add up to more than zero."
        )
    count, whole = float(values.loc[list(parts)].sum()), float(values.sum())
    return Share(parts, count / whole, count, whole, len(values), dict(values.attrs))


@record
class Standing:
    """One area among others: its value, its rank, the mean of all, the extremes.

    `level` is how many have the rank, the area itself among them; `highest` and `lowest` name all
    that are level there, or say how many where they are more than three. `higher`, `lower` and
    `not_told_apart` are how many others clearly are, and are not.
    """

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
    level: int = 1
    median: float = float("nan")
    rank_lower: int | None = None
    rank_upper: int | None = None
    lower: int | None = None
    higher: int | None = None
    not_told_apart: int | None = None
    attrs: dict = field(default_factory=dict, repr=False)


def standing(
    values: pd.Series, area: str, variances: pd.Series | None = None, *, confidence: float = 0.95
) -> Standing:
    """Where `area` stands in `values` (one value an area; index: area names).

    variances: of the values, by area. If left out and the values are counts of a year, they
    scatter as those of London's boroughs do; of values that are no counts nothing is then said of
    what can be told apart. confidence: a fraction.

    Returns a `Standing`. Ties share the better rank. The mean and median are over the areas
    given, so leave out anything that is not an area of the same kind. `lower, higher`: how many
    others are clearly lower and higher; `rank_lower, rank_upper`: between which ranks (1 the
    highest) the area lies; `not_told_apart`: how many others are neither. All others are allowed
    for together, as `rank_sets` does for one place.

    Raises `DataError` for an area that is not there, or a value or variance that is missing.

    Source: Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91.

    >>> import pandas as pd
    >>> s = standing(pd.Series({"Bromley": 500, "Croydon": 1500, "Sutton": 460}), "Bromley")
    >>> s.rank, s.rank_from_lowest, s.of, s.mean, s.highest
    (2, 2, 3, 820.0, 'Croydon')
    >>> s.higher, s.lower, s.not_told_apart, (s.rank_lower, s.rank_upper)
    (1, 0, 1, (2, 3))
    """
    fraction("confidence", confidence)
    if area not in values.index:
        raise DataError(f"standing: {area!r} is not among {len(values)} areas; check the name.")
    if values.isna().any():
        raise DataError(f"standing: {values[values.isna()].index[0]!r} has no value; leave it out.")
    mine = values[area]
    return Standing(
        area=area,
        value=float(mine),
        rank=int(ranks(values)[area]),
        rank_from_lowest=int(ranks(-values)[area]),
        of=len(values),
        mean=float(values.mean()),
        highest=_named(values, values.max()),
        highest_value=float(values.max()),
        lowest=_named(values, values.min()),
        lowest_value=float(values.min()),
        level=int((values == mine).sum()),
        median=float(values.median()),
        **_told_apart(values.astype(float), area, variances, confidence),
        attrs=dict(values.attrs),
    )


def _named(values: pd.Series, value: float) -> str:
    names = values.index[values == value]
    return listed(names) if len(names) <= 3 else f"{len(names)} areas"


def _told_apart(values: pd.Series, area: str, variances, confidence: float) -> dict:
    """The ranks that `area` may have, as `rank_sets` gives them for one place."""
    if variances is not None:
        given = {"values": values, "variances": variances}
    elif (values >= 0).all() and (values == values.round()).all() and not _per(values):
        given = {"counts": values}
    else:
        return {}
    if len(values) < 2:
        return {}
    row = rank_sets(**given, simultaneous=False, confidence=confidence).loc[area]
    lower, higher = int(row["below"]), int(row["above"])
    return {
        "rank_lower": int(row["rank_lower"]),
        "rank_upper": int(row["rank_upper"]),
        "lower": lower,
        "higher": higher,
        "not_told_apart": len(values) - 1 - higher - lower,
    }


def _per(values: pd.Series) -> bool:
    return str(values.attrs.get("unit", "")).startswith("per")


def yearly_totals(counts: pd.Series) -> pd.Series:
    """Totals of whole financial years (April to March); part years are left out.

    Index: `2017/18` and so on; attributes are kept. Raises `DataError` if no year is whole.

    >>> import pandas as pd
    >>> counts = pd.Series(1, index=pd.period_range("2016-01", "2018-03", freq="M"))
    >>> yearly_totals(counts).to_dict()
    {'2016/17': 12.0, '2017/18': 12.0}
    """
    frame = monthly(counts, counts=True)
    grouped = frame.iloc[:, 0].groupby(frame.index.map(financial_year))
    totals = grouped.sum()[grouped.size() == 12]
    if totals.empty:
        short = f"no whole financial year in {len(frame)} months"
        raise ShortError(f"yearly_totals: {short}; use a longer window.", short)
    totals.index.name, totals.name, totals.attrs = "Financial year", counts.name, dict(counts.attrs)
    return totals


def side_by_side(series: dict[str, pd.Series]) -> pd.DataFrame:
    """Series of one unit as the columns of a frame, over the months that all have.

    >>> import pandas as pd
    >>> a = pd.Series([1, 2], index=pd.period_range("2018-01", periods=2, freq="M"))
    >>> side_by_side({"A": a, "B": a[1:]}).shape
    (1, 2)
    """
    frame = pd.concat(series, axis=1, join="inner")
    first = next(iter(series.values()))
    frame.attrs = {k: v for k, v in first.attrs.items() if k not in ("measure", "title")}
    frame.attrs["title"] = " and ".join(series)
    return frame


def indexed(series: dict[str, pd.Series], months: int = 12) -> pd.DataFrame:
    """Totals of the last `months` months of each series, the first of them set to 100.

    >>> import pandas as pd
    >>> a = pd.Series(range(1, 25), index=pd.period_range("2016-01", periods=24, freq="M"))
    >>> float(indexed({"A": a})["A"].iloc[0])
    100.0
    """
    frame = side_by_side(series)
    rolling = frame.rolling(months).sum().dropna()
    out = 100 * rolling / rolling.iloc[0]
    first = next(iter(series.values()))
    out.attrs = dict(first.attrs, unit="index, first 12 months = 100")
    return out


def ranked(values: pd.Series) -> pd.DataFrame:
    """Values in falling order with their rank; the index keeps the name `Area`.

    >>> import pandas as pd
    >>> ranked(pd.Series({"North": 3, "South": 5}))["Rank"].to_dict()
    {'South': 1, 'North': 2}
    """
    place = order(values).sort_values(ascending=False, kind="stable").index
    frame = values.loc[place].rename_axis("Area").rename("Number").to_frame()
    rank = ranks(frame["Number"])
    frame["Rank"] = rank if rank.isna().any() else rank.astype(int)
    frame.attrs = dict(values.attrs)
    return frame


def share_of(part: pd.Series, whole: pd.Series, months: int = 12) -> Share:
    """The part of `whole` that `part` made up over the last `months` months of `part`.

    >>> import pandas as pd
    >>> a = pd.Series(1, index=pd.period_range("2017-04", periods=12, freq="M"))
    >>> share_of(a.rename("A"), 4 * a).value
    0.25
    """
    mine, all_ = total(part, months), total(whole, months, part.index[-1])
    if not all_.value:
        raise DataError("share_of: the whole is zero over the window; there is no share.")
    name = part.attrs.get("area", str(part.name))
    attrs = {**part.attrs, "area": whole.attrs.get("area", "the whole"),
             "span": (mine.start, mine.end)}  # fmt: skip
    return Share((name,), mine.value / all_.value, mine.value, all_.value, attrs=attrs)
