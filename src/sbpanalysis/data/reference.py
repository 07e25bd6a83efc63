"""What do the small committed tables say? Areas, offences, measures, breaks, sources."""

from __future__ import annotations

import io
import os
import sys
from functools import lru_cache
from pathlib import Path

import pandas as pd

from sbpanalysis.data.documents import load_yaml, named, read_text
from sbpanalysis.errors import DataError
from sbpanalysis.paths import CONSULTED, root


def path(name: str) -> Path:
    """The file `name` in data/reference of this checkout."""
    found = _place(root(), name)
    sys.audit(CONSULTED, str(found))
    return found


@lru_cache(maxsize=64)
def _place(checkout: Path, name: str) -> Path:
    return checkout / "data" / "reference" / name


def table(name: str) -> pd.DataFrame:
    """The CSV table `name`, all of it text, empty cells as empty text."""
    return _read(name)


def entries(name: str) -> dict:
    """The mapping in the YAML file `name`."""
    return _read(name)


def _read(name: str) -> pd.DataFrame | dict:
    try:
        return _parsed(file := path(name), os.stat(file).st_mtime_ns)
    except FileNotFoundError:
        raise DataError(
            f"data/reference/{name}: no such file; restore it from the repository."
        ) from None


# The time of the last change is part of the key, so an edit is seen in a running session
@lru_cache(maxsize=32)
def _parsed(file: Path, changed: int) -> pd.DataFrame | dict:
    if file.suffix == ".csv":
        try:
            return pd.read_csv(io.StringIO(read_text(file)), dtype=str, keep_default_na=False)
        except pd.errors.ParserError as error:
            raise DataError(f"{named(file)}: not a table ({error}); mend the file.") from None
    return load_yaml(file)
