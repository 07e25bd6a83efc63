"""Which sections does the assessment have, in what order, from which notebook?

`book/assessment.yml` lists those of the project; `local/assessment.yml`, if it is there, adds a
council's own, takes one's place, or hides one.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import nbformat
from pydantic import Field, StringConstraints

from sbpanalysis.data.documents import Document, meant, named, raise_all, read_text, read_yaml
from sbpanalysis.data.models import Entry, Text, faults_in
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local
from sbpanalysis.publish.markdown import printable

CONTENTS = "book/assessment.yml"
KINDS = "kinds"  # the page of every kind of crime
_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


class _Contents(Entry):
    parts: list[dict]
    overview: dict | None = None
    wards: dict | None = None


class _Own(Entry):
    """The contents of `local/assessment.yml`; `parts` are the titles of new ones by number."""

    sections: list[dict] = Field(default_factory=list)
    parts: dict[str, Text] = Field(default_factory=dict)
    hide: list[str] = Field(default_factory=list)


class _Part(Entry):
    number: Text
    title: Text
    sections: list[dict]


class _Section(Entry):
    number: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    title: Text
    notebook: Text | None = None
    question: str = ""
    parameters: dict[str, object] = Field(default_factory=dict)
    waits_for: dict | None = None
    owner: Text | None = None


class _Waits(Entry):
    shows: Text
    needs: Text
    holder: Text


class _Overview(Entry):
    notebook: Text
    parameters: dict[str, object] = Field(default_factory=dict)


class _Wards(Entry):
    notebook: Text
    parameters: dict[str, object]


@dataclass(frozen=True)
class Section:
    """One page of the assessment: run from a notebook, or waiting for data."""

    number: str
    title: str
    part: str
    question: str = ""
    owner: str = ""
    notebook: str | None = None
    parameters: dict = field(default_factory=dict)
    waits_for: dict = field(default_factory=dict)
    at: str = ""
    keys: tuple = field(default=(), compare=False)  # that lead to it in its file
    own: bool = field(default=False, compare=False)  # does local/assessment.yml have it?

    @property
    def page(self) -> str:
        """The page's path without suffix, such as `sections/4-5-robbery`."""
        return self.at or f"sections/{self.number.replace('.', '-')}-{slug(self.title)}"


def slug(text: str) -> str:
    """Small letters, digits and hyphens only, 80 at most: what any folder takes as a name.

    >>> slug("ASB & Arson"), slug("../../etc"), len(slug("w" * 300))
    ('asb-arson', 'etc', 80)
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].rstrip("-")


def load_assessment(root: Path) -> list[Section]:
    """The sections in order, the council's own among them; every fault is reported."""
    document = read_yaml(root / CONTENTS)
    raise_all(_faults(root, document))
    titles, sections = {}, {}
    for i, part in enumerate(printable(document.value["parts"])):
        titles[part["number"]] = part["title"]
        for j, entry in enumerate(part["sections"]):
            keys = ("parts", i, "sections", j)
            sections[entry["number"]] = Section(part=_headed(part), keys=keys, **entry)
    if not (document := own_contents(root)):
        return list(sections.values())
    raise_all(_own_faults(root, document, titles, sections))
    own = {"sections": [], "parts": {}, "hide": []} | printable(document.value)
    titles |= own["parts"]
    for j, entry in enumerate(own["sections"]):
        number = entry["number"].partition(".")[0]
        part = _headed({"number": number, "title": titles[number]})
        sections[entry["number"]] = Section(part=part, keys=("sections", j), own=True, **entry)
    kept = [section for number, section in sections.items() if number not in own["hide"]]
    return sorted(kept, key=lambda section: [int(n) for n in section.number.split(".")])


def _headed(part: dict) -> str:
    return f"{part['number']}. {part['title']}"


def own_contents(root: Path) -> Document | None:
    """`local/assessment.yml`, if it is there."""
    path = local(root) / "assessment.yml"
    return read_yaml(path) if path.is_file() else None


def hidden(root: Path) -> list[str]:
    """The numbers of the sections that a council's own contents hide."""
    document = own_contents(root)
    return list((document.value or {}).get("hide", [])) if document else []


def load_wards(root: Path) -> Section | None:
    """What the ward pages are made from, by the key `wards` of `book/assessment.yml`, if there."""
    document = read_yaml(root / CONTENTS)
    said = document.value.get("wards")
    if said is None:
        return None
    return Section("wards", "Wards", "", **said, at="wards", keys=("wards",))


def load_overview(root: Path) -> Section | None:
    """What the front page's table is made from, by the key `overview` of `book/assessment.yml`."""
    said = read_yaml(root / CONTENTS).value.get("overview")
    if said is None:
        return None
    return Section("", "Every kind of crime", "All crime", **said, at=KINDS, keys=("overview",))


def _faults(root: Path, document: Document) -> Iterator[str]:
    """Every fault of the table of contents, with its line."""
    if faults := list(faults_in(document, _Contents)):
        yield from faults
        return
    wards, first = document.value.get("wards"), {}
    if wards is not None:
        yield from faults_in(document, _Wards, "wards")
        if "measures" not in (wards.get("parameters") or {}):
            yield document.fault(("wards", "parameters"), "expected a list of measures")
    if document.value.get("overview") is not None:
        yield from faults_in(document, _Overview, "overview")
        yield from _notebook_faults(root, document, ("overview",), document.value["overview"])
    for i, part in enumerate(document.value["parts"]):
        if faults := list(faults_in(document, _Part, "parts", i)):
            yield from faults
            continue
        for j, entry in enumerate(part["sections"]):
            at = ("parts", i, "sections", j)
            yield from faults_in(document, _Section, *at)
            yield from _section_faults(root, document, at, entry)
            number = str(entry.get("number"))
            if number in first:
                yield document.fault(at, f"section {number} stands in line {first[number]} too")
            first.setdefault(number, document.line(at))


def _own_faults(root: Path, document: Document, titles: dict, sections: dict) -> Iterator[str]:
    """Every fault of a council's own contents, with its line."""
    if faults := list(faults_in(document, _Own)):
        yield from faults
        return
    parts, first = {**titles, **document.value.get("parts", {})}, {}
    for j, entry in enumerate(document.value.get("sections", [])):
        at = ("sections", j)
        if faults := list(faults_in(document, _Section, *at)):
            yield from faults
            continue
        yield from _section_faults(root, document, at, entry)
        part = entry["number"].partition(".")[0]
        if part not in parts:
            what = f"no part {part}, expected {meant(part, parts)}; give its title under parts"
            yield document.fault((*at, "number"), what)
        if entry["number"] in first:
            stands = f"stands in line {first[entry['number']]} too"
            yield document.fault(at, f"section {entry['number']} {stands}")
        first.setdefault(entry["number"], document.line(at))
    for i, number in enumerate(document.value.get("hide", [])):
        if number not in sections:
            yield document.fault(
                ("hide", i), f"no section {number!r}, expected {meant(number, sections)}"
            )


def _section_faults(root: Path, document: Document, at: tuple, entry: dict) -> Iterator[str]:
    if ("notebook" in entry) == ("waits_for" in entry):
        yield document.fault(at, "expected either notebook or waits_for")
    elif isinstance(entry.get("waits_for"), dict):
        yield from faults_in(document, _Waits, *at, "waits_for")
    else:
        yield from _notebook_faults(root, document, at, entry)


def _notebook_faults(root: Path, document: Document, at: tuple, entry: dict) -> Iterator[str]:
    if "notebook" in entry and not _notebook(root, str(entry["notebook"])).is_file():
        there = [path.stem for f in _folders(root) for path in f.glob("[!_]*.ipynb")]
        what = f"no notebooks/{entry['notebook']}.ipynb, expected {meant(entry['notebook'], there)}"
        yield document.fault((*at, "notebook"), what)


def _folders(root: Path) -> list[Path]:
    """Where notebooks lie: the council's own, which come first, and the project's."""
    return [local(root) / "notebooks", root / "notebooks"]


def _notebook(root: Path, name: str) -> Path:
    name = f"{slug(name).replace('-', '_')}.ipynb"
    return next(
        (f / name for f in _folders(root) if (f / name).is_file()), root / "notebooks" / name
    )


def notebook_path(root: Path, section: Section) -> Path:
    """The notebook a section is made from."""
    return _notebook(root, section.notebook or "")


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
