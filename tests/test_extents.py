"""A workbook is opened only if what it lays out to is about what stands in it."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Border, Side
from sample.workbooks import ods, xlsx

from sbpanalysis.data import extents, workbooks
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.errors import DataError

NOTES = pd.DataFrame({"Note": ["Shares of those who were asked"]})
SHARES = pd.DataFrame(
    [("PAS", pd.Timestamp("2018-03-31"), "Bromley", "Trust MPS", 0.8, 0.7)],
    columns=["Survey", "Date", "Borough", "Measure", "Proportion", "MPS"],
)
_VALUE = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'
_GAP = '<table:table-cell table:number-columns-repeated="{}"/>'


def with_far_cells(cells: list[tuple[int, int]], second: bool = False, value="x") -> RawFile:
    """The workbook of shares, a cell put at each row and column of its first or second sheet."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx({"Borough": SHARES, "Notes": NOTES})))
    sheet = book.worksheets[int(second)]
    for row, column in cells:
        sheet.cell(row, column, value).border = Border(Side("thin"))
    stream = io.BytesIO()
    book.save(stream)
    return RawFile.of("far.xlsx", stream.getvalue())


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("cell", [(1_048_576, 16_384), (60_000, 1_000), (1_048_576, 30)])
def test_a_cell_far_outside_the_table_is_refused_before_the_workbook_is_laid_out(cell, second):
    file = with_far_cells([cell], second)
    with pytest.raises(DataError, match=f"down to row {cell[0]:,}.*delete what stands far"):
        read(file)


def test_a_cell_far_below_is_refused_also_where_it_is_opened_apart_from_the_table(monkeypatch):
    monkeypatch.setattr(workbooks, "_FIRST", 2**10)
    monkeypatch.setattr(workbooks, "_NEXT", 2**10)
    # a row longer than a part: the rows above it are then opened before it
    file = with_far_cells([(900_000, column) for column in range(1, 60)])
    with pytest.raises(DataError, match=r"down to row 900,000.*delete what stands far"):
        list(workbooks._opened(file)["Borough"]())


def test_cells_without_a_place_stand_one_after_another_and_fill_no_memory():
    far = "<row/>" * 100_000 + f"<row>{'<c><v>1</v></c>' * 2_000}</row>"
    with zipfile.ZipFile(io.BytesIO(xlsx({"Borough": SHARES}))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    [sheet] = [name for name in parts if "worksheets/sheet" in name]
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far.encode() + b"</sheetData>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match="far outside the table"):
        read(RawFile.of("far.xlsx", stream.getvalue()))


def test_a_far_cell_with_a_border_and_nothing_in_it_is_harmless():
    plain = read(RawFile.of("a.xlsx", xlsx({"Borough": SHARES, "Notes": NOTES})))
    assert read(with_far_cells([(1_048_576, 700)], value=None)).table.equals(plain.table)


def spreadsheet(rows_of_xml: str) -> RawFile:
    """An OpenDocument workbook of one sheet."""
    with zipfile.ZipFile(io.BytesIO(ods({"Sheet": SHARES}))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    start, rest = parts["content.xml"].split(b"<table:table-row>", 1)
    end = rest[rest.index(b"</table:table>") :]
    parts["content.xml"] = start + rows_of_xml.encode() + end[end.rindex(b"</table:table>") :]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return RawFile.of("far.ods", stream.getvalue())


REPEATED = ' table:number-columns-repeated="1024"'
FAR_ODS = {
    "a row repeated": f'<table:table-row table:number-rows-repeated="1048576">'
    f"{_VALUE.format(REPEATED)}</table:table-row>",
    "a gap of rows and columns": f"<table:table-row>{_VALUE.format('')}</table:table-row>"
    '<table:table-row table:number-rows-repeated="900000"/><table:table-row>'
    f"{_GAP.format(1000)}{_VALUE.format('')}</table:table-row>",
    "many rows repeated": (
        f'<table:table-row table:number-rows-repeated="999">{_VALUE.format(REPEATED)}'
        "</table:table-row>"
    )
    * 100,
}


@pytest.mark.parametrize("how", FAR_ODS)
def test_repeats_of_an_ods_that_fill_the_memory_are_refused(how):
    with pytest.raises(DataError, match="delete what stands far outside"):
        extents.check(spreadsheet(FAR_ODS[how]))


def test_the_empty_rest_of_a_sheet_as_offices_write_it_is_harmless():
    row = f"<table:table-row>{_VALUE.format('')}{_GAP.format(16383)}</table:table-row>"
    rest = f'<table:table-row table:number-rows-repeated="1048574">{_GAP.format(16384)}'
    file = spreadsheet(row * 2 + rest + "</table:table-row>")
    extents.check(file)
    assert list(map(len, workbooks._beginnings(file).values())) == [2]
