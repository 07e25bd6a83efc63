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
from sbpanalysis.paths import CONSULTED, local, root

T = TypeVar("T")
# The council's own table in `local/` that adds to one of the project's
_OWN = {"measures.csv": "measures.csv", "offences.csv": "measures.csv", "breaks.csv": "breaks.csv"}
ASSESSMENTS = "assessments/"  # what was published once, to be replayed
SOURCES = "sources"  # the folder of what is known of each source, a file a source
# list -> where it is from
_LISTS = {"asb_types": "Home Office, National Standard for Incident Recording"}


def path(name: str) -> Path:
    """The file `name` in data/reference of this checkout, or of one of its assessments."""
    folder = root() if name.startswith(ASSESSMENTS) else root() / "data" / "reference"
    found = folder / name
    sys.audit(CONSULTED, str(found))
    return found


def table(name: str) -> pd.DataFrame:
    """The CSV table `name`, all of it text, empty cells as empty text."""
    return _parsed(*_as_it_is(name))


def own(name: str) -> list[dict[str, str]]:
    """The rows that the council's own table in `local/` adds to the table `name`."""
    _, *added = _as_it_is(name)
    return _parsed(*added).to_dict("records") if added else []


def entries(name: str) -> dict:
    """The mapping in the YAML file `name`."""
    return _parsed(*_as_it_is(name))


def sources() -> dict[str, dict]:
    """What is known of each source that a reader serves, in the order of order.yml."""
    return _sources(*_as_they_are())


def forms() -> dict[str, dict]:
    """The layouts in which partners are asked for figures, by name, each with its `source`."""
    return _forms(*_as_they_are())


def place(source: str) -> int:
    """Where a source stands in the register: of two that have a number the first answers."""
    order = list(sources())
    return order.index(source) if source in order else len(order)


def derived(make: Callable[..., T], *names: str) -> T:
    """What `make` makes of the tables `names`; made again only when one of them has changed."""
    return _made(make, tuple(_as_it_is(name) for name in names))


def _as_it_is(name: str) -> tuple[tuple[Path, int], ...]:
    """The files of a table and when they were last changed: an edit is seen in a running session.

    One is the project's; the council's own that adds to it is another, if it is there.
    """
    file = path(name)
    try:
        files = ((file, os.stat(file).st_mtime_ns),)
    except FileNotFoundError:
        raise DataError(
            f"{file.parent.name}/{file.name}: no such file; restore it from the repository."
        ) from None
    if name not in _OWN:
        return files
    own = local(root()) / _OWN[name]
    sys.audit(CONSULTED, str(own))
    return (*files, (own, os.stat(own).st_mtime_ns)) if own.is_file() else files


def _as_they_are() -> tuple[str, tuple[tuple[str, int], ...]]:
    """The folder of sources, and those of order.yml with when they were last changed."""
    folder = str(path(SOURCES))
    names = entries("order.yml")["sources"]
    try:
        return folder, tuple((n, os.stat(f"{folder}/{n}.yml").st_mtime_ns) for n in names)
    except FileNotFoundError as error:
        raise DataError(
            f"data/reference/order.yml: found {Path(error.filename).stem!r}, of which "
            f"data/reference/{SOURCES} has no file; write it, or take the name away."
        ) from None


@lru_cache(maxsize=4)
def _sources(folder: str, names: tuple[tuple[str, int], ...]) -> dict[str, dict]:
    return {name: load_yaml(Path(folder, f"{name}.yml")) for name, _ in names}


@lru_cache(maxsize=4)
def _forms(folder: str, names: tuple[tuple[str, int], ...]) -> dict[str, dict]:
    return {
        entry["form"]["name"]: {"source": source} | entry["form"]
        for source, entry in _sources(folder, names).items()
        if "form" in entry
    }


@lru_cache(maxsize=32)
def _parsed(*files: tuple[Path, int]) -> pd.DataFrame | dict:
    (file, _), *own = files
    if own:
        return _added(file.name, _parsed(files[0]), _parsed(*own))
    if file.suffix == ".csv":
        try:
            return pd.read_csv(io.StringIO(read_text(file)), dtype=str, keep_default_na=False)
        except pd.errors.ParserError as error:
            raise DataError(f"{named(file)}: not a table ({error}); mend the file.") from None
    return load_yaml(file)


def _added(name: str, table: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """A table with the council's own rows; of offences, with its measures beside the others."""
    if name != "offences.csv":
        own = own.reindex(columns=table.columns, fill_value="")
        return pd.concat([table, own], ignore_index=True)
    table = table.copy()
    for row in own.to_dict("records"):
        counts = table["group"].isin(filter(None, row.get("made_of", "").split(";")))
        table.loc[counts, "measures"] += f";{row['measure']}"
    table["measures"] = table["measures"].str.strip(";")
    return table


@lru_cache(maxsize=32)
def _made(make: Callable[..., T], files: tuple[tuple[tuple[Path, int], ...], ...]) -> T:
    return make(*(_parsed(*versions) for versions in files))


def wordlist(name: str) -> pd.DataFrame:
    """A list of data/reference by name, as a table; attrs `source`.

    >>> len(wordlist("asb_types"))
    13
    """
    if name not in _LISTS:
        raise DataError(f"wordlist {name!r}: expected one of {', '.join(_LISTS)}.")
    words = table(f"{name}.csv").copy()
    words.attrs = {"source": (_LISTS[name],)}
    return words
