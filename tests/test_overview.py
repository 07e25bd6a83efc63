"""One line a kind of crime: largest first, the same numbers in words, pictures and CSV."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

import sbpanalysis as sbp
from sbpanalysis.data import classification
from sbpanalysis.report import change_words, prose
from sbpanalysis.report.cells import csv_text
from sbpanalysis.report.display import facts
from sbpanalysis.report.html import overview_html
from sbpanalysis.report.overview import overview

MONTHS = pd.period_range("2021-06", "2025-05", freq="M")
PEERS = ("outer London boroughs", ["Bromley", "Bexley"])


def counts(last: int, before: int, title: str, area: str = "Bromley") -> pd.Series:
    """Four years of equal months but for the last one."""
    made = pd.Series([float(before)] * 36 + [float(last)] * 12, MONTHS, name=title)
    made.attrs = {
        "title": title,
        "area": area,
        "measure": f"{title.lower()}_offences",
        "unit": "offences",
        "source": ("Police: crime",),
        "snapshots": (title,),
    }
    return made


KINDS = {"Robbery": (48, 50), "Shoplifting": (285, 200), "Homicide": (1, 0)}


def changes(area: str = "Bromley") -> dict:
    return {f"{k.lower()}_offences": sbp.change(counts(*v, k, area)) for k, v in KINDS.items()}


def made(**more):
    rate = pd.Series({"Bromley": 10.36, "Bexley": 8.0, "Camden": 20.0})
    years = pd.Series([1644, 2400, 3420.0], MONTHS[[11, 23, 47]])
    place = pd.Series({"above": 0, "below": 1})
    settings = {"peers": PEERS} | more
    shop = "shoplifting_offences"
    return overview(
        changes(), changes("London"), {shop: rate}, {shop: place}, {shop: years}, **settings
    )


def rows(body: str) -> dict[str, str]:
    """The rows by the title that each begins with."""
    found = re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", body)
    return {re.search(r"([^<>]+)(</a>)?<p class=\"word\">", row)[1]: row for row in found}


def html_of(drawn, *links) -> str:
    """The table as a page shows it."""
    return overview_html(facts(drawn), *links)


def test_the_largest_comes_first_and_each_kind_once():
    assert list(made().table["Kind"]) == ["Shoplifting", "Robbery", "Homicide"]
    assert list(rows(html_of(made()))) == ["Shoplifting", "Robbery", "Homicide"]


def test_page_and_csv_say_the_same_numbers():
    drawn = made()
    for plain in drawn.table.to_dict("records"):
        row = rows(html_of(drawn))[plain["Kind"]]
        assert f"<strong>{plain['Number']:,}</strong>" in row
        assert prose.difference(plain["Difference"]) in row
        assert change_words.shown(plain["In words"]) in row
    shop = rows(html_of(drawn))["Shoplifting"]
    assert "10.4 per 1,000; 1 of 1 clearly lower, none higher" in shop
    assert "1,644 in 2022" in shop
    assert "10.36" in csv_text(drawn.table)


def test_a_kind_with_few_events_has_no_per_cent_of_its_own():
    drawn = made()
    few = drawn.table.set_index("Kind").loc["Homicide"]
    assert few[["Per cent", "From", "To"]].isna().all()
    assert "%" not in rows(html_of(drawn))["Homicide"].partition("Change")[0]
    assert "%" in rows(html_of(drawn))["Robbery"].partition("Change")[0]


def test_only_what_rose_or_fell_is_marked():
    assert re.findall(r'<tr class="(\w+)">', html_of(made())) == ["rose"]
    shop = changes()["shoplifting_offences"]
    probably = overview({"a": replace(shop, word="probably rose")}, {})
    assert not re.findall(r"<tr class", html_of(probably))
    assert "▲" not in html_of(probably)


def test_the_change_lies_where_the_axis_says():
    change = changes()["shoplifting_offences"]
    row = rows(html_of(made()))["Shoplifting"]
    zero = float(re.search(r'd="M([\d.]+) 0V', row)[1])
    low, width = map(float, re.search(r'<rect x="([\d.]+)"[^>]*? width="([\d.]+)"', row).groups())
    dot = float(re.search(r'<circle cx="([\d.]+)"', row)[1])
    unit = width / (change.percent_upper - change.percent_lower)
    assert dot == pytest.approx(zero + change.percent * unit, abs=0.1)
    assert low == pytest.approx(zero + change.percent_lower * unit, abs=0.1)


def test_names_from_data_are_text():
    nasty = counts(60, 50, '<script>"&')
    drawn = overview({'x" onload="y': sbp.change(nasty)}, {})
    assert "<script>" not in html_of(drawn)
    assert ' onload="y' not in html_of(drawn)


def test_links_lead_by_measure_and_what_has_no_page_stays_text():
    body = html_of(
        made(),
        {"shoplifting_offences": "sections/4-7.html"},
        {"shoplifting_offences": ("every-figure.html#kinds-1", "Shoplifting")},
        ["robbery_offences"],
    )
    shop, robbery = rows(body)["Shoplifting"], rows(body)["Robbery"]
    assert '<a href="sections/4-7.html">Shoplifting</a>' in shop
    assert 'href="every-figure.html#kinds-1">evidence' in shop
    assert "href" not in robbery
    assert "Local priority" in robbery
    assert "Local priority" not in shop


def test_no_measure_is_refused():
    with pytest.raises(sbp.DataError, match="no measure given"):
        overview({}, {})


def test_the_classes_of_an_edition_add_up_to_its_total():
    edition = sbp.Edition.open("bromley-sample")
    total = edition.series("total_notifiable_offences")
    parts = sum(edition.series(name) for name in edition.classes())
    pd.testing.assert_series_equal(parts, total, check_names=False)


def test_each_notifiable_category_is_of_one_class():
    categories = classification.reference.table("offences.csv")
    classes = set(classification.current().classes())
    police = categories["publisher"] == "Metropolitan Police Service"
    for row in categories[police & (categories["notifiable"] == "yes")].itertuples():
        assert len(classes & set(row.measures.split(";"))) == 1, (row.major, row.minor)
