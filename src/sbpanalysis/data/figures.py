"""What shapes do figures come in? Periods by name, one period by area, tables of several."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from sbpanalysis.data.select import Selection, after_last_gap
from sbpanalysis.errors import DataError, NotHeldError
from sbpanalysis.periods import Fixed, financial_year, in_words, label, length

Name = Callable[[str], str]  # of an area, from its code


class Population(int):
    """A number of persons that knows its `source`, `year` and `snapshots`.

    >>> Population(330_000, source="Census", year=2021).year
    2021
    """

    source: str
    year: int
    snapshots: tuple[str, ...]

    def __new__(cls, value: float, *, source: str, year: int, snapshots=()):
        """`value` to the nearest person."""
        number = super().__new__(cls, round(value))
        number.source, number.year, number.snapshots = source, year, tuple(snapshots)
        return number

    def __getnewargs_ex__(self):
        return (int(self),), vars(self)


def nearest_year(people: Selection, wanted: int | None, last: int) -> tuple[Selection, int]:
    """The population of the year `wanted`, or else of the one nearest to the year `last`."""
    years = people.periods.dt.year
    if wanted is not None and wanted not in set(years):
        raise DataError(
            f"population {wanted}: not held, expected {years.min()} to {years.max()}; ask for "
            "another year, or add a file that has it."
        )
    target = last if wanted is None else wanted
    nearest = int(min(sorted(set(years)), key=lambda held: abs(held - target)))
    return people.where(years == nearest), nearest


def period_names(frame: pd.DataFrame) -> list[str]:
    """What the period of each row is called: 2017/18, 2018, or May 2018 to January 2019."""
    return [label(p, f) for p, f in zip(frame["period"], frame["frequency"], strict=True)]


def by_period(frame: pd.DataFrame, measure: str) -> pd.Series:
    """The values of one area by the names of their periods; attrs `lengths`, in months."""
    frame = frame.sort_values("period")
    names = period_names(frame)
    values = frame["value"].to_numpy(float)
    series = pd.Series(values, pd.Index(names, name="Period"), name=measure)
    lengths = zip(names, map(length, frame["frequency"]), strict=True)
    series.attrs = frame.attrs | {"lengths": Fixed(lengths)}
    return series


def one_period(frame: pd.DataFrame, measure: str, period: str | None) -> tuple[pd.DataFrame, str]:
    """The rows of the named period, or of the latest, and its name."""
    names = pd.Series(period_names(frame), frame.index, dtype=object)
    last = names[frame["period"] == frame["period"].max()]
    wanted = period or (last.iloc[0] if len(last) else "")
    if frame.empty or wanted not in set(names):
        held = ", ".join(dict.fromkeys(names)) or "none"
        raise NotHeldError(
            f"{measure}, period {wanted!r}: not held, expected one of {held}.",
            measure,
            frame.attrs["level"],
            f"held for {held}, not for {wanted}",
        )
    kept = frame[names == wanted]
    kept.attrs = dict(frame.attrs)
    return kept, wanted


def by_area(frame: pd.DataFrame, measure: str, name: Name) -> pd.Series:
    """The values of one period by area name; attrs `codes` and `vintage`."""
    frame = frame.sort_values("area_code")
    codes = Fixed({name(code): code for code in frame["area_code"]})
    values = pd.Series(frame["value"].to_numpy(float), pd.Index(codes, name="Area"), name=measure)
    vintage = frame["boundary_vintage"].iloc[0]
    values.attrs = frame.attrs | {"codes": codes, "vintage": vintage}
    return values


def last_whole(selection: Selection) -> str:
    """The name of the latest period; of what is counted by month, of its last financial year."""
    last = selection.rows.iloc[[selection.periods.argmax()]]
    if last["frequency"].iloc[0] != "monthly":
        return period_names(last)[0]
    month = selection.periods.max()
    return financial_year(month if month.month == 3 else month - 12)


def last_month(period: str) -> str:
    """The last month of a year by its name; what names no year is given back.

    >>> last_month("2017/18"), last_month("2017")
    ('2018-03', '2017-12')
    """
    if not re.fullmatch(r"\d{4}(/\d\d)?", period):
        return period
    return f"{int(period[:4]) + 1}-03" if "/" in period else f"{period}-12"


def whole_period(selection: Selection, period: str) -> pd.Series:
    """The values of a period by area code; months are summed where all twelve are held."""
    if set(selection.frequencies) != {"monthly"}:
        names = pd.Series(period_names(selection.rows), dtype=object)
        return selection.where(names == period).sums("area_code", 1)
    years = [(str(m.year), financial_year(m)) for m in selection.periods]
    return selection.where(pd.Series([period in year for year in years])).sums("area_code", 12)


def crossed(cells: pd.Series, across: pd.Series, down: pd.Series, whole: float) -> pd.DataFrame:
    """Groups named "row: column" as a table, with the sums of both as counted."""
    table = cells.copy()
    table.index = pd.MultiIndex.from_tuples([tuple(name.split(": ")) for name in cells.index])
    table = table.unstack().reindex(index=down.index, columns=across.index)
    table["All"] = down
    table.loc["All"] = [*across, whole]
    table.columns.name = None
    table.attrs = cells.attrs
    return table


def by_ward(frame: pd.DataFrame, last: pd.Period, name: Name) -> pd.DataFrame | None:
    """A measure, one column a ward; None for counts of persons, odd spans, and what has ended."""
    frequency = frame["frequency"].iloc[0]
    if frame.attrs["persons"] or frequency not in ("monthly", "annual"):
        return None
    wide = frame.pivot(index="period", columns="area_code", values="value").dropna()
    if frequency == "monthly":
        wide = after_last_gap(wide.set_axis(wide.index.to_period("M")))
        if len(wide) < 12 or wide.index[-1] != last:
            return None
        period = f"12 months to {in_words(last)}"
    else:
        wide = wide.set_axis([label(p, frequency) for p in wide.index])
        period = wide.index[-1]
    codes = Fixed({name(str(code)): str(code) for code in wide.columns})
    wide.columns = pd.Index(codes, name="Ward")
    wide.attrs = frame.attrs | {"codes": codes, "period": period}
    return wide


def age_shares(frame: pd.DataFrame, year: int, name: Name) -> pd.DataFrame:
    """Percent of residents in each broad age band, a row an area, of the year nearest to `year`."""
    nearest = min(frame["period"].unique(), key=lambda p: abs(p.year - year))
    wide = frame[frame["period"] == nearest]
    wide = _broad(wide.pivot(index="area_code", columns="group", values="value"))
    shares = 100 * wide.div(wide.sum(axis=1), axis=0)
    shares.index = pd.Index([name(code) for code in shares.index], name="Area")
    shares.columns.name = None
    shares.attrs = frame.attrs | {
        "unit": "percent",
        "digits": 1,
        "title": "residents by age",
        "period": str(nearest.year),
    }
    return shares


def _broad(wide: pd.DataFrame) -> pd.DataFrame:
    """Age bands as published if they are few; five-year bands summed to three."""
    if wide.shape[1] <= 4:
        return wide
    first = wide.columns.str.extract(r"(\d+)")[0].astype(int)
    under = wide.columns.str.contains("under")  # "4 years and under" begins at 0
    first = first.where(~under, 0).to_numpy()
    names = pd.cut(first, [-1, 14, 64, 200], labels=["0 to 14", "15 to 64", "65 and over"])
    return wide.T.groupby(names.astype(str)).sum().T
