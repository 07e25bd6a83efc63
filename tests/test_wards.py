"""Ward pages: what they say is tested, their wards are the right ones, and links lead to them."""

from __future__ import annotations

import csv
import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import sbpanalysis as sbp
from lifted_pages import HOSTILE, html_of
from sbpanalysis.data.geometry import neighbours
from sbpanalysis.periods import Break
from sbpanalysis.publish.markdown import escaped_markdown
from sbpanalysis.publish.render import linked, notebook_of
from sbpanalysis.publish.wards import ward_pages
from sbpanalysis.report.claims import claim
from sbpanalysis.report.html import Place, html_table
from sbpanalysis.stats.noise import usual_dispersion
from test_charts import drawn

MONTHS = pd.period_range("2015-10", periods=36, freq="M")


def counted(values: dict[str, list], title: str = "Robbery", index=MONTHS, **about) -> pd.DataFrame:
    """Counts of wards as an edition gives them."""
    frame = pd.DataFrame(values, index)
    codes = {name: f"E0500010{n}" for n, name in enumerate(values)}
    frame.attrs = {"measure": title.lower(), "title": title, "area": "Bromley", "codes": codes,
                   "unit": "offences", "source": ["MPS"], "breaks": [], "vintage": "2018",
                   "period": "12 months to September 2018"} | about  # fmt: skip
    return frame


def steady(before: int, after: int) -> list[int]:
    return [before] * 24 + [after] * 12


def test_count_rank_share_and_rate_are_those_of_the_last_twelve_months():
    counts = counted({"North": steady(10, 10), "South": steady(10, 30), "East": steady(10, 10)})
    people = pd.Series({"North": 12_000, "South": 6_000, "East": 24_000})
    rows = sbp.profiles({"robbery": counts}, people).frame.set_index("area")
    assert rows["after"].to_dict() == {"North": 120, "South": 360, "East": 120}
    assert rows["earlier"].to_dict() == {"North": 120, "South": 120, "East": 120}
    assert rows["share"].to_dict() == {"North": 0.2, "South": 0.6, "East": 0.2}
    assert rows["rate"].to_dict() == {"North": 10.0, "South": 60.0, "East": 5.0}


def test_the_range_of_a_wards_rate_carries_the_scatter_of_its_own_months():
    rng = np.random.default_rng(4)
    wild = rng.poisson(30 * rng.gamma(2, 0.5, 36))  # months of two weights
    people = pd.Series({"North": 6000, "South": 6000})
    profiles = sbp.profiles({"a": counted({"North": wild, "South": [30] * 36})}, people)
    own = sbp.change(counted({"North": wild})["North"]).inflation
    assert profiles.scatter("a")["North"] == pytest.approx(own)
    assert own > 3
    alone = sbp.rate(wild[-12:].sum(), 6000, per=1000, dispersion=own)
    rows = profiles.frame.set_index("area")
    assert rows.loc["North", ["rate_lower", "rate_upper"]].tolist() == pytest.approx(
        [alone.lower, alone.upper]
    )
    short = sbp.profiles({"a": counted({"North": [30] * 12}, index=MONTHS[-12:])}, people)
    assert short.scatter("a")["North"] == pytest.approx(float(usual_dispersion(360)))


def test_verdicts_and_ranges_are_those_that_each_series_has_alone():
    rng = np.random.default_rng(3)
    series = {f"m{n}": counted({"North": rng.poisson(30, 36), "South": rng.poisson(30, 36)})
              for n in range(6)}  # fmt: skip
    profiles = sbp.profiles(series)
    alone = [sbp.change(frame["North"]) for frame in series.values()]
    rows = profiles.of("North")
    assert rows["verdict"].tolist() == [r.verdict for r in alone]
    assert rows["percent_lower"].tolist() == pytest.approx([r.percent_lower for r in alone])


def test_a_count_too_small_is_said_to_be_too_small_and_not_compared():
    table = sbp.ward_table(
        sbp.profiles({"robbery": counted({"North": [0] * 33 + [3, 3, 3]})}), "North"
    )
    assert table.table["Verdict"].tolist() == ["Too few to compare"]
    assert table.table["Range of the underlying change"].tolist() == ["–"]


def test_the_words_of_a_borough_are_of_one_family():
    rng = np.random.default_rng(5)
    wards = {f"Ward {n}": np.r_[rng.poisson(20, 24), rng.poisson(24, 12)] for n in range(12)}
    profiles = sbp.profiles({"a": counted(wards), "b": counted({w: v[::-1] for w, v in
                                                                wards.items()})})  # fmt: skip
    told = sbp.family(pd.concat([sbp.change(f) for f in profiles.counts.values()]))
    assert profiles.frame["word"].tolist() == told["word"].tolist()
    assert profiles.frame["q"].tolist() == pytest.approx(told["q"].tolist())
    assert (told["word"] != sbp.change(profiles.counts["a"])["word"].tolist() * 2).any()


def test_a_wards_change_stands_beside_that_of_all_wards():
    series = {"all": counted({"North": steady(50, 75), "South": steady(50, 50)}, "All")}
    [change] = sbp.profiles(series).changes("North")
    assert change.attrs["whole"] == {"area": "Bromley", "before": 1200, "after": 1500}


def test_a_ward_that_goes_with_the_borough_did_not_move_otherwise():
    alike = {f"Ward {n}": steady(50, 65) for n in range(9)}
    counts = counted({**alike, "North": steady(50, 120), "South": steady(50, 50)}, "All")
    profiles = sbp.profiles({"all": counts})
    moved = profiles.frame.set_index("area")["moved"]
    assert moved[moved != ""].to_dict() == {"North": "more", "South": "less"}
    assert sbp.moved_table(profiles).table["Ward"].tolist() == ["North", "South"]
    own = sbp.ward_table(profiles, "North").table["Bromley's own change"].tolist()
    assert own == ["+37%, clearly more here"]
    assert sbp.moved_table(sbp.profiles({"all": counted(alike)})) is None


def test_a_wards_change_is_told_of_the_two_years_and_not_as_a_way_it_goes():
    counts = counted({"North": steady(50, 75)}, level="ward")
    [change] = sbp.profiles({"all": counts}).changes("North")
    assert claim(change).sentence.startswith("Robbery stood higher than the year before in North: ")


def test_nothing_is_compared_across_a_break_that_forbids_it():
    cut = Break(pd.Period("2018-01", "M"), "category", "Other offences.", False)
    counts = counted({"North": steady(10, 40)}, breaks=[cut])
    profiles = sbp.profiles({"robbery": counts})
    assert profiles.frame["word"].tolist() == ["not compared"]
    assert profiles.changes("North", 1) == []
    assert sbp.ward_table(profiles, "North").table["Verdict"].tolist() == ["Not compared"]


def test_a_wards_sentences_are_of_the_first_measures_and_of_clear_changes():
    series = {"all": counted({"North": steady(50, 50)}, "All"),
              "theft": counted({"North": steady(20, 60)}, "Theft"),
              "drugs": counted({"North": steady(20, 20)}, "Drugs")}  # fmt: skip
    told = [c.attrs["title"] for c in sbp.profiles(series).changes("North", 1)]
    assert told == ["All", "Theft"]


def test_figures_by_year_are_compared_year_by_year():
    years = pd.Index(["2015/16", "2016/17"])
    counts = counted({"North": [100, 300]}, index=years, period="2016/17")
    profiles = sbp.profiles({"asb": counts, "robbery": counted({"North": steady(9, 9)})})
    row = profiles.of("North").loc["asb"]
    assert (row["before"], row["after"], row["word"]) == (100, 300, "rose")


def test_an_unknown_ward_is_refused():
    with pytest.raises(sbp.DataError, match="expected one of North"):
        sbp.ward_table(sbp.profiles({"robbery": counted({"North": steady(9, 9)})}), "Nowhere")


def test_points_read_back_from_small_multiples_equal_the_table():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 90, (36, 5)), MONTHS, list("abcde")).astype(float)
    frame.iloc[:7, 2] = np.nan
    chart = sbp.small_multiples(frame, subtitle="Five wards, 12-month totals", columns=3)
    for number, column in enumerate(frame):
        held = chart.table[column].dropna().to_numpy(float)
        y = drawn(chart.svg, f"series-{number}")[:, 1]
        slope, level = np.polyfit(held, y, 1)
        assert slope < 0
        assert np.abs(level + slope * held - y).max() < 0.01
    assert 40 <= len(chart.alt) <= 400
    last = frame.iloc[-1]
    assert f"{last.idxmax()} had the most, {last.max():.0f}" in chart.alt


def test_a_heat_table_holds_the_numbers_and_shades_what_is_told_apart():
    alike = {f"Ward {n}": steady(4, 4) for n in range(5)}
    counts = counted({"North": steady(10, 10), "South": steady(1, 1), **alike})
    table = sbp.heat_table(sbp.profiles({"robbery": counts}))
    html = html_of(table)
    assert 'class="num step-4">120<' in html
    assert 'class="num step-0">12<' in html
    assert 'class="num step-2">48<' in html
    assert 'tabindex="0"' in html  # who cannot drag can still scroll it


def test_wards_that_share_a_border_are_neighbours():
    from shapely.geometry import box

    geopandas = pytest.importorskip("geopandas")
    shapes = geopandas.GeoDataFrame(
        {"area_code": ["a", "b", "c"], "name": ["A", "B", "C"]},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 5, 6, 6)],
    )
    assert neighbours(shapes) == {"a": ["b"], "b": ["a"], "c": []}


@pytest.mark.parametrize("nasty", HOSTILE)
def test_a_wards_name_stays_text_wherever_it_stands(nasty):
    """The title is Markdown, the rest HTML."""
    from markdown_it import MarkdownIt

    frame = counted({nasty: steady(9, 9), "Other": steady(9, 9)})
    profiles = sbp.profiles({"robbery": frame})
    for figure in (sbp.ward_table(profiles, nasty), sbp.heat_table(profiles),
                   sbp.small_multiples(frame.astype(float))):  # fmt: skip
        assert "<script" not in html_of(figure)
    html = MarkdownIt("commonmark").render(f"# {escaped_markdown(nasty)}")
    assert re.fullmatch(r"<h1>[^<]*</h1>\n", html), html


def notebook(*cells) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_markdown_cell("# Wards\n\nWhich?"), *cells])


def shown(text: str) -> nbformat.NotebookNode:
    return new_output("display_data", {"text/plain": text}, metadata={"sbp": {"remark": text}})


def begun(name: str, code: str) -> nbformat.NotebookNode:
    return new_output(
        "display_data", {"text/plain": name}, metadata={"sbp": {"page": [name, code]}}
    )


def code(tags: list[str], *outputs) -> nbformat.NotebookNode:
    return new_code_cell("x = 1", outputs=list(outputs), execution_count=1,
                         metadata={"tags": tags})  # fmt: skip


def test_each_ward_has_what_was_shown_for_it_and_what_is_for_all():
    cells = [
        code(["hide-input", "all-pages"]),
        code(["remove-input"], shown("common"), begun("Bickley", "E1"), shown("of Bickley"),
             begun("Darwin", "E2"), shown("of Darwin")),
        new_markdown_cell("## For each", metadata={"tags": ["each-page"]}),
        code(["remove-input", "all-pages"], shown("beware")),
    ]  # fmt: skip
    pages, paths = ward_pages(notebook(*cells))
    assert paths == {"E1": "wards/bickley", "E2": "wards/darwin"}
    texts = [json.dumps(notebook_of(page, {})) for page in pages]
    for text, own, others in zip(
        texts, ("common", "of Bickley", "of Darwin"), (("of Bickley", "For each"), ("of Darwin",),
        ("of Bickley", "common")), strict=True,
    ):  # fmt: skip
        assert own in text
        assert "beware" in text
        assert "Method: the code behind this" in text
        assert not [other for other in others if other in text]


def test_wards_of_one_name_have_pages_of_their_own():
    _, paths = ward_pages(notebook(code([], begun("St. Mary", "E1"), begun("St Mary", "E2"))))
    assert paths == {"E2": "wards/st-mary", "E1": "wards/st-mary-e1"}


def test_a_row_about_a_ward_leads_to_its_page_and_others_stay():
    frame = pd.DataFrame({"Ward": ["A & B", "C", "Here"], "Offences": [1, 2, 3]})
    codes = {"A & B": "E1", "C": "E9", "Here": "E3"}
    place = Place("sections/x", links={"E1": "wards/a-b", "E3": "sections/x"})
    html = html_table(frame, "Wards", codes=codes, place=place)
    assert '<a href="../wards/a-b.html">A &amp; B</a>' in html
    assert '<th scope="row" data-code="E9">C</th>' in html
    assert '<th scope="row" data-code="E3">Here</th>' in html


def test_a_term_is_linked_once_and_never_in_links_headings_claims_or_figures():
    kept = (
        '<h2>Rate</h2><p><a href="x">rate</a></p><p class="claim">A rate. <a>evidence</a></p>'
        "<figure><p>rate</p></figure><table><tr><td><p>rate</p></td></tr></table>"
    )
    page = f"<body><p>rate</p><main>{kept}<p>Rated. The Rates; a rate.</p></main></body>"
    html = linked(page, {"rate": "glossary.html#term-rate"})
    assert html.count("<a class") == 1
    assert 'Rated. The <a class="term" href="glossary.html#term-rate">Rates</a>; a rate.' in html
    assert kept in html


@pytest.mark.slow
def test_the_sample_has_a_page_a_ward_whose_numbers_are_the_editions(
    sample_site, building, monkeypatch
):
    monkeypatch.chdir(building)
    pages = sorted((sample_site / "wards").glob("*.html"))
    assert len(pages) == 22
    edition = sbp.Edition.open("bromley-sample")
    totals = edition.totals("total_notifiable_offences")
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    own = [c for c in claims if c["section"] == "wards" and c["kind"] == "change"]
    assert {c["area"] for c in own} == set(totals.index)
    files = (sample_site / "downloads").glob("wards-figure-*.csv")
    [lines] = [t for t in (f.read_text("utf-8") for f in files) if t.startswith("Ward,Total")]
    rows = {row["Ward"]: row for row in csv.DictReader(lines.splitlines())}
    assert {w: float(r["Total notifiable offences"]) for w, r in rows.items()} == totals.to_dict()
    front = (sample_site / "index.html").read_text("utf-8")
    for page in pages:
        text = page.read_text("utf-8")
        assert f'href="wards/{page.name}"' in front
        assert text.count('<a class="evidence"') >= 4
        assert "../sections/3-2-burglary-and-theft.html" in text
        assert len(text) < 60_000


@pytest.mark.slow
def test_wards_are_an_annex_of_the_long_document(sample_site):
    from pypdf import PdfReader

    outline = PdfReader(sample_site / "downloads" / "assessment.pdf").outline
    titles = {entry["/Title"]: at for at, entry in enumerate(outline) if isinstance(entry, dict)}
    assert list(titles)[-2:] == ["Annex: wards", "Behind the figures"]
    annex = outline[titles["Annex: wards"] + 1]
    wards = [entry["/Title"] for entry in annex if isinstance(entry, dict)]
    edition = sbp.Edition.open("bromley-sample")
    assert wards == [
        "Wards",
        *sorted(edition.totals("total_notifiable_offences", level="ward").index),
    ]
