"""The same edition gives the same bytes: elsewhere, warm or cold, data read before or not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import COPIED, ROOT, sbp
from sbpanalysis.publish.release import page_digests

pytestmark = pytest.mark.slow


def files(folder: Path) -> dict[str, str]:
    return page_digests(folder.resolve())


def test_two_clean_builds_are_byte_identical(sample_site, tmp_path):
    other = tmp_path / "a longer name than before" / "checkout"
    for name in COPIED:
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, other / name)
    assert sbp(other, "sample").returncode == 0
    assert sbp(other, "check", "--edition", "bromley-sample").returncode in (0, 1)
    assert list((other / "data" / "store").glob("*.parquet"))  # the first build found none
    ran = sbp(other, "build", "--cold", "--workers", "1")
    assert ran.returncode == 0, ran.stderr
    built = other / "build" / "bromley-sample"
    assert files(built / "site") == files(sample_site)
    for name in ("site/manifest.json", "bromley-sample.zip"):
        assert (built / name).read_bytes() == (sample_site.parent / name).read_bytes()
    assert files(built / "notebooks") == files(sample_site.parent / "notebooks")
    entries = {p.name: p.read_bytes() for p in (other / "build" / "cache").glob("*.ipynb")}
    assert not [name for name, content in entries.items() if str(other).encode() in content]
    assert set(entries) <= {p.name for p in (sample_site.parents[1] / "cache").glob("*.ipynb")}
