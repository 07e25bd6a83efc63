"""Recorded crime of the police: every layout is read right."""

from __future__ import annotations

import pandas as pd
import pytest

from recorded_crime import (
    HEADERS,
    as_csv,
    borough_frame,
    lsoa_frame,
    month_names,
    value,
    ward_frame,
)
from sbpanalysis.data import classification
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import mps, mps_checks
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

BROMLEY = "E09000006"


def read(frame: pd.DataFrame | bytes, name: str = "made-up.csv"):
    content = frame if isinstance(frame, bytes) else as_csv(frame)
    file = RawFile.of(name, content)
    assert mps.recognises(file)
    return mps.read(file)


def total(reading, measure: str, code: str = BROMLEY, first=None, last=None) -> int:
    table = reading.table
    pairs = list(table[["major", "minor"]].drop_duplicates().itertuples(index=False, name=None))
    counted = classification.current().by_measure(mps_checks.PUBLISHER, pairs).get(measure, {})
    rows = [pair in counted for pair in zip(table["major"], table["minor"], strict=True)]
    months = [c for c in table if c[:2] in ("19", "20") and (first or "0") <= c <= (last or "9")]
    return int(table.loc[pd.Series(rows) & (table["area_code"] == code), months].sum().sum())


# Layouts


@pytest.mark.parametrize("layout", HEADERS)
def test_every_header_generation_of_the_borough_file_is_read_by_meaning(layout):
    reading = read(borough_frame(layout))
    assert reading.source == "mps_borough"
    assert reading.table["area_code"].nunique() == 32
    robbery = next(j for j, pair in enumerate(_categories(layout)) if pair[0] == "Robbery")
    bromley = list(territory().units).index(BROMLEY)
    expected = sum(value(bromley, robbery, k) for k in range(24))
    assert total(reading, "robbery_personal_offences") == expected


def _categories(layout):
    from recorded_crime import NEW, OLD

    return OLD if layout == "old" else NEW


def test_ward_columns_may_come_first():
    frame = ward_frame()
    front = ["WardName", "WardCode", "MajorText", "MinorText", "LookUp_BoroughName"]
    moved = frame[front + [c for c in frame if c not in front]]
    pd.testing.assert_frame_equal(read(moved).table, read(frame).table)


def test_ward_layout_of_2026_with_group_columns_is_read():
    renamed = ward_frame().rename(columns={"MajorText": "Group", "MinorText": "SubGroup"})
    assert read(renamed).source == "mps_ward"


def test_lsoa_file_holds_a_borough_code_under_borough():
    reading = read(lsoa_frame())
    assert (reading.source, reading.table["area_code"].nunique()) == ("mps_lsoa", 199)
    assert set(reading.table["boundary_vintage"]) == {"2021"}


def test_a_refreshed_date_column_is_passed_over():
    assert (
        read(borough_frame("2026").assign(**{"Refreshed Date": "01/03/2026"})).table.shape[1] == 30
    )


def test_months_in_another_order_are_the_same_table():
    frame = borough_frame()
    texts = [c for c in frame if not c.isdigit()]
    turned = frame[texts + month_names()[::-1]]
    pd.testing.assert_frame_equal(read(turned).table, read(frame).table)


# Months


def test_most_recent_24_months_may_hold_25_and_says_so():
    reading = read(borough_frame(count=25))
    assert "2019-01" in reading.table
    assert "25 months" in reading.tolerated


def test_a_first_month_of_a_few_days_only_is_left_out_and_said():
    frame = lsoa_frame()
    frame["202402"] = 0
    frame.loc[0, "202402"] = 3
    reading = read(frame)
    assert "2024-02" not in reading.table
    assert any("not a whole month" in text for text in reading.tolerated)


# Categories


def test_criminal_damage_takes_in_threat_or_possession_with_intent():
    reading = read(borough_frame("2019"))
    damage = total(reading, "criminal_damage_offences") - total(reading, "arson_offences")
    bromley = list(territory().units).index(BROMLEY)
    assert damage == sum(value(bromley, j, k) for j in (1, 6) for k in range(24))


def test_theft_of_a_vehicle_is_taking_and_aggravated_taking():
    bromley = list(territory().units).index(BROMLEY)
    expected = sum(value(bromley, j, k) for j in (11, 12) for k in range(24))
    assert total(read(borough_frame("2019")), "theft_of_motor_vehicle_offences") == expected


@pytest.mark.parametrize(
    "label",
    [
        "Burglary in a Dwelling",
        "Burglary - Residential",
        "Domestic Burglary",
        "DOMESTIC BURGLARY",
        "RES BURGLARY OF A HOME",
        "RES BURGLARY OF UNCONNECTED BUILDING",
    ],
)
def test_residential_burglary_has_many_names(label):
    rows = classification.classify(mps_checks.PUBLISHER, [("BURGLARY", label)])
    assert "burglary_residential_offences" in rows["measures"][0]


def test_a_label_that_switches_inside_the_file_makes_one_series():
    frame = borough_frame("2024", start="2023-06")
    months = month_names("2023-06")
    old = frame["MinorText"] == "DOMESTIC BURGLARY"
    fresh = frame[old].assign(MinorText="BURGLARY - RESIDENTIAL")
    fresh[months[:9]] = 0
    frame.loc[old, months[9:]] = 0
    whole = read(borough_frame("2024", start="2023-06"))
    split = read(pd.concat([frame, fresh]))
    measure = "burglary_residential_offences"
    assert total(split, measure) == total(whole, measure)


# Labels of later vintages, and cut ones


def test_violence_without_injury_keeps_what_was_split_off_in_2026():
    majors = ["VIOLENCE AGAINST THE PERSON"] * 3
    minors = [
        "VIOLENCE WITHOUT INJURY",
        "STALKING AND HARASSMENT",
        "DEATH SERIOUS INJURY ILLEGAL DRIVING",
    ]
    rows = classification.classify(mps_checks.PUBLISHER, zip(majors, minors, strict=True))
    assert all("violence_without_injury_offences" in names for names in rows["measures"])


def test_labels_cut_at_50_characters_are_known():
    cut = "Threat or Possession With Intent to Commit Criminal Damage"[:50]
    major = "Miscellaneous Crimes Against Society"
    assert classification.unknown(mps_checks.PUBLISHER, [(major, cut)]) == []


# What is no borough and no modern notifiable crime


def test_what_is_no_borough_is_kept_out_and_said():
    frame = borough_frame("2024")
    extra = frame[frame["BoroughName"] == "Bromley"]
    names = ["London Heathrow and London City Airports", "Unknown"]
    reading = read(pd.concat([frame, *[extra.assign(BoroughName=name) for name in names]]))
    pd.testing.assert_frame_equal(reading.table, read(frame).table)
    assert any("Unknown" in text and "kept out" in text for text in reading.tolerated)


def test_local_fraud_is_a_measure_of_its_own():
    assert total(read(borough_frame("2019")), "fraud_offences") > 0


# Wards


def test_a_ward_under_two_boroughs_is_one_ward():
    wards = territory().wards_of("E09000017", "2022")
    rows = ward_frame().drop_duplicates(["MajorText", "MinorText"])
    hillingdon = pd.concat(
        [rows.assign(WardCode=w, WardName=w, LookUp_BoroughName="Hillingdon") for w in wards]
    )
    airport = hillingdon[hillingdon["WardCode"] == "E05013570"]
    airport = airport.assign(LookUp_BoroughName="Aviation Security (SO18)")
    alone, both = read(hillingdon), read(pd.concat([airport, hillingdon]))
    measure = "total_notifiable_offences"
    assert total(both, measure, "E05013570") == 2 * total(alone, measure, "E05013570")
    assert not both.table.duplicated(["area_code", "major", "minor"]).any()


def test_a_row_left_out_is_zero():
    frame = ward_frame()
    rape = frame["MinorText"] == "Rape"
    frame.loc[rape, month_names("2021-12")] = 0
    frame.loc[rape & (frame["WardCode"] == "E05013996"), "202201"] = 2
    short = frame[~rape | (frame["WardCode"] == "E05013996")]
    assert not read(short).partial
    assert total(read(short), "rape_offences", "E05013996") == 2


@pytest.mark.parametrize("vintage", ["2018", "2022"])
def test_ward_codes_say_which_wards_these_are(vintage):
    assert set(read(ward_frame(vintage)).table["boundary_vintage"]) == {vintage}


def test_old_and_new_wards_in_one_file_are_refused():
    with pytest.raises(DataError, match="wards of 20"):
        read(pd.concat([ward_frame("2018"), ward_frame("2022")]))


# The published files themselves


FACTS = {
    "MPS_Borough_Level_Crime_24m_201701-201812.csv": (22655, 272, 1890, 871, 2296, 608),
    "MPS_Borough_Level_Crime_Historical_201004-202111.csv": (22613, 272, 1890, 870, 2296, 608),
    "MPS_Borough_Level_Crime_Historical_201004-202210.csv": (22463, 264, 1886, 865, 2195, 587),
}
MEASURES = (
    "total_notifiable_offences",
    "theft_from_person_offences",
    "theft_from_motor_vehicle_offences",
    "theft_of_motor_vehicle_offences",
    "criminal_damage_offences",
    "robbery_offences",
)


@pytest.mark.parametrize("name", FACTS)
def test_revisions_of_bromleys_year_2017_18_are_told_apart(real, name):
    reading = mps.read(RawFile.open(real / "mps_recorded_crime" / name))
    found = tuple(total(reading, m, first="2017-04", last="2018-03") for m in MEASURES)
    assert found == FACTS[name]


@pytest.mark.parametrize(
    ("name", "mean"),
    list(zip(FACTS, [25799, 25774, 25482], strict=True)),
)
def test_the_mean_of_london_divides_by_32(real, name, mean):
    table = mps.read(RawFile.open(real / "mps_recorded_crime" / name)).table
    year = [
        f"{y}-{m:02d}"
        for y, m in [(2017, m) for m in range(4, 13)] + [(2018, m) for m in (1, 2, 3)]
    ]
    assert table["area_code"].nunique() == 32
    assert round(table[year].sum().sum() / 32) == mean


def test_every_published_file_is_taken(real):
    for path in sorted((real / "mps_recorded_crime").iterdir()):
        reading = mps.read(RawFile.open(path))
        assert reading.source == "mps_" + path.name.split("_")[1].lower()


def test_the_files_vintages_are_known_by_their_codes(real):
    for months, vintage in (("202009-202208", "2018"), ("202112-202311", "2022")):
        path = real / "mps_recorded_crime" / f"MPS_Ward_Level_Crime_24m_{months}.csv.gz"
        assert set(mps.read(RawFile.open(path)).table["boundary_vintage"]) == {vintage}


def test_bromleys_wards_hold_fewer_crimes_than_the_borough(real):
    folder = real / "mps_recorded_crime"
    ward = mps.read(RawFile.open(folder / "MPS_Ward_Level_Crime_24m_202112-202311.csv.gz")).table
    own = ward[ward["area_code"].isin(territory().wards_of(BROMLEY, "2022"))]
    months = [c for c in ward if c.startswith("20")]
    borough = mps.read(RawFile.open(folder / "MPS_Borough_Level_Crime_24m_202112-202311.csv"))
    assert int(own[months].sum().sum()) == 46027
    assert total(borough, "total_notifiable_offences") == 46934


def test_the_label_switch_of_march_2024_leaves_no_collapse(real):
    path = real / "mps_recorded_crime" / "MPS_Borough_Level_Crime_24m_202306-202505.csv"
    reading = mps.read(RawFile.open(path))
    measure = "burglary_residential_offences"
    monthly = [
        total(reading, measure, first=m, last=m) for m in reading.table if m.startswith("20")
    ]
    assert min(monthly) > 30
