"""Counts of people: 1 to 7 hidden, the rest to 5, one symbol, nothing drawn of what is hidden."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sbpanalysis as sbp
from conftest import ROOT
from lifted_pages import html_of
from sbpanalysis.data.add import add
from sbpanalysis.data.edition import Edition
from sbpanalysis.data.select import protected
from sbpanalysis.disclosure import gate
from sbpanalysis.publish.inspect import _labels
from sbpanalysis.report import disclosure
from sbpanalysis.report.bars import bar
from sbpanalysis.report.cells import csv_text
from sbpanalysis.report.maps import ward_map
from sbpanalysis.report.tables import table

WARDS = ["Bickley", "Biggin Hill", "Bromley Town", "Darwin"]
CODES = ["E05000106", "E05000107", "E05000109", "E05000117"]


def wards(*counts: float) -> pd.Series:
    values = protected(pd.Series(counts, index=pd.Index(WARDS, name="Area"), dtype=float))
    values.attrs = {
        "codes": dict(zip(WARDS, CODES, strict=True)), "title": "Victims", "area": "Bromley",
        "unit": "victims", "persons": True, "caption": "Victims, Bromley, 2018",
    }  # fmt: skip
    return values


COUNTS = st.lists(st.integers(0, 400), min_size=4, max_size=4)


@settings(max_examples=8, deadline=None)  # each draws two pictures
@given(COUNTS)
def test_what_is_drawn_and_tabulated_is_protected(counts):
    for figure in (bar(wards(*counts)), ward_map(wards(*counts), None)):
        rows = [list(figure.table.columns), *figure.table.astype(str).to_numpy().tolist()]
        assert not list(disclosure.faults_in_table(rows))
        assert not list(disclosure.faults_in_text(figure.alt))
        assert not list(disclosure.faults_in_text(figure.headline))


@settings(max_examples=4, deadline=None)
@given(COUNTS, st.integers(1, 7), st.integers(1, 7))
def test_a_hidden_value_changes_nothing_of_what_is_shown(counts, one, other):
    first, second = ([n, *counts[1:]] for n in (one, other))
    for draw in (bar, lambda v: ward_map(v, None)):
        a, b = draw(wards(*first)), draw(wards(*second))
        assert (a.svg, a.alt, a.headline) == (b.svg, b.alt, b.headline)
        assert a.table.equals(b.table)


def test_there_is_one_symbol_and_it_is_explained():
    figure = bar(wards(3, 0, 12, 6))
    assert figure.table["Victims"].tolist() == [10, disclosure.HIDDEN, disclosure.HIDDEN, 0]
    assert disclosure.NOTE in figure.notes
    assert "2 areas had a number that is not shown" in figure.alt
    assert csv_text(figure.table).count(disclosure.HIDDEN) == 4  # the ranks are hidden too


def test_a_hidden_bar_has_no_length():
    widths = re.findall(r'id="bars".*', bar(wards(3, 0, 12, 6)).svg, re.DOTALL)
    assert widths
    assert bar(wards(3, 0, 12, 6)).svg == bar(wards(7, 0, 12, 1)).svg


def test_a_table_of_people_is_marked_for_the_last_gate():
    marked = table(wards(3, 0, 12, 6).to_frame("Number"), "Victims by ward")
    assert marked.notes == (disclosure.NOTE,)
    assert disclosure.HIDDEN in marked.table["Number"].tolist()
    assert 'class="exhibit table persons"' in html_of(marked, "7.2-E1")


@pytest.mark.parametrize(
    "text",
    [
        "Bromley Town had the most of 22 wards, 20 victims in 2018",
        "Aged 13 to 15: 20 people of 55, rounded to the nearest 5 (95% interval 25% to 50%)",
        "The mean of the 32 London boroughs was 4,206; Bromley was below it",
        "Bromley: 3,285, 31st of 32 areas. 19 wards had a number that is not shown",
        "65 people in 2017/18, against 35 people in 2016/17. That is 1.86 times as many",
        "Calls between 18:00 and 06:00, per 100,000 people",
    ],
)
def test_numbers_that_are_no_counts_pass(text):
    assert not list(disclosure.faults_in_text(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Darwin had 3 victims", "3"),
        ("Bromley had 3,273 victims in 2018", "3,273"),
        ("of 53 young people 50 were male", "53"),
        ("8 people were sentenced", "8"),
    ],
)
def test_a_count_that_is_not_protected_is_found(text, found):
    assert found in list(disclosure.faults_in_text(text))


@given(st.integers(0, 10**6))
def test_protection_leaves_only_what_may_stand(count):
    [value] = protected(pd.Series([float(count)]))
    assert np.isnan(value) or disclosure.is_protected(value)


def test_a_csv_has_numbers_without_commas_beside_what_is_hidden():
    figure = bar(wards(3, 3025, 12, 6))
    assert csv_text(figure.table).count("3025") == 1
    assert "3,025" not in csv_text(figure.table)
    assert "3,025" in html_of(figure)  # for readers


FORMS = ("mega_panel", "victims", "youth_offending_service")
BESIDE = ("london-borough-profiles.csv", "housing-density-ward.csv")


def another(count: int) -> int:
    """The next count that is shown as this one is."""
    up, same = protected(pd.Series([count + 1.0, count]))
    return count + (1 if up == same or up != up else -1) if count else 0


def sent(checkout: Path, name: str, changed=int) -> Edition:
    """An edition of the sample's forms about persons, their counts `changed`."""
    folder, sample = checkout / name, zipfile.ZipFile(ROOT / "data" / "sample.zip")
    folder.mkdir()
    months = pd.period_range("2014-01", "2018-09", freq="M")
    monthly = {"month": months.astype(str), "area_code": "E09000006"}
    monthly |= {"offence_type": "All notifiable offences"}
    monthly |= {"victims": [1200 + 37 * i % 113 for i in range(len(months))], "repeat_victims": 90}
    tables = {n: pd.read_csv(sample.open(f"partner_{n}.csv")) for n in FORMS}
    for form, rows in (tables | {"repeat_victims": pd.DataFrame(monthly)}).items():
        counts = rows.select_dtypes("number").columns
        rows[counts] = rows[counts].map(changed)
        rows.to_csv(folder / f"{form}.csv", index=False)
    for file in BESIDE:
        (checkout / file).write_bytes(sample.read(file))
    assert not add([folder, *(checkout / file for file in BESIDE)])["error"].any()
    said = checkout / "book" / "editions" / f"{name}.yml"
    data = "".join(f"  - {file}\n" for file in (name, *BESIDE))
    said.write_text(f"title: A\narea: Bromley\nperiod_end: 2018-09\ndata:\n{data}")
    return Edition.open(said)


def charts(edition: Edition) -> dict:
    """Every kind of chart of the library, drawn of counts of persons."""
    months, years = edition.series("tno_victims"), edition.history("first_time_entrants")
    boroughs = edition.snapshot("youth_tno_victims", "borough")
    wards, told = edition.snapshot("young_knife_victims"), edition.snapshot("bme_tno_victims")
    people, residents = edition.residents(boroughs), edition.residents(told)
    rates = sbp.rate(boroughs, people, per=1000, dispersion=None)
    by_ward = sbp.rate(told, residents, per=1000, dispersion=None)
    panel = edition.crossed("mega_young_people", "age_band", "sex")
    both = {a: edition.history("serious_youth_violence_victims", a) for a in ("Bromley", "Sutton")}
    return {
        "bar": [sbp.bar(edition.parts("mega_young_people_by_status")),
                sbp.bar(years, ranked=False), sbp.bar(boroughs)],
        "pyramid": [sbp.pyramid(panel.drop(columns="All").iloc[:-1], None, "Panel")],
        "line": [sbp.line(sbp.side_by_side(both)), sbp.line(months)],
        "ward_map": [sbp.ward_map(wards, edition.shapes("ward"))],
        "strip": [sbp.strip(rates, highlight="Bromley")],
        "ranges": [sbp.ranges(by_ward, sbp.sides(told, residents))],
        "funnel_plot": [sbp.funnel_plot(sbp.funnel(boroughs, people))],
        "signal_plot": [sbp.signal_plot(sbp.signals(months))],
        "control_plot": [sbp.control_plot(sbp.control_chart(months))],
        "seasonal_plot": [sbp.seasonal_plot(sbp.seasonal_index(months))],
        "small_multiples": [sbp.small_multiples(pd.DataFrame({"a": months, "b": months}))],
    }  # fmt: skip


def test_no_chart_is_drawn_from_a_count_that_is_not_shown(checkout):
    """Each count is another that is shown as the first was: pictures keep every byte."""
    first, second = sent(checkout, "one"), sent(checkout, "two", another)
    raw = [
        pd.concat(gate.counted(edition).values())["value"].to_numpy() for edition in (first, second)
    ]
    assert np.mean(raw[0] != raw[1]) > 0.5
    one, two = charts(first), charts(second)
    kinds = {name for name in sbp._HOME if callable(drawn := getattr(sbp, name))
             and getattr(drawn, "__annotations__", {}).get("return") == "Chart"}  # fmt: skip
    assert one.keys() == kinds
    for kind, drawn in one.items():
        for chart, twin in zip(drawn, two[kind], strict=True):
            assert chart.svg, kind
            assert (chart.svg, chart.alt, chart.headline) == (twin.svg, twin.alt, twin.headline), (
                kind
            )
            assert chart.table.equals(twin.table), kind
            said = _labels(chart.kind, ElementTree.fromstring(chart.svg))
            assert not [fault for label in said for fault in disclosure.faults_in_text(label)], kind
