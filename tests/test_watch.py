"""Watching: a saved file is soon on the page, a fault is told, the last good page stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from sbpanalysis.errors import BuildError
from sbpanalysis.paths import DRAFT
from sbpanalysis.publish.cache import opened
from sbpanalysis.publish.draft import Draft
from sbpanalysis.publish.kernels import kernel_server
from sbpanalysis.publish.plan import prepare
from sbpanalysis.publish.renderer import stop as stop_renderers

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
def browser(small_site):
    seen = Browser(small_site.parents[2])
    family = [*psutil.Process(seen.server.pid).children(recursive=True)]
    try:
        yield seen
    finally:
        family += psutil.Process(seen.server.pid).children(recursive=True)
        seen.server.send_signal(signal.SIGINT)
        seen.server.wait(20)
        seen.server.stdout.close()
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_saved_is_soon_shown_and_a_fault_leaves_the_last_good_page(browser, small_site):
    first = browser.next()
    assert not first["fault"]
    page = browser.get("sections/1-3-local-picture.html")
    assert '<script src="/_sbp/watch.js" defer></script></body>' in page
    assert "_sbp" not in (small_site / "sections/1-3-local-picture.html").read_text("utf-8")

    notebook = small_site.parents[2] / "notebooks" / "local_picture.ipynb"
    before = notebook.read_text("utf-8")
    notebook.write_text(
        before.replace("How much for the number of people?", "And here at home?"), "utf-8"
    )
    saved = browser.next()
    assert saved["site"] != first["site"]
    assert "And here at home?" in browser.get("sections/1-3-local-picture.html")

    notebook.write_text(before.replace("sbp.total(counts)", "sbp.totl(london)"), "utf-8")
    broken = browser.next()
    assert "local_picture.ipynb" in broken["fault"]
    assert re.search(r"cell \d+: AttributeError: sbpanalysis has no 'totl'", broken["fault"])
    assert broken["site"] == saved["site"]
    assert "And here at home?" in browser.get("sections/1-3-local-picture.html")

    notebook.write_text(before, "utf-8")
    mended = browser.next()
    assert not mended["fault"]
    assert "How much for the number of people?" in browser.get("sections/1-3-local-picture.html")

    draft = small_site.with_name(DRAFT)
    assert [p.name for p in draft.rglob("*.html")] == ["1-3-local-picture.html"]
    whole = browser.next()  # nothing was saved for a while
    assert not whole["fault"]
    assert not draft.exists()
    assert "How much for the number of people?" in browser.get("sections/1-3-local-picture.html")

    library = small_site.parents[2] / "src/sbpanalysis/report/html.py"
    text = library.read_text("utf-8")
    library.write_text(text.replace("How this page was made", "How this was made"), "utf-8")
    try:
        assert not browser.next()["fault"]
        assert "How this was made" in browser.get("sections/1-3-local-picture.html")
    finally:
        library.write_text(text, "utf-8")
        browser.next()


def test_a_draft_is_of_its_page_and_held_to_the_same_rules(building, sample_site, monkeypatch):
    """A commentary is shown; a count as it was counted is not; what hangs on more is built."""
    monkeypatch.chdir(building)
    opened.cache_clear()
    plan = prepare(building, "bromley-sample", area=None, data=None)
    draft, shown = Draft(plan, None), sample_site.with_name(DRAFT)
    words = building / "book" / "commentary" / "bromley-sample" / "5.3.md"
    page = shown / "sections" / "5-3-gangs-and-young-people.html"
    notebook = building / "notebooks" / "gangs.ipynb"
    before = notebook.read_text("utf-8")
    head = '---\nwritten: "2018-05"\nfigures_to: "2018-05"\n---\n'
    try:
        words.parent.mkdir(parents=True, exist_ok=True)
        words.write_text(f"{head}Partners meet each month.\n", "utf-8")
        assert draft.show({words}) == 1
        assert "Partners meet each month." in page.read_text("utf-8")
        assert {p.suffix for p in shown.rglob("*") if p.is_file()} == {".html", ".csv", ".svg"}
        with_count = json.loads(before)
        with_count["cells"].insert(1, {
            "cell_type": "markdown", "id": "typed", "metadata": {},
            "source": "Young people discussed at the panel, others: 17.",
        })  # fmt: skip
        notebook.write_text(json.dumps(with_count), "utf-8")
        with pytest.raises(BuildError, match=r"counts of persons .*\n- sections/5-3.*: 17 in"):
            draft.show({notebook})
        assert "others: 17" not in page.read_text("utf-8")
        assert draft.show({building / "_config.yml", notebook}) is None
    finally:
        words.unlink(missing_ok=True)
        notebook.write_text(before, "utf-8")
        draft.end()
        stop_renderers()
        kernel_server().stop()
        opened.cache_clear()
        shutil.rmtree(shown, ignore_errors=True)
