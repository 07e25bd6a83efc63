"""Trend over the years and shifts of level, hand-checkable."""

import numpy as np
import pandas as pd
import pytest

import sbpanalysis as sbp


def series(values, **attrs):
    x = pd.Series(values, pd.period_range("2014-04", periods=len(values), freq="M"), name="x")
    x.attrs = attrs
    return x


def break_at(month, comparable=False):
    return sbp.Break(pd.Period(month, "M"), "system", "New system.", comparable)


def test_kendalls_s_counts_rises_less_falls():
    # 1-3 1-2 1-4 3-2 3-4 2-4: five rises, one fall
    got = sbp.mann_kendall(series([1, 3, 2, 4]))
    assert got.s == 4
    assert got.var_s == 4 * 3 * 13 / 18
    assert got.z == pytest.approx(3 / np.sqrt(got.var_s))
    assert got.tau_a == pytest.approx(4 / 6)


def test_ties_shrink_the_variance_and_part_the_two_taus():
    got = sbp.mann_kendall(series([1, 1, 2, 3, 3]))
    assert got.var_s == pytest.approx((5 * 4 * 15 - 2 * 2 * 1 * 9) / 18)
    assert (got.tau_a, got.tau_b) == pytest.approx((0.8, 8 / np.sqrt(8 * 10)))


def test_a_constant_series_has_no_trend():
    got, slope = sbp.mann_kendall(series([7] * 48)), sbp.sen_slope(series([7] * 48))
    assert (got.s, got.z, got.p, got.p_corrected) == (0, 0, 1, 1)
    assert (slope.slope, slope.lower, slope.upper, slope.intercept) == (0, 0, 0, 7)


def test_a_season_without_a_trend_is_none_for_the_seasonal_test():
    season = [10 * m for m in range(12)] * 6
    got = sbp.mann_kendall(series(season), seasonal=True)
    assert (got.s, got.p) == (0, 1)


def test_the_seasonal_test_finds_a_small_rise_under_a_large_season():
    values = [100 * m + y for y in range(6) for m in range(12)]
    got = sbp.mann_kendall(series(values), seasonal=True)
    assert got.s == 12 * 15
    assert got.p < 1e-6
    assert sbp.sen_slope(series(values), seasonal=True).slope == 1


def test_persistence_without_a_trend_raises_the_corrected_p():
    rng, x = np.random.default_rng(2), np.zeros((120, 400))
    for t in range(1, 120):
        x[t] = 0.6 * x[t - 1] + rng.normal(size=400)
    frame = pd.DataFrame(x, pd.period_range("2010-01", periods=120, freq="M"))
    got = sbp.mann_kendall(frame)
    assert (got["p"] < 0.05).mean() > 0.2
    assert (got["p_corrected"] < 0.05).mean() < 0.5 * (got["p"] < 0.05).mean()


def test_correlated_calendar_months_raise_the_corrected_p_of_the_seasonal_test():
    rng = np.random.default_rng(2)
    years = np.repeat(rng.normal(size=(10, 400)), 12, axis=0)
    x = years + 0.5 * rng.normal(size=(120, 400))
    frame = pd.DataFrame(x, pd.period_range("2010-01", periods=120, freq="M"))
    got = sbp.mann_kendall(frame, seasonal=True)
    assert (got["p"] < 0.05).mean() > 0.3
    assert (got["p_corrected"] < 0.05).mean() < 0.08


def test_a_straight_line_has_its_own_slope_a_year():
    got = sbp.sen_slope(series(5 + np.arange(60) / 4))
    assert (got.slope, got.lower, got.upper, got.intercept) == pytest.approx((3, 3, 3, 5))


def test_a_wide_frame_gives_what_its_columns_give():
    frame = pd.DataFrame(
        np.random.default_rng(0).poisson(20, (70, 4)),
        pd.period_range("2014-04", periods=70, freq="M"),
    )
    for method in (sbp.mann_kendall, sbp.sen_slope):
        for seasonal in (False, True):
            wide = method(frame, seasonal=seasonal)
            for name in frame:
                alone = method(frame[name], seasonal=seasonal).frame
                assert alone.columns.tolist() == wide.columns.tolist()
                got = wide.loc[[name]].select_dtypes("number").to_numpy()
                want = alone.select_dtypes("number").to_numpy()
                assert got == pytest.approx(want, nan_ok=True)


def test_what_came_with_the_series_comes_with_the_result():
    x = series([*range(30)], unit="offences")
    for result in (sbp.mann_kendall(x), sbp.sen_slope(x), sbp.change_points(x)):
        assert result.attrs == {"unit": "offences"}
        assert result.name == "x"


def test_one_shift_is_found_where_it_is():
    got = sbp.change_points(series([20.0, 21.0] * 12 + [40.0, 41.0] * 9))
    assert got.last_index == [24]
    assert got.first_month == [pd.Period("2016-04", "M")]
    assert got.means == pytest.approx([20.5, 40.5])
    assert got.frame["last_index"].tolist() == [24, 42]


def test_a_level_series_has_no_shift():
    got = sbp.change_points(series([20.0, 21.0] * 24))
    assert got.last_index == []
    assert got.means == pytest.approx([20.5])
    assert sbp.change_points(series([7] * 48)).last_index == []


def test_segments_are_never_shorter_than_asked():
    x = series(np.random.default_rng(1).normal(size=60))
    got = sbp.change_points(x, min_segment=9, penalty=0)
    assert np.diff([0, *got.last_index, 60]).min() >= 9


def test_a_wide_frame_lists_the_segments_of_every_series():
    x = series([20.0, 21.0] * 12 + [40.0, 41.0] * 9)
    got = sbp.change_points(pd.DataFrame({"a": x, "b": x[::-1].to_numpy()}))
    assert got.loc["a", "last_index"].tolist() == [24, 42]
    assert got.loc["b", "last_index"].tolist() == [18, 42]


def test_a_recorded_break_is_named_beside_the_suggestion():
    x = series([20.0, 21.0] * 12 + [40.0, 41.0] * 9, breaks=[break_at("2016-04")])
    with pytest.warns(sbp.SbpWarning, match=r"New system\. \(2016-04\)"):
        sbp.change_points(x)


@pytest.mark.parametrize("method", [sbp.mann_kendall, sbp.sen_slope])
def test_no_trend_is_drawn_across_a_break(method):
    with pytest.raises(sbp.BreakError, match="New system"):
        method(series([*range(48)], breaks=[break_at("2016-04")]))
    method(series([*range(48)], breaks=[break_at("2016-04", comparable=True)]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: sbp.mann_kendall(series([1, 2, 3])),
        lambda: sbp.mann_kendall(series([*range(20)]), seasonal=True),
        lambda: sbp.mann_kendall(series([*range(20)]), lags=-1),
        lambda: sbp.sen_slope(series([*range(20)]), confidence=2),
        lambda: sbp.change_points(series([*range(9)])),
        lambda: sbp.change_points(series([*range(20)]), min_segment=0),
        lambda: sbp.change_points(series([*range(20)]), penalty=-1),
    ],
)
def test_unusable_input_is_refused(call):
    with pytest.raises(sbp.DataError, match=r"needed|expected"):
        call()
