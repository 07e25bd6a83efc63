"""How many searches did a police force record? data.police.uk's monthly stop-and-search file.

There is no borough in it, and in some months nearly no coordinates, so counts are of all London.
Times are in UTC: in summer the month begins at 23:00 of the day before.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sbpanalysis.data import strict
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import NotOursError

SOURCE = "police_uk_stop_and_search"
MEASURE = "stop_and_searches"
_COLUMNS = {
    "kind": ("Type",),
    "date": ("Date",),
    "part_of_operation": ("Part of a policing operation",),
    "operation": ("Policing operation",),
    "latitude": ("Latitude",),
    "longitude": ("Longitude",),
    "gender": ("Gender",),
    "age": ("Age range",),
    "self_defined": ("Self-defined ethnicity",),
    "officer_defined": ("Officer-defined ethnicity",),
    "legislation": ("Legislation",),
    "object": ("Object of search",),
    "outcome": ("Outcome",),
    "linked": ("Outcome linked to object of search",),
    "clothing": ("Removal of more than just outer clothing",),
}
LAYOUT = strict.Layout(
    _COLUMNS,
    own=frozenset(strict.meaning(header) for (header,) in _COLUMNS.values()),
    least=9,
    # of these a month may have none
    blank=tuple(_COLUMNS.keys() - {"kind", "date", "object"}),
)
recognises = LAYOUT.recognises
_KINDS = ("Person search", "Person and Vehicle search", "Vehicle search")
# as data.police.uk words them; a search without one is said to be not recorded
_OBJECTS = (
    "", "Anything to threaten or harm anyone", "Article for use in theft",
    "Articles for use in criminal damage", "Controlled drugs", "Crossbows",
    "Detailed object of search unavailable", "Evidence of offences under the Act", "Evidence of "
    "wildlife offences", "Firearms", "Fireworks", "Game or poaching equipment", "Goods on which "
    "duty has not been paid etc.", "Offensive weapons", "Psychoactive substances", "Seals or "
    "hunting equipment", "Stolen goods", "Terrorism", "Items intended for use in serious "
    "disruption", "Safeguarding",
)  # fmt: skip
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\+00:00|Z)"
_LEAST = 1_000  # searches in a month of the Metropolitan Police
# The file says nowhere of which force it is: that stands in its name, and its places tell
_NAME = re.compile(r"\d{4}-\d\d-(?P<force>[a-z-]+?)-stop-and-search")
_SEPARATORS = re.compile(r"[_\s]+")
_OURS = "metropolitan"
_IN_ORDER = 0.01  # of the rows, earlier than the one before: published files have none
# So many places tell something; of London's own files none lies outside, and in a month with
# few places (574 of 10,866) they spread 0.058 degrees north and 0.127 east, the City's 0.005
_ENOUGH, _OUTSIDE, _SPREAD = 50, 0.01, (0.02, 0.04)


def read(file: RawFile) -> Reading:
    """Searches in all London in one month, in all and by object of search."""
    table = LAYOUT.table(file)
    _check_force(table, file.name)
    frame = table.frame
    strict.known(table, "kind", _KINDS, " or ".join(_KINDS), "another kind of search is not read")
    strict.known(
        table, "object", _OBJECTS, "an object of search as data.police.uk words it",
        "if the publisher really uses it, add it to data/sources/stop_and_search.py",
    )  # fmt: skip
    shaped = frame["date"].astype(str).str.fullmatch(_DATE)
    kit.note(table, ~shaped, ["date"], "a UTC time such as 2018-05-31T23:01:00+00:00")
    table.faults.check()
    month = _local_month(table)
    _check_size(table, month)
    _check_order(table)
    table.faults.check()
    bare = frame["latitude"].eq("").mean()
    table.tolerated.append(f"{bare:.0%} of {len(frame):,} searches without coordinates")
    by_object = frame["object"].astype(str).replace("", "Not recorded").value_counts()
    counts = pd.concat([pd.Series({"": len(frame)}), by_object.sort_index()])
    tidy = kit.tidy(
        pd.DataFrame({"group": counts.index, "value": counts.to_numpy(float)}),
        SOURCE,
        period=month.to_timestamp(),
        area_code=territory().whole,
        area_type="region",
        measure=MEASURE,
        unit="searches",
    )
    return kit.reading(SOURCE, tidy, table.tolerated)


def _check_force(table: strict.Table, name: str) -> None:
    """Raise `NotOursError` for the searches of another force, by its name or by its places."""
    named = _NAME.search(_SEPARATORS.sub("-", name.rsplit("/", 1)[-1].lower()))
    if named and not named["force"].startswith(_OURS):
        force = named["force"].replace("-", " ").title()
        raise NotOursError(
            f"{plain(name)}: searches by {force}, by the file's name; only those by the "
            "Metropolitan Police are of London. Give the file named metropolitan."
        )
    numbers = (
        table.frame[["latitude", "longitude"]].astype(str).apply(pd.to_numeric, errors="coerce")
    )
    held = numbers.dropna()
    west, south, east, north = territory().bounds
    inside = held["latitude"].between(south, north) & held["longitude"].between(west, east)
    outside = 1 - inside.mean() if len(held) else 0
    narrow = len(held) >= _ENOUGH and bool((held.std() < np.array(_SPREAD)).all())
    if outside > _OUTSIDE or narrow:
        where = f"{outside:.0%} of them outside Greater London" if outside else "all of one place"
        raise NotOursError(
            f"{plain(name)}: found {len(held):,} searches with coordinates, {where}, expected "
            "those of the Metropolitan Police all over London; it is of another force or filtered."
        )
    if not named and len(held) < _ENOUGH:
        raise NotOursError(
            f"{plain(name)}: neither its name nor coordinates say which force's searches these "
            "are; give it the publisher's name, such as 2018-03-metropolitan-stop-and-search.csv."
        )
    if strays := int((~inside).sum()):
        table.tolerated.append(f"{strays} searches with coordinates outside Greater London")


def _local(table: strict.Table) -> pd.Series:
    """The time of each search by the clock in London."""
    times = pd.to_datetime(table.frame["date"].astype(str), utc=True, format="ISO8601")
    return times.dt.tz_convert("Europe/London").dt.tz_localize(None)


def _local_month(table: strict.Table) -> pd.Period:
    """The one calendar month of the file, by the clock in London."""
    month = _local(table).dt.to_period("M")
    usual = month.mode()[0]
    kit.note(
        table,
        month.ne(usual),
        ["date"],
        f"one month a file, {usual} as most rows have, by London time",
    )
    return usual


def _check_order(table: strict.Table) -> None:
    """Note searches that stand again, behind later ones, in a file that is in order of time.

    The same search may stand twice, but then in its place: 560 of 10,866 do in a published month.
    """
    times = table.frame["date"].astype(str)
    back = times < times.shift().fillna("")
    if back.mean() < _IN_ORDER:
        kit.note(
            table,
            back & table.frame.duplicated(),
            ["date"],
            "searches in order of time, as the others of the file are, so that no part is in twice",
        )


def _check_size(table: strict.Table, month: pd.Period) -> None:
    """Note days without a search, and fewer searches than London has in a month."""
    days = set(range(1, month.days_in_month + 1)) - set(_local(table).dt.day)
    table.faults.each(
        [(str(month), f"no search on day {day}") for day in sorted(days)],
        "searches on every day of the month",
        quote=False,
    )
    if len(table.frame) < _LEAST:
        table.faults.add(
            "rows",
            f"{len(table.frame):,} searches",
            f"{_LEAST:,} or more in a month of London",
            "a filtered or cut file, or one of another force, is not London's",
        )
