"""May an edition's numbers of persons be published together? Asked before any page is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from sbpanalysis.disclosure import gate
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.cache import calendars, kept_frame
from sbpanalysis.report.edition import Edition


def refuse_told(root: Path, edition: Edition) -> None:
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
