"""The documents: accessible PDFs of all sections, a brief of two pages, text from data as text."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pypdfium2
import pytest
import typst
from pypdf import PdfReader

from conftest import ROOT
from lifted_pages import HOSTILE, card, monthly, page, published, said, section
from recorded_crime import borough_frame, write
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.build import context_of
from sbpanalysis.publish.document import compose, write_documents
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.markdown import blocks_of, printable
from sbpanalysis.report.change_words import card_words
from sbpanalysis.report.charts import line
from sbpanalysis.report.tables import table


@pytest.fixture
def edition(checkout) -> Edition:
    write(checkout, "crime.csv", borough_frame())
    said = {"title": "Made up", "area": "Bromley", "comparators": ["London"],
            "period_end": "2018-12", "data": ["crime.csv"], "priorities": ["1.1"]}  # fmt: skip
    (checkout / "book" / "editions" / "made-up.yml").write_text(json.dumps(said))
    return Edition.open("made-up", data=checkout)


def made(edition, folder, pages: dict[str, Page], sections, cards=(), words="## How\n\nText."):
    """Both documents, written and opened."""
    content = compose(edition, sections, pages, list(cards), words)
    pictures = {n.rpartition("/")[2]: b for p in pages.values() for n, b in p.assets.items()}
    svgs = {n: b for n, b in pictures.items() if n.endswith(".svg")}
    write_documents(ROOT, folder, context_of(edition) | content, svgs)
    return PdfReader(folder / "assessment.pdf"), PdfReader(folder / "brief.pdf")


def simple(edition, folder, **more):
    """Documents of two sections, one of which waits for data."""
    waits = {"shows": "much", "needs": "data", "holder": "someone"}
    sections = [section("1.1"), section("1.2", waits_for=waits)]
    listed = table(pd.DataFrame({"Area": ["A"], "n": [5]}), "A table")
    chart = published(line(monthly()), "1.1-E1")
    held = page("1.1", said("Robbery: 1 offence."), chart, published(listed))
    pages = {sections[0].page: held, sections[1].page: Page([], "x")}
    return made(edition, folder, pages, sections, [(sections[0], card())], **more)


def words_of(reader: PdfReader) -> str:
    return " ".join(" ".join(p.extract_text() for p in reader.pages).split())


def headings(outline) -> list[str]:
    found = []
    for entry in outline:
        found += headings(entry) if isinstance(entry, list) else [entry.title]
    return found


def pictures_of(node, found: list[str]) -> list[str]:
    """The alternative texts of all pictures in the structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    for kid in node if isinstance(node, list) else [node]:
        kid = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(kid, dict):
            if kid.get("/S") == "/Figure":
                found.append(str(kid.get("/Alt", "")))
            if "/K" in kid:
                pictures_of(kid["/K"], found)
    return found


def test_both_documents_are_tagged_and_say_that_they_are_accessible(edition, tmp_path):
    for reader in simple(edition, tmp_path):
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"].value
        assert root["/Lang"] == "en-GB"
        assert "/StructTreeRoot" in root
        assert reader.metadata.title == "Made up, Bromley"
        assert b'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data() or (
            b"<pdfuaid:part>1" in root["/Metadata"].get_object().get_data()
        )


def test_every_part_section_and_question_has_a_bookmark(edition, tmp_path):
    whole, _ = simple(edition, tmp_path)
    found = headings(whole.outline)
    assert found == [
        "What changed", "1. Part", "1.1 Section 1.1", "Has it changed?", "1.2 Section 1.2",
        "Behind the figures", "Breaks in the series", "Files that the figures come from",
    ]  # fmt: skip


def test_sentences_figures_tables_and_what_waits_are_all_there(edition, tmp_path):
    whole, _ = simple(edition, tmp_path)
    text = words_of(whole)
    for words in ("How much?", "Robbery: 1 offence.", "Exhibit 1.1-E1", "exhibit-1-1-e1.csv",
                  "Source: Crime.", "A table", "Waiting for data.", "Held by: someone",
                  "1,236", card_words(card())["range"], "Page 2 of"):  # fmt: skip
        assert words in text, words
    alts = pictures_of(whole.trailer["/Root"]["/StructTreeRoot"]["/K"], [])
    assert any(a.startswith("Line chart") for a in alts), alts
    assert all(alts)


def test_a_synthetic_edition_says_so_in_both(edition, tmp_path):
    for sample in (True, False):
        for reader in simple(replace(edition, is_sample=sample), tmp_path / str(sample)):
            assert ("Synthetic sample data" in words_of(reader)) == sample


def test_a_long_table_shows_its_first_rows_and_says_where_the_rest_is(edition, tmp_path):
    frame = pd.DataFrame({"Area": [f"Place {n}" for n in range(60)], "n": range(60)})
    sections = [section("1.1")]
    pages = {sections[0].page: page("1.1", published(table(frame, "Long"), "1.1-E1"))}
    text = words_of(made(edition, tmp_path, pages, sections)[0])
    assert "Place 11 " in text
    assert "Place 12 " not in text
    assert "48 more rows: downloads/exhibit-1-1-e1.csv" in text


def test_the_brief_shows_the_areas_own_chart_beside_its_own_sentence(edition, tmp_path):
    """A section that tells London first, as those of high harm and weapons do."""
    sections = [section("1.1")]
    london, own = monthly(), monthly()
    london.attrs |= {"area": "London"}
    told = [said("Robbery rose in London.", area="London"), said("Robbery fell in Bromley.")]
    charts = [published(line(london, "Of London"), "1.1-E1"), published(line(own, "Of Bromley"))]
    pages = {sections[0].page: page("1.1", *told, *charts)}
    cards = [(sections[0], card() | {"claim": "1-1-2"})]
    content = compose(edition, sections, pages, cards, "")
    [figure] = content["figures"]
    assert figure["headline"] == "Of Bromley"
    assert figure["told"] == ["Robbery fell in Bromley."] == content["short"]


def test_a_section_without_a_chart_of_its_own_area_gives_the_brief_none(edition):
    london = monthly()
    london.attrs |= {"area": "London"}
    sections = [section("1.1")]
    pages = {sections[0].page: page("1.1", said("Robbery."), published(line(london)))}
    assert compose(edition, sections, pages, [(sections[0], card())], "")["figures"] == []


@pytest.mark.parametrize(("count", "words"), [(11, "1 more comparison is"), (12, "2 more comp")])
def test_the_brief_counts_what_it_leaves_out(edition, tmp_path, count, words):
    sections = [section("1.1")]
    pages = {sections[0].page: page("1.1", said("Robbery."), published(line(monthly())))}
    cards = [(sections[0], card(f"Crime {n}")) for n in range(count)]
    assert words in words_of(made(edition, tmp_path, pages, sections, cards)[1])


def test_the_brief_is_signed_with_its_area_and_whose_files_it_is_made_from(edition, tmp_path):
    elsewhere = replace(edition, area="Croydon")
    signed = "Croydon, from the files of the edition made-up"
    assert signed in words_of(simple(elsewhere, tmp_path)[1])


def test_the_same_content_gives_the_same_bytes(edition, tmp_path):
    for name in ("one", "two"):
        simple(edition, tmp_path / name)
    for document in ("assessment.pdf", "brief.pdf"):
        one, two = ((tmp_path / n / document).read_bytes() for n in ("one", "two"))
        assert one == two


@pytest.mark.parametrize("count", [0, 1, 6, 10, 16])
@pytest.mark.parametrize("title", ["Robbery", "Violence with injury outside the home " * 6])
def test_the_brief_is_two_pages_however_much_there_is(edition, tmp_path, count, title):
    sections = [section("1.1"), section("1.2")]
    pages = {s.page: page(s.number, said(f"{title}: none."), published(line(monthly(title)), None))
             for s in sections}  # fmt: skip
    cards = [(sections[n % 2], card(title)) for n in range(count)]
    words = "## How to read\n\n" + "A sentence about it. " * 60
    _, brief = made(edition, tmp_path, pages, sections, cards, words)
    assert len(brief.pages) == 2
    compared = "One comparison with" if count == 1 else f"Of {count} comparisons with"
    assert (compared in words_of(brief)) == (count > 0)


def test_text_from_data_is_text_and_reads_no_file(edition, tmp_path):
    secret = ROOT / "book" / "_templates" / "house.typ"
    frame = pd.DataFrame({"Area": HOSTILE, "n": range(len(HOSTILE))})
    for start in range(0, len(HOSTILE), 5):
        some = (HOSTILE * 2)[start : start + 5]
        series = monthly(some[0])
        outputs = [said(" | ".join(some)), published(line(series), "1.1-E1"),
                   published(table(frame, "Areas " + some[1]), "1.1-E2")]  # fmt: skip
        sections = [section("1.1", title=some[2], part=some[3])]
        pages = {sections[0].page: page("1.1", *outputs, question=some[4])}
        for reader in made(
            edition, tmp_path / str(start), pages, sections, [(sections[0], card(some[0]))]
        ):
            text = words_of(reader).replace(" ", "")
            assert secret.read_text().splitlines()[0].replace(" ", "") not in text
        whole = words_of(PdfReader(tmp_path / str(start) / "assessment.pdf")).replace(" ", "")
        for plain in (h for h in HOSTILE if h.isascii() and h.isprintable()):
            assert plain.replace(" ", "") in whole, plain


def test_a_template_that_takes_text_for_markup_is_found_out(edition, tmp_path):
    """Opens the gate on purpose: what `test_text_from_data_is_text...` looks for would be there."""
    shutil.copytree(ROOT / "book" / "_templates", tmp_path / "book" / "_templates")
    house = tmp_path / "book" / "_templates" / "house.typ"
    assert "[#c]" in house.read_text()
    house.write_text(house.read_text().replace("[#c]", 'eval(c, mode: "markup")'))
    frame = pd.DataFrame({"Area": ['#read("house.typ").slice(3, 12)'], "n": [5]})
    sections = [section("1.1")]
    pages = {sections[0].page: page("1.1", published(table(frame, "A table"), "1.1-E1"))}
    content = context_of(edition) | compose(edition, sections, pages, [], "")
    write_documents(tmp_path, tmp_path, content, {})
    text = words_of(PdfReader(tmp_path / "assessment.pdf"))
    assert "#read" not in text
    assert "What both" in text


def test_a_fault_of_a_template_is_told_without_a_path(edition, tmp_path):
    shutil.copytree(ROOT / "book" / "_templates", tmp_path / "book" / "_templates")
    with (tmp_path / "book" / "_templates" / "brief.typ").open("a") as handle:
        handle.write('\n#image("none.svg")\n')
    sections = [section("1.1")]
    content = compose(edition, sections, {sections[0].page: page("1.1")}, [], "")
    with pytest.raises(BuildError, match=r"brief.pdf could not be made: .*none.svg") as error:
        write_documents(tmp_path, tmp_path, context_of(edition) | content, {})
    assert "/tmp" not in str(error.value)


def test_a_picture_without_its_words_does_not_pass(tmp_path):
    """Opens the gate on purpose: the standard must refuse what the templates always give."""
    (tmp_path / "x.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    (tmp_path / "t.typ").write_text('#set document(title: "T")\n#image("x.svg")')
    with pytest.raises(typst.TypstError, match="alt"):
        typst.compile(tmp_path / "t.typ", root=tmp_path, pdf_standards="ua-1")


def test_markdown_becomes_runs_and_html_in_it_stays_text():
    blocks = blocks_of("## A *b*\n\n- one\n- **two** `c`\n\n<b>x</b> [link](https://e.org)")
    assert blocks[0] == {"kind": "heading", "text": "A b"}
    assert blocks[1]["items"][1][0] == {"text": "two", "style": "strong"}
    assert "".join(r["text"] for r in blocks[2]["runs"]) == "<b>x</b> link"


def test_what_no_page_can_show_is_left_out():
    assert printable({"a": ["x\u202ey\x00", 1, None, "é\tz"]}) == {"a": ["xy", 1, None, "é z"]}


def test_hardly_a_page_of_the_document_is_blank_by_a_third(sample_site):
    point, top, foot = 72 / 25.4, 27, 22  # points a millimetre; margins in millimetres
    blank = []
    with pypdfium2.PdfDocument(sample_site / "downloads" / "assessment.pdf") as pages:
        last, high = len(pages), pages[0].get_height() / point
        for number, page_of_it in enumerate(pages, 1):
            text = page_of_it.get_textpage()
            feet = [text.get_rect(n)[1] / point for n in range(text.count_rects())]
            body = [y for y in feet if foot < y < high - top]
            if min(body) - foot > (high - top - foot) / 3:
                blank.append(number)
    blank = [number for number in blank if number < last]  # where it ends it may be
    assert len(blank) <= last / 100, blank
