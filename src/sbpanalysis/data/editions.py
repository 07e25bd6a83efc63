"""What does an edition's file say? Its area, comparators, period and data, checked."""

from __future__ import annotations

import difflib
from pathlib import Path

import yaml

from sbpanalysis.data import areas
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError
from sbpanalysis.paths import load_yaml
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
    """The fields of an edition: by its name in book/editions, or from a file anywhere.

    Raises `DataError` that lists every fault of the file.
    """
    path = locate(name_or_path, root)
    try:
        said = load_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise DataError(f"{plain(path.name)}{line}: not YAML; mend the file.") from None
    if not isinstance(said, dict):
        raise DataError(f"{plain(path.name)}: found no keys, expected {', '.join(_KEYS)}.")
    faults = list(_faults(said))
    if faults:
        raise DataError(f"{plain(path.name)}: " + "".join(f"\n- {fault}" for fault in faults))
    fields = {key: said.get(key, default) for key, (_, default) in _KEYS.items()}
    fields |= {"name": path.stem, "period_end": month(fields["period_end"])}
    fields["confidence"] = float(fields["confidence"])
    return fields


def locate(name_or_path: str | Path, root: Path) -> Path:
    """The file of an edition; raises `DataError` that lists the editions there are."""
    folder = root / "book" / "editions"
    given = Path(name_or_path)
    if given.suffix in (".yml", ".yaml") or len(given.parts) > 1:
        if given.is_file():
            return given
    elif (folder / f"{name_or_path}.yml").is_file():
        return folder / f"{name_or_path}.yml"
    there = sorted(p.stem for p in folder.glob("*.yml"))
    raise DataError(
        f"edition {plain(repr(str(name_or_path)))}: not found; expected one of "
        f"{', '.join(there) or 'none yet'} in book/editions, or the path of a file."
    )


def _faults(said: dict):
    for key in said:
        if key not in _KEYS:
            close = difflib.get_close_matches(str(key), _KEYS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield f"key {plain(repr(key))}: unknown{hint}"
    for key, (kind, default) in _KEYS.items():
        if key not in said:
            if default is ...:
                yield f"{key}: missing, expected {_SAYS[kind]}"
        elif kind is float:
            value = said[key]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                yield f"{key}: found {plain(repr(value))}, expected a fraction such as 0.95"
        elif not isinstance(said[key], kind):
            yield f"{key}: found {plain(repr(said[key]))}, expected {_SAYS[kind]}"
        elif kind is list and key != "cards" and not all(isinstance(v, str) for v in said[key]):
            yield f"{key}: found {plain(repr(said[key]))}, expected a list of texts (use quotes)"
        else:
            yield from _meaning(key, said[key])


def _meaning(key: str, value):
    """What is wrong with a value of the right type."""
    try:
        if key == "area":
            areas.code(value)
        elif key == "comparators":
            for name in value:
                areas.code(name)
        elif key == "period_end":
            month(value)
    except DataError as error:
        yield f"{key}: {error}"
    if key in ("sections", "joins"):
        kind, what = (dict, "parameters") if key == "sections" else (str, "a reason")
        for name, inner in value.items():
            if not isinstance(name, str) or not isinstance(inner, kind):
                yield f"{key}: found {plain(repr(name))}: {plain(repr(inner))}, expected {what}"
    if key == "stale" and value not in ("mark", "stop"):
        yield f"stale: found {plain(repr(value))}, expected mark or stop"
    if key == "max_age_months" and (isinstance(value, bool) or value < 0):
        yield f"max_age_months: found {plain(repr(value))}, expected a number of months such as 4"
    if key == "data" and not value:
        yield "data: found an empty list, expected names of files"


def folder(data: str | Path | None, root: Path) -> Path | None:
    """The folder of published files; one that is not here is looked for from the checkout."""
    if data is None:
        return None
    for folder in (Path(data), root / data):
        if folder.is_dir():
            return folder
    raise DataError(f"data {str(data)[:200]!r}: no such folder; give the one with the files.")
