"""Inputs that once gave a wrong figure, a traceback or a message that led nowhere.

The first part runs on published files that lie beside the checkout, the second on inputs of the
same kinds that are made here. Nothing is stored under a place, measure or period that the file
does not have.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from sample.workbooks import xlsx
from shapely.geometry import box

from conftest import ROOT, SHARED, need
from publishers import zipped
from recorded_crime import as_csv, borough_frame, lsoa_frame
from sbpanalysis.data import classification, strict
from sbpanalysis.data.add import add, read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import kit
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, NotOursError

BROMLEY, LONDON = "E09000006", "E12000007"


@pytest.fixture
def case():
    """The folder of an input, by its number."""

    def folder(number: str) -> Path:
        [found] = need(SHARED / "cases", "inputs that failed").glob(f"{number}-*")
        return found

    return folder


def table(path: Path) -> pd.DataFrame:
    return read(RawFile.open(path)).table


def bromley(categories: pd.DataFrame) -> int:
    """All crime of Bromley's rows, in all months."""
    own = categories[categories["area_name"].astype(str).str.startswith("Bromley")]
    return int(own.drop(columns=list(own.columns[:6])).to_numpy().sum())


@pytest.mark.parametrize(("number", "offences"), [("01", 15_859), ("02", 15_666), ("03", 16_301)])
def test_the_polices_borough_files_of_all_years_are_taken(case, number, offences):
    reading = read(RawFile.open(next(case(number).glob("*.csv"))))
    assert reading.table["area_code"].nunique() == 32
    assert bromley(reading.table) == offences
    kinds = reading.table.drop_duplicates(["major", "minor"])
    generation = classification.current().generation(
        reading.publisher, kinds[["major", "minor"]].itertuples(index=False, name=None)
    )
    assert generation == "from 2019-03"


def test_business_burglary_and_public_fear_count_under_all_their_names(case):
    one, two = (read(RawFile.open(next(case(n).glob("*.csv")))).table for n in ("01", "02"))
    held = two[
        two["area_code"].eq(BROMLEY) & two["minor"].str.contains("Burglary.*Business", case=False)
    ]
    assert held.drop(columns=list(held.columns[:6])).to_numpy().sum() == 353
    assert "PUBLIC FEAR, ALARM OR DISTRESS" in set(one["minor"].str.upper())


def test_units_that_are_no_borough_are_kept_out_by_name(case):
    said = read(RawFile.open(next(case("03").glob("*.csv")))).tolerated
    assert "rows of Aviation Policing, Unknown: no boroughs, kept out" in said


def test_searches_of_another_force_are_not_londons(case, checkout):
    path = next(case("06").glob("*.csv"))
    [row] = add([path]).itertuples()
    assert (row.status, row.error) == ("refused", True)
    assert "Merseyside" in row.why
    renamed = RawFile.of("2019-12-metropolitan-stop-and-search.csv", path.read_bytes())
    with pytest.raises(NotOursError, match="100% of them outside Greater London"):
        read(renamed)


def test_alcohol_admissions_are_not_substance_misuse(case):
    with pytest.raises(DataError, match="expected an indicator of this project"):
        table(case("08") / "alcohol_specific_u18.csv")
    both = read(RawFile.open(case("08") / "both.csv"))
    assert set(both.table["measure"]) == {"hospital_admissions_substance_misuse_aged_15_24"}
    assert any("alcohol-specific" in said for said in both.tolerated)


@pytest.mark.parametrize("name", ["pas_mps_first.xlsx", "pas_borough_first.xlsx"])
def test_both_sheets_of_the_survey_are_read_in_any_order(case, name):
    shares = table(case("09") / name)
    assert shares["area_code"].nunique() == 33
    question = shares["measure"].eq("police_do_a_good_job_locally_percent")
    held = shares[question & shares["period"].eq("2017-04-01")].set_index("area_code")
    assert set(held["frequency"]) == {"12 months"}
    assert held.at[BROMLEY, "value"] == pytest.approx(72)
    assert (held.at[LONDON, "value"], held.at[LONDON, "area_type"]) == (67, "region")


def test_lines_that_end_in_carriage_returns_are_read_and_no_other_file_is_lost(case, checkout):
    report = add([case("11") / "folder"])
    assert list(report["status"]) == ["taken", "taken"]
    assert "carriage return" in report["tolerated"][0]
    assert {bromley(Store(checkout).table(sha)) for sha in report["sha256"]} == {12_219}


def test_of_a_census_archive_the_level_of_ours_is_taken(case, checkout):
    [whole] = add([case("12") / "census2021-ts007a.zip"]).itertuples()
    assert (whole.status, whole.error) == ("taken", False)
    assert "census2021-ts007a-rgn.csv: found areas such as E12000001" in whole.tolerated
    [sha] = Store(checkout).facts(whole.sha256)["members"]
    people = Store(checkout).table(sha).query("area_code == @BROMLEY and group == ''")
    assert people["value"].tolist() == [329_989]
    [alone] = add([case("12") / "census2021-ts007a-rgn.csv"]).itertuples()
    assert alone.status == "refused"
    assert "give ltla" in alone.why


@pytest.mark.parametrize("name", ["as_shared.zip", "in_order_of_names.zip"])
def test_a_zipped_shapefile_is_known_whatever_the_order_of_its_members(case, name):
    assert len(table(case("13") / name)) == 199


def test_the_authoritys_own_borough_boundaries_are_read(case):
    shapes = table(case("14") / "London_Borough_Excluding_MHW.zip")
    assert (len(shapes), set(shapes["area_type"])) == (33, {"borough"})


def test_topojson_and_geopackages_are_read(case):
    wards = table(case("15") / "topo_E09000006.json")
    assert sorted(wards["area_code"]) == territory().wards_of(BROMLEY, "2018")
    assert len(table(case("15") / "London_Boroughs.gpkg")) == 33


def test_a_lookup_of_another_census_says_so(case):
    with pytest.raises(DataError, match="a lookup of LSOAs of 2011, expected one of LSOAs of 2021"):
        table(next(case("16").glob("*.csv")))


def test_a_sheet_of_the_profiles_saved_as_csv_is_read(case):
    people = table(case("17") / "Data.csv")
    own = people[people["area_code"].eq(BROMLEY) & people["measure"].eq("population")]
    total = own[own["group"].eq("")]
    assert total[["value"]].to_numpy().tolist() == [[327_900]]
    assert set(total["period"].dt.year) == {2017}


def test_what_is_not_recognised_says_why(case, checkout):
    report = add([case("18") / "folder"]).set_index("file")
    assert set(report["status"]) == {"not recognised"}
    for name, why in {
        "page.csv": "an HTML page",
        "empty.csv": "empty",
        "2021-05-avon-and-somerset-street.csv": "a Git LFS pointer, not the file",
        "book.xlsx": "save the sheet as CSV UTF-8",
    }.items():
        assert why in report.at[name, "why"]


def test_street_files_from_before_crime_ids_are_read(case):
    reading = read(RawFile.open(next(case("20").glob("*.csv"))))
    assert list(reading.table.columns[6:]) == ["2010-12"]
    assert bromley(reading.table) == 40


def test_street_files_of_the_transport_police_are_read_and_their_archive(case, checkout):
    counts = table(case("07") / "2018-10-btp-street.csv")
    assert bromley(counts) == 39
    report = add([case("07") / "download.zip"])
    assert list(report["status"]) == ["taken"]
    assert len(Store(checkout).facts(report["sha256"][0])["members"]) == 2


def test_a_file_of_no_borough_of_the_force_is_refused(case):
    with pytest.raises(NotOursError, match="none of the 32 boroughs"):
        table(case("23") / "lsoa_city.csv")


# --- more of the same kinds, made here ---------------------------------------------------------

SEARCHES = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,"
    "Age range,Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,"
    "Outcome,Outcome linked to object of search,Removal of more than just outer clothing"
)
LAW = "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False"
# middle and width of where a force searches, north and east
PLACES = {
    "metropolitan": ((51.51, -0.11), (0.06, 0.13)),
    "west-midlands": ((52.48, -1.89), (0.05, 0.12)),
    "surrey": ((51.28, -0.40), (0.08, 0.20)),
    "city-of-london": ((51.514, -0.09), (0.003, 0.008)),
}


def searches(force: str, name: str, located: float = 0.9, seed: int = 1) -> RawFile:
    """A month of 1,240 searches where a force makes them, under some file name."""
    rng = np.random.default_rng(seed)
    middle, width = PLACES[force]
    rows = [SEARCHES]
    for i in range(1_240):
        day = i % 31 + 1
        lat, lon = rng.normal(middle, width)
        place = f"{lat:.6f},{lon:.6f}" if rng.random() < located else ","
        when = f"2019-12-{day:02d}T12:{i % 60:02d}:{i // 60:02d}+00:00"
        rows.append(f"Person search,{when},False,,{place},Male,18-24,,,{LAW}")
    return RawFile.of(name, "\r\n".join([*rows, ""]).encode())


OURS = "2019-12-metropolitan-stop-and-search.csv"


NAMES = [OURS, "stops.csv", "2019-12/" + OURS, "2019-12-metropolitan-police-stop-and-search.csv",
         "2019_12_metropolitan_stop_and_search (1).csv"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_searches_in_london_are_londons_under_any_name(name):
    file = searches("metropolitan", name)
    # a normal spread leaves the box with a few, as a wrong place now and then does
    total = read(file).table.query("group == ''")
    assert total[["area_code", "value"]].to_numpy().tolist() == [[LONDON, 1_240.0]]


@pytest.mark.parametrize("name", ["{force}", "metropolitan", "stops"])
@pytest.mark.parametrize("force", ["west-midlands", "surrey", "city-of-london"])
@pytest.mark.parametrize("located", [0.95, 0.1])
def test_searches_elsewhere_are_refused_under_their_own_name_and_under_ours(force, name, located):
    named = (
        f"2019-12-{name.format(force=force)}-stop-and-search.csv" if name != "stops" else "s.csv"
    )
    with pytest.raises(NotOursError):
        read(searches(force, named, located))


def test_a_part_of_the_searches_that_is_in_twice_is_refused():
    header, *rows = searches("metropolitan", OURS).content.decode().split("\r\n")
    rows = sorted(filter(None, rows), key=lambda row: row.split(",")[1])
    twice = [*rows[:500], *rows[488:]]
    with pytest.raises(DataError, match="expected searches in order of time"):
        read(RawFile.of(OURS, "\n".join([header, *twice, ""]).encode()))
    # searches of one moment may be alike, as in the published files
    alike = [*rows[:500], rows[499], rows[499], *rows[500:]]
    total = read(RawFile.of(OURS, "\n".join([header, *alike, ""]).encode())).table
    assert total["value"].max() == 1_242


def test_searches_without_places_are_londons_by_the_publishers_name_alone():
    assert not read(searches("metropolitan", OURS, located=0)).table.empty
    with pytest.raises(NotOursError, match="give it the publisher's name, such as"):
        read(searches("metropolitan", "stops.csv", located=0))


def test_in_an_archive_searches_of_other_forces_are_passed_over_by_name(checkout):
    files = [searches("metropolitan", OURS),
             searches("surrey", "2019-12-surrey-stop-and-search.csv")]  # fmt: skip
    (checkout / "all.zip").write_bytes(zipped({f"2019-12/{f.name}": f.content for f in files}))
    [row] = add([checkout / "all.zip"]).itertuples()
    assert (row.status, row.error) == ("taken", False)
    assert "passed over: 2019-12/2019-12-surrey-stop-and-search.csv: searches by Surrey" in (
        row.tolerated
    )


def shares(places: dict[str, float], beside: float | None = None) -> pd.DataFrame:
    """Shares of two quarters by place, with London's beside them if asked for."""
    rows = [
        (pd.Timestamp(end), "PAS", place, '"Good Job" local', share + step)
        for end, step in (("2018-03-31", 0), ("2018-06-30", -0.02))
        for place, share in places.items()
    ]
    frame = pd.DataFrame(rows, columns=["Date", "Survey", "Borough", "Measure", "Proportion"])
    if beside is not None:
        frame["MPS"] = beside - 0.02 * frame["Date"].eq("2018-06-30")
    return frame


SHEETS = {
    "Notes": pd.DataFrame({"About": ["Borough, Date and Measure are explained below"]}),
    "MPS": shares({"MPS": 0.67}),
    "Borough": shares({"Bromley": 0.72, "Bexley": 0.7}, beside=0.67),
}


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0)])
def test_a_workbook_with_notes_gives_the_same_shares_in_any_order(order):
    names = list(SHEETS)
    file = RawFile.of("PAS.xlsx", xlsx({names[i]: SHEETS[names[i]] for i in order}))
    held = read(file).table
    held = held[held["period"].eq("2017-04-01")].set_index("area_code")["value"]
    assert held.round(9).to_dict() == {BROMLEY: 72, "E09000004": 70, LONDON: 67}


def test_two_sheets_that_disagree_about_an_area_are_refused():
    other = shares({"Bromley": 0.6})
    with pytest.raises(DataError, match=r"E09000006.*60% and 72%.*the same on every sheet"):
        read(RawFile.of("PAS.xlsx", xlsx({"Old": other, "Borough": SHEETS["Borough"]})))


def test_a_workbook_of_london_alone_says_so():
    reading = read(RawFile.of("PAS.xlsx", xlsx({"MPS": SHEETS["MPS"]})))
    assert set(reading.table["area_type"]) == {"region"}
    assert "London alone: no sheet or row of a borough" in reading.tolerated


FIRES = "IncidentNumber,DateOfCall,CalYear,IncidentGroup,StopCodeDescription,PropertyType,"
FIRES += "IncGeo_BoroughCode,IncGeo_WardCode\r"
STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context\r"
)
MET = "Metropolitan Police Service"


def street(rows: list[tuple[str, str]], month: str = "2022-06", ids: bool = True) -> str:
    """A street file of robberies in these LSOAs (code, name), lines ending in CR."""
    return STREET + "".join(
        f"{f'{i:064x}' if ids else ''},{month},{MET},{MET},0.02,51.4,On or near High Street,"
        f"{code},{name},Robbery,Under investigation,\r"
        for i, (code, name) in enumerate(rows)
    )


RETURNS = {
    "fires": FIRES + "".join(f"{d},{d:02d} Mar 2018,2018,Fire,Secondary Fire,Refuse,{BROMLEY},"
                             "E05000114\r" for d in range(1, 32)),
    "street": street([("E01000851", "Bromley 001A")] * 20),
    "partner": "month,area_code,gang_flagged_offences\r2018-03,E09000006,4\r",
    "lsoa": as_csv(lsoa_frame()).decode().replace("\r\n", "\r"),
    "searches": searches("metropolitan", OURS).content.decode().replace("\r\n", "\r"),
}  # fmt: skip


@pytest.mark.parametrize("what", RETURNS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_reader_takes_lines_that_end_in_carriage_returns(what, packed):
    content = RETURNS[what].encode()
    one = RawFile.of(OURS, gzip.compress(content) if packed else content)
    two = RawFile.of(OURS, content.replace(b"\r", b"\n"))
    read_so, plain = read(one), read(two)
    pd.testing.assert_frame_equal(read_so.table, plain.table)
    assert "lines that end in a carriage return alone" in read_so.tolerated


BANDS = ["4 years and under", *(f"{a} to {a + 4} years" for a in range(5, 85, 5))]
BANDS.append("85 years and over")


def census(codes: dict[str, str]) -> bytes:
    """Persons by age band of these areas, 110 in each band."""
    head = ["date", "geography", "geography code", "Age: Total", *(f"Age: Aged {b}" for b in BANDS)]
    rows = [
        ["2021", name, code, 110 * len(BANDS), *[110] * len(BANDS)] for code, name in codes.items()
    ]
    return pd.DataFrame(rows, columns=head).to_csv(index=False).encode()


@pytest.mark.parametrize(
    "codes",
    [
        {"E02000127": "Bromley 001", "E02000128": "Bromley 002"},
        {"E00004321": "E00004321"},
        {"E92000001": "England", "W92000004": "Wales"},
        {"E01020634": "Birmingham 001A"},
    ],
)
def test_a_census_file_of_another_level_or_place_is_refused_and_passed_over(codes, checkout):
    with pytest.raises(NotOursError, match="expected those"):
        read(RawFile.of("census2021-ts007a-msoa.csv", census(codes)))
    files = {"a-msoa.csv": census(codes), "mps.csv": as_csv(borough_frame())}
    (checkout / "all.zip").write_bytes(zipped(files))
    [row] = add([checkout / "all.zip"]).itertuples()
    assert (row.status, row.error) == ("taken", False)
    assert "a-msoa.csv: found" in row.tolerated


@pytest.mark.parametrize(("sex", "age"), [("SEX", "AGE"), ("GENDER", "C_AGE")])
def test_estimates_with_every_column_that_nomis_gives_are_read(sex, age):
    codes = territory().units
    whole = {"DATE": "2022", "DATE_NAME": "2022", "GEOGRAPHY": "18", "GEOGRAPHY_NAME": codes,
             "GEOGRAPHY_CODE": list(codes), sex: "0", f"{sex}_NAME": "Total", age: "200",
             f"{age}_NAME": "All Ages", "MEASURES": "20100", "MEASURES_NAME": "Value",
             "OBS_VALUE": 300_000, "OBS_STATUS": "A"}  # fmt: skip
    frame = pd.DataFrame(whole | {"GEOGRAPHY_NAME": list(codes.values())})
    people = read(RawFile.of("NM_2002_1.csv", frame.to_csv(index=False).encode())).table
    assert people["area_code"].tolist() == list(codes)
    assert set(people["value"]) == {300_000}


@pytest.mark.parametrize(
    "areas",
    ["OA21 LSOA21 WD24 LAD24", "LSOA21 MSOA21 LAD24", "WD24 LAD24", "LSOA11 LSOA21 LAD22",
     "p LSOA21 WD24 LAD24"],
)  # fmt: skip
def test_a_lookup_of_other_areas_says_which_one_is_read(areas):
    header = ",".join(f"{area}CD,{area}NM" for area in areas.split())
    file = RawFile.of("lookup.csv", f"{header}\n{header.lower()}\n".encode())
    with pytest.raises(DataError, match="expected one of LSOAs of 2021 to wards and local auth"):
        read(file)


def wards(year: str = "22", vintage: str = "2022") -> geopandas.GeoDataFrame:
    """Bromley's wards as squares in degrees."""
    codes = territory().wards_of(BROMLEY, vintage)
    squares = [box(0.01 * i, 51.3, 0.01 * i + 0.01, 51.31) for i in range(len(codes))]
    columns = {f"WD{year}CD": codes, f"WD{year}NM": [f"Ward {c}" for c in codes]}
    return geopandas.GeoDataFrame(columns, geometry=squares, crs="EPSG:4326")


@pytest.mark.parametrize("grid", ["EPSG:4326", "EPSG:27700"])
def test_a_geopackage_of_wards_is_read_as_the_geojson_saved_from_it(tmp_path, grid):
    held = wards().to_crs(grid)
    held.to_file(tmp_path / "wards.gpkg", driver="GPKG")
    held.to_file(tmp_path / "wards.geojson", driver="GeoJSON")
    one, two = table(tmp_path / "wards.gpkg"), table(tmp_path / "wards.geojson")
    assert set(one["boundary_vintage"]) == {"2022"}
    pd.testing.assert_frame_equal(one.drop(columns="geometry"), two.drop(columns="geometry"))
    areas_of = [shapes.to_crs("EPSG:27700").area for shapes in (one, two)]
    assert (areas_of[0] / areas_of[1] - 1).abs().max() < 1e-6


def test_a_geopackage_of_two_layers_says_what_works(tmp_path):
    wards().to_file(tmp_path / "two.gpkg", layer="a", driver="GPKG")
    wards().to_file(tmp_path / "two.gpkg", layer="b", driver="GPKG")
    with pytest.raises(DataError, match="expected one layer; save the one that is needed as GeoJ"):
        table(tmp_path / "two.gpkg")


def shapefile(frame: geopandas.GeoDataFrame, folder: Path) -> dict[str, bytes]:
    """The parts of a shapefile, by name."""
    folder.mkdir()
    frame.to_file(folder / "wards.shp")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_shapefile_is_found_wherever_it_lies_in_its_archive(tmp_path):
    ours = shapefile(wards(), tmp_path / "ours")
    bare = shapefile(wards()[["geometry"]].assign(shops=3), tmp_path / "shops")
    beside = {"ESRI/shops" + name[5:]: part for name, part in bare.items()}
    left = {f"__MACOSX/._{name}": b"\0" for name in ours}
    for parts in (
        {f"wards/ESRI/{name}": part for name, part in ours.items()},
        {name.replace("wards.", "WARDS.").upper(): part for name, part in ours.items()},
        {**beside, **{f"ESRI/{name}": part for name, part in ours.items()}},
        {**left, **ours, "wards.shp.xml": b"<xml/>", "licence.pdf": b"%PDF"},
    ):
        assert len(read(RawFile.of("wards.zip", zipped(parts))).table) == 22
    with pytest.raises(DataError, match=r"no \.prj, expected .* give all four in one archive"):
        read(RawFile.of("w.zip", zipped({n: p for n, p in ours.items() if n != "wards.prj"})))


@pytest.mark.parametrize("grid", ["EPSG:27700", "EPSG:7405", "EPSG:3857", "EPSG:4258"])
def test_coordinates_of_any_named_system_become_degrees(tmp_path, grid):
    flat = "EPSG:27700" if grid == "EPSG:7405" else grid  # the grid with heights
    parts = shapefile(wards().to_crs(flat), tmp_path / "a")
    parts["wards.prj"] = CRS(grid).to_wkt("WKT1_GDAL").encode()
    whole = json.loads(wards().to_crs(flat).to_json(drop_id=True))
    whole["crs"] = {"properties": {"name": f"urn:ogc:def:crs:EPSG::{flat[5:]}"}}
    # in GeoJSON what it is may stand at its end
    late = {"note": "x" * 3_000, "features": whole["features"], **whole}
    for file in (RawFile.of("a.zip", zipped(parts)), RawFile.of("a", json.dumps(late).encode())):
        bounds = read(file).table.total_bounds
        assert np.abs(bounds - wards().total_bounds).max() < 1e-4


def test_the_code_of_an_area_is_known_by_what_it_is():
    plain = wards().to_crs("EPSG:4326")
    for frame in (
        plain.rename(columns={"WD22CD": "ward_code", "WD22NM": "ward_name"}),
        plain.rename(columns={"WD22CD": "GSSCode", "WD22NM": "NAME"}),
        plain.assign(LAD22CD=BROMLEY)[["LAD22CD", "WD22CD", "WD22NM", "geometry"]],
    ):
        held = read(RawFile.of("w.geojson", frame.to_json().encode())).table
        assert sorted(held["area_code"]) == sorted(plain["WD22CD"])
        assert set(held["name"]) == set(plain["WD22NM"])


def test_beside_shapes_in_an_archive_may_lie_a_text():
    content = zipped({"a.txt": b"a", "b.txt": b"b", "c.md": b"c", "__MACOSX/._w.json": b"\0",
                      "w.json": wards().to_json().encode()})  # fmt: skip
    reading = read(RawFile.of("wards.zip", content))
    assert len(reading.table) == 22
    assert "no shapes, passed over: a.txt, b.txt, c.md" in reading.tolerated


def test_lsoas_of_two_censuses_in_one_file_are_told_apart_row_by_row():
    ended, both, new = ("E01000010", "E01000851", "E01033784")
    names = ("Barking and Dagenham 015C", "Bromley 001A", "Barking and Dagenham 001E")
    rows = [*zip((ended, both, new), names, strict=True)] * 10
    file = RawFile.of("street.csv", street(rows).encode())
    held = read(file).table.set_index("area_code")["boundary_vintage"]
    assert held.to_dict() == {ended: "2011", both: "2021", new: "2021"}
    old = RawFile.of("street.csv", street(rows[:2] * 10).encode())
    assert set(read(old).table["boundary_vintage"]) == {"2011"}


def test_the_list_of_ended_lsoas_is_what_2011_has_and_2021_has_not(real):
    folder = real / "boundaries"
    one = read(RawFile.open(folder / "lsoa_2011_london_by_borough_geojson.zip")).table
    lookup = read(RawFile.open(next(folder.glob("LSOA21*")))).table
    gone = set(one["area_code"]) - set(lookup["lsoa_code"])
    listed = pd.read_csv(ROOT / "data" / "reference" / "lsoas_ended.csv")
    assert sorted(gone) == listed["code"].tolist()


def test_a_crime_of_a_force_with_coordinates_alone_is_without_a_place():
    content = street([("E01000851", "Bromley 001A")] * 20)
    bare = content.replace("E01000851,Bromley 001A", ",", 1)
    reading = read(RawFile.of("street.csv", bare.encode()))
    assert bromley(reading.table) == 19
    assert "1 of 20 crimes without a place, kept out" in reading.tolerated
    with pytest.raises(DataError, match="a place told by half"):  # a column that was emptied
        read(RawFile.of("street.csv", content.replace("E01000851,Bromley 001A", ",", 10).encode()))


def test_kinds_of_crime_of_the_first_years_are_known():
    for kind in ("Violent crime", "Public disorder and weapons"):
        rows = street([("E01000851", "Bromley 001A")] * 9, "2011-10", ids=False)
        assert bromley(read(RawFile.of("a.csv", rows.replace("Robbery", kind).encode())).table) == 9


def test_a_street_file_put_together_twice_is_refused_with_and_without_ids():
    rows = [("E01000851", "Bromley 001A")] * 30
    for text in (street(rows), street(rows, "2011-06", ids=False)):
        header, body = text.split("\r", 1)
        content = f"{header}\r{body}{body}".encode()
        with pytest.raises(DataError, match=r"twice|stood before"):
            read(RawFile.of("street.csv", content))


FILTERED = {
    "homicide": "Count of PPA,Borough,Gender,Age Group,Self Classified Ethnicity,Offence Type,"
    "Charged/Summonsed,Proceedings Date\n1,Heathrow,Male,18-24,White,Murder,Charged,Mar-18\n",
    "vawg": "BCU Location,Borough Name,Ward Name Clean 2,Recorded Date Months,"
    "Date Committed From Date Months,count,sheet,Crimsec Group,CrimsecCodeExpansion,"
    "Crimsec Offences,VAWG Offence\nN/K,N/K,N/K,2018-03-01,2018-03-01,1,"
    "Offence count location,a,b,c,d\n",
    "street": street([("E01020634", "Birmingham 001A")] * 9),
}


@pytest.mark.parametrize("what", FILTERED)
def test_a_file_of_which_nothing_is_of_a_borough_is_refused(what):
    with pytest.raises(NotOursError, match="expected some"):
        read(RawFile.of(f"{what}.csv", FILTERED[what].encode()))


def test_a_dashboard_filtered_to_one_borough_gives_no_zeros_for_the_others():
    rows = FILTERED["homicide"].replace("Heathrow", "Bromley")
    reading = read(RawFile.of("homicide.csv", rows.encode()))
    assert set(reading.table["area_code"]) == {BROMLEY}
    assert "1 of the 32 boroughs" in reading.tolerated


OTHER_WRITINGS = {
    "&": lambda text: text.replace(" and ", " & ").replace(" AND ", " & "),
    "a dash": lambda text: text.replace(" - ", " – "),
    "a dash without blanks": lambda text: text.replace(" - ", "—"),
    "no punctuation": lambda text: re.sub(r"[,-]", " ", text),
    "a comma more": lambda text: text.replace(" or ", ", or "),
    "blanks that do not break": lambda text: text.replace(" ", "\xa0"),
}


@pytest.mark.parametrize("generation", ["old", "2024"])
def test_a_category_is_the_same_in_any_writing(generation):
    frame = borough_frame(generation)
    usual = read(RawFile.of("mps.csv", as_csv(frame))).table
    counted = usual.drop(columns=list(usual.columns[:6])).sum().tolist()
    for how, change in OTHER_WRITINGS.items():
        other = frame.assign(**{c: frame[c].map(change) for c in frame.columns[1:3]})
        held = read(RawFile.of("mps.csv", as_csv(other))).table
        assert held.drop(columns=list(held.columns[:6])).sum().tolist() == counted, how


def test_the_same_row_in_another_writing_is_not_counted_twice():
    frame = borough_frame("2024")
    row = frame[frame["BoroughName"].eq("Bromley")].iloc[[0]]
    for other in (row.assign(MajorText=row["MajorText"].str.upper() + "."),
                  row.assign(BoroughName="London Borough of Bromley")):  # fmt: skip
        content = as_csv(pd.concat([frame, other], ignore_index=True))
        with pytest.raises(DataError, match="expected each category of an area once"):
            read(RawFile.of("mps.csv", content))


def with_a_place(name: str, times: int = 1) -> RawFile:
    """The boroughs' file with one row more, Bromley's first under another place's name."""
    frame = borough_frame("2024")
    row = frame[frame["BoroughName"].eq("Bromley")].iloc[[0]].assign(BoroughName=name)
    numbers = row.select_dtypes("number").columns
    more = row.assign(**{column: row[column] * times for column in numbers})
    return RawFile.of("mps.csv", as_csv(pd.concat([frame, more], ignore_index=True)))


@pytest.mark.parametrize("name", ["Heathrow", "Specialist Crime", "MO8", "Other force", ""])
def test_units_of_no_borough_that_no_list_has_are_kept_out(name):
    held = read(with_a_place(name))
    assert held.table["area_code"].nunique() == 32
    assert any(said.endswith("no boroughs, kept out") for said in held.tolerated)


@pytest.mark.parametrize(
    ("name", "times"),
    [("Brumley", 1), ("Bromley North", 1), ("Grand total", 1), ("Central West BCU", 900)],
)
def test_what_may_be_a_borough_a_total_or_much_is_not_kept_out(name, times, checkout):
    with pytest.raises(DataError, match=f"'{name}'.*if the publisher really names it so, add"):
        read(with_a_place(name, times))
    # as advised
    tables = checkout / "data" / "reference"
    published = tables.resolve()
    tables.unlink()
    shutil.copytree(published, tables)
    with (tables / "areas.csv").open("a") as areas:
        areas.write(f",{name},no borough,,,,,,,,,\n")
    assert f"rows of {name}: no boroughs, kept out" in read(with_a_place(name, times)).tolerated


def test_a_borough_is_known_in_its_full_style():
    find = territory().find
    for name in ("London Borough of Bromley", "LB Bromley", "Bromley LB", "BROMLEY BOCU",
                 "Bromley London Borough"):  # fmt: skip
        assert find(name) == BROMLEY
    assert find("Westminster, City of") == find("City of Westminster") == "E09000033"
    assert find("The Royal Borough of Kensington & Chelsea") == "E09000020"
    assert find("London, City of") == find("City of London") == "E09000001"
    assert find("London Borough of Bristol") is find("City of Bristol") is None


def test_dates_are_read_in_the_one_form_that_a_column_has():
    days = pd.Series(pd.date_range("2020-05-20", "2020-06-20"))
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d-%b-%y", "%d-%B-%Y", "%d %B %Y",
                 "%d/%m/%y", "%d.%m.%Y", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00.000",
                 "%Y-%m-%dT00:00:00Z", "%d/%m/%Y 00:00", "%d/%m/%Y 13:05:10"):  # fmt: skip
        written = days.dt.strftime(form.replace("-%B-", "-%b-"))
        assert kit.dates(written).tolist() == days.tolist(), form
    months = pd.Series(pd.date_range("2019-11-01", "2020-12-01", freq="MS"))
    for form in ("%b-%y", "%b %Y", "%B %Y", "%Y-%m", "%b-%Y"):
        assert kit.dates(months.dt.strftime(form)).tolist() == months.tolist(), form
    # of another country, of two forms, a serial number, and a midnight that is one in UTC alone
    assert kit.dates(days.dt.strftime("%m/%d/%Y")).isna().any()
    two = days.dt.strftime("%d/%m/%Y").where(days.dt.day > 3, days.dt.strftime("%Y-%m-%d"))
    assert kit.dates(two).isna().sum() == 3
    assert kit.dates(pd.Series(["43831", "43832"])).isna().all()
    assert kit.dates(pd.Series(["2020-05-31T23:00:00Z"])).isna().all()


def test_a_sheet_whose_headers_are_numbers_is_read_as_the_csv():
    frame = borough_frame("2024")
    named = frame.rename(columns=lambda name: int(name) if name.isdigit() else name)
    one = read(RawFile.of("mps.csv", as_csv(frame))).table
    two = read(RawFile.of("mps.xlsx", xlsx({"About": frame.iloc[:3, :1], "Data": named}))).table
    pd.testing.assert_frame_equal(one, two)


def test_several_sheets_of_one_layout_are_refused_by_their_names():
    fires = pd.DataFrame([row.split(",") for row in RETURNS["fires"].split("\r")[:-1]])
    fires = fires.set_axis(fires.iloc[0], axis=1)[1:]
    with pytest.raises(DataError, match=r"found 2 sheets of one layout \(2018, Old\).*save each"):
        read(RawFile.of("LFB.xlsx", xlsx({"2018": fires, "Old": fires})))


def partnerships() -> pd.DataFrame:
    """A quarter of each borough, as the Home Office lays it out."""
    columns = {"Financial Year": "2017/18", "Financial Quarter": 1,
               "Police Force": "Metropolitan Police", "CSP Name": list(territory().units.values()),
               "Offence Description": "Arson", "Offence Group": "Damage",
               "Offence Subgroup": "Arson", "Offence Code": "56A", "Offence Count": 9}  # fmt: skip
    return pd.DataFrame(columns)


def test_a_download_of_several_area_types_gives_each_rate_once():
    header = ("Indicator ID,Indicator Name,Area Code,Area Name,Area Type,Sex,Age,Category,"
              "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit")  # fmt: skip
    row = ("10401,First time entrants to the youth justice system,E09000006,Bromley,{},Persons,"
           "10-17 yrs,,2017/18,{},240,345")  # fmt: skip
    rows = [header, row.format("UA", 289), row.format("District", 289), ""]
    reading = read(RawFile.of("indicators.csv", "\n".join(rows).encode()))
    assert sorted(reading.table["value"]) == [240, 289, 345]
    rows[2] = row.format("District", 290)
    with pytest.raises(DataError, match="expected each indicator, area and period once"):
        read(RawFile.of("indicators.csv", "\n".join(rows).encode()))


def test_what_stands_on_two_sheets_is_not_counted_twice():
    one, other = partnerships(), partnerships().assign(**{"Financial Quarter": 2})
    counted = read(RawFile.of("prc.xlsx", xlsx({"a": one, "b": other}))).table
    assert counted.query("area_type == 'borough' and group == ''")["value"].sum() == 32 * 2 * 9
    again = one.assign(**{"Financial Year": "2017-18"})
    for sheets in ({"a": one, "b": one}, {"a": one, "b": other, "old": again}):
        with pytest.raises(DataError, match="2017, quarter 1: found two sheets of it"):
            read(RawFile.of("prc.xlsx", xlsx(sheets)))
    # without its force's boroughs it is of another place
    assert len(read(RawFile.of("a.xlsx", xlsx({"a": one.assign(**{"Police Force": MET})}))).table)
    with pytest.raises(NotOursError, match="no partnership of the Metropolitan Police"):
        read(RawFile.of("prc.xlsx", xlsx({"a": one.assign(**{"Police Force": "Kent"})})))
    header = ["BCU Location", "Borough Name", "Ward Name Clean 2", "Recorded Date Months",
              "Date Committed From Date Months", "Count"]  # fmt: skip
    month = pd.Timestamp(2018, 3, 1)
    places = pd.DataFrame([["SN", "Bromley", "Bickley", month, month, 3]], columns=header)
    assert read(RawFile.of("VAWG.xlsx", xlsx({"a": places}))).table["value"].sum() == 3
    with pytest.raises(DataError, match="found 2 sheets by place"):
        read(RawFile.of("VAWG.xlsx", xlsx({"a": places, "b": places})))


def test_answers_of_another_survey_are_not_the_residents():
    both = pd.concat([shares({"Bromley": 0.72}), shares({"Bromley": 0.9}).assign(Survey="USS")])
    reading = read(RawFile.of("PAS.csv", as_csv(both)))
    assert sorted(reading.table["value"].round()) == [70, 72]
    assert "answers of other surveys, kept out: USS" in reading.tolerated
    with pytest.raises(NotOursError):
        read(RawFile.of("PAS.csv", as_csv(shares({"Bromley": 0.9}).assign(Survey="USS"))))


def test_what_stands_in_a_files_place_is_named():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("mps.csv"))
    for content, what in {
        b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>': "XML, no table",
        b'{"error":{"code":400}}': "JSON, and no boundaries",
        gzip.compress(gzip.compress(b"a,b\n")): "packed twice with gzip",
        b"\xd0\xcf\x11\xe0" + bytes(999): "locked with a password",
        zipped({"xl/workbook.bin": b"x"}): "a binary workbook",
        b"MPS crime by borough\n\nGroup,BOCU,202401\n": "delete the lines above its header",
        xlsx({"a": pd.DataFrame({"x": ["y"]})}): "delete what stands above it",
        packed.getvalue(): "a tar archive",
    }.items():
        file = RawFile.of("MPS.csv", content)
        assert read(file) is None
        assert what in strict.why_unknown(file)
    for suffix in ("shp", "DBF"):
        part = RawFile.of(f"wards.{suffix}", b"\3~\1")
        assert "give all its parts in one zip" in strict.why_unknown(part)


HOSTILE = {
    "nothing": b"",
    "NUL bytes": bytes(5_000),
    "half a zip": b"PK\x03\x04" + bytes(60),
    "half a gzip": gzip.compress(b"a,b\n1,2\n" * 999)[:40],
    "half a database": b"SQLite format 3\0gpkg_contents" + bytes(200),
    "half a topology": b'{"type":"Topology","objects":{"a":{',
    "half a collection": b'{"type":"FeatureCollection","features":[{',
    "deep brackets": b'[{"persistent_id": "location_type"' + b"[" * 100_000,
    "a quotation mark": b'"',
    "one long cell": b"a" * 3_000_000,
    "one long header": b"Crime ID,Month,Falls within,LSOA code,LSOA name,Crime type,Context,"
    + b"x," * 200_000,
    "line separators": "Borough,Major Category\u2028,\x85x\x0b\n".encode(),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "zip", "gpkg", "json"])
def test_no_bytes_end_the_command(checkout, what, suffix):
    (checkout / f"a.{suffix}").write_bytes(HOSTILE[what])
    [row] = add([checkout / f"a.{suffix}"]).itertuples()
    assert row.status in ("refused", "not recognised")
    assert row.why


def test_what_an_archive_holds_twice_is_taken_once_and_what_it_holds_besides_is_told(checkout):
    content = as_csv(borough_frame())
    files = {"a.csv": content, "again.csv": content, "in.zip": zipped({"mps.csv": content})}
    (checkout / "all.zip").write_bytes(zipped(files))
    [row] = add([checkout / "all.zip"]).itertuples()
    assert row.tolerated.startswith("1 files inside; passed over: again.csv: the same as another")
    assert "in.zip: an archive within the archive" in row.tolerated
    (checkout / "pages.zip").write_bytes(zipped({"2022/mps.csv": b"<html>"}))
    [row] = add([checkout / "pages.zip"]).itertuples()
    assert (row.status, "2022/mps.csv: the file is an HTML page" in row.why) == (
        "not recognised",
        True,
    )


def test_an_archive_in_an_archive_and_a_locked_one_say_why(checkout):
    inner = zipped({"mps.csv": as_csv(borough_frame())})
    stream = io.BytesIO(zipped({"inner.zip": inner}))
    (checkout / "outer.zip").write_bytes(stream.getvalue())
    [row] = add([checkout / "outer.zip"]).itertuples()
    assert row.status == "not recognised"
    assert "inner.zip: an archive within the archive; unpack the outer one and give" in row.why
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mps.csv", as_csv(borough_frame()))
    locked = bytearray(stream.getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.rindex(mark) + at] |= 1
    (checkout / "locked.zip").write_bytes(locked)
    [row] = add([checkout / "locked.zip"]).itertuples()
    assert row.status == "refused"
    assert "needs a password" in row.why
