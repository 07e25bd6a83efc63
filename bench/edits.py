"""After any edit, does a build that reuses all it can give what a build from nothing gives?

A small site is built; then, edit by edit, it is built again as it stands, and beside it from a copy
of the same files with no cache, store or snapshots, each kernel started plainly. Compared to the
byte: every published file, the manifest, the zip and the executed notebooks; or, where an edit is
refused, that both are refused alike (it is then taken back).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml
from engine import copied

from sbpanalysis.publish.release import page_digests

SECTIONS = ("1.3", "4.5", "4.6")
WARDS = ("total_notifiable_offences", "robbery_offences")  # what ward pages are about
BUILD = [sys.executable, "-c", "from sbpanalysis.cli import main; main()", "build"]
NOT_COPIED = shutil.ignore_patterns("build", "store", "snapshots", "__pycache__", "said.txt")
# Two wordings, or two workings, of one place in the library: an edit puts the other one there
HELPERS = (
    ("report/sentences.yml", "The mean of the {of}", "The average of the {of}"),
    ("report/sentences.yml", "Too few to compare,", "Too few to judge,"),
    ("report/notes.py", "Synthetic sample data: made up", "Synthetic sample figures: made up"),
    ("stats/change.py", "score interval for a ratio", "interval by scores for a ratio"),
    ("data/sources/mps.py", "months = _whole_months(frame", "frame[months] *= 2\n"
     "    months = _whole_months(frame"),
    ("data/sources/mps_dashboard.py", "def read(", "def  read("),
    ("publish/pages.py", '"## What changed"', '"## What has changed"'),
    ("publish/cache.py", "KEPT_DAYS, KEPT_BYTES = 60", "KEPT_DAYS, KEPT_BYTES = 61"),
)  # fmt: skip


def main() -> None:
    """Edit, build twice, compare; print a table, and fail if anything differed."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="six edits, one of each kind")
    ask.add_argument("--edits", type=int, default=50)
    ask.add_argument("--seed", type=int, default=2018)
    given = ask.parse_args()
    count, dice = len(KINDS) if given.quick else given.edits, random.Random(given.seed)
    seen: dict[str, Counter] = {kind: Counter() for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="sbp-") as name:
        folder = Path(name)
        checkout = small(folder / "warm")
        if begun(checkout).wait():
            sys.exit((checkout / "said.txt").read_text("utf-8"))
        for number in range(count):
            kind = list(KINDS)[number % len(KINDS)]
            what, said = one(checkout, folder / f"cold-{number}", kind, dice)
            seen[kind][said] += 1
            print(f"{number + 1:3} {kind:12} {said:9} {what}", flush=True)
    print(f"\n{count} edits, seed {given.seed}")
    columns = ("same", "unchanged", "refused", "DIFFERENT")
    print(f"{'edited':12}" + "".join(f"{c:>12}" for c in columns))
    for kind, counts in seen.items():
        print(f"{kind:12}" + "".join(f"{counts[c]:12}" for c in columns))
    sys.exit(any(counts["DIFFERENT"] for counts in seen.values()))


def small(folder: Path) -> Path:
    """A checkout of its own with a few sections, and methods without worked examples."""
    checkout = copied(folder)
    few(checkout)
    for path in (checkout / "book" / "methods").glob("*.md"):
        head = path.read_text("utf-8").split("```")[0]  # its words, up to the first that is run
        path.write_text(re.sub(r"\[(.*?)\]\([\w-]+\.md\S*\)", r"\1", head), "utf-8")
    return checkout


def few(checkout: Path) -> None:
    """Leave few sections in a checkout's assessment."""
    path = checkout / "book" / "assessment.yml"
    said = yaml.safe_load(path.read_text("utf-8"))
    for part in said["parts"]:
        part["sections"] = [s for s in part["sections"] if s["number"] in SECTIONS]
    said["parts"] = [part for part in said["parts"] if part["sections"]]
    said["wards"]["parameters"]["measures"] = list(WARDS)
    path.write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
    for path in (checkout / "book" / "commentary").rglob("*.md"):
        if path.stem not in SECTIONS:
            path.unlink()
    _changed(checkout / "book" / "editions" / "bromley-sample.yml", _edition_of_few)


def _changed(path: Path, change) -> None:
    said = yaml.safe_load(path.read_text("utf-8"))
    change(said)
    path.write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")


def _edition_of_few(edition: dict) -> None:
    edition["sections"] = {n: p for n, p in edition["sections"].items() if n in SECTIONS}
    edition["priorities"] = [n for n in edition["priorities"] if n in SECTIONS]


def begun(checkout: Path, *words: str) -> subprocess.Popen:
    """A build that has begun; what it says is in `said.txt`."""
    said = (checkout / "said.txt").open("w")
    return subprocess.Popen(
        [*BUILD, *words], cwd=checkout, stdout=said, stderr=said,
        env=os.environ | {"PYTHONPATH": str(checkout / "src"), "COLUMNS": "200"},
    )  # fmt: skip


def one(checkout: Path, other: Path, kind: str, dice: random.Random) -> tuple[str, str]:
    """One edit in words, and what came of it: same, unchanged, refused or DIFFERENT."""
    before = made(checkout)
    path, what = KINDS[kind](checkout, dice)
    shutil.copytree(checkout, other, ignore=NOT_COPIED)
    builds = [begun(checkout), begun(other, "--cold")]
    codes = [build.wait() for build in builds]
    told = [(folder / "said.txt").read_text("utf-8") for folder in (checkout, other)]
    now, fresh = made(checkout), made(other)
    if any(codes):
        alike = codes[0] == codes[1] and told[0] == told[1] and now == before
        edited, content = path
        edited.write_bytes(content)
        said = "refused" if alike else "DIFFERENT"
        what += "" if alike else f"\n{told[0]}\n{told[1]}"
    else:
        unlike = sorted(k for k in now.keys() | fresh.keys() if now.get(k) != fresh.get(k))
        said = "DIFFERENT" if unlike else "unchanged" if now == before else "same"
        what += f"\n{', '.join(unlike)}" if unlike else ""
    shutil.rmtree(other)
    return what, said


def made(checkout: Path) -> dict[str, str]:
    """All that a build publishes, file by file, as digests."""
    folder = checkout / "build" / "bromley-sample"
    if not (folder / "site").exists():
        return {}
    site = (folder / "site").resolve()
    found = page_digests(site) | {"manifest": (site / "manifest.json").read_text("utf-8")}
    found |= {f"notebooks/{k}": v for k, v in page_digests(folder / "notebooks").items()}
    return found | {"zip": page_digests(folder).get(f"{folder.name}.zip", "")}


def replaced(path: Path, change: Callable[[str], str], what: str) -> tuple:
    """Write a file anew; ((path, its bytes before), the edit in words)."""
    before = path.read_bytes()
    coding = "latin-1" if "profiles" in path.name else "utf-8"
    after = change(before.decode(coding)).encode(coding)
    assert after != before, what
    path.write_bytes(after)
    return (path, before), f"{path.name}: {what}"


def value(checkout: Path, dice: random.Random) -> tuple:
    """Another figure in a file of data."""
    path = dice.choice(sorted((checkout / "data" / "sample").glob("*.csv")))

    def change(text: str) -> str:
        found = [m for m in re.finditer(r"(?<=,)\d+(?=[,\r])", text) if m.start() > 300]
        spot = dice.choice(found)
        return f"{text[: spot.start()]}{int(spot[0]) + dice.randint(1, 9)}{text[spot.end() :]}"

    return replaced(path, change, "a figure")


def parameter(checkout: Path, dice: random.Random) -> tuple:
    """Another measure of a section."""
    kinds = ("theft_from_person", "criminal_damage", "robbery", "drug", "burglary")
    names = [f"measure: {kind}_offences" for kind in kinds]
    name = dice.choice(names)

    def change(text: str) -> str:
        old = re.search(r"measure: \w+", text)[0]
        return text.replace(old, name if name != old else names[names.index(old) - 1])

    return replaced(checkout / "book" / "assessment.yml", change, "measure")


def cell(checkout: Path, dice: random.Random) -> tuple:
    """Other words, or another number of months, in a notebook that a section is made from."""
    path = checkout / "notebooks" / dice.choice(["volume_crime.ipynb", "local_picture.ipynb"])

    def change(text: str) -> str:
        notebook = json.loads(text)
        cells = notebook["cells"]
        months = [c for c in cells if "tail(" in "".join(c["source"])]
        if months and dice.random() < 0.5:
            chosen = dice.choice(months)
            new = f"tail({dice.randint(50, 70)})"
            chosen["source"] = re.sub(r"tail\(\d+\)", new, "".join(chosen["source"]), count=1)
        else:
            chosen = dice.choice([c for c in cells[1:] if c["cell_type"] == "markdown"])
            chosen["source"] = (
                "".join(chosen["source"]) + f"\n\nSeen {'again ' * dice.randint(1, 9)}"
            )
        chosen["metadata"]["edited"] = dice.random()
        return json.dumps(notebook, indent=1)

    return replaced(path, change, "a cell")


def helper(checkout: Path, dice: random.Random) -> tuple:
    """Other words or workings in the library."""
    name, one, two = dice.choice(HELPERS)

    def change(text: str) -> str:
        return text.replace(two, one) if two in text else text.replace(one, two)

    return replaced(checkout / "src" / "sbpanalysis" / name, change, "a function or its words")


def row(checkout: Path, dice: random.Random) -> tuple:
    """Another row of a table: what a measure is called and counted in, which offences count."""
    name, column = dice.choice([("measures", "unit"), ("measures", "title"), ("measures", "note"),
                                ("offences", "group"), ("offences", "measures"), ("breaks", "note"),
                                ("sources", "title")])  # fmt: skip
    if name == "sources":
        path, mark = (
            checkout / "data/reference/sources/mps_borough.yml",
            f"title: S{dice.randint(1, 999)} ",
        )
        return replaced(path, lambda text: text.replace("title: ", mark, 1), column)

    def change(text: str) -> str:
        rows = list(csv.DictReader(text.splitlines()))
        chosen = dice.choice(rows)
        if column == "measures":
            chosen[column] = ";".join(chosen[column].split(";")[1:]) or "robbery_offences"
        else:
            chosen[column] = f"{chosen[column]} {dice.choice('abcdefgh')}".strip()
        lines = [",".join(rows[0]), *(",".join(map(quoted, r.values())) for r in rows)]
        return "\n".join(lines) + "\n"

    return replaced(checkout / "data" / "reference" / f"{name}.csv", change, column)


def quoted(text: str) -> str:
    """A cell of a table."""
    return f'"{text}"' if "," in text or '"' in text else text


def version(checkout: Path, dice: random.Random) -> tuple:
    """Another version of a package, or of the library."""
    if dice.random() < 0.5:
        path, mark = (
            checkout / "src/sbpanalysis/__init__.py",
            f'__version__ = "0.1.{dice.random()}"',
        )
        return replaced(path, lambda t: re.sub(r'__version__ = ".*"', mark, t), "the library's")
    mark = f"numpy==2.4.{dice.randint(7, 99_999)}"
    lock = checkout / "requirements.lock"
    return replaced(lock, lambda text: re.sub(r"numpy==[\d.]+", mark, text), "numpy")


KINDS = {"value": value, "parameter": parameter, "cell": cell, "helper": helper, "row": row,
         "version": version}  # fmt: skip

if __name__ == "__main__":
    main()
