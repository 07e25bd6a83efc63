"""After any edit, what is reused or run again is what a run from nothing gives, to the byte."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from edits import KINDS, NOT_COPIED, few

from conftest import COPIED, ROOT
from sbpanalysis.data.sample import write_sample

# What the section reads, and a little besides, so that a run from nothing does not read for long
WANTED = ("MPS_*24m*.csv", "MPS_*Historical*.csv", "*KnifeCrime*.csv", "housing-density-*.csv")
MADE = """
from pathlib import Path
from sbpanalysis.errors import SbpError
from sbpanalysis.publish import cache
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.publish.execute import run_all
from sbpanalysis.publish.plan import jobs_of
root = Path.cwd()
entries = root / "build" / "cache"
entries.mkdir(parents=True, exist_ok=True)
try:
    sections = [s for s in load_assessment(root) if s.number == "4.5"]
    edition = cache.opened("bromley-sample", "", "")
    [job] = jobs_of(root, edition, sections, cache.common(root), None, None)
    found = cache.find(job, entries, root)
    ran = None if found else run_all([job], entries, root)[job.key]
    print(found or ran.path or f"refused: {ran.fault}")
except SbpError as error:
    print(f"refused: {error}")
"""


def made(folder: Path) -> tuple[str, str]:
    """The executed notebook of a section, its name and text; or why it is refused."""
    ran = subprocess.run(
        [sys.executable, "-c", MADE], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.strip()
    if said.startswith("refused"):
        return said, ""
    return Path(said).name, Path(said).read_text("utf-8")


@pytest.fixture(scope="module")
def edited(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edited")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    few(folder)
    write_sample(folder / "data" / "sample")
    wanted = {p for name in WANTED for p in (folder / "data" / "sample").glob(name)}
    for path in (folder / "data" / "sample").rglob("*.csv"):
        if path not in wanted:
            path.unlink()
    assert not made(folder)[0].startswith("refused")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_edit_what_is_reused_is_what_a_run_from_nothing_gives(edited, tmp_path, kind):
    (path, content), what = KINDS[kind](edited, random.Random(2018))
    fresh = shutil.copytree(edited, tmp_path / "fresh", ignore=NOT_COPIED)
    now = made(edited)
    if now[0].startswith("refused"):
        path.write_bytes(content)
    assert now == made(fresh), what
