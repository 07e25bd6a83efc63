"""How do the methods pages, written as text with code cells, become notebooks that are run?"""

from __future__ import annotations

from pathlib import Path

import nbformat

from sbpanalysis.publish.cache import inputs_of, key_of
from sbpanalysis.publish.execute import Job


def method_jobs(root: Path, shared: dict[str, str], folder: Path) -> list[Job]:
    """A job for each page of `book/methods`, its notebook written under `folder`."""
    from myst_nb.core.read import read_myst_markdown_notebook

    jobs = []
    target = folder / "method-sources"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((root / "book" / "methods").glob("*.md")):
        notebook = read_myst_markdown_notebook(path.read_text("utf-8"), path=path)
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"{path.stem}-{number}"[:64]
        written = target / f"{path.stem}.ipynb"
        nbformat.write(notebook, written)
        inputs = inputs_of(written, {}, shared)
        jobs.append(Job(f"methods/{path.stem}", str(written), {}, key_of(inputs), inputs))
    return jobs
