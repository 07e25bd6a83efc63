"""The Metropolitan Police's dashboards: what must not be added up is kept apart."""

from __future__ import annotations

import pandas as pd
import pytest

from sbpanalysis.data import classification
from sbpanalysis.data.add import read
from sbpanalysis.data.contract import check
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import homicide, mps_checks, mps_dashboard, vawg
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

HEADER = (
    "Month_Year,Area Type,Borough_SNT,Area name,Area code,Crime Type,Crime Subtype,Measure,"
    "Financial Year,Count,Refresh Date"
)


def line(
    place="Bromley", code="E09000006", count="5", month="2018-03-01", level="Borough", *,
    kind="Knife Crime", subtype="Knife Crime", measure="Offences", year="fy17-18",
) -> str:  # fmt: skip
    return f"{month},{level},{place},{place},{code},{kind},{subtype},{measure},{year},{count},x"


def file(*lines: str, header: str = HEADER) -> RawFile:
    """A file of one month in which every borough has a row, and `lines` beside."""
    usual = [line(name, code) for code, name in territory().units.items() if name != "Bromley"]
    return RawFile.of("dashboard.csv", "\r\n".join([header, *usual, *lines, ""]).encode())


def values(reading) -> pd.Series:
    return reading.table.astype({"area_code": str}).set_index(["area_code", "measure"]).value


@pytest.fixture(scope="module")
def knife(real):
    """The reading of the published knife crime file."""
    return mps_dashboard.read(RawFile.open(next((real / "mps_dashboards").glob("*Knife*"))))


@pytest.fixture(scope="module")
def year(knife) -> pd.DataFrame:
    """Its rows of the financial year 2024/25."""
    return knife.table[knife.table.period.between("2024-04-01", "2025-03-01")]


def test_boroughs_and_neighbourhoods_are_never_added_up(year):
    rows = year[year.measure.eq("knife_crime_offences")]
    wards = rows.area_code.isin(territory().wards_of("E09000006", "2022"))
    assert rows.value[rows.area_code.eq("E09000006")].sum() == 332
    assert rows.value[wards].sum() == 329
    assert set(rows.area_type[wards]) == {"ward"}
    assert set(rows.area_type) == {"borough", "ward"}


def test_codes_with_a_trailing_blank_are_the_same_ward(knife):
    wards = knife.table[knife.table.area_type.eq("ward")]
    assert wards.area_code.nunique() == 679
    assert "blanks around texts in area_code" in knife.tolerated


def test_subtypes_that_nest_are_measures_of_their_own(year):
    total = year[year.area_code.eq("E09000006")].groupby("measure", observed=True).value.sum()
    assert total["knife_crime_with_injury_offences"] < total["knife_crime_offences"]
    assert (
        total["knife_crime_with_injury_in_robbery_offences"]
        <= total["knife_crime_with_injury_offences"]
    )


def test_positive_outcomes_are_no_offences(year):
    bromley = year[year.area_code.eq("E09000006")].groupby("measure", observed=True).value.sum()
    assert 0 < bromley["knife_crime_positive_outcomes"] < bromley["knife_crime_offences"]
    units = year.groupby("measure", observed=True).unit.unique()
    assert list(units["knife_crime_positive_outcomes"]) == ["outcomes"]


def test_rows_that_are_no_borough_are_kept_out(knife):
    boroughs = knife.table.area_code[knife.table.area_type.eq("borough")]
    assert set(boroughs) == set(territory().units)
    assert any("rows of places that are no borough or ward" in said for said in knife.tolerated)


def test_every_area_has_every_month_because_zeros_are_left_out(knife):
    check(knife.table, "knife")
    sizes = knife.table.groupby(["area_code", "measure"], observed=True).size()
    assert sizes.unique().tolist() == [48]


def test_what_a_level_has_no_row_of_is_not_none_there(knife):
    ward = line("Bromley Bickley", "E05013988", level="Safer Neighbourhood Teams", count="2")
    injured = line(subtype="Knife Crime with Injury", count="1")
    held = mps_dashboard.read(file(line(), ward, injured)).table
    assert set(held.measure[held.area_type.eq("ward")]) == {"knife_crime_offences"}


def test_victims_are_counted_by_borough_only_because_in_wards_they_are_few(knife):
    victims = knife.table[knife.table.measure.eq("young_knife_crime_injury_victims")]
    assert set(victims.area_type) == {"borough"}
    assert set(victims.unit) == {"recorded victims"}
    assert "victims by ward: kept out, they are of few" in knife.tolerated
    own = victims[victims.area_code.eq("E09000006")]
    assert own.value[own.period.between("2024-04-01", "2025-03-01")].sum() == 20


def test_both_spellings_of_the_header_give_the_same():
    snake = HEADER.lower().replace(" ", "_")
    same = mps_dashboard.read(file(line(), header=snake)).table
    pd.testing.assert_frame_equal(same, mps_dashboard.read(file(line())).table)


def test_a_type_counts_towards_no_total_of_recorded_crime():
    rows = classification.classify(mps_checks.PUBLISHER, [("Knife Crime", "Knife Crime")])
    assert classification.TOTAL not in rows.measures[0]


def test_offence_groups_are_added_up_by_measure():
    theft = [
        line(kind="THEFT", subtype=kind, count=n)
        for kind, n in (("SHOPLIFTING", "3"), ("BICYCLE THEFT", "4"))
    ]
    found = values(mps_dashboard.read(file(line(), *theft)))
    assert found["E09000006", "theft_offences"] == 7
    assert found["E09000006", "shoplifting_offences"] == 3
    assert found["E09000006", "total_notifiable_offences"] == 7


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            line(subtype="Sword Crime"),
            "Knife Crime / Sword Crime / Offences'; expected a crime type",
        ),
        (line(level="Region"), "found 'Region'; expected Borough or Safer Neighbourhood Teams"),
        (line(measure="Arrests"), "found 'Arrests'; expected Offences or Positive Outcomes"),
        (line(year="fy18-19"), "2018-03-01 / fy18-19'; expected the month's own financial year"),
        (line(month="Mar-18"), "found 'Mar-18'; expected the first of a month such as 2018-03-01"),
        (line(code="E09000007"), "Bromley / E09000007'; expected a borough with its own code"),
        (line(place="Bromleigh"), "Bromleigh / E09000006'; expected a borough with its own code"),
        (line(count="5.5"), "found '5.5'; expected a whole number of 0 or more"),
        (line(), "expected each count once"),
        (line(month="2018-01-01"), "found 'no 2018-02'; expected every month between"),
    ],
)
def test_a_broken_row_is_refused_with_the_reason(broken, said):
    made = file(line(), broken)
    assert mps_dashboard.recognises(made)
    with pytest.raises(DataError) as refusal:
        mps_dashboard.read(made)
    assert said in str(refusal.value)


def test_a_borough_left_out_is_refused():
    with pytest.raises(DataError, match="boroughs: found no Bromley; expected all 32 boroughs"):
        mps_dashboard.read(file())


def test_a_count_ten_times_too_large_is_refused(real):
    raw = RawFile.open(next((real / "mps_dashboards").glob("*Knife*")))
    lines = raw.content.decode().split("\n")
    at = next(
        i for i, text in enumerate(lines)
        if text.startswith("2024-04-01,Borough,Bromley") and ",Knife Crime,Knife Crime,Off" in text
    )  # fmt: skip
    cells = lines[at].split(",")
    cells[10] = str(int(cells[10]) * 10)
    lines[at] = ",".join(cells)
    with pytest.raises(DataError, match=r"E09000006, knife_crime_offences: found \d+ in 2024-04"):
        mps_dashboard.read(RawFile.of("knife.csv", "\n".join(lines).encode()))


# --- violence against women and girls --------------------------------------------------------


def test_the_two_sheets_of_vawg_are_not_added_up(real):
    path = next((real / "mps_dashboards").glob("VAWG*"))
    reading = vawg.read(RawFile.open(path))
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[rows.sheet.eq("Offence count location") & rows.borough_name.eq("Bromley")]
    found = reading.table[reading.table.area_code.eq("E09000006")]
    assert found.value.sum() == rows["count"].astype(int).sum()
    march = rows[rows.recorded_date_months.eq("2018-03-01")]["count"].astype(int).sum()
    assert found.value[found.period.eq("2018-03-01")].tolist() == [march]
    assert any("counts the same offences again, kept out" in said for said in reading.tolerated)
    check(reading.table, "vawg")


def test_sheets_of_vawg_that_do_not_agree_are_refused():
    header = (
        "bcu_location,borough_name,ward_name_clean_2,recorded_date_months,"
        "date_committed_from_date_months,count,sheet,crimsec_group,crimseccodeexpansion,"
        "crimsec_offences,vawg_offence\n"
    )
    place = "South Area,Bromley,Darwin,2018-03-01,2018-02-01,9,Offence count location,,,,\n"
    kind = ",,,2018-03-01,2018-02-01,8,Offence count classification,Rape,a,b,c\n"
    with pytest.raises(DataError, match="2018-03: found 9 by place, 8 by class; expected the same"):
        vawg.read(RawFile.of("vawg.csv", (header + place + kind).encode()))


VAWG = (
    "bcu_location,borough_name,ward_name_clean_2,recorded_date_months,"
    "date_committed_from_date_months,count,sheet,crimsec_group,crimseccodeexpansion,"
    "crimsec_offences,vawg_offence\n"
)


def abuse(recorded: str = "2018-03-01", committed: str = "2018-02-01", rows: int = 1) -> RawFile:
    """Offences by place in Bromley, recorded and committed in these months."""
    at = f"South Area,Bromley,Darwin,{recorded},{committed},9,Offence count location,a,b,c,d\n"
    usual = at.replace(recorded, "2018-03-01").replace(committed, "2018-02-01")
    return RawFile.of("vawg.csv", (VAWG + at * rows + usual * (300 - rows)).encode())


@pytest.mark.parametrize("recorded", ["2018-03", "2018-13-01", "01/03/2018", "Mar-18"])
def test_vawg_of_no_month_of_recording_is_refused(recorded):
    with pytest.raises(DataError, match="expected the first of a month such as 2018-03-01"):
        vawg.read(abuse(recorded))


def test_vawg_recorded_before_it_was_committed_is_refused():
    with pytest.raises(DataError, match=r"recorded: found 9 of 300 rows committed after it"):
        vawg.read(abuse("2018-01-01", rows=9))
    # a few are in the published file
    held = vawg.read(abuse("2018-01-01", rows=2)).table
    assert held["value"].sum() == 2700


def test_vawg_of_a_month_to_come_is_refused():
    with pytest.raises(DataError, match="found figures of 2098-03, expected months that are over"):
        read(abuse("2098-03-01"))


# --- homicide --------------------------------------------------------------------------------


def test_homicide_counts_accused_persons_of_the_boroughs(real):
    reading = homicide.read(RawFile.open(next((real / "mps_dashboards").glob("Homicide*"))))
    table = reading.table
    assert table.value[table.area_code.eq("E09000006")].sum() == 60
    assert table.value.sum() == 4_512 - 3
    assert "3 rows of no borough, kept out" in reading.tolerated
    assert set(table.unit) == {"persons"}
    check(table, "homicide")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Westminster", b"Kent", "place: found 'Kent'"),
        (b"Jan-03", b"45000", "date: found '45000'"),
        (b",Murder,", b",Theft,", "found 'Theft'; expected Murder or Manslaughter"),
    ],
)
def test_a_broken_homicide_row_is_refused(real, old, new, said):
    content = RawFile.open(next((real / "mps_dashboards").glob("Homicide*"))).content
    made = RawFile.of("homicide.csv", content.replace(old, new, 1))
    assert homicide.recognises(made)
    with pytest.raises(DataError) as refusal:
        homicide.read(made)
    assert said.split(": ")[-1] in str(refusal.value)


def accused(*months: str) -> RawFile:
    """One person accused in Bromley in each of these months."""
    header = (
        "Count of PPA,Borough,Gender,Age Group,Self Classified Ethnicity,Offence Type,"
        "Charged/Summonsed,Proceedings Date"
    )
    rows = [f"1,Bromley,Male,18-24,White,Murder,Charged,{month}" for month in months]
    return RawFile.of("homicide.csv", "\n".join([header, *rows, ""]).encode())


def test_a_homicide_of_a_month_to_come_is_refused():
    ahead = pd.Timestamp.now() + pd.DateOffset(months=2)
    last = pd.Timestamp.now() - pd.DateOffset(months=1)
    with pytest.raises(DataError, match=f"found '{ahead:%b-%y}'; expected a month that is over"):
        homicide.read(accused(f"{last:%b-%y}", f"{ahead:%b-%y}"))
    assert homicide.read(accused(f"{last:%b-%y}")).table["value"].tolist() == [1]


def test_a_homicide_years_from_all_others_is_refused():
    with pytest.raises(
        DataError, match=r"line 2: found 'Mar-08'.*expected no year without anybody"
    ):
        homicide.read(accused("Mar-08", "Mar-17", "Jan-18", "Mar-18"))
    # two months without one are zeros
    held = homicide.read(accused("Dec-17", "Mar-18")).table
    assert held["value"].tolist() == [1, 0, 0, 1]
