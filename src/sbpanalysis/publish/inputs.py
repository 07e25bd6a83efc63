"""Is what a build is made from sound? Contents, edition, notebooks and registers, all faults."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sbpanalysis.data import classification, editions, registers
from sbpanalysis.data.documents import Document, meant, named, raise_all, read_yaml
from sbpanalysis.errors import DataError
from sbpanalysis.publish import assessment, brand, commentary

_MEASURES = ("measure", "measures", "also")  # parameters that name measures, whatever the default


def check_inputs(root: Path, edition: str) -> None:
    """Raise one `DataError` with every fault of what a build reads first, with file and line.

    `edition` is its name or the path of its file.
    """
    found: list[str] = []
    sections = _tried(lambda: assessment.load_assessment(root), found) or []
    loads = (assessment.load_overview, assessment.load_wards)
    others = [_tried(partial(load, root), found) for load in loads if sections]
    every = [*sections, *filter(None, others)]
    numbers = [section.number for section in every] + assessment.hidden(root)
    found += registers.faults(root / "data" / "reference")
    if sections:
        found += commentary.faults(root, numbers)
    found += _tried(lambda: brand.faults(root), found) or []
    fields = _tried(lambda: editions.load(edition, root), found)
    raise_all(found)  # what follows is asked of sound ones
    document = read_yaml(editions.locate(edition, root))
    contents, own = read_yaml(root / assessment.CONTENTS), assessment.own_contents(root)
    found += _named(document, fields, numbers)
    for section in every:
        written = own if section.own else contents
        found += _parameter_faults(root, section, written, document, fields)
    raise_all(found)


def _tried(work, faults: list[str]):
    try:
        return work()
    except DataError as error:
        faults += str(error).splitlines()
        return None


def _named(document: Document, fields: dict, numbers: list[str]) -> Iterator[str]:
    """The sections that an edition names and the assessment does not have."""
    named = [(("sections", number), number) for number in fields["sections"]]
    named += [(("priorities", i), number) for i, number in enumerate(fields["priorities"])]
    for keys, number in named:
        if number not in numbers:
            what = f"no section {number!r} in {assessment.CONTENTS}"
            yield document.fault(keys, f"{what}, expected {meant(number, numbers)}")


def _parameter_faults(
    root: Path, section: assessment.Section, contents: Document, document: Document, fields: dict
) -> Iterator[str]:
    """What is wrong with a section's notebook, and with what it is given by either file."""
    if section.waits_for:
        return
    path = assessment.notebook_path(root, section)
    try:
        known = assessment.declared(assessment.read_notebook(path), named(path))
    except DataError as error:
        yield str(error)
        return
    for name, fault in _misfits(section.parameters, known):
        line = contents.line((*section.keys, "parameters", name))
        yield f"{contents.name}, line {line}: section {section.number}: {fault}"
    for name, fault in _misfits(fields["sections"].get(section.number, {}), known):
        yield document.fault(("sections", section.number, name), fault)


def _misfits(given: dict, known: dict[str, assessment.Parameter]) -> Iterator[tuple[str, str]]:
    """The parameters that do not fit the notebook, or name a measure that there is not."""
    yield from assessment.misfits(given, known)
    for name, value in given.items():
        default = known[name].default if name in known else ""
        if name in _MEASURES or classification.current().is_measure(default):
            for measure in value if isinstance(value, list) else [value]:
                if measure and not classification.current().is_measure(measure):
                    what = meant(measure, classification.current().rows)
                    yield name, f"{name}: no measure {measure!r}, expected {what}"
