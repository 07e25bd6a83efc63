"""Boundaries in degrees, whole by borough and of one vintage; lookups likewise."""

from __future__ import annotations

import io
import json
import zipfile

import geopandas
import pandas as pd
import pytest
from shapely.geometry import box

from conftest import SHARED, need
from sbpanalysis.data.add import add
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import boundaries, lookups
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError


def opened(real, name: str) -> RawFile:
    return RawFile.open(real / "boundaries" / name)


def wards(real, change=lambda collection: None) -> RawFile:
    """The 22 wards of Bromley after a change."""
    collection = json.loads(opened(real, "wards_2013/E09000006.json").content)
    change(collection)
    return RawFile.of("wards.json", json.dumps(collection).encode())


def test_wards_of_2013_are_those_of_2018_in_bromley(real):
    shapes = boundaries.read(opened(real, "wards_2013/E09000006.json")).table
    assert sorted(shapes.area_code) == territory().wards_of("E09000006", "2018")
    assert set(shapes.boundary_vintage) == {"2018"}
    assert set(shapes.area_type) == {"ward"}
    assert shapes.crs == "EPSG:4326"


def test_wards_that_were_recoded_keep_the_year_of_their_header(real):
    shapes = boundaries.read(opened(real, "wards_2013/E09000008.json")).table
    assert set(shapes.boundary_vintage) == {"2013"}


def test_the_four_layouts_agree_on_where_bromley_is(real):
    one = boundaries.read(opened(real, "wards_2013/E09000006.json")).table
    lsoas = boundaries.read(opened(real, "lsoa_2011/E09000006.json")).table
    metres = boundaries.read(opened(real, "LB_shp_Bromley_LSOA2021.zip")).table
    london = boundaries.read(opened(real, "london_boroughs.json")).table
    borough = london[london.area_code.eq("E09000006")]
    for shapes in (one, lsoas, metres):
        assert shapes.total_bounds == pytest.approx(borough.total_bounds, abs=0.01)
        assert shapes.is_valid.all()


def test_metres_of_the_national_grid_become_degrees_and_it_is_said(real):
    reading = boundaries.read(opened(real, "LB_shp_Bromley_LSOA2021.zip"))
    assert len(reading.table) == 199
    assert set(reading.table.boundary_vintage) == {"2021"}
    assert reading.tolerated == (
        "coordinates in OSGB36 / British National Grid, turned into degrees",
    )


def test_a_zip_of_files_is_read_as_one(real):
    reading = boundaries.read(opened(real, "lsoa_2011_london_by_borough_geojson.zip"))
    held = reading.table.name.str[:-5].value_counts()
    names, full = territory().units, territory().lsoas["2011"]
    assert all(held[names[code]] == count for code, count in full.items())
    assert "8 polygons that cross themselves, mended" in reading.tolerated


def scaled(collection):
    text = json.dumps(collection["features"][0]["geometry"]["coordinates"])
    numbers = json.loads(text, parse_float=lambda x: float(x) * 1e4)
    collection["features"][0]["geometry"]["coordinates"] = numbers


def uncoded(collection):
    for feature in collection["features"]:
        feature["properties"] = {"label": "x"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["features"].pop(), "Bromley: found no ward E05000"),
        (lambda c: c["features"].append(c["features"][0]), "expected each area once"),
        (scaled, "expected degrees in London"),
        (uncoded, "properties: found geometry, label"),
        (lambda c: c["features"].clear(), "no features in it"),
        (lambda c: c["features"][0]["properties"].update(WD13CD="00AF"), "found '00AF'; expected"),
        (
            lambda c: c["features"][0].update(
                geometry={"type": "Point", "coordinates": [0.0, 51.4]}
            ),
            "found Point; expected a polygon",
        ),
    ],
)
def test_broken_boundaries_are_refused(real, change, said):
    file = wards(real, change)
    assert boundaries.recognises(file)
    with pytest.raises(DataError) as refusal:
        boundaries.read(file)
    assert said in str(refusal.value)


def test_boundaries_cut_off_are_refused(real):
    content = opened(real, "wards_2013/E09000006.json").content[:20_000]
    with pytest.raises(DataError, match="found GeoJSON that cannot be read"):
        boundaries.read(RawFile.of("wards.json", content))


def test_a_shapefile_without_its_projection_is_refused(real):
    source = zipfile.ZipFile(io.BytesIO(opened(real, "LB_shp_Bromley_LSOA2021.zip").content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name in source.namelist():
            if not name.endswith(".prj"):
                out.writestr(name, source.read(name))
    with pytest.raises(DataError, match=r"found no \.prj, expected the shapefile's"):
        boundaries.read(RawFile.of("Bromley.zip", stream.getvalue()))


def squares(*outlines: tuple[float, float, float, float]) -> RawFile:
    """Bromley's wards of 2022, the first with these outlines, the others each beside the next."""
    codes = territory().wards_of("E09000006", "2022")
    held = [box(*outline) for outline in outlines]
    # three rows of squares, so that one of them has others on all sides
    held += [box(0.01 * (i // 3), 51.30 + 0.01 * (i % 3), 0.01 * (i // 3) + 0.01,
                 51.31 + 0.01 * (i % 3)) for i in range(len(held), len(codes))]  # fmt: skip
    shapes = geopandas.GeoDataFrame({"WD22CD": codes, "WD22NM": codes}, geometry=held, crs=4326)
    return RawFile.of("wards.json", shapes.to_json().encode())


def test_areas_that_lie_beside_each_other_are_taken():
    assert len(boundaries.read(squares()).table) == 22


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ((0.0, 51.30, 0.02, 51.31), "of the ground in two areas at once"),
        ((0.012, 51.312, 0.014, 51.314), "E05013987 inside another"),
    ],
)
def test_areas_that_cover_each_other_are_refused(outline, said):
    with pytest.raises(DataError) as refusal:
        boundaries.read(squares(outline))
    assert said in str(refusal.value)
    assert "expected areas that lie beside each other; download the file" in str(refusal.value)


def test_a_hole_among_the_areas_is_refused():
    beside = (0.0, 51.30, 0.01, 51.31), (0.0, 51.31, 0.01, 51.32), (0.0, 51.32, 0.01, 51.33)
    smaller = (0.01, 51.30, 0.02, 51.31), (0.01, 51.31, 0.015, 51.32)
    with pytest.raises(DataError, match=r"longitude 0.018, latitude 51.315: found ground in no"):
        boundaries.read(squares(*beside, *smaller))


# --- lookups ---------------------------------------------------------------------------------


def test_each_lsoa_of_2021_lies_in_one_ward_of_2022(real):
    lookup = lookups.read(opened(real, "LSOA21_to_WD25_to_LAD25_best_fit_London.csv")).table
    bromley = lookup[lookup.borough_code.eq("E09000006")]
    assert len(bromley) == bromley.lsoa_code.nunique() == 199
    assert sorted(bromley.ward_code.unique()) == territory().wards_of("E09000006", "2022")
    assert set(lookup.boundary_vintage) == {"2022"}


def test_wards_of_2022_can_be_put_together_from_lsoas(real):
    lookup = lookups.read(opened(real, "LSOA21_to_WD25_to_LAD25_best_fit_London.csv")).table
    lsoas = boundaries.read(opened(real, "LB_shp_Bromley_LSOA2021.zip")).table
    merged = lsoas.merge(lookup, left_on="area_code", right_on="lsoa_code", how="left")
    assert merged.ward_code.notna().all()
    assert merged.dissolve("ward_code").shape[0] == 22


def test_the_short_list_of_2018_says_which_ward_it_lacks(real):
    reading = lookups.read(opened(real, "ward_ids_2018_names_London.csv"))
    assert reading.tolerated == ("Newham: no ward E05000478",)
    bromley = reading.table[reading.table.borough_code.eq("E09000006")]
    assert (
        dict(zip(bromley.ward_code, bromley.ward_name, strict=True))["E05000109"] == "Bromley Town"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("E01000851", "E0100085", "expected a code such as E01000001"),
        ("E01000646", "E01000647", "expected each area once"),
        (",E05013991,", ",E05013992,", None),
        ("E09000006", "E09000007", "expected the ward in the borough it is part of"),
    ],
)
def test_a_broken_lookup_is_refused(real, old, new, said):
    file = opened(real, "LSOA21_to_WD25_to_LAD25_best_fit_London.csv")
    made = RawFile.of(file.name, file.content.replace(old.encode(), new.encode(), 1))
    assert lookups.recognises(made)
    if said is None:  # nothing in the file can tell that one LSOA lies in the next ward
        assert lookups.read(made).table.shape == (4_994, 8)
        return
    with pytest.raises(DataError) as refusal:
        lookups.read(made)
    assert said in str(refusal.value)


def short_list(*gone: str) -> RawFile:
    """The short list of all wards of Bromley and Bexley in 2018, without the wards `gone`."""
    names = {"E09000006": "Bromley", "E09000004": "Bexley"}
    rows = ["Unique Id,Ward,Area"]
    rows += [f"{ward},Ward {ward},{name}" for borough, name in names.items()
             for ward in territory().wards_of(borough, "2018") if ward not in gone]  # fmt: skip
    return RawFile.of("wards.csv", "\n".join([*rows, ""]).encode())


def test_a_list_of_wards_with_holes_is_refused():
    assert len(lookups.read(short_list()).table) == 22 + 17
    # the published list of 2018 itself leaves one of Newham out
    assert lookups.read(short_list("E05000106")).tolerated == ("Bromley: no ward E05000106",)
    with pytest.raises(DataError) as refusal:
        lookups.read(short_list("E05000106", "E05000107"))
    assert "Bromley: found no ward E05000106, E05000107, expected every ward of" in str(
        refusal.value
    )


def test_codes_and_names_of_two_boroughs_in_a_lookup_are_refused(real):
    file = opened(real, "LSOA21_to_WD25_to_LAD25_best_fit_London.csv")
    made = RawFile.of(file.name, file.content.replace(b",Bromley", b",Bexley"))
    with pytest.raises(DataError, match=r"E09000006 / Bexley'.*expected one borough by both"):
        lookups.read(made)


# --- everything that is published ------------------------------------------------------------


@pytest.fixture(scope="module")
def added(real, tmp_path_factory) -> pd.DataFrame:
    return add([real], tmp_path_factory.mktemp("store"))


def test_every_published_file_with_a_reader_is_taken_and_none_refused(added):
    # twenty calls of one day are no month; all else is whole
    refused = added[added.error & ~added.file.str.contains("LFB_Incident_data_first20rows")]
    assert refused.empty, refused[["file", "why"]].to_string()
    unknown = added.file[added.status.eq("not recognised")].str.rsplit("/").str[-1]
    assert {name for name in unknown if not name.startswith(("Animal_", "DERIVED_"))} == {
        "MANIFEST.csv",
        "README.md",
    }
    assert added.source[added.status.eq("taken")].nunique() >= 20


def test_wards_beside_the_territory_are_of_another_place_though_they_lie_in_its_frame():
    beside = need(SHARED / "data" / "england" / "boundaries", "published files")
    file = RawFile.open(beside / "wd22_dartford_gravesham.geojson.gz")
    with pytest.raises(DataError, match="none of them in London"):
        boundaries.read(file)
