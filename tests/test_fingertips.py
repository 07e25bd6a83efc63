"""Local health profiles: rates of the boroughs and London with their limits, nothing else."""

from __future__ import annotations

import pytest

from sbpanalysis.data.contract import check
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import fingertips
from sbpanalysis.errors import DataError

HEADER = (
    "Indicator ID,Indicator Name,Area Code,Area Name,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator"
)
NAME = "First time entrants to the youth justice system"


def row(code="E09000006", period="2017/18", value="289.1", low="240.2", high="345.0", sex="Persons",
        category="", name=NAME):  # fmt: skip
    return f'1,"{name}",{code},x,{sex},10-17 yrs,,{category},{period},{value},{low},{high},,'


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
        (row(name="Smoking at time of delivery"), "an indicator of this project"),
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
