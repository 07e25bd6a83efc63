"""Whatever sources an edition lacks, each page is made, and says in their place what it waits for.

Notebooks are run here cell by cell in one process, on an edition opened once; the build runs the
same cells in kernels.
"""

from __future__ import annotations

import random
import re
import shutil
import warnings
from pathlib import Path

import nbformat
import pytest
import yaml
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from conftest import ROOT
from sbpanalysis.data.edition import Edition
from sbpanalysis.publish.assessment import Section, load_assessment, notebook_path

SECTIONS = load_assessment(ROOT)
SAID = yaml.safe_load((ROOT / "book" / "editions" / "bromley-sample.yml").read_text("utf-8"))
OUTLINE = yaml.safe_load((ROOT / "data" / "reference" / "outline.yml").read_text("utf-8"))
EXHIBITS = {
    unit["number"]: [e["id"] for e in unit["exhibits"]]
    for section in OUTLINE["sections"] for unit in section["subsections"]
}  # fmt: skip
OPENED = "edition = sbp.Edition.open(edition, data=data or None, area=area or None)\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A checkout that holds the sample; the working folder is in it."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "_config.yml").touch()
    (folder / "data").mkdir()
    (folder / "data" / "reference").symlink_to(ROOT / "data" / "reference")
    shutil.copytree(ROOT / "book" / "editions", folder / "book" / "editions")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Edition.open("bromley-sample")  # which writes it, and makes its files known by their names
        yield folder


def files_of(sample: Path) -> list[str]:
    return sorted(p.name for p in (sample / "data" / "sample").glob("[!.]*") if p.is_file())


def edition_of(sample: Path, files: list[str], area: str | None = None) -> Edition:
    """The sample edition on some of its files."""
    path = sample / "book" / "editions" / "part.yml"
    path.write_text(yaml.safe_dump(SAID | {"data": files}), "utf-8")
    return Edition.open("part", area=area)


def page_of(section: Section, edition: Edition) -> list[dict]:
    """What the cells of a section's notebook display on an edition."""
    shell = InteractiveShell.instance()
    before, shell.display_pub = shell.display_pub, CapturingDisplayPublisher()
    given = {"section": section.number, **section.parameters}
    given |= edition.sections.get(section.number, {})
    scope: dict = {}
    try:
        for cell in nbformat.read(notebook_path(ROOT, section), 4).cells:
            if cell.cell_type != "code":
                continue
            exec(cell.source.replace(OPENED, ""), scope)
            if "parameters" in cell.metadata.get("tags", []):
                scope |= given | {"edition": edition}
        return shell.display_pub.outputs
    finally:
        shell.display_pub = before


def faults(edition: Edition) -> list[str]:
    """Sections that fail, lack an exhibit without a word on it, or show one twice."""
    found = []
    for section in SECTIONS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about short series; tested where they are given
            try:
                outputs = page_of(section, edition)
            except Exception as error:  # each section is tried, and each fault is told
                found.append(f"{section.number}: {type(error).__name__}: {error}")
                continue
        shown = "".join(output["data"].get("text/html", "") for output in outputs)
        ids = re.findall(r'(?:figure|span)[^>]* id="exhibit-([^"]+)"', shown)
        wanted = [e.lower().replace(".", "-") for e in EXHIBITS[section.number]]
        if sorted(i for i in ids if i[0].isdigit()) != sorted(wanted):
            found.append(f"{section.number}: shows or waits for {ids}, not for {wanted}")
        if not any(word in shown for word in ('class="claim"', 'class="waits"')):
            found.append(f"{section.number}: says nothing")
    return found


def test_the_cells_that_are_left_out_here_open_the_edition():
    for section in SECTIONS:
        source = "".join(
            f"{c.source}\n" for c in nbformat.read(notebook_path(ROOT, section), 4).cells
        )
        assert source.count(OPENED) == 1, section.notebook


def test_a_section_that_fails_would_be_seen(sample):
    edition = edition_of(sample, ["partner_surveys.csv"])
    section = Section("9.9", "Unknown", "9", notebook="fires", parameters={"measure": "fires"})
    shown = "".join(o["data"].get("text/html", "") for o in page_of(section, edition))
    assert shown.count('class="waits"') == 4
    with pytest.raises(TypeError):
        page_of(
            Section("9.9", "Unknown", "9", notebook="fires", parameters={"measure": 7}), edition
        )


@pytest.mark.slow
def test_every_section_is_made_for_another_area(sample):
    assert faults(edition_of(sample, files_of(sample), "Croydon")) == []


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["MPS_Borough", "partner_"])
def test_every_section_is_made_from_one_publisher_alone(sample, kept):
    assert faults(edition_of(sample, [f for f in files_of(sample) if f.startswith(kept)])) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_every_section_is_made_whatever_files_are_missing(sample, seed):
    draw = random.Random(seed)
    share = draw.uniform(0.2, 0.95)
    kept = [f for f in files_of(sample) if draw.random() < share]
    assert faults(edition_of(sample, kept)) == [], kept
