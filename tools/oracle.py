"""Did a change of the library change any answer? Digests of all that the editions and readers say.

    .venv/bin/python tools/oracle.py > build/before.jsonl
    .venv/bin/python tools/oracle.py > build/after.jsonl; diff build/before.jsonl build/after.jsonl

`--quick` asks the sample and one other edition alone, and reads no files.

One JSON line a question, in the order in which they are asked: every `load` of every measure,
level and group, every series of the areas compared, provenance and breaks, of every edition that
opens; and what every reader makes of every published file beside the checkout.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import sbpanalysis as sbp
from sbpanalysis.absent import Absent
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.paths import root

SHARED = root().parent / "shared" / "data"
LEVELS = ("borough", "ward", "lsoa", "region", "country")
# Two sources of wards of which the first names no ward of the area
BEXLEY = """\
title: Bexley on two sources
area: Bexley
comparators: [London, Bromley]
period_end: "2022-08"
data:
  - api_crimes-street_bromley_wards_2016-01_2018-06.zip
  - MPS_Ward_Level_Crime_24m_202009-202208.csv.gz
"""


def digest(frame: pd.DataFrame | pd.Series | None) -> str:
    """A digest of a table's values and columns; empty for none."""
    if frame is None:
        return ""
    text = frame.to_csv(index=isinstance(frame, pd.Series))
    return f"{len(frame)} {hashlib.sha256(text.encode()).hexdigest()[:12]}"


def answer(question, *args, **named) -> str:
    """The digest of an answer, or the words of its refusal."""
    try:
        found = question(*args, **named)
        if isinstance(found, Absent):
            return repr(found)
        return digest(found) if found is None or hasattr(found, "to_csv") else str(found)
    except sbp.DataError as error:
        return f"refused: {error}"
    except Exception as error:
        return f"FAULT {type(error).__name__}: {error}"


def editions(*, quick: bool) -> Iterator[sbp.Edition]:
    """Every edition that opens here, and one whose first source is of another area."""
    yield sbp.Edition.open("bromley-sample")
    if not (real := SHARED / "real").is_dir():
        return
    for path in () if quick else sorted((root() / "book" / "editions").glob("*.yml")):
        if path.stem != "bromley-sample":
            yield sbp.Edition.open(path.stem, data=real)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bexley-two.yml").write_text(BEXLEY)
        yield sbp.Edition.open(Path(folder) / "bexley-two.yml", data=real)


def asked_of(edition: sbp.Edition) -> Iterator[list]:
    """What an edition answers, by measure, level and group."""
    for measure in sorted(edition.measures()):
        for level in LEVELS:
            if not edition.has(measure, level) and not edition.has(measure, level, group="all"):
                continue
            where = [edition.name, measure, level]
            for group in (None, "all"):
                yield [*where, group, "load", answer(edition.load, measure, level, group=group)]
            files = edition.provenance(measure, level)
            names = [f"{name} {sha[:9]}" for name, sha in files[["file", "snapshot"]].to_numpy()]
            yield [*where, "provenance", names]
            found = [f"{b.date} {b.kind} {b.comparable}" for b in edition.breaks(measure, level)]
            yield [*where, "breaks", found]
            yield [*where, "totals", answer(edition.totals, measure, level)]
            yield [*where, "latest", answer(edition.snapshot, measure, level)]
        for area in (edition.area, *edition.comparators):
            where = [edition.name, measure, area]
            yield [*where, "series", answer(edition.series, measure, area)]
            yield [*where, "history", answer(edition.history, measure, area)]
            yield [*where, "parts", answer(edition.parts, measure, area)]
    for level in (None, *LEVELS):
        yield [edition.name, level, "population", answer(edition.population, level=level)]
        yield [edition.name, level, "shapes", answer(edition.shapes, level)]


def read_of(path: Path) -> Iterator[list]:
    """What the readers make of a published file, or of each file of an archive."""
    try:
        file = RawFile.open(path)
        files = [file] if (reading := read(file)) or not file.is_zip else file.members()
        for one in files:
            reading = reading or read(one)
            said = [digest(reading.table), *reading.tolerated] if reading else "not recognised"
            yield [path.name, one.name, said]
            reading = None
    except sbp.DataError as error:
        yield [path.name, f"refused: {error}"]


def main() -> None:
    """Print every answer."""
    warnings.simplefilter("ignore")
    quick = "--quick" in sys.argv
    for edition in editions(quick=quick):
        for line in asked_of(edition):
            print(json.dumps(line))
    for path in () if quick else sorted(p for p in SHARED.glob("real/**/*") if p.is_file()):
        for line in read_of(path):
            print(json.dumps(line))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
