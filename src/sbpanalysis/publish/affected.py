"""Which sections stand on a source? What the built site says, and what the assessment asks for."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pandas as pd

from sbpanalysis.data import freshness, reference
from sbpanalysis.data.store import Store
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.report.edition import Edition


def sections_by_source(root: Path, edition, site: Path | None = None) -> dict[str, list[str]]:
    """The numbers of the sections that each source of an edition is behind, by source.

    From the claims of the built site where there is one, and from the measures that
    book/assessment.yml names.
    """
    titles = {about["title"]: key for key, about in reference.sources().items()}
    sections: dict[str, set[str]] = {}
    claims = site / "claims.json" if site else None
    if claims and claims.is_file():
        for claim in json.loads(claims.read_text("utf-8")):
            for title in claim["sources"]:
                sections.setdefault(titles.get(title, title), set()).add(claim["section"])
    for section in load_assessment(root):
        measure = section.parameters.get("measure")
        kinds = product(("borough", "ward"), (None, "all")) if isinstance(measure, str) else ()
        for level, group in kinds:
            for title in edition.provenance(measure, level, group=group)["source"]:
                sections.setdefault(titles.get(title, title), set()).add(section.number)
    return {source: sorted(numbers, key=_order) for source, numbers in sections.items()}


def ages(root: Path, name: str | None, data: str | None = None) -> pd.DataFrame:
    """The freshness of an edition's sources, or of all that are held, with the `sections`."""
    if name is None:
        rows, affected = freshness.of_store(Store(root)), {}
    else:
        edition = Edition.open(name, data=data)
        rows = freshness.of_edition(edition)
        affected = sections_by_source(root, edition, root / "build" / edition.name / "site")
    return rows.assign(sections=[", ".join(affected.get(source, ())) for source in rows["source"]])


def _order(number: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in number.split(".")]
