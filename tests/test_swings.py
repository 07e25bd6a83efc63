"""Years that differ after allowing for all pairs, and the totals that would be told next year."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

import sbpanalysis as sbp


def series(yearly, start="2010-04", seed=0):
    """Poisson months around the yearly means."""
    mean = np.repeat(yearly, 12)
    index = pd.period_range(start, periods=len(mean), freq="M")
    return pd.Series(np.random.default_rng(seed).poisson(mean).astype(float), index, name="theft")


def poisson(mean, months, number, seed=0):
    draws = np.random.default_rng(seed).poisson(mean, (months, number))
    return pd.DataFrame(draws, pd.period_range("2010-04", periods=months, freq="M"))


def test_a_fall_and_a_rise_are_told_with_both_ends():
    told = sbp.swings(series([100, 90, 60, 40, 60, 80, 100, 110]))
    assert told["from_year"].tolist() == ["2010/11", "2013/14"]
    assert told["to_year"].tolist() == ["2013/14", "2017/18"]
    assert told["to_value"].iloc[0] == told["from_value"].iloc[1]
    assert np.sign(told["percent"]).tolist() == [-1, 1]
    for row in told.itertuples():
        assert row.percent == pytest.approx(100 * (row.to_value / row.from_value - 1))
        assert row.percent_lower < row.percent < row.percent_upper
        assert (row.percent_lower > 0) or (row.percent_upper < 0)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 200), min_size=3, max_size=10))
def test_swings_follow_each_other_and_their_ends_are_extremes(seed, yearly):
    counts = series(yearly, seed=seed)
    told = sbp.swings(counts)
    totals = counts.to_numpy().reshape(-1, 12).sum(1)
    names = [sbp.financial_year(counts.index[12 * k]) for k in range(len(yearly))]
    assert told["from_year"].iloc[1:].tolist() == told["to_year"].iloc[:-1].tolist()
    assert (np.sign(told["percent"]).diff().dropna().abs() == 2).all()
    for row in told.itertuples():
        between = totals[names.index(row.from_year) : names.index(row.to_year) + 1]
        ends = {row.from_value, row.to_value}
        assert ends == {between.min(), between.max()}


def test_nothing_is_told_of_a_level_series_and_the_columns_stay():
    told = sbp.swings(series([50] * 8))
    assert len(told) == 0
    assert list(told) == [
        "from_year", "to_year", "from_value", "to_value",
        "percent", "percent_lower", "percent_upper",
    ]  # fmt: skip


def test_years_end_with_the_last_month_and_are_named_after_it():
    ends = {"2010-01": "2010", "2010-04": "2010/11", "2010-10": "year to September 2011"}
    for start, name in ends.items():
        assert sbp.swings(series([90, 40, 40], start))["from_year"].tolist() == [name]


def test_a_handful_of_events_is_no_swing():
    assert len(sbp.swings(series([0.1, 0.1, 2, 2]))) == 0


def test_of_stable_series_few_swing():
    assert sbp.swings(poisson(40, 96, 500)).index.nunique() <= 25


def test_no_swing_spans_a_break():
    counts = series([20, 20, 20, 90, 90, 90])
    assert len(sbp.swings(counts)) == 1
    counts.attrs["breaks"] = [sbp.Break(counts.index[36], "category", "Cut anew.", False)]
    assert len(sbp.swings(counts)) == 0


def test_a_wide_frame_gives_what_its_columns_give():
    frame = pd.DataFrame({n: series([90, 40, 20 * n, 70], seed=n) for n in range(1, 6)})
    wide = sbp.swings(frame)
    for name in frame:
        own = wide[wide.index == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, sbp.swings(frame[name]), check_like=True)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(5, 300))
def test_thresholds_are_where_the_score_test_turns(seed, mean):
    counts = poisson(mean, 60, 1, seed)[0]
    got = sbp.thresholds(counts)
    limit = student.ppf(0.975, got.df)

    def told(total):
        return abs(total - got.last) > limit * np.sqrt(got.inflation * (total + got.last))

    assert (told(got.fall_at), told(got.fall_at + 1)) == (True, False)
    assert (told(got.rise_at), told(got.rise_at - 1)) == (True, False)


def test_with_few_events_only_a_rise_to_fifty_is_told():
    got = sbp.thresholds(poisson(0.3, 36, 1)[0])
    assert np.isnan(got.fall_at)
    assert got.rise_at == 50


@pytest.mark.parametrize("call", [sbp.swings, sbp.thresholds])
def test_unusable_input_is_refused(call):
    with pytest.raises(sbp.DataError, match="at least"):
        call(series([10]))
    with pytest.raises(sbp.DataError, match="confidence"):
        call(series([10] * 4), confidence=95)
    with pytest.raises(sbp.DataError, match="0 or more"):
        call(-series([10] * 4))
