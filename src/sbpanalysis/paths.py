"""Which checkout is this? Everything read and written stays inside it."""

from __future__ import annotations

import os
import platform
import shutil
from functools import lru_cache
from pathlib import Path

from sbpanalysis.errors import DataError

# The audit event of a reference table in use: heard even if it was parsed before, so not opened
CONSULTED = "sbpanalysis.consulted"
# The audit event of counts of persons that are given month by month, or as totals of months
CALENDAR = "sbpanalysis.calendar"

DRAFT = "draft"  # the folder beside a site with pages that are newer, for `sbp serve --watch` only


def root(start: Path | None = None) -> Path:
    """The checkout that the command runs in: the nearest folder upwards with `_config.yml`."""
    return _root(str(start or os.getcwd()))


@lru_cache(maxsize=16)  # asked for with every table, and of the same folder
def _root(start: str) -> Path:
    here = Path(start).resolve()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise DataError(
        f"{here}: no checkout here (no folder upwards holds _config.yml and book/); "
        "change into the folder that was cloned."
    )


def local(root: Path) -> Path:
    """The folder of a council's own contents, measures, commentary and brand, which git ignores.

    SBP_LOCAL names another folder of the checkout in its place.
    """
    return root / os.environ.get("SBP_LOCAL", "local")


def unfinished(what: str) -> str:
    """A name for a file or folder until it is whole: `sweep` knows by it who is at work on it."""
    return f".{platform.node()}~{os.getpid()}~{what}"


def sweep(*folders: Path) -> None:
    """Remove what processes of this machine had not finished in these folders when they ended."""
    import psutil

    for folder in folders:
        for path in folder.glob(f".{platform.node()}~*~*"):
            owner = path.name.split("~")[1]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(path, ignore_errors=True)
                path.unlink(missing_ok=True)
