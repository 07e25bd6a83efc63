"""May an edition's numbers of persons be published together? Asked before any page is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from sbpanalysis.disclosure import gate
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.cache import kept_frame
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
