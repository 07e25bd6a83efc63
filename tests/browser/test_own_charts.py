"""An analyst's charts in JupyterLab, started for it, and on the page that is made of them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from chromium import axe, served, watched
from conftest import ROOT
from sbpanalysis.publish import pages
from sbpanalysis.publish.execute import Job, run_one
from sbpanalysis.publish.lift import Page, lift, page_of
from sbpanalysis.publish.render import render
from sbpanalysis.publish.renderer import open_renderer
from small_site import CONTEXT
from test_own import PICTURES, SETTING, SHOWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 300  # seconds for a kernel on a busy machine
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Path:
    """One chart of each kind, and one frame: a cell each."""
    cells = [new_markdown_cell("# Own charts", id="c")]
    cells += [new_code_cell(text, id=f"c{i}") for i, text in enumerate([SETTING, *SHOWN])]
    cells[1].metadata["tags"] = ["hide-input"]
    path = tmp_path_factory.mktemp("lab") / "own.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    return path


@pytest.fixture(scope="module")
def site(notebook, tmp_path_factory) -> tuple[Path, Page]:
    """The page of the notebook as a site, and what was lifted."""
    folder = tmp_path_factory.mktemp("page")
    job = Job("sections/1-1-own", str(notebook), {}, "key", plain=False)
    with ThreadPoolExecutor(1) as apart:  # the browser has an event loop in this thread
        outcome = apart.submit(run_one, job, str(folder / "cache"), str(ROOT), cold=True).result()
    assert not outcome.fault, outcome.fault
    page = lift(nbformat.read(outcome.path, 4), "sections/1-1-own", "Own charts", "1.1")
    front = Page(page_of("Small", [("html", "<p>Small.</p>")]), "index")
    rows = "".join(f'<p id="evidence-{f["name"]}">Row.</p>' for f in page.figures)
    evidence = Page(page_of("Evidence", [("html", rows)]), "every-figure")
    parts = [("", [front]), ("Part", [page]), ("About", [pages.find(), evidence])]
    with open_renderer() as renderer:
        return render(ROOT, folder, parts, CONTEXT, renderer), page


@contextlib.contextmanager
def lab(folder: Path):
    """JupyterLab on a folder, without a browser of its own; gives its address."""
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)  # all cells are drawn, also those out of sight
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")
    names = ("settings", "config", "ipython", "runtime")
    own = {place: str(folder / name) for place, name in zip(places, names, strict=True)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}",
               "--allow-root", "--IdentityProvider.token="]  # fmt: skip
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log,
                                   env=os.environ | own)  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(PATIENCE):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            time.sleep(1)
        yield address
    finally:
        running.terminate()
        running.wait(30)


def test_a_page_of_own_charts_has_no_accessibility_violation(browser, site):
    folder, made = site
    with served(folder) as (address, _):
        for width in (320, 1280):
            page = watched(browser, width, address)
            page.goto(f"{address}/{made.page}.html", wait_until="load")
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            rules, broken = axe(page)
            assert not broken, width
            assert len(rules) > 20
            assert not page.faults
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            shown = "[...document.images].filter(i => i.naturalWidth && i.alt).length"
            assert page.evaluate(shown) == len(PICTURES)
            assert page.locator("main figure table").count() == len(SHOWN)
            page.close()


def test_a_notebook_of_own_charts_looks_in_jupyterlab_as_on_its_page(browser, notebook, site):
    _, made = site
    wanted = [made.assets[f"_images/{f['name']}.svg"] for f in made.figures if f["svg"]]
    assert len(wanted) == len(PICTURES)
    with lab(notebook.parent) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/lab/tree/{notebook.name}")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        last = page.locator(".jp-OutputArea figure").nth(len(SHOWN) - 1)
        last.wait_for(state="attached")
        drawn = page.eval_on_selector_all(
            ".jp-OutputArea figure img", "all => all.map(i => [i.src, i.naturalWidth])"
        )
        said = page.eval_on_selector_all(
            ".jp-OutputArea figure", "all => all.map(f => f.textContent)"
        )
        bare = page.locator(".jp-OutputArea img:not(figure img), .jp-OutputArea .dataframe")
        assert bare.count() == 0
        page.close()
    seen = [base64.b64decode(src.partition("base64,")[2]) for src, _ in drawn]
    assert seen == wanted, "bands by resampling among them"
    assert all(width for _, width in drawn)
    for figure, text in zip(made.figures, said, strict=True):
        assert figure["headline"] in text
