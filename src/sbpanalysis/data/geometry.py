"""What is a map drawn on? Polygons, tiles, and which wards lie beside each other."""

from __future__ import annotations

import re

import pandas as pd

from sbpanalysis.data import reference
from sbpanalysis.data.territory import Territory


def polygons(frames: list, level: str, codes: set[str] | None):
    """The polygons of these codes, or all, at a level, each once; None for none.

    A GeoDataFrame: area_code, name, geometry; attrs vintage.
    """
    import geopandas

    frame = geopandas.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)
    frame = frame[frame["area_type"] == level].drop_duplicates("area_code")
    if codes is not None:
        frame = frame[frame["area_code"].isin(codes)]
    if frame.empty:
        return None
    vintage = str(frame["boundary_vintage"].iloc[0])
    frame = frame[["area_code", "name", "geometry"]].sort_values("area_code")
    frame = frame.reset_index(drop=True)
    frame.attrs = {"vintage": vintage}
    return frame


def dissolved(lsoas, lookup: pd.DataFrame):
    """Wards put together from their LSOAs by a best-fit lookup; None if an LSOA is not there."""
    if lsoas is None or not set(lookup["lsoa_code"]) <= set(lsoas["area_code"]):
        return None
    merged = lsoas.merge(lookup, left_on="area_code", right_on="lsoa_code")
    wards = merged[["ward_code", "ward_name", "geometry"]].dissolve("ward_code", as_index=False)
    wards = wards.rename(columns={"ward_code": "area_code", "ward_name": "name"})
    return wards[["area_code", "name", "geometry"]]


def tiles_of_units(here: Territory) -> pd.DataFrame:
    """One square a unit of a territory: area_code, name, row, column."""
    return _tiles(f"tiles_{_slug(here.name)}.csv")


def tiles_of_wards(here: Territory, unit: str, vintage: str | None) -> pd.DataFrame | None:
    """One square a ward of a unit, by name; None if there are none of the vintage."""
    for path in sorted(reference.path("").glob(f"tiles_{_slug(unit)}*.csv")):
        frame = _tiles(path.name)
        of = here.ward_vintage(frame["area_code"])
        if vintage in (None, of):
            frame.attrs["vintage"] = of
            return frame
    return None


def _tiles(name: str) -> pd.DataFrame:
    frame = reference.table(name).astype({"row": int, "column": int})
    frame.attrs = {"source": []}
    return frame


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower())


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
