"""What was a site made from? Edition, data, library and versions, and the hash of every file."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sbpanalysis import __version__
from sbpanalysis.publish import cache
from sbpanalysis.publish.release import digest

NO_COMMIT = "not known: the library was not run from a checkout of git"
CHANGED = ", with changes that were not committed"
_MADE_OF = (
    "src",
    "assessments",
    "book",
    "notebooks",
    "data/reference",
    "requirements.lock",
    "_config.yml",
)


def manifest(root: Path, edition, snapshots: list[str]) -> dict:
    """What `manifest.json` says of a site besides the hashes of its `pages`; no time of the build,
    so that it can be built again.

    `snapshots`: the names of those that its pages read.
    """
    return {
        "edition": edition.name,
        "parameters": {
            "area": edition.area,
            "comparators": list(edition.comparators),
            "confidence": edition.confidence,
            "priorities": list(edition.priorities),
            "sections": edition.sections,
        },
        "synthetic": edition.is_sample,
        "data_up_to": str(edition.period_end),
        "snapshots": edition.snapshot_table(sorted(set(snapshots))).to_dict("records"),
        "library": {
            "name": "sbpanalysis",
            "version": __version__,
            "commit": commit(root),
            "sha256": cache.library(root),
        },
        "environment": {"file": "requirements.lock", "sha256": digest(root / "requirements.lock")},
    }


def commit(root: Path) -> str:
    """The commit of git that a checkout is at, and whether what makes a site differs from it."""
    try:
        top = _git(root, "rev-parse", "--show-toplevel")
        if Path(top).resolve() != root.resolve():
            return NO_COMMIT  # a copy that lies within somebody else's checkout
        changed = _git(root, "status", "--porcelain", "--", *_MADE_OF)
        return _git(root, "rev-parse", "HEAD") + (CHANGED if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return NO_COMMIT


def _git(root: Path, *words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return ran.stdout.strip()
