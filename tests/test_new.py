"""A new section from the template: entered in the contents, built at once, nothing else touched."""

from __future__ import annotations

import re
import shutil

import nbformat
import pandas as pd
import pytest

from conftest import COPIED, ROOT, sbp
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sources import partner
from sbpanalysis.errors import DataError
from sbpanalysis.publish import commentary
from sbpanalysis.publish.assessment import load_assessment, notebook_path
from sbpanalysis.publish.new import new_commentary, new_counts, new_section

CONTENTS, OWN_CONTENTS = "book/assessment.yml", "local/assessment.yml"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A checkout with contents, notebooks and reference tables of its own."""
    monkeypatch.delenv("SBP_LOCAL")
    (tmp_path / "_config.yml").touch()
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / CONTENTS, tmp_path / CONTENTS)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "data").mkdir()
    for part in ("data/reference", "data/sample.zip", "assessments"):
        (tmp_path / part).symlink_to(ROOT / part)
    return tmp_path


@pytest.mark.parametrize("number", ["1.4", "2.9", "4.11", "4.20", "7.5"])
def test_a_section_stands_last_in_its_part_and_the_projects_files_as_they_were(fresh, number):
    before = {p: p.read_bytes() for p in fresh.rglob("*") if p.is_file()}
    numbers = [section.number for section in load_assessment(fresh)]
    path = new_section(fresh, number, 'Shops: "theft" & more', "shoplifting_offences")
    assert {p: p.read_bytes() for p in before} == before
    sections = load_assessment(fresh)
    [made] = [s for s in sections if s.number not in numbers]
    assert (made.number, made.title) == (number, 'Shops: "theft" & more')
    assert made.parameters == {"measure": "shoplifting_offences"}
    [*_, last] = [s for s in sections if s.number.split(".")[0] == number.split(".")[0]]
    assert last is made
    assert path == fresh / "local" / "notebooks" / "shops_theft_more.ipynb"
    ids = [cell.id for cell in nbformat.read(path, 4).cells]
    assert ids[0] == "shops-theft-more-01"
    assert 'section: str = "' + number in path.read_text("utf-8").replace("\\", "")


OWN = """# first
parts: {"8": Ours}
sections:
- number: "8.1"
  title: A
  notebook: london

  # about the next
- {number: "8.5", title: B, notebook: london}   # beside it
# last
hide: ["5.3"]
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["", "    "])
def test_remarks_and_line_ends_stay(fresh, ending, indent):
    before = re.sub(r"(?m)^(- |  )", rf"{indent}\1", OWN)
    (fresh / "local").mkdir()
    (fresh / OWN_CONTENTS).write_bytes(before.replace("\n", ending).encode())
    new_section(fresh, "8.3", "New", "robbery_offences")
    after = (fresh / OWN_CONTENTS).read_bytes().decode().split(ending)
    at = after.index(f'{indent}- number: "8.3"')
    assert "\n".join(after[:at] + after[at + 5 :]) == before
    sections = load_assessment(fresh)
    assert [s.number for s in sections if s.part == "8. Ours"] == ["8.1", "8.3", "8.5"]
    assert "5.3" not in [s.number for s in sections]


def test_an_own_section_takes_the_place_of_one_and_its_notebook_comes_first(fresh):
    (fresh / "local" / "notebooks").mkdir(parents=True)
    shutil.copy(fresh / "notebooks" / "london.ipynb", fresh / "local" / "notebooks" / "fires.ipynb")
    own = 'sections: [{number: "4.5", title: Our robbery, notebook: volume_crime}]'
    (fresh / OWN_CONTENTS).write_text(own, "utf-8")
    by_number = {s.number: s for s in load_assessment(fresh)}
    assert (by_number["4.5"].title, by_number["4.5"].parameters) == ("Our robbery", {})
    assert notebook_path(fresh, by_number["3.4"]).parent.parent.name == "local"
    assert list(by_number) == [s.number for s in load_assessment(ROOT)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("section: []", r"line 1: section: unknown key, .*did you mean sections\?"),
        ('hide: ["5.33"]', "no section '5.33', expected"),
        ('sections: [{number: "9.1", title: A, notebook: london}]', "no part 9, .*under parts"),
        ('sections: [{number: "4.11", title: A, notebok: london}]', "did you mean notebook"),
        ('sections: [{number: "4.11", title: A, notebook: lodon}]', "did you mean london"),
        ('sections:\n- {number: "4.11", title: A, notebook: london}\n'
         '- {number: "4.11", title: B, notebook: london}', "line 3: .*stands in line 2 too"),
    ],
)  # fmt: skip
def test_a_fault_of_the_own_contents_is_told_with_its_line(fresh, text, fault):
    (fresh / "local").mkdir()
    (fresh / OWN_CONTENTS).write_text(text, "utf-8")
    with pytest.raises(DataError, match=f"(?s){fault}") as told:
        load_assessment(fresh)
    assert str(told.value).startswith("local/assessment.yml, line ")


@pytest.mark.parametrize(
    ("number", "title", "measure", "said"),
    [
        ("4.5", "New", "robbery_offences", "section 4.5 is there already: Robbery"),
        ("4", "New", "robbery_offences", "a form such as 4.7"),
        ("9.1", "New", "robbery_offences", "no part 9, expected one of 1, 2.*under parts"),
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
    assert page.count("<img ") == 3
    assert 'id="exhibit-4-11-e2"' in page
    assert "Dot plot: " in page


def test_a_commentary_begins_with_its_dates_and_is_not_shown_before_it_is_written(fresh):
    shutil.copytree(ROOT / "book" / "editions", fresh / "book" / "editions")
    path = new_commentary(fresh, "4.5", "bromley-sample")
    assert path == fresh / "local" / "commentary" / "bromley" / "4.5.md"
    [fault] = commentary.faults(fresh, ["4.5"])
    assert fault == (
        "local/commentary/bromley/4.5.md: no words after the second ---; write some, or remove "
        "the file."
    )
    path.write_text(path.read_text("utf-8").replace(commentary.BEGUN, "Patrols"), "utf-8")
    assert list(commentary.faults(fresh, ["4.5"])) == []
    with pytest.raises(DataError, match=r"4\.5\.md is there already; edit it"):
        new_commentary(fresh, "4.5", "bromley-sample")
    with pytest.raises(DataError, match=r"no section '4\.55'"):
        new_commentary(fresh, "4.55", "bromley-sample")


def test_a_form_for_counts_has_the_wards_and_months_of_the_edition(building, monkeypatch):
    monkeypatch.chdir(building)
    (building / "data" / "partner").mkdir(exist_ok=True)
    path = new_counts(building, "fly_tipping_reports", "bromley-sample")
    try:
        with pytest.raises(DataError, match="is there already"):
            new_counts(building, "fly_tipping_reports", "bromley-sample")
        form = pd.read_csv(path, dtype=str)
        assert form["ward"].is_unique
        assert list(form)[3::35] == ["2015-10", "2018-09"]
        filled = form.fillna("2").to_csv(index=False).encode()
        table = partner.read(RawFile.of("sent.csv", filled)).table
    finally:
        path.unlink()
    assert table[table.area_code.eq("E09000006")].value.tolist() == [44.0] * 36
    with pytest.raises(DataError, match="no measure 'robbery_offences' of the council's own"):
        new_counts(building, "robbery_offences", "bromley-sample")
