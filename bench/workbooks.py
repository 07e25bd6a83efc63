"""How much memory do the largest workbooks take to be read?

    python bench/workbooks.py [--quick]

Writes a workbook of fires in the London Fire Brigade's layout (690,000 calls) and one of the Home
Office's tables by partnership (five years, 1.1 million rows), figures invented, and reads each in a
process of its own: MB unpacked, seconds of processor, and the most memory that it had.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from string import ascii_uppercase

from engine import PYTHON, ROOT

from sbpanalysis.data.territory import territory

READ = """
import resource, sys, time
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
file = RawFile.open(sys.argv[1])
size = sum(file.sizes.values()) / 1e6
source = read(file).source
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{source:26}{size:9.0f}{time.process_time():11.0f}{peak:9.0f}", flush=True)
"""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
XLSX = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}relationships"><Relationship Id="r1" '
    f'Type="{_LINK}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}relationships">'
    f'<Relationship Id="r1" Type="{_LINK}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_LINK}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r3" Type="{_LINK}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>",
    # the second style is a date
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
_OPEN = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = {
    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
    "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OPEN}manifest:1.0"/>',
}
CALL = ("{n:06d}-{day:%d%m%Y}", "DAY", "{day.year}", "10:00:00", "10", "Fire", "Secondary Fire", "",
        "Outdoor", "Small refuse/rubbish container", "Within same street", "", "BR1", "0",
        "20400000", "E09000006", "BROMLEY", "Bromley", "E05013991", "Bromley Town", "Bromley Town",
        "", "", "540250", "169350", "", "", "London", "Bromley", "300", "Bromley", "", "", "1",
        "1", "1", "60", "364", "1")  # fmt: skip
OFFENCE = ("{year}", "{quarter}", "{force}", "{place}", "Offence {n} of the counting rules",
           "Group {group}", "Subgroup {n}", "{n}", "{count}")  # fmt: skip
LETTERS = [*ascii_uppercase, *(f"A{letter}" for letter in ascii_uppercase)][: len(CALL)]
COLUMNS = ("Financial Year", "Financial Quarter", "Police Force", "CSP Name",
           "Offence Description", "Offence Group", "Offence Subgroup", "Offence Code",
           "Offence Count")  # fmt: skip
YEARS = ("2021/22", "2022/23", "2023/24", "2024/25", "2025/26")
ELSEWHERE, OFFENCES = 286, 173  # partnerships outside London, offences of each in a quarter


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="a tenth of the rows")
    part = 10 if ask.parse_args().quick else 1
    (ROOT / "build").mkdir(exist_ok=True)
    print(f"{'':26}{'MB':>9}{'processor':>11}{'peak MB':>9}", flush=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
        folder = Path(name)
        calls, tables = folder / "fires.xlsx", folder / "offences.ods"
        strings: dict[str, int] = {}
        pieces = {
            "xl/worksheets/sheet1.xml": fires(690_000 // part, strings),
            "xl/sharedStrings.xml": shared(strings),
        }
        written(calls, XLSX, pieces)
        written(tables, ODS, {"content.xml": offences(OFFENCES // part)})
        for path in (calls, tables):
            subprocess.run([PYTHON, "-c", READ, str(path)], check=True)


def written(path: Path, parts: dict[str, str], pieces: dict[str, Iterator[str]]) -> None:
    """A workbook of these parts, and of parts whose text is written as it comes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
        for name, text in pieces.items():
            with archive.open(name, "w", force_zip64=True) as stream:
                for piece in text:
                    stream.write(piece.encode())


def fires(calls: int, strings: dict[str, int]) -> Iterator[str]:
    """Calls from the first day of 2018 to the last of 2023, as Excel writes them.

    Each cell tells its place, and a text is a number in `strings`, which are gathered here.
    """
    header = (ROOT / "tools" / "sample" / "tables" / "lfb_columns.csv").read_text("utf-8")
    first, days = date(2018, 1, 1), 2191
    yield f'<worksheet xmlns="{_MAIN}"><sheetData>{_xlsx_row(1, header.split(","), strings)}'
    for n in range(calls):
        ahead = n * days // calls
        day = first + timedelta(ahead)
        cells = [cell.format(n=n, day=day) for cell in CALL]
        yield _xlsx_row(n + 2, cells, strings, serial=43101 + ahead)
    yield "</sheetData></worksheet>"


def _xlsx_row(number: int, cells: list[str], strings: dict[str, int], serial: int = 0) -> str:
    inside = "".join(
        _xlsx_cell(f"{column}{number}", text.strip(), strings, serial)
        for column, text in zip(LETTERS, cells, strict=True)
    )
    return f'<row r="{number}">{inside}</row>'


def _xlsx_cell(place: str, text: str, strings: dict[str, int], serial: int) -> str:
    if text == "DAY":
        return f'<c r="{place}" s="1"><v>{serial}</v></c>'
    if text.isdigit() or not text:
        return f'<c r="{place}"><v>{text}</v></c>' if text else f'<c r="{place}"/>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'


def shared(strings: dict[str, int]) -> Iterator[str]:
    """The texts of a workbook, once each."""
    yield f'<sst xmlns="{_MAIN}">'
    yield from (f"<si><t>{text}</t></si>" for text in strings)
    yield "</sst>"


def offences(kinds: int) -> Iterator[str]:
    """A sheet a year: each partnership's offences by quarter."""
    spaces = "".join(f' xmlns:{n}="{_OPEN}{n}:1.0"' for n in ("office", "table", "text"))
    places = [("Metropolitan Police", name) for name in territory().units.values()]
    places += [("Another force", f"Partnership {n}") for n in range(ELSEWHERE)]
    row = _ods_row(OFFENCE)
    yield f"<office:document-content{spaces}><office:body><office:spreadsheet>"
    for year in YEARS:
        yield f'<table:table table:name="{year.replace("/", "_")}">{_ods_row(COLUMNS)}'
        for force, place in places:
            for quarter in "1234":
                told = {"year": year, "quarter": quarter, "force": force, "place": place}
                yield "".join(
                    row.format(n=n, group=n % 9, count=n % 50, **told) for n in range(kinds)
                )
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _ods_row(cells: tuple[str, ...]) -> str:
    inside = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row>{inside}</table:table-row>"


if __name__ == "__main__":
    main()
