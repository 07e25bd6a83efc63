"""What did data.police.uk answer about crimes inside a ward? API files, singly or zipped.

One JSON file holds the crimes inside one ward's polygon in one month. Which ward that is stands
in the file's name alone. Crimes of the British Transport Police are counted apart, since the
Metropolitan Police's own counts do not contain them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import islice

import numpy as np
import pandas as pd

from sbpanalysis.data import classification
from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

PUBLISHER = "data.police.uk"
TRANSPORT = ("British Transport Police", "All crime")
_NAME = re.compile(r"(\d{4})_(0[1-9]|1[0-2])_area_(E05\d{6})_(\d+)\.json(\.gz)?$")
_NAMED = "a name such as crime_month_2018_03_area_E05000109_0.json"
_KEYS = {
    "category", "location_type", "location", "context", "outcome_status", "persistent_id", "id",
    "location_subtype", "month",
}  # fmt: skip
_FORCES = ("Force", "BTP")


def recognises(file: RawFile) -> bool:
    """JSON objects with a persistent_id and a location_type, in the file or the archive."""
    if file.is_zip:
        try:
            members = islice(file.members(), 3)
            return any(recognises(member) for member in members if not member.is_zip)
        except DataError:
            return False
    start = file.content[:4096]
    return (
        start.lstrip()[:1] == b"[" and b'"persistent_id"' in start and b'"location_type"' in start
    )


def read(file: RawFile) -> Reading:
    """Crimes by ward, month and category; refuses what is not whole."""
    faults = Faults(file.name)
    crimes, fetched = _all_crimes(file.members() if file.is_zip else [file], faults)
    faults.check()
    tolerated = []
    shared = crimes[crimes.duplicated("id")]
    if len(shared):
        tolerated.append(
            f"{len(shared):,} crimes were returned for two wards each, because their outlines "
            "overlap; each counts in both, so the wards add up to more than the borough"
        )
    table = _categories(crimes, fetched, tolerated)
    return kit.reading("police_uk_api", table, tolerated, "categories")


def _all_crimes(files: Iterable[RawFile], faults: Faults) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All crimes, and which part of which ward's answer for which month was held."""
    rows, fetched = [], []
    for file in files:
        named = _NAME.search(file.name)
        if not named:
            faults.add(
                f"name {file.name[-80:]!r}",
                "no month and ward in it",
                _NAMED,
                "the ward is told by the name alone, restore the name the file was saved under",
            )
            continue
        month, ward = f"{named[1]}-{named[2]}", named[3]
        fetched.append((ward, month, int(named[4])))
        rows += [(ward, month, *crime) for crime in _crimes(file, month, faults)]
    held = pd.DataFrame(fetched, columns=["area_code", "month", "part"])
    crimes = pd.DataFrame(rows, columns=["area_code", "month", "category", "force", "id"])
    _check_places(held, faults)
    _check_values(crimes, faults)
    return crimes, held


def _crimes(file: RawFile, month: str, faults: Faults) -> list[tuple]:
    """(category, location type, id) of each crime in one answer."""
    name = file.name.rsplit("/", 1)[-1]
    try:
        answer = json.loads(file.content)
    except (ValueError, RecursionError) as error:
        faults.add(name, f"JSON that cannot be read ({error})", "a list of crimes")
        return []
    if not isinstance(answer, list) or not all(isinstance(crime, dict) for crime in answer):
        faults.add(name, f"{type(answer).__name__} in the outermost place", "a list of crimes")
        return []
    wrong = next((crime for crime in answer if crime.keys() != _KEYS), None)
    if wrong is not None:
        odd = sorted(map(str, wrong.keys() ^ _KEYS))
        faults.add(name, f"a crime with other keys ({', '.join(odd)[:80]})", "the API's nine")
        return []
    others = {crime["month"] for crime in answer} - {month}
    if others:
        faults.add(name, f"crimes of {', '.join(sorted(map(str, others))[:3])}", f"only {month}")
    return [(crime["category"], crime["location_type"], crime["id"]) for crime in answer]


def _check_places(held: pd.DataFrame, faults: Faults) -> None:
    known = territory().every_ward
    strange = sorted(set(held.area_code) - known)
    faults.each([("name", ward) for ward in strange], "a code of a London ward")
    twice = held[held.duplicated()]
    faults.each(
        [(f"{r.area_code} in {r.month}", f"part {r.part} twice") for r in twice.itertuples()],
        "each part of a ward's answer once",
        quote=False,
    )
    parts = held.drop_duplicates().groupby(["area_code", "month"]).part.agg(["count", "max"])
    gaps = parts[parts["count"] != parts["max"] + 1]
    faults.each(
        [(f"{ward} in {month}", "a part left out") for ward, month in gaps.index],
        "parts 0, 1, ... without a gap",
        quote=False,
    )


def _check_values(crimes: pd.DataFrame, faults: Faults) -> None:
    kinds = crimes.category.astype(str).unique()
    unknown = classification.unknown(PUBLISHER, [("", kind) for kind in kinds])
    faults.each(
        [("category", kind) for _, kind in unknown], f"a category {kit.LISTED}", kit.ADD_ROW
    )
    forces = set(crimes.force.astype(str)) - set(_FORCES)
    faults.each([("location_type", f) for f in sorted(forces)], " or ".join(_FORCES))
    again = crimes[crimes.duplicated(["area_code", "month", "id"])]
    faults.each(
        [(f"{r.area_code} in {r.month}", f"crime {r.id} twice") for r in again.itertuples()],
        "each crime once",
        quote=False,
    )


def _categories(crimes: pd.DataFrame, held: pd.DataFrame, tolerated: list[str]) -> pd.DataFrame:
    """One row a ward and category, one column a month that was fetched for every ward."""
    wards = held.groupby("month").area_code.nunique()
    short = wards[wards < held.area_code.nunique()]
    for month, number in short.items():
        tolerated.append(
            f"{month} holds {number} of {held.area_code.nunique()} wards: not whole, left out"
        )
    months = wards.index.difference(short.index)
    span = pd.period_range(months.min(), months.max(), freq="M").strftime("%Y-%m")
    tolerated += [f"{month} is not there: unknown, not zero" for month in span.difference(months)]
    transport = crimes.force.eq("BTP")
    if transport.any():
        tolerated.append(
            f"{transport.sum():,} crimes of the British Transport Police, counted apart"
        )
    crimes = crimes.assign(
        major=np.where(transport, TRANSPORT[0], ""),
        minor=np.where(transport, TRANSPORT[1], crimes.category),
    )
    keys = ["area_code", "major", "minor"]
    # a ward of no crime at all keeps a row, so that it is known to have been asked about
    grid = pd.MultiIndex.from_product(
        [sorted(held.area_code.unique()), [""], sorted(crimes.category.unique())], names=keys
    )
    table = crimes.groupby([*keys, "month"]).size().unstack(fill_value=0)
    table = table.reindex(table.index.union(grid), columns=months, fill_value=0).astype(np.int32)
    out = table.rename_axis(columns=None).reset_index()
    names = territory().names
    about = {
        "area_name": out.area_code.map(lambda code: names.get(code, code)),
        "area_type": "ward",
        "boundary_vintage": territory().ward_vintage(out.area_code),
    }
    return out.assign(**about)[[keys[0], *about, *keys[1:], *months]]
