"""The workbook: every table once, numbers as in the CSV, text never a formula, the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from lifted_pages import HOSTILE, monthly, page, published, said
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.workbook import MISSING, text, write_workbook
from sbpanalysis.report.charts import line
from sbpanalysis.report.tables import table

CONTEXT = {
    "sbp_title": "Made up", "sbp_area": "Bromley", "sbp_period": "December 2018",
    "sbp_edition": "made-up", "sbp_sample": True, "sbp_version": "0.1.0", "sbp_licence": "Open.",
}  # fmt: skip


def frame() -> pd.DataFrame:
    return pd.DataFrame({"Area": ["A", "B", "C"], "Offences": [1234, 0, 7], "Rate": [1.5, None, 2]})


@pytest.fixture
def pages() -> list[Page]:
    rates = table(frame(), "Offences and rates", "Offences, 3 areas, 2018", ["Crime"])
    one = page("1.1", said("Robbery: 1 offence."), published(line(monthly()), "1.1-E1"),
               published(rates))  # fmt: skip
    return [one, page("1.2", said("Burglary: 2 offences."), published(line(monthly()), "1.2-E1"))]


def opened(pages, path) -> openpyxl.Workbook:
    write_workbook(path, pages, CONTEXT)
    return openpyxl.load_workbook(path)


def rows(sheet, start: str) -> list[tuple]:
    """The rows of a sheet's table, from the one whose first cell is `start`."""
    found = list(sheet.iter_rows(values_only=True))
    at = next(i for i, r in enumerate(found) if str(r[0]).startswith(start))
    return found[at:]


def test_a_workbook_of_no_table_says_so(tmp_path):
    book = opened([], tmp_path / "a.xlsx")
    assert book.sheetnames == ["Cover", "Notes"]
    said = [cell for row in book["Cover"].iter_rows(values_only=True) for cell in row]
    assert "No page of it has a table or a sentence with a number." in said


def test_each_table_has_one_sheet_that_the_contents_list_and_link(pages, tmp_path):
    book = opened(pages, tmp_path / "a.xlsx")
    tables = ["1.1-E1", "1.1-F3", "1.2-E1", "Sentences"]
    assert book.sheetnames == ["Cover", "Contents", "Notes", *tables]
    listed = rows(book["Contents"], "Sheet name")[1:]
    assert [r[0] for r in listed] == tables
    links = [c.hyperlink.location for c in book["Contents"]["A"] if c.hyperlink]
    assert links == [f"'{t}'!A1" for t in tables]
    for name in tables:
        assert len(book[name].tables) == 1
        assert not book[name].merged_cells.ranges
        assert book[name]["A1"].value


def test_a_sheet_says_what_it_shows_its_finding_and_its_source(pages, tmp_path):
    sheet = opened(pages, tmp_path / "a.xlsx")["1.1-F3"]
    said_there = [sheet.cell(row, 1).value for row in range(1, 6)]
    assert said_there[0].startswith("1.1-F3: Offences, 3 areas, 2018")
    assert "Offences and rates" in said_there
    assert "Source: Crime" in said_there


def test_numbers_are_those_of_the_csv_and_stay_numbers(pages, tmp_path):
    book = opened(pages, tmp_path / "a.xlsx")
    for held in pages:
        for item in held.figures:
            name = item["id"] or "1.1-F3"
            content = held.assets[f"downloads/{item['name']}.csv"].decode()
            expected = list(csv.reader(io.StringIO(content)))
            found = rows(book[name], expected[0][0])
            assert len(found) == len(expected)
            for row, wanted in zip(found[1:], expected[1:], strict=True):
                for value, cell in zip(row[1:], wanted[1:], strict=True):
                    assert value == (float(cell) if cell else MISSING)
                    assert cell == "" or isinstance(value, int | float)


def test_hidden_counts_keep_their_symbol_and_shown_ones_are_numbers(tmp_path):
    frame = pd.DataFrame({"Age": ["13-15", "16-17"], "Victims": [1235.0, None]})
    frame.attrs["persons"] = True
    sheet = opened([page("7.1", published(table(frame, "Victims"), "7.1-E1"))], tmp_path / "a.xlsx")
    assert rows(sheet["7.1-E1"], "Age")[1:] == [("13-15", 1235), ("16-17", "[c]")]


def test_a_missing_value_is_explained_in_the_notes(pages, tmp_path):
    book = opened(pages, tmp_path / "a.xlsx")
    assert "[note 1]" in book["1.1-F3"]["A1"].value
    assert MISSING in rows(book["Notes"], "Note number")[1][1]


def test_every_sentence_is_listed_with_its_value(pages, tmp_path):
    listed = rows(opened(pages, tmp_path / "a.xlsx")["Sentences"], "Id")
    assert [r[2] for r in listed[1:]] == ["Robbery: 1 offence.", "Burglary: 2 offences."]
    assert [r[3] for r in listed[1:]] == [1, 1]


def test_no_text_becomes_a_formula_or_a_link(tmp_path):
    frame = pd.DataFrame({"Area": HOSTILE, "=n": range(len(HOSTILE)), "=N": range(len(HOSTILE))})
    held = [page("1.1", published(table(frame, f"Areas {h}", h), f"1.1-E{n}"), said(h))
            for n, h in enumerate(HOSTILE, 1)]  # fmt: skip
    path = tmp_path / "a.xlsx"
    book = opened(held, path)
    for sheet in book:
        cells = [c for row in sheet.iter_rows() for c in row]
        assert not [c.value for c in cells if c.data_type == "f"]
        assert sheet.title == "Contents" or not [c for c in cells if c.hyperlink]
        texts = [c.value for c in cells if isinstance(c.value, str)]
        assert not [t for t in texts if t.startswith(("=", "+", "-", "@", "\t", "\r"))]
    parts = zipfile.ZipFile(path).namelist()
    assert not [p for p in parts if "externalLink" in p or "vba" in p]
    assert "<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet4.xml").decode()


def test_the_same_pages_give_the_same_bytes(pages, tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(tmp_path / name, pages, CONTEXT)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "one.xlsx").properties.modified.year == 2000


@pytest.mark.parametrize("hostile", HOSTILE)
def test_safe_text_is_not_empty_and_starts_no_formula(hostile):
    assert text(hostile)
    assert not text(hostile).startswith(("=", "+", "-", "@"))
