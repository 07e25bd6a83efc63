"""Whose number does a link lead to? Cards, figures and sentences lead to their own evidence."""

from __future__ import annotations

import re
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest
from evidence import Followed, comparisons, counted, faults_of, follow
from evidence import claims as claims_of
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import sbpanalysis as sbp
from conftest import ROOT
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.flow import EXPLAINED, PAGES, Flow, Origin
from sbpanalysis.publish.lift import lift
from sbpanalysis.publish.pages import every_figure
from sbpanalysis.publish.render import notebook_of
from sbpanalysis.report import display, notes
from sbpanalysis.report.display import position

METHODS = {path.stem for path in (ROOT / "book" / "methods").glob("*.md")}


def monthly(area: str, level: int, measure: str = "robbery_offences") -> pd.Series:
    index = pd.period_range("2015-04", periods=36, freq="M")
    series = pd.Series([100, 104, 96] * 8 + [level] * 12, index)
    series.attrs = {"measure": measure, "title": "Robbery", "area": area, "unit": "offences",
                    "source": ["MPS"], "snapshots": ["ab" * 32], "breaks": []}  # fmt: skip
    return series


@pytest.fixture
def outputs(monkeypatch) -> list:
    """What cells display, in order, as a notebook holds it."""
    shown = []

    def record(data, metadata):
        shown.append(new_output("display_data", data, metadata=metadata))

    monkeypatch.setattr(display, "publish_display_data", record)
    return shown


def lifted(outputs: list):
    cells = [new_markdown_cell("# Title"), new_code_cell("...", outputs=outputs)]
    return lift(new_notebook(cells=cells), "sections/2-3", "2.3 Knives", "2.3")


def test_a_card_leads_to_its_own_claim_whatever_is_told_after_it(outputs):
    own, london = sbp.change(monthly("Bromley", 60)), sbp.change(monthly("London", 160))
    sbp.card(own, monthly("Bromley", 60))
    sbp.say(london)
    page = lifted(outputs)
    [card] = page.cards
    [claim] = [c for c in page.claims if c["id"] == card["claim"]]
    assert (claim["area"], claim["verdict"]) == ("Bromley", "fell")


OTHERS = {
    "another area": lambda: sbp.change(monthly("London", 60)),
    "another measure": lambda: sbp.change(monthly("Bromley", 60, "burglary_offences")),
    "another window": lambda: sbp.change(monthly("Bromley", 60).iloc[:-1]),
    "another range": lambda: sbp.change(monthly("Bromley", 60), confidence=0.9),
    "another kind": lambda: sbp.total(monthly("Bromley", 60)),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_card_without_a_claim_of_its_own_stops_the_build(outputs, other):
    sbp.say(OTHERS[other]())
    sbp.card(sbp.change(monthly("Bromley", 60)), monthly("Bromley", 60))
    del outputs[-2]  # its own sentence
    with pytest.raises(BuildError, match=r"sections/2-3: the card on Robbery, Bromley, has no sen"):
        lifted(outputs)


def test_the_key_of_a_claim_does_not_depend_on_where_it_stands(outputs):
    results = [sbp.change(monthly(area, 60)) for area in ("Bromley", "London")]
    for result in results:
        sbp.say(result)
    keys = {c["area"]: c["key"] for c in lifted(outputs).claims}
    outputs.reverse()
    assert {c["area"]: c["key"] for c in lifted(outputs).claims} == keys
    assert keys["Bromley"] == "2.3/change/robbery_offences//Bromley/1"


def test_a_card_tells_the_rank_of_its_own_area(outputs):
    values = pd.Series({"Bromley": 10, "Croydon": 30, "Sutton": 5})
    values.attrs = monthly("Bromley", 60).attrs
    own = sbp.change(monthly("Bromley", 60))
    sbp.card(own, monthly("Bromley", 60))
    sbp.say(sbp.standing(values, "Bromley"))
    sbp.say(sbp.standing(values, "Croydon"))
    assert lifted(outputs).cards[0]["beside"].startswith("As recorded, Bromley was 2nd highest")


def test_every_statistic_that_a_notebook_uses_is_explained_on_one_page_that_there_is():
    assert set(EXPLAINED) <= METHODS
    named = [name for names in EXPLAINED.values() for name in names.split()]
    assert len(named) == len(set(named))
    statistics = {name for name, home in sbp._HOME.items() if home.startswith("stats.")}
    texts = [path.read_text("utf-8") for path in (ROOT / "notebooks").glob("*.ipynb")]
    used = {name for text in texts for name in re.findall(r"\bsbp\.(\w+)", text)} & statistics
    assert len(used) > 15
    assert used <= set(PAGES)


NOTEBOOK = {
    "read": 'edition = sbp.Edition.open("x")\ncounts = edition.series(m, end=end)',
    "tested": "change = sbp.change(counts) if counts is not None else None\n"
    "recent = counts.tail(60)\nparts = sbp.decompose(recent)\n"
    'months = recent.to_frame("Recorded").assign(Trend=parts.trend)',
    "many": "first, second = sbp.total(counts), sbp.standing(areas, name)\n"
    "tests = {n: sbp.two_shares(*a) for n, a in pairs}\nframe = pd.read_csv(path)\n"
    "rates = sbp.rate(boroughs, people)",
    "told": "said = sbp.say(change)\nsbp.say(counts.tail(24))\n"
    "sbp.show(sbp.line(months, said), ids[0])\nsbp.say(first)\nsbp.say(second, 'mean')\n"
    "for name, test in tests.items():\n    sbp.say(test, comparator='London')\n"
    "found = [sbp.say(t) for t in tests.values()]\nsbp.say(rates.loc[ward], 'rate')\n"
    "sbp.show(\n    sbp.bar(rates['value'])\n)\nsbp.say(sbp.share(areas, [top]))\n"
    "sbp.line(sbp.rolling_total(counts))\nsbp.show(sbp.line(edition.history(m)))\nsbp.say(nobody)\n"
    "sbp.say(frame)",
}
EXPECTED = {
    "sbp.say(change)": ("tested", "change"),
    "sbp.say(counts.tail(24))": ("read", "edition.series"),
    "sbp.show(sbp.line(months, said), ids[0])": ("tested", "decompose"),
    "sbp.say(first)": ("many", "total"),
    "sbp.say(second, 'mean')": ("many", "standing"),
    "sbp.say(test, comparator='London')": ("many", "two_shares"),
    "sbp.say(t)": ("many", "two_shares"),
    "sbp.say(rates.loc[ward], 'rate')": ("many", "rate"),
    "sbp.show(\n    sbp.bar(rates['value'])\n)": ("many", "rate"),
    "sbp.say(sbp.share(areas, [top]))": ("told", "share"),
    "sbp.line(sbp.rolling_total(counts))": ("told", "rolling_total"),
    "sbp.show(sbp.line(edition.history(m)))": ("told", "edition.history"),
    "sbp.say(frame)": ("many", ""),
    "sbp.say(nobody)": ("told", ""),
}


def place(source: str, call: str) -> list[int]:
    """Where a call stands in a source, as `position` gives it."""
    start = source.index(call)
    points = [source[:at].split("\n") for at in (start, start + len(call))]
    return [n for lines in points for n in (len(lines), len(lines[-1]))]


@pytest.mark.parametrize("call", EXPECTED)
def test_what_is_told_is_followed_to_the_cell_that_computed_it(call):
    cells = [new_code_cell(source, id=name) for name, source in NOTEBOOK.items()]
    origin = Flow(new_notebook(cells=cells)).origin(3, place(NOTEBOOK["told"], call))
    assert origin == Origin(*EXPECTED[call])


@pytest.mark.parametrize("tag", ["hide-input", "each-page", "remove-input", "remove-cell"])
def test_a_number_whose_code_no_page_shows_stops_the_build(outputs, tag):
    shown = not tag.startswith("remove")
    sbp.say(sbp.change(monthly("Bromley", 60)))
    outputs[0].metadata["sbp"]["at"] = [1, 0, 1, 15]
    cells = [new_markdown_cell("# Title"), new_code_cell("change = sbp.change(x)", id="computes"),
             new_code_cell("sbp.say(change)", outputs=outputs)]  # fmt: skip
    cells[1].metadata["tags"], cells[2].metadata["tags"] = [tag], ["remove-input"]
    page = lift(new_notebook(cells=cells), "sections/2-3", "2.3 Knives", "2.3")
    [claim] = page.claims
    assert (claim["cell"], claim["computed_by"]) == ("computes", "change")
    assert claim["code"] == ("sections/2-3.html#method-computes" if shown else "")
    edition = SimpleNamespace(snapshot_table=lambda held: pd.DataFrame())
    if shown:
        assert 'id="method-computes"' in str(notebook_of(page, {}))
        assert "sections/2-3.html#method-computes" in str(every_figure(edition, [page]).cells)
    else:
        with pytest.raises(BuildError, match=r"sections/2-3: cell computes .* tagged hide-input"):
            every_figure(edition, [page])


def test_a_name_has_the_value_that_it_was_given_last_before():
    cells = [new_code_cell("a = sbp.total(x)", id="one"), new_code_cell("sbp.say(a)", id="two"),
             new_code_cell("a = sbp.change(x)\na = a", id="three"),
             new_code_cell("sbp.say(a)", id="four")]  # fmt: skip
    flow = Flow(new_notebook(cells=cells))
    assert flow.origin(1, [1, 0, 1, 10]) == Origin("one", "total")
    assert flow.origin(3, [1, 0, 1, 10]) == Origin("three", "change")


def test_names_that_stand_for_each_other_are_followed_once():
    """Two names that are each made of the two before, sixty times over; and two in a circle."""
    pairs = "\n".join(f"a{n + 1}, b{n + 1} = f(a{n}, b{n}), g(a{n}, b{n})" for n in range(60))
    cells = [new_code_cell("a0 = sbp.total(x)\nb0 = a0", id="one"), new_code_cell(pairs),
             new_code_cell("p = q\nq = p", id="two"),
             new_code_cell("sbp.say(a60)"), new_code_cell("sbp.say(q)")]  # fmt: skip
    flow = Flow(new_notebook(cells=cells))
    assert flow.origin(3, [1, 0, 1, 12]) == Origin("one", "total")
    assert flow.origin(4, [1, 0, 1, 10]) == Origin("two", "")


def test_the_place_of_a_call_in_its_cell_is_known_however_deep_it_is_made():
    source = "x = 1\nfound = [\n    told(n) for n in (1, 2)\n]"
    cell = {"__name__": "__main__", "get_ipython": None, "told": lambda n: position()}
    exec(compile(source, "<cell>", "exec"), cell)
    assert cell["found"] == [place(source, "told(n)")] * 2
    assert position() is None  # this is no cell


def test_the_sources_of_a_page_that_holds_none_leave_no_empty_list(outputs):
    frame = pd.DataFrame(columns=["snapshot", "source"])
    edition = SimpleNamespace(
        files_behind=lambda *asked: [],
        snapshot_table=lambda names: frame,
        names={},
        area="Bromley",
        is_sample=False,
        register={},
    )
    notes.data_line(edition, "robbery_offences")
    assert outputs == []


def test_the_table_of_a_funnel_is_headed_in_plain_words():
    counts, people = pd.Series({"A": 5, "B": 90}), pd.Series({"A": 1000, "B": 2000})
    chart = sbp.funnel_plot(sbp.funnel(counts, people))
    assert list(chart.table) == [
        "Area", "Population", "Rate per 1,000", "Lower 95% limit", "Upper 95% limit",
        "Lower 99.8% limit", "Upper 99.8% limit", "Where it lies",
    ]  # fmt: skip
    assert chart.explained == "funnel-plots"


def printed(followed: list[Followed]) -> list[str]:
    print(*counted(followed), sep="\n")
    return faults_of(followed)


@pytest.mark.slow
def test_every_card_figure_and_sentence_of_the_sample_leads_to_its_own_evidence(sample_site):
    followed = follow(sample_site)
    assert not printed(followed)
    assert {f.what for f in followed} == {"line", "card", "figure", "sentence"}
    keys = [claim["key"] for claim in claims_of(sample_site).values()]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
def test_what_is_told_of_wards_names_wards(sample_site):
    claims = claims_of(sample_site).values()
    wards = {c["area"] for c in claims if c["section"] == "wards" and c["kind"] == "rate"}
    told = [c for c in claims if c["kind"] == "share" and " wards," in c["sentence"]]
    assert len(told) > 5
    for claim in told:
        assert set(claim["area"].split("; ")) <= wards, claim["sentence"]


def test_one_comparison_has_one_word_and_one_range_all_over_the_sample(sample_site):
    count, contradicting = comparisons(sample_site)
    assert not contradicting
    assert count > 100


@pytest.fixture
def tampered(sample_site, tmp_path):
    """A copy of the sample in which a page may be changed."""
    folder = tmp_path / "site"
    shutil.copytree(sample_site.resolve(), folder)

    def change(page: str, old: str, new: str):
        text = (folder / page).read_text("utf-8")
        assert old in text, old
        (folder / page).write_text(text.replace(old, new, 1), "utf-8")
        return folder

    return change


@pytest.mark.slow
def test_a_card_that_leads_to_the_claim_of_another_area_is_found_out(tampered, sample_site):
    """Opens the gate on purpose: the link of the knife card to the claim on London."""
    html = (sample_site / "index.html").read_text("utf-8")
    [own] = re.findall(r'#(2-3-\d+)">evidence<span class="hidden"> for Knife crime', html)
    site = tampered("index.html", f"#{own}", "#2-3-2" if own != "2-3-2" else "#2-3-1")
    [fault] = [f for f in faults_of(follow(site, 0)) if f.startswith("card")]
    assert fault.startswith("card Knife crime: row: area")


@pytest.mark.slow
def test_a_second_range_of_one_comparison_is_found_out(tampered, sample_site):
    html = (sample_site / "index.html").read_text("utf-8")
    told = re.search(r"underlying change (between \d+% fewer and \d+)(% more)", html)
    site = tampered("index.html", told[0], f"underlying change {told[1]}1{told[2]}")
    assert len(comparisons(site)[1]) == 1
