"""Numbers of persons that are published together tell no hidden one, and the build says so."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from conftest import ROOT
from sbpanalysis.cli import _protect
from sbpanalysis.data import withheld as lists
from sbpanalysis.data.add import add
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.select import protected
from sbpanalysis.disclosure import gate
from sbpanalysis.disclosure.audit import Linked, Sum, confined
from sbpanalysis.disclosure.gate import to_withhold, together
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.paths import CALENDAR
from sbpanalysis.publish.contents import refuse_calendars, refuse_derivable

PANEL = ["period,area_code,status,age_band,sex,young_people"]
# all 41 are shown as 40, and by sex as 25 and 20, so they are 41 at least; by status they are 41 at
# most with the 7 that are hidden
TELLING = [
    "All,All,All,41", "All,All,Male,23", "All,All,Female,18",
    "Looked after by the borough,All,All,12", "Not looked after,All,All,22", "Others,All,All,7",
]  # fmt: skip


def linked(counts, *sums, **more) -> Linked:
    values = np.array(counts, dtype=float)
    shown = protected(pd.Series(values)).to_numpy()
    return Linked(tuple(range(len(counts))), values, shown, tuple(sums), **more)


def test_numbers_that_force_each_other_are_told_and_withheld():
    one = linked([41, 23, 18, 12, 22, 7], Sum((1, 2), 0), Sum((3, 4, 5), 0))
    assert confined(one) == {0: [41], 1: [23], 2: [18], 3: [12], 4: [22], 5: [7]}
    assert sorted(together(one, 5, set())) == [1, 2, 3, 4]
    [withheld] = to_withhold(one)
    assert not np.isnan(one.shown[withheld])  # there is no use in withholding what is hidden
    assert not confined(one, {withheld})


def test_a_hidden_whole_of_six_hidden_parts_tells_them_all():
    one = linked([7, 1, 1, 1, 1, 1, 2], Sum((1, 2, 3, 4, 5, 6), 0))
    assert confined(one)[1] == [1, 2]
    assert to_withhold(one) == {0}
    assert not confined(linked([7, 1, 1, 1, 1, 3], Sum((1, 2, 3, 4, 5), 0)))


def test_what_an_edition_before_told_is_no_fault_of_this_one():
    before = {"fixed": frozenset({0, 1, 2, 3, 4, 5})}
    one = linked([41, 23, 18, 12, 22, 7], Sum((1, 2), 0), Sum((3, 4, 5), 0), **before)
    assert confined(one)
    assert to_withhold(one) == set()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for name in ("_config.yml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "book" / "editions").mkdir(parents=True)
    (tmp_path / "build" / "cache").mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "reference", tmp_path / "data" / "reference")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(checkout, name: str, rows: list[str]) -> Edition:
    """An edition of the panel with these rows of its form."""
    sent = checkout / f"{name}.csv"
    sent.write_text("\n".join([*PANEL, *(f"2018-05/2019-01,E09000006,{r}" for r in rows)]) + "\n")
    assert add([sent], checkout)["status"].tolist() == ["taken"]
    said = {"title": name, "area": "Bromley", "period_end": "2019-01", "data": [sent.name]}
    (checkout / "book" / "editions" / f"{name}.yml").write_text(yaml.safe_dump(said))
    return Edition.open(name)


def test_an_edition_that_tells_a_hidden_count_is_not_built_until_it_is_protected(checkout, capsys):
    edition = opened(checkout, "first", TELLING)
    with pytest.raises(BuildError, match="--protect") as refused:
        refuse_derivable(checkout, edition)
    first = str(refused.value).splitlines()[1]
    assert first.startswith("- mega_young_people_by_status, Others, E09000006")
    assert "1 possible, by " in first
    assert "mega_young_people_by_sex, Male" in str(refused.value)
    _protect("first", None)
    [name] = lists.read(checkout / "book" / "editions" / "first.yml")
    said = " ".join(capsys.readouterr().out.split())
    assert f"withheld: {gate.in_words(name)}" in said
    assert "1 number of persons withheld" in said
    assert "of 6 counts 1 are hidden in any case" in said
    again = Edition.open("first")
    refuse_derivable(checkout, again)
    assert again.fingerprint != edition.fingerprint
    shown = again.load(name[0], group=name[2] or None)["value"]
    assert shown.isna().all()
    assert edition.load(name[0], group=name[2] or None)["value"].notna().all()


def test_a_number_and_its_revision_tell_nothing_together(checkout):
    before = ["All,All,All,16", "All,All,Male,7", "All,All,Female,9"]
    first = opened(checkout, "first", before)
    assert not gate.found(first)
    assert gate.release(first).name == "first.released.csv"
    after = ["All,All,All,18", "All,All,Male,8", "All,All,Female,10"]
    second = opened(checkout, "second", after)
    told = gate.found(second)
    assert any(one.name[5:] == ("first.released.csv",) for one in told)  # 7, and now 8, is told
    assert gate.protect(second)
    assert not gate.found(Edition.open("second"))


def test_an_edition_that_published_nothing_before_is_not_held_by_itself(checkout):
    edition = opened(checkout, "first", TELLING)
    gate.protect(edition)
    edition = Edition.open("first")
    gate.release(edition)
    assert not gate.found(edition)


def test_a_crossing_of_three_is_refused(checkout):
    sent = checkout / "panel.csv"
    rows = ["All,All,All,41", "Others,13 to 15,Male,9"]
    sent.write_text("\n".join([*PANEL, *(f"2018-05/2019-01,E09000006,{r}" for r in rows)]) + "\n")
    [row] = add([sent], checkout).to_dict("records")
    assert row["status"] == "refused"
    assert "a crossing of three tells of single persons" in row["why"]


def test_a_list_of_another_form_is_refused(checkout):
    opened(checkout, "first", TELLING)
    lists.path_of(checkout / "book" / "editions" / "first.yml").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="expected columns"):
        Edition.open("first")


def test_months_and_totals_of_persons_are_not_published_together(tmp_path):
    def entry(name: str, *given: str) -> Path:
        reads = json.dumps({"metadata": {"sbp": {"calendars": given}}})
        (tmp_path / name).write_text(f'{{"cells": [\n{{}}\n],\n{reads[1:]}\n')
        return tmp_path / name

    months, totals = entry("a", "victims months"), entry("b", "victims totals", "others totals")
    refuse_calendars({"a": months, "c": months})
    refuse_calendars({"b": totals})
    with pytest.raises(BuildError, match="victims: months on a, totals of months on b"):
        refuse_calendars({"a": months, "b": totals})


def test_what_calendar_persons_are_given_in_is_told(checkout):
    sent = checkout / "repeat.csv"
    months = pd.period_range("2018-01", periods=12, freq="M")
    rows = [f"{m},E09000006,Hate crime,6,3" for m in months]
    head = "month,area_code,offence_type,victims,repeat_victims"
    sent.write_text("\n".join([head, *rows]) + "\n")
    add([sent], checkout)
    said = {"title": "x", "area": "Bromley", "period_end": "2018-12", "data": [sent.name]}
    (checkout / "book" / "editions" / "x.yml").write_text(yaml.safe_dump(said))
    heard = []
    sys.addaudithook(lambda event, given: heard.append(given[0]) if event == CALENDAR else None)
    edition = Edition.open("x")
    edition.totals("hate_crime_victims", level="borough")
    assert set(heard) == {"hate_crime_victims totals"}
    edition.series("hate_crime_victims")
    assert set(heard) == {"hate_crime_victims totals", "hate_crime_victims months"}


def test_offences_of_which_each_is_a_child_are_taken_of_london_alone(checkout):
    sent = checkout / "quarters.csv"
    head, what = "period,area_code,figure,reported", "Child sexual exploitation offences"
    for code, status in (("E12000007", "taken"), ("E09000006", "refused")):
        sent.write_text(f"{head}\n2018-Q1,{code},{what},3\n")
        [row] = add([sent], checkout).to_dict("records")
        assert row["status"] == status
    assert "region only, for so few are counted in a smaller area" in row["why"]
