"""Which areas lie where? Codes, names, polygons and tiles of an edition's wards and LSOAs."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

import pandas as pd

from sbpanalysis.data import areas, reference
from sbpanalysis.errors import DataError


def codes(edition, level: str, within: str) -> set[str] | None:
    """The codes of a level: all boroughs, the wards or LSOAs within a borough, London."""
    if level == "borough":
        return set(areas.boroughs().index)
    if level == "region":
        return {areas.LONDON}
    if level == "ward":
        return {ward for v in areas.WARD_VINTAGES for ward in areas.wards_of(within, v)}
    if level == "lsoa":
        return set(_lsoas(edition, within))
    return None


def code(edition, area: str) -> str:
    """The code of an area by its name or code; ward names are those of the edition's borough.

    Raises `DataError`, with the name that is nearest, for one that is none.
    """
    if re.fullmatch(r"E(05|01)\d{6}", str(area)):
        return _known(edition, area)
    if re.fullmatch(r"[EWK]92\d{6}|K04\d{6}", str(area)):
        return area
    wanted, known = areas.normal(str(area)), areas.lookup()
    if wanted in known:
        return known[wanted] or areas.code(area)
    wards = ward_names(edition, edition.ward_vintage)
    exact = {name_: found for found, name_ in wards.items()}  # two names may differ in marks alone
    codes = {areas.normal(name_): found for name_, found in exact.items()}
    if area in exact or wanted in codes:
        return exact.get(area) or codes[wanted]
    close = difflib.get_close_matches(wanted, codes, n=1)
    if close and not difflib.get_close_matches(wanted, known, n=1):
        raise DataError(
            f"area: found {str(area)[:60]!r}, expected a borough or a ward of {edition.area}; "
            f"did you mean {wards[codes[close[0]]]!r}?"
        )
    return areas.code(area)


def _known(edition, code: str) -> str:
    """The code of a ward or LSOA; raises `DataError` for one that no list and no file has."""
    level = "ward" if code.startswith("E05") else "lsoa"
    held = _named(edition, level)
    listed = [code in areas.wards_of_all(v) for v in areas.WARD_VINTAGES if level == "ward"]
    if code in held or any(listed) or (level == "lsoa" and not held):
        return code
    raise DataError(
        f"area {code}: no {level} of this code is in London's lists or the edition's files; "
        "give a code that is, or the area's name."
    )


def name(edition, code: str) -> str:
    """The name of an area; the code itself where no file of the edition names it."""
    if code in areas.names():
        return areas.names()[code]
    if code.startswith("E05"):
        return _named(edition, "ward").get(code, code)
    return _named(edition, "lsoa").get(code, code)


def ward_names(edition, vintage: str | None) -> dict[str, str]:
    """Names by code of the wards of the edition's borough in a vintage."""
    wards = areas.wards_of(edition.area_code, vintage or areas.WARD_VINTAGES[-1])
    return {ward: name(edition, ward) for ward in wards}


def boundaries(edition, level: str, vintage: str | None, *, strict: bool = True):
    """See `Edition.boundaries`; with `strict` False None stands for another vintage too."""
    held = [h for h in edition.holdings if h.facts["kind"] == "boundaries"]
    at_level = [h for h in held if level in h.facts["levels"]]
    wanted = vintage or (edition.ward_vintage if level == "ward" else None)
    own = [h for h in at_level if wanted is None or wanted in h.facts["vintages"]]
    if own:
        return _polygons(edition, own, level)
    if level == "ward" and (dissolved := _dissolved(edition, held, wanted)) is not None:
        return dissolved
    if at_level and strict:
        there = sorted({v for h in at_level for v in h.facts["vintages"]})
        raise DataError(
            f"boundaries, {level}: found polygons of {', '.join(there)}, expected those of "
            f"{wanted}; borders differ, so add the {wanted} boundaries to the edition's data."
        )
    return None


def tiles(edition, level: str = "ward") -> pd.DataFrame | None:
    """See `Edition.tiles`; at level borough those of London."""
    if level == "borough":
        frame = reference.table("tiles_london.csv").astype({"row": int, "column": int})
        frame.attrs = {"source": []}
        return frame
    slug = re.sub(r"[^a-z]+", "-", edition.area.lower())
    wanted = edition.ward_vintage
    for path in sorted(reference.path("").glob(f"tiles_{slug}*.csv")):
        frame = reference.table(path.name).copy()
        vintage = areas.ward_vintage(frame["area_code"])
        if wanted in (None, vintage):
            frame = frame.astype({"row": int, "column": int})
            frame.attrs = {"vintage": vintage, "source": []}
            return frame
    return None


def _polygons(edition, holdings, level: str):
    import geopandas

    frames = [edition._store.boundaries(h.sha256) for h in holdings]
    frame = geopandas.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)
    frame = frame[frame["area_type"] == level].drop_duplicates("area_code")
    wanted = codes(edition, level, edition.area_code)
    if level == "lsoa":
        frame = frame[frame["name"].str[:-5] == edition.area]
    elif wanted is not None:
        frame = frame[frame["area_code"].isin(wanted)]
    if frame.empty:
        return None
    titles = [reference.entries("sources.yml")[h.source]["title"] for h in holdings]
    vintage = str(frame["boundary_vintage"].iloc[0])
    frame = frame[["area_code", "name", "geometry"]].sort_values("area_code")
    frame = frame.reset_index(drop=True)
    frame.attrs = {"vintage": vintage, "source": list(dict.fromkeys(titles))}
    return frame


def _dissolved(edition, held, wanted: str | None):
    """Wards put together from their LSOAs, by the best-fit lookup of the edition."""
    lookups = [
        h
        for h in edition.holdings
        if h.facts["kind"] == "lookup" and wanted in (None, *h.facts.get("vintages", ()))
    ]
    shapes = [h for h in held if "lsoa" in h.facts["levels"] and "2021" in h.facts["vintages"]]
    if not lookups or not shapes:
        return None
    lookup = edition._store.table(lookups[0].sha256)
    lookup = lookup[lookup["borough_code"] == edition.area_code].astype(str)
    lsoas = _polygons(edition, shapes, "lsoa")
    if lsoas is None or not set(lookup["lsoa_code"]) <= set(lsoas["area_code"]):
        return None
    merged = lsoas.merge(lookup, left_on="area_code", right_on="lsoa_code")
    merged = merged[["ward_code", "ward_name", "geometry"]]
    wards = merged.dissolve("ward_code", as_index=False)
    wards = wards.rename(columns={"ward_code": "area_code", "ward_name": "name"})
    wards = wards[["area_code", "name", "geometry"]]
    entry = reference.entries("sources.yml")[lookups[0].source]
    vintage = areas.ward_vintage(wards["area_code"])
    wards.attrs = {"vintage": vintage, "source": [*lsoas.attrs["source"], entry["title"]]}
    return wards


def _lsoas(edition, borough: str) -> list[str]:
    """Codes of a borough's LSOAs: the publishers name them after the borough."""
    named = areas.names()[borough]
    return [c for c, text in _named(edition, "lsoa").items() if text[:-5] == named]


def _named(edition, level: str) -> dict[str, str]:
    """Names by code of the areas of a level in the edition's files."""
    holdings = tuple(
        (h.sha256, h.facts["kind"], h.facts["table"])
        for h in edition.holdings
        if level in h.facts.get("levels", ()) or (level == "ward" and h.facts["kind"] == "lookup")
    )
    return _names_in(edition._store.root, holdings, level)


# The digest of a stored table is part of the key: the same bytes may come to be read otherwise
@lru_cache(maxsize=8)
def _names_in(root, holdings: tuple[tuple[str, str, str], ...], level: str) -> dict[str, str]:
    from sbpanalysis.data.store import Store

    columns = {"categories": ["area_code", "area_name"], "boundaries": ["area_code", "name"],
               "lookup": ["ward_code", "ward_name"]}  # fmt: skip
    found = {}
    for sha256, kind, _ in holdings:
        if kind in columns:
            table = Store(root).table(sha256, columns[kind]).drop_duplicates().astype(str)
            found |= dict(table.itertuples(index=False, name=None))
    return found
