"""What an edition does not hold flows through a notebook, and is told once, on one page."""

from __future__ import annotations

import re
from inspect import isfunction
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import sbpanalysis as sbp
from conftest import ROOT
from sbpanalysis.absent import Absent, Missing
from sbpanalysis.errors import DataError
from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.lift import lift
from sbpanalysis.publish.missing import empty, listed, marked, parted

GONE = Absent(Missing("Robbery by ward", "not held", "robbery_offences", "The council", "robbery"))


@pytest.fixture
def outputs():
    """What is displayed, as a notebook would keep it."""
    shell = InteractiveShell.instance()
    before, shell.display_pub = shell.display_pub, CapturingDisplayPublisher()
    yield shell.display_pub.outputs
    shell.display_pub = before


def test_whatever_is_asked_of_what_is_absent_is_absent():
    values = pd.Series([1.0, 2.0])
    asked = [GONE.tail(12).sum(), GONE["Bromley"], 100 * GONE / 3, values * GONE, GONE / values,
             values.to_frame() - GONE, GONE.attrs["source"] | {"a": 1}, {"a": 1} | GONE,
             GONE.loc["All"], -GONE, GONE > 3]  # fmt: skip
    assert all(one is GONE for one in asked)
    assert not GONE
    assert not GONE.season.clear
    assert dict(**GONE) == {}
    assert list(GONE) == []
    GONE.attrs, GONE["All"] = {}, 3  # nothing is kept
    assert GONE.attrs is GONE
    assert not hasattr(GONE, "_repr_html_")


def figures() -> list[str]:
    """The names of all that computes or draws of figures given to it."""
    homes = ("stats.", *sbp._DRAWING)
    return [
        name
        for name, home in sbp._HOME.items()
        if home.startswith(homes) and isfunction(getattr(sbp, name))
    ]


def test_every_statistic_and_chart_gives_back_what_is_absent():
    assert len(figures()) > 50
    assert [name for name in figures() if getattr(sbp, name)(GONE) is not GONE] == []


def test_what_is_absent_beside_figures_that_are_there():
    counts = pd.Series(10.0, pd.period_range("2016-01", periods=36, freq="M"), name="robbery")
    counts.attrs = {"title": "Robbery", "area": "Bromley", "measure": "robbery_offences"}
    assert sbp.change(counts, whole=GONE).word == sbp.change(counts).word
    assert sbp.rate(counts.tail(2), GONE) is GONE
    assert sbp.rank_sets(counts=pd.Series({"A": 3, "B": 5}), exposure=GONE) is GONE
    few = counts.tail(2)
    given = [sbp.rate(few, 900, dispersion=scatter).lower.tolist() for scatter in (GONE, None, 1)]
    assert given[0] == given[1] < given[2]  # as wide as where only the year's count is known
    assert sbp.line(counts, GONE).headline == sbp.line(counts).headline
    assert list(sbp.side_by_side({"Here": counts, "There": GONE})) == ["Here"]
    assert sbp.side_by_side({"Here": GONE}) is GONE


def test_a_series_of_an_edition_that_is_too_short_is_absent_and_one_by_hand_refused():
    edition = sbp.Edition.open("bromley-sample")
    counts = edition.series("robbery_offences").tail(10)
    assert repr(sbp.change(counts)).startswith("Absent: Robbery, 10 months given, at least 24")
    assert not sbp.season(sbp.since_break(counts, 48))
    counts.attrs = {}
    with pytest.raises(DataError, match="10 months given, at least 24 needed"):
        sbp.change(counts)


def test_an_edition_says_what_it_lacks_and_who_holds_it():
    edition = sbp.Edition.open("bromley-sample")
    assert edition.series("") is not None
    assert edition.series("").facts()["what"] == ""
    facts = edition.snapshot("asb_incidents", period="1999").facts()
    assert facts["what"] == "Anti-social behaviour recorded by the council by ward"
    assert facts["why"].endswith("not for 1999")
    assert facts["form"] == "council_asb"
    assert (
        edition.totals("robbery_offences", "ward", end="2009-03")
        .facts()["why"]
        .startswith("held for 0 of the 12 months")
    )
    with pytest.raises(DataError, match="no such measure"):
        edition.series("robery")


# The site


def notebook(outputs) -> nbformat.NotebookNode:
    """One part that is missing, one that is there; the figures come out of a cell of the first."""
    hidden, telling = {"tags": ["hide-input"]}, {"tags": ["remove-input"]}
    shown = [new_output("display_data", o["data"], metadata=o["metadata"]) for o in outputs]
    at = [output for output in shown if "at" in output.metadata["sbp"]]
    for output in at:
        output.metadata["sbp"]["at"] = [1, 0, 1, 15]
    absent = [output for output in shown if "absent" in output.metadata["sbp"]]
    return new_notebook(cells=[
        new_markdown_cell("# Robbery\n\nHow much?"),
        new_markdown_cell("## Where?\n\nIn which ward."),
        new_code_cell("change = sbp.change(counts)", id="computes", metadata=hidden),
        new_code_cell("nobody = 3", id="idle", metadata=hidden),
        new_code_cell("...", outputs=absent, metadata=telling),
        new_markdown_cell("## When?"),
        new_code_cell("sbp.say(change)", outputs=at, metadata=telling),
        new_markdown_cell("## What analysts know"),
    ])  # fmt: skip


def told(outputs, change: bool) -> None:
    sbp.say(GONE)
    sbp.show(GONE, "4.5-E2")
    sbp.say(Absent(Missing("", "not asked for")))
    if change:
        counts = pd.Series(10.0, pd.period_range("2016-01", periods=36, freq="M"))
        counts.attrs = {"title": "Robbery", "area": "Bromley", "measure": "robbery_offences"}
        sbp.say(sbp.change(counts))


def page_of(outputs):
    from sbpanalysis.publish.flow import trace

    executed = notebook(outputs)
    trace(executed)
    kept, missing = parted(executed)
    return marked(lift(kept, "sections/4-5-robbery", "4.5 Robbery", "4.5"), missing)


def words(page) -> list[str]:
    return [i.content["text"].partition("\n")[0] for i in page.items if i.kind == "words"]


def test_nothing_of_what_is_missing_stands_on_the_page_but_the_exhibit_s_anchor(outputs):
    told(outputs, change=True)
    page = page_of(outputs)
    assert words(page) == ["How much?", "## When?", "## What analysts know"]
    codes = [item.content["cell"] for item in page.items if item.kind == "code"]
    assert codes == ["computes"]  # what is told elsewhere came out of it
    assert page.claims[0]["code"] == "sections/4-5-robbery.html#method-computes"
    assert [i.content for i in page.items if i.kind == "html"] == [
        '<span id="exhibit-4-5-e2"></span>'
    ]
    assert not empty(page)


def test_a_section_without_figures_says_where_it_is_listed_what_is_missing(outputs):
    told(outputs, change=False)
    page = page_of(outputs)
    assert empty(page)
    assert "../missing.html" in page.items[-1].content
    section = Section("4.5", "Robbery", "4", notebook="volume_crime")
    edition = SimpleNamespace(period_end=pd.Period("2018-05", "M"))
    text = listed(edition, [section], {section.page: page}).items[-1].content
    assert text.count("<tr>") == 2  # one row, for both were told of the same
    for word in ("Robbery by ward", "not held", "The council", "data/partner/robbery.md", "4.5-E2"):
        assert word in text


def test_notebooks_have_no_guards_and_are_short():
    """A guard asks whether figures are there; parameters, and an example, are no code of theirs."""
    lines = [
        line
        for path in sorted((ROOT / "notebooks").glob("[a-z]*.ipynb"))
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.tags
        for line in cell.source.splitlines()
        if line.strip()
    ]
    asked = r"is (not )?None|(else|or) None| held|\.has\(|isinstance\(|\bif (not |any\(|len\()"
    guards = [line for line in lines if re.search(asked, line)]
    assert len(guards) < 0.02 * len(lines), guards
    assert len(lines) <= 550
