"""Every kind of crime in one table: the page that computes it, and its place on the front page."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from sbpanalysis.publish.assessment import KINDS, Section, load_overview
from sbpanalysis.publish.lift import Page
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.highlights import Kinds
from sbpanalysis.report.html import overview_html

WHOLE = "total_notifiable_offences"
MONTHS = 24  # that a comparison of a year with the one before takes in


def overview_sections(root: Path, edition) -> list[Section]:
    """What the table is made from; nothing if the edition holds no whole of recorded crime."""
    section = load_overview(root)
    held = section is not None and len(edition.series(WHOLE)) >= MONTHS
    return [section] if held else []


def table_of(page: Page, sections: list[Section], edition) -> str:
    """The table of the page of all kinds, as it stands on the front page, with its links."""
    table, told = figure_of(page), changes_of(page, edition)
    by_measure = {s.parameters.get("measure"): s for s in reversed(sections) if s.notebook}
    pages = {measure: f"{KINDS}.html#claim-{c['id']}" for measure, c in told.items()}
    pages |= {m: f"{s.page}.html" for m, s in by_measure.items() if m in told}
    evidence = {
        measure: (f"{page.evidence}.html#{c['id']}", edition.measure_title(measure))
        for measure, c in told.items()
    }
    named = {m for m, section in by_measure.items() if section.number in edition.priorities}
    body = overview_html(table, pages, evidence, named)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table["notes"])
    csv = f'<a href="downloads/{table["name"]}.csv" download>Download this table (CSV)</a>'
    more = f'<p class="source">{csv}. <a href="{KINDS}.html">How it was computed</a>.</p>'
    return f'<div class="overview-place">{body}{notes}{more}</div>'


def figure_of(page: Page) -> dict:
    """The table of the page of all kinds, as it was displayed."""
    [table] = [figure for figure in page.figures if figure["lines"]]
    return table


def changes_of(page: Page, edition: Edition) -> dict[str, dict]:
    """Measure -> the claim of its change, for what the table tells."""
    return {
        claim["measure"]: claim
        for claim in page.claims
        if claim["kind"] == "change" and claim["area"] == edition.area
    }


def kinds_of(page: Page, edition: Edition) -> Kinds:
    """The rows of the table, for what the front page and the documents say of all of them."""
    table = figure_of(page)["table"]
    peers, names = edition.peers
    return Kinds(
        pd.DataFrame(table["rows"], columns=table["columns"]),
        edition.measure_title(WHOLE),
        edition.area,
        edition.territory.name,
        (peers, len(names) - 1),
    )
