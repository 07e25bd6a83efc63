"""The files that provenance names are those the values came from, found by leaving files out."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pandas as pd
import pytest

import sbpanalysis as sbp
from conftest import ROOT
from sbpanalysis.absent import Absent
from sbpanalysis.data import select
from sbpanalysis.data.contract import LEVELS
from sbpanalysis.data.edition import Edition

# The first source is of Bromley's wards and of other months; only the second has Bexley's
BEXLEY = """\
title: Bexley on two sources
area: Bexley
comparators: [London, Bromley]
period_end: "2022-08"
data:
  - api_crimes-street_bromley_wards_2016-01_2018-06.zip
  - MPS_Ward_Level_Crime_24m_202009-202208.csv.gz
"""
COMMITTED = sorted(path.stem for path in (ROOT / "book" / "editions").glob("*.yml"))


@pytest.fixture
def opened(request, tmp_path, monkeypatch):
    """An edition; what lies where stays known when files are left out of it."""
    name, data = request.param, None
    monkeypatch.chdir(ROOT)
    if name != "bromley-sample":
        data = request.getfixturevalue("real")
    if name == "bexley":
        (tmp_path / "bexley.yml").write_text(BEXLEY)
        name = tmp_path / "bexley.yml"
    edition = Edition.open(name, data=data)
    names = {level: edition._named(level) for level in ("ward", "lsoa")}
    monkeypatch.setattr(Edition, "_named", lambda self, level: names[level])
    monkeypatch.setattr(select, "_grid", known(select._grid))
    warnings.simplefilter("ignore", sbp.SbpWarning)
    return edition


def known(grid):
    """What one file says of some categories, computed once whichever others lie beside it."""
    answers = {}

    def asked(store, file, categories, areas, parts):
        places = areas if areas is None else frozenset(areas)
        question = (file.sha256, frozenset(categories.items()), places, parts)
        if question not in answers:
            answers[question] = grid(store, file, categories, areas, parts)
        return answers[question].copy()

    return asked


def with_files(edition: Edition, digests: set[str]) -> Edition:
    """The edition on some of its files; what was read of the same files is not read again."""
    fewer = replace(edition, files=tuple(h for h in edition.files if h.sha256 in digests))
    for kept in ("_answers", "_of_all_units"):
        fewer._catalogue.__dict__[kept] = getattr(edition._catalogue, kept)
    return fewer


def answer(edition: Edition, measure: str, level: str, group: str | None, area: str | None):
    """The numbers alone, not what the library says of their origin; None where there are none."""
    try:
        if area:
            counts = edition.series(measure, area, group)
            return None if isinstance(counts, Absent) else pd.Series(counts)
        frame = edition.load(measure, level, group=group)
    except sbp.DataError:
        return None
    return frame.set_index(["period", "area_code", "group"])["value"].sort_index()


def same(one, two) -> bool:
    return one is two if one is None or two is None else one.equals(two)


def questions(edition: Edition):
    for measure in edition.measures():
        for level in LEVELS:
            for group in (None, "all"):
                yield measure, level, group, None
        for area in (edition.area, *edition.comparators[:2]):
            yield measure, "borough", None, area


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in COMMITTED]


@pytest.mark.parametrize("opened", [*SLOW, "bexley"], indirect=True)
def test_provenance_names_the_files_that_the_values_came_from(opened):
    edition, asked, wrong = opened, 0, []
    digest = {name: sha for sha, name in edition.names.items()}
    for question in questions(edition):
        measure, level, group, area = question
        whole = answer(edition, *question)
        if whole is None:
            continue
        asked += 1
        named = set(edition.provenance(measure, level, area, group)["snapshot"].map(digest))
        alone = with_files(edition, named)
        if not named or not same(answer(alone, *question), whole):
            wrong.append((*question, "needs a file that is not named"))
        for sha in named:
            others = {held.sha256 for held in edition.files} - {sha}
            if same(answer(with_files(edition, others), *question), whole):
                wrong.append((*question, f"does not need {sha[:8]}"))
        if area is None and alone.breaks(measure, level) != edition.breaks(measure, level):
            wrong.append((*question, "breaks are of other files"))
    assert wrong == []
    assert asked > 10


@pytest.mark.parametrize("opened", ["bexley"], indirect=True)
def test_a_page_of_one_area_names_no_file_of_another(opened, capsys):
    sbp.data_line(opened, "burglary_offences", level="ward")
    shown = capsys.readouterr().out
    totals = opened.totals("burglary_offences", "ward")
    assert "Recorded crime by ward" in shown
    assert "Street crime" not in shown
    assert totals.sum() == 751
    assert opened.provenance("burglary_offences", "ward")["snapshot"].tolist() == list(
        totals.attrs["snapshots"]
    )
