"""What a build is made from is checked when it begins: every fault at once, with file and line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from conftest import ROOT, sbp
from sbpanalysis.data import reference
from sbpanalysis.data.documents import read_yaml
from sbpanalysis.errors import DataError
from sbpanalysis.publish.inputs import check_inputs

PUBLISHED = "assessments/bromley-2018"
MEASURES, OFFENCES = "data/reference/measures.csv", "data/reference/offences.csv"
CONTENTS, EDITION = "book/assessment.yml", "book/editions/bromley-sample.yml"
FETCH, HOSTS = "data/reference/sources/mps_lsoa.yml", "data/reference/hosts.yml"
FORM, ORDER = "data/reference/sources/la_asb.yml", "data/reference/order.yml"
COMMENTARY = "book/commentary/bromley/3.1.md"
ROBBERY = "robbery_offences,Robbery,offences,events,,,,yes,Personal and business."


@pytest.fixture
def inputs(tmp_path, monkeypatch) -> Path:
    """A copy of everything that is checked; the working folder."""
    for name in (
        "_config.yml",
        "assessments",
        "book",
        "notebooks",
        "data/reference",
        "data/sample.zip",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace text that stands once in a file; the line that it stands on."""
    path = folder / name
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path, edition: str = "bromley-sample") -> list[str]:
    try:
        check_inputs(folder, edition)
    except DataError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize("edition", sorted(p.stem for p in (ROOT / "book/editions").glob("*.yml")))
def test_what_is_committed_is_sound(inputs, edition):
    assert faults(inputs, edition) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (MEASURES, ROBBERY, ROBBERY.replace(",Robbery", ',"Robbery'), "quotation mark"),
        (MEASURES, ROBBERY, f"{ROBBERY}\n{ROBBERY}", "robbery_offences stands in line {line} too"),
        (MEASURES, "robbery_personal_offences,", "robbery_persnal_offences,",
         "did you mean robbery_persnal_offences?; measures.csv has no such row"),
        (MEASURES, ",robbery_offences,", ",robery_offences,", "did you mean robbery_offences?"),
        (MEASURES, "offences,events,,,,yes,Personal", "offences,event,,,,yes,Personal",
         "counts: found 'event', expected , events, policing or persons"),
        (MEASURES, ROBBERY, "robbery_offences,Robbery,offences", "found 3 cells, expected 9"),
        (MEASURES, "stand_in", "standin", "found 'standin', expected one that is known; did you "
         "mean stand_in?"),
        (OFFENCES, ",yes", ",ja", "notifiable: found 'ja', expected yes or no"),
        (OFFENCES, "Metropolitan Police Service,", "Metropolitan Polis Service,",
         "did you mean Metropolitan Police Service?"),
        (OFFENCES, "burglary_offences;burg", "burglary_ofences;burg",
         "measures: found 'burglary_ofences', expected one that is known; did you mean "
         "burglary_offences?"),
        ("data/reference/breaks.csv", "2017-04,", "2017-13,", "date: found '2017-13'"),
        ("data/reference/breaks.csv", ",ward,", ",wards,", "levels: found 'wards'"),
        ("data/reference/areas.csv", "E09000006,", "E0900006,", "code: found 'E0900006'"),
        ("data/reference/tiles_bromley.csv", "E05000107,Biggin Hill,4,5",
         "E05000107,Biggin Hill,2,5", "2 / 5 stands in line 2 too"),
        (f"{PUBLISHED}/claims.csv", "1.1-02,", "1.1-01,", "1.1-01 stands in line 2 too"),
        (f"{PUBLISHED}/replay_notes.csv", "5.5-11,", "5.5-99,", "'5.5-99' is no claim"),
        ("data/reference/sources/mps_ward.yml", "cadence: monthly", "cadense: monthly",
         "cadense: unknown key, expected one that is known; did you mean cadence?"),
        (FORM, "measures: asb_incidents", "measures: asb_incident", "did you mean asb_incidents?"),
        (FORM, "levels: [ward]", "levels: [wards]", "levels.0: found 'wards'"),
        (FORM, "  unit: incidents", "  units: incidents",
         "form.units: unknown key, expected one that is known; did you mean unit?"),
        ("data/reference/sources/london_landscape.yml", "name: victims", "name: council_asb",
         "council_asb is the form of data/reference/sources/la_asb.yml too"),
        (ORDER, "- la_asb", "- la_abs", "found 'la_abs', expected one that is known; did you mean "
         "la_asb?"),
        (ORDER, "  - mps_ward\n", "  - mps_borough\n", "mps_borough stands there twice"),
        ("data/reference/sources/mps_ward.yml", "mps_ward_history:", "lfb_middle:",
         "stands in data/reference/sources/lfb_incidents.yml too"),
        (FETCH, "most: 200", "mosst: 200", "mosst: unknown key, expected one that is known; did "
         "you mean most?"),
        (FETCH, "find: datastore", "find: datastor", "expected one that is known; did you mean "
         "datastore?"),
        (HOSTS, "at_once: 2\n  a_second: 4", "at_once: zwei\n  a_second: 4",
         "found 'zwei', expected a whole number"),
        (COMMENTARY, "until: ", "untill: ", "did you mean until?"),
        (COMMENTARY, 'figures_to: "2018-03"', "figures_to: 2018-3-1", "found '2018-3-1'"),
        (CONTENTS, 'number: "4.5"', 'number: "4.4"', "section 4.4 stands in line"),
        (CONTENTS, "notebook: fires", "notebook: fires\n        waits_for: {shows: x}",
         "expected either notebook or waits_for"),
        (CONTENTS, 'number: "1.3"', "number: 1.3", "number: found 1.3, expected text, in quotes"),
        (CONTENTS, "notebook: fires", "notebook: fyres", "did you mean fires?"),
        (CONTENTS, "measure: sexual_offences", "mesure: sexual_offences",
         "section 2.2: unknown parameter 'mesure', expected one that is known; did you mean "
         "measure?"),
        (CONTENTS, "measure: sexual_offences", "measure: sexul_offences",
         "section 2.2: measure: no measure 'sexul_offences', expected one that is known; did you "
         "mean sexual_offences?"),
        (CONTENTS, "    measures:\n      - total_no", "    measures:\n      - totl_no",
         "section wards"),
        (CONTENTS, "title: London Picture", "titel: London Picture", "did you mean title?"),
        (EDITION, '["3.1", "3.2"]', '["3.1", "9.9"]', "priorities.1: no section '9.9' in"),
        (EDITION, '"2.1": {end', '"2.9": {end', "no section '2.9'"),
        (EDITION, '"3.1": {end:', '"3.1": {edn:', "did you mean end?"),
        (EDITION, "comparators:", "comparator:", "did you mean comparators?"),
        (EDITION, 'period_end: "2018-09"', 'period_end: "2018-09"\nperiod_end: "2018-08"',
         "period_end' stands there twice"),
        (EDITION, "area: Bromley", "area: [Bromley", "not YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_and_line(inputs, name, old, new, said):
    line = edit(inputs, name, old, new)
    found = faults(inputs)
    assert found
    mine = [fault for fault in found if said.format(line=line) in fault]
    assert mine, found
    at = {int(n) for n in re.findall(rf"{re.escape(name)}, line (\d+)", "\n".join(mine))}
    named_elsewhere = said.startswith("did you mean robbery_persnal")
    assert named_elsewhere or any(n == 1 or abs(n - line) <= 2 for n in at), found


def test_all_faults_of_all_files_are_told_at_once(inputs):
    edits = [
        edit(inputs, MEASURES, "offences,events,,,,yes,Personal", "offences,event,,,,yes,Personal"),
        edit(inputs, FETCH, "most: 200", "mosst: 200"),
        edit(inputs, CONTENTS, "notebook: fires", "notebook: fyres"),
        edit(inputs, EDITION, "comparators:", "comparator:"),
    ]
    found = faults(inputs)
    for name, line in zip((MEASURES, FETCH, CONTENTS, EDITION), edits, strict=True):
        assert [f for f in found if f.startswith(f"{name}, line {line}")], (name, found)
    assert len(found) == 4


@pytest.mark.parametrize("name", [MEASURES, FETCH, COMMENTARY, CONTENTS, EDITION])
def test_a_merge_conflict_is_told_in_one_line(inputs, name):
    path = inputs / name
    path.write_text(f"<<<<<<< HEAD\n{path.read_text('utf-8')}", "utf-8")
    assert f"{name}, line 1: a merge conflict was left; resolve it." in faults(inputs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<<<<<<< HEAD\n{"cells": []}', "line 1: a merge conflict was left"),
        ('{"cells": [', "line 1: not a notebook"),
        ("[]", "not a notebook of format 4"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "0 cells tagged"),
    ],
)
def test_a_notebook_that_is_none_is_told_in_one_line(inputs, text, said):
    (inputs / "notebooks" / "fires.ipynb").write_text(text, "utf-8")
    [fault] = faults(inputs)
    assert fault.startswith("notebooks/fires.ipynb")
    assert said in fault


def aliases(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [(aliases(9), "aliases (&, *) make more than"), ("a: &a [*a]\n", "aliases"),
     ("[" * 99999, "nested too deep"), ("- " * 99999, "nested too deep"),
     ("a: 2018-13-41\n", "not YAML"),
     ("a: !!python/object:os.system x\n", "line 1: not YAML"), ("\x00", "not YAML")],
)  # fmt: skip
def test_no_yaml_swells_or_ends_in_a_traceback(inputs, text, said):
    path = inputs / EDITION
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=re.escape(said)):
        read_yaml(path)


def test_a_broken_table_is_told_in_one_line_outside_of_builds_too(inputs):
    (inputs / MEASURES).write_bytes(b'measure,title\nx,"open\n')
    with pytest.raises(DataError, match=r"measures\.csv"):
        reference.table("measures.csv")
    (inputs / MEASURES).write_bytes("measure,title\nx,é\n".encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8"):
        reference.table("measures.csv")


def test_the_command_lists_the_faults_and_makes_nothing(inputs):
    edit(inputs, CONTENTS, "measure: sexual_offences", "measure: sexul_offences")
    edit(inputs, FETCH, "most: 200", "mosst: 200")
    shutil.copytree(ROOT / "src", inputs / "src")
    shutil.copy(ROOT / "requirements.lock", inputs)
    ran = sbp(inputs, "build")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "sexul_offences" in ran.stderr or "mosst" in ran.stderr
    assert not (inputs / "build" / "bromley-sample" / "site").exists()
