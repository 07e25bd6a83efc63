"""What do all readers share? Where and when rows are, what lacks, and zeros.

A reader declares its `strict.Layout` and keeps what is particular to it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sbpanalysis.data import classification, reference, strict
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.faults import AGAIN, Faults
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import NotOursError

# How publishers, and programs that their files pass through, write a day or a month
_FORMS = (
    "%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d-%b-%y", "%d-%b-%Y", "%d %B %Y", "%d/%m/%y", "%d.%m.%Y",
    "%b-%y", "%b-%Y", "%b %Y", "%B %Y", "%Y-%m",
)  # fmt: skip
_MOST_OF_NO_UNIT = 0.01
# What is to be done where a publisher names a place that is not listed
LIST_IT = (
    "download the file again; if the publisher really names it so, add the name to "
    "data/reference/areas.csv, as an alias of the borough or as a row of type `no borough`"
)
LISTED = f"that {classification.TABLE} lists"
ADD_ROW = "download the file again; if the publisher really uses it, add a row there"
FINANCIAL_YEAR = r"(19|20)\d\d ?[-/–] ?\d\d"  # such as 2016-17 or 2016/17
_TIME = r"[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$|T00:00:00(?:\.0+)?(?:Z|\+00:00)$"


def note(table: strict.Table, rows: pd.Series, columns: list[str], expected: str, remedy=AGAIN):
    """Note one example for each distinct value of `columns` in the marked `rows`."""
    if not rows.any():
        return
    examples = table.frame.loc[rows, columns].drop_duplicates()
    table.faults.each(
        [
            (f"line {line + 2}", " / ".join(map(str, values)))
            for line, *values in examples.itertuples(name=None)
        ],
        expected,
        remedy,
    )


def one_borough(table: strict.Table, columns: list[str], most: float = 0.0) -> None:
    """Note rows that tell two boroughs, if more than `most` of those that tell any twice do.

    The two `columns` have codes or names of boroughs, or codes of wards; other texts are not
    judged.
    """
    ours = territory()
    told = {text: ours.homes.get(text) or ours.find(text) or ""
            for column in columns for text in table.frame[column].unique()}  # fmt: skip
    one, two = (table.frame[column].astype(str).map(told) for column in columns)
    both = one.isin(ours.units) & two.isin(ours.units)
    differ = both & one.ne(two)
    if differ.sum() > most * both.sum():
        note(table, differ, columns, "one borough by both, so that one column was moved")
    elif differ.any():
        table.tolerated.append(f"{differ.sum():,} rows tell two boroughs; the first code counts")


def not_ours(
    name: str,
    found: str,
    expected: str = "some",
    remedy: str = "it was filtered, or is of another place",
) -> NotOursError:
    """What to raise of the file `name`, which is sound but holds nothing of the territory."""
    return NotOursError(f"{plain(name)}: found {found}, expected {expected}; {remedy}.")


def every_unit(faults: Faults, held: Iterable[str]) -> None:
    """Note the boroughs whose codes are not among `held`."""
    ours = territory()
    gone = [("boroughs", f"no {name}") for name in ours.missing(held)]
    faults.each(gone, f"all {ours.all_units}", quote=False)


def missing_wards(held: Iterable[str], vintage: str) -> list[tuple[str, str]]:
    """The boroughs of which some wards are among `held` and others are not, with up to five."""
    ours, held = territory(), set(held)
    homes = ours.wards[vintage]
    units = sorted({homes[ward] for ward in held & homes.keys()})
    gone = {unit: sorted(set(ours.wards_of(unit, vintage)) - held) for unit in units}
    return [(ours.units[unit], f"no ward {', '.join(w[:5])}") for unit, w in gone.items() if w]


def every_lsoa(faults: Faults, homes: pd.Series, vintage: str) -> None:
    """Note boroughs with other LSOAs than the census has; `homes`: the borough of each."""
    ours = territory()
    full, held = ours.lsoas[vintage], homes.value_counts().sort_index()
    faults.each(
        [
            (ours.units[unit], f"{n} LSOAs of {full[unit]}")
            for unit, n in held.items()
            if unit in full and n != full[unit]
        ],
        f"every LSOA of the {ours.unit}",
        quote=False,
    )


def place(
    table: strict.Table,
    column: str = "place",
    expected: str = "",
    counts: pd.Series | None = None,
) -> pd.Series:
    """The code of the borough that each row's text names; "" for what is known to be none.

    Texts that nothing knows are noted, and are "?"; with the `counts` of the rows, those of
    `no_units` are "".
    """
    texts = table.frame[column].astype(str)
    code = territory().codes_of(texts, unknown="?")
    if counts is not None and (none := no_units(texts, counts)):
        code = code.mask(texts.isin(none), "")
        named = ", ".join(plain(text) or "no name" for text in sorted(none))
        table.tolerated.append(f"rows of {named}: no {territory().unit}s, kept out")
    note(table, code.eq("?"), [column], expected or f"one of {territory().every_unit}", LIST_IT)
    return code


def no_units(texts: pd.Series, counts: pd.Series) -> set[str]:
    """The texts that no list has and that are plainly no borough's name.

    Publishers add units of their own, such as a command, now and then. What may be a misspelt
    borough or a total is not among them, and none are that hold more than 1% of the `counts`.
    """
    here = territory()
    new = {t for t in texts.unique() if here.find(t) is None and not here.resembles_unit(t)}
    few = counts[texts.index[texts.isin(new)]].sum() <= _MOST_OF_NO_UNIT * counts.sum()
    return new if few else set()


def dates(texts: pd.Series) -> pd.Series:
    """The date of each text, all of the one form that most have; a month is its first day.

    NaT for what is not of that form. A time of day is left out, but not one in UTC, which may be
    of the day before. The day comes before the month, as everywhere in Britain.
    """
    held = pd.Series(texts.astype(str).unique())
    bare = held.str.replace(_TIME, "", regex=True)
    found = pd.Series(pd.NaT, held.index)
    for form in _FORMS:
        tried = pd.to_datetime(bare, format=form, errors="coerce")
        if tried.count() > found.count():
            found = tried
        if 2 * found.count() > len(held):
            break
    return pd.to_datetime(texts.astype(str).map(dict(zip(held, found, strict=True))))


def month(table: strict.Table, column: str, expected: str) -> pd.Series:
    """The first day of each row's month, as `dates` reads it; notes what is none."""
    first = dates(table.frame[column])
    note(table, first.dt.day.ne(1), [column], expected)
    return first


def held_boroughs(file: RawFile, table: strict.Table, code: pd.Series, what: str) -> list[str]:
    """The boroughs that any row is of: of the others a filtered file knows nothing.

    Raises `NotOursError` where there is none; `what` says what was looked for.
    """
    held, ours = set(code), territory()
    boroughs = [unit for unit in ours.units if unit in held]
    if not boroughs:
        raise not_ours(file.name, f"{what} of none of {ours.every_unit}")
    if len(boroughs) < len(ours.units):
        table.tolerated.append(f"{len(boroughs)} of {ours.every_unit}")
    return boroughs


def monthly(
    counts: pd.Series, code: pd.Series, period: pd.Series, boroughs: list[str], **more: pd.Series
) -> pd.DataFrame:
    """Sums by area_code and period, with 0 in each month from first to last without a row.

    `more` are further keys, such as group: each of their values is laid out in every borough.
    """
    keys = {"area_code": code, "period": period, **more}
    sums = counts.groupby([key.rename(name) for name, key in keys.items()], observed=True).sum()
    span = pd.date_range(period.min(), period.max(), freq="MS")
    others = [sorted(set(key)) for key in more.values()]
    grid = pd.MultiIndex.from_product([boroughs, span, *others], names=list(keys))
    return sums.reindex(grid, fill_value=0).astype(np.float64).rename("value").reset_index()


def tidy(frame: pd.DataFrame, source: str, **said: object) -> pd.DataFrame:
    """`frame` in the tidy contract: its own columns, else those `said`, else the usual ones."""
    usual = {"frequency": "monthly", "area_type": "borough", "boundary_vintage": "", "group": ""}
    missing = {name: value for name, value in (usual | said).items() if name not in frame}
    frame = frame.assign(source=source, **missing)
    return frame[[name for name in COLUMNS if name != "snapshot"]]


def published_unit(measure: str) -> str:
    """What a measure counts; of persons that it is the publisher's own number."""
    row = classification.about(measure)
    return f"{'recorded ' * (row['counts'] == 'persons')}{row['unit'] or 'offences'}"


def reading(
    source: str,
    frame: pd.DataFrame,
    tolerated: Iterable[str],
    kind: str = "values",
    *,
    partial: bool = False,
) -> Reading:
    """The reading of a table, its publisher as the register says, what was tolerated said once."""
    publisher = reference.sources()[source]["publisher"]
    return Reading(source, publisher, kind, frame, tuple(dict.fromkeys(tolerated)), partial)
