"""What may stand in an entry of a register? Pydantic models, and their faults in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from sbpanalysis.data.documents import Document, Rows, meant
from sbpanalysis.data.reading import plain
from sbpanalysis.errors import DataError

Text = Annotated[str, StringConstraints(min_length=1)]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
# pydantic's kinds of fault, in the words of these files
_EXPECTED = {
    "string_type": "text, in quotes",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_too_short": "text",
    "too_short": "at least one",
}


class Entry(BaseModel):
    """A row or an entry of a register: flat, and with no key but those it lists."""

    model_config = ConfigDict(extra="forbid", strict=True)


def faults_in(document: Document, model: type[Entry], *keys: object) -> Iterator[str]:
    """Every fault that a model finds in what a document says under these keys."""
    value = document.value
    for key in keys:
        value = value[key]
    try:
        model.model_validate(value)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            at = [key for key in one["loc"] if key != "[key]"]
            yield document.fault((*keys, *at), _words(one, model.model_fields))


def faults_among(table: Rows, model: type[Entry]) -> Iterator[str]:
    """Every fault that a model finds in the rows of a table."""
    try:
        TypeAdapter(list[model]).validate_python(table.rows)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            row, *column = one["loc"]
            yield table.fault(row, "".join(f"{c}: " for c in column[:1]) + _words(one))


def _words(one: dict, known: Iterable[str] = ()) -> str:
    kind, found = one["type"], plain(repr(one["input"]), 80)
    if kind == "extra_forbidden":
        name = one["loc"][-1]
        return f"unknown key, expected {meant(name, known)}"
    if kind == "missing":
        return "missing"
    if kind == "literal_error":
        return f"found {found}, expected {one['ctx']['expected'].replace(chr(39), '')}"
    if kind == "value_error":
        error = one["ctx"]["error"]
        whole = isinstance(error, DataError)  # which says what was found
        return str(error).partition(": ")[2] if whole else f"found {found}, {error}"
    said = one["msg"].removeprefix("Value should ").removeprefix("Input should be ")
    return f"found {found}, expected {_EXPECTED.get(kind) or said[0].lower() + said[1:]}"
