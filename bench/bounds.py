"""Is a hostile file refused, in how many seconds and with how much memory?

Each file is small and claims to be more than any machine holds, or is meant to keep a reader busy.
It is given to the command in a process of its own; printed are seconds waited and of processor, the
most memory that the process held, and what was said. Right is: nothing taken, no traceback, under
10 seconds and 600 MB.

    python bench/bounds.py [--quick]
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parents[1]
SECONDS, BYTES = 10, 600 * 2**20
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = f'<worksheet xmlns="{_NS}"><sheetData>{{}}</sheetData></worksheet>'
_CHILD = """
import sys
from sbpanalysis.cli import main
try:
    main()
finally:
    held = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print("peak", held[0].split()[1], file=sys.stderr)
"""


def packed(members: dict[str, bytes], level: int = 9) -> bytes:
    """A zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, stored)
    return stream.getvalue()


def workbook(cells: str, shared: str = "", before: str = "") -> bytes:
    """An .xlsx of one sheet with these cells."""
    made, book = io.BytesIO(), openpyxl.Workbook()
    book.active["A1"] = "text"
    book.save(made)
    with zipfile.ZipFile(made) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (before + _SHEET.format(cells)).encode()
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_NS}">{shared}</sst>'.encode()
    return packed(parts)


def far(place: str) -> bytes:
    """Cells at A1 and a place far away."""
    row = "".join(c for c in place if c.isdigit())
    return workbook(
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'
    )


def repeated() -> bytes:
    """An .ods of one cell that is said to be repeated."""
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    cell = '<table:table-cell office:value-type="float" office:value="1" '
    cell += 'table:number-columns-repeated="16384"/>'
    content = (
        f'<office:document-content xmlns:office="{ns}:office:1.0" xmlns:table="{ns}:table:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="a"><table:table-row '
        f'table:number-rows-repeated="1048576">{cell}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return packed(
        {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content.encode()}
    )


def nested(levels: int) -> bytes:
    """Archives of ten archives each, a gigabyte at the bottom of every way down."""
    inner = packed({"a.csv": b"0" * 2**26})
    for _ in range(levels):
        inner = packed({f"{n}.zip": inner for n in range(10)})
    return inner


def overlapping() -> bytes:
    """A directory that names the same bytes a thousand times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 2**20)
        [info] = archive.infolist()
        archive.filelist += [info] * 999
    return stream.getvalue()


def aliases(levels: int) -> bytes:
    """An edition whose aliases stand for ten to the power of the levels."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


def entities() -> bytes:
    """A sheet whose document type expands to gigabytes."""
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
    )
    text = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    return workbook(text, before=f"<!DOCTYPE worksheet [{laughs}]>")


FILES: dict[str, Callable[[], bytes]] = {
    "last cell of all.xlsx": lambda: far("XFD1048576"),
    "cell at ALL60000.xlsx": lambda: far("ALL60000"),
    "repeated cell.ods": repeated,
    "strings.xlsx": lambda: workbook("", "<si><t>aaaaaaaaaaaa</t></si>" * 9_000_000),
    "entities.xlsx": entities,
    "gigabyte.csv.gz": lambda: gzip.compress(b"0" * 2**30),
    "gz of gz.csv.gz": lambda: gzip.compress(gzip.compress(b"0" * 2**30)),
    "sixteen gz.zip": lambda: packed(
        dict.fromkeys([f"{n}.csv.gz" for n in range(16)], gzip.compress(b"0" * (2**26 - 1)))
    ),
    "sixteen.zip": lambda: packed(
        dict.fromkeys([f"{n}.csv" for n in range(16)], b"0" * (2**26 - 1))
    ),
    "archives.zip": lambda: nested(1),
    "archives within archives.zip": lambda: nested(3),
    "thirty thousand.zip": lambda: packed(dict.fromkeys(map(str, range(30_000)), b"")),
    "one file a thousand times.zip": overlapping,
    "one line.csv.gz": lambda: gzip.compress(b"a," * (2**25 - 1)),
    "brackets.geojson": lambda: b"[" * 10_000_000,
    "numbers.json": lambda: (
        b'{"type":"FeatureCollection","features":[' + b"1," * 5_000_000 + b"1]}"
    ),
    "aliases.yml": lambda: aliases(12),
    "aliases to itself.yml": lambda: b"a: &a [*a]\n",
    "deep.yml": lambda: b"a: " + b"[" * 100_000,
}


def tried(path: Path) -> tuple[float, float, int, int, str]:
    """Seconds waited and of processor, bytes held, exit code and last line of the command."""
    words = ["check", "-e", str(path)] if path.suffix == ".yml" else ["add", str(path)]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", _CHILD, *words],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "300"},
    )  # fmt: skip
    waited, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = (ran.stdout + ran.stderr).strip().splitlines()
    peak = next((int(x.split()[1]) for x in reversed(lines) if x.startswith("peak ")), 0)
    said = " ".join(x.strip() for x in lines if not x.startswith("peak "))
    return waited, used, 1024 * peak, ran.returncode, said


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="as it is: it takes a minute")
    ask.parse_args()
    print("| file | bytes | seconds | of processor | MB held | |\n|---|---|---|---|---|---|")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in FILES.items():
            path = Path(folder) / name
            path.write_bytes(make())
            waited, used, held, code, said = tried(path)
            right = code == 1 and held and "Traceback" not in said
            right = right and used < SECONDS and held < BYTES
            wrong += not right
            print(
                f"| {name} | {path.stat().st_size:,} | {waited:.1f} | {used:.1f} "
                f"| {held / 2**20:,.0f} | {'' if right else 'WRONG: '}{said[-110:]} |",
                flush=True,
            )
            path.unlink()
    print(f"{wrong} of {len(FILES)} not refused within {SECONDS} s and {BYTES >> 20} MB")


if __name__ == "__main__":
    main()
