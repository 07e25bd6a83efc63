"""How many? The tidy values of a measure from what an edition holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd

from sbpanalysis.data import classification
from sbpanalysis.data.contract import COLUMNS
from sbpanalysis.data.holdings import Holding
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

_KEYS = ["area_code", "group"]
_SMALL = 50_000  # rows of files that are read for all areas at once
_KEPT = 4_000_000  # cells of the last answers that are remembered
LEAST, STEP = 8, 5  # of persons: the least count that is shown, and what each is rounded to
_recent: dict[tuple, pd.DataFrame] = {}


def values(
    store: Store,
    holdings: Iterable[Holding],
    measure: str,
    level: str,
    areas: set[str] | None,
    breakdown: bool,
) -> pd.DataFrame:
    """The values of a measure at a level from the holdings of one source, in the tidy contract.

    `areas` are codes, None for all. With `breakdown` the rows of every group, else totals only.
    Rows the publisher leaves out are zero where it leaves out only such, else missing. Counts of
    persons are not protected yet.
    """
    offering = [held for held in holdings if held.offers(measure, level)]
    if not offering:
        return pd.DataFrame(columns=COLUMNS)
    asked = None if areas is None else frozenset(areas)
    question = (measure, level, asked, breakdown)
    return remembered(store, offering, ("values", *question),
                      partial(_answer, store, offering, *question)).copy(deep=False)  # fmt: skip


def _answer(store, offering, measure, level, asked, breakdown) -> pd.DataFrame:
    # A small file is read for all areas: others of them will be asked for
    whole = sum(held.facts["rows"] for held in offering) <= _SMALL
    counts = offering[0].facts["kind"] == "categories"
    question = (measure, level, None if whole else asked, breakdown)
    read = partial(_by_month if counts else _from_values, store, offering, *question)
    frame = remembered(store, offering, ("read", *question), read) if whole else read()
    if whole and asked is not None:
        codes = frame.index.get_level_values("area_code") if counts else frame["area_code"]
        frame = frame[codes.isin(asked)]
    frame = _tidy(store, frame, offering, measure, level) if counts else frame
    return frame[list(COLUMNS)].reset_index(drop=True)


def remembered(
    store: Store, holdings: Iterable[Holding], question: tuple, answer: Callable
) -> pd.DataFrame:
    """The answer to a question of these holdings; made only if it is not among the last ones.

    It is the same for every edition that holds the same readings, read by the same rules. The
    files count as read either way.
    """
    read = tuple((held.sha256, held.facts["table"], held.months) for held in holdings)
    frame = _recent.pop(key := (store.root, store.rules, read, *question), None)
    if frame is None:
        frame = answer()
    else:
        store.consult(*(sha256 for sha256, _, months in read if months))
    if frame.size <= _KEPT // 8:
        _recent[key] = frame
        while sum(kept.size for kept in _recent.values()) > _KEPT:
            del _recent[next(iter(_recent))]
    return frame


def protected(counts: pd.Series) -> pd.Series:
    """Counts of persons as they may leave the library: 1 to 7 hidden, the rest to the nearest 5.

    >>> protected(pd.Series([0.0, 7.0, 8.0, 13.0])).tolist()
    [0.0, nan, 10.0, 15.0]
    """
    rounded = np.floor(counts / STEP + 0.5) * STEP
    return rounded.mask((counts > 0) & (counts < LEAST))


def _from_values(store, offering, measure, level, areas, breakdown) -> pd.DataFrame:
    matching = {"measure": {measure}, "area_type": {level}}
    matching |= {"area_code": areas} if areas is not None else {}
    frames = []
    for held in offering:
        frame = store.table(held.sha256, matching=matching)
        months = pd.to_datetime(list(held.months), format="%Y-%m")
        frames.append(frame[frame["period"].isin(months)].assign(snapshot=held.sha256))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[(frame["group"] != "") == breakdown]
    _once(frame, measure, offering[0].source)
    return frame.sort_values(["area_code", "group", "period"], kind="stable")


def _once(frame: pd.DataFrame, measure: str, source: str) -> None:
    twice = frame.duplicated(["period", "area_code", "group", "boundary_vintage"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise DataError(
            f"{source}, {measure}: found two values for {row['area_code']} in "
            f"{row['period']:%Y-%m}, expected one; two files of the edition hold the same months, "
            "leave one out."
        )


def _by_month(store, offering, measure, level, areas, breakdown) -> pd.DataFrame:
    """Areas and groups down, months across, of all files together."""
    pieces = [
        _grid(store, held, held.categories(measure), areas, breakdown)
        for held in offering
        if held.months
    ]
    wide = pd.concat(pieces, axis=1)
    if wide.columns.duplicated().any():
        wide = wide.T.groupby(level=0).sum(min_count=1).T
    unsure = {m for h in offering if not h.facts["absent_is_zero"] for m in h.months}
    whole = [month for month in wide if month not in unsure]
    wide[whole] = wide[whole].fillna(0)
    return wide.sort_index().sort_index(axis=1)


def _tidy(store, wide: pd.DataFrame, offering, measure: str, level: str) -> pd.DataFrame:
    giver = {month: held.sha256 for held in offering for month in held.months}
    rows, months = wide.shape
    index = wide.index.to_frame(index=False)
    return pd.DataFrame(
        {
            "period": np.tile(pd.PeriodIndex(wide.columns, freq="M").to_timestamp(), rows),
            "frequency": "monthly",
            "area_code": np.repeat(index["area_code"].to_numpy(dtype=object), months),
            "area_type": level,
            "boundary_vintage": _vintages(store, offering, index["area_code"]).repeat(months),
            "measure": measure,
            "group": np.repeat(index["group"].to_numpy(dtype=object), months),
            "value": wide.to_numpy(dtype=float).ravel(),
            "unit": classification.about(measure)["unit"] or "offences",
            "source": offering[0].source,
            "snapshot": np.tile([giver[month] for month in wide.columns], rows),
        }
    ).dropna(subset="value")


def _vintages(store, offering, codes: pd.Series) -> np.ndarray:
    """The vintage of each area; files of LSOAs may hold codes of two censuses."""
    held = {vintage for one in offering for vintage in one.facts["vintages"]}
    if len(held) == 1:
        return np.full(len(codes), held.pop(), dtype=object)
    known = {}
    for one in offering:  # a code of both is of the later one
        table = store.table(one.sha256, ["area_code", "boundary_vintage"]).drop_duplicates()
        for code, vintage in table.itertuples(index=False, name=None):
            known[code] = max(vintage, known.get(code, ""))
    return codes.map(known).to_numpy(dtype=object)


def _grid(store, held: Holding, categories: dict, areas, breakdown: bool) -> pd.DataFrame:
    """Areas (and groups) by month of one file: every area the file knows, zero where no row is."""
    months = list(held.months)
    matching = {"area_code": areas} if areas is not None else {}
    table = store.table(held.sha256, ["area_code", "major", "minor", *months], matching)
    known = sorted(table["area_code"].unique())
    pairs = zip(table["major"].tolist(), table["minor"].tolist(), strict=True)
    labels = np.array([categories.get(pair, "") for pair in pairs], dtype=object)
    counted = table.loc[labels != "", ["area_code", *months]]
    group = labels[labels != ""] if breakdown else np.full(len(counted), "", dtype=object)
    areas_of = counted["area_code"].to_numpy(dtype=object)
    wide = counted[months].groupby([areas_of, group], sort=False).sum()
    groups = sorted(set(categories.values())) if breakdown else [""]
    grid = pd.MultiIndex.from_product([known, groups], names=_KEYS)
    wide.index.names = _KEYS
    return wide.reindex(grid, fill_value=0 if held.facts["absent_is_zero"] else np.nan)
