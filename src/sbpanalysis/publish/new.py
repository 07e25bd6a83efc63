"""How does something new begin? A section, an edition, a commentary: in `local/`."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd

from sbpanalysis.absent import Absent
from sbpanalysis.data import classification, editions, reference
from sbpanalysis.data.documents import meant, named, read_yaml
from sbpanalysis.data.territory import WARD_VINTAGES, territory
from sbpanalysis.errors import DataError
from sbpanalysis.paths import local
from sbpanalysis.publish.assessment import Section, load_assessment, notebook_path, slug
from sbpanalysis.publish.commentary import BEGUN
from sbpanalysis.report.edition import Edition

TEMPLATE = "notebooks/_template.ipynb"
HEAD = """# A council's own sections. One with a number of book/assessment.yml takes its place.
# hide: ["5.3"]  leaves sections out; parts: {"8": Our concerns}  are new parts.
"""


def new_section(root: Path, number: str, title: str, measure: str) -> Path:
    """Make the notebook of a new section, and enter it in `local/assessment.yml`.

    Whatever stands in that file stays as it is written. Returns the notebook's path; raises
    `DataError` with what to change, and has then changed nothing.
    """
    _refuse(root, number, title, measure)
    contents = local(root) / "assessment.yml"
    before = contents.read_bytes() if contents.is_file() else None
    name = slug(title).replace("-", "_")
    there = notebook_path(root, Section(number, title, "", notebook=name))
    if there.exists():
        raise DataError(f"{named(there)} is there already; choose another title.")
    notebook = local(root) / "notebooks" / there.name
    notebook.parent.mkdir(parents=True, exist_ok=True)
    notebook.write_text(_of_template(root, number, title, measure), "utf-8")
    entry = [
        f"- number: {json.dumps(number)}",
        f"  title: {json.dumps(title, ensure_ascii=False)}",
        f"  notebook: {name}",
        "  parameters:",
        f"    measure: {measure}",
    ]
    try:
        entered = _entered(contents, (before or HEAD.encode()).decode("utf-8"), entry)
        contents.write_bytes(entered.encode("utf-8"))
        load_assessment(root)
    except (DataError, OSError):
        contents.write_bytes(before) if before is not None else contents.unlink(missing_ok=True)
        notebook.unlink()
        raise
    return notebook


COMMENTARY = """---
written: "{today}"
figures_to: "{end}"
---
{begun} what explains these figures, in Markdown. A word such as "rose" needs a
verdict of this page, or a paragraph that begins with "Our reading:".
"""


def new_commentary(root: Path, number: str, edition: str) -> Path:
    """Begin the commentary on a section for an edition's area, in `local/commentary`.

    Raises `DataError` where there is no such section, or a commentary already.
    """
    numbers = [section.number for section in load_assessment(root)]
    if number not in numbers:
        raise DataError(f"no section {number!r}, expected {meant(number, numbers)}")
    fields = editions.load(edition, root)
    path = local(root) / "commentary" / slug(fields["area"]) / f"{number}.md"
    if path.exists():
        raise DataError(f"{named(path)} is there already; edit it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    today = f"{date.today():%Y-%m-%d}"
    path.write_text(COMMENTARY.format(begun=BEGUN, today=today, end=fields["period_end"]), "utf-8")
    return path


def _refuse(root: Path, number: str, title: str, measure: str) -> None:
    """Raise where a number, title or measure cannot be that of a new section."""
    if not re.fullmatch(r"\d+\.\d+", number):
        raise DataError(f"number {number!r}: expected a form such as 4.7.")
    if not slug(title) or not title.isprintable():
        raise DataError(f"title {title!r}: expected one with a letter or digit, on one line.")
    for section in load_assessment(root):
        if section.number == number:
            raise DataError(f"section {number} is there already: {section.title}; choose another.")
    if not classification.current().is_measure(measure):
        likely = meant(measure, classification.current().rows)
        raise DataError(f"no measure {measure!r}, expected {likely}")


def _entered(contents: Path, text: str, entry: list[str]) -> str:
    """The contents with an entry after the last of its sections, whatever its number."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = [line.rstrip("\r") for line in text.rstrip().split("\n")]
    sections = _sections(contents) if contents.is_file() else None
    if sections is None:
        return ending.join([*lines, "sections:", *(f"  {line}" for line in entry), ""])
    if sections.flow_style or not sections.value:
        raise DataError(f"{named(contents)}: write sections as a list of lines that begin with -.")
    indent = " " * (sections.value[0].start_mark.column - len("- "))
    at = _last_line(sections.value[-1], lines) + 1
    return ending.join([*lines[:at], *(indent + line for line in entry), *lines[at:], ""])


def _sections(contents: Path):
    """The node of the sections in the council's own contents, if they list any."""
    node = read_yaml(contents).node
    return next((value for key, value in node.value if key.value == "sections"), None)


def _last_line(node, lines: list[str]) -> int:
    """The line on which a section's entry ends; what stands after it is not its own."""
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


def new_counts(root: Path, measure: str, edition: str) -> Path:
    """Begin the form for counts by ward and month of an edition's area, in `data/partner`.

    It has the codes and names of its wards and a column a month, the last three years of the
    edition. Raises `DataError` where the form takes no such measure, or is there already.
    """
    form = reference.forms()["council_counts"]
    allowed = classification.choices(form)
    if measure not in allowed:
        raise DataError(
            f"no measure {measure!r} of the council's own that counts events, expected "
            f"{meant(measure, allowed)}; begin one in local/measures.csv."
        )
    opened = Edition.open(edition)
    path = root / "data" / "partner" / f"{measure}.csv"
    if path.exists():
        raise DataError(f"{named(path)} is there already; fill it in, or take it away.")
    months = pd.period_range(end=opened.period_end, periods=36, freq="M").astype(str)
    wards = pd.Series(_wards(opened), dtype=str).rename_axis("ward").reset_index(name="ward_code")
    form = wards[["ward_code", "ward"]].sort_values("ward_code").assign(measure=measure)
    form = form.reindex(columns=["measure", "ward_code", "ward", *months])
    form.to_csv(path, index=False, encoding="utf-8-sig")  # so that Excel reads it as UTF-8
    return path


def _wards(edition: Edition) -> dict[str, str]:
    """The codes by name of the wards that an edition's own figures are of, else of today's."""
    held = edition.totals(classification.TOTAL, level="ward")
    if not isinstance(held, Absent):
        return dict(held.attrs["codes"])
    today = territory().wards_of(edition.area_code, WARD_VINTAGES[-1])
    return {edition.area_name(code): code for code in today}
