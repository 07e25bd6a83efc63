"""Hostile text in data files and parameters: shown as text everywhere, never run, read or asked."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET

import openpyxl
import pytest
import yaml
from evidence import pdf_pages, pdf_words

import hostile
from chromium import pages_of, served, watched
from conftest import ROOT, sbp
from hostile import FOREIGN, FORMULA, table_of
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.errors import DataError

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# notes what the interpreters of a build open and ask; every one loads a module of this name
LISTENER = """
import sys

def heard(event, arguments):
    told = str(arguments)
    if (FILE in told and event == "open") or (PORT in told and "socket" in event):
        with open(LOG, "a") as log:
            log.write(f"{event} {told}\\n")

sys.addaudithook(heard)
"""


@pytest.fixture(scope="module")
def attacked(building, sample_site, tmp_path_factory):
    """A site built from hostile files, in a checkout of its own; what it asked and read."""
    root = tmp_path_factory.mktemp("hostile")
    shutil.copytree(building, root, dirs_exist_ok=True, symlinks=True,
                    ignore=shutil.ignore_patterns("releases", "site"))  # fmt: skip
    with served(root) as (address, asked):
        strings = hostile.aimed(address)
        log = root / "log"
        port = address.rpartition(":")[2]
        named = f"FILE, PORT, LOG = {hostile.FILE!r}, {port!r}, {str(log)!r}\n"
        (root / "src" / "sitecustomize.py").write_text(named + LISTENER)
        wards = hostile.spoil(root / "data" / "sample", strings)
        (root / "book" / "assessment.yml").write_text(hostile.assessment(strings), "utf-8")
        # what analysts wrote is about sections that this assessment does not have
        shutil.rmtree(root / "book" / "commentary")
        edition = root / "book" / "editions" / "bromley-sample.yml"
        told = yaml.safe_load(edition.read_text("utf-8"))
        told |= {"area": hostile.AREA, "title": " ".join(strings[:3]), "priorities": [],
                 "published": strings[0], "next_release": strings[1],
                 "sections": {"3.4": {"causes_to": "2017-05"}}}  # fmt: skip
        edition.write_text(yaml.safe_dump(told), "utf-8")
        ran = sbp(root, "build")
        assert ran.returncode == 0, ran.stderr
        yield root, root / "build" / "bromley-sample" / "site", strings, wards, asked


def test_nothing_was_read_asked_or_run_while_it_was_built(attacked):
    root, site, strings, _, asked = attacked
    assert len(strings) >= 60
    assert not asked
    assert not (root / "log").exists(), (root / "log").read_text()
    assert not list(root.rglob("PWNED"))
    for path in (p for p in site.rglob("*") if p.is_file()):
        assert hostile.ITS_TEXT.encode() not in path.read_bytes(), path
    for name in ("assessment", "brief"):
        text = pdf_words(site / f"downloads/{name}.pdf")
        assert hostile.ITS_TEXT not in text.replace(" ", "")


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_shown_and_nothing_on_it_runs_or_asks(browser, attacked, width):
    _, site, strings, _, asked = attacked
    with served(site) as (address, _):
        page, wide, foreign = watched(browser, width, address), [], []
        for name in pages_of(site):
            page.goto(f"{address}/{name}")
            foreign += [f"{name}: {found}" for found in page.evaluate(FOREIGN)]
            assert page.locator("h1").count() == 1, name
            assert page.locator("main").is_visible(), name
            for layer in page.locator("svg.regions").all():
                for key in ("End", "Enter", "Escape"):
                    layer.press(key)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(name)
    assert not page.faults, "\n".join(page.faults[:9])
    assert not foreign, "\n".join(foreign[:9])
    assert not asked
    assert not wide
    page.close()
    print(f"{len(strings)} strings on {len(pages_of(site))} pages: 0 run, 0 addresses asked")


def test_every_string_stands_on_a_page_as_it_was_written(browser, attacked):
    _, site, strings, wards, _ = attacked
    placed = 0
    cells = "() => [...document.querySelectorAll('th[scope=row]')].map((e) => e.textContent)"
    page = watched(browser, 1280, "file://")

    def texts(name: str, script: str) -> set[str]:
        page.goto((site / name).resolve().as_uri())
        return {" ".join(text.split()) for text in page.evaluate(script)}

    for name, wanted in (
        ("sections/3-4-fires.html", strings),
        ("sections/3-3-asb.html", [s for s in strings if hostile.incident_type(s)]),
        (next((site / "sections").glob("4-5-*")).relative_to(site).as_posix(), wards.values()),
    ):
        missing = {hostile.seen(s) for s in wanted} - texts(name, cells)
        assert not missing, (name, missing)
        placed += len(list(wanted))
    called = set()
    for path in (site / "wards").glob("*.html"):
        name = "() => [document.querySelector('h1 .eyebrow').firstChild.textContent]"
        called |= texts(f"wards/{path.name}", name)
    assert called == {hostile.seen(name) for name in wards.values()}
    titles = set()
    for path in sorted((site / "sections").glob("9-*.html")):
        script = "() => [document.querySelector('h1'), ...document.querySelectorAll('main p')]"
        titles |= texts(f"sections/{path.name}", f"{script}.map((e) => e.textContent)")
    said = " ".join(titles)
    assert not [s for s in strings if hostile.seen(s) not in said]
    note = " ".join(texts("sections/7-2-victims.html", "() => [document.body.textContent]"))
    assert not [s for s in strings if hostile.seen(s) not in note]
    page.close()
    print(f"{placed} names and {2 * len(strings)} parameters shown as text")


def test_no_cell_of_a_download_starts_a_formula(attacked):
    _, site, strings, _, _ = attacked
    for path in (site / "downloads").glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text("utf-8"))):
            for cell in row:
                assert not cell.startswith(FORMULA) or _is_number(cell), (path.name, cell)
    book = openpyxl.load_workbook(site / "downloads" / "assessment.xlsx")
    for sheet in book:
        for cell in (c for row in sheet.iter_rows() for c in row):
            assert cell.data_type != "f", (sheet.title, cell.value)
            assert not cell.hyperlink or sheet.title == "Contents"
            assert not str(cell.value).startswith(FORMULA) or _is_number(cell.value)
    kinds = {row[0] for row in table_of(site, "exhibit-3-4-e4.csv")}
    assert not [s for s in map(hostile.seen, strings) if not kinds & {s, f"'{s}"}]


def _is_number(value) -> bool:
    try:
        return bool(str(float(value)))
    except ValueError:
        return False


def test_pictures_hold_the_names_as_text(attacked):
    _, site, _, _, _ = attacked
    for path in (site / "_images").glob("*.svg"):
        text = path.read_text("utf-8")
        tags = {e.tag.rpartition("}")[2] for e in ET.fromstring(text).iter()}
        assert not tags & {"script", "foreignObject", "image", "a"}, path.name
        assert "ENTITY" not in text.split("<g")[0]
    bars = (site / "_images" / "exhibit-3-4-e4.svg").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in bars
    assert "$\\frac{1}{$" in bars


def test_the_documents_hold_the_titles_as_text(attacked):
    _, site, strings, _, _ = attacked
    text = "".join(pdf_words(site / "downloads" / "assessment.pdf").split())
    plain = [s for s in strings if s.isascii() and s.isprintable()]
    assert len(plain) > 60
    assert not [s for s in plain if "".join(hostile.seen(s).split()) not in text]
    assert len(pdf_pages(site / "downloads" / "brief.pdf")) == 2


def test_claims_and_search_list_are_plain_values(attacked):
    _, site, _, _, _ = attacked
    assert json.loads((site / "claims.json").read_text("utf-8"))
    for line in (site / "_static" / "search-index.js").read_text("utf-8").splitlines():
        assert json.loads(re.fullmatch(r"window\.SBP_\w+ = (.*);", line)[1])


def test_what_a_partners_form_has_no_room_for_is_refused():
    form = (ROOT / "data" / "partner" / "council_asb-example.csv").read_text("utf-8")
    refused = [s for s in hostile.STRINGS if not hostile.incident_type(s)]
    assert len(refused) > 20
    for text in refused:
        rows = list(csv.reader(form.splitlines()))
        rows[1][2] = text
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        with pytest.raises(DataError, match="at most 60 letters"):
            read(RawFile.of("sent.csv", stream.getvalue().encode()))
