"""Whatever sources an edition lacks, each page is made, and says what is missing and why.

Notebooks are run here cell by cell in one process, on an edition opened once; the build runs the
same cells in kernels.
"""

from __future__ import annotations

import random
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
from sbpanalysis.errors import DataError
from sbpanalysis.publish.assessment import Section, load_assessment, notebook_path

SECTIONS = load_assessment(ROOT)
SAID = yaml.safe_load((ROOT / "book" / "editions" / "bromley-sample.yml").read_text("utf-8"))
OUTLINE = yaml.safe_load((ROOT / "assessments" / "bromley-2018" / "outline.yml").read_text("utf-8"))
EXHIBITS = {
    unit["number"]: [e["id"] for e in unit["exhibits"]]
    for section in OUTLINE["sections"] for unit in section["subsections"]
}  # fmt: skip
OPENED = "edition = sbp.Edition.open(edition, data=data, area=area)\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A checkout that holds the sample; the working folder is in it."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "_config.yml").touch()
    (folder / "data").mkdir()
    for part in ("data/reference", "data/sample.zip", "assessments"):
        (folder / part).symlink_to(ROOT / part)
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
        shown, missing = exhibits(outputs)
        if len(set(shown)) != len(shown):
            found.append(f"{section.number}: shows one of {shown} twice")
        if {*shown, *missing} != set(EXHIBITS.get(section.number, [*shown, *missing])):
            found.append(f"{section.number}: shows {shown} and misses {missing}")
        if not any({"claim", "absent"} & set(about) for about in told(outputs)):
            found.append(f"{section.number}: says nothing")
    return found


def told(outputs: list[dict]) -> list[dict]:
    """What the library says of each output."""
    return [output["metadata"].get("sbp", {}) for output in outputs]


def exhibits(outputs: list[dict]) -> tuple[list[str], list[str]]:
    """The ids of the exhibits of the outline that are shown, and of those that are missing."""
    shown = [a["exhibit"]["id"] for a in told(outputs) if "exhibit" in a and a["exhibit"]["id"]]
    missing = [a["absent"]["exhibit"] for a in told(outputs) if "absent" in a]
    return tuple([i for i in ids if i[:1].isdigit()] for ids in (shown, missing))


def test_the_cells_that_are_left_out_here_open_the_edition():
    for section in SECTIONS:
        source = "".join(
            f"{c.source}\n" for c in nbformat.read(notebook_path(ROOT, section), 4).cells
        )
        assert source.count(OPENED) == 1, section.notebook


def test_a_section_that_fails_would_be_seen(sample):
    edition = edition_of(sample, ["partner_surveys.csv"])
    held_by_none = {"measure": "lfb_deliberate_incidents"}
    section = Section("9.9", "Unknown", "9", notebook="fires", parameters=held_by_none)
    shown, missing = exhibits(page_of(section, edition))
    assert (list(shown), list(missing)) == ([], [f"9.9-E{n}" for n in (1, 2, 3, 4)])
    for wrong in ("fires", 7):
        misspelt = Section("9.9", "Unknown", "9", notebook="fires", parameters={"measure": wrong})
        with pytest.raises(DataError, match="no such measure"):
            page_of(misspelt, edition)


# One published file, and the last month that an edition of it alone may have
ALONE = {
    "MPS_Borough_Level_Crime_24m_202306-202505.csv": "2025-05",
    "MPS_Ward_Level_Crime_24m_202306-202505.csv": "2025-05",
    "MPS_LSOA_Level_Crime_24m_202402-202602.csv": "2026-02",
    "MonthlyCrimeDashboard_KnifeCrimeData_202203-202602.csv": "2026-02",
    "VAWG_offences_201401-202602.csv": "2026-02",
    "Homicide_dashboard_200301-202401.csv": "2024-01",
    "api_crimes-street_bromley_wards_2016-01_2018-06.zip": "2018-06",
    "census2021-ts007a-ltla.csv": "2021-12",
    "housing-density-ward.csv": "2018-03",
    "london-borough-profiles.csv": "2018-03",
    "crime_rates_1999-00_2016-17.csv": "2017-03",
    "LSOA21_to_WD25_to_LAD25_best_fit_London.csv": "2025-05",
    "london_boroughs.json": "2025-05",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ALONE)
def test_every_section_is_made_from_one_published_file(checkout, real, name):
    said = {key: SAID[key] for key in ("title", "area", "comparators")}
    said |= {"period_end": ALONE[name], "data": [name]}
    (checkout / "book" / "editions" / "alone.yml").write_text(yaml.safe_dump(said), "utf-8")
    assert faults(Edition.open("alone", data=real)) == []


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
