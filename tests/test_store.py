"""Raw bytes are kept as received; what was read of them comes back as it was."""

from __future__ import annotations

import gzip
import json

import pandas as pd
import pytest

from recorded_crime import as_csv, borough_frame
from sbpanalysis.data import snapshots
from sbpanalysis.data.add import take
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import mps
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError


@pytest.fixture
def plain() -> RawFile:
    return RawFile.of("crime.csv", as_csv(borough_frame()))


def test_what_was_read_comes_back_from_the_store(checkout, plain):
    store = Store(checkout)
    facts = take(plain, store)
    kept = store.table(facts["sha256"])
    read = mps.read(plain).table
    pd.testing.assert_frame_equal(kept.astype(str), read.astype(str))


def test_the_snapshot_is_the_bytes_as_received(checkout):
    received = gzip.compress(as_csv(borough_frame()))
    facts = take(RawFile.of("crime.csv.gz", received), Store(checkout), "a/crime.csv.gz")
    path = checkout / "data" / "snapshots" / facts["sha256"]
    assert path.read_bytes() == received
    about = json.loads(path.with_suffix(".json").read_text())
    assert (about["name"], about["size"]) == ("crime.csv.gz", len(received))
    assert about["content_sha256"] == RawFile.of("x", as_csv(borough_frame())).sha256


def test_a_snapshot_is_never_overwritten(checkout, plain):
    path = snapshots.keep(plain, checkout)
    before = (path.stat().st_mtime_ns, path.with_suffix(".json").read_bytes())
    snapshots.keep(plain, checkout, "another place")
    assert (path.stat().st_mtime_ns, path.with_suffix(".json").read_bytes()) == before


def test_a_snapshot_that_was_changed_on_disk_is_refused(checkout, plain):
    path = snapshots.keep(plain, checkout)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DataError, match="something changed them"):
        snapshots.reopen(plain.sha256, checkout)


def test_a_snapshot_is_found_by_name_and_by_either_digest(checkout):
    content = as_csv(borough_frame())
    file = RawFile.of("crime.csv.gz", gzip.compress(content))
    snapshots.keep(file, checkout, "folder/crime.csv.gz")
    for reference in (
        "crime.csv",
        "crime.csv.gz",
        "folder/crime.csv",
        file.sha256,
        file.sha256[:8],
        file.content_sha256[:12],
    ):
        assert snapshots.find(reference, checkout) == file.sha256
    assert snapshots.find("other.csv", checkout) is None


def test_one_name_of_two_publications_must_be_told_apart(checkout):
    for count in (24, 25):
        file = RawFile.of("latest.csv", as_csv(borough_frame(count=count)))
        snapshots.keep(file, checkout)
    with pytest.raises(DataError, match="2 different snapshots"):
        snapshots.find("latest.csv", checkout)


def test_reads_lists_only_what_was_really_read(checkout, plain):
    first, second = Store(checkout), Store(checkout)
    sha256 = take(plain, first)["sha256"]
    assert first.reads == set()
    second.table(sha256)
    assert (first.reads, second.reads) == (set(), {sha256})


def test_columns_and_rows_can_be_chosen(checkout, plain):
    store = Store(checkout)
    sha256 = take(plain, store)["sha256"]
    part = store.table(sha256, ["area_code", "2017-01"], {"area_code": {"E09000006"}})
    assert list(part) == ["area_code", "2017-01"]
    assert set(part["area_code"]) == {"E09000006"}


def test_a_write_that_fails_leaves_nothing(checkout):
    path = checkout / "data" / "store" / "x"
    with pytest.raises(TypeError):
        snapshots.write_whole(path, "text, not bytes")
    assert list(path.parent.iterdir()) == []


def test_a_reading_of_an_older_version_counts_as_not_stored(checkout, plain):
    store = Store(checkout)
    facts = take(plain, store)
    path = checkout / "data" / "store" / f"{plain.sha256}.json"
    path.write_text(json.dumps(facts | {"version": 0}))
    assert store.facts(plain.sha256) is None
    assert take(plain, store)["version"] > 0
