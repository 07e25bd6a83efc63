"""An archive too large for memory: London's files one at a time, each by itself."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sbpanalysis.data import large, reading, workbooks
from sbpanalysis.data.add import add
from sbpanalysis.data.snapshots import kept
from sbpanalysis.data.store import Store

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context\r\n"
)
MET, KENT = "Metropolitan Police Service", "Kent Police"


def street(month: str, force: str, kinds: str = "Robbery", rows: int = 20) -> str:
    place = "0.02,51.4,On or near High Street,E01000851,Bromley 001A"
    return HEADER + "".join(
        f"{i:064x},{month},{force},{force},{place},{kinds},Under investigation,\r\n"
        for i in range(rows)
    )


def archived(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "2018-03.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def limit(monkeypatch):
    """Whatever unpacks to more than 8 kB is large."""
    monkeypatch.setattr(large, "MOST_BYTES", 8000)


def test_of_a_large_archive_londons_files_are_taken_and_other_forces_passed_over(checkout, limit):
    months = ("2018-02", "2018-03")
    files = {f"{m}/{m}-metropolitan-street.csv": street(m, MET) for m in months}
    files |= {f"{m}/{m}-kent-street.csv": street(m, KENT) for m in months}
    path = archived(checkout, files)
    row = add([path]).iloc[0]
    said = "2 files inside; passed over: 2 files of forces outside London"
    assert (row["status"], row["tolerated"], row["rows"]) == ("taken", said, 2)
    names = sorted(about["name"] for about in kept(checkout).values())
    assert names == [f"{m}/{m}-metropolitan-street.csv" for m in months]
    [march] = [s for s, about in kept(checkout).items() if about["name"].startswith("2018-03")]
    assert Store(checkout).table(march)["2018-03"].sum() == 20
    assert add([path]).iloc[0]["status"] == "held already"


def test_a_small_archive_is_taken_alike(checkout):
    files = {"a.csv": street("2018-02", MET), "b.csv": street("2018-02", KENT)}
    row = add([archived(checkout, files)]).iloc[0]
    said = "1 files inside; passed over: 1 files of forces outside London"
    assert (row["status"], row["tolerated"]) == ("taken", said)


def test_one_broken_file_of_london_is_reported_and_the_others_of_a_large_archive_are_taken(
    checkout, limit
):
    files = {"b.csv": street("2018-03", MET, "Piracy"), "a.csv": street("2018-02", MET)}
    files["c.csv"] = street("2018-04", MET, rows=1) * 99  # unpacks to more than all may
    whole, *others = add([archived(checkout, files)]).itertuples()
    assert (whole.status, whole.tolerated) == ("taken", "1 files inside")
    assert [(row.file, row.status) for row in others] == [
        ("2018-03.zip, b.csv", "refused"),
        ("2018-03.zip, c.csv", "refused"),
    ]
    assert "Piracy" in others[0].why
    assert [about["name"] for about in kept(checkout).values()] == ["a.csv"]


def test_a_broken_member_of_a_large_archive_is_reported(checkout, limit):
    files = {f"{i}.csv": street("2018-02", MET, rows=20 + i) for i in range(3)}
    path = archived(checkout, files)
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    whole, broken = add([path]).itertuples()
    assert (whole.status, whole.tolerated) == ("taken", "2 files inside")
    assert (broken.file, broken.status) == ("2018-03.zip, 0.csv", "refused")
    assert "download it again" in broken.why


@pytest.mark.parametrize(("where", "bound"), [(workbooks, "MOST_BYTES"), (reading, "_HARMLESS")])
def test_a_workbook_too_large_to_open_says_what_works(checkout, limit, monkeypatch, where, bound):
    monkeypatch.setattr(where, bound, 8000)
    path = archived(checkout, {"xl/workbook.xml": "x" * 900_000})
    [row] = add([path]).itertuples()
    assert row.status == "refused"
    assert "save the sheet that is needed as CSV UTF-8" in row.why


def test_a_large_archive_without_any_file_of_ours_is_not_recognised(checkout, limit):
    files = {f"{i}.csv": street("2018-02", KENT, rows=20 + i) for i in range(3)}
    assert add([archived(checkout, files)]).iloc[0]["status"] == "not recognised"
