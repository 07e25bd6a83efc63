"""Which sections does the assessment have, in what order, from which notebook?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from sbpanalysis.data.documents import load_yaml
from sbpanalysis.errors import DataError
from sbpanalysis.publish.words import shown

_NUMBER = re.compile(r"\d+\.\d+")
_KEYS = {"number", "title", "question", "notebook", "parameters", "waits_for", "owner"}


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
    path = root / "book" / "assessment.yml"
    parts = shown(load_yaml(path)["parts"])
    faults, sections = [], []
    for part in parts:
        for entry in part["sections"]:
            where = f"section {entry.get('number', '?')}"
            faults += [f"{where}: unknown key {k!r}" for k in sorted(set(entry) - _KEYS)]
            if not _NUMBER.fullmatch(str(entry.get("number", ""))):
                faults.append(f"{where}: number expected in the form '4.5', in quotes")
            if ("notebook" in entry) == ("waits_for" in entry):
                faults.append(f"{where}: exactly one of notebook and waits_for expected")
            elif "notebook" in entry and not _notebook(root, entry["notebook"]).is_file():
                faults.append(f"{where}: no notebooks/{entry['notebook']}.ipynb")
            sections.append(Section(part=f"{part['number']}. {part['title']}", **{
                k: v for k, v in entry.items() if k in _KEYS
            }))  # fmt: skip
    numbers = [s.number for s in sections]
    faults += [f"section {n}: listed twice" for n in {n for n in numbers if numbers.count(n) > 1}]
    if faults:
        raise DataError(f"book/assessment.yml: {'; '.join(sorted(faults))}.")
    return sections


def load_wards(root: Path) -> Section | None:
    """What the ward pages are made from, by the key `wards` of `book/assessment.yml`, if there."""
    said = load_yaml(root / "book" / "assessment.yml").get("wards")
    if said is None:
        return None
    if sorted(said) != ["notebook", "parameters"] or "measures" not in said["parameters"]:
        raise DataError(
            "book/assessment.yml, wards: expected notebook, and parameters with measures."
        )
    return Section("wards", "Wards", "", **said, at="wards")


def _notebook(root: Path, name: str) -> Path:
    return root / "notebooks" / f"{slug(name).replace('-', '_')}.ipynb"


def notebook_path(root: Path, section: Section) -> Path:
    """The notebook a section is made from."""
    return _notebook(root, section.notebook or "")
