"""How long does a site take, cold, warm and after an edit, against the tools it stands on?

Each row is one command in a process of its own: seconds waited, seconds of processor (its
children's too), and both as multiples of this project's row of the same round. Rounds go through
all rows in turn, and the table gives medians, so that other work on the machine hits all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
PARTS = (
    "_config.yml",
    "assessments",
    "book",
    "data/reference",
    "data/sample.zip",
    "notebooks",
    "requirements.lock",
    "src",
)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="one round, fewer rows")
    ask.add_argument("--edition", default="bromley-sample")
    ask.add_argument("--data", help="the folder of its files, where they are published ones")
    ask.add_argument("--only", choices="abc", help="one of the tables")
    given = ask.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as name:
        checkout = copied(Path(name))
        sbp = [PYTHON, "-c", "from sbpanalysis.cli import main; main()", "build", "-e"]
        data = ["--data", str(Path(given.data).resolve())] if given.data else []
        command = [*sbp, given.edition, *data]
        timed(command, checkout)  # the sample is written and every module compiled
        rounds = 1 if given.quick else 3
        if given.only in (None, "a"):
            against(checkout, command, rounds, quick=given.quick)
        if given.only in (None, "b"):
            edits(checkout, command, rounds)
        if given.only in (None, "c"):
            guarded(checkout, command, rounds)


def copied(folder: Path) -> Path:
    """A checkout of its own, so that no edit disturbs the measurement, nor it the checkout."""
    for part in PARTS:
        source = ROOT / part
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    os.environ["PYTHONPATH"] = str(folder / "src")
    return folder


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds waited and seconds of processor of a command; its failure ends the measurement."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    waited, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        sys.exit(f"{' '.join(command)[:200]}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return waited, used


def against(checkout: Path, command: list[str], rounds: int, quick: bool) -> None:
    """(a) A cold build, and the same notebooks run by the tools as they are."""
    parameterised(checkout)
    prepare = {"this project": lambda: shutil.rmtree(checkout / "build" / "cache")}
    rows = {
        "this project": command,
        "this project, --cold": [*command, "--cold"],
        "jupyter-book build, executing": [
            PYTHON, "-c", "from jupyter_book.cli.main import main; main()",
            "build", "bench/executed", "--all", "--quiet",
        ],
        "papermill, one by one, no site": [PYTHON, "-c", PAPERMILL],
        "nbconvert --execute, no site": [
            PYTHON, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace",
            *sorted(map(str, (checkout / "bench" / "ran").rglob("*.ipynb"))),
        ],
    }  # fmt: skip
    prepare["this project, --cold"] = prepare["this project"]
    if quick:
        rows = dict(list(rows.items())[::2][:2])
    table("(a) a cold build", measured(rows, checkout, rounds, prepare))


UNGUARDED = """
import sbpanalysis.publish.build as build, sbpanalysis.publish.contents as contents
build.refuse_needles = build.refuse_traces = contents.refuse_derivable = lambda *given: None
build.released.files = lambda site: {}
from sbpanalysis.cli import main; main()
"""


def guarded(checkout: Path, command: list[str], rounds: int) -> None:
    """(c) A cold build with and without what keeps persons from being found again."""
    rows = {"this project": command, "without its gates": [PYTHON, "-c", UNGUARDED, *command[3:]]}
    prepare = dict.fromkeys(rows, lambda: shutil.rmtree(checkout / "build" / "cache"))
    table("(c) the gates for persons", measured(rows, checkout, rounds, prepare))


PAPERMILL = """
import glob, papermill
for path in sorted(glob.glob("bench/ran/**/*.ipynb", recursive=True)):
    papermill.execute_notebook(path, path, kernel_name="python3", progress_bar=False)
"""


def parameterised(checkout: Path) -> None:
    """The notebooks of the last build, outputs taken out, as a book that executes them."""
    import nbformat

    book, ran = checkout / "bench" / "executed", checkout / "bench" / "ran"
    [kept] = (checkout / "build").glob("*/notebooks")
    for path in sorted(kept.rglob("*.ipynb")):
        notebook = nbformat.read(path, 4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        for folder in (book, ran):
            target = folder / path.relative_to(kept)
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target)
    pages = [p.relative_to(book).with_suffix("").as_posix() for p in sorted(book.rglob("*.ipynb"))]
    _as_book(book, pages, {"execute_notebooks": "force", "timeout": 300})


def _as_book(book: Path, pages: list[str], execute: dict) -> None:
    chapters = [{"file": p} for p in pages[1:]]
    contents = {"format": "jb-book", "root": pages[0], "chapters": chapters}
    (book / "_toc.yml").write_text(yaml.safe_dump(contents), "utf-8")
    config = {"title": "the same notebooks", "execute": execute, "only_build_toc_files": True}
    (book / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")


def edits(checkout: Path, command: list[str], rounds: int) -> None:
    """(b) The same build again after an edit, beside a bare rendering of the same pages."""
    notebook = checkout / "notebooks" / "london.ipynb"
    table_ = checkout / "data" / "sample" / "partner_gang_flagged_offences.csv"
    timed(command, checkout)
    rendered(checkout)

    def edit_notebook() -> None:
        text = json.loads(notebook.read_text("utf-8"))
        text["cells"][0]["source"] = [*text["cells"][0]["source"], " "]
        notebook.write_text(json.dumps(text), "utf-8")

    def edit_table() -> None:
        text, _, number = table_.read_text("utf-8").rstrip().rpartition(",")
        table_.write_text(f"{text},{int(number) + 1}\n", "utf-8")

    rows = {
        "jupyter-book build, nothing to run": [
            PYTHON, "-c", "from jupyter_book.cli.main import main; main()",
            "build", "bench/rendered", "--all", "--quiet",
        ],
        "nothing changed": command,
        "one notebook changed": command,
        "one data file changed": command,
    }  # fmt: skip
    prepare: dict[str, Callable] = {
        "one notebook changed": edit_notebook,
        "one data file changed": edit_table,
    }
    table("(b) a build after an edit", measured(rows, checkout, rounds, prepare))


def rendered(checkout: Path) -> None:
    """The pages of the last build as a book of executed notebooks, which are not run again."""
    [kept] = (checkout / "build").glob("*/notebooks")
    book = checkout / "bench" / "rendered"
    shutil.copytree(kept, book)
    pages = [p.relative_to(book).with_suffix("").as_posix() for p in sorted(book.rglob("*.ipynb"))]
    _as_book(book, pages, {"execute_notebooks": "off"})


def measured(rows: dict, folder: Path, rounds: int, prepare: dict) -> dict[str, list]:
    found: dict[str, list] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, command in rows.items():
            prepare.get(name, lambda: None)()
            found[name].append(timed(command, folder))
    return found


def table(title: str, found: dict[str, list]) -> None:
    """Medians, and the median of the ratios of each round to the first row."""
    first = next(iter(found.values()))
    print(f"\n{title}: medians of {len(first)} rounds on {os.cpu_count()} cores")
    print(f"{'':34}{'seconds':>9}{'times':>8}{'processor':>11}{'times':>8}")
    for name, runs in found.items():
        cells = []
        for i in (0, 1):
            cells.append(statistics.median(r[i] for r in runs))
            cells.append(statistics.median(r[i] / f[i] for r, f in zip(runs, first, strict=True)))
        print(f"{name:34}{cells[0]:9.1f}{cells[1]:8.2f}{cells[2]:11.1f}{cells[3]:8.2f}", flush=True)


if __name__ == "__main__":
    main()
