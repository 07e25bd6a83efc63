"""How do the methods pages, written as text with code cells, become notebooks that are run?"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import nbformat

from sbpanalysis.publish.cache import inputs_of, key_of
from sbpanalysis.publish.execute import Job

SAMPLE = "bromley-sample"  # the edition that the pages' examples are of


def method_jobs(root: Path, shared: dict[str, str], folder: Path) -> list[Job]:
    """A job for each page of `book/methods`, its notebook written under `folder`."""
    jobs = []
    target = folder / "method-sources"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((root / "book" / "methods").glob("*.md")):
        written = target / f"{path.stem}.ipynb"
        written.write_text(_notebook(path, path.read_text("utf-8")), "utf-8")
        inputs = inputs_of(written, {}, shared)
        jobs.append(Job(f"methods/{path.stem}", str(written), {}, key_of(inputs), inputs))
    return jobs


@lru_cache(maxsize=64)
def _notebook(path: Path, text: str) -> str:
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook = read_myst_markdown_notebook(text, path=path)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{path.stem}-{number}"[:64]
    return nbformat.writes(notebook)
