"""What a site is made from, and what it is, is compared with its records whenever it is used."""

from __future__ import annotations

import pytest

from conftest import sbp
from sbpanalysis.data.edition import Edition
from sbpanalysis.disclosure import ledger
from sbpanalysis.errors import DataError
from sbpanalysis.publish.release import page_digests, verify

PAGE = "sections/5-3-gangs-and-young-people"


def edited(path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"<" + content[-8:])


def test_what_was_edited_is_noticed_made_again_and_said(building, sample_site, monkeypatch):
    """A table of the store, a notebook that was run, a page, a document; then the manifest."""
    before = page_digests(sample_site)
    monkeypatch.chdir(building)
    panel = [h.sha256 for h in Edition.open("bromley-sample").files if h.source == "mega_panel"]
    # other editions, built in the same place before, have theirs too: the one that this site has
    kept = (sample_site.parent / "notebooks" / f"{PAGE}.ipynb").read_bytes()
    entries = (building / "build" / "cache").glob("*.ipynb")
    [entry] = [path for path in entries if path.read_bytes() == kept]
    edited(building / "data" / "store" / f"{panel[0]}.parquet")
    edited(entry)
    edited(sample_site / f"{PAGE}.html")
    edited(sample_site / "downloads" / "assessment.pdf")
    ran = sbp(building, "build")
    said = " ".join(ran.stderr.split()) + " ".join(ran.stdout.split())
    assert ran.returncode == 0, ran.stderr
    assert "data/store, a table of mega_panel: edited" in said
    assert f"build/cache, {PAGE}: edited" in said
    assert f"downloads/assessment.pdf, {PAGE}.html edited" in said
    assert page_digests(sample_site) == before
    edited(sample_site / "manifest.json")
    ran = sbp(building, "build")
    assert ran.returncode == 0, ran.stderr
    assert "manifest.json edited" in ran.stderr + ran.stdout
    assert not verify(sample_site)
    assert page_digests(sample_site) == before


@pytest.mark.parametrize(("old", "new"), [(",15\n", ",20\n"), ("1 to 7", "withheld"), ("seal", "")])
def test_an_edited_ledger_is_refused(tmp_path, old, new):
    edition = tmp_path / "first.yml"
    keys = [("panel", "E09000006", group, "2018-05", "annual") for group in ("a", "b")]
    path = ledger.write(edition, dict(zip(keys, (14.0, 3.0), strict=True)), ())
    assert len(ledger.before(tmp_path)["first.released.csv"]) == 2
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(DataError, match=r"first\.released\.csv: not as `sbp release` wrote it"):
        ledger.before(tmp_path)
