"""Every exhibit of the assessment is on its page, and no count of people is bare on the site."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from sbpanalysis.publish.inspect import person_faults

pytestmark = pytest.mark.slow
OUTLINE = yaml.safe_load((ROOT / "assessments" / "bromley-2018" / "outline.yml").read_text("utf-8"))
SECTIONS = [u for s in OUTLINE["sections"] for u in s["subsections"]] + OUTLINE["attachments"]
EXHIBITS = [e for u in SECTIONS for e in u["exhibits"]]


def figures_of(site: Path) -> dict[str, str]:
    """Each exhibit's element by its id, over all section pages."""
    found: dict[str, str] = {}
    for path in sorted((site / "sections").glob("*.html")):
        text = path.read_text("utf-8")
        for identity, element in re.findall(
            r'<figure[^>]*id="(exhibit-[^"]+)"[^>]*>(.*?)</figure>', text, re.DOTALL
        ):
            assert identity not in found, identity
            found[identity] = element
    return found


def test_every_exhibit_of_the_outline_is_there_whole(sample_site):
    assert len(EXHIBITS) == OUTLINE["counts"]["exhibits"] == 79
    figures = figures_of(sample_site)
    missing = []
    for exhibit in EXHIBITS:
        identity = f"exhibit-{exhibit['id'].lower().replace('.', '-')}"
        element = figures.get(identity)
        if element is None:
            missing.append(exhibit["id"])
            continue
        headline = re.search(r'<p class="finding">(.+?)</p>', element)
        assert headline, identity
        assert re.search(r"<table>.*<tbody><tr>", element, re.DOTALL), identity
        if exhibit["kind"] in ("line", "bar", "map"):
            assert re.search(r'<img [^>]*alt="[^"]{40,}"', element), identity
        path = sample_site / "downloads" / f"{identity}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
        assert len(rows) > 1, identity
        assert f'href="../downloads/{identity}.csv"' in element, identity
    assert not missing, f"{len(missing)} of 79 exhibits are missing: {missing}"


def test_no_section_of_the_sample_is_bare_or_only_a_table(sample_site):
    for path in sorted((sample_site / "sections").glob("*.html")):
        text = path.read_text("utf-8")
        assert "holds no figures for this section" not in text, path.name
        assert 'class="claim"' in text, path.name
        assert "<img" in text, path.name


def test_no_count_of_people_is_bare(sample_site):
    assert list(person_faults(sample_site)) == []


def planted(site: Path, name: str, old: str, new: str) -> list[str]:
    path = site / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = list(person_faults(site))
    path.write_text(text, "utf-8")
    return found


@pytest.fixture(scope="module")
def copy(sample_site, tmp_path_factory) -> Path:
    """A copy of the sample's site to spoil."""
    folder = tmp_path_factory.mktemp("spoiled") / "site"
    shutil.copytree(sample_site.resolve(), folder)
    return folder


PAGE = "sections/7-2-bme-victims.html"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (PAGE, '<td class=num>510</td>', '<td class=num>509</td>'),
        (PAGE, "Darwin had the fewest, 10", "Darwin had the fewest, 3"),
        (PAGE, ": 105 victims<", ": 104 victims<"),
        ("downloads/exhibit-7-2-e1.csv", "510.0", "509.0"),
        ("_images/exhibit-7-2-e3.svg", ">8,830</text>", ">8,832</text>"),
        ("_images/exhibit-7-1-e1.svg", ">15</text>", ">14</text>"),  # a map
        ("_images/5-3-figure-5.svg", ">20</text>", ">18</text>"),  # a pyramid
        ("claims.json", '"value": 510.0', '"value": 509.0'),
        ("claims.json", "510 victims of 2,890", "510 victims of 2,887"),
        ("_static/search-index.js", "510 victims", "509 victims"),
        ("index.html", "</main>", "<p>3 young people</p></main>"),
    ],
)  # fmt: skip
def test_a_bare_count_that_is_planted_is_caught(copy, name, old, new):
    assert planted(copy, name, old, new)


def test_a_claim_from_a_source_of_people_is_marked_by_its_source(sample_site):
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    personal = [c for c in claims if "London Landscape, victims of crime" in c["sources"]]
    assert len(personal) > 10
