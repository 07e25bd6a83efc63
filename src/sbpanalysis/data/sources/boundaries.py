"""Where do the borders run? Polygons of boroughs, wards and LSOAs, in degrees.

GeoJSON (one file, or a zip of files), TopoJSON, GeoPackages of one layer and zipped shapefiles.
National Grid metres are turned into degrees; coordinates of any other kind are refused.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from itertools import islice

import numpy as np
import pandas as pd
from shapely import Point, box

from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading, plain
from sbpanalysis.data.territory import WARD_VINTAGES, lsoa_vintages, territory
from sbpanalysis.errors import DataError, NotOursError

PUBLISHER = "Office for National Statistics"
DEGREES, NATIONAL_GRID = "EPSG:4326", "EPSG:27700"
_CODES = re.compile(r"(?:(?P<kind>WD|LSOA|LAD)(?P<year>\d\d)|GSS_)?(?:CD|CODE)", re.IGNORECASE)
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_PACKAGE = b"SQLite format 3\0"
# of a polygon's area, or of all ground: 0.35% is twice in the published files, and 1.2% in one
# of LSOAs that was simplified to 60 m; of a usual area's ground, see tests/test_boundaries.py
_MOST_MENDED, _MOST_TWICE, _LARGEST_HOLE = 0.005, 0.02, 0.1
_CITY = Point(-0.0922, 51.5144)  # no part of the police's area, so that it may be left out
_LEVELS = {"E05": "ward", "E01": "lsoa", "E09": "borough"}


def recognises(file: RawFile) -> bool:
    """Features of GeoJSON, TopoJSON or a GeoPackage, a zip of such, or one with a shapefile."""
    if not file.is_zip:
        return b'"FeatureCollection"' in file.content[:2048] or _by_driver(file)
    if _is_shapefile(file):
        return True
    try:
        members = list(islice(file.members(), 3))
    except DataError:
        return False
    return any(recognises(m) for m in members if not m.is_zip)  # `add` opens archives within


def _is_shapefile(file: RawFile) -> bool:
    return any(name.lower().endswith(".shp") for name in file.names)


def _by_driver(file: RawFile) -> bool:
    """Whether a file is TopoJSON or a GeoPackage."""
    start = file.content[:2048]
    package = start.startswith(_PACKAGE) and b"gpkg_contents" in file.content
    return package or (start.lstrip()[:1] == b"{" and bool(_TOPOLOGY.search(start)))


def read(file: RawFile) -> Reading:
    """Polygons by code, each valid, in degrees, complete for the boroughs that are there."""
    faults, tolerated = Faults(file.name), []
    frames = [_frame(part, faults, tolerated) for part in _parts(file)]
    faults.check()
    shapes = _cut(file, pd.concat(frames, ignore_index=True), tolerated)
    level = shapes["area_code"].str[:3].map(_LEVELS)
    strange = shapes["area_code"][level.isna() | ~shapes["area_code"].str.fullmatch(r"E\d{8}")]
    faults.each([("code", c) for c in strange], "codes of boroughs, wards or LSOAs, E and 8 digits")
    faults.each(
        [("code", c) for c in shapes["area_code"][shapes["area_code"].duplicated()]],
        "each area once",
    )
    if level.nunique() > 1:
        faults.add(
            "codes", " and ".join(sorted(level.dropna().unique())), "one kind of area a file"
        )
    faults.check()
    shapes = shapes.assign(area_type=level, boundary_vintage=_vintage(shapes, level))
    _check_whole(shapes, faults)
    shapes = _check_shapes(shapes, faults, tolerated)
    faults.check()
    columns = ["area_code", "name", "area_type", "boundary_vintage", "geometry"]
    return Reading(
        f"boundaries_{level[0]}",
        PUBLISHER,
        "boundaries",
        shapes[columns],
        tuple(dict.fromkeys(tolerated)),
    )


def _cut(file: RawFile, shapes: pd.DataFrame, tolerated: list[str]) -> pd.DataFrame:
    """The areas of the territory, where a file holds those of all the country too."""
    ours, codes = territory(), shapes["area_code"]
    well_formed = codes.str.fullmatch(r"[ENSW]\d{8}")
    lsoas = codes.str[:3].isin(["E01", "W01"]) & shapes["name"].astype(str).map(
        ours.unit_of_lsoa
    ).ne("")
    own = codes.isin([*ours.names, *ours.every_ward]) | lsoas
    if own.any():
        if away := (well_formed & ~own).sum():
            tolerated.append(f"{away:,} areas outside {ours.name}, left out")
        return shapes[own | ~well_formed].reset_index(drop=True)
    # an LSOA's name tells the place, and so does the code of a ward of the lists that are known;
    # wards of earlier lists are known by where they lie alone
    here = box(*ours.bounds)
    inside = shapes["geometry"].map(lambda one: one is None or one.intersects(here))
    named = codes.str[1:3].eq("01") & shapes["name"].ne(codes)
    named |= codes.str[1:3].eq("05") & shapes["year"].ge(WARD_VINTAGES[0][2:])
    if len(shapes) and well_formed.all() and (named.all() or not inside.any()):
        raise NotOursError(
            f"{plain(file.name)}: found {len(shapes):,} areas, none of them in {ours.name}, "
            "expected some; it is of another place, or was filtered."
        )
    return shapes


def _parts(file: RawFile) -> list[RawFile]:
    if not file.is_zip or _is_shapefile(file):
        return [file]
    return list(file.members())


def _frame(file: RawFile, faults: Faults, tolerated: list[str]):
    """area_code, name, the header's two digits of the year, and geometry in degrees."""
    driven = file.is_zip or _by_driver(file)
    shapes = _driven(file, faults) if driven else _geojson(file, faults)
    if shapes is None:
        return pd.DataFrame(columns=["area_code", "name", "year", "geometry"])
    codes = [c for c in shapes if _CODES.fullmatch(c)]
    # a shapefile of LSOAs also tells the larger areas that each lies in: the first is its own
    if not codes:
        faults.add("properties", ", ".join(map(str, shapes.columns))[:80], "a code such as WD13CD")
        return pd.DataFrame(columns=["area_code", "name", "year", "geometry"])
    code = codes[0]
    name = next((c for c in shapes if c.lower() == re.sub("cd|code", "nm", code.lower())), None)
    name = name or next((c for c in shapes if c.lower() == "name"), code)
    if shapes.crs != DEGREES:
        tolerated.append(f"coordinates in {shapes.crs.name}, turned into degrees")
        shapes = shapes.to_crs(DEGREES)
    out = shapes[[code, name, "geometry"]].set_axis(["area_code", "name", "geometry"], axis=1)
    return out.assign(year=_CODES.fullmatch(code)["year"] or "").astype({"area_code": str})


def _geojson(file: RawFile, faults: Faults):
    import geopandas

    short = file.name.rsplit("/", 1)[-1]
    try:
        whole = json.loads(file.content)
        features = whole["features"]
        named = str((whole.get("crs") or {}).get("properties", {}).get("name", "CRS84"))
        crs = NATIONAL_GRID if "27700" in named else DEGREES
        if not features:
            raise ValueError("no features in it")
        return geopandas.GeoDataFrame.from_features(features, crs=crs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        faults.add(short, f"GeoJSON that cannot be read ({error!r})"[:200], "whole features")


def _driven(file: RawFile, faults: Faults):
    """The shapes of a shapefile, a GeoPackage or TopoJSON, in degrees or on the National Grid."""
    import geopandas

    names = [name.lower() for name in file.names]
    wanted = (".shp", ".shx", ".dbf", ".prj") if file.is_zip else ()
    missing = [ext for ext in wanted if not any(n.endswith(ext) for n in names)]
    if missing:
        faults.add("archive", f"no {', '.join(missing)} in it", "the shapefile's four parts")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bytes have no name, so none that conforms
            layers = geopandas.list_layers(io.BytesIO(file.content))["name"].tolist()
            if len(layers) > 1:  # beside shapes of areas may lie tables, or shapes of others
                layers = [layer for layer in layers if _has_codes(file, layer)] or layers
            shapes = geopandas.read_file(io.BytesIO(file.content), layer=layers[0])
    except Exception as error:  # the driver raises many kinds for what it cannot read
        faults.add("shapes", f"what cannot be read ({error})"[:200], "a whole file of shapes")
        return None
    if len(layers) > 1:
        faults.add("layers", f"{len(layers)} ({', '.join(map(str, layers))})"[:200], "one layer",
                   "save the one that is needed as GeoJSON in degrees")  # fmt: skip
        return None
    if shapes.crs is None and not file.is_zip and _TOPOLOGY.search(file.content[:2048]):
        return shapes.set_crs(DEGREES)  # TopoJSON has none of its own
    # the publishers' own .prj differs from the register's in the last digits
    code = shapes.crs.to_epsg(min_confidence=20) if shapes.crs else None
    if code not in (4326, 27700):
        faults.add("shapes", f"coordinates of {shapes.crs}"[:200], "degrees or the National Grid",
                   "save it as GeoJSON in degrees (EPSG:4326)")  # fmt: skip
        return None
    return shapes.set_crs(f"EPSG:{code}", allow_override=True)


def _has_codes(file: RawFile, layer: str) -> bool:
    import geopandas

    first = geopandas.read_file(io.BytesIO(file.content), layer=layer, rows=1)
    return "geometry" in first and any(_CODES.fullmatch(column) for column in first)


def _vintage(shapes: pd.DataFrame, level: pd.Series) -> np.ndarray:
    """LSOAs by their census; wards by the list they are in, else by the year of their header."""
    year = ("20" + shapes["year"]).where(shapes["year"] != "", "")
    codes = shapes["area_code"]
    census = lsoa_vintages(codes) if (level == "lsoa").any() else ""
    wards = {vintage: set(home) for vintage, home in territory().wards.items()}
    old = codes.isin(wards["2018"]) & (year < "2022")
    only_new = wards["2022"] - wards["2018"]
    new = codes.isin(wards["2022"]) & (year >= "2022")
    new |= codes.isin(only_new) & (year == "")
    ward = np.select([old, new], ["2018", "2022"], year)
    return np.select([level == "lsoa", level == "ward"], [census, ward], "")


def _check_whole(shapes: pd.DataFrame, faults: Faults) -> None:
    """Note what is missing of the boroughs that are there."""
    ours = territory()
    codes, level = shapes["area_code"], shapes["area_type"]
    if (level == "borough").any():
        gone = [("boroughs", f"no {name}") for name in ours.missing(codes[level == "borough"])]
        faults.each(gone, f"all {len(ours.units)} {ours.unit}s", quote=False)
    if (level == "lsoa").any():
        vintage = shapes["boundary_vintage"][level == "lsoa"].max()
        home = shapes["name"][level == "lsoa"].astype(str).map(ours.unit_of_lsoa)
        full = ours.lsoas[vintage]
        short = [
            (ours.units[unit], f"{held} LSOAs of {full[unit]}")
            for unit, held in home.value_counts().sort_index().items()
            if unit in full and held != full[unit]
        ]
        faults.each(short, f"every LSOA of {vintage} of the {ours.unit}", quote=False)
    held = set(codes[level == "ward"])
    for vintage in sorted(set(ours.wards) & set(shapes["boundary_vintage"][level == "ward"])):
        home = ours.wards[vintage]
        units = sorted({home[code] for code in held & set(home)})
        gone = {unit: sorted(set(ours.wards_of(unit, vintage)) - held) for unit in units}
        faults.each(
            [(ours.units[u], f"no ward {', '.join(w[:5])}") for u, w in gone.items() if w],
            f"every ward of the {ours.unit}",
            quote=False,
        )


def _check_shapes(shapes, faults: Faults, tolerated: list[str]):
    """Shapes that are polygons, valid, and in London."""
    import geopandas

    shapes = geopandas.GeoDataFrame(shapes, geometry="geometry", crs=DEGREES)
    kind = shapes.geom_type
    wrong = ~kind.isin(["Polygon", "MultiPolygon"]) | shapes.is_empty
    faults.each(
        [(shapes["area_code"][i], str(kind[i])) for i in shapes.index[wrong]],
        "a polygon",
        quote=False,
    )
    west, south, east, north = territory().bounds
    box = shapes.bounds
    out = ~((box.minx >= west) & (box.miny >= south) & (box.maxx <= east) & (box.maxy <= north))
    faults.each(
        [
            (shapes["area_code"][i], f"{box.minx[i]:.5g}, {box.miny[i]:.5g}")
            for i in shapes.index[out & ~wrong]
        ],
        f"degrees in {territory().name}, longitude {west} to {east} and latitude {south} to "
        f"{north}",
        "metres must say so (crs EPSG:27700)",
        quote=False,
    )
    twisted = ~shapes.is_valid & ~wrong
    if twisted.any():
        tolerated.append(f"{twisted.sum()} polygons that cross themselves, mended")
        mended = shapes.geometry[twisted].make_valid()
        change = (_size(mended) / _size(shapes.geometry[twisted]) - 1).abs()
        faults.each(
            [(shapes["area_code"][i], f"{change[i]:.1%} more or less once mended")
             for i in change.index[~(change <= _MOST_MENDED)]],
            "a polygon that crosses itself nowhere, or in a sliver", quote=False,
        )  # fmt: skip
        shapes.loc[twisted, "geometry"] = mended
    if not faults.found:
        _check_apart(shapes, faults)
    return shapes


def _size(shapes) -> pd.Series:
    """Areas in square degrees, which is enough to compare areas of one place with each other."""
    return shapes.set_crs(None, allow_override=True).area


def _check_apart(shapes, faults: Faults) -> None:
    """Note areas of one kind that cover each other or leave a hole, as those of a garbled file."""
    whole = shapes.geometry.union_all()
    twice = _size(shapes.geometry).sum() / whole.area - 1
    within, around = shapes.sindex.query(shapes.representative_point(), predicate="within")
    inside = sorted(set(shapes["area_code"].iloc[within[within != around]]))
    if twice > _MOST_TWICE or inside:
        named = f", {', '.join(inside[:5])} inside another" if inside else ""
        faults.add("polygons", f"{twice:.1%} of the ground in two areas at once{named}",
                   "areas that lie beside each other")  # fmt: skip
    usual = whole.area / len(shapes)
    holes = [h for h in _holes(whole) if h.area > _LARGEST_HOLE * usual and not h.covers(_CITY)]
    faults.each(
        [(f"longitude {h.centroid.x:.3f}, latitude {h.centroid.y:.3f}",
          f"ground in no area, {h.area / usual:.0%} of a usual one") for h in holes],
        "areas that lie beside each other", quote=False,
    )  # fmt: skip


def _holes(whole) -> list:
    """The ground that polygons enclose and none covers."""
    from shapely import Polygon, get_parts

    return [Polygon(ring) for part in get_parts(whole) for ring in part.interiors]
