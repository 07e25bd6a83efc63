"""What does an edition's file say? Its area, comparators, period and data, checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from sbpanalysis.data.documents import raise_all, read_yaml
from sbpanalysis.data.reading import plain
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local
from sbpanalysis.periods import month

# key -> type of the value, and what it is if left out (... where it may not be)
_KEYS = {
    "title": (str, ...),
    "area": (str, ...),
    "comparators": (list, ()),
    "period_end": (str, ...),
    "confidence": (float, 0.95),
    "sections": (dict, {}),
    "cards": (list, ()),
    "priorities": (list, ()),
    "is_sample": (bool, False),
    "data": (list, ...),
    "joins": (dict, {}),
    "follows": (str, ""),
    "published": (str, ""),
    "next_release": (str, ""),
    "current": (bool, False),
    "max_age_months": (int, None),
    "stale": (str, "mark"),
}
_SAYS = {
    str: "text",
    list: "a list",
    dict: "keys with values",
    bool: "true or false",
    int: "a whole number",
}


def load(name_or_path: str | Path, root: Path) -> dict:
    """The fields of an edition: by its name in book/editions or local/editions, or from a file.

    Raises `DataError` that lists every fault of the file.
    """
    path = locate(name_or_path, root)
    document = read_yaml(path)
    said = document.value
    if not isinstance(said, dict):
        raise DataError(f"{document.name}: found no keys, expected {', '.join(_KEYS)}.")
    raise_all(document.fault(keys, what) for keys, what in _faults(said))
    fields = {key: said.get(key, default) for key, (_, default) in _KEYS.items()}
    fields |= {"name": path.stem, "period_end": month(fields["period_end"])}
    fields["confidence"] = float(fields["confidence"])
    return fields


def locate(name_or_path: str | Path, root: Path) -> Path:
    """The file of an edition; raises `DataError` that lists the editions there are."""
    given = Path(name_or_path)
    if given.suffix in (".yml", ".yaml") or len(given.parts) > 1:
        if given.is_file():
            return given
    elif found := [f for f in folders(root) if (f / f"{name_or_path}.yml").is_file()]:
        return found[0] / f"{name_or_path}.yml"
    there = names(root)
    close = difflib.get_close_matches(str(name_or_path), there, n=1)
    raise DataError(
        f"edition {plain(repr(str(name_or_path)))}: not found"
        f"{f'; did you mean {close[0]}?' if close else '.'} Expected one of "
        f"{', '.join(there) or 'none yet'} in book/editions or local/editions, or the path of a "
        "file."
    )


def folders(root: Path) -> list[Path]:
    """Where editions lie: a council's own, which come first, and those of the project."""
    return [local(root) / "editions", root / "book" / "editions"]


def names(root: Path) -> list[str]:
    """The names of all editions of a checkout."""
    return sorted({path.stem for folder in folders(root) for path in folder.glob("*.yml")})


def _faults(said: dict) -> Iterator[tuple[tuple, str]]:
    """Every fault: the keys that lead to it, and what it is."""
    for key in said:
        if key not in _KEYS:
            close = difflib.get_close_matches(str(key), _KEYS, n=1)
            yield (key,), f"unknown key{f'; did you mean {close[0]}?' if close else ''}"
    for key, (kind, default) in _KEYS.items():
        if key not in said:
            if default is ...:
                yield (), f"{key}: missing, expected {_SAYS[kind]}"
            continue
        value = said[key]
        if kind is float:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                yield (key,), f"found {plain(repr(value))}, expected a fraction such as 0.95"
        elif not isinstance(value, kind):
            yield (key,), f"found {plain(repr(value))}, expected {_SAYS[kind]}"
        elif kind is list and key != "cards" and not all(isinstance(v, str) for v in value):
            yield (key,), f"found {plain(repr(value))}, expected a list of texts (use quotes)"
        else:
            yield from _meaning(key, value)


def _meaning(key: str, value) -> Iterator[tuple[tuple, str]]:
    """What is wrong with a value of the right type."""
    if key in ("area", "comparators"):
        for number, name in enumerate([value] if key == "area" else value):
            try:
                territory().code(name)
            except DataError as error:
                yield (key, number), str(error)
    if key == "period_end":
        try:
            month(value)
        except DataError as error:
            yield (key,), str(error)
    if key in ("sections", "joins"):
        kind, what = (dict, "parameters") if key == "sections" else (str, "a reason")
        for name, inner in value.items():
            if not isinstance(name, str):
                yield (key, name), "expected text as its name; put it in quotes"
            elif not isinstance(inner, kind):
                yield (key, name), f"found {plain(repr(inner))}, expected {what}"
    if key == "stale" and value not in ("mark", "stop"):
        yield (key,), f"found {plain(repr(value))}, expected mark or stop"
    if key == "max_age_months" and (isinstance(value, bool) or value < 0):
        yield (key,), f"found {plain(repr(value))}, expected a number of months such as 4"
    if key == "data" and not value:
        yield (key,), "found an empty list, expected names of files"


def folder(data: str | Path | None, root: Path) -> Path | None:
    """The folder of published files; one that is not here is looked for from the checkout."""
    if not data:
        return None
    for folder in (Path(data), root / data):
        if folder.is_dir():
            return folder
    raise DataError(f"data {str(data)[:200]!r}: no such folder; give the one with the files.")
