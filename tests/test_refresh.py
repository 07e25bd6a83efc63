"""An edition goes on to newer files by pinning them; what it pinned never changes under it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from fetching import KEY, crime, published
from recorded_crime import as_csv, borough_frame, ward_frame
from sbpanalysis.cli import app
from sbpanalysis.data import add, files, freshness, refresh
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.fetch import register
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sample import write_sample
from sbpanalysis.data.store import Store
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.publish.revisions_page import allowed
from sbpanalysis.report.revised import open_revisions

TOTAL = "total_notifiable_offences"


def edition(checkout: Path, name: str, data: list[str], **more) -> str:
    """An edition of Bromley in a file."""
    said = {"title": "T", "area": "Bromley", "period_end": "2018-12", "data": data} | more
    (checkout / "book" / "editions" / f"{name}.yml").write_text(yaml.safe_dump(said), "utf-8")
    return name


def held(checkout: Path, content: bytes, name: str) -> str:
    """The SHA-256 of a file that was taken."""
    return add.take(RawFile.of(name, content), Store(checkout))["sha256"]


def revised(start: str, by: int) -> bytes:
    """The later file: other months, and one value changed."""
    frame = borough_frame("2019", start)
    row = frame.index[frame["LookUp_BoroughName"] == "Bromley"][0]
    frame.loc[row, "201806"] = int(crime_value(frame, row)) + by
    return as_csv(frame)


def crime_value(frame: pd.DataFrame, row: int) -> int:
    return borough_frame("2019").loc[row, "201806"]


@pytest.fixture
def months_agree(monkeypatch):
    """The made-up counts go by position; here a month keeps its value when the window moves."""
    import recorded_crime

    monkeypatch.setattr(
        recorded_crime, "value", lambda area, category, month, size=100: size + area + 3 * category
    )


def test_the_next_edition_pins_the_newest_files_and_names_the_one_before(
    checkout, server, get, months_agree
):
    published(server, crime("2017-01"))
    first = get(KEY)["sha256"][0]
    edition(checkout, "bromley-2018-12", [first])
    assert refresh.draft("bromley-2018-12", checkout, to="x").replaced == ()
    server.pages.clear()
    published(server, revised("2017-02", 7))
    second = get(KEY)["sha256"][0]
    draft = refresh.draft("bromley-2018-12", checkout)
    draft.write()
    said = yaml.safe_load((checkout / "book/editions/bromley-2019-01.yml").read_text("utf-8"))
    assert said["data"] == [second, first], "the month that only the old file has is kept"
    assert (said["follows"], said["period_end"]) == ("bromley-2018-12", "2019-01")
    assert draft.replaced == ("mps_borough",)
    assert "ends later" in said["joins"]["mps_borough"], "nothing is left to be typed"
    Edition.open("bromley-2019-01")


def test_what_counts_by_other_categories_is_not_joined_unasked(checkout, server, get, months_agree):
    old = held(checkout, as_csv(borough_frame("old", "2017-01")), "old.csv")
    edition(checkout, "bromley-2018-12", [old])
    published(server, crime("2017-02"))
    assert list(get(KEY)["status"]) == ["taken"]
    draft = refresh.draft("bromley-2018-12", checkout)
    assert "joins" not in yaml.safe_load(draft.text)
    with pytest.raises(DataError, match="two generations of categories"):
        refresh.opened(draft, checkout)


def test_what_was_fetched_by_an_entry_that_is_no_longer_there_is_passed_over(checkout, server, get):
    published(server, crime("2017-01"))
    [sha] = get(KEY)["sha256"]
    edition(checkout, "bromley-2018-12", [sha])
    [note] = (checkout / "data" / "snapshots" / "addresses").glob("*.json")
    gone = json.loads(note.read_bytes()) | {"entry": "of_before", "key": "of_before"}
    (note.parent / "of_before.json").write_text(json.dumps(gone), "utf-8")
    assert refresh.draft("bromley-2018-12", checkout, to="x").replaced == ()


def test_what_was_revised_is_found_between_an_edition_and_the_next(
    checkout, server, get, months_agree
):
    published(server, crime("2017-01"))
    edition(checkout, "bromley-2018-12", list(get(KEY)["sha256"]),
            joins={"mps_borough": "Two publications of one system."})  # fmt: skip
    server.pages.clear()
    published(server, revised("2017-02", 7))
    get(KEY)
    draft = refresh.draft("bromley-2018-12", checkout)
    [found] = open_revisions(draft.before, refresh.opened(draft, checkout)).values()
    [cell] = found.cells.to_dict("records")
    assert (cell["area"], cell["month"], cell["change"]) == ("Bromley", "2018-06", 7)
    assert found.new_months == ("2019-01",)


def test_much_revision_is_not_pinned_unless_it_is_accepted(checkout, server, get, months_agree):
    published(server, crime("2017-01"))
    edition(checkout, "bromley-2018-12", list(get(KEY)["sha256"]),
            joins={"mps_borough": "Two publications of one system."})  # fmt: skip
    server.pages.clear()
    frame = borough_frame("2019", "2017-02")
    frame["201806"] += 60
    published(server, as_csv(frame))
    get(KEY)
    path = checkout / "book" / "editions" / "bromley-2019-01.yml"
    ran = CliRunner().invoke(app, ["refresh", "--edition", "bromley-2018-12"])
    assert ran.exit_code == 1
    assert not path.exists()
    ran = CliRunner().invoke(app, ["refresh", "--edition", "bromley-2018-12", "--accept", "0.001"])
    assert ran.exit_code == 1
    assert not path.exists()
    ran = CliRunner().invoke(app, ["refresh", "--edition", "bromley-2018-12", "--accept", "0.5"])
    assert ran.exit_code == 0, ran.output
    assert path.exists()


def test_a_new_checkout_makes_its_first_edition_of_all_that_was_fetched(checkout, server, get):
    published(server, crime("2017-01"))
    [sha] = get(KEY)["sha256"]
    edition(checkout, "bromley-latest", ["of another machine.csv"])
    draft = refresh.draft("bromley-latest", checkout, to="next")
    assert draft.before is None
    assert [h.sha256 for h in refresh.opened(draft, checkout).files] == [sha]


def test_a_pinned_edition_gives_the_same_after_newer_snapshots_came(checkout, server, get):
    published(server, crime("2017-01"))
    [sha] = get(KEY)["sha256"]
    name = edition(checkout, "pinned", [sha])
    before = Edition.open(name)
    values = before.load(TOTAL)
    server.pages.clear()
    published(server, crime("2017-02"))
    get(KEY)
    after = Edition.open(name)
    assert after.fingerprint == before.fingerprint
    pd.testing.assert_frame_equal(after.load(TOTAL), values)


def test_wards_before_and_after_2022_are_not_joined_and_the_remedy_is_told(checkout):
    old = held(checkout, as_csv(ward_frame("2018", "2019-12")), "old.csv")
    new = held(checkout, as_csv(ward_frame("2022", "2021-12")), "new.csv")
    name = edition(checkout, "mixed", [old, new], period_end="2023-11",
                   joins={"mps_ward": "a wish"})  # fmt: skip
    with pytest.raises(DataError, match="wards of 2018 and 2022, which no join can mend: keep one"):
        Edition.open(name)


def test_the_history_that_the_publisher_mapped_to_the_new_wards_is_accepted(checkout, real):
    mps = real / "mps_recorded_crime"
    files = ("MPS_Ward_Level_Crime_Historical_201004-202402.csv.gz",
             "MPS_Ward_Level_Crime_24m_202306-202505.csv.gz")  # fmt: skip
    shas = [held(checkout, (mps / f).read_bytes(), f) for f in files]
    name = edition(checkout, "wards", shas, period_end="2025-05",
                   joins={"mps_ward": "One record system, published twice."})  # fmt: skip
    opened = Edition.open(name)
    year = opened.load("robbery_offences", level="ward", start="2017-04", end="2018-03")
    assert set(year["boundary_vintage"]) == {"2022"}
    assert year["area_code"].nunique() == 22


@pytest.mark.parametrize(
    ("today", "status"),
    [("2019-01", "up to date"), ("2019-02", "due"), ("2019-03", "due"), ("2019-04", "late")],
)
def test_a_source_is_due_when_its_cadence_and_lag_have_passed(checkout, today, status):
    name = edition(checkout, "now", [held(checkout, crime(), "x.csv")], current=True)
    [row] = freshness.of_edition(Edition.open(name), pd.Period(today, "M")).to_dict("records")
    assert (row["last"], row["next"], row["status"]) == ("2018-12", "2019-02", status)


def test_an_edition_of_the_past_grows_no_older(checkout):
    name = edition(checkout, "past", [held(checkout, crime(), "x.csv")], max_age_months=2)
    [row] = freshness.of_edition(Edition.open(name)).to_dict("records")
    assert (row["age"], row["status"]) == (0, "up to date")


def test_data_older_than_allowed_are_marked_or_stop_the_build_as_the_edition_says(checkout):
    sha = held(checkout, crime(), "x.csv")
    about = {"current": True, "max_age_months": 6}
    marked = Edition.open(edition(checkout, "marked", [sha], **about))
    assert "Recorded crime by borough, to December 2018" in allowed(marked)
    stopped = Edition.open(edition(checkout, "stopped", [sha], stale="stop", **about))
    with pytest.raises(BuildError, match="Older than this edition allows"):
        allowed(stopped)
    fine = Edition.open(edition(checkout, "fine", [sha], current=True))
    assert allowed(fine) == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [("stale", "ignore"), ("max_age_months", -1), ("max_age_months", True), ("current", "yes")],
)
def test_a_wrong_word_on_freshness_is_refused(checkout, key, value):
    name = edition(checkout, "wrong", ["x.csv"], **{key: value})
    with pytest.raises(DataError, match=key):
        Edition.open(name)


def test_check_names_what_is_behind_and_fails(checkout):
    (checkout / "book" / "assessment.yml").write_text("parts: []", "utf-8")
    edition(checkout, "now", [held(checkout, crime(), "x.csv")], current=True)
    ran = CliRunner().invoke(app, ["check", "--edition", "now"])
    assert ran.exit_code == 1
    assert "mps_borough" in ran.output
    edition(checkout, "past", [held(checkout, crime(), "x.csv")])
    assert CliRunner().invoke(app, ["check", "--edition", "past"]).exit_code == 0


def test_every_fetched_source_has_a_cadence_or_none_is_due(checkout):
    for wanted in register.load().files.values():
        if wanted.source:
            assert freshness.cadence(wanted.source) == (wanted.cadence, wanted.lag)


def test_fetch_on_the_command_line_fails_closed(checkout, server, monkeypatch):
    said = ",".join(f"{host}={base}" for host, base in server.stand_ins.items())
    monkeypatch.setenv("SBP_FETCH_STAND_IN", said)
    published(server, crime())
    ran = CliRunner().invoke(app, ["fetch", KEY])
    assert ran.exit_code == 0, ran.output
    server.pages.clear()
    published(server, b"<!doctype html><p>Maintenance")
    ran = CliRunner().invoke(app, ["fetch", KEY])
    assert ran.exit_code == 1
    assert "kept aside" in ran.output
    [about] = (checkout / "data" / "snapshots" / "aside").glob("*.json")
    assert "sources/mps.py" in json.loads(about.read_text("utf-8"))["why"]


def test_files_that_were_added_by_hand_are_refreshed_to_as_fetched_ones_are(checkout, months_agree):
    def given(name: str, frame) -> None:
        (checkout / name).write_bytes(as_csv(frame))
        assert list(add.add([checkout / name], checkout)["status"]) == ["taken"]

    given("first.csv", borough_frame("2019", "2017-01"))
    edition(checkout, "bromley-2018-12", ["first.csv"])
    with pytest.raises(DataError, match="nothing newer was fetched or added; run sbp fetch, or"):
        refresh.draft("bromley-2018-12", checkout)
    given("second.csv", borough_frame("2019", "2017-02"))
    draft = refresh.draft("bromley-2018-12", checkout)
    said = yaml.safe_load(draft.text)
    assert (said["follows"], said["period_end"]) == ("bromley-2018-12", "2019-01")
    assert len(said["data"]) == 2
    refresh.opened(draft, checkout)


def test_an_edition_is_begun_from_what_was_taken(checkout, monkeypatch, months_agree):
    monkeypatch.setenv("SBP_LOCAL", "local")
    with pytest.raises(DataError, match=r"nothing|no published file was taken yet; run sbp add"):
        refresh.begin("croydon", "Croydon", checkout)
    folder = checkout / "downloads"
    folder.mkdir()
    for name, frame in {
        "covered.csv": borough_frame("2019", "2017-02"),
        "first.csv": borough_frame("2019", "2016-12"),
        "newest.csv": borough_frame("2019", "2018-06"),
        "older categories.csv": borough_frame("old", "2014-01"),
    }.items():
        (folder / name).write_bytes(as_csv(frame))
    add.add([folder], checkout)
    path = refresh.begin("croydon", "Croydon", checkout)
    assert path == checkout / "local" / "editions" / "croydon.yml"
    text = path.read_text("utf-8")
    assert [name in text for name in ("first.csv", "newest.csv", "covered.csv")] == [True, True, 0]
    assert "# left out, for its categories are older: older categories.csv" in text
    opened = Edition.open("croydon")
    assert (opened.area, str(opened.period_end)) == ("Croydon", "2020-05")
    with pytest.raises(DataError, match="'croydon' is there already"):
        refresh.begin("croydon", "Croydon", checkout)
    with pytest.raises(DataError, match="did you mean 'Croydon'"):
        refresh.begin("another", "Croyden", checkout)


def test_a_file_with_its_history_stands_before_a_dashboard_of_the_same_numbers(checkout):
    folder, sample = checkout / "downloads", checkout / "as-published"
    write_sample(sample)
    folder.mkdir()
    for pattern in ("*TNOCrimeData.csv", "MPS_Ward_Level_*.csv"):
        for path in sample.glob(pattern):
            shutil.copy(path, folder)
    add.add([folder], checkout)
    assert list(refresh.taken(checkout)) == ["mps_ward", "mps_dashboard_total"]
    store = Store(checkout)
    named = files.gather(["*.csv"], store, folder)
    assert [one["source"] for one in named] == ["mps_ward", "mps_ward", "mps_dashboard_total"]


def test_a_new_edition_has_the_boundaries_of_every_unit(checkout, real, monkeypatch, months_agree):
    monkeypatch.setenv("SBP_LOCAL", "local")
    names = ("E09000006.json", "E09000008.json", "E09000028.json")
    crime = checkout / "crime.csv"
    crime.write_bytes(as_csv(borough_frame("2019", "2017-02")))
    add.add([crime, *(real / "boundaries" / "wards_2013" / name for name in names)], checkout)
    text = refresh.begin("croydon", "Croydon", checkout).read_text("utf-8")
    assert all(name in text for name in names)
