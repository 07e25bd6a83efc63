"""A new section from the template: entered in the contents, built at once, nothing else touched."""

from __future__ import annotations

import shutil

import nbformat
import pytest
import yaml

from conftest import COPIED, ROOT, sbp
from sbpanalysis.errors import DataError
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.publish.new import new_section

CONTENTS = "book/assessment.yml"


@pytest.fixture
def fresh(tmp_path):
    """A checkout with contents, notebooks and reference tables of its own."""
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / CONTENTS, tmp_path / CONTENTS)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reference").symlink_to(ROOT / "data" / "reference")
    return tmp_path


@pytest.mark.parametrize("number", ["1.4", "2.9", "3.5", "4.11", "4.20", "5.6", "6.3", "7.5"])
def test_an_entry_stands_last_in_its_part_and_every_other_line_as_it_was(fresh, number):
    before = (fresh / CONTENTS).read_text("utf-8").splitlines()
    numbers = [section.number for section in load_assessment(fresh)]
    path = new_section(fresh, number, 'Shops: "theft" & more', "shoplifting_offences")
    after = (fresh / CONTENTS).read_text("utf-8").splitlines()
    at = next(i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    assert before == after[:at] + after[at + 5 :]
    sections = load_assessment(fresh)
    [made] = [s for s in sections if s.number not in numbers]
    assert (made.number, made.title) == (number, 'Shops: "theft" & more')
    assert made.parameters == {"measure": "shoplifting_offences"}
    [*_, last] = [s for s in sections if s.number.split(".")[0] == number.split(".")[0]]
    assert last is made
    assert path.name == "shops_theft_more.ipynb"
    ids = [cell.id for cell in nbformat.read(path, 4).cells]
    assert ids[0] == "shops-theft-more-01"
    assert 'section: str = "' + number in path.read_text("utf-8").replace("\\", "")


PART = """# first
parts:
  - number: "1"
    title: One  # a remark
    sections:
      - number: "1.1"
        title: A
        notebook: london

      # about the next
      - {number: "1.5", title: B, notebook: london}   # beside it
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(("number", "line"), [("1.0", 5), ("1.2", 8), ("1.9", 11)])
@pytest.mark.parametrize("closed", [True, False])
def test_remarks_and_line_ends_stay(fresh, number, line, ending, closed):
    text = (PART if closed else PART.rstrip()).replace("\n", ending)
    (fresh / CONTENTS).write_bytes(text.encode())
    new_section(fresh, number, "New", "robbery_offences")
    after = (fresh / CONTENTS).read_bytes().decode().split(ending)
    assert after[line].strip() == f'- number: "{number}"'
    assert "\n".join(after[:line] + after[line + 5 :]).rstrip() == PART.rstrip()
    made = [s["number"] for s in yaml.safe_load(ending.join(after))["parts"][0]["sections"]]
    assert made == sorted(["1.1", "1.5", number])


@pytest.mark.parametrize(
    ("number", "title", "measure", "said"),
    [
        ("4.5", "New", "robbery_offences", "section 4.5 is there already: Robbery"),
        ("4", "New", "robbery_offences", "a form such as 4.7"),
        ("9.1", "New", "robbery_offences", "no part 9, expected one of 1, 2"),
        ("4.11", "New", "robery_offences", "did you mean robbery_offences"),
        ("4.11", "***", "robbery_offences", "a letter or digit"),
        ("4.11", "a\nb", "robbery_offences", "on one line"),
        ("4.11", "London", "robbery_offences", "london.ipynb is there already"),
    ],
)
def test_what_cannot_be_a_section_changes_nothing(fresh, number, title, measure, said):
    def all_files():
        return {p: p.read_bytes() for p in fresh.rglob("*") if p.is_file()}

    before = all_files()
    with pytest.raises(DataError, match=said):
        new_section(fresh, number, title, measure)
    assert all_files() == before


def test_the_template_is_no_section(fresh):
    text = (fresh / CONTENTS).read_text("utf-8")
    (fresh / CONTENTS).write_text(text.replace("notebook: london", "notebook: _template"), "utf-8")
    with pytest.raises(DataError, match=r"no notebooks/_template\.ipynb"):
        load_assessment(fresh)


@pytest.mark.slow
def test_a_new_section_builds_at_once(tmp_path):
    for name in COPIED:
        source = ROOT / name
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    words = ("4.11", "Bicycle Theft", "--measure", "bicycle_theft_offences")
    ran = sbp(tmp_path, "new", "section", *words)
    assert ran.returncode == 0, ran.stderr
    assert "sbp build --only 4.11" in ran.stdout
    ran = sbp(tmp_path, "build", "--only", "4.11")
    assert ran.returncode == 0, ran.stderr
    preview = tmp_path / "build" / "bromley-sample" / "preview" / "site"
    page = (preview / "sections" / "4-11-bicycle-theft.html").read_text("utf-8")
    assert page.count("<img ") == 2
    assert 'id="exhibit-4-11-e2"' in page
    assert "Dot plot: " in page
