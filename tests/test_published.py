"""Files as their publishers offer them are read whole: each figure is counted again by hand.

The files lie beside the checkout (`shared/data/published`, `shared/cases`): as they were found in
public, or put back into the publisher's layout.
"""

from __future__ import annotations

import csv
import gzip
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from conftest import SHARED, need
from sbpanalysis.data.add import read
from sbpanalysis.data.contract import check
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.reading import RawFile, Reading
from sbpanalysis.data.territory import territory

BROMLEY, CITY = "E09000006", "E09000001"


@pytest.fixture(scope="module")
def published() -> Path:
    """The folder of published files."""
    return need(SHARED / "data" / "published", "published files")


def taken(path: Path) -> Reading:
    reading = read(RawFile.open(path))
    check(reading.table, path.name)
    return reading


def rows(path: Path) -> list[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def same(one: Reading, other: Reading) -> None:
    tables = (one.table, other.table)
    a, b = (t.sort_values([*t.columns[:7]], ignore_index=True).astype(str) for t in tables)
    pd.testing.assert_frame_equal(a, b)


def of_bromley(reading: Reading, measure: str) -> dict[str, float]:
    table = reading.table
    own = table[table["area_code"].eq(BROMLEY) & table["measure"].eq(measure)]
    own = own[own["group"].eq("")]
    return dict(zip(own["period"].dt.strftime("%Y-%m"), own["value"], strict=True))


def test_the_knife_file_is_the_same_as_csv_as_workbook_and_with_rows_of_no_known_place(published):
    folder = published / "reconstructed"
    stem = "M1045_MonthlyCrimeDashboard_KnifeCrimeData"
    plain = taken(folder / f"{stem}.csv.gz")
    same(plain, taken(folder / f"{stem}.xlsx"))
    newest = taken(folder / "Knife_layout_2026-09.csv.gz")
    same(plain, newest)
    assert any(
        said.startswith("724 rows of places that are no borough") for said in newest.tolerated
    )
    counted = Counter()
    for row in rows(folder / f"{stem}.csv.gz"):
        kind = (row["Area Type"], row["Area code"], row["Crime Subtype"], row["Measure"])
        if kind == ("Borough", BROMLEY, "Knife Crime", "Offences"):
            counted[row["Month_Year"][:7]] += int(row["Count"])
    held = of_bromley(plain, "knife_crime_offences")
    assert {month: n for month, n in held.items() if n} == counted


def test_every_kind_of_other_crime_is_counted(published):
    path = published / "reconstructed" / "SYNTHETIC_OtherCrimeData_true_types.csv.gz"
    reading = taken(path)
    kinds = {
        ("Hate Crime", "Hate Crime"): "hate_crime_offences",
        ("Hate Crime", "Racist and Religious Crime"): "racist_and_religious_hate_crime_offences",
        ("Domestic Abuse", "Domestic Abuse"): "domestic_abuse_offences",
        ("Gun Crime", "Gun Crime"): "gun_crime_offences",
        ("Lethal Barrel Discharge", "Lethal Barrel Discharge"): (
            "gun_crime_lethal_discharge_offences"
        ),
    }
    counted = {measure: Counter() for measure in kinds.values()}
    for row in rows(path):
        measure = kinds.get((row["Crime Type"], row["Crime Subtype"]))
        if measure and row["Measure"] == "Offences" and row["Area code"] == BROMLEY:
            counted[measure][row["Month_Year"][:7]] += int(row["Count"])
    for measure, months in counted.items():
        assert of_bromley(reading, measure) == months
    assert not any(said.startswith("offences of") for said in reading.tolerated)


def test_violence_outside_domestic_abuse_is_violence_less_what_is_flagged(
    published, real, checkout
):
    """As the Greater London Authority computes it; the counts of abuse here are invented."""
    crime = real / "mps_recorded_crime" / "MPS_Borough_Level_Crime_24m_202306-202505.csv"
    flags = published / "reconstructed" / "SYNTHETIC_OtherCrimeData_true_types.csv.gz"
    for path in (crime, flags):
        shutil.copy(path, checkout)
    said = {"title": "T", "area": "Bromley", "comparators": ["London"], "period_end": "2025-05"}
    said["data"] = [crime.name, flags.name]
    (checkout / "book" / "editions" / "made.yml").write_text(yaml.safe_dump(said))
    edition = Edition.open("made", data=checkout)
    name = "non_domestic_abuse_violence_with_injury_offences"
    for area in ("Bromley", "London"):
        rest, whole, part = (
            edition.series(each, area=area)
            for each in (
                name,
                "violence_with_injury_offences",
                "domestic_abuse_violence_with_injury_offences",
            )
        )
        assert (str(rest.index[0]), str(rest.index[-1]), len(rest)) == ("2024-03", "2025-05", 15)
        assert (rest == (whole - part).dropna()).all()
    assert edition.best_measure(name) == name
    assert set(edition.provenance(name)["file"]) == {crime.name, flags.name}


def test_the_two_sheets_of_vawg_give_what_a_mirrors_table_of_both_gives(published, real):
    workbook = taken(published / "reconstructed" / "VAWG_Offence_Data.xlsx")
    same(workbook, taken(next((real / "mps_dashboards").glob("VAWG*"))))
    assert any("counts the same offences again" in said for said in workbook.tolerated)
    codes = {territory().names.get(w): w for w in territory().wards_of(BROMLEY, "2022")}
    counted = Counter()
    for row in rows(next((real / "mps_dashboards").glob("VAWG*"))):
        if row["borough_name"] == "Bromley" and row["ward_name_clean_2"]:
            counted[codes[row["ward_name_clean_2"]]] += int(row["count"])
    wards = workbook.table[workbook.table["area_type"].eq("ward")]
    assert wards.groupby("area_code")["value"].sum().to_dict() == counted


def test_fires_of_a_workbook_with_dates_are_those_of_the_csv(published):
    csv_file = published / "lfb" / "df_i_10000_random_incidents.csv.gz"
    workbook = published / "reconstructed" / "LFB_Incident_layout_10000_rows_2023.xlsx"
    same(taken(csv_file), taken(workbook))
    fires = Counter(
        row["DateOfCall"][:7]
        for row in rows(csv_file)
        if row["IncGeo_BoroughCode"] == BROMLEY and row["StopCodeDescription"] == "Secondary Fire"
    )
    held = of_bromley(taken(workbook), "lfb_deliberate_incidents")
    assert {month: n for month, n in held.items() if n} == fires


def test_a_small_workbook_of_fires_gives_bromleys_secondary_fires(published):
    [path] = (SHARED / "cases").glob("05-*/*.xlsx")
    assert of_bromley(taken(path), "lfb_deliberate_incidents")


def test_a_workbook_gives_the_same_however_many_rows_are_opened_at_once(published, monkeypatch):
    from sbpanalysis.data import workbooks

    fires = published / "reconstructed" / "LFB_Incident_layout_10000_rows_2023.xlsx"
    [case] = (SHARED / "cases").glob("09-*/pas_mps_first.xlsx")
    quick = [taken(path) for path in (fires, case)]
    for forget in (workbooks._opened, workbooks._beginnings):
        forget.cache_clear()
    monkeypatch.setattr(workbooks, "_FIRST", 2**14)
    monkeypatch.setattr(workbooks, "_NEXT", 2**21)
    for reading, path in zip(quick, (fires, case), strict=True):
        same(reading, taken(path))


def test_victims_of_homicide_are_counted_by_borough_and_month(published):
    path = published / "homicide" / "Homicides_2003_2023.csv"
    reading = taken(path)
    assert (reading.source, set(reading.table["unit"])) == ("mps_homicide_victims", {"persons"})
    named = Counter(row["Borough"].strip() for row in rows(path))
    sums = reading.table.groupby("area_code")["value"].sum()
    assert sums[BROMLEY] == named["Bromley"] == 42
    assert sums.sum() == sum(named.values()) - 1  # one at an airport
    assert reading.table["area_code"].nunique() == 32


def test_the_survey_gives_the_shares_that_the_assessment_of_2018_prints(published):
    folder = published / "reconstructed"
    workbook = taken(folder / "PAS_T&Cdashboard_to Q3 23-24.xlsx")
    same(workbook, taken(folder / "PAS_Borough_dots.csv"))
    table = workbook.table
    asked = table["measure"].eq("police_do_a_good_job_locally_percent")
    year = table[asked & table["period"].eq("2017-04-01")].set_index("area_code")["value"]
    assert (round(year[BROMLEY]), round(year[territory().whole])) == (72, 67)
    london = taken(published / "mopac_surveys" / "public-perception-data.csv")
    own = london.table[london.table["measure"].eq("police_do_a_good_job_locally_percent")]
    own = own.set_index("period")["value"]
    assert (own["2017-04-01"], own["2024-10-01"]) == (67, 46)


@pytest.mark.parametrize(
    ("name", "areas_held"),
    [
        ("boundaries/London_LSOA_2021_Boundaries.geojson.gz", 4_994),
        ("boundaries/LSOA21_to_WD24_to_LAD24_best_fit_London.csv", 4_994),
        ("population/housing-density-borough.csv", 32),
        ("population/housing-density-ward_byte-original.csv.gz", 656),
    ],
)
def test_places_and_people_are_read_whole(published, name, areas_held):
    table = read(RawFile.open(published / name)).table
    column = "area_code" if "area_code" in table else "lsoa_code"
    assert table[column].nunique() == areas_held


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("PAS_Dashboard_Borough.csv.gz", "a share from 0 to 1"),
        ("PAS_buroughs.csv.gz", "semicolons between the columns"),
        ("PAS_Total.csv", "semicolons between the columns"),
    ],
)
def test_copies_that_another_program_has_saved_are_refused_with_what_to_do(published, name, why):
    with pytest.raises(Exception, match=why):
        read(RawFile.open(published / "mopac_surveys" / name))


def test_a_dashboard_saved_as_a_workbook_is_that_of_the_csv():
    [folder] = need(SHARED / "cases", "inputs that failed").glob("21-*")
    same(
        taken(folder / "M1045_MonthlyCrimeDashboard_TNOCrimeData.xlsx"),
        taken(folder / "dash_time.csv"),
    )


def test_the_home_offices_workbook_is_read_sheet_by_sheet_where_it_is_large(monkeypatch):
    from sbpanalysis.data import workbooks
    from sbpanalysis.data.sources import home_office
    from test_workbooks import OFFENCES, offences
    from test_workbooks import rows as of_year

    more = pd.DataFrame(of_year("2018/19"), columns=OFFENCES)
    file = offences(of_year(), **{"2018_19 & later": more})
    quick = home_office.read(file)
    monkeypatch.setattr(workbooks, "_OPENED_WHOLE", 0)
    same(quick, home_office.read(file))
    assert set(quick.table["period"].dt.year) == {2017, 2018, 2019}
    assert list(workbooks._opened(RawFile.of("again.ods", file.content + b""))) == [
        "Notes",
        "2018_19 & later",
        "2017_18",
    ]
