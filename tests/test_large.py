"""An archive too large for memory: London's files one at a time, all of them or none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sbpanalysis.data import large
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


def left(checkout: Path) -> list[str]:
    folders = [checkout / "data" / name for name in ("store", "snapshots")]
    return [p.name for folder in folders if folder.is_dir() for p in folder.iterdir()]


def test_of_a_large_archive_londons_files_are_taken_and_other_forces_passed_over(checkout, limit):
    months = ("2018-02", "2018-03")
    files = {f"{m}/{m}-metropolitan-street.csv": street(m, MET) for m in months}
    files |= {f"{m}/{m}-kent-street.csv": street(m, KENT) for m in months}
    path = archived(checkout, files)
    row = add([path]).iloc[0]
    assert (row["status"], row["tolerated"], row["rows"]) == ("taken", "2 files inside", 2)
    names = sorted(about["name"] for about in kept(checkout).values())
    assert names == [f"{m}/{m}-metropolitan-street.csv" for m in months]
    [march] = [s for s, about in kept(checkout).items() if about["name"].startswith("2018-03")]
    assert Store(checkout).table(march)["2018-03"].sum() == 20
    assert add([path]).iloc[0]["status"] == "held already"


def test_a_small_archive_is_taken_alike(checkout):
    files = {"a.csv": street("2018-02", MET), "b.csv": street("2018-02", KENT)}
    row = add([archived(checkout, files)]).iloc[0]
    assert (row["status"], row["tolerated"]) == ("taken", "1 files inside")


def test_one_broken_file_of_london_refuses_a_large_archive_and_nothing_of_it_stays(checkout, limit):
    files = {"a.csv": street("2018-02", MET), "b.csv": street("2018-03", MET, "Piracy")}
    row = add([archived(checkout, files)]).iloc[0]
    assert row["status"] == "refused"
    assert "Piracy" in row["why"]
    assert left(checkout) == []


def test_a_large_archive_that_was_cut_off_is_refused(checkout, limit):
    files = {f"{i}.csv": street("2018-02", MET, rows=20 + i) for i in range(3)}
    path = archived(checkout, files)
    content = bytearray(path.read_bytes())
    content[300:340] = bytes(40)
    path.write_bytes(content)
    assert add([path]).iloc[0]["status"] == "refused"
    assert left(checkout) == []


def test_a_large_archive_without_any_file_of_ours_is_not_recognised(checkout, limit):
    files = {f"{i}.csv": street("2018-02", KENT, rows=20 + i) for i in range(3)}
    assert add([archived(checkout, files)]).iloc[0]["status"] == "not recognised"
