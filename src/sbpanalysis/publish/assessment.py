"""Which sections does the assessment have, in what order, from which notebook?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from sbpanalysis.data.documents import Document, meant, raise_all, read_yaml
from sbpanalysis.data.models import Entry, faults_in
from sbpanalysis.publish.words import shown

KINDS = "kinds"  # the page of every kind of crime
Text = Annotated[str, StringConstraints(min_length=1)]


class _Contents(Entry):
    parts: list[dict]
    overview: dict | None = None
    wards: dict | None = None


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
    keys: tuple = field(default=(), compare=False)  # that lead to it in book/assessment.yml

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
    """The sections of `book/assessment.yml` in order; every fault of the file is reported."""
    document = read_yaml(root / "book" / "assessment.yml")
    raise_all(_faults(root, document))
    sections = []
    for i, part in enumerate(shown(document.value["parts"])):
        title = f"{part['number']}. {part['title']}"
        for j, entry in enumerate(part["sections"]):
            sections.append(Section(part=title, keys=("parts", i, "sections", j), **entry))
    return sections


def load_wards(root: Path) -> Section | None:
    """What the ward pages are made from, by the key `wards` of `book/assessment.yml`, if there."""
    document = read_yaml(root / "book" / "assessment.yml")
    said = document.value.get("wards")
    if said is None:
        return None
    return Section("wards", "Wards", "", **said, at="wards", keys=("wards",))


def load_overview(root: Path) -> Section | None:
    """What the front page's table is made from, by the key `overview` of `book/assessment.yml`."""
    said = read_yaml(root / "book" / "assessment.yml").value.get("overview")
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


def _section_faults(root: Path, document: Document, at: tuple, entry: dict) -> Iterator[str]:
    if ("notebook" in entry) == ("waits_for" in entry):
        yield document.fault(at, "expected either notebook or waits_for")
    elif isinstance(entry.get("waits_for"), dict):
        yield from faults_in(document, _Waits, *at, "waits_for")
    else:
        yield from _notebook_faults(root, document, at, entry)


def _notebook_faults(root: Path, document: Document, at: tuple, entry: dict) -> Iterator[str]:
    if "notebook" in entry and not _notebook(root, str(entry["notebook"])).is_file():
        there = [path.stem for path in (root / "notebooks").glob("[!_]*.ipynb")]
        what = f"no notebooks/{entry['notebook']}.ipynb, expected {meant(entry['notebook'], there)}"
        yield document.fault((*at, "notebook"), what)


def _notebook(root: Path, name: str) -> Path:
    return root / "notebooks" / f"{slug(name).replace('-', '_')}.ipynb"


def notebook_path(root: Path, section: Section) -> Path:
    """The notebook a section is made from."""
    return _notebook(root, section.notebook or "")
