"""Whole builds: known figures on the pages, no area on another's page, failures harmless."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from evidence import comparisons, counted, faults_of, follow

import test_words
from conftest import ROOT, sbp
from pictures import over_another

pytestmark = pytest.mark.slow


def claims_of(site: Path) -> list[dict]:
    """What `claims.json` of a site lists."""
    return json.loads((site / "claims.json").read_text("utf-8"))


NUMBERS = ("total", "latest")  # kinds of claims that give a number of one area and period
KINDS_OF_AN_AREA = (*NUMBERS, "change", "rate", "rate among")


def value(site: Path, measure: str, period: str, area: str = "Bromley", kinds=NUMBERS):
    """The one value that the site claims for a measure, area and period."""
    found = {
        c["value"]
        for c in claims_of(site)
        if (c["measure"], c["period"], c["area"]) == (measure, period, area) and c["kind"] in kinds
    }
    assert len(found) == 1, (measure, period, area, found)
    return found.pop()


@pytest.fixture(scope="session")
def real_sites(building, real) -> dict[str, Path]:
    """The sites made from published files, built once: edition or area -> folder."""
    wanted = {
        "bromley-2018": (), "bromley-2018-jan2019": (), "bromley-latest": (),
        "bromley-latest--croydon": ("--area", "Croydon"),
        "bromley-latest--westminster": ("--area", "Westminster"),
    }  # fmt: skip
    for name, words in wanted.items():
        edition = name.partition("--")[0]
        ran = sbp(building, "build", "--edition", edition, "--data", str(real), *words)
        assert ran.returncode == 0, f"{name}: {ran.stderr}"
    return {name: building / "build" / name / "site" for name in wanted}


def test_every_link_of_the_published_editions_leads_to_its_own_evidence(real_sites):
    for name, site in real_sites.items():
        followed = follow(site)
        print(name, *counted(followed), sep="\n")
        assert not faults_of(followed), name


def test_one_comparison_has_one_word_and_one_range_in_the_published_editions(real_sites):
    for name, site in real_sites.items():
        count, contradicting = comparisons(site)
        print(f"{name}: {count} comparisons")
        assert not contradicting, name


FY = "2017-04/2018-03"


@pytest.mark.parametrize(
    ("edition", "measure", "period", "expected"),
    [
        ("bromley-2018", "theft_from_person_offences", FY, 264),
        ("bromley-2018", "theft_from_motor_vehicle_offences", FY, 1886),
        ("bromley-2018", "theft_of_motor_vehicle_offences", FY, 865),
        ("bromley-2018", "robbery_offences", FY, 587),
        ("bromley-2018", "total_notifiable_offences", FY, 22463),
        ("bromley-2018", "burglary_offences", "2017-06/2018-05", 2563),
        ("bromley-2018-jan2019", "total_notifiable_offences", FY, 22655),
        ("bromley-2018-jan2019", "burglary_offences", "2017-06/2018-05", 2557),
    ],
)
def test_the_published_files_give_the_known_figures(real_sites, edition, measure, period, expected):
    site = real_sites[edition]
    assert value(site, measure, period) == expected
    pages = "".join(p.read_text("utf-8") for p in (site / "sections").glob("*.html"))
    assert f"{expected:,} offences" in pages


@pytest.mark.parametrize(
    ("edition", "mean"), [("bromley-2018", 25482), ("bromley-2018-jan2019", 25799)]
)
def test_the_mean_is_over_the_32_boroughs_alone(real_sites, edition, mean):
    found = value(real_sites[edition], "total_notifiable_offences", FY, "London mean", ["mean"])
    assert round(found) == mean
    page = (real_sites[edition] / "sections" / "1-3-local-picture.html").read_text("utf-8")
    assert f"; their mean was {mean:,}." in page


def test_no_page_of_one_area_shows_anothers_figure(real_sites):
    names = ("bromley-latest", "bromley-latest--croydon", "bromley-latest--westminster")
    totals = {}
    for name in names:
        area = {"bromley-latest": "Bromley"}.get(name, name.rpartition("--")[2].capitalize())
        for claim in claims_of(real_sites[name]):
            others = {"Bromley", "Croydon", "Westminster"} - {area}
            if claim["kind"] in KINDS_OF_AN_AREA:
                assert claim["area"] not in others, claim
            numbers = claim["kind"] == "total" or claim["unit"] == "offences"
            if claim["kind"] in NUMBERS and claim["area"] == area and numbers:
                totals.setdefault(claim["measure"], {})[area] = claim["value"]
    assert len(totals["robbery_offences"]) == 3
    for by_area in totals.values():
        assert len(set(by_area.values())) == len(by_area)


# what a front page answers: what is largest, what rose most, where, compared with whom, how sure
ANSWERS = (
    r"<h2[^>]*>Every kind of recorded crime, largest first",
    r"What rose most, by recorded number\?.*?{rose:,} more than the year before \(London [+−]\d",
    r"<h2[^>]*>Where\?.*?<img.*?<strong>Changed otherwise than {area}:",
    r"of \d+ other (?:inner|outer) London boroughs \w+ clearly lower, \w+ clearly higher",
    r"Before you compare\..*the bar the range of the underlying change",
)


SCANS = (
    test_words.test_no_sentence_stands_twice_on_a_page_and_something_stands_under_each_heading,
    test_words.test_every_page_reads_as_plain_english,
    test_words.test_links_of_a_page_that_lead_elsewhere_have_other_names,
)


def test_published_editions_name_all_crime_and_answer_on_the_front_page(real_sites):
    for area in ("Bromley", "Croydon", "Westminster"):
        site = real_sites["bromley-latest" + ("" if area == "Bromley" else f"--{area.lower()}")]
        with (site / "downloads" / "kinds-figure-1.csv").open(encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        whole, *numbers = [int(row["Number"]) for row in rows if row["Part of"] == "none"]
        assert sum(numbers) == whole
        assert numbers == sorted(numbers, reverse=True)
        front = (site / "index.html").read_text("utf-8")
        listed = re.findall(r'<th scope="row">.*?>(?:of which: )?([^<]+)</a>', front)
        assert listed == [row["Kind"] for row in rows]
        assert "Shoplifting" in listed
        classes = [row for row in rows[1:] if row["Part of"] == "none"]
        rose = max(int(row["Difference"]) for row in classes if row["In words"] == "rose")
        for answer in ANSWERS:
            answer = answer.replace("{rose:,}", f"{rose:,}").replace("{area}", area)
            assert re.search(answer, front, re.DOTALL), (area, answer)
        for scan in SCANS:
            scan(site)


def test_each_vintage_of_wards_has_its_own_map(real_sites):
    old = (real_sites["bromley-2018"] / "sections" / "4-5-robbery.html").read_text("utf-8")
    new = (real_sites["bromley-latest"] / "sections" / "4-5-robbery.html").read_text("utf-8")
    for page in (old, new):
        assert 'id="exhibit-4-5-e2"' in page
        picture = '<img src="../_images/exhibit-4-5-e2.svg" alt="Map:'
        assert picture in page.split('id="exhibit-4-5-e2"')[1].split("</figure>")[0]
    assert "Copers Cope" in old
    assert "Beckenham Town" in new
    assert "data.police.uk" in old or "Street crime" in old


def test_no_number_of_a_published_picture_lies_over_another(real_sites):
    for name, site in real_sites.items():
        pictures = sorted(site.glob("_images/*.svg"))
        assert len(pictures) > 50
        found = {path.name: over_another(ET.parse(path).getroot()) for path in pictures}
        assert {picture: pairs for picture, pairs in found.items() if pairs} == {}, name


def test_ward_tables_hold_the_wards_of_the_area_only(real_sites):
    path = real_sites["bromley-latest"] / "downloads" / "exhibit-4-5-e3.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 22


def test_every_page_of_the_sample_says_that_it_is_synthetic(sample_site):
    pages = sorted(sample_site.rglob("*.html"))
    assert len(pages) > 35
    for page in pages:
        text = page.read_text("utf-8")
        assert "Synthetic sample data" in text, page.name
        assert "<h1>" in text, page.name


def test_an_edition_says_what_was_revised_since_the_one_that_it_follows(real_sites):
    page = (real_sites["bromley-2018"] / "data-and-revisions.html").read_text("utf-8")
    [row] = [r for r in page.split("<tr") if "Total notifiable offences" in r and "2017/18" in r]
    assert [cell in row for cell in ("22,613", "22,463", "-150")] == [True] * 3
    assert "2018/19" not in page  # after the edition's last month


def test_a_real_site_does_not_say_that_it_is_synthetic(real_sites):
    for page in real_sites["bromley-2018"].rglob("*.html"):
        assert "Synthetic sample data" not in page.read_text("utf-8"), page.name


def test_the_sample_gives_the_figures_it_is_fitted_to(sample_site):
    assert value(sample_site, "total_notifiable_offences", FY) == 22295
    mean = value(sample_site, "total_notifiable_offences", FY, "London mean", ["mean"])
    assert round(mean) == 25422
    assert value(sample_site, "burglary_offences", "2017-06/2018-05") == 2559


def test_every_section_of_the_assessment_has_its_page(sample_site):
    parts = yaml.safe_load((ROOT / "book" / "assessment.yml").read_text("utf-8"))["parts"]
    numbers = [s["number"] for p in parts for s in p["sections"]]
    assert len(numbers) == len(set(numbers)) > 26
    for number in numbers:
        assert len(list((sample_site / "sections").glob(f"{number.replace('.', '-')}-*.html"))) == 1


def test_a_second_build_with_nothing_changed_does_nothing(sample_site, building):
    before = sample_site.resolve()
    ran = sbp(building, "build")
    assert ran.returncode == 0
    assert "nothing changed" in ran.stdout
    assert sample_site.resolve() == before


def spoiled(building: Path, name: str, change) -> str:
    """What a build says after `change` was made to a file, which is put back."""
    path = building / name
    kept = path.read_bytes()
    try:
        change(path)
        ran = sbp(building, "build")
    finally:
        path.write_bytes(kept)
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr
    return ran.stderr


def with_cell(source: str):
    """A change that appends a cell to a notebook."""

    def change(path: Path) -> None:
        notebook = nbformat.read(path, 4)
        notebook.cells.append(nbformat.v4.new_code_cell(source, id="added"))
        nbformat.write(notebook, path)

    return change


def replaced(old: str, new: str):
    """A change that replaces text in a file."""

    def change(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return change


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("notebooks/london.ipynb", with_cell("1 / 0"), "ZeroDivisionError"),
        ("notebooks/london.ipynb", with_cell("import os; os._exit(3)"), "kernel died"),
        ("notebooks/london.ipynb", with_cell('edition.series("robery_offences")'), "robery"),
        ("notebooks/london.ipynb", with_cell("print(5)"), "print: 5; no page shows it"),
        ("book/assessment.yml", replaced("measure: burglary_offences", "mesure: x"),
         "did you mean measure?"),
        ("book/assessment.yml", replaced("notebook: london", "notebook: londn"), "londn"),
        ("book/editions/bromley-sample.yml", replaced('end: "2018-05"', 'end: "2019-05"'),
         "2019"),
    ],
)  # fmt: skip
def test_a_failure_stops_the_build_and_leaves_the_last_site(
    sample_site, building, name, change, said
):
    before = {p: p.read_bytes() for p in sample_site.rglob("*") if p.is_file()}
    told = spoiled(building, name, change)
    assert said in told
    assert {p: p.read_bytes() for p in sample_site.rglob("*") if p.is_file()} == before
    assert not list((building / "build" / "bromley-sample").glob(".*~*"))


def test_a_month_missing_from_a_file_stops_the_build(sample_site, building):
    [path] = (building / "data" / "sample").glob("*Borough*24m*.csv")
    kept = path.read_bytes()
    lines = kept.decode("ascii").split("\r\n")
    header = lines[0].split(",")
    gone = header.index("201801")
    broken = [
        ",".join(c for i, c in enumerate(next(csv.reader([x]))) if i != gone) for x in lines if x
    ]
    try:
        path.write_text("\r\n".join(broken) + "\r\n", "ascii")
        ran = sbp(building, "build")
    finally:
        path.write_bytes(kept)
    assert ran.returncode != 0
    assert "2018-01" in ran.stderr or "201801" in ran.stderr
    assert (sample_site / "index.html").is_file()


def test_one_section_alone_is_a_preview_that_leaves_site_and_zip_as_they_are(sample_site, building):
    folder = sample_site.parent
    before = (sample_site.resolve(), (folder / "bromley-sample.zip").read_bytes())
    measures = building / "data" / "reference" / "offences.csv"
    kept = measures.read_bytes()
    try:
        measures.write_bytes(kept + b"\n")  # no other section's run holds any more
        ran = sbp(building, "build", "--only", "4.5")
    finally:
        measures.write_bytes(kept)
    assert ran.returncode == 0, ran.stderr
    assert "preview of section 4.5" in ran.stdout
    assert "build/bromley-sample/preview/site/index.html" in ran.stdout
    shown = folder / "preview" / "site" / "sections"
    assert 'id="exhibit-4-5-e1"' in (shown / "4-5-robbery.html").read_text("utf-8")
    assert "not made in this run" in (shown / "4-6-drugs.html").read_text("utf-8")
    assert (sample_site.resolve(), (folder / "bromley-sample.zip").read_bytes()) == before
    unknown = sbp(building, "build", "--only", "9.9")
    assert unknown.returncode == 1
    assert "no such section" in unknown.stderr


def test_a_host_that_leaves_out_names_with_underscores_is_told_not_to(sample_site):
    assert (sample_site / ".nojekyll").is_file()
    with zipfile.ZipFile(sample_site / "downloads" / "site.zip") as archive:
        assert ".nojekyll" in archive.namelist()


def test_a_site_of_one_section_is_never_released(tmp_path, building, sample_site):
    folder = building / "build" / "alone"
    (folder / "site").mkdir(parents=True)
    (folder / "site" / "manifest.json").write_text('{"only": "4.5", "pages": {}}')
    ran = sbp(building, "release", "--edition", "alone", "--to", str(tmp_path))
    assert ran.returncode == 1
    assert "made for section 4.5 only; run sbp build --edition alone first" in ran.stderr
    assert not list(tmp_path.iterdir())


def test_a_card_says_where_the_area_stands_if_its_section_does(sample_site):
    """By rate where residents are known, else by number, as the section of its measure says."""
    front = (sample_site / "index.html").read_text("utf-8")
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    said = {
        c["measure"]: c["headline"].partition(": ")[2] for c in claims if c["kind"] == "rate among"
    }
    assert f"{said['lfb_deliberate_incidents']}.</p>" in front


def test_every_public_name_is_documented_on_the_site(sample_site):
    import sbpanalysis

    page = (sample_site / "reference.html").read_text("utf-8")
    missing = [n for n in sbpanalysis.__all__ if f"sbp.{n}" not in page]
    assert not missing


def test_pages_say_nothing_of_single_months_of_zero_percent_or_of_who_is_hidden(sample_site):
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    assert not [c["sentence"] for c in claims if re.search(r"\b0% (more|fewer)", c["sentence"])]
    for path in sample_site.rglob("*.html"):
        html = path.read_text("utf-8")
        assert not re.findall(r"had the (?:most|fewest), \[c\]", html), path.name
        assert "with the seasonal pattern taken out" not in html, path.name


def test_a_csv_of_the_site_has_no_number_as_text(sample_site):
    found = []
    for path in (sample_site / "downloads").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as handle:
            rows = [cell for row in csv.reader(handle) for cell in row]
        found += [f"{path.name}: {c}" for c in rows if re.fullmatch(r"\d{1,3}(,\d{3})+", c)]
    assert not found
