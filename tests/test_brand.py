"""A council's own name, logo, colour, contact and links stand on its pages, checked before."""

from __future__ import annotations

import shutil

import pytest

from conftest import ROOT, sbp
from sbpanalysis.data import classification
from sbpanalysis.errors import DataError
from sbpanalysis.publish.brand import faults, load_brand
from sbpanalysis.report.edition import Edition

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="20"/></svg>'
BRAND = """name: Our Safety Partnership
logo: logo.svg
logo_alt: Our council
colour: "#006f51"
contact: {name: Community safety team, email: safety@example.org}
links: {Our council: "https://example.org/"}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.delenv("SBP_LOCAL")
    (tmp_path / "_config.yml").touch()
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "logo.svg").write_text(LOGO)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("name: Our", "nme: Our", "nme: unknown key, .*did you mean name"),
        ("logo: logo.svg", "logo: lgo.svg", "logo: no file lgo.svg beside it"),
        ("logo_alt: Our council\n", "", "logo_alt is missing"),
        ("#006f51", "green", "colour: found 'green', expected"),
        ("#006f51", "#9fd0bf", "contrast of 1.7, expected 4.5"),
        ("https:", "javascript:", "links.Our council: found"),
        ("email:", "mail:", "contact.mail: unknown key"),
    ],
)
def test_a_fault_of_the_brand_is_told_with_its_line(own, old, new, fault):
    (own / "local" / "brand.yml").write_text(BRAND.replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=f"(?s)local/brand.yml, line .*{fault}"):
        load_brand(own)
    assert faults(own)


def test_an_overlay_is_on_the_site_and_git_never_sees_it(building, sample_site, monkeypatch):
    local = building / "build" / "overlay-test"
    shutil.rmtree(local, ignore_errors=True)
    local.mkdir()
    (local / "brand.yml").write_text(BRAND, "utf-8")
    (local / "logo.svg").write_text(LOGO)
    (local / "measures.csv").write_text(
        "measure,title,unit,counts,made_of\nour_thefts,Our thefts,offences,events,"
        "Theft from the person\n"
    )
    monkeypatch.setenv("SBP_LOCAL", "build/overlay-test")
    made = sbp(building, "new", "section", "4.12", "Our thefts", "--measure", "our_thefts")
    assert made.returncode == 0, made.stderr
    ran = sbp(building, "build", "--only", "4.12")
    assert ran.returncode == 0, ran.stderr
    preview = building / "build" / "bromley-sample" / "preview" / "site"
    page = (preview / "sections" / "4-12-our-thefts.html").read_text("utf-8")
    assert '<img class="logo" src="../_static/logo.svg" alt="Our council">' in page
    assert "Published by Our Safety Partnership. Contact: Community safety team, <a" in page
    assert '<a href="https://example.org/">Our council</a>' in page
    assert "Our thefts" in page
    assert "--blue: #006f51" in (preview / "_static" / "site.css").read_text("utf-8")
    assert (preview / "_static" / "logo.svg").read_text() == LOGO
    monkeypatch.chdir(building)
    edition = Edition.open("bromley-sample")
    theft = edition.series("theft_from_person_offences")
    assert edition.series("our_thefts").tolist() == theft.tolist()
    assert "our_thefts" in classification.current().rows
    assert "local/" in (ROOT / ".gitignore").read_text("utf-8").split()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("robbery_offences,Ours,offences,events,", "robbery_offences is there already"),
        ("ours,Ours,offences,events,Theft from the persn", "did you mean Theft from the person"),
        ("Our thefts,Ours,offences,events,", "found 'Our thefts'"),
        ("ours,Ours,offences", "found 3 cells, expected 5"),
    ],
)
def test_a_fault_of_an_own_measure_is_told_with_its_line(building, monkeypatch, row, fault):
    local = building / "build" / "overlay-faults"
    local.mkdir(exist_ok=True)
    (local / "measures.csv").write_text(f"measure,title,unit,counts,made_of\n{row}\n")
    monkeypatch.setenv("SBP_LOCAL", "build/overlay-faults")
    ran = sbp(building, "build", "--only", "4.5")
    assert ran.returncode == 1
    assert "build/overlay-faults/measures.csv, line 2: " in ran.stderr
    assert fault in ran.stderr
