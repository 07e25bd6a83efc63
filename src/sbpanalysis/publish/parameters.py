"""Are a section's parameters those that its notebook declares?"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat

from sbpanalysis.data.documents import meant, named, read_text
from sbpanalysis.errors import DataError

_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its type's name, default, and whether it must be given."""

    type: str
    default: object


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook as it was written. Raises `DataError` where it is none, with what to do."""
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=128)
def _read(path: Path, changed: int, size: int) -> nbformat.NotebookNode:
    name, text = named(path), read_text(path)
    try:
        notebook = nbformat.v4.reads(text)
        nbformat.validate(notebook)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}, line {error.lineno}: not a notebook ({error.msg}); restore it, "
            "or save it again from Jupyter."
        ) from None
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        why = str(error).splitlines()[0]
        raise DataError(
            f"{name}: not a notebook of format 4 ({why}); open it in Jupyter and save it again."
        ) from None
    return notebook


def declared(notebook: nbformat.NotebookNode, name: str) -> dict[str, Parameter]:
    """The parameters of the cell tagged `parameters`: `name: type = literal  # what it is`.

    Raises `DataError` if there is no such cell or a line is of another form.
    """
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise DataError(f"{name}: {len(cells)} cells tagged 'parameters', expected one.")
    parameters = {}
    for node in ast.parse(cells[0].source).body:
        line = ast.unparse(node)
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            raise DataError(f"{name}: parameter line {line!r}, expected `name: type = literal`.")
        kind = ast.unparse(node.annotation)
        if kind not in _TYPES:
            raise DataError(
                f"{name}: parameter {node.target.id} has type {kind!r}, expected one "
                f"of {', '.join(_TYPES)}."
            )
        try:
            default = ast.literal_eval(node.value)
        except (ValueError, TypeError):
            raise DataError(f"{name}: parameter line {line!r} is not a literal.") from None
        parameters[node.target.id] = Parameter(kind, default)
    return parameters


def misfits(given: dict, known: dict[str, Parameter]) -> Iterator[tuple[str, str]]:
    """Every unknown, misspelt or ill-typed parameter, and what is wrong with it."""
    for name, value in given.items():
        if name not in known:
            yield name, f"unknown parameter {name!r}, expected {meant(name, known)}"
        elif not _fits(value, known[name].type):
            kind = type(value).__name__
            yield name, f"{name} is {value!r} ({kind}), expected {known[name].type}"


def check(given: dict, known: dict[str, Parameter], where: str) -> None:
    """Raise one `DataError` that names every unknown, misspelt or ill-typed parameter."""
    if faults := [fault for _, fault in misfits(given, known)]:
        raise DataError(f"{where}: {'; '.join(faults)}. Mend book/assessment.yml or the edition.")


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, bool) and kind in ("int", "float"):
        return False
    return isinstance(value, _TYPES[kind])
