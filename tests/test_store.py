"""Raw bytes are kept as received; what was read of them comes back as it was."""

from __future__ import annotations

import ast
import gzip
import json
import shutil
import warnings

import pandas as pd
import pytest

from conftest import ROOT
from recorded_crime import as_csv, borough_frame
from sbpanalysis.data import add, rules, snapshots
from sbpanalysis.data.add import take
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sample import ensure_sample
from sbpanalysis.data.sources import mps
from sbpanalysis.data.store import Store
from sbpanalysis.errors import DataError, EditedWarning


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


def test_what_was_read_by_other_rules_is_read_again_from_the_bytes_kept(checkout, plain):
    facts = take(plain, Store(checkout))
    path = checkout / "data" / "store" / f"{plain.sha256}.json"
    path.write_text(json.dumps(facts | {"rules": "of before", "rows": 0}))
    assert Store(checkout).facts(plain.sha256) is None
    assert add.facts(plain.sha256, Store(checkout)) == facts == Store(checkout).facts(plain.sha256)
    path.write_text(json.dumps(facts | {"rules": "of before"}))
    (checkout / "data" / "snapshots" / plain.sha256).write_bytes(b"another file")
    assert add.facts(plain.sha256, Store(checkout)) is None


def test_a_unit_that_a_table_gives_is_read_anew_when_the_table_changes(checkout):
    tables = checkout / "data" / "reference"
    tables.unlink()
    shutil.copytree(ROOT / "data" / "reference", tables)
    folder = ensure_sample(checkout)
    (path,) = folder.glob("*KnifeCrimeData.xlsx")
    digest = add.add([path])["sha256"][0]
    listed = pd.read_csv(tables / "measures.csv", dtype=str, keep_default_na=False)
    measure = listed["measure"].isin(Store(checkout).table(digest)["measure"])
    listed.loc[measure, "unit"] = "apples"
    listed.to_csv(tables / "measures.csv", index=False)
    store = Store(checkout)
    assert add.facts(digest, store)
    # the file counts offences, and young victims, of whom the publisher's own number is kept
    assert set(store.table(digest)["unit"]) == {"apples", "recorded apples"}


def test_the_rules_are_all_the_code_that_readers_reach_and_all_the_tables_it_names():
    here = ROOT / "src" / "sbpanalysis"
    reached, wanted = set(), sorted((here / "data" / "sources").glob("*.py"))
    while wanted:
        path = wanted.pop()
        if path in reached or not path.is_file():
            continue
        reached.add(path)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sbpanalysis"):
                module = here.joinpath(*node.module.split(".")[1:])
                names = [module, *(module / alias.name for alias in node.names)]
                wanted += [name.with_suffix(".py") for name in names]
    listed = {(here / "data" / name).resolve() for name in rules.CODE}
    harmless = {here / "errors.py", here / "paths.py"}
    readers = {path for path in reached if path.parent.name == "sources"}
    assert reached - readers - harmless <= listed
    source = "".join(path.read_text("utf-8") for path in reached)
    tables = {p.name for p in (ROOT / "data" / "reference").iterdir() if p.is_file()}
    # breaks.csv is named for the council's own rows alone: no reader asks when a series breaks
    tables -= {"breaks.csv"}
    # order.yml and the sources that it lists count by what they say, not how they are fetched
    tables -= {"order.yml"}
    assert {name for name in tables if f'"{name}"' in source} == set(rules.TABLES)


def test_how_a_source_is_fetched_does_not_decide_how_its_files_are_read(checkout):
    tables = checkout / "data" / "reference"
    tables.unlink()
    shutil.copytree(ROOT / "data" / "reference", tables)
    path, before = tables / "sources" / "lfb_incidents.yml", rules.in_force(checkout)
    path.write_text(path.read_text("utf-8").replace("most: 400", "most: 500"), "utf-8")
    assert rules.in_force(checkout) == before
    path.write_text(path.read_text("utf-8").replace("Brigade", "Brigades"), "utf-8")
    assert rules.in_force(checkout) != before


@pytest.mark.parametrize("what", [".parquet", ".json"])
def test_what_was_edited_in_the_store_is_read_again_and_said(checkout, plain, what):
    facts = take(plain, Store(checkout))
    before = Store(checkout).table(plain.sha256)
    path = checkout / "data" / "store" / f"{plain.sha256}{what}"
    if what == ".json":
        path.write_text(path.read_text().replace('"tolerated":[]', '"tolerated":["all"]'))
    else:
        before.assign(major="Robbery").to_parquet(path)
    with pytest.warns(EditedWarning, match="edited"):
        assert add.facts(plain.sha256, Store(checkout)) == facts
    pd.testing.assert_frame_equal(Store(checkout).table(plain.sha256), before)
    assert Store(checkout).facts(plain.sha256) == facts
    (checkout / "data" / "snapshots" / plain.sha256).unlink()
    path.write_bytes(b"{}")
    with pytest.warns(EditedWarning):
        assert add.facts(plain.sha256, Store(checkout)) is None
    warnings.simplefilter("ignore", EditedWarning)
    with pytest.raises(DataError, match="add the published"):
        Store(checkout).table(plain.sha256)


def test_what_is_held_of_persons_is_enciphered_under_a_key_that_git_never_sees(checkout):
    ensure_sample(ROOT)
    sent = ROOT / "data" / "sample" / "partner_mega_panel.csv"
    [row] = add.add([sent], checkout).to_dict("records")
    table = checkout / "data" / "store" / f"{row['sha256']}.parquet"
    assert not table.read_bytes().startswith(b"PAR1")
    kept = checkout / "data" / "snapshots" / row["sha256"]
    assert b"young_people" in sent.read_bytes()
    assert b"young_people" not in kept.read_bytes()
    assert snapshots.reopen(row["sha256"], checkout).content == sent.read_bytes()
    assert len(Store(checkout).table(row["sha256"])) == 15
    (checkout / "data" / "snapshots" / "key").write_text("another")
    with pytest.warns(EditedWarning):
        assert add.facts(row["sha256"], Store(checkout)) is None  # neither is read without the key
    with pytest.warns(EditedWarning):
        assert add.add([sent], checkout)["status"].tolist() == ["taken"]
    assert len(Store(checkout).table(row["sha256"])) == 15
