"""An edition gives the figures of the files it names, and of no others."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import sbpanalysis as sbp
from conftest import ROOT
from publishers import zipped
from recorded_crime import as_csv, borough_frame, month_names, value, ward_frame, write
from sbpanalysis.absent import Absent
from sbpanalysis.cli import app
from sbpanalysis.data import contract, snapshots
from sbpanalysis.data.add import add
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.store import Store
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError, LeftOutWarning
from sbpanalysis.report import disclosure

BROMLEY = "E09000006"
SAID = {
    "title": "Made up",
    "area": "Bromley",
    "comparators": ["London", "Croydon"],
    "period_end": "2018-12",
    "data": ["crime.csv"],
}


def say(checkout, name: str = "made-up", **changes):
    said = {k: v for k, v in (SAID | changes).items() if v is not None}
    (checkout / "book" / "editions" / f"{name}.yml").write_text(yaml.safe_dump(said))
    return name


@pytest.fixture
def published(checkout):
    """A folder of published files that were never added."""
    folder = checkout / "published"
    folder.mkdir()
    write(folder, "crime.csv", borough_frame())
    write(folder, "ward.csv", ward_frame("2018", start="2017-01"))
    return folder


def bromley(category: int, month: int) -> int:
    return value(list(territory().units).index(BROMLEY), category, month)


# Opening


def test_an_edition_opens_by_name_and_from_a_path_anywhere(checkout, published, tmp_path_factory):
    name = say(checkout)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.yml"
    elsewhere.write_text((checkout / "book" / "editions" / "made-up.yml").read_text())
    one, two = (Edition.open(e, data=published) for e in (name, elsewhere))
    assert (one.name, two.name, one.area, one.area_code) == ("made-up", "mine", "Bromley", BROMLEY)
    assert (one.confidence, one.is_sample, one.comparators) == (0.95, False, ("London", "Croydon"))
    assert one.period_end == pd.Period("2018-12", "M")


@pytest.fixture
def half_bad(checkout, published):
    """An edition of an archive of which one file was refused."""
    good = (published / "crime.csv").read_bytes()
    broken = good.replace(b"Bromley", b"Bromleigh")
    (published / "all.zip").write_bytes(zipped({"good.csv": good, "bad.csv": broken}))
    (published / "crime.csv").unlink()
    return say(checkout, data=["all.zip"])


def test_an_edition_of_an_archive_says_what_of_it_was_refused_each_time(half_bad, published):
    for _ in range(2):
        with pytest.warns(LeftOutWarning) as warned:
            edition = Edition.open(half_bad, data=published)
        [said] = [str(one.message) for one in warned]
        assert said.startswith("all.zip, bad.csv: refused, the edition is without it: bad.csv: ")
        assert "found 'Bromleigh'; expected one of the 32 boroughs" in said
        assert "\n" not in said
        assert [held.facts["name"] for held in edition.files] == ["good.csv"]


def test_the_command_says_in_one_line_what_of_an_archive_was_refused(half_bad, published):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        ran = CliRunner().invoke(app, ["replay", "--edition", half_bad, "--data", str(published)])
    [line] = [line for line in ran.stderr.splitlines() if "Bromleigh" in line]
    assert line.startswith("warning: all.zip, bad.csv: refused, the edition is without it: ")
    assert "LeftOutWarning" not in ran.stderr


def test_another_area_can_be_asked_for(checkout, published):
    edition = Edition.open(say(checkout), data=published, area="croydon")
    assert (edition.area, edition.comparators) == ("Croydon", ("London",))
    assert edition.series("robbery_offences").attrs["area"] == "Croydon"


def test_what_was_read_of_all_boroughs_serves_the_next_area_too(checkout, published, monkeypatch):
    asked, name = [], say(checkout)
    table = Store.table
    monkeypatch.setattr(Store, "table", lambda *given: asked.append(given) or table(*given))
    first = Edition.open(name, data=published).series("robbery_offences")
    assert len(asked) == 1
    edition = Edition.open(name, data=published, area="Croydon")
    own, whole = edition.series("robbery_offences"), edition.series("robbery_offences", "London")
    assert len(asked) == 1, "the same file was read again"
    assert edition.reads == set(edition.provenance("robbery_offences")["snapshot"])
    assert own.iloc[0] != first.iloc[0]
    assert own.attrs["area"] == "Croydon"
    assert whole.iloc[0] > own.iloc[0] + first.iloc[0]


def test_no_file_counts_as_read_that_does_not_hold_what_is_asked(monkeypatch):
    """Neither at first nor where the answer is known, in the edition of another area too."""
    monkeypatch.chdir(ROOT)
    one, other = (Edition.open("bromley-sample", area=area) for area in ("Bromley", "Croydon"))
    for measure in one.measures("borough"):
        holding = {file.sha256 for file in one.files if file.offers(measure, "borough")}
        read = []
        for edition in (one, one, other):
            edition.reads.clear()
            edition.has(measure)
            read.append(set(edition.reads))
        assert read[0] == read[1] == read[2] <= holding, measure


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "colour"),
        ({"comparator": ["Croydon"]}, "did you mean comparators"),
        ({"title": None}, "title: missing"),
        ({"area": "Bromly"}, "did you mean 'Bromley'"),
        ({"area": "City of London"}, "one of the 32 boroughs"),
        ({"comparators": "Croydon"}, "a list"),
        ({"comparators": ["Croyden"]}, "Croydon"),
        ({"period_end": "March 2018"}, "YYYY-MM"),
        ({"confidence": 95}, "fraction"),
        ({"is_sample": "yes"}, "true or false"),
        ({"sections": {"4.5": 3}}, "keys with values"),
        ({"data": []}, "at least one"),
        ({"data": [5]}, "data.0: found 5, expected text"),
        ({"joins": {"mps_borough": True}}, "joins.mps_borough: found True, expected text"),
    ],
)
def test_a_fault_of_the_file_is_named(checkout, published, changes, words):
    with pytest.raises(DataError) as refusal:
        Edition.open(say(checkout, **changes), data=published)
    assert words in str(refusal.value)


def test_all_faults_of_the_file_are_reported_together(checkout, published):
    with pytest.raises(DataError) as refusal:
        Edition.open(say(checkout, colour="red", confidence=95, area="Bromly"), data=published)
    assert all(words in str(refusal.value) for words in ("colour", "fraction", "Bromley"))


def test_an_unknown_edition_lists_those_there_are(checkout):
    say(checkout)
    with pytest.raises(DataError, match="made-up"):
        Edition.open("made-down")


# Which files


def test_only_named_files_are_read(checkout, published):
    Edition.open(say(checkout), data=published)
    assert [about["name"] for about in snapshots.kept(checkout).values()] == ["crime.csv"]


@pytest.mark.parametrize("by", ["name", "sha256", "prefix"])
def test_added_files_are_found_by_name_or_digest(checkout, published, by):
    sha256 = add([published / "crime.csv"])["sha256"][0]
    reference = {"name": "crime.csv", "sha256": sha256, "prefix": sha256[:8]}[by]
    edition = Edition.open(say(checkout, data=[reference]))
    assert len(edition.series("robbery_offences")) == 24


def test_a_folder_of_the_checkout_gives_its_own_files(checkout):
    folder = checkout / "data" / "sample"
    (folder / "deeper").mkdir(parents=True)
    write(folder, "crime.csv", borough_frame())
    write(folder / "deeper", "crime.csv", borough_frame("old"))
    (folder / "README.md").write_text("about")
    edition = Edition.open(say(checkout, data=["data/sample"]))
    assert len(edition.files) == 1


def test_synthetic_and_published_files_of_one_name_are_never_taken_for_each_other(checkout):
    synthetic, received = checkout / "data" / "sample", checkout / "downloads"
    for folder, start, count in ((synthetic, "2016-01", 36), (received, "2017-01", 24)):
        folder.mkdir(parents=True)
        write(folder, "crime.csv", borough_frame(start=start, count=count))
    Edition.open(say(checkout, "sample", data=["data/sample"], is_sample=True))
    pin = add([synthetic / "crime.csv"])["sha256"][0]
    for reference in ("crime.csv", "*.csv", pin):  # of synthetic files alone, none is the one meant
        with pytest.raises(DataError, match="not found"):
            Edition.open(say(checkout, data=[reference]))
    add([received])
    assert len(Edition.open(say(checkout)).series("robbery_offences")) == 24
    again = Edition.open(say(checkout, "sample", is_sample=True))
    assert len(again.series("robbery_offences")) == 36


def test_an_edition_of_the_sample_may_name_a_file_that_was_added(checkout):
    synthetic, received = checkout / "data" / "sample", checkout / "downloads"
    for folder, name, start, count in (
        (synthetic, "crime.csv", "2017-01", 24), (received, "older.csv", "2016-01", 12)
    ):  # fmt: skip
        folder.mkdir(parents=True)
        write(folder, name, borough_frame(start=start, count=count))
    data = ["data/sample", "older.csv"]
    with pytest.raises(DataError, match=r"older\.csv.*sbp add"):
        Edition.open(say(checkout, "sample", data=data, is_sample=True))
    add([received])
    edition = Edition.open(say(checkout, "sample", data=data, is_sample=True))
    assert len(edition.series("robbery_offences")) == 36


def test_a_file_that_is_not_there_is_named_with_a_remedy(checkout):
    with pytest.raises(DataError, match=r"crime\.csv.*sbp add"):
        Edition.open(say(checkout))


def test_a_broken_file_stops_the_edition(checkout, published):
    (published / "crime.csv").write_bytes(as_csv(borough_frame())[:-4])
    with pytest.raises(DataError, match="without a line end"):
        Edition.open(say(checkout), data=published)


def test_two_files_of_one_name_need_the_folder_before_it(checkout, published):
    (published / "older").mkdir()
    write(published / "older", "crime.csv", borough_frame("2024"))
    with pytest.raises(DataError, match="2 different files"):
        Edition.open(say(checkout), data=published)
    assert Edition.open(say(checkout, data=["older/crime.csv"]), data=published)


def test_an_edit_of_the_edition_changes_its_fingerprint(checkout, published):
    one, same, other = (
        Edition.open(say(checkout, **changes), data=published).fingerprint
        for changes in ({}, {}, {"period_end": "2018-11"})
    )
    assert one == same != other


# Publications that follow each other


def test_files_that_follow_each_other_make_one_series(checkout, published):
    write(published, "later.csv", borough_frame(start="2019-01"))
    name = say(checkout, data=["later.csv", "crime.csv"], period_end="2020-12")
    assert len(Edition.open(name, data=published).series("robbery_offences")) == 48


@pytest.mark.parametrize(
    ("layout", "start", "words"),
    [
        ("2019", "2018-12", "an overlap"),
        ("2019", "2019-02", "a gap"),
        ("old", "2019-01", "two generations"),
    ],
)
def test_files_of_different_publications_are_not_joined_silently(
    checkout, published, layout, start, words
):
    write(published, "later.csv", borough_frame(layout, start=start))
    with pytest.raises(DataError, match=words) as refusal:
        Edition.open(say(checkout, data=["crime.csv", "later.csv"]), data=published)
    assert "joins" in str(refusal.value)


def test_a_declared_join_takes_the_later_publication_and_marks_the_seam(checkout, published):
    later = borough_frame(start="2018-07")
    later[month_names("2018-07")] += 50
    write(published, "later.csv", later)
    name = say(
        checkout,
        data=["crime.csv", "later.csv"],
        joins={"mps_borough": "because"},
        period_end="2020-06",
    )
    series = Edition.open(name, data=published).series("robbery_personal_offences")
    assert series["2018-06"] == bromley(7, 17)
    assert series["2018-07"] == bromley(7, 0) + 50
    seam = next(b for b in series.attrs["breaks"] if b.note == "because")
    assert (str(seam.date), seam.comparable) == ("2018-07", True)


def test_no_join_mends_a_gap_or_two_vintages_of_wards(checkout, published):
    write(published, "later.csv", ward_frame("2022", start="2019-01"))
    name = say(checkout, data=["ward.csv", "later.csv"], joins={"mps_ward": "because"})
    with pytest.raises(DataError, match="which no join can mend"):
        Edition.open(name, data=published)


# Series


def test_a_series_is_the_monthly_counts_to_the_last_month_of_the_edition(checkout, published):
    edition = Edition.open(say(checkout, period_end="2018-03"), data=published)
    series = edition.series("theft_from_person_offences")
    assert list(series) == [bromley(9, k) for k in range(15)]
    assert series.name == "theft_from_person_offences"
    assert (str(series.index[0]), str(series.index[-1])) == ("2017-01", "2018-03")
    assert len(edition.series("theft_from_person_offences", end="2018-05")) == 17


def test_a_series_says_what_it_is(checkout, published):
    attrs = Edition.open(say(checkout), data=published).series("robbery_offences").attrs
    assert attrs["title"] == "Robbery"
    assert (attrs["area"], attrs["area_code"], attrs["level"]) == ("Bromley", BROMLEY, "borough")
    assert (attrs["unit"], attrs["persons"]) == ("offences", False)
    assert attrs["source"] == ["Recorded crime by borough"]
    assert [len(sha) for sha in attrs["snapshots"]] == [64]


def test_london_is_the_sum_of_its_32_boroughs(checkout, published):
    edition = Edition.open(say(checkout), data=published)
    parts = edition.load("robbery_offences").groupby("period")["value"].sum()
    assert list(edition.series("robbery_offences", area="London")) == list(parts)
    assert edition.has("robbery_offences", "region")


def test_both_names_of_drug_offences_give_the_same_series(checkout, published):
    edition = Edition.open(say(checkout), data=published)
    one, two = edition.series("drug_offences"), edition.series("drugs_offences")
    assert list(one) == list(two)
    assert two.name == "drugs_offences"


def test_a_group_is_a_part_of_the_measure(checkout, published):
    edition = Edition.open(say(checkout), data=published)
    parts = edition.load("robbery_offences", group="all")
    assert set(parts["group"]) == {"Robbery of personal property", "Robbery of business property"}
    whole = edition.load("robbery_offences")["value"].sum()
    assert parts["value"].sum() == whole
    personal = edition.series("robbery_offences", group="Robbery of personal property")
    assert list(personal) == list(edition.series("robbery_personal_offences"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda e: e.series("robery_offences"), "did you mean 'robbery_offences'"),
        (lambda e: e.load("knife_crime_offences"), "add a file"),
        (lambda e: e.series("robbery_offences", area="Brumley"), "Bromley"),
        (lambda e: e.load("robbery_offences", level="ward"), "holds none"),
        (lambda e: e.series("robbery_offences", group="Street robbery"), "Robbery of personal"),
        (lambda e: e.load("robbery_offences", level="parish"), "borough, ward"),
        (lambda e: e.load("robbery_offences", level="lsoa"), "held at borough"),
        (lambda e: e.load("robbery_offences", start="2016-12"), "2017-01 to 2018-12"),
        (lambda e: e.load("robbery_offences", end="2019-01"), "2017-01 to 2018-12"),
        (lambda e: e.load("robbery_offences", start="2018/01"), "YYYY-MM"),
        (lambda e: e.load("population"), "population"),
    ],
)
def test_what_is_not_held_is_refused_with_what_is(checkout, published, call, words):
    edition = Edition.open(say(checkout), data=published)
    with pytest.raises(DataError) as refusal:
        call(edition)
    assert words in str(refusal.value)


def test_what_is_not_held_of_a_single_area_is_absent(checkout, published):
    edition = Edition.open(say(checkout), data=published)
    assert isinstance(edition.series("knife_crime_offences"), Absent)
    assert isinstance(edition.series("robbery_offences", area="City of London"), Absent)
    assert isinstance(edition.population(), Absent)


# Frames


def test_load_gives_the_tidy_contract_of_exactly_32_boroughs(checkout, published):
    edition = Edition.open(say(checkout), data=published)
    frame = edition.load("robbery_offences", level="borough", start="2017-04", end="2018-03")
    contract.check(frame, "load", snapshot=True)
    assert list(frame) == list(contract.COLUMNS)
    assert set(frame["area_code"]) == set(territory().units)
    assert (len(frame), set(frame["group"])) == (32 * 12, {""})
    own = frame[frame["area_code"] == BROMLEY]["value"]
    assert list(own) == [bromley(7, k) + bromley(16, k) for k in range(3, 15)]


def test_the_row_of_a_ward_that_was_left_out_counts_zero(checkout, published):
    frame = ward_frame("2018", start="2017-01")
    weapon = frame.head(22).assign(
        MajorText="Possession of Weapons", MinorText="Possession of Weapons"
    )
    weapon[month_names()] = 0
    weapon.loc[weapon.index[0], "201801"] = 3
    write(published, "ward.csv", pd.concat([frame, weapon.head(1)]))
    edition = Edition.open(say(checkout, data=["crime.csv", "ward.csv"]), data=published)
    wards = edition.load("weapons_possession_offences", level="ward")
    assert (len(wards), wards["value"].sum()) == (22 * 24, 3)
    assert set(wards["boundary_vintage"]) == {"2018"}
    assert not edition.has("weapons_possession_offences", "borough")


def test_a_ward_is_found_by_its_name(checkout, published):
    edition = Edition.open(say(checkout, data=["ward.csv"]), data=published)
    series = edition.series("robbery_personal_offences", area="Penge & Cator")
    assert (series.attrs["area"], series.attrs["area_code"]) == ("Penge and Cator", "E05000123")
    assert list(series)[:2] == [value(17, 7, k, 10) for k in (0, 1)]


def test_the_broader_measure_stands_in_where_only_that_is_held(checkout, published):
    edition = Edition.open(say(checkout, data=["crime.csv", "ward.csv"]), data=published)
    assert edition.best_measure("robbery_offences", "ward") == "robbery_offences"
    assert (
        edition.best_measure("stalking_and_harassment_offences")
        == "violence_without_injury_offences"
    )
    assert edition.best_measure("knife_crime_offences", "ward") is None


def test_reads_and_provenance_name_the_files_really_used(checkout, published):
    edition = Edition.open(say(checkout, data=["crime.csv", "ward.csv"]), data=published)
    assert edition.reads == set()
    edition.series("robbery_offences")
    table = edition.provenance("robbery_offences", "borough")
    assert edition.reads == set(table["snapshot"])
    assert list(table) == ["source", "publisher", "file", "snapshot", "received",
                           "first", "last", "licence"]  # fmt: skip
    assert table.iloc[0][["file", "first", "last"]].tolist() == ["crime.csv", "2017-01", "2018-12"]


def test_tiles_are_those_of_the_wards_counted(checkout, published):
    edition = Edition.open(say(checkout, data=["ward.csv"]), data=published)
    tiles = edition.tiles()
    assert set(tiles["area_code"]) == set(territory().wards_of(BROMLEY, "2018"))
    assert not tiles.duplicated(["row", "column"]).any()
    assert edition.boundaries("ward") is None


# The published files


def test_the_replays_facts_come_out(real):
    expected = {
        "bromley-2018": (264, 1886, 865, 587, 22463, 25482, 2563),
        "bromley-2018-jan2019": (272, 1890, 871, 608, 22655, 25799, 2557),
    }
    names = (
        "theft_from_person_offences",
        "theft_from_motor_vehicle_offences",
        "theft_of_motor_vehicle_offences",
        "robbery_offences",
        "total_notifiable_offences",
    )
    for name, facts in expected.items():
        edition = Edition.open(name, data=real)
        year = {"start": "2017-04", "end": "2018-03"}
        own = [int(edition.series(measure, **year).sum()) for measure in names]
        mean = edition.load(names[-1], level="borough", **year)["value"].sum() / 32
        burglary = edition.series("burglary_offences", end="2018-05").iloc[-12:].sum()
        assert (*own, round(mean), int(burglary)) == facts


def test_the_vintage_of_december_2023_is_a_whole_edition(real, tmp_path):
    said = SAID | {
        "period_end": "2023-11",
        "data": [
            "MPS_Borough_Level_Crime_Historical_201004-202111.csv",
            "MPS_Borough_Level_Crime_24m_202112-202311.csv",
        ],
    }
    (tmp_path / "v2023.yml").write_text(yaml.safe_dump(said))
    edition = Edition.open(tmp_path / "v2023.yml", data=real)
    year = {"start": "2017-04", "end": "2018-03"}
    assert edition.series("total_notifiable_offences", **year).sum() == 22613
    assert edition.series("burglary_offences", end="2018-05").iloc[-12:].sum() == 2561
    assert len(edition.series("total_notifiable_offences")) == 164


@pytest.mark.parametrize("area", [None, "Croydon", "Westminster"])
def test_the_editions_serve_other_boroughs(real, area):
    for name in ("bromley-2018", "bromley-2018-jan2019", "bromley-latest"):
        edition = Edition.open(name, data=real, area=area)
        series = edition.series("robbery_offences")
        assert series.index[-1] == edition.period_end
        assert (series.iloc[-12:] > 0).all()


def test_wards_of_2018_never_land_on_polygons_of_2022(real):
    edition = Edition.open("bromley-2018", data=real)
    wards = edition.load("robbery_offences", level="ward")
    polygons = edition.boundaries("ward")
    assert polygons.attrs["vintage"] == wards.attrs["vintage"] == "2018"
    assert set(polygons["area_code"]) == set(wards["area_code"])
    with pytest.raises(DataError, match="add the 2022 boundaries"):
        edition.boundaries("ward", vintage="2022")


def test_wards_of_2022_are_put_together_from_their_lsoas(real):
    edition = Edition.open("bromley-latest", data=real)
    polygons, lsoas = edition.boundaries("ward"), edition.boundaries("lsoa")
    assert set(polygons["area_code"]) == set(territory().wards_of(BROMLEY, "2022"))
    assert polygons.union_all().symmetric_difference(lsoas.union_all()).area < 1e-9
    people = edition.population(level="ward")
    assert set(people.index) == set(polygons["area_code"])
    assert abs(people.sum() - edition.population()) < 100


def test_population_says_its_source_and_year(real):
    people = Edition.open("bromley-2018", data=real).population()
    assert isinstance(people, int)
    assert people.year == 2018
    assert "projections" in people.source
    assert 331_000 < people < 334_000


def test_only_a_broader_measure_is_held_by_ward_in_2018(real):
    edition = Edition.open("bromley-2018", data=real)
    assert edition.best_measure("theft_from_motor_vehicle_offences", "ward") == (
        "vehicle_crime_offences"
    )


def test_counts_of_persons_leave_an_edition_protected_only(real):
    edition = Edition.open("bromley-2018", data=real)
    frame = edition.load("homicide_accused", start="2010-01", end="2017-12")
    assert frame.attrs["persons"]
    held = frame["value"].dropna()
    assert (held % 5 == 0).all()
    assert frame["value"].isna().any()
    london = edition.series("homicide_accused", area="London")
    assert (london.dropna() % 5 == 0).all()
    assert london.max() > held.max()


def test_counts_of_persons_that_everybody_finds_are_shown_as_published_and_said_so(real):
    edition = Edition.open("bromley-latest", data=real)
    victims = edition.series("young_knife_crime_injury_victims")
    assert (victims.attrs["persons"], victims.attrs["as_published"]) == (False, True)
    assert set(victims["2024-04":"2025-03"]) & {1.0, 2.0, 3.0, 4.0}
    year = edition.beside(["young_knife_victims", victims.name], ["Bromley", "Sutton"])
    assert (year.attrs["period"], year.loc[:, "Bromley"].tolist()) == ("2024/25", [20])
    by_borough = edition.snapshot(victims.name, "borough")
    assert sbp.bar(by_borough).notes == (disclosure.AS_PUBLISHED,)
    accused = edition.load("homicide_accused")  # of a source about persons
    assert (accused.attrs["persons"], accused.attrs["as_published"]) == (True, False)


def test_what_stands_in_the_place_of_another_measure_says_what_it_is_not(real):
    edition = Edition.open("bromley-latest", data=real)
    shown, words = edition.or_substitute("female_robbery_and_vwi_victims")
    assert shown == "violence_against_women_and_girls_offences"
    assert words.startswith("This edition does not hold “Women and girls as victims of robbery")
    assert "offences and not victims" in words
    assert edition.or_substitute("robbery_offences") == ("robbery_offences", "")
    assert edition.or_substitute("asb_incidents") == ("asb_incidents", "")  # no other is held
    before = Edition.open("bromley-2018", data=real)
    police, words = before.or_substitute("asb_incidents")
    assert police == "police_asb_incidents"
    assert "They are not the council's" in words
    year = before.snapshot(police, period="2016/17")
    assert (len(year), year.attrs["period"]) == (22, "2016/17")
    assert before.snapshot(police).sum() == 5_499  # 12 months to March 2018
    wards = edition.snapshot(shown)
    assert (len(wards), wards.attrs["period"]) == (22, "12 months to May 2025")


def test_a_missing_month_ends_the_series_before_it(real):
    edition = Edition.open("bromley-2018", data=real)
    series = edition.series("robbery_offences", area="Bromley Town")
    assert (str(series.index[0]), len(series)) == ("2016-04", 24)
    assert "2016-01" in set(edition.load("robbery_offences", "ward")["period"].dt.strftime("%Y-%m"))
