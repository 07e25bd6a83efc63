"""Two counts and two shares: a verdict only where chance does not do it, none of what is hidden."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sbpanalysis as sbp
from sbpanalysis.errors import DataError
from sbpanalysis.report.claims import claim
from sbpanalysis.stats.change import judged
from sbpanalysis.stats.rates import rate_ratio
from sbpanalysis.stats.two import (
    largest,
    part,
    parts_of,
    per_hundred,
    percent_of,
    two_counts,
    two_rates,
    two_shares,
)  # fmt: skip

ABOUT = {"title": "Young people", "area": "Bromley", "unit": "people", "persons": True}


def years(*counts: float, **about) -> pd.Series:
    series = pd.Series(counts, index=[f"{2015 + i}" for i in range(len(counts))], dtype=float)
    series.attrs = ABOUT | about
    return series


def test_the_two_months_of_the_published_comparison_do_not_differ():
    # R: poisson.test(c(240, 205))$conf.int gives 0.967 and 1.418
    months = pd.Series([205, 240], index=pd.PeriodIndex(["2016-05", "2018-05"], freq="M"))
    pair = two_counts(months, dispersion=1)
    assert (round(pair.ratio, 2), round(pair.lower, 2), round(pair.upper, 2)) == (1.17, 0.97, 1.42)
    assert pair.verdict == "no clear change"


def test_months_are_set_against_their_days():
    months = pd.Series([280, 310], index=pd.PeriodIndex(["2018-02", "2018-03"], freq="M"))
    assert two_counts(months).ratio == pytest.approx(1)


@given(st.integers(1, 5000), st.integers(1, 5000), st.floats(1.01, 5))
def test_more_dispersion_never_makes_a_verdict(before, after, dispersion):
    one, more = (two_counts(years(before, after), dispersion=d) for d in (1.2, 1.2 * dispersion))
    assert more.lower <= one.lower + 1e-12
    assert more.upper >= one.upper - 1e-12
    assert more.verdict in (one.verdict, "no clear change")


def test_at_chance_alone_it_is_the_exact_ratio():
    pair, exact = two_counts(years(17, 13), dispersion=1), rate_ratio(13, 1, 17, 1)
    assert (pair.ratio, pair.lower, pair.upper, pair.p) == (
        exact.ratio, exact.lower, exact.upper, exact.p
    )  # fmt: skip


def test_a_hidden_count_is_neither_compared_nor_told():
    pair = two_counts(years(float("nan"), 10))
    assert pair.verdict == ""
    assert math.isnan(pair.ratio)
    said = claim(pair).sentence
    assert "a number that is not shown" in said
    assert "rose" not in said


def test_under_fifty_events_in_both_nothing_is_told_but_the_numbers():
    said = claim(two_counts(years(10, 49))).sentence
    assert "10 people in 2015, then 49 people in 2016" in said
    assert not re.search("rose|%|chance", said)
    assert two_counts(years(10, 50)).verdict == "up"


@pytest.mark.parametrize(("before", "size"), [(99, "61 more."), (100, "60% more (underlying")])
def test_no_percentage_is_told_of_fewer_than_a_hundred(before, size):
    assert f"That is {size}" in claim(two_counts(years(before, 160))).sentence


def test_a_change_that_its_family_does_not_bear_out_is_only_probable():
    counts = years(100, 150)
    p = two_counts(counts).p
    for limit, verdict, words in ((1.01 * p, "up", " rose"), (0.99 * p, *2 * ["probably rose"])):
        counts.attrs["p_limit"] = limit
        assert two_counts(counts).verdict == verdict
        assert words in claim(two_counts(counts)).sentence


def test_one_year_alone_is_told_without_a_comparison():
    said = claim(two_counts(years(20)))
    assert said.sentence.endswith("No earlier figure is held to compare it with.")
    assert said.verdict == ""


def test_a_label_that_is_not_held_is_refused():
    with pytest.raises(DataError, match="'2009' is not held, expected one of 2015 to 2016"):
        two_counts(years(1, 2), "2009")


def test_a_limit_next_to_one_is_not_told_as_one():
    said = claim(two_counts(years(2288, 2098), dispersion=2)).sentence
    assert "fell" in said
    assert "to 1.00)" not in said


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ((288, 400), (8576, 12800), "above"),
        ((60, 400), (3072, 12800), "below"),
        ((292, 400), (8960, 12800), "no clear difference"),
        ((float("nan"), 35), (290, 1600), ""),
    ],
)
def test_two_shares_differ_only_beyond_chance(mine, theirs, verdict):
    test = two_shares(*mine, *theirs)
    assert test.verdict == verdict
    said = claim(test, comparator="London", **ABOUT)
    assert said.verdict == (verdict or "")
    assert said.sentence


def test_rounding_may_leave_a_part_above_its_whole():
    assert part(years(15, 10), "2015", 10).value == 1
    assert two_shares(15, 10, 5, 10).first == 1


def test_a_hidden_part_has_no_share():
    parts = pd.DataFrame({"part": [float("nan"), 10.0], "whole": [50.0, 50.0]}, index=["A", "B"])
    hidden, shown = parts_of(parts)
    assert math.isnan(hidden.value)
    assert shown.value == 0.2
    assert "a number that is not shown" in claim(hidden, **ABOUT, period="2018").sentence


@pytest.mark.parametrize(
    ("counts", "name", "words"),
    [
        ((10, 30, float("nan")), "2016", "then 2015 with 10 people"),
        ((30, float("nan")), "2015", "2015 had the most, 30 people."),
        ((30, 30, 10), "2015 and 2016", "2015 and 2016 had the most, 30 people each, then 2017"),
        ((float("nan"), float("nan")), "", "none of the 2 areas has a number large enough"),
    ],
)
def test_the_largest_is_told_as_far_as_it_is_shown(counts, name, words):
    found = largest(years(*counts))
    assert found.name == name
    assert words in claim(found, period="2018").sentence


def test_published_rates_are_compared_by_their_intervals():
    rates = years(52, 84)
    assert two_rates(rates, rates * 0.8, rates * 1.25).verdict == "up"
    assert two_rates(rates, rates * 0.5, rates * 2).verdict == "no clear change"


def test_percent_and_per_hundred():
    assert percent_of(years(10, 20), years(40, 40), "Share").tolist() == [25.0, 50.0]
    assert per_hundred({"A": years(50, 60), "B": years(5)}).to_dict() == {"A": 120.0}


def test_a_part_of_a_year_is_not_set_against_a_year():
    counts = pd.Series({"2016/17": 40.0, "2017/18": 60.0, "April to December 2018": 30.0})
    counts.attrs = {"lengths": {"2016/17": 12, "2017/18": 12, "April to December 2018": 9}}
    alone = two_counts(counts)
    assert (alone.before_label, alone.after, alone.verdict) == (None, 30, "")
    years = two_counts(counts, after="2017/18")
    assert (years.before_label, years.after_label) == ("2016/17", "2017/18")
    with pytest.raises(DataError, match="2017/18"):
        two_counts(counts, before="2017/18")
    assert per_hundred({"A": counts, "B": counts[:2]}).to_dict() == {"B": 150.0}


def test_the_history_of_a_measure_knows_how_long_its_periods_are():
    panel = sbp.Edition.open("bromley-sample").history("mega_young_people")
    assert panel.attrs["lengths"] == {"May 2018 to January 2019": 9}


def test_where_only_years_are_known_larger_counts_scatter_more():
    """Variance over mean 1 + 0.0124 x count / 12: months vary by 0.08 and resemble by 0.32."""
    for count in (120, 2400, 60_000):
        usual = two_counts(years(count, count))
        said = two_counts(years(count, count), dispersion=1 + 0.08**2 * 1.32 / 0.68 * count / 12)
        assert (usual.lower, usual.upper) == pytest.approx((said.lower, said.upper))
    assert two_counts(years(60_000, 63_000), dispersion=1).verdict == "up"
    assert two_counts(years(60_000, 63_000)).verdict == "no clear change"


@given(st.integers(0, 5000), st.integers(1, 5000), st.floats(1.01, 9))
def test_two_counts_and_a_change_are_one_rule(before, after, dispersion):
    """The same two years, with the same noise, have the same limits however they are asked for."""
    pair = two_counts(years(before, after), dispersion=dispersion)
    alike = judged(np.array([before]), np.array([after]), dispersion, np.inf)
    if alike["word"] == "too few":
        alike["verdict"] = alike["word"]
    assert (pair.lower, pair.upper, pair.verdict) == tuple(
        alike[name][0] for name in ("lower", "upper", "verdict")
    )


def test_a_survey_says_less_than_as_many_simple_answers():
    """Of a survey with a design effect of 2, 400 answers count as 200."""
    plain = two_shares(144, 200, 4288, 6400)
    survey = two_shares(288, 400, 8576, 12800, design_effect=2)
    assert (survey.lower, survey.upper) == pytest.approx((plain.lower, plain.upper))
    assert (
        "allowing for how the survey was drawn" in claim(survey, comparator="L", **ABOUT).sentence
    )
    assert "survey" not in claim(plain, comparator="L", **ABOUT).sentence
    with pytest.raises(DataError, match="1 or more"):
        two_shares(1, 2, 1, 2, design_effect=0.5)
