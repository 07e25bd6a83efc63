"""Which area is this? The same questions as of a `Territory`, asked of London's."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sbpanalysis.data.territory import (
    WARD_VINTAGES,
    level,
    lsoa_vintage,
    lsoa_vintages,
    normal,
    territory,
)

__all__ = ["WARD_VINTAGES", "level", "lsoa_vintage", "lsoa_vintages", "normal"]
LONDON = "E12000007"


def boroughs() -> pd.Series:
    """Names of the units, by code."""
    return pd.Series(territory().units, name="name")


def code(name: str) -> str:
    """See `Territory.code`."""
    return territory().code(name)


def lookup() -> dict[str, str]:
    """Codes by normal name; what is known to be no unit has the empty code."""
    return territory().codes


def ward_vintage(codes: Iterable[str]) -> str:
    """See `Territory.ward_vintage`."""
    return territory().ward_vintage(codes)


def wards_of(borough: str, vintage: str) -> list[str]:
    """See `Territory.wards_of`."""
    return territory().wards_of(borough, vintage)


def wards_of_all(vintage: str) -> frozenset[str]:
    """The codes of all wards in a vintage."""
    return frozenset(territory().wards[vintage])


def ward_boroughs(vintage: str) -> dict[str, str]:
    """The unit of each ward of a vintage, by code."""
    return territory().wards[vintage]


def lsoa_counts(vintage: str) -> dict[str, int]:
    """How many LSOAs each unit has in the census of 2011 or 2021."""
    return territory().lsoas[vintage]


def names() -> dict[str, str]:
    """Names by code of every area in data/reference/areas.csv."""
    return territory().names
