"""Each defence against hostile text, taken away once: the checks must see it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from chromium import pages_of, served, watched
from conftest import ROOT
from hostile import FOREIGN, FORMULA, table_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POLICY = "the page's policy"
# a defence -> the file that holds it, what stands there, what stands there without it, and by what
# word the checks then tell
DEFENCES = {
    POLICY: ("book/_templates/layout.html", "Content-Security-Policy", "x", "dialog"),
    "figures, tables and sentences are escaped": (
        "src/sbpanalysis/report/html.py", "from html import escape", "escape = str", "onerror",
    ),
    "pages made here escape what they show": (
        "src/sbpanalysis/publish/pages.py", "from html import escape", "escape = str", "onerror",
    ),
    "titles are no Markdown": (
        "src/sbpanalysis/publish/markdown.py", r'r"\\\1"', r'r"\1"', "no page called",
    ),
    "titles of neighbours are escaped": (
        "book/_templates/layout.html", "next.title|striptags|e", "next.title|striptags",
        "onerror",
    ),
    "cells for spreadsheets are defused": (
        "src/sbpanalysis/report/cells.py", "value.startswith(_FORMULA)", "False", ".csv",
    ),
    "names in pictures are escaped": (
        "src/sbpanalysis/report/drawing.py", "from html import escape", "escape = str", ".svg",
    ),
    "a dollar sign is no formula": (
        "src/sbpanalysis/report/figure.py", "text.set_parse_math(False)", "pass", "Parse",
    ),
}  # fmt: skip
FEW = ["<img src=x onerror=alert(1)>", "=1+1", "`x` {sub}`y`", "$\\frac{1}{$"]


def faults_of(browser, root: Path, folder: Path) -> list[str]:
    """What the checks find on a small site made with the library and book of `root`."""
    site = folder / "site"
    command = [sys.executable, str(ROOT / "tests" / "small_site.py"), str(root), str(site), *FEW]
    env = os.environ | {"PYTHONPATH": str(root / "src")}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if ran.returncode:
        return [f"stopped: {ran.stderr[-300:]}"]
    with served(site) as (address, _):
        page, found = watched(browser, 1280, address), []
        for name in pages_of(site):
            page.goto(f"{address}/{name}")
            found += [f"{name}: {bad}" for bad in page.evaluate(FOREIGN)]
        titles = [page.goto(f"{address}/{name}") and page.locator("h1").text_content()
                  for name in pages_of(site) if "/2-" in name]  # fmt: skip
        found += page.faults
        page.close()
    found += [f"no page called {s}" for s in FEW if not any(s in title for title in titles)]
    for path in (site / "downloads").glob("*.csv"):
        cells = [cell for row in table_of(site, path.name) for cell in row]
        found += [f"{path.name}: {c}" for c in cells if c.startswith(FORMULA)]
    for path in (site / "_images").glob("*.svg"):
        try:
            ET.parse(path)
        except ET.ParseError as error:
            found.append(f"{path.name}: {error}")
    return found


def test_the_small_site_is_without_fault(browser, tmp_path):
    assert faults_of(browser, ROOT, tmp_path) == []


def without(folder: Path, *defences: str) -> Path:
    """A copy of library and book that lacks some defences."""
    for name in ("src", "book", "data/reference", "_config.yml"):
        source, copy = ROOT / name, folder / "root" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy)
    for defence in defences:
        name, held, gone, _ = DEFENCES[defence]
        path = folder / "root" / name
        text = path.read_text("utf-8")
        assert held in text
        path.write_text(text.replace(held, gone), "utf-8")
    return folder / "root"


@pytest.mark.parametrize("defence", [d for d in DEFENCES if d != POLICY])
def test_without_one_defence_the_checks_find_it(browser, tmp_path, defence):
    """Opens each hole on purpose, in a copy: a check that stays green would be none."""
    found = faults_of(browser, without(tmp_path, defence), tmp_path)
    print(f"without: {defence}: {len(found)} faults, such as {found[:1]}")
    assert [f for f in found if DEFENCES[defence][3] in f], found
    assert not [f for f in found if "dialog" in f]  # the page's policy is the second line


def test_without_its_policy_a_page_would_run_what_is_not_escaped(browser, tmp_path):
    root = without(tmp_path, "figures, tables and sentences are escaped", POLICY)
    assert "dialog: 1" in faults_of(browser, root, tmp_path)
