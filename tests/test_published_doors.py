"""Of all that a notebook's cell may show of persons, nothing is published as it was counted.

Every cell of doors.yml is run as the build runs notebooks, in one of its kernels, and then stands
alone on a page about the panel: what of the page does not stop the build is looked through.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import sqlite3

import nbformat
import pandas as pd
import pytest
import yaml
from markdown_it import MarkdownIt
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from conftest import ROOT
from lifted_pages import section
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import released
from sbpanalysis.publish.document import _section
from sbpanalysis.publish.execute import fault_in, normalised
from sbpanalysis.publish.inspect import person_faults
from sbpanalysis.publish.kernels import SharedKernel
from sbpanalysis.publish.lift import Page, lift, unshown_outputs
from sbpanalysis.publish.needles import Needles
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.html import WRITERS, Place
from test_doors import HELPER

DOORS = yaml.safe_load((ROOT / "tests" / "doors.yml").read_text("utf-8"))
CELLS = [(kind, str(cell)) for kind, cells in DOORS.items() for cell in cells]
SETUP = """
import concurrent.futures, json, multiprocessing, os, pathlib, pickle, sqlite3, subprocess, sys
import traceback, warnings, joblib
import pandas as pd, sbpanalysis, sbpanalysis.disclosure.gate
import sbpanalysis as sbp
from IPython.display import HTML, SVG, Markdown, display, publish_display_data
edition = sbp.Edition.open("bromley-sample")
edition.parts("mega_young_people_by_status")
"""
QUESTION = "# The panel\n\nWhom does it discuss?"
STATUS = {"Others": 17, "Looked after by the borough": 14, "Not looked after": 29}
RAW = re.compile(r"(?<![\d.,/-])(?:13|14|17|29|47)(?![\d/-]|[.,]\d)|\b(?:sevent|fourt)een\b")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.open("bromley-sample")


@pytest.fixture(scope="module")
def run(edition, tmp_path_factory) -> list[nbformat.NotebookNode]:
    """The cells as they were run, in one kernel of the build."""
    folder = tmp_path_factory.mktemp("doors")
    text = "status,young_people\n" + "".join(f"{k},{v}\n" for k, v in STATUS.items())
    for name, content in {
        "panel.csv": text.encode(),
        "panel.txt": f"print('''{text}''')\n".encode(),
        "panel.json": json.dumps(STATUS).encode(),
        "panel.pkl": pickle.dumps(str(STATUS)),
        "helper.py": HELPER.encode(),
    }.items():
        (folder / name).write_bytes(content)
    with contextlib.closing(sqlite3.connect(folder / "panel.db")) as database:
        pd.Series(STATUS, name="young_people").to_sql("panel", database)
    [panel] = [held.sha256 for held in edition.files if held.source == "mega_panel"]
    cells = [
        (new_markdown_cell if kind == "markdown" else new_code_cell)(
            text.replace("PANEL", panel).replace("FOLDER", str(folder)), id=f"door-{number}"
        )
        for number, (kind, text) in enumerate(CELLS)
    ]
    notebook = new_notebook(cells=[new_code_cell(SETUP, id="setup"), *cells])
    kernel = SharedKernel(ROOT, True, "d" * 40)
    try:
        client = NotebookClient(notebook, km=kernel.manager(), allow_errors=True, timeout=120)
        client.execute(cwd=str(ROOT))
    finally:
        kernel.end()
    assert not fault_in(new_notebook(cells=notebook.cells[:1])), fault_in(notebook)
    return normalised(notebook).cells[1:]


def written(page: Page, folder) -> list[str]:
    """A page and its files, as the site has them; what is in them."""
    markdown = MarkdownIt("commonmark").enable("table")
    html = [
        markdown.render(item.content["text"])
        if item.kind == "words"
        else WRITERS[item.kind](item.content, Place(page.page))
        for item in page.items
    ]
    files = {f"{page.page}.html": "\n".join(filter(None, html)).encode(), **page.assets}
    for name, content in {**files, "claims.json": json.dumps(page.claims).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return [content.decode("utf-8") for content in files.values()]


def outcome(needles, cell, folder) -> str:
    """Whether a cell stops the build, is dropped, or is published."""
    about = new_markdown_cell("## Whom?\n\nYoung people discussed at the panel, by status")
    notebook = new_notebook(cells=[new_markdown_cell(QUESTION), about, cell])
    if fault_in(notebook) or list(unshown_outputs(notebook)):
        return "stopped"
    panel = section("5.3")
    try:
        page = lift(notebook, panel.page, "The panel", "5.3")
        content = _section(panel, page)
    except BuildError:
        return "stopped"
    said = [*written(page, folder), json.dumps(content)]
    needles.pass_over([page])
    printed = {"parts": [{"sections": [content]}]}
    if list(person_faults(folder)) or list(needles.in_files(released.files(folder), printed)):
        return "stopped"
    return "published" if RAW.search(re.sub(r"<[^>]+>", " ", " ".join(said))) else "dropped"


@pytest.fixture(scope="module")
def needles(edition) -> Needles:
    return Needles(edition)


def test_no_door_leads_a_raw_count_onto_a_page(needles, run, tmp_path):
    assert len(run) == len(CELLS) >= 70
    found = [outcome(needles, cell, tmp_path / cell.id) for cell in run]
    open_ = [text for (_, text), what in zip(CELLS, found, strict=True) if what == "published"]
    assert not open_
    dropped = [text for (_, text), what in zip(CELLS, found, strict=True) if what == "dropped"]
    assert len(dropped) <= 3  # comments, and what a kernel does not keep


def test_the_same_cells_would_be_published_without_the_gate(needles, run, tmp_path, monkeypatch):
    """Typed counts are stopped by the search for them, and by nothing else."""
    monkeypatch.setattr(Needles, "in_files", lambda self, files, documents: ())
    typed = [cell for cell, (kind, _) in zip(run, CELLS, strict=True) if kind == "typed"]
    found = [outcome(needles, cell, tmp_path / cell.id) for cell in typed]
    assert found.count("published") >= len(typed) // 2
