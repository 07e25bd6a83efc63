"""The synthetic files: the same bytes each time, published layouts, printed figures found again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest
from sample import make

from conftest import ROOT
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.sample import ensure_sample, write_sample
from sbpanalysis.errors import DataError

REFERENCE = ROOT / "data" / "reference"
CLAIMS = pd.read_csv(
    ROOT / "assessments" / "bromley-2018" / "claims.csv", dtype=str, keep_default_na=False
).set_index("id")
MINORS = {
    "theft_from_person_offences": ["THEFT FROM THE PERSON"],
    "theft_from_motor_vehicle_offences": ["THEFT FROM A VEHICLE"],
    "theft_of_motor_vehicle_offences": [
        "AGGRAVATED VEHICLE TAKING",
        "THEFT OR UNAUTH TAKING OF A MOTOR VEH",
    ],
    "criminal_damage_offences": ["ARSON", "CRIMINAL DAMAGE"],
    "robbery_offences": ["ROBBERY OF BUSINESS PROPERTY", "ROBBERY OF PERSONAL PROPERTY"],
    "burglary_offences": ["BURGLARY BUSINESS AND COMMUNITY", "BURGLARY IN A DWELLING"],
    "sexual_offences": ["OTHER SEXUAL OFFENCES", "RAPE"],
    "drugs_offences": ["POSSESSION OF DRUGS", "TRAFFICKING OF DRUGS"],
}
VOLUME = [m for m in MINORS if m not in ("burglary_offences", "sexual_offences", "drugs_offences")]
KEYS = ["MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName", "BoroughName"]
FY, SEPT, MAY = ("201704", "201803"), ("201710", "201809"), ("201706", "201805")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


def read(folder: Path, start: str) -> pd.DataFrame:
    (path,) = folder.glob(f"{start}*")
    if path.suffix != ".xlsx":
        return pd.read_csv(path)
    table = pd.read_excel(path, engine="calamine")
    return table.assign(Month_Year=table["Month_Year"].dt.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def boroughs(sample) -> pd.DataFrame:
    """Long: one row a borough, offence and month, of both files, boroughs alone."""
    long = pd.concat(
        [
            read(sample, f"MPS_Borough_Level_Crime_{part}").melt(
                KEYS[:2] + KEYS[5:], var_name="month"
            )
            for part in ("Historical", "24m")
        ]
    )
    apart = ["Unknown", "London Heathrow and London City Airports"]
    return long[~long.BoroughName.isin(apart)].rename(columns={"BoroughName": "area"})


@pytest.fixture(scope="module")
def wards(sample) -> pd.DataFrame:
    long = pd.concat(
        [
            read(sample, f"MPS_Ward_Level_Crime_{part}").melt(KEYS[:5], var_name="month")
            for part in ("Historical", "24m")
        ]
    )
    return long[long.LookUp_BoroughName.eq("Bromley")].rename(columns={"WardName": "area"})


def totals(long: pd.DataFrame, window, measure: str | None = None) -> pd.Series:
    keep = long.month.between(*window) & long.MajorText.ne("FRAUD AND FORGERY")
    if measure:
        keep &= long.MinorText.isin(MINORS[measure])
    return long[keep].groupby("area").value.sum()


def claims(measure: str, *statistics: str, level: str | None = None) -> pd.DataFrame:
    c = CLAIMS[CLAIMS.section.str.match(r"\d")]
    keep = c.measure.eq(measure) & c.statistic.isin(statistics)
    return c[keep & c.geography_type.eq(level)] if level else c[keep]


def test_no_file_carries_a_date_after_the_period(sample):
    for path in sample.rglob("*.csv"):
        assert not set(path.read_text("latin-1").split()) & {"2024", "2025", "2026"}, path.name


@pytest.mark.parametrize(
    ("start", "header"),
    [
        ("MPS_Borough_Level_Crime_Historical", "MajorText,MinorText,BoroughName,200604"),
        ("MPS_Borough_Level_Crime_24m", "MajorText,MinorText,BoroughName,201610"),
        (
            "MPS_Ward_Level_Crime_24m",
            "MajorText,MinorText,WardName,WardCode,LookUp_BoroughName,201610",
        ),
        ("old_layout/MPS_Borough_Level_Crime_24m", "Borough,Major Category,Minor Category,201610"),
        (
            "M1045_MonthlyCrimeDashboard_OtherCrimeData",
            "Month_Year,Area Type,Borough_SNT,Area name,Area code",
        ),
        (
            "M1045_MonthlyCrimeDashboard_TNOCrimeData",
            "Month_Year,Area Type,Borough_SNT,Area name,Area code",
        ),
        ("housing-density-ward", "Code,Borough,Ward_Name,Year,Population,Hectares"),
        ("housing-density-borough", "Code,Name,Year,Source,Population,Inland_Area _Hectares"),
        (
            "london-borough-profiles",
            "Code,Area_name,Inner/_Outer_London,GLA_Population_Estimate_2018",
        ),
    ],
)
def test_headers_are_the_publishers(sample, start, header):
    (path,) = sample.glob(f"{start}*.csv")
    assert path.read_bytes().startswith(header.encode())
    assert b"\r\n" in path.read_bytes()


def test_borough_files_meet_and_hold_every_month_and_area(sample):
    past, recent = (read(sample, f"MPS_Borough_Level_Crime_{p}") for p in ("Historical", "24m"))
    months = [c for c in [*past, *recent] if c.isdigit()]
    assert months == pd.period_range("2006-04", "2018-09", freq="M").strftime("%Y%m").tolist()
    assert recent.BoroughName.nunique() == past.BoroughName.nunique() == 34
    assert len(past) == 34 * 28
    assert (recent[months[-24:]] >= 0).all().all()


def test_ward_files_leave_out_rows_of_zeros_and_add_up_to_the_borough(sample, boroughs, wards):
    recent = read(sample, "MPS_Ward_Level_Crime_24m")
    assert recent.drop(columns=KEYS[:5]).sum(axis=1).min() > 0
    assert len(recent) < recent.WardCode.nunique() * 28
    assert set(recent.LookUp_BoroughName) == {"Bromley", "Greenwich", "Lewisham"}
    bromley = boroughs[boroughs.area.eq("Bromley") & (boroughs.month >= "201404")]
    pd.testing.assert_series_equal(
        wards.groupby("month").value.sum(), bromley.groupby("month").value.sum()
    )


def test_old_layout_holds_the_same_offences(sample, boroughs):
    old = read(sample / "old_layout", "MPS_Borough_Level_Crime_24m")
    month = [c for c in old if c.isdigit()]
    bromley = boroughs[boroughs.area.eq("Bromley") & boroughs.month.isin(month)]
    assert old[old.Borough.eq("Bromley")][month].sum().sum() == bromley.value.sum()
    assert "Unknown" not in set(old.Borough)


def test_total_notifiable_offences_are_as_printed(boroughs):
    found = totals(boroughs, FY)
    assert found["Bromley"] == int(CLAIMS.value["1.3-03"])
    assert found.sum() == 32 * int(CLAIMS.value["1.3-04"])
    assert found.rank()["Bromley"] == int(CLAIMS.value["1.3-05"])
    assert found.idxmax() == CLAIMS.geography["1.3-06"]
    before = totals(boroughs, ("201604", "201703")).sum()
    assert round(100 * (found.sum() / before - 1), 1) == float(CLAIMS.value["1.2-02"])


@pytest.mark.parametrize("window", [FY, SEPT], ids=["financial year", "year to September"])
@pytest.mark.parametrize("measure", VOLUME)
def test_volume_crime_is_as_printed_in_both_windows(boroughs, measure, window):
    found = totals(boroughs, window, measure)
    named = claims(measure, "rolling12_count", level="borough")
    assert len(named) >= 1
    for row in named.itertuples():
        assert found[row.geography] == int(row.value), row.Index
    for row in claims(measure, "mean_per_borough").itertuples():
        assert found.sum() == 32 * int(row.value), row.Index
    for row in claims(measure, "rank", level="borough").itertuples():
        assert found.idxmax() == row.geography, row.Index
    for row in claims(measure, "rank_from_lowest", level="borough").itertuples():
        assert found.idxmin() == row.geography, row.Index
        assert found.rank()[row.geography] == 1
    side = claims(measure, "vs_london_average").value.get(0, "")
    assert side != "below" or found["Bromley"] < found.mean()


def test_drug_offences_rank_as_printed(boroughs):
    found = totals(boroughs, SEPT, "drugs_offences")
    four = claims("drugs_offences", "rank_band").query("value == 'highest four'").geography
    assert len(four) == 4
    assert set(found.nlargest(4).index) == set(four)
    assert found.rank()["Bromley"] <= 32 / 3
    assert found["Bromley"] < found.mean()


@pytest.mark.parametrize("measure", VOLUME)
def test_wards_rank_as_printed(wards, measure):
    found = totals(wards, SEPT, measure)
    for row in claims(measure, "rank", level="ward").itertuples():
        assert found.rank()[row.geography] == 22, row.Index
    for row in claims(measure, "rank_from_lowest", level="ward").itertuples():
        assert found.rank(method="max")[row.geography] == 1, row.Index
    for row in claims(measure, "rank_band", level="ward").itertuples():
        assert found.rank()[row.geography] >= 19, row.Index


def test_burglary_is_as_printed(boroughs, wards):
    assert totals(boroughs, MAY, "burglary_offences")["Bromley"] == int(CLAIMS.value["3.2-01"])
    four = CLAIMS.geography["3.2-06"].split("; ")
    printed = float(CLAIMS.value["3.2-06"])
    for window, within in ((FY, 0.005), (MAY, 0.04)):
        found = totals(wards, window, "burglary_offences")
        assert set(found.nlargest(4).index) == set(four)
        assert 100 * found[four].sum() / found.sum() == pytest.approx(printed, abs=within)


def test_dwelling_burglary_rises_at_the_planted_break(boroughs):
    dwelling = boroughs[boroughs.MinorText.eq("BURGLARY IN A DWELLING")]
    by_month = dwelling.groupby("month").value.sum()
    before, after = by_month["201604":"201703"].sum(), by_month["201704":"201803"].sum()
    assert after / before > 1.15
    burglary = boroughs[boroughs.MajorText.eq("BURGLARY")].groupby("month").value.sum()
    assert burglary["201704":"201803"].sum() / burglary["201604":"201703"].sum() < 1.15


def test_sexual_offences_are_as_printed(boroughs):
    rows = boroughs[
        boroughs.MajorText.eq("SEXUAL OFFENCES") & boroughs.month.between("201605", "201805")
    ]
    london = rows.groupby("month").value.sum()
    assert (london.idxmin(), london.min()) == ("201702", int(CLAIMS.value["2.2-01"]))
    assert (london.idxmax(), london.max()) == ("201711", int(CLAIMS.value["2.2-04"]))
    bromley = rows[rows.area.eq("Bromley")].groupby("month").value.sum()
    assert set(bromley[bromley.eq(bromley.min())].index) == {"201608", "201701"}
    assert bromley[bromley.eq(bromley.max())].to_dict() == {"201805": int(CLAIMS.value["2.2-10"])}
    assert abs(bromley.mean() - 50) < 2


@pytest.mark.parametrize(
    ("file", "subtype", "measure"),
    [
        ("KnifeCrimeData", "Knife Crime", "knife_crime_offences"),
        ("OtherCrimeData", "Gun Crime", "gun_crime_offences"),
        ("OtherCrimeData", "Domestic Abuse", "domestic_abuse_offences"),
    ],
)
def test_dashboards_are_as_printed(sample, file, subtype, measure):
    data = read(sample, f"M1045_MonthlyCrimeDashboard_{file}")
    data = data[data.Measure.eq("Offences") & data["Crime Subtype"].eq(subtype)]
    rows = data[data["Area Type"].eq("Borough")]
    wide = rows.pivot_table(index="Month_Year", columns="Area name", values="Count", aggfunc="sum")
    assert wide.shape == (78, 32)
    series = {"London": wide.sum(axis=1), "Bromley": wide["Bromley"]}
    window = slice("2016-05-01", "2018-05-01")
    for row in claims(measure, "count", "max_month", "min_month").itertuples():
        found = series[row.geography]
        if row.statistic == "count":
            assert found[f"{row.period}-01"] == int(row.value), row.Index
        else:
            end = found[window].max() if row.statistic == "max_month" else found[window].min()
            assert found[window][found[window].eq(end)].index.tolist() == [f"{row.value}-01"]
    for row in claims(measure, "pct_change").query("geography == 'London'").itertuples():
        after, before = (
            series["London"][f"{y}-04-01" : f"{y + 1}-03-01"].sum() for y in (2017, 2016)
        )
        assert round(100 * (after / before - 1)) == int(row.value), row.Index
    named = claims(measure, "rank_band", level="ward")
    ward = data[
        data["Borough_SNT"].str.startswith("Bromley ")
        & data.Month_Year.between(window.start, window.stop)
    ]
    top = ward.groupby("Area name").Count.sum().nlargest(2).index
    assert named.empty or set(named.geography) == set(top)


def test_neighbourhood_rows_add_up_to_the_borough_and_half_the_codes_end_in_a_blank(sample):
    for kind in ("KnifeCrimeData", "OtherCrimeData"):
        data = read(sample, f"M1045_MonthlyCrimeDashboard_{kind}")
        bromley = data[data["Borough_SNT"].str.match("Bromley($| )") & data.Measure.eq("Offences")]
        by = bromley.groupby(["Area Type", "Crime Subtype"]).Count.sum().unstack(0)
        assert (by["Borough"] == by["Safer Neighbourhood Teams"]).all(), kind
        codes = data["Area code"][data["Area code"].str.startswith("E05")].drop_duplicates()
        assert codes.str.endswith(" ").mean() == pytest.approx(0.5, abs=0.02)


def test_the_dashboard_of_all_offences_counts_what_the_borough_file_counts(sample):
    rows = read(sample, "M1045_MonthlyCrimeDashboard_TNOCrimeData")
    rows = rows[rows["Area Type"].eq("Borough") & rows["Measure"].eq("Offences")]
    counts = rows.groupby(["Area name", "Crime Subtype"])["Count"].sum()
    filed = read(sample, "MPS_Borough_Level_Crime_24m").set_index(["BoroughName", "MinorText"])
    sums = filed.filter(regex=r"^\d{6}$").sum(axis=1)
    own = sums[sums.gt(0) & sums.index.isin(counts.index)]
    assert len(own) == len(counts)
    assert (own == counts.reindex(own.index)).all()


def test_of_two_files_of_a_number_the_one_with_its_history_answers_whatever_their_names(checkout):
    ensure_sample(checkout)
    edition = Edition.open(ROOT / "book" / "editions" / "bromley-sample.yml")
    assert set(edition.provenance("burglary_offences")["source"]) == {"Recorded crime by borough"}
    assert len(edition.series("burglary_offences")) > 24


def test_both_sheets_of_violence_against_women_hold_all_of_it(sample):
    place, kind = pd.read_excel(
        sample / "VAWG_Offence_Data.xlsx", sheet_name=None, engine="openpyxl"
    ).values()
    months = "Recorded Date Months"
    assert place.groupby(months)["Count"].sum().equals(kind.groupby(months)["Count"].sum())
    assert place.loc[place["Borough Name"].eq("Bromley"), "Ward Name Clean 2"].nunique() == 22


def test_ward_share_of_violence_is_as_printed(sample):
    data = read(sample, "M1045_MonthlyCrimeDashboard_OtherCrimeData")
    data = data[data["Crime Type"].eq("Violence with Injury") & data.Measure.eq("Offences")]
    ward = data[data["Borough_SNT"].str.startswith("Bromley ")]
    ward = (
        ward[ward.Month_Year.between("2017-06-01", "2018-05-01")].groupby("Area name").Count.sum()
    )
    assert ward.idxmax() == CLAIMS.geography["3.1-02"]
    assert round(100 * ward.max() / ward.sum(), 1) == float(CLAIMS.value["3.1-03"])


def test_population_and_age_shares_are_as_printed(sample):
    wards = read(sample, "housing-density-ward").query("Borough == 'Bromley' and Year == 2018")
    borough = (
        read(sample, "housing-density-borough").query("Year == 2018").set_index("Name").Population
    )
    assert len(wards) == 22
    assert wards.Population.sum() == borough["Bromley"] == int(CLAIMS.value["1.3-07"])
    profiles = pd.read_csv(sample / "london-borough-profiles.csv", encoding="latin-1")
    profiles = profiles[profiles.Code.str.startswith("E09")].set_index("Area_name")
    assert int(profiles.GLA_Population_Estimate_2018["Bromley"]) == int(CLAIMS.value["1.3-07"])
    columns = {
        "population_aged_0_15": "Proportion_of_population_aged_0-15,_2018",
        "population_aged_16_64": "Proportion_of_population_of_working-age,_2018",
        "population_aged_65_plus": "Proportion_of_population_aged_65_and_over,_2018",
    }
    shares = profiles[[*columns.values()]].astype(float)
    assert shares.sum(axis=1).round(9).eq(100).all()
    for measure, column in columns.items():
        for row in claims(measure, "share_pct").itertuples():
            assert shares[column][row.geography] == float(row.value), row.Index
        for row in claims(measure, "rank").itertuples():
            assert shares[column].rank(ascending=False)[row.geography] == int(row.value), row.Index
        for row in claims(measure, "rank_from_lowest").itertuples():
            assert shares[column].rank()[row.geography] == int(row.value), row.Index


def test_deliberate_fires_rank_and_concentrate_as_printed(sample):
    years = (pd.read_csv(next(sample.glob("LFB*2017.csv"))),
             pd.read_excel(next(sample.glob("LFB*2023.xlsx")), engine="calamine"))  # fmt: skip
    fires = pd.concat(years, ignore_index=True)
    assert fires.shape[1] == 39
    fires = fires[fires.StopCodeDescription.eq("Secondary Fire")]
    by_year = fires.groupby(["CalYear", "ProperCase"]).size().unstack()
    for row in claims("lfb_deliberate_incidents", "rank").itertuples():
        year = by_year.loc[int(row.period)]
        assert year.rank(ascending=False)[row.geography] == int(row.value), row.Index
    wards = fires[fires.ProperCase.eq("Bromley") & fires.CalYear.ge(2017)]
    share = 100 * wards.IncGeo_WardName.value_counts(normalize=True)
    assert round(share["Cray Valley East"], 1) == float(CLAIMS.value["3.4-13"])
    two = share[["Cray Valley East", "Cray Valley West"]].sum()
    assert round(two, 1) == float(CLAIMS.value["3.4-14"])
    calls = fires.DateOfCall.map(pd.Timestamp)
    window = calls.between("2017-12-01", "2018-05-31") & fires.IncGeo_WardName.str.startswith(
        "Cray"
    )
    assert "refuse" in fires.PropertyType[window].value_counts().idxmax()


def test_through_the_readers_an_edition_gives_the_printed_figures(checkout):
    write_sample(checkout / "data" / "sample")
    said = ROOT / "book" / "editions" / "bromley-sample.yml"
    edition = Edition.open(said)
    fy = {"start": "2017-04", "end": "2018-03"}
    total = edition.load("total_notifiable_offences", "borough", **fy)
    by_borough = total.groupby("area_code").value.sum()
    assert by_borough["E09000006"] == int(CLAIMS.value["1.3-03"])
    assert by_borough.mean() == int(CLAIMS.value["1.3-04"])
    for measure in VOLUME:
        year = edition.load(measure, "borough", start="2017-10", end="2018-09")
        printed = claims(measure, "rolling12_count").query("geography == 'Bromley'").value
        assert year[year.area_code.eq("E09000006")].value.sum() == int(printed.iloc[0]), measure
    for measure, month, number in (
        ("domestic_abuse_offences", "2018-03", "2.1-10"),
        ("knife_crime_offences", "2018-03", "2.3-04"),
        ("gun_crime_offences", "2018-05", "2.3-16"),
        ("sexual_offences", "2018-05", "2.2-10"),
    ):
        assert edition.series(measure)[month] == int(CLAIMS.value[number]), measure
    assert edition.series("knife_crime_offences", "London")["2018-05"] == 1_265
    assert edition.population(year=2018) == int(CLAIMS.value["1.3-07"])
    assert edition.load("burglary_offences", "ward").area_code.nunique() == 22


@pytest.mark.parametrize(
    ("file", "first", "last"),
    [
        ("tiles_bromley.csv", "E05000106", "E05000127"),
        ("tiles_bromley_2022.csv", "E05013987", "E05014008"),
    ],
)
def test_tiles_give_each_ward_of_the_borough_a_place_of_its_own(file, first, last):
    tiles = pd.read_csv(REFERENCE / file)
    assert list(tiles) == ["area_code", "name", "row", "column"]
    assert (tiles.area_code.min(), tiles.area_code.max(), len(tiles)) == (first, last, 22)
    assert not tiles.duplicated(["row", "column"]).any()
    assert tiles.area_code.is_unique
    place = tiles.set_index("name")
    assert place.column["Orpington"] > place.column["Clock House"]
    assert place.row["Darwin"] > place.row["Chislehurst"]


def test_the_sample_is_unpacked_anew_when_the_archive_changes(checkout):
    folder = ensure_sample(checkout)
    profiles = folder / "london-borough-profiles.csv"
    profiles.unlink()
    ensure_sample(checkout)
    assert not profiles.exists()
    packed = checkout / "data" / "sample.zip"
    content = packed.read_bytes()
    packed.unlink()
    with pytest.raises(DataError, match=r"data/sample\.zip: not there"):
        ensure_sample(checkout)
    packed.write_bytes(content)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("more.csv", "a\r\n")
    assert profiles.name in {path.name for path in ensure_sample(checkout).iterdir()}


def test_the_archive_is_what_the_generator_makes():
    with zipfile.ZipFile(ROOT / "data" / "sample.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == make.files()
