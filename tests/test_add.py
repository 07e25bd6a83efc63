"""Files are taken wholly or not at all, and the report says which and why."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from recorded_crime import as_csv, borough_frame, ward_frame, write
from sbpanalysis.data import large, reading, snapshots
from sbpanalysis.data.add import add
from sbpanalysis.data.files import gather
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import homicide
from sbpanalysis.data.store import Store


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


@pytest.mark.parametrize("without", ["bytes", "note", "table", "facts", "store", "snapshot"])
def test_a_file_is_taken_again_whatever_of_it_a_kill_left(checkout, without):
    """Bytes, what is noted of them, table and facts are written one after the other."""
    path = write(checkout, "crime.csv", borough_frame())
    sha = add([path])["sha256"][0]
    snapshot, store = checkout / "data" / "snapshots", checkout / "data" / "store"
    parts = {"bytes": snapshot / sha, "note": snapshot / f"{sha}.json",
             "table": store / f"{sha}.parquet", "facts": store / f"{sha}.json"}  # fmt: skip
    pairs = {"store": ("table", "facts"), "snapshot": ("bytes", "note", "facts")}
    was = {name: part.read_bytes() for name, part in parts.items()}
    for name in pairs.get(without, (without, "facts")):
        parts[name].unlink(missing_ok=True)
    assert add([path])["status"][0] in ("taken", "held already")
    assert [n for n, part in parts.items() if n != "note" and part.read_bytes() != was[n]] == []
    assert snapshots.reopen(sha, checkout).sha256 == sha


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
    said = report.at["deeper/ward.zip", "tolerated"]
    assert said.startswith("1 files inside; passed over: README.txt: no reader knows its layout")


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


def test_one_broken_file_of_an_archive_is_reported_and_the_others_are_taken(checkout):
    with zipfile.ZipFile(checkout / "two.zip", "w") as archive:
        archive.writestr("bad.csv", as_csv(ward_frame())[:-5])
        archive.writestr("good.csv", as_csv(borough_frame()))
    for status in ("taken", "held already"):
        whole, bad = add([checkout / "two.zip"]).itertuples()
        assert (whole.status, whole.rows, whole.error) == (status, 672, False)
        assert (bad.file, bad.status, bad.error) == ("two.zip, bad.csv", "refused", True)
        assert "without a line end" in bad.why


def test_an_archive_of_which_nothing_can_be_taken_is_refused_with_every_reason(checkout):
    with zipfile.ZipFile(checkout / "bad.zip", "w") as archive:
        archive.writestr("one.csv", as_csv(ward_frame())[:-5])
        archive.writestr("two.csv", as_csv(borough_frame())[:-5])
    [row] = add([checkout / "bad.zip"]).itertuples()
    assert (row.status, row.error, kept(checkout)) == ("refused", True, [])
    assert "one.csv" in row.why
    assert "two.csv" in row.why


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


# --- whatever the bytes are -------------------------------------------------------------------

UNKNOWN = {
    "page.csv": (b"<!DOCTYPE html><title>404</title>", "an HTML page"),
    "empty.csv": (b"", "the file is empty"),
    "pointer.csv": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "a Git LFS pointer, not the file: download the file itself",
    ),
    "nul.csv": (bytes(200), "NUL bytes"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "save the sheet as CSV UTF-8"),
    "strange.csv": (b"a,b\r1,2\r", "its header begins 'a, b'"),
    "wide.csv": ("Borough,Year\n".encode("utf-16"), "UTF-16 text; save it as CSV UTF-8"),
}


def zipped(files: dict[str, bytes], **how) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def run(checkout, *words: str):
    from typer.testing import CliRunner

    from sbpanalysis.cli import app

    return CliRunner().invoke(app, ["add", *words], env={"COLUMNS": "200"})


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_not_recognised_says_why_on_the_screen(checkout, packed):
    folder = checkout / "in"
    folder.mkdir()
    files = {name: content for name, (content, _) in UNKNOWN.items()}
    for name, content in files.items():
        (folder / name).write_bytes(gzip.compress(content) if packed else content)
    ran = run(checkout, "in")
    assert ran.exit_code == 1  # nothing was taken
    for name, (_, why) in UNKNOWN.items():
        [line] = [x for x in ran.output.splitlines() if x.startswith(f"not recognised: {name}: ")]
        assert why in line
    write(folder, "good.csv", borough_frame())
    assert run(checkout, "in").exit_code == 0


def test_each_file_of_an_archive_that_is_passed_over_says_why(checkout):
    files = {name: content for name, (content, _) in UNKNOWN.items()}
    path = checkout / "all.zip"
    path.write_bytes(zipped(files | {"good.csv": as_csv(borough_frame())}))
    [row] = add([path]).itertuples()
    assert (row.status, row.rows) == ("taken", 672)
    for name, (_, why) in UNKNOWN.items():
        assert f"{name}: " in row.tolerated
        assert why in row.tolerated


def test_a_folder_without_a_file_is_an_error(checkout):
    (checkout / "in").mkdir()
    ran = run(checkout, "in")
    assert ran.exit_code == 1
    assert "no file in it" in ran.output


def test_an_archive_of_packed_zeros_ends_early(checkout, monkeypatch):
    """Each unpacks to more than its own size allows: nothing of them is ever held whole."""
    monkeypatch.setattr(reading, "_HARMLESS", 2**20)
    packed = gzip.compress(bytes(2**23))
    path = checkout / "bomb.zip"
    path.write_bytes(zipped({f"{i}.csv.gz": packed for i in range(3)}))
    [row] = add([path]).itertuples()
    assert (row.status, kept(checkout)) == ("refused", [])
    assert row.why.count("unpacks to more than") == 3


def test_archives_within_archives_within_one_are_never_opened(checkout, monkeypatch):
    deepest = zipped({"a.csv": as_csv(borough_frame())})
    path = checkout / "deep.zip"
    path.write_bytes(zipped({"middle.zip": zipped({"deepest.zip": deepest})}))
    opened = []
    unpacked = reading.unpacked
    monkeypatch.setattr(
        reading,
        "unpacked",
        lambda a, info, name: opened.append(info.filename) or unpacked(a, info, name),
    )
    [row] = add([path]).itertuples()
    assert (row.status, kept(checkout)) == ("not recognised", [])
    assert "a.csv" not in opened


def test_what_an_archive_holds_packed_twice_is_limited_in_all(checkout, monkeypatch):
    monkeypatch.setattr(large, "MOST_BYTES", 150_000)
    parts = {f"{i}.csv.gz": gzip.compress(as_csv(borough_frame(start=f"20{i}-01")))
             for i in (12, 14, 16)}  # fmt: skip
    path = checkout / "packed.zip"
    path.write_bytes(zipped(parts))
    whole, *refused = add([path]).itertuples()
    assert whole.status == "taken"
    assert refused
    assert all("give it by itself" in row.why for row in refused)


@pytest.mark.parametrize("question", ["recognises", "read"])
def test_a_reader_that_fails_is_told_of_that_file_and_the_others_are_taken(
    checkout, monkeypatch, question
):
    def failing(file):
        if question == "recognises" and b"E05" not in file.content:
            return False
        raise IndexError("single positional indexer is out-of-bounds")

    monkeypatch.setattr(homicide, question, failing)
    if question == "read":
        monkeypatch.setattr(homicide, "recognises", lambda file: b"ofPPA" in file.content)
    (checkout / "in").mkdir()
    bad = as_csv(ward_frame()) if question == "recognises" else b"Count ofPPA\n1\n"
    (checkout / "in" / "a.csv").write_bytes(bad)
    write(checkout / "in", "b.csv", borough_frame())
    ran = run(checkout, "in")
    assert ran.exit_code == 1
    assert "the reader homicide failed on this file (IndexError in test_add.py" in ran.output
    assert "Traceback" not in ran.output
    assert "1 taken" in ran.output


def test_an_edition_finds_a_file_under_every_name_its_bytes_were_given(checkout):
    first = write(checkout, "MPS (1).csv", borough_frame())
    second = checkout / "mps.csv"
    second.write_bytes(first.read_bytes())
    assert [add([path])["status"][0] for path in (first, second)] == ["taken", "held already"]
    digest = snapshots.find("mps.csv", checkout)
    assert digest == snapshots.find("MPS (1).csv", checkout) is not None
    [facts] = gather(["mps.csv"], Store(checkout), None)
    assert facts["sha256"] == digest
    assert gather([f"{checkout.name}/m*.csv"], Store(checkout), None) == [facts]


def test_a_published_file_with_the_bytes_of_a_synthetic_one_is_not_found_by_its_name(checkout):
    first = write(checkout, "sample.csv", borough_frame())
    file = RawFile.open(first)
    snapshots.keep(file, checkout, "data/sample/sample.csv")
    snapshots.also(file.sha256, "mps.csv", checkout, "downloads/mps.csv")
    assert snapshots.find("mps.csv", checkout) is None
