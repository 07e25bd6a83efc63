"""Early warning: the published algorithm on counts small enough to follow."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sbpanalysis import Break, BreakError, DataError, early_warning


def series(values, start="2010-01"):
    index = pd.period_range(start, periods=len(values), freq="M")
    return pd.Series(values, index, dtype=float, name="offences")


def test_every_month_with_a_whole_baseline_is_judged():
    result = early_warning(series([5] * 80))
    assert result.frame.index[0] == pd.Period("2015-02", "M")
    assert len(result.frame) == 80 - 61


def test_a_flat_poisson_like_baseline_gives_the_poisson_limit():
    last = early_warning(series([9, 11, 10] * 30), trend=False).frame.iloc[-1]
    assert last["expected"] == pytest.approx(10)
    assert last["upper"] == stats.poisson.ppf(0.99, last["expected"])
    assert last["p"] == pytest.approx(stats.poisson.sf(last["observed"] - 1, last["expected"]))


def test_an_alarm_is_a_count_strictly_above_the_limit():
    counts = series([9, 11, 10] * 30)
    limit = early_warning(counts).upper.iloc[-1]
    for count, alarm in ((limit, False), (limit + 1, True)):
        counts.iloc[-1] = count
        assert early_warning(counts).alarm.iloc[-1] == alarm


def test_fewer_than_five_cases_in_four_months_never_alarm():
    counts = series([0] * 84)
    counts.iloc[::5] = 1
    for last, alarm in ((4, False), (5, True)):
        counts.iloc[-4:] = 0, 0, 0, last
        assert early_warning(counts).alarm.iloc[-1] == alarm


def test_a_past_outbreak_in_the_baseline_is_weighed_down():
    counts = series([18, 22, 20] * 25)
    counts.iloc[-1 - 24] = 90  # this month two years ago
    expected = early_warning(counts, trend=False).expected.iloc[-1]
    unweighted = (90 + 14 * 20) / 15
    assert 20 < expected < 20 + 0.25 * (unweighted - 20)


def test_a_rising_baseline_is_followed_but_not_beyond_what_was_seen():
    counts = series(np.round(100 * np.exp(0.01 * np.arange(96))))
    with_trend, without = early_warning(counts), early_warning(counts, trend=False)
    # exponential growth predicts more than the largest baseline count, so both are flat
    assert with_trend.expected.iloc[-1] == pytest.approx(without.expected.iloc[-1])
    falling = early_warning(counts[::-1].set_axis(counts.index))
    assert falling.expected.iloc[-1] == pytest.approx(100, rel=0.02)


def test_two_years_of_baseline_carry_no_trend():
    counts = series(np.round(200 * np.exp(-0.02 * np.arange(60))))
    pd.testing.assert_frame_equal(
        early_warning(counts, years=2).frame, early_warning(counts, years=2, trend=False).frame
    )


def test_later_months_do_not_change_earlier_verdicts():
    counts = series(np.random.default_rng(5).poisson(15, 100))
    whole, part = early_warning(counts).frame, early_warning(counts[:80]).frame
    pd.testing.assert_frame_equal(whole.loc[part.index], part, atol=1e-7)


def test_a_frame_equals_one_call_a_column():
    rng = np.random.default_rng(6)
    index = pd.period_range("2012-01", periods=90, freq="M")
    wide = pd.DataFrame(rng.negative_binomial(3, 0.2, (90, 4)), index, columns=list("ABCD"))
    result = early_warning(wide)
    for area in wide:
        pd.testing.assert_series_equal(result.upper[area], early_warning(wide[area]).upper)


def test_false_alarms_on_stable_poisson_counts_are_about_alpha():
    rng = np.random.default_rng(7)
    index = pd.period_range("2010-01", periods=110, freq="M")
    wide = pd.DataFrame(rng.poisson(30, (110, 200)), index)
    assert 0.005 < early_warning(wide).alarm.to_numpy().mean() < 0.03


def test_too_short_a_series_is_refused_with_the_number_of_months_needed():
    with pytest.raises(DataError, match="at least 62 needed"):
        early_warning(series([5] * 61))


@pytest.mark.parametrize("wrong", [{"years": 0}, {"years": 2.5}, {"alpha": 0}, {"alpha": 95}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(DataError, match="expected"):
        early_warning(series([5] * 80), **wrong)


def test_no_baseline_is_taken_from_before_a_break():
    counts = series([5] * 80)
    counts.attrs["breaks"] = (Break(counts.index[9], "system", "New system.", comparable=False),)
    with pytest.raises(BreakError, match="New system"):
        early_warning(counts)
