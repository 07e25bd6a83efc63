"""Which pages does a site have, in which order, and what is made of them together?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sbpanalysis.disclosure import gate
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish import pages
from sbpanalysis.publish.assessment import KINDS, Section, load_overview
from sbpanalysis.publish.cache import calendars, kept_frame
from sbpanalysis.publish.commentary import place
from sbpanalysis.publish.flow import trace
from sbpanalysis.publish.front import front
from sbpanalysis.publish.lift import Page, lift
from sbpanalysis.publish.missing import empty, listed, marked, parted
from sbpanalysis.publish.pages import reference
from sbpanalysis.publish.plan import Plan
from sbpanalysis.publish.revisions_page import data_and_revisions
from sbpanalysis.publish.search import REVIEWERS
from sbpanalysis.publish.wards import sections_of, ward_pages
from sbpanalysis.report.edition import Edition

ANNEX = "Annex: wards"  # the part of documents that holds the ward pages
ABOUT = ("reading", "about", "glossary", "accessibility")


@dataclass(frozen=True)
class Contents:
    """The pages of a site as parts of (caption, pages), the front page first.

    `document`: the sections that documents and workbook hold, with their pages; `cards`: those of
    all sections; `claims`: those of all pages; `links`: the code of a ward, or a measure -> the
    page about it; `bare`: the pages of sections without figures.
    """

    parts: list[tuple[str, list[Page]]]
    document: list[tuple[Section, Page]]
    cards: list[tuple[Section, dict]]
    claims: list[dict]
    links: dict[str, str]
    bare: list[str]

    @property
    def pages(self) -> list[Page]:
        """All pages in order."""
        return [page for _, group in self.parts for page in group]


class Lifting:
    """Lifts each executed notebook once: while others still run, or when its page is wanted."""

    def __init__(self, sections: list[Section]) -> None:
        self._titles = {s.page: (f"{s.number} {s.title}", s.number) for s in sections}
        self._titles[KINDS] = ("Every kind of crime", KINDS)
        self._lifted: dict[tuple[str, Path], object] = {}

    def page(self, name: str, path: Path):
        """The `Page` of the executed notebook at `path`; of "wards", what `ward_pages` gives."""
        if (name, path) not in self._lifted:
            self._lifted[name, path] = self._lift(name, path)
        return self._lifted[name, path]

    def _lift(self, name: str, path: Path):
        notebook = caching.read(path)
        own = notebook.cells[0].source.split("\n")[0].lstrip("# ")
        title, section = self._titles.get(name, (own, ""))
        trace(notebook)
        notebook, missing = parted(notebook)
        if name == "wards":
            return ward_pages(notebook)
        return marked(lift(notebook, name, title, section), missing)


def pages_without_notebook(root: Path, edition: Edition) -> list[Page]:
    """The pages behind the figures that can be made while notebooks run.

    Raises `BuildError` if the edition's numbers of persons tell a hidden one.
    """
    refuse_derivable(root, edition)
    return [pages.breaks(edition), *pages.replayed(root, edition), data_and_revisions(edition)]


def lift_all(plan: Plan, lifting: Lifting, others: list[Page]) -> Contents:
    """The contents of a plan's site, all its notebooks having run; `others` need none."""
    root, edition, sections = plan.root, plan.edition, plan.sections
    lifted = {name: lifting.page(name, path) for name, path in plan.entries.items()}
    own = {s.page: lifted.get(s.page) or pages.waiting(s) for s in sections}
    for section in sections:
        if section.number in plan.commentary:
            place(own[section.page], plan.commentary[section.number], edition)
    document = [(section, own[section.page]) for section in sections]
    cards = [(section, card) for section, page in document for card in page.cards]
    kinds = [lifted[KINDS]] if KINDS in lifted else []
    wards, ward_links = lifted.get("wards", ([], {}))
    bare = {s.page for s in sections if s.waits_for or empty(own[s.page])}
    first = front(edition, cards, sections, kinds, wards, bare)
    behind = [*pages.evidence(edition, [*kinds, *own.values()], wards), *others]
    methods = [lifted[name] for name in sorted(lifted) if name.startswith("methods/")]
    return Contents(
        parts=[
            ("", [first]),
            ("All crime", kinds),
            *_by_part(document),
            ("Wards", wards),
            (REVIEWERS, [*behind, *methods, *_written(root, "refresh"), reference()]),
            ("About", [listed(edition, sections, own), *_written(root, *ABOUT), pages.find()]),
        ],
        document=[
            *((load_overview(root), page) for page in kinds),
            *document,
            *((Section("", page.title, ANNEX, at=page.page), page) for page in wards),
        ],
        cards=cards,
        claims=[claim for page in [*kinds, *own.values(), *wards] for claim in page.claims],
        links=ward_links | sections_of(root, sections),
        bare=sorted(bare),
    )


def _by_part(document: list[tuple[Section, Page]]) -> list[tuple[str, list[Page]]]:
    parts: dict[str, list[Page]] = {}
    for section, page in document:
        parts.setdefault(section.part, []).append(page)
    return list(parts.items())


def _written(root: Path, *names: str) -> list[Page]:
    return [pages.written(root / "book" / f"{name}.md") for name in names]


def refuse_derivable(root: Path, edition: Edition) -> None:
    """Raise `BuildError` if what is published of persons tells a count that is hidden.

    The answer is kept for as long as the edition's data and the editions before are the same.
    """
    kept = sorted((root / "book" / "editions").glob("*.released.csv"))
    before = hashlib.sha256(b"".join(path.read_bytes() for path in kept)).hexdigest()[:12]

    def made() -> pd.DataFrame:
        told = gate.found(edition)
        return pd.DataFrame({"fault": [gate.message(told, edition)] if told else []})

    for fault in kept_frame(root, f"audit-{before}", [edition], made)["fault"]:
        raise BuildError(fault)


def refuse_calendars(entries: dict[str, Path]) -> None:
    """Raise `BuildError` if pages show persons of a measure by month, and as totals of months.

    `entries`: page -> executed notebook. A total less the months that are shown is a hidden one.
    """
    pages: dict[str, dict[str, str]] = {}
    for page, path in sorted(entries.items()):
        for measure, calendar in (line.split(" ") for line in calendars(path)):
            pages.setdefault(measure, {}).setdefault(calendar, page)
    faults = [
        f"- {measure}: months on {found['months']}, totals of months on {found['totals']}"
        for measure, found in sorted(pages.items())
        if len(found) > 1
    ]
    if faults:
        raise BuildError(
            "persons are shown by month and in totals of months, which together tell hidden ones:\n"
            + "\n".join(faults)
            + "\nShow one of the two: edition.series(...) or edition.totals(...)."
        )
