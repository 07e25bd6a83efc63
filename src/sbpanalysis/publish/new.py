"""How does a new section begin? A notebook from the template, and its entry in the contents."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sbpanalysis.data import classification
from sbpanalysis.data.documents import Document, meant, read_yaml
from sbpanalysis.errors import DataError
from sbpanalysis.publish.assessment import Section, load_assessment, notebook_path, slug
from sbpanalysis.publish.inputs import CONTENTS

TEMPLATE = "notebooks/_template.ipynb"


def new_section(root: Path, number: str, title: str, measure: str) -> Path:
    """Make the notebook of a new section, and enter it in its part of `book/assessment.yml`.

    Whatever stands in that file stays as it is written. Returns the notebook's path; raises
    `DataError` with what to change, and has then changed nothing.
    """
    _refuse(root, number, title, measure)
    contents = root / CONTENTS
    before = contents.read_bytes()
    name = slug(title).replace("-", "_")
    notebook = notebook_path(root, Section(number, title, "", notebook=name))
    if notebook.exists():
        raise DataError(f"notebooks/{notebook.name} is there already; choose another title.")
    entry = [
        f"- number: {json.dumps(number)}",
        f"  title: {json.dumps(title, ensure_ascii=False)}",
        f"  notebook: {name}",
        "  parameters:",
        f"    measure: {measure}",
    ]
    entered = _entered(read_yaml(contents), before.decode("utf-8"), number, entry)
    notebook.write_text(_of_template(root, number, title, measure), "utf-8")
    try:
        contents.write_bytes(entered.encode("utf-8"))
        load_assessment(root)
    except (DataError, OSError):
        contents.write_bytes(before)
        notebook.unlink()
        raise
    return notebook


def _refuse(root: Path, number: str, title: str, measure: str) -> None:
    """Raise where a number, title or measure cannot be that of a new section."""
    if not re.fullmatch(r"\d+\.\d+", number):
        raise DataError(f"number {number!r}: expected a form such as 4.7.")
    if not slug(title) or not title.isprintable():
        raise DataError(f"title {title!r}: expected one with a letter or digit, on one line.")
    for section in load_assessment(root):
        if section.number == number:
            raise DataError(f"section {number} is there already: {section.title}; choose another.")
    if not classification.is_measure(measure):
        likely = meant(measure, classification.every())
        raise DataError(f"no measure {measure!r}, expected {likely}")


def _entered(document: Document, text: str, number: str, entry: list[str]) -> str:
    """The contents with an entry after the last section of its part that has a smaller number."""
    parts = document.value["parts"]
    numbers = [str(part["number"]) for part in parts]
    wanted = number.partition(".")[0]
    if wanted not in numbers:
        raise DataError(f"{CONTENTS}: no part {wanted}, expected one of {', '.join(numbers)}; "
                        "write the part there first.")  # fmt: skip
    at = numbers.index(wanted)
    sections = _value(_value(document.node, "parts").value[at], "sections").value
    if not sections:
        raise DataError(f"{CONTENTS}: part {wanted} has no section yet; write its first there.")
    own = [int(one["number"].partition(".")[2]) for one in parts[at]["sections"]]
    before = [i for i, one in enumerate(own) if one < int(number.partition(".")[2])]
    lines = text.splitlines(keepends=True)
    beside = sections[before[-1] if before else 0]
    first = beside.start_mark.line
    line = _last_line(beside, lines) + 1 if before else first
    indent = lines[first][: lines[first].index("-")]
    ending = "\r\n" if "\r\n" in text else "\n"
    if line and not lines[line - 1].endswith("\n"):
        lines[line - 1] += ending
    return "".join([*lines[:line], *(f"{indent}{one}{ending}" for one in entry), *lines[line:]])


def _value(node, key: str):
    return next(value for name, value in node.value if name.value == key)


def _last_line(node, lines: list[str]) -> int:
    """The line on which a section's entry ends; what stands before the next one is not its own."""
    if node.flow_style:
        return node.end_mark.line
    last = min(node.end_mark.line, len(lines)) - 1
    while not lines[last].strip() or lines[last].lstrip().startswith("#"):
        last -= 1
    return last


def _of_template(root: Path, number: str, title: str, measure: str) -> str:
    """The template as the notebook of a section, which runs by hand on the sample as it is."""
    notebook = json.loads((root / TEMPLATE).read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["id"] = cell["id"].replace("template", slug(title)[:60], 1)
    heading, parameters = (cell["source"] for cell in notebook["cells"][:2])
    heading[0] = f"# {title}\n"
    parameters[:] = [
        line.replace('"0.0"', json.dumps(number)).replace('"robbery_offences"', json.dumps(measure))
        for line in parameters
    ]
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
