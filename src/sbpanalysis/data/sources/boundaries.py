"""Where do the borders run? Polygons of boroughs, wards and LSOAs, in degrees.

GeoJSON (one file, or a zip of files), TopoJSON, GeoPackages of one layer and zipped shapefiles.
Coordinates of another system, such as National Grid metres, are turned into degrees where the file
names it.
"""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from itertools import islice

import numpy as np
import pandas as pd
from shapely import Point, box

from sbpanalysis.data.faults import Faults
from sbpanalysis.data.reading import RawFile, Reading, hidden, plain
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import WARD_VINTAGES, lsoa_vintages, territory
from sbpanalysis.errors import DataError

DEGREES = "EPSG:4326"
_CODES = re.compile(r"(?:(?P<kind>WD|LSOA|LAD)(?P<year>\d\d)|GSS_)?(?:CD|CODE)", re.IGNORECASE)
_CODE = r"[EWSNK]\d{8}"
_ENDS = (".json", ".geojson", ".topojson", ".gpkg")  # of files of shapes in an archive
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_SHAPEFILE = {".shp", ".shx", ".dbf", ".prj"}
_PACKAGE = b"SQLite format 3\0"
# of a polygon's area, or of all ground: 0.35% is twice in the published files, and 1.2% in one
# of LSOAs that was simplified to 60 m; of a usual area's ground, see tests/test_boundaries.py
_MOST_MENDED, _MOST_TWICE, _LARGEST_HOLE = 0.005, 0.02, 0.1
_CITY = Point(-0.0922, 51.5144)  # no part of the police's area, so that it may be left out
_LEVELS = {"E05": "ward", "E01": "lsoa", "E09": "borough"}


def recognises(file: RawFile) -> bool:
    """Features of GeoJSON, TopoJSON or a GeoPackage, a zip of such, or one with a shapefile."""
    if not file.is_zip:
        return _is_geojson(file) or _by_driver(file)
    if _shapefiles(file):
        return True
    try:
        members = list(islice(file.members(_ENDS), 3))
    except DataError:
        return False
    return any(recognises(m) for m in members if not m.is_zip)  # `add` opens archives within


def _is_geojson(file: RawFile) -> bool:
    """Whether a file is GeoJSON, which may say so at its end."""
    start = file.content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and b'"FeatureCollection"' in file.content


def _shapefiles(file: RawFile) -> list[str]:
    """The shapefiles in an archive, each by folder and name without suffix."""
    names = [name for name in file.names if not hidden(name)]
    return [name[:-4] for name in names if name.lower().endswith(".shp")]


def _by_driver(file: RawFile) -> bool:
    """Whether a file is TopoJSON or a GeoPackage."""
    start = file.content[:2048]
    package = start.startswith(_PACKAGE) and b"gpkg_contents" in file.content
    return package or (start.lstrip()[:1] == b"{" and bool(_TOPOLOGY.search(start)))


def read(file: RawFile) -> Reading:
    """Polygons by code, each valid, in degrees, complete for the boroughs that are there."""
    faults, tolerated = Faults(file.name), []
    frames = [_frame(part, faults, tolerated) for part in _parts(file, tolerated)]
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
            "codes", " and ".join(sorted(level.dropna().unique())), "one kind of area a file",
            "give each kind as a file of its own",
        )  # fmt: skip
    faults.check()
    shapes = shapes.assign(area_type=level, boundary_vintage=_vintage(shapes, level))
    _check_whole(shapes, faults)
    shapes = _check_shapes(shapes, faults, tolerated)
    faults.check()
    columns = ["area_code", "name", "area_type", "boundary_vintage", "geometry"]
    return kit.reading(f"boundaries_{level[0]}", shapes[columns], tolerated, "boundaries")


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
        raise kit.not_ours(file.name, f"{len(shapes):,} areas, none of them in {ours.name}")
    return shapes


def _parts(file: RawFile, tolerated: list[str]) -> list[RawFile]:
    """The files of shapes of which the file is put together."""
    if not file.is_zip or _shapefiles(file):
        return [file]
    parts = [part for part in file.members(_ENDS) if recognises(part)]
    others = {name for name in file.names if not hidden(name)} - {part.name for part in parts}
    if others:
        tolerated.append(f"no shapes, passed over: {plain(', '.join(sorted(others)))}")
    return parts


def _frame(file: RawFile, faults: Faults, tolerated: list[str]):
    """area_code, name, the header's two digits of the year, and geometry in degrees."""
    driven = file.is_zip or _by_driver(file)
    shapes = _driven(file, faults) if driven else _geojson(file, faults)
    if shapes is None:
        return pd.DataFrame(columns=["area_code", "name", "year", "geometry"])
    code = _code_of(shapes)
    if code is None:
        faults.add("properties", ", ".join(map(str, shapes.columns))[:80], "a code such as WD13CD",
                   "keep the publisher's column of codes, such as E05013987")  # fmt: skip
        return pd.DataFrame(columns=["area_code", "name", "year", "geometry"])
    wanted = (
        re.sub("cd|code", "nm", code.lower()),
        re.sub("cd|code", "name", code.lower()),
        "name",
    )
    name = next((c for one in wanted for c in shapes if c.lower() == one), code)
    if shapes.crs != DEGREES:
        tolerated.append(f"coordinates in {shapes.crs.name}, turned into degrees")
        shapes = shapes.to_crs(DEGREES)
    out = shapes[[code, name, "geometry"]].set_axis(["area_code", "name", "geometry"], axis=1)
    named = _CODES.fullmatch(code)
    return out.assign(year=(named and named["year"]) or "").astype({"area_code": str})


def _code_of(shapes) -> str | None:
    """The column of each shape's own code, which may stand beside those of what it lies in.

    It is the first in which every code is another; else, as where a shape stands twice, the first
    that is named so.
    """
    texts = shapes.drop(columns="geometry").astype(str)
    own = [c for c in texts if texts[c].is_unique and texts[c].str.fullmatch(_CODE).all()]
    return next(iter([*own, *(c for c in texts if _CODES.fullmatch(c))]), None)


def _geojson(file: RawFile, faults: Faults):
    import geopandas

    short = file.name.rsplit("/", 1)[-1]
    try:
        whole = json.loads(file.content)
        features = whole["features"]
        named = str((whole.get("crs") or {}).get("properties", {}).get("name", "CRS84"))
        number = re.search(r"EPSG:+(?:[\d.]*:)?(\d{4,6})$", named)
        crs = f"EPSG:{number[1]}" if number else DEGREES
        if not features:
            raise ValueError("no features in it")
        return geopandas.GeoDataFrame.from_features(features, crs=crs)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        faults.add(short, f"GeoJSON that cannot be read ({error!r})"[:200], "whole features")


def _driven(file: RawFile, faults: Faults):
    """The shapes of a shapefile, a GeoPackage or TopoJSON, with the system of coordinates."""
    found = []
    for name, content in _sources(file, faults).items():
        try:
            found += _layers(name, content)
        except Exception as error:  # the driver raises many kinds for what it cannot read
            faults.add("shapes", f"what cannot be read ({error})"[:200], "a whole file of shapes")
            return None
    if len(found) > 1:  # beside shapes of areas may lie tables, or shapes of others
        found = [one for one in found if _code_of(one[1]) is not None] or found
    if len(found) > 1:
        named = ", ".join(name for name, _ in found)
        faults.add("layers", f"{len(found)} ({named})"[:200], "one layer",
                   "save the one that is needed as GeoJSON in degrees")  # fmt: skip
        return None
    if not found:
        return None
    [(_, shapes)] = found
    if shapes.crs is None and not file.is_zip and _TOPOLOGY.search(file.content[:2048]):
        return shapes.set_crs(DEGREES)  # TopoJSON has none of its own
    if shapes.crs is None:
        faults.add("shapes", "coordinates of no system", "one that is named",
                   "save it as GeoJSON in degrees (EPSG:4326)")  # fmt: skip
        return None
    flat = shapes.crs.sub_crs_list[0] if shapes.crs.is_compound else shapes.crs
    # the publishers' own .prj differs from the register's in the last digits
    code = flat.to_epsg(min_confidence=20)
    return shapes.set_crs(f"EPSG:{code}" if code else flat, allow_override=True)


def _sources(file: RawFile, faults: Faults) -> dict[str, bytes]:
    """What the driver can open, by name: the file itself, or each shapefile of an archive alone.

    The parts of a shapefile may lie in a folder, beside others; their suffixes are in any case.
    """
    if not file.is_zip:
        return {file.name: file.content}
    found = {}
    for stem in _shapefiles(file):
        parts = {part.name: part.content for part in file.members() if part.name[:-4] == stem}
        missing = _SHAPEFILE - {name[-4:].lower() for name in parts}
        if missing:
            faults.add(
                plain(stem),
                f"no {', '.join(sorted(missing))}",
                "the shapefile's four parts",
                "give all four in one archive, or save it as GeoJSON in degrees",
            )
            continue
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as alone:
            for name, content in parts.items():
                alone.writestr("shapes" + name[-4:].lower(), content)
        found[stem] = stream.getvalue()
    return found


def _layers(name: str, content: bytes) -> list[tuple]:
    """The name and the shapes of each layer that has shapes."""
    import geopandas

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bytes have no name, so none that conforms
        names = geopandas.list_layers(io.BytesIO(content))["name"].tolist()
        read = [geopandas.read_file(io.BytesIO(content), layer=layer) for layer in names]
    label = names if len(names) > 1 else [name.rsplit("/", 1)[-1]]
    return [one for one in zip(label, read, strict=True) if "geometry" in one[1]]


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
        kit.every_unit(faults, codes)
    if (level == "lsoa").any():
        homes = shapes["name"].astype(str).map(ours.unit_of_lsoa)
        kit.every_lsoa(faults, homes, shapes["boundary_vintage"].max())
    for vintage in sorted(set(ours.wards) & set(shapes["boundary_vintage"][level == "ward"])):
        gone = kit.missing_wards(codes, vintage)
        faults.each(gone, f"every ward of the {ours.unit}", quote=False)


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
