"""The last gate before a release: what each fault of a rendered site is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbpanalysis.errors import BuildError
from sbpanalysis.publish.inspect import inspect_site
from sbpanalysis.publish.lift import Page

ALT = "Bar chart: robbery in Bromley by ward, 2018, most in Bickley"
CLEAN = f"""<html><body><main><p id="claim-1">A claim.</p><figure id="exhibit-1-1-e1">
<img src="_images/a.svg" alt="{ALT}"></figure><a href="#claim-1">here</a>
<a href="index.html#claim-1">there</a></main></body></html>"""
PAGES = [Page([], "index", claims=[{"id": "1"}], exhibits=["1.1-E1"])]


def inspected(site: Path, html: str) -> None:
    (site / "_images").mkdir()
    (site / "_images" / "a.svg").write_text("<svg/>")
    (site / "index.html").write_text(html, "utf-8")
    inspect_site(site, PAGES)


def test_a_site_that_is_whole_passes(tmp_path):
    inspected(tmp_path, CLEAN)


@pytest.mark.parametrize(
    ("held", "instead", "said"),
    [
        ('<p id="claim-1">', "<p>", "claim-1 occurs 0 times"),
        ("<main>", '<main><i id="exhibit-1-1-e1">', "exhibit-1-1-e1 occurs 2 times"),
        ("_images/a.svg", "_images/b.svg", "link to _images/b.svg, which is not there"),
        ('"index.html#claim-1"', '"index.html#claim-2"', "link to index.html#claim-2"),
        ('"index.html#claim-1"', '"../index.html"', "link to ../index.html"),
        (f' alt="{ALT}"', "", "a picture is described by None"),
        (ALT, "exhibit-1-1-e1-of-the-strategic-crime-assessment.svg", "a picture is described by"),
        ("A claim.", "Traceback (most recent call last)", "a traceback"),
        ("A claim.", "/{}/someone/file.csv".format("home"), "a path of this machine, "),
        ("A claim.", "Bick\u202eyel", r"a character that does not show, '\u202e'"),
        ("<main>", '<main><link href="https://e.org/x.css">', "asks another host"),
        ("A claim.", "There were 7 victims.", "7 people, not rounded or hidden"),
    ],
)
def test_a_fault_stops_the_release_and_is_named(tmp_path, held, instead, said):
    assert held in CLEAN
    with pytest.raises(BuildError) as error:
        inspected(tmp_path, CLEAN.replace(held, instead))
    assert said in str(error.value)


def test_a_page_that_was_not_rendered_is_named(tmp_path):
    with pytest.raises(BuildError, match="index: not rendered"):
        inspect_site(tmp_path, PAGES)
