"""Files are taken wholly or not at all, and the report says which and why."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from recorded_crime import as_csv, borough_frame, ward_frame, write
from sbpanalysis.data.add import add


def kept(checkout) -> list[str]:
    folder = checkout / "data" / "snapshots"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_a_file_is_taken_and_reported(checkout):
    report = add([write(checkout, "crime.csv", borough_frame())])
    row = report.iloc[0]
    assert (row["status"], row["source"], row["first"], row["last"], row["areas"]) == (
        "taken",
        "mps_borough",
        "2017-01",
        "2018-12",
        32,
    )
    assert not row["error"]


def test_the_same_file_again_is_held_already(checkout):
    path = write(checkout, "crime.csv", borough_frame())
    assert [add([path])["status"][0] for _ in range(2)] == ["taken", "held already"]


def test_folders_are_walked_and_gzip_and_zip_are_accepted(checkout):
    folder = checkout / "in" / "deeper"
    folder.mkdir(parents=True)
    (folder / "borough.csv.gz").write_bytes(gzip.compress(as_csv(borough_frame())))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("inside/ward.csv", as_csv(ward_frame()))
        archive.writestr("README.txt", "about")
    (folder / "ward.zip").write_bytes(stream.getvalue())
    report = add([checkout / "in"]).set_index("file")
    assert set(report["status"]) == {"taken"}
    assert report.at["deeper/ward.zip", "tolerated"] == "1 files inside"


def test_what_no_reader_knows_is_an_error_only_when_it_is_named(checkout):
    (checkout / "in").mkdir()
    readme = checkout / "in" / "README.md"
    readme.write_text("# About\n")
    inside, named = add([checkout / "in"]).iloc[0], add([readme]).iloc[0]
    assert (inside["status"], inside["error"]) == ("not recognised", False)
    assert (named["status"], named["error"]) == ("not recognised", True)


@pytest.mark.parametrize("in_folder", [True, False])
def test_a_broken_file_is_refused_and_nothing_of_it_is_taken(checkout, in_folder):
    folder = checkout / "in"
    folder.mkdir()
    content = as_csv(borough_frame()).replace(b",112,", b",1.2E+02,", 1)
    path = folder / "crime.csv"
    path.write_bytes(content)
    row = add([folder if in_folder else path]).iloc[0]
    assert (row["status"], row["error"]) == ("refused", True)
    assert "1.2E+02" in row["why"]
    assert kept(checkout) == []
    assert not list((checkout / "data").glob("store/*"))


def test_one_broken_file_of_an_archive_refuses_the_archive(checkout):
    with zipfile.ZipFile(checkout / "two.zip", "w") as archive:
        archive.writestr("good.csv", as_csv(borough_frame()))
        archive.writestr("bad.csv", as_csv(ward_frame())[:-5])
    row = add([checkout / "two.zip"]).iloc[0]
    assert (row["status"], kept(checkout)) == ("refused", [])


def test_a_broken_file_does_not_keep_the_others_out(checkout):
    write(checkout, "good.csv", borough_frame())
    (checkout / "bad.csv").write_bytes(as_csv(ward_frame())[:-5])
    report = add([checkout / "good.csv", checkout / "bad.csv"])
    assert list(report["status"]) == ["taken", "refused"]


def test_a_missing_file_is_an_error_with_a_remedy(checkout):
    row = add([checkout / "none.csv"]).iloc[0]
    assert row["error"]
    assert "no such file" in row["why"]


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08broken", b"PK\x03\x04broken"])
def test_an_archive_that_cannot_be_unpacked_is_refused(checkout, content):
    (checkout / "x.bin").write_bytes(content)
    row = add([checkout / "x.bin"]).iloc[0]
    assert (row["status"], row["error"]) == ("refused", True)
    assert "again" in row["why"]


def test_no_control_character_of_a_name_or_file_reaches_the_report(checkout):
    content = as_csv(borough_frame()).replace(b"Bromley", b"\x1b[31mBromley", 3)
    (checkout / "a\x1b[2Jb.csv").write_bytes(content)
    report = add([checkout / "a\x1b[2Jb.csv"])
    assert all(str(v).replace("\n", "").isprintable() for v in report.iloc[0])


def test_an_html_page_says_what_it_is(checkout):
    (checkout / "crime.csv").write_text("<!DOCTYPE html><title>404</title>")
    assert "HTML page" in add([checkout / "crime.csv"])["why"][0]
