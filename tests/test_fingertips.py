"""Local health profiles: rates of the boroughs and London with their limits, nothing else."""

from __future__ import annotations

import pytest

from sbpanalysis.data.contract import check
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import fingertips
from sbpanalysis.errors import DataError, NotOursError

HEADER = (
    "Indicator ID,Indicator Name,Area Code,Area Name,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator"
)
NAME = "First time entrants to the youth justice system"


def row(code="E09000006", period="2017/18", value="289.1", low="240.2", high="345.0", sex="Persons",
        category="", name=NAME, number="10401", age="10-17 yrs"):  # fmt: skip
    return f'{number},"{name}",{code},x,{sex},{age},,{category},{period},{value},{low},{high},,'


def file(*rows: str) -> RawFile:
    return RawFile.of("indicators.csv", "\n".join([HEADER, *rows, ""]).encode())


def test_each_rate_has_its_limits_as_groups():
    table = fingertips.read(file(row(), row("E12000007", value="380", low="370", high="391"))).table
    check(table, "profiles")
    own = table[table.area_code.eq("E09000006")].set_index("group").value
    assert own.to_dict() == {"": 289.1, "Lower 95% limit": 240.2, "Upper 95% limit": 345.0}
    assert set(table.measure) == {"first_time_entrants_rate"}
    assert set(table.area_type) == {"borough", "region"}


@pytest.mark.parametrize(
    ("period", "first", "frequency"),
    [
        ("2017", "2017-01-01", "annual"),
        ("2017/18", "2017-04-01", "annual"),
        ("2014/15 - 16/17", "2014-04-01", "36 months"),
        ("2008 - 10", "2008-01-01", "36 months"),
    ],
)
def test_periods_of_one_and_of_several_years(period, first, frequency):
    table = fingertips.read(file(row(period=period))).table
    assert table.period.dt.strftime("%Y-%m-%d").unique().tolist() == [first]
    assert table.frequency.unique().tolist() == [frequency]


def test_other_areas_sexes_and_categories_are_left_out_and_counted():
    rows = [row(), row("E06000001"), row(sex="Male"), row(category="Most deprived")]
    reading = fingertips.read(file(*rows))
    assert "3 rows of other areas, sexes or categories" in reading.tolerated
    assert len(reading.table) == 3


def test_a_rate_that_is_suppressed_is_missing_not_zero():
    rows = [row(), row("E12000007", value="", low="", high="")]
    assert set(fingertips.read(file(*rows)).table.area_code) == {"E09000006"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (row("E12000007", period="Q3 2017"), "a period such as 2017/18 or 2014/15 - 16/17"),
        (row("E12000007", value="n/a"), "a rate of 0 or more, or nothing"),
        (row(), "each indicator, area and period once"),
    ],
)
def test_a_broken_file_is_refused(broken, said):
    made = file(row(), broken)
    assert fingertips.recognises(made)
    with pytest.raises(DataError) as refusal:
        fingertips.read(made)
    assert said in str(refusal.value)


# names and numbers of other indicators, which a loose pattern would take for ours
SIMILAR = [
    ("92904", "Admission episodes for alcohol-specific conditions - Under 18s", "<18 yrs"),
    ("90808", "Hospital admissions due to substance misuse (15-24 years)", "<18 yrs"),
    ("90809", "Hospital admissions due to substance misuse (15-24 years)", "15-24 yrs"),
    ("90808", "Hospital admissions due to substance misuse (All ages)", "All ages"),
    ("90812", "Hospital admissions caused by injuries in young people (15-24 years)", "15-24 yrs"),
    ("10401", "First time offenders", "10-17 yrs"),
    ("93001", "Re-entrants and first time entrants to the youth justice system", "10-17 yrs"),
    ("20401", "Smoking at time of delivery", "All ages"),
]


@pytest.mark.parametrize(("number", "name", "age"), SIMILAR)
def test_no_other_indicator_is_taken_for_ours(number, name, age):
    other = row(number=number, name=name, age=age)
    with pytest.raises(DataError, match="expected an indicator of this project"):
        fingertips.read(file(other))
    both = fingertips.read(file(other, row()))
    assert both.table.equals(fingertips.read(file(row())).table)
    assert f"other indicators, kept out: {name}" in both.tolerated


def test_the_two_indicators_of_one_download_are_both_taken():
    name = "Hospital admissions due to substance misuse (15 to 24 years)"
    table = fingertips.read(
        file(row(), row(number="90808", name=name, age="15-24 yrs", value="95.5", low="80"))
    ).table
    own = table[table.group.eq("")].set_index("measure").value.to_dict()
    assert own == {
        "first_time_entrants_rate": 289.1,
        "hospital_admissions_substance_misuse_aged_15_24": 95.5,
    }


def test_a_download_of_other_places_says_so():
    with pytest.raises(NotOursError, match="no row of a London borough"):
        fingertips.read(file(row("E06000001"), row(sex="Male")))
