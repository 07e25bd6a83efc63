"""Spoiled files of every reader: none gives a wrong figure, none ends the command."""

from __future__ import annotations

import random
from collections import Counter

import fuzz
import pytest

from conftest import SHARED, need
from sbpanalysis.data.add import read
from sbpanalysis.data.reading import RawFile
from sbpanalysis.data.sample import write_sample
from sbpanalysis.data.sources import READERS, fingertips, police_uk_street
from sbpanalysis.data.territory import territory

BAD = ("wrong figure", "traceback", "a reader failed")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> list[fuzz.Base]:
    """The whole files: of the sample, and of publishers where they lie beside the checkout."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return fuzz.bases(folder)


def came_of(base: fuzz.Base, name: str, seed: int = 0) -> tuple[str, str]:
    changes, spoil = fuzz.KINDS[name]
    content = spoil(base.content, random.Random(f"{base.name} {name} {seed}"))
    return ("not fitting", "") if content is None else fuzz.judged(base, changes, content)


def test_a_slice_of_the_fuzz_gives_no_wrong_figure_and_no_traceback(whole):
    drawn = fuzz.tasks(len(whole), seed=7, most=250)
    found = [(whole[n].name, name, *came_of(whole[n], name, seed)) for n, name, seed in drawn]
    assert [row for row in found if row[2] in BAD] == []
    outcomes = Counter(row[2] for row in found)
    assert outcomes["taken"] > 30
    assert outcomes["refused"] > 60


def test_the_whole_files_are_of_every_reader(whole):
    need(SHARED / "data" / "real", "published files")
    from sbpanalysis.data import reference

    sources = reference.sources()
    readers = {sources[base.source]["reader"] for base in whole}
    # the sample's workbook of the Home Office is large: tests/test_workbooks.py has small ones; of
    # the other two no published file is here
    assert readers == {*READERS} - {"home_office", "children_in_need", "youth_justice"}


def test_a_column_that_is_blank_throughout_gives_no_other_figures(whole):
    outcomes = Counter()
    for base in {b.source: b for b in whole if b.name.endswith(".csv")}.values():
        rows = fuzz._rows(base.content)
        for column in range(len(rows[0]) if rows else 0):
            content = fuzz._written(fuzz.blanked(rows, column))
            found = fuzz.judged(base, fuzz.LESS, content)
            assert found[0] not in BAD, (base.name, rows[0][column], found[1])
            outcomes[found[0]] += 1
    assert outcomes["refused"] > 100
    assert outcomes["taken"] > 20  # of columns that no figure needs


@pytest.mark.parametrize("name", ["lines that end in CR", "rows in another order"])
def test_a_harmless_kind_is_taken_and_gives_the_same(whole, name):
    [base] = [b for b in whole if b.name == "fingertips-indicators.csv"]
    assert came_of(base, name) == ("taken", "")


def test_the_judge_sees_a_reader_that_takes_another_indicator(whole, monkeypatch):
    [base] = [b for b in whole if b.name == "fingertips-indicators.csv"]
    assert came_of(base, "another indicator") == ("taken", "")  # the known one alone
    loose = {
        number: (r".*(admissions|entrants).*", ".*", measure)
        for number, (*_, measure) in fingertips.INDICATORS.items()
    }
    monkeypatch.setattr(fingertips, "INDICATORS", loose)
    assert came_of(base, "another indicator")[0] == "wrong figure"


def test_the_judge_sees_a_reader_that_takes_another_force(monkeypatch):
    met = "Metropolitan Police Service"
    rows = "".join(f"{i:064x},2018-03,{met},{met},0.02,51.4,On or near High Street,E01000851,"
                   "Bromley 001A,Robbery,Under investigation,\n" for i in range(20))  # fmt: skip
    header = ",".join(header for (header,) in police_uk_street._COLUMNS.values())
    content = f"{header}\n{rows}".encode()
    reading = read(RawFile.of("street.csv", content))
    base = fuzz.Base("street.csv", content, reading.source, fuzz.values(reading))
    assert came_of(base, "another force")[0] == "refused"
    monkeypatch.setitem(territory().forces, "Kent Police", "police_uk_street_metropolitan")
    assert came_of(base, "another force")[0] == "wrong figure"


@pytest.mark.parametrize(
    ("change", "changes", "said"),
    [
        (lambda v: {k: n + 1 for k, n in v.items()}, fuzz.FEW, "values differ"),
        (lambda v: dict(list(v.items())[1:]), fuzz.NONE, "1 of"),
        (lambda v: dict(list(v.items())[1:]), fuzz.FEW, ""),
        (lambda v: v | {("E08000001", *next(iter(v))[1:]): 1}, fuzz.FEW, "not in the whole file"),
        (lambda v: v | {(*next(iter(v))[:3], "other", *next(iter(v))[4:]): 1}, fuzz.FEW, "not in"),
    ],
)
def test_the_judge_knows_a_wrong_figure(whole, change, changes, said):
    [base] = [b for b in whole if b.name == "fingertips-indicators.csv"]
    why = fuzz.wrong(base, change(base.values), changes)
    assert said in why if said else why == ""


def test_the_judge_knows_a_file_cut_off_behind_a_line(whole):
    [base] = [b for b in whole if b.name == "fingertips-indicators.csv"]
    shorter = base.content[: base.content.rstrip().rindex(b"\n") + 1]
    assert fuzz.judged(base, fuzz.NONE, shorter) == ("taken", "")
    # but what is left must be as it was
    raised = fuzz.Base(base.name, base.content, base.source,
                       {key: n + 1 for key, n in base.values.items()})  # fmt: skip
    assert fuzz.judged(raised, fuzz.NONE, shorter)[0] == "wrong figure"
