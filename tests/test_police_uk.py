"""data.police.uk: what the API's answers, street files and stop-and-search files really hold."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest

from sbpanalysis.data import classification
from sbpanalysis.data.files import EditionFile
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.select import values
from sbpanalysis.data.sources import police_uk, police_uk_street, stop_and_search
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError

NAME = "crime_month_2018_03_area_E05000109_0.json"
STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context\r\n"
)
MPS = "Metropolitan Police Service,Metropolitan Police Service"
PLACE = "0.011,51.40,On or near High Street,E01000676,Bromley 018B"


def crime(number: int = 1, category: str = "robbery", **other) -> dict:
    return {
        "category": category,
        "location_type": "Force",
        "location": {"latitude": "51.4", "street": {"id": 1, "name": "x"}, "longitude": "0.01"},
        "context": "",
        "outcome_status": None,
        "persistent_id": "",
        "id": number,
        "location_subtype": "",
        "month": "2018-03",
    } | other


def answer(crimes: list, name: str = NAME) -> RawFile:
    return RawFile.of(name, json.dumps(crimes).encode())


def archive(files: dict[str, list]) -> RawFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name, crimes in files.items():
            out.writestr(name, json.dumps(crimes))
    return RawFile.of("answers.zip", stream.getvalue())


def street(*rows: str) -> RawFile:
    return RawFile.of("2018-03-street.csv", (STREET + "".join(r + "\r\n" for r in rows)).encode())


def row(number: int, kind: str = "Robbery", place: str = PLACE, crime_id: str | None = None) -> str:
    crime_id = f"{number:064x}" if crime_id is None else crime_id
    return f"{crime_id},2018-03,{MPS},{place},{kind},Under investigation,"


# --- the API ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bromley(real):
    """The reading of the archive of all wards and months."""
    (path,) = (real / "police_uk").glob("api_crimes*.zip")
    return police_uk.read(RawFile.open(path))


def test_api_counts_are_those_of_the_derived_table(bromley, real):
    derived = pd.read_csv(next((real / "police_uk").glob("DERIVED*")))
    derived = derived[derived.borough.eq("Bromley")]
    theirs = derived.groupby(["ward_code", "month"])["count"].sum()
    long = bromley.table.melt(
        ["area_code", "area_name", "area_type", "boundary_vintage", "major", "minor"],
        var_name="month",
    )
    ours = long.groupby(["area_code", "month"]).value.sum()
    ours.index.names = theirs.index.names
    pd.testing.assert_series_equal(
        ours[ours > 0].sort_index(), theirs.sort_index(), check_names=False, check_dtype=False
    )


def test_a_missing_month_stays_missing_and_is_said_to_be_unknown(bromley):
    assert "2016-02" in bromley.table
    assert "2016-03" not in bromley.table
    assert "2016-03 is not there: unknown, not zero" in bromley.tolerated


def test_transport_police_are_counted_apart_and_towards_no_total(bromley):
    months = [c for c in bromley.table if c.startswith("20")]
    apart = bromley.table.major.eq("British Transport Police")
    assert bromley.table.loc[apart, months].to_numpy().sum() == 1_149
    rows = classification.classify("data.police.uk", [police_uk.TRANSPORT])
    assert classification.TOTAL not in rows.measures[0]


def test_asb_is_a_measure_of_its_own_and_no_notifiable_offence(bromley):
    year = [c for c in bromley.table if "2017-04" <= c <= "2018-03"]
    wide = bromley.table.groupby(["major", "minor"])[year].sum().sum(axis=1)
    assert wide.sum() == 28_303
    assert wide["", "anti-social-behaviour"] == 5_499
    pairs = list(wide.index)
    counted = classification.classify("data.police.uk", pairs).set_index(wide.index)
    total = wide[[classification.TOTAL in m for m in counted.measures]].sum()
    assert total == 28_303 - 5_499 - wide[police_uk.TRANSPORT]
    assert counted.measures["", "anti-social-behaviour"] == ("police_asb_incidents",)


def test_overlapping_ward_outlines_are_said(bromley):
    assert any("1,265 crimes were returned for two wards" in said for said in bromley.tolerated)


def test_one_answer_is_read_like_the_archive(bromley, real):
    path = real / "police_uk" / "api_sample_2018-03" / NAME
    one = police_uk.read(RawFile.open(path)).table
    several = bromley.table[bromley.table.area_code.eq("E05000109")]
    assert one["2018-03"].sum() == several["2018-03"].sum()
    assert one.area_name.unique().tolist() == ["Bromley Town"]


def test_the_ward_is_told_by_the_name_alone():
    with pytest.raises(
        DataError, match=r"name 'march\.json': found no month and ward in it, expected"
    ):
        police_uk.read(answer([crime()], "march.json"))


def test_a_ward_in_several_parts_is_added_up_and_a_missing_part_refused():
    part = "crime_month_2018_03_area_E05000109_{}.json"
    both = {part.format(0): [crime(1)], part.format(1): [crime(2)]}
    assert police_uk.read(archive(both)).table["2018-03"].sum() == 2
    with pytest.raises(DataError, match="E05000109 in 2018-03: found a part left out"):
        police_uk.read(archive({part.format(1): [crime(2)], part.format(2): []}))


def test_a_month_that_lacks_wards_is_left_out():
    files = {
        "crime_month_2018_03_area_E05000109_0.json": [crime(1)],
        "crime_month_2018_03_area_E05000110_0.json": [],
        "crime_month_2018_04_area_E05000109_0.json": [crime(2, month="2018-04")],
    }
    reading = police_uk.read(archive(files))
    assert [c for c in reading.table if c.startswith("20")] == ["2018-03"]
    assert "2018-04 holds 1 of 2 wards: not whole, left out" in reading.tolerated
    empty = reading.table[reading.table.area_code.eq("E05000110")]
    assert empty["2018-03"].tolist() == [0]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ([crime(category="piracy")], "category: found 'piracy'; expected a category that"),
        ([crime(location_type="RAF")], "location_type: found 'RAF'; expected Force or BTP"),
        ([crime(month="2018-02")], "found crimes of 2018-02, expected only 2018-03"),
        (
            [crime(1), crime(1)],
            "E05000109 in 2018-03: found crime 1 twice; expected each crime once",
        ),
        ([{"category": "robbery"}], "found a crime with other keys"),
        ({"error": "too many"}, "found dict in the outermost place, expected a list of crimes"),
    ],
)
def test_a_broken_answer_is_refused_with_the_reason(broken, said):
    with pytest.raises(DataError) as refusal:
        police_uk.read(answer(broken))
    assert said in str(refusal.value)


def test_an_answer_cut_off_is_recognised_and_refused(real):
    content = (real / "police_uk" / "api_sample_2018-03" / NAME).read_bytes()[:5000]
    file = RawFile.of(NAME, content)
    assert police_uk.recognises(file)
    with pytest.raises(DataError, match="found JSON that cannot be read"):
        police_uk.read(file)


# --- street files ----------------------------------------------------------------------------


def test_street_crimes_are_kept_by_lsoa_not_by_force(real):
    (path,) = (real / "police_uk" / "city-of-london").glob("2018-04*")
    reading = police_uk_street.read(RawFile.open(path))
    assert reading.source == "police_uk_street_city_of_london"
    boroughs = set(reading.table.area_name.astype(str).str[:-5])
    assert {"City of London", "Tower Hamlets", "Islington"} <= boroughs


def test_street_crimes_without_a_place_are_counted_and_kept_out(real):
    away = total = 0
    for path in (real / "police_uk" / "city-of-london").glob("*.csv"):
        reading = police_uk_street.read(RawFile.open(path))
        (said,) = [s for s in reading.tolerated if "without a place" in s]
        away += int(said.split()[0])
        total += int(said.split()[2].replace(",", ""))
        month = reading.table.columns[-1]
        assert reading.table[month].sum() == total_placed(said)
    assert (away, total) == (629, 8_742)


def total_placed(said: str) -> int:
    words = said.replace(",", "").split()
    return int(words[2]) - int(words[0])


def test_street_burglary_of_bromley_adds_up_to_the_rows(real):
    months = {}
    for path in (real / "police_uk" / "metropolitan_burglary_bromley").glob("*.csv"):
        reading = police_uk_street.read(RawFile.open(path))
        assert "only Burglary: nothing is known of other crime" in reading.tolerated
        months[reading.table.columns[-1]] = reading.table.iloc[:, -1].sum()
    year = [n for m, n in months.items() if "2017-04" <= m <= "2018-03"]
    assert sum(year) == 2_595


def test_asb_rows_have_no_crime_id_and_others_must():
    asb = row(1, "Anti-social behaviour", crime_id="")
    assert police_uk_street.read(street(asb, row(2))).table["2018-03"].sum() == 2
    with pytest.raises(DataError, match="line 3, crime_id: found ''; expected 64 digits"):
        police_uk_street.read(street(asb, row(2, crime_id="")))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (row(1, "Piracy"), "line 2, minor: found 'Piracy'; expected a crime type that"),
        (
            row(1, place=",,No Location,E01000676,Bromley 018B"),
            "line 2: found a place told by half",
        ),
        (row(1, place=PLACE.replace("51.40", "5140")), "line 2, latitude: found '5140'; expected"),
        (row(1, place=PLACE.replace("E01000676", "E0100067")), "expected an LSOA code such as"),
        (
            row(1).replace("2018-03", "Mar-18"),
            "column month: found 'Mar-18'; expected a month such",
        ),
        (row(1).replace(MPS, "Kent Police,Kent Police"), "column force: found 'Kent Police'"),
    ],
)
def test_a_broken_street_row_is_refused_with_the_reason(broken, said):
    file = street(broken)
    assert police_uk_street.recognises(file)
    with pytest.raises(DataError) as refusal:
        police_uk_street.read(file)
    assert said in str(refusal.value)


def borough_of(lsoas: int, month: str, burgled: int = 0) -> RawFile:
    """A month in which each of so many LSOAs of Bromley has a crime, some a burglary too."""
    kinds = ["Robbery", "Drugs", "Shoplifting", "Vehicle crime", "Other theft"]
    rows = [(i, kinds[i % 5]) for i in range(lsoas)] + [(i, "Burglary") for i in range(burgled)]
    text = [",".join(police_uk_street._COLUMNS[name][0] for name in police_uk_street._COLUMNS)]
    text += [f"{n:064x},{month},{MET},{MET},0.02,51.4,On or near High Street,E0100{700 + i:04d},"
             f"Bromley {i // 5:03d}{'ABCDE'[i % 5]},{kind},Under investigation,"
             for n, (i, kind) in enumerate(rows)]  # fmt: skip
    return RawFile.of(f"{month}-metropolitan-street.csv", "\n".join([*text, ""]).encode())


MET = "Metropolitan Police Service"


@pytest.mark.parametrize(("lsoas", "whole"), [(197, True), (187, True), (180, False), (20, False)])
def test_an_lsoa_without_a_row_is_zero_only_in_a_file_of_whole_boroughs(lsoas, whole):
    reading = police_uk_street.read(borough_of(lsoas, "2018-03"))
    said = "not whole boroughs: of LSOAs without a row nothing is known"
    assert (not reading.partial, said in reading.tolerated) == (whole, not whole)
    # of an LSOA that is in the file it is known that it had none of the other kinds
    assert len(reading.table) == (lsoas if whole else 5 * lsoas)
    assert reading.table["2018-03"].sum() == lsoas


def test_lsoas_that_were_filtered_out_of_a_month_do_not_read_as_zero(checkout):
    store, held = Store(checkout), []
    for file in (borough_of(197, "2018-03", 9), borough_of(20, "2018-04"),
                 borough_of(190, "2018-05")):  # fmt: skip
        facts = store.put(file, police_uk_street.read(file))
        held.append(EditionFile(facts, tuple(facts["months"])))
    robberies = values(store, held, "robbery_offences", "lsoa", None, parts=False)
    by_month = robberies.groupby(robberies["period"].dt.strftime("%Y-%m"))["value"]
    # 180 of the LSOAs were filtered out of April; without a row in May they had none
    assert by_month.size().to_dict() == {"2018-03": 197, "2018-04": 20, "2018-05": 197}
    assert by_month.sum().to_dict() == {"2018-03": 40, "2018-04": 4, "2018-05": 38}


def test_two_months_in_one_street_file_are_refused():
    with pytest.raises(DataError, match=r"found 2 months \(2018-03, 2018-04\), expected one month"):
        police_uk_street.read(street(row(1), row(2).replace("2018-03", "2018-04")))


# --- stop and search -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "searches", "bare"), [("2018-03", 10_866, "95%"), ("2018-06", 10_581, "9%")]
)
def test_searches_are_of_all_london_in_the_local_month_and_say_what_has_no_place(
    real, month, searches, bare
):
    (path,) = (real / "police_uk").glob(f"{month}-metropolitan-stop*")
    reading = stop_and_search.read(RawFile.open(path))
    total = reading.table[reading.table.group.eq("")]
    assert total.value.tolist() == [searches]
    assert total.period.dt.strftime("%Y-%m").tolist() == [month]
    assert set(reading.table.area_code) == {"E12000007"}
    assert reading.table.value[reading.table.group.ne("")].sum() == searches
    assert any(
        said.startswith(f"{bare} of {searches:,} searches without") for said in reading.tolerated
    )


def test_a_search_of_another_local_month_is_refused(real):
    (path,) = (real / "police_uk").glob("2018-06-metropolitan-stop*")
    content = RawFile.open(path).content
    late = content.replace(b"2018-05-31T23:01:00", b"2018-05-31T22:01:00", 1)
    with pytest.raises(DataError, match="expected one month a file, 2018-06 as most rows have"):
        stop_and_search.read(RawFile.of(path.name, late))


def test_a_filtered_search_file_is_refused(real):
    (path,) = (real / "police_uk").glob("2018-06-metropolitan-stop*")
    few = b"".join(RawFile.open(path).content.splitlines(keepends=True)[:50])
    with pytest.raises(DataError, match="rows: found 49 searches, expected 1,000 or more"):
        stop_and_search.read(RawFile.of(path.name, few))


def test_a_search_file_cut_off_in_mid_month_is_refused(real):
    (path,) = (real / "police_uk").glob("2018-06-metropolitan-stop*")
    lines = RawFile.open(path).content.splitlines(keepends=True)
    early = b"".join(x for x in lines if b",2018-06-30T" not in x and b",2018-06-29T23" not in x)
    with pytest.raises(DataError, match="2018-06: found no search on day 30; expected searches"):
        stop_and_search.read(RawFile.of(path.name, early))
