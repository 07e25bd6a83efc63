"""What does strict reading cost beside pandas.read_csv of the same files?

    python bench/ingest.py [--data FOLDER]

`sbp add` of every real file of the Metropolitan Police into an empty checkout (read, checked in
every cell, hashed, kept, stored) against a plain pandas.read_csv of each, which keeps nothing.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from engine import PYTHON, ROOT, copied, timed

PLAIN = """
import sys, pandas
for path in sys.argv[1:]:
    pandas.read_csv(path, encoding_errors="replace")
"""


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="one round")
    ask.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "real",
                     help="the folder of published files")  # fmt: skip
    given = ask.parse_args()
    files = sorted(p for p in given.data.rglob("MPS*") if p.name.endswith((".csv", ".csv.gz")))
    if not files:
        print(f"no files of the Metropolitan Police in {given.data.name}/: nothing to measure")
        return
    named = [str(p.resolve()) for p in files]
    ratios = {"seconds": [], "processor": []}
    (ROOT / "build").mkdir(exist_ok=True)
    for _ in range(1 if given.quick else 3):
        with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
            checkout = copied(Path(name))
            add = [PYTHON, "-c", "from sbpanalysis.cli import main; main()", "add", *named]
            timed([*add[:3], "--help"], checkout)  # every module is compiled
            ours, plain = timed(add, checkout), timed([PYTHON, "-c", PLAIN, *named], checkout)
        for key, a, b in zip(ratios, ours, plain, strict=True):
            ratios[key].append((a, b, a / b))
    size = sum(p.stat().st_size for p in files) / 1e6
    print(f"{len(files)} files, {size:.0f} MB; medians of {len(ratios['seconds'])} rounds")
    print(f"{'':12}{'sbp add':>9}{'read_csv':>10}{'times':>8}")
    for key, found in ratios.items():
        cells = [statistics.median(column) for column in zip(*found, strict=True)]
        print(f"{key:12}{cells[0]:9.1f}{cells[1]:10.1f}{cells[2]:8.1f}")


if __name__ == "__main__":
    main()
