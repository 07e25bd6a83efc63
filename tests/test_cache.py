"""The execution cache: a page is reused only if nothing that it was made from has changed."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from conftest import ROOT
from sbpanalysis.data.sample import write_sample
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish.execute import Job, run_one
from sbpanalysis.publish.kernels import kernel_server

ROBBERY = """
import pandas as pd, sbpanalysis as sbp
edition = sbp.Edition.open(edition)
print(edition.series("robbery_offences").sum())
print(pd.read_csv("book/own.csv").shape, edition.has("knife_crime_offences"))
"""


@pytest.fixture(scope="module", autouse=True)
def no_kernels_left():
    yield
    kernel_server().stop()


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A checkout of which every part may be edited."""
    for part in ("data/reference", "assessments", "book/editions", "src/sbpanalysis"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for part in ("_config.yml", "requirements.lock", "data/sample.zip"):
        shutil.copy(ROOT / part, tmp_path / part)
    write_sample(tmp_path / "data" / "sample")
    (tmp_path / "book" / "own.csv").write_text("a\n1\n")
    cells = [
        new_code_cell('edition: str = "x"  # e', metadata={"tags": ["parameters"]}, id="c0"),
        new_code_cell(ROBBERY, id="c1"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "robbery.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(root: Path, **parameters) -> Job:
    caching.opened.cache_clear()
    given = {"edition": "bromley-sample", **parameters}
    inputs = caching.inputs_of(root / "robbery.ipynb", given, caching.common(root))
    return Job("robbery", str(root / "robbery.ipynb"), given, caching.key_of(inputs), inputs)


def held(root: Path) -> bool:
    return caching.find(job(root), root, root) is not None


def replaced(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8")


def appended(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def one_more(path: Path, row: str) -> None:
    """Raise the last figure of the first line that holds `row` by one."""
    lines = path.read_text("utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if row in line)
    head, last = lines[at].rsplit(",", 1)
    lines[at] = f"{head},{int(last) + 1}"
    path.write_text("\n".join(lines) + "\n", "utf-8")


ROW = "PERSONAL PROPERTY,Bromley,"
BOROUGHS = "data/sample/MPS_Borough_Level_Crime_24m_201610-201809.csv"
WARDS = "data/sample/MPS_Ward_Level_Crime_24m_201610-201809.csv"


def test_only_what_a_notebook_read_makes_it_run_again(copy):
    outcome = run_one(job(copy), str(copy), str(copy))
    assert not outcome.fault, outcome.fault
    assert held(copy)
    reads = caching.read(Path(outcome.path)).metadata["sbp"]
    assert "book/own.csv" in reads["files"]
    assert not [f for f in reads["files"] if f.startswith(("src", "data/sample"))]

    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    touched = {
        "a figure it counted": (True, lambda: one_more(copy / BOROUGHS, ROW)),
        "a table of its own": (
            True, lambda: (copy / "book/own.csv").write_text("a\n1\n2\n")),
        "the classification": (
            True, lambda: appended(copy / "data/reference/offences.csv", "\n")),
        "a source": (True, lambda: appended(copy / "data/reference/sources/nrm.yml", "\n")),
        "the end of the edition": (
            True,
            lambda: replaced(copy / "book/editions/bromley-sample.yml", "2018-09", "2018-08")),
        "the library": (
            True, lambda: appended(copy / "src/sbpanalysis/stats/change.py", "\n")),
        "the sentences": (
            True, lambda: appended(copy / "src/sbpanalysis/report/sentences.yml", "\n")),
        "the versions": (True, lambda: replaced(copy / "requirements.lock", "numpy==", "numpy==9")),
        "another table": (
            False, lambda: appended(copy / "assessments/bromley-2018/claims.csv", "\n")),
        "a figure it did not read": (
            False, lambda: one_more(copy / WARDS, "ROBBERY")),
        "a comment in the edition": (
            False, lambda: appended(copy / "book/editions/bromley-sample.yml", "# x\n")),
        "how pages are set": (
            False, lambda: appended(copy / "src/sbpanalysis/publish/pages.py", "\n")),
    }  # fmt: skip
    for what, (matters, edit) in touched.items():
        edit()
        assert held(copy) is not matters, what
        for path, content in before.items():
            if path.suffix != ".ipynb" and path.read_bytes() != content:
                path.write_bytes(content)
        assert held(copy), f"{what}, taken back"


def test_why_names_what_changed(copy):
    first = job(copy)
    assert caching.why(first, None, copy, copy) == "never run"
    assert not run_one(first, str(copy), str(copy)).fault
    past = {"inputs": first.inputs}
    other = job(copy, edition="bromley-2018")
    assert caching.why(other, past, copy, copy) == "parameters changed"
    (copy / "book/own.csv").write_text("a\n3\n")
    assert caching.why(job(copy), past, copy, copy) == "book/own.csv changed"
    one_more(copy / BOROUGHS, ROW)
    assert "data of bromley-sample changed (snapshot" in caching.why(job(copy), past, copy, copy)
    replaced(copy / "robbery.ipynb", "sum()", "max()")
    assert caching.why(job(copy), past, copy, copy) == "notebook changed"


def test_what_changes_while_a_notebook_runs_is_never_taken_for_what_it_read(copy):
    source = "\\nimport pathlib; pathlib.Path('book/own.csv').write_text('a\\\\n7\\\\n')\\n"
    replaced(copy / "robbery.ipynb", "import pandas", f"{source}import pandas")
    assert not run_one(job(copy), str(copy), str(copy)).fault
    assert not held(copy)


def test_outputs_and_counts_of_a_notebook_as_saved_do_not_matter(copy):
    first = job(copy).key
    notebook = nbformat.read(copy / "robbery.ipynb", 4)
    notebook.cells[1].execution_count = 7
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="old")]
    notebook.metadata["kernelspec"] = {"name": "another", "display_name": "x"}
    nbformat.write(notebook, copy / "robbery.ipynb")
    assert job(copy).key == first
    notebook.cells[1].metadata["tags"] = ["remove-input"]
    nbformat.write(notebook, copy / "robbery.ipynb")
    assert job(copy).key != first


def test_the_cache_keeps_what_was_used_last_within_its_bounds(tmp_path):
    now = time.time()
    for name, age in {"new": 0, "used": 30, "old": 90}.items():
        path = tmp_path / f"{name}.ipynb"
        path.write_text("x" * 1000)
        os.utime(path, (now, now - age * 86400))
    caching.clean(tmp_path, days=60, size=10_000)
    assert sorted(p.stem for p in tmp_path.iterdir()) == ["new", "used"]
    caching.clean(tmp_path, days=60, size=1500)
    assert [p.stem for p in tmp_path.iterdir()] == ["new"]


def test_a_history_that_was_cut_short_is_as_none(tmp_path):
    caching.remember(tmp_path, {"a": {"seconds": 1}})
    caching.remember(tmp_path, {"b": {"seconds": 2}})
    assert sorted(caching.history(tmp_path)) == ["a", "b"]
    (tmp_path / "history.json").write_text("{")
    assert caching.history(tmp_path) == {}
