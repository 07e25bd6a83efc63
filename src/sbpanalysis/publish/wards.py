"""How does one notebook become a page for each ward, and how do other pages lead to them?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from sbpanalysis.data import classification
from sbpanalysis.publish.assessment import Section, declared, load_wards, notebook_path, slug
from sbpanalysis.publish.flow import trace
from sbpanalysis.publish.lift import Page, lift

EVIDENCE = "every-figure-wards"


def ward_sections(root: Path, edition) -> list[Section]:
    """What the ward pages are made from; nothing if the edition holds no figures by ward."""
    section = load_wards(root)
    held = section and any(edition.by_ward([m]) for m in section.parameters["measures"])
    return [section] if held else []


def ward_pages(executed: nbformat.NotebookNode) -> tuple[list[Page], dict[str, str]]:
    """The page of all wards and one a ward; and by the code of each ward, its page.

    The notebook says `sbp.page(name, code)` before what belongs to a ward. Cells tagged `each-page`
    stand on every ward's page, those tagged `all-pages` on the common one too.
    """
    trace(executed)
    outputs = [o for cell in executed.cells for o in cell.get("outputs", ())]
    found, paths = [lift(_part(executed, ""), "wards", "Wards", "wards", EVIDENCE)], {}
    for name, code in sorted(set(filter(None, map(_page, outputs)))):
        path = f"wards/{slug(name)[:60] or slug(code)}"
        path = f"{path}-{slug(code)}" if path in paths.values() else path
        paths[code] = path
        page = lift(_part(executed, code), path, name, "wards", EVIDENCE)
        page.under = "wards"
        _code_on(found[0], page)
        found.append(page)
    return found, paths


def _code_on(common: Page, page: Page) -> None:
    """Lead what a ward's page says to the code that stands on the page of all wards alone."""
    for item in [*page.claims, *page.figures]:
        cell = item.get("cell")
        if cell in common.methods and cell not in page.methods:
            item["code"] = f"{common.page}.html#method-{cell}"


def _part(executed: nbformat.NotebookNode, code: str) -> nbformat.NotebookNode:
    """What of a notebook is for the page of one ward, or with no code for that of all."""
    part = new_notebook(cells=[new_markdown_cell("# ")] if code else [])
    for cell in executed.cells:
        tags = set(cell.metadata.get("tags", ()))
        if "all-pages" in tags or (code and "each-page" in tags):
            part.cells.append(cell)
        elif cell.cell_type == "code":
            outputs = [o for whose, o in _placed(cell.outputs) if whose == code]
            if outputs:
                part.cells.append(nbformat.from_dict({**cell, "outputs": outputs}))
        elif not code and "each-page" not in tags:
            part.cells.append(cell)
    return part


def _placed(outputs: list) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Each output with the code of the ward whose page it is for."""
    whose = ""
    for output in outputs:
        if page := _page(output):
            whose = page[1]
        else:
            yield whose, output


def _page(output) -> tuple[str, str] | None:
    """The name and code of the ward whose page begins with an output."""
    message = output.get("metadata", {}).get("sbp", {})
    return tuple(message["page"]) if "page" in message else None


def sections_of(root: Path, sections: list[Section]) -> dict[str, str]:
    """Measure -> the page of the first section about it, or about one that it may stand in for."""
    pages: dict[str, str] = {}
    broader: dict[str, str] = {}
    for section in sections:
        if section.waits_for:
            continue
        path = notebook_path(root, section)
        known = declared(nbformat.read(path, 4), path.name)
        usual = known["measure"].default if "measure" in known else None
        measure = section.parameters.get("measure", usual)
        if isinstance(measure, str):
            pages.setdefault(measure, section.page)
            for name in classification.current().broader(measure):
                broader.setdefault(name, section.page)
    return broader | pages
