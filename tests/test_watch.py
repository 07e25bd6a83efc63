"""Watching: a saved file is soon on the page, a fault is told, the last good page stays."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

pytestmark = pytest.mark.slow
SBP = "from sbpanalysis.cli import main; main()"


class Browser:
    """What a browser would see of `sbp serve --watch`."""

    def __init__(self, folder: Path) -> None:
        env = os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
        self.server = subprocess.Popen(
            [sys.executable, "-u", "-c", SBP, "serve", "--watch", "--port", "0"],
            cwd=folder, env=env, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = self.server.stdout.readline()
        self.address, self.number = re.match(r"(http://127.0.0.1:\d+)/", said)[1], "0"

    def get(self, path: str) -> str:
        with urlopen(f"{self.address}/{path}") as answer:
            return answer.read().decode()

    def next(self, seconds: float = 120) -> dict:
        """The next state of the site: after a build, or a fault."""
        end, shown = time.monotonic() + seconds, self.number
        while self.number == shown:
            assert time.monotonic() < end
            state = json.loads(self.get(f"_sbp/state?after={shown}"))
            self.number = state["number"]
        return state


@pytest.fixture
def browser(sample_site):
    seen = Browser(sample_site.parents[2])
    family = [*psutil.Process(seen.server.pid).children(recursive=True)]
    try:
        yield seen
    finally:
        family += psutil.Process(seen.server.pid).children(recursive=True)
        seen.server.send_signal(signal.SIGINT)
        seen.server.wait(20)
        seen.server.stdout.close()
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_saved_is_soon_shown_and_a_fault_leaves_the_last_good_page(browser, sample_site):
    first = browser.next()
    assert not first["fault"]
    page = browser.get("sections/1-2-london-picture.html")
    assert '<script src="/_sbp/watch.js" defer></script></body>' in page
    assert "_sbp" not in (sample_site / "sections/1-2-london-picture.html").read_text("utf-8")

    notebook = sample_site.parents[2] / "notebooks" / "london.ipynb"
    before = notebook.read_text("utf-8")
    notebook.write_text(before.replace("And in the borough?", "And here at home?"), "utf-8")
    saved = browser.next()
    assert saved["site"] != first["site"]
    assert "And here at home?" in browser.get("sections/1-2-london-picture.html")

    notebook.write_text(before.replace("sbp.total(london)", "sbp.totl(london)"), "utf-8")
    broken = browser.next()
    assert "london.ipynb" in broken["fault"]
    assert re.search(r"cell \d+: AttributeError: sbpanalysis has no 'totl'", broken["fault"])
    assert broken["site"] == saved["site"]
    assert "And here at home?" in browser.get("sections/1-2-london-picture.html")

    notebook.write_text(before, "utf-8")
    mended = browser.next()
    assert not mended["fault"]
    assert "And in the borough?" in browser.get("sections/1-2-london-picture.html")

    library = sample_site.parents[2] / "src/sbpanalysis/report/html.py"
    text = library.read_text("utf-8")
    library.write_text(text.replace("How this page was made", "How this was made"), "utf-8")
    try:
        assert not browser.next()["fault"]
        assert "How this was made" in browser.get("sections/1-2-london-picture.html")
    finally:
        library.write_text(text, "utf-8")
        browser.next()
