"""A small site of hostile text, made by whichever copy of the library and book it is run with."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

from lifted_pages import page, published, said, section
from sbpanalysis.publish import pages
from sbpanalysis.publish.lift import Page, page_of
from sbpanalysis.publish.render import render
from sbpanalysis.publish.renderer import open_renderer
from sbpanalysis.report.bars import bar
from sbpanalysis.report.charts import line
from sbpanalysis.report.tables import table

CONTEXT = {
    "sbp_title": "Small", "sbp_area": "Bromley", "sbp_period": "May 2018", "sbp_stale": "",
    "sbp_edition": "small", "sbp_sample": False, "sbp_version": "0", "sbp_licence": "",
}  # fmt: skip


def small_site(root: Path, target: Path, strings: list[str]) -> None:
    """Two sections: one shows a table, charts and sentences of the strings, one is called so."""
    frame = pd.DataFrame({"Area": strings, "n": range(len(strings))})
    values = pd.Series(range(len(strings)), strings)
    values.attrs = {"title": strings[0], "area": "Bromley", "unit": "offences"}
    years = pd.DataFrame([range(1, 5), range(2, 6)], ["2016/17", "2017/18"], columns=strings[:4])
    shown = page("1.1", published(table(frame, "Areas"), "1.1-E1"), published(bar(values)),
                 published(line(years)), *map(said, strings[:3]))  # fmt: skip
    waits = {"shows": strings[0], "needs": strings[1], "holder": strings[2]}
    called = [pages.waiting(section(f"2.{n}", title=text, waits_for=waits))
              for n, text in enumerate(strings)]  # fmt: skip
    front = Page(page_of("Small", [("html", "<p>Small.</p>")]), "index")
    about = [pages.find(), Page(page_of("Evidence", []), "every-figure")]
    with tempfile.TemporaryDirectory() as work:
        parts = [("", [front]), ("Part", [shown, *called]), ("About", about)]
        with open_renderer() as renderer:
            render(root, Path(work), parts, CONTEXT, renderer).rename(target)


if __name__ == "__main__":
    small_site(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
