"""What do the small committed tables say? Areas, offences, measures, breaks, sources."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pandas as pd

from sbpanalysis.data.documents import load_yaml, named, read_text
from sbpanalysis.errors import DataError
from sbpanalysis.paths import CONSULTED, root

T = TypeVar("T")


def path(name: str) -> Path:
    """The file `name` in data/reference of this checkout."""
    found = root() / "data" / "reference" / name
    sys.audit(CONSULTED, str(found))
    return found


def table(name: str) -> pd.DataFrame:
    """The CSV table `name`, all of it text, empty cells as empty text."""
    return _parsed(*_as_it_is(name))


def entries(name: str) -> dict:
    """The mapping in the YAML file `name`."""
    return _parsed(*_as_it_is(name))


def derived(make: Callable[..., T], *names: str) -> T:
    """What `make` makes of the tables `names`; made again only when one of them has changed."""
    return _made(make, tuple(_as_it_is(name) for name in names))


def _as_it_is(name: str) -> tuple[Path, int]:
    """The file of a table and when it was last changed: an edit is seen in a running session."""
    try:
        return (file := path(name)), os.stat(file).st_mtime_ns
    except FileNotFoundError:
        raise DataError(
            f"data/reference/{name}: no such file; restore it from the repository."
        ) from None


@lru_cache(maxsize=32)
def _parsed(file: Path, changed: int) -> pd.DataFrame | dict:
    if file.suffix == ".csv":
        try:
            return pd.read_csv(io.StringIO(read_text(file)), dtype=str, keep_default_na=False)
        except pd.errors.ParserError as error:
            raise DataError(f"{named(file)}: not a table ({error}); mend the file.") from None
    return load_yaml(file)


@lru_cache(maxsize=32)
def _made(make: Callable[..., T], files: tuple[tuple[Path, int], ...]) -> T:
    return make(*(_parsed(*file) for file in files))
