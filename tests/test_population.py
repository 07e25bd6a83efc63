"""Populations: each source says its own year, rounding and vintage, and is read whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from publishers import ESTIMATES, estimates
from sbpanalysis.data.contract import check
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import crime_rates, population, profiles
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError


def published(real, start: str) -> RawFile:
    return RawFile.open(next((real / "gla_population").glob(f"{start}*")))


def altered(file: RawFile, old: str, new: str) -> RawFile:
    content = file.content.replace(old.encode("cp1252"), new.encode("cp1252"), 1)
    assert content != file.content
    return RawFile.of(file.name, content)


def persons(reading, code: str, year: int, group: str = "", measure: str = "population") -> float:
    t = reading.table
    rows = t[t.area_code.eq(code) & t.group.eq(group) & t.measure.eq(measure)]
    (value,) = rows.value[rows.period.eq(f"{year}-01-01")]
    return value


def test_each_population_has_a_source_of_its_own(real):
    density = population.read(published(real, "housing-density"))
    census = population.read(published(real, "census2021-ts007a-ltla"))
    profile = profiles.read(published(real, "london-borough"))
    found = {
        density.source: persons(density, "E09000006", 2017),
        profile.source: persons(profile, "E09000006", 2017),
        census.source: persons(census, "E09000006", 2021),
    }
    assert found == {
        "gla_density_ward": 330_908,
        "gla_borough_profiles": 327_900,
        "census_2021": 329_989,
    }
    assert persons(density, "E09000006", 2021) == 339_467
    for reading in (density, census, profile):
        assert set(reading.table.source) == {reading.source}
        assert set(reading.table.frequency) == {"annual"}
        check(reading.table, reading.source)


def test_wards_of_the_density_file_add_up_to_each_borough(real):
    table = population.read(published(real, "housing-density")).table
    year = table[table.period.eq("2018-01-01")]
    wards = year[year.area_code.isin(territory().wards_of("E09000006", "2018"))]
    assert wards.value.sum() == year.value[year.area_code.eq("E09000006")].item() == 332_734
    assert set(wards.boundary_vintage) == {"2018"}
    assert year.area_type.value_counts().to_dict() == {"ward": 624, "borough": 32}


def test_older_ward_codes_do_not_pass_for_those_of_2018(real):
    table = population.read(published(real, "housing-density")).table
    wards = table[table.area_type.eq("ward")].drop_duplicates("area_code")
    old = ~wards.area_code.isin(territory().wards["2018"])
    assert set(wards.boundary_vintage[old]) == {"2011"}
    assert old.sum() == 141


def test_a_borough_with_a_ward_left_out_gets_no_total(real):
    file = published(real, "housing-density")
    lines = file.content.decode().splitlines(keepends=True)
    few = [line for line in lines if ",Bromley," in line and not line.startswith("E05000117")]
    reading = population.read(RawFile.of(file.name, "".join([lines[0], *few]).encode()))
    assert set(reading.table.area_type) == {"ward"}
    assert reading.tolerated == ("not all wards of Bromley: no total is made of them",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Abbey,2011,12904,", "Abbey,2011,129040,", "found 'E05000026 / 2011 / 129040'; expected"),
        ("Abbey,2011,12904,", 'Abbey,2011,"12,904",', "found '12,904'; expected a whole number"),
        ("E05000026,Barking and Dagenham,Abbey,2012", "E05000026,Barking and Dagenham,Abbey,2011",
         "expected each area and year once"),
        (",Year,", ",Jahr,", "no column for year"),
        ("E05000026,Barking and Dagenham", "E05000026,Barking", None),
        ("E05000026,Barking and Dagenham", "E05000026,Kent", "found 'Kent'; expected a London"),
        ("E05000026,Barking and Dagenham", "E05014053,Barking and Dagenham",
         "expected wards of 2022 throughout"),
    ],
)  # fmt: skip
def test_a_broken_density_file_is_refused(real, old, new, said):
    file = altered(published(real, "housing-density"), old, new)
    assert population.recognises(file)
    if said is None:  # another name of the same borough
        assert population.read(file).source == "gla_density_ward"
        return
    with pytest.raises(DataError) as refusal:
        population.read(file)
    assert said in str(refusal.value)


def test_age_bands_of_the_census_add_up_nearly(real):
    reading = population.read(published(real, "census2021-ts007a-ltla"))
    bands = reading.table[reading.table.group.ne("") & reading.table.area_code.eq("E09000006")]
    assert len(bands) == 18
    assert bands.value.sum() == pytest.approx(329_989, abs=30)
    assert "299 other areas, kept out" in reading.tolerated


def test_lsoas_of_the_census_are_of_2021_and_whole(real):
    reading = population.read(published(real, "census2021-ts007a-lsoa"))
    assert set(reading.table.boundary_vintage) == {"2021"}
    file = published(real, "census2021-ts007a-lsoa")
    gone = next(x for x in file.content.decode().splitlines() if ",Bromley 001A," in x) + "\n"
    with pytest.raises(DataError, match="Bromley: found 198 LSOAs of 199"):
        population.read(altered(file, gone, ""))


def test_a_borough_left_out_of_the_census_is_refused(real):
    file = published(real, "census2021-ts007a-ltla")
    gone = next(x for x in file.content.decode().splitlines() if ",Bromley," in x) + "\n"
    with pytest.raises(DataError, match="found no Bromley; expected all 32 boroughs"):
        population.read(altered(file, gone, ""))


def test_profiles_are_latin_1_with_full_stops_for_what_is_missing(real):
    file = published(real, "london-borough")
    assert b"\xa3" in file.content
    reading = profiles.read(file)
    assert set(reading.table.area_code) == set(territory().units)
    assert persons(reading, "E09000006", 2015, "65 and over", "population_share") == 17.5
    without = altered(
        file, "E09000006,Bromley,Outer London,327900", "E09000006,Bromley,Outer London,."
    )
    total = profiles.read(without).table.query(
        "measure == 'population' and area_code == 'E09000006'"
    )
    assert total.empty


def test_profiles_read_thousands_commas_and_keep_regions_out(real):
    file = published(real, "london-borough")
    commas = altered(file, ",327900,", ',"327,900",')
    assert persons(profiles.read(commas), "E09000006", 2017) == 327_900
    (said,) = profiles.read(file).tolerated
    assert all(region in said for region in ("Inner London", "United Kingdom", "City of London"))


def test_shares_of_another_year_than_the_population_make_no_persons(real):
    published_one = profiles.read(published(real, "london-borough")).table
    assert set(published_one.group[published_one.measure.eq("population")]) == {""}
    file = published(real, "london-borough")
    same = file.content.replace(b",_2015", b",_2017")
    made = profiles.read(RawFile.of(file.name, same))
    assert persons(made, "E09000006", 2017, "65 and over") == pytest.approx(0.175 * 327_900)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",327900,", ",3279000,", "E09000006: found 3,279,000 persons; expected 50,000 to 800,000"),
        (",327900,", ",#REF!,", "found '#REF!'; expected a number, or a full stop"),
        ("aged_65_and_over,_2015", "aged_65_and_over", "expected the population and its three age"),
        ("E09000006,Bromley", "E06000999,Bromley", "found no Bromley; expected all 32 boroughs"),
        ("E09000005,Brent", "E09000006,Brent", "found 'E09000006'; expected each borough and ward"),
        (",19.9,62.6,17.5,", ",19.9,62.6,71.5,", "found age bands of 154.0; expected bands that"),
    ],
)
def test_a_broken_profile_is_refused(real, old, new, said):
    file = altered(published(real, "london-borough"), old, new)
    assert profiles.recognises(file)
    with pytest.raises(DataError) as refusal:
        profiles.read(file)
    assert said in str(refusal.value)


def test_ward_profiles_tell_wards_from_boroughs_in_one_column(real):
    table = profiles.read(published(real, "ward-profiles")).table
    totals = table[table.group.eq("")]
    assert totals.area_type.value_counts().to_dict() == {"ward": 624, "borough": 32}
    wards = territory().wards_of("E09000006", "2018")
    bromley = totals[totals.area_code.isin([*wards, "E09000006"])]
    assert len(bromley) == 23
    assert bromley.value.sum() == pytest.approx(2 * 320_100, rel=0.001)


# --- crime rates -----------------------------------------------------------------------------


def test_rates_go_with_their_counts_by_financial_year(real):
    path = next((real / "recorded_crime_rates").glob("*.csv"))
    reading = crime_rates.read(RawFile.open(path))
    check(reading.table, "rates")
    rows = pd.read_csv(path).query("Borough == 'Bromley' and Offences == 'All recorded offences'")
    here = reading.table[reading.table.area_code.eq("E09000006") & reading.table.group.eq("")]
    for measure, column in (
        ("recorded_offences", "recordedOffences"),
        ("crime_rate_per_1000_population", "Rate"),
    ):
        found = here[here.measure.eq(measure)].sort_values("period")
        assert np.allclose(found.value, rows[column])
        assert found.period.iloc[0] == pd.Timestamp("1999-04-01")


def test_a_count_that_does_not_go_with_its_rate_is_refused(real):
    file = RawFile.open(next((real / "recorded_crime_rates").glob("*.csv")))
    line = next(
        x for x in file.content.decode().splitlines() if x.startswith("Bromley,2016-17,Bur")
    )
    with pytest.raises(
        DataError, match=r"Bromley / 2016-17 / Burglary .*; expected a count and a rate"
    ):
        crime_rates.read(altered(file, line, line + "0"))


def test_a_density_file_cut_off_between_years_is_refused(real):
    file = published(real, "housing-density")
    lines = file.content.decode().splitlines(keepends=True)
    with pytest.raises(DataError, match="E05000649: found 39 years of 40; expected every year"):
        population.read(RawFile.of(file.name, "".join(lines[:-1]).encode()))


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        (0, "Bromley: found 304,700 persons in its wards, expected about the 320,100"),
        (2, "found 'E05000106'; expected each borough and ward once"),
    ],
)
def test_wards_of_the_profiles_must_add_up_to_their_borough(real, copies, said):
    file = published(real, "ward-profiles")
    line = next(x for x in file.content.decode("cp1252").splitlines(True) if "E05000106" in x)
    with pytest.raises(DataError, match=said):
        profiles.read(altered(file, line, line * copies))


def nomis(*rows: str) -> RawFile:
    return RawFile.of("nomis_NM_31_1.csv", "\n".join([ESTIMATES, *rows, ""]).encode())


def test_of_the_yearly_estimates_the_totals_of_the_32_boroughs_are_taken():
    reading = population.read(nomis(*estimates([2017, 2018], ["All ages", "Aged 15 - 19"])))
    assert len(check(reading.table, reading.source)) == 2 * 32
    assert reading.source == "ons_mid_year_estimates"
    assert persons(reading, "E09000006", 2018) - persons(reading, "E09000006", 2017) == 10
    assert "1 other areas, kept out" in reading.tolerated
    assert f"{2 * 33 * 5} rows of one sex or age, kept out" in reading.tolerated


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (',170181,"A"', ',170181,"Q"', "found 'Q'; expected the status A"),
        (",170181,", ",,", "expected a whole number"),
        (",170181,", ",170,", "expected 50,000 to 800,000 in a borough"),
        ('"E09000003","Total"', '"E09000003","Male"', "found no Barnet"),
        ('"E09000004","Total"', '"E09000003","Total"', "one borough by both"),
        ('"AGE_NAME"', '"AGE_NAME","AGE_NAME"', "header"),
    ],
)
def test_broken_estimates_are_refused(old, new, said):
    whole = "\n".join([ESTIMATES, *estimates([2018]), ""])
    assert old in whole
    with pytest.raises(DataError) as refusal:
        population.read(RawFile.of("nomis.csv", whole.replace(old, new, 1).encode()))
    assert said in str(refusal.value)
