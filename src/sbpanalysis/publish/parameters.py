"""Are a section's parameters those that its notebook declares?"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import nbformat

from sbpanalysis.errors import DataError

_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its type's name, default, and whether it must be given."""

    type: str
    default: object


def declared(notebook: nbformat.NotebookNode, name: str) -> dict[str, Parameter]:
    """The parameters of the cell tagged `parameters`: `name: type = literal  # what it is`.

    Raises `DataError` if there is no such cell or a line is of another form.
    """
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise DataError(f"{name}: {len(cells)} cells tagged 'parameters', expected one.")
    found = {}
    for node in ast.parse(cells[0].source).body:
        line = ast.unparse(node)
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            raise DataError(f"{name}: parameter line {line!r}, expected `name: type = literal`.")
        kind = ast.unparse(node.annotation)
        if kind not in _TYPES:
            raise DataError(f"{name}: parameter {node.target.id} has type {kind!r}, expected one "
                            f"of {', '.join(_TYPES)}.")  # fmt: skip
        try:
            default = ast.literal_eval(node.value)
        except (ValueError, TypeError):
            raise DataError(f"{name}: parameter line {line!r} is not a literal.") from None
        found[node.target.id] = Parameter(kind, default)
    return found


def check(given: dict, known: dict[str, Parameter], where: str) -> None:
    """Raise one `DataError` that names every unknown, misspelt or ill-typed parameter."""
    from difflib import get_close_matches

    faults = []
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else f"; known: {', '.join(known)}"
            faults.append(f"unknown parameter {name!r}{hint}")
        elif not _fits(value, known[name].type):
            faults.append(
                f"{name} is {value!r} ({type(value).__name__}), expected {known[name].type}"
            )
    if faults:
        raise DataError(f"{where}: {'; '.join(faults)}. Mend book/assessment.yml or the edition.")


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, bool) and kind in ("int", "float"):
        return False
    return isinstance(value, _TYPES[kind])
