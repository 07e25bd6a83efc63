"""Which area is this? Boroughs, wards and their vintages, and what is no borough."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.errors import DataError

LONDON = "E12000007"
WARD_VINTAGES = ("2018", "2022")
_LEVELS = {"E09": "borough", "E05": "ward", "E01": "lsoa", "E12": "region", "E92": "country",
           "K02": "country", "K04": "country"}  # fmt: skip
# The reviews that took effect on 5 May 2022 were coded from here on
_FIRST_OF_2022 = "E05013000"


def boroughs() -> pd.Series:
    """Names of the 32 boroughs of the Metropolitan Police, indexed by E09 code.

    >>> len(boroughs()), boroughs()["E09000006"]
    (32, 'Bromley')
    """
    return _boroughs(reference.path("areas.csv").stat().st_mtime_ns).copy(deep=False)


@lru_cache(maxsize=2)
def _boroughs(changed: int) -> pd.Series:
    table = reference.table("areas.csv")
    table = table[table["type"] == "borough"]
    return pd.Series(table["name"].to_numpy(), index=table["code"].to_numpy(), name="name")


def code(name: str) -> str:
    """The code of a borough, the City or London, from its name, another name, or its code.

    >>> code("hammersmith & Fulham"), code("London"), code("E09000006")
    ('E09000013', 'E12000007', 'E09000006')
    """
    found = lookup().get(normal(name)) if isinstance(name, str) else None
    if found:
        return found
    close = difflib.get_close_matches(normal(str(name)), lookup(), n=1)
    hint = f"; did you mean {close[0].title()!r}?" if close else ""
    raise DataError(
        f"area: found {str(name)[:60]!r}, expected a London borough by name or E09 code, or "
        f"'London'{hint}"
    )


def lookup() -> dict[str, str]:
    """Codes by normal name; what is known to be no borough has the empty code."""
    return _lookup(reference.path("areas.csv").stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _lookup(changed: int) -> dict[str, str]:
    table = reference.table("areas.csv")
    table = table[table["type"] != "ward"]
    codes = {}
    for row in table.itertuples():
        for text in (row.name, row.code, *filter(None, row.aliases.split(";"))):
            codes[normal(text)] = row.code
    codes.pop("", None)
    return codes


def normal(name: str) -> str:
    """A name without case, punctuation and doubled blanks, `&` read as and.

    >>> normal(" Kensington  &  CHELSEA ")
    'kensington and chelsea'
    """
    return re.sub(r"[^0-9a-z]+", " ", name.casefold().replace("&", " and ")).strip()


def level(area_code: str) -> str:
    """borough, ward, lsoa, region or country, from the first three characters of a code."""
    if area_code[:3] not in _LEVELS:
        raise DataError(
            f"area code {area_code[:20]!r}: expected one that begins with {', '.join(_LEVELS)}."
        )
    return _LEVELS[area_code[:3]]


def ward_vintage(codes: Iterable[str]) -> str:
    """Which wards these codes are: "2018" (until May 2022) or "2022".

    Boroughs that were not reviewed in 2022 kept their codes, so those alone count as 2022.

    >>> ward_vintage(["E05000106", "E05000107"])
    '2018'
    """
    codes = set(codes)
    both = wards_of_all("2018") & wards_of_all("2022")
    new = {c for c in codes if c >= _FIRST_OF_2022}
    old = codes - new - both
    if new and old:
        raise DataError(
            f"ward codes: found {min(old)} of the wards before May 2022 and {min(new)} of those "
            "after, expected one vintage; old and new wards have other borders, keep them apart."
        )
    return "2018" if old else "2022"


def wards_of(borough: str, vintage: str) -> list[str]:
    """The codes of a borough's wards in a vintage, in order.

    >>> len(wards_of("E09000006", "2022"))
    22
    """
    return [ward for ward, parent in ward_boroughs(vintage).items() if parent == borough]


def wards_of_all(vintage: str) -> frozenset[str]:
    """The codes of all wards of the 32 boroughs in a vintage."""
    return frozenset(ward_boroughs(vintage))


def of_same_part(borough: str) -> tuple[str, list[str]]:
    """The part of London, `inner` or `outer`, of a borough, and the codes of all boroughs in it.

    >>> part, codes = of_same_part("E09000006")
    >>> part, len(codes)
    ('outer', 19)
    """
    table = reference.table("areas.csv").set_index("code")
    part = table.at[borough, "part"]
    return part, [code for code in boroughs().index if table.at[code, "part"] == part]


def ward_boroughs(vintage: str) -> dict[str, str]:
    """The borough of each ward of a vintage, by code."""
    return _ward_boroughs(vintage, reference.path("areas.csv").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _ward_boroughs(vintage: str, changed: int) -> dict[str, str]:
    table = reference.table("areas.csv").set_index("code")
    found = {}
    for borough in boroughs().index:
        first, last = (int(end[1:]) for end in table.at[borough, f"wards_{vintage}"].split("-"))
        found |= dict.fromkeys((f"E{number:08d}" for number in range(first, last + 1)), borough)
    return found


def lsoa_counts(vintage: str) -> dict[str, int]:
    """How many LSOAs each borough has in the census of 2011 or 2021.

    >>> lsoa_counts("2021")["E09000006"]
    199
    """
    table = reference.table("areas.csv").set_index("code")
    return {borough: int(table.at[borough, f"lsoas_{vintage}"]) for borough in boroughs().index}


def names() -> dict[str, str]:
    """Names by code of every area in data/reference/areas.csv."""
    return _names(reference.path("areas.csv").stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _names(changed: int) -> dict[str, str]:
    table = reference.table("areas.csv")
    table = table[table["code"] != ""]
    return dict(zip(table["code"], table["name"], strict=True))


def lsoa_vintages(codes: pd.Series) -> np.ndarray:
    """The census of each of the LSOA codes of one file, which may hold codes of both.

    Codes that both have are of 2021 where any code of the file was made for it.

    >>> lsoa_vintages(pd.Series(["E01000010", "E01000851", "E01033784"])).tolist()
    ['2011', '2021', '2021']
    """
    codes = codes.astype(str)
    ended = codes.isin(set(reference.table("lsoas_ended.csv")["code"]))
    return np.where(ended, "2011", lsoa_vintage(codes.unique()))


def lsoa_vintage(codes: Iterable[str]) -> str:
    """Which census the LSOA codes are of: "2021" if any was made for it, else "2011".

    >>> lsoa_vintage(["E01000851"]), lsoa_vintage(["W01000001", "W01001959"])
    ('2011', '2021')
    """
    # The last codes of the 2011 census; those split or merged in 2021 follow them
    last = {"E": "E01033768", "W": "W01001958"}
    return "2021" if any(code > last.get(code[:1], code) for code in codes) else "2011"
