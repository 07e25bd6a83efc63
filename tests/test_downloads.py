"""What is offered is there with its size, and the zip holds the site but not itself."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from pathlib import Path

import openpyxl
import pytest
from evidence import pdf_pages, pdf_words

from conftest import ROOT
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.publish.downloads import WHOLE, finish, offered
from sbpanalysis.publish.release import page_digests, verify


@pytest.fixture
def site(tmp_path) -> Path:
    """A rendered site of one page, finished with downloads made up."""
    site, made = tmp_path / "site", tmp_path / "made"
    (site / "downloads").mkdir(parents=True)
    made.mkdir()
    for name, count in (
        ("assessment.pdf", 2_000_000),
        ("brief.pdf", 80_400),
        ("assessment.xlsx", 1),
    ):
        (made / name).write_bytes(b"x" * count)
    (site / "claims.json").write_text("[]")
    (site / "index.html").write_text(f"<html>{offered()}</html>")

    def manifest() -> None:
        (site / "manifest.json").write_text(json.dumps({"pages": page_digests(site)}))

    finish(site, made, manifest)
    return site


def test_every_download_is_there_and_has_its_size(site):
    html = (site / "index.html").read_text()
    links = re.findall(r'href="([^"]+)">[^<]+</a>, ([^<]+)</li>', html)
    assert [name for name, _ in links][-1] == WHOLE
    assert len(links) == 5
    assert dict(links)["downloads/assessment.pdf"] == "2.0 MB"
    assert dict(links)["downloads/brief.pdf"] == "80 kB"
    assert all((site / name).is_file() for name, _ in links)


def test_every_file_of_the_zip_may_be_read_by_whoever_did_not_unpack_it(site):
    with zipfile.ZipFile(site / WHOLE) as archive:
        modes = {info.external_attr >> 16 for info in archive.infolist()}
    assert modes == {stat.S_IFREG | 0o644}


def test_the_zip_holds_the_site_but_not_itself_and_fits_its_own_manifest(site, tmp_path):
    with zipfile.ZipFile(site / WHOLE) as archive:
        archive.extractall(tmp_path / "opened")
    opened = tmp_path / "opened"
    assert not list(opened.rglob("*.zip"))
    assert (opened / "downloads" / "assessment.pdf").stat().st_size == 2_000_000
    html = (opened / "index.html").read_text()
    assert WHOLE not in html
    assert "2.0 MB" in html
    assert verify(opened) == []


def test_the_manifest_of_the_site_covers_the_downloads(site):
    assert verify(site) == []
    assert WHOLE in json.loads((site / "manifest.json").read_text())["pages"]
    (site / "downloads" / "brief.pdf").write_bytes(b"changed")
    assert verify(site) == ["downloads/brief.pdf"]


@pytest.mark.slow
def test_the_samples_documents_hold_every_section_and_every_sentence(sample_site):
    words = "".join(pdf_words(sample_site / "downloads" / "assessment.pdf").split())
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    claims = [c for c in claims if c["section"] != "wards"]  # which the document leaves out
    assert len(claims) > 50
    assert not [c["id"] for c in claims if "".join(c["sentence"].split()) not in words]
    for section in load_assessment(ROOT):
        assert "".join(f"{section.number} {section.title}".split()) in words
    assert len(pdf_pages(sample_site / "downloads" / "brief.pdf")) == 2


@pytest.mark.slow
def test_the_samples_workbook_has_a_sheet_for_every_table_of_a_section(sample_site):
    book = openpyxl.load_workbook(sample_site / "downloads" / "assessment.xlsx", read_only=True)
    kept = re.compile(
        r"(exhibit|kinds|wards|\d+-\d+)-.*"
    )  # the methods' examples stay on their pages
    tables = [p for p in (sample_site / "downloads").glob("*.csv") if kept.fullmatch(p.name)]
    around = {"Cover", "Contents", "Notes", "Sentences"}
    named = set(book.sheetnames) - around
    assert len(named) == len(tables)
    assert {"Summary", "4.5-E1", "4.5-F1", "wards-bickley 1", "wards-bickley 2"} <= named
