"""What does an edition not hold? It is left out of the pages, and listed on one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from nbformat import NotebookNode, from_dict

from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.lift import Cell, Item, Page, page_of
from sbpanalysis.report.display import anchor
from sbpanalysis.report.html import Place

PAGE = "missing"
_COLUMNS = ("Figures", "Why", "Who holds them", "Where they belong")


def parted(executed: NotebookNode) -> tuple[NotebookNode, list[dict]]:
    """A notebook without what is missing, and that: `what`, `why`, `exhibit`, ... as outputs have.

    A heading under which nothing is left goes too, with its words and code; but no code of what
    another part tells. Where the notebook has no figure at all, so do the caveats.
    """
    missing = [dict(m) for cell in executed.cells for m in _missing(cell)]
    if not missing:
        return executed, []
    told = {
        output.metadata["sbp"].get("origin", {}).get("cell")
        for cell in executed.cells
        for output in _outputs(cell)
        if "sbp" in output.metadata
    }
    first, *blocks = _blocks(executed)
    if not {"claim", "exhibit"} & _kinds(executed.cells):
        blocks = [block for block in blocks if "caveats" not in _kinds(block)]
    kept = [cell for block in blocks for cell in block if not _bare(block) or cell.id in told]
    cells = [_without(cell) for cell in [*first, *kept]]
    return from_dict({**executed, "cells": cells}), missing


def _blocks(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """The cells in groups, each from a cell of words to before the next."""
    blocks: list[list[NotebookNode]] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" or not blocks:
            blocks.append([])
        blocks[-1].append(cell)
    return blocks


def _outputs(cell: NotebookNode) -> list[NotebookNode]:
    shown = ("display_data", "execute_result")
    return [o for o in cell.get("outputs", ()) if o.output_type in shown]


def _library_outputs(cell: NotebookNode) -> Iterator[dict]:
    """What the library says of each output; empty of another's."""
    return (output.metadata.get("sbp", {}) for output in _outputs(cell))


def _missing(cell: NotebookNode) -> list[dict]:
    return [about["absent"] for about in _library_outputs(cell) if "absent" in about]


def _bare(block: list[NotebookNode]) -> bool:
    """Whether a block has cells that tell or show, and nothing comes of them."""
    telling = [cell for cell in block if "remove-input" in cell.metadata.get("tags", ())]
    shown = (about for cell in block for about in _library_outputs(cell))
    return bool(telling) and all("absent" in about for about in shown)


def _kinds(cells: Iterable[NotebookNode]) -> set[str]:
    """The kinds of what the library says in cells."""
    return {kind for cell in cells for about in _library_outputs(cell) for kind in about}


def _without(cell: NotebookNode) -> NotebookNode:
    if not _missing(cell):
        return cell
    kept = [o for o in cell.outputs if "absent" not in o.get("metadata", {}).get("sbp", {})]
    return from_dict({**cell, "outputs": kept})


def empty(page: Page) -> bool:
    """Whether a page has no figure because its edition holds none of those it asks for."""
    return bool(page.missing) and not (page.claims or page.figures)


def marked(page: Page, missing: list[dict]) -> Page:
    """The page of a section, which knows what is missing and has its exhibits' anchors at the end.

    One without any figure says where to read what is missing.
    """
    page.missing = missing
    ids = dict.fromkeys(m["exhibit"] for m in missing if m["exhibit"] not in ["", *page.exhibits])
    html = "".join(f'<span id="{anchor(one)}"></span>' for one in ids)
    if empty(page):
        link = f'<a href="{Place(page.page).address(PAGE)}.html">What is missing</a>'
        html += f"<p>This edition holds no figures for this section. {link} says who does.</p>"
    if html:
        page.cells.append(Cell("missing", [Item("html", html)]))
    return page


def listed(edition, sections: Iterable[Section], lifted: dict[str, Page]) -> Page:
    """The page that lists what is missing in which section, why, and who holds it."""
    rows = "".join(_row(*row) for s in sections for row in _rows(s, lifted[s.page]))
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    html = (
        f"<p>Figures that the sections of this assessment ask for and that the edition up to "
        f"{escape(edition.period_end.strftime('%B %Y'))} does not hold. Nothing is said of them "
        "elsewhere; where no holder is named, their publisher is in the list of sources on the "
        'page <a href="data-and-revisions.html">Data and revisions</a>.</p>'
        f'<table class="claims missing"><caption>What is missing, by section</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>The edition holds all the figures that its sections ask for.</p>"
    )
    return Page(page_of("What is missing", [("html", html)]), PAGE)


def _rows(section: Section, page: Page) -> Iterator[tuple]:
    """What a section lacks, each thing once: what, why, holder, form, section, exhibits."""
    if wait := section.waits_for:
        yield wait["shows"], wait["needs"], wait["holder"], "", section, []
    found: dict[tuple, list[str]] = {}
    for one in page.missing:
        key = tuple(one[name] for name in ("what", "why", "holder", "form"))
        exhibits = found.setdefault(key, [])
        if one["exhibit"] and one["exhibit"] not in [*exhibits, *page.exhibits]:
            exhibits.append(one["exhibit"])
    for (what, why, holder, form), exhibits in found.items():
        yield what, why, holder, form, section, exhibits


def _row(what: str, why: str, holder: str, form: str, section: Section, exhibits: list) -> str:
    asked = f"{holder}; the form is data/partner/{form}.md" if form else holder or "Its publisher"
    name = f"{section.number} {section.title}"
    link = f'<a href="{escape(section.page)}.html">{escape(name)}</a>'
    shown = f"<br>{escape(', '.join(exhibits))}" if exhibits else ""
    return (
        f'<tr><th scope="row">{escape(what)}</th><td data-label="Why">{escape(why)}</td>'
        f'<td data-label="Who holds them">{escape(asked)}</td>'
        f'<td data-label="Where they belong">{link}{shown}</td></tr>'
    )
