"""Totals, standings and shares: arithmetic checked by hand, windows that must be whole."""

from __future__ import annotations

import pandas as pd
import pytest

import sbpanalysis as sbp

MONTHS = pd.period_range("2016-04", "2018-03", freq="M")
COUNTS = pd.Series(range(1, 25), index=MONTHS, name="robbery_offences")


def test_a_total_takes_both_ends_of_its_window():
    assert sbp.total(COUNTS).value == sum(range(13, 25))
    assert sbp.total(COUNTS, months=3, end="2016-06").value == 1 + 2 + 3


def test_a_window_outside_the_series_is_refused():
    with pytest.raises(sbp.DataError, match="2016-03"):
        sbp.total(COUNTS, months=12, end="2017-02")


def test_only_whole_financial_years_are_totalled():
    years = sbp.yearly_totals(COUNTS[1:])
    assert years.to_dict() == {"2017/18": sum(range(13, 25))}


def test_ties_share_the_better_rank_and_the_mean_is_over_all():
    place = sbp.standing(pd.Series({"A": 5, "B": 5, "C": 2}), "B")
    assert (place.rank, place.rank_from_lowest, place.of, place.mean) == (1, 2, 3, 4)
    assert (place.highest_value, place.lowest) == (5, "C")
    assert (place.highest, place.level) == ("A and B", 2)


def test_leading_names_all_that_are_level_and_never_cuts_a_tie():
    wards = pd.Series({"A": 90, "B": 86, "C": 85, "D": 85, "E": 85, "F": 2, "G": 0})
    assert sbp.leading(wards, 1) == ["A"]
    assert sbp.leading(wards, 4) == ["A", "B", "C", "D", "E"]
    few = pd.Series([3] + [1] * 9, list("ABCDEFGHIJ"))
    assert sbp.leading(few, 2) == ["A"]
    assert sbp.leading(few[1:], 2) == list("BCDEFGHIJ")
    assert sbp.leading(few * 0, 2) == []


def test_a_standing_needs_the_area_and_every_value():
    with pytest.raises(sbp.DataError, match="not among"):
        sbp.standing(pd.Series({"A": 5}), "B")
    with pytest.raises(sbp.DataError, match="no value"):
        sbp.standing(pd.Series({"A": 5, "B": None}), "A")


def test_a_share_is_part_over_whole():
    part = sbp.share(pd.Series({"A": 3, "B": 1}), ["A"])
    assert (part.value, part.count, part.whole) == (0.75, 3, 4)
    with pytest.raises(sbp.DataError, match="share"):
        sbp.share(pd.Series({"A": 0}), ["A"])
    with pytest.raises(sbp.DataError, match="share"):
        sbp.share(pd.Series({"A": 1}), ["B"])


def test_a_share_of_another_series_is_over_the_same_months():
    assert sbp.share_of(COUNTS.rename("Bromley"), COUNTS * 4).value == 0.25
    with pytest.raises(sbp.DataError, match="zero"):
        sbp.share_of(COUNTS, COUNTS * 0)


def test_an_index_begins_at_100():
    frame = sbp.indexed({"A": COUNTS, "B": COUNTS * 2})
    assert frame.iloc[0].tolist() == [100, 100]
    assert frame["A"].equals(frame["B"])


def test_a_ranking_keeps_all_areas_in_falling_order():
    ranked = sbp.ranked(pd.Series({"A": 1, "B": 3, "C": 3}))
    assert ranked.index.tolist() == ["B", "C", "A"]
    assert ranked["Rank"].tolist() == [1, 1, 3]
